"""Geodesy against published values, PROJ's own geodesics and round trips."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldmap.errors import UsageError
from worldmap.geodesy import (
    Site,
    Vertical,
    compound_wkt1,
    ecef_from_geodetic,
    enu_from_projected,
    epsg_of_wkt,
    geodetic_from_ecef,
    geodetic_from_projected,
    geoid_undulation_m,
    projected_epsg,
    projected_from_enu,
    projected_from_geodetic,
    roughly_projected_from_enu,
)

BERLIN = Site(52.52, 13.405, 80.0)

latitudes = st.floats(-90.0, 90.0)
longitudes = st.floats(-180.0, 180.0)


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "epsg"),
    [
        (52.52, 13.405, 32633),
        (-33.9, 18.4, 32734),
        (0.0, -180.0, 32601),
        (10.0, 180.0, 32601),
        (10.0, 179.999, 32660),
        (10.0, 539.999, 32660),
        (60.39, 5.32, 32632),  # Bergen lies in 31 by its longitude
        (60.0, 2.9, 32631),
        (64.0, 5.0, 32631),
        (55.99, 5.0, 32631),
        (78.22, 15.65, 32633),  # Longyearbyen
        (72.0, 8.999, 32631),
        (72.0, 9.0, 32633),
        (80.0, 21.0, 32635),
        (83.9, 33.0, 32637),
        (80.0, 42.0, 32638),
        (71.99, 33.0, 32636),
        (84.0, 0.0, 5041),
        (90.0, 0.0, 5041),
        (-80.0, 0.0, 32731),
        (-80.001, 0.0, 5042),
        (-0.0, 3.0, 32631),
    ],
)
def test_projected_epsg(lat_deg: float, lon_deg: float, epsg: int) -> None:
    assert projected_epsg(lat_deg, lon_deg) == epsg


@given(st.floats(-80.0, 83.999), st.floats(-180.0, 179.999))
def test_projected_epsg_agrees_with_the_registered_area_of_use(lat: float, lon: float) -> None:
    # EPSG's areas of use are the plain 6° strips, so the exceptions are left out here.
    if (56 <= lat < 64 and 0 <= lon < 12) or (lat >= 72 and 0 <= lon < 42):
        return
    area = pyproj.CRS.from_epsg(projected_epsg(lat, lon)).area_of_use
    assert area is not None
    assert area.west - 1e-9 <= lon <= area.east + 1e-9
    assert area.south - 1e-9 <= lat <= area.north + 1e-9


@pytest.mark.parametrize("position", [(90.1, 0.0), (np.nan, 0.0), (0.0, np.inf)])
def test_projected_epsg_refuses_what_is_no_position(position: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="not a position"):
        projected_epsg(*position)


def test_ecef_of_known_points() -> None:
    assert ecef_from_geodetic(0.0, 0.0, 0.0) == pytest.approx((6378137.0, 0.0, 0.0), abs=1e-6)
    # Semi-minor axis of WGS84, NGA.STND.0036.
    pole = ecef_from_geodetic(90.0, 0.0, 0.0)
    assert pole == pytest.approx((0.0, 0.0, 6356752.314245), abs=1e-6)


@given(latitudes, longitudes, st.floats(-500.0, 9000.0))
def test_ecef_round_trip(lat: float, lon: float, height: float) -> None:
    xyz_ecef = ecef_from_geodetic(lat, lon, height)
    again = ecef_from_geodetic(*geodetic_from_ecef(xyz_ecef))
    assert again == pytest.approx(xyz_ecef, abs=5e-6)


@given(latitudes, longitudes, st.floats(0.0, 360.0), st.floats(0.0, 500.0))
def test_enu_agrees_with_geodesics(lat: float, lon: float, azimuth: float, distance: float) -> None:
    """A point `distance` along an azimuth lies there in ENU, but for the Earth's curvature."""
    site = Site(lat, lon, 100.0)
    lon2, lat2, _ = pyproj.Geod(ellps="WGS84").fwd(lon, lat, azimuth, distance)
    east, north, up = site.enu_from_geodetic(lat2, lon2, 100.0)
    # Shortest radius of curvature 6335 km; the 100 m of height stretch a chord by 1.6e-5.
    assert up == pytest.approx(-(distance**2) / 2 / 6.37e6, abs=2e-4)
    assert np.hypot(east, north) == pytest.approx(distance, rel=2e-5, abs=1e-5)
    if abs(lat) < 89.0:
        radians = np.deg2rad(azimuth)
        expected = (distance * np.sin(radians), distance * np.cos(radians))
        assert (east, north) == pytest.approx(expected, abs=0.02)


@given(latitudes, longitudes, st.integers(0, 2**32 - 1))
def test_enu_projected_round_trip(lat: float, lon: float, seed: int) -> None:
    site = Site(lat, lon, 50.0)
    epsg = projected_epsg(lat, lon)
    xyz_enu = np.random.default_rng(seed).uniform(-2000, 2000, (5, 3))
    xyz_projected = projected_from_enu(xyz_enu, site, epsg)
    assert enu_from_projected(xyz_projected, site, epsg) == pytest.approx(xyz_enu, abs=1e-5)
    lat_deg, lon_deg, height_m = geodetic_from_projected(xyz_projected, epsg)
    assert site.enu_from_geodetic(lat_deg, lon_deg, height_m) == pytest.approx(xyz_enu, abs=1e-5)
    direct = projected_from_geodetic(*site.geodetic_from_enu(xyz_enu), epsg)
    assert direct == pytest.approx(xyz_projected, abs=1e-5)


