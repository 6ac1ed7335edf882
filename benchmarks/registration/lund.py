"""A real street: 29 photos with measured depth, against an independent engine's poses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import Metric, metric
from benchmarks.line import LUND_BEST, SHARED, relative_errors
from benchmarks.registration.areas import SolvedArea, solve_area
from worldmap.config import Settings
from worldmap.pipeline.ingest import ingest
from worldmap.records import PlacedPose

_NAMES = [f"{number:02d}.jpg" for number in range(1, 30)]
# Positions that the truth's own README calls false.
_FALSE_GPS = ("01.jpg", "28.jpg", "29.jpg")
_VARIANTS: tuple[tuple[str, Sequence[str]], ...] = (
    ("all GPS", ()),
    ("every second GPS", _NAMES[1::2]),
    ("three GPS", [n for n in _NAMES if n not in ("03.jpg", "10.jpg", "18.jpg")]),
)


def lund_metrics(folder: Path) -> list[Metric]:
    """The street with all positions, with every second, and with three; none without the data."""
    if not (SHARED / "lund").is_dir():
        return []
    map_dir = folder / "lund"
    settings = Settings()
    settings = settings.model_copy(
        update={"depth": settings.depth.model_copy(update={"sidecar_suffix": ".dense"})}
    )
    ingest(map_dir, [SHARED / "lund"], settings, depth="measured", jobs=2)
    truth = json.loads((SHARED / "lund" / "truth.json").read_text())
    metrics = []
    for name, forgotten in _VARIANTS:
        area = solve_area(map_dir, forget=frozenset(forgotten))
        metrics += _variant(name, area, truth, with_bars=not forgotten)
    return metrics


def _variant(
    name: str, area: SolvedArea, truth: dict[str, Any], *, with_bars: bool
) -> list[Metric]:
    poses = {area.views[p.photo_id].name: p for p in area.solution.poses}
    photos = [
        {"path": n, "enu_from_cam": p.enu_from_cam.matrix if isinstance(p, PlacedPose) else None}
        for n, p in poses.items()
    ]
    position_m, rotation_deg = relative_errors(photos, truth, LUND_BEST)
    placed = sum(p["enu_from_cam"] is not None for p in photos)
    wrong = sum(_turned_deg(area, truth, p) > 3.0 for p in area.solution.pairs if not p.reason)
    label = f"lund, {name}"
    metrics = [
        metric(f"{label}: placed", "photos", placed, 29 if with_bars else None, "min"),
        metric(
            f"{label}: position of 02-20, rigid, median", "m", float(np.median(position_m)),
            0.25 if with_bars else None,
        ),
        metric(f"{label}: position, p90", "m", float(np.quantile(position_m, 0.9))),
        metric(
            f"{label}: rotation of 02-20, median", "deg", float(np.median(rotation_deg)),
            0.5 if with_bars else None,
        ),
        metric(f"{label}: pairs turned by over 3 deg", "pairs", wrong, 0),
        metric(f"{label}: solve", "s", area.solve_s),
    ]  # fmt: skip
    if with_bars:
        # False positions: what the solution is off them, in their own stated sigmas.
        stands = {n: p for n, p in poses.items() if isinstance(p, PlacedPose)}
        off = [
            float(np.hypot(*stands[n].gps_residual_m[:2])) if n in stands else float("nan")
            for n in _FALSE_GPS
            if n in poses
        ]
        metrics += [
            metric(f"{label}: {n} lies off its GPS", "m", m)
            for n, m in zip(_FALSE_GPS, off, strict=True)
        ]
    return metrics


def _turned_deg(area: SolvedArea, truth: dict[str, Any], pair: Any) -> float:
    a, b = (
        np.array(truth[area.views[i].name]["enu_from_cam"])[:3, :3]
        for i in (pair.photo_a, pair.photo_b)
    )
    cosine = (np.trace((a.T @ b).T @ pair.a_from_b.rotation) - 1) / 2
    return float(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))))
