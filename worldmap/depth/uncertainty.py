"""How wrong each pixel's depth may be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera

Depth = NDArray[np.float32]


def pixel_sigma_m(
    depth_m: Depth, camera: Camera, *, sigma_rel: float, floor_m: float = 0.0
) -> Depth:
    """One standard deviation (H, W) float32 of each depth."""
    return np.asarray(np.hypot(np.float32(floor_m), np.float32(sigma_rel) * depth_m), np.float32)
