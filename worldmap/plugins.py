"""Parts that other packages may bring: depth sources, features, matchers, retrieval; each by name.

A package brings one by an entry point of the door's group. Worldmap's own stand in the same tables,
written as entry points too, and their names cannot be taken. Nothing is imported before it is asked
for by its name. docs/plugins.md says what each part has to be able to do.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worldmap.errors import ModelError, UsageError, WorldmapError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

WORLDMAP: Final = "worldmap"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One name behind a door. package: who brings it, with its version; "worldmap" for its own."""

    name: str
    package: str
    entry: EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where parts of one sort come in. group: of the entry points; noun: what they are, to people;
    own: worldmap's, name -> `module:attribute`."""

    group: str
    noun: str
    own: dict[str, str]

    def plugins(self) -> list[Plugin]:
        """Worldmap's own and all that installed packages bring, in this order."""
        found = [self._own(name) for name in self.own]
        return [*found, *sorted(self._installed(), key=lambda each: (each.name, each.package))]

    def names(self) -> tuple[str, ...]:
        """What can be asked for."""
        return tuple(dict.fromkeys(each.name for each in self.plugins()))

    def find(self, name: str) -> Plugin:
        """What is called so, not loaded yet. UsageError where nothing is, or two packages bring
        one."""
        if name in self.own:
            return self._own(name)
        found = [each for each in self._installed() if each.name == name]
        if not found:
            raise UsageError(
                f"unknown {self.noun} {name!r}",
                hint=f"there is: {', '.join(self.names())} (no package here brings another)",
            )
        if len(found) > 1:
            packages = " and ".join(sorted(each.package for each in found))
            raise UsageError(
                f"two packages bring the {self.noun} {name!r}: {packages}",
                hint="uninstall one of them",
            )
        return found[0]

    def load(self, name: str) -> Any:
        """What is called so. UsageError as in `find`; ModelError, in one line, where the package
        that brings it cannot be imported."""
        plugin = self.find(name)
        try:
            return plugin.entry.load()
        except Exception as error:  # whatever a package does while it is imported
            raise self._broken(plugin, error) from error

    def problem(self, plugin: Plugin) -> str:
        """Why a name cannot be used, in one line; "" where it can."""
        if plugin.package != WORLDMAP and plugin.name in self.own:
            return "never used: the name is worldmap's own"
        try:
            self.load(plugin.name)
        except WorldmapError as error:
            return str(error)
        return ""

    def open(self, name: str, settings: Any) -> Any:
        """What is called so, made for the settings. Errors as in `load`, and whatever the part
        itself raises that is meant for people."""
        make = self.load(name)
        try:
            return make(settings)
        except WorldmapError:
            raise
        except Exception as error:
            if name in self.own:
                raise
            raise self._broken(self.find(name), error) from error

    def _broken(self, plugin: Plugin, error: Exception) -> ModelError:
        _log.debug("%s cannot be used", plugin.entry, exc_info=error)
        said = " ".join(str(error).split())[:200]
        return ModelError(
            f"the {self.noun} {plugin.name!r} of {plugin.package} cannot be used: "
            f"{type(error).__name__}: {said}",
            hint="mend or uninstall that package",
        )

    def _own(self, name: str) -> Plugin:
        from importlib.metadata import EntryPoint  # which takes a while to import

        entry = EntryPoint(name=name, value=self.own[name], group=self.group)
        return Plugin(name=name, package=WORLDMAP, entry=entry)

    def _installed(self) -> Iterator[Plugin]:
        return (each for each in _brought() if each.entry.group == self.group)


def _brought() -> tuple[Plugin, ...]:
    """What installed packages bring, behind every door."""
    return _brought_on(tuple((part, _changed_ns(part)) for part in sys.path))


def _changed_ns(folder: str) -> int:
    try:
        return Path(folder or ".").stat().st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(maxsize=1)
def _brought_on(_: tuple[tuple[str, int], ...]) -> tuple[Plugin, ...]:
    """The same while the path, and when its folders changed, are as they were: hundreds of packages
    are looked through, and every door is asked many times over."""
    from importlib.metadata import distribution, distributions

    groups = {door.group for door in DOORS}
    found = []
    for package in distributions():
        try:
            entries = [each for each in package.entry_points if each.group in groups]
            if not entries:
                continue
            name, version = package.metadata["Name"], package.version
            # The first on the path is the one that is imported.
            shadowed = distribution(name).locate_file("") != package.locate_file("")
        except Exception as error:  # one broken package must not close the door for all
            _log.debug("an installed package's metadata cannot be read", exc_info=error)
            continue
        if not shadowed:
            brought = f"{name} {version}"
            found += [Plugin(name=e.name, package=brought, entry=e) for e in entries]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginState:
    """A name behind a door, for people: noun, name, who brings it, and what is wrong with it, ""
    where nothing is."""

    noun: str
    name: str
    package: str
    problem: str


def states() -> list[PluginState]:
    """All that the doors have, each imported to see whether it can be used."""
    return [
        PluginState(
            noun=door.noun, name=each.name, package=each.package, problem=door.problem(each)
        )
        for door in DOORS
        for each in door.plugins()
    ]


DEPTH: Final = Door(
    group="worldmap.depth",
    noun="depth source",
    own={
        "auto": "worldmap.depth.choose:AutoDepth",
        "measured": "worldmap.depth.measured:MeasuredDepth",
        "stereo": "worldmap.depth.stereo:StereoDepth",
        "depth-pro": "worldmap.depth.depth_pro:DepthPro",
        "depth-pro-apple": "worldmap.depth.depth_pro_apple:AppleDepthPro",
        "moge": "worldmap.depth.moge:MoGe",
        "depth-anything-3": "worldmap.depth.depth_anything_3:DepthAnything3",
        "depth-anything": "worldmap.depth.depth_anything:DepthAnything",
    },
)
SKY: Final = Door(
    group="worldmap.sky",
    noun="finder of sky",
    own={"upernet": "worldmap.depth.sky_network:UperNetSky"},
)
MOVING: Final = Door(
    group="worldmap.moving",
    noun="finder of what moves",
    own={"upernet": "worldmap.depth.sky_network:UperNetMoving"},
)
VIEWS: Final = Door(
    group="worldmap.views",
    noun="network of several photos",
    own={"da3-base": "worldmap.depth.any_view:AnyViewDepth"},
)
FEATURES: Final = Door(
    group="worldmap.features",
    noun="kind of features",
    own={
        "sift": "worldmap.registration.sift:Sift",
        "aliked": "worldmap.registration.learned.aliked:Aliked",
        "superpoint": "worldmap.registration.learned.superpoint:SuperPoint",
    },
)
MATCHER: Final = Door(
    group="worldmap.matcher",
    noun="matcher",
    own={
        "ratio": "worldmap.registration.matching:RatioMatcher.of",
        "lightglue": "worldmap.registration.learned.lightglue:LightGlue",
    },
)
RETRIEVAL: Final = Door(
    group="worldmap.retrieval",
    noun="retrieval",
    own={
        "vlad": "worldmap.registration.retrieval:Vlad.of",
        "dinov2": "worldmap.registration.learned.dinov2:DinoV2",
    },
)
DOORS: Final = (DEPTH, SKY, MOVING, VIEWS, FEATURES, MATCHER, RETRIEVAL)
