"""The whole line: the demo's accuracy, its time and peak memory per stage; and a real street where
`WORLDMAP_SHARED_DATA` (default: ../shared/data beside the repository) has one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Metric, metric
from worldmap.frames import nearest_rotation

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WORLDMAP_SHARED_DATA") or ROOT.parent / "shared" / "data")
DEMO_BAR_S = 180.0
# What the lund photos 02-20 must reach against an independent engine.
LUND_BEST = [f"{number:02d}.jpg" for number in range(2, 21)]


def run() -> list[Metric]:
    """Run the demo and the real street in temporary folders through the installed command."""
    with tempfile.TemporaryDirectory() as folder:
        metrics = _demo(Path(folder))
        if (SHARED / "lund").is_dir():
            metrics += _lund(Path(folder))
    return metrics


def _demo(folder: Path) -> list[Metric]:
    out, seconds, _ = _run("demo", "--out", str(folder / "demo"), "--json")
    summary = json.loads(out.splitlines()[-1])
    accuracy = summary["accuracy"]
    metrics = [
        metric("demo: photos placed", "share", summary["placed"] / summary["photos"], 1.0, "min"),
        metric("demo: position, rigid, worst", "m", accuracy["position_rigid_m_max"], 0.5),
        metric("demo: position, rigid, median", "m", accuracy["position_rigid_m_median"], 0.5),
        metric("demo: position, similarity, median", "m", accuracy["position_similarity_m_median"]),
        metric("demo: rotation, worst", "deg", accuracy["rotation_deg_max"], 1.0),
        metric("demo: depth scale, worst", "%", accuracy["scale_pct_max"], 3.0),
        metric("demo: seconds in all", "s", seconds, DEMO_BAR_S),
    ]
    photos = str(folder / "demo" / "photos")
    map_dir = str(folder / "again")
    for stage, arguments in (
        ("ingest", ("ingest", photos, "--depth", "measured", "--map", map_dir)),
        ("merge", ("merge", "--area", "all", "--map", map_dir)),
        ("merge again", ("merge", "--area", "all", "--map", map_dir)),
    ):
        _, seconds, peak_mib = _run(*arguments)
        metrics.append(metric(f"demo: {stage}, time", "s", seconds))
        metrics.append(metric(f"demo: {stage}, largest process", "MiB", peak_mib))
    return metrics


def _lund(folder: Path) -> list[Metric]:
    map_dir, poses = str(folder / "lund"), folder / "poses.json"
    _, ingest_s, ingest_mib = _run(
        "ingest", str(SHARED / "lund"), "--depth", "measured", "--depth-suffix", ".dense",
        "--map", map_dir,
    )  # fmt: skip
    _, merge_s, merge_mib = _run("merge", "--area", "all", "--map", map_dir)
    _run("export", "--area", "all", str(poses), "--map", map_dir)
    truth = json.loads((SHARED / "lund" / "truth.json").read_text())
    photos = json.loads(poses.read_text())["photos"]
    position_m, rotation_deg = relative_errors(photos, truth, LUND_BEST)
    placed = sum(photo["status"] == "placed" for photo in photos)
    return [
        metric("lund: photos placed, of 29", "photos", placed, 29, "min"),
        metric("lund: position of 02-20, rigid, median", "m", float(np.median(position_m)), 0.25),
        metric("lund: rotation of 02-20, median", "deg", float(np.median(rotation_deg)), 0.5),
        metric("lund: ingest, time", "s", ingest_s),
        metric("lund: merge, time", "s", merge_s),
        metric("lund: ingest, largest process", "MiB", ingest_mib),
        metric("lund: merge, largest process", "MiB", merge_mib),
    ]


def relative_errors(
    photos: list[dict[str, Any]], truth: dict[str, Any], names: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Errors of exported poses after one rigid alignment: of the centres (Umeyama without scale)
    for positions in metres, of the rotations (chordal mean) for angles in degrees."""
    solved = {
        Path(photo["path"]).name: np.array(photo["enu_from_cam"])
        for photo in photos
        if photo["enu_from_cam"] is not None
    }
    used = [name for name in names if name in solved]
    found = np.array([solved[name] for name in used])
    true = np.array([truth[name]["enu_from_cam"] for name in used])
    centre, true_centre = found[:, :3, 3], true[:, :3, 3]
    middle, true_middle = centre.mean(axis=0), true_centre.mean(axis=0)
    turn = nearest_rotation((true_centre - true_middle).T @ (centre - middle))
    off_m = np.linalg.norm((centre - middle) @ turn.T - (true_centre - true_middle), axis=1)
    common = nearest_rotation(np.einsum("nij,nkj->ik", true[:, :3, :3], found[:, :3, :3]))
    left = np.einsum("nji,jk,nkl->nil", true[:, :3, :3], common, found[:, :3, :3])
    cosine = (np.trace(left, axis1=1, axis2=2) - 1) / 2
    return off_m, np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))


def _run(*arguments: str) -> tuple[str, float, float]:
    """Output, seconds, and MiB of the largest process of one worldmap command."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "worldmap", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"worldmap {' '.join(arguments)} ended with {process.returncode}")
    return out, time.monotonic() - started, usage.ru_maxrss / 1024
