"""Who tells what in a photo is no part of the place: people, animals, vehicles. Whatever it is, it
gives no points and no features; what a network misses is left to the photos that do not agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from worldmap.config import DepthSettings
from worldmap.depth.estimator import Rgb
from worldmap.depth.sky_finder import NamedFinder, named_finder, on_grid
from worldmap.plugins import MOVING
from worldmap.records import DepthMap

NONE: Final = "none"


def moving_finder(settings: DepthSettings) -> NamedFinder | None:
    """The segmentation network that the settings name; with `auto` the first whose weights are
    here, None where none is. Errors as in `sky_finder`."""
    return _opened(settings)


@lru_cache(maxsize=1)
def _opened(settings: DepthSettings) -> NamedFinder | None:
    if settings.moving == NONE:
        return None
    return named_finder(settings.moving, settings, MOVING)


def with_moving(
    found: NamedFinder, depth_maps: Sequence[DepthMap], pictures: Sequence[Rgb]
) -> list[DepthMap]:
    """The depth maps with what moves, as it is found in their pictures; what has it by the same
    finder stays."""
    wanted = [i for i, each in enumerate(depth_maps) if each.moving_by != found.key]
    made = list(depth_maps)
    if wanted:
        seen = found.finder.find([pictures[i] for i in wanted])
        for i, sure in zip(wanted, seen, strict=True):
            made[i] = replace(
                made[i], moving=on_grid(sure, made[i], pictures[i]), moving_by=found.key
            )
    return made


def without_stale_moving(depth_map: DepthMap, settings: DepthSettings) -> DepthMap:
    """A depth map that was kept, without what a finder found that is not asked any more."""
    finder = moving_finder(settings) if depth_map.moving_by else None
    if not depth_map.moving_by or (finder is not None and finder.key == depth_map.moving_by):
        return depth_map
    return replace(depth_map, moving=None, moving_by="")
