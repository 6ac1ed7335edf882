"""Which height a cell has: of the points over it, the topmost surface that photos agree on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.raster.grid import Grid, Window
from worldmap.records import TilePoints

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

_SEEN_TWICE = 2
"""What photos that a surface is believed by; a cell without such takes what it has."""
_SPREAD_SIGMAS = 4.0
"""Points of one level surface lie within so many sigmas from its highest to its lowest: 95 % of
them of a normal distribution."""
_FEWEST_SIGMA_M = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CellPoints:
    """Points over the cells of a window (rows, columns): cell (N,) row · columns + column, height_m
    (N,), sigma_m (N,), support (N,) and rgb (N, 3)."""

    shape: tuple[int, int]
    cell: NDArray[np.intp]
    height_m: Array
    sigma_m: Floats
    support: NDArray[np.uint8]
    rgb: NDArray[np.uint8]

    @classmethod
    def of(cls, points: TilePoints, grid: Grid, window: Window) -> CellPoints:
        """Those of the points that lie in the window; they are in the grid's CRS."""
        cloud = points.cloud
        row, column = grid.cells(cloud.xyz, window)
        inside = (row >= 0) & (row < window.rows) & (column >= 0) & (column < window.columns)
        return cls(
            shape=(window.rows, window.columns),
            cell=(row * window.columns + column)[inside],
            height_m=cloud.xyz[inside, 2],
            sigma_m=np.maximum(cloud.sigma_m[inside], np.float32(_FEWEST_SIGMA_M)),
            support=cloud.support[inside],
            rgb=cloud.rgb[inside],
        )

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> CellPoints:
        """Some of them."""
        return CellPoints(
            shape=self.shape,
            cell=self.cell[chosen],
            height_m=self.height_m[chosen],
            sigma_m=self.sigma_m[chosen],
            support=self.support[chosen],
            rgb=self.rgb[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CellSurface:
    """A surface over a window's cells (H, W): height_m and sigma_m float32, NaN where there is
    none; support uint8, the most photos that agree on a point of it; rgb (H, W, 3) uint8."""

    height_m: Floats
    sigma_m: Floats
    support: NDArray[np.uint8]
    rgb: NDArray[np.uint8]

    def within(self, part: tuple[slice, slice]) -> CellSurface:
        """A part of it."""
        return CellSurface(
            height_m=self.height_m[part],
            sigma_m=self.sigma_m[part],
            support=self.support[part],
            rgb=self.rgb[part],
        )


def top_surface(points: CellPoints, gsd_m: float) -> CellSurface:
    """The surface that is seen from above.

    Points over a cell fall into layers, parted where the next lower point is further down than a
    level surface's points spread; of these the topmost is taken that photos agree on, or where they
    agree on none the topmost. Of a layer that is taller than such a spread, a wall, its upper edge
    counts.
    """
    order = np.lexsort((-points.height_m, points.cell))
    sorted_ = points.where(order)
    cell, height = sorted_.cell, sorted_.height_m
    if not len(cell):
        return cell_mean(sorted_)
    spread_m = gsd_m + _SPREAD_SIGMAS * sorted_.sigma_m.astype(np.float64)
    new_cell = np.diff(cell, prepend=-1) != 0
    drop = -np.diff(height, prepend=height[0])
    starts = np.flatnonzero(new_cell | (drop > spread_m))
    layer = np.cumsum(new_cell | (drop > spread_m)) - 1
    believed = np.add.reduceat(sorted_.support.astype(np.int64), starts) >= _SEEN_TWICE
    layer_cell = cell[starts]
    # The first believed layer of each cell, from the top; else the first.
    rank = np.where(believed, 0, 1) * len(starts) + np.arange(len(starts))
    best = np.full(points.shape[0] * points.shape[1], np.iinfo(np.int64).max)
    np.minimum.at(best, layer_cell, rank)
    chosen = np.zeros(len(starts), dtype=np.bool_)
    chosen[best[np.unique(layer_cell)] % len(starts)] = True
    top_m, thick_m = height[starts][layer], _mean_per_layer(spread_m, starts, layer)
    return cell_mean(sorted_.where(chosen[layer] & (height >= top_m - thick_m)))


SETTLED_CELLS = 16
"""Cells around a window that `settled` looks at."""


def settled(surface: CellSurface, gsd_m: float) -> CellSurface:
    """The surface where its heights can be told; elsewhere nothing.

    A point that is unsure by `sigma_m` may stand that far beside its cell. On level ground this
    moves no height; at a wall's foot or a roof's edge, or where far walls come apart into single
    points, the height is one of all that stand around. So a height is as unsure as the heights
    within a sigma of it spread (one standard deviation, in a square of a power of two of cells);
    what is unsure by more than a cell is left out.
    """
    from scipy import ndimage

    known = np.isfinite(surface.height_m)
    if not known.any():
        return surface
    above = np.where(known, surface.height_m - np.median(surface.height_m[known]), 0.0)
    layers = np.stack((known.astype(np.float64), above, above**2))
    reach = np.where(known, surface.sigma_m, 0.0) / gsd_m
    left_out = np.zeros_like(known)
    cells = 1
    while cells <= SETTLED_CELLS:
        asked = reach >= 0.75 * cells if cells > 1 else reach >= 0.5
        if not asked.any():
            break
        size = (0, 2 * cells + 1, 2 * cells + 1)
        count, first, second = ndimage.uniform_filter(layers, size, mode="constant")
        count = np.maximum(count, 1e-9)
        spread_m2 = np.maximum(second / count - (first / count) ** 2, 0.0)
        left_out = np.where(asked, spread_m2 > gsd_m**2, left_out)
        cells *= 2
    kept = known & ~left_out
    return CellSurface(
        height_m=np.where(kept, surface.height_m, np.float32(np.nan)),
        sigma_m=np.where(kept, surface.sigma_m, np.float32(np.nan)),
        support=np.where(kept, surface.support, np.uint8(0)),
        rgb=np.where(kept[..., None], surface.rgb, np.uint8(0)),
    )


def _mean_per_layer(values: Array, starts: NDArray[np.intp], layer: NDArray[np.intp]) -> Array:
    count = np.diff(starts, append=len(values))
    return np.asarray((np.add.reduceat(values, starts) / count)[layer])


def cell_mean(points: CellPoints) -> CellSurface:
    """Means over each cell, by 1/sigma²; sigma_m is that of a single point there: what points are
    off together does not shrink with their number."""
    size = points.shape[0] * points.shape[1]
    weight = 1.0 / points.sigma_m.astype(np.float64) ** 2
    total = np.bincount(points.cell, weight, size)

    def mean(values: NDArray[np.generic]) -> Array:
        summed = np.bincount(points.cell, weight * values.astype(np.float64), size)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((summed / total).reshape(points.shape))

    most = np.zeros(size, dtype=np.uint8)
    np.maximum.at(most, points.cell, points.support)
    # Relative to a point of its own: heights of kilometres keep their millimetres in the sums.
    low = float(points.height_m.min()) if len(points.height_m) else 0.0
    rgb = np.stack([mean(points.rgb[:, channel]) for channel in range(3)], axis=-1)
    return CellSurface(
        height_m=(mean(points.height_m - low) + low).astype(np.float32),
        sigma_m=mean(points.sigma_m).astype(np.float32),
        support=most.reshape(points.shape),
        rgb=np.rint(np.nan_to_num(rgb)).astype(np.uint8),
    )
