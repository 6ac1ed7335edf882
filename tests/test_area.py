"""Areas: what the text means, and what lies inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldmap.area import Box, Circle, Everywhere, Polygons, parse_area
from worldmap.errors import MissingPathError, UsageError

SQUARE = [[13.0, 52.0], [14.0, 52.0], [14.0, 53.0], [13.0, 53.0], [13.0, 52.0]]
HOLE = [[13.4, 52.4], [13.6, 52.4], [13.6, 52.6], [13.4, 52.6], [13.4, 52.4]]


def written(tmp_path: Path, content: Any) -> str:
    path = tmp_path / "area.geojson"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_all() -> None:
    area = parse_area(" All ")
    assert area == Everywhere()
    assert area.contains([10.0, -90.0], [0.0, 180.0]).all()


def test_box_with_negative_degrees() -> None:
    area = parse_area("-0.5,51.4,-0.4,51.5")
    assert area == Box(west_deg=-0.5, south_deg=51.4, east_deg=-0.4, north_deg=51.5)
    assert area.contains([51.45, 51.45, 51.6], [-0.45, 0.45, -0.45]).tolist() == [
        True,
        False,
        False,
    ]


def test_box_over_the_antimeridian() -> None:
    area = parse_area("179,-18,-179,-16")
    assert area.contains(-17.0, [179.5, -179.5, 0.0]).tolist() == [True, True, False]


@given(
    lat=st.floats(-80, 80),
    lon=st.floats(-180, 180),
    azimuth=st.floats(0, 360),
    radius=st.floats(1, 50_000),
    share=st.sampled_from([0.5, 0.99999, 1.00001, 2.0]),
)
def test_circle_agrees_with_geodesics(
    lat: float, lon: float, azimuth: float, radius: float, share: float
) -> None:
    there_lon, there_lat, _ = pyproj.Geod(ellps="WGS84").fwd(lon, lat, azimuth, radius * share)
    area = parse_area(f"{lat},{lon},{radius}")
    assert isinstance(area, Circle)
    assert bool(area.contains(there_lat, there_lon)) == (share < 1)
    west, south, east, north = area.bounds_deg
    box = Box(west_deg=west, south_deg=south, east_deg=east, north_deg=north)
    assert share > 1 or box.contains(there_lat, there_lon)


def test_circle_at_a_pole_is_bounded_by_the_cap() -> None:
    area = parse_area("89.99,0,5000")
    assert area.bounds_deg[0::2] == (-180.0, 180.0)
    assert bool(area.contains(89.99, 180.0))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda polygon: polygon,
        lambda polygon: {"type": "Feature", "properties": {}, "geometry": polygon},
        lambda polygon: {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": None},
                {"type": "Feature", "geometry": polygon},
            ],
        },
        lambda polygon: {"type": "GeometryCollection", "geometries": [polygon]},
        lambda polygon: {"type": "MultiPolygon", "coordinates": [polygon["coordinates"]]},
    ],
)
def test_geojson_with_a_hole(tmp_path: Path, wrap: Any) -> None:
    polygon = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}
    area = parse_area(written(tmp_path, wrap(polygon)))
    assert area.contains([52.2, 52.5, 51.9], [13.5, 13.5, 13.5]).tolist() == [True, False, False]
    assert area.bounds_deg == (13.0, 52.0, 14.0, 53.0)


@given(
    st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=3, max_size=9),
    st.tuples(st.floats(-11, 11), st.floats(-11, 11)),
)
def test_polygon_agrees_with_the_winding_angle(
    corners: list[tuple[float, float]], point: tuple[float, float]
) -> None:
    """Against another rule: an odd number of turns about the point is inside (simple corners)."""
    ring = np.array([*corners, corners[0]])
    ahead = ring - np.array(point)
    distance = np.abs(ahead[:-1, 0] * ahead[1:, 1] - ahead[:-1, 1] * ahead[1:, 0]) / np.maximum(
        np.hypot(*(np.diff(ring, axis=0).T)), 1e-12
    )
    if np.hypot(*ahead.T).min() < 1e-3 or distance.min() < 1e-3:
        return  # on the border either answer will do
    angle = np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0]))
    turns = round((angle[-1] - angle[0]) / (2 * np.pi))
    area = Polygons(polygons=((ring,),))
    assert bool(area.contains(point[1], point[0])) == (turns % 2 == 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot understand"),
        ("1,2", "cannot understand"),
        ("1,2,3,4,5", "cannot understand"),
        ("nan,0,1,1", "cannot understand"),
        ("nowhere", "cannot understand"),
        ("52,13,53,200", "outside"),
        ("13,53,14,52", "empty"),
        ("13,52,13,53", "empty"),
        ("95,13,100", "outside"),
        ("52,13,0", "radius"),
        ("52,13,-5", "radius"),
    ],
)
def test_bad_text(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_area(text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(MissingPathError, match="does not exist"):
        parse_area("nowhere.geojson")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "not valid GeoJSON"),
        ({}, "not valid GeoJSON"),
        ({"type": "Point", "coordinates": [13, 52]}, "Point has no area"),
        ({"type": "FeatureCollection", "features": []}, "no polygon"),
        ({"type": "Polygon", "coordinates": []}, "at least four"),
        ({"type": "Polygon", "coordinates": [SQUARE[:3]]}, "at least four"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, "not valid GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[391400, 5819900]] * 4]}, "longitude"),
        (
            {
                "type": "Polygon",
                "coordinates": [SQUARE],
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}},
            },
            "CRS",
        ),
    ],
)
def test_bad_geojson(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_area(written(tmp_path, content))
    assert "\n" not in str(caught.value)
