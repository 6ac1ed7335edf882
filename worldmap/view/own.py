"""What a photo saw that has no place on the map: its depth as a grid, and which way is up."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from worldmap.frames import enu_from_cam_rotation
from worldmap.records import DepthMap, PosePrior
from worldmap.view.reach import shares_of

LONGEST: Final = 512
"""Cells along the longer side: 200,000 points, as many as a page draws at once on any machine."""
_HEAD: Final = struct.Struct("<5H9f")
_NEAREST_M: Final = 0.05
_STEPS_PER_E: Final = 5000
"""A step is a fiftieth of a percent of the range, far below any depth's sigma; they reach 24 km."""


def own_bytes(depth_map: DepthMap, prior: PosePrior) -> bytes:
    """Width and height, those of the depth's own grid, and every how many of its pixels a cell is,
    its middle one, as uint16; the rotation from the camera's axes to level ones, x to the right, y
    ahead and z up, (3, 3) float32 row by row; then range along the optical axis row by row, in the
    photo's own metres; then its sigma as a share of the range. Little-endian.

    Ranges are uint16: 0 = none, else 0.05 m · exp((n − 1) / 5000). Sigmas as in `reach_bytes`.
    prior: what is known of up.
    """
    step = max(1, -(-max(depth_map.depth_m.shape) // LONGEST))
    depth_m = depth_map.depth_m[step // 2 :: step, step // 2 :: step]
    sigma_m = depth_map.sigma_m[step // 2 :: step, step // 2 :: step]
    known = np.isfinite(depth_m) & (depth_m > 0)
    cells = np.zeros(depth_m.shape, dtype="<u2")
    steps = 1 + np.rint(_STEPS_PER_E * np.log(depth_m[known].astype(np.float64) / _NEAREST_M))
    cells[known] = np.clip(steps, 1, 65535)
    sizes = (*depth_m.shape[::-1], *depth_map.depth_m.shape[::-1], step)
    level_from_cam = enu_from_cam_rotation(0.0, prior.pitch_deg, prior.roll_deg)
    return (
        _HEAD.pack(*sizes, *level_from_cam.ravel().tolist())
        + cells.tobytes()
        + shares_of(depth_m, sigma_m, known).tobytes()
    )
