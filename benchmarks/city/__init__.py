"""A town against a village: what commands cost where nothing but the map's size differs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import Metric
from benchmarks.city.commands import command_metrics


def run() -> list[Metric]:
    """Commands in a town of 100,000 photos beside one of 1,000."""
    with tempfile.TemporaryDirectory() as name:
        return command_metrics(Path(name))
