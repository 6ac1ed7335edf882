"""Do two registered clouds agree where both photos looked?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import Similarity
from worldmap.records import Features

Array = NDArray[np.float64]

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


def _seen_from(viewer: Features, cloud: Features, viewer_from_cloud: Similarity) -> Overlap:
    camera = cloud.grid_camera
    present = np.isfinite(cloud.grid_depth_m)
    depth = cloud.grid_depth_m[present].astype(np.float64)
    points = viewer_from_cloud.apply(camera.unproject(camera.pixel_centres()[present], depth))
    sigma = viewer_from_cloud.scale * cloud.grid_sigma_m[present]
    uv = viewer.grid_camera.project(points)
    column, row = np.floor(np.nan_to_num(uv, nan=-1.0)).astype(np.intp).T
    height, width = viewer.grid_depth_m.shape
    inside = (column >= 1) & (column < width - 1) & (row >= 1) & (row < height - 1)
    inside &= points[:, 2] > 0.2
    column, row, z, sigma = column[inside], row[inside], points[inside, 2], sigma[inside]
    neighbours = np.stack(
        [viewer.grid_depth_m[row + r, column + c] for r in (-1, 0, 1) for c in (-1, 0, 1)]
    ).astype(np.float64)
    sigma = _SIGMAS * np.hypot(sigma, viewer.grid_sigma_m[row, column]) + _TOLERANCE_REL * z
    known = np.isfinite(neighbours).all(axis=0) & np.isfinite(sigma)
    if np.count_nonzero(known) < 20:
        return Overlap(agreeing=0.0, in_front=0.0)
    neighbours, z, sigma = neighbours[:, known], z[known], sigma[known]
    # The nearest surface in the neighbourhood decides: an edge half a cell off is no contradiction.
    in_front = z < neighbours.min(axis=0) - sigma
    agreeing = (z > neighbours.min(axis=0) - sigma) & (z < neighbours.max(axis=0) + sigma)
    return Overlap(
        agreeing=int(np.count_nonzero(agreeing)) / max(len(points), 1),
        in_front=int(np.count_nonzero(in_front)) / len(z),
    )
