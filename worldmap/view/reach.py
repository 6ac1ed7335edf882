"""How far a photo sees at each place of the picture, coarsely: enough to tell what hides what."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.records import REMOVED_CODE, CleanedDepth, Removed

LONGEST: Final = 128
"""Cells along the longer side."""
_HEAD = struct.Struct("<HH")
_SKY: Final = 65535
_CM_PER_M: Final = 100.0


def reach_bytes(cleaned: CleanedDepth, depth_scale: float) -> bytes:
    """Width and height, then range along the optical axis row by row, all uint16, little-endian.

    Ranges are in centimetres, at most 655.34 m; 0 = unknown, 65535 = the sky.
    """
    step = max(1, -(-max(cleaned.removed.shape) // LONGEST))
    removed = cleaned.removed[step // 2 :: step, step // 2 :: step]
    seen_m = cleaned.uncleaned_m[step // 2 :: step, step // 2 :: step] * np.float32(depth_scale)
    steps: NDArray[np.float32] = np.nan_to_num(seen_m * np.float32(_CM_PER_M), nan=0.0)
    cells = np.clip(np.rint(steps), 0, _SKY - 1).astype("<u2")
    cells[removed == REMOVED_CODE[Removed.SKY]] = _SKY
    cells[removed == REMOVED_CODE[Removed.NO_DEPTH]] = 0
    height, width = cells.shape
    return _HEAD.pack(width, height) + cells.tobytes()
