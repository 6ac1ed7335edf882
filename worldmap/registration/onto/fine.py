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
Bools = NDArray[np.bool_]
Rounds = tuple[tuple[float, int], ...]

# Surfaces that look elsewhere are not the same.
_ALIKE: Final = math.cos(math.radians(40.0))
_STUDENT: Final = 4.0
# Depth and lidar have no less noise.
_LEAST_SPREAD_M: Final = 0.01
_FEWEST: Final = 20 * NEIGHBOURS
# What is off in common goes on for so long: a frame, a hedge that grew; what one photo shows.
_BLOCKS_M: Final = (2.0, 4.0, 8.0)
_STEP_M: Final = 2e-4
# What pairs say of a direction in its scatter; noise says as much once in 700.
_TOLD_SIGMAS: Final = 3.0
_CLOSE_M: Final = 0.3
_LEAST_SHARE: Final = 0.1
# What a place takes of the blocks that it is laid by: a turn, a shift and a size.
_TAKEN: Final = 7
# Of a normal its upward part: ground and roofs.
_LEVEL: Final = 0.7


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """Own points (M,) that lie near the reference, how far that is from each (M, 3), and where own
    points are from the middle (M, 3); normals (2, M, 3) that the map and the reference have there,
    looking the same way; how surely both surfaces are where they are, across them (M,), how far
    what the map has in common bends it across them, of that (M,), and how many points see one
    patch (M,)."""

    own: NDArray[np.intp]
    off_m: Array
    arm: Array
    normals: Array
    sigma_m: Array
    bent_m: Array
    around: Array

    @property
    def across_m(self) -> Array:
        """(M,) how far it is across the surface."""
        normal = self.normals.sum(axis=0)
        normal /= np.linalg.norm(normal, axis=1)[:, None]
        return np.asarray((self.off_m * normal).sum(axis=1))

    @property
    def level(self) -> Bools:
        """(M,) whether they are of ground or roofs."""
        return np.asarray(np.abs(self.normals.mean(axis=0)[:, 2]) > _LEVEL)

    @property
    def spread_m(self) -> Array:
        """(M,) how far across the surface pairs are apart: beside one another as their surfaces are
        sure, in all as they are, ground and walls each by themselves; a depth map bends walls by
        what leaves the ground where it is."""
        off, level = np.abs(self.across_m) / self.sigma_m, self.level
        spread = self.sigma_m.copy()
        for kind in (level, ~level):
            if kind.any():
                spread[kind] *= 1.4826 * float(np.median(off[kind]))
        return np.maximum(spread, _LEAST_SPREAD_M)

    def weights(self) -> Array:
        """(M,) Student's, in inverse variances; neighbouring points see one patch of relief: of as
        many as it has one is independent."""
        spread = self.spread_m
        weight = (_STUDENT + 1) / (_STUDENT + (self.across_m / spread) ** 2)
        return np.asarray(weight / (self.around * spread**2))

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
    bent_m = (own.bend_m[found] * own.normal[found]).sum(axis=1)
    own_m, known_m = own.sigma_m[found], known.sigma_m[other]
    return Pairs(
        own=found,
        off_m=known.xyz[other] - moved[found],
        arm=moved[found] - place.middle - place.shift_m,
        normals=np.stack((turned[keep], sign * known.normal[other])),
        sigma_m=np.sqrt(own_m**2 + known_m**2 + bent_m**2 + _LEAST_SPREAD_M**2),
        bent_m=bent_m,
        around=np.maximum(own.around[found], known.around[other]),
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
            left = prior + (_sharpened(slope, damped) if reach_m <= _CLOSE_M else damped)
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
    (7, 7): mean square of how far a motion takes them. A direction is open where what the normals
    of map and reference say of it together is no more than by how much they differ: noise is in
    one and not in the other."""
    own, known, weight = pairs.sides()
    across = own.T @ (weight[:, None] * known)
    slope = (across + across.T) / 2
    _, ways = eigh(slope, metric + 1e-6 * np.eye(7))
    own_way, known_way = own @ ways, known @ ways
    told = (weight[:, None] * own_way * known_way).sum(axis=0)
    # Of two normals with the same noise, the mean square of half their difference squared is
    # thrice that of their product.
    noise = weight[:, None] * (own_way - known_way) ** 2 / 2
    is_told = told > _TOLD_SIGMAS * np.sqrt((pairs.around[:, None] * noise**2).sum(axis=0))
    back = np.linalg.inv(ways)
    kept = back.T @ np.diag(is_told.astype(np.float64)) @ ways.T
    scatter = _scatter(pairs, xyz)
    return Known(
        information=_positive(kept @ slope @ kept.T),
        scatter=kept @ scatter @ kept.T,
        told=ways[:, is_told],
        open=ways[:, ~is_told],
    )


def _scatter(pairs: Pairs, xyz: Array) -> Array:
    """(7, 7) of what draws the place on: of blocks of the sizes that are looked at the most, for
    what is off alike further than a block is more than its blocks say. And what bends them all
    alike, as a network draws nearer what is far, does not become less by their number; nor what
    bends one side of them, and the other the other way."""
    own, known, weight = pairs.sides()
    each = weight[:, None] * (own + known) / 2
    first, *wider = (_of_blocks(pairs, xyz, each, weight, side_m) for side_m in _BLOCKS_M)
    scatter, scale = first, np.linalg.pinv(first, hermitian=True)
    for other in wider:
        if np.trace(scale @ other) > np.trace(scale @ scatter):
            scatter = other
    bent = np.zeros((3, 7))
    sides = _sides(xyz[pairs.own, :2])
    kinds = np.unique(_block(pairs, xyz, _BLOCKS_M[0]), axis=0)[:, 3]
    for kind in (0, 1):
        points = pairs.level == kind
        if not points.any():
            continue
        found = float(np.median((pairs.spread_m / pairs.sigma_m)[points]))
        common_m = _bends(found, int((kinds == kind).sum())) * pairs.bent_m[points]
        bent += (sides[points] * common_m[:, None]).T @ each[points]
    return scatter + bent.T @ bent


def _block(pairs: Pairs, xyz: Array, side_m: float) -> NDArray[np.int64]:
    """(N, 4) in which block each is, walls and ground apart."""
    return np.column_stack((np.floor(xyz[pairs.own] / side_m), pairs.level)).astype(np.int64)


def _of_blocks(pairs: Pairs, xyz: Array, each: Array, weight: Array, side_m: float) -> Array:
    """(7, 7) A surface within a block is off as a whole, by so much of its spread as surfaces of
    its kind (walls, ground) are in all blocks: of the few that tell a direction what is left is no
    measure, as the place was laid onto them."""
    blocks, index = np.unique(_block(pairs, xyz, side_m), axis=0, return_inverse=True)
    index = index.ravel()
    pull = np.stack([np.bincount(index, column, len(blocks)) for column in each.T], axis=1)
    heavy = np.bincount(index, weight, len(blocks))
    off = np.bincount(index, weight * pairs.across_m, len(blocks)) / heavy
    spread = np.bincount(index, weight * pairs.spread_m, len(blocks)) / heavy
    independent = np.bincount(index, 1.0 / pairs.around, len(blocks))
    scatter = np.zeros((7, 7))
    for kind in (0, 1):
        rows = blocks[:, 3] == kind
        if not rows.any():
            continue
        share = independent[rows] / independent[rows].sum()
        squared = float((share * (off[rows] / spread[rows]) ** 2).sum())
        scatter += (pull[rows] * (squared * spread[rows] ** 2)[:, None]).T @ pull[rows]
    return scatter


def _sides(plan: Array) -> Array:
    """(N, 3) one, and how far along and across the whole each of the points (N, 2) is, so that the
    three have a variance of one together."""
    off = plan - plan.mean(axis=0)
    along = off @ np.linalg.svd(off.T @ off)[0]
    spread = np.maximum(np.sqrt((along**2).mean(axis=0)), 1e-9)
    return np.column_stack((np.ones(len(off)), along / spread)) / math.sqrt(3.0)


def _bends(found: float, blocks: int) -> float:
    """Of what is said of how surfaces bend by how much they do: as so many blocks of them are
    off (found), of which a turn, a shift and a size have taken seven; as said, where no block is
    left over."""
    return found * math.sqrt(blocks / (blocks - _TAKEN)) if blocks > _TAKEN else max(1.0, found)


def _sharpened(slope: Array, damped: Array) -> Array:
    """(7, 7) the slope, where it is at least a tenth of that with the noise of the normals; less is
    nothing, by which a step would have no end."""
    scale = np.sqrt(np.maximum(np.diag(damped), 1e-12))
    unit = np.outer(scale, scale)
    share, ways = eigh(slope / unit, damped / unit + 1e-9 * np.eye(7))
    back = np.linalg.inv(ways)
    return np.asarray(unit * (back.T @ np.diag(np.maximum(share, _LEAST_SHARE)) @ back))


def _positive(matrix: Array) -> Array:
    """The nearest matrix without negative eigenvalues, by scaled axes."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-12))
    value, vector = np.linalg.eigh(matrix / np.outer(scale, scale))
    kept = scale[:, None] * vector * np.sqrt(np.maximum(value, 0.0))
    return np.asarray(kept @ kept.T)
