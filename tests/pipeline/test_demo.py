"""The demo of its own accord: `make demo`, its defaults, against the truth it leaves behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import LAYOUT
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.demo import ExactScene, read_truth, write_demo
from worldmap.geodesy import enu_from_projected
from worldmap.las import read_tile
from worldmap.pipeline import demo as module
from worldmap.records import PlacedBy, PlacedPose

ROOT = Path(__file__).resolve().parents[2]


def rigid(source: NDArray[Any], target: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rotation and translation that bring points onto points (Kabsch 1976), nothing scaled."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, _, vt = np.linalg.svd(b.T @ a)
    rotation = u @ np.diag((1.0, 1.0, np.sign(np.linalg.det(u @ vt)))) @ vt
    return rotation, target.mean(axis=0) - rotation @ source.mean(axis=0)


def turn_deg(rotation: NDArray[Any]) -> float:
    return float(np.rad2deg(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))))


@pytest.mark.nightly
def test_the_demo_keeps_what_it_promises(tmp_path: Path) -> None:
    """The README's first command, and one test, since it takes minutes: every matched photo within
    0.5 m and 1° of the truth after one rigid alignment of all, every depth scale within 3 %, points
    on the street. The test below keeps the poses of a smaller one to the same."""
    out, venv = tmp_path / "demo", Path(sys.prefix)
    make = ["make", "-f", ROOT / "Makefile", "-o", str(venv / ".ready"), f"VENV={venv}", "demo"]
    done = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=False)  # type: ignore[arg-type]
    assert done.returncode == ExitCode.OK, done.stderr
    told = re.search(
        r"position (?P<position_m>[\d.]+) m and rotation (?P<rotation_deg>[\d.]+)° .*"
        r"depth scale (?P<scale_pct>[\d.]+) %\n"
        r"(?P<placed>\d+) of (?P<photos>\d+) photos placed, (?P<points>\d+) points, .*"
        r"photos  demo/photos\nmap     demo/map\n",
        done.stdout,
        re.DOTALL,
    )
    assert told is not None, done.stdout
    assert sorted(path.name for path in out.iterdir()) == ["map", "photos", "truth.json"]

    truth = read_truth(out)
    assert len(truth.photos) == int(told["photos"]) == 14
    with Catalog.open(out / "map", create=False) as catalog:
        names = {photo.photo_id: photo.metadata.path.name for photo in catalog.photos()}
        poses, site, tiles = catalog.poses(), catalog.site(), catalog.tiles()
        status = catalog.status()
    assert status.placed == int(told["placed"])
    matched = [p for p in poses if isinstance(p, PlacedPose) and p.by == PlacedBy.MATCHES]
    assert len(matched) >= 13

    # Both ENU frames are tangent to the globe next to each other; between them lies a rigid step.
    truth_from_map = truth.site.ecef_from_enu.inverse() @ site.ecef_from_enu
    true = [truth.photo(names[p.photo_id]) for p in matched]
    found = [truth_from_map @ p.enu_from_cam for p in matched]
    centres = np.array([pose.translation_m for pose in found])
    true_centres = np.array([t.enu_from_cam.translation_m for t in true])
    rotation, shift = rigid(centres, true_centres)
    off_m = np.linalg.norm(centres @ rotation.T + shift - true_centres, axis=1)
    off_deg = [
        turn_deg(t.enu_from_cam.rotation.T @ rotation @ pose.rotation)
        for t, pose in zip(true, found, strict=True)
    ]
    off_scale = [p.depth_scale / t.depth_scale - 1 for p, t in zip(matched, true, strict=True)]
    assert off_m.max() < 0.5
    assert max(off_deg) < 1.0
    assert np.abs(off_scale).max() < 0.03
    # What it says of itself is what there is to see.
    if len(matched) == len(poses):
        assert float(told["position_m"]) == pytest.approx(np.median(off_m), abs=6e-4)
        assert float(told["scale_pct"]) == pytest.approx(
            100 * np.median(np.abs(off_scale)), abs=6e-3
        )
    assert float(told["rotation_deg"]) < 1.0

    parts = [read_tile(out / "map" / tile.path) for tile in tiles]
    assert sum(map(len, parts)) == int(told["points"]) > 100_000
    enu = np.concatenate([enu_from_projected(t.cloud.xyz, site, t.epsg) for t in parts])  # type: ignore[arg-type]
    points = truth_from_map.apply(enu[:: max(1, len(enu) // 50_000)]) @ rotation.T + shift
    away_m = ExactScene(truth).distance_to_surface_m(points)
    assert np.median(away_m) < 0.10
    assert np.quantile(away_m, 0.9) < 0.5


@pytest.mark.nightly
def test_the_demo_without_depth_keeps_what_it_promises(tmp_path: Path) -> None:
    """The README's second demo: photos alone."""
    ran = Ran("demo", "--no-depth", "--out", tmp_path / "demo", "--json")
    assert ran.code == ExitCode.OK, ran.err
    assert not list((tmp_path / "demo" / "photos").glob("*.depth.png"))
    summary = ran.events[-1]
    assert (summary["photos"], summary["placed"], summary["measured"]) == (14, 14, False)
    assert summary["position_aligned_m_median"] < 0.05
    assert summary["rotation_aligned_deg_median"] < 0.5
    # GPS of 3-8 m over 60 m of street.
    assert summary["scale_error_pct_median"] < 10
    assert summary["points"] > 100_000


