"""The points of a map in an area, in one CRS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from worldmap.area import Area, Everywhere
from worldmap.cloud import PointCloud
from worldmap.errors import CatalogError
from worldmap.frames import PROJECTED
from worldmap.geodesy import geodetic_from_projected, reprojected
from worldmap.mapfolder.layout import Layout
from worldmap.records import Tile, TilePoints


def points_of(layout: Layout, tile: Tile, area: Area) -> TilePoints:
    """The points of a tile that lie in the area. StorageError where its file cannot be read."""
    from worldmap.mapfolder.tilefile import tile_points

    if not tile.files:
        raise CatalogError(
            f"the tile {tile.key} has points but no file", hint="run `worldmap merge`"
        )
    return clipped(tile_points(layout.tile(tile.files[0])), area)


def clipped(points: TilePoints, area: Area) -> TilePoints:
    """Those of the points that lie in the area."""
    if isinstance(area, Everywhere):
        return points
    lat_deg, lon_deg, _ = geodetic_from_projected(points.cloud.xyz, points.epsg)
    inside = area.contains(lat_deg, lon_deg)
    return TilePoints(
        cloud=points.cloud.select(inside),
        epsg=points.epsg,
        gps_time_s=points.gps_time_s[inside],
        classification=points.classification[inside],
    )


def points_in(
    layout: Layout, tiles: Iterable[Tile], area: Area, epsg: int | None
) -> TilePoints | None:
    """All points of these tiles that lie in the area, in the CRS that most of them are in or in
    that of `epsg`; None where there is none. StorageError where a file cannot be read, UsageError
    where the CRS cannot be reached exactly."""
    parts = [part for tile in tiles if len(part := points_of(layout, tile, area))]
    return in_one_crs(parts, epsg) if parts else None


def in_one_crs(parts: Sequence[TilePoints], epsg: int | None) -> TilePoints:
    """All points in one CRS: that of `epsg`, else the one that most of them are in already."""
    if epsg is None:
        counts: dict[int, int] = {}
        for part in parts:
            counts[part.epsg] = counts.get(part.epsg, 0) + len(part)
        epsg = max(counts, key=lambda code: (counts[code], -code))
    clouds = [
        part.cloud
        if part.epsg == epsg
        else replace(part.cloud, xyz=reprojected(part.cloud.xyz, part.epsg, epsg))
        for part in parts
    ]
    return TilePoints(
        cloud=PointCloud.concatenated(clouds, PROJECTED),
        epsg=epsg,
        gps_time_s=np.concatenate([part.gps_time_s for part in parts]),
        classification=np.concatenate([part.classification for part in parts]),
    )
