"""How large the errors of features and depths are, from what the solution leaves of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.problem import Problem, by_track, points_inverse, student
from worldmap.registration.bundle.residuals import jacobians
from worldmap.registration.bundle.state import State

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

_ROUNDS = 10
# A camera or estimator with less redundancy keeps the sigmas that it is told to have.
_LEAST_REDUNDANCY = 100.0
_LIMITS = (0.1, 10.0)
# Parts of a photo, in distances of its corner from the middle; sigmas.
_PART = 0.4
_FAR_OUT = 4.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ErrorFactors:
    """By what each photo's image (N,) and depth (N,) sigmas are to be multiplied: the same for all
    photos of a sensor, and for all depths of an estimator. image_alike and depth_alike (N,): how
    much of it, squared, is because neighbours are off together."""

    image: Array
    depth: Array
    image_alike: Array
    depth_alike: Array


def error_factors(problem: Problem, state: State, estimator: Ints) -> ErrorFactors:
    """How large the errors are; estimator (N,) numbers what the photos' depth is from.

    Variance components (Förstner 1979): squares of residuals over redundancy, each point taking up
    its three numbers where its photos see it best; with Student's weights, until nothing changes.
    Depths of neighbouring pixels are off together, and where a lens or a surface is not as the
    model has it so are features: so many count as so many fewer.
    """
    observed = problem.observed
    residual, _, by_point = jacobians(state, observed, problem.sensors)
    kinds = (problem.sensors.of, estimator)
    factors = [np.ones(len(kind)) for kind in kinds]
    for _ in range(_ROUNDS):
        image, depth = (f[observed.photo] for f in factors)
        sigma = observed.sigma * np.column_stack((image, image, depth))
        chi2 = (residual / sigma) ** 2
        split = (chi2[:, 0] + chi2[:, 1], chi2[:, 2])
        by_image, by_depth = student(split[0], 2)[1], student(split[1], 1)[1]
        weight = np.column_stack((by_image, by_image, by_depth)) / sigma**2
        inside = by_point.transpose(0, 2, 1) @ (weight[:, :, None] * by_point)
        points = len(state.point)
        inverse = points_inverse(by_track(inside, observed.track, points))[observed.track]
        leverage = weight * np.einsum("nri,nij,nrj->nr", by_point, inverse, by_point)
        before = [f.copy() for f in factors]
        for number, (kind, squares, used) in enumerate(
            (
                (kinds[0], by_image * split[0], leverage[:, 0] + leverage[:, 1]),
                (kinds[1], by_depth * split[1], leverage[:, 2]),
            )
        ):
            of = kind[observed.photo]
            groups = int(kind.max()) + 1
            rows = np.bincount(of, minlength=groups) * (2.0 if number == 0 else 1.0)
            redundancy = rows - np.bincount(of, used, groups)
            left = np.bincount(of, squares, groups)
            known = redundancy > _LEAST_REDUNDANCY
            ratio = np.where(known, left / np.maximum(redundancy, 1.0), 1.0)
            factors[number] = np.clip(factors[number] * np.sqrt(ratio)[kind], *_LIMITS)
        if all(np.allclose(a, b, rtol=1e-3) for a, b in zip(factors, before, strict=True)):
            break
    whitened = residual / (
        observed.sigma * np.column_stack((factors[0], factors[0], factors[1]))[observed.photo]
    )
    across, down = (_design_effect(problem, whitened[:, k], kinds[0]) for k in (0, 1))
    image_alike = (across + down) / 2
    depth_alike = _design_effect(problem, whitened[:, 2], kinds[1])
    return ErrorFactors(
        image=factors[0] * np.sqrt(image_alike),
        depth=factors[1] * np.sqrt(depth_alike),
        image_alike=image_alike,
        depth_alike=depth_alike,
    )


def _design_effect(problem: Problem, whitened: Array, kind: Ints) -> Array:
    """(N,) by what the variance of a mean of errors is larger than if each were its own: errors of
    one part of a photo are alike (Kish 1965: 1 + (n - 1) times their correlation)."""
    observed = problem.observed
    part = np.floor(observed.uv / (_PART * problem.sensors.corner[observed.photo])[:, None])
    key = (observed.photo * 1000 + part[:, 1] + 500) * 1000 + part[:, 0] + 500
    cell = np.unique(key, return_inverse=True)[1]
    # Far ones say nothing of what neighbours share.
    error = np.clip(whitened, -_FAR_OUT, _FAR_OUT)
    count = np.bincount(cell)
    mean = np.bincount(cell, error) / count
    within = np.bincount(cell, (error - mean[cell]) ** 2)
    of = np.zeros(len(count), dtype=np.intp)
    of[cell] = kind[observed.photo]
    effect = np.ones(int(kind.max()) + 1)
    for number in range(len(effect)):
        cells = (of == number) & (count > 1)
        if np.count_nonzero(cells) < 2:
            continue
        n = count[cells].astype(np.float64)
        own = within[cells].sum() / (n - 1).sum()
        # Analysis of variance with parts of unequal size.
        common = max(float((n * mean[cells] ** 2).sum() / len(n)) - own, 0.0) / n.mean()
        typical = float((n**2).sum() / n.sum())
        effect[number] = 1.0 + (typical - 1.0) * common / max(common + own, 1e-12)
    return effect[kind]
