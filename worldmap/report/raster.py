"""An area from above, on a grid: how high, how dense, how many photos agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CELLS = 700
_STEPS_M = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_MOST_SUPPORT = 255


class AreaRaster:
    """Counts points of an area, part by part, in square cells; row 0 is the southernmost.

    low (2,), high (2,): corners in east and north metres; points beyond are left out.
    """

    def __init__(self, low_m: Array, high_m: Array) -> None:
        side_m = float(np.max(high_m - low_m))
        self.cell_m = next((s for s in _STEPS_M if s * _CELLS >= side_m), side_m / _CELLS)
        self.low_m = np.floor(low_m / self.cell_m) * self.cell_m
        self.width, self.height = (
            int(n) for n in np.maximum(1, np.ceil((high_m - self.low_m) / self.cell_m))
        )
        size = self.width * self.height
        self._count = np.zeros(size, dtype=np.int64)
        self._single = np.zeros(size, dtype=np.int64)
        self._support = np.zeros(size, dtype=np.int64)
        self._top_m = np.full(size, -np.inf)
        self._by_support = np.zeros(_MOST_SUPPORT + 1, dtype=np.int64)

    def add(self, xyz_enu: Array, support: NDArray[np.uint8]) -> None:
        """Count points (N, 3) on which `support` (N,) photos agree."""
        column, row = np.floor((xyz_enu[:, :2] - self.low_m) / self.cell_m).astype(np.int64).T
        inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
        cell, seen = (row * self.width + column)[inside], support[inside].astype(np.int64)
        size = len(self._count)
        self._count += np.bincount(cell, minlength=size)
        self._single += np.bincount(cell[seen <= 1], minlength=size)
        self._support += np.bincount(cell, weights=seen, minlength=size).astype(np.int64)
        np.maximum.at(self._top_m, cell, xyz_enu[inside, 2])
        self._by_support += np.bincount(seen, minlength=_MOST_SUPPORT + 1)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (south to north) and columns (west to east)."""
        return self.height, self.width

    @property
    def extent_m(self) -> tuple[float, float, float, float]:
        """West, east, south, north borders in metres."""
        west, south = map(float, self.low_m)
        return (
            west,
            west + self.width * self.cell_m,
            south,
            south + self.height * self.cell_m,
        )

    @property
    def count(self) -> NDArray[np.int64]:
        """(H, W) points in each cell."""
        return self._count.reshape(self.shape)

    @property
    def single(self) -> NDArray[np.int64]:
        """(H, W) points in each cell that a single photo saw."""
        return self._single.reshape(self.shape)

    @property
    def top_m(self) -> Array:
        """(H, W) the highest point, up about the site; NaN where there is none."""
        return np.where(self.count > 0, self._top_m.reshape(self.shape), np.nan)

    @property
    def density(self) -> Array:
        """(H, W) points to the square metre; NaN where there is none."""
        return np.where(self.count > 0, self.count / self.cell_m**2, np.nan)

    @property
    def support(self) -> Array:
        """(H, W) mean number of photos that agree on a point; NaN where there is none."""
        total = self._support.reshape(self.shape)
        return np.where(self.count > 0, total / np.maximum(self.count, 1), np.nan)

    @property
    def by_support(self) -> dict[int, int]:
        """Number of points by the number of photos that agree on them."""
        return {int(n): int(self._by_support[n]) for n in np.flatnonzero(self._by_support)}

    @property
    def area_m2(self) -> float:
        """Area of the cells with points."""
        return float((self.count > 0).sum() * self.cell_m**2)

    @property
    def single_m2(self) -> float:
        """Area of the cells most of whose points a single photo saw."""
        mostly = (self.count > 0) & (2 * self.single > self.count)
        return float(mostly.sum() * self.cell_m**2)

    def cropped(self) -> tuple[slice, slice]:
        """Rows and columns that hold anything, with a little room around."""
        rows = np.flatnonzero(self.count.any(axis=1))
        columns = np.flatnonzero(self.count.any(axis=0))
        if not len(rows):
            return slice(0, self.height), slice(0, self.width)
        return (
            slice(max(0, int(rows[0]) - 4), int(rows[-1]) + 5),
            slice(max(0, int(columns[0]) - 4), int(columns[-1]) + 5),
        )
