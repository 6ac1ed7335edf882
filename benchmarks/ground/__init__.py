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
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import Metric
from benchmarks.ground.control import controlled
from benchmarks.ground.lidar import onto_lidar
from benchmarks.ground.streets import Street, demo_street, second_street
from benchmarks.ground.wholes import drawn_wholes, whole_metrics

_DRAWS, _DRAWS_FULL = 3, 10
_LIDAR_RUNS, _LIDAR_RUNS_FULL = 20, 40
# Of 80 areas 90 in 100 are inside but for 3.4 in 100 (one sigma), which bars five to each side can
# tell from something else; of 40 every fifth share of a right sigma lies outside of them.
_AREAS, _AREAS_FULL = 40, 60
_JOBS = 2


def run(*, full: bool = False) -> list[Metric]:
    """All streets, two at a time."""
    first, _, last = os.environ.get("WORLDMAP_BENCH_SEEDS", "1-1").partition("-")
    with (
        tempfile.TemporaryDirectory() as temporary,
        ProcessPoolExecutor(_JOBS, mp_context=get_context("spawn")) as pool,
    ):
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        begun = [
            pool.submit(_street, make, scenes, seed, full)
            for seed in range(int(first), int(last or first) + 1)
            for make in (demo_street, second_street)
        ]
        found = [each.result() for each in begun]
    areas = [area for _, own in found for area in own]
    return [*(m for metrics, _ in found for m in metrics), *whole_metrics(areas)]


def _street(
    make: Callable[[Path, int], Street], scenes: Path, seed: int, full: bool
) -> tuple[list[Metric], list[dict[str, float]]]:
    street = make(scenes, seed)
    return (
        [
            *controlled(street, seed, _DRAWS_FULL if full else _DRAWS),
            *onto_lidar(street, seed, _LIDAR_RUNS_FULL if full else _LIDAR_RUNS),
        ],
        drawn_wholes(street, seed, _AREAS_FULL if full else _AREAS),
    )
