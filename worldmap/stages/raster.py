"""An area's points as a raster, window by window: memory is that of a window and the tiles under
it, however large the area."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area, Everywhere
from worldmap.errors import EmptyAreaError, FormatError, UsageError
from worldmap.fuse.ground import GROUND
from worldmap.geodesy import (
    Vertical,
    geodetic_from_projected,
    projected_from_geodetic,
    undulation_m,
)
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.points import clipped
from worldmap.raster import CellSurface, Grid, Window, gaps_closed, hillshade
from worldmap.raster.contours import contour_lines
from worldmap.raster.geotiff import Bands, raster_file, require_rasterio
from worldmap.stages.orthophoto import SURFACE_GSD_M, orthophoto, sampled, surface_of
from worldmap.stages.placed import PlacedPhotos
from worldmap.stages.point_source import PointSource, main_epsg
from worldmap.vector_file import require_vectors, write_lines

Array = NDArray[np.float64]

HEIGHTS: Final = ("dsm", "dtm")
KINDS: Final = (
    *HEIGHTS, "ortho", "hillshade", "height-above-ground", "support", "sigma", "contours",
)  # fmt: skip
"""What a raster can be of; contours are lines."""
_GSD_M: Final = {"ortho": 0.05, "contours": 0.5}
_GROUND_GSD_M: Final = 0.5
"""Ground under things is as coarse as the filter that found it."""
_WINDOW: Final = 1024
_MOST_CELLS: Final = 60_000_000
_LONGEST: Final = 1_000_000
_MOST_LEVELS: Final = 10_000
"""Of contours: the highest ground from a plain is crossed by no more in steps of a metre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterOptions:
    """What to make. gsd_m: size of a cell; None: 0.1 m, orthophotos 0.05, contours from 0.5.
    fill_m: gaps up to so wide are closed. epsg: a projected CRS, None: that of most points.
    vertical: what heights are above; None: as the map's tiles. interval_m: between contours.
    support: points that fewer photos agree on are left out."""

    kind: str
    gsd_m: float | None = None
    fill_m: float = 0.0
    epsg: int | None = None
    vertical: Vertical | None = None
    interval_m: float = 1.0
    support: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FormatError(f"no raster is called {self.kind!r}", hint=f"there is: {_known()}")
        if self.gsd_m is not None and not 1e-3 <= self.gsd_m <= 1000:
            raise UsageError(f"a cell of {self.gsd_m} m", hint="--gsd is from 0.001 to 1000 m")
        if not 0 <= self.fill_m <= 200:
            raise UsageError(f"gaps of {self.fill_m} m", hint="--fill is from 0 to 200 m")
        if self.support < 1:
            raise UsageError(f"points of {self.support} photos", hint="--support is from 1 on")
        if not 1e-3 <= self.interval_m < np.inf:
            raise UsageError(
                f"contours every {self.interval_m:g} m",
                hint="--interval is 0.001 m, to which points are kept, or more",
            )

    @property
    def cell_m(self) -> float:
        """The size of a cell."""
        return self.gsd_m or _GSD_M.get(self.kind, SURFACE_GSD_M)


