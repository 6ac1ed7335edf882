"""Streets with exact truth: medians over seeds, each photo's stated radius, and false pairs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import Direction, Metric, metric
from benchmarks.registration.areas import SolvedArea, grown, redrawn, solve_area, street
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.demo import DemoTruth, PoseAccuracy, pose_accuracy, relative_error
from worldmap.depth import load_depth
from worldmap.mapfolder import Layout
from worldmap.photo import read_pixels
from worldmap.records import PlacedPose
from worldmap.registration.features import extract_features

KINDS = ("standard", "hard", "repeated")
# A pair is wrong when it is turned by more than this, or off by more than this and this share of
# the distance between its photos.
WRONG_DEG = 3.0
WRONG_M = 1.0
WRONG_REL = 0.10
# The share of photos inside their radius needs more draws of GPS noise than there are streets:
# photos of one street are right or wrong together. Of fewer streets than this it has no bar, the
# share scatters by 0.3 / √(6 streets), as two thirds of a street's photos share their error.
_DRAWS = 6
_STREETS_FOR_SHARE = 5

_BARS: dict[str, dict[str, float]] = {
    "standard": {
        "placed": 1.0, "similarity": 0.08, "similarity p90": 0.15, "rigid": 0.20,
        "rigid p90": 0.40, "turn": 0.03, "tilt": 0.1, "scale": 0.3, "absolute": 1.3,
        "inside low": 0.85, "inside high": 0.95,
    },
    "hard": {
        "placed": 0.95, "similarity": 0.20, "similarity p90": 0.45, "rigid": 0.35,
        "rigid p90": 0.80, "turn": 0.15, "tilt": 0.3, "scale": 1.0, "absolute": 1.5,
        "inside low": 0.80, "inside high": 0.97,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Street:
    accuracy: PoseAccuracy
    grown: PoseAccuracy
    grown_wrong: int
    placed_of_connected: float
    wrong: int
    believed: int
    by_icp: int
    tried_icp: int
    pair_s: float
    solve_s: float
    level_deg: float
    inside: float


def street_metrics(scenes: Path, kind: str, seeds: Sequence[int]) -> list[Metric]:
    """One kind of street over all seeds."""
    found = [_street(scenes / f"{kind}{seed}", kind, seed) for seed in seeds]
    metrics = [
        _metric(kind, "wrong pairs with weight", "pairs", sum(f.wrong for f in found), 0, "max"),
        _metric(kind, "pairs with weight", "pairs", sum(f.believed for f in found)),
        _metric(kind, "pairs kept as ICP moved them", "pairs", sum(f.by_icp for f in found)),
        _metric(kind, "pairs that ICP was asked about", "pairs", sum(f.tried_icp for f in found)),
    ]
    grown_wrong = sum(f.grown_wrong for f in found)
    metrics.append(_metric(kind, "grown one by one: wrong pairs", "pairs", grown_wrong, 0, "max"))
    bars = _BARS.get(kind, {})

    def over(
        name: str, unit: str, values: list[float], key: str, direction: Direction = "max"
    ) -> None:
        metrics.append(
            _metric(kind, name, unit, float(np.median(values)), bars.get(key), direction)
        )

    each = [f.accuracy for f in found]
    metrics.append(
        _metric(
            kind, "photos placed, of those connected", "share",
            float(np.mean([f.placed_of_connected for f in found])), bars.get("placed"), "min",
        )
    )  # fmt: skip
    over("position, similarity", "m", [a.position_similarity_m_median for a in each], "similarity")
    over(
        "position, similarity, p90", "m", [a.position_similarity_m_p90 for a in each],
        "similarity p90",
    )  # fmt: skip
    over("position, rigid", "m", [a.position_rigid_m_median for a in each], "rigid")
    over("position, rigid, p90", "m", [a.position_rigid_m_p90 for a in each], "rigid p90")
    one_by_one = [f.grown for f in found]
    over(
        "grown one by one: position, similarity", "m",
        [a.position_similarity_m_median for a in one_by_one], "similarity",
    )  # fmt: skip
    over(
        "grown one by one: position, rigid", "m",
        [a.position_rigid_m_median for a in one_by_one], "grown",
    )  # fmt: skip
    over("heading", "deg", [a.heading_deg_median for a in each], "turn")
    over("tilt", "deg", [a.tilt_deg_median for a in each], "turn")
    over("tilt, absolute", "deg", [a.tilt_absolute_deg_median for a in each], "tilt")
    over("depth scale, relative", "%", [a.scale_relative_pct_median for a in each], "scale")
    over("area scale, absolute value", "%", [abs(a.area_scale_pct) for a in each], "area")
    over(
        "absolute position over the truth fitted to GPS", "ratio",
        [a.position_absolute_over_gps_fit for a in each], "absolute",
    )  # fmt: skip
    if bars:
        inside = float(np.mean([f.inside for f in found]))
        low, high = bars["inside low"], bars["inside high"]
        name = "truth inside the 90 % radius"
        if len(found) < _STREETS_FOR_SHARE:
            metrics.append(_metric(kind, name, "share", inside))
        else:
            metrics += [
                _metric(kind, f"{name}, not less", "share", inside, low, "min"),
                _metric(kind, f"{name}, not more", "share", inside, high, "max"),
            ]
    bars = {"level": 0.5, "pair": 1.0, "solve": 5.0} if kind == "standard" else {}
    over("level of one photo, before pairs", "deg", [f.level_deg for f in found], "level")
    over("one pair", "s", [f.pair_s for f in found], "pair")
    over("solve", "s", [f.solve_s for f in found], "solve")
    if kind == "standard":
        seconds = _feature_s(scenes / f"{kind}{seeds[0]}")
        metrics.append(_metric(kind, "features of 1 megapixel", "s", seconds, 1.3, "max"))
    return metrics


def _street(folder: Path, kind: str, seed: int) -> _Street:
    truth = street(folder, kind, seed)
    area = solve_area(folder / "map")
    accuracy = pose_accuracy(area.solved_in(truth), truth)
    connected = truth.connected()[0]
    placed = sum(photo.name in connected for photo in accuracy.per_photo)
    believed = [p for p in area.solution.pairs if not p.reason]
    one_by_one = grown(area)
    inside = [_inside(area, truth)]
    if kind in _BARS:
        inside = [_inside(*redrawn(area, truth, Settings(), draw)) for draw in range(_DRAWS)]
    below = Settings().registration.pairs.icp_below_inliers
    return _Street(
        accuracy=accuracy,
        grown=pose_accuracy(one_by_one.solved_in(truth), truth),
        grown_wrong=wrong_pairs(one_by_one, truth),
        placed_of_connected=placed / len(connected),
        wrong=wrong_pairs(area, truth),
        believed=len(believed),
        by_icp=sum(p.method == "matches+icp" for p in believed),
        tried_icp=sum(p.inliers < below for p in area.pairs if p.a_from_b is not None),
        pair_s=float(np.mean([p.seconds for p in area.pairs])),
        solve_s=area.solve_s,
        level_deg=_level_deg(area, truth),
        inside=float(np.mean(inside)),
    )


def wrong_pairs(area: SolvedArea, truth: DemoTruth) -> int:
    """Pairs with weight in the solution whose transform is plainly not the true one."""
    wrong = 0
    for pair in area.solution.pairs:
        if pair.reason or pair.a_from_b is None:
            continue
        a, b = area.views[pair.photo_a].name, area.views[pair.photo_b].name
        turn_deg, off_m, _ = relative_error(truth, a, b, pair.a_from_b)
        apart_m = float(np.linalg.norm(truth.a_from_b(a, b).translation_m))
        wrong += (
            turn_deg > WRONG_DEG
            or off_m > WRONG_M + WRONG_REL * truth.photo(a).depth_scale * apart_m
        )
    return wrong


def _inside(area: SolvedArea, truth: DemoTruth) -> float:
    """Share of the placed photos whose true place lies within their stated 90 % circle."""
    solved = area.solved_in(truth)
    placed = [p for p in area.solution.poses if isinstance(p, PlacedPose)]
    stated = {area.views[p.photo_id].name: p.ce90_m for p in placed}
    within = [
        np.linalg.norm((pose.translation_m - truth.photo(name).enu_from_cam.translation_m)[:2])
        < stated[name]
        for name, (pose, _) in solved.items()
    ]
    return float(np.mean(within))


def _level_deg(area: SolvedArea, truth: DemoTruth) -> float:
    off = []
    for view in area.views.values():
        if view.features.tilt is not None:
            up = truth.photo(view.name).enu_from_cam.rotation[2] @ view.up_cam
            off.append(np.rad2deg(np.arccos(np.clip(up, -1, 1))))
    return float(np.median(off))


def _feature_s(folder: Path) -> float:
    """Seconds of feature extraction of one photo, levelling included, per megapixel."""
    settings = Settings()
    seconds = []
    with Catalog.open(folder / "map", create=False) as catalog:
        for photo in catalog.photos()[:6]:
            rgb = read_pixels(photo.metadata.path, settings.photo)
            cleaned = load_depth(Layout(folder / "map").depth(photo))
            given = replace(cleaned.depth_map, depth_m=cleaned.uncleaned_m)
            started = time.perf_counter()
            extract_features(rgb, photo.camera, given, settings.registration.features)
            seconds.append((time.perf_counter() - started) / (rgb.shape[0] * rgb.shape[1] / 1e6))
    return float(np.median(seconds))


def _metric(
    kind: str, name: str, unit: str, value: float, bar: float | None = None,
    direction: Direction = "max",
) -> Metric:  # fmt: skip
    return metric(f"{kind}: {name}", unit, value, bar, direction)
