"""Tourists' photos of one church without any tag, by the learned matcher: one local map, and how
its cameras stand beside those of another engine, which are right up to one similarity."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks import Metric, metric
from benchmarks.line import SHARED, _run
from worldmap.demo.accuracy import align
from worldmap.frames import rotation_angle_rad
from worldmap.mapfolder import MapFolder
from worldmap.records import PlacedPose


def tourist_metrics(folder: Path) -> list[Metric]:
    """The ten of `sacre`, by ALIKED and LightGlue."""
    config, map_dir = folder / "aliked.yaml", folder / "tourists"
    config.write_text("registration: {features: {kind: aliked}}\n", encoding="utf-8")
    photos = SHARED / "sacre" / "photos"
    options = ("--map", str(map_dir), "--config", str(config))
    _run("ingest", str(photos), "--depth", "stereo", *options)
    out, _, _ = _run("merge", "--no-report", "--json", *options)
    merged = json.loads(out.splitlines()[-1])
    largest = max(merged["local"], key=lambda each: len(each["photos"]), default=None)
    count = len(largest["photos"]) if largest else 0
    label = "tourists' photos without tags"
    rows = [
        metric(f"{label}: in one local map, of 10", "photos", count, 10, "min"),
        metric(f"{label}: local maps", "maps", len(merged["local"]), 1),
    ]
    if count < 3 or largest is None:
        return rows
    with MapFolder.open(Path(largest["folder"])) as opened:
        state = opened.state()
    names = {i: photo.metadata.path.name for i, photo in state.photos.items()}
    poses = {names[i]: pose for i, pose in state.poses.items() if isinstance(pose, PlacedPose)}
    told = json.loads((SHARED / "sacre" / "truth_sfm.json").read_text())
    true = {name: np.array(told[name]["world_from_cam"]) for name in sorted(poses)}
    site = next(iter(poses.values())).site
    found = {name: poses[name].about(site).enu_from_cam for name in true}
    centre = np.array([pose.translation_m for pose in found.values()])
    where = np.array([pose[:3, 3] for pose in true.values()])
    similarity = align(centre, where, with_scale=True)
    assert similarity is not None
    off = np.linalg.norm(similarity.apply(centre) - where, axis=1)
    spread = float(np.sqrt(((where - where.mean(axis=0)) ** 2).sum(axis=1).mean()))
    turned_deg = [
        float(
            np.rad2deg(
                rotation_angle_rad((similarity.rotation @ found[n].rotation).T @ true[n][:3, :3])
            )
        )
        for n in true
    ]
    focal_rel = [poses[n].lens.focal_px / told[n]["camera"][0] - 1 for n in true]
    return [
        *rows,
        metric(f"{label}: cameras off, of their spread, median", "share",
               float(np.median(off)) / spread, 0.05),
        metric(f"{label}: turned, median", "deg", float(np.median(turned_deg)), 2.0),
        metric(f"{label}: focal lengths off, median", "share",
               float(np.median(np.abs(focal_rel))), 0.05),
    ]  # fmt: skip
