"""How large points are drawn: as far as they stand apart from each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NEIGHBOURS = 8
# Of the neighbours' distances: enough to close a surface of points on a grid, none too many.
_RANK = 5
_COVER = 1.25
_SMALLEST_M, _LARGEST_M = 0.02, 1.2
# A point may be this much larger than what stands around it; stray points stay small.
_OVER_NEIGHBOURS = 1.6


def sizes_m(
    xyz: NDArray[np.float64] | NDArray[np.float32], *, workers: int = 1
) -> NDArray[np.float32]:
    """Diameters (N,) float32 for points (N, 3) in metres, so that discs of a surface close up.

    By the distance to a few neighbours, but not much more than the size of those: points that fly
    alone stay small. workers: threads that search.
    """
    from scipy.spatial import cKDTree

    if len(xyz) <= _NEIGHBOURS:
        return np.full(len(xyz), 0.1, dtype=np.float32)
    tree = cKDTree(xyz, leafsize=16, balanced_tree=False, compact_nodes=False)
    found = tree.query(xyz, k=_NEIGHBOURS + 1, workers=workers)
    distance, index = np.asarray(found[0]), np.asarray(found[1])
    own = np.clip(_COVER * distance[:, _RANK], _SMALLEST_M, _LARGEST_M).astype(np.float32)
    around = np.median(own[index[:, 1:]], axis=1)
    return np.asarray(np.minimum(own, _OVER_NEIGHBOURS * around), dtype=np.float32)
