"""Surface normals of a fused cloud."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud

Array = NDArray[np.float64]

_CELL_PER_VOXEL = 4
_LEAST_POINTS = 6
"""Fewer points tell no plane."""
_AXIS_BITS = 20


def normals(
    cloud: PointCloud, centres_m: Mapping[int, NDArray[np.float64]], voxel_m: float
) -> NDArray[np.float32]:
    """Unit normals (N, 3) of a cloud, towards the camera centre (3,) of each point's photo.

    The plane through all points within the 3×3×3 cells of four voxels about a point's cell:
    the direction of least variance (Hoppe et al., SIGGRAPH 1992), found per cell from sums. NaN
    where fewer than six points lie there.
    """
    found = np.full((len(cloud), 3), np.nan, dtype=np.float32)
    if not len(cloud):
        return found
    size_m = _CELL_PER_VOXEL * voxel_m
    cell = np.floor(cloud.xyz / size_m).astype(np.int64)
    cell -= cell.min(axis=0) - 1
    if int(cell.max()) >= (1 << _AXIS_BITS) - 1:
        raise ValueError("the cloud is too wide for its voxels; find normals block by block")
    cells, of_point = np.unique(_packed(cell), return_inverse=True)
    # Sums of 1, x, y, z and their products about each cell's centre keep their digits.
    local = cloud.xyz / size_m - np.floor(cloud.xyz / size_m) - 0.5
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    columns = [np.ones(len(cloud)), *local.T, *(local[:, i] * local[:, j] for i, j in pairs)]
    sums = np.column_stack([np.bincount(of_point, column, len(cells)) for column in columns])
    total = np.zeros_like(sums)
    for offset in np.ndindex(3, 3, 3):
        step = np.array(offset) - 1
        wanted = cells + int(_packed(step[None])[0])
        at = np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)
        there = cells[at] == wanted
        total[there] += _shifted(sums[at[there]], step, pairs)
    normal = _least_direction(np.asarray(total, dtype=np.float64), pairs)
    normal[total[:, 0] < _LEAST_POINTS] = np.nan
    found[:] = normal[of_point]
    for photo_id in np.unique(cloud.photo_id).tolist():
        centre = centres_m.get(photo_id)
        if centre is not None:
            rows = np.flatnonzero(cloud.photo_id == photo_id)
            away = ((centre - cloud.xyz[rows]) * found[rows]).sum(axis=1) < 0
            found[rows[away]] *= -1
    return found


def _packed(cell: NDArray[np.int64]) -> NDArray[np.int64]:
    packed = ((cell[:, 2] << _AXIS_BITS) + cell[:, 1] << _AXIS_BITS) + cell[:, 0]
    return np.asarray(packed)


def _shifted(sums: Array, step: NDArray[np.int64], pairs: list[tuple[int, int]]) -> Array:
    """The same sums counted from a cell's centre `step` cells away."""
    count, first = sums[:, :1], sums[:, 1:4]
    moved = first + count * step
    products = [
        sums[:, 4 + k]
        + first[:, i] * step[j]
        + first[:, j] * step[i]
        + sums[:, 0] * step[i] * step[j]
        for k, (i, j) in enumerate(pairs)
    ]
    return np.column_stack((count, moved, *products))


def _least_direction(sums: Array, pairs: list[tuple[int, int]]) -> Array:
    mean = sums[:, 1:4] / np.maximum(sums[:, :1], 1)
    covariance = np.empty((len(sums), 3, 3))
    for k, (i, j) in enumerate(pairs):
        covariance[:, i, j] = covariance[:, j, i] = (
            sums[:, 4 + k] / np.maximum(sums[:, 0], 1) - mean[:, i] * mean[:, j]
        )
    _, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors[:, :, 0])
