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

from worldmap.area import Around, Box, Circle, Everywhere, Polygons, parse_area
from worldmap.errors import AreaError, MissingPathError, UsageError
from worldmap.geodesy import geodetic_from_projected, projected_from_geodetic
from worldmap.mapfolder import area_of
from worldmap.tiling import TILE_SIZE_M

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
        ("nowhere.jpg,30", "no photo of the map and no file is nowhere.jpg"),
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
        ({"type": "Point", "coordinates": [13, 52]}, "points and lines have no area"),
        ({"type": "FeatureCollection", "features": []}, "holds no geometry"),
        ({"type": "Polygon", "coordinates": []}, "holds no geometry"),
        ({"type": "Polygon", "coordinates": [SQUARE[:3]]}, "at least four"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, "not valid GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[391400, 5819900]] * 4]}, "longitude"),
        (
            {
                "type": "Polygon",
                "coordinates": [SQUARE],
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99"}},
            },
            "CRS",
        ),
    ],
)
def test_bad_geojson(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        parse_area(written(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldmap.area.parse._MOST_BYTES", 64)
    with pytest.raises(AreaError, match="larger than"):
        parse_area(written(tmp_path, {"type": "Polygon", "coordinates": [SQUARE] * 9}))


# --- what else people have ----------------------------------------------------------------------

UTM_RING = [(391400.0, 5819900.0), (392400.0, 5819900.0), (392400.0, 5820500.0),
            (391400.0, 5820500.0), (391400.0, 5819900.0)]  # fmt: skip
NAMED = "name,lat,lon,radius_m\nOld Town,52.5,13.4,500\nOld Mill,52.6,13.5,\nOak,1,1,\nOak,2,2,\n"


def around_the_edge(off_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions so far outside the middle and the quarters of the ring's edges."""
    x = np.array([391650, 391900, 392400 + off_m, 391900, 391400 - off_m])
    y = np.array([5819900 - off_m, 5820500 + off_m, 5820200, 5819900 - off_m, 5820100])
    lat, lon, _ = geodetic_from_projected(np.column_stack((x, y, 0 * x)), 32633)
    return lat, lon


@pytest.mark.parametrize("kind", [".geojson", ".gpkg", ".shp", "wkt"])
def test_a_polygon_in_a_projection_is_cut_exactly_where_its_edges_are(
    tmp_path: Path, kind: str
) -> None:
    import geopandas
    import shapely

    path = tmp_path / f"area{kind}"
    ring = shapely.Polygon(UTM_RING)
    if kind == "wkt":
        area = parse_area(f"SRID=32633;{ring.wkt}")
    else:
        geopandas.GeoDataFrame({"name": ["here"]}, geometry=[ring], crs="EPSG:32633").to_file(path)
        area = parse_area(str(path))
    # A kilometre's edge that was straight in degrees would be 3 cm off in the middle.
    assert not area.contains(*around_the_edge(0.002)).any()
    assert area.contains(*around_the_edge(-0.002)).all()


def test_a_tile_by_its_key() -> None:
    area = parse_area("32633_391400_5819900")
    half = TILE_SIZE_M / 2
    for off, inside in ((half - 0.01, True), (half + 0.01, False)):
        x = np.array([391450 + off, 391450 - off, 391450.0, 391450.0])
        y = np.array([5819950.0, 5819950.0, 5819950 + off, 5819950 - off])
        lat, lon, _ = geodetic_from_projected(np.column_stack((x, y, 0 * x)), 32633)
        assert (area.contains(lat, lon) == inside).all()
    with pytest.raises(AreaError, match="whole 100 m"):
        parse_area("32633_391450_5819900")


@pytest.mark.parametrize(
    ("text", "polygons"),
    [
        ("POLYGON((13 52,14 52,14 53,13 53,13 52))", 1),
        ("polygon z ((13 52 1,14 52 1,14 53 1,13 52 1),(13.1 52.1 1,13.2 52.1 1,13.2 52.2 1,"
         "13.1 52.1 1))", 1),
        ("MULTIPOLYGON(((13 52,14 52,14 53,13 52)),((15 52,16 52,16 53,15 52)))", 2),
        ("GEOMETRYCOLLECTION(POINT(1 2),POLYGON((13 52,14 52,14 53,13 52)))", 1),
    ],
)  # fmt: skip
def test_well_known_text_as_shapely_reads_it(text: str, polygons: int) -> None:
    import shapely

    area, known = parse_area(text), shapely.from_wkt(text)
    assert isinstance(area, Polygons)
    assert len(area.polygons) == polygons
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(12.5, 16.5, 4000), rng.uniform(51.5, 53.5, 4000)
    assert np.array_equal(area.contains(lat, lon), shapely.contains_xy(known, lon, lat))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("POLYGON((13 52,14 52", "not closed"),
        ("POLYGON((13 52,14 x))", "a number belongs"),
        ("POLYGON((13 52,14 52,14 53,13 52)) 3", "goes on"),
        ("POLYGON EMPTY", "no geometry"),
        ("CURVEPOLYGON((1 1))", "cannot understand"),
        ("POLYGON((52 13,52 114,53 114,52 13))", "longitude comes first"),
    ],
)
def test_bad_well_known_text(text: str, words: str) -> None:
    with pytest.raises(AreaError, match=words) as caught:
        parse_area(text)
    assert "\n" not in str(caught.value)


def test_points_and_lines_with_a_radius_agree_with_geodesics() -> None:
    area = parse_area("LINESTRING(13 52, 13.02 52.01),300")
    assert isinstance(area, Around)
    geod = pyproj.Geod(ellps="WGS84")
    azimuth, _, length = geod.inv(13.0, 52.0, 13.02, 52.01)
    lon, lat, _ = geod.fwd(13.0, 52.0, azimuth, length / 2)
    for off, inside in ((299.0, True), (301.0, False)):
        for turn in (-90, 90):
            x, y, _ = geod.fwd(lon, lat, azimuth + turn, off)
            assert bool(area.contains(y, x)) == inside
        x, y, _ = geod.fwd(13.0, 52.0, azimuth + 180, off)
        assert bool(area.contains(y, x)) == inside
    west, south, east, north = area.bounds_deg
    assert west < 13 < 13.02 < east
    assert south < 52 < 52.01 < north
    with pytest.raises(AreaError, match="how far around"):
        parse_area("LINESTRING(13 52, 13.02 52.01)")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("48,110,53,111", "--area 110,48,111,53"),
        ("13,53,14,52", "--area 13,52,14,53"),
        ("113,52,50", "--area 52,113,50"),
    ],
)
def test_exchanged_numbers_are_told(text: str, meant: str) -> None:
    with pytest.raises(AreaError, match=f"did you mean {meant}"):
        parse_area(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("59.3312,18.0606,20m", "59.3312,18.0606,20"),
        ("59.3312,18.0606,0.02 km", "59.3312,18.0606,20"),
        ("59.3312 18.0606 20", "59.3312,18.0606,20"),
        ("59,3312;18,0606;20", "59.3312,18.0606,20"),
        ("59,3312 18,0606 20", "59.3312,18.0606,20"),
        ("59,3312,18,0606,20", "59.3312,18.0606,20"),
        ("18,05,59,33,18,07,59,34", "18.05,59.33,18.07,59.34"),
        ("59°19'48\"N,18°03'36\"E,20", "59.33,18.06,20"),
        ("59 19 48 N, 18 3 36 W, 20", "59.33,-18.06,20"),
        ("E18.06,S59.33,20", "-59.33,18.06,20"),
        ("59.33,18.06", "59.33,18.06,50 (metres around)"),
        ("geo:59.33,18.06", "59.33,18.06,50 (metres around)"),
        ("59.33,342,20", "59.33,-18,20"),
        ("341,59,343,60", "-19,59,-17,60"),
        ("[18.05,59.33,18.07,59.34]", "18.05,59.33,18.07,59.34"),
        ("59.33,59.34,18.05,18.07", "18.05,59.33,18.07,59.34"),
        ("a photo.jpg,20m", "a photo.jpg,20"),
        ("332790,6580610,20", "'SRID=N;POINT(332790 6580610),20'"),
        ("332790,6580610,332791,6580611", "'SRID=N;POLYGON((332790 6580610,332791 6580610,"),
    ],
)
def test_areas_as_they_are_written_elsewhere_are_told(text: str, meant: str) -> None:
    with pytest.raises(AreaError) as told:
        parse_area(text)
    assert f"--area {meant}" in told.value.hint
    if "N;" not in meant and ".jpg" not in meant:
        parse_area(meant.removesuffix(" (metres around)"))


