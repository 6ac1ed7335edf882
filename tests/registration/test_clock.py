"""Positions of a clock that is off lie further along the way, which shows that where it bends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    EXACT,
    Shot,
    descriptors,
    moved_tag,
    photograph,
    room_points,
    shot,
    view,
)
from worldmap.registration.clock import lateness
from worldmap.registration.placement import Placement, placed_by_tags, session_evidence
from worldmap.registration.session import sessions
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
STEP_S, STEP_M = 7.0, 8.0
CORNER = [
    shot(k, STEP_M * min(k, 5), STEP_M * max(k - 5, 0), heading_deg=9.0 * k) for k in range(11)
]
STRAIGHT = [shot(k, STEP_M * k, heading_deg=9.0 * k) for k in range(11)]


def late(
    shots: list[Shot], seconds: float, *, by_track: bool, seed: int = 0
) -> dict[int, PhotoView]:
    """Photos with positions of where they were so many seconds later, to 2 m, where 5 are told."""
    rng = np.random.default_rng(seed)
    few, told = room_points(5), descriptors(5)
    time_s = STEP_S * np.arange(len(shots))
    way = np.array([s.enu_from_cam.translation_m for s in shots])
    at = np.stack([np.interp(time_s + seconds, time_s, c) for c in way.T], axis=1)
    noise = np.pad(2.0 * rng.standard_normal((len(shots), 2)), ((0, 0), (0, 1)))
    return {
        s.photo_id: replace(
            moved_tag(view(s, photograph(s, few, told), EXACT), off),
            device="a camera",
            captured_s=float(time),
            horizontal_sigma_m=5.0,
            vertical_sigma_m=15.0,
            heading_deg=None,
            heading_sigma_deg=180.0,
            by_track=by_track,
        )
        for s, time, off in zip(shots, time_s, at + noise - way, strict=True)
    }


def laid(views: dict[int, PhotoView], shots: list[Shot]) -> tuple[Placement, float]:
    """The placement, and how far it puts the middle photo off, in plan."""
    found = placed_by_tags(views, {s.photo_id: s.similarity for s in shots})
    assert found is not None
    middle = shots[len(shots) // 2].similarity
    off = found.moved(middle).translation_m - middle.translation_m
    return found, float(np.hypot(*off[:2]))


@pytest.mark.parametrize(("seconds", "by_track"), [(-35.0, False), (28.0, True), (45.0, False)])
def test_a_clock_that_is_off_is_found_where_the_way_bends(seconds: float, by_track: bool) -> None:
    found, off_m = laid(late(CORNER, seconds, by_track=by_track), CORNER)
    assert found.late_s == {"a camera": pytest.approx(seconds, abs=4.0)}
    assert off_m < 4.0


@pytest.mark.parametrize("seed", range(2))
def test_a_clock_that_is_right_is_left_alone(seed: int) -> None:
    found, off_m = laid(late(CORNER, 0.0, by_track=True, seed=seed), CORNER)
    assert not found.late_s
    assert off_m < 6.0


def test_fixes_far_off_are_no_clock() -> None:
    views = late(STRAIGHT, 0.0, by_track=False)
    for k, (east_m, north_m) in ((1, (70.0, 40.0)), (4, (45.0, 66.0)), (5, (34.0, 72.0))):
        views[k] = moved_tag(views[k], (east_m, north_m, 0.0))
    found, off_m = laid(views, STRAIGHT)
    assert not found.late_s
    assert off_m < 4.0 * float(np.sqrt(np.trace(found.covariance_m)))


def test_a_straight_way_leaves_a_tracks_clock_open_along_it() -> None:
    found = {by: laid(late(STRAIGHT, 0.0, by_track=by), STRAIGHT)[0] for by in (False, True)}
    tracked, own = (np.diag(found[by].covariance_m) for by in (True, False))
    # A clock is set to two seconds, receivers tell once in one; nothing of that is across the way.
    speed_mps = STEP_M / STEP_S
    assert tracked[0] - own[0] > speed_mps**2
    assert tracked[1] == pytest.approx(own[1])


def test_another_groups_corner_tells_the_clock_of_a_straight_way() -> None:
    corner, straight = (late(CORNER, -25.0, by_track=True), late(STRAIGHT, 0.0, by_track=True))
    # Taken in the middle of a longer way, whose ends would tell.
    behind = (-25.0 * STEP_M / STEP_S, 0.0, 0.0)
    straight = {i: moved_tag(v, behind) for i, v in straight.items()}
    at = {s.photo_id: s.similarity for s in CORNER}
    (told,) = session_evidence(corner, at, sessions(corner)).values()
    alone = laid(straight, STRAIGHT)[0]
    poses = {s.photo_id: s.similarity for s in STRAIGHT}
    beside = placed_by_tags(straight, poses, {i: [told] for i in straight})
    assert beside is not None
    assert not alone.late_s
    assert beside.late_s == {"a camera": pytest.approx(-25.0, abs=4.0)}
    # Too few positions to judge by are judged by what others say all the same.
    few, clock = {i: straight[i] for i in range(3)}, told.clock
    assert clock is not None
    assert not lateness(few, poses, sessions(few))
    (found,) = lateness(few, poses, sessions(few), {sessions(few)[0]: [clock]}).values()
    assert found.late_s == pytest.approx(-25.0, abs=4.0)


def test_photos_of_no_time_or_of_few_places_have_no_clock() -> None:
    poses = {s.photo_id: s.similarity for s in CORNER}
    timeless = {
        i: replace(v, captured_s=float("nan")) for i, v in late(CORNER, 30.0, by_track=True).items()
    }
    assert not lateness(timeless, poses, sessions(timeless))
    still = {i: replace(v, position_ecef=timeless[0].position_ecef) for i, v in timeless.items()}
    still = {i: replace(v, captured_s=float(i)) for i, v in still.items()}
    assert not lateness(still, poses, sessions(still))
