"""A pair of photos: the similarity is found, its covariance is honest, false pairs are refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    EXACT,
    NOISY,
    Errors,
    Shot,
    descriptors,
    photograph,
    relative_errors,
    room_points,
    rotation_vector_rad,
    shot,
    true_pair,
    untagged,
    view,
)
from worldmap.config import PairSettings
from worldmap.frames import cam
from worldmap.records import Features, PairRegistration, PairStatus
from worldmap.registration.matching import Matches, RatioMatcher
from worldmap.registration.overlap import overlap
from worldmap.registration.pair import exp_rotation, pair_residuals, register_pair
from worldmap.registration.pnp import stand_of
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings()
MATCHER = RatioMatcher(ratio=SETTINGS.ratio)

A = shot(1, -2.0, 0.3, heading_deg=8, pitch_deg=2, roll_deg=-3, depth_scale=0.93)
B = shot(2, 1.5, -1.0, heading_deg=-12, pitch_deg=-4, roll_deg=2, depth_scale=1.12)


def two_views(
    errors: Errors = EXACT,
    *,
    a: Shot = A,
    b: Shot = B,
    wrong: float = 0.0,
    points: int = 500,
    seed: int = 0,
) -> tuple[PhotoView, PhotoView]:
    """Both photos; in the second a share of the points is taken for others."""
    room, told = room_points(points, seed), descriptors(points, seed)
    seen_a = photograph(a, room, told, errors, seed=seed)
    seen_b = photograph(b, room, told, replace(errors, wrong=wrong), seed=seed)
    return view(a, seen_a, errors, seed=seed), view(b, seen_b, errors, seed=seed)


def register(views: tuple[PhotoView, PhotoView], **settings: object) -> PairRegistration:
    return register_pair(*views, MATCHER, SETTINGS.model_copy(update=settings))


def errors_of(found: PairRegistration, a: Shot = A, b: Shot = B) -> tuple[float, float, float]:
    assert found.a_from_b is not None, found.reason
    return relative_errors(found.a_from_b, true_pair(a, b))


def with_features(of: PhotoView, **changes: NDArray[Any]) -> PhotoView:
    return replace(of, features=replace(of.features, **changes))  # type: ignore[arg-type]


# --- the right answer -------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [0.0, 0.4])
@pytest.mark.parametrize("tilt_deg", [0.3, 3.0])
def test_exact_matches_give_the_exact_similarity(wrong: float, tilt_deg: float) -> None:
    """With 40 % wrong matches too, whether the tilt is well known (levelled hypotheses) or not."""
    found = register(two_views(replace(EXACT, tilt_deg=tilt_deg), wrong=wrong))
    assert found.status == PairStatus.ACCEPTED
    assert found.reason == ""
    off_deg, off_m, off_log_scale = errors_of(found)
    assert off_deg < 0.01
    assert off_m < 0.005
    assert abs(off_log_scale) < 0.001
    assert found.inliers > 60
    assert found.rmse_px < 1.5
    assert found.overlap > 0.3
    assert found.in_front < 0.01
    assert (found.a_from_b.to, found.a_from_b.source) == (cam("1"), cam("2"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noisy_depth_and_pixels_and_wrong_matches(seed: int) -> None:
    """1.5 pixels, 3 % of depth, tilts off, and 40 % wrong."""
    errors = replace(NOISY, depth_rel=0.03, told_depth_rel=0.03, tilt_deg=1.5)
    found = register(two_views(errors, wrong=0.4, seed=seed))
    assert found.status == PairStatus.ACCEPTED, found.reason
    off_deg, off_m, off_log_scale = errors_of(found)
    assert off_deg < 0.6
    assert off_m < 0.15
    assert abs(off_log_scale) < 0.025
    assert 0.5 < found.rmse_px < 20


def test_wrong_matches_are_not_among_the_inliers() -> None:
    a, b = two_views(wrong=0.4)
    found = register((a, b))
    index = found.inlier_index
    assert index.shape == (found.inliers, 2)
    assert len(np.unique(index[:, 0])) == len(np.unique(index[:, 1])) == found.inliers
    predicted = a.camera.project(
        true_pair(A, B).apply(b.features.xyz_cam[index[:, 1]].astype(np.float64))
    )
    off_px = np.linalg.norm(predicted - a.features.uv_px[index[:, 0]], axis=1)
    assert off_px.max() < 30  # points nearly behind each other cannot be told apart
    assert np.median(off_px) < 0.01
    assert found.matches - found.inliers > 0.25 * found.matches


def test_either_photo_may_come_first() -> None:
    a, b = two_views(NOISY)
    forward, backward = register((a, b)), register((b, a))
    assert forward.a_from_b is not None
    assert backward.a_from_b is not None
    off = relative_errors(backward.a_from_b.inverse(), forward.a_from_b)
    assert off[0] < 0.1
    assert off[1] < 0.05
    assert abs(off[2]) < 0.01


def test_the_same_pair_gives_the_same_answer() -> None:
    first, second = (register(two_views(NOISY, wrong=0.4)) for _ in range(2))
    assert np.array_equal(first.a_from_b.matrix, second.a_from_b.matrix)
    assert np.array_equal(first.inlier_index, second.inlier_index)
    assert np.array_equal(first.covariance, second.covariance)  # type: ignore[arg-type]


def test_tags_of_place_and_heading_have_no_say() -> None:
    """They are for `judge_pairs`; a pair is what the two photos show."""
    a, b = two_views(NOISY)
    told = register((a, b))
    untold = register((untagged(a), untagged(b)))
    assert np.array_equal(told.a_from_b.matrix, untold.a_from_b.matrix)


def test_a_photo_turned_upside_down_by_its_tags_is_found_without_its_level() -> None:
    """Where the tilt is not known, perspective-n-point needs no level."""
    lying = shot(2, 1.5, -1.0, heading_deg=-12, roll_deg=90)
    a, b = two_views(replace(EXACT, tilt_deg=40.0), b=lying)
    found = register((a, replace(b, roll_deg=60.0, tilt_sigma_deg=40.0)))
    assert found.status == PairStatus.ACCEPTED, found.reason
    assert errors_of(found, b=lying)[0] < 0.05


def test_perspective_n_point_both_ways() -> None:
    """From either photo's depths to the other's image: both give the similarity."""
    from worldmap.registration.pair import _observations, _pnp_hypotheses

    a, b = two_views()
    data = _observations(a, b, MATCHER.match(a.features, b.features).index, SETTINGS)
    found = _pnp_hypotheses(data)
    true = true_pair(A, B)
    assert len(found) == 2
    for rotation, translation_m, scale in found:
        assert np.allclose(rotation, true.rotation, atol=1e-3)
        assert np.allclose(translation_m, true.translation_m, atol=0.02)
        assert scale == pytest.approx(true.scale, rel=1e-3)


def test_perspective_n_point_is_the_same_each_time() -> None:
    """Whatever was drawn before: what draws is OpenCV's, and takes no seed."""
    rng = np.random.default_rng(0)
    xyz = rng.uniform((-5, -5, 10), (5, 5, 20), (80, 3))
    ray = xyz[:, :2] / xyz[:, 2:] + rng.normal(0, 0.002, (80, 2))
    ray[:50] = rng.uniform(-0.5, 0.5, (50, 2))
    told = []
    for seed in range(5):
        cv2.setRNGSeed(seed)
        stand = stand_of(xyz, ray, 0.006, tries=300)
        assert stand is not None
        told.append(b"".join(part.tobytes() for part in stand))
    assert len(set(told)) == 1


