"""Tracks and bundle adjustment: focal length, scales and poses come back, sigmas are honest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    CAMERA,
    EXACT,
    NOISY,
    SITE,
    Errors,
    Shot,
    descriptors,
    pair,
    photograph,
    pose_errors,
    room_points,
    rotation_vector_rad,
    shared_index,
    shot,
    untagged,
    view,
    views_of,
    walk,
)
from tests.helpers.view_makers import WALL_Y_M
from worldmap.camera import Camera
from worldmap.config import PairSettings, SolverSettings
from worldmap.demo.accuracy import umeyama
from worldmap.frames import Similarity, cam, enu_from_cam_rotation, nearest_rotation
from worldmap.geodesy import enu
from worldmap.records import PairRegistration
from worldmap.registration.bundle import BundleSolution, bundle_adjust, bundle_roughly
from worldmap.registration.bundle.problem import Problem
from worldmap.registration.bundle.residuals import jacobians, residuals
from worldmap.registration.bundle.rigs import Rigs
from worldmap.registration.bundle.sensors import sensors_of
from worldmap.registration.bundle.state import POSE, State, observe
from worldmap.registration.priors import LEVEL_SHARED_RAD, Priors
from worldmap.registration.tracks import Tracks, build_tracks, held_together, of_photos
from worldmap.registration.view import PhotoView

PAIRS, SOLVER = PairSettings(), SolverSettings()


def centred(shots: list[Shot]) -> list[Shot]:
    """The same with scales whose mean is one."""
    mean = float(np.exp(np.mean([np.log(s.depth_scale) for s in shots])))
    return [replace(s, depth_scale=s.depth_scale / mean) for s in shots]


SHOTS = centred(walk(4, seed=2))


def matched(views: Mapping[int, PhotoView], shots: list[Shot]) -> list[PairRegistration]:
    """Every pair with the points that both photos see as inliers."""
    return [
        pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id]))
        for n, a in enumerate(shots)
        for b in shots[n + 1 :]
    ]


def shaken(shots: list[Shot], seed: int = 0, by: float = 1.0) -> dict[int, Similarity]:
    """Starts some 0.3 m, 1° and 3 % off."""
    rng = np.random.default_rng((seed, 8))
    return {
        s.photo_id: Similarity(
            to=enu(SITE),
            source=cam(str(s.photo_id)),
            rotation=s.enu_from_cam.rotation
            @ enu_from_cam_rotation(0, 0, 0).T
            @ enu_from_cam_rotation(*(by * rng.normal(size=3))),
            translation_m=s.enu_from_cam.translation_m + by * 0.3 * rng.normal(size=3),
            scale=s.depth_scale * float(np.exp(by * 0.03 * rng.normal())),
        )
        for s in shots
    }


def adjust(
    views: Mapping[int, PhotoView], shots: list[Shot], *, per_photo: int = 500, seed: int = 0
) -> BundleSolution:
    tracks = build_tracks(views, matched(views, shots), per_photo=per_photo)
    return bundle_adjust(views, tracks, shaken(shots, seed), PAIRS, SOLVER)


def focal(solution: BundleSolution) -> dict[int, float]:
    """Each photo's focal length over the tagged one."""
    return {i: lens.focal_px / 800.0 for i, lens in solution.lenses.items()}


def poses(solution: BundleSolution) -> dict[int, Similarity]:
    return {i: p.enu_from_cam for i, p in solution.poses.items()}


def apart_m(one: BundleSolution, other: BundleSolution) -> float:
    """How far apart photos are at most; where all of them are together is told by tags alone, and
    settled by them when all is solved."""
    ours, theirs = (
        np.array([p.enu_from_cam.translation_m for p in each.poses.values()])
        for each in (one, other)
    )
    fit = umeyama(ours, theirs, np.ones(len(ours)), with_scale=True)
    return float(np.linalg.norm(fit.apply(ours) - theirs, axis=1).max())


# --- tracks -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exact() -> dict[int, PhotoView]:
    return views_of(SHOTS, EXACT, points=400)


def names(tracks: Tracks, views: Mapping[int, PhotoView]) -> list[set[tuple[int, int]]]:
    """Each track as its set of (photo id, feature row)."""
    ids = list(views)
    found: list[set[tuple[int, int]]] = [set() for _ in range(tracks.count)]
    rows = zip(tracks.track, tracks.photo, tracks.feature, strict=True)
    for track, photo, feature in rows:
        found[track].add((ids[photo], int(feature)))
    return found


def test_a_track_is_one_point(exact: dict[int, PhotoView]) -> None:
    """All views of a point, chained over all pairs, and no other point's."""
    tracks = build_tracks(exact, matched(exact, SHOTS), per_photo=10_000)
    seen: dict[bytes, set[tuple[int, int]]] = {}
    told = descriptors(400)
    for i, v in exact.items():
        off = np.abs(v.features.descriptor[:, None].astype(int) - told[None]).max(axis=2)
        for row, point in enumerate(off.argmin(axis=1)):
            seen.setdefault(told[point].tobytes(), set()).add((i, row))
    expected = {frozenset(s) for s in seen.values() if len(s) >= 2}
    assert {frozenset(t) for t in names(tracks, exact)} == expected
    assert tracks.count == len(expected) > 150
    assert len(tracks.photo) == len(tracks.feature) == len(tracks.track)