@pytest.mark.nightly
def test_its_events_and_figures_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a shorter street of smaller photos, which keeps what the demo promises of poses."""

    def smaller(out_dir: Path, **options: object) -> object:
        return write_demo(out_dir, **{**options, "layout": LAYOUT, "photos": 3})  # type: ignore[arg-type]

    monkeypatch.setattr(module, "write_demo", smaller)
    ran = Ran("demo", "--out", tmp_path / "demo", "--json")
    assert ran.code == ExitCode.OK, ran.err
    summary = ran.events[-1]
    assert (summary["event"], summary["command"]) == ("summary", "demo")
    assert {e["name"] for e in ran.events if e["event"] == "stage"} >= {
        "render", "ingest", "register", "solve", "fuse", "tiles",
    }  # fmt: skip
    with Catalog.open(tmp_path / "demo" / "map", create=False) as catalog:
        status, poses = catalog.status(), catalog.poses()
        names = {photo.photo_id: photo.metadata.path.name for photo in catalog.photos()}
    assert (summary["photos"], summary["placed"]) == (3, status.placed)
    assert (summary["tiles"], summary["points"]) == (status.tiles, status.points)
    found = module.score(poses, names, read_truth(tmp_path / "demo"))
    assert summary["position_aligned_m_median"] == pytest.approx(found.position_rigid_m_median)
    assert summary["scale_error_pct_median"] == pytest.approx(found.scale_pct_median)
    # Its scale is the mean of three guesses, each 10 % off: no promise.
    assert summary["position_aligned_m_median"] < 0.5
    assert summary["rotation_aligned_deg_median"] < 1.0


def test_make_demo_runs_it() -> None:
    venv = Path(sys.prefix)
    make = [
        "make",
        "-n",
        "-f",
        str(ROOT / "Makefile"),
        "-o",
        str(venv / ".ready"),
        f"VENV={venv}",
        "demo",
    ]
    # A make that runs the tests would be seen as the parent of this one, which then says more.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(make, capture_output=True, text=True, check=True, env=alone)
    assert done.stdout.split() == [f"{venv}/bin/worldmap", "demo"]


@pytest.mark.parametrize("seed", [-1, -99])
def test_a_negative_seed(tmp_path: Path, seed: int) -> None:
    ran = Ran("demo", "--out", tmp_path / "demo", "--seed", seed)
    assert ran.code == ExitCode.INPUT
    assert "must not be negative" in ran.error
    assert not (tmp_path / "demo" / "photos").exists()
