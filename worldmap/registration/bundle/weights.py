"""How large the errors of features and depths are, from what the solution leaves of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.linearised import by_track, points_inverse, student
from worldmap.registration.bundle.residuals import Slopes
from worldmap.registration.bundle.sensors import Sensors
from worldmap.registration.bundle.state import IMAGE_KINDS, Observations

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
    """By what each photo's image (N, 2) and depth (N,) sigmas are to be multiplied: the same for
    all photos of a sensor, by the kind of their observations, and for all depths of an estimator.
    image_alike (N, 2) and depth_alike (N,): how much of it, squared, is because neighbours are off
    together."""

    image: Array
    depth: Array
    image_alike: Array
    depth_alike: Array


def error_factors(
    observed: Observations, sensors: Sensors, slopes: Slopes, points: int, estimator: Ints
) -> ErrorFactors:
    """How large the errors are where the residuals have these slopes; estimator (N,) numbers what
    the photos' depth is from.

    Variance components (Förstner 1979): squares of residuals over redundancy, each point taking up
    its three numbers where its photos see it best; with Student's weights, until nothing changes.
    Depths of neighbouring pixels are off together, and where a lens or a surface is not as the
    model has it so are features: so many count as so many fewer.
    """
    residual, _, by_point = slopes
    # Numbers of what errors are of: a sensor's features of one kind; an estimator's depths.
    of = (
        IMAGE_KINDS * sensors.of[observed.photo] + observed.image_kind,
        estimator[observed.photo],
    )
    counts = IMAGE_KINDS * sensors.count, int(estimator.max()) + 1
    factors = [np.ones(count) for count in counts]
    least_image = np.tile((_LIMITS[0], 1.0), sensors.count)
    for _ in range(_ROUNDS):
        image, depth = (f[each] for f, each in zip(factors, of, strict=True))
        sigma = observed.sigma * np.column_stack((image, image, depth))
        chi2 = (residual / sigma) ** 2
        split = (chi2[:, 0] + chi2[:, 1], chi2[:, 2])
        by_image, by_depth = student(split[0], 2)[1], student(split[1], 1)[1]
        weight = np.column_stack((by_image, by_image, by_depth)) / sigma**2
        inside = by_point.transpose(0, 2, 1) @ (weight[:, :, None] * by_point)
        inverse = points_inverse(by_track(inside, observed.track, points))[observed.track]
        leverage = weight * np.einsum("nri,nij,nrj->nr", by_point, inverse, by_point)
        before = [f.copy() for f in factors]
        for number, (squares, used) in enumerate(
            (
                (by_image * split[0], leverage[:, 0] + leverage[:, 1]),
                (by_depth * split[1], leverage[:, 2]),
            )
        ):
            groups = counts[number]
            rows = np.bincount(of[number], minlength=groups) * (2.0 if number == 0 else 1.0)
            redundancy = rows - np.bincount(of[number], used, groups)
            left = np.bincount(of[number], squares, groups)
            known = redundancy > _LEAST_REDUNDANCY
            ratio = np.where(known, left / np.maximum(redundancy, 1.0), 1.0)
            # What is laid is no surer than its floor: lenses have errors that all photos share.
            least = _LIMITS[0] if number else least_image
            factors[number] = np.clip(factors[number] * np.sqrt(ratio), least, _LIMITS[1])
        if all(np.allclose(a, b, rtol=1e-3) for a, b in zip(factors, before, strict=True)):
            break
    image, depth = (f[each] for f, each in zip(factors, of, strict=True))
    whitened = residual / (observed.sigma * np.column_stack((image, image, depth)))
    in_picture = (whitened[:, None, :2] @ observed.axes)[:, 0]
    part = _parts(observed, sensors)
    across, down = (_design_effect(each, part, of[0], counts[0]) for each in in_picture.T)
    image_alike = (across + down) / 2
    depth_alike = _design_effect(whitened[:, 2], part, of[1], counts[1])
    by_sensor = (sensors.count, IMAGE_KINDS)
    return ErrorFactors(
        image=(factors[0] * np.sqrt(image_alike)).reshape(by_sensor)[sensors.of],
        depth=(factors[1] * np.sqrt(depth_alike))[estimator],
        image_alike=image_alike.reshape(by_sensor)[sensors.of],
        depth_alike=depth_alike[estimator],
    )


def _parts(observed: Observations, sensors: Sensors) -> Array:
    """(M,) the number of the part of its photo that each observation is in."""
    part = np.floor(observed.uv / (_PART * sensors.corner[observed.photo])[:, None])
    return np.asarray((observed.photo * 1000 + part[:, 1] + 500) * 1000 + part[:, 0] + 500)


def _design_effect(whitened: Array, part: Array, kind: Ints, kinds: int) -> Array:
    """(kinds,) by what the variance of a mean of errors (M,) of a kind (M,) is larger than if each
    were its own: errors of one part (M,) of a photo are alike (Kish 1965: 1 + (n - 1) times their
    correlation)."""
    cell = np.unique(part * kinds + kind, return_inverse=True)[1]
    # Far ones say nothing of what neighbours share.
    error = np.clip(whitened, -_FAR_OUT, _FAR_OUT)
    count = np.bincount(cell)
    mean = np.bincount(cell, error) / count
    within = np.bincount(cell, (error - mean[cell]) ** 2)
    of = np.zeros(len(count), dtype=np.intp)
    of[cell] = kind
    effect = np.ones(kinds)
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
    return effect