@pytest.mark.parametrize(
    "text", ["everywhere", "u6sce", "1,2,3,4,5,6,7", "N,E,20", "a,b", "--", ""]
)
def test_nothing_is_made_of_what_is_no_area(text: str) -> None:
    with pytest.raises(AreaError) as told:
        parse_area(text)
    assert "did you mean" not in told.value.hint


def test_well_known_text_as_others_write_it() -> None:
    area = parse_area("POLYGONZ((13 52 1,14 52 1,14 53 1,13 52 1))")
    assert area.contains([52.1, 52.9], [13.5, 13.5]).tolist() == [True, False]
    with pytest.raises(AreaError, match="two numbers, longitude and latitude"):
        parse_area("POINT(13,52),20")
    with pytest.raises(AreaError, match="holds no geometry"):
        parse_area("POINT EMPTY,20")


def test_a_photo_may_be_named_by_its_file(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"\xff\xd8")
    area = parse_area(f"{photo},20", {"a.jpg": (52.0, 13.0)}.get)
    assert area == Circle(lat_deg=52.0, lon_deg=13.0, radius_m=20)


@pytest.mark.parametrize("text", ["52,13,20", "13,52,14,53", "POINT(13 52),20"])
def test_an_area_of_what_is_no_map_is_itself(tmp_path: Path, text: str) -> None:
    """As of two LAS files that are compared."""
    cloud = tmp_path / "a.las"
    cloud.write_bytes(b"LASF")
    for path in (cloud, tmp_path / "nothing"):
        assert area_of(path, text).contains([52.0], [13.0]).tolist() == [True]