def test_links_through_a_third_photo_make_one_track(exact: dict[int, PhotoView]) -> None:
    """1-2 and 2-3 suffice; 1-3 need not have been matched."""
    neighbours = [p for p in matched(exact, SHOTS) if p.photo_b - p.photo_a == 1]
    lengths = [len(t) for t in names(build_tracks(exact, neighbours, per_photo=9999), exact)]
    assert max(lengths) == 4
    assert min(lengths) == 2


def test_a_chain_that_meets_a_photo_twice_is_dropped(exact: dict[int, PhotoView]) -> None:
    """A wrong match ties two points together: neither can be believed."""
    pairs = matched(exact, SHOTS)
    whole = names(build_tracks(exact, pairs, per_photo=9999), exact)
    torn = [t for t in whole if {i for i, _ in t} >= {1, 2}][:2]
    (first, second) = (dict(t) for t in torn)
    wrong = np.array([(first[1], second[2])], dtype=np.int32)
    pairs[0] = replace(pairs[0], inlier_index=np.concatenate((pairs[0].inlier_index, wrong)))
    left = names(build_tracks(exact, pairs, per_photo=9999), exact)
    assert len(left) == len(whole) - 2
    assert not any(t & (torn[0] | torn[1]) for t in left)


def test_the_same_place_found_twice_is_no_contradiction(exact: dict[int, PhotoView]) -> None:
    """SIFT gives a place with two orientations twice: one observation of the two stays."""
    views = dict(exact)
    features = views[1].features
    pairs = matched(exact, SHOTS)
    row = int(pairs[0].inlier_index[0, 0])
    twin = len(features)
    views[1] = replace(
        views[1],
        features=replace(
            features,
            **{  # type: ignore[arg-type]
                name: np.concatenate((getattr(features, name), getattr(features, name)[[row]]))
                for name in (
                    "uv_px",
                    "descriptor",
                    "xyz_cam",
                    "depth_sigma_rel",
                    "scale_px",
                    "on_plane",
                )
            },
        ),
    )
    also = np.array([(twin, pairs[0].inlier_index[0, 1])], dtype=np.int32)
    pairs[0] = replace(pairs[0], inlier_index=np.concatenate((pairs[0].inlier_index, also)))
    found = names(build_tracks(views, pairs, per_photo=9999), views)
    assert len(found) == len(
        names(build_tracks(exact, matched(exact, SHOTS), per_photo=9999), exact)
    )
    (track,) = [t for t in found if (1, row) in t]
    assert (1, twin) not in track


def test_each_photo_keeps_its_longest_spread_over_the_image(exact: dict[int, PhotoView]) -> None:
    pairs = matched(exact, SHOTS)
    whole = names(build_tracks(exact, pairs, per_photo=9999), exact)
    tracks = build_tracks(exact, pairs, per_photo=12)
    few = names(tracks, exact)
    assert 12 <= len(few) <= 4 * 12 < len(whole)
    assert {frozenset(t) for t in few} <= {frozenset(t) for t in whole}
    # Every photo shares more than 12 points with all others: it asks for no shorter tracks.
    for i in exact:
        assert sum(len(t) == 4 for t in whole if i in {p for p, _ in t}) > 12
    assert min(len(t) for t in few) == 4
    # More of them: still the longest first, but one of each part of the image before the second.
    for number, v in enumerate(exact.values()):
        more = build_tracks(exact, pairs, per_photo=40)
        uv = v.features.uv_px[more.feature[more.photo == number]]
        assert len(uv) >= 40
        assert (uv.max(axis=0) - uv.min(axis=0) > (500, 200)).all()


def test_no_pairs_no_tracks(exact: dict[int, PhotoView]) -> None:
    tracks = build_tracks(exact, [], per_photo=100)
    assert tracks.count == 0
    assert len(tracks.photo) == 0


def test_photos_that_tracks_hold_together() -> None:
    """Photos 0-1-2 share points, 3-4 others; 5 has too few."""
    seen = [(0, 1)] * 8 + [(1, 2)] * 7 + [(3, 4)] * 9 + [(0, 5)] * 2
    tracks = Tracks(
        photo=np.array([p for pair_ in seen for p in pair_], dtype=np.intp),
        feature=np.arange(2 * len(seen)),
        track=np.repeat(np.arange(len(seen)), 2),
        count=len(seen),
    )
    held = held_together(tracks, 6, least=6)
    assert held.tolist() == [True, True, True, False, False, False]
    assert not held_together(tracks, 6, least=50).any()
    left = of_photos(tracks, held)
    assert left.count == 15
    assert left.photo.tolist() == tracks.photo[:30].tolist()
    assert left.feature.tolist() == list(range(30))
    others = of_photos(tracks, np.array([False, False, False, True, True, True]))
    assert others.count == 9
    assert set(others.photo) == {0, 1}
    assert np.bincount(others.track).tolist() == [2] * 9


# --- bundle adjustment ------------------------------------------------------------------------


def test_exact_observations_give_the_truth(exact: dict[int, PhotoView]) -> None:
    solution = adjust(exact, SHOTS)
    off_m, off_deg, off_scale = pose_errors(poses(solution), SHOTS)
    # The place of all photos, which tags alone hold, settles as each one's beside others does.
    assert off_m.max() < 0.0001
    assert off_deg.max() < 0.01
    assert np.abs(off_scale).max() < 0.001
    assert solution.rmse_px < 0.05
    assert solution.observations > 300
    assert focal(solution)[1] == pytest.approx(1.0, abs=1e-4)


