"""Candidate pairs: photos that may show the same place, and not all against all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.registration_makers import (
    EXACT,
    Shot,
    descriptors,
    moved_tag,
    photograph,
    room_points,
    shot,
    untagged,
    view,
)
from worldmap.config import PairSettings
from worldmap.records import Features
from worldmap.registration.candidates import candidate_pairs
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings()
EMPTY = photograph(shot(0, 0.1), room_points(1), descriptors(1))


def seen(
    *shots: Shot, gps_m: float = 3.0, heading_deg: float = 8.0, features: Features = EMPTY
) -> list[PhotoView]:
    errors = replace(EXACT, gps_m=gps_m, heading_deg=heading_deg)
    return [view(s, features, errors) for s in shots]


def test_neighbours_that_look_the_same_way() -> None:
    assert candidate_pairs(seen(shot(1, 0.1), shot(2, 5.1)), SETTINGS) == [(0, 1)]


def test_photos_back_to_back_see_nothing_in_common() -> None:
    back = seen(shot(1, 0.1, heading_deg=90), shot(2, -20.1, heading_deg=270))
    assert candidate_pairs(back, SETTINGS) == []


def test_photos_that_face_each_other() -> None:
    facing = seen(shot(1, 0.1, heading_deg=90), shot(2, 40.1, heading_deg=270))
    assert candidate_pairs(facing, SETTINGS) == [(0, 1)]


def test_photos_out_of_each_others_range() -> None:
    far = seen(shot(1, 0.1, heading_deg=90), shot(2, 400.1, heading_deg=270))
    assert candidate_pairs(far, SETTINGS) == []
    longer = SETTINGS.model_copy(update={"max_range_m": 300.0})
    assert candidate_pairs(far, longer) == [(0, 1)]


def test_without_heading_a_photo_may_look_anywhere() -> None:
    one, two = seen(shot(1, 0.1, heading_deg=90), shot(2, -20.1, heading_deg=270))
    assert candidate_pairs([one, untagged(two, position=False)], SETTINGS) == [(0, 1)]


def test_vague_tags_widen_what_is_possible() -> None:
    far = (shot(1, 0.1, heading_deg=90), shot(2, 200.1, heading_deg=270))
    assert candidate_pairs(seen(*far), SETTINGS) == []
    assert candidate_pairs(seen(*far, gps_m=50.0), SETTINGS) == [(0, 1)]
    apart = (shot(1, 0.1, heading_deg=90), shot(2, -20.1, heading_deg=270))
    assert candidate_pairs(seen(*apart), SETTINGS) == []
    assert candidate_pairs(seen(*apart, heading_deg=80.0), SETTINGS) == [(0, 1)]


def test_headings_around_north() -> None:
    ahead = seen(shot(1, 0.1, heading_deg=358), shot(2, 0.2, 5.0, heading_deg=3))
    assert candidate_pairs(ahead, SETTINGS) == [(0, 1)]


def test_a_photo_without_position_is_tried_with_everyone_in_a_small_area() -> None:
    views = seen(*(shot(i, 1000.0 * i + 0.1) for i in range(4)))
    views[2] = untagged(views[2])
    assert candidate_pairs(views, SETTINGS) == [(0, 2), (1, 2), (2, 3)]


def test_so_is_a_photo_whose_position_is_vaguer_than_photos_see() -> None:
    views = seen(*(shot(i, 1000.0 * i + 0.1) for i in range(4)))
    views[2] = replace(views[2], horizontal_sigma_m=200.0)
    assert candidate_pairs(views, SETTINGS) == [(0, 2), (1, 2), (2, 3)]


def test_photos_without_any_tags_are_tried_all_with_all() -> None:
    views = [untagged(v) for v in seen(*(shot(i, i + 0.1) for i in range(4)))]
    assert candidate_pairs(views, SETTINGS) == [(i, j) for i in range(4) for j in range(i + 1, 4)]


def test_a_lost_photo_of_a_large_area_is_tried_with_those_that_look_like_it() -> None:
    """Two rooms, far apart, each with things of its own; a photo of the second has no position."""
    views = []
    for i in range(24):
        room = i % 2
        told = descriptors(120, seed=room)
        spot = shot(i, 0.4 * (i // 2) - 2.3)
        views.append(view(spot, photograph(spot, room_points(120), told)))
        views[-1] = moved_tag(views[-1], (5000.0 * room, 0, 0))
    lost = 7
    views[lost] = untagged(views[lost])
    few = SETTINGS.model_copy(update={"max_neighbours": 6})
    pairs = candidate_pairs(views, few)
    partners = [i + j - lost for i, j in pairs if lost in (i, j)]
    assert len(partners) == 6
    assert all(p % 2 == 1 for p in partners), partners
    assert candidate_pairs(views, few) == pairs


def test_a_photo_without_features_can_be_lost_too() -> None:
    views = [untagged(v) for v in seen(*(shot(i, i + 0.1) for i in range(8)))]
    rich = photograph(shot(0, 0.1), room_points(250), descriptors(250))
    bare = replace(
        rich,
        **{
            name: getattr(rich, name)[:0]
            for name in (
                "uv_px",
                "descriptor",
                "xyz_cam",
                "depth_sigma_rel",
                "scale_px",
                "on_plane",
            )
        },
    )
    views = [replace(v, features=bare if n == 3 else rich) for n, v in enumerate(views)]
    pairs = candidate_pairs(views, SETTINGS.model_copy(update={"max_neighbours": 3}))
    assert {i for pair in pairs for i in pair} == set(range(8))


def test_few_or_no_photos() -> None:
    assert candidate_pairs([], SETTINGS) == []
    assert candidate_pairs(seen(shot(1, 0.1)), SETTINGS) == []
    assert candidate_pairs([untagged(v) for v in seen(shot(1, 0.1))], SETTINGS) == []


@pytest.mark.parametrize("most", [1, 4, 10])
def test_the_number_of_neighbours_is_bounded(most: int) -> None:
    """Sixty photos of one spot: each proposes at most so many."""
    rng = np.random.default_rng(0)
    spots = (shot(i, *rng.uniform(-5, 5, 2), heading_deg=rng.uniform(-30, 30)) for i in range(60))
    pairs = candidate_pairs(seen(*spots), SETTINGS.model_copy(update={"max_neighbours": most}))
    assert 60 * most / 2 <= len(pairs) <= 60 * most


def test_the_nearest_are_preferred() -> None:
    """A row of photos: with two neighbours each, far ones are not tried."""
    row = seen(*(shot(i, 6.0 * i + 0.1) for i in range(12)))
    pairs = candidate_pairs(row, SETTINGS.model_copy(update={"max_neighbours": 2}))
    assert max(j - i for i, j in pairs) <= 2
    assert {(i, i + 1) for i in range(11)} <= set(pairs)


places = st.lists(
    st.tuples(st.floats(-200, 200), st.floats(-200, 200), st.floats(0, 359), st.booleans()),
    max_size=9,
)


@settings(max_examples=40)
@given(places)
def test_pairs_are_sorted_unique_and_do_not_depend_on_the_order(
    told: list[tuple[float, float, float, bool]],
) -> None:
    views = seen(*(shot(i, x, y, heading_deg=h) for i, (x, y, h, _) in enumerate(told)))
    views = [v if told[i][3] else untagged(v) for i, v in enumerate(views)]
    pairs = candidate_pairs(views, SETTINGS)
    assert pairs == sorted(set(pairs))
    assert all(0 <= i < j < len(views) for i, j in pairs)
    last = len(views) - 1
    turned = candidate_pairs(views[::-1], SETTINGS)
    assert sorted((last - j, last - i) for i, j in turned) == pairs


def test_another_way_to_tell_likeness() -> None:
    """A learned descriptor takes the place of VLAD by giving unit vectors."""

    class ByNumber:
        def vectors(self, views: Sequence[PhotoView]) -> np.ndarray:
            angle = np.array([0.1 * v.photo_id for v in views])
            return np.stack((np.cos(angle), np.sin(angle)), axis=1)

    lost = [untagged(v) for v in seen(*(shot(i, 500.0 * i) for i in range(8)))]
    two = SETTINGS.model_copy(update={"max_neighbours": 2})
    found = candidate_pairs(lost, two, ByNumber())
    assert found == [(0, 1), (0, 2), *[(i, i + 1) for i in range(1, 5)], (5, 6), (5, 7), (6, 7)]
