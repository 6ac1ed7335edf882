"""How late the positions of a session are, by the way that its photos went.

A photo's position is where its device was at some moment, and that of a clock that is off, or of a
fix that was old, is where the photo was not: all photos of the session are so many seconds further
along their way. A straight way at one speed does not show that; corners, stops, changes of speed
and the ends of the way do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import Similarity
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

# Receivers tell where they are once a second, and a photo has the last that was told; in one
# session of thirty the fixes are old, or their clock is not the photos'.
_AGE_SIGMA_S, _OLD = 0.5, 1 / 30
# A camera's clock beside that of a track is set by hand to a second or two, and drifts by as much
# in a few days; one of five was not set for long.
_SET_SIGMA_S, _UNSET = 2.0, 1 / 5
# Those are off by minutes: the half width of a Cauchy distribution. A wrong zone is another matter.
_WRONG_S = 60.0
# Fewer fixes have no way to show: turn, size and place have four numbers, the clock one.
_FEWEST = 5
# Nodes of the clock are as close as half a sigma along the way, at most so many.
_NODES = 401
_FREEDOM = 4.0
# One fix in twenty says nothing, but that it is near.
_WILD, _WILD_M = 0.05, 100.0
_ROUNDS = 10
# Who goes on as he went does so over his last steps' direction and speed, to so much of the way.
_LAST, _ABOUT = 2, 0.25
_WRONG_REACH = 4.0
# What belongs to an answer: the most likely part with so much of the whole.
_CREDIBLE, _NORMAL_90 = 0.90, 1.645
ALONE = 0.8
"""A peak with so much of the whole is the answer; else the middle of all is."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lateness:
    """Where the photos of a session were when their positions were told. late_s: how much later
    than the photos that was, and its sigma; at (3,) by photo; stray_m by photo the sigma of what
    the way beyond its first and last photo hides; covariance_m2 (2, 2) of where all of them are
    together; plain: whether that the clock is right is not believed."""

    late_s: float
    sigma_s: float
    at: Mapping[int, Array]
    stray_m: Mapping[int, float]
    covariance_m2: Array
    plain: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClockEvidence:
    """What a group of photos says of its session's clock: (K,) how much later than the photos their
    positions may be of, s, increasing, and the log likelihood of each, the best one's 0."""

    late_s: Array
    likely: Array

    def at(self, late_s: Array) -> Array:
        """Beyond what the group's way can tell it tells no more than there."""
        return np.interp(late_s, self.late_s, self.likely)


def lateness(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    session: Mapping[int, str],
    elsewhere: Mapping[str, Sequence[ClockEvidence]] | None = None,
) -> dict[str, Lateness]:
    """By session; those that have no times, or too few positions, are left out. `poses` are right
    relative to each other, and in size as far as depth says. elsewhere: by session what other
    groups say of its clock."""
    found = {}
    for name, told in _of_sessions(views, poses, session):
        others = (elsewhere or {}).get(name, ())
        if told.telling or others:
            found[name] = told.judged(others)
    return found


def clock_evidence(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    session: Mapping[int, str],
) -> dict[str, ClockEvidence]:
    """By session what these photos say of their clock, where they say anything."""
    return {
        name: told.evidence for name, told in _of_sessions(views, poses, session) if told.telling
    }


