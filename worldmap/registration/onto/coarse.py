"""Where a cloud may lie: what stands upright, drawn from above, slid, turned and sized over the
drawing of the reference as far as the doubt allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from worldmap.registration.onto.fit import Doubt, Fit
from worldmap.registration.onto.patches import NEIGHBOURS, Patches

Array = NDArray[np.float64]

SIGMAS: Final = 3.0
_CELL_M: Final = 0.5
_MOST_CELLS: Final = 1 << 20
_PLACES, _OTHERWISE = 5, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    turn_rad: float
    size: float
    shift_m: tuple[float, float]


def starts(own: Patches, known: Patches, middle: Array, doubt: Doubt) -> list[Fit]:
    """Places where what stands upright lies on what does, best first, no two alike."""
    walls = own.xyz[own.upright][:, :2] - middle[:2]
    there = known.xyz[known.upright][:, :2] - middle[:2]
    if len(walls) < NEIGHBOURS or len(there) < NEIGHBOURS:
        return [_placed(own, known, middle, _Start(turn_rad=0.0, size=1.0, shift_m=(0.0, 0.0)))]
    reach = float(np.percentile(np.linalg.norm(walls, axis=1), 90))
    most = SIGMAS * doubt.plan_m + _CELL_M
    side = 2 * (reach + most) + 8 * _CELL_M
    cell = max(_CELL_M, side / math.sqrt(_MOST_CELLS))
    cells = cv2.getOptimalDFTSize(math.ceil(side / cell))
    drawn = _drawn(there, cells, cell)
    target = np.fft.rfft2(drawn)
    turns = _steps(SIGMAS * doubt.turn_rad, cell / reach)
    sizes = _steps(SIGMAS * doubt.size_rel, cell / reach)
    shift = np.fft.fftfreq(cells, 1.0 / cells) * cell
    allowed = np.hypot(shift[:, None], shift[None]) <= most
    peaks: list[tuple[float, _Start]] = []
    for log_size in sizes:
        for turn in turns:
            cos, sin = math.cos(turn), math.sin(turn)
            moved = math.exp(log_size) * walls @ np.array(((cos, -sin), (sin, cos))).T
            match = np.fft.irfft2(
                target * np.conj(np.fft.rfft2(_drawn(moved, cells, cell))), s=(cells, cells)
            )
            match = np.where(allowed, match, -np.inf)
            for _ in range(_PLACES):
                at = np.unravel_index(int(np.argmax(match)), match.shape)
                value = float(match[at])
                if not math.isfinite(value):
                    break
                start = _Start(
                    turn_rad=turn,
                    size=math.exp(log_size),
                    shift_m=(float(shift[at[1]]), float(shift[at[0]])),
                )
                peaks.append((value, start))
                away = np.hypot(shift[:, None] - shift[at[0]], shift[None] - shift[at[1]])
                match = np.where(away < 1.5, -np.inf, match)
    peaks.sort(key=lambda p: -p[0])
    chosen = _apart([start for _, start in peaks], reach)
    return [_placed(own, known, middle, start) for start in chosen]


def _steps(most: float, step: float) -> list[float]:
    count = min(math.ceil(most / step), 20)
    return [most * k / count for k in range(-count, count + 1)] if count else [0.0]


def _drawn(xy: Array, cells: int, cell: float) -> Array:
    """From above, walls as they are long: what many points stand over counts as a few."""
    at = np.floor(xy / cell).astype(np.int64) + cells // 2
    inside = ((at >= 0) & (at < cells)).all(axis=1)
    picture = np.zeros((cells, cells))
    np.add.at(picture, (at[inside, 1], at[inside, 0]), 1.0)
    return np.asarray(cv2.GaussianBlur(np.sqrt(picture), (0, 0), 1.0))


def _apart(starts: Sequence[_Start], reach: float) -> list[_Start]:
    """The best of each place, and the best otherwise turned and sized, too."""
    chosen: list[_Start] = []
    for most, measure_m in ((_PLACES, 0.0), (_PLACES + _OTHERWISE, reach)):
        for start in starts:
            if len(chosen) == most:
                break
            if all(_away_m(start, other, measure_m) > 3 * _CELL_M for other in chosen):
                chosen.append(start)
    return chosen


def _away_m(a: _Start, b: _Start, reach: float) -> float:
    plan = math.dist(a.shift_m, b.shift_m)
    return plan + reach * (abs(a.turn_rad - b.turn_rad) + abs(math.log(a.size / b.size)))


def _placed(own: Patches, known: Patches, middle: Array, start: _Start) -> Fit:
    """With the height at which most ground lies on ground."""
    flat = Fit.turned(
        middle,
        turn_rad=start.turn_rad,
        size=start.size,
        shift_m=np.array((*start.shift_m, 0.0)),
    )
    ground, there = own.xyz[own.level], known.xyz[known.level]
    if len(ground) < NEIGHBOURS or len(there) < NEIGHBOURS:
        return flat
    moved = flat.apply(ground)
    distance, nearest = KDTree(there[:, :2]).query(moved[:, :2], distance_upper_bound=1.0)
    found = np.isfinite(distance)
    if not found.any():
        return flat
    up = float(np.median(there[np.asarray(nearest)[found], 2] - moved[found, 2]))
    return replace(flat, shift_m=flat.shift_m + np.array((0.0, 0.0, up)))