# Turned well apart: what moves over the image as a camera turns tells its focal length.
SHARP = replace(NOISY, pixel_px=0.4)
TURNED = centred(
    [
        shot(1, -5.0, 0.0, heading_deg=30, depth_scale=1.05),
        shot(2, -2.5, -1.0, heading_deg=-15, depth_scale=0.93),
        shot(3, -2.0, 1.0, heading_deg=25, depth_scale=1.1),
        shot(4, 1.0, -2.0, heading_deg=-30, depth_scale=0.9),
        shot(5, 3.1, 0.4, heading_deg=5, depth_scale=1.02),
        shot(6, 4.5, -1.5, heading_deg=-40, depth_scale=1.0),
    ]
)


def wrong_focal(errors: Errors, factor: float, seed: int = 0) -> dict[int, PhotoView]:
    """Photos of a camera whose true focal length is `factor` times the told one."""
    room, told = room_points(400), descriptors(400)
    views = {}
    for s in TURNED:
        true = Camera.centred(1000, 750, factor * 800.0)
        features = photograph(replace(s, camera=true), room, told, errors, seed=seed)
        depth = features.xyz_cam[:, 2].astype(np.float64)
        lifted = s.camera.unproject(features.uv_px.astype(np.float64), depth)
        features = replace(features, xyz_cam=lifted.astype(np.float32))
        views[s.photo_id] = replace(view(s, features, errors, seed=seed), focal_sigma_rel=0.05)
    return views


@pytest.mark.parametrize("factor", [0.98, 1.02])
def test_a_focal_length_two_percent_off_is_found(factor: float) -> None:
    solution = adjust(wrong_focal(EXACT, factor), TURNED)
    for found in focal(solution).values():
        assert found == pytest.approx(factor, rel=0.001)
    off_m, off_deg, off_scale = pose_errors(poses(solution), TURNED)
    assert off_m.max() < 0.05
    assert off_deg.max() < 0.05
    assert np.abs(off_scale).max() < 0.003


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_focal_length_two_percent_off_with_noise(seed: int) -> None:
    solution = adjust(wrong_focal(NOISY, 1.02, seed), TURNED)
    assert focal(solution)[1] == pytest.approx(1.02, rel=0.008)


def test_cameras_of_their_own_have_focal_lengths_of_their_own() -> None:
    views, right = wrong_focal(EXACT, 1.02), wrong_focal(EXACT, 1.0)
    mixed = {
        i: replace(views[i], camera_key="far") if i % 2 else replace(right[i], camera_key="near")
        for i in views
    }
    found = focal(adjust(mixed, TURNED))
    for photo_id, factor in found.items():
        assert factor == pytest.approx(1.02 if photo_id % 2 else 1.0, rel=0.002)


def test_a_trusted_focal_length_is_kept_where_photos_may_not_differ() -> None:
    views = wrong_focal(NOISY, 1.02)
    views = {i: replace(v, focal_sigma_rel=1e-5) for i, v in views.items()}
    tracks = build_tracks(views, matched(views, TURNED), per_photo=500)
    settings = SOLVER.model_copy(update={"calibrate": False})
    found = focal(bundle_adjust(views, tracks, shaken(TURNED), PAIRS, settings))
    assert found[1] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_relative_poses_and_scales_beat_the_noise(seed: int) -> None:
    """1.5 pixels and 2 % of depth a point; centimetres after an alignment, scales to half a
    percent of each other."""
    shots = centred(walk(4, seed=seed + 10))
    views = views_of(shots, NOISY, points=400, seed=seed)
    solution = adjust(views, shots, seed=seed)
    centres = np.array([solution.poses[s.photo_id].enu_from_cam.translation_m for s in shots])
    true = np.array([s.enu_from_cam.translation_m for s in shots])
    fit = umeyama(centres, true, np.ones(4), with_scale=True)
    assert np.linalg.norm(fit.apply(centres) - true, axis=1).max() < 0.05
    off_scale = pose_errors(poses(solution), shots)[2]
    assert np.ptp(off_scale) < 0.012
    assert 0.5 < solution.rmse_px < 3.0


def test_a_rough_solution_knows_about_where_things_are_and_starts_the_whole_one() -> None:
    views = wrong_focal(NOISY, 1.02)
    tracks = build_tracks(views, matched(views, TURNED), per_photo=500)
    rough = bundle_roughly(views, tracks, shaken(TURNED), PAIRS, SOLVER)
    assert rough.lenses[1].focal_px / 800.0 == pytest.approx(1.02, rel=0.005)
    # Its errors are as they were made, and as told.
    told = [views[1].features.depth_sigma_rel.mean() * f for f in rough.depth_factor.values()]
    assert told == pytest.approx(len(told) * [NOISY.depth_rel], rel=0.3)
    assert list(rough.sigma_px.values()) == pytest.approx(len(told) * [NOISY.pixel_px], rel=0.3)
    whole = bundle_adjust(views, tracks, rough.poses, PAIRS, SOLVER, lenses=rough.lenses)
    anew = bundle_adjust(views, tracks, shaken(TURNED), PAIRS, SOLVER)
    assert apart_m(whole, anew) < 0.01