def test_the_covariance_is_honest() -> None:
    """Over noise draws, the error in sigmas (7 numbers) has the mean of a chi-squared of 7."""
    squared = []
    for seed in range(10):
        found = register(two_views(NOISY, seed=seed, points=300))
        true = true_pair(A, B)
        turn = rotation_vector_rad(found.a_from_b.rotation @ true.rotation.T)
        off = np.concatenate(
            (
                turn,
                found.a_from_b.translation_m - true.translation_m,
                [np.log(found.a_from_b.scale / true.scale)],
            )
        )
        # The covariance is of a perturbation R ← exp(ω) R about a's camera, t moved besides.
        squared.append(off @ np.linalg.solve(found.covariance, off))  # type: ignore[arg-type]
    # Told sigmas within a factor of two of the real ones.
    assert 7 / 4 < np.mean(squared) < 7 * 4


def test_the_jacobian_is_the_slope_of_the_residual() -> None:
    from worldmap.registration.pair import _observations

    a, b = two_views(NOISY)
    data = _observations(a, b, MATCHER.match(a.features, b.features).index, SETTINGS)
    true = true_pair(A, B)
    pose = (true.rotation[None], true.translation_m[None], np.array([true.scale]))
    jacobian = pair_residuals(data, *pose)[1]
    step = 1e-6
    for k in range(7):
        ahead, behind = (
            pair_residuals(
                data,
                exp_rotation(side * step * np.eye(7)[k, :3]) @ pose[0],
                pose[1] + side * step * np.eye(7)[k, 3:6],
                pose[2] * np.exp(side * step * np.eye(7)[k, 6]),
            )[0]
            for side in (1, -1)
        )
        assert np.allclose(jacobian[..., k], (ahead - behind) / (2 * step), atol=1e-5)


