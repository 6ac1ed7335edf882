"""Do two registered clouds agree where both photos looked?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import Similarity
from worldmap.records import Features

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]

_TOLERANCE_REL = 0.06
_SIGMAS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Shares, each the worse of the two directions. agreeing: of one photo's surface points, how
    many the other photo sees at the same depth. in_front: of those that fall into the other's
    view, how many stand in front of what it saw there, which a right registration cannot have."""

    agreeing: float
    in_front: float


def overlap(a: Features, b: Features, a_from_b: Similarity) -> Overlap:
    """Compare the thinned depth maps of two photos under `a_from_b` (both in their own scale)."""
    there = _seen_from(a, b, a_from_b)
    back = _seen_from(b, a, a_from_b.inverse())
    return Overlap(
        agreeing=min(there.agreeing, back.agreeing), in_front=max(there.in_front, back.in_front)
    )


@lru_cache(maxsize=64)
def depth_around(features: Features) -> tuple[Array, Array]:
    """For each inner cell of a photo's thinned depth map the nearest and the farthest depth of the
    3×3 cells about it (H, W), NaN where one of them is unknown and at the border. Those looked at
    last are kept, as pairs share them."""
    grid = features.grid_depth_m.astype(np.float64)
    known = np.where(np.isfinite(grid), grid, np.nan)
    # Minimum and maximum hand NaN on.
    height, width = grid.shape
    around = [known[r : height - 2 + r, c : width - 2 + c] for r in range(3) for c in range(3)]
    nearest, farthest = np.full_like(grid, np.nan), np.full_like(grid, np.nan)
    nearest[1:-1, 1:-1] = np.minimum.reduce(around)
    farthest[1:-1, 1:-1] = np.maximum.reduce(around)
    return nearest, farthest


def inner_cells(features: Features, xyz: Array) -> tuple[Bools, Rows, Rows]:
    """Which of the points (N, 3), in the photo's camera, fall into inner cells of its thinned depth
    map, and into which row and column those do."""
    uv = features.grid_camera.project(xyz)
    column, row = np.floor(np.nan_to_num(uv, nan=-1.0)).astype(np.intp).T
    height, width = features.grid_depth_m.shape
    inside = (column >= 1) & (column < width - 1) & (row >= 1) & (row < height - 1)
    inside &= xyz[:, 2] > 0.2
    return inside, row[inside], column[inside]


@dataclass(frozen=True, slots=True, eq=False)
class ThinnedSurface:
    """A photo's thinned depth map as points (N, 3) with sigma (N,)."""

    xyz: Array
    sigma_m: Array

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, features: Features) -> ThinnedSurface:
        """The surface of a photo; those looked at last are kept, as pairs share them."""
        camera, grid = features.grid_camera, features.grid_depth_m.astype(np.float64)
        present = np.isfinite(grid)
        return cls(
            xyz=camera.unproject(camera.pixel_centres()[present], grid[present]),
            sigma_m=features.grid_sigma_m[present].astype(np.float64),
        )


def _seen_from(viewer: Features, cloud: Features, viewer_from_cloud: Similarity) -> Overlap:
    points = ThinnedSurface.of(cloud)
    xyz = viewer_from_cloud.apply(points.xyz)
    inside, row, column = inner_cells(viewer, xyz)
    z = xyz[inside, 2]
    nearest, farthest = (each[row, column] for each in depth_around(viewer))
    sigma = np.hypot(
        viewer_from_cloud.scale * points.sigma_m[inside], viewer.grid_sigma_m[row, column]
    )
    sigma = _SIGMAS * sigma + _TOLERANCE_REL * z
    known = np.isfinite(nearest) & np.isfinite(sigma)
    if np.count_nonzero(known) < 20:
        return Overlap(agreeing=0.0, in_front=0.0)
    nearest, farthest, z, sigma = nearest[known], farthest[known], z[known], sigma[known]
    # The nearest surface in the neighbourhood decides: an edge half a cell off is no contradiction.
    in_front = z < nearest - sigma
    agreeing = (z > nearest - sigma) & (z < farthest + sigma)
    return Overlap(
        agreeing=int(np.count_nonzero(agreeing)) / max(len(xyz), 1),
        in_front=int(np.count_nonzero(in_front)) / len(z),
    )
