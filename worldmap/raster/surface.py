"""Which height a cell has: of the points over it, the topmost surface that photos agree on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.raster.grid import Grid, Window
from worldmap.records import TilePoints

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

BELIEVED = 2
"""What photos that a surface is believed by; a cell without such takes what it has."""
_SPREAD_SIGMAS = 4.0
"""Points of one level surface lie within so many sigmas from its highest to its lowest: 95 % of
them of a normal distribution."""
_FEWEST_SIGMA_M = 1e-3
SHED_CELLS = 2
"""A wall's points stand so many cells beside it at most: they are surer than half a cell, four
sigmas are two cells. Those that are less sure `settled` looks at."""
_SHED_SHARE = 0.19
"""Cells that have fewer of a wall's points than this share of what the cell has that it stands in
lie more than one sigma of these points beyond its edge: Q(1) / (1 - Q(1)) of a normal
distribution."""
_THINNED = 0.5
"""From such a cell to the next they fall to a seventh, Q(2) / Q(1); where they do not even fall to
half there is a surface that goes on."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CellPoints:
    """Points over the cells of a window (rows, columns): cell (N,) row · columns + column, height_m
    (N,), sigma_m (N,), support (N,) and rgb (N, 3); sight_m (N, 3): from each to the photo that
    gave it, east, north and up, NaN or None where nobody tells."""

    shape: tuple[int, int]
    cell: NDArray[np.intp]
    height_m: Array
    sigma_m: Floats
    support: NDArray[np.uint8]
    rgb: NDArray[np.uint8]
    sight_m: Array | None = None

    @classmethod
    def of(
        cls, points: TilePoints, grid: Grid, window: Window, stands_m: Array | None = None
    ) -> CellPoints:
        """Those of the points that lie in the window; they are in the grid's CRS. stands_m (N, 3):
        where the photo of each stands, in it too."""
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
            sight_m=None if stands_m is None else (stands_m - cloud.xyz)[inside],
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
            sight_m=None if self.sight_m is None else self.sight_m[chosen],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CellSurface:
    """A surface over a window's cells (H, W): height_m and sigma_m float32, NaN where there is
    none; support uint8, the most photos that agree on a point of it; rgb (H, W, 3) uint8."""

    height_m: Floats
    sigma_m: Floats
    support: NDArray[np.uint8]
    rgb: NDArray[np.uint8]

    def without(self, cells: NDArray[np.bool_]) -> CellSurface:
        """Nothing in these cells (H, W)."""
        return CellSurface(
            height_m=np.where(cells, np.float32(np.nan), self.height_m),
            sigma_m=np.where(cells, np.float32(np.nan), self.sigma_m),
            support=np.where(cells, np.uint8(0), self.support),
            rgb=np.where(cells[..., None], np.uint8(0), self.rgb),
        )

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
    counts. What a wall sheds into the cells beside it is no layer of theirs.
    """
    order = np.lexsort((-points.height_m, points.cell))
    sorted_ = points.where(order)
    if not len(order):
        return cell_mean(sorted_)
    layers = _Layers.of(sorted_, gsd_m)
    count = len(layers.cell)
    # The first believed layer of each cell, from the top; else the first.
    rank = np.where(layers.believed, 0, 1) * count + np.arange(count)
    rank = np.where(_shed(sorted_, layers), 2 * count, rank)
    best = np.full(points.shape[0] * points.shape[1], 2 * count)
    np.minimum.at(best, layers.cell, rank)
    chosen = np.zeros(count, dtype=np.bool_)
    chosen[best[best < 2 * count] % count] = True
    lowest_m = np.where(chosen, layers.top_m - layers.spread_m, np.inf)
    return cell_mean(sorted_.where(sorted_.height_m >= lowest_m[layers.of_point]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Layers:
    """Of points from cell to cell, and in each from the top, runs without a gap: which each point
    (N,) is in, and of each (L,) its cell, highest and lowest height, how far a level surface's
    points spread, and whether photos agree on it."""

    of_point: NDArray[np.intp]
    cell: NDArray[np.intp]
    top_m: Array
    bottom_m: Array
    spread_m: Array
    believed: NDArray[np.bool_]

    @classmethod
    def of(cls, points: CellPoints, gsd_m: float) -> _Layers:
        """Of sorted points, one at least."""
        height = points.height_m
        spread_m = gsd_m + _SPREAD_SIGMAS * points.sigma_m.astype(np.float64)
        first = np.diff(points.cell, prepend=-1) != 0
        first |= -np.diff(height, prepend=height[0]) > spread_m
        start = np.flatnonzero(first)
        count = np.diff(start, append=len(height))
        return cls(
            of_point=np.cumsum(first) - 1,
            cell=points.cell[start],
            top_m=height[start],
            bottom_m=height[start + count - 1],
            spread_m=np.add.reduceat(spread_m, start) / count,
            believed=np.add.reduceat(points.support.astype(np.int64), start) >= BELIEVED,
        )

    @property
    def tall(self) -> NDArray[np.bool_]:
        """Whether each is a wall."""
        return np.asarray(self.top_m - self.bottom_m > self.spread_m)


def _shed(points: CellPoints, layers: _Layers) -> NDArray[np.bool_]:
    """Which layers (L,) a wall beside their cell has shed: there are few points for what the wall
    has at their height, and fewer still on the side away from it. points: sorted."""
    from scipy import ndimage

    found, tall = np.zeros(len(layers.cell), dtype=np.bool_), layers.tall
    wall = np.zeros(points.shape, dtype=np.bool_)
    wall.ravel()[layers.cell[tall]] = True
    near = ndimage.maximum_filter(wall, 2 * SHED_CELLS + 1)
    asked = np.flatnonzero(near.ravel()[layers.cell])
    if not len(asked):
        return found
    margin_m = layers.spread_m[asked] / 2
    heights = _AtHeight.of(
        points,
        tall[layers.of_point],
        cell=layers.cell[asked],
        low_m=layers.bottom_m[asked] - margin_m,
        high_m=layers.top_m[asked] + margin_m,
    )
    for along_rows in (False, True):
        here, _ = heights.abreast(0, along_rows)
        for side in (-1, 1):
            toward = [heights.abreast(side * k, along_rows)[1] for k in range(1, SHED_CELLS + 1)]
            away, _ = heights.abreast(-side, along_rows)
            few = here < _SHED_SHARE * np.maximum.reduce(toward)
            found[asked] |= few & (away <= _THINNED * here)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _AtHeight:
    """Counts of points between two heights (L,) in the cells around some (L,), rows and columns of
    a window of that shape. In `order` points ascend from cell to cell, and in each downwards."""

    shape: tuple[int, int]
    order: Array
    span_m: float
    walls_before: NDArray[np.intp]
    cell: NDArray[np.intp]
    from_top: tuple[Array, Array]

    @classmethod
    def of(
        cls,
        points: CellPoints,
        of_wall: NDArray[np.bool_],
        *,
        cell: NDArray[np.intp],
        low_m: Array,
        high_m: Array,
    ) -> _AtHeight:
        """Of sorted points, of which some are a wall's (N,)."""
        highest_m = float(points.height_m.max())
        # A cell's heights come before those of the next one.
        span_m = highest_m - float(points.height_m.min()) + 1.0
        first, last = (np.clip(highest_m - at_m, 0.0, span_m - 0.5) for at_m in (high_m, low_m))
        return cls(
            points.shape,
            points.cell * span_m + (highest_m - points.height_m),
            span_m,
            np.concatenate(((0,), np.cumsum(of_wall))),
            cell,
            (first, last),
        )

    def abreast(self, step: int, along_rows: bool) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """How many points (L,), and how many of walls, the three cells side by side have that are
        so many steps away, to the right or, along_rows, downwards."""
        total = np.zeros(len(self.cell), dtype=np.intp)
        walls = total.copy()
        for beside in (-1, 0, 1):
            down, right = (step, beside) if along_rows else (beside, step)
            every, of_wall = self._counts(down, right)
            total += every
            walls += of_wall
        return total, walls

    def _counts(self, down: int, right: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows, columns = self.shape
        row, column = np.divmod(self.cell, columns)
        row, column = row + down, column + right
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        start = np.where(inside, row * columns + column, 0) * self.span_m
        first = np.searchsorted(self.order, start + self.from_top[0])
        last = np.searchsorted(self.order, start + self.from_top[1], side="right")
        walls = self.walls_before[last] - self.walls_before[first]
        return np.where(inside, last - first, 0), np.where(inside, walls, 0)


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
    return surface.without(~known | left_out)


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
