"""Files of ground control points: read, and held against where photos were taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldmap.errors import TableError
from worldmap.geodesy import geoid_undulation_m, projected_from_geodetic
from worldmap.records import ControlAccuracy, ControlPoint, ControlResult, ControlRole
from worldmap.survey import judged, read_control
from worldmap.survey.heights import above_ellipsoid
from worldmap.survey.plausible import Seen
from worldmap.survey.points import control_points

BERLIN = (52.5163123, 13.3777456)
EAST, NORTH, _ = projected_from_geodetic(*BERLIN, 0.0, 32633).tolist()
SEEN = Seen(
    lat_deg=BERLIN[0] + 2e-4,
    lon_deg=BERLIN[1],
    height_m=75.0,
    horizontal_sigma_m=8.0,
    vertical_sigma_m=10.0,
)
ODM = f"""EPSG:32633
{EAST} {NORTH} 73.5 1024.5 768.25 my photo 1.jpg gcp1
{EAST} {NORTH} 73.5 10 20 IMG_2.JPG gcp1
{EAST + 10}\t{NORTH}\t74.0\t512\t512\tIMG_2.JPG

# a comment
"""


def told(path: Path, text: str, **more: object) -> list[ControlPoint]:
    path.write_text(text)
    rows, system = read_control(path)
    return control_points(rows, system, source=path.name, **more)[0]  # type: ignore[arg-type]


def test_odm(tmp_path: Path) -> None:
    first, second = told(tmp_path / "gcp_list.txt", ODM)
    assert (first.lat_deg, first.lon_deg) == pytest.approx(BERLIN, abs=1e-9)
    assert (first.name, first.height_m, first.role) == ("gcp1", 73.5, ControlRole.CONTROL)
    assert [(m.image, m.u_px, m.v_px, m.sigma_px) for m in first.marks] == [
        ("my photo 1.jpg", 1024.5, 768.25, 1.0),
        ("IMG_2.JPG", 10.0, 20.0, 1.0),
    ]
    assert second.name.endswith("74.0")  # of no name: its coordinates
    assert [m.image for m in second.marks] == ["IMG_2.JPG"]


@pytest.mark.parametrize(
    "head",
    ["WGS84 UTM 33N", "+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs", "# EPSG:32633"],
)
def test_projections(tmp_path: Path, head: str) -> None:
    (found,) = told(tmp_path / "g.txt", f"{head}\n{EAST} {NORTH} 73.5 1 2 a.jpg x\n")
    assert (found.lat_deg, found.lon_deg) == pytest.approx(BERLIN, abs=1e-9)


def test_csv_with_names_sigmas_and_roles(tmp_path: Path) -> None:
    text = "name;lon;lat;height;sigma_h;sigma_v;role\n"
    text += f"a;{BERLIN[1]};{BERLIN[0]};73,5;0.01;0.015;\nb;{BERLIN[1]};{BERLIN[0]};74;;;check\n"
    a, b = told(tmp_path / "points.csv", text)
    assert (a.height_m, a.horizontal_sigma_m, a.vertical_sigma_m) == (73.5, 0.01, 0.015)
    assert (a.role, b.role) == (ControlRole.CONTROL, ControlRole.CHECK)
    assert (b.horizontal_sigma_m, b.marks) == (0.02, ())
    marks = "name,image,px,py,sigma_px\na,x.jpg,5,6,0.5\na,y.jpg,7,8,\n"
    (tmp_path / "marks.csv").write_text(marks)
    rows, _ = read_control(tmp_path / "marks.csv", epsg=4326)
    (merged,), own = control_points(rows, 4326, source="marks.csv", known={"a": a})
    assert (merged.height_m, merged.source, own) == (73.5, "points.csv", {})
    assert [(m.image, m.sigma_px) for m in merged.marks] == [("x.jpg", 0.5), ("y.jpg", 1.0)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("EPSG:32633\n", "holds no point"),
        ("date,amount\n1,2\n", "is no list of ground control points"),
        ("1 2 3 4 5 a.jpg\n", "does not say which projection"),
        ("WGS84 UTM 77N\n1 2 3 4 5 a.jpg\n", "no UTM zone 77"),
        ("EPSG:32633\n1 2 3 4 5 a.jpg p\n1 2 9 4 5 b.jpg p\n", "two places for the point 'p'"),
        ("name,image,px,py\np,a.jpg,1,2\n", "does not say which projection"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        told(tmp_path / "g.txt", text)


def test_a_check_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no point 'q' to check by"):
        told(tmp_path / "g.txt", ODM, checks=frozenset({"q"}))


@pytest.mark.parametrize(
    ("xyz", "epsg", "cause"),
    [
        ((BERLIN[0], BERLIN[1]), 4326, "x and y are exchanged"),
        ((-BERLIN[1], BERLIN[0]), 4326, "x has the wrong sign"),
        ((BERLIN[1], -BERLIN[0]), 4326, "y has the wrong sign"),
        ((NORTH, EAST), 32633, "x and y are exchanged"),
        ((EAST, NORTH), 32632, r"UTM zone 33 north \(EPSG:32633\)"),
        ((EAST, NORTH), 32733, r"UTM zone 33 north \(EPSG:32633\)"),
        ((BERLIN[1], BERLIN[0]), 32633, "they are degrees, not metres of EPSG:32633"),
        ((BERLIN[0], BERLIN[1]), 32633, "they are degrees, latitude first"),
    ],
)
def test_what_is_wrong_with_a_place_is_named(
    tmp_path: Path, xyz: tuple[float, float], epsg: int, cause: str
) -> None:
    path = tmp_path / "g.txt"
    path.write_text(f"EPSG:{epsg}\n{xyz[0]} {xyz[1]} 73.5 1 2 a.jpg p\n")
    rows, system = read_control(path)
    points, own = control_points(rows, system, source="g.txt")
    (found,), _ = judged(points, own, system, {"p": SEEN})
    assert found.problem
    assert __import__("re").search(cause, found.problem), found.problem


@pytest.mark.parametrize(
    ("height_m", "remark"),
    [
        (73.5, None),
        (-73.5, "the sign of its height is wrong"),
        (73.5 - 39.6, "its height is above the sea"),
        (73.5 / 0.3048, "its height is in feet"),
        (2000.0, "1925 m above the photos that show it"),
    ],
)
def test_what_is_wrong_with_a_height_is_named(
    tmp_path: Path, height_m: float, remark: str | None
) -> None:
    path = tmp_path / "g.txt"
    path.write_text(f"EPSG:32633\n{EAST} {NORTH} {height_m} 1 2 a.jpg p\n")
    rows, system = read_control(path)
    points, own = control_points(rows, system, source="g.txt")
    seen = Seen(**{**{k: getattr(SEEN, k) for k in SEEN.__slots__}, "vertical_sigma_m": 1.0})
    _, remarks = judged(points, own, system, {"p": seen})
    if remark is None:
        assert not remarks
    else:
        assert remark in remarks[0]


def test_heights_above_the_sea(tmp_path: Path) -> None:
    points = told(tmp_path / "g.txt", ODM)
    made = above_ellipsoid(points, {"gcp1"}, "msl")
    assert made[0].height_m == pytest.approx(73.5 + geoid_undulation_m(*BERLIN), abs=1e-3)
    assert made[0].vertical_sigma_m > 0.5  # EGM96's own error
    assert made[1] == points[1]
    assert above_ellipsoid(points, {"gcp1"}, "ellipsoid") == points


def test_root_mean_squares() -> None:
    def off(east: float, north: float, up: float) -> ControlResult:
        return ControlResult(
            photos=2, east_m=east, north_m=north, up_m=up, rms_px=1.0, used=True, remark=""
        )

    found = ControlAccuracy.of([off(3.0, 4.0, 0.0), off(0.0, 0.0, 2.0), off(*(3 * [float("nan")]))])
    assert found.points == 2
    expected = (12.5**0.5, 2**0.5, 14.5**0.5)
    assert (found.horizontal_m, found.vertical_m, found.total_m) == pytest.approx(expected)