def _known() -> str:
    return ", ".join(KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterMade:
    """What was written. cells: those with a value; filled: of these in gaps, which the second file
    marks where one was asked for; lines: of contours."""

    path: Path
    filled_path: Path | None
    kind: str
    epsg: int
    gsd_m: float
    rows: int
    columns: int
    cells: int
    filled: int
    lines: int
    photos: int


def write_raster(
    folder: MapFolder, area: Area, out: Path, options: RasterOptions, listener: Listener
) -> RasterMade:
    """Write a raster of an area of the map.

    dsm: the topmost surface that photos agree on, nothing where they look beneath what may stand
    over it; dtm: ground; height-above-ground: the one less
    the other, which is carried on under what stands on it; hillshade: relief of the surface;
    support, sigma: of the surface; ortho: the surface's colours, from the photos that see it best;
    contours: of the ground, as lines of a GeoPackage.

    Raises UsageError where the package that writes it is not installed, InputError where the area
    has no points, StorageError where a file cannot be read or written.
    """
    if options.kind == "contours":
        require_vectors()
    else:
        require_rasterio()
    made = _Raster(folder, area, options, listener)
    return made.contours(out) if options.kind == "contours" else made.raster(out)


class _Raster:
    """One raster under way."""

    def __init__(
        self, folder: MapFolder, area: Area, options: RasterOptions, listener: Listener
    ) -> None:
        self._folder, self._area = folder, area
        self._options, self._listener = options, listener
        tiles = folder.tiles(area)
        if not tiles:
            raise folder.no_points()
        epsg = options.epsg or main_epsg(tiles)
        settings = folder.tile_settings
        self._vertical = options.vertical or settings.tiles.vertical
        self._ground = settings.fuse.ground
        self._source = PointSource(folder, tiles, epsg, options.support)
        self._grid = Grid.over(epsg, self._bounds_m(epsg), options.cell_m)
        if max(self._grid.rows, self._grid.columns) > _LONGEST:
            raise UsageError("too many cells", hint="choose a larger --gsd or a smaller --area")
        self._photos: PlacedPhotos | None = None
        self._seen: set[int] = set()

    # --- files ------------------------------------------------------------------------------

    def raster(self, out: Path) -> RasterMade:
        options, grid = self._options, self._grid
        marking = options.fill_m > 0 and options.kind in (*HEIGHTS, "ortho")
        filled_path = out.with_name(f"{out.stem}.filled.tif") if marking else None
        if options.kind == "ortho":
            site = self._folder.catalog.site()
            assert site is not None  # a map with tiles has one
            self._photos = PlacedPhotos(self._folder, site, warn=self._listener.warn)
        windows = [w for w in grid.windows(_WINDOW) if self._source.reaches(grid.bounds_m(w))]
        count = 0
        marks = Bands(dtype="uint8", count=1, unit="", description="1 = filled", mean=False)
        with raster_file(out, grid, self._bands()) as file:
            if filled_path is None:
                count = self._write(windows, file, None)
            else:
                with raster_file(filled_path, grid, marks) as second:
                    count = self._write(windows, file, second)
            cells = file.cells
            if not cells:
                raise self._nothing(windows)
        return self._made(out, cells=cells, filled=count, filled_path=filled_path)

    def _nothing(self, windows: Iterable[Window]) -> EmptyAreaError:
        """Why no cell has a value."""
        found = (self._source.points(self._grid.bounds_m(window)) for window in windows)
        here = [points for each in found if len(points := clipped(each, self._area))]
        of_ground = self._options.kind in ("dtm", "height-above-ground", "contours")
        why, hint = "has no points in that area", ""
        if here and of_ground and not any((p.classification == GROUND).any() for p in here):
            why = "has points in that area, but none of the ground"
        elif here and not any(self._has_middles(window) for window in self._grid.windows(_WINDOW)):
            why = f"has points in that area, but the middle of no cell of {self._grid.gsd_m:g} m"
            hint = "choose a smaller --gsd or a larger --area"
        elif here:
            sigma_m = float(np.median(np.concatenate([p.cloud.sigma_m for p in here])))
            cell = f"{self._grid.gsd_m:g} m"
            why = f"has points in that area, but none tells the height of a cell of {cell}"
            hint = f"half of them are surer than {sigma_m:.2g} m: choose a larger --gsd"
        return EmptyAreaError(why, path=self._folder.root, hint=hint)

    def _has_middles(self, window: Window) -> bool:
        """Whether the middle of a cell of the window lies in the area."""
        return bool(self._area.contains(*self._places_deg(window)).any())

    def _write(self, windows: Sequence[Window], file: Any, marks: Any) -> int:
        count = 0
        with self._listener.stage("raster", len(windows), unit="windows") as stage:
            for window in windows:
                values, gaps = self._values(window)
                values = self._cut(window, values)
                file.write(window, values)
                if marks is not None:
                    shown = values[..., 3] > 0 if values.ndim == 3 else np.isfinite(values)
                    marks.write(window, (gaps & shown).astype(np.uint8))
                    count += int((gaps & shown).sum())
                stage.advance()
        return count

    def contours(self, out: Path) -> RasterMade:
        options, grid = self._options, self._grid
        if grid.rows * grid.columns > _MOST_CELLS:
            raise UsageError(
                "too many cells for contours", hint="choose a larger --gsd or a smaller --area"
            )
        height = np.full((grid.rows, grid.columns), np.nan, dtype=np.float32)
        gaps = 0
        windows = list(grid.windows(_WINDOW))
        with self._listener.stage("raster", len(windows), unit="windows") as stage:
            for window in windows:
                values, filled_here = self._heights(window, ground=True)
                values = self._cut(window, values)
                gaps += int((filled_here & np.isfinite(values)).sum())
                height[
                    window.row : window.row + window.rows,
                    window.column : window.column + window.columns,
                ] = values
                stage.advance()
        known = height[np.isfinite(height)]
        if not len(known):
            raise self._nothing(windows)
        low_m, high_m = float(known.min()), float(known.max())
        if (high_m - low_m) / options.interval_m > _MOST_LEVELS:
            raise UsageError(
                f"too many contours between {low_m:.2f} and {high_m:.2f} m",
                hint="choose a larger --interval",
            )
        east, north = grid.centres_m(grid.whole)
        lines = contour_lines(height, east, north, options.interval_m)
        if not lines:
            raise EmptyAreaError(
                f"has no contours every {options.interval_m:g} m in that area",
                path=self._folder.root,
                hint=f"ground there is {low_m:.2f} to {high_m:.2f} m high: "
                "choose a smaller --interval",
            )
        write_lines(
            out,
            [xy for _, xy in lines],
            {"height_m": np.array([level for level, _ in lines])},
            epsg=grid.epsg,
            layer="contours",
        )
        cells = int(np.isfinite(height).sum())
        return replace(self._made(out, cells=cells, filled=gaps), lines=len(lines))

    def _made(
        self, out: Path, *, cells: int, filled: int, filled_path: Path | None = None
    ) -> RasterMade:
        grid = self._grid
        return RasterMade(
            path=out,
            filled_path=filled_path,
            kind=self._options.kind,
            epsg=grid.epsg,
            gsd_m=grid.gsd_m,
            rows=grid.rows,
            columns=grid.columns,
            cells=cells,
            filled=filled,
            lines=0,
            photos=len(self._seen),
        )

    def _bands(self) -> Bands:
        kind = self._options.kind
        if kind == "ortho":
            return Bands(dtype="uint8", count=3, unit="", description="")
        if kind == "hillshade":
            return Bands(dtype="uint8", count=1, unit="", description="relief, lit from north-west")
        if kind == "support":
            return Bands(
                dtype="uint8", count=1, unit="", description="photos that agree", mean=False
            )
        told = {
            "dsm": "height of the surface",
            "dtm": "height of the ground",
            "height-above-ground": "height above the ground",
            "sigma": "one standard deviation of a point within the area",
        }
        heights = self._vertical if kind in HEIGHTS else None
        return Bands(dtype="float32", count=1, unit="m", description=told[kind], vertical=heights)

    # --- values -----------------------------------------------------------------------------

    def _values(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """What the raster has in a window, and which cells are gaps that were closed."""
        kind = self._options.kind
        if kind in HEIGHTS:
            return self._heights(window, ground=kind == "dtm")
        if kind == "ortho":
            return self._orthophoto(window)
        none = np.zeros((window.rows, window.columns), dtype=np.bool_)
        if kind == "hillshade":
            around = window.grown(1)
            height, _ = self._closed(self._grid, around, ground=False, gap_m=self._options.fill_m)
            return hillshade(height, self._grid.gsd_m)[window.inner(1)], none
        surface = surface_of(self._source, self._grid, window, from_above=True)
        if kind == "support":
            return np.where(np.isfinite(surface.height_m), surface.support, 0), none
        if kind == "sigma":
            return surface.sigma_m, none
        return self._above_ground(window, surface), none

    def _heights(self, window: Window, *, ground: bool) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        height, gaps = self._closed(self._grid, window, ground=ground, gap_m=self._options.fill_m)
        return height - self._undulation_m(window), gaps

    def _closed(
        self, grid: Grid, window: Window, *, ground: bool, gap_m: float
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Heights of a window, gaps up to so wide closed, the same whatever the window."""
        margin = int(np.ceil(gap_m / grid.gsd_m)) + 1 if gap_m > 0 else 0
        around = window.grown(margin)
        surface = surface_of(self._source, grid, around, ground=ground, from_above=not ground)
        height, gaps = gaps_closed(surface.height_m, gap_m / grid.gsd_m)
        return height[window.inner(margin)], gaps[window.inner(margin)]

    def _above_ground(self, window: Window, surface: CellSurface) -> NDArray[np.float32]:
        grid, gap_m = self._grid, self._ground.largest_object_m
        coarse = Grid.over(grid.epsg, grid.bounds_m(window), max(grid.gsd_m, _GROUND_GSD_M))
        around = coarse.whole.grown(2)
        ground, _ = self._closed(coarse, around, ground=True, gap_m=gap_m)
        found = sampled(ground, coarse, around, grid, window)
        return np.asarray(surface.height_m - found, dtype=np.float32)

    def _orthophoto(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        assert self._photos is not None
        found = orthophoto(
            self._source, self._photos, self._grid, window, fill_m=self._options.fill_m
        )
        self._seen |= found.photos
        return found.rgba, found.bridged

    def _cut(self, window: Window, values: NDArray[Any]) -> NDArray[Any]:
        """Without the cells whose middle is outside the area."""
        if isinstance(self._area, Everywhere):
            return values
        lat_deg, lon_deg = self._places_deg(window)
        outside = ~self._area.contains(lat_deg, lon_deg)
        left = values.copy()
        left[outside] = np.nan if values.dtype == np.float32 else 0
        return left

    def _places_deg(self, window: Window) -> tuple[Array, Array]:
        east, north = self._grid.centres_m(window)
        x, y = np.meshgrid(east, north)
        xyz = np.stack((x, y, np.zeros_like(x)), axis=-1)
        lat_deg, lon_deg, _ = geodetic_from_projected(xyz, self._grid.epsg)
        return lat_deg, lon_deg

    def _undulation_m(self, window: Window) -> NDArray[np.float32]:
        """Of the window's cells: bilinear between its corners, which is exact to a millimetre over
        some hundred metres."""
        if self._vertical == "ellipsoid":
            return np.zeros((1, 1), dtype=np.float32)
        east, north = self._grid.centres_m(window)
        x, y = np.meshgrid(east[[0, -1]], north[[0, -1]])
        corner = np.stack((x, y, np.zeros_like(x)), axis=-1).reshape(-1, 3)
        lat_deg, lon_deg, _ = geodetic_from_projected(corner, self._grid.epsg)
        above = undulation_m(lat_deg, lon_deg, self._vertical).reshape(2, 2)
        v = np.linspace(0, 1, window.rows)[:, None]
        u = np.linspace(0, 1, window.columns)[None]
        upper = above[0, 0] * (1 - u) + above[0, 1] * u
        lower = above[1, 0] * (1 - u) + above[1, 1] * u
        return np.asarray(upper * (1 - v) + lower * v, dtype=np.float32)

    def _bounds_m(self, epsg: int) -> tuple[float, float, float, float]:
        """Of the tiles, cut to the box around the area."""
        west, south, east, north = self._source.bounds_m
        if isinstance(self._area, Everywhere):
            return west, south, east, north
        left, low, right, high = self._area.bounds_deg
        if left > right or (left, right) == (-180.0, 180.0):
            return west, south, east, north
        # Between the corners the box's edges bulge: some of each edge tell.
        lon, lat = np.meshgrid(np.linspace(left, right, 17), np.linspace(low, high, 17))
        box = projected_from_geodetic(lat, lon, np.zeros_like(lat), epsg).reshape(-1, 3)
        (a, b), (c, d) = box[:, :2].min(axis=0), box[:, :2].max(axis=0)
        found = max(west, a), max(south, b), min(east, c), min(north, d)
        if found[0] >= found[2] or found[1] >= found[3]:
            raise self._folder.no_points()
        return found
