"""Which photos a new solution leaves where they are.

Solving again moves every photo by micrometres, and each of them would mean other tiles. A photo
that moved by less than matters keeps the pose that the catalog has of it. It is always the new pose
that is compared with the kept one, so that small steps do not add up unseen: the first that leads
further away than the limits counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from worldmap.camera import Lens
from worldmap.records import PlacedPose, SolvedPose

_POSITION_M = 1e-3
_TURN_RAD = 2e-5
"""1 mm at a range of 50 m; the same for scale and focal length."""
_RELATIVE = 2e-5
_SIGMA_SHARE = 0.1
"""Nor may a pose be off by more than this share of its sigmas, or a sigma by more of itself."""


def keep_unmoved(solved: Iterable[SolvedPose], kept: Mapping[int, SolvedPose]) -> list[SolvedPose]:
    """The solution with the kept pose, about the site of the new one, of each photo that it does
    not move by more than 1 mm, 0.001°, 20 ppm of scale or focal length, and a tenth of each sigma.

    What was found out about the photo besides (residuals, pairs, group) is the new solution's.
    """
    return [_held(pose, kept.get(pose.photo_id)) for pose in solved]


def _held(new: SolvedPose, old: SolvedPose | None) -> SolvedPose:
    if not (isinstance(new, PlacedPose) and isinstance(old, PlacedPose)):
        return new
    before = old.about(new.site)
    return _with_pose_of(new, before) if _is_where_it_was(new, before) else new


def _is_where_it_was(new: PlacedPose, old: PlacedPose) -> bool:
    # What holds a photo decides how its cloud is compared with others'.
    if new.by != old.by:
        return False
    step_m = float(np.linalg.norm(new.enu_from_cam.translation_m - old.enu_from_cam.translation_m))
    turn = new.enu_from_cam.rotation.T @ old.enu_from_cam.rotation
    # |R - 1| in the Frobenius norm is √2 times the angle where it is small, and keeps its digits.
    turn_rad = float(np.linalg.norm(turn - np.eye(3)) / np.sqrt(2))
    sigma_m = float(np.linalg.norm(old.position_sigma_m))
    sigma_rad = float(np.deg2rad(np.linalg.norm(old.rotation_sigma_deg)))
    return (
        step_m <= min(_POSITION_M, _SIGMA_SHARE * sigma_m)
        and turn_rad <= min(_TURN_RAD, _SIGMA_SHARE * sigma_rad)
        and _near(new.depth_scale, old.depth_scale, min(_RELATIVE, _SIGMA_SHARE * _sigma(old)))
        and _same_lens(new.lens, old.lens)
        and _near(_sigma(new), _sigma(old), _SIGMA_SHARE)
        and all(
            _near(a, b, _SIGMA_SHARE)
            for a, b in zip(
                (*new.position_sigma_m, *new.rotation_sigma_deg),
                (*old.position_sigma_m, *old.rotation_sigma_deg),
                strict=True,
            )
        )
    )


def _same_lens(new: Lens, old: Lens) -> bool:
    """To 20 ppm of the focal length wherever a ray goes that is not steeper than 45°."""
    moved = max(
        abs(new.focal_px - old.focal_px),
        abs(new.cx_px - old.cx_px),
        abs(new.cy_px - old.cy_px),
        abs(new.k1 - old.k1) * old.focal_px,
        abs(new.k2 - old.k2) * old.focal_px,
    )
    return moved <= _RELATIVE * old.focal_px


def _sigma(pose: PlacedPose) -> float:
    return pose.scale_sigma_rel


def _near(a: float, b: float, relative: float) -> bool:
    return abs(a - b) <= relative * abs(b)


def _with_pose_of(new: PlacedPose, old: PlacedPose) -> PlacedPose:
    return replace(
        new,
        enu_from_cam=old.enu_from_cam,
        depth_scale=old.depth_scale,
        lens=old.lens,
        covariance=old.covariance,
    )
