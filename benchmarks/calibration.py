"""Cameras calibrated by their photos: surveyed photos where there are some, and streets of both
generators with a fixed lens, a focal length per photo, a principal point off the middle and a bent
lens. COLMAP, with its own calibration, beside them.

`WORLDMAP_BENCH_SEEDS` (default 1-1) are the streets' seeds, `WORLDMAP_BENCH_SCENES` a folder that
keeps them from run to run. Every street is solved twice: as it is, and without calibration; what
that costs is compared by the bundle alone, on the same tracks, in processor time. With `--full` the
surveyed photos have strict depth besides, the demo's hard street takes part, and COLMAP sees every
street.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.stats import binom

from benchmarks import Metric, metric
from benchmarks._bundled import bundled_s
from benchmarks._town import LensTruth, write_town
from benchmarks.line import SHARED
from benchmarks.registration.areas import SolvedArea, solve_area
from benchmarks.registration.peers import colmap_poses
from worldmap.config import Settings
from worldmap.demo import HARD, STANDARD, DemoTruth, StreetPlan, read_truth, write_demo
from worldmap.demo.accuracy import umeyama
from worldmap.frames import nearest_rotation
from worldmap.pipeline.ingest import ingest
from worldmap.records import CameraCalibration, PlacedPose, SolvedPose
from worldmap.registration.solve import solve

_FIXED = "fixed lens"
_SPREAD = "1 % per photo"
_LENSES: Mapping[str, LensTruth] = {
    _FIXED: LensTruth(),
    _SPREAD: LensTruth(focal_spread_rel=0.01 / math.sqrt(3.0)),
    "centre off 0.5 %": LensTruth(centre_off_rel=0.005),
    "bent 2 %": LensTruth(radial_rel=0.02),
}
_PHOTOS = 12
# 90 % of a normal variable.
_INSIDE = 1.645


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Errors:
    """After a similarity: metres, degrees, and relative depth scales in per cent."""

    position_m: np.ndarray
    rotation_deg: np.ndarray
    scale_pct: np.ndarray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Street:
    """A street's photos, ingested, and by name what is true of each: enu_from_cam, depth_scale,
    focal_px and centre_px."""

    label: str
    folder: Path
    truth: Mapping[str, Any]
    lens: str


def run(*, full: bool = False) -> list[Metric]:
    """All cells."""
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        first, _, last = os.environ.get("WORLDMAP_BENCH_SEEDS", "1-1").partition("-")
        metrics, inside = [], []
        if (SHARED / "herz").is_dir():
            for suffix in ("net", "depth") if full else ("net",):
                metrics += _surveyed(Path(temporary) / f"herz_{suffix}", suffix)
        for seed in range(int(first), int(last or first) + 1):
            costs: dict[str, list[tuple[float, float]]] = {}
            for street in _streets(scenes, seed, full=full):
                cell, held, cost = _cell(street)
                metrics += cell
                inside += held
                costs.setdefault(street.label.split(",")[0], []).append(cost)
                if full or street.lens == _SPREAD:
                    metrics += _colmap(street.label, street.folder / "photos", street.truth)
            for name, each in costs.items():
                ratio = sum(with_s for with_s, _ in each) / sum(without_s for _, without_s in each)
                label = f"{name}: bundle of all lenses, with calibration over without"
                metrics.append(metric(label, "ratio", ratio, 1.3))
        # So few may stray: what a true share of 85 to 95 % gives in 95 of 100 runs.
        few, many = binom.ppf(0.025, len(inside), 0.85), binom.ppf(0.975, len(inside), 0.95)
        share = float(np.mean(inside))
        metrics += [
            metric("focal length and principal point inside 90 %, not less", "share",
                   share, few / len(inside), "min"),
            metric("focal length and principal point inside 90 %, not more", "share",
                   share, many / len(inside), "max"),
        ]  # fmt: skip
    return metrics


def _streets(scenes: Path, seed: int, *, full: bool) -> Iterator[_Street]:
    """Streets of both generators through each lens; those that are there are used again."""
    demos = {"demo": STANDARD} | ({"hard demo": HARD} if full else {})
    for name, lens in _LENSES.items():
        folder = _folder(scenes, f"second street {seed} {name}")
        if not (folder / "truth.json").exists():
            write_town(folder, seed=seed, lens=lens, photos=_PHOTOS)
        truth = json.loads((folder / "truth.json").read_text())
        yield _Street(label=f"second street {seed}, {name}", folder=folder, truth=truth, lens=name)
        for kind, noise in demos.items():
            folder = _folder(scenes, f"{kind} {seed} {name}")
            if not (folder / "truth.json").exists():
                write_demo(
                    folder,
                    layout=StreetPlan(),
                    noise=replace(
                        noise,
                        focal_error_rel=0.0,
                        # Even between bounds, where the second street's has this deviation.
                        focal_spread_rel=lens.focal_spread_rel * math.sqrt(3.0),
                        centre_off_rel=lens.centre_off_rel,
                        radial_rel=lens.radial_rel,
                    ),
                    seed=seed,
                    photos=_PHOTOS,
                )
            truth = _of_demo(read_truth(folder))
            yield _Street(label=f"{kind} {seed}, {name}", folder=folder, truth=truth, lens=name)


def _folder(scenes: Path, label: str) -> Path:
    return scenes / label.replace(" ", "_").replace("%", "pct")


def _of_demo(truth: DemoTruth) -> dict[str, Any]:
    return {
        photo.name: {
            "enu_from_cam": photo.enu_from_cam.matrix,
            "depth_scale": photo.depth_scale,
            "focal_px": photo.camera.fx_px,
            "centre_px": (photo.camera.cx_px, photo.camera.cy_px),
        }
        for photo in truth.photos
    }


def _surveyed(map_dir: Path, suffix: str) -> list[Metric]:
    """The church front whose cameras a laser surveyed."""
    settings = Settings()
    depth = settings.depth.model_copy(update={"sidecar_suffix": f".{suffix}"})
    settings = settings.model_copy(update={"depth": depth})
    ingest(map_dir, [SHARED / "herz"], settings, depth="measured", jobs=2)
    truth = json.loads((SHARED / "herz" / "truth.json").read_text())
    area = solve_area(map_dir)
    errors = _errors(area, area.solution.poses, truth)
    label = f"herz, .{suffix}"
    matrix, width = np.array(truth["0000.jpg"]["K"]), truth["0000.jpg"]["width"]
    (found,) = area.solution.calibrations
    half = found.width_px / width
    # K counts the middle of the first pixel as 0.
    centre = (matrix[:2, 2] + 0.5) * half - (found.width_px / 2, found.height_px / 2)
    off_px = math.hypot(found.centre_px[0] - centre[0], found.centre_px[1] - centre[1])
    off_pct = 100 * abs(found.focal_px / (matrix[0, 0] * half) - 1)
    return [
        metric(f"{label}: position", "m", float(np.median(errors.position_m)), 0.008),
        metric(f"{label}: position, p90", "m", float(np.quantile(errors.position_m, 0.9)), 0.012),
        metric(f"{label}: rotation", "deg", float(np.median(errors.rotation_deg)), 0.07),
        metric(f"{label}: principal point off by", "px", off_px, 1.5),
        metric(f"{label}: focal length off by", "%", off_pct, 0.1),
        metric(f"{label}: solve", "s", area.solve_s),
        *_colmap(label, SHARED / "herz", truth),
    ]


def _cell(street: _Street) -> tuple[list[Metric], list[bool], tuple[float, float]]:
    """One street with one lens; whether focal length and principal point (two) lie within their
    90 %; and what its bundle costs with calibration and without, in seconds."""
    label, truth, map_dir = street.label, street.truth, street.folder / "map"
    ingest(map_dir, [street.folder / "photos"], Settings(), depth="measured", jobs=2)
    area = solve_area(map_dir)
    registration = Settings().registration
    solver = registration.solver.model_copy(update={"calibrate": False})
    before = solve(area.views, area.pairs, registration.model_copy(update={"solver": solver}))
    now = _errors(area, area.solution.poses, truth)
    then = _errors(area, before.poses, truth)
    position_m = float(np.median(now.position_m))
    told_pct = _told_scale_pct(street, area)
    metrics = [
        metric(f"{label}: placed", "share", len(now.position_m) / len(truth)),
        metric(f"{label}: position", "m", position_m, 0.03),
        metric(f"{label}: position, p90", "m", float(np.quantile(now.position_m, 0.9)), 0.06),
        metric(f"{label}: rotation", "deg", float(np.median(now.rotation_deg))),
        metric(
            f"{label}: depth scale, relative",
            "%",
            float(np.median(now.scale_pct)),
            max(0.4, told_pct),
        ),
        metric(f"{label}: the same by exact depth at the features", "%", told_pct),
        metric(f"{label}: position without calibration", "m", float(np.median(then.position_m))),
    ]
    if street.lens == _FIXED:
        ratio = position_m / float(np.median(then.position_m))
        metrics.append(metric(f"{label}: position over that", "ratio", ratio, 1.03))
    calibrations = area.solution.calibrations
    held = [x for found in calibrations for x in _inside(found, area, truth)]
    return metrics, held, bundled_s(area, registration)


def _told_scale_pct(street: _Street, area: SolvedArea) -> float:
    """How far depth scales stay from the truth of all pixels for who knows the exact depth at each
    feature and nothing between them: depth that is off in patches has no one scale. 0 where the
    street's exact depth was not kept."""
    ratio = []
    for view in area.views.values():
        path = street.folder / "exact" / f"{Path(view.name).stem}.png"
        exact = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if exact is None:
            return 0.0
        uv = view.features.uv_px * (exact.shape[1] / view.camera.width_px)
        col, row = (uv.astype(int).clip(0, np.array(exact.shape[::-1]) - 1)).T
        true_m, given_m = exact[row, col] / 1000, view.features.xyz_cam[:, 2]
        known = (true_m > 0) & (given_m > 0)
        scale = float(np.median(true_m[known] / given_m[known]))
        ratio.append(scale / street.truth[view.name]["depth_scale"])
    return float(np.median(100 * np.abs(ratio / np.median(ratio) - 1)))


