"""How much the photos of one sensor differ in focal length, from the photos themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.problem import Problem, student
from worldmap.registration.bundle.state import POSE, State

Array = NDArray[np.float64]

LEAST = 2e-5
"""As good as fixed: 0.03 px of 1,500."""
_MOST = 0.1
# Before any photo is asked: focus and stabilisation move focal lengths by some tenths of a per
# cent. A spread of so much is half as likely as none.
_USUAL = 0.01
_GRID = np.geomspace(LEAST, _MOST, 60)


def focal_spread(problem: Problem, state: State) -> Array:
    """(S,) the most likely spread of the log focal lengths of each sensor's photos.

    What the photos say of their deviations, all else marginal, gives every spread its own marginal
    likelihood (type II maximum likelihood, MacKay 1992). Photos far out count less, as Student's t
    has them.
    """
    spread = problem.spread.copy()
    photo = POSE * np.arange(len(state.centre)) + POSE - 1
    told, pull = _told(problem, state, photo)
    for sensor in range(len(spread)):
        rows = np.flatnonzero((problem.sensors.of == sensor) & problem.free[photo])
        if len(rows) < 2:
            continue
        inside, along = told[np.ix_(rows, rows)], pull[rows]
        for _ in range(3):
            weight = student((state.deviation[rows] / spread[sensor]) ** 2, 1)[1]
            likely = [_log_evidence(inside, along, tau**2 / weight) for tau in _GRID]
            prior = -np.log1p((_GRID / _USUAL) ** 2)
            spread[sensor] = _GRID[int(np.argmax(np.array(likely) + prior))]
    return spread


def _told(problem: Problem, state: State, photo: NDArray[np.intp]) -> tuple[Array, Array]:
    """Information (N, N) and pull (N,) of the photos' deviations from all but their own prior, with
    everything else marginal; zero for photos that stay."""
    matrix, right, _ = problem.normal(state).reduced(0.0)
    where = np.cumsum(problem.free) - 1
    moves = problem.free[photo]
    at = where[photo[moves]]
    rest = np.setdiff1d(np.arange(len(matrix)), at)
    spread = problem.spread[problem.sensors.of]
    tight = (student((state.deviation / spread) ** 2, 1)[1] / spread**2)[moves]
    across = np.linalg.solve(matrix[np.ix_(rest, rest)], matrix[np.ix_(rest, at)])
    own = matrix[np.ix_(at, at)] - np.diag(tight) - matrix[np.ix_(at, rest)] @ across
    force = right[at] + tight * state.deviation[moves] - across.T @ right[rest]
    told, pull = np.zeros((len(photo),) * 2), np.zeros(len(photo))
    told[np.ix_(moves, moves)] = (own + own.T) / 2
    pull[moves] = told[np.ix_(moves, moves)] @ state.deviation[moves] + force
    return told, pull


def _log_evidence(told: Array, pull: Array, variance: Array) -> float:
    """Log of the likelihood of numbers with information `told` (n, n) and `pull` (n,), marginal
    over a normal prior of that variance (n,); but for a constant."""
    root = np.sqrt(variance)
    inside = np.eye(len(pull)) + root[:, None] * told * root
    value, vector = np.linalg.eigh(inside)
    value = np.maximum(value, 1e-9)
    along = vector.T @ (root * pull)
    return float(-0.5 * np.log(value).sum() + 0.5 * (along**2 / value).sum())
