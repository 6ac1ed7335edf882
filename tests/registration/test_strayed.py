"""Where nobody gets to between two pictures of a walk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.helpers.registration_makers import Shot, placed, shot, view, views_of
from worldmap.records import PlacedBy, PlacedPose
from worldmap.registration.solve.strayed import strayed
from worldmap.registration.view import PhotoView

STEP_M, STEP_S, START_S = 5.0, 6.0, 1.7e9
OWN = 4
"""Which of seven photos of a walk no picture holds."""


def walk(
    off_m: float, *, device: str = "maker phone", own_s: float | None = None, photos: int = 7
) -> dict[int, str]:
    """What is said of a photo whose tags put it so far beside the walk."""
    shots = [shot(i, STEP_M * i) for i in range(1, photos + 1)]
    views = {
        i: replace(v, device=device, captured_s=START_S + STEP_S * i)
        for i, v in views_of(shots, points=9).items()
    }
    if own_s is not None:
        views[OWN] = replace(views[OWN], captured_s=own_s)
    return strayed([by_tags(s, off_m) if s.photo_id == OWN else placed(s) for s in shots], views)


def by_tags(of: Shot, off_m: float) -> PlacedPose:
    stands = placed(shot(of.photo_id, STEP_M * of.photo_id, off_m), position_sigma_m=5.0)
    return replace(stands, by=PlacedBy.TAGS)


def test_a_fix_that_nobody_walks_to_is_none() -> None:
    assert walk(40.0) == {
        OWN: "doubtful: its position is 40 m from where its camera was 6 s before it, at 0.8 m/s "
        "at most"
    }


@pytest.mark.parametrize("off_m", [0.0, 12.0])
def test_what_gps_is_off_by_is_no_reason(off_m: float) -> None:
    assert walk(off_m) == {}


def test_with_time_enough_one_gets_there() -> None:
    assert walk(40.0, own_s=START_S + 300.0) == {}


@pytest.mark.parametrize(
    "told", [{"device": ""}, {"own_s": float("nan")}, {"own_s": START_S + 9000.0}]
)
def test_who_does_not_say_when_or_with_what_walks_with_nobody(told: dict[str, object]) -> None:
    """Or walked there hours later."""
    assert walk(40.0, **told) == {}  # type: ignore[arg-type]


def test_few_steps_tell_no_speed() -> None:
    assert walk(40.0, photos=5) == {}


def test_what_pictures_hold_is_where_they_have_it() -> None:
    shots = [shot(i, STEP_M * i, 40.0 if i == OWN else 0.0) for i in range(1, 8)]
    views: dict[int, PhotoView] = {
        s.photo_id: replace(
            view(s, views_of([s], points=9)[s.photo_id].features),
            device="maker phone",
            captured_s=START_S + STEP_S * s.photo_id,
        )
        for s in shots
    }
    assert strayed([placed(s) for s in shots], views) == {}
