"""What is no longer there, and what is new: points that photos of one time agree on and photos of
another look straight through.

A place that nobody looked at at the other time tells nothing, however plain it is at this one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area, Everywhere
from worldmap.cloud import PointCloud
from worldmap.errors import EmptyAreaError, UsageError
from worldmap.frames import PROJECTED
from worldmap.fuse import (
    CameraStation,
    PreparedView,
    agree,
    depth_samples,
    fuse,
    neighbours_by_samples,
    votes,
)
from worldmap.geodesy import (
    Site,
    enu,
    enu_from_projected,
    geodetic_from_projected,
    projected_from_enu,
)
from worldmap.las import gps_times_s, write_tile
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder
from worldmap.raster import Grid
from worldmap.raster.geotiff import Bands, raster_file, require_rasterio
from worldmap.records import Period, TilePoints
from worldmap.stages.placed import PlacedPhotos
from worldmap.stages.point_source import main_epsg

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

GONE, NEW = 64, 65
"""Classes of points, of those that LAS 1.4 leaves to its users."""
_HELD: Final = 24
"""Photos kept ready for comparison, some 30 MB each."""
_LONGEST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOptions:
    """before: photos that were taken before then; after: those from then on. support: so many
    photos of one time have to agree on a point; cell_m: of the map of changes."""

    before: datetime
    after: datetime
    support: int = 2
    cell_m: float = 0.5

    def __post_init__(self) -> None:
        if self.before > self.after:
            raise UsageError(
                "--before is later than --after",
                hint="photos between the two are left out, none may be on both sides",
            )
        if not 1 <= self.support <= 255:
            raise UsageError(f"{self.support} photos", hint="--support is from 1 to 255")
        if not 0.01 <= self.cell_m <= 100:
            raise UsageError(f"a cell of {self.cell_m} m", hint="--gsd is from 0.01 to 100 m")

    @property
    def periods(self) -> tuple[Period, Period]:
        """Both."""
        return Period(until=self.before), Period(since=self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFigures:
    """Of one time: photos that look at the area; points that enough of them agree on; of these how
    many photos of the other time have, too, how many these look straight through, and how many
    they do not see; and the ground, in cells of the map, under what they look through."""

    photos: int
    points: int
    also_then: int
    not_then: int
    not_seen_then: int
    not_then_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesFound:
    """before: what was there, of which `not_then` is gone; after: what is there, of which
    `not_then` is new; points: so many are in the files."""

    epsg: int
    before: TimeFigures
    after: TimeFigures
    points: int
    paths: tuple[Path, ...]


def find_changes(
    folder: MapFolder, area: Area, options: ChangeOptions, outs: Sequence[Path], listener: Listener
) -> ChangesFound:
    """Ask photos of each time about the points of the other, in an area of the map, and write what
    changed: `.las`, `.laz`, `.copc.laz` points of class GONE or NEW, `.tif` a map of how many
    photos agree, below 0 on what is gone. InputError where either time has no photo there,
    StorageError."""
    if any(_is_raster(out) for out in outs):
        require_rasterio()
    found = _Changes(folder, area, options, listener)
    figures = found.run()
    points = found.points()
    for out in outs:
        if _is_raster(out):
            found.write_raster(out)
        else:
            told = {"before": options.before.isoformat(), "after": options.after.isoformat()}
            write_tile(out, points, provenance=told)
    return replace(figures, paths=tuple(outs))


def _is_raster(out: Path) -> bool:
    return out.suffix.lower() in (".tif", ".tiff")


class _Changes:
    """One search under way."""

    def __init__(
        self, folder: MapFolder, area: Area, options: ChangeOptions, listener: Listener
    ) -> None:
        self._folder, self._area, self._options = folder, area, options
        self._listener = listener
        tiles = folder.tiles(area)
        if not tiles:
            raise folder.no_points()
        self._epsg = main_epsg(tiles)
        self._site: Site = folder.state(area).origin
        self._photos = PlacedPhotos(folder, self._site, warn=listener.warn)
        self._fuse = folder.tile_settings.fuse
        corners = np.array([tile.bounds_m for tile in tiles if tile.key.epsg == self._epsg])
        low, high = corners[:, :3].min(axis=0), corners[:, 3:].max(axis=0)
        box = np.array([low, high, (low[0], high[1], low[2]), (high[0], low[1], high[2])])
        box_enu = enu_from_projected(box, self._site, self._epsg)
        near = self._photos.near(box_enu.min(axis=0), box_enu.max(axis=0))
        taken = self._photos.captured_at
        self._sides = tuple(
            [i for i in near if period.contains(taken[i])] for period in options.periods
        )
        for name, ids in zip(("before", "after"), self._sides, strict=True):
            if not ids:
                raise EmptyAreaError(
                    f"has no placed photo of the time {name} in that area", path=folder.root
                )
        self._prepared: OrderedDict[int, PreparedView] = OrderedDict()
        self._changed: list[PointCloud] = []

    def run(self) -> ChangesFound:
        """Both times' figures; keeps what changed."""
        sides = [{i: self._photos.station(i) for i in ids} for ids in self._sides]
        figures = []
        with self._listener.stage("changes", sum(map(len, sides))) as stage:
            for own, other in (sides, sides[::-1]):
                counts = np.zeros(4, dtype=np.int64)
                clouds = []
                for i in own:
                    seen, changed = self._ask(i, own, other)
                    counts += seen
                    clouds.append(changed)
                    stage.advance()
                self._changed.append(fuse(clouds, self._fuse))
                figures.append(self._figures(len(own), counts))
        return ChangesFound(
            epsg=self._epsg,
            before=figures[0],
            after=figures[1],
            points=sum(map(len, self._changed)),
            paths=(),
        )

    def _ask(
        self,
        photo_id: int,
        own: Mapping[int, CameraStation],
        other: Mapping[int, CameraStation],
    ) -> tuple[Counts, PointCloud]:
        """Of a photo's points in the area: how many there are, how many the other time has, looks
        through, and does not see; and those that it looks through."""
        view = self._view(photo_id)
        agreed = agree(view, self._beside(view, own), self._fuse)
        asked = votes(view, self._beside(view, other), self._fuse)
        counted = (agreed.cloud.support >= self._options.support) & self._inside(agreed.cloud.xyz)
        has = asked.agreed[agreed.pixel] > 0
        through = asked.denied[agreed.pixel] >= self._fuse.see_through_photos
        kinds = (counted, counted & has, counted & ~has & through, counted & ~has & ~through)
        counts = np.array([np.count_nonzero(kind) for kind in kinds])
        return counts, agreed.cloud.select(kinds[2])

    def _beside(
        self, view: PreparedView, stations: Mapping[int, CameraStation]
    ) -> list[PreparedView]:
        uv_px, depth_m = depth_samples(view.view.depth_m)
        station = CameraStation(
            photo_id=view.view.photo_id,
            camera=view.view.camera,
            enu_from_cam=view.view.enu_from_cam,
        )
        others = [each for i, each in stations.items() if i != view.view.photo_id]
        near = neighbours_by_samples(station, uv_px, depth_m, others, self._fuse.neighbours)
        return [self._view(i) for i in near]

    def _view(self, photo_id: int) -> PreparedView:
        if photo_id in self._prepared:
            self._prepared.move_to_end(photo_id)
        else:
            self._prepared[photo_id] = PreparedView.of(self._photos.view(photo_id), self._fuse)
            while len(self._prepared) > _HELD:
                self._prepared.popitem(last=False)
        return self._prepared[photo_id]

    def _inside(self, xyz_enu: Array) -> NDArray[np.bool_]:
        if isinstance(self._area, Everywhere) or not len(xyz_enu):
            return np.ones(len(xyz_enu), dtype=np.bool_)
        projected = projected_from_enu(xyz_enu, self._site, self._epsg)
        lat_deg, lon_deg, _ = geodetic_from_projected(projected, self._epsg)
        return np.asarray(self._area.contains(lat_deg, lon_deg))

    def _figures(self, photos: int, counts: Counts) -> TimeFigures:
        points, also, not_then, not_seen = counts.tolist()
        cells = np.floor(self._projected(self._changed[-1])[:, :2] / self._options.cell_m)
        return TimeFigures(
            photos=photos,
            points=points,
            also_then=also,
            not_then=not_then,
            not_seen_then=not_seen,
            not_then_m2=len(np.unique(cells, axis=0)) * self._options.cell_m**2,
        )

    def _projected(self, cloud: PointCloud) -> Array:
        if not len(cloud):
            return np.zeros((0, 3))
        return projected_from_enu(cloud.xyz, self._site, self._epsg)

    def points(self) -> TilePoints:
        """What is gone and what is new."""
        cloud = PointCloud.concatenated(self._changed, enu(self._site))
        classes = np.repeat(np.array((GONE, NEW), dtype=np.uint8), [len(c) for c in self._changed])
        return TilePoints(
            cloud=replace(cloud, frame=PROJECTED, xyz=self._projected(cloud)),
            epsg=self._epsg,
            gps_time_s=gps_times_s(cloud.photo_id, self._photos.captured_at),
            classification=classes,
        )

    def write_raster(self, out: Path) -> None:
        """How many photos agree on what changed in each cell, below 0 where it is gone."""
        points = self.points()
        xyz = points.cloud.xyz
        if not len(xyz):
            raise EmptyAreaError("has no change to be drawn", path=self._folder.root)
        (west, south), (east, north) = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
        bounds = (float(west), float(south), float(east), float(north))
        grid = Grid.over(self._epsg, bounds, self._options.cell_m)
        if max(grid.rows, grid.columns) > _LONGEST:
            raise UsageError("too many cells", hint="choose a larger --gsd or a smaller --area")
        told = "photos that agree: on what is new, below 0 on what is gone"
        bands = Bands(dtype="float32", count=1, unit="", description=told, mean=False)
        sign = np.where(points.classification == NEW, 1.0, -1.0)
        values = sign * points.cloud.support
        order = np.argsort(np.abs(values), kind="stable")
        row, column = grid.cells(xyz, grid.whole)
        layer = np.full((grid.rows, grid.columns), np.nan, dtype=np.float32)
        layer[row[order], column[order]] = values[order]  # of several the last one stays
        with raster_file(out, grid, bands) as file:
            for window in grid.windows(1024):
                rows = slice(window.row, window.row + window.rows)
                columns = slice(window.column, window.column + window.columns)
                file.write(window, layer[rows, columns])
