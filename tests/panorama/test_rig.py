"""Views of one panorama: one place in the solution, one GPS tag, known turns between them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import takewhile

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    EXACT,
    NOISY,
    SITE,
    Shot,
    descriptors,
    pair,
    photograph,
    room_points,
    shared_index,
    shot,
    view,
)
from worldmap.config import PairSettings, SolverSettings
from worldmap.frames import RigidTransform, Similarity, cam, rotation_angle_rad
from worldmap.geodesy import enu
from worldmap.records import PairRegistration
from worldmap.registration.bundle import bundle_adjust
from worldmap.registration.bundle.rigs import Rigs
from worldmap.registration.bundle.state import POSE
from worldmap.registration.pair import exp_rotation
from worldmap.registration.rig import BY_RIG, rig_pair
from worldmap.registration.tracks import build_tracks
from worldmap.registration.view import PhotoView, RigView, one_tag_each

ROOM, TOLD = room_points(1500), descriptors(1500)
YAWS = (-40.0, 0.0, 40.0)


def panorama(
    first_id: int, x_m: float, *, heading_deg: float, seed: int
) -> list[tuple[Shot, PhotoView]]:
    """Three views of one place, each a photo of its own but for what they share."""
    whole = shot(first_id, x_m, heading_deg=heading_deg, pitch_deg=1.5, roll_deg=-2.0)
    found = []
    for number, yaw_deg in enumerate(YAWS):
        rig = RigView(key=f"round {first_id}", yaw_deg=yaw_deg, pitch_deg=0.0)
        pose = RigidTransform(
            to=whole.enu_from_cam.to,
            source=cam(str(first_id + number)),
            rotation=whole.enu_from_cam.rotation @ rig.rig_from_cam,
            translation_m=whole.enu_from_cam.translation_m,
        )
        scale = float(np.exp(0.05 * np.random.default_rng((seed, first_id, number)).normal()))
        of = replace(whole, photo_id=first_id + number, enu_from_cam=pose, depth_scale=scale)
        features = photograph(of, ROOM, TOLD, NOISY, seed=seed)
        seen = view(of, features, NOISY, seed=seed)
        tagged = view(replace(whole, photo_id=first_id), features, NOISY, seed=seed)
        rigged = replace(
            seen, rig=rig, position_ecef=tagged.position_ecef, camera_key="round", pitch_deg=0.0
        )
        found.append((of, rigged))
    return found


@pytest.fixture(scope="module")
def street() -> list[tuple[Shot, PhotoView]]:
    return [
        each
        for index, x_m in enumerate((-4.0, -1.5, 1.0, 3.5))
        for each in panorama(10 * index + 1, x_m, heading_deg=8.0 * index - 10, seed=3)
    ]


def start_of(shots: list[Shot]) -> dict[int, Similarity]:
    """Off by some decimetres and a degree, each view by itself."""
    rng = np.random.default_rng(5)
    return {
        s.photo_id: Similarity(
            to=enu(SITE),
            source=cam(str(s.photo_id)),
            rotation=s.enu_from_cam.rotation @ exp_rotation(0.015 * rng.normal(size=3)),
            translation_m=s.enu_from_cam.translation_m + 0.2 * rng.normal(size=3),
            scale=s.depth_scale,
        )
        for s in shots
    }


def test_a_panorama_stays_rigid_and_comes_back(street: list[tuple[Shot, PhotoView]]) -> None:
    shots, views = [s for s, _ in street], {s.photo_id: v for s, v in street}
    pairs: list[PairRegistration] = [
        pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id]))
        for n, a in enumerate(shots)
        for b in shots[n + 1 :]
    ]
    tracks = build_tracks(views, pairs, per_photo=400)
    found = bundle_adjust(views, tracks, start_of(shots), PairSettings(), SolverSettings())
    by_rig: dict[str, list[int]] = {}
    for photo_id, each in views.items():
        assert each.rig is not None
        by_rig.setdefault(each.rig.key, []).append(photo_id)
    for members in by_rig.values():
        lead, *others = (found.poses[i] for i in members)
        for photo_id, pose in zip(members[1:], others, strict=True):
            assert pose.enu_from_cam.translation_m == pytest.approx(
                lead.enu_from_cam.translation_m, abs=1e-9
            )
            turn = lead.enu_from_cam.rotation.T @ pose.enu_from_cam.rotation
            told = views[members[0]].rig, views[photo_id].rig
            assert told[0] is not None
            assert told[1] is not None
            expected = told[0].rig_from_cam.T @ told[1].rig_from_cam
            assert rotation_angle_rad(expected.T @ turn) < 1e-7
            # As sure of its place as the view that it moves with.
            assert np.diag(pose.covariance)[3:6] == pytest.approx(
                np.diag(lead.covariance)[3:6], rel=1e-6
            )
    # Its lens is known, whatever pixels pull.
    assert all(
        found.lenses[i].focal_px == pytest.approx(views[i].camera.fx_px, rel=1e-9) for i in views
    )
    centres = np.array([found.poses[s.photo_id].enu_from_cam.translation_m for s in shots])
    true = np.array([s.enu_from_cam.translation_m for s in shots])
    baselines = np.linalg.norm(np.diff(centres[::3], axis=0), axis=1)
    assert baselines == pytest.approx(np.linalg.norm(np.diff(true[::3], axis=0), axis=1), rel=0.04)


def test_the_numbers_of_followers_are_those_of_their_leader() -> None:
    views = [v for _, v in panorama(1, 0.0, heading_deg=0.0, seed=1)]
    free = replace(views[0], photo_id=9, rig=None)
    rigs = Rigs.of([*views, free])
    assert rigs.follows.tolist() == [False, True, True, False]
    size = POSE * 4 + 2
    step = np.random.default_rng(2).normal(size=size) * 1e-4
    spread = rigs.spread(size) @ step
    assert spread[:POSE] == pytest.approx(step[:POSE])
    assert spread[3 * POSE :] == pytest.approx(step[3 * POSE :])
    lead, follower = step[:3], spread[POSE : POSE + 3]
    between = rigs.leader_from[1]
    # Turning the leader and then looking to the side is looking to the side, turned.
    assert exp_rotation(lead) @ between == pytest.approx(between @ exp_rotation(follower), abs=1e-9)
    assert spread[POSE + 3 : POSE + 6] == pytest.approx(step[3:6])
    # Scale, far depths and focal length are each view's own.
    assert spread[POSE + 6 : 2 * POSE] == pytest.approx(step[POSE + 6 : 2 * POSE])


def test_a_panorama_has_one_fix_and_one_compass() -> None:
    views = [v for _, v in panorama(1, 0.0, heading_deg=0.0, seed=1)]
    once = one_tag_each(views)
    assert [v.position_ecef is not None for v in once] == [True, False, False]
    assert [v.heading_deg is not None for v in once] == [True, False, False]
    alone = [replace(v, rig=None) for v in views]
    assert one_tag_each(alone) == alone


def test_the_margin_of_two_views_tells_their_scales(street: list[tuple[Shot, PhotoView]]) -> None:
    (shot_a, a), (shot_b, b) = street[0], street[1]
    # The same points, seen exactly: the margin is where both look.
    seen_a, seen_b = (
        replace(v, features=photograph(s, ROOM, TOLD, EXACT)) for s, v in ((shot_a, a), (shot_b, b))
    )
    found = rig_pair(seen_a, seen_b)
    assert found.method == BY_RIG
    assert found.accepted
    assert found.inliers >= 8
    assert found.a_from_b is not None
    assert found.a_from_b.scale == pytest.approx(shot_b.depth_scale / shot_a.depth_scale, rel=1e-4)
    assert found.a_from_b.translation_m == pytest.approx(np.zeros(3))
    turn = shot_a.enu_from_cam.rotation.T @ shot_b.enu_from_cam.rotation
    assert rotation_angle_rad(found.a_from_b.rotation.T @ turn) < 1e-7
    with pytest.raises(ValueError, match="no views of one panorama"):
        rig_pair(a, street[-1][1])


def test_photos_that_are_no_views_keep_their_hash() -> None:
    seen = panorama(1, 0.0, heading_deg=0.0, seed=1)[0][1]
    alone = replace(seen, rig=None)
    assert alone.tags_hash != seen.tags_hash
    # As it was before there were rigs, the first field of later days: the fields in their order,
    # the place last known.
    told = [
        getattr(alone, name)
        for name in takewhile(lambda name: name != "rig", PhotoView.__dataclass_fields__)
        if name not in ("features", "site", "position_ecef")
    ]
    position = alone.position_enu
    assert position is not None
    expected = hashlib.sha256(repr((position.tolist(), told)).encode()).hexdigest()[:16]
    assert alone.tags_hash == expected
