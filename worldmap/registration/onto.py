"""A cloud laid onto another that is known: where on Earth the map's points are by a survey's.

Coarse, what stands upright is drawn from above, and the drawing is slid, turned and sized over that
of the reference as far as the solution's own sigmas allow; the best few places are refined by
generalised ICP (Segal, Haehnel & Thrun, RSS 2009) with a size, robust to what has changed. It says
nothing where two places are as good, where too little agrees, or where a direction is left open.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Surfaces are sampled so, and drawn so from above: a façade's relief is some decimetres.
_VOXEL_M: Final = 0.25
_CELL_M: Final = 0.5
_NEIGHBOURS: Final = 12
# Of a patch its thickness over its width: flatter is a surface.
_FLAT: Final = 0.15
_UPRIGHT, _LEVEL = 0.3, 0.85
_SIGMAS: Final = 3.0
_MOST_CELLS: Final = 1 << 20
_CANDIDATES: Final = 6
# How far a neighbour is looked for, and how often: along a plain façade the last steps are small.
_ROUNDS: Final = ((2.0, 12), (1.0, 12), (0.5, 80))
# Of a patch across, and along, as generalised ICP has it: a plane.
_ACROSS_M, _ALONG_M = 0.02, 0.5
_STUDENT: Final = 4.0
# A point that lies within so much of the reference's surface agrees with it.
_AGREES_M: Final = 0.15
# Less of the map than this on the reference is no answer. A street that changed by a fifth, half of
# which the reference saw, keeps 0.4.
_LEAST_AGREEING: Final = 0.3
# Chance agreement differs from point to point, so that two places differ by some per cent by
# chance; a place that is really another one agrees much worse.
_AS_GOOD: Final = 0.9
_ELSEWHERE_M: Final = 0.5
_OPEN_M: Final = 0.15
_LEVEL_SIGMA_RAD: Final = math.radians(0.5)
_STEP: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How far the cloud may be off, one sigma each: turn about the vertical, plan, height, size."""

    turn_rad: float
    plan_m: float
    up_m: float
    size_rel: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Laid:
    """x becomes size * rotation @ (x - middle) + middle + shift_m. covariance (7, 7) of a turn
    about the axes, the shift and the log size; agreeing: what share of the cloud lies on the
    reference; residual_m: the median distance of that part. reason: why it is no answer, '' where
    it is."""

    rotation: Array
    size: float
    middle: Array
    shift_m: Array
    covariance: Array
    agreeing: float
    residual_m: float
    reason: str = ""

    def apply(self, xyz: Array) -> Array:
        """The points, moved."""
        return np.asarray(
            self.size * (xyz - self.middle) @ self.rotation.T + self.middle + self.shift_m
        )

    @property
    def turn_deg(self) -> float:
        """About the vertical, clockwise from above."""
        return math.degrees(math.atan2(self.rotation[0, 1], self.rotation[0, 0]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Surface:
    """Points (N, 3) with their normals, those on a surface."""

    xyz: Array
    normal: Array

    @classmethod
    def of(cls, xyz: Array) -> _Surface:
        thin = _thinned(xyz)
        if len(thin) < 10 * _NEIGHBOURS:
            return cls(xyz=np.zeros((0, 3)), normal=np.zeros((0, 3)))
        _, near = KDTree(thin).query(thin, k=_NEIGHBOURS)
        around = thin[near] - thin[near].mean(axis=1, keepdims=True)
        value, vector = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
        flat = value[:, 0] < _FLAT**2 * value[:, 1]
        return cls(xyz=thin[flat], normal=vector[flat, :, 0])

    def rows(self, keep: Bools) -> _Surface:
        return _Surface(xyz=self.xyz[keep], normal=self.normal[keep])

    @property
    def upright(self) -> Bools:
        return np.asarray(np.abs(self.normal[:, 2]) < _UPRIGHT)

    @property
    def level(self) -> Bools:
        return np.asarray(np.abs(self.normal[:, 2]) > _LEVEL)


def laid_onto(cloud: Array, reference: Array, doubt: Doubt) -> Laid:
    """The cloud (N, 3) onto the reference (M, 3), both east, north and up in metres."""
    own = _Surface.of(cloud)
    middle = own.xyz.mean(axis=0) if len(own.xyz) else np.zeros(3)
    if not len(own.xyz):
        return _nowhere(middle, "the map has too few points on surfaces")
    reach = float(np.linalg.norm((own.xyz - middle)[:, :2], axis=1).max())
    slack = _SIGMAS * (doubt.plan_m + doubt.turn_rad * reach + doubt.size_rel * reach) + 2.0
    low, high = own.xyz.min(axis=0) - slack, own.xyz.max(axis=0) + slack
    near = ((reference >= low) & (reference <= high))[:, :2].all(axis=1)
    known = _Surface.of(reference[near])
    if not len(known.xyz):
        return _nowhere(middle, "the reference has too few points on surfaces where the map is")
    starts = _coarse(own, known, middle, doubt)
    tree = KDTree(known.xyz)
    refined = (_refined(own, known, tree, start, middle, doubt) for start in starts)
    answers = [found for found in refined if found is not None]
    if not answers:
        return _nowhere(middle, "nothing of the map lies on the reference")
    answers.sort(key=lambda a: -a.agreeing)
    best = answers[0]
    return _with_reason(best, _problem(best, answers[1:], own, doubt))


def _thinned(xyz: Array) -> Array:
    """The mean of the points in each voxel."""
    cell = np.floor(xyz / _VOXEL_M).astype(np.int64)
    _, index, count = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
    flat = index.ravel()
    sums = np.stack([np.bincount(flat, xyz[:, k], len(count)) for k in range(3)], axis=1)
    return np.asarray(sums / count[:, None])


# --- coarse -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    turn_rad: float
    size: float
    shift_m: tuple[float, float]


def _coarse(own: _Surface, known: _Surface, middle: Array, doubt: Doubt) -> list[_Start]:
    """Places where what stands upright lies on what does, best first, no two alike."""
    walls = own.xyz[own.upright][:, :2] - middle[:2]
    there = known.xyz[known.upright][:, :2] - middle[:2]
    if len(walls) < _NEIGHBOURS or len(there) < _NEIGHBOURS:
        return [_Start(turn_rad=0.0, size=1.0, shift_m=(0.0, 0.0))]
    reach = float(np.percentile(np.linalg.norm(walls, axis=1), 90))
    most = _SIGMAS * doubt.plan_m + _CELL_M
    side = 2 * (reach + most) + 8 * _CELL_M
    cell = max(_CELL_M, side / math.sqrt(_MOST_CELLS))
    cells = cv2.getOptimalDFTSize(math.ceil(side / cell))
    drawn = _drawn(there, cells, cell)
    target = np.fft.rfft2(drawn)
    turns = _steps(_SIGMAS * doubt.turn_rad, cell / reach)
    sizes = _steps(_SIGMAS * doubt.size_rel, cell / reach)
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
            # A little dearer the further from where the tags have it: of equals the nearest.
            match = np.where(allowed, match, -np.inf)
            for _ in range(2):
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
    return _apart([start for _, start in peaks], reach)


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
    chosen: list[_Start] = []
    for start in starts:
        if len(chosen) == _CANDIDATES:
            break
        if all(_away_m(start, other, reach) > 3 * _CELL_M for other in chosen):
            chosen.append(start)
    return chosen


def _away_m(a: _Start, b: _Start, reach: float) -> float:
    plan = math.dist(a.shift_m, b.shift_m)
    return plan + reach * (abs(a.turn_rad - b.turn_rad) + abs(math.log(a.size / b.size)))


# --- fine ---------------------------------------------------------------------------------------


def _refined(
    own: _Surface, known: _Surface, tree: KDTree, start: _Start, middle: Array, doubt: Doubt
) -> Laid | None:
    cos, sin = math.cos(start.turn_rad), math.sin(start.turn_rad)
    rotation = np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0)))
    size, shift = start.size, np.array((*start.shift_m, 0.0))
    shift[2] = _height_of(own, known, rotation, size, middle, shift)
    information = np.zeros((7, 7))
    excess = 1.0
    for reach_m, iterations in _ROUNDS:
        for _ in range(iterations):
            moved = size * (own.xyz - middle) @ rotation.T
            normal = own.normal @ rotation.T
            distance, nearest = tree.query(moved + middle + shift, distance_upper_bound=reach_m)
            found = np.isfinite(distance)
            if found.sum() < 20 * _NEIGHBOURS:
                return None
            other = np.where(found, nearest, 0)
            # Surfaces that look elsewhere are not the same.
            found &= np.abs((normal * known.normal[other]).sum(axis=1)) > math.cos(math.radians(40))
            if found.sum() < 20 * _NEIGHBOURS:
                return None
            arm, other = moved[found], other[found]
            off = known.xyz[other] - (arm + middle + shift)
            inverse = _mahalanobis(normal[found], known.normal[other])
            chi2 = np.einsum("ni,nij,nj->n", off, inverse, off)
            spread = max(float(np.median(chi2)) / 2.4, 1.0)  # of three dimensions
            weight = (_STUDENT + 3) / (_STUDENT + chi2 / spread)
            by = np.zeros((len(arm), 3, 7))
            x, y, z = arm.T
            by[:, 0, 1], by[:, 0, 2] = z, -y
            by[:, 1, 0], by[:, 1, 2] = -z, x
            by[:, 2, 0], by[:, 2, 1] = y, -x
            by[:, :, 3:6] = np.eye(3)
            by[:, :, 6] = arm
            weighted = weight[:, None, None] * inverse
            right = np.einsum("nik,nij,nj->k", by, weighted, off)
            left = np.einsum("nik,nij,njl->kl", by, weighted, by)
            # Of the group's own sigmas only level and size: the rest is what is asked.
            prior = np.zeros(7)
            prior[:2] = spread / _LEVEL_SIGMA_RAD**2
            prior[6] = spread / max(doubt.size_rel, 1e-3) ** 2
            tilt = np.array((rotation[2, 1], -rotation[2, 0]))
            right[:2] -= prior[:2] * tilt
            right[6] -= prior[6] * math.log(size)
            step = np.linalg.solve(left + np.diag(prior), right)
            turn = np.asarray(cv2.Rodrigues(step[:3])[0])
            rotation = turn @ rotation
            size *= math.exp(float(np.clip(step[6], -0.1, 0.1)))
            shift = shift + step[3:6]
            information, excess = left + np.diag(prior), spread
            if np.abs(step * (20.0, 20.0, 20.0, 1.0, 1.0, 1.0, 20.0)).max() < _STEP:
                break
    agreeing, residual_m = _agreement(own, known, tree, rotation, size, middle, shift)
    return Laid(
        rotation=rotation,
        size=size,
        middle=middle,
        shift_m=shift,
        # Neighbouring points see one patch of relief: of a dozen one is independent.
        covariance=np.asarray(_NEIGHBOURS * excess * np.linalg.inv(information), dtype=np.float64),
        agreeing=agreeing,
        residual_m=residual_m,
    )


