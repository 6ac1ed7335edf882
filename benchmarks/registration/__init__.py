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
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks import Metric
from benchmarks.registration.candidates import candidate_metrics
from benchmarks.registration.lund import lund_metrics
from benchmarks.registration.peers import peer_metrics
from benchmarks.registration.streets import KINDS, street_metrics

_JOBS = 2


def run(*, full: bool = False) -> list[Metric]:
    """Streets by kind, candidates and real photos, two at a time; with `full` peers after them."""
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        wanted = os.environ.get("WORLDMAP_BENCH_SEEDS", "200-209" if full else "200")
        first, _, last = wanted.partition("-")
        seeds = range(int(first), int(last or first) + 1)
        streets = [partial(street_metrics, scenes, kind, seeds) for kind in KINDS]
        metrics = _together([*streets, candidate_metrics, partial(lund_metrics, Path(temporary))])
        if full:
            metrics += peer_metrics(scenes, seeds[0])
    return metrics


def _together(parts: Sequence[Callable[[], list[Metric]]]) -> list[Metric]:
    """The figures of all parts in their order; the last, which takes longest, begins first."""
    with ProcessPoolExecutor(_JOBS, mp_context=get_context("spawn")) as pool:
        begun = [pool.submit(part) for part in reversed(parts)]
        return [m for future in reversed(begun) for m in future.result()]
