"""How far cameras are from what their tags say, from the photos themselves: how much the photos of
one sensor differ in focal length, and how far off the middle principal points lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.problem import Posterior, Problem, student
from worldmap.registration.bundle.sensors import LENS
from worldmap.registration.bundle.state import POSE, State

Array = NDArray[np.float64]

LEAST = 2e-5
"""As good as fixed: 0.03 px of 1,500."""
_MOST = 0.1
# Before any photo is asked: focus and stabilisation move focal lengths by some tenths of a per
# cent. A spread of so much is half as likely as none.
_USUAL = 0.01
_GRID = np.geomspace(LEAST, _MOST, 60)
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
    photo = POSE * np.arange(len(state.centre)) + POSE - 1
    told, pull = _told(problem, state, posterior, photo)
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


def _told(
    problem: Problem, state: State, posterior: Posterior, photo: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Information (N, N) and pull (N,) of the photos' deviations from all but their own prior, with
    everything else marginal; zero for photos that stay."""
    moves = problem.free[photo]
    at = photo[moves]
    spread = problem.spread[problem.sensors.of]
    tight = (student((state.deviation / spread) ** 2, 1)[1] / spread**2)[moves]
    marginal = np.linalg.inv(posterior.covariance[np.ix_(at, at)])
    own = state.deviation[moves]
    told, pull = np.zeros((len(photo),) * 2), np.zeros(len(photo))
    told[np.ix_(moves, moves)] = marginal - np.diag(tight)
    pull[moves] = marginal @ (own + posterior.step[at])
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
