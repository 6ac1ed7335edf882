"""What a session's tags are worth where no picture holds a photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.helpers.street_makers import SITE, pose_at
from tests.registration.test_placement import LONG, tagged
from worldmap.config import RegistrationSettings
from worldmap.records import PlacedBy, PlacedPose, UnplacedPose
from worldmap.registration.solve.proved import ProvedSessions, ProvedTags
from worldmap.registration.solve.verdicts import alone_by_tags
from worldmap.registration.view import PhotoView

LONE = LONG[-1].photo_id


@cache
def walk() -> dict[int, PhotoView]:
    """Ten photos of a street with a phone's tags."""
    return tagged(LONG)


def proved(
    off_deg: Mapping[int, float] | None = None,
    off_m: Mapping[int, tuple[float, float, float]] | None = None,
    views: Mapping[int, PhotoView] | None = None,
) -> ProvedTags:
    """Of the last photo of a walk, whose others pictures hold, with tags off by so much."""
    views = views or walk()
    told = ProvedSessions(views)
    told.add(
        replace(
            pose_at(i, 0.0),
            heading_residual_deg=(off_deg or {}).get(i, 0.0),
            gps_residual_m=(off_m or {}).get(i, (0.0, 0.0, 0.0)),
        )
        for i in views
        if i != LONE
    )
    found = told.of(LONE)
    assert found is not None
    return found


def alone(by: ProvedTags | None, view: PhotoView | None = None) -> PlacedPose:
    found = alone_by_tags(view or walk()[LONE], [], 0, RegistrationSettings(), {}, by)
    assert isinstance(found, PlacedPose)
    return found


def test_tags_that_proved_good_place_a_photo_as_before() -> None:
    before, after = alone(None), alone(proved())
    assert after.by == before.by == PlacedBy.TAGS
    assert after.covariance == pytest.approx(before.covariance)
    assert after.tags_hash == before.tags_hash


def test_a_compass_that_is_off_as_a_whole_places_none_by_itself() -> None:
    off = alone(proved({i: 168.0 + 4.0 * (i % 2) for i in walk()}))
    assert off.by == PlacedBy.DOUBT
    assert "the compass of a phone reads 170° off where pictures tell" in off.reason


def test_nor_does_one_that_is_wrong_more_often_than_it_says() -> None:
    """Half of the readings; of one in so many nothing is said yet."""
    ids = [i for i in walk() if i != LONE]
    half = dict.fromkeys(ids[::2], 180.0)
    off = alone(proved(half))
    assert off.by == PlacedBy.DOUBT
    assert f"{len(half)} of {len(ids)} compass readings of a phone are wrong" in off.reason
    # One of a hundred.
    many = {n: walk()[LONG[n % (len(LONG) - 1)].photo_id] for n in range(1000, 1100)}
    views = {n: replace(v, photo_id=n) for n, v in many.items()} | {LONE: walk()[LONE]}
    assert alone(proved({1000: 180.0}, views=views)).by == PlacedBy.TAGS


def test_positions_that_lie_off_together_are_worth_as_much_less() -> None:
    """Two visits that are apart: nobody knows which is right, but what one photo may be off by."""
    off_m = dict.fromkeys(walk(), (12.0, 9.0, 0.0))
    before, after = alone(None), alone(proved(off_m=off_m))
    assert after.by == PlacedBy.TAGS
    wider = np.array(after.position_sigma_m) / np.array(before.position_sigma_m)
    # 15 m in the plane is 10.6 m along each axis; the prior is worth four fixes.
    view, count = walk()[LONE], len(LONG) - 1
    expected = np.sqrt((4 + count * 112.5 / view.horizontal_sigma_m**2) / (4 + count))
    assert wider[:2] == pytest.approx(expected, rel=1e-6)
    assert wider[2] == pytest.approx(1.0)


def test_positions_that_are_elsewhere_place_none_by_themselves() -> None:
    off = alone(proved(off_m=dict.fromkeys(walk(), (60.0, 60.0, 0.0))))
    assert off.by == PlacedBy.DOUBT
    assert "positions of a phone are wrong" in off.reason


def test_another_days_photo_or_another_devices_is_not_judged_by_them() -> None:
    views = walk()
    day_s = 86400.0
    for other in (
        replace(views[LONE], captured_s=views[LONE].captured_s + day_s),
        replace(views[LONE], device="another phone"),
    ):
        told = ProvedSessions({**views, LONE: other})
        told.add(replace(pose_at(i, 0.0), heading_residual_deg=170.0) for i in views if i != LONE)
        assert told.of(LONE) is None


def test_what_tags_alone_place_proves_nothing() -> None:
    told = ProvedSessions(walk())
    told.add(
        replace(pose_at(i, 0.0, pairs=0), heading_residual_deg=0.0) for i in walk() if i != LONE
    )
    assert told.of(LONE) is None


def test_a_session_whose_tags_do_not_go_together_places_none_by_itself() -> None:
    """Pictures hold its photos, and yet nobody can say where they are."""
    told = ProvedSessions(walk())
    told.add(
        UnplacedPose(
            photo_id=i, reason="open", site=SITE, component=0, pairs=3, tags_hash=v.tags_hash
        )
        for i, v in walk().items()
        if i != LONE
    )
    off = alone(told.of(LONE))
    assert off.by == PlacedBy.DOUBT
    assert "their tags do not go together" in off.reason


def test_nor_does_one_whose_pictures_lost_their_orientation() -> None:
    told = ProvedSessions(walk(), turned={1, 2, 3})
    told.add(pose_at(i, 0.0) for i in walk() if i != LONE)
    off = alone(told.of(LONE))
    assert off.by == PlacedBy.DOUBT
    assert "3 other pictures of a phone are on their side or head" in off.reason
