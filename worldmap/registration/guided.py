"""Matches that a solution shows the way to: a feature of one photo looked for only where it must
lie in another.

Matching blind, a feature has to be unlike all others of the other photo, and where façades repeat
themselves few are. Once poses, lenses and scales are known its depth says where in the other photo
it is, on a short piece of one line, and there it has to be unlike few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from worldmap.camera import Camera
from worldmap.frames import Similarity
from worldmap.records import Features, PairRegistration

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# 99 % of chi-squared variables with two degrees of freedom and, of depth, with one. With
# the tails that bundle adjustment allows (Student's) more rivals come in than right ones: a real
# street is off by 0.17 m instead of 0.14 m.
_CHI2_PLACE: Final = 9.21
_CHI2_DEPTH: Final = 6.63
# Further along its line a feature has as many rivals as without any line.
_REACH_REL: Final = 0.1
_LEAST_DEPTH_M: Final = 0.1
# Descriptors that are further apart than this share of those of verified matches are of something
# else.
_LIKE: Final = 0.98
_FEWEST: Final = 20


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlacedFeatures:
    """One photo's features where a solution puts them: enu_from_cam with its depth scale inside,
    its camera with the solved lens, the sigma of a feature in its pixels, and how many times
    further its depths are off than they say."""

    features: Features
    camera: Camera
    enu_from_cam: Similarity
    sigma_px: float
    depth_factor: float = 1.0

    @property
    def depth_sigma_rel(self) -> Array:
        """(K,) of each feature's depth beside those of the same photo."""
        return self.depth_factor * self.features.depth_sigma_rel.astype(np.float64)


def guided_matches(
    placed: Mapping[int, PlacedFeatures], pairs: Sequence[PairRegistration], ratio: float
) -> dict[tuple[int, int], NDArray[np.int32]]:
    """By pair the rows (K, 2) of features with depth that lie where each other's depth puts them,
    are nearest to each other of all that do, by that ratio to the second (Lowe 2004), and are as
    alike as those that the pairs were verified by. Those of pairs that share no kind of features,
    or whose photos are not placed, are left out."""
    shared = [
        p
        for p in pairs
        if p.photo_a in placed
        and p.photo_b in placed
        and placed[p.photo_a].features.kind == placed[p.photo_b].features.kind
    ]
    alike = _like_enough(placed, shared)
    if not np.isfinite(alike):
        return {}
    rows = {i: _rows(placed[i].features) for pair in shared for i in pair.key}
    trees = {
        (i, plane): KDTree(placed[i].features.uv_px[rows[i][plane]].astype(np.float64))
        for i in rows
        for plane in (0, 1)
    }
    found = {}
    for pair in shared:
        parts = [np.zeros((0, 2), dtype=np.intp)]
        for plane in (0, 1):
            a, b = (_Side(placed[i], rows[i][plane], trees[i, plane]) for i in pair.key)
            if len(a.rows) and len(b.rows):
                parts.append(_mutual(a, b, ratio, alike))
        found[pair.key] = np.concatenate(parts).astype(np.int32)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Some of a photo's features, by their rows, and where they lie."""

    photo: PlacedFeatures
    rows: Ints
    tree: KDTree


def _rows(features: Features) -> tuple[Ints, Ints]:
    """Those with depth, found in the photo and found on its planes."""
    lifted = np.isfinite(features.xyz_cam[:, 2])
    return np.flatnonzero(lifted & ~features.on_plane), np.flatnonzero(lifted & features.on_plane)


def _like_enough(placed: Mapping[int, PlacedFeatures], pairs: Sequence[PairRegistration]) -> float:
    """The distance between descriptors that nearly all verified matches keep; infinite where these
    are too few to tell."""
    far = [
        _apart(placed[p.photo_a].features, placed[p.photo_b].features, *p.inlier_index.T)
        for p in pairs
    ]
    every = np.concatenate(far) if far else np.zeros(0)
    return float(np.quantile(every, _LIKE)) if len(every) >= _FEWEST else np.inf


def _apart(a: Features, b: Features, rows_a: Ints, rows_b: Ints) -> Array:
    left = a.descriptor[rows_a].astype(np.float32)
    return np.asarray(np.linalg.norm(left - b.descriptor[rows_b], axis=1), dtype=np.float64)


