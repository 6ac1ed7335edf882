"""Poses that were imported to stay, as merges take them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from worldmap.frames import RigidTransform, cam
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.given import read_given
from worldmap.records import IngestedPhoto, PlacedBy, PlacedPose
from worldmap.registration.view import PhotoView

_NAN3 = (math.nan,) * 3


def held_poses(
    folder: MapFolder, photos: Iterable[IngestedPhoto], views: Mapping[int, PhotoView]
) -> dict[int, PlacedPose]:
    """Of those of the photos that have one, by id, with the lens that they were ingested with and
    the size of their depth as it is. StorageError where the file of poses is damaged."""
    given = read_given(folder.root)
    held = {}
    for photo in photos:
        pose, view = given.get(photo.metadata.content_hash), views.get(photo.photo_id)
        if pose is None or view is None:
            continue
        covariance = np.zeros((7, 7))
        covariance[:6, :6] = pose.covariance
        covariance[6, 6] = view.scale_sigma_rel**2
        held[photo.photo_id] = PlacedPose(
            photo_id=photo.photo_id,
            by=PlacedBy.MATCHES,
            reason="",
            site=pose.site,
            enu_from_cam=RigidTransform(
                to=pose.enu_from_cam.to,
                source=cam(str(photo.photo_id)),
                rotation=pose.enu_from_cam.rotation,
                translation_m=pose.enu_from_cam.translation_m,
            ),
            depth_scale=1.0,
            lens=view.camera.lens,
            covariance=covariance,
            component=0,
            pairs=0,
            gps_residual_m=_NAN3,
            heading_residual_deg=math.nan,
            solved_among=0,
            tags_hash=view.tags_hash,
        )
    return held
