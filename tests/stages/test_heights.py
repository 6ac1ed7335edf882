"""Heights that photos borrow from those around them."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from worldmap.config import PriorSettings
from worldmap.prior import pose_prior
from worldmap.records import GeoPosition, HeightDatum, PhotoMetadata, PosePrior, PositionSource
from worldmap.stages.heights import (
    GroundPoint,
    heights_by_neighbours,
    heights_that_disagree,
)


def prior(north_m: float, height_m: float | None, sigma_m: float = 10.0) -> PosePrior:
    position = GeoPosition(
        lat_deg=48.0 + north_m / 111_200,
        lon_deg=11.5,
        height_m=height_m,
        height_datum=HeightDatum.ELLIPSOID,
        horizontal_sigma_m=5.0,
        vertical_sigma_m=sigma_m if height_m is not None else 500.0,
        source=PositionSource.EXIF,
    )
    metadata = PhotoMetadata(
        path=Path("a.jpg"),
        content_hash="0",
        width_px=40,
        height_px=30,
        orientation=1,
        position=position,
    )
    return pose_prior(metadata, PriorSettings(), scale_sigma_rel=0.1)


def borrowed(priors: list[PosePrior], heights: list[float | None]) -> dict[int, PosePrior]:
    found = heights_by_neighbours(priors, [h is not None for h in heights])
    return {i: b.prior for i, b in found.items()}


def test_the_median_of_the_neighbours_with_what_they_may_be_off() -> None:
    heights = [520.0, None, 523.0, 521.0, 40.0]
    priors = [prior(20.0 * i, h) for i, h in enumerate(heights)]
    (found,) = borrowed(priors, heights).values()
    assert found.height_m == pytest.approx(520.5)
    # The neighbours' own 10 m, their spread, and a tenth of the way to them.
    spread_m, climb_m = 1.4826 * 1.5, 0.1 * math.hypot(30.0, 5.0)
    assert found.vertical_sigma_m == pytest.approx(math.hypot(10.0, spread_m, climb_m), rel=0.02)
    assert found.position_source == "exif (height by neighbours)"


def test_ground_too_far_away_says_nothing() -> None:
    heights = [520.0, None, None]
    priors = [prior(0.0, 520.0), prior(700.0, None), prior(400.0, None)]
    found = borrowed(priors, heights)
    assert set(found) == {2}
    assert found[2].vertical_sigma_m == pytest.approx(math.hypot(10.0, 40.0), rel=0.05)


def test_without_any_height_there_is_none_to_borrow() -> None:
    assert not borrowed([prior(0.0, None), prior(5.0, None)], [None, None])


def disagreeing(priors: list[PosePrior]) -> dict[int, float]:
    found = heights_that_disagree(priors, [True] * len(priors))
    return {i: told.prior.vertical_sigma_m for i, told in found.items()}


def test_the_altitude_of_a_minority_is_as_wide_as_it_is_off() -> None:
    # Zero above the ellipsoid, as a phone that knows none writes it above the sea.
    priors = [prior(20.0 * i, h) for i, h in enumerate([520.0, 523.0, -47.0, 521.0, 519.0, 522.0])]
    assert disagreeing(priors) == {2: pytest.approx(568.0, abs=2.0)}
    # What it would lend others is not asked for, and a photo without any is not misled.
    heights: list[float | None] = [520.0, -47.0, None]
    assert borrowed([prior(i, h) for i, h in enumerate(heights)], heights).keys() == {2}


def test_hills_towers_and_two_datums_are_no_contradiction() -> None:
    steep = [prior(60.0 * i, 500.0 + 50.0 * i) for i in range(8)]
    assert not disagreeing(steep)
    tower = [prior(20.0 * i, h) for i, h in enumerate([520.0, 523.0, 585.0, 521.0, 519.0])]
    assert not disagreeing(tower)
    geoid = [prior(20.0 * i, h) for i, h in enumerate([520.0, 523.0, 567.0, 521.0, 519.0])]
    assert not disagreeing(geoid)
    two_of_three = [prior(20.0 * i, h) for i, h in enumerate([520.0, -47.0, 521.0])]
    assert not disagreeing(two_of_three)


def test_a_drone_says_itself_how_high_it_is() -> None:
    priors = [prior(20.0 * i, h, sigma_m=3.0) for i, h in enumerate([520.0, 523.0, 920.0, 521.0])]
    assert 2 in disagreeing([*priors, prior(90.0, 522.0, sigma_m=3.0)])
    priors[2] = replace(priors[2], position_source="xmp")
    assert not disagreeing([*priors, prior(90.0, 522.0, sigma_m=3.0)])


def test_surveyed_points_tell_the_height_where_no_photo_does() -> None:
    ground = [
        GroundPoint(lat_deg=48.0 + i * 1e-4, lon_deg=11.5, height_m=h, vertical_sigma_m=10.0)
        for i, h in enumerate((566.0, 567.0, 571.0))
    ]
    (found,) = heights_by_neighbours([prior(0.0, None)], [False], ground).values()
    assert found.prior.height_m == pytest.approx(567.0)
    assert 10 < found.prior.vertical_sigma_m < 15
    assert found.entry.note == "of 3 surveyed points within 22 m"
    # And contradict one that is far from theirs.
    (odd,) = heights_that_disagree([prior(0.0, -47.0)], [True], ground).values()
    assert odd.prior.vertical_sigma_m == pytest.approx(614.0)