def _of_sessions(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    session: Mapping[int, str],
) -> Iterator[tuple[str, _Told]]:
    precision = np.array([v.scale_sigma_rel**-2.0 for v in views.values()])
    scale = np.log([poses[i].scale for i in views])
    size = float(np.exp(-(precision @ scale) / precision.sum()))
    size_sigma = float(precision.sum() ** -0.5)
    members: dict[str, list[int]] = defaultdict(list)
    for i in views:
        if math.isfinite(views[i].captured_s):
            members[session[i]].append(i)
    for name, photos in members.items():
        # A value that is repeated is one.
        same: dict[tuple[float, ...], list[int]] = defaultdict(list)
        for i in photos:
            if (position := views[i].position_enu) is not None:
                same[tuple(np.round(position[:2], 3).tolist())].append(i)
        way = _Way.of(views, poses, photos)
        if same and way.speed_mps > 0.0:
            yield name, _Told(views, list(same.values()), way, size, size_sigma)


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """Where the photos of a session were (M, 3) at times (M,) that increase, s."""

    time_s: Array
    place: Array
    speed_mps: float

    @classmethod
    def of(
        cls, views: Mapping[int, PhotoView], poses: Mapping[int, Similarity], photos: list[int]
    ) -> _Way:
        time, which = np.unique([views[i].captured_s for i in photos], return_inverse=True)
        where = np.array([poses[i].translation_m for i in photos])
        count = np.bincount(which)
        place = np.stack([np.bincount(which, column) / count for column in where.T], axis=1)
        length_m = float(np.linalg.norm(np.diff(place[:, :2], axis=0), axis=1).sum())
        duration_s = float(time[-1] - time[0])
        return cls(time, place, length_m / duration_s if duration_s > 0 else 0.0)

    def at(self, time_s: Array) -> tuple[Array, Array]:
        """Where it is (..., 3) at times (...), at its ends outside; and how far outside, s."""
        place = np.stack([np.interp(time_s, self.time_s, c) for c in self.place.T], axis=-1)
        before, after = self.time_s[0] - time_s, time_s - self.time_s[-1]
        return place, np.maximum(np.maximum(before, after), 0.0)

    def beyond(self, time_s: Array) -> Array:
        """How far (..., 3) it goes on beyond its ends if it goes on as it last went, or first."""
        last = min(_LAST, len(self.time_s) - 1)
        found = np.zeros((*time_s.shape, 3))
        for end, other, sign in ((0, last, -1.0), (-1, -1 - last, 1.0)):
            velocity = (self.place[end] - self.place[other]) / (
                self.time_s[end] - self.time_s[other]
            )
            outside_s = np.maximum(sign * (time_s - self.time_s[end]), 0.0)
            found += sign * outside_s[..., None] * velocity
        return found


