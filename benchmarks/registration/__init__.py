"""Registration against its bars: streets of three kinds with exact truth, real photos, candidate
pairs of large areas, and with `--full` ten streets of each kind and other people's engines side by
side.

`WORLDMAP_BENCH_SEEDS` (default 200, with `--full` 200-209) are the streets' seeds,
`WORLDMAP_BENCH_SCENES` a folder that keeps them from run to run (default: a temporary one). Without
real data (`WORLDMAP_SHARED_DATA`, default ../shared/data beside the repository) the real street is
left out.
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


def run(*, full: bool = False) -> list[Metric]:
    """The streets one after the other, candidates, real photos; with `full` peers too."""
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        wanted = os.environ.get("WORLDMAP_BENCH_SEEDS", "200-209" if full else "200")
        first, _, last = wanted.partition("-")
        seeds = range(int(first), int(last or first) + 1)
        metrics = [m for kind in KINDS for m in street_metrics(scenes, kind, seeds)]
        if full:
            metrics += peer_metrics(scenes, seeds[0])
        metrics += candidate_metrics()
        metrics += lund_metrics(Path(temporary))
    return metrics
