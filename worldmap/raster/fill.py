"""Gaps of a raster, and its relief."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST_SWEEPS = 200
_LEAST_WEIGHT = 0.02
"""A cell takes a mean of cells around it once so much of the window's weight has values."""


def gaps_closed(height_m: Floats, gap_cells: float) -> tuple[Floats, Mask]:
    """Heights (H, W) whose gaps (NaN) up to `gap_cells` wide are closed, and which cells were.

    A gap is what a disc of that width does not fit into (a morphological closing), so that nothing
    grows beyond the outermost values; holes get means of what lies around them, by a Gaussian as
    narrow as reaches a value (normalised convolution, Knutsson and Westin 1993), relaxed.
    """
    from scipy import ndimage

    known = np.isfinite(height_m)
    gaps = np.zeros_like(known)
    if gap_cells <= 0 or not known.any() or known.all():
        return height_m, gaps
    reach = gap_cells / 2.0
    # A margin of nothing, so that the edge of the array is no wall to close gaps against.
    pad = math.ceil(reach) + 1
    near = ndimage.distance_transform_edt(~np.pad(known, pad)) <= reach
    closed = ndimage.distance_transform_edt(near)[pad:-pad, pad:-pad] > reach
    gaps = closed & ~known
    found = height_m.astype(np.float64)
    middle = float(np.nanmean(found))
    values = np.where(known, found - middle, 0.0)
    sigma, left = 1.0, gaps.copy()
    while left.any():
        weight = ndimage.gaussian_filter(known.astype(np.float64), sigma)
        total = ndimage.gaussian_filter(values, sigma)
        reached = left & (weight > _LEAST_WEIGHT)
        found[reached] = total[reached] / weight[reached] + middle
        left &= ~reached
        sigma *= 2.0
    _relax(found, gaps, sweeps=min(round(4 * gap_cells), _MOST_SWEEPS))
    return found.astype(np.float32), gaps


def _relax(height_m: NDArray[np.float64], gaps: Mask, sweeps: int) -> None:
    """Makes each cell of a gap the mean of its neighbours (Jacobi's sweeps of Laplace's equation):
    a slope goes on through the gap as it is."""
    columns = height_m.shape[1] + 2
    padded = np.pad(height_m, 1, constant_values=np.nan).ravel()
    at = np.flatnonzero(np.pad(gaps, 1).ravel())
    around = at[None] + np.array((-columns, -1, 1, columns))[:, None]
    met = np.isfinite(padded[around]).any(axis=0)  # others touch a value by a corner alone
    at, around = at[met], around[:, met]
    known = np.isfinite(padded[around])
    count = known.sum(axis=0)
    for _ in range(sweeps):
        padded[at] = np.where(known, padded[around], 0.0).sum(axis=0) / count
    height_m[gaps] = padded.reshape(-1, columns)[1:-1, 1:-1][gaps]


def hillshade(
    height_m: Floats, gsd_m: float, *, azimuth_deg: float = 315.0, altitude_deg: float = 45.0
) -> NDArray[np.uint8]:
    """Relief (H, W) lit from north-west, 1 … 255, 0 where there is no height: Horn's gradient
    (Proc. IEEE 69(1), 1981) in the form of gdaldem."""
    known = np.isfinite(height_m)
    down, right = gradients(height_m, gsd_m)
    azimuth, altitude = math.radians(azimuth_deg), math.radians(altitude_deg)
    # Towards the light: east, north, up; the surface's normal is (-dz/dx, -dz/dy, 1).
    east, north = math.sin(azimuth) * math.cos(altitude), math.cos(azimuth) * math.cos(altitude)
    light = (-right * east + down * north + math.sin(altitude)) / np.sqrt(1 + right**2 + down**2)
    shade = 1.0 + 254.0 * np.clip(light, 0.0, 1.0)
    return np.where(known, np.rint(np.nan_to_num(shade)), 0).astype(np.uint8)


def gradients(height_m: Floats, gsd_m: float) -> tuple[Floats, Floats]:
    """Slope down the rows and along the columns (H, W), unitless, by Horn's 3 × 3 window; where a
    neighbour has no height it counts as level."""
    padded = np.pad(height_m, 1, mode="edge")
    rows, columns = height_m.shape

    def at(down: int, right: int) -> Floats:
        near = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        return np.where(np.isfinite(near), near, height_m)

    below = at(1, -1) + 2 * at(1, 0) + at(1, 1)
    above = at(-1, -1) + 2 * at(-1, 0) + at(-1, 1)
    after = at(-1, 1) + 2 * at(0, 1) + at(1, 1)
    before = at(-1, -1) + 2 * at(0, -1) + at(1, -1)
    scale = 8 * gsd_m
    down, right = (below - above) / scale, (after - before) / scale
    return down.astype(np.float32), right.astype(np.float32)