class _Told:
    """The positions that photos of one session tell, `values` of one value each, beside the way
    that they went."""

    def __init__(
        self,
        views: Mapping[int, PhotoView],
        values: list[list[int]],
        way: _Way,
        size: float,
        size_sigma: float,
    ) -> None:
        self.telling = len(values) >= _FEWEST
        self._way, self._size, self._size_sigma = way, size, size_sigma
        self._photos = told = [i for photos in values for i in photos]
        mean = np.zeros((len(values), len(told)))
        mean[np.repeat(np.arange(len(values)), [len(p) for p in values]), np.arange(len(told))] = 1
        self._mean = mean / mean.sum(axis=1)[:, None]
        self._time_s = np.array([views[i].captured_s for i in told])
        self._position = self._mean @ np.array([views[i].position_enu for i in told])[:, :2]
        own_m = np.array([min(views[i].horizontal_sigma_m for i in p) for p in values])
        now = size * way.at(self._time_s)[0][:, :2]
        spread_m2 = (self._mean @ now**2 - (self._mean @ now) ** 2).mean(axis=1)
        self._sigma_m = np.sqrt(own_m**2 + np.maximum(spread_m2, 0.0))
        self._speed_mps = size * way.speed_mps
        self._tracked = any(views[i].by_track for i in told)
        self._longest_s = float(way.time_s[-1] - way.time_s[0])

    @property
    def evidence(self) -> ClockEvidence:
        """What they say of the clock, as far as their way reaches."""
        late_s = self._nodes_s(self._longest_s)
        likely = self._likely(self._places(late_s)).log
        return ClockEvidence(late_s=late_s, likely=likely - likely.max())

    def judged(self, others: Sequence[ClockEvidence]) -> Lateness:
        """What is to be believed of the clock, by these photos and what others say of it."""
        reach_s = [self._longest_s, *(e.late_s[-1] for e in others)]
        if self._tracked:
            # Most clocks that are wrong are so by less.
            reach_s.append(_WRONG_REACH * _WRONG_S)
        late_s = self._nodes_s(max(reach_s))
        step_s = float(late_s[1] - late_s[0])
        places = self._places(late_s)
        told = self._likely(places)
        own = told.log if self.telling else np.zeros_like(told.log)
        likely = np.sum([own, *(e.at(late_s) for e in others)], axis=0)
        sigma_s, wrong = (_SET_SIGMA_S, _UNSET) if self._tracked else (_AGE_SIGMA_S, _OLD)
        prior = np.exp(-0.5 * (late_s / max(sigma_s, step_s / 2)) ** 2)
        prior *= (1.0 - wrong) / prior.sum()
        right = np.abs(late_s) <= 4.0 * max(sigma_s, step_s / 2)
        prior += wrong * step_s / (np.pi * _WRONG_S) / (1.0 + (late_s / _WRONG_S) ** 2)
        chance = prior * np.exp(likely - likely.max())
        chance /= chance.sum()
        kept = credible(chance)
        share = np.where(kept, chance, 0.0) / chance[kept].sum()
        best = int(np.argmax(chance))
        near = right if right[best] else ~right & (np.abs(late_s - late_s[best]) < _WRONG_S / 2)
        if chance[near].sum() >= ALONE:
            share = np.where(near, chance, 0.0) / chance[near].sum()
        middle_s = float(share @ late_s)
        node = int(np.argmin(np.abs(late_s - middle_s)))
        # Along the way, of all photos together: how far off they are if they are that much later.
        together = places.middle_on.mean(axis=1)
        away = together - share @ together
        # As far as nine tenths of all that may be, whose tails are longer than a normal one's.
        far = _sigma_of(np.linalg.norm(away, axis=1), chance)
        inner = np.einsum("k,ki,kj->ij", share, away, away)
        outer = np.einsum("k,ki,kj->ij", chance, away, away)
        outer *= far**2 / max(float(np.trace(outer)), 1e-12)
        covariance = inner if far**2 < np.trace(inner) else outer
        ages_s = np.array((-1.0, 1.0))[:, None] * _AGE_SIGMA_S
        along, _ = self._way.at(self._time_s + late_s[node] + ages_s)
        aged = self._size * (along[1] - along[0])[:, :2].mean(axis=0) / 2.0
        goes_on = float(told.goes_on[node])
        loose = 1.0 - goes_on - float(told.stops[node]) + goes_on * (1.0 - goes_on + _ABOUT**2)
        beyond_m = np.sqrt(loose) * places.stray_m[node]
        at = places.place[node] + goes_on * places.on[node]
        return Lateness(
            late_s=float(late_s[node]),
            sigma_s=math.hypot(_sigma_of(np.abs(late_s - middle_s), chance), _AGE_SIGMA_S),
            at={i: at[k] for k, i in enumerate(self._photos)},
            stray_m={i: float(beyond_m[k]) for k, i in enumerate(self._photos)},
            covariance_m2=covariance + np.outer(aged, aged),
            plain=bool(chance[right].sum() < 0.01),
        )

    def _nodes_s(self, longest_s: float) -> Array:
        step_s = float(np.median(self._sigma_m)) / (2.0 * self._speed_mps)
        step_s = max(step_s, 2.0 * longest_s / (_NODES - 1))
        nodes = max(math.floor(longest_s / step_s), 1)
        return step_s * np.arange(-nodes, nodes + 1, dtype=np.float64)

    def _places(self, late_s: Array) -> _Places:
        time_s = self._time_s + late_s[:, None]
        place, outside_s = self._way.at(time_s)
        on = self._way.beyond(time_s)
        return _Places(
            place=place,
            on=on,
            stray_m=self._speed_mps * outside_s,
            middle=self._mean @ (self._size * place[..., :2]),
            middle_on=self._mean @ (self._size * (place + on)[..., :2]),
        )

    def _likely(self, places: _Places) -> _Likely:
        """Photos beyond the way went on as it went, more or less; or they did not."""
        stray_m = places.stray_m @ self._mean.T
        args = (self._position, self._sigma_m)
        on, _ = _fitted(places.middle_on, *args, _ABOUT * stray_m, self._size_sigma)
        off, stops = _fitted(places.middle, *args, stray_m, self._size_sigma)
        log = np.logaddexp(on, off) - np.log(2.0)
        goes_on = np.exp(on - np.log(2.0) - log)
        return _Likely(log=log, goes_on=goes_on, stops=(1.0 - goes_on) * stops)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Likely:
    """(K,) log likelihood of each lateness; the chances that who is beyond the way went on as it
    went, or had stopped."""

    log: Array
    goes_on: Array
    stops: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Places:
    """At each lateness (K): where photos were then (K, M, 3), at the way's ends where they were
    beyond, and how far on they were if it went on as it went, in units of the poses; how far they
    may have gone beyond the way (K, M), m; where the values' photos were in the mean (K, N, 2), m,
    at the way's ends and on from there."""

    place: Array
    on: Array
    stray_m: Array
    middle: Array
    middle_on: Array


