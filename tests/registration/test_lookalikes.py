"""Two rooms of one shape that share a wall: what is missing between them tells them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    NOISY,
    Shot,
    descriptors,
    photograph,
    room_points,
    rooms_alike,
    untagged,
    view,
    walk,
)
from worldmap.config import Settings
from worldmap.records import Features, PairRegistration
from worldmap.registration.judge import judge_pairs
from worldmap.registration.lookalikes import of_other_places
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.missing import FoundAgain
from worldmap.registration.pair import register_pair
from worldmap.registration.view import PhotoView

POINTS, PHOTOS = 600, 4
SETTINGS = Settings().registration.pairs


@dataclass(frozen=True, eq=False)
class Rooms:
    """Photos by id without tags, the room of each, and their pairs by themselves."""

    views: Mapping[int, PhotoView]
    room: Mapping[int, int]
    pairs: list[PairRegistration]

    def is_within(self, pair: PairRegistration) -> bool:
        return self.room[pair.photo_a] == self.room[pair.photo_b]


def rooms(alike: float, seed: int) -> Rooms:
    """Two rooms that share so much of what is in them, from one side."""
    return rooms_of(rooms_alike(2, PHOTOS, POINTS, alike, NOISY, seed=seed), seed)


def rooms_of(shots: Iterable[tuple[int, Shot, Features]], seed: int) -> Rooms:
    """Of the room's number, each photo and what it has of its room."""
    views: dict[int, PhotoView] = {}
    of: dict[int, int] = {}
    for number, shot, seen in shots:
        views[shot.photo_id] = untagged(view(shot, seen, NOISY, seed=seed))
        of[shot.photo_id] = number
    matcher = RatioMatcher.of(SETTINGS)
    pairs = [
        register_pair(views[a], views[b], matcher, SETTINGS)
        for a, b in combinations(sorted(views), 2)
    ]
    return Rooms(views, of, pairs)


def nothing(_: PairRegistration) -> float:
    """What tags say where there are none."""
    return 0.0


@pytest.fixture(scope="module")
def two_rooms() -> Rooms:
    return rooms(0.35, seed=4)


def test_pairs_of_two_rooms_fit_and_are_told_by_what_is_missing(two_rooms: Rooms) -> None:
    across = [p for p in two_rooms.pairs if p.fits and not two_rooms.is_within(p)]
    assert len(across) >= 4
    judged = judge_pairs(two_rooms.views, two_rooms.pairs, SETTINGS)
    assert [p.key for p in judged if p.accepted and not two_rooms.is_within(p)] == []
    within = [p for p in judged if p.fits and two_rooms.is_within(p)]
    assert sum(p.accepted for p in within) >= 0.8 * len(within)
    assert any("look alike" in p.area_reason for p in judged)


def test_of_one_place_hardly_anything_is_missing(two_rooms: Rooms) -> None:
    fitting = [pair for pair in two_rooms.pairs if pair.fits]
    found_again = FoundAgain(two_rooms.views, fitting)
    within = [found_again.missing(p) for p in fitting if two_rooms.is_within(p)]
    asked = [each for each in within if each.is_told]
    assert len(asked) >= len(within) / 2
    assert max(each.share for each in asked) < 0.2
    assert max(each.whole_parts for each in asked) < 0.05
    across = [found_again.missing(p) for p in fitting if not two_rooms.is_within(p)]
    assert max(each.whole_parts for each in across) > 0.2


def test_one_place_is_not_cut(two_rooms: Rooms) -> None:
    for number in range(2):
        views = {i: v for i, v in two_rooms.views.items() if two_rooms.room[i] == number}
        own = [p for p in two_rooms.pairs if {*p.key} <= views.keys()]
        assert of_other_places(views, own, nothing) == {}


def test_positions_speak_once_however_many_pairs_there_are(two_rooms: Rooms) -> None:
    """Nor can positions that agree hold together what misses so much."""
    refused = of_other_places(two_rooms.views, two_rooms.pairs, lambda _: 3.0)
    across = {row for row, p in enumerate(two_rooms.pairs) if p.fits and not two_rooms.is_within(p)}
    assert across <= refused.keys()
    assert of_other_places(two_rooms.views, [], nothing) == {}


