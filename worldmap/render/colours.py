"""Colours by what is known of a point, on a scale that the colour-blind can read too."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.errors import UsageError

# Nine steps of matplotlib's viridis (van der Walt and Smith, CC0), from low to high.
_VIRIDIS: Final = (
    "#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30",
    "#fde725",
)  # fmt: skip

COLOURS: Final = ("photo", "height", "support", "sigma")
"""What points can be coloured by."""


def viridis(share: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.uint8]:
    """(..., 3) uint8 sRGB for values (...), 0 dark violet to 1 yellow; clipped to that."""
    steps = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _VIRIDIS], dtype=float)
    at = np.clip(np.nan_to_num(share), 0.0, 1.0) * (len(steps) - 1)
    known = np.arange(len(steps))
    return np.stack([np.rint(np.interp(at, known, steps[:, i])) for i in range(3)], -1).astype(
        np.uint8
    )


def colours(cloud: PointCloud, by: str) -> NDArray[np.uint8]:
    """(N, 3) uint8: the photos' own colours, or viridis over height, support (number of photos
    that agree) or sigma (logarithmic), each from its 1st to its 99th percentile.

    UsageError for another name.
    """
    if by == "photo":
        return cloud.rgb
    if by not in COLOURS:
        raise UsageError(f"cannot colour by {by!r}", hint=f"use {', '.join(COLOURS)}")
    values = {
        "height": cloud.xyz[:, 2],
        "support": cloud.support.astype(np.float64),
        "sigma": np.log(np.maximum(cloud.sigma_m.astype(np.float64), 1e-4)),
    }[by]
    if not len(values):
        return cloud.rgb
    low, high = np.percentile(values, (1, 99))
    return viridis((values - low) / max(high - low, 1e-9))
