"""The cost of a state and its normal equations, points eliminated."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from worldmap.registration.bundle.linearised import (
    Linearised,
    Pooled,
    Ties,
    by_track,
    points_inverse,
    student,
)
from worldmap.registration.bundle.residuals import PHOTO, Slopes, jacobians, residuals
from worldmap.registration.bundle.rigs import Rigs
from worldmap.registration.bundle.sensors import Sensors
from worldmap.registration.bundle.state import DEVIATION, POSE, SWAY, Observations, State
from worldmap.registration.lens import LENS
from worldmap.registration.priors import Priors, Told

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Some hundreds of depths of a photo are off together by some per cent: as if each were ten times as
# vague by itself.
_VAGUE_DEPTH = 10.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Problem:
    """What is known of the photos but what moves. spread and sway (S,): standard deviations of the
    photos' log focal lengths about their sensor's, and of how they sway. free (P,): which of the
    numbers of photos, sensors and groups move. by_leaders (P, P): how all follow where photos move
    as one; None where none do."""

    observed: Observations
    sensors: Sensors
    priors: Priors
    spread: Array
    sway: Array
    free: NDArray[np.bool_]
    rigs: Rigs
    by_leaders: sparse.csr_array | None = field(init=False)
    into_photos: sparse.csr_array = field(init=False)
    ties: Ties = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "into_photos", _into_photos(self.sensors))
        rigid = self.rigs.spread(self.size) if self.rigs.follows.any() else None
        object.__setattr__(self, "by_leaders", rigid)
        object.__setattr__(self, "ties", Ties.of(self.observed, len(self.sensors.of)))

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
        image, depth = self.observed.chi2(residuals(state, self.observed, self.sensors))
        cost = student(image, 2)[0].sum() + student(depth, 1)[0].sum()
        cost += (state.far_bias**2).sum()
        cost += ((state.sway / self.sway[self.sensors.of][:, None]) ** 2).sum()
        cost += student((state.deviation / self.spread[self.sensors.of]) ** 2, 1)[0].sum()
        cost += (((state.lens - self.sensors.mean) / self.sensors.sigma) ** 2).sum()
        cost += ((state.offset / self.priors.offset_sigma_m[:, None]) ** 2).sum()
        return float(cost) + sum(told.cost() for told in self._told(state))

    def normal(self, state: State) -> Normal:
        """The normal equations of half the cost at a state."""
        linear, inner = self.linearised(state), self.into_photos.shape[1]
        own, pull = linear.own(self.ties)
        matrix, gradient = np.zeros((self.size, self.size)), np.zeros(self.size)
        matrix[:inner, :inner] = (self.into_photos.T @ (own @ self.into_photos)).toarray()
        gradient[:inner] = self.into_photos.T @ pull
        self._add_priors(state, matrix, gradient)
        self._add_tags(state, matrix, gradient)
        return Normal(problem=self, linear=linear, matrix=matrix, gradient=gradient)

    def posterior(self, state: State, pooled: Pooled | None = None) -> Posterior:
        """What is known of all that moves, at a state of (nearly) least cost; pooled: what its
        observations say there of photos and lenses, where that is known."""
        pooled = pooled or self.linearised(state).pooled(self.ties)
        into, inner = self.into_photos, self.into_photos.shape[1]
        matrix, gradient = np.zeros((self.size, self.size)), np.zeros(self.size)
        matrix[:inner, :inner] = into.T @ np.asarray(into.T @ pooled.matrix).T
        gradient[:inner] = into.T @ pooled.gradient
        self._add_priors(state, matrix, gradient)
        self._add_tags(state, matrix, gradient)
        reduced, right = self.moving(matrix, -gradient)
        covariance, step = np.zeros((self.size, self.size)), np.zeros(self.size)
        inverse = np.linalg.inv(reduced)
        covariance[np.ix_(self.free, self.free)] = (inverse + inverse.T) / 2
        step[self.free] = inverse @ right
        if self.by_leaders is not None:
            covariance = np.asarray(self.by_leaders @ (self.by_leaders @ covariance).T)
            step = np.asarray(self.by_leaders @ step).ravel()
        return Posterior(covariance=covariance, step=step)

    def pooled_by_pictures(self, state: State, slopes: Slopes | None = None) -> Pooled:
        """What pictures say of photos and lenses, of depth no more than holds scales: by which to
        ask how cameras differ from what is taken of them. Depth that bends over the photo, as that
        of networks does, looks like another lens to who believes it, and hundreds of depths that
        bend together look sure. slopes: of the residuals at the state, where they are known.
        """
        photos = len(self.sensors.of)
        vague = self.observed.weighed(np.ones((photos, 2)), np.full(photos, _VAGUE_DEPTH))
        slopes = slopes or jacobians(state, self.observed, self.sensors)
        return Linearised.of(slopes, vague, len(state.point)).pooled(self.ties)

    def linearised(self, state: State) -> Linearised:
        """The observations about a state."""
        slopes = jacobians(state, self.observed, self.sensors)
        return Linearised.of(slopes, self.observed, len(state.point))

    def moving(self, matrix: Array, right: Array) -> tuple[Array, Array]:
        """Equations of all numbers as those of what moves."""
        rigid, free = self.by_leaders, self.free
        if rigid is not None:
            matrix, right = np.asarray(rigid.T @ (rigid.T @ matrix).T), rigid.T @ right
        return matrix[np.ix_(free, free)], right[free]

    def _add_priors(self, state: State, matrix: Array, gradient: Array) -> None:
        photos = POSE * np.arange(len(state.centre))
        matrix[photos + 7, photos + 7] += 1.0
        gradient[photos + 7] += state.far_bias
        spread = self.spread[self.sensors.of]
        tight = student((state.deviation / spread) ** 2, 1)[1] / spread**2
        matrix[photos + DEVIATION, photos + DEVIATION] += tight
        gradient[photos + DEVIATION] += tight * state.deviation
        sway = photos[:, None] + np.arange(POSE)[SWAY]
        steady = (self.sway[self.sensors.of] ** -2.0)[:, None]
        matrix[sway, sway] += steady
        gradient[sway] += steady * state.sway
        lens = self.first_lens + np.arange(state.lens.size)
        precision = 1.0 / self.sensors.sigma.ravel() ** 2
        matrix[lens, lens] += precision
        gradient[lens] += precision * (state.lens - self.sensors.mean).ravel()

    def levelled(self, state: State) -> Priors:
        """The priors with levels as sure as they agree at a state."""
        return self.priors.levelled(state.rotation, self._off_lens(state))

    def _off_lens(self, state: State) -> Array:
        """(N, 5) by what photos' lenses differ from their tags'."""
        own = self.sensors.lenses(state.lens, state.deviation)
        return np.asarray((self.sensors.lens_by_numbers @ own[:, :, None])[:, :, 0])

    def _told(self, state: State) -> list[Told]:
        return self.priors.told(
            state.rotation, state.centre, state.log_scale, state.offset, self._off_lens(state)
        )

    def _add_tags(self, state: State, matrix: Array, gradient: Array) -> None:
        offset = self.first_offset + np.arange(3 * self.priors.offsets)
        precision = np.repeat(self.priors.offset_sigma_m, 3) ** -2.0
        matrix[offset, offset] += precision
        gradient[offset] += precision * state.offset.ravel()
        # Where no tag tells the heading it comes out open, by half a turn, instead of singular.
        up = state.rotation[0, 2]
        matrix[:3, :3] += np.outer(up, up) / np.pi**2
        by_numbers = self.sensors.lens_by_numbers
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
                if told.by_lens is not None:
                    by_lens = told.by_lens[index] @ by_numbers[index]
                    sensor = self.first_lens + LENS * int(self.sensors.of[index])
                    own = (POSE * int(index) + DEVIATION, *range(sensor, sensor + LENS))
                    at = np.concatenate((at, own))
                    jacobian = np.hstack((jacobian, by_lens[:, :1], by_lens))
                matrix[np.ix_(at, at)] += weight[index] * jacobian.T @ jacobian
                gradient[at] += weight[index] * jacobian.T @ residual[index]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posterior:
    """covariance (P, P) of the numbers of photos, sensors and groups, points marginal, zero where
    nothing moves; step (P,) from the state at which it was taken to the least cost."""

    covariance: Array
    step: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Normal:
    """The normal equations: matrix (P, P) of photos, sensors and groups, gradient (P,), and what
    they are from."""

    problem: Problem
    linear: Linearised
    matrix: Array
    gradient: Array

    def reduced(self, damping: float) -> tuple[Array, Array, Array]:
        """The equations of what moves besides the points, these eliminated: matrix, right side,
        and the damped points' inverses."""
        inverse = points_inverse(self.linear.point, damping)
        filled, pulled = self.linear.taken_up(self.problem.ties, inverse)
        into = self.problem.into_photos
        inner = into.shape[1]
        right = -self.gradient
        right[:inner] += into.T @ pulled
        matrix = self.matrix.copy()
        index = np.arange(len(matrix))
        matrix[index, index] += damping * self.matrix[index, index]
        matrix[:inner, :inner] -= into.T @ np.asarray(into.T @ filled.T).T
        return (*self.problem.moving(matrix, right), inverse)

    def point_step(self, step: Array, inverse: Array) -> Array:
        """(K, 3) how the points follow a step (P,) of all else."""
        into, linear = self.problem.into_photos, self.linear
        photos = (into @ step[: into.shape[1]]).reshape(-1, PHOTO)
        moved = linear.by_photo @ photos[self.problem.observed.photo][:, :, None]
        drag = (linear.by_point.transpose(0, 2, 1) @ moved)[:, :, 0]
        back = linear.point_gradient + by_track(drag, linear.track, len(inverse))
        return np.asarray(-np.einsum("kij,kj->ki", inverse, back))


def _into_photos(sensors: Sensors) -> sparse.csr_array:
    """(16 N, 12 N + 5 S) how what observations depend on follows from photos and sensors."""
    photos = len(sensors.of)
    number = np.arange(photos)
    rows, columns = [], []
    for k in range(POSE):
        rows.append(PHOTO * number + k)
        columns.append(POSE * number + k)
    for k in range(LENS):
        rows.append(PHOTO * number + DEVIATION + k)
        columns.append(POSE * photos + LENS * sensors.of + k)
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (PHOTO * photos, POSE * photos + LENS * sensors.count)
    return sparse.coo_array((np.ones(len(row)), (row, column)), shape=shape).tocsr()
