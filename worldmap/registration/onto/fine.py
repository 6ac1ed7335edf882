"""A place made better: patches onto planes, robust, held by the doubt; and what that is sure of.

Only what lies across a surface says anything. Normals are noisy, and along a wall noisy normals
seem to say where it is, and hold it there. The map's and the reference's are noisy each by itself:
of their products across, not with themselves, the noise averages out (instrumental variables;
Durbin 1954).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from worldmap.registration.onto.fit import Doubt, Fit
from worldmap.registration.onto.patches import NEIGHBOURS, Patches

Array = NDArray[np.float64]
Rounds = tuple[tuple[float, int], ...]

# Surfaces that look elsewhere are not the same.
_ALIKE: Final = math.cos(math.radians(40.0))
_STUDENT: Final = 4.0
# Depth and lidar have no less noise.
_LEAST_SPREAD_M: Final = 0.01
_FEWEST: Final = 20 * NEIGHBOURS
# What is off in common (a frame, a hedge that grew, a photo's bend) goes on for so long.
_BLOCK_M: Final = 2.0
_STEP_M: Final = 2e-4
# What blocks say of a direction in its scatter; noise says as much once in 700.
_TOLD_SIGMAS: Final = 3.0
_CLOSE_M: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """Own points (M,) that lie near the reference, how far that is from each (M, 3), and where own
    points are from the middle (M, 3); normals (2, M, 3) that the map and the reference have there,
    looking the same way."""

    own: NDArray[np.intp]
    off_m: Array
    arm: Array
    normals: Array

    @property
    def across_m(self) -> Array:
        """(M,) how far it is across the surface."""
        normal = self.normals.sum(axis=0)
        normal /= np.linalg.norm(normal, axis=1)[:, None]
        return np.asarray((self.off_m * normal).sum(axis=1))

    def weights(self) -> Array:
        """(M,) Student's, in inverse variances; neighbouring points see one patch of relief: of a
        dozen one is independent."""
        across_m = self.across_m
        spread_m = max(1.4826 * float(np.median(np.abs(across_m))), _LEAST_SPREAD_M)
        weight = (_STUDENT + 1) / (_STUDENT + (across_m / spread_m) ** 2)
        return np.asarray(weight / (NEIGHBOURS * spread_m**2))

    def sides(self) -> tuple[Array, Array, Array]:
        """(M, 7) how far across the surface a turn about the axes, a shift and a log size take each
        pair, by the map's normals and by the reference's; and the weights (M,)."""
        own, known = (
            np.column_stack((np.cross(self.arm, n), n, (self.arm * n).sum(axis=1)))
            for n in self.normals
        )
        return own, known, self.weights()

    def pulls(self) -> tuple[Array, Array, Array]:
        """What draws the place on: (M, 7) of each pair, of a turn about the axes, a shift and a log
        size; its slope (7, 7), of all; and that with the noise of the normals, which is steeper."""
        own, known, _ = self.sides()
        weight = self.weights()[:, None]
        own_m, known_m = ((self.off_m * n).sum(axis=1)[:, None] for n in self.normals)
        across = own.T @ (weight * known)
        return (
            weight * (own * known_m + known * own_m) / 2,
            (across + across.T) / 2,
            (own.T @ (weight * own) + known.T @ (weight * known)) / 2,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Known:
    """What a place is sure of, without the doubt that it was begun with: information (7, 7) of the
    pairs; scatter (7, 7): of the pull of blocks of them on it; directions (7, K) that they tell,
    and those that are open."""

    information: Array
    scatter: Array
    told: Array
    open: Array

    def covariance(self, doubt: Doubt) -> Array:
        """(7, 7) with the doubt."""
        prior = doubt.information
        bread = np.linalg.inv(self.information + prior)
        return np.asarray(bread @ (self.scatter + prior) @ bread)


def paired(own: Patches, known: Patches, place: Fit, reach_m: float) -> Pairs | None:
    """The pairs of a place; None with too few."""
    moved = place.apply(own.xyz)
    distance, nearest = known.tree.query(moved, distance_upper_bound=reach_m)
    found = np.flatnonzero(np.isfinite(distance))
    other = np.asarray(nearest)[found]
    turned = own.normal[found] @ place.rotation.T
    alike = (turned * known.normal[other]).sum(axis=1)
    keep = np.abs(alike) > _ALIKE
    if keep.sum() < _FEWEST:
        return None
    found, other = found[keep], other[keep]
    sign = np.sign(alike[keep])[:, None]
    return Pairs(
        own=found,
        off_m=known.xyz[other] - moved[found],
        arm=moved[found] - place.middle - place.shift_m,
        normals=np.stack((turned[keep], sign * known.normal[other])),
    )


def refined(
    own: Patches,
    known: Patches,
    place: Fit,
    doubt: Doubt,
    rounds: Rounds,
    *,
    within: Array | None = None,
) -> Fit | None:
    """The place after so many steps with pairs of such reach. within (7, K): directions that it may
    move in, all without. None where too little lies on the reference."""
    prior = doubt.information
    for reach_m, steps in rounds:
        for _ in range(steps):
            pairs = paired(own, known, place, reach_m)
            if pairs is None:
                return None
            pulls, slope, damped = pairs.pulls()
            # Far off a step goes too far without what noise holds; close by it is too short with.
            left = prior + (_positive(slope) if reach_m <= _CLOSE_M else damped)
            right = pulls.sum(axis=0) - prior @ place.vector
            free = np.eye(7) if within is None else within
            step: Array = free @ np.linalg.solve(free.T @ left @ free, free.T @ right)
            place = place.moved(step)
            reach = float(np.abs(pairs.arm).max())
            if np.abs(step * (reach, reach, reach, 1.0, 1.0, 1.0, reach)).max() < _STEP_M:
                break
    return place


def known_of(pairs: Pairs, xyz: Array, metric: Array) -> Known:
    """What pairs say; xyz (N, 3) of all own points, by whose place they are in blocks; metric
    (7, 7): mean square of how far a motion takes them. A direction of which blocks do not agree
    that they say something is open."""
    own, known, weight = pairs.sides()
    block = np.floor(xyz[pairs.own] / _BLOCK_M).astype(np.int64)
    _, index = np.unique(block, axis=0, return_inverse=True)
    count = int(index.max()) + 1
    slopes = np.zeros((count, 7, 7))
    across = weight[:, None, None] * own[:, :, None] * known[:, None, :]
    np.add.at(slopes, index.ravel(), (across + across.transpose(0, 2, 1)) / 2)
    pull = np.zeros((count, 7))
    np.add.at(pull, index.ravel(), pairs.pulls()[0])
    _, ways = eigh(slopes.sum(axis=0), metric + 1e-6 * np.eye(7))
    told = np.einsum("ki,bkl,li->bi", ways, slopes, ways)
    is_told = told.sum(axis=0) > _TOLD_SIGMAS * np.sqrt((told**2).sum(axis=0))
    back = np.linalg.inv(ways)
    kept = back.T @ np.diag(is_told.astype(np.float64)) @ ways.T
    scatter = pull.T @ pull * max(count, 2) / (max(count, 2) - 1)
    return Known(
        information=_positive(kept @ slopes.sum(axis=0) @ kept.T),
        scatter=kept @ scatter @ kept.T,
        told=ways[:, is_told],
        open=ways[:, ~is_told],
    )


def _positive(matrix: Array) -> Array:
    """The nearest matrix without negative eigenvalues, by scaled axes."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-12))
    value, vector = np.linalg.eigh(matrix / np.outer(scale, scale))
    kept = scale[:, None] * vector * np.sqrt(np.maximum(value, 0.0))
    return np.asarray(kept @ kept.T)
