"""The solution's points as true depths of each photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tests.helpers.catalog_records import placed_pose
from tests.helpers.registration_makers import (
    EXACT,
    SITE,
    Errors,
    Shot,
    pair,
    shared_index,
    views_of,
    walk,
)
from worldmap.records import DepthAnchors, PairRegistration, PlacedBy, PlacedPose
from worldmap.registration.anchors import depth_anchors, tie_scores
from worldmap.registration.view import PhotoView

SHOTS = walk(4)


def posed(shots: Sequence[Shot]) -> list[PlacedPose]:
    return [
        replace(
            placed_pose(shot.photo_id),
            site=SITE,
            enu_from_cam=shot.enu_from_cam,
            lens=shot.camera.lens,
            component=0,
        )
        for shot in shots
    ]


def pairs_of(views: dict[int, PhotoView]) -> list[PairRegistration]:
    return [
        pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id]))
        for number, a in enumerate(SHOTS)
        for b in SHOTS[number + 1 :]
    ]


def off_sigmas(views: dict[int, PhotoView], held: DepthAnchors, shot: Shot) -> np.ndarray:
    """By how many of their sigmas anchors miss the depth of the feature at their pixel."""
    features = views[shot.photo_id].features
    rows = [int(np.argmin(np.abs(features.uv_px - uv).sum(axis=1))) for uv in held.uv_px]
    true_m = shot.depth_scale * features.xyz_cam[rows, 2].astype(np.float64)
    return np.asarray(np.log(held.depth_m / true_m) / held.sigma_rel)


def told_all(photo: np.ndarray, track: np.ndarray, away: np.ndarray, photos: int) -> np.ndarray:
    """(P, P) what each photo tells another, looked at one by one."""
    toward = away / np.linalg.norm(away, axis=1, keepdims=True)
    found = np.zeros((photos, photos))
    for a in range(len(photo)):
        for b in range(a + 1, len(photo)):
            if track[a] == track[b]:
                angle_deg = np.degrees(np.arccos(np.clip(toward[a] @ toward[b], -1, 1)))
                spread = 1.0 if angle_deg <= 5.0 else 10.0
                told = np.exp(-((angle_deg - 5.0) ** 2) / (2 * spread**2))
                found[photo[a], photo[b]] += told
                found[photo[b], photo[a]] += told
    return found


def test_what_photos_tell_each_other_is_kept_for_those_that_do() -> None:
    """Best first; two that see nothing in common are no neighbours, and take no memory."""
    rng = np.random.default_rng(4)
    seen = rng.random((12, 40)) < 0.2
    seen[5] = False
    track, photo = np.nonzero(seen.T)
    away = rng.normal((0.0, 0.0, 20.0), 1.0, (len(photo), 3))
    scores = tie_scores(photo, track, away, 12)
    expected = told_all(photo, track, away, 12)
    table = np.zeros((12, 12))
    table[scores.photo, scores.other] = scores.score
    np.testing.assert_allclose(table, expected, rtol=1e-8)
    assert len(scores.score) == np.count_nonzero(expected)
    ids = [100 - k for k in range(12)]
    for k in range(12):
        order = np.lexsort((ids, -expected[k]))
        best = [ids[other] for other in order if expected[k, other] > 0]
        assert scores.best(k, ids, 3) == tuple(best[:3])
    assert scores.best(5, ids, 3) == ()
    empty = tie_scores(photo[:0], track[:0], away[:0], 12)
    assert empty.best(0, ids, 3) == ()


def test_anchors_lie_where_the_points_are_within_their_sigmas() -> None:
    views = views_of(SHOTS, replace(EXACT, pixel_px=0.7))
    found = depth_anchors(views, pairs_of(views), posed(SHOTS), neighbours=2)
    assert found.keys() == {shot.photo_id for shot in SHOTS}
    for shot in SHOTS:
        held = found[shot.photo_id]
        off = np.abs(off_sigmas(views, held, shot))
        assert len(held) > 50
        assert (held.photos >= 2).all()
        assert np.median(held.sigma_rel) < 0.01
        assert 0.3 < np.median(off) < 1.2
        assert np.mean(off < 4) > 0.95
        assert len(held.neighbours) == 2
        assert shot.photo_id not in held.neighbours


def test_matches_of_other_points_are_left_out() -> None:
    views = views_of(SHOTS, Errors(pixel_px=0.5))
    rng = np.random.default_rng(0)
    pairs = []
    for each in pairs_of(views):
        index = each.inlier_index.copy()
        wrong = rng.random(len(index)) < 0.1
        index[wrong, 1] = rng.permutation(index[wrong, 1])
        pairs.append(replace(each, inlier_index=index))
    found = depth_anchors(views, pairs, posed(SHOTS), neighbours=4)
    for shot in SHOTS:
        off = np.abs(off_sigmas(views, found[shot.photo_id], shot))
        assert np.mean(off < 5) > 0.9


def test_only_photos_that_matches_hold_have_anchors() -> None:
    views = views_of(SHOTS)
    first, *rest = posed(SHOTS)
    by_tags = replace(first, by=PlacedBy.TAGS)
    found = depth_anchors(views, pairs_of(views), [by_tags, *rest], neighbours=4)
    assert found.keys() == {pose.photo_id for pose in rest}
    assert all(first.photo_id not in held.neighbours for held in found.values())
    assert depth_anchors(views, [], posed(SHOTS), neighbours=4) == {}


def test_a_group_of_which_nobody_asks_is_left_alone() -> None:
    views = views_of(SHOTS, replace(EXACT, pixel_px=0.7))
    pairs, poses = pairs_of(views), posed(SHOTS)
    one = SHOTS[0].photo_id
    asked = depth_anchors(views, pairs, poses, neighbours=2, only={one})
    assert asked.keys() == views.keys()
    assert depth_anchors(views, pairs, poses, neighbours=2, only={-1}) == {}
