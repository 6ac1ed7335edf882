"""The cost of a state and its normal equations, points eliminated."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from worldmap.registration.bundle.residuals import PHOTO, jacobians, residuals
from worldmap.registration.bundle.sensors import LENS, Sensors
from worldmap.registration.bundle.state import POSE, Observations, State
from worldmap.registration.priors import Priors, Told

Array = NDArray[np.float64]

# Errors of features and depths have heavy tails: Student's t with so many degrees of freedom, whose
# weights come with their scale (Lange, Little & Taylor, JASA 84, 1989).
FREEDOM = 4.0


def student(chi2: Array, dimension: int) -> tuple[Array, Array]:
    """Student's cost (twice the negative log-likelihood) and weight of a squared residual in
    sigmas of a vector of so many dimensions."""
    scaled = chi2 / FREEDOM
    return (FREEDOM + dimension) * np.log1p(scaled), (1 + dimension / FREEDOM) / (1.0 + scaled)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Problem:
    """What is known of the photos but what moves. spread (S,): standard deviation of the photos'
    log focal lengths about their sensor's. free (P,): which of the numbers of photos, sensors and
    groups move."""

    observed: Observations
    sensors: Sensors
    priors: Priors
    spread: Array
    free: NDArray[np.bool_]
    into_photos: sparse.csr_array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "into_photos", _into_photos(self.sensors))

    @property
    def first_lens(self) -> int:
        """Where the sensors' numbers begin."""
        return POSE * len(self.sensors.of)

    @property
    def first_offset(self) -> int:
        """Where the groups' numbers begin."""
        return self.first_lens + LENS * self.sensors.count

    @property
    def size(self) -> int:
        """How many numbers photos, sensors and groups have."""
        return self.first_offset + 3 * self.priors.offsets

    def cost(self, state: State) -> float:
        """Twice the negative log-likelihood, but for a constant."""
        whitened = (residuals(state, self.observed, self.sensors) / self.observed.sigma) ** 2
        cost = student(whitened[:, 0] + whitened[:, 1], 2)[0].sum()
        cost += student(whitened[:, 2], 1)[0].sum()
        cost += (state.far_bias**2).sum()
        cost += student((state.deviation / self.spread[self.sensors.of]) ** 2, 1)[0].sum()
        cost += (((state.lens - self.sensors.mean) / self.sensors.sigma) ** 2).sum()
        cost += ((state.offset / self.priors.offset_sigma_m[:, None]) ** 2).sum()
        return float(cost) + sum(told.cost() for told in self._told(state))

    def normal(self, state: State) -> Normal:
        """The normal equations of half the cost at a state."""
        observed, points = self.observed, len(state.point)
        residual, by_photo, by_point = jacobians(state, observed, self.sensors)
        whitened = (residual / observed.sigma) ** 2
        image = student(whitened[:, 0] + whitened[:, 1], 2)[1]
        depth = student(whitened[:, 2], 1)[1]
        weight = np.column_stack((image, image, depth)) / observed.sigma**2
        weighted = (weight[:, :, None] * by_photo).transpose(0, 2, 1)
        ends = np.searchsorted(observed.photo, np.arange(len(state.centre) + 1))
        blocks = _summed(weighted @ by_photo, ends)
        pull = _summed((weighted @ residual[:, :, None])[:, :, 0], ends)
        spread = sparse.bsr_array(
            (blocks, np.arange(len(blocks)), np.arange(len(blocks) + 1)),
            shape=(PHOTO * len(blocks),) * 2,
        )
        matrix = np.zeros((self.size, self.size))
        gradient = np.zeros(self.size)
        inner = self.into_photos.shape[1]
        matrix[:inner, :inner] = (self.into_photos.T @ (spread @ self.into_photos)).toarray()
        gradient[:inner] = self.into_photos.T @ pull.ravel()
        self._add_priors(state, matrix, gradient)
        self._add_tags(state, matrix, gradient)
        heavy = (weight[:, :, None] * by_point).transpose(0, 2, 1)
        flat = (heavy @ by_point).reshape(-1, 9)
        point = np.stack([np.bincount(observed.track, flat[:, k], points) for k in range(9)], 1)
        drag = (heavy @ residual[:, :, None])[:, :, 0]
        point_gradient = np.stack(
            [np.bincount(observed.track, drag[:, k], points) for k in range(3)], axis=1
        )
        return Normal(
            problem=self,
            matrix=matrix,
            gradient=gradient,
            across=weighted @ by_point,
            ends=ends,
            point=point.reshape(-1, 3, 3).astype(np.float64),
            point_gradient=point_gradient.astype(np.float64),
        )

    def _add_priors(self, state: State, matrix: Array, gradient: Array) -> None:
        photos = POSE * np.arange(len(state.centre))
        matrix[photos + 7, photos + 7] += 1.0
        gradient[photos + 7] += state.far_bias
        spread = self.spread[self.sensors.of]
        tight = student((state.deviation / spread) ** 2, 1)[1] / spread**2
        matrix[photos + 8, photos + 8] += tight
        gradient[photos + 8] += tight * state.deviation
        lens = self.first_lens + np.arange(state.lens.size)
        precision = 1.0 / self.sensors.sigma.ravel() ** 2
        matrix[lens, lens] += precision
        gradient[lens] += precision * (state.lens - self.sensors.mean).ravel()

    def _told(self, state: State) -> list[Told]:
        return self.priors.told(state.rotation, state.centre, state.log_scale, state.offset)

    def _add_tags(self, state: State, matrix: Array, gradient: Array) -> None:
        offset = self.first_offset + np.arange(3 * self.priors.offsets)
        precision = np.repeat(self.priors.offset_sigma_m, 3) ** -2.0
        matrix[offset, offset] += precision
        gradient[offset] += precision * state.offset.ravel()
        # Where no tag tells the heading it comes out open, by half a turn, instead of singular.
        up = state.rotation[0, 2]
        matrix[:3, :3] += np.outer(up, up) / np.pi**2
        for told in self._told(state):
            weight, residual = told.weight(), np.nan_to_num(told.residual)
            for index in np.flatnonzero(weight):
                # Turn, centre and log scale, and the offset that the photo shares.
                at = POSE * int(index) + np.arange(7)
                jacobian = told.by_pose[index]
                group = int(self.priors.offset_group[index])
                if group >= 0:
                    at = np.concatenate((at, self.first_offset + 3 * group + np.arange(3)))
                else:
                    jacobian = jacobian[:, :7]
                matrix[np.ix_(at, at)] += weight[index] * jacobian.T @ jacobian
                gradient[at] += weight[index] * jacobian.T @ residual[index]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Normal:
    """The normal equations: matrix (P, P) of photos, sensors and groups; across (M, 13, 3) what
    ties each photo to each of its points, whose rows in `ends` (N + 1,) are those of one photo;
    point (K, 3, 3); gradient (P,) and point_gradient (K, 3)."""

    problem: Problem
    matrix: Array
    gradient: Array
    across: Array
    ends: NDArray[np.intp]
    point: Array
    point_gradient: Array

    def reduced(self, damping: float) -> tuple[Array, Array, Array]:
        """The equations of what moves besides the points, these eliminated (Triggs et al. 2000,
        section 6.1): matrix, right side, and the damped points' inverses."""
        diagonal = np.einsum("kii->ki", self.point)
        # No more than rounding needs: what holds the points holds all photos where they are.
        held = damping * diagonal + 1e-14 * (1 + diagonal)
        inverse = np.linalg.inv(self.point + np.einsum("ki,ij->kij", held, np.eye(3)))
        through = self._tied(self.across @ inverse[self.problem.observed.track])
        into = self.problem.into_photos
        inner = into.shape[1]
        matrix = self.matrix.copy()
        index = np.arange(len(matrix))
        matrix[index, index] += damping * self.matrix[index, index]
        filled = (through @ self._tied(self.across).T).toarray()
        matrix[:inner, :inner] -= into.T @ np.asarray(into.T @ filled.T).T
        right = -self.gradient
        right[:inner] += into.T @ (through @ self.point_gradient.ravel())
        free = self.problem.free
        return matrix[np.ix_(free, free)], right[free], inverse

    def point_step(self, step: Array, inverse: Array) -> Array:
        """(K, 3) how the points follow a step (P,) of all else."""
        into = self.problem.into_photos
        tied = self._tied(self.across).T @ (into @ step[: into.shape[1]])
        back = self.point_gradient + tied.reshape(-1, 3)
        return np.asarray(-np.einsum("kij,kj->ki", inverse, back))

    def _tied(self, blocks: Array) -> sparse.bsr_array:
        photos, points = len(self.ends) - 1, len(self.point)
        return sparse.bsr_array(
            (blocks, self.problem.observed.track, self.ends), shape=(PHOTO * photos, 3 * points)
        )


def _summed(values: Array, ends: NDArray[np.intp]) -> Array:
    """Sums (N, ...) over the rows of each photo."""
    return np.stack([values[a:b].sum(axis=0) for a, b in pairwise(ends)])


def _into_photos(sensors: Sensors) -> sparse.csr_array:
    """(13 N, 9 N + 5 S) by which what an observation depends on follows from photos and sensors."""
    photos = len(sensors.of)
    number = np.arange(photos)
    rows, columns = [], []
    for k in range(POSE):
        rows.append(PHOTO * number + k)
        columns.append(POSE * number + k)
    for k in range(LENS):
        rows.append(PHOTO * number + POSE - 1 + k)
        columns.append(POSE * photos + LENS * sensors.of + k)
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (PHOTO * photos, POSE * photos + LENS * sensors.count)
    return sparse.coo_array((np.ones(len(row)), (row, column)), shape=shape).tocsr()
