"""Points of a map's tiles, box by box, in one CRS."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Everywhere
from worldmap.cloud import PointCloud
from worldmap.frames import PROJECTED
from worldmap.geodesy import projected_from_enu, reprojected
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.points import points_of
from worldmap.records import PlacedPose, Tile, TilePoints

_HELD_TILES: Final = 12
_EVERYWHERE: Final = Everywhere()


class PointSource:
    """Points of tiles in one CRS, the last tiles at hand."""

    def __init__(self, folder: MapFolder, tiles: Sequence[Tile], epsg: int, support: int) -> None:
        self._folder, self._epsg, self._support = folder, epsg, support
        self._tiles = [(tile, _box_in(tile, epsg)) for tile in tiles]
        self._held: OrderedDict[str, TilePoints] = OrderedDict()
        self._stands: dict[int, NDArray[np.float64]] = {}

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """Of all tiles."""
        boxes = np.array([box for _, box in self._tiles])
        west, south = boxes[:, :2].min(axis=0).tolist()
        east, north = boxes[:, 2:].max(axis=0).tolist()
        return west, south, east, north

    def reaches(self, bounds_m: tuple[float, float, float, float]) -> bool:
        """Whether any tile lies there."""
        return any(_overlap(box, bounds_m) for _, box in self._tiles)

    def points(self, bounds_m: tuple[float, float, float, float]) -> TilePoints:
        """All points in the box."""
        west, south, east, north = bounds_m
        parts = []
        for tile, box in self._tiles:
            if not _overlap(box, bounds_m):
                continue
            points = self._read(tile)
            x, y = points.cloud.xyz[:, 0], points.cloud.xyz[:, 1]
            parts.append(selected(points, (x >= west) & (x < east) & (y >= south) & (y < north)))
        if not parts:
            empty = PointCloud.of_photo(frame=PROJECTED, xyz=[], rgb=[], sigma_m=[])
            return TilePoints(
                cloud=empty,
                epsg=self._epsg,
                gps_time_s=np.zeros(0),
                classification=np.zeros(0, dtype=np.uint8),
            )
        return TilePoints(
            cloud=PointCloud.concatenated([part.cloud for part in parts], PROJECTED),
            epsg=self._epsg,
            gps_time_s=np.concatenate([part.gps_time_s for part in parts]),
            classification=np.concatenate([part.classification for part in parts]),
        )

    def stands_m(self, points: TilePoints) -> NDArray[np.float64]:
        """(N, 3) where the photo stands that gave each of the points, in the same CRS; NaN where
        the map has no place for it any more."""
        ids, index = np.unique(points.cloud.photo_id, return_inverse=True)
        asked = {int(i) for i in ids} - self._stands.keys()
        self._stands |= dict.fromkeys(asked, np.full(3, np.nan))
        for pose in self._folder.catalog.poses(asked):
            if isinstance(pose, PlacedPose):
                place = pose.enu_from_cam.translation_m[None]
                self._stands[pose.photo_id] = projected_from_enu(place, pose.site, self._epsg)[0]
        stands = np.array([self._stands[int(i)] for i in ids]).reshape(-1, 3)
        return np.asarray(stands[index.ravel()])

    def _read(self, tile: Tile) -> TilePoints:
        key = str(tile.key)
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        points = points_of(self._folder.layout, tile, _EVERYWHERE)
        if self._support > 1:
            points = selected(points, points.cloud.support >= self._support)
        if points.epsg != self._epsg:
            xyz = reprojected(points.cloud.xyz, points.epsg, self._epsg)
            points = replace(points, cloud=replace(points.cloud, xyz=xyz), epsg=self._epsg)
        self._held[key] = points
        while len(self._held) > _HELD_TILES:
            self._held.popitem(last=False)
        return points


def selected(points: TilePoints, chosen: NDArray[np.bool_]) -> TilePoints:
    """Some of the points, (N,) bool."""
    return TilePoints(
        cloud=points.cloud.select(chosen),
        epsg=points.epsg,
        gps_time_s=points.gps_time_s[chosen],
        classification=points.classification[chosen],
    )


def main_epsg(tiles: Sequence[Tile]) -> int:
    """The CRS that most points are in."""
    counts: dict[int, int] = {}
    for tile in tiles:
        counts[tile.key.epsg] = counts.get(tile.key.epsg, 0) + tile.points
    return max(counts, key=lambda code: (counts[code], -code))


def _box_in(tile: Tile, epsg: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile's points in a CRS."""
    low_x, low_y, low_z, high_x, high_y, _ = tile.bounds_m
    if tile.key.epsg == epsg:
        return low_x, low_y, high_x, high_y
    x, y = np.meshgrid(np.linspace(low_x, high_x, 3), np.linspace(low_y, high_y, 3))
    corner = np.stack((x, y, np.full_like(x, low_z)), axis=-1).reshape(-1, 3)
    moved = reprojected(corner, tile.key.epsg, epsg)
    (west, south), (east, north) = moved[:, :2].min(axis=0), moved[:, :2].max(axis=0)
    # Edges of 100 m bulge by millimetres between the points asked.
    return float(west) - 0.1, float(south) - 0.1, float(east) + 0.1, float(north) + 0.1


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