def test_of_places_of_which_only_what_is_alike_is_shown_positions_tell() -> None:
    """As many of them as there are photos would have to be wrong, if no receiver took them all."""
    alike = rooms(0.9, seed=4)
    fitting = [p for p in alike.pairs if p.fits]
    across = {row for row, p in enumerate(fitting) if not alike.is_within(p)}
    assert len(across) >= 4

    def far_apart(pair: PairRegistration) -> float:
        return 3.0 if alike.is_within(pair) else -4.0

    assert of_other_places(alike.views, fitting, nothing) == {}
    refused = of_other_places(alike.views, fitting, far_apart)
    assert refused.keys() == across
    assert {*refused.values()} == {"positions of these photos are of two places: they look alike"}
    two_visits = {
        i: replace(
            v,
            device="phone",
            captured_s=86400.0 * alike.room[i],
            position_ecef=np.full(3, 1e6 + i),
        )
        for i, v in alike.views.items()
    }
    assert of_other_places(two_visits, fitting, far_apart) == {}
    one_visit = {i: replace(v, captured_s=0.0) for i, v in two_visits.items()}
    assert of_other_places(one_visit, fitting, far_apart) == {}


@pytest.fixture(scope="module")
def strewn() -> Rooms:
    """Two rooms that are alike but for every eighth point, all over."""
    room, common = room_points(POINTS, 5), descriptors(POINTS, 5)
    shots = []
    for number in range(2):
        told = common.copy()
        told[number::8] = descriptors(POINTS, 50 + number)[number::8]
        shots += [
            (number, shot, photograph(shot, room, told, NOISY, seed=5))
            for shot in walk(PHOTOS, seed=number, first_id=1 + PHOTOS * number)
        ]
    return rooms_of(shots, 5)


def test_a_little_that_is_missing_all_over_tells_too(strewn: Rooms) -> None:
    """In no whole part, and of pairs of one place next to nothing is."""
    fitting = [p for p in strewn.pairs if p.fits]
    across = [p for p in fitting if not strewn.is_within(p)]
    found_again = FoundAgain(strewn.views, fitting)
    assert max(found_again.missing(p).share for p in across) < 0.5
    judged = judge_pairs(strewn.views, strewn.pairs, SETTINGS)
    believed = {p.key for p in judged if p.accepted}
    assert len(across) >= 8
    assert not believed & {p.key for p in across}
    assert believed >= {p.key for p in fitting if strewn.is_within(p)}


def test_other_light_lets_more_be_missing(strewn: Rooms) -> None:
    """Between two visits as much as their best pairs miss is usual."""
    visits = {
        i: replace(v, device="phone", captured_s=86400.0 * strewn.room[i])
        for i, v in strewn.views.items()
    }
    fitting = [p for p in strewn.pairs if p.fits]
    assert of_other_places(visits, fitting, nothing) == {}


def test_certain_pairs_that_only_look_alikes_contradict_come_back(strewn: Rooms) -> None:
    """A walk along a front that repeats: most of its pairs have one part of it moved, but one."""
    within = [p for p in strewn.pairs if p.fits and strewn.is_within(p)]
    across = [p for p in strewn.pairs if p.fits and not strewn.is_within(p)]
    assert len(across) >= 8
    inside = {p.photo_a for p in across}
    a, b = min(inside), max(p.photo_b for p in across)
    other = next(p for p in across if p.key == (a, b))
    assert other.a_from_b is not None
    moved = other.a_from_b.translation_m + np.array((12.0, 0.0, 3.0))
    right = replace(
        other,
        a_from_b=replace(other.a_from_b, translation_m=moved),
        inliers=2000,
        matches=2000,
    )
    pairs = [*within, *(p for p in across if p.key != (a, b)), right]
    judged = judge_pairs(strewn.views, pairs, SETTINGS)
    assert [p.key for p in judged if p.accepted and not strewn.is_within(p)] == [(a, b)]


def test_what_a_photo_does_not_resolve_is_not_missing_in_it(two_rooms: Rooms) -> None:
    """Where all features are as small as can be, hardly one is larger in the other photo."""
    fitting = [p for p in two_rooms.pairs if p.fits]
    smallest = {}
    for i, v in two_rooms.views.items():
        size_px = np.full_like(v.features.scale_px, 2.0)
        smallest[i] = replace(v, features=replace(v.features, scale_px=size_px))
    asked, hardly = (
        sum(FoundAgain(views, fitting).missing(pair).expected for pair in fitting)
        for views in (two_rooms.views, smallest)
    )
    assert hardly < asked / 3
