"""A cloud laid onto another that is known: where on Earth the map's points are by a survey's.

Coarse, what stands upright is drawn from above, and the drawing is slid, turned and sized over that
of the reference as far as the solution's own sigmas allow; the best few places are refined, patches
onto planes (Chen & Medioni 1992, with both normals as Rusinkiewicz 2019), with a size, robust to
what has changed. The place that is found is then slid along the directions that it is least sure
of: where another place fits as well, it is no answer; where nothing tells how far, that is its
sigma.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from worldmap.records import SurveyKind
from worldmap.registration.onto.bend import bends_m
from worldmap.registration.onto.coarse import SIGMAS, starts
from worldmap.registration.onto.fine import Rounds, known_of, paired, refined
from worldmap.registration.onto.fit import Doubt, Fit, motion
from worldmap.registration.onto.patches import Patches

__all__ = ["Doubt", "Fit", "Laid", "Reference", "bends_m", "laid_onto"]

Array = NDArray[np.float64]

# Surfaces are sampled so: a dozen such points span more than their noise.
_VOXEL_M: Final = 0.25
_MOST_POINTS: Final = 15_000
# How far a neighbour is looked for, and how often.
_ROUNDS: Final = ((2.0, 12), (1.0, 12), (0.5, 12))
_FINE_ROUNDS: Final = ((0.5, 10), (0.3, 40))
_SLID_ROUNDS: Final = ((0.5, 2),)
_REFINED: Final = 3
# A point that lies within so much of the reference's surface agrees with it.
_AGREES_M: Final = 0.15
# Less of the map than this on the reference is no answer. A street that changed by a fifth, half of
# which the reference saw, keeps 0.4.
_LEAST_AGREEING: Final = 0.3
_SAME_M, _ELSEWHERE_M = 0.2, 0.5
# Blocks that fit better here than there, in their scatter: chance reaches three once in 700.
_SURE: Final = 3.0
_SCORE_REACH_M: Final = 0.5
_SCORE_SPREAD_M: Final = 0.03
# So many of its sigmas across a surface two places are told apart by it.
_TELLING: Final = 3.0
_SLIDE_M: Final = 0.25
_SLID_WAYS: Final = 2
_SLID_POINTS: Final = 4_000
_BLOCK_M: Final = 2.0
# Of curved or rough surfaces two samplings differ so, and a map is bent within itself by as much:
# it may lie so far off whichever way it moves as a whole.
_SAMPLED_M: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Laid:
    """Where the cloud is, and the covariance (7, 7) of a turn about the axes, the shift and the log
    size; agreeing: what share of the cloud lies on the reference; residual_m: the median distance
    of that part. reason: why it is no answer, '' where it is."""

    place: Fit
    covariance: Array
    agreeing: float
    residual_m: float
    reason: str = ""

    def covariance_at(self, xyz: Array) -> Array:
        """(N, 3, 3) of points of the cloud, as they are laid."""
        by = motion(self.place.apply(xyz) - self.place.middle - self.place.shift_m)
        return np.asarray(by @ self.covariance @ by.transpose(0, 2, 1))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Answer:
    place: Fit
    score: Array

    @property
    def total(self) -> float:
        return float(self.score.sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """What is known: points (N, 3) on surfaces; of outlines up walls of any height. sigma_m: how
    far it is off as a whole, in plan and in height."""

    kind: SurveyKind
    xyz: Array
    sigma_m: tuple[float, float] = (0.0, 0.0)

    @property
    def agrees_m(self) -> float:
        """A point that lies within so much of its surface agrees with it."""
        return math.hypot(_AGREES_M, 2.0 * max(self.sigma_m))


def laid_onto(
    cloud: Array, reference: Reference, doubt: Doubt, bend_m: Array | None = None
) -> Laid:
    """The cloud (N, 3) onto the reference, both east, north and up in metres. bend_m (N, 3): how
    far and which way its depth may bend each of its points, one sigma, all in common."""
    told = _compared(cloud, reference, bend_m)
    if not len(told):
        return _nowhere(np.zeros(3), "the map has too few points on surfaces")
    middle = told.xyz.mean(axis=0)
    reach = float(np.linalg.norm((told.xyz - middle)[:, :2], axis=1).max())
    slack = SIGMAS * (doubt.plan_m + (doubt.turn_rad + doubt.size_rel) * reach) + 2.0
    low, high = told.xyz.min(axis=0) - slack, told.xyz.max(axis=0) + slack
    inside = ((reference.xyz >= low) & (reference.xyz <= high))[:, :2].all(axis=1)
    near = replace(reference, xyz=reference.xyz[inside])
    coarse = _Ground(own=told, known=_known(near), doubt=doubt)
    if not len(coarse.known):
        return _nowhere(middle, "the reference has too few points on surfaces where the map is")
    if reference.kind == SurveyKind.HEIGHTS and not coarse.known.upright.any():
        # The ground alone: walls have nothing there to lie on.
        coarse = replace(coarse, own=told.rows(told.level))
    fine = replace(coarse, own=_some(coarse.own, _MOST_POINTS))
    found = [
        coarse.refined(place, _ROUNDS) for place in starts(coarse.own, coarse.known, middle, doubt)
    ]
    finer = fine.answers(fine.answer(place) for place in found if place)
    if not finer:
        return _nowhere(middle, "nothing of the map lies on the reference")
    others = [*finer, *fine.answers(_slid(fine, max(finer, key=lambda a: a.total)))]
    best = max(others, key=lambda a: a.total)
    # Of places that fit as well that which the map's own sigmas like best.
    alike = [best] + [
        a
        for a in others
        if _apart_m(fine.own, best.place, a.place) > _ELSEWHERE_M
        and surely_better(fine.own, best, a) < _SURE
    ]
    nearest = min(alike, key=lambda a: float(a.place.vector @ doubt.information @ a.place.vector))
    return _judged(fine, fine.settled(nearest), others, near)


def _compared(cloud: Array, reference: Reference, bend_m: Array | None) -> Patches:
    """What of the map the reference says something of."""
    surface = Patches.of(cloud, _VOXEL_M, bend_m)
    if reference.kind == SurveyKind.OUTLINES:
        return surface.rows(surface.upright).flat()
    return surface


def _known(reference: Reference) -> Patches:
    surface = Patches.of(reference.xyz, _VOXEL_M)
    return surface.flat() if reference.kind == SurveyKind.OUTLINES else surface


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Ground:
    """What is laid onto what."""

    own: Patches
    known: Patches
    doubt: Doubt

    def refined(self, place: Fit, rounds: Rounds, within: Array | None = None) -> Fit | None:
        return refined(self.own, self.known, place, self.doubt, rounds, within=within)

    def answers(self, begun: Iterable[_Answer]) -> list[_Answer]:
        """The best few of these that are not the same, refined."""
        chosen: list[Fit] = []
        for place in (a.place for a in sorted(begun, key=lambda a: -a.total)):
            if all(_apart_m(self.own, place, other) > _SAME_M for other in chosen):
                chosen.append(place)
        found = (self.refined(place, _FINE_ROUNDS) for place in chosen[:_REFINED])
        return [self.answer(place) for place in found if place is not None]

    def settled(self, answer: _Answer) -> _Answer:
        """Along what is open where the map's own sigmas have it: noise has taken it elsewhere."""
        place, prior = answer.place, self.doubt.information
        pairs = paired(self.own, self.known, place, _SCORE_REACH_M)
        if pairs is None:
            return answer
        known = known_of(pairs, self.own.xyz, _metric(self.own, place))
        if not known.open.size:
            return answer
        ways = known.open
        back = np.linalg.solve(ways.T @ prior @ ways, ways.T @ prior @ place.vector)
        moved = self.refined(place.moved(-ways @ back), _FINE_ROUNDS, within=known.told)
        if moved is None:
            return answer
        found = self.answer(moved)
        # Where it fits worse there, something tells it after all, if not how surely.
        return found if surely_better(self.own, answer, found) < 1.0 else answer

    def answer(self, place: Fit) -> _Answer:
        """How well each point of the cloud lies on the reference: Student's logarithm of how far
        across its surface it is; one without a partner is as far as partners are looked for."""
        spread_m = _spread_m(self.own)
        score = -2.5 * np.log1p((_SCORE_REACH_M / spread_m) ** 2 / 4)
        pairs = paired(self.own, self.known, place, _SCORE_REACH_M)
        if pairs is not None:
            score[pairs.own] = -2.5 * np.log1p((pairs.across_m / spread_m[pairs.own]) ** 2 / 4)
        return _Answer(place=place, score=score)


