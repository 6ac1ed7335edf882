"""Arithmetic on image grids that the cleaning steps share."""

from __future__ import annotations

from statistics import NormalDist
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Depth = NDArray[np.float32]
Mask = NDArray[np.bool_]
Value = TypeVar("Value", np.float32, np.bool_)

_BINS, _REACH_BINS = 24, 2
_SAMPLES_PER_AXIS = 256


class Neighbours(Generic[Value]):
    """A grid (H, W) seen with its neighbours: `at(dy, dx)` is the value `dy` rows down and `dx`
    columns to the right of each pixel, the border repeated outwards up to `reach` pixels."""

    def __init__(self, values: NDArray[Value], reach: int) -> None:
        self._padded: NDArray[Value] = np.pad(values, reach, mode="edge")
        self._reach = reach
        self._shape = values.shape

    def at(self, dy: int, dx: int) -> NDArray[Value]:
        """A view (H, W)."""
        top, left = self._reach + dy, self._reach + dx
        height, width = self._shape
        view: NDArray[Value] = self._padded[top : top + height, left : left + width]
        return view


def noise_by_depth(deviation: Depth, depth_m: Depth, quantile: float = 0.5) -> Depth:
    """Standard deviation (H, W) of a quantity with median 0, as it depends on depth.

    From a quantile of |deviation| in bins of equally many pixels of similar depth, as of a normal
    distribution: edges, which are few and large, do not count, and with a low quantile structure
    hardly does. Each bin takes the median of its neighbours', or a post that fills a bin of its own
    would pass for noise. 0 where there is no depth; NaN deviations are passed over.
    """
    rows, columns = (max(1, side // _SAMPLES_PER_AXIS) for side in depth_m.shape)
    sample_m, sample = depth_m[::rows, ::columns], np.abs(deviation[::rows, ::columns])
    valid = np.isfinite(sample_m) & np.isfinite(sample)
    if not valid.any():
        return np.zeros_like(depth_m)
    order = np.argsort(sample_m[valid])
    groups = np.array_split(order, min(_BINS, len(order)))
    values, at_m = sample[valid], sample_m[valid]
    per_sigma = NormalDist().inv_cdf(0.5 + quantile / 2)
    spread = [float(np.quantile(values[group], quantile)) / per_sigma for group in groups]
    spread = [
        float(np.median(spread[max(0, k - _REACH_BINS) : k + _REACH_BINS + 1]))
        for k in range(len(spread))
    ]
    centre = [float(np.median(at_m[group])) for group in groups]
    filled = np.nan_to_num(depth_m, nan=centre[-1])
    return np.where(np.isfinite(depth_m), np.interp(filled, centre, spread), 0).astype(np.float32)


def rank(values: Depth) -> Depth:
    """Share (H, W) of the grid's pixels that have a lower value, to 1/256."""
    rows, columns = (max(1, side // _SAMPLES_PER_AXIS) for side in values.shape)
    steps = np.quantile(values[::rows, ::columns], np.linspace(0, 1, 257))
    return (np.searchsorted(steps, values.ravel()).reshape(values.shape) / 256).astype(np.float32)


def without_small(mask: Mask, smallest_px: int) -> Mask:
    """The mask's connected pieces (eight neighbours) of at least `smallest_px` pixels."""
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3), dtype=bool))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = sizes >= smallest_px
    large[0] = False
    return np.asarray(large[labels])
