"""How many photos ought to show what a photo shows, were its tags right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.records import Features, PlacedPose
from worldmap.registration.overlap import ThinnedSurface
from worldmap.registration.pair import exp_rotation
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

# Two photos match what either sees from about the same side and about as large: a feature turned by
# more, or of another octave, looks different (Mikolajczyk et al., A comparison of affine region
# detectors, IJCV 65, 2005, figures 13-16).
_SIDEWAYS_DEG, _TIMES = 35.0, 2.0
# Which share of the pairs match of whose surfaces each sees such a share of the other's so: counted
# on twelve streets of two generators.
_SHARE, _MATCHES = (0.01, 0.03, 0.075, 0.15, 0.25), (0.0, 0.25, 0.6, 0.9, 1.0)
# Of the pose, which is as vague as tags are, so many draws are asked, and of surfaces so many
# points: a share to some per cent.
_DRAWS, _POINTS = 24, 400
# Whoever stands further away has what a photo shows too small.
_NEAREST = 16


def expected_partners(
    pose: PlacedPose, others: Sequence[PlacedPose], views: Mapping[int, PhotoView]
) -> float:
    """Of how many of the others it is to be expected that they match a photo that stands where
    `pose` says, as sure as that is: each sees a good part of what the other's depth map shows, from
    about the same side and about as large. Who stands between them is not asked.

    The photo stands as high as those around it where its own height does not speak against that:
    heights of tags are vaguer than streets are steep.
    """
    own = _points(views[pose.photo_id].features, pose.depth_scale)
    if not len(own):
        return 0.0
    about = [other.about(pose.site) for other in others]
    off = np.array([each.enu_from_cam.translation_m for each in about]).reshape(-1, 3)
    off -= pose.enu_from_cam.translation_m
    away_m = np.hypot(off[:, 0], off[:, 1])
    reach_m = _TIMES * float(np.linalg.norm(own, axis=1).max())
    reach_m += reach_m / _TIMES + 3.0 * float(max(pose.position_sigma_m[:2]))
    nearest = [k for k in np.argsort(away_m, kind="stable") if away_m[k] <= reach_m][:_NEAREST]
    if not nearest:
        return 0.0
    around_m = float(np.median([about[k].enu_from_cam.translation_m[2] for k in nearest]))
    rotation, centre = _drawn(pose, around_m)
    viewer = views[pose.photo_id].features
    expected = 0.0
    for k in nearest:
        other = about[k]
        features = views[other.photo_id].features
        theirs = _points(features, other.depth_scale)
        stands = (other.enu_from_cam.rotation[None], other.enu_from_cam.translation_m[None])
        there = _seen_alike(own, (rotation, centre), features, stands)
        back = _seen_alike(theirs, stands, viewer, (rotation, centre))
        expected += float(np.interp(np.minimum(there, back), _SHARE, _MATCHES).mean())
    return expected


def _points(features: Features, scale: float) -> Array:
    """(N, 3) of a photo's surface in its camera, in metres."""
    xyz = ThinnedSurface.of(features).xyz
    return np.asarray(scale * xyz[:: max(1, len(xyz) // _POINTS)])


def _drawn(pose: PlacedPose, around_m: float) -> tuple[Array, Array]:
    """Rotations (D, 3, 3) and centres (D, 3) of the pose as far as it is known, the same ones each
    time; at the height of those around where that may be."""
    values, vectors = np.linalg.eigh(pose.covariance[:6, :6])
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    off = np.random.default_rng(0).standard_normal((_DRAWS, 6)) @ root.T
    turn = np.stack([exp_rotation(each) for each in off[:, :3]])
    centre = pose.enu_from_cam.translation_m + off[:, 3:]
    up_m = float(pose.enu_from_cam.translation_m[2])
    if abs(up_m - around_m) <= 3.0 * pose.position_sigma_m[2]:
        centre[:, 2] = around_m
    return np.asarray(pose.enu_from_cam.rotation @ turn), centre


def _seen_alike(
    xyz_cam: Array,
    photo: tuple[Array, Array],
    viewer: Features,
    stands: tuple[Array, Array],
) -> Array:
    """(D,) which share of a photo's points (N, 3) a viewer sees, from about the same side and about
    as large, where either has D or one rotations (D, 3, 3) and centres (D, 3)."""
    xyz_enu = xyz_cam @ photo[0].transpose(0, 2, 1) + photo[1][:, None]
    from_viewer = xyz_enu - stands[1][:, None]
    from_photo = xyz_enu - photo[1][:, None]
    far_m, own_m = np.linalg.norm(from_viewer, axis=2), np.linalg.norm(from_photo, axis=2)
    cosine = np.einsum("dni,dni->dn", from_viewer, from_photo) / np.maximum(far_m * own_m, 1e-9)
    alike = cosine > np.cos(np.deg2rad(_SIDEWAYS_DEG))
    alike &= (far_m < _TIMES * own_m) & (own_m < _TIMES * far_m)
    camera = viewer.grid_camera
    alike &= camera.in_picture(camera.project(from_viewer @ stands[0]))
    return np.asarray(alike.mean(axis=1))