def test_outliers_among_the_tracks_are_left_out() -> None:
    """Every tenth match of the first pair is wrong: bundle adjustment meets what RANSAC let by."""
    views = views_of(SHOTS, NOISY, points=400)
    pairs = matched(views, SHOTS)
    clean = bundle_adjust(
        views, build_tracks(views, pairs, per_photo=500), shaken(SHOTS), PAIRS, SOLVER
    )
    uv = views[2].features.uv_px.copy()
    rows = pairs[0].inlier_index[::10, 1]
    uv[rows] += 60.0
    xyz = views[2].camera.unproject(uv.astype(float), views[2].features.xyz_cam[:, 2].astype(float))
    views[2] = replace(
        views[2],
        features=replace(views[2].features, uv_px=uv, xyz_cam=xyz.astype(np.float32)),
    )
    dirty = bundle_adjust(
        views, build_tracks(views, pairs, per_photo=500), shaken(SHOTS), PAIRS, SOLVER
    )
    assert dirty.observations <= clean.observations - len(rows)
    assert apart_m(dirty, clean) < 0.05
    assert dirty.rmse_px < clean.rmse_px + 0.3


def test_photos_without_tags_are_held_by_the_others(exact: dict[int, PhotoView]) -> None:
    views = {**exact, 2: untagged(exact[2]), 4: untagged(exact[4], position=False)}
    off_m, off_deg, _ = pose_errors(poses(adjust(views, SHOTS)), SHOTS)
    assert off_m.max() < 0.05
    assert off_deg.max() < 0.05


def test_a_shared_gps_offset_is_told_from_noise(exact: dict[int, PhotoView]) -> None:
    """Without it, four photos of one phone would hold their common error for certain."""
    alone = adjust(exact, SHOTS)
    shared = adjust({i: replace(v, shared_key="phone|day") for i, v in exact.items()}, SHOTS)
    for i, of in exact.items():
        sigma = [np.sqrt(s.poses[i].covariance[3, 3]) for s in (alone, shared)]
        common_m = SolverSettings().shared_offset_share * of.horizontal_sigma_m
        assert sigma[1] == pytest.approx(np.hypot(sigma[0], common_m), rel=0.1)


def test_sigmas_are_honest() -> None:
    """Over draws of every error, tags and scales included, errors have the told size within two.

    Errors after the whole photo walk's common turn and place are in position and heading; tilt and
    the photos' relative scales are its own.
    """
    found: dict[str, list[float]] = {k: [] for k in ("east", "north", "up", "heading", "scale")}
    for seed in range(14):
        shots = walk(4, seed=seed, step_m=3.0)
        views = views_of(shots, NOISY, points=250, seed=seed)
        solution = adjust(views, shots, seed=seed)
        for s in shots:
            pose, covariance = (
                solution.poses[s.photo_id].enu_from_cam, solution.poses[s.photo_id].covariance
            )  # fmt: skip
            off = pose.translation_m - s.enu_from_cam.translation_m
            # Turn about camera axes, as the covariance has it; the camera's y axis is about down.
            turn = rotation_vector_rad(s.enu_from_cam.rotation.T @ pose.rotation)
            sigma = np.sqrt(np.diag(covariance))
            found["east"].append(off[0] / sigma[3])
            found["north"].append(off[1] / sigma[4])
            found["up"].append(off[2] / sigma[5])
            found["heading"].append(turn[1] / sigma[1])
            found["scale"].append(np.log(pose.scale / s.depth_scale) / sigma[6])
    size = {name: float(np.sqrt(np.mean(np.square(v)))) for name, v in found.items()}
    assert all(0.5 < s < 2.0 for s in size.values()), size


def a_problem() -> tuple[Problem, State]:
    """Photos of two sensors, one of them upright by turns, with a bent lens; far from its best."""
    views = views_of(SHOTS, NOISY, points=120)
    bent = (0.02, -0.01, 0.002, -0.003, 0.004)
    # An uneven sigma, so that the far depths' common error is in play.
    views = {
        i: replace(
            v,
            shared_key="phone|day",
            camera_key=f"sensor {i % 2}",
            orientation=(6, 1, 8, 3)[i % 4],
            camera=replace(v.camera, distortion=bent) if i % 2 else v.camera,
            up_by_lens=tuple(map(tuple, np.random.default_rng(i).normal(size=(3, 5)).tolist())),
            features=replace(v.features, depth_sigma_rel=v.features.depth_sigma_rel * 3),
        )
        for i, v in views.items()
    }
    tracks = build_tracks(views, matched(views, SHOTS), per_photo=30)
    start = shaken(SHOTS, by=0.3)
    rng = np.random.default_rng(0)
    sensors, priors = sensors_of(views, {}), Priors.of(list(views.values()), 0.2)
    size = POSE * 4 + 5 * sensors.count + 3 * priors.offsets
    problem = Problem(
        observed=observe(views, tracks, PAIRS),
        sensors=sensors,
        priors=priors,
        spread=np.array((0.004, 0.006)),
        sway=np.array((0.002, 0.001)),
        free=np.ones(size, dtype=np.bool_),
        rigs=Rigs.of(list(views.values())),
    )
    state = State(
        rotation=np.array([start[i].rotation for i in views]),
        centre=np.array([start[i].translation_m for i in views]),
        log_scale=np.log([start[i].scale for i in views]),
        far_bias=rng.normal(size=4),
        sway=0.002 * rng.normal(size=(4, 3)),
        deviation=0.005 * rng.normal(size=4),
        lens=0.01 * rng.normal(size=(2, 5)),
        offset=rng.normal(size=(1, 3)),
        point=np.zeros((tracks.count, 3)),
    )
    return problem, state.with_points(problem.observed, sensors)


