"""Contour lines of a raster of heights. The door to contourpy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def contour_lines(
    height_m: NDArray[np.float32], east_m: Array, north_m: Array, interval_m: float
) -> list[tuple[float, Array]]:
    """(level, points (N, 2) easting and northing) of each line of the heights (H, W) at every
    multiple of the interval; lines end where there is no height, closed ones repeat their first
    point. A level is shown at its exact height: cells are linear between their middles."""
    from contourpy import contour_generator

    known = np.isfinite(height_m)
    if min(height_m.shape) < 2 or not known.any():
        return []
    low, high = float(height_m[known].min()), float(height_m[known].max())
    generator = contour_generator(
        east_m, north_m, np.ma.masked_invalid(height_m.astype(np.float64)), name="serial"
    )
    lines = []
    first, last = math.ceil(low / interval_m), math.floor(high / interval_m)
    for step in range(first, last + 1):
        level = step * interval_m
        lines += [(level, np.asarray(line)) for line in generator.lines(level) if len(line) > 1]
    return lines
