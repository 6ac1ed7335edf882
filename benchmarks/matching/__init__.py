"""Matching against its bars: which pairs are tried and believed, on unseen streets of either
generator and on real photos, what a pair and its features cost, and places that look alike.

By default two streets; with `--full` ten, ALIKED with LightGlue beside SIFT (where the weights are
here) and COLMAP on the same photos. `WORLDMAP_BENCH_SCENES` is a folder that keeps streets and maps
from run to run. Without real data (`WORLDMAP_SHARED_DATA`, default ../shared/data beside the
repository) real photos are left out.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import Metric
from benchmarks.matching.alike import alike_metrics
from benchmarks.matching.scenes import scene_metrics, scenes


def run(*, full: bool = False) -> list[Metric]:
    """Places that look alike, then one scene after the other."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        metrics = alike_metrics()
        for scene in scenes(folder, streets=5 if full else 1):
            metrics += scene_metrics(folder, scene, full=full)
    return metrics
