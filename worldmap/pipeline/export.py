"""An area of the map as one file: its points, or its solved camera poses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from worldmap.area import Area, Everywhere
from worldmap.artifact import write_file
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.errors import InputError, UsageError
from worldmap.exchange import poses_json
from worldmap.exchange.e57 import require_e57, write_e57
from worldmap.frames import PROJECTED
from worldmap.fuse import normals
from worldmap.geodesy import (
    Site,
    compound_wkt1,
    geodetic_from_projected,
    projected_from_enu,
    reprojected,
)
from worldmap.las import read_tile, write_tile
from worldmap.ply import write_ply, write_xyz
from worldmap.records import IngestedPhoto, SolvedPose, TilePoints

FORMATS = ("las", "laz", "copc", "ply", "xyz", "e57", "json")
"""What one file can be."""
_SUFFIXES = {
    ".las": "las", ".copc.laz": "copc", ".laz": "laz", ".ply": "ply", ".xyz": "xyz",
    ".e57": "e57", ".json": "json",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What was written: points, or photos for .json."""

    path: Path
    points: int
    photos: int


def export(
    map_dir: Path,
    area: Area,
    out: Path,
    settings: Settings | None = None,
    *,
    kind: str | None = None,
    epsg: int | None = None,
) -> ExportSummary:
    """Write the area to `out`: points (las, laz, copc, ply with normals, xyz, e57) in the CRS of
    most of them or in another, or camera poses (json) in ENU about the map's origin.

    kind: one of FORMATS; by default what the file's name ends in. epsg: a projected CRS, which the
    points are transformed into exactly, heights becoming those above its own ellipsoid. Raises
    UsageError for another format or suffix, for e57 where pye57 is not installed and for a CRS that
    cannot be reached without a grid that is not here, InputError where there is nothing to write,
    CatalogError or StorageError where the map cannot be read or the file not be written.
    """
    settings = settings or Settings()
    kind = _kind_of(out, kind)
    if epsg is not None and kind == "json":
        raise UsageError("another CRS is for points; camera poses are written in ENU")
    if epsg is not None:
        compound_wkt1(epsg, "ellipsoid")  # refuses what is no projected CRS before anything is read
    if kind == "e57":
        require_e57()
    with Catalog.open(map_dir, create=False) as catalog:
        site = catalog.site()
        if kind == "json":
            poses = {pose.photo_id: pose for pose in catalog.poses(site=site)} if site else {}
            photos = photos_in(catalog, area, poses, site)
            if not photos:
                raise InputError(f"no photo of the map {map_dir} lies in that area")
            photos.sort(key=lambda photo: photo.metadata.path)
            write_file(out, poses_json(photos, poses, site))
            return ExportSummary(path=out, points=0, photos=len(photos))
        centres_enu = {
            pose.photo_id: pose.enu_from_cam.translation_m
            for pose in (catalog.poses(site=site) if site else [])
            if pose.enu_from_cam is not None
        }
    points = points_in(map_dir, area, epsg)
    assert site is not None
    if kind == "ply":
        centres_m = {
            photo_id: projected_from_enu(centre[None], site, points.epsg)[0]
            for photo_id, centre in centres_enu.items()
        }
        write_ply(out, points, normals(points.cloud, centres_m, settings.fuse.voxel_m))
    elif kind == "xyz":
        write_xyz(out, points)
    elif kind == "e57":
        write_e57(out, points)
    else:
        write_tile(out, points, kind=kind)
    return ExportSummary(path=out, points=len(points), photos=0)


def parse_crs(text: str) -> int:
    """The number of "EPSG:25833" or "25833"; UsageError for anything else."""
    number = text.upper().removeprefix("EPSG:")
    if not number.isascii() or not number.isdigit():
        raise UsageError(f"not a CRS: {text!r}; name one like EPSG:25833")
    return int(number)


def _kind_of(out: Path, kind: str | None) -> str:
    name = out.name.lower()
    named = next((found for suffix, found in _SUFFIXES.items() if name.endswith(suffix)), None)
    if kind is not None:
        if kind not in FORMATS:
            raise UsageError(f"no format {kind!r}; there is: {', '.join(FORMATS)}")
        if named not in (None, kind) and (named, kind) != ("laz", "copc"):
            raise UsageError(f"{out} is named as {named} but the format is {kind}; change one")
        return kind
    if named is not None:
        return named
    raise UsageError(f"{out}: exports are written as {', '.join(_SUFFIXES)}")


def points_in(map_dir: Path, area: Area, epsg: int | None = None) -> TilePoints:
    """All points of the map in an area, in the CRS that most of them are in or in that of `epsg`.

    InputError where there is none, UsageError where the CRS cannot be reached exactly.
    """
    with Catalog.open(map_dir, create=False) as catalog:
        site = catalog.site()
        tiles = catalog.tiles(None if isinstance(area, Everywhere) else area.bounds_deg)
    parts = [read_tile(map_dir / tile.path) for tile in tiles]
    parts = [part for part in (clipped(part, area) for part in parts) if len(part)]
    if not parts or site is None:
        raise InputError(f"the map {map_dir} has no points in that area; run merge first")
    return _in_one_crs(parts, epsg)


def photos_in(
    catalog: Catalog, area: Area, poses: Mapping[int, SolvedPose], site: Site | None
) -> list[IngestedPhoto]:
    """Photos that lie in the area, where they were placed or else by their tags, and all whose
    place nobody knows."""
    if isinstance(area, Everywhere):
        return catalog.photos()
    found = []
    for photo in catalog.photos(area.bounds_deg, include_unpositioned=True):
        pose = poses.get(photo.photo_id)
        lat_deg, lon_deg = photo.prior.lat_deg, photo.prior.lon_deg
        if site is not None and pose is not None and pose.enu_from_cam is not None:
            lat, lon, _ = site.geodetic_from_enu(pose.enu_from_cam.translation_m)
            lat_deg, lon_deg = float(lat), float(lon)
        if lat_deg is None or lon_deg is None or bool(area.contains(lat_deg, lon_deg)):
            found.append(photo)
    return found


def clipped(points: TilePoints, area: Area) -> TilePoints:
    """The points of a tile that lie in the area."""
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


def _in_one_crs(parts: Sequence[TilePoints], epsg: int | None) -> TilePoints:
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
