"""The cells of a raster: north up, in a projected CRS."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SLACK = 1e-6
"""Of a cell: what a bound may be off its edge by for the last digits of its number alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of a raster: its first row and column, which may lie outside, and its size."""

    row: int
    column: int
    rows: int
    columns: int

    def grown(self, cells: int) -> Window:
        """With so many cells more on every side."""
        return Window(
            row=self.row - cells,
            column=self.column - cells,
            rows=self.rows + 2 * cells,
            columns=self.columns + 2 * cells,
        )

    def inner(self, cells: int) -> tuple[slice, slice]:
        """Of an array over `grown(cells)`, the part that is this window."""
        return slice(cells, cells + self.rows), slice(cells, cells + self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """rows × columns square cells of `gsd_m` in the projected CRS `epsg`, whose edges lie on whole
    multiples of their size: rasters of neighbouring areas meet cell on cell. north_index and
    west_index: the multiples of the upper left corner."""

    epsg: int
    gsd_m: float
    west_index: int
    north_index: int
    rows: int
    columns: int

    @classmethod
    def over(cls, epsg: int, bounds_m: tuple[float, float, float, float], gsd_m: float) -> Grid:
        """The cells that reach into west, south, east, north."""
        west, south, east, north = (value / gsd_m for value in bounds_m)
        first, last = math.floor(west + _SLACK), math.ceil(east - _SLACK)
        low, high = math.floor(south + _SLACK), math.ceil(north - _SLACK)
        return cls(
            epsg=epsg,
            gsd_m=gsd_m,
            west_index=first,
            north_index=high,
            rows=max(high - low, 1),
            columns=max(last - first, 1),
        )

    @property
    def west_m(self) -> float:
        """Easting of the left edge."""
        return self.west_index * self.gsd_m

    @property
    def north_m(self) -> float:
        """Northing of the upper edge."""
        return self.north_index * self.gsd_m

    def bounds_m(self, window: Window) -> tuple[float, float, float, float]:
        """West, south, east, north of a window's edges."""
        west, north = self.west_index + window.column, self.north_index - window.row
        return (
            west * self.gsd_m,
            (north - window.rows) * self.gsd_m,
            (west + window.columns) * self.gsd_m,
            north * self.gsd_m,
        )

    def centres_m(self, window: Window) -> tuple[Array, Array]:
        """Easting (columns,) and northing (rows,) of the middles of a window's cells."""
        east = self.west_index + window.column + 0.5 + np.arange(window.columns)
        north = self.north_index - window.row - 0.5 - np.arange(window.rows)
        return np.asarray(east * self.gsd_m), np.asarray(north * self.gsd_m)

    def cells(self, xy_m: Array, window: Window) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column (N,) in a window of points (N, 2+): negative or beyond where outside. A
        cell has its west and south edges."""
        column = np.floor(xy_m[:, 0] / self.gsd_m).astype(np.intp) - self.west_index - window.column
        row = self.north_index - 1 - np.floor(xy_m[:, 1] / self.gsd_m).astype(np.intp) - window.row
        return row, column

    def windows(self, cells: int) -> Iterator[Window]:
        """The whole raster in windows of `cells` × `cells`, those at the far edges smaller, row by
        row."""
        for row in range(0, self.rows, cells):
            for column in range(0, self.columns, cells):
                yield Window(
                    row=row,
                    column=column,
                    rows=min(cells, self.rows - row),
                    columns=min(cells, self.columns - column),
                )

    @property
    def whole(self) -> Window:
        """All of it."""
        return Window(row=0, column=0, rows=self.rows, columns=self.columns)
