"""A city of geometry alone, solved in cells with borders: what a photo costs where there are more
of them, how right each cell is beside the truth, and how far cells are apart where they meet."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, metric
from benchmarks.city.geometry import City, make_city
from benchmarks.city.grown import grown_metrics
from worldmap.config import RegistrationSettings, SolverSettings
from worldmap.demo.accuracy import align
from worldmap.records import PlacedPose, SolvedPose
from worldmap.registration.cells import JoinedCells, solve_in_cells

# By whole streets 186 and 360: at a sixth of a processor second a photo under two minutes in all.
FEW, MANY = 100, 200
FEW_A_CELL = 100
FULL_FEW, FULL_MANY = 2_000, 20_000
FULL_A_CELL = SolverSettings().photos_per_cell
_GROWTH_BAR, _SEAM_BAR_M, _MEMORY_BAR_MB = 1.3, 0.05, 8192.0
# Descriptors are no part of this city: no match is looked for again.
_SETTINGS = RegistrationSettings(solver=SolverSettings(guided=False))


def cell_metrics(*, full: bool = False) -> list[Metric]:
    """The small and the large city."""
    sizes, a_cell = ((FULL_FEW, FULL_MANY), FULL_A_CELL) if full else ((FEW, MANY), FEW_A_CELL)
    metrics: list[Metric] = []
    cost_s, within_m = [], []
    for size in sizes:
        city = make_city(size)
        start_s = time.process_time()
        found = solved(city, a_cell)
        cost_s.append((time.process_time() - start_s) / len(city.views))
        off_m = errors_m(city, found.poses, found.cells)
        within_m.append(float(np.median(off_m)))
        whole_m = errors_m(city, found.poses, [frozenset(city.views)])
        of = f"city of {len(city.views)}"
        seams_m = np.array([seam.off_m for seam in found.seams])
        metrics += [
            metric(f"{of}: cells", "cells", len(found.cells)),
            metric(f"{of}: photos not placed", "photos", len(city.views) - len(off_m), 0),
            metric(f"{of}: solved, a photo", "CPU s", cost_s[-1]),
            metric(f"{of}: off within a cell, median", "m", within_m[-1]),
            metric(f"{of}: off within a cell, p90", "m", float(np.quantile(off_m, 0.9))),
            metric(f"{of}: off in the whole city, median", "m", float(np.median(whole_m))),
            metric(f"{of}: seams, median", "m", float(np.median(seams_m)), _SEAM_BAR_M),
            metric(f"{of}: seams, p90", "m", float(np.quantile(seams_m, 0.9))),
        ]
        if size == sizes[-1]:
            metrics += grown_metrics(city, found, _SETTINGS)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return [
        *metrics,
        metric("city: a photo, growth", "ratio", cost_s[1] / cost_s[0], _GROWTH_BAR),
        metric("city: off within a cell, growth", "ratio", within_m[1] / within_m[0], _GROWTH_BAR),
        metric("city: memory", "MB", peak_mb, _MEMORY_BAR_MB),
    ]


def solved(city: City, most_photos: int) -> JoinedCells:
    """The city in cells of at most so many."""
    places = {i: view.position_enu for i, view in city.views.items()}
    return solve_in_cells(
        city.views,
        {i: place for i, place in places.items() if place is not None},
        city.pairs,
        _SETTINGS,
        most_photos=most_photos,
    )


def errors_m(
    city: City, poses: Iterable[SolvedPose], cells: Sequence[frozenset[int]]
) -> NDArray[np.float64]:
    """How far placed photos are off the truth (N,) after a similarity for each cell."""
    at = {p.photo_id: p.enu_from_cam.translation_m for p in poses if isinstance(p, PlacedPose)}
    off = []
    for cell in cells:
        ids = sorted(cell & at.keys())
        found = np.array([at[i] for i in ids])
        true = np.array([city.true[i].translation_m for i in ids])
        fit = align(found, true, with_scale=True)
        off.append(np.linalg.norm((fit.apply(found) if fit else found) - true, axis=1))
    return np.concatenate(off)