def _fitted(
    place: Array, told: Array, sigma_m: Array, stray_m: Array, scale_sigma_rel: float
) -> tuple[Array, Array]:
    """(K,) log likelihood of positions told (N, 2) if the photos were at place (K, N, 2), turned,
    moved and sized as suits them best; and (K,) the chance that who is beyond an end of the way had
    stopped there, where he may as well have gone on, by `stray_m` (K, N).

    Student's t in two dimensions, by weights that are drawn anew; turn and size by Procrustes, size
    held to 1 by the depths. What turn and velocity were fitted to is paid for (Laplace's method):
    else the answer would hang on how much of the way is left to fit.
    """
    narrow = np.broadcast_to(sigma_m, stray_m.shape)
    wide = np.stack((narrow, narrow, np.hypot(sigma_m, stray_m)))
    wild = np.log(_WILD * 2.0 / np.maximum(_WILD_M, 6.0 * wide) ** 2)
    likely, squares = np.zeros(len(place)), np.zeros(len(place))
    # All who are beyond the way have stopped, have gone straight on, or as they liked.
    chance = np.full((3, len(place)), 1.0 / 3.0)
    weight, velocity = 1.0 / wide[2] ** 2, np.zeros((len(place), 2))
    size = np.ones(len(place))
    for _ in range(_ROUNDS):
        on = (chance[1][:, None] * stray_m)[..., None] * velocity[:, None]
        start, end = _centred(place, weight), _centred(told - on, weight)
        z = start[..., 0] + 1j * start[..., 1]
        crossed = (weight * np.conj(z) * (end[..., 0] + 1j * end[..., 1])).sum(axis=1)
        squares = (weight * np.abs(z) ** 2).sum(axis=1)
        held = 1.0 / scale_sigma_rel**2
        size = (np.abs(crossed) + held) / (squares + held)
        turned = size[:, None] * np.exp(1j * np.angle(crossed))[:, None] * z
        left = told - np.stack((turned.real, turned.imag), axis=-1)
        beside = _centred(stray_m[..., None], weight)
        reach = (weight * beside[..., 0] ** 2).sum(axis=1)
        # Of the usual speed, in any direction.
        velocity = (weight[..., None] * beside * left).sum(axis=1) / (reach + 1.0)[:, None]
        straight = left - stray_m[..., None] * velocity[:, None]
        off = np.stack([_centred(each, weight) for each in (left, straight, left)])
        chi2 = (off**2).sum(axis=3) / wide**2
        sure = -2.0 * np.log(wide) - (_FREEDOM + 2.0) / 2.0 * np.log1p(chi2 / _FREEDOM)
        log = np.logaddexp(sure + np.log(1.0 - _WILD), wild)
        total = log.sum(axis=2)
        total[1] -= 0.5 * (velocity**2).sum(axis=1) + np.log1p(reach)
        likely = np.logaddexp.reduce(total, axis=0) - np.log(3.0)
        chance = np.exp(total - np.log(3.0) - likely)
        each = (1.0 + 2.0 / _FREEDOM) / ((1.0 + chi2 / _FREEDOM) * wide**2)
        each *= np.exp(sure + np.log(1.0 - _WILD) - log)
        weight = (chance[..., None] * each).sum(axis=0)
    likely -= 0.5 * ((size - 1.0) / scale_sigma_rel) ** 2
    return likely - 0.5 * np.log1p(2.0 * np.pi * squares), chance[0]


def _centred(values: Array, weight: Array) -> Array:
    """(K, N, D) without their mean by weights (K, N)."""
    mean = (weight[..., None] * values).sum(axis=1) / weight.sum(axis=1)[:, None]
    return np.asarray(values - mean[:, None])


def _sigma_of(off: Array, chance: Array) -> float:
    """Of the normal distribution that has as much beyond 90 % as values off by so much."""
    order = np.argsort(off, kind="stable")
    reached = np.cumsum(chance[order])
    return float(np.interp(_CREDIBLE, reached, off[order])) / _NORMAL_90


def credible(chance: Array) -> NDArray[np.bool_]:
    """The likeliest values (N,) that have nine tenths of the whole."""
    order = np.argsort(-chance, kind="stable")
    inside = np.zeros(len(chance), dtype=np.bool_)
    before = np.concatenate(((0.0,), np.cumsum(chance[order])[:-1]))
    inside[order[before < _CREDIBLE * chance.sum()]] = True
    return inside