def _some(surface: Patches, most: int) -> Patches:
    if len(surface) <= most:
        return surface
    return surface.rows(np.random.default_rng(0).permutation(len(surface))[:most])


# --- along what is open -----------------------------------------------------------------------


def _slid(ground: _Ground, best: _Answer) -> list[_Answer]:
    """Places along the directions that the best one is least sure of, each a peak of how well the
    cloud fits there, all else moving as it likes, as far as the doubt reaches."""
    ground = replace(ground, own=_some(ground.own, _SLID_POINTS))
    pairs = paired(ground.own, ground.known, best.place, _SCORE_REACH_M)
    if pairs is None:
        return []
    own, prior = ground.own, ground.doubt.information
    metric = _metric(own, best.place)
    # Each direction moves the points by a metre, root mean square.
    _, ways = eigh(known_of(pairs, own.xyz, metric).information + prior, metric + 1e-6 * np.eye(7))
    peaks: list[_Answer] = []
    for k in range(_SLID_WAYS):
        way, others = ways[:, k], np.delete(ways, k, axis=1)
        sigma_m = 1.0 / math.sqrt(float(way @ prior @ way))
        count = int(SIGMAS * sigma_m / _SLIDE_M)
        slid: list[_Answer | None] = []
        for step in range(-count, count + 1):
            begin = best.place.moved(step * _SLIDE_M * way)
            place = ground.refined(begin, _SLID_ROUNDS, within=others)
            slid.append(None if place is None else ground.answer(place))
        totals = [-math.inf, *(a.total if a else -math.inf for a in slid), -math.inf]
        for i, each in enumerate(slid):
            if each is None or abs(i - count) < 2:
                continue
            if totals[i + 1] >= totals[i] and totals[i + 1] >= totals[i + 2]:
                peaks.append(each)
    return peaks


