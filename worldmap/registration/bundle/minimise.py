"""Levenberg and Marquardt's way to the least cost."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from worldmap.registration.bundle.problem import Problem
from worldmap.registration.bundle.state import State

CONVERGED = 1e-5
# Next to nothing: damping goes by what holds a photo beside others, and would keep all of them from
# the place that their tags together have, which hold a millionth of that.
_FIRST_DAMPING = 1e-8
_LARGEST_DAMPING = 1e6
# Square of the length of a step in sigmas of all that moves but the points. What still lowers the
# cost after shorter ones are single points that creep away from a wrong match.
_SHORT = 0.01
# With more of it steps are short however far there is to go.
_DAMPED = 1e-3


def minimise(
    problem: Problem, state: State, iterations: int, converged: float = CONVERGED
) -> State:
    """The state after at most so many steps, each of which lowers the cost; fewer where a step
    lowers it by less than that share, or is one of next to nothing for all but the points."""
    cost, damping = problem.cost(state), _FIRST_DAMPING
    for _ in range(iterations):
        normal = problem.normal(state)
        improved = False
        while damping < _LARGEST_DAMPING:
            matrix, right, inverse = normal.reduced(damping)
            try:
                step = np.zeros(problem.size)
                step[problem.free] = cho_solve(cho_factor(matrix), right)
                short = damping < _DAMPED and float(right @ step[problem.free]) < _SHORT
            except np.linalg.LinAlgError:
                damping *= 10
                continue
            if problem.by_leaders is not None:
                step = np.asarray(problem.by_leaders @ step).ravel()
            moved = state.moved(step, normal.point_step(step, inverse))
            new_cost = problem.cost(moved)
            if new_cost < cost:
                improved = not short and cost - new_cost > converged * cost
                state, cost = moved, new_cost
                damping = max(damping / 5, 1e-9)
                break
            damping *= 5
        if not improved:
            break
    return state