def _colmap(label: str, photos: Path, truth: Mapping[str, Any]) -> list[Metric]:
    """What COLMAP makes of the same photos; said on stderr where it does not run here."""
    try:
        found = colmap_poses(photos, sorted(truth))
    except (ImportError, RuntimeError) as error:
        print(f"{label}, COLMAP: {error}", file=sys.stderr)
        return []
    centre = np.array([found[name][1] for name in found])
    true = np.array([truth[name]["enu_from_cam"] for name in found])[:, :3, 3]
    fit = umeyama(centre, true, np.ones(len(found)), with_scale=True)
    off_m = np.linalg.norm(fit.apply(centre) - true, axis=1)
    return [
        metric(f"{label}, COLMAP: placed", "share", len(found) / len(truth)),
        metric(f"{label}, COLMAP: position", "m", float(np.median(off_m))),
        metric(f"{label}, COLMAP: position, p90", "m", float(np.quantile(off_m, 0.9))),
    ]


def _inside(found: CameraCalibration, area: SolvedArea, truth: Mapping[str, Any]) -> list[bool]:
    own = [truth[area.views[i].name] for i in found.photo_ids]
    focal_px = float(np.exp(np.mean([np.log(each["focal_px"]) for each in own])))
    centre = np.array(own[0]["centre_px"]) - (found.width_px / 2, found.height_px / 2)
    return [
        abs(found.focal_px - focal_px) < _INSIDE * found.focal_sigma_px,
        *(
            abs(at - true) < _INSIDE * sigma
            for at, true, sigma in zip(found.centre_px, centre, found.centre_sigma_px, strict=True)
        ),
    ]


