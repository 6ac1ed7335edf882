"""What is gone and what is new, of a wall that photos of two years look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.helpers.ingest_makers import Ran
from tests.helpers.street_makers import SITE, Board, Street
from worldmap.geodesy import enu_from_projected
from worldmap.las import read_tile
from worldmap.stages.changes import GONE, NEW

BOARD = Board(from_m=1.0, to_m=3.0, away_m=5.0, high_m=2.0)
PLACES = (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0)


def street(tmp_path: Path, *, first: Board | None, then: Board | None) -> Street:
    """Photos of 2019 and of 2024 from the same places."""
    made = Street(tmp_path / "map")
    made.add(PLACES, year=2019, board=first)
    made.add(PLACES, year=2024, board=then)
    made.place_all()
    made.update()
    return made


def changes(made: Street, *more: object) -> Ran:
    return Ran(
        *(
            "changes",
            "--map",
            made.map_dir,
            "--before",
            "2020-01-01",
            "--after",
            "2023-01-01",
            *more,
        ),
        "--json",
    )


def places(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Points of a file in ENU (N, 3), and their classes."""
    points = read_tile(path)
    xyz = points.cloud.xyz
    return enu_from_projected(xyz, SITE, points.epsg), points.classification


def test_what_stood_there_is_gone(tmp_path: Path) -> None:
    made = street(tmp_path, first=BOARD, then=None)
    ran = changes(made, "--out", tmp_path / "c.las", "--out", tmp_path / "c.tif")
    before, after = ran.summary["before"], ran.summary["after"]
    assert (before["photos"], after["photos"]) == (6, 6)
    xyz, kind = places(tmp_path / "c.las")
    assert len(xyz) == ran.summary["points"] > 100
    assert (kind == GONE).all()
    # The board, and nothing but the board; the wall behind it was not seen, so it is not new.
    assert np.abs(xyz[:, 1] - BOARD.away_m).max() < 0.1
    assert xyz[:, 0].min() > BOARD.from_m - 0.1
    assert xyz[:, 0].max() < BOARD.to_m + 0.1
    assert np.ptp(xyz[:, 0]) > 0.8 * (BOARD.to_m - BOARD.from_m)
    assert np.ptp(xyz[:, 2]) > 0.8 * BOARD.high_m
    assert after["not_then"] == 0
    assert after["not_seen_then"] > 0
    assert before["also_then"] > 5 * before["not_then"]
    for one in (before, after):
        assert one["points"] == one["also_then"] + one["not_then"] + one["not_seen_then"]
    with rasterio.open(tmp_path / "c.tif") as raster:
        cells = raster.read(1, masked=True).compressed()
    assert cells.max() < -1
    assert before["not_then_m2"] == pytest.approx(0.25 * len(cells))


def test_what_was_put_there_is_new(tmp_path: Path) -> None:
    made = street(tmp_path, first=None, then=BOARD)
    ran = changes(made, "--out", tmp_path / "c.copc.laz")
    xyz, kind = places(tmp_path / "c.copc.laz")
    assert (kind == NEW).all()
    assert np.abs(xyz[:, 1] - BOARD.away_m).max() < 0.1
    assert ran.summary["before"]["not_then"] == 0


def test_where_nothing_changed_nothing_is_told(tmp_path: Path) -> None:
    made = street(tmp_path, first=BOARD, then=BOARD)
    ran = changes(made)
    for one in (ran.summary["before"], ran.summary["after"]):
        assert one["also_then"] == one["points"] > 0
    told = Ran(
        "changes", "--map", made.map_dir, "--before", "2020-01-01", "--after", "2023-01-01"
    ).out
    assert "0 are gone" in told
    area = f"{SITE.lat_deg},{SITE.lon_deg},6"
    part = changes(made, "--area", area).summary["before"]
    assert 0 < part["points"] < ran.summary["before"]["points"]


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    made = Street(tmp_path / "map").build(PLACES)
    for more, said in (
        (("--before", "2023-01-01", "--after", "2020-01-01"), "--before is later than --after"),
        (("--before", "2020-01-01", "--after", "2020-01-01"), "no placed photo of the time before"),
        (
            ("--before", "2027-01-01", "--after", "2027-01-01", "--out", "c.txt"),
            "no name for what changed",
        ),
        (("--before", "soon", "--after", "2027-01-01"), "--before soon: not a date"),
    ):
        ran = Ran("changes", "--map", made.map_dir, *more)
        assert said in ran.error
        assert ran.code in (2, 3)
