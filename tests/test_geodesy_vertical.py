"""Heights above what: names, compound CRSs, and the grids that PROJ has or has not."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from worldmap.errors import CrsError
from worldmap.geodesy import (
    GEOID_SIGMA_M,
    compound_wkt1,
    epsg_of_wkt,
    geographic_3d_epsg,
    geoid_undulation_m,
    parse_vertical,
    projected_wkt1,
    undulation_m,
    undulation_sigma_m,
    use_problem,
)

LAT, LON = np.array([52.5, -33.0]), np.array([13.4, 151.2])


@pytest.mark.parametrize(
    ("text", "vertical"),
    [
        ("ellipsoid", "ellipsoid"),
        ("EPSG:4979", "ellipsoid"),
        ("MSL", "msl"),
        ("epsg:5773", "msl"),
        ("3855", "EPSG:3855"),
        ("EPSG:7837", "EPSG:7837"),
    ],
)
def test_names(text: str, vertical: str) -> None:
    assert parse_vertical(text) == vertical


@pytest.mark.parametrize("text", ["sea", "EPSG:32633", "EPSG:999999", "", "EPSG:5861"])
def test_what_is_no_height(text: str) -> None:
    with pytest.raises(CrsError):
        parse_vertical(text)


@pytest.mark.parametrize("vertical", ["ellipsoid", "msl", "EPSG:3855", "EPSG:7837"])
@pytest.mark.parametrize("epsg", [32633, 25833, 5041])
def test_compound_names_lead_back(epsg: int, vertical: str) -> None:
    assert epsg_of_wkt(compound_wkt1(epsg, vertical)) == (epsg, vertical)


def test_egm2008_without_its_grid_is_egm96_with_its_sigma() -> None:
    expected = geoid_undulation_m(LAT, LON)
    for vertical in ("msl", "EPSG:3855"):
        assert np.array_equal(undulation_m(LAT, LON, vertical), expected)
        assert undulation_sigma_m(vertical) == GEOID_SIGMA_M
    assert not undulation_m(LAT, LON, "ellipsoid").any()
    assert undulation_sigma_m("ellipsoid") == 0.0


def test_a_missing_grid_is_named() -> None:
    with pytest.raises(CrsError, match=r"EPSG:7837 .*de_bkg_gcg2016\.tif"):
        undulation_m(LAT[:1], LON[:1], "EPSG:7837")


def test_a_grid_that_is_here_is_used(tmp_path: Path) -> None:
    """In a process of its own: PROJ keeps what it has found. The grid is 42.5 m everywhere."""
    rows, columns = 19, 37
    header = struct.pack(">4d2i", -90.0, -180.0, 10.0, 10.0, rows, columns)
    (tmp_path / "egm08_25.gtx").write_bytes(header + np.full(rows * columns, 42.5, ">f4").tobytes())
    program = (
        "import sys, pyproj, numpy as np\n"
        "from worldmap.geodesy import undulation_m, undulation_sigma_m\n"
        "pyproj.datadir.append_data_dir(sys.argv[1])\n"
        "found = undulation_m(np.array([52.5]), np.array([13.4]), 'EPSG:3855')\n"
        "print(round(float(found[0]), 6), undulation_sigma_m('EPSG:3855'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["42.5", "0.0"], done.stderr


@pytest.mark.parametrize(
    ("text", "vertical"),
    [
        ("EGM96", "msl"),
        ("egm2008", "EPSG:3855"),
        ("EGM2008 height", "EPSG:3855"),
        ("NAVD88", "EPSG:5703"),
        ("DHHN2016", "EPSG:7837"),
        ("epsg: 3855", "EPSG:3855"),
        ("EPSG:9518", "EPSG:3855"),  # the compound of WGS 84 and EGM2008
    ],
)
def test_names_of_epsg_and_compounds(text: str, vertical: str) -> None:
    assert parse_vertical(text) == vertical


def test_the_grid_that_is_named_is_that_of_the_place() -> None:
    with pytest.raises(CrsError, match=r"not made for these points.*Germany"):
        undulation_m(np.array([59.3]), np.array([18.1]), "EPSG:7837")
    # Many countries have grids of their own for one CRS; without a place none of them is named as
    # that which is wanted.
    with pytest.raises(CrsError, match=r"grid for the place \(of us_noaa_"):
        undulation_sigma_m("EPSG:5703")
    with pytest.raises(CrsError, match=r"put the grid us_noaa_\w+\.tif where"):
        undulation_m(np.array([39.7]), np.array([-105.0]), "EPSG:5703")


def test_a_crs_for_the_world_is_for_every_place() -> None:
    for lat, lon in ((52.5, 13.4), (-33.9, 151.2), (0.0, -179.9)):
        assert not use_problem(lat, lon, 3395)
        assert undulation_m(np.array([lat]), np.array([lon]), "EPSG:3855").shape == (1,)


@pytest.mark.parametrize(
    ("epsg", "code"),
    [(32634, 4979), (3006, 4977), (2154, 4965), (27700, None), (28992, None), (2263, None)],
)
def test_the_three_dimensions_of_a_crs_are_of_its_own_datum(epsg: int, code: int | None) -> None:
    assert geographic_3d_epsg(epsg) == code


def test_numbers_of_esri_are_none_of_epsg() -> None:
    with pytest.raises(CrsError, match="but ESRI's"):
        projected_wkt1(102100)