def _errors(area: SolvedArea, poses: list[SolvedPose], truth: Mapping[str, Any]) -> _Errors:
    placed = [p for p in poses if isinstance(p, PlacedPose)]
    solved = np.array([p.enu_from_cam.matrix for p in placed])
    own = [truth[area.views[p.photo_id].name] for p in placed]
    true = np.array([each["enu_from_cam"] for each in own])
    fit = umeyama(solved[:, :3, 3], true[:, :3, 3], np.ones(len(placed)), with_scale=True)
    common = nearest_rotation(np.einsum("nij,nkj->ik", true[:, :3, :3], solved[:, :3, :3]))
    left = np.einsum("nji,jk,nkl->nil", true[:, :3, :3], common, solved[:, :3, :3])
    cosine = (np.trace(left, axis1=1, axis2=2) - 1) / 2
    scale = np.array([p.depth_scale for p in placed])
    ratio = scale / [each.get("depth_scale", 1.0) for each in own]
    return _Errors(
        position_m=np.linalg.norm(fit.apply(solved[:, :3, 3]) - true[:, :3, 3], axis=1),
        rotation_deg=np.rad2deg(np.arccos(np.clip(cosine, -1, 1))),
        scale_pct=100 * np.abs(ratio / np.median(ratio) - 1),
    )
