"""Who stands among others and shares hardly anything with them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.helpers.registration_makers import placed, shot, views_of
from worldmap.config import PairSettings
from worldmap.records import PairRegistration, PlacedBy, PlacedPose
from worldmap.registration.evidence import SAYS_LITTLE, SAYS_MUCH, evidence
from worldmap.registration.solve.doubts import with_doubts

HELD, TIED = (1, 2, 3, 4), 5
SETTINGS = PairSettings()


def tie(a: int, b: int, inliers: int) -> PairRegistration:
    return PairRegistration(
        photo_a=a,
        photo_b=b,
        own_reason="",
        method="matches",
        matches=6 * inliers,
        inliers=inliers,
        rmse_px=1.0,
        overlap=0.2,
        in_front=0.0,
        a_from_b=None,
        covariance=None,
        inlier_index=np.zeros((0, 2), dtype=np.int32),
        seconds=0.0,
    )


def verdict(inliers: int, *partners: int, away_m: float = 1.0) -> PlacedPose:
    """Of a photo that pairs of so many matches tie to some of four others."""
    among = [tie(a, b, 200) for a, b in pairwise(HELD)]
    own = [tie(i, TIED, inliers) for i in partners]
    shots = [shot(i, float(i) - 3.0) for i in HELD]
    shots.append(shot(TIED, away_m - 3.0, 0.0 if away_m < 10.0 else -9.0))
    poses = [placed(each) for each in shots]
    *_, found = with_doubts(poses, [*among, *own], SETTINGS, {}, views_of(shots, points=9))
    assert isinstance(found, PlacedPose)
    return found


def test_a_stranger_that_windows_tie_to_one_photo_is_doubtful() -> None:
    found = verdict(20, 2)
    assert SAYS_LITTLE < evidence(tie(2, TIED, 20), SETTINGS) < SAYS_MUCH
    assert found.by == PlacedBy.DOUBT
    assert found.reason == (
        "doubtful: 20 matches with one photo hold it, and it shares nothing with others, of "
        "which 3 photos ought to show what it shows"
    )


@pytest.mark.parametrize("away_m", [1.0, 60.0])
def test_a_dozen_matches_with_one_photo_do_not_hold_another(away_m: float) -> None:
    """They turned a photo by half a turn, to where nobody else looks."""
    found = verdict(12, 4, away_m=away_m)
    assert found.by == PlacedBy.DOUBT
    assert found.reason == "doubtful: 12 of 72 matches with one photo are all that holds it"


@pytest.mark.parametrize(
    ("inliers", "partners", "away_m"),
    [
        (100, (2,), 1.0),  # Many matches.
        (12, (2, 3), 1.0),  # Two photos agree.
        (20, (4,), 60.0),  # Nobody else sees what it does.
    ],
)
def test_what_holds_otherwise_is_not(
    inliers: int, partners: tuple[int, ...], away_m: float
) -> None:
    assert verdict(inliers, *partners, away_m=away_m).by == PlacedBy.MATCHES


def test_of_what_goes_on_beyond_the_border_pairs_are_not_all_here() -> None:
    shots = [shot(i, float(i) - 3.0) for i in (*HELD, TIED)]
    poses, views = [placed(each) for each in shots], views_of(shots, points=9)
    *_, found = with_doubts(poses, [tie(2, TIED, 12)], SETTINGS, {TIED: 1}, views)
    assert isinstance(found, PlacedPose)
    assert found.by == PlacedBy.MATCHES
