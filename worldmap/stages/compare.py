"""Two point clouds of one place, maps or files, block by block: how far apart they are, and where
that is a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area, Everywhere
from worldmap.compare import CloudChange, Scales, core_points, m3c2, nearest_m
from worldmap.errors import EmptyAreaError, InputError, UsageError
from worldmap.geodesy import geodetic_from_projected, reprojected, undulation_m
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder
from worldmap.raster import Grid, Window
from worldmap.raster.geotiff import Bands, raster_file, require_rasterio
from worldmap.records import SurveyKind
from worldmap.stages.point_source import PointSource, main_epsg
from worldmap.stages.survey_file import survey_around

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]

_BLOCK_M: Final = 50.0
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """cell_m: of the map of changes, and one core point for each cube of it; scale_m: across the
    points that make a normal, half of it across those that are averaged; reach_m: the largest
    change that is looked for; registration_m: what the two may be off as wholes."""

    cell_m: float = 0.5
    scale_m: float = 2.0
    reach_m: float = 5.0
    registration_m: float = 0.0

    def __post_init__(self) -> None:
        if not 0.01 <= self.cell_m <= 100:
            raise UsageError(f"a cell of {self.cell_m} m", hint="--gsd is from 0.01 to 100 m")
        if not 0.02 <= self.scale_m <= 100:
            raise UsageError(f"a scale of {self.scale_m} m", hint="--scale is from 0.02 to 100 m")
        if not 0 < self.reach_m <= 100:
            raise UsageError(f"changes up to {self.reach_m} m", hint="--reach is up to 100 m")
        if not 0 <= self.registration_m <= 100:
            raise UsageError(f"a sigma of {self.registration_m} m", hint="--sigma is from 0 to 100")

    @property
    def scales(self) -> Scales:
        """As the formulas have them."""
        return Scales(
            normal_m=self.scale_m,
            projection_m=self.scale_m / 2,
            reach_m=self.reach_m,
            registration_m=self.registration_m,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was found in the box that both have: how many points each has there; how far those of
    the second are from the nearest of the first (median and 90th of a hundred); at how many places
    of how many both have surface enough, by how much it lies further out (median, and normalised
    median absolute deviation), from what on that is a change (median) and which share of the places
    changed."""

    epsg: int
    first_points: int
    second_points: int
    nearest_median_m: float
    nearest_p90_m: float
    places: int
    compared: int
    distance_median_m: float
    distance_nmad_m: float
    detection_median_m: float
    changed_rel: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Layer:
    """A cloud: its CRS, west, south, east, north, and its points (N, 3) in a box of that, heights
    above the ellipsoid."""

    epsg: int
    bounds_m: Box
    points: Callable[[Box], Array]

    def in_crs(self, epsg: int) -> Layer:
        """The same in another CRS, exactly."""
        if epsg == self.epsg:
            return self
        west, south, east, north = self.bounds_m
        low = self.points((west, south, np.nextafter(east, np.inf), np.nextafter(north, np.inf)))
        return of_points(reprojected(low, self.epsg, epsg), epsg)


def of_map(folder: MapFolder, area: Area) -> Layer:
    """The points of a map in an area. InputError where it has none there."""
    tiles = folder.tiles(area)
    if not tiles:
        raise folder.no_points()
    epsg = main_epsg(tiles)
    source = PointSource(folder, tiles, epsg, 1)
    return Layer(
        epsg=epsg,
        bounds_m=source.bounds_m,
        points=lambda box: np.asarray(source.points(box).cloud.xyz),
    )


@dataclass(frozen=True, slots=True)
class _Anywhere:
    def __call__(self, epsg: int) -> Box:
        return -np.inf, -np.inf, np.inf, np.inf


def of_file(path: Path, *, epsg: int | None) -> Layer:
    """The points of a LAS, LAZ or COPC file, or the cells of a GeoTIFF of heights. InputError where
    it cannot be read, CrsError where nobody says its CRS."""
    survey = survey_around(path, _Anywhere(), epsg=epsg)
    if survey.kind is SurveyKind.OUTLINES:
        raise InputError("has no points to compare", path=path)
    xyz = survey.xyz
    if not len(xyz):
        raise InputError("holds no point", path=path)
    if survey.vertical not in (None, "ellipsoid"):
        lat_deg, lon_deg, _ = geodetic_from_projected(xyz, survey.epsg)
        raised_m = undulation_m(lat_deg, lon_deg, survey.vertical)
        xyz = np.column_stack((xyz[:, :2], xyz[:, 2] + raised_m))
    return of_points(xyz, survey.epsg)


def of_points(xyz: Array, epsg: int) -> Layer:
    """Points (N, 3) at hand, sorted into blocks."""
    block = np.floor(xyz[:, :2] / _BLOCK_M).astype(np.int64)
    keys, of = np.unique(block, axis=0, return_inverse=True)
    order = np.argsort(of.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(of.ravel()))
    parts = {
        (int(x), int(y)): xyz[order[end - size : end]]
        for (x, y), end, size in zip(keys, ends, np.diff(ends, prepend=0), strict=True)
    }

    def points(box: Box) -> Array:
        first, last = np.floor(np.array(box).reshape(2, 2) / _BLOCK_M).astype(int)
        near = [
            parts[x, y]
            for x in range(first[0], last[0] + 1)
            for y in range(first[1], last[1] + 1)
            if (x, y) in parts
        ]
        found = np.concatenate([np.zeros((0, 3)), *near])
        low, high = np.array(box).reshape(2, 2)
        return found[((found[:, :2] >= low) & (found[:, :2] < high)).all(axis=1)]

    (west, south), (east, north) = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
    return Layer(
        epsg=epsg,
        bounds_m=(float(west), float(south), float(east), float(north)),
        points=points,
    )


