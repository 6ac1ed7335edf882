"""A town against a village: what commands cost where nothing but the map's size differs, whether a
merge of an area leaves the rest alone; a Ray cluster of two nodes beside one, and with nodes lost;
photos without a position looked for among all; and a city of geometry alone, solved in cells."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import Metric, metric
from benchmarks.city.alike import alike_metrics
from benchmarks.city.cells import cell_metrics
from benchmarks.city.cluster import cluster_metrics
from benchmarks.city.commands import command_metrics

FEW, MANY = 1_000, 10_000
FULL = 100_000


def run(full: bool = False) -> list[Metric]:
    """Commands in a town of 10,000 photos (with `--full` 100,000) beside one of 1,000."""
    many = FULL if full else MANY
    return [
        *_timed("commands", lambda folder: command_metrics(folder, FEW, many)),
        *_timed("cluster", lambda folder: cluster_metrics(folder, full=full)),
        *_timed("alike", lambda folder: alike_metrics(folder, full=full)),
        *_timed("cells", lambda _: cell_metrics(full=full)),
    ]


def _timed(part: str, run_in: Callable[[Path], list[Metric]]) -> list[Metric]:
    """A part's figures, and how long it took."""
    start_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        metrics = run_in(Path(name))
    return [*metrics, metric(f"city: {part} took", "s", time.monotonic() - start_s)]
