"""The cost of a state and its normal equations, points eliminated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from worldmap.registration.bundle.residuals import PHOTO, jacobians, residuals
from worldmap.registration.bundle.rigs import Rigs
from worldmap.registration.bundle.sensors import LENS, Sensors
from worldmap.registration.bundle.state import DEVIATION, POSE, SWAY, Observations, State
from worldmap.registration.priors import Priors, Told

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Errors of features and depths have heavy tails: Student's t with so many degrees of freedom, whose
# weights come with their scale (Lange, Little & Taylor, JASA 84, 1989).
FREEDOM = 4.0
# Some hundreds of depths of a photo are off together by some per cent: as if each were ten times as
# vague by itself.
_VAGUE_DEPTH = 10.0


def student(chi2: Array, dimension: int) -> tuple[Array, Array]:
    """Student's cost (twice the negative log-likelihood) and weight of a squared residual in
    sigmas of a vector of so many dimensions."""
    scaled = chi2 / FREEDOM
    return (FREEDOM + dimension) * np.log1p(scaled), (1 + dimension / FREEDOM) / (1.0 + scaled)


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
    rigs: Rigs | None = None
    by_leaders: sparse.csr_array | None = field(init=False)
    into_photos: sparse.csr_array = field(init=False)
    ties: _Ties = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "into_photos", _into_photos(self.sensors))
        rigid = None
        if self.rigs is not None and self.rigs.follows.any():
            rigid = self.rigs.spread(self.size)
        object.__setattr__(self, "by_leaders", rigid)
        object.__setattr__(self, "ties", _Ties.of(self.observed, len(self.sensors.of)))

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
        cost += ((state.sway / self.sway[self.sensors.of][:, None]) ** 2).sum()
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
        root = np.sqrt(np.column_stack((image, image, depth))) / observed.sigma
        residual, by_photo = root * residual, root[:, :, None] * by_photo
        by_point = root[:, :, None] * by_point
        inner = self.into_photos.shape[1]
        own, pull = self._own(by_photo, residual)
        matrix, gradient = np.zeros((self.size, self.size)), np.zeros(self.size)
        matrix[:inner, :inner] = (self.into_photos.T @ (own @ self.into_photos)).toarray()
        gradient[:inner] = self.into_photos.T @ pull
        self._add_priors(state, matrix, gradient)
        self._add_tags(state, matrix, gradient)
        turned = by_point.transpose(0, 2, 1)
        drag = (turned @ residual[:, :, None])[:, :, 0]
        return Normal(
            problem=self,
            matrix=matrix,
            gradient=gradient,
            by_photo=by_photo,
            by_point=by_point,
            point=by_track(turned @ by_point, observed.track, points),
            point_gradient=by_track(drag, observed.track, points),
        )

    def posterior(self, state: State) -> Posterior:
        """What is known of all that moves, at a state of (nearly) least cost."""
        reduced, right, _ = self.normal(state).reduced(0.0)
        covariance, step = np.zeros((self.size, self.size)), np.zeros(self.size)
        inverse = np.linalg.inv(reduced)
        covariance[np.ix_(self.free, self.free)] = (inverse + inverse.T) / 2
        step[self.free] = inverse @ right
        if self.by_leaders is not None:
            covariance = np.asarray(self.by_leaders @ (self.by_leaders @ covariance).T)
            step = np.asarray(self.by_leaders @ step).ravel()
        return Posterior(covariance=covariance, step=step)

    def of_pictures(self) -> Problem:
        """The same with depth that holds scales and little more, by which to ask how cameras differ
        from what is taken of them: depth that bends over the photo, as that of networks does, looks
        like another lens to who believes it, and hundreds of depths that bend together look sure.
        """
        photos = len(self.sensors.of)
        vague = self.observed.weighed(np.ones((photos, 2)), np.full(photos, _VAGUE_DEPTH))
        return replace(self, observed=vague)

    def _own(self, by_photo: Array, residual: Array) -> tuple[sparse.bsr_array, Array]:
        """Each photo's block (16 N, 16 N) on the diagonal, points aside, and its gradient."""
        blocks, pull = [], []
        for a, b in pairwise(self.ties.ends):
            rows = by_photo[a:b].reshape(-1, PHOTO)
            blocks.append(rows.T @ rows)
            pull.append(rows.T @ residual[a:b].ravel())
        count = len(blocks)
        own = sparse.bsr_array(
            (np.stack(blocks), np.arange(count), np.arange(count + 1)), shape=(PHOTO * count,) * 2
        )
        return own, np.concatenate(pull)

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

    def levelled(self, state: State) -> Problem:
        """With levels as sure as they agree at a state."""
        return replace(self, priors=self.priors.levelled(state.rotation, self._off_lens(state)))

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


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """Which observations share a point: those in `left` with those in `right`, ordered by their
    photos, of which each two have the rows from `first` to the next; ends (N + 1,) of the
    observations of each photo."""

    ends: Ints
    left: Ints
    right: Ints
    first: Ints
    photos: Ints

    @classmethod
    def of(cls, observed: Observations, photos: int) -> _Ties:
        """Of observations that are sorted by photo."""
        order = np.argsort(observed.track, kind="stable")
        track = observed.track[order]
        left, right = [order], [order]
        for apart in range(1, len(order)):
            same = np.flatnonzero(track[apart:] == track[:-apart])
            if not len(same):
                break
            left.append(order[same])
            right.append(order[same + apart])
        one, other = np.concatenate(left), np.concatenate(right)
        key = observed.photo[one] * photos + observed.photo[other]
        by_photos = np.argsort(key, kind="stable")
        found, first = np.unique(key[by_photos], return_index=True)
        return cls(
            ends=np.searchsorted(observed.photo, np.arange(photos + 1)),
            left=one[by_photos],
            right=other[by_photos],
            first=np.append(first, len(key)),
            photos=np.column_stack((found // photos, found % photos)),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Normal:
    """The normal equations: matrix (P, P) of photos, sensors and groups, gradient (P,); the
    whitened slopes of each observation by its photo (M, 3, 16) and its point (M, 3, 3); those of
    the points, point (K, 3, 3) and point_gradient (K, 3)."""

    problem: Problem
    matrix: Array
    gradient: Array
    by_photo: Array
    by_point: Array
    point: Array
    point_gradient: Array

    def reduced(self, damping: float) -> tuple[Array, Array, Array]:
        """The equations of what moves besides the points, these eliminated (Triggs et al. 2000,
        section 6.1): matrix, right side, and the damped points' inverses."""
        ties, track = self.problem.ties, self.problem.observed.track
        inverse = points_inverse(self.point, damping)
        through = self.by_point @ inverse[track]
        right = -self.gradient
        into = self.problem.into_photos
        inner = into.shape[1]
        drag = (through @ self.point_gradient[track][:, :, None])[:, :, 0]
        pulled = [
            self.by_photo[a:b].reshape(-1, PHOTO).T @ drag[a:b].ravel()
            for a, b in pairwise(ties.ends)
        ]
        right[:inner] += into.T @ np.concatenate(pulled)
        # What a photo's observation does to its point, and the point's to the photos that see it.
        left = through.transpose(0, 2, 1) @ self.by_photo
        back = self.by_point.transpose(0, 2, 1) @ self.by_photo
        size = into.shape[0]
        filled = np.zeros((size, size))
        for (one, other), (a, b) in zip(ties.photos, pairwise(ties.first), strict=True):
            block = left[ties.left[a:b]].reshape(-1, PHOTO).T @ back[ties.right[a:b]].reshape(
                -1, PHOTO
            )
            at, to = (
                slice(PHOTO * one, PHOTO * one + PHOTO),
                slice(PHOTO * other, PHOTO * other + PHOTO),
            )
            filled[at, to] += block
            if one != other:
                filled[to, at] += block.T
        matrix = self.matrix.copy()
        index = np.arange(len(matrix))
        matrix[index, index] += damping * self.matrix[index, index]
        matrix[:inner, :inner] -= into.T @ np.asarray(into.T @ filled.T).T
        rigid = self.problem.by_leaders
        if rigid is not None:
            matrix, right = np.asarray(rigid.T @ (rigid.T @ matrix).T), rigid.T @ right
        free = self.problem.free
        return matrix[np.ix_(free, free)], right[free], inverse

    def point_step(self, step: Array, inverse: Array) -> Array:
        """(K, 3) how the points follow a step (P,) of all else."""
        into, observed = self.problem.into_photos, self.problem.observed
        photos = (into @ step[: into.shape[1]]).reshape(-1, PHOTO)
        moved = self.by_photo @ photos[observed.photo][:, :, None]
        drag = (self.by_point.transpose(0, 2, 1) @ moved)[:, :, 0]
        back = self.point_gradient + by_track(drag, observed.track, len(inverse))
        return np.asarray(-np.einsum("kij,kj->ki", inverse, back))


def points_inverse(point: Array, damping: float = 0.0) -> Array:
    """(K, 3, 3) inverses of the points' own normal equations, held by no more than rounding needs:
    what holds the points holds all photos where they are."""
    diagonal = np.einsum("kii->ki", point)
    held = damping * diagonal + 1e-14 * (1 + diagonal)
    return np.asarray(np.linalg.inv(point + np.einsum("ki,ij->kij", held, np.eye(3))))


def by_track(values: Array, track: Ints, points: int) -> Array:
    """Sums (K, ...) over the observations (M, ...) of each point."""
    flat = values.reshape(len(values), -1)
    total = np.stack([np.bincount(track, column, points) for column in flat.T], axis=1)
    return np.asarray(total.reshape(points, *values.shape[1:]), dtype=np.float64)


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
