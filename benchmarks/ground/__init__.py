"""True on the ground: streets of both generators held to ground control points, and what check
points and the photos' own places say; their maps laid onto a lidar survey from metres and degrees
away; and areas without either, beside what merge says of how far they are off as a whole.

`WORLDMAP_BENCH_SEEDS` (default 1-1) are the streets' seeds, `WORLDMAP_BENCH_SCENES` a folder that
keeps them from run to run. Of each street five points hold and five check; each of several draws
chooses, surveys (1 cm) and marks (0.7 px) others. With `--full` there are more draws.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import Metric
from benchmarks.ground.control import controlled
from benchmarks.ground.lidar import onto_lidar
from benchmarks.ground.streets import streets
from benchmarks.ground.wholes import drawn_wholes, whole_metrics

_DRAWS, _DRAWS_FULL = 3, 10
_LIDAR_RUNS, _LIDAR_RUNS_FULL = 10, 20
_AREAS, _AREAS_FULL = 20, 60


def run(*, full: bool = False) -> list[Metric]:
    """All streets."""
    first, _, last = os.environ.get("WORLDMAP_BENCH_SEEDS", "1-1").partition("-")
    metrics: list[Metric] = []
    areas: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        for seed in range(int(first), int(last or first) + 1):
            for street in streets(scenes, seed):
                metrics += controlled(street, seed, _DRAWS_FULL if full else _DRAWS)
                metrics += onto_lidar(street, seed, _LIDAR_RUNS_FULL if full else _LIDAR_RUNS)
                areas += drawn_wholes(street, seed, _AREAS_FULL if full else _AREAS)
    return [*metrics, *whole_metrics(areas)]
