"""How late the positions of a session are, by the way that its photos went.

A photo's position is where its device was at some moment, and that of a clock that is off, or of a
fix that was old, is where the photo was not: all photos of the session are so many seconds further
along their way. A straight way at one speed does not show that; corners, stops, changes of speed
and the ends of the way do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
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
_ROUNDS = 6
# What belongs to an answer: the most likely part with so much of the whole.
_CREDIBLE = 0.90
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


def lateness(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    session: Mapping[int, str],
) -> dict[str, Lateness]:
    """By session; those that have no times, or too few positions, are left out. `poses` are right
    relative to each other, and in size as far as depth says."""
    precision = np.array([v.scale_sigma_rel**-2.0 for v in views.values()])
    scale = np.log([poses[i].scale for i in views])
    size = float(np.exp(-(precision @ scale) / precision.sum()))
    size_sigma = float(precision.sum() ** -0.5)
    members: dict[str, list[int]] = defaultdict(list)
    for i in views:
        if math.isfinite(views[i].captured_s):
            members[session[i]].append(i)
    found = {}
    for name, photos in members.items():
        # A value that is repeated is one.
        same: dict[tuple[float, ...], list[int]] = defaultdict(list)
        for i in photos:
            if (position := views[i].position_enu) is not None:
                same[tuple(np.round(position[:2], 3).tolist())].append(i)
        if len(same) < _FEWEST:
            continue
        way = _Way.of(views, poses, photos)
        if way.speed_mps > 0.0:
            found[name] = _lateness(views, list(same.values()), way, size, size_sigma)
    return found


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


def _lateness(
    views: Mapping[int, PhotoView],
    values: list[list[int]],
    way: _Way,
    size: float,
    size_sigma: float,
) -> Lateness:
    told = [i for photos in values for i in photos]
    mean = np.zeros((len(values), len(told)))
    mean[np.repeat(np.arange(len(values)), [len(p) for p in values]), np.arange(len(told))] = 1.0
    mean /= mean.sum(axis=1)[:, None]
    time_s = np.array([views[i].captured_s for i in told])
    position = mean @ np.array([views[i].position_enu for i in told])[:, :2]
    own_m = np.array([min(views[i].horizontal_sigma_m for i in p) for p in values])
    now = size * way.at(time_s)[0][:, :2]
    spread_m2 = (mean @ now**2 - (mean @ now) ** 2).mean(axis=1)
    sigma_m = np.sqrt(own_m**2 + np.maximum(spread_m2, 0.0))
    longest_s = float(way.time_s[-1] - way.time_s[0])
    speed_mps = size * way.speed_mps
    step_s = float(np.median(sigma_m)) / (2.0 * speed_mps)
    step_s = max(step_s, 2.0 * longest_s / (_NODES - 1))
    nodes = math.floor(longest_s / step_s)
    late_s = step_s * np.arange(-nodes, nodes + 1, dtype=np.float64)
    place, outside_s = way.at(time_s + late_s[:, None])
    stray_m = speed_mps * outside_s
    middle, stray_of_value_m = mean @ (size * place[..., :2]), stray_m @ mean.T
    likely, stops = _fitted(middle, position, sigma_m, stray_of_value_m, size_sigma)
    tracked = any(views[i].by_track for i in told)
    sigma_s, wrong = (_SET_SIGMA_S, _UNSET) if tracked else (_AGE_SIGMA_S, _OLD)
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
    together = middle.mean(axis=1)
    away = together - share @ together
    covariance = np.einsum("k,ki,kj->ij", share, away, away)
    along, _ = way.at(time_s + late_s[node] + np.array((-1.0, 1.0))[:, None] * _AGE_SIGMA_S)
    aged = size * (along[1] - along[0])[:, :2].mean(axis=0) / 2.0
    beyond = np.sqrt(1.0 - stops[node]) * stray_m[node]
    return Lateness(
        late_s=float(late_s[node]),
        sigma_s=float(np.hypot(np.sqrt(share @ (late_s - middle_s) ** 2), _AGE_SIGMA_S)),
        at={i: place[node, k] for k, i in enumerate(told)},
        stray_m={i: float(beyond[k]) for k, i in enumerate(told)},
        covariance_m2=covariance + np.outer(aged, aged),
        plain=bool(chance[right].sum() < 0.01),
    )


def _fitted(
    place: Array, told: Array, sigma_m: Array, stray_m: Array, scale_sigma_rel: float
) -> tuple[Array, Array]:
    """(K,) log likelihood of positions told (N, 2) if the photos were at place (K, N, 2), turned,
    moved and sized as suits them best; and (K,) the chance that who is beyond an end of the way had
    stopped there, where he may as well have gone on by `stray_m` (K, N).

    Student's t in two dimensions, by weights that are drawn anew; turn and size by Procrustes, size
    held to 1 by the depths.
    """
    wide = np.stack((np.broadcast_to(sigma_m, stray_m.shape), np.hypot(sigma_m, stray_m)))
    wild = np.log(_WILD * 2.0 / np.maximum(_WILD_M, 6.0 * wide) ** 2)
    beyond = stray_m > 0.0
    size, stops = np.ones(len(place)), np.full(len(place), 0.5)
    log, halves = np.zeros_like(wide), np.zeros((2, len(place)))
    weight = 1.0 / wide[1] ** 2
    for _ in range(_ROUNDS):
        total = weight.sum(axis=1)[:, None]
        from_mean = place - ((weight[..., None] * place).sum(axis=1) / total)[:, None]
        to_mean = told - ((weight[..., None] * told).sum(axis=1) / total)[:, None]
        z = (from_mean[..., 0] + 1j * from_mean[..., 1], to_mean[..., 0] + 1j * to_mean[..., 1])
        crossed = (weight * np.conj(z[0]) * z[1]).sum(axis=1)
        squares = (weight * np.abs(z[0]) ** 2).sum(axis=1)
        held = 1.0 / scale_sigma_rel**2
        size = (np.abs(crossed) + held) / (squares + held)
        turned = size[:, None] * np.exp(1j * np.angle(crossed))[:, None] * z[0] - z[1]
        off = np.stack((turned.real, turned.imag), axis=-1)
        chi2 = (off**2).sum(axis=2) / wide**2
        sure = -2.0 * np.log(wide) - (_FREEDOM + 2.0) / 2.0 * np.log1p(chi2 / _FREEDOM)
        log = np.logaddexp(sure + np.log(1.0 - _WILD), wild)
        # All who are beyond have stopped, or none.
        halves = np.where(beyond, log, 0.0).sum(axis=2)
        stops = 1.0 / (1.0 + np.exp(np.clip(halves[1] - halves[0], -50.0, 50.0)))
        each = (1.0 + 2.0 / _FREEDOM) / ((1.0 + chi2 / _FREEDOM) * wide**2)
        each *= np.exp(sure + np.log(1.0 - _WILD) - log)
        weight = stops[:, None] * each[0] + (1.0 - stops[:, None]) * each[1]
    within = np.where(beyond, 0.0, log[0]).sum(axis=1)
    likely = within + np.logaddexp(halves[0], halves[1]) - np.log(2.0)
    return likely - 0.5 * ((size - 1.0) / scale_sigma_rel) ** 2, stops


def credible(chance: Array) -> NDArray[np.bool_]:
    """The likeliest values (N,) that have nine tenths of the whole."""
    order = np.argsort(-chance, kind="stable")
    inside = np.zeros(len(chance), dtype=np.bool_)
    before = np.concatenate(((0.0,), np.cumsum(chance[order])[:-1]))
    inside[order[before < _CREDIBLE * chance.sum()]] = True
    return inside
