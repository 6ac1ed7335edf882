"""Which points are ground: a morphological filter on a grid of lowest points.

Cloth simulation from PyPI was tried: as good on the demo street, but many times slower, its cloth
hangs on the bounding box (so neighbouring tiles disagree), and it prints to standard output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.config import GroundSettings

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

GROUND = 2
UNCLASSIFIED = 1
"""LAS classes."""

_LOW_SHARE = 0.1
"""The height that this share of a cell's points lies below: its floor, but for stray points."""
_FLAT_SHARE = 0.5
"""A cell is of one level surface if so many of its points lie close above its floor."""
_SMOOTHING_CELLS = 1.0


def classify_ground(xyz_m: Array, settings: GroundSettings) -> NDArray[np.uint8]:
    """LAS class (N,) of points (N, 3) with z up: 2 = ground, 1 = anything else.

    After the progressive morphological filter (Zhang et al., IEEE TGRS 41(4), 2003) with the slope
    threshold of Pingel et al. (ISPRS J. 77, 2013): a cell stands on the ground if its floor is not
    higher above what lies around it, in windows up to `largest_object_m` wide, than the slope
    allows; points close to the surface through those cells are ground. What lies further away than
    `largest_object_m` changes nothing.
    """
    classes = np.full(len(xyz_m), UNCLASSIFIED, dtype=np.uint8)
    if len(xyz_m):
        grid = _Grid.of(xyz_m, settings)
        ground = grid.level & _stands_on_ground(grid.floor_m, settings)
        if ground.any():
            height_m = _surface(grid.floor_m, ground)
            above_m = xyz_m[:, 2] - height_m[grid.row, grid.column]
            classes[np.abs(above_m) <= settings.tolerance_m] = GROUND
    return classes


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Cells over the points: row and column (N,) of each point; of each cell its floor, +∞ where it
    is empty, and whether it holds one level surface."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    floor_m: Array
    level: Mask

    @classmethod
    def of(cls, xyz_m: Array, settings: GroundSettings) -> _Grid:
        cell = np.floor(xyz_m[:, :2] / settings.cell_m).astype(np.intp)
        cell -= cell.min(axis=0)
        columns, rows = (cell.max(axis=0) + 1).tolist()
        code = cell[:, 1] * columns + cell[:, 0]
        order = np.lexsort((xyz_m[:, 2], code))
        start = np.flatnonzero(np.diff(code[order], prepend=-1))
        count = np.diff(start, append=len(order))
        z = xyz_m[order, 2]
        lowest = z[start + (count * _LOW_SHARE).astype(np.intp)]
        near = np.abs(z - np.repeat(lowest, count)) <= settings.tolerance_m
        level = np.add.reduceat(near.astype(np.intp), start) >= _FLAT_SHARE * count
        floor_m = np.full(rows * columns, np.inf)
        level_grid = np.zeros(rows * columns, dtype=np.bool_)
        floor_m[code[order][start]] = lowest
        level_grid[code[order][start]] = level
        return cls(
            row=cell[:, 1],
            column=cell[:, 0],
            floor_m=floor_m.reshape(rows, columns),
            level=level_grid.reshape(rows, columns),
        )


def _stands_on_ground(floor_m: Array, settings: GroundSettings) -> Mask:
    from scipy import ndimage

    stands = np.isfinite(floor_m)
    largest = max(1, round(settings.largest_object_m / 2 / settings.cell_m))
    radius = 1
    while radius <= largest:
        # Empty cells are no obstacle and no floor.
        lowered = ndimage.minimum_filter(floor_m, size=2 * radius + 1, mode="nearest")
        lowered[np.isinf(lowered)] = -np.inf
        opened = ndimage.maximum_filter(lowered, size=2 * radius + 1, mode="nearest")
        allowed_m = max(settings.tolerance_m, settings.slope * radius * settings.cell_m)
        stands &= ~(floor_m - opened > allowed_m)
        radius = radius + 1 if radius < 4 else (radius * 3) // 2
    return stands


def _surface(floor_m: Array, ground: Mask) -> Array:
    """Height of the ground at every cell: the smoothed floors of ground cells, the nearest one
    where there is none."""
    from scipy import ndimage

    weight = ndimage.gaussian_filter(ground.astype(np.float64), _SMOOTHING_CELLS)
    total = ndimage.gaussian_filter(np.where(ground, floor_m, 0.0), _SMOOTHING_CELLS)
    known = weight > 1e-3
    smooth = np.divide(total, weight, out=np.zeros_like(total), where=known)
    nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    return np.asarray(smooth[tuple(nearest)])
