"""Settings that were given as options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from worldmap.errors import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from worldmap.cli.command import Call
    from worldmap.config import NamedSettings, Settings

    M = TypeVar("M", bound=BaseModel)


# Where settings take effect, by the beginning of their names, the longest first.
_STAGES: Final = {
    "registration.features.": "ingest",
    "depth.da3_base_weights": "merge",
    "depth.": "ingest",
    "ingest.": "ingest",
    "fetch.": "fetch",
    "registration.": "merge",
    "choose.": "merge",
    "stereo.": "merge",
    "fuse.": "merge",
    "tiles.": "merge",
    "report.": "merge",
}
_ALSO: Final = {
    ("fuse.", "remove"),
    ("tiles.", "remove"),
    # The network that `refine.network` names runs where the others do.
    ("depth.device", "merge"),
    ("depth.models_dir", "merge"),
}


def is_map(folder: Path) -> bool:
    """Whether there is a map in the folder, whichever database its catalog is in."""
    from worldmap.catalog import CATALOG_NAME
    from worldmap.catalog.pointer import remembered_url

    return (folder / CATALOG_NAME).exists() or remembered_url(folder) is not None


def settings_for(call: Call, command: str, config: Path | None) -> Settings:
    """What the file of `--config` sets, over what the map sets, over the defaults. Says where the
    file differs from the map, and what of it has no effect on this command."""
    from worldmap.config import load_told
    from worldmap.mapfolder import Layout, map_settings, settings_over

    layout = Layout(call.map_dir)
    if config is not None:
        _tell(call, command, load_told(config), map_settings(layout))
    return settings_over(layout, config)


def _tell(call: Call, command: str, told: NamedSettings, kept: NamedSettings) -> None:
    from worldmap.config import Settings, all_values

    present = {**all_values(Settings()), **kept}
    for name in [name for name, value in told.items() if present.get(name) != value]:
        stage = _stage_of(name)
        if stage not in (None, command) and not any(
            name.startswith(part) and command == other for part, other in _ALSO
        ):
            again = ": ingest the photos again with it" if stage == "ingest" else ""
            call.console.warn(f"{name} only takes effect at {stage}{again}")
        elif name in kept:
            call.console.warn(
                f"{name} is {kept[name]} in the map's settings and {told[name]} in this command's, "
                "for this once (to change the map's: `worldmap config --config FILE --keep`)"
            )


def _stage_of(name: str) -> str | None:
    return next((stage for part, stage in _STAGES.items() if name.startswith(part)), None)


@contextmanager
def kept_in_map(call: Call, config: Path | None, flags: Mapping[str, object]) -> Iterator[None]:
    """What a command is told, by file or flags, stays with the map where the map does not say it
    yet and it is not the default; said once. A map that the command makes is there at its end."""
    from worldmap.config import Settings, all_values, load_told
    from worldmap.mapfolder import Layout, keep_settings, map_settings, may_keep

    layout, defaults = Layout(call.map_dir), all_values(Settings())
    kept = map_settings(layout)
    told = {**(load_told(config) if config else {}), **flags}
    new = {
        name: value
        for name, value in told.items()
        if name not in kept and defaults.get(name) != value and may_keep(name, value)
    }

    def keep() -> None:
        if new and is_map(call.map_dir):
            keep_settings(layout, new)
            said = ", ".join(f"{name} = {value}" for name, value in new.items())
            call.console.note(f"kept in {layout.settings()}: {said}")
            new.clear()

    keep()
    try:
        yield
    finally:
        keep()


def with_tiles(settings: Settings, **options: object) -> Settings:
    """The settings with those tile settings replaced that were given; UsageError for a bad one."""
    return settings.model_copy(update={"tiles": _replaced("tiles", settings.tiles, options)})


def with_depth(settings: Settings, **options: object) -> Settings:
    """The settings with those depth settings replaced that were given; UsageError for a bad one."""
    return settings.model_copy(update={"depth": _replaced("depth", settings.depth, options)})


def with_fetch(settings: Settings, **options: object) -> Settings:
    """The settings with those of archives that were given as options (None = not given)."""
    return settings.model_copy(update={"fetch": _replaced("fetch", settings.fetch, options)})


def with_choice(settings: Settings, **options: object) -> Settings:
    """The settings with what of the map is shown that was given as options (None = not given)."""
    return settings.model_copy(update={"choose": _replaced("choose", settings.choose, options)})


def with_stereo(settings: Settings, **options: object) -> Settings:
    """The settings with those of stereo replaced that were given; UsageError for a bad one."""
    return settings.model_copy(update={"stereo": _replaced("stereo", settings.stereo, options)})


def with_features(settings: Settings, **options: object) -> Settings:
    """The settings with those of features replaced that were given; UsageError for a bad one."""
    told = settings.registration
    part = _replaced("registration.features", told.features, options)
    return settings.model_copy(update={"registration": told.model_copy(update={"features": part})})


def with_pairs(settings: Settings, **options: object) -> Settings:
    """The settings with those of pairs replaced that were given; UsageError for a bad one."""
    told = settings.registration
    part = _replaced("registration.pairs", told.pairs, options)
    return settings.model_copy(update={"registration": told.model_copy(update={"pairs": part})})


def _replaced(name: str, part: M, options: dict[str, object]) -> M:
    from pydantic import ValidationError

    given = {option: value for option, value in options.items() if value is not None}
    if not given:
        return part
    try:
        return type(part).model_validate({**part.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{name}.{first['loc'][0]}: {first['msg']}") from error


def job_count(jobs: int | None) -> int:
    """What the user asked for, or what the machine bears."""
    from worldmap.engine import default_jobs

    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, got {jobs}")
    return jobs or default_jobs()