def _mutual(a: _Side, b: _Side, ratio: float, alike: float) -> Ints:
    """(K, 2) rows."""
    one, other = _near(a, b)
    back_other, back_one = _near(b, a)
    size = len(b.photo.features)
    both = np.isin(one * size + other, back_one * size + back_other)
    one, other = one[both], other[both]
    off = _apart(a.photo.features, b.photo.features, one, other)
    keep = (off < alike) & _nearest(one, off, ratio) & _nearest(other, off, ratio)
    return np.column_stack((one[keep], other[keep]))


def _near(a: _Side, b: _Side) -> tuple[Ints, Ints]:
    """Rows of a's features and of those of b that may be the same place, by where a's depth and
    its sigma put them."""
    none = np.zeros(0, dtype=np.intp)
    depth_m = a.photo.features.xyz_cam[a.rows, 2].astype(np.float64)
    sigma_rel = a.photo.depth_sigma_rel[a.rows]
    xyz_a = a.photo.camera.unproject(a.photo.features.uv_px[a.rows].astype(np.float64), depth_m)
    b_from_a = b.photo.enu_from_cam.inverse() @ a.photo.enu_from_cam
    xyz_b, further = b_from_a.apply(xyz_a), b_from_a.apply(xyz_a * (1.0 + sigma_rel)[:, None])
    ahead = (xyz_b[:, 2] > _LEAST_DEPTH_M) & (further[:, 2] > _LEAST_DEPTH_M)
    camera = b.photo.camera
    uv_px = np.full((len(xyz_b), 2), np.nan)
    uv_px[ahead] = camera.project(xyz_b[ahead])
    seen = np.flatnonzero(camera.in_picture(uv_px))
    if not len(seen):
        return none, none
    along_px = camera.project(further[seen]) - uv_px[seen]
    # Either feature is off by its own sigma; both in b's pixels, as a's depth scales them.
    grown = depth_m[seen] / xyz_b[seen, 2] * camera.fx_px / a.photo.camera.fx_px
    sigma_px = np.hypot(b.photo.sigma_px, a.photo.sigma_px * b_from_a.scale * grown)
    reach_px = np.sqrt(_CHI2_PLACE) * np.hypot(np.linalg.norm(along_px, axis=1), sigma_px)
    within = b.tree.query_ball_point(
        uv_px[seen], np.minimum(reach_px, _REACH_REL * max(camera.width_px, camera.height_px))
    )
    count = np.array([len(each) for each in within])
    if not count.sum():
        return none, none
    at = np.repeat(np.arange(len(seen)), count)
    near = np.fromiter(chain.from_iterable(within), dtype=np.intp, count=int(count.sum()))
    off_px = b.photo.features.uv_px[b.rows[near]] - uv_px[seen[at]]
    # Mahalanobis' distance by covariance sigma² I + along alongᵀ (Sherman and Morrison 1950).
    along, variance = along_px[at], sigma_px[at] ** 2
    share = (off_px * along).sum(axis=1) ** 2 / (variance + (along**2).sum(axis=1))
    place = ((off_px**2).sum(axis=1) - share) / variance
    depth_b_m = b.photo.features.xyz_cam[b.rows[near], 2].astype(np.float64)
    depth_sigma = np.hypot(sigma_rel[seen[at]], b.photo.depth_sigma_rel[b.rows[near]])
    depth = (np.log(xyz_b[seen[at], 2] / depth_b_m) / depth_sigma) ** 2
    keep = (place < _CHI2_PLACE) & (depth < _CHI2_DEPTH)
    return a.rows[seen[at[keep]]], b.rows[near[keep]]


def _nearest(of: Ints, off: Array, ratio: float) -> NDArray[np.bool_]:
    """(M,) which candidates are the nearest of their feature, by that ratio to its second."""
    order = np.lexsort((off, of))
    feature, sorted_off = of[order], off[order]
    same = feature[1:] == feature[:-1]
    first, second = np.ones(len(of), dtype=np.bool_), np.full(len(of), np.inf)
    first[1:] = ~same
    second[:-1][same] = sorted_off[1:][same]
    keep = np.zeros(len(of), dtype=np.bool_)
    keep[order] = first & (sorted_off < ratio * second)
    return keep
