"""Points of tracks between photos whose poses are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import RigidTransform
from worldmap.registration.tracks import Tracks
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

# Nine of ten true matches are within half of this, pixels of a picture of a thousand.
_MATCH_PX: Final = 1.5
# Rays that meet under less tell no distance.
_LEAST_ANGLE_RAD: Final = np.deg2rad(0.5)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Triangulated:
    """Observations (M,) of points that the rays of two photos or more agree on: photo (index into
    the order of the photos), feature (row of its Features), point (number), xyz_enu (M, 3) of the
    point, depth_m (M,) in the photo, sigma_rel (M,) of that for each radian of error of a ray."""

    photo: NDArray[np.intp]
    feature: NDArray[np.intp]
    point: NDArray[np.intp]
    xyz_enu: Array
    depth_m: Array
    sigma_rel: Array


def triangulated(
    views: Sequence[PhotoView], enu_from_cam: Mapping[int, RigidTransform], tracks: Tracks
) -> Triangulated:
    """The point nearest to the rays of each track (least squares), of tracks all of whose rays pass
    within 1.5 thousandths of the picture of it, in front of the cameras, and meet under half a
    degree or more."""
    poses = [enu_from_cam[view.photo_id] for view in views]
    ray = np.zeros((len(tracks.photo), 3))
    reach_rad = np.zeros(len(views))
    for row, view in enumerate(views):
        at = np.flatnonzero(tracks.photo == row)
        uv = view.features.uv_px[tracks.feature[at]].astype(np.float64)
        ray[at] = poses[row].rotate(view.camera.rays(uv))
        camera = view.camera
        reach_rad[row] = _MATCH_PX * max(camera.width_px, camera.height_px) / 1000 / camera.fx_px
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    centre = np.array([pose.translation_m for pose in poses]).reshape(-1, 3)[tracks.photo]
    across = np.eye(3) - ray[:, :, None] * ray[:, None, :]
    normal, right = np.zeros((tracks.count, 3, 3)), np.zeros((tracks.count, 3))
    np.add.at(normal, tracks.track, across)
    np.add.at(right, tracks.track, np.einsum("mij,mj->mi", across, centre))
    angle = meeting_angle_rad(tracks.track, ray)
    wide = np.bincount(tracks.track, angle >= _LEAST_ANGLE_RAD, minlength=tracks.count) > 0
    point = np.full((tracks.count, 3), np.nan)
    point[wide] = np.linalg.solve(normal[wide], right[wide][:, :, None])[:, :, 0]
    away = point[tracks.track] - centre
    off_rad = np.linalg.norm(np.cross(ray, away), axis=1) / np.linalg.norm(away, axis=1)
    fits = (off_rad < reach_rad[tracks.photo]) & ((ray * away).sum(axis=1) > 0)
    good = np.bincount(tracks.track, ~fits, minlength=tracks.count) == 0
    keep = good[tracks.track]
    axis = np.array([pose.rotation[:, 2] for pose in poses]).reshape(-1, 3)[tracks.photo]
    return Triangulated(
        photo=tracks.photo[keep],
        feature=tracks.feature[keep],
        point=tracks.track[keep],
        xyz_enu=point[tracks.track[keep]],
        depth_m=np.einsum("mi,mi->m", away, axis)[keep],
        sigma_rel=1.0 / np.maximum(angle[keep], 1e-6),
    )


def meeting_angle_rad(track: NDArray[np.intp], ray: Array) -> Array:
    """(M,) the angle under which the unit rays (M, 3) of their tracks (M,) meet: that of two rays,
    and of as wide a bundle where there are more."""
    summed = np.stack([np.bincount(track, ray[:, axis]) for axis in range(3)], axis=1)
    length = np.linalg.norm(summed, axis=1) / np.maximum(np.bincount(track), 1)
    return np.asarray(2 * np.arccos(np.clip(length, 0, 1))[track])
