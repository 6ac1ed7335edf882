"""Matches that a solution shows the way to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    Errors,
    Shot,
    descriptors,
    pair,
    photograph,
    room_points,
    shared_index,
    view,
    walk,
)
from worldmap.records import Features
from worldmap.registration.guided import PlacedFeatures, guided_matches
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.tracks import build_tracks

ERRORS = Errors(pixel_px=0.5, depth_rel=0.01, told_depth_rel=0.02)
REPEATED = 8


def repeating_street() -> tuple[list[Shot], list[Features]]:
    """Two photos of a wall of which each second thing looks like seven others."""
    points, told = room_points(600), descriptors(600)
    told[::2] = told[0::2][np.arange(300) // REPEATED * REPEATED]
    shots = walk(2)
    return shots, [photograph(each, points, told, ERRORS) for each in shots]


def placed(shot: Shot, features: Features) -> PlacedFeatures:
    return PlacedFeatures(
        features=features, camera=shot.camera, enu_from_cam=shot.similarity, sigma_px=0.5
    )


def apart_m(
    shots: list[Shot], seen: list[Features], index: NDArray[np.int32]
) -> NDArray[np.float64]:
    ends = [
        of.similarity.apply(features.xyz_cam[rows].astype(np.float64))
        for of, features, rows in zip(shots, seen, index.T, strict=True)
    ]
    return np.asarray(np.linalg.norm(ends[0] - ends[1], axis=1))


def test_what_repeats_itself_is_found_where_it_must_be() -> None:
    shots, seen = repeating_street()
    blind = RatioMatcher(ratio=0.85).match(*seen).index
    verified = pair(*shots, index=blind)
    both = {of.photo_id: placed(of, features) for of, features in zip(shots, seen, strict=True)}
    (found,) = guided_matches(both, [verified], 0.85).values()
    assert found.dtype == np.int32
    assert len(found) > 1.6 * len(blind)
    # Nearly all the blind ones are found again.
    again = {tuple(each) for each in blind.tolist()} & {tuple(each) for each in found.tolist()}
    assert len(again) > 0.9 * len(blind)
    # Depth is off by a hundredth, and what looks alike is metres apart.
    assert np.mean(apart_m(shots, seen, found) < 0.8) > 0.99
    assert len(np.unique(found[:, 0])) == len(np.unique(found[:, 1])) == len(found)


def test_nothing_is_looked_for_by_too_few_or_in_photos_that_are_not_placed() -> None:
    shots, seen = repeating_street()
    blind = RatioMatcher(ratio=0.85).match(*seen).index
    both = {of.photo_id: placed(of, features) for of, features in zip(shots, seen, strict=True)}
    assert guided_matches(both, [pair(*shots, index=blind[:5])], 0.85) == {}
    assert guided_matches({1: both[1]}, [pair(*shots, index=blind)], 0.85) == {}


def test_features_without_depth_are_left_out() -> None:
    shots, seen = repeating_street()
    blind = RatioMatcher(ratio=0.85).match(*seen).index
    flat = replace(seen[1], xyz_cam=np.full_like(seen[1].xyz_cam, np.nan))
    both = {1: placed(shots[0], seen[0]), 2: placed(shots[1], flat)}
    (found,) = guided_matches(both, [pair(*shots, index=blind)], 0.85).values()
    assert found.shape == (0, 2)


def test_a_chain_that_more_matches_tear_is_what_it_was() -> None:
    shots = walk(3)
    points, told = room_points(400), descriptors(400)
    views = {of.photo_id: view(of, photograph(of, points, told)) for of in shots}
    index = {
        (1, 2): shared_index(views[1], views[2]),
        (2, 3): shared_index(views[2], views[3]),
    }
    pairs = [pair(shots[a - 1], shots[b - 1], index=rows) for (a, b), rows in index.items()]
    before = build_tracks(views, pairs, per_photo=1000)
    # Between first and third photo: one right match, and one that ties two places together.
    right = shared_index(views[1], views[3])
    wrong = np.array([[right[0, 0], right[1, 1]]], dtype=np.int32)
    torn = build_tracks(views, pairs, per_photo=1000, further={(1, 3): wrong})
    assert torn.count == before.count
    assert sorted(zip(torn.photo, torn.feature, strict=True)) == sorted(
        zip(before.photo, before.feature, strict=True)
    )
    more = build_tracks(views, pairs, per_photo=1000, further={(1, 3): right})
    assert len(more.photo) >= len(before.photo)
    assert np.bincount(more.track).max() == 3
