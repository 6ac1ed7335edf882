"""Photos with known poses, matched and solved: what was tried and believed, and what it cost."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, metric
from benchmarks._town import LensTruth, write_town
from benchmarks.line import SHARED
from benchmarks.registration.areas import SolvedArea, solve_area
from benchmarks.registration.peers import colmap_poses
from benchmarks.registration.streets import WRONG_DEG, WRONG_M, WRONG_REL
from worldmap.config import Settings
from worldmap.demo import STANDARD, StreetPlan, read_truth, write_demo
from worldmap.demo.accuracy import align
from worldmap.frames import rotation_angle_rad
from worldmap.pipeline.ingest import ingest
from worldmap.records import PairRegistration, PlacedPose
from worldmap.registration.learned.weights import PACKAGE
from worldmap.registration.matching import matcher_for
from worldmap.registration.pair import register_pair
from worldmap.registration.start import components

Array = NDArray[np.float64]

_PHOTOS = 12
_FIRST_SEED = 41
_HELD = 3
# Of a scene's pairs so many are timed again, alone.
_TIMED = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """Photos in a folder with the suffix of their depth files, and by name enu_from_cam (4, 4) and
    what multiplies the photo's depth to make it true."""

    name: str
    photos: Path
    suffix: str
    truth: Mapping[str, tuple[Array, float]]


def scenes(folder: Path, *, streets: int) -> Iterator[Scene]:
    """Streets of either generator, made where they are not there, and real photos."""
    for seed in range(_FIRST_SEED, _FIRST_SEED + streets):
        town = folder / f"town{seed}"
        if not (town / "truth.json").exists():
            lens = LensTruth(focal_spread_rel=0.006, centre_off_rel=0.004, radial_rel=0.002)
            write_town(town, seed=seed, lens=lens, photos=_PHOTOS)
        told = json.loads((town / "truth.json").read_text())
        truth = {n: (np.array(p["enu_from_cam"]), p["depth_scale"]) for n, p in told.items()}
        yield Scene(name=f"second street {seed}", photos=town / "photos", suffix="", truth=truth)
        demo = folder / f"demo{seed}"
        if not (demo / "truth.json").exists():
            write_demo(demo, layout=StreetPlan(), noise=STANDARD, seed=seed, photos=_PHOTOS)
        truth = {p.name: (p.enu_from_cam.matrix, p.depth_scale) for p in read_truth(demo).photos}
        yield Scene(name=f"street {seed}", photos=demo / "photos", suffix="", truth=truth)
    for name, suffix in (("lund", ".dense"), ("herz", ".net")):
        if (SHARED / name).is_dir():
            told = json.loads((SHARED / name / "truth.json").read_text())
            truth = {
                n: (np.array(p["enu_from_cam"]), 1.0 / p.get("net_scale", 1.0))
                for n, p in told.items()
            }
            yield Scene(name=name, photos=SHARED / name, suffix=suffix, truth=truth)


def scene_metrics(folder: Path, scene: Scene, *, full: bool) -> list[Metric]:
    """One scene by SIFT, and with `full` by learned features and by COLMAP."""
    metrics = _by(folder, scene, "sift", with_bars=True)
    if full and find_spec(PACKAGE.replace("-", "_")):
        metrics += _by(folder, scene, "aliked", with_bars=False)
    if full:
        try:
            placed = len(colmap_poses(scene.photos, sorted(scene.truth)))
        except RuntimeError as error:
            print(f"{scene.name}: COLMAP: {error}", file=sys.stderr)
            placed = 0
        metrics.append(metric(f"{scene.name}, COLMAP: placed", "photos", placed))
    return metrics