# --- refused ----------------------------------------------------------------------------------


def assert_refused(found: PairRegistration, reason: str) -> None:
    assert found.status == PairStatus.REJECTED
    assert reason in found.reason
    assert found.matches >= found.inliers == len(found.inlier_index)


def test_scales_out_of_the_gate() -> None:
    """Both depth maps are told to 10 %; one photo's is 1.8 times the other's."""
    found = register(two_views(b=replace(B, depth_scale=0.93 * 1.8)))
    assert_refused(found, "depth scales differ by 1.8")
    assert found.a_from_b is not None
    assert found.covariance is not None


def test_a_wide_scale_prior_lets_the_same_pair_through() -> None:
    b = replace(B, depth_scale=0.93 * 1.8)
    found = register(two_views(replace(EXACT, scale_rel=0.4), b=b))
    assert found.status == PairStatus.ACCEPTED
    assert found.a_from_b.scale == pytest.approx(1.8, rel=1e-3)


def test_up_directions_that_differ() -> None:
    """The matches are perfect, but one photo's level says otherwise: a look-alike, turned."""
    a, b = two_views(replace(EXACT, tilt_deg=1.2))
    found = register((a, replace(b, pitch_deg=b.pitch_deg + 12.0)))
    assert_refused(found, "up directions differ by 1")


def test_a_cloud_in_front_of_what_the_other_saw() -> None:
    a, b = two_views()
    grid = b.features.grid_depth_m.copy()
    grid[15:35, 20:60] *= 0.4  # something that stands where the first photo saw the wall behind
    found = register((a, with_features(b, grid_depth_m=grid)))
    assert_refused(found, "of one cloud stands in front of what the other saw")
    assert found.in_front > SETTINGS.max_in_front
    lenient = register((a, with_features(b, grid_depth_m=grid)), max_in_front=0.9)
    assert lenient.status == PairStatus.ACCEPTED


def test_too_few_matches() -> None:
    """Only a handful of points is known to both."""
    room, told = room_points(500), descriptors(500)
    a = photograph(A, room, told)
    other = descriptors(500, seed=9)
    b = photograph(B, room, np.where(np.arange(500)[:, None] < 25, told, other))
    found = register((view(A, a), view(B, b)))
    assert_refused(found, "matches, 12 needed")
    assert found.a_from_b is None
    assert np.isnan(found.rmse_px)


def test_matches_that_fit_nothing() -> None:
    """Every match is wrong."""
    found = register(two_views(wrong=1.0))
    assert found.matches > 50
    assert_refused(found, "matches fit one geometry, 12 needed")


def test_no_features_at_all() -> None:
    a, b = two_views()
    nothing = with_features(b, xyz_cam=np.full_like(b.features.xyz_cam, np.nan))
    found = register((a, nothing))
    assert_refused(found, "0 matches, 12 needed")


def test_a_skyline_leaves_the_distance_between_photos_open() -> None:
    """Right matches, a hundred metres away: nobody can tell from them where the photos stand."""
    rng = np.random.default_rng(0)
    skyline = np.column_stack(
        (rng.uniform(-15, 15, 30), rng.uniform(-110, -100, 30), rng.uniform(0, 20, 30))
    )
    told = descriptors(30)
    errors = replace(EXACT, told_depth_rel=0.2)
    shots = (replace_heading(A, 175), replace_heading(B, 188))
    views = (view(of, photograph(of, skyline, told, boxes=()), errors) for of in shots)
    a, b = (with_features(v, depth_sigma_rel=np.full(len(v.features), 0.2)) for v in views)
    assert_refused(register((a, b)), "so far away that their distance stays open (±")


def replace_heading(of: Shot, heading_deg: float) -> Shot:
    x, y, _ = of.enu_from_cam.translation_m
    return shot(of.photo_id, x, y, heading_deg=heading_deg)


def test_shared_things_whose_depth_is_too_poor() -> None:
    """Near enough for the image, but no depth to tell how far apart the photos are."""
    assert_refused(register(two_views(replace(EXACT, told_depth_rel=0.1))), "too far away for its")
    assert register(two_views(replace(EXACT, told_depth_rel=0.05))).status == PairStatus.ACCEPTED


