import math
from pathlib import Path

import pytest

from worldmap.config import PriorSettings
from worldmap.geodesy import geoid_undulation_m
from worldmap.prior import pose_prior
from worldmap.records import (
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    PhotoMetadata,
    PositionSource,
    Tilt,
)

SETTINGS = PriorSettings()
BERLIN = (52.52, 13.405)


def metadata(**fields: object) -> PhotoMetadata:
    return PhotoMetadata(
        path=Path("a.jpg"),
        content_hash="0",
        width_px=40,
        height_px=30,
        orientation=1,
        **fields,  # type: ignore[arg-type]
    )


def position(height_m: float | None, datum: HeightDatum) -> GeoPosition:
    return GeoPosition(
        lat_deg=BERLIN[0],
        lon_deg=BERLIN[1],
        height_m=height_m,
        height_datum=datum,
        horizontal_sigma_m=5.0,
        vertical_sigma_m=10.0,
        source=PositionSource.EXIF,
    )


def test_heights_above_the_sea_gain_the_undulation() -> None:
    undulation_m = geoid_undulation_m(*BERLIN)
    assert 38 < undulation_m < 41  # EGM96 in Berlin: 39.5 m
    prior = pose_prior(
        metadata(position=position(34.0, HeightDatum.MSL)), SETTINGS, scale_sigma_rel=0.1
    )
    assert prior.height_m == pytest.approx(34.0 + undulation_m)
    assert prior.vertical_sigma_m == pytest.approx(math.hypot(10.0, SETTINGS.geoid_sigma_m))
    assert prior.position_source == "exif"
    assert prior.horizontal_sigma_m == 5.0
    assert prior.scale_sigma_rel == 0.1


def test_heights_above_the_ellipsoid_stay() -> None:
    prior = pose_prior(
        metadata(position=position(73.5, HeightDatum.ELLIPSOID)), SETTINGS, scale_sigma_rel=0.1
    )
    assert (prior.height_m, prior.vertical_sigma_m) == (73.5, 10.0)


def test_an_unknown_datum_covers_both_readings() -> None:
    undulation_m = geoid_undulation_m(*BERLIN)
    prior = pose_prior(
        metadata(position=position(34.0, HeightDatum.UNKNOWN)), SETTINGS, scale_sigma_rel=0.1
    )
    assert prior.height_m is not None
    for truth_m in (34.0, 34.0 + undulation_m):
        assert abs(truth_m - prior.height_m) <= prior.vertical_sigma_m
    assert "datum unknown" in prior.position_source


def test_a_position_without_height_gets_a_wide_guess() -> None:
    prior = pose_prior(
        metadata(position=position(None, HeightDatum.UNKNOWN)), SETTINGS, scale_sigma_rel=0.1
    )
    assert prior.height_m is not None
    assert prior.vertical_sigma_m == SETTINGS.unknown_height_sigma_m
    assert "height unknown" in prior.position_source


def test_a_photo_that_knows_nothing_stays_in_the_game() -> None:
    prior = pose_prior(metadata(), SETTINGS, scale_sigma_rel=0.25)
    assert not prior.has_position
    assert (prior.lat_deg, prior.lon_deg, prior.height_m, prior.heading_deg) == (None,) * 4
    assert prior.horizontal_sigma_m == math.inf
    assert prior.heading_sigma_deg == 180.0
    assert (prior.pitch_deg, prior.roll_deg) == (0.0, 0.0)
    assert prior.tilt_sigma_deg == SETTINGS.level_sigma_deg
    assert (prior.position_source, prior.heading_source, prior.tilt_source) == (
        "none",
        "none",
        "level",
    )


def test_heading_and_tilt_pass_through_with_their_sources() -> None:
    prior = pose_prior(
        metadata(
            heading=Heading(true_deg=12.0, sigma_deg=15.0, source=HeadingSource.TRUE),
            tilt=Tilt(pitch_deg=-30.0, roll_deg=1.0, sigma_deg=0.5, source="xmp drone"),
        ),
        SETTINGS,
        scale_sigma_rel=0.1,
    )
    assert (prior.heading_deg, prior.heading_sigma_deg, prior.heading_source) == (12, 15, "true")
    assert (prior.pitch_deg, prior.roll_deg, prior.tilt_sigma_deg) == (-30, 1, 0.5)
    assert prior.tilt_source == "xmp drone"