def test_the_normal_equations_are_the_slope_of_the_cost() -> None:
    """Gradient of half the robust cost by central differences, every kind of parameter."""
    problem, state = a_problem()
    normal = problem.normal(state)
    still, size, step = np.zeros_like(state.point), problem.size, 1e-6

    def slope(push: np.ndarray, points: np.ndarray) -> float:
        ahead, behind = (
            problem.cost(state.moved(side * step * push, side * step * points)) for side in (1, -1)
        )
        return float(ahead - behind) / (2 * step) / 2

    for k in range(size):
        found = slope(np.eye(size)[k], still)
        assert normal.gradient[k] == pytest.approx(found, rel=1e-3, abs=1e-2), k
    for k in range(0, still.size, 17):
        push = np.zeros(still.size)
        push[k] = 1.0
        found = slope(np.zeros(size), push.reshape(-1, 3))
        assert normal.linear.point_gradient.ravel()[k] == pytest.approx(
            found, rel=1e-3, abs=1e-2
        ), k


def test_the_derivatives_are_those_of_the_residuals() -> None:
    """By central differences: turn, centre, scale, far depths and all five numbers of a lens."""
    problem, state = a_problem()
    observed, sensors, step = problem.observed, problem.sensors, 1e-6
    _, by_photo, by_point = jacobians(state, observed, sensors)
    still, nothing = np.zeros_like(state.point), np.zeros(problem.size)

    def slope(push: np.ndarray, points: np.ndarray) -> np.ndarray:
        ahead, behind = (
            residuals(state.moved(side * push, side * points), observed, sensors)
            for side in (step, -step)
        )
        return (ahead - behind) / (2 * step)

    for k in range(POSE):
        push = nothing.copy()
        push[k : POSE * 4 : POSE] = 1.0
        np.testing.assert_allclose(slope(push, still), by_photo[:, :, k], rtol=1e-5, atol=1e-6)
    for k in range(5):
        push = nothing.copy()
        push[problem.first_lens + k : problem.first_offset : 5] = 1.0
        np.testing.assert_allclose(
            slope(push, still), by_photo[:, :, POSE - 1 + k], rtol=1e-5, atol=1e-6
        )
    for k in range(3):
        points = still.copy()
        points[:, k] = 1.0
        np.testing.assert_allclose(slope(nothing, points), by_point[:, :, k], rtol=1e-5, atol=1e-6)


BEFORE_A_WALL = [
    shot(1, -4.0, -8.0, heading_deg=8),
    shot(2, 0.0, -7.5, heading_deg=3),
    shot(3, 4.0, -8.0, heading_deg=-10),
    shot(4, 2.0, -8.5, heading_deg=14, pitch_deg=-8),
]


def before_a_wall(wrong_px: float) -> dict[int, PhotoView]:
    """Photos of a part of a wall 20 m away, and of one thing close by, whose only match is between
    the last two and so many pixels off in the last."""
    rng = np.random.default_rng(5)
    wall = (rng.uniform(-1.0, 6.0, 90), np.full(90, WALL_Y_M), rng.uniform(1.5, 4.8, 90))
    points = np.vstack((np.column_stack(wall), ((2.6, -3.5, 0.9),)))
    told = descriptors(len(points))
    views = {}
    for s in BEFORE_A_WALL:
        found = photograph(s, points, told, SHARP, boxes=())
        near = np.abs(found.descriptor.astype(np.int16) - told[-1]).max(axis=1) <= 8
        assert near.any() or s.photo_id < 3
        descriptor, uv_px = found.descriptor.copy(), found.uv_px.copy()
        if s.photo_id < 3:
            descriptor[near] = 255 - descriptor[near]
        if s.photo_id == 4:
            uv_px[near, 1] += np.float32(wrong_px)
        views[s.photo_id] = view(s, replace(found, descriptor=descriptor, uv_px=uv_px), SHARP)
    return views


def test_one_match_that_no_other_checks_does_not_move_its_photo() -> None:
    """A wall far off leaves open along which line a photo stands; one match close by says where on
    it, right or wrong, and all others would follow. Where it stands is as open as they leave it."""
    true = {s.photo_id: s.enu_from_cam for s in BEFORE_A_WALL}
    places = {}
    for wrong_px in (0.0, 25.0):
        views = before_a_wall(wrong_px)
        tracks = build_tracks(views, matched(views, BEFORE_A_WALL), per_photo=500)
        solved = bundle_adjust(views, tracks, shaken(BEFORE_A_WALL, by=0.1), PAIRS, SOLVER)
        found = poses(solved)
        # Beside the photo next to it, whatever the whole is turned by.
        turn = found[2].rotation @ true[2].rotation.T
        places[wrong_px] = turn.T @ (found[4].translation_m - found[2].translation_m)
        rows = list(solved.poses)
        apart = np.zeros((3, len(solved.joint)))
        for i, sign in ((4, 1.0), (2, -1.0)):
            at = 12 * rows.index(i) + 3
            apart[:, at : at + 3] = sign * np.eye(3)
        sigma_m = np.sqrt(np.diag(apart @ solved.joint @ apart.T))
        off_m = places[wrong_px] - (true[4].translation_m - true[2].translation_m)
        assert (np.abs(off_m) < 3.0 * sigma_m).all()
        assert (sigma_m > 0.1).all()
    assert places[25.0] == pytest.approx(places[0.0], abs=0.01)


# --- lenses -----------------------------------------------------------------------------------


def through(lens: Camera, errors: Errors, shots: list[Shot], seed: int = 0) -> dict[int, PhotoView]:
    """Photos that a camera took which is not the one that is told."""
    room, told = room_points(400), descriptors(400)
    return {
        s.photo_id: view(
            s, photograph(replace(s, camera=lens), room, told, errors, seed=seed), errors, seed=seed
        )
        for s in shots
    }


