"""The first minute: photos that come without depth onto a machine without networks, and the depth
that comes later; and what a photo of 12 megapixels costs beside a network."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

from benchmarks import Metric, metric
from worldmap.config import DepthSettings, FeatureSettings, PhotoSettings
from worldmap.depth import clean, photo_camera, save_depth, without_sky
from worldmap.depth.canonical import metric_depth_map
from worldmap.engine import Isolated
from worldmap.mapfolder import MapFolder
from worldmap.photo import read_photo
from worldmap.records import DepthModel
from worldmap.registration.features import extract_features, load_features, save_features

PHOTOS = 4
REPEATS = 2
_NETWORK_INPUT_PX = 1536


def first_minute(photo_dir: Path, folder: Path) -> list[Metric]:
    """On the first photos of a demo street, whose depth is left behind at first."""
    photos = sorted(photo_dir.glob("*.jpg"))[:PHOTOS]
    here, at_once, map_dir = folder / "in", folder / "at_once", folder / "map"
    for target in (here, at_once):
        target.mkdir(parents=True)
        for photo in photos:
            shutil.copy(photo, target)
    machine = {
        **os.environ,
        "WORLDMAP_MODELS": str(folder / "models"),
        "HF_HOME": str(folder / "hub"),
    }
    first, first_s = _ingest(map_dir, here, machine)
    before = _own_features(map_dir)
    for photo in photos:
        for target in (here, at_once):
            shutil.copy(photo.with_suffix(".depth.png"), target)
    second, later_s = _ingest(map_dir, here, machine)
    after = _own_features(map_dir)
    _, whole_s = _ingest(folder / "other", at_once, machine)
    same = sum(np.array_equal(before[name], after[name]) for name in before)
    return [
        metric("first: photos kept without depth", "%", 100 * first["accepted"] / PHOTOS,
                100.0, "min"),
        metric("first: networks offered, with size, time and licence", "",
                sum(all(n.values()) for n in first["networks"]), 1.0, "min"),
        metric("first: photos whose depth the next ingest added", "%",
                100 * (second["accepted"] - second["without_depth"]) / PHOTOS, 100.0, "min"),
        metric("first: of these, whose own features stayed", "%", 100 * same / PHOTOS,
                100.0, "min"),
        metric("first: processor of depth that comes later, of all at once", "%",
                100 * later_s / whole_s),
        metric("first: a photo without depth", "s", first_s / PHOTOS),
    ]  # fmt: skip


def beside_network(jpeg: Path, inverse: np.ndarray, folder: Path) -> list[Metric]:
    """Processor seconds of a photo of 12 megapixels as JPEG and as HEIC, all but the network's, in
    a worker of the command's as its second photo and those after it."""
    heic = folder / "large.heic"
    with Image.open(jpeg) as image:
        pillow_heif.from_pillow(image).save(heic, quality=80)
    found = []
    for path, name, bar in ((jpeg, "JPEG", 1.2), (heic, "HEIC", 2.0)):
        work = partial(_laps, inverse=inverse, folder=folder)
        with Isolated(work, limit_s=None, threads=1) as worker:
            worker(path)
            laps = min((worker(path) for _ in range(REPEATS)), key=_total)
        total = _total(laps)
        found.append(metric(f"12 MP {name}: processor beside the network", "s", total, bar))
        found += [
            metric(f"12 MP {name}: {step}, share of that", "%", 100 * seconds / total)
            for step, seconds in laps.items()
        ]
    stored = ("beside-depth.npz", "beside-features.npz")
    megabytes = sum((folder / name).stat().st_size for name in stored) / 1e6
    return [*found, metric("12 MP photo: depth and features", "MB", megabytes)]


def _total(laps: dict[str, float]) -> float:
    return sum(laps.values())


def _laps(path: Path, inverse: np.ndarray, folder: Path) -> dict[str, float]:
    laps: dict[str, float] = {}
    last_s = time.process_time()

    def lap(step: str) -> None:
        nonlocal last_s
        now_s = time.process_time()
        laps[step], last_s = now_s - last_s, now_s

    settings = DepthSettings()
    metadata, rgb = read_photo(path, PhotoSettings(), least_px=_NETWORK_INPUT_PX)
    lap("decode")
    model = DepthModel(name="depth-pro", weights_hash="", licence="")
    depth_map = metric_depth_map(metadata, inverse, 60.0, settings, model)
    lap("metres and sigma")
    cleaned = clean(depth_map, rgb, settings)
    lap("clean")
    features = extract_features(
        rgb, photo_camera(metadata, depth_map.focal), without_sky(cleaned), FeatureSettings()
    )
    lap("features")
    save_depth(folder / "beside-depth.npz", cleaned)
    save_features(folder / "beside-features.npz", features)
    lap("store")
    return laps


def _ingest(map_dir: Path, photos: Path, machine: dict[str, str]) -> tuple[dict[str, Any], float]:
    """The command's summary and its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ("ingest", str(photos), "--map", str(map_dir), "--json")
    done = subprocess.run(
        [sys.executable, "-m", "worldmap", *command],
        env=machine, check=True, capture_output=True, text=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _own_features(map_dir: Path) -> dict[str, np.ndarray]:
    """Where each photo has features of its own picture."""
    with MapFolder.open(map_dir) as folder:
        found = {
            photo.metadata.path.name: load_features(folder.layout.features(photo))
            for photo in folder.catalog.photos()
        }
    return {name: features.uv_px[~features.on_plane] for name, features in found.items()}
