"""Pairs that were refused for their camera's lens are judged again when that is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    CAMERA,
    NOISY,
    Shot,
    descriptors,
    photograph,
    relative_errors,
    room_points,
    shot,
    true_pair,
    view,
)
from worldmap.camera import Camera
from worldmap.config import PairSettings
from worldmap.records import CameraCalibration, PairRegistration, SolvedPose
from worldmap.registration.calibrated import (
    calibrated,
    known_lenses,
    lenses_so_far,
    refused_for_their_lens,
)
from worldmap.registration.features import relifted
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.pair import register_pair
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings()
# A wide lens that bends its corners by a quarter, of which the tags say nothing.
CORNER = float(np.hypot(500.0, 375.0) / 800.0)
BENT = replace(CAMERA, distortion=(0.25 / CORNER**2, 0.0, 0.0, 0.0, 0.0))
A = shot(1, -3.0, 0.3, heading_deg=25, pitch_deg=2, roll_deg=-3, depth_scale=0.93)
B = shot(2, 2.5, -1.0, heading_deg=-25, pitch_deg=-4, roll_deg=2, depth_scale=1.12)


def told_as(camera: Camera, of: Shot, true: Camera) -> PhotoView:
    """A photo through `true` that is taken for one through `camera`."""
    room, names = room_points(500), descriptors(500)
    features = photograph(replace(of, camera=true), room, names, NOISY)
    return view(replace(of, camera=camera), relifted(features, true, camera), NOISY)


def registered(a: PhotoView, b: PhotoView) -> PairRegistration:
    return register_pair(a, b, RatioMatcher(ratio=SETTINGS.ratio), SETTINGS)


def no_poses(photos: Collection[int]) -> list[SolvedPose]:
    return []


def told(lens: tuple[float, ...], sigma: float = 0.001) -> CameraCalibration:
    return CameraCalibration(
        camera_key="one camera",
        lens=np.array(lens),
        covariance=np.eye(5) * sigma**2,
        focal_spread_rel=0.0,
        image_sigma_px=0.3,
        width_px=1000,
        height_px=750,
        tag_focal_px=800.0,
        photo_ids=(1, 2),
    )


def test_with_its_lens_known_a_pair_fits_and_as_it_is() -> None:
    views = {of.photo_id: told_as(CAMERA, of, BENT) for of in (A, B)}
    found = told((0.0, 0.0, 0.0, 0.25, 0.0))
    lenses = known_lenses(views.keys(), views, (), [found])
    assert lenses[1].k1 == pytest.approx(BENT.distortion[0])
    before = registered(views[1], views[2])
    again = registered(*(calibrated(views[i], lenses[i]) for i in (1, 2)))
    assert again.fits
    assert again.inliers > 1.5 * before.inliers
    assert again.a_from_b is not None
    turn_deg, off_m, _ = relative_errors(again.a_from_b, true_pair(A, B))
    assert turn_deg < 0.6
    assert off_m < 0.05


def test_what_is_asked_again() -> None:
    """Pairs that had matches and did not fit, of cameras that are plainly not as told."""
    views = {of.photo_id: told_as(CAMERA, of, CAMERA) for of in (A, B)}
    pair = registered(views[1], views[2])
    refused = replace(pair, own_reason="11 matches fit one geometry, 20 needed")
    bent = told((0.0, 0.0, 0.0, 0.02, 0.0))
    assert refused_for_their_lens([refused], views, [bent], SETTINGS) == [refused]
    assert refused_for_their_lens([pair], views, [bent], SETTINGS) == []
    few = replace(refused, matches=SETTINGS.min_inliers - 1)
    assert refused_for_their_lens([few], views, [bent], SETTINGS) == []
    # A tenth of a per cent is less than a feature may be off; 2 % that may be 5 % are not known.
    hardly, vague = told((0.001, 0, 0, 0, 0)), told((0.02, 0, 0, 0, 0), sigma=0.05)
    assert refused_for_their_lens([refused], views, [hardly, vague], SETTINGS) == []
    other = replace(bent, camera_key="another camera")
    assert refused_for_their_lens([refused], views, [other], SETTINGS) == []


def test_a_later_merge_starts_from_what_the_camera_is_known_to_be() -> None:
    views = {of.photo_id: told_as(CAMERA, of, CAMERA) for of in (A, B)}
    before, now = told((0.0, 0.0, 0.0, 0.01, 0.0)), told((0.0, 0.0, 0.0, 0.02, 0.0))
    found = lenses_so_far(views, no_poses, [before, now], SETTINGS)
    assert found == known_lenses(views.keys(), views, (), [now])
    # Where the newest says that the tags were right, or of another camera, tags are enough.
    right = told((0.001, 0.0, 0.0, 0.0, 0.0))
    assert lenses_so_far(views, no_poses, [before, right], SETTINGS) == {}
    assert lenses_so_far(views, no_poses, [replace(now, camera_key="another")], SETTINGS) == {}
