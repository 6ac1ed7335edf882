"""Whether a picture twice as wide as high shows all around, by its own pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ASPECT_REL = 0.005
# The poles are one direction each, stretched over a whole row; the left edge goes on at the right
# one. Of a photo, rows at top and bottom differ along themselves as all others do.
_SEAM_RATIO = 2.0
_POLE_RATIO = 0.25
_SMALL_PX = 256


def is_twice_as_wide(width_px: int, height_px: int) -> bool:
    """Whether the size is that of an equirectangular picture of everything."""
    return abs(width_px / (2 * height_px) - 1) < _ASPECT_REL


def shows_all_around(rgb: NDArray[np.uint8]) -> bool:
    """Whether a picture (H, W, 3) meets itself at its left and right edges as neighbouring columns
    do, and does not change along its first and last rows."""
    height_px, width_px = rgb.shape[:2]
    if not is_twice_as_wide(width_px, height_px) or height_px < 16:
        return False
    step = max(1, width_px // _SMALL_PX)
    grey = rgb.mean(axis=2, dtype=np.float32)
    # Poles shrink with the cosine: a row of them is an average of few pixels of the scene.
    pole = max(1, height_px // 128)
    along = np.abs(np.diff(grey[:, ::step], axis=1)).mean(axis=1)
    usual = float(np.median(along)) + 1e-3
    poles = max(float(along[:pole].mean()), float(along[-pole:].mean()))
    beside = np.abs(np.diff(grey, axis=1)).mean(axis=0)
    seam = float(np.abs(grey[:, 0] - grey[:, -1]).mean())
    return poles < _POLE_RATIO * usual and seam < _SEAM_RATIO * float(np.median(beside)) + 1.0
