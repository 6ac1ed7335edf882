"""A town against a village: what commands cost where nothing but the map's size differs, whether a
merge of an area leaves the rest alone; a Ray cluster of two nodes beside one, and with nodes lost;
and a city of geometry alone, solved in cells."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import Metric
from benchmarks.city.cells import cell_metrics
from benchmarks.city.cluster import cluster_metrics
from benchmarks.city.commands import command_metrics

FEW, MANY = 1_000, 10_000
FULL = 100_000


def run(full: bool = False) -> list[Metric]:
    """Commands in a town of 10,000 photos (with `--full` 100,000) beside one of 1,000."""
    with tempfile.TemporaryDirectory() as name:
        metrics = command_metrics(Path(name), FEW, FULL if full else MANY)
    with tempfile.TemporaryDirectory() as name:
        metrics += cluster_metrics(Path(name), full=full)
    return [*metrics, *cell_metrics(full=full)]