def compared(
    layers: tuple[Layer, Layer],
    area: Area,
    options: CompareOptions,
    out: Path | None,
    listener: Listener,
) -> Figures:
    """What is different; writes the map of changes to `out`. InputError where the two have nothing
    in common, StorageError where the file cannot be written."""
    if out is not None:
        require_rasterio()
    first = layers[0]
    second = layers[1].in_crs(first.epsg)
    west, south = np.maximum(first.bounds_m[:2], second.bounds_m[:2]).tolist()
    east, north = np.minimum(first.bounds_m[2:], second.bounds_m[2:]).tolist()
    if not (west < east and south < north):
        raise EmptyAreaError(
            "have nothing in common: they lie apart",
            hint="see that both are of one place, and in the CRS that they say (--crs)",
        )
    grid = Grid.over(first.epsg, (west, south, east, north), options.cell_m)
    if max(grid.rows, grid.columns) > _LONGEST:
        raise UsageError("too many cells", hint="choose a larger --gsd or a smaller --area")
    found = _Found(grid, area, options)
    windows = list(grid.windows(max(round(_BLOCK_M / options.cell_m), 1)))
    with listener.stage("compare", len(windows), unit="windows") as stage:
        for window in windows:
            found.add(window, first, second)
            stage.advance()
    if out is not None:
        found.write(out)
    return found.figures()


class _Found:
    """What was found so far."""

    def __init__(self, grid: Grid, area: Area, options: CompareOptions) -> None:
        self._grid, self._area, self._options = grid, area, options
        self._counts = np.zeros(2, dtype=np.int64)
        self._nearest: list[Array] = []
        self._windows: list[tuple[Window, CloudChange]] = []

    def add(self, window: Window, first: Layer, second: Layer) -> None:
        """One window of the grid."""
        box = self._grid.bounds_m(window)
        scales = self._options.scales
        low, high = np.array(box).reshape(2, 2)
        around = (*(low - scales.around_m), *(high + scales.around_m))
        a, b = first.points(around), second.points(around)
        own_a, own_b = (self._within(points, low, high) for points in (a, b))
        self._counts += len(own_a), len(own_b)
        if len(own_b):
            self._nearest.append(nearest_m(own_b, a))
        if not len(own_a):
            return
        change = m3c2(core_points(own_a, self._options.cell_m), a, b, scales)
        self._windows.append((window, change))

    def _within(self, points: Array, low: Array, high: Array) -> Array:
        inside = points[((points[:, :2] >= low) & (points[:, :2] < high)).all(axis=1)]
        if isinstance(self._area, Everywhere) or not len(inside):
            return inside
        lat_deg, lon_deg, _ = geodetic_from_projected(inside, self._grid.epsg)
        return np.asarray(inside[self._area.contains(lat_deg, lon_deg)])

    def figures(self) -> Figures:
        """The numbers."""
        nearest = np.concatenate([np.zeros(0), *self._nearest])
        distance = np.concatenate([np.zeros(0), *(each.distance_m for _, each in self._windows)])
        detection = np.concatenate([np.zeros(0), *(each.detection_m for _, each in self._windows)])
        known = np.isfinite(distance)
        if not known.any():
            raise EmptyAreaError(
                "have no surface in common that both have points enough of",
                hint="choose a larger --scale or --reach",
            )
        distance_m, detection_m = distance[known], detection[known]
        median = float(np.median(distance_m))
        return Figures(
            epsg=self._grid.epsg,
            first_points=int(self._counts[0]),
            second_points=int(self._counts[1]),
            nearest_median_m=float(np.median(nearest)),
            nearest_p90_m=float(np.percentile(nearest, 90)),
            places=len(distance),
            compared=int(known.sum()),
            distance_median_m=median,
            distance_nmad_m=1.4826 * float(np.median(np.abs(distance_m - median))),
            detection_median_m=float(np.median(detection_m)),
            changed_rel=float((np.abs(distance_m) > detection_m).mean()),
        )

    def write(self, out: Path) -> None:
        """The map of changes, each cell the largest of those over it, and what counts there."""
        told = "further out along the normal", "level of detection at 95 %"
        for index, path in enumerate((out, detection_path(out))):
            bands = Bands(dtype="float32", count=1, unit="m", description=told[index])
            with raster_file(path, self._grid, bands) as file:
                for window, change in self._windows:
                    file.write(window, _cells(self._grid, window, change)[index])


def _cells(
    grid: Grid, window: Window, change: CloudChange
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distance and level of detection (rows, columns): of a cell's places that which changed most
    beyond what counts, for a wall's foot may stand still while the wall moves."""
    row, column = grid.cells(change.core, window)
    known = np.flatnonzero(np.isfinite(change.distance_m))
    beyond = np.abs(change.distance_m[known]) - change.detection_m[known]
    order = np.argsort(beyond)
    at = (row[known] * window.columns + column[known])[order]
    layers = []
    for values in (change.distance_m, change.detection_m):
        layer = np.full(window.rows * window.columns, np.nan, dtype=np.float32)
        layer[at] = values[known][order]  # of several the last one stays
        layers.append(layer.reshape(window.rows, window.columns))
    return layers[0], layers[1]


def detection_path(out: Path) -> Path:
    """The file beside a map of changes that says from what on they count."""
    return out.with_name(f"{out.stem}.detection.tif")
