"""Who tells the sky of photos whose depth a network gave: that network itself, another that
segments pictures, or the picture's own colours (`sky`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb
from worldmap.depth.raster import resized_rgb
from worldmap.errors import ModelError
from worldmap.plugins import SKY, Door
from worldmap.records import DepthMap

AUTO: Final = "auto"
PICTURE: Final = "picture"
_KEY_DIGITS: Final = 16
_LIKELIER: Final = 0.5


class SkyFinder(Protocol):
    """Finds the sky in pictures: `worldmap.sky` names a class that is made with the DepthSettings
    and looks like this. One with weights to fetch lists them in `sources`."""

    def settings_hash(self) -> str:
        """Hash of the weights and of every setting that its sky depends on."""
        ...

    def find(self, pictures: Sequence[Rgb]) -> list[NDArray[np.float32]]:
        """Of each upright picture (H, W, 3) how sure it is, 0 to 1, that a pixel shows sky, on a
        grid (h, w) of any size over the same picture."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NamedFinder:
    """A finder and the key of what it finds: its name and hash."""

    key: str
    finder: SkyFinder

    def with_sky(self, depth_maps: Sequence[DepthMap], pictures: Sequence[Rgb]) -> list[DepthMap]:
        """The depth maps with their sky, as it finds it in their pictures; what has one stays."""
        wanted = [i for i, each in enumerate(depth_maps) if each.sky is None]
        found = list(depth_maps)
        if not wanted:
            return found
        for i, sure in zip(wanted, self.finder.find([pictures[i] for i in wanted]), strict=True):
            found[i] = replace(
                found[i],
                sky=on_grid(sure, found[i], pictures[i]),
                sky_by=self.key,
            )
        return found


def sky_finder(settings: DepthSettings) -> NamedFinder | None:
    """The segmentation network that the settings name; with `auto` the first whose weights are
    here, None where none is.

    UsageError for an unknown name, ModelError where the weights of one that is named are not here.
    """
    return _opened(settings)


@lru_cache(maxsize=1)
def _opened(settings: DepthSettings) -> NamedFinder | None:
    if settings.sky == PICTURE or not settings.clean.remove_sky:
        return None
    return named_finder(settings.sky, settings, SKY)


def named_finder(wanted: str, settings: DepthSettings, door: Door) -> NamedFinder | None:
    """What a door has under that name, opened; with `auto` the first of worldmap's own whose
    weights are here, None where none is. Errors of one that is named as in `Door.open`."""
    if wanted != AUTO:
        return _named(wanted, settings, door)
    for name in door.own:
        with suppress(ModelError):
            return _named(name, settings, door)
    return None


def _named(name: str, settings: DepthSettings, door: Door) -> NamedFinder:
    finder: SkyFinder = door.open(name, settings)
    return NamedFinder(key=f"{name}-{finder.settings_hash()[:_KEY_DIGITS]}", finder=finder)


def without_stale_sky(depth_map: DepthMap, settings: DepthSettings) -> DepthMap:
    """A depth map that was kept, without the sky of a finder that is not asked any more."""
    if not depth_map.sky_by:
        return depth_map
    finder = sky_finder(settings)
    if finder is not None and finder.key == depth_map.sky_by:
        return depth_map
    return replace(depth_map, sky=None, sky_by="")


def on_grid(sure: NDArray[np.float32], depth_map: DepthMap, picture: Rgb) -> NDArray[np.bool_]:
    """(H, W) on the grid of the depth map, its border where the picture's colours have it."""
    from worldmap.depth.sky import enlarged

    height_px, width_px = depth_map.depth_m.shape
    return enlarged(sure > _LIKELIER, resized_rgb(picture, width_px, height_px))
