"""How far a photo sees at each place of the picture, and how surely: enough to tell which photos
agree on a point."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.records import View

LONGEST: Final = 256
"""Cells along the longer side."""
_HEAD = struct.Struct("<HH")
_SKY: Final = 65535
_CM_PER_M: Final = 100.0
_SIGMA_STEP_REL: Final = 0.002

NOTHING: Final = _HEAD.pack(1, 1) + bytes((0, 0, 255))
"""Of a photo without depth."""


def reach_bytes(view: View) -> bytes:
    """Width and height; then range along the optical axis row by row; then its sigma within the
    area as a share of the range. Little-endian.

    Ranges are uint16, in centimetres, at most 655.34 m; 0 = unknown, 65535 = the sky. Sigmas are
    uint8, in steps of 0.2 %; 255 = 51 % or more, which is past any agreement.
    """
    step = max(1, -(-max(view.seen_m.shape) // LONGEST))
    seen_m = view.seen_m[step // 2 :: step, step // 2 :: step]
    sigma_m = view.sigma_m[step // 2 :: step, step // 2 :: step]
    height, width = seen_m.shape
    known = np.isfinite(seen_m) & (seen_m > 0)
    cells = np.zeros((height, width), dtype="<u2")
    cells[known] = np.clip(np.rint(seen_m[known] * np.float32(_CM_PER_M)), 1, _SKY - 1)
    cells[np.isposinf(seen_m)] = _SKY
    shares = shares_of(seen_m, sigma_m, known)
    return _HEAD.pack(width, height) + cells.tobytes() + shares.tobytes()


def shares_of(
    range_m: NDArray[np.float32], sigma_m: NDArray[np.float32], known: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Sigmas (H, W) as shares of ranges, in the steps of `reach_bytes`, 255 where not known."""
    shares: NDArray[np.uint8] = np.full(range_m.shape, 255, dtype=np.uint8)
    steps = np.nan_to_num(sigma_m[known] / range_m[known] / _SIGMA_STEP_REL, nan=255.0)
    shares[known] = np.clip(np.rint(steps), 0, 255)
    return shares