def test_no_number_of_photos_makes_their_common_level_sure() -> None:
    """A camera's lens tips all their levels alike; those that look the other way tell of that."""
    shots = walk(6)
    solution = adjust(through(CAMERA, NOISY, shots), shots)
    for pose in solution.poses.values():
        up = pose.enu_from_cam.rotation[2]
        across = np.linalg.svd(up[None])[2][1:]
        tilt = np.linalg.eigvalsh(across @ pose.covariance[:3, :3] @ across.T)
        assert np.sqrt(tilt[1]) > 0.95 * LEVEL_SHARED_RAD
        assert np.sqrt(tilt[1]) < 1.5 * LEVEL_SHARED_RAD
        assert tilt[0] < tilt[1] / 2


def test_levels_are_as_the_lens_has_them_that_photos_tell() -> None:
    """Edges that a bent lens tips say where up is as soon as it is known how it bends."""
    bent = replace(CAMERA, distortion=(0.05, 0.0, 0.0, 0.0, 0.0))
    tipped_rad, by_k1 = 0.0125, 0.25
    read = {
        i: replace(v, pitch_deg=v.pitch_deg - np.rad2deg(tipped_rad))
        for i, v in through(bent, NOISY, TURNED).items()
    }
    follows = (5 * (0.0,), 5 * (0.0,), (0.0, 0.0, 0.0, by_k1, 0.0))
    asked = {i: replace(v, up_by_lens=follows) for i, v in read.items()}
    pitched, sigma = {}, {}
    for told in (False, True):
        found = adjust(asked if told else read, TURNED).poses
        off = [
            rotation_vector_rad(
                s.enu_from_cam.rotation.T @ found[s.photo_id].enu_from_cam.rotation
            )[0]
            for s in TURNED
        ]
        pitched[told], sigma[told] = float(np.mean(off)), np.sqrt(found[3].covariance[0, 0])
        assert abs(pitched[told]) < 3 * sigma[told]
    # Photos that look elsewhere are tipped elsewhere.
    assert abs(pitched[True] - pitched[False]) == pytest.approx(tipped_rad, rel=0.25)
    assert sigma[True] < 0.7 * sigma[False]


def test_a_principal_point_off_the_middle_is_found() -> None:
    true = replace(CAMERA, cx_px=CAMERA.cx_px + 6.0, cy_px=CAMERA.cy_px - 4.0)
    solution = adjust(through(true, NOISY, TURNED), TURNED)
    (camera,) = solution.cameras.values()
    for found, sigma, off in zip(
        camera.centre_px, camera.centre_sigma_px, (6.0, -4.0), strict=True
    ):
        assert found == pytest.approx(off, abs=3.5 * sigma)
        assert sigma < 2.5
    assert all(
        v.cx_px == pytest.approx(CAMERA.cx_px + 6.0, abs=3.5) for v in solution.lenses.values()
    )


def test_turned_photos_of_one_sensor_share_a_principal_point() -> None:
    """Three ways to hold the camera: in each the axis meets another place of the upright photo."""
    exact = {
        i: replace(v, orientation={1: 1, 2: 3, 3: 1, 4: 3, 5: 1, 6: 3}[i])
        for i, v in through(CAMERA, EXACT, TURNED).items()
    }
    room, told = room_points(400), descriptors(400)
    for s in TURNED:
        side = 1 if exact[s.photo_id].orientation == 1 else -1
        true = replace(CAMERA, cx_px=CAMERA.cx_px + side * 6.0, cy_px=CAMERA.cy_px - side * 4.0)
        features = photograph(replace(s, camera=true), room, told, EXACT)
        exact[s.photo_id] = replace(exact[s.photo_id], features=features)
    solution = adjust(exact, TURNED)
    (camera,) = solution.cameras.values()
    assert camera.centre_px == pytest.approx((6.0, -4.0), abs=0.2)
    assert solution.lenses[1].cx_px == pytest.approx(CAMERA.cx_px + 6.0, abs=0.2)
    assert solution.lenses[2].cx_px == pytest.approx(CAMERA.cx_px - 6.0, abs=0.2)


@pytest.mark.parametrize("cropped", [(), (3,), (2, 5)])
def test_photos_that_are_cropped_beside_the_middle_are_found(cropped: tuple[int, ...]) -> None:
    """Each has a lens of its own then; the others keep theirs."""
    true = replace(CAMERA, fx_px=960.0, fy_px=960.0, cx_px=CAMERA.cx_px + 60.0)
    views = through(CAMERA, NOISY, TURNED)
    views |= {i: v for i, v in through(true, NOISY, TURNED).items() if i in cropped}
    solution = adjust(views, TURNED)
    assert solution.apart == set(cropped)
    (camera,) = solution.cameras.values()
    assert camera.focal_px == pytest.approx(CAMERA.fx_px, abs=4 * camera.focal_sigma_px)
    for i in cropped:
        assert solution.lenses[i].focal_px == pytest.approx(960.0, rel=0.02)
        assert solution.lenses[i].cx_px == pytest.approx(true.cx_px, abs=12.0)
        # What pitches a photo moves the middle of its picture: four sigmas of its level.
        level_px = 960.0 * np.deg2rad(NOISY.tilt_deg)
        assert solution.lenses[i].cy_px == pytest.approx(true.cy_px, abs=4.0 * level_px)


