"""Heights that photos borrow from those around them."""

import math
from pathlib import Path

import pytest

from worldmap.config import PriorSettings
from worldmap.prior import pose_prior
from worldmap.records import GeoPosition, HeightDatum, PhotoMetadata, PosePrior, PositionSource
from worldmap.stages.heights import heights_by_neighbours


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
