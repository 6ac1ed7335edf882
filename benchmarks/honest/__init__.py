"""Whether photos are right within their sigmas, or said not to be, whatever is wrong with their
tags: kinds and strengths of conditions (`conditions`), three streets of either generator each, with
`--full` six: what tips a street, its lens, is drawn once for all of its conditions.

`WORLDMAP_BENCH_SEEDS` (default 1-3, with `--full` 1-6) are the streets' seeds,
`WORLDMAP_BENCH_SCENES` a folder that keeps them from run to run. Streets are made and their photos
ingested once; a condition tells the tags anew and solves with the same features and matches.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks import Metric, metric
from benchmarks.honest.conditions import CONDITIONS
from benchmarks.honest.streets import Generator, street
from benchmarks.honest.verdict import ALLOWED_SIGMAS, KINDS, Outcome, outcome

_JOBS = 2
_GENERATORS: tuple[Generator, ...] = ("demo", "town")
_INSIDE = (0.85, 0.95)
_FAR_SHARE = 0.003


def run(*, full: bool = False) -> list[Metric]:
    """All conditions on all streets."""
    wanted = os.environ.get("WORLDMAP_BENCH_SEEDS", "1-6" if full else "1-3")
    first, _, last = wanted.partition("-")
    with tempfile.TemporaryDirectory() as temporary:
        scenes = Path(os.environ.get("WORLDMAP_BENCH_SCENES") or temporary)
        places = [(scenes, g, s) for g in _GENERATORS for s in range(int(first), int(last) + 1)]
        with ProcessPoolExecutor(_JOBS, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_street, places))
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for each in found:
        for name, what in each.items():
            outcomes[name].append(what)
    return [*_all(outcomes), *(m for name in CONDITIONS for m in _one(name, outcomes[name]))]


def _street(place: tuple[Path, Generator, int]) -> dict[str, Outcome]:
    scenes, generator, seed = place
    folder = scenes / f"{generator}{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    made = street(folder, generator, seed)
    found = {}
    for name, condition in CONDITIONS.items():
        rng = np.random.default_rng((seed, zlib.crc32(f"{generator} {name}".encode())))
        told, depth_by = condition(made, rng), made.drawn_scale(rng)
        solution, views = made.solved(told, depth_by=depth_by)
        found[name] = outcome(made, solution, views, depth_by=depth_by)
    return found


def _all(outcomes: Mapping[str, Sequence[Outcome]]) -> list[Metric]:
    checked = [c for each in outcomes.values() for o in each for c in o.checked]
    metrics = [metric("conditions", "conditions", len(outcomes), 40, "min")]
    low, high = _INSIDE
    for kind in KINDS:
        inside = float(np.mean([c.of_bound[kind] < 1.0 for c in checked]))
        far = float(np.mean([c.sigmas[kind] > ALLOWED_SIGMAS for c in checked]))
        metrics += [
            metric(f"{kind}: truth inside the stated 90 %, not less", "share", inside, low, "min"),
            metric(f"{kind}: truth inside the stated 90 %, not more", "share", inside, high),
            metric(f"{kind}: beyond {ALLOWED_SIGMAS:.0f} sigmas", "share", far, _FAR_SHARE),
        ]
    strangers = sum(o.strangers_placed for each in outcomes.values() for o in each)
    untouched = outcomes["untouched"]
    return [
        *metrics,
        metric("wrong in silence", "photos", sum(c.silent for c in checked), 0),
        metric("strangers in the tiles", "photos", strangers, 0),
        metric("untouched: placed", "share", _placed(untouched), 1.0, "min"),
    ]


def _one(name: str, outcomes: Sequence[Outcome]) -> list[Metric]:
    """The row of a condition."""
    checked = [c for o in outcomes for c in o.checked]
    metrics = [
        metric(f"{name}: placed", "share", _placed(outcomes)),
        metric(f"{name}: wrong in silence", "photos", sum(c.silent for c in checked)),
    ]
    for kind, unit in zip(KINDS, ("m", "m", "deg", "deg", "log"), strict=True):
        if checked:
            middle = float(np.median([c.off[kind] for c in checked]))
            most = max(c.sigmas[kind] for c in checked)
            metrics += [
                metric(f"{name}: {kind} off", unit, middle),
                metric(f"{name}: {kind} off, at most", "sigmas", most),
            ]
    return metrics


def _placed(outcomes: Sequence[Outcome]) -> float:
    return sum(o.placed for o in outcomes) / max(sum(o.photos for o in outcomes), 1)
