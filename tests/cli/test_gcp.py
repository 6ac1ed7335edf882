"""`worldmap gcp`: points in, the map held to them by the next merge, and told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.ingest_makers import Ran, ingest
from tests.helpers.wall_makers import FOCAL_PX, HEIGHT, QUICK, SITE_LAT, SITE_LON, WIDTH, write_view
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.geodesy import Site, geodetic_from_ecef, geoid_undulation_m
from worldmap.records import PlacedPose

# The street really stands so far east, north and up of where its photos' tags have it.
OFF_M = np.array((2.0, -1.5, 3.0))
# On screens and ground: what stands before the wall is seen where the wall is not.
PLACES = np.array(
    ((-6.0, 12.0, 2.5), (6.5, 12.0, 1.0), (-2.0, 7.0, 1.0), (3.0, 8.0, 2.0), (0.5, 12.0, 4.0))
)
WALK = {"a.jpg": -2.0, "b.jpg": -0.6, "c.jpg": 0.9, "d.jpg": 2.2}


def site() -> Site:
    """At the feet of who took them: eyes are 1.6 m up, tags 520 m above the sea."""
    return Site(SITE_LAT, SITE_LON, 520.0 - 1.6 + geoid_undulation_m(SITE_LAT, SITE_LON))


def gcp_list(path: Path, *, photos: tuple[str, ...] = tuple(WALK)) -> Path:
    lines = ["EPSG:4979"]
    for index, place in enumerate(PLACES):
        lat, lon, height = geodetic_from_ecef(site().ecef_from_enu.apply(place + OFF_M))
        for name in photos:
            x, y, z = place - (WALK[name], 0.0, 1.6)
            u, v = FOCAL_PX * x / y + WIDTH / 2, HEIGHT / 2 - FOCAL_PX * z / y
            if 0 < u < WIDTH and 0 < v < HEIGHT:
                lines.append(f"{lon:.10f} {lat:.10f} {height:.4f} {u:.3f} {v:.3f} {name} P{index}")
    path.write_text("\n".join(lines) + "\n")
    return path


def merge(map_dir: Path, config: Path, *options: str) -> Ran:
    ran = Ran("merge", "--map", map_dir, "--config", config, "--json", "--jobs", 1, *options)
    assert ran.code == ExitCode.OK, ran.err
    return ran


def places(map_dir: Path) -> dict[str, np.ndarray]:
    with Catalog.open(map_dir, create=False) as catalog:
        names = {p.photo_id: p.metadata.path.name for p in catalog.photos()}
        poses = [p.about(site()) for p in catalog.poses() if isinstance(p, PlacedPose)]
    return {names[p.photo_id]: np.array(p.enu_from_cam.translation_m) for p in poses}


@pytest.mark.nightly  # tests/registration has the solving by day
def test_a_map_is_held_to_points_and_let_go_again(tmp_path: Path) -> None:
    map_dir, config = tmp_path / "map", tmp_path / "c.yaml"
    config.write_text(QUICK)
    for second, (name, x_m) in enumerate(WALK.items()):
        write_view(tmp_path / "in" / name, x_m, second, seed=second)
    ingest(map_dir, tmp_path / "in", config=config)
    path = gcp_list(tmp_path / "gcp_list.txt")
    told = Ran("gcp", path, "--check", "P4", "--map", map_dir)
    assert told.code == ExitCode.OK, told.err
    assert "5 stored" in told.out
    ran = merge(map_dir, config)
    found = {p["name"]: p for p in ran.summary["control"]}
    assert found["P4"]["role"] == "check"
    off = found["P4"]["result"]
    assert np.linalg.norm((off["east_m"], off["north_m"], off["up_m"])) < 0.15
    for name, at in places(map_dir).items():
        assert np.linalg.norm(at - OFF_M - (WALK[name], 0.0, 1.6)) < 0.15
    report = json.loads((map_dir / "report" / "report.json").read_text())
    assert report["surveyed"]["check"]["points"] == 1
    (check,) = [p for p in report["surveyed"]["points"] if p["role"] == "check"]
    assert check["off_m"] == pytest.approx([off["east_m"], off["north_m"], off["up_m"]])
    # Walls 7 to 12 m off through a lens of so many pixels.
    for photo in report["photos"]:
        assert 5.0 / FOCAL_PX < photo["ground_sample_m"] < 14.0 / FOCAL_PX
    listed = Ran("gcp", "--map", map_dir)
    assert "1 check points: RMSE" in listed.out
    # A merge later changes nothing, one without the points lets the map go.
    again = merge(map_dir, config, "--no-report")
    assert again.summary["tiles_written"] == 0
    assert Ran("gcp", "--remove", "all", "--map", map_dir).out.count("5 taken back") == 1
    merge(map_dir, config, "--no-report")
    assert np.linalg.norm(places(map_dir)["b.jpg"] - (WALK["b.jpg"], 0.0, 1.6)) < 1.0
    assert "no ground control points" in Ran("gcp", "--map", map_dir).out


def test_points_that_cannot_be_meant(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    write_view(tmp_path / "in" / "a.jpg", WALK["a.jpg"], 0)
    ingest(map_dir, tmp_path / "in")
    lines = gcp_list(tmp_path / "g.txt", photos=("a.jpg",)).read_text().splitlines()
    swapped = [" ".join((b, a, *rest)) for a, b, *rest in (line.split() for line in lines[1:])]
    (tmp_path / "g.txt").write_text("\n".join((lines[0], *swapped)))
    ran = Ran("gcp", tmp_path / "g.txt", "--map", map_dir)
    assert ran.code == ExitCode.USAGE
    assert "x and y are exchanged" in ran.err
    # One that is right among them: the others are told and left out.
    (tmp_path / "g.txt").write_text("\n".join((*lines[:2], *swapped[1:])))
    ran = Ran("gcp", tmp_path / "g.txt", "--map", map_dir)
    assert ran.code == ExitCode.OK
    assert "is not used" in ran.err
    gone = Ran("gcp", "--remove", "Q", "--map", map_dir)
    assert (gone.code, "no ground control point 'Q'" in gone.err) == (ExitCode.INPUT, True)


@pytest.mark.parametrize("option", [("--vertical", "sea"), ("--sigma", "0"), ("--crs", "x")])
def test_options_that_mean_nothing(tmp_path: Path, option: tuple[str, str]) -> None:
    write_view(tmp_path / "in" / "a.jpg", 0.0, 0)
    ran = Ran("gcp", tmp_path / "g.txt", *option, "--map", tmp_path / "map")
    assert ran.code == ExitCode.USAGE
