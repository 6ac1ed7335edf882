"""Where another photo would help most: surfaces that one photo saw, gaps, groups apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.report.raster import AreaRaster

Array = NDArray[np.float64]

_PATCH_M = 4.0
_SINGLE_SHARE = 0.7
_LEAST_POINTS = 30
_LEAST_AREA_M2 = 15.0
_MOST_PER_KIND = 5
# Where to stand for a second look: so far from the surface, and so far round from the first photo.
_NEAREST_M, _FARTHEST_M = 5.0, 12.0
_ROUND_DEG = 35.0
# Suggestions are no closer to each other than this.
_APART_M = 15.0
_LEAST_GAP_M = 15.0
_GAP_RATIO = 2.5
_COMPASS: Final = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Station:
    """A placed photo for this purpose: east and north (2,) in metres, and the group it is of."""

    name: str
    at_m: Array
    group: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Idea:
    """A place to stand (east, north in metres), where to look (None: along the way), and why."""

    kind: str
    at_m: Array
    heading_deg: float | None
    area_m2: float
    reason: str


def suggestions(
    raster: AreaRaster,
    photos: Mapping[int, Station],
    believed: Sequence[tuple[int, int]],
) -> list[Idea]:
    """What to shoot next, the most useful first: photos by id, believed pairs of them."""
    return [*_apart(photos), *_gaps(photos, believed), *_one_photo(raster, photos)]


def _one_photo(raster: AreaRaster, photos: Mapping[int, Station]) -> list[Idea]:
    """Surfaces that mostly one photo saw, by the photo that is nearest, the largest first; places
    that are close to one that was named already are left out."""
    from scipy.spatial import cKDTree

    if not photos:
        return []
    step = max(1, round(_PATCH_M / raster.cell_m))
    patch_m = step * raster.cell_m
    count, single = _blocks(raster.count, step), _blocks(raster.single, step)
    cells = _blocks((2 * raster.single > raster.count).astype(np.int64), step)
    rows, columns = np.nonzero((count >= _LEAST_POINTS) & (single > _SINGLE_SHARE * count))
    patches = raster.low_m + patch_m * np.column_stack((columns + 0.5, rows + 0.5))
    at = np.array([photo.at_m for photo in photos.values()])
    names = [photo.name for photo in photos.values()]
    nearest = np.asarray(cKDTree(at).query(patches)[1]) if len(patches) else np.zeros(0, int)
    ideas = []
    for which in np.unique(nearest):
        own = nearest == which
        area_m2 = float(cells[rows[own], columns[own]].sum()) * raster.cell_m**2
        if area_m2 < _LEAST_AREA_M2:
            continue
        weight = single[rows[own], columns[own]].astype(np.float64)
        middle = np.average(patches[own], axis=0, weights=weight)
        stand = _second_look(raster, middle, at[which])
        way = middle - stand
        heading = float(np.rad2deg(np.arctan2(way[0], way[1])) % 360.0)
        ideas.append(
            Idea(
                kind="one-photo",
                at_m=stand,
                heading_deg=heading,
                area_m2=area_m2,
                reason=f"{area_m2:.0f} m² near {names[which]} that a single photo saw: "
                f"stand here and look {_compass(heading)}",
            )
        )
    chosen: list[Idea] = []
    for idea in sorted(ideas, key=lambda idea: -idea.area_m2):
        if all(np.linalg.norm(idea.at_m - other.at_m) > _APART_M for other in chosen):
            chosen.append(idea)
    return chosen[:_MOST_PER_KIND]


def _blocks(values: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Sums over step × step cells."""
    height, width = (-(-n // step) * step for n in values.shape)
    padded = np.zeros((height, width), dtype=np.int64)
    padded[: values.shape[0], : values.shape[1]] = values
    return np.asarray(padded.reshape(height // step, step, width // step, step).sum(axis=(1, 3)))


def _second_look(raster: AreaRaster, surface_m: Array, first_m: Array) -> Array:
    """A place at another angle than the first photo's; of its two sides that on lower ground."""
    way = first_m - surface_m
    away_m = float(np.linalg.norm(way))
    way = way / away_m if away_m > 0.1 else np.array((0.0, 1.0))
    reach_m = float(np.clip(away_m, _NEAREST_M, _FARTHEST_M))
    places = []
    for turn in np.deg2rad((_ROUND_DEG, -_ROUND_DEG)):
        turned = np.array(
            (
                np.cos(turn) * way[0] - np.sin(turn) * way[1],
                np.sin(turn) * way[0] + np.cos(turn) * way[1],
            )
        )
        places.append(surface_m + reach_m * turned)
    return min(places, key=lambda place: _top_about(raster, place))


def _top_about(raster: AreaRaster, place_m: Array) -> float:
    """How high things stand there; unknown ground is worse than low, better than a roof."""
    column, row = np.floor((place_m - raster.low_m) / raster.cell_m).astype(int)
    reach = max(1, round(1.0 / raster.cell_m))
    rows = slice(max(0, row - reach), max(0, row + reach + 1))
    columns = slice(max(0, column - reach), max(0, column + reach + 1))
    around = raster.top_m[rows, columns]
    known = around[np.isfinite(around)]
    all_known = raster.top_m[np.isfinite(raster.top_m)]
    return float(np.median(known if len(known) else all_known)) if len(all_known) else 0.0


def _gaps(photos: Mapping[int, Station], believed: Sequence[tuple[int, int]]) -> list[Idea]:
    """Ways from photo to photo that are long beside the others and that no pair spans."""
    tied = {frozenset(pair) for pair in believed}
    steps = [
        (a, b, float(np.linalg.norm(photos[a].at_m - photos[b].at_m)))
        for a, b in _shortest_tree(photos)
        if photos[a].group == photos[b].group
    ]
    if not steps:
        return []
    usual_m = float(np.median([length for _, _, length in steps]))
    limit_m = max(_LEAST_GAP_M, _GAP_RATIO * usual_m)
    wide = [s for s in steps if s[2] > limit_m and frozenset(s[:2]) not in tied]
    return [
        Idea(
            kind="gap",
            at_m=(photos[a].at_m + photos[b].at_m) / 2,
            heading_deg=None,
            area_m2=0.0,
            reason=f"{length:.0f} m without a photo between {photos[a].name} and {photos[b].name}",
        )
        for a, b, length in sorted(wide, key=lambda s: -s[2])[:_MOST_PER_KIND]
    ]


def _apart(photos: Mapping[int, Station]) -> list[Idea]:
    """Between groups that no pair ties: a photo that shows something of both."""
    return [
        Idea(
            kind="apart",
            at_m=(photos[a].at_m + photos[b].at_m) / 2,
            heading_deg=None,
            area_m2=0.0,
            reason=f"no match ties {photos[a].name} to {photos[b].name}: photos that show "
            "something of both would",
        )
        for a, b in _shortest_tree(photos)
        if photos[a].group != photos[b].group
    ][:_MOST_PER_KIND]


def _shortest_tree(photos: Mapping[int, Station]) -> list[tuple[int, int]]:
    """Edges of a tree over all photos with the least total length (Prim)."""
    ids = sorted(photos)
    if len(ids) < 2:
        return []
    at = np.array([photos[i].at_m for i in ids])
    near = np.zeros(len(ids), dtype=np.intp)
    away = np.linalg.norm(at - at[0], axis=1)
    waiting = np.ones(len(ids), dtype=np.bool_)
    waiting[0] = False
    edges = []
    for _ in range(len(ids) - 1):
        new = int(np.argmin(np.where(waiting, away, np.inf)))
        edges.append((ids[int(near[new])], ids[new]))
        waiting[new] = False
        closer = np.linalg.norm(at - at[new], axis=1)
        better = closer < away
        away[better], near[better] = closer[better], new
    return edges


def _compass(heading_deg: float) -> str:
    return _COMPASS[round(heading_deg / 45.0) % 8]