def test_place_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "places.csv"
    table.write_text(NAMED)
    area = parse_area(f"{table}#old town")
    assert isinstance(area, Around)
    assert (area.radius_m, bool(area.contains(52.5, 13.4))) == (500, True)
    with pytest.raises(AreaError, match="as a point; say how far"):
        parse_area(f"{table}#Old Mill")
    with pytest.raises(AreaError, match="did you mean Old Mill, Old Town"):
        parse_area(f"{table}#Old")
    with pytest.raises(AreaError, match="2 places called"):
        parse_area(f"{table}#Oak,10")
    monkeypatch.setenv("WORLDMAP_GAZETTEER", str(table))
    assert parse_area("Old Mill,50").contains(52.6, 13.5)
    geonames = tmp_path / "DE.txt"
    row = ["7", "Quelle", "Quelle", "", "52.7", "13.6", *[""] * 13]
    geonames.write_text("\t".join(row) + "\n")
    assert parse_area(f"{geonames}#Quelle,40").contains(52.7, 13.6)


def test_a_named_feature_of_a_layer(tmp_path: Path) -> None:
    shapes = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {
            "type": "Polygon", "coordinates": [[[x + dx, 52 + dy] for dx, dy in CORNERS]]}}
        for name, x in (("a", 13.0), ("b", 15.0))
    ]  # fmt: skip
    path = written(tmp_path, {"type": "FeatureCollection", "features": shapes})
    area = parse_area(f"{path}#b")
    assert area.contains([52.5, 52.5], [13.5, 15.5]).tolist() == [False, True]


CORNERS = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]


def test_a_photo_and_how_far_around_it() -> None:
    found = parse_area("IMG_1.jpg,25", lambda name: (52.0, 13.0) if name == "IMG_1.jpg" else None)
    assert found == Circle(lat_deg=52.0, lon_deg=13.0, radius_m=25.0)
    with pytest.raises(AreaError, match=r"IMG_1\.jpg,50"):
        parse_area("IMG_1.jpg", lambda _: (52.0, 13.0))


def test_a_projected_position_is_where_its_tile_says() -> None:
    x, y, _ = projected_from_geodetic(52.52, 13.4, 0.0, 33 + 32600)
    key = f"32633_{int(x // 100) * 100}_{int(y // 100) * 100}"
    assert parse_area(key).contains(52.52, 13.4)