def test_projected_is_not_enu_moved_rigidly() -> None:
    """The grid of zone 33 is turned by 1.27° in Berlin: 2.2 m over 100 m."""
    ends = projected_from_enu(np.array([(0.0, 0, 0), (0, 100, 0)]), BERLIN, 32633)
    assert ends[1, 0] - ends[0, 0] == pytest.approx(2.21, abs=0.02)


def test_shapes_and_empty_arrays() -> None:
    assert projected_from_enu(np.empty((0, 3)), BERLIN, 32633).shape == (0, 3)
    assert BERLIN.enu_from_geodetic(np.zeros((2, 1)), np.zeros(4), 0.0).shape == (2, 4, 3)
    lat, lon, height = BERLIN.geodetic_from_enu(np.zeros((2, 4, 3)))
    assert lat.shape == lon.shape == height.shape == (2, 4)
    with pytest.raises(ValueError, match="shape"):
        geodetic_from_ecef(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="finite"):
        projected_from_enu(np.full((1, 3), np.nan), BERLIN, 32633)


@pytest.mark.parametrize("site", [(91.0, 0.0, 0.0), (0.0, np.nan, 0.0), (0.0, 0.0, np.inf)])
def test_site_refuses_what_is_no_position(site: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError):
        Site(*site)


@pytest.mark.parametrize("epsg", [9707, 5773, 99999])
def test_transforms_that_would_be_silently_wrong_are_refused(epsg: int) -> None:
    """EGM96 heights need a grid that PROJ lacks here; its ballpark would return the input."""
    with pytest.raises(UsageError, match=str(epsg)):
        projected_from_enu(np.zeros((1, 3)), BERLIN, epsg)


def test_points_outside_a_projection_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot be transformed"):
        enu_from_projected(np.array([(1e12, 1e12, 0.0)]), BERLIN, 32633)


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "undulation_m"),
    [
        # NGA's F477 test values (OUTPUT.DAT), spline on the same 15-minute grid.
        (38.6281550, 269.7791550, -31.628),
        (-14.6212170, 305.0211140, -2.969),
        (46.8743190, 102.4487290, -43.575),
        (-23.6174460, 133.8747120, 15.871),
        (38.6254730, 359.9995000, 50.066),
        (-0.4667440, 0.0023000, 17.329),
    ],
)
def test_geoid_undulation(lat_deg: float, lon_deg: float, undulation_m: float) -> None:
    # Bilinear against their spline differs by some centimetres.
    assert geoid_undulation_m(lat_deg, lon_deg) == pytest.approx(undulation_m, abs=0.1)


@given(latitudes, st.floats(-720.0, 720.0))
def test_geoid_undulation_wraps_and_stays_in_its_range(lat: float, lon: float) -> None:
    undulation = geoid_undulation_m(lat, lon)
    assert -107.0 < undulation < 85.5
    assert geoid_undulation_m(lat, lon + 360.0) == pytest.approx(undulation, abs=1e-6)


def test_geoid_undulation_of_arrays_nodes_and_poles() -> None:
    assert geoid_undulation_m(90.0, 0.0) == geoid_undulation_m(90.0, 123.4)
    assert geoid_undulation_m(-90.0, 12.0) == pytest.approx(-29.53, abs=1e-9)
    values = geoid_undulation_m(np.array([52.52, 90.0]), np.array([13.405, 0.0]))
    assert values == pytest.approx((39.52, 13.61), abs=0.01)
    just_west = float(np.nextafter(180.0, 0.0))
    assert geoid_undulation_m(0.0, just_west) == pytest.approx(geoid_undulation_m(0.0, -180.0))
    with pytest.raises(ValueError, match="latitude"):
        geoid_undulation_m(90.5, 0.0)


@pytest.mark.parametrize("epsg", [32633, 32760, 5041, 5042, 25832])
@pytest.mark.parametrize("vertical", ["ellipsoid", "msl"])
def test_compound_wkt_names_its_crs(epsg: int, vertical: Vertical) -> None:
    wkt = compound_wkt1(epsg, vertical)
    assert wkt.startswith("COMPD_CS[")
    assert f'AUTHORITY["EPSG","{epsg}"]],VERT_CS[' in wkt
    assert epsg_of_wkt(wkt) == (epsg, vertical)
    crs = pyproj.CRS.from_wkt(wkt)
    assert len(crs.axis_info) == 3


@pytest.mark.parametrize("epsg", [4326, 4978, 99999])
def test_compound_wkt_needs_a_projected_crs(epsg: int) -> None:
    with pytest.raises(UsageError, match=str(epsg)):
        compound_wkt1(epsg, "ellipsoid")


def test_other_wkt_is_refused() -> None:
    for wkt in ("", "nonsense", pyproj.CRS.from_epsg(32633).to_wkt(), pyproj.CRS(4979).to_wkt()):
        with pytest.raises(ValueError, match="coordinate reference system"):
            epsg_of_wkt(wkt)


@given(latitudes, longitudes, st.sampled_from([1.0, 100.0, 2000.0, 50000.0]), st.integers(0, 2**31))
@settings(max_examples=30)
def test_fast_projection_holds_its_tolerance(
    lat: float, lon: float, size: float, seed: int
) -> None:
    site, epsg = Site(lat, lon, 50.0), projected_epsg(lat, lon)
    xyz_enu = np.random.default_rng(seed).uniform(-size, size, (3000, 3)) * (1, 1, 0.1)
    exact = projected_from_enu(xyz_enu, site, epsg)[:, :2]
    for tolerance_m in (1e-3, 1e-5):
        found = roughly_projected_from_enu(xyz_enu, site, epsg, tolerance_m)
        assert np.abs(found - exact).max() < tolerance_m
