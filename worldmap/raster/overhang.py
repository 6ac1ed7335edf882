"""Which cells may have something over them that nobody saw: what photos look at beneath a car."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.raster.surface import BELIEVED, CellPoints, CellSurface

Array = NDArray[np.float64]

OVERHANG_M = 2.6
"""How far behind what photos look beneath: vehicles are no wider (2.55 m, Directive 96/53/EC)."""
_SIGMAS = 4.0


def overhung(points: CellPoints, surface: CellSurface, gsd_m: float) -> NDArray[np.bool_]:
    """(H, W) cells whose every point of the surface its photo sees beneath something that stands
    before it, as far behind that as it is high. Such a thing may reach over them: of its top no
    photo needs to show anything.

    Points without `sight_m` are taken to be seen from above.
    """
    if points.sight_m is None or not len(points.cell):
        return np.zeros(points.shape, dtype=np.bool_)
    highest_m = _highest(points)
    height_m = surface.height_m.ravel().astype(np.float64)
    # Cells that are wider hold what stands there and what lies behind.
    steps = int(OVERHANG_M / gsd_m)
    # Points of the surface that something higher stands near.
    spread_m = gsd_m + _SIGMAS * points.sigma_m.astype(np.float64)
    own = np.abs(points.height_m - height_m[points.cell]) <= spread_m
    over_m = _highest_around(highest_m.reshape(points.shape), steps).ravel()
    asked = own & (over_m[points.cell] > points.height_m + spread_m)
    asked &= np.isfinite(points.sight_m).all(axis=1)
    beneath = np.zeros(len(points.cell), dtype=np.bool_)
    beneath[asked] = _beneath(points.where(asked), highest_m, spread_m[asked], gsd_m, steps)
    seen = np.bincount(points.cell[own], minlength=len(height_m))
    under = np.bincount(points.cell[own & beneath], minlength=len(height_m))
    return np.asarray(((under > 0) & (under == seen)).reshape(points.shape))


def _highest(points: CellPoints) -> Array:
    """(H W,) of what photos agree on over each cell; -inf where there is nothing."""
    highest_m = np.full(points.shape[0] * points.shape[1], -np.inf)
    agreed = points.support >= BELIEVED
    np.maximum.at(highest_m, points.cell[agreed], points.height_m[agreed])
    return highest_m


def _highest_around(highest_m: Array, cells: int) -> Array:
    from scipy import ndimage

    return np.asarray(ndimage.maximum_filter(highest_m, 2 * cells + 1, mode="nearest"))


def _beneath(
    points: CellPoints, highest_m: Array, spread_m: Array, gsd_m: float, steps: int
) -> NDArray[np.bool_]:
    """Of each point (N,) whether something stands over its line of sight."""
    assert points.sight_m is not None
    rows, columns = points.shape
    row, column = np.divmod(points.cell, columns)
    plan_m = np.hypot(points.sight_m[:, 0], points.sight_m[:, 1])
    flat = np.maximum(plan_m, 1e-9)
    # Rows run southwards.
    right, down = points.sight_m[:, 0] / flat, -points.sight_m[:, 1] / flat
    climb = points.sight_m[:, 2] / flat
    found = np.zeros(len(points.cell), dtype=np.bool_)
    for step in range(1, steps + 1):
        at_row = np.rint(row + step * down).astype(np.intp)
        at_column = np.rint(column + step * right).astype(np.intp)
        away_m = step * gsd_m
        inside = (at_row >= 0) & (at_row < rows) & (at_column >= 0) & (at_column < columns)
        inside &= away_m < plan_m
        there_m = np.full(len(found), -np.inf)
        there_m[inside] = highest_m[at_row[inside] * columns + at_column[inside]]
        line_m = points.height_m + away_m * climb
        found |= (there_m > line_m + spread_m) & (there_m - points.height_m >= away_m)
    return found
