"""Depth scales of whole pictures, from the parts of them that have features.

Features lie in clusters, and depth is off in patches: the mean over features is that of a few
patches, however many features they have, and would be surer of the picture than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle.field import ErrorField, Sampled
from worldmap.registration.bundle.linearised import Linearised, points_inverse, student
from worldmap.registration.bundle.problem import Problem
from worldmap.registration.bundle.state import LOG_SCALE, POSE
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Of a photo's corner from its middle: eight by six cells of most photos.
_CELL: Final = 0.2
# A point whose depth is this photo's own, all but a tenth, says nothing of it.
_MOST_LEVERAGE: Final = 0.9
# An estimator with fewer observations keeps the scales that it has.
_FEWEST: Final = 100
# Of so many photos the field is learnt.
_LEARNT_FROM: Final = 60
_ROUNDS: Final = 10
# Cells with so many tell how much neighbours differ.
_MANY: Final = 4
# Sigmas are those of depths that are off together; by itself each is off by no less than this.
_LEAST_FACTOR: Final = 1e-3
# The median of the square of a normal variable.
_MEDIAN_CHI2: Final = 0.4549


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PictureScales:
    """By photo (N,): what the log scale of its picture is more than that of its features, and the
    variance of that."""

    shift: Array
    variance: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Errors:
    """Of K observations: photo, place (K, 2) in corners of it from its middle, by how much its log
    depth is off from where all others have its point, the sigma of the depth and the variance of
    the point, and how much each counts for the scale that the features have."""

    photo: Ints
    place: Array
    error: Array
    sigma: Array
    of_point: Array
    weight: Array

    def rows(self, keep: NDArray[np.bool_]) -> _Errors:
        return _Errors(
            photo=self.photo[keep],
            place=self.place[keep],
            error=self.error[keep],
            sigma=self.sigma[keep],
            of_point=self.of_point[keep],
            weight=self.weight[keep],
        )


def scales_of_pictures(
    problem: Problem, linear: Linearised, views: Sequence[PhotoView]
) -> PictureScales:
    """Of photos that move and whose estimator has more than a few observations; none of others.
    linear: the observations at the solution."""
    errors = _errors(problem, linear)
    shift, variance = np.zeros(len(views)), np.zeros(len(views))
    moves = problem.free[LOG_SCALE : problem.first_lens : POSE]
    for key in sorted({v.depth_key for v in views}):
        of = np.array([v.depth_key == key and not v.waits_for for v in views]) & moves
        own = errors.rows(of[errors.photo])
        if len(own.photo) < _FEWEST:
            continue
        sampled = _sampled(own, views, problem.sensors.corner)
        chosen = list(sampled)[:: 1 + len(sampled) // _LEARNT_FROM]
        field = ErrorField.of([sampled[i] for i in chosen])
        for i, photo in sampled.items():
            rows = own.photo == i
            total = own.weight[rows].sum()
            over_picture, doubt = field.mean_over(photo)
            shift[i] = over_picture - own.weight[rows] @ own.error[rows] / total
            # The features' own doubt is in what the bundle says of the scale.
            variance[i] = max(doubt - 1.0 / total, 0.0)
    return PictureScales(shift=shift, variance=variance)


def _errors(problem: Problem, linear: Linearised) -> _Errors:
    """Deleted residuals (Belsley, Kuh & Welsch 1980): a point lies nearer to where a depth has it
    for that depth's own sake."""
    observed, inverse = problem.observed, points_inverse(linear.point)
    by_point = linear.by_point[:, 2]
    leverage = np.einsum("ni,nij,nj->n", by_point, inverse[observed.track], by_point)
    # The log scale's slope is -1, whitened.
    root = -linear.by_photo[:, 2, LOG_SCALE]
    left = np.maximum(1.0 - leverage, 1e-9)
    found = _Errors(
        photo=observed.photo,
        place=observed.uv / problem.sensors.corner[observed.photo][:, None],
        error=linear.residual[:, 2] / (root * left),
        sigma=observed.sigma[:, 2],
        of_point=leverage / (root**2 * left),
        weight=root**2 * left,
    )
    return found.rows(leverage < _MOST_LEVERAGE)


def _sampled(errors: _Errors, views: Sequence[PhotoView], corner: Array) -> dict[int, Sampled]:
    """By photo: robust means of its errors in cells that are as small as patches that neighbours
    share, and where it has depth."""
    at = np.floor(errors.place / _CELL).astype(np.int64)
    numbers = np.column_stack((errors.photo, at))
    cells, cell = np.unique(numbers, axis=0, return_inverse=True)
    cell = cell.ravel()
    count = np.bincount(cell)
    mean = np.bincount(cell, errors.error) / count
    factor = 1.0
    for _ in range(_ROUNDS):
        variance = factor * errors.sigma**2 + errors.of_point
        chi2 = (errors.error - mean[cell]) ** 2 / variance
        weight = student(chi2, 1)[1] / variance
        mean = np.bincount(cell, weight * errors.error) / np.bincount(cell, weight)
        # What neighbours differ by is theirs alone; of a mean of few they differ less.
        many = count[cell] >= _MANY
        if many.any():
            grown = count[cell[many]] / (count[cell[many]] - 1.0)
            factor *= float(np.median(chi2[many] * grown)) / _MEDIAN_CHI2
            factor = min(max(factor, _LEAST_FACTOR), 1.0)
    variance = 1.0 / np.bincount(cell, 1.0 / (factor * errors.sigma**2 + errors.of_point))
    total = np.bincount(cell, weight)
    place = np.stack([np.bincount(cell, weight * p) / total for p in errors.place.T], axis=1)
    found = {}
    for i in np.unique(cells[:, 0]).tolist():
        rows = cells[:, 0] == i
        over, share = _covered(views[i], float(corner[i]))
        if not len(over):
            over, share = place[rows], np.full(int(rows.sum()), 1.0 / rows.sum())
        found[i] = Sampled(
            place=place[rows], error=mean[rows], variance=variance[rows], over=over, share=share
        )
    return found


def _covered(view: PhotoView, corner: float) -> tuple[Array, Array]:
    """Cells (C, 2) of a photo where it has depth, and which share (C,) of that they have."""
    grid = view.features.grid_depth_m
    camera = view.features.grid_camera
    uv_px = camera.pixel_centres()[np.isfinite(grid)]
    uv = (uv_px - (camera.cx_px, camera.cy_px)) / (camera.fx_px, camera.fy_px)
    place = uv / corner
    _, cell, count = np.unique(
        np.floor(place / _CELL), axis=0, return_inverse=True, return_counts=True
    )
    cell = cell.ravel()
    middle = np.stack([np.bincount(cell, p, len(count)) / count for p in place.T], axis=1)
    return middle, count / max(len(place), 1)
