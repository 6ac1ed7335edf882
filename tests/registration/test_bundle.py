"""Tracks and bundle adjustment: focal length, scales and poses come back, sigmas are honest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
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
from worldmap.camera import Camera
from worldmap.config import PairSettings, SolverSettings
from worldmap.demo.accuracy import umeyama
from worldmap.frames import Similarity, cam, enu_from_cam_rotation
from worldmap.geodesy import enu
from worldmap.records import PairRegistration
from worldmap.registration import bundle as module
from worldmap.registration.bundle import BundleSolution, bundle_adjust
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


def poses(solution: BundleSolution) -> dict[int, Similarity]:
    return {i: p.enu_from_cam for i, p in solution.poses.items()}


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
            **{
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
    assert off_m.max() < 0.01
    assert off_deg.max() < 0.01
    assert np.abs(off_scale).max() < 0.001
    assert solution.rmse_px < 0.05
    assert solution.observations > 300
    assert solution.focal_factor[1] == pytest.approx(1.0, abs=1e-4)


# Turned well apart: what moves over the image as a camera turns tells its focal length.
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
    for found in solution.focal_factor.values():
        assert found == pytest.approx(factor, rel=0.001)
    off_m, off_deg, off_scale = pose_errors(poses(solution), TURNED)
    assert off_m.max() < 0.05
    assert off_deg.max() < 0.05
    assert np.abs(off_scale).max() < 0.003


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_focal_length_two_percent_off_with_noise(seed: int) -> None:
    solution = adjust(wrong_focal(NOISY, 1.02, seed), TURNED)
    assert solution.focal_factor[1] == pytest.approx(1.02, rel=0.008)


def test_cameras_of_their_own_have_focal_lengths_of_their_own() -> None:
    views, right = wrong_focal(EXACT, 1.02), wrong_focal(EXACT, 1.0)
    mixed = {
        i: replace(views[i], camera_key="far") if i % 2 else replace(right[i], camera_key="near")
        for i in views
    }
    found = adjust(mixed, TURNED).focal_factor
    assert found[1] == found[3] == found[5] == pytest.approx(1.02, rel=0.002)
    assert found[2] == found[4] == found[6] == pytest.approx(1.0, rel=0.002)


def test_a_trusted_focal_length_is_kept() -> None:
    views = wrong_focal(NOISY, 1.02)
    views = {i: replace(v, focal_sigma_rel=1e-5) for i, v in views.items()}
    assert adjust(views, TURNED).focal_factor[1] == pytest.approx(1.0, abs=1e-4)


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
    apart = [
        np.linalg.norm(
            dirty.poses[i].enu_from_cam.translation_m - clean.poses[i].enu_from_cam.translation_m
        )
        for i in views
    ]
    assert max(apart) < 0.05
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


def test_the_normal_equations_are_the_slope_of_the_cost() -> None:
    """Gradient of half the robust cost by central differences, every kind of parameter."""
    views = views_of(SHOTS, NOISY, points=120)
    views = {i: replace(v, shared_key="phone|day") for i, v in views.items()}
    # An uneven sigma, so that the far depths' common error is in play.
    views = {
        i: replace(v, features=replace(v.features, depth_sigma_rel=v.features.depth_sigma_rel * 3))
        for i, v in views.items()
    }
    tracks = build_tracks(views, matched(views, SHOTS), per_photo=30)
    observed = module._observe(views, tracks, PAIRS)
    tags = module._tags(views, 0.2)
    start = shaken(SHOTS, by=0.3)
    rng = np.random.default_rng(0)
    state = module._State(
        np.array([start[i].rotation for i in views]),
        np.array([start[i].translation_m for i in views]),
        np.log([start[i].scale for i in views]),
        rng.normal(size=4),
        np.array([0.01]),
        rng.normal(size=(1, 3)),
        np.zeros((tracks.count, 3)),
    )
    state = module._with_points(state, observed, tracks.count)
    normal = module._normal_equations(state, observed, tags)
    size = len(normal.camera_gradient)
    still = np.zeros_like(state.point)
    step = 1e-6
    for k in range(size):
        ahead, behind = (
            module._cost(module._moved(state, side * step * np.eye(size)[k], still), observed, tags)
            for side in (1, -1)
        )
        slope = (ahead - behind) / (2 * step) / 2
        assert normal.camera_gradient[k] == pytest.approx(slope, rel=1e-3, abs=1e-2), k
    for k in range(0, 3 * tracks.count, 17):
        push = np.zeros(3 * tracks.count)
        push[k] = step
        ahead, behind = (
            module._cost(
                module._moved(state, np.zeros(size), side * push.reshape(-1, 3)), observed, tags
            )
            for side in (1, -1)
        )
        slope = (ahead - behind) / (2 * step) / 2
        assert normal.point_gradient.ravel()[k] == pytest.approx(slope, rel=1e-3, abs=1e-2), k


def test_the_same_input_gives_the_same_output(exact: dict[int, PhotoView]) -> None:
    one, two = (adjust(exact, SHOTS) for _ in range(2))
    for i in exact:
        assert np.array_equal(one.poses[i].enu_from_cam.matrix, two.poses[i].enu_from_cam.matrix)
        assert np.array_equal(one.poses[i].covariance, two.poses[i].covariance)
