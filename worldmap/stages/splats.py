"""An area's points as Gaussian splats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from worldmap.area import Area
from worldmap.artifact import write_file
from worldmap.exchange.splat import GaussianSplats
from worldmap.fuse import normals
from worldmap.geodesy import enu, enu_from_projected
from worldmap.mapfolder import MapFolder
from worldmap.records import PlacedPose
from worldmap.render import sizes_m

SPLAT_FORMATS: Final = ("splat", "spz")
"""What splats are written as: the .ply of 3D Gaussian Splatting, or Niantic's .spz."""


def write_splats(folder: MapFolder, area: Area, out: Path, kind: str) -> int:
    """Write the points of an area as splats, about the site of most of its photos; returns how
    many. InputError where there is none, StorageError."""
    points = folder.points(area)
    site = folder.state(area).origin
    cloud = replace(
        points.cloud,
        frame=enu(site),
        xyz=enu_from_projected(points.cloud.xyz, site, points.epsg),
    )
    centres_m = {
        pose.photo_id: pose.about(site).enu_from_cam.translation_m
        for pose in folder.catalog.poses(cloud.photo_ids)
        if isinstance(pose, PlacedPose)
    }
    facing = normals(cloud, centres_m, folder.tile_settings.fuse.voxel_m)
    origin = f"{site.lat_deg:.9f} {site.lon_deg:.9f} {site.height_m:.3f}"
    comment = f"east north up in metres about latitude longitude height {origin}"
    splats = GaussianSplats.of(cloud, facing, sizes_m(cloud.xyz))
    write_file(out, splats.spz() if kind == "spz" else splats.ply(comment))
    return len(cloud)
