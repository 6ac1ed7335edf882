"""What photos look at beneath something may have that over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.frames import PROJECTED
from worldmap.raster import CellPoints, Grid, overhung, top_surface
from worldmap.records import TilePoints

EAST_M, NORTH_M, GSD_M = 400000.0, 5800000.0, 0.1
COLUMNS, ROWS = 60, 5
GRID = Grid.over(32633, (EAST_M, NORTH_M, EAST_M + COLUMNS * GSD_M, NORTH_M + ROWS * GSD_M), GSD_M)
BESIDE = (EAST_M - 4.0, NORTH_M + 0.25, 1.6)
"""Eye level, west of all."""
ABOVE = (EAST_M + 2.0, NORTH_M + 0.25, 30.0)
BEYOND = (EAST_M + 12.0, NORTH_M + 0.25, 1.6)


def street(stands_m: tuple[float, float, float], *, side_from_m: float = 0.3) -> CellPoints:
    """Ground, and at the tenth column a car's side: from so far over the ground to its roof's
    height; all of one photo. Rows run west to east."""
    x = np.arange(COLUMNS) * GSD_M + GSD_M / 2
    ground = [(EAST_M + e, NORTH_M + (r + 0.5) * GSD_M, 0.0) for e in x for r in range(ROWS)]
    side = [
        (EAST_M + 1.05, NORTH_M + (r + 0.5) * GSD_M, z)
        for r in range(ROWS)
        for z in np.arange(side_from_m, 1.45, 0.05)
    ]
    xyz = np.array(ground + side)
    points = TilePoints(
        cloud=PointCloud(
            frame=PROJECTED,
            xyz=xyz,
            rgb=np.full((len(xyz), 3), 100),
            sigma_m=np.full(len(xyz), 0.01),
            photo_id=np.ones(len(xyz), dtype=np.uint32),
            support=np.full(len(xyz), 3),
        ),
        epsg=GRID.epsg,
        gps_time_s=np.full(len(xyz), np.nan),
        classification=np.ones(len(xyz), dtype=np.uint8),
    )
    return CellPoints.of(points, GRID, GRID.whole, np.tile(stands_m, (len(xyz), 1)))


def found(points: CellPoints) -> NDArray[np.bool_]:
    """Which columns are overhung; each row says the same."""
    cells = overhung(points, top_surface(points, GSD_M), GSD_M)
    assert (cells == cells[:1]).all()
    return np.asarray(cells[0])


def test_ground_that_is_seen_beneath_a_car_may_be_under_it() -> None:
    columns = np.flatnonzero(found(street(BESIDE)))
    # Behind its side, as far as it is high.
    assert columns.min() == 11
    assert columns.max() == pytest.approx(10 + 1.4 / GSD_M, abs=1)
    assert len(columns) == columns.max() - columns.min() + 1


@pytest.mark.parametrize("stands_m", [ABOVE, BEYOND])
def test_ground_that_is_seen_past_it_is_open(stands_m: tuple[float, float, float]) -> None:
    """From above, and from the other side: what stands behind the ground is not over it. From there
    the ground on this side is seen beneath it."""
    columns = found(street(stands_m))
    assert not columns[11:].any()
    assert columns[:10].any() == (stands_m == BEYOND)


def test_what_one_photo_sees_from_elsewhere_is_open() -> None:
    points = street(BESIDE)
    assert points.sight_m is not None
    sight_m = points.sight_m.copy()
    # Every cell has one point of ground: of half of them another photo's.
    half = (points.cell % COLUMNS) < 18
    sight_m[half] = (0.0, 0.0, 30.0)
    columns = found(replace(points, sight_m=sight_m))
    assert not columns[:18].any()
    assert columns[18:].any()


def test_where_nobody_tells_who_saw_it_nothing_is_covered() -> None:
    points = street(BESIDE)
    assert points.sight_m is not None
    assert not found(replace(points, sight_m=None)).any()
    assert not found(replace(points, sight_m=np.full_like(points.sight_m, np.nan))).any()


def test_what_one_photo_alone_shows_covers_nothing() -> None:
    points = street(BESIDE)
    alone = np.where(points.height_m > 0.1, 1, points.support).astype(np.uint8)
    assert not found(replace(points, support=alone)).any()