def _mahalanobis(a: Array, b: Array) -> Array:
    """(N, 3, 3) inverse of the sum of two patches' covariances: thin across, wide along."""
    across, along = _ACROSS_M**2, _ALONG_M**2
    total = 2 * along * np.eye(3) - (along - across) * (
        a[:, :, None] * a[:, None] + b[:, :, None] * b[:, None]
    )
    return np.asarray(np.linalg.inv(total))


def _height_of(
    own: _Surface, known: _Surface, rotation: Array, size: float, middle: Array, shift: Array
) -> float:
    """How much higher the reference's ground lies, median over where both have some."""
    ground = own.xyz[own.level]
    there = known.xyz[known.level]
    if len(ground) < _NEIGHBOURS or len(there) < _NEIGHBOURS:
        return 0.0
    moved = size * (ground - middle) @ rotation.T + middle + shift
    distance, nearest = KDTree(there[:, :2]).query(moved[:, :2], distance_upper_bound=1.0)
    found = np.isfinite(distance)
    if not found.any():
        return 0.0
    return float(np.median(there[np.asarray(nearest)[found], 2] - moved[found, 2]))


def _agreement(
    own: _Surface,
    known: _Surface,
    tree: KDTree,
    rotation: Array,
    size: float,
    middle: Array,
    shift: Array,
) -> tuple[float, float]:
    """The share of the points on the reference's surfaces, and their median distance from these."""
    moved = size * (own.xyz - middle) @ rotation.T + middle + shift
    distance, nearest = tree.query(moved, distance_upper_bound=2 * _VOXEL_M)
    found = np.isfinite(distance)
    other = np.where(found, nearest, 0)
    across = np.abs(((moved - known.xyz[other]) * known.normal[other]).sum(axis=1))
    alike = np.abs(((own.normal @ rotation.T) * known.normal[other]).sum(axis=1))
    agrees = found & (across < _AGREES_M) & (alike > math.cos(math.radians(30)))
    return float(agrees.mean()), float(np.median(across[agrees])) if agrees.any() else math.nan


