"""`worldmap align`: the map onto a survey that is elsewhere, kept as surveyed points."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.geodesy import enu_from_projected, projected_from_enu
from worldmap.las import read_tile, write_tile
from worldmap.records import TilePoints

TURN_DEG, SHIFT_M = 1.5, np.array((0.8, -0.6, 0.7))


def survey(of: SmallMap, path: Path) -> Path:
    """The map's own points, moved, as somebody else's file with heights above the sea."""
    with Catalog.open(of.map_dir, create=False) as catalog:
        site = catalog.site()
        tiles = [read_tile(of.map_dir / tile.path) for tile in catalog.tiles()]
    assert site is not None
    parts = [enu_from_projected(t.cloud.xyz, site, t.epsg) for t in tiles]
    middle = np.concatenate(parts).mean(axis=0)
    cos, sin = math.cos(math.radians(TURN_DEG)), math.sin(math.radians(TURN_DEG))
    turn = np.array(((cos, sin, 0.0), (-sin, cos, 0.0), (0.0, 0.0, 1.0)))
    first = max(tiles, key=len)
    at = parts[tiles.index(first)]
    moved = (at - middle) @ turn.T + middle + SHIFT_M
    xyz = projected_from_enu(moved, site, first.epsg)
    points = TilePoints(
        cloud=replace(first.cloud, xyz=xyz),
        epsg=first.epsg,
        gps_time_s=first.gps_time_s,
        classification=first.classification,
    )
    write_tile(path, points, vertical="msl")
    return path


def test_the_map_is_laid_onto_a_survey(small_map: SmallMap, tmp_path: Path) -> None:
    own = small_map.copied(tmp_path)
    path = survey(own, tmp_path / "survey.laz")
    ran = Ran("align", path, "--area", "all", "--map", own.map_dir, "--json")
    assert ran.code == ExitCode.OK, ran.err
    told = ran.summary
    assert told["turn_deg"] == pytest.approx(TURN_DEG, abs=0.2)
    assert told["size"] == pytest.approx(1.0, abs=0.005)
    assert told["heights"] == "msl"
    assert told["agreeing"] > 0.5
    with Catalog.open(own.map_dir, create=False) as catalog:
        points = catalog.control_points()
    assert len(points) == told["points"] >= 3
    assert all(len(p.marks) > 1 and p.source == "align survey.laz" for p in points)


def test_a_reference_that_is_none(small_map: SmallMap, tmp_path: Path) -> None:
    for name, content, complaint in (
        ("a.laz", None, "does not exist"),
        ("b.las", b"LASF" + bytes(300), "no point cloud that can be read"),
        ("c.las", b"", "no point cloud that can be read"),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        ran = Ran("align", path, "--area", "all", "--map", small_map.map_dir)
        assert (ran.code, complaint in ran.err) == (ExitCode.INPUT, True), ran.err
