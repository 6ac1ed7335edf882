"""How far cameras are from what their tags say, from the photos themselves: how much the photos of
one sensor differ in focal length, how far off the middle principal points lie, and how much cameras
turn while they read their rows one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.linearised import student
from worldmap.registration.bundle.problem import Posterior, Problem
from worldmap.registration.bundle.state import DEVIATION, POSE, SWAY, State
from worldmap.registration.lens import LENS

Array = NDArray[np.float64]

LEAST = 2e-5
"""As good as fixed: 0.03 px of 1,500."""
_MOST = 0.1
# Before any photo is asked: focus and stabilisation move focal lengths by some tenths of a per
# cent. A spread of so much is half as likely as none.
_USUAL = 0.01
_GRID = np.geomspace(LEAST, _MOST, 60)
# A hand turns by up to some tenths of a radian a second, a phone reads its rows in some hundredths
# of one.
_USUAL_SWAY = 0.003
_SWAYS = np.geomspace(LEAST, 0.01, 40)
SHOWN = 25.0
"""Twice the log of how much likelier a spread must be than none, five sigmas: what the model does
not know of pulls focal lengths by a sigma or two, and a lens is fixed until it shows otherwise."""


def focal_spread(problem: Problem, state: State, posterior: Posterior) -> Array:
    """(S,) the most likely spread of the log focal lengths of each sensor's photos.

    What the photos say of their deviations, all else marginal, gives every spread its own marginal
    likelihood (type II maximum likelihood, MacKay 1992); the least one where that is not plainly
    likelier. Photos far out count less, as Student's t has them.
    """
    spread = problem.spread.copy()
    photo = POSE * np.arange(len(state.centre)) + DEVIATION
    own = problem.spread[problem.sensors.of]
    tight = student((state.deviation / own) ** 2, 1)[1] / own**2
    told, pull = _told(problem, posterior, photo, state.deviation, tight)
    for sensor in range(len(spread)):
        rows = np.flatnonzero((problem.sensors.of == sensor) & problem.free[photo])
        if len(rows) < 2:
            continue
        inside, along = told[np.ix_(rows, rows)], pull[rows]
        for _ in range(3):
            weight = student((state.deviation[rows] / spread[sensor]) ** 2, 1)[1]
            likely = log_evidence(inside, along, _GRID, weight)
            prior = -np.log1p((_GRID / _USUAL) ** 2)
            best = int(np.argmax(likely + prior))
            spread[sensor] = _GRID[best]
        if 2 * (likely[best] - likely[0]) < SHOWN:
            spread[sensor] = LEAST
    return spread


def centre_sigma(problem: Problem, state: State, posterior: Posterior) -> Array:
    """(S, 5) sigmas of the sensors' lenses of which those of principal points are no larger than
    the photos speak for, by their marginal likelihood as in `focal_spread`: a point that they put
    in the middle within its own sigma is in the middle, and costs the poses nothing. What is known
    of a sensor from other photos stays."""
    sensors = problem.sensors
    sigma = sensors.sigma.copy()
    for sensor in np.flatnonzero(~sensors.known):
        at = problem.first_lens + LENS * sensor + np.array((1, 2))
        if not problem.free[at].all():
            continue
        widest = float(sensors.widest[sensor, 1])
        marginal = np.linalg.inv(posterior.covariance[np.ix_(at, at)])
        told = marginal - np.eye(2) / sigma[sensor, 1] ** 2
        pull = marginal @ (state.lens[sensor, 1:3] + posterior.step[at])
        grid = np.geomspace(LEAST, widest, len(_GRID))
        likely = log_evidence(told, pull, grid, np.ones(2))
        sigma[sensor, 1:3] = grid[int(np.argmax(likely))]
    return sigma


def sway_spread(problem: Problem, state: State, posterior: Posterior) -> Array:
    """(S,) the most likely spread of how the photos of each sensor sway, as `focal_spread` has
    those of focal lengths: the least one where that is not plainly likelier, as with a shutter that
    opens for all rows at once or a camera that stands still."""
    sway = problem.sway.copy()
    at = POSE * np.arange(len(state.centre))[:, None] + np.arange(POSE)[SWAY]
    sensor_of = np.repeat(problem.sensors.of, 3)
    tight = sway[sensor_of] ** -2.0
    told, pull = _told(problem, posterior, at.ravel(), state.sway.ravel(), tight)
    for sensor in range(len(sway)):
        rows = np.flatnonzero((sensor_of == sensor) & problem.free[at.ravel()])
        if not len(rows):
            continue
        likely = log_evidence(told[np.ix_(rows, rows)], pull[rows], _SWAYS, np.ones(len(rows)))
        best = int(np.argmax(likely - np.log1p((_SWAYS / _USUAL_SWAY) ** 2)))
        sway[sensor] = _SWAYS[best] if 2 * (likely[best] - likely[0]) > SHOWN else LEAST
    return sway


def _told(
    problem: Problem, posterior: Posterior, at: NDArray[np.intp], own: Array, tight: Array
) -> tuple[Array, Array]:
    """Information (K, K) and pull (K,) of numbers `at` (K,), which are `own` (K,) now, from all but
    their own prior precisions (K,), with everything else marginal; zero for those that stay."""
    moves = problem.free[at]
    marginal = np.linalg.inv(posterior.covariance[np.ix_(at[moves], at[moves])])
    told, pull = np.zeros((len(at),) * 2), np.zeros(len(at))
    told[np.ix_(moves, moves)] = marginal - np.diag(tight[moves])
    pull[moves] = marginal @ (own[moves] + posterior.step[at[moves]])
    return told, pull


def log_evidence(told: Array, pull: Array, spread: Array, weight: Array) -> Array:
    """(K,) log of the likelihood of numbers with information `told` (n, n) and `pull` (n,),
    marginal over normal priors of variance spread² / weight (n,) for each of the spreads (K,); but
    for a constant. What is as wide for all is solved for once, however many spreads there are."""
    root = 1.0 / np.sqrt(weight)
    value, vector = np.linalg.eigh(root[:, None] * told * root)
    variance = spread[:, None] ** 2
    inside = np.maximum(1.0 + variance * value, 1e-9)
    along2 = variance * (vector.T @ (root * pull)) ** 2
    return np.asarray(0.5 * (along2 / inside - np.log(inside)).sum(axis=1))
