"""One photo as a map of its own, to be looked at in the page: its points where it says it stands,
or at 0° N 0° E where it does not say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from worldmap.artifact import write_file
from worldmap.camera import Camera
from worldmap.config import FuseSettings, Settings
from worldmap.depth import save_depth
from worldmap.engine import working_here
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder, Subfolder
from worldmap.prior import pose_prior
from worldmap.records import (
    CleanedDepth,
    DepthMapInfo,
    PhotoMetadata,
    PlacedBy,
    PlacedPose,
    tagged_pose_covariance,
)
from worldmap.stages.tiles import update_tiles
from worldmap.stages.work import Work

NOT_ON_THE_GLOBE: Final = "not on the globe yet: the photo tells no position"

_ANYWHERE_M = 1e7  # a quarter of the way around the Earth
_FINE_M = 0.02  # a pixel of a depth map, some metres away
_NOTHING = (math.nan, math.nan, math.nan)


def _pixel_by_pixel(fuse: FuseSettings) -> FuseSettings:
    """What one photo's points are fused by: no other says anything, and all share what they are
    off."""
    return fuse.model_copy(update={"voxel_m": _FINE_M, "voxel_per_sigma": 0.0})


def map_of_photo(
    map_dir: Path,
    metadata: PhotoMetadata,
    camera: Camera,
    cleaned: CleanedDepth,
    settings: Settings,
    listener: Listener,
) -> int:
    """Make a map in a new folder of this photo alone; returns how many points it has.

    camera: intrinsics of the full-size photo. Where the photo tells no position it stands at
    0° N 0° E, by a position sigma that says nothing, and with the reason NOT_ON_THE_GLOBE.
    StorageError or CatalogError where the folder cannot be written.
    """
    depth_map = cleaned.depth_map
    prior = pose_prior(metadata, settings.prior, scale_sigma_rel=depth_map.scale_sigma_rel)
    known = prior.lat_deg is not None and prior.lon_deg is not None and prior.height_m is not None
    site = Site(prior.lat_deg or 0.0, prior.lon_deg or 0.0, prior.height_m or 0.0)
    with MapFolder.open(map_dir, create=True) as folder, folder.run("depth", settings) as run:
        name = f"{metadata.content_hash[:16]}.npz"
        keep = folder.layout.keep
        photo_id = folder.catalog.record_photo(
            metadata,
            camera=camera,
            depth=keep(Subfolder.DEPTH, name, lambda path: save_depth(path, cleaned)),
            depth_map=DepthMapInfo.of(depth_map),
            # Nothing is matched with it.
            features=keep(Subfolder.FEATURES, name, lambda path: write_file(path, b"")),
            prior=prior,
            settings_hash="",
        )
        rotation = enu_from_cam_rotation(prior.heading_deg or 0.0, prior.pitch_deg, prior.roll_deg)
        sideways_m, upright_m = (
            (prior.horizontal_sigma_m, prior.vertical_sigma_m) if known else [_ANYWHERE_M] * 2
        )
        pose = PlacedPose(
            photo_id=photo_id,
            by=PlacedBy.TAGS,
            reason="" if known else NOT_ON_THE_GLOBE,
            site=site,
            enu_from_cam=RigidTransform(
                to=enu(site),
                source=cam(str(photo_id)),
                rotation=rotation,
                translation_m=np.zeros(3),
            ),
            depth_scale=1.0,
            lens=camera.lens,
            covariance=tagged_pose_covariance(
                rotation[2],
                heading_sigma_deg=prior.heading_sigma_deg,
                tilt_sigma_deg=prior.tilt_sigma_deg,
                position_sigma_m=(sideways_m, sideways_m, upright_m),
                scale_sigma_rel=depth_map.scale_sigma_rel,
            ),
            component=0,
            pairs=0,
            solved_among=1,
            tags_hash="",
            gps_residual_m=_NOTHING,
            heading_residual_deg=math.nan,
        )
        folder.catalog.replace_solution(run.run_id, [pose])
        work = Work(
            folder=folder,
            settings=settings.model_copy(update={"fuse": _pixel_by_pixel(settings.fuse)}),
            listener=listener,
            jobs=1,
            run_id=run.run_id,
        )
        with working_here():
            tiles = update_tiles(work, near=None).tiles
    return sum(tile.points for tile in tiles)
