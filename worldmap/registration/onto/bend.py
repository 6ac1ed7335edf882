"""How far what a map's depth has in common may bend its points."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud

Array = NDArray[np.float64]


def bends_m(cloud: PointCloud, xyz: Array, centres: Mapping[int, Array]) -> Array:
    """(N, 3) along the ray of the photo that gave each point, one sigma; xyz (N, 3) and the photos'
    centres (3,), by id, in one frame. A point is as sure as all photos that agree on it are if each
    is off by itself; what they are off by in common is as large as of one alone."""
    ids, index = np.unique(cloud.photo_id, return_inverse=True)
    ray = xyz - np.array([centres[i] for i in ids.tolist()])[index.ravel()]
    ray /= np.maximum(np.linalg.norm(ray, axis=1), 1e-6)[:, None]
    sigma_m = cloud.sigma_m.astype(np.float64) * np.sqrt(np.maximum(cloud.support, 1))
    return np.asarray(sigma_m[:, None] * ray)
