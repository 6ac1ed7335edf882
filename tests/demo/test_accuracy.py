"""Scores of solved poses, on hand-made truths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from worldmap.camera import Camera
from worldmap.demo import (
    NONE,
    DemoTruth,
    PhotoTruth,
    StreetPlan,
    pose_accuracy,
    relative_error,
)
from worldmap.demo.accuracy import align, angles_deg, gps_fit_error_m
from worldmap.frames import Frame, RigidTransform, Similarity, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu

SITE = Site(59.0, 18.0, 30.0)

Solved = dict[str, tuple[RigidTransform, float]]


def made_up(count: int = 12, seed: int = 0) -> DemoTruth:
    rng = np.random.default_rng(seed)
    photos = []
    for k in range(count):
        name = f"demo_{k:02d}.jpg"
        centre = np.array((3.0 * k, 4.0 * rng.uniform(-1, 1), rng.uniform(1.5, 1.7)))
        photos.append(
            PhotoTruth(
                name=name,
                enu_from_cam=RigidTransform(
                    to=enu(SITE),
                    source=cam(name),
                    rotation=enu_from_cam_rotation(rng.uniform(0, 360), 3.0, -2.0),
                    translation_m=centre,
                ),
                camera=Camera.centred(64, 48, 50.0),
                depth_scale=float(np.exp(0.1 * rng.standard_normal())),
                gps_enu_m=centre + 5.0 * rng.standard_normal(3),
                gps_sigma_m=5.0,
                heading_tag_deg=None,
                heading_reference="",
                people=(),
            )
        )
    return DemoTruth(
        layout=StreetPlan(),
        noise=NONE,
        seed=0,
        site=SITE,
        photos=tuple(photos),
        pairs=(),
    )


def moved(truth: DemoTruth, by: Similarity, scale: float = 1.0) -> Solved:
    """The truth as it would come out with a common error `by` of the whole area."""
    return {
        p.name: (
            RigidTransform(
                to=enu(SITE),
                source=p.enu_from_cam.source,
                rotation=by.rotation @ p.enu_from_cam.rotation,
                translation_m=by.apply(p.enu_from_cam.translation_m),
            ),
            p.depth_scale * scale,
        )
        for p in truth.photos
    }


def similarity(rotation_vector: np.ndarray, translation_m: np.ndarray, scale: float) -> Similarity:
    return Similarity(
        to=Frame("target"),
        source=Frame("source"),
        rotation=Rotation.from_rotvec(rotation_vector).as_matrix(),
        translation_m=translation_m,
        scale=scale,
    )


def test_the_truth_scores_zero() -> None:
    truth = made_up()
    solved = {p.name: (p.enu_from_cam, p.depth_scale) for p in truth.photos}
    found = pose_accuracy(solved, truth)
    assert (found.photos, found.placed) == (12, 12)
    for name in found.__dataclass_fields__:
        if name.startswith(("position", "rotation", "heading", "tilt", "scale", "area")) and (
            name != "position_gps_fit_m_median"
        ):
            assert getattr(found, name) == pytest.approx(0, abs=1e-6), name
    assert found.position_gps_fit_m_median > 0.5
    assert found.position_absolute_over_gps_fit == pytest.approx(0, abs=1e-6)


@settings(max_examples=30)
@given(
    turn=st.tuples(*[st.floats(-2, 2)] * 3),
    shift=st.tuples(*[st.floats(-50, 50)] * 3),
    scale=st.floats(0.5, 2.0),
)
def test_a_common_similarity_is_taken_out(
    turn: tuple[float, float, float], shift: tuple[float, float, float], scale: float
) -> None:
    truth = made_up()
    by = similarity(np.array(turn), np.array(shift), scale)
    found = pose_accuracy(moved(truth, by, scale), truth)
    assert found.position_similarity_m_max < 1e-6
    assert found.rotation_deg_max < 1e-5
    assert found.rotation_rigid_deg_max < 1e-5
    assert found.scale_relative_pct_median < 1e-9
    assert found.area_scale_pct == pytest.approx(100 * (scale - 1), abs=1e-9)
    assert found.scale_pct_median == pytest.approx(100 * abs(scale - 1), abs=1e-9)
    if scale == 1.0:
        assert found.position_rigid_m_max < 1e-6


def test_rigid_alignment_leaves_the_areas_scale() -> None:
    truth = made_up()
    found = pose_accuracy(moved(truth, similarity(np.zeros(3), np.zeros(3), 1.01)), truth)
    centres = np.array([p.enu_from_cam.translation_m for p in truth.photos])
    expected = 0.01 * np.linalg.norm(centres - centres.mean(axis=0), axis=1)
    assert found.position_rigid_m_median == pytest.approx(np.median(expected), rel=1e-6)
    assert found.position_rigid_m_max == pytest.approx(expected.max(), rel=1e-6)
    assert found.position_rigid_m_p90 == pytest.approx(np.quantile(expected, 0.9), rel=1e-6)


def test_absolute_tilt_and_position_are_not_aligned() -> None:
    truth = made_up()
    leaning = similarity(np.deg2rad((1.5, 0, 0)), np.array((3.0, 0, 4.0)), 1.0)
    found = pose_accuracy(moved(truth, leaning), truth)
    assert found.tilt_absolute_deg_median == pytest.approx(1.5, abs=1e-6)
    assert found.tilt_deg_median == pytest.approx(0, abs=1e-6)
    only_shifted = similarity(np.zeros(3), np.array((3.0, 0, 4.0)), 1.0)
    found = pose_accuracy(moved(truth, only_shifted), truth)
    assert found.position_absolute_m_median == pytest.approx(5.0)
    assert found.tilt_absolute_deg_median == pytest.approx(0, abs=1e-9)


def test_single_errors_are_seen_in_the_right_figure() -> None:
    truth = made_up(count=200)
    rng = np.random.default_rng(1)
    solved: Solved = {}
    for p in truth.photos:
        yaw = Rotation.from_rotvec((0, 0, np.deg2rad(0.5 * rng.choice((-1, 1))))).as_matrix()
        pose = RigidTransform(
            to=enu(SITE),
            source=p.enu_from_cam.source,
            rotation=yaw @ p.enu_from_cam.rotation,
            translation_m=p.enu_from_cam.translation_m,
        )
        solved[p.name] = (pose, p.depth_scale * (1 + 0.02 * float(rng.choice((-1, 1)))))
    found = pose_accuracy(solved, truth)
    assert found.heading_deg_median == pytest.approx(0.5, abs=0.1)
    assert found.rotation_deg_median == pytest.approx(0.5, abs=0.1)
    assert found.tilt_deg_median == pytest.approx(0, abs=1e-6)
    assert found.scale_pct_median == pytest.approx(2.0, abs=1e-6)
    assert found.position_rigid_m_max < 1e-9
    by_name = {photo.name: photo for photo in found.per_photo}
    assert by_name["demo_07.jpg"].heading_deg == pytest.approx(0.5, abs=0.1)


def test_robust_alignment_ignores_a_minority() -> None:
    truth = made_up()
    by = similarity(np.array((0.1, -0.2, 1.0)), np.array((10.0, -5.0, 2.0)), 1.0)
    solved = moved(truth, by)
    for name in ("demo_02.jpg", "demo_05.jpg", "demo_11.jpg"):
        pose, scale = solved[name]
        away = RigidTransform(
            to=enu(SITE),
            source=pose.source,
            rotation=pose.rotation,
            translation_m=pose.translation_m + np.array((20.0, 15.0, -9.0)),
        )
        solved[name] = (away, scale)
    plain, robust = pose_accuracy(solved, truth), pose_accuracy(solved, truth, robust=True)
    assert plain.position_rigid_m_median > 1.0
    assert robust.position_rigid_m_median < 1e-3
    assert robust.position_similarity_m_median < 1e-3
    assert robust.position_rigid_m_max > 20.0


def test_few_photos_have_no_alignment() -> None:
    truth = made_up()
    assert align(np.zeros((2, 3)), np.zeros((2, 3)), with_scale=True) is None
    two = {p.name: (p.enu_from_cam, p.depth_scale) for p in truth.photos[:2]}
    found = pose_accuracy(two, truth)
    assert found.placed == 2
    assert np.isnan(found.position_rigid_m_median)
    assert found.position_absolute_m_median == 0
    nothing = pose_accuracy({}, truth)
    assert (nothing.photos, nothing.placed) == (12, 0)
    assert np.isnan(nothing.scale_pct_median)
    with pytest.raises(KeyError):
        pose_accuracy({"other.jpg": two["demo_00.jpg"]}, truth)


def test_a_line_of_photos_aligns_without_a_mirror() -> None:
    line = np.stack((np.arange(5.0), np.zeros(5), np.zeros(5)), axis=-1)
    shifted = line + np.array((1.0, 2.0, 3.0))
    found = align(line, shifted, with_scale=True)
    assert found is not None
    np.testing.assert_allclose(found.apply(line), shifted, atol=1e-9)


def test_gps_fit_is_exact_with_exact_gps() -> None:
    truth = made_up()
    names = [p.name for p in truth.photos]
    assert len(gps_fit_error_m(truth, names[:1])) == 0
    errors = gps_fit_error_m(truth, names)
    assert 0.3 < np.median(errors) < 8
    object.__setattr__(truth.photos[0], "gps_enu_m", None)
    assert len(gps_fit_error_m(truth, names)) == len(names)


def test_relative_error_of_a_pair_in_given_depths() -> None:
    truth = made_up()
    a, b = truth.photos[0], truth.photos[1]
    a_from_b = truth.a_from_b(a.name, b.name)
    assert relative_error(truth, a.name, b.name, a_from_b) == pytest.approx((0, 0, 0), abs=1e-9)
    # A point as each photo's own depth has it must meet through a_from_b.
    point = np.array((5.0, 9.0, 2.0))
    in_a = a.enu_from_cam.inverse().apply(point) / a.depth_scale
    in_b = b.enu_from_cam.inverse().apply(point) / b.depth_scale
    np.testing.assert_allclose(a_from_b.apply(in_b), in_a, atol=1e-9)
    off = Similarity(
        to=a_from_b.to,
        source=a_from_b.source,
        rotation=Rotation.from_rotvec((0, np.deg2rad(2.0), 0)).as_matrix() @ a_from_b.rotation,
        translation_m=a_from_b.translation_m + np.array((0.3, 0, 0)) / a.depth_scale,
        scale=a_from_b.scale * 1.05,
    )
    degrees, metres, percent = relative_error(truth, a.name, b.name, off)
    assert degrees == pytest.approx(2.0)
    assert metres == pytest.approx(0.3)
    assert percent == pytest.approx(5.0)


@given(angle=st.floats(1e-7, 3.14))
def test_angles_are_exact_from_tiny_to_half_a_turn(angle: float) -> None:
    turned = Rotation.from_rotvec((0.0, angle, 0.0)).as_matrix()[None]
    assert angles_deg(np.eye(3)[None], turned)[0] == pytest.approx(np.rad2deg(angle), rel=1e-6)
