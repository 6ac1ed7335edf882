"""Arithmetic on image grids that the cleaning steps share."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from statistics import NormalDist, median
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Depth = NDArray[np.float32]
Mask = NDArray[np.bool_]
Value = TypeVar("Value", np.float32, np.bool_)

_BINS, _REACH_BINS = 24, 2
_TABLE = 256
_LAST_PLACE = np.float32(_TABLE - 1)
_SAMPLES_PER_AXIS = 256
_STRIP_ROWS = 48


def strips(height_px: int) -> Iterator[slice]:
    """The rows of a grid in strips that stay in a processor's cache from one step of arithmetic to
    the next: of twelve megapixels each step would otherwise wait for memory."""
    for top in range(0, height_px, _STRIP_ROWS):
        yield slice(top, min(top + _STRIP_ROWS, height_px))


class Neighbours(Generic[Value]):
    """A grid (H, W) seen with its neighbours: `at(dy, dx)` is the value `dy` rows down and `dx`
    columns to the right of each pixel, the border repeated outwards up to `reach` pixels.

    `part` is the same of some rows and columns, `only` of chosen pixels."""

    def __init__(self, values: NDArray[Value], reach: int) -> None:
        self._padded: NDArray[Value] = np.pad(values, reach, mode="edge")
        self._reach = reach
        self._shape = values.shape
        self._part = (slice(None), slice(None))
        self._only: NDArray[np.intp] | None = None

    def at(self, dy: int, dx: int) -> NDArray[Value]:
        """A view (H, W); of chosen pixels (N,) a copy."""
        if self._only is not None:
            step = dy * self._padded.shape[1] + dx
            chosen: NDArray[Value] = self._padded.ravel().take(self._only + step)
            return chosen
        top, left = self._reach + dy, self._reach + dx
        height, width = self._shape
        view: NDArray[Value] = self._padded[top : top + height, left : left + width]
        return view[self._part]

    def part(self, rows: slice, columns: slice = slice(None)) -> Neighbours[Value]:
        """The same of some rows and columns, whose neighbours are those in the whole grid."""
        found = copy(self)
        found._part = (rows, columns)
        return found

    def only(self, pixels: NDArray[np.intp]) -> Neighbours[Value]:
        """The same of pixels (N,) of the whole grid, numbered row by row."""
        row, column = np.divmod(pixels, self._shape[1])
        found = copy(self)
        found._only = (row + self._reach) * self._padded.shape[1] + column + self._reach
        return found


class NoiseByDepth:
    """Measures how a quantity that is 0 but for noise spreads at each depth of a depth map (H, W).

    Pixels are put into bins of equally many of similar depth; the spread is a quantile of the
    quantity's size there, as of a normal distribution. So edges, which are few and large, do not
    count, and with a low quantile structure hardly does. Each bin takes the median of its
    neighbours', or a post that fills a bin of its own would pass for noise.
    """

    def __init__(self, depth_m: Depth) -> None:
        rows, columns = (
            slice(None, None, max(1, side // _SAMPLES_PER_AXIS)) for side in depth_m.shape
        )
        self.samples = (rows, columns)
        """The rows and columns that are looked at."""
        sample_m = depth_m[self.samples]
        self._valid = np.isfinite(sample_m)
        at_m = sample_m[self._valid]
        order = np.argsort(at_m)
        self._groups = np.array_split(order, min(_BINS, max(1, len(order))))
        self._place = np.zeros(depth_m.shape, dtype=np.uint8)
        if len(at_m) == 0:
            return
        self._centres_m = np.array([np.median(at_m[group]) for group in self._groups])
        # A table over the logarithm of depth serves every pixel: interpolating for each is slow.
        low, high = np.log(self._centres_m[[0, -1]].clip(1e-6))
        self._steps_m = np.exp(np.linspace(low, high, _TABLE))
        lowest, scale = np.float32(low), np.float32((_TABLE - 1) / max(high - low, 1e-9))
        with np.errstate(invalid="ignore", divide="ignore"):
            for strip in strips(len(depth_m)):
                place = np.log(depth_m[strip])
                place -= lowest
                place *= scale
                place += np.float32(0.5)
                # This way round a NaN becomes 0.
                np.fmin(np.fmax(place, np.float32(0), out=place), _LAST_PLACE, out=place)
                self._place[strip] = place

    def at(self, rows: slice, table: Depth) -> Depth:
        """What a table says of some rows of the map."""
        return np.asarray(table[self._place[rows]])

    def of(self, pixels: NDArray[np.intp], table: Depth) -> Depth:
        """What it says of pixels (N,) of the map, numbered row by row."""
        return np.asarray(table[self._place.ravel()[pixels]])

    def table(self, deviation: Depth, quantile: float = 0.5) -> Depth:
        """The standard deviation by depth, for `at`, of deviations at the `samples`."""
        nothing = np.zeros(_TABLE, dtype=np.float32)
        if not self._valid.any():
            return nothing
        size = np.abs(deviation[self._valid])
        per_sigma = NormalDist().inv_cdf(0.5 + quantile / 2)
        spread = np.array([_quantile(size[group], quantile) for group in self._groups])
        known = np.isfinite(spread)
        if not known.any():
            return nothing
        near = [slice(max(0, k - _REACH_BINS), k + _REACH_BINS + 1) for k in range(len(spread))]
        smooth = [median(spread[k][known[k]]) if known[k].any() else 0.0 for k in near]
        table = np.interp(self._steps_m, self._centres_m, smooth) / per_sigma
        return np.asarray(table.astype(np.float32))


def _quantile(values: Depth, quantile: float) -> float:
    """As `np.quantile` of the finite ones, which takes ten times as long; NaN of none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.nan
    place = quantile * (len(finite) - 1)
    before = int(place)
    after = min(before + 1, len(finite) - 1)
    finite.partition((before, after))
    low, high = float(finite[before]), float(finite[after])
    return low + (high - low) * (place - before)


