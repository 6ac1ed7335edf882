"""Matching against its bars: which pairs are tried and believed, on unseen streets of either
generator and on real photos, what a pair and its features cost, and places that look alike.

By default two streets; with `--full` ten, ALIKED with LightGlue beside SIFT (where the weights are
here), COLMAP on the same photos, twin fronts made of real ones, and tourists' photos without any
tag. `WORLDMAP_BENCH_SCENES` is a
folder that keeps streets and maps from run to run. Without real data (`WORLDMAP_SHARED_DATA`,
default ../shared/data beside the repository) real photos are left out.
"""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks import Metric
from benchmarks.line import SHARED
from benchmarks.matching.alike import alike_metrics
from benchmarks.matching.scenes import scene_metrics, scenes
from benchmarks.matching.tourists import tourist_metrics
from benchmarks.matching.twins import twin_metrics
from worldmap.registration.learned.weights import PACKAGE


def run(*, full: bool = False) -> list[Metric]:
    """Places that look alike, then one scene after the other."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        metrics = alike_metrics()
        for scene in scenes(folder, streets=5 if full else 1):
            metrics += scene_metrics(folder, scene, full=full)
        if full and (SHARED / "herz").is_dir():
            metrics += twin_metrics(Path(temporary))
        if full and (SHARED / "sacre").is_dir() and find_spec(PACKAGE):
            metrics += tourist_metrics(Path(temporary))
    return metrics
