"""How discs lie and how large they are: on their surface, as far as they stand apart."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.fuse import normals

_NEIGHBOURS = 8
# Of the neighbours' distances: enough to close a surface of points on a grid, none too many.
_RANK = 5
_COVER = 1.25
_SMALLEST_M, _LARGEST_M = 0.02, 1.2
# A point may be this much larger than what stands around it; stray points stay small.
_OVER_NEIGHBOURS = 1.6
# And this much than what is usual where it is: what stands further apart stays apart, as on the
# page. What flies before a wall at depth's edges has others about it that are as far apart.
_OVER_USUAL = 2.5
# Where it is: the smallest cube, by halves, with so many points: what flies is few in it.
_CROWD = 1000
_DEEPEST = 16


def sizes_m(
    xyz: NDArray[np.float64] | NDArray[np.float32], *, workers: int = 1
) -> NDArray[np.float32]:
    """Diameters (N,) float32 for points (N, 3) in metres, so that discs of a surface close up.

    By the distance to a few neighbours, but not much more than the size of those, nor than what is
    usual in that part of the cloud: points that fly stay small. workers: threads that search.
    """
    from scipy.spatial import cKDTree

    if len(xyz) <= _NEIGHBOURS:
        return np.full(len(xyz), 0.1, dtype=np.float32)
    tree = cKDTree(xyz, leafsize=16, balanced_tree=False, compact_nodes=False)
    found = tree.query(xyz, k=_NEIGHBOURS + 1, workers=workers)
    distance, index = np.asarray(found[0]), np.asarray(found[1])
    own = np.clip(_COVER * distance[:, _RANK], _SMALLEST_M, _LARGEST_M).astype(np.float32)
    around = np.median(own[index[:, 1:]], axis=1)
    size_m = np.minimum(own, _OVER_NEIGHBOURS * around)
    usual = _OVER_USUAL * _usual_m(xyz, size_m)
    return np.asarray(np.minimum(size_m, usual), dtype=np.float32)


def _usual_m(
    xyz: NDArray[np.float64] | NDArray[np.float32], size_m: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The geometric mean (N,) of sizes (N,) in the smallest cube about each point (N, 3) that a
    crowd is in."""
    low = xyz.min(axis=0)
    side_m = float((xyz.max(axis=0) - low).max()) + 1e-6
    logs = np.log(size_m.astype(np.float64))
    usual = np.full(len(xyz), logs.mean())
    crowded = np.arange(len(xyz))
    for level in range(1, _DEEPEST):
        cell = ((xyz[crowded] - low) * (2**level / side_m)).astype(np.int64)
        _, number = np.unique(cell @ np.array((2**40, 2**20, 1)), return_inverse=True)
        count = np.bincount(number)
        mean = np.bincount(number, weights=logs[crowded]) / count
        many = count[number] >= _CROWD
        crowded, number = crowded[many], number[many]
        if not len(crowded):
            break
        usual[crowded] = mean[number]
    return np.asarray(np.exp(usual))


_VOXELS_PER_SIZE: Final = 3.5
"""A plane is fitted to what lies within some three sizes: voxels of `fuse.normals` are a twelfth of
that."""
_COARSER: Final = 3.0
_ROUNDS: Final = 3
_WIDEST_CELLS: Final = 2**17
"""Of a cloud, that it can count its cells."""


def disc_normals(cloud: PointCloud, size_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit normals (N, 3), either way, of the surfaces that points of these diameters (N,) lie on,
    where they lie close first; NaN for those with too few about them."""
    found = np.full((len(cloud), 3), np.nan, dtype=np.float32)
    if not len(cloud):
        return found
    widest_m = float((cloud.xyz.max(axis=0) - cloud.xyz.min(axis=0)).max())
    voxel_m = max(float(np.median(size_m)) / _VOXELS_PER_SIZE, widest_m / _WIDEST_CELLS)
    for _ in range(_ROUNDS):
        unknown = np.isnan(found[:, 0])
        if not unknown.any():
            break
        found[unknown] = normals(cloud, {}, voxel_m)[unknown]
        voxel_m *= _COARSER
    return found
