"""How a camera stands that sees known places (perspective-n-point), some of which are wrong."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


def stand_of(
    xyz: Array,
    ray: Array,
    most_off: float,
    *,
    tries: int,
    confidence: float = 0.999,
    method: int = cv2.SOLVEPNP_P3P,
) -> tuple[Array, Array, Ints] | None:
    """Rotation (3, 3) and shift (3,) of the camera's axes from those of the places xyz (N, 3), and
    the rows (K,) of those that fit: of which no more than most_off is between what is seen, ray
    (N, 2) at distance 1 along the axis, and the place. None where no places agree.

    Numbers had better be near zero. The same input gives the same: draws begin anew each time.
    """
    good, turn, shift, inside = cv2.solvePnPRansac(
        xyz, ray, np.eye(3), None, iterationsCount=tries,
        reprojectionError=most_off, confidence=confidence, flags=method,
    )  # fmt: skip
    if not good or inside is None:
        return None
    rotation = np.asarray(cv2.Rodrigues(turn)[0], dtype=np.float64)
    return rotation, np.asarray(shift, dtype=np.float64).ravel(), np.asarray(inside).ravel()