def test_matches_in_one_spot() -> None:
    """A poster that hangs in two places."""
    rng = np.random.default_rng(0)
    spot = np.array((0.2, 4.0, 1.6)) + rng.normal(size=(500, 3)) * (0.015, 0.0, 0.015)
    told = descriptors(500)
    wall = ((-1.0, 4.0, 0.0, 1.5, 5.0, 3.0),)
    views = (view(of, photograph(of, spot, told, boxes=wall)) for of in (A, B))
    found = register(tuple(views))  # type: ignore[arg-type]
    assert_refused(found, "its matches sit in one spot")
    assert found.inliers > 100


@dataclass(frozen=True)
class Told:
    """A matcher that has been told."""

    index: NDArray[np.int32]

    def settings_hash(self) -> str:
        return ""

    def match(self, a: Features, b: Features) -> Matches:
        return Matches(index=self.index, quality=np.ones(len(self.index)))


def test_any_matcher_will_do() -> None:
    a, b = two_views()
    index = MATCHER.match(a.features, b.features).index[:40]
    found = register_pair(a, b, Told(index), SETTINGS)
    assert found.status == PairStatus.ACCEPTED
    assert found.matches == 40


# --- matches ----------------------------------------------------------------------------------


def test_each_feature_is_matched_once_and_rightly() -> None:
    a, b = two_views()
    matches = MATCHER.match(a.features, b.features)
    assert len(matches) > 100
    assert len(np.unique(matches.index[:, 0])) == len(matches)
    assert len(np.unique(matches.index[:, 1])) == len(matches)
    assert (np.diff(matches.index[:, 0]) > 0).all()
    assert ((matches.quality > 0) & (matches.quality <= 1.001)).all()
    of_a, of_b = (
        f.descriptor[matches.index[:, k]].astype(int)
        for k, f in enumerate((a.features, b.features))
    )
    assert np.abs(of_a - of_b).max() <= 8


def test_what_looks_alike_twice_is_not_matched() -> None:
    """Lowe's ratio: two windows of one kind are no evidence."""
    a, b = two_views()
    index = MATCHER.match(a.features, b.features).index
    twin_of, twin = index[0, 1], index[1, 1]
    descriptor = b.features.descriptor.copy()
    descriptor[twin] = descriptor[twin_of]
    again = MATCHER.match(a.features, replace(b.features, descriptor=descriptor)).index
    assert index[0, 0] not in again[:, 0]


def test_features_without_depth_are_not_matched() -> None:
    a, b = two_views()
    xyz = a.features.xyz_cam.copy()
    xyz[::2] = np.nan
    matches = MATCHER.match(replace(a.features, xyz_cam=xyz), b.features)
    assert len(matches) > 30
    assert (matches.index[:, 0] % 2 == 1).all()


def test_planes_are_matched_among_themselves() -> None:
    a, b = two_views()
    index = MATCHER.match(a.features, b.features).index
    on_plane = np.zeros(len(a.features), dtype=bool)
    on_plane[index[:20, 0]] = True
    of_b = np.zeros(len(b.features), dtype=bool)
    assert len(MATCHER.match(replace(a.features, on_plane=on_plane), b.features)) == len(index) - 20
    of_b[index[:20, 1]] = True
    both = MATCHER.match(replace(a.features, on_plane=on_plane), replace(b.features, on_plane=of_b))
    assert np.array_equal(both.index, index)


# --- overlap ----------------------------------------------------------------------------------


def test_overlap_of_the_truth_and_of_a_wrong_pose() -> None:
    a, b = two_views()
    right = overlap(a.features, b.features, true_pair(A, B))
    assert right.agreeing > 0.3
    assert right.in_front < 0.01
    back = overlap(b.features, a.features, true_pair(A, B).inverse())
    assert (back.agreeing, back.in_front) == (right.agreeing, right.in_front)
    near = replace(true_pair(A, B), translation_m=true_pair(A, B).translation_m - (0, 0, 4.0))
    wrong = overlap(a.features, b.features, near)
    assert wrong.agreeing < 0.5 * right.agreeing
    assert wrong.in_front > 0.3


def test_photos_that_look_apart_do_not_overlap() -> None:
    away = shot(2, 1.5, -1.0, heading_deg=180)
    a, b = two_views(b=away, points=50)
    seen = overlap(a.features, b.features, true_pair(A, away))
    assert (seen.agreeing, seen.in_front) == (0.0, 0.0)