class Rank:
    """Shares of a grid's pixels (H, W) that have a lower value, for values >= 0, to 1/256 of the
    largest."""

    def __init__(self, values: Depth) -> None:
        rows, columns = (max(1, side // _SAMPLES_PER_AXIS) for side in values.shape)
        sample = np.sort(values[::rows, ::columns].ravel())
        step = max(float(sample[-1]), 1e-9) / 255
        self._values, self._per_step = values.ravel(), np.float32(1 / step)
        shares = np.searchsorted(sample, np.arange(256) * step) / len(sample)
        self._shares = shares.astype(np.float32)

    def of(self, pixels: NDArray[np.intp]) -> Depth:
        """Of pixels (N,), numbered row by row."""
        place = np.minimum(self._values[pixels] * self._per_step, 255).astype(np.uint8)
        return np.asarray(self._shares[place])


_DEPTH_BITS, _SIGMA_BITS, _MANTISSA_BITS = 11, 5, 23


def coarse(depth_m: Depth) -> Depth:
    """Depth rounded to 11 bits after the leading one, by 2.4·10⁻⁴ at most: files of it are a fourth
    as large, and nothing that was estimated is that exact."""
    return _rounded(depth_m, _DEPTH_BITS)


def coarse_sigma(sigma_m: Depth, depth_m: Depth) -> Depth:
    """Sigmas rounded so that what part they are of the depth has 5 bits after the leading one: by
    1.6 %, closer than any sigma is known."""
    return np.asarray(_rounded(sigma_m / depth_m, _SIGMA_BITS) * depth_m)


def sigma_rel_of(sigma_m: Depth, depth_m: Depth) -> Depth | None:
    """What part sigmas are of the depth, where `coarse_sigma` made them, None elsewhere."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sigma_rel = _rounded(sigma_m / depth_m, _SIGMA_BITS)
        same = np.array_equal(sigma_rel * depth_m, sigma_m, equal_nan=True)
    return sigma_rel if same else None


def _rounded(values: Depth, bits: int) -> Depth:
    """Floats with so many bits after the leading one."""
    dropped = _MANTISSA_BITS - bits
    whole = np.array(values, dtype=np.float32, order="C").view(np.uint32)
    whole += np.uint32(1 << (dropped - 1))
    whole &= np.uint32(0xFFFFFFFF << dropped & 0xFFFFFFFF)
    rounded = whole.view(np.float32)
    finite = np.isfinite(values)
    return rounded if finite.all() else np.where(finite, rounded, values)
