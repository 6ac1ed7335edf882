"""The demo of its own accord: `worldmap demo`, its defaults, against the truth it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ingest_makers import Ran
from numpy.typing import NDArray

from worldmap.catalog import Catalog
from worldmap.demo import ExactScene, read_truth
from worldmap.errors import ExitCode
from worldmap.geodesy import enu_from_projected
from worldmap.las import read_tile
from worldmap.records import PhotoStatus

WORLDMAP = Path(sys.executable).with_name("worldmap")


def rigid(source: NDArray, target: NDArray) -> tuple[NDArray, NDArray]:
    """Rotation and translation that bring points onto points (Kabsch 1976), nothing scaled."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, _, vt = np.linalg.svd(b.T @ a)
    rotation = u @ np.diag((1.0, 1.0, np.sign(np.linalg.det(u @ vt)))) @ vt
    return rotation, target.mean(axis=0) - rotation @ source.mean(axis=0)


def turn_deg(rotation: NDArray) -> float:
    return float(np.rad2deg(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))))


def test_the_demo_keeps_what_it_promises(tmp_path: Path) -> None:
    """One test, since it takes a minute: every matched photo within 0.5 m and 1° of the truth
    after one rigid alignment of all, every depth scale within 3 %, points on the street."""
    out = tmp_path / "demo"
    done = subprocess.run(
        [WORLDMAP, "demo", "--out", out, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.OK, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    summary = events[-1]
    assert summary["event"] == "summary"
    assert summary["command"] == "demo"
    assert {e["name"] for e in events if e["event"] == "stage"} >= {
        "render", "ingest", "register", "solve", "fuse", "tiles",
    }  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["map", "photos", "truth.json"]

    truth = read_truth(out)
    assert len(truth.photos) == summary["photos"] == 14
    with Catalog.open(out / "map", create=False) as catalog:
        names = {photo.photo_id: photo.metadata.path.name for photo in catalog.photos()}
        poses, site, tiles = catalog.poses(), catalog.site(), catalog.tiles()
        status = catalog.status()
    assert status.placed == summary["placed"]
    matched = [p for p in poses if p.status == PhotoStatus.PLACED and p.pairs]
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
        assert summary["position_aligned_m_median"] == pytest.approx(np.median(off_m), rel=1e-3)
        assert summary["scale_error_pct_median"] == pytest.approx(
            100 * np.median(np.abs(off_scale)), rel=1e-3
        )
    assert summary["rotation_aligned_deg_median"] < 1.0

    parts = [read_tile(out / "map" / tile.path) for tile in tiles]
    assert sum(map(len, parts)) == summary["points"] > 100_000
    assert len(parts) == summary["tiles"]
    enu = np.concatenate([enu_from_projected(t.cloud.xyz, site, t.epsg) for t in parts])
    points = truth_from_map.apply(enu[:: max(1, len(enu) // 50_000)]) @ rotation.T + shift
    away_m = ExactScene(truth).distance_to_surface_m(points)
    assert np.median(away_m) < 0.10
    assert np.quantile(away_m, 0.9) < 0.5


@pytest.mark.parametrize("seed", [-1, -99])
def test_a_negative_seed(tmp_path: Path, seed: int) -> None:
    ran = Ran("demo", "--out", tmp_path / "demo", "--seed", seed)
    assert ran.code == ExitCode.INPUT
    assert "must not be negative" in ran.error
    assert not (tmp_path / "demo" / "photos").exists()
