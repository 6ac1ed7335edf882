"""Points from one projected CRS to another: exactly, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from worldmap.errors import UsageError
from worldmap.geodesy import (
    compound_wkt1,
    epsg_of_wkt,
    projected_epsg,
    projected_from_geodetic,
    reprojected,
)


def at(lat_deg: float, lon_deg: float) -> tuple[np.ndarray, int]:
    epsg = projected_epsg(lat_deg, lon_deg)
    lat, lon = lat_deg + np.array([0.0, 1e-3, 2e-3]), lon_deg + np.array([0.0, -1e-3, 1e-3])
    return projected_from_geodetic(lat, lon, np.array([50.0, 51.0, 70.0]), epsg), epsg


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "target"),
    [(50.0, 9.0, 25832), (59.3, 18.0, 3006), (47.0, 8.0, 2056), (52.4, 4.9, 28992)],
)
def test_there_and_back(lat_deg: float, lon_deg: float, target: int) -> None:
    xyz, epsg = at(lat_deg, lon_deg)
    there = reprojected(xyz, epsg, target)
    assert np.abs(there[:, :2] - xyz[:, :2]).max() > 1 or target == 25832
    assert reprojected(there, target, epsg) == pytest.approx(xyz, abs=1e-3)
    # Rigid up to the projections' scales: what lay 100 m apart lies 100 m apart.
    apart = [np.linalg.norm(np.diff(p[:, :2], axis=0), axis=1) for p in (xyz, there)]
    assert apart[0] == pytest.approx(apart[1], rel=1.5e-3)


def test_swiss_coordinates_of_the_old_observatory() -> None:
    """swisstopo: the origin of the projection has 2600000, 1200000 in LV95."""
    epsg = projected_epsg(46.951083, 7.438632)
    xyz = projected_from_geodetic(46.951082877, 7.438632495, np.array([600.0]), epsg)
    assert reprojected(xyz, epsg, 2056)[0, :2] == pytest.approx((2_600_000, 1_200_000), abs=110.0)


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "target", "grid"),
    [(37.0, -118.0, 26711, "conus"), (51.5, -0.1, 27700, "OSTN15"), (48.1, 9.0, 31467, "BETA2007")],
)
def test_what_needs_a_grid_is_refused(
    lat_deg: float, lon_deg: float, target: int, grid: str
) -> None:
    xyz, epsg = at(lat_deg, lon_deg)
    with pytest.raises(UsageError, match="no exact transform") as caught:
        reprojected(xyz, epsg, target)
    assert "\n" not in str(caught.value)
    assert "it needs the grid" in str(caught.value)
    assert grid


def test_no_points_stay_none() -> None:
    assert len(reprojected(np.empty((0, 3)), 32632, 25832)) == 0


@pytest.mark.parametrize("epsg", [25832, 3006, 2056, 28992, 31467])
def test_the_crs_of_other_countries_comes_back(epsg: int) -> None:
    assert epsg_of_wkt(compound_wkt1(epsg, "ellipsoid")) == (epsg, "ellipsoid")
