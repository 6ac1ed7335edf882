"""The 100 m UTM/UPS grid: which tile a point belongs to.

Every tile lies in one zone and is named by its EPSG code and south-west corner. A point belongs to
the tile of its own zone, so that an area across a zone's edge has tiles of both, each whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.geodesy import (
    Site,
    box_of,
    projected_epsgs,
    projected_from_enu,
    roughly_projected_from_enu,
)
from worldmap.records import TileKey

Array = NDArray[np.float64]

TILE_SIZE_M = 100
"""Edge of a tile. Part of every key's meaning, so not a setting."""
_MARGIN_SLACK_M = 5e-4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TilePart:
    """The points of a cloud that lie in one tile: their rows (M,), ascending, and where they are:
    easting, northing and ellipsoidal height (M, 3) in the tile's CRS."""

    index: NDArray[np.intp]
    xyz_projected: Array


def with_neighbours(key: TileKey) -> list[TileKey]:
    """A tile's key and those of the eight about it in its zone."""
    steps = (-TILE_SIZE_M, 0, TILE_SIZE_M)
    return [
        TileKey(epsg=key.epsg, east_m=key.east_m + east, north_m=key.north_m + north)
        for east in steps
        for north in steps
    ]


def split(xyz_projected: Array, epsg: int) -> dict[TileKey, NDArray[np.intp]]:
    """Rows (ascending) of the points (N, 3) that lie in each tile, keys sorted.

    A tile has its south and west edges, not its north and east ones.
    """
    cells = np.floor_divide(xyz_projected[:, :2], TILE_SIZE_M).astype(np.int64)
    return _by_cell(cells, epsg)


def _by_cell(cells: NDArray[np.int64], epsg: int) -> dict[TileKey, NDArray[np.intp]]:
    if not len(cells):
        return {}
    # 2³¹ cells are 2·10⁸ km: wider than any projection.
    code = (cells[:, 0] << 32) + cells[:, 1]
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=code[order[0]] - 1))
    parts = {}
    for rows in np.split(order, starts[1:]):
        east, north = (cells[rows[0]] * TILE_SIZE_M).tolist()
        parts[TileKey(epsg=epsg, east_m=east, north_m=north)] = rows
    return dict(sorted(parts.items()))


def split_enu(xyz_enu: Array, site: Site) -> dict[TileKey, TilePart]:
    """The tiles of a site's points (N, 3), each point in the zone that it lies in; keys sorted."""
    if not len(xyz_enu):
        return {}
    parts = {}
    zone_of_point = _zones(xyz_enu, site)
    for epsg in np.unique(zone_of_point).tolist():
        rows = np.flatnonzero(zone_of_point == epsg)
        xyz_projected = projected_from_enu(xyz_enu[rows], site, epsg)
        for key, index in split(xyz_projected, epsg).items():
            parts[key] = TilePart(index=rows[index], xyz_projected=xyz_projected[index])
    return dict(sorted(parts.items()))


def touched(xyz_enu: Array, site: Site, margin_m: float) -> dict[TileKey, NDArray[np.intp]]:
    """Rows (ascending) of the points (N, 3) in each tile or within `margin_m` (a millimetre more
    or less) of it along easting and northing, across the edges of zones too; keys sorted.
    ValueError for a margin beyond half a tile."""
    if not 0 <= margin_m <= TILE_SIZE_M / 2:
        raise ValueError(f"the margin must lie within 0 and {TILE_SIZE_M / 2} m, got {margin_m}")
    found: dict[TileKey, NDArray[np.intp]] = {}
    for epsg, rows in _rows_near_zones(xyz_enu, site, margin_m).items():
        near = xyz_enu if len(rows) == len(xyz_enu) else xyz_enu[rows]
        xy = roughly_projected_from_enu(near, site, epsg, _MARGIN_SLACK_M)
        reach = margin_m + _MARGIN_SLACK_M
        # Strip by strip: a cloud lies in few tiles, and to compare is cheaper than to sort.
        for east, strip in _within(xy[:, 0], reach):
            for north, part in _within(xy[strip, 1], reach):
                key = TileKey(epsg=epsg, east_m=east, north_m=north)
                found[key] = rows[strip[part]]
    return dict(sorted(found.items()))


def _within(values: Array, reach: float) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each interval of a tile's size that holds any of `values` (N,) or has one within `reach`: its
    lower end and their rows."""
    first = math.floor((values.min() - reach) / TILE_SIZE_M)
    last = math.floor((values.max() + reach) / TILE_SIZE_M)
    for cell in range(first, last + 1):
        low = cell * TILE_SIZE_M
        rows = np.flatnonzero((values >= low - reach) & (values < low + TILE_SIZE_M + reach))
        if len(rows):
            yield int(low), rows


def _rows_near_zones(xyz_enu: Array, site: Site, margin_m: float) -> dict[int, NDArray[np.intp]]:
    """Of each zone the rows of the points in it or within the margin of its edge."""
    if not len(xyz_enu):
        return {}
    zone = _zones(xyz_enu, site)
    low, high = box_of(xyz_enu)
    ends = np.stack((low - 2 * margin_m, high + 2 * margin_m))
    if len(np.unique(_zones(ends, site))) == 1 and (zone == zone[0]).all():
        return {int(zone[0]): np.arange(len(xyz_enu))}
    near = [zone]
    for turn_rad in np.arange(8) * (np.pi / 4):
        # A quarter more than the margin: the eight directions leave gaps between them.
        step = 1.25 * margin_m * np.array((np.cos(turn_rad), np.sin(turn_rad), 0.0))
        near.append(_zones(xyz_enu + step, site))
    zones = np.stack(near)
    return {epsg: np.flatnonzero((zones == epsg).any(axis=0)) for epsg in np.unique(zones).tolist()}


def _zones(xyz_enu: Array, site: Site) -> NDArray[np.int32]:
    """EPSG code (N,) of the zone of each point."""
    ends = np.stack(box_of(xyz_enu))
    corners = np.stack(np.meshgrid(*ends.T), axis=-1).reshape(-1, 3)
    lat, lon, _ = site.geodetic_from_enu(corners)
    # Almost every cloud lies well inside one zone, and its corners tell. The margin (1.1 km) is
    # more than a parallel bulges within a degree; near a pole or an edge each point is asked.
    if np.abs(lat).max() < 79.0 and np.ptp(lon) < 1.0:
        margin_deg = np.array([-0.01, 0.01])
        around = np.meshgrid(lat[:, None] + margin_deg, lon[:, None] + margin_deg)
        zones = np.unique(projected_epsgs(around[0].ravel(), around[1].ravel()))
        if len(zones) == 1:
            return np.full(len(xyz_enu), zones[0], dtype=np.int32)
    lat, lon, _ = site.geodetic_from_enu(xyz_enu)
    return projected_epsgs(lat, lon)
