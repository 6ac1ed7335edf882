"""Corrections that are known at some pixels, carried to all of them.

From coarse to fine, in cells of the image that pixels share whose depths are alike (a bilateral
grid: Chen, Paris & Durand, SIGGRAPH 2007): what is left over of the corrections known in and around
a cell, as far as it is more than their errors explain, is added for the whole cell. How much the
corrections vary from cell to cell is learnt at each size, and is the variance of cells without any.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float32]

# Widths of the cells as shares of the image's longer side, and their extent in log depth.
_CELLS: Final = (1 / 6, 1 / 12, 1 / 24, 1 / 48, 1 / 96)
_LOG_DEPTH: Final = (0.4, 0.2, 0.1, 0.05, 0.05)
# The level by which a pixel's neighbourhood tells of it.
_TELLING: Final = 2
# Further off than so many scatters, a correction is taken for a wrong match.
_OUTLIER: Final = 3.0
_MEDIAN_OF_NORMAL: Final = 0.6745
_APART_PX: Final = 8
_BLUR: Final = np.array((0.25, 0.5, 0.25))


def spread_corrections(
    known: Floats,
    sigma_rel: Floats,
    range_m: Floats,
    before_rel: Floats,
    *,
    pixels_per_datum: float,
) -> tuple[Floats, Floats]:
    """Corrections (H, W) of log depth and their sigmas, of those `known` (NaN elsewhere) with these
    sigmas. range_m (H, W): depth, NaN where there is none and none is asked for; before_rel (H, W):
    its sigma. pixels_per_datum: how many neighbouring ones share an error. Where too few are known,
    there are none and the sigmas are as before."""
    height, width = known.shape
    found = np.zeros(known.shape, dtype=np.float32)
    variance = np.zeros(known.shape, dtype=np.float32)
    asked = np.isfinite(range_m) & (range_m > 0)
    given = asked & np.isfinite(known)
    if given.sum() < pixels_per_datum:
        return found, before_rel
    log_range = np.log(range_m[asked])
    rows, columns = np.nonzero(asked)
    at_known = given[asked]
    sigma_sq = (sigma_rel[given] ** 2).astype(np.float64) * _excess(known, sigma_rel, given)
    estimate = np.zeros(len(rows))
    left = np.zeros(len(rows))
    told = np.zeros(len(rows))
    value = known[given].astype(np.float64)
    for level, (share, depth_step) in enumerate(zip(_CELLS, _LOG_DEPTH, strict=True)):
        side = share * max(height, width)
        place = np.stack((rows / side, columns / side, (log_range - log_range.min()) / depth_step))
        off = value - estimate[at_known]
        scatter = np.median(np.abs(off)) / _MEDIAN_OF_NORMAL
        robust = 1 / (1 + (off / max(_OUTLIER * scatter, 1e-9)) ** 2)
        weight = robust / sigma_sq / pixels_per_datum
        cell = _Cells(place, at_known)
        information, mean = cell.blurred(weight, off)
        between = _between(information, mean)
        gain = between * information / (between * information + 1)
        if level == _TELLING:
            told = cell.sliced(information)
        step, kept = cell.sliced(gain * mean), cell.sliced(gain)
        estimate += step
        left += between * (1 - kept)
    found[asked] = estimate
    # What is left where corrections are known, beyond their errors, is everywhere.
    off = value - estimate[at_known]
    beyond = (float(np.median(np.abs(off))) / _MEDIAN_OF_NORMAL) ** 2 - float(np.median(sigma_sq))
    # Nor is anything known better than by what was known before and what a cell tells.
    known_before = 1 / np.maximum(before_rel[asked].astype(np.float64) ** 2, 1e-12)
    variance[asked] = left + max(beyond, 0.0) + 1 / (known_before + told)
    return found, np.sqrt(variance)


class _Cells:
    """A grid over places (3, N), of which some hold a known value."""

    def __init__(self, place: NDArray[np.float64], known: NDArray[np.bool_]) -> None:
        self._place = place
        self._shape = tuple(int(axis.max()) + 2 for axis in place)
        nearest = np.rint(place[:, known]).astype(np.intp)
        self._cell = np.ravel_multi_index(tuple(nearest), self._shape)

    def blurred(
        self, weight: NDArray[np.float64], value: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sums of weights and weighted means over each cell and, by less, its neighbours."""
        size = int(np.prod(self._shape))
        total = np.bincount(self._cell, weights=weight, minlength=size).astype(np.float64)
        total = total.reshape(self._shape)
        moment = np.bincount(self._cell, weights=weight * value, minlength=size)
        moment = moment.reshape(self._shape)
        for axis in range(3):
            total = ndimage.convolve1d(total, _BLUR, axis=axis, mode="constant")
            moment = ndimage.convolve1d(moment, _BLUR, axis=axis, mode="constant")
        return total, np.where(total > 0, moment / np.maximum(total, 1e-30), 0.0)

    def sliced(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N,) of the cells, in between."""
        return np.asarray(ndimage.map_coordinates(values, self._place, order=1, mode="nearest"))


def _excess(known: Floats, sigma_rel: Floats, given: NDArray[np.bool_]) -> float:
    """By how much the corrections' variance is larger than their sigmas say: of pixels so near each
    other that the truth is one, but not what was measured."""
    both = given[:, _APART_PX:] & given[:, :-_APART_PX]
    if not both.any():
        return 1.0
    off = (known[:, _APART_PX:] - known[:, :-_APART_PX])[both].astype(np.float64)
    said = (sigma_rel[:, _APART_PX:] ** 2 + sigma_rel[:, :-_APART_PX] ** 2)[both]
    return max(1.0, float(np.median(off**2 / said)) / _MEDIAN_OF_NORMAL**2)


def _between(information: NDArray[np.float64], mean: NDArray[np.float64]) -> float:
    """Variance of the cells' true means: that of the means but for their errors."""
    told = information > 0
    if not told.any():
        return 0.0
    # Cells that know next to nothing have means that are next to all error.
    weight = information[told] / (information[told] + np.median(information[told]))
    spread_sq = weight * (mean[told] ** 2 - 1 / information[told])
    return max(float(spread_sq.sum() / weight.sum()), 0.0)
