"""Registration against its bars: streets of three kinds with exact truth, real photos, candidate
pairs of large areas, and other people's engines side by side.

`WORLDMAP_BENCH_SEEDS` (default 200-209) are the streets' seeds, `WORLDMAP_BENCH_SCENES` a folder
that keeps them from run to run (default: a temporary one). Without real data
(`WORLDMAP_SHARED_DATA`, default ../shared/data beside the repository) the real street is left out.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import Metric
from benchmarks.registration.candidates import candidate_metrics
from benchmarks.registration.lund import lund_metrics
from benchmarks.registration.peers import peer_metrics
from benchmarks.registration.streets import KINDS, street_metrics


def run() -> list[Metric]:
    """All of it; the streets one after the other."""
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        first, _, last = os.environ.get("WORLDMAP_BENCH_SEEDS", "200-209").partition("-")
        seeds = range(int(first), int(last or first) + 1)
        metrics = [m for kind in KINDS for m in street_metrics(scenes, kind, seeds)]
        metrics += peer_metrics(scenes, seeds[0])
        metrics += candidate_metrics()
        metrics += lund_metrics(Path(temporary))
    return metrics
