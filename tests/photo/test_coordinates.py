"""Latitudes, longitudes and heights in the spellings of people, tables and devices."""

from __future__ import annotations

import math

import pytest

from worldmap.photo.coordinates import is_feet, parse_altitude, parse_coordinate


@pytest.mark.parametrize(
    ("text", "degrees", "hemisphere"),
    [
        ("S22°57'06.8\"", -22.9518889, "S"),
        ("W 43.2105", -43.2105, "W"),
        ("N48° 08.255", 48.1375833, "N"),
        ("22° 57′ 06,8″ S", -22.9518889, "S"),
        ("13° 22' 39,9\" Ost", 13.37775, "E"),
        ("3° 42' 13\" Oeste", -3.7036111, "W"),
        ("22° 57' 6.8\" Sur", -22.9518889, "S"),
        ("22 deg 57' 6.80\" S", -22.9518889, "S"),
        ("33d51m24s S", -33.8566667, "S"),
        ("33d51m24s", 33.8566667, ""),
        ("33.85s", -33.85, "S"),
        ("-22 57 06.8", -22.9518889, ""),
        ("-22:57:06.8", -22.9518889, ""),
        ("48,1375 N", 48.1375, "N"),
        ("47,12.424N", 47.2070667, "N"),
        ("47,12,25.4N", 47.2070556, "N"),
        ("1.2345e1", 12.345, ""),
    ],
)
def test_coordinates_of_many_hands(text: str, degrees: float, hemisphere: str) -> None:
    found = parse_coordinate(text)
    assert found.degrees == pytest.approx(degrees, abs=1e-7)
    assert found.hemisphere == hemisphere


@pytest.mark.parametrize(
    "text",
    # O is the east of Germans and the west of Spaniards.
    ["3° 42' 13\" O", "-22 N", "47,75N", "48 N 12", "5.819.900,67", "48.1.2", "48° up", "N", ""],
)
def test_what_may_be_read_in_two_ways_is_none(text: str) -> None:
    assert math.isnan(parse_coordinate(text).degrees)


@pytest.mark.parametrize(
    ("text", "has_decimal_comma", "metres"),
    [
        ("10 m Below Sea Level", False, -10.0),
        ("10 m Above Sea Level", False, 10.0),
        ("5280 ft", False, 1609.344),
        ("1,706 ft", False, 519.9888),
        ("1,600", False, 1600.0),
        ("45,1 m", True, 45.1),
        ("1,6", False, 1.6),
    ],
)
def test_heights_with_units(text: str, has_decimal_comma: bool, metres: float) -> None:
    found = parse_altitude(text, has_decimal_comma=has_decimal_comma)
    assert found.metres == pytest.approx(metres)
    assert not found.problem


@pytest.mark.parametrize("text", ["", "-", "None", "n/a", "NaN"])
def test_no_height_is_no_problem(text: str) -> None:
    found = parse_altitude(text, has_decimal_comma=False)
    assert math.isnan(found.metres)
    assert not found.problem


def test_other_units_are_told() -> None:
    assert "is no height" in parse_altitude("1.6 km", has_decimal_comma=False).problem


def test_columns_in_feet() -> None:
    assert [is_feet(h) for h in ("Altitude (ft)", "alt_ft", "altitude", "shift")] == [
        *(True, True, False, False)
    ]