# --- judgement ----------------------------------------------------------------------------------


def _judged(
    ground: _Ground, best: _Answer, others: Sequence[_Answer], reference: Reference
) -> Laid:
    pairs = paired(ground.own, ground.known, best.place, max(0.5, 2.0 * reference.agrees_m))
    assert pairs is not None
    agrees = np.abs(pairs.across_m) < reference.agrees_m
    agreeing = float(agrees.sum() / len(ground.own))
    metric = _metric(ground.own, best.place)
    covariance = known_of(pairs, ground.own.xyz, metric).covariance(ground.doubt)
    plan_m, up_m = reference.sigma_m
    covariance[3:6, 3:6] += np.diag((plan_m, plan_m, up_m)) ** 2
    covariance += _SAMPLED_M**2 * np.linalg.inv(metric + 1e-6 * np.eye(7))
    return Laid(
        place=best.place,
        covariance=covariance,
        agreeing=agreeing,
        residual_m=float(np.median(np.abs(pairs.across_m[agrees]))) if agrees.any() else math.nan,
        reason=_problem(ground, best, others, agreeing, covariance),
    )


def _problem(
    ground: _Ground,
    best: _Answer,
    others: Sequence[_Answer],
    agreeing: float,
    covariance: Array,
) -> str:
    own, doubt = ground.own, ground.doubt
    if agreeing < _LEAST_AGREEING:
        return f"only {100 * agreeing:.0f} % of the map lies on the reference"
    for other in others:
        apart_m = _apart_m(own, best.place, other.place)
        if apart_m < _ELSEWHERE_M or surely_better(own, best, other) >= _SURE:
            continue
        if not _slides(ground, best, other, apart_m, covariance):
            return f"two places are as good, {apart_m:.1f} m apart"
    beyond = [
        abs(math.radians(best.place.turn_deg)) > (SIGMAS + 1) * doubt.turn_rad,
        float(np.hypot(*best.place.shift_m[:2])) > (SIGMAS + 1) * doubt.plan_m + 1.0,
        abs(math.log(best.place.size)) > (SIGMAS + 1) * doubt.size_rel,
    ]
    if any(beyond):
        return "it lies further off than the map's own sigmas allow"
    return ""


def _metric(own: Patches, place: Fit) -> Array:
    """(7, 7) mean square of how far a motion takes the points."""
    by = motion(place.apply(own.xyz) - place.middle - place.shift_m)
    return np.asarray(np.einsum("nik,nil->kl", by, by) / len(by))


def _slides(ground: _Ground, a: _Answer, b: _Answer, apart_m: float, covariance: Array) -> bool:
    """Whether it fits as well halfway, and the sigmas say that it may be so far off."""
    sigma_m = math.sqrt(float(np.linalg.eigvalsh(covariance[3:6, 3:6])[-1]))
    # Further than the doubt reaches it is the doubt that keeps them apart.
    if sigma_m < min(apart_m / SIGMAS, ground.doubt.plan_m / 2):
        return False
    halfway = ground.refined(a.place.moved((b.place.vector - a.place.vector) / 2), _SLID_ROUNDS)
    return halfway is not None and surely_better(ground.own, a, ground.answer(halfway)) < _SURE


def surely_better(own: Patches, best: _Answer, other: _Answer) -> float:
    """By how many of its sigmas the one fits better, block by block (Vuong 1989), as far as
    surfaces tell them apart: one that the other place only slides along itself says no more than
    where the reference has holes."""
    way = best.place.apply(own.xyz) - other.place.apply(own.xyz)
    across_m = np.abs((way * (own.normal @ best.place.rotation.T)).sum(axis=1))
    telling = across_m > _TELLING * _spread_m(own)
    if not telling.any():
        return 0.0
    block = np.floor(own.xyz[telling] / _BLOCK_M).astype(np.int64)
    _, index = np.unique(block, axis=0, return_inverse=True)
    gain = np.bincount(index.ravel(), (best.score - other.score)[telling])
    # About nothing, not about their mean: a few blocks that agree may do so by chance.
    return float(gain.sum()) / max(float(np.sqrt((gain**2).sum())), 1e-9)


def _spread_m(own: Patches) -> Array:
    return np.hypot(_SCORE_SPREAD_M, own.sigma_m)


def _apart_m(own: Patches, a: Fit, b: Fit) -> float:
    return float(np.median(np.linalg.norm(a.apply(own.xyz) - b.apply(own.xyz), axis=1)))


def _nowhere(middle: Array, reason: str) -> Laid:
    return Laid(
        place=Fit.turned(middle, shift_m=np.zeros(3)),
        covariance=np.full((7, 7), np.nan),
        agreeing=0.0,
        residual_m=math.nan,
        reason=reason,
    )