def _by(folder: Path, scene: Scene, kind: str, *, with_bars: bool) -> list[Metric]:
    settings = Settings()
    told = settings.registration
    features = told.features.model_copy(update={"kind": kind})
    update: dict[str, object] = {"registration": told.model_copy(update={"features": features})}
    if scene.suffix:
        update["depth"] = settings.depth.model_copy(update={"sidecar_suffix": scene.suffix})
    settings = settings.model_copy(update=update)
    map_dir = folder / f"map {scene.name} {kind}".replace(" ", "_")
    ingest(map_dir, [scene.photos], settings, depth="measured", jobs=2)
    started = time.perf_counter()
    area = solve_area(map_dir)
    took_s = time.perf_counter() - started
    count = len(area.views)
    believed = [p for p in area.solution.pairs if p.accepted]
    fitting = [p for p in area.pairs if p.fits]
    held = [sum(i in p.key for p in believed) for i in area.views]
    placed = sum(isinstance(p, PlacedPose) for p in area.solution.poses)
    groups = components(list(area.views), believed)
    stored_mb = sum(f.stat().st_size for f in (map_dir / "features").iterdir()) / 1e6 / count
    bars: dict[str, float] = {}
    if with_bars:
        bars = {"placed": 1.0, "tried": 10.0, "right": 0.99, "stored": 0.6, "pair": 0.4}
    label = f"{scene.name}, {kind}"
    position_m = _off_m(area, scene)
    return [
        metric(f"{label}: placed", "share", placed / count, bars.get("placed"), "min"),
        metric(f"{label}: in the largest group", "share", len(groups[0]) / count),
        metric(f"{label}: pairs tried of each photo", "pairs", 2 * len(area.pairs) / count,
               bars.get("tried")),
        metric(f"{label}: pairs that fit", "pairs", len(fitting)),
        metric(f"{label}: of these right", "share", _right(area, scene, fitting)),
        metric(f"{label}: pairs believed", "pairs", len(believed)),
        metric(f"{label}: of these right", "share", _right(area, scene, believed),
               bars.get("right"), "min"),
        metric(f"{label}: photos held by {_HELD} and more", "share",
               sum(n >= _HELD for n in held) / count),
        metric(f"{label}: position, similarity, median", "m", float(np.median(position_m))),
        metric(f"{label}: position, similarity, p90", "m", float(np.percentile(position_m, 90))),
        metric(f"{label}: features of a photo", "MB", stored_mb, bars.get("stored")),
        metric(f"{label}: a pair, processor", "s", _pair_s(area), bars.get("pair")),
        metric(f"{label}: matched and solved", "s", took_s),
    ]  # fmt: skip


def _right(area: SolvedArea, scene: Scene, pairs: list[PairRegistration]) -> float:
    """The share of the pairs that are right; 1 of none."""
    right = []
    for pair in pairs:
        assert pair.a_from_b is not None
        (world_from_a, scale), (world_from_b, _) = (
            scene.truth[area.views[i].name] for i in pair.key
        )
        true = np.linalg.inv(world_from_a) @ world_from_b
        turn_deg = np.rad2deg(rotation_angle_rad(true[:3, :3].T @ pair.a_from_b.rotation))
        # In metres of a's own depth.
        way_m = true[:3, 3] / scale
        off_m = float(np.linalg.norm(way_m - pair.a_from_b.translation_m))
        allowed_m = WRONG_M + WRONG_REL * float(np.linalg.norm(way_m))
        right.append(turn_deg <= WRONG_DEG and off_m <= allowed_m)
    return float(np.mean(right)) if right else 1.0


def _off_m(area: SolvedArea, scene: Scene) -> Array:
    placed = [p for p in area.solution.poses if isinstance(p, PlacedPose)]
    solved = np.array([p.about(area.site).enu_from_cam.translation_m for p in placed])
    true = np.array([scene.truth[area.views[p.photo_id].name][0][:3, 3] for p in placed])
    onto = align(solved, true, with_scale=True)
    if onto is None:
        return np.array([np.nan])
    return np.asarray(np.linalg.norm(onto.apply(solved) - true, axis=1))


def _pair_s(area: SolvedArea) -> float:
    """Processor seconds of a pair, matched and judged, the mean of some spread over the scene."""
    step = max(1, len(area.pairs) // _TIMED)
    timed = area.pairs[::step][:_TIMED]
    settings = Settings().registration.pairs
    started = time.process_time()
    for pair in timed:
        a, b = (area.views[i] for i in pair.key)
        register_pair(a, b, matcher_for(a.features.kind, settings), settings)
    return (time.process_time() - started) / len(timed)
