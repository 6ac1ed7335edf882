"""Poses and calibrations."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Lens
from worldmap.catalog.models import (
    CalibrationRow,
    PoseRow,
)
from worldmap.catalog.rows.photos import Columns
from worldmap.frames import RigidTransform, cam
from worldmap.geodesy import Site, enu
from worldmap.records import (
    CameraCalibration,
    PlacedBy,
    PlacedPose,
    SolvedPose,
    UnplacedPose,
    pose_covariance,
)

_NOWHERE: Columns = dict.fromkeys(
    (
        *("frame", "east_m", "north_m", "up_m", "enu_from_cam_rotation", "placed_by"),
        *("depth_scale", "scale_sigma_rel", *(field.name for field in fields(Lens))),
        *(f"sigma_{axis}_m" for axis in ("east", "north", "up")),
        *(f"rotation_sigma_{axis}_deg" for axis in ("x", "y", "z")),
        *(f"gps_residual_{axis}_m" for axis in ("east", "north", "up")),
        *("heading_residual_deg", "covariance"),
    )
)
"""Columns of a photo that is not placed."""


def pose_row(pose: SolvedPose, run_id: int, site_id: int) -> PoseRow:
    """Row of a solved pose about the site of that row."""
    return PoseRow(
        photo_id=pose.photo_id,
        run_id=run_id,
        site_id=site_id,
        status=pose.status,
        reason=pose.reason,
        component=pose.component,
        pairs=pose.pairs,
        solved_among=pose.solved_among if isinstance(pose, PlacedPose) else 0,
        tags_hash=pose.tags_hash,
        **(_placed_columns(pose) if isinstance(pose, PlacedPose) else _NOWHERE),
    )


def _placed_columns(pose: PlacedPose) -> Columns:
    found = pose.enu_from_cam
    return {
        "placed_by": pose.by,
        "frame": found.source.of,
        **dict(zip(("east_m", "north_m", "up_m"), found.translation_m, strict=True)),
        "enu_from_cam_rotation": found.rotation,
        "depth_scale": pose.depth_scale,
        "scale_sigma_rel": pose.scale_sigma_rel,
        **asdict(pose.lens),
        "sigma_east_m": pose.position_sigma_m[0],
        "sigma_north_m": pose.position_sigma_m[1],
        "sigma_up_m": pose.position_sigma_m[2],
        "rotation_sigma_x_deg": pose.rotation_sigma_deg[0],
        "rotation_sigma_y_deg": pose.rotation_sigma_deg[1],
        "rotation_sigma_z_deg": pose.rotation_sigma_deg[2],
        "covariance": pose.covariance,
        "gps_residual_east_m": pose.gps_residual_m[0],
        "gps_residual_north_m": pose.gps_residual_m[1],
        "gps_residual_up_m": pose.gps_residual_m[2],
        "heading_residual_deg": pose.heading_residual_deg,
    }


def pose_of(row: PoseRow, site: Site) -> SolvedPose:
    """A solved pose about the site that it was solved in, the one of its row."""
    if row.enu_from_cam_rotation is None or row.placed_by is None:
        return UnplacedPose(
            photo_id=row.photo_id,
            reason=row.reason,
            site=site,
            component=row.component,
            pairs=row.pairs,
            tags_hash=row.tags_hash,
        )
    return PlacedPose(
        photo_id=row.photo_id,
        by=PlacedBy(row.placed_by),
        reason=row.reason,
        site=site,
        enu_from_cam=RigidTransform(
            to=enu(site),
            source=cam(row.frame or ""),
            rotation=row.enu_from_cam_rotation,
            translation_m=np.array((row.east_m, row.north_m, row.up_m), dtype=np.float64),
        ),
        depth_scale=row.depth_scale,
        lens=Lens(focal_px=row.focal_px, cx_px=row.cx_px, cy_px=row.cy_px, k1=row.k1, k2=row.k2),
        covariance=_covariance_of(row),
        component=row.component,
        pairs=row.pairs,
        gps_residual_m=(row.gps_residual_east_m, row.gps_residual_north_m, row.gps_residual_up_m),
        heading_residual_deg=row.heading_residual_deg,
        solved_among=row.solved_among,
        tags_hash=row.tags_hash,
    )


def _covariance_of(row: PoseRow) -> NDArray[np.float64]:
    if row.covariance is not None:
        return row.covariance
    # Of a merge before revision 0018, which kept no more than the sigmas.
    return pose_covariance(
        rotation_sigma_deg=(
            row.rotation_sigma_x_deg,
            row.rotation_sigma_y_deg,
            row.rotation_sigma_z_deg,
        ),
        position_sigma_m=(row.sigma_east_m, row.sigma_north_m, row.sigma_up_m),
        scale_sigma_rel=row.scale_sigma_rel,
    )


def calibration_row(found: CameraCalibration, run_id: int) -> CalibrationRow:
    """Row of what photos told of a camera."""
    return CalibrationRow(
        camera_key=found.camera_key,
        run_id=run_id,
        lens=found.lens,
        covariance=found.covariance,
        focal_spread_rel=found.focal_spread_rel,
        image_sigma_px=found.image_sigma_px,
        width_px=found.width_px,
        height_px=found.height_px,
        tag_focal_px=found.tag_focal_px,
        photo_ids=json.dumps(sorted(found.photo_ids)),
    )


def calibration_of(row: CalibrationRow, solved_at: datetime) -> CameraCalibration:
    """What photos told of a camera."""
    return CameraCalibration(
        camera_key=row.camera_key,
        lens=row.lens,
        covariance=row.covariance,
        focal_spread_rel=row.focal_spread_rel,
        image_sigma_px=row.image_sigma_px,
        width_px=row.width_px,
        height_px=row.height_px,
        tag_focal_px=row.tag_focal_px,
        photo_ids=tuple(json.loads(row.photo_ids)),
        solved_at=solved_at,
    )