def test_a_bent_lens_is_found_and_a_straight_one_left_alone() -> None:
    bent = replace(CAMERA, distortion=(0.05, 0.0, 0.0, 0.0, 0.0))
    solution = adjust(through(bent, NOISY, TURNED), TURNED)
    (camera,) = solution.cameras.values()
    corner2 = (500.0**2 + 375.0**2) / 800.0**2
    assert camera.lens[3] + camera.lens[4] == pytest.approx(0.05 * corner2, abs=0.004)
    straight = adjust(through(CAMERA, NOISY, TURNED), TURNED)
    assert all((v.k1, v.k2) == (0.0, 0.0) for v in straight.lenses.values())


def test_the_spread_of_focal_lengths_is_learnt() -> None:
    """± 1 % from photo to photo is seen photo by photo; a fixed lens stays fixed."""
    room, told = room_points(600), descriptors(600)
    factors = dict(zip(range(1, 7), (1.012, 0.99, 1.004, 0.988, 1.009, 0.997), strict=True))
    for moves in (True, False):
        views = {}
        for s in TURNED:
            factor = factors[s.photo_id] if moves else 1.0
            true = Camera.centred(1000, 750, 800.0 * factor)
            features = photograph(replace(s, camera=true), room, told, SHARP)
            views[s.photo_id] = view(s, features, SHARP)
        solution = adjust(views, TURNED)
        (camera,) = solution.cameras.values()
        found = focal(solution)
        if moves:
            assert 0.004 < camera.focal_spread_rel < 0.025
            off = [found[i] - factors[i] for i in factors]
            assert np.ptp(off) < 0.006
        else:
            assert camera.focal_spread_rel < 0.001
            assert np.ptp(list(found.values())) < 0.001


def test_a_principal_point_in_the_middle_stays_there() -> None:
    """Or lies within what the photos know of it. It is not known better for that."""
    told = [
        adjust(through(CAMERA, NOISY, TURNED, seed), TURNED).cameras["one camera"]
        for seed in range(4)
    ]
    off = np.array([np.hypot(*camera.centre_px) for camera in told])
    assert np.count_nonzero(off < 0.01) >= 1
    assert all(off < [3.5 * np.hypot(*camera.centre_sigma_px) for camera in told])
    assert all(0.3 < min(camera.centre_sigma_px) < 3.0 for camera in told)


