"""What the photos' observations say about a state, as linear equations of what they depend on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from worldmap.registration.bundle.residuals import PHOTO, Slopes
from worldmap.registration.bundle.state import Observations

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Errors of features and depths have heavy tails: Student's t with so many degrees of freedom, whose
# weights come with their scale (Lange, Little & Taylor, JASA 84, 1989).
FREEDOM = 4.0


def student(chi2: Array, dimension: int) -> tuple[Array, Array]:
    """Student's cost (twice the negative log-likelihood) and weight of a squared residual in
    sigmas of a vector of so many dimensions."""
    scaled = chi2 / FREEDOM
    return (FREEDOM + dimension) * np.log1p(scaled), (1 + dimension / FREEDOM) / (1.0 + scaled)


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """Which observations share a point: those in `left` with those in `right`, ordered by their
    photos, of which each two have the rows from `first` to the next; ends (N + 1,) of the
    observations of each photo."""

    ends: Ints
    left: Ints
    right: Ints
    first: Ints
    photos: Ints

    @classmethod
    def of(cls, observed: Observations, photos: int) -> Ties:
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
class Pooled:
    """What observations say of photos and lenses, points marginal, at a state: matrix (16 N, 16 N)
    and gradient (16 N,) of half the cost. It does not matter of which sensor each photo is."""

    matrix: Array
    gradient: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Linearised:
    """The observations about a state: whitened residuals (M, 3) and their slopes by the photo
    (M, 3, 16) and the point (M, 3, 3) of each; the normal equations of the points alone, point
    (K, 3, 3) and point_gradient (K, 3)."""

    track: Ints
    by_photo: Array
    by_point: Array
    residual: Array
    point: Array
    point_gradient: Array

    @classmethod
    def of(cls, slopes: Slopes, observed: Observations, points: int) -> Linearised:
        """Of half the cost where the observations have these slopes."""
        residual, by_photo, by_point = slopes
        in_image, in_depth = observed.chi2(residual)
        image, depth = student(in_image, 2)[1], student(in_depth, 1)[1]
        root = np.sqrt(np.column_stack((image, image, depth))) / observed.sigma
        residual, by_photo = root * residual, root[:, :, None] * by_photo
        by_point = root[:, :, None] * by_point
        turned = by_point.transpose(0, 2, 1)
        drag = (turned @ residual[:, :, None])[:, :, 0]
        return cls(
            track=observed.track,
            by_photo=by_photo,
            by_point=by_point,
            residual=residual,
            point=by_track(turned @ by_point, observed.track, points),
            point_gradient=by_track(drag, observed.track, points),
        )

    def own(self, ties: Ties) -> tuple[sparse.bsr_array, Array]:
        """Each photo's block (16 N, 16 N) on the diagonal, points aside, and its gradient."""
        blocks, pull = [], []
        for a, b in pairwise(ties.ends):
            rows = self.by_photo[a:b].reshape(-1, PHOTO)
            blocks.append(rows.T @ rows)
            pull.append(rows.T @ self.residual[a:b].ravel())
        count = len(blocks)
        own = sparse.bsr_array(
            (np.stack(blocks), np.arange(count), np.arange(count + 1)), shape=(PHOTO * count,) * 2
        )
        return own, np.concatenate(pull)

    def taken_up(self, ties: Ties, inverse: Array) -> tuple[Array, Array]:
        """What points take up of that where they follow (Triggs et al. 2000, section 6.1), by the
        inverses (K, 3, 3) of their equations: (16 N, 16 N) and (16 N,)."""
        through = self.by_point @ inverse[self.track]
        drag = (through @ self.point_gradient[self.track][:, :, None])[:, :, 0]
        pulled = [
            self.by_photo[a:b].reshape(-1, PHOTO).T @ drag[a:b].ravel()
            for a, b in pairwise(ties.ends)
        ]
        # What a photo's observation does to its point, and the point's to the photos that see it.
        left = through.transpose(0, 2, 1) @ self.by_photo
        back = self.by_point.transpose(0, 2, 1) @ self.by_photo
        size = PHOTO * (len(ties.ends) - 1)
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
        return filled, np.concatenate(pulled)

    def pooled(self, ties: Ties) -> Pooled:
        """What is left of it with the points marginal."""
        own, pull = self.own(ties)
        filled, pulled = self.taken_up(ties, points_inverse(self.point))
        return Pooled(matrix=own.toarray() - filled, gradient=pull - pulled)


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
