"""One photo more in a city of geometry alone: what it costs beside all that is solved already."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np

from benchmarks import Metric, metric
from benchmarks.city.geometry import City
from worldmap.config import RegistrationSettings
from worldmap.records import PlacedPose
from worldmap.registration.blocks import paired_with
from worldmap.registration.cells import JoinedCells
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.solve import solve
from worldmap.stages.solution import stands_as

_BAR_S = 10.0
_OFF_BAR_M = 0.05
"""As far as cells may be apart where they meet."""
_RINGS, _MOST_AROUND = 2, 150
"""What a merge of an area loads around what is new."""


def grown_metrics(city: City, found: JoinedCells, settings: RegistrationSettings) -> list[Metric]:
    """The photo nearest to the city's middle, taken out of its solution and brought back as a new
    one; it and those around it are solved as a merge of its area does, the rest held. Off: beside
    where the city's own solution has it."""
    before = {pose.photo_id: pose for pose in found.poses}
    placed = {i: pose for i, pose in before.items() if isinstance(pose, PlacedPose)}
    new = min(placed, key=lambda i: float(np.linalg.norm(city.true[i].translation_m)))
    believed = [pair for pair in found.pairs if pair.accepted]
    partners = paired_with({new}, believed)
    inside, rings = {new}, 0
    while rings < _RINGS or len(inside) <= _MOST_AROUND:
        wider = inside | paired_with(inside, believed)
        if wider == inside:
            break
        inside, rings = wider, rings + 1
    beyond = Counter(
        i
        for pair in believed
        for i, j in (pair.key, pair.key[::-1])
        if i in inside and j not in inside
    )
    views = {i: city.views[i] for i in sorted(inside)}
    pairs = [pair for pair in city.pairs if set(pair.key) <= inside]
    previous = PreviousSolution(
        poses={
            i: replace(before[i], pairs=before[i].pairs - (i in partners))
            for i in sorted(inside - {new})
        },
        pairs={pair.key: pair for pair in found.pairs if set(pair.key) <= inside - {new}},
        beyond=beyond,
        around=frozenset(inside - {new}),
    )
    start_s = time.process_time()
    solution = solve(views, pairs, settings, previous)
    took_s = time.process_time() - start_s
    poses = {pose.photo_id: pose for pose in solution.poses}
    moved = sum(not stands_as(poses[i], before) for i in inside - partners - {new})
    own = poses[new]
    off_m = np.inf
    if isinstance(own, PlacedPose):
        off = own.enu_from_cam.translation_m - placed[new].enu_from_cam.translation_m
        off_m = float(np.linalg.norm(off))
    of = f"city of {len(city.views)}, plus one"
    return [
        metric(f"{of}: photos looked at", "photos", len(inside)),
        metric(f"{of}: solved in", "CPU s", took_s, _BAR_S),
        metric(f"{of}: off", "m", off_m, _OFF_BAR_M),
        metric(f"{of}: others moved but its partners", "photos", moved, 0),
    ]