def test_features_that_are_off_together_count_as_fewer() -> None:
    """Of which each part of a photo is off by a pixel together, beside each by itself."""
    views = through(CAMERA, SHARP, TURNED)
    rng = np.random.default_rng(4)

    def shifted(seen: PhotoView, part_px: float) -> PhotoView:
        uv = np.array(seen.features.uv_px)
        part = np.unique((uv // part_px).astype(int), axis=0, return_inverse=True)[1]
        off = rng.normal(0.0, 1.0, (int(part.max()) + 1, 2))[part]
        moved = (uv + off).astype(seen.features.uv_px.dtype)
        return replace(seen, features=replace(seen.features, uv_px=moved))

    apart, together = (
        adjust({i: shifted(v, part_px) for i, v in views.items()}, TURNED).cameras["one camera"]
        for part_px in (1.0, 250.0)
    )
    told = [camera.focal_sigma_px / camera.image_sigma_px for camera in (apart, together)]
    assert told[1] > 1.25 * told[0]


def test_each_estimator_has_depths_as_good_as_they_are() -> None:
    """Two photos by one whose depth is ten times worse than its sigmas, two by a good one."""
    poor = replace(NOISY, depth_rel=0.2)
    views = views_of(SHOTS[:2], poor, points=400) | views_of(SHOTS[2:], NOISY, points=400)
    keyed = {
        i: replace(v, depth_key="poor" if i in (1, 2) else "good", scale_sigma_rel=0.3)
        for i, v in views.items()
    }
    together, apart = (
        [adjust(each, SHOTS).poses[i].covariance[6, 6] for i in (3, 4)]
        for each in ({i: replace(v, depth_key="") for i, v in keyed.items()}, keyed)
    )
    # 0.73 where all has settled; 0.69 as long as the place of all photos had not.
    assert np.mean(apart) < 0.75 * np.mean(together)


def test_a_scale_is_that_of_the_picture_and_not_of_where_its_features_are() -> None:
    """Depth is 6 % too far on the left of half of the photos and too near on the right, the other
    way round in the others; of the features on the right there is one in eight."""
    views = views_of(SHOTS, NOISY, points=1200)

    def bent(index: int, seen: PhotoView) -> PhotoView:
        found, width = seen.features, seen.camera.width_px
        side = found.uv_px[:, 0] / width - 0.5
        factor = np.exp((-1) ** index * 0.06 * np.sin(np.pi * side))
        keep = (side < 0) | (np.arange(len(side)) % 8 == 0)
        lifted = (found.xyz_cam * factor[:, None]).astype(np.float32)
        lifted[~keep] = np.nan
        return replace(seen, features=replace(found, xyz_cam=lifted))

    tracks = build_tracks(views, matched(views, SHOTS), per_photo=500)
    crooked = {i: bent(k, v) for k, (i, v) in enumerate(views.items())}
    left = [
        k
        for k, (photo, feature) in enumerate(zip(tracks.photo, tracks.feature, strict=True))
        if np.isfinite(list(crooked.values())[photo].features.xyz_cam[feature, 2])
    ]
    kept = replace(
        tracks,
        photo=tracks.photo[left],
        feature=tracks.feature[left],
        track=tracks.track[left],
    )
    solution = bundle_adjust(crooked, kept, shaken(SHOTS), PAIRS, SOLVER)
    scale = np.log([solution.poses[s.photo_id].enu_from_cam.scale for s in SHOTS])
    true = np.log([s.depth_scale for s in SHOTS])
    # By the features alone 0.031.
    assert np.std(scale - true) < 0.02


def test_what_other_photos_told_of_a_camera_counts() -> None:
    """Two photos know little of their principal point; those before them did."""
    true = replace(CAMERA, cx_px=CAMERA.cx_px + 6.0, cy_px=CAMERA.cy_px - 4.0)
    views = through(true, NOISY, TURNED)
    known = adjust(views, TURNED).cameras
    few, two = TURNED[2:4], {i: views[i] for i in (3, 4)}
    tracks = build_tracks(two, matched(two, few), per_photo=500)
    alone, helped = (
        bundle_adjust(two, tracks, shaken(few), PAIRS, SOLVER, cameras=told).cameras["one camera"]
        for told in ({}, known)
    )
    off = [np.hypot(c.centre_px[0] - 6.0, c.centre_px[1] + 4.0) for c in (alone, helped)]
    assert off[1] < off[0]
    assert max(helped.centre_sigma_px) < max(alone.centre_sigma_px)


def test_without_calibration_only_the_focal_length_moves() -> None:
    views = through(replace(CAMERA, cx_px=CAMERA.cx_px + 6.0), NOISY, TURNED)
    tracks = build_tracks(views, matched(views, TURNED), per_photo=500)
    settings = SOLVER.model_copy(update={"calibrate": False})
    lenses = bundle_adjust(views, tracks, shaken(TURNED), PAIRS, settings).lenses
    assert len({lens.focal_px for lens in lenses.values()}) == 1
    assert all((v.cx_px, v.cy_px, v.k1, v.k2) == (500.0, 375.0, 0.0, 0.0) for v in lenses.values())


def test_the_same_input_gives_the_same_output(exact: dict[int, PhotoView]) -> None:
    one, two = (adjust(exact, SHOTS) for _ in range(2))
    for i in exact:
        assert np.array_equal(one.poses[i].enu_from_cam.matrix, two.poses[i].enu_from_cam.matrix)
        assert np.array_equal(one.poses[i].covariance, two.poses[i].covariance)


# --- cameras that sway --------------------------------------------------------------------------


def swayed(of: Shot, seen: PhotoView, sway_rad: np.ndarray) -> PhotoView:
    """The photo when its camera turned by so much from its middle row to one as far from it as its
    corner."""
    camera, told = of.camera, seen.features
    depth_m = told.xyz_cam[:, 2].astype(np.float64)
    xyz_cam = camera.unproject(told.uv_px.astype(np.float64), depth_m)
    corner = np.hypot(camera.width_px, camera.height_px) / 2
    uv_px, there = told.uv_px.astype(np.float64), xyz_cam
    for _ in range(5):
        row = (uv_px[:, 1] - camera.cy_px) / corner
        there = xyz_cam - np.cross(row[:, None] * sway_rad, xyz_cam)
        uv_px = camera.project(there)
    features = replace(
        told,
        uv_px=uv_px.astype(np.float32),
        xyz_cam=camera.unproject(uv_px, there[:, 2]).astype(np.float32),
    )
    return replace(seen, features=features)


HANDS = centred(walk(8, step_m=1.5, seed=4))
SHARP = Errors(pixel_px=0.3, depth_rel=0.02, told_depth_rel=0.02, tag_factor=1.0)


def worst_deg(solution: BundleSolution, shots: list[Shot]) -> float:
    """How far off photos are turned at most, beside all of them."""
    found = np.array([solution.poses[s.photo_id].enu_from_cam.rotation for s in shots])
    true = np.array([s.enu_from_cam.rotation for s in shots])
    common = nearest_rotation(np.einsum("nij,nkj->ik", true, found))
    off = np.einsum("nji,jk,nkl->nil", true, common, found)
    return float(
        np.rad2deg(np.linalg.norm([rotation_vector_rad(each) for each in off], axis=1)).max()
    )


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.nightly)])
def test_how_cameras_sway_while_they_read_their_rows_is_found(seed: int) -> None:
    """A third of a degree, as walking people's phones do: twenty sigmas of a feature."""
    rng = np.random.default_rng((seed, 31))
    steady = views_of(HANDS, SHARP, points=900, seed=seed)
    views = {s.photo_id: swayed(s, steady[s.photo_id], 0.005 * rng.normal(size=3)) for s in HANDS}
    tracks = build_tracks(views, matched(steady, HANDS), per_photo=600)
    start = shaken(HANDS, seed, by=0.3)
    told = bundle_adjust(views, tracks, start, PAIRS, SOLVER)
    stiff = SolverSettings(calibrate=False)
    ignored = bundle_adjust(views, tracks, start, PAIRS, stiff)
    assert told.rmse_px < 0.45
    assert ignored.rmse_px > 2 * told.rmse_px
    assert worst_deg(told, HANDS) < 0.06 < worst_deg(ignored, HANDS)
    assert np.mean([*focal(told).values()]) == pytest.approx(1.0, abs=0.004)


def test_cameras_that_stand_still_do_not_sway() -> None:
    """What nobody shows costs nothing: the same poses, to a tenth of their sigmas, as without."""
    views = views_of(HANDS, SHARP, points=900)
    tracks = build_tracks(views, matched(views, HANDS), per_photo=600)
    found = bundle_adjust(views, tracks, shaken(HANDS, by=0.3), PAIRS, SOLVER)
    assert found.rmse_px < 0.45
    assert worst_deg(found, HANDS) < 0.04