# --- judgement ----------------------------------------------------------------------------------


def _problem(best: Laid, others: Sequence[Laid], own: _Surface, doubt: Doubt) -> str:
    if best.agreeing < _LEAST_AGREEING:
        return f"only {100 * best.agreeing:.0f} % of the map lies on the reference"
    for other in others:
        apart = float(np.median(np.linalg.norm(best.apply(own.xyz) - other.apply(own.xyz), axis=1)))
        if apart > _ELSEWHERE_M and other.agreeing > _AS_GOOD * best.agreeing:
            return (
                f"two places are as good: {100 * best.agreeing:.0f} and "
                f"{100 * other.agreeing:.0f} % of the map agree, {apart:.1f} m apart"
            )
    open_m = math.sqrt(float(np.linalg.eigvalsh(best.covariance[3:6, 3:6])[-1]))
    if open_m > _OPEN_M:
        return f"it may slide: one direction is open by ± {open_m:.2f} m"
    beyond = [
        abs(math.radians(best.turn_deg)) > (_SIGMAS + 1) * doubt.turn_rad,
        float(np.hypot(*best.shift_m[:2])) > (_SIGMAS + 1) * doubt.plan_m + 1.0,
        abs(math.log(best.size)) > (_SIGMAS + 1) * doubt.size_rel,
    ]
    if any(beyond):
        return "it lies further off than the map's own sigmas allow"
    return ""


def _with_reason(laid: Laid, reason: str) -> Laid:
    return Laid(
        rotation=laid.rotation,
        size=laid.size,
        middle=laid.middle,
        shift_m=laid.shift_m,
        covariance=laid.covariance,
        agreeing=laid.agreeing,
        residual_m=laid.residual_m,
        reason=reason,
    )


def _nowhere(middle: Array, reason: str) -> Laid:
    return Laid(
        rotation=np.eye(3),
        size=1.0,
        middle=middle,
        shift_m=np.zeros(3),
        covariance=np.full((7, 7), np.nan),
        agreeing=0.0,
        residual_m=math.nan,
        reason=reason,
    )
