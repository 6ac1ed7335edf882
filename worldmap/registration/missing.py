"""What two photos should both show if a pair were right, and do not.

Places of one shape that share a front, chain shops or arcades, give pairs that fit well where they
are alike. What tells them apart is what does not match: what a third photo found again of the one,
from about where the other stands, and what the other would see as the pair has it, at the depth it
has there, should be found in it too, or at least what a third photo found of it (Zach, Irschara &
Bischof, "What can missing correspondences tell us about 3D structure and motion?", CVPR 2008). In a
right pair some are missing everywhere; between places that only look alike all are missing in whole
parts of what both photos see, beside parts where they match.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.frames import Similarity
from worldmap.records import PairRegistration
from worldmap.registration.overlap import depth_around, inner_cells
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]

# Found again within so much of the longer side, about the reach of a descriptor.
_FOUND_REL: Final = 0.02
# Neighbours that a feature's surroundings are, and how many of them would have to be found again
# where none was: none of so many is chance once in 150.
_AROUND: Final = 12
_EXPECTED: Final = 5.0
_FEWEST: Final = 3 * _AROUND
# More of one pair, and of all together, would not tell more.
_MOST_OF_PAIR, _MOST = 200, 500
# Depths of one surface, of two photos, differ by less, mostly.
_DEPTH_REL: Final = 0.08
# The smallest features that a photo has are of what it just resolves; half as large again they are
# found again as surely as larger ones.
_SMALLEST_PCT, _RESOLVED = 1.0, 1.5
# The other photo stands where the third one does, or between it and the first: by so much.
_BESIDE_DEG, _MORE_DEG, _MORE_RANGE = 10.0, 3.0, 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Of `expected` features that a photo should show, the share that is missing, and the share
    that is missing with all around them beside parts that are there; 0 where too few are expected
    to tell."""

    expected: int
    share: float = 0.0
    whole_parts: float = 0.0

    @property
    def is_told(self) -> bool:
        """Whether enough are expected."""
        return self.expected >= _FEWEST


class FoundAgain:
    """Of each photo the features that other photos found again, and from where."""

    def __init__(self, views: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]) -> None:
        self._views = views
        self._by_photo: defaultdict[int, list[tuple[int, Rows, Array]]] = defaultdict(list)
        # Of one photo and another the rows of both that they share, and where these of the first
        # are.
        self._shared: dict[tuple[int, int], tuple[Rows, Rows]] = {}
        self._found_at: dict[tuple[int, int], cKDTree] = {}
        for pair in pairs:
            if pair.a_from_b is None:
                continue
            rows = pair.inlier_index.astype(np.intp)
            a, b = pair.key
            self._shared[a, b], self._shared[b, a] = (
                (rows[:, 0], rows[:, 1]),
                (rows[:, 1], rows[:, 0]),
            )
            rows = rows[:: max(1, -(-len(rows) // _MOST_OF_PAIR))]
            self._by_photo[a].append((b, rows[:, 0], pair.a_from_b.translation_m))
            self._by_photo[b].append((a, rows[:, 1], pair.a_from_b.inverse().translation_m))

    def missing(self, pair: PairRegistration) -> Missing:
        """What either photo does not show of the other's: the more of the two."""
        assert pair.a_from_b is not None
        a, b = (self._views[i] for i in pair.key)
        rows = pair.inlier_index.astype(np.intp)
        there = self._not_in(a, b, pair.a_from_b.inverse(), rows[:, 0])
        back = self._not_in(b, a, pair.a_from_b, rows[:, 1])
        return Missing(
            expected=max(there.expected, back.expected),
            share=max(there.share, back.share),
            whole_parts=max(there.whole_parts, back.whole_parts),
        )

    def _not_in(self, a: PhotoView, b: PhotoView, b_from_a: Similarity, matched: Rows) -> Missing:
        told = self._told(a, b, b_from_a.inverse().translation_m)
        xyz_b = b_from_a.apply(a.features.xyz_cam[told].astype(np.float64))
        told = told[_is_seen(b, xyz_b) & _is_resolved(a, b, told, xyz_b / b_from_a.scale)]
        told = told[:: max(1, -(-len(told) // _MOST))]
        if len(told) < _FEWEST or not len(matched):
            return Missing(expected=len(told))
        uv = _places(a)
        found = _near(uv[told], cKDTree(uv[matched]))
        for other, _, _ in self._by_photo[a.photo_id]:
            if (other, b.photo_id) in self._shared:
                found[~found] = self._found_by_way_of(self._views[other], a, b, told[~found])
        around = cKDTree(uv[told]).query(uv[told], k=_AROUND)[1]
        rate = found[around].mean(axis=1)
        beside = float(np.percentile(rate, 90)) * _AROUND >= _EXPECTED
        return Missing(
            expected=len(told),
            share=float(1.0 - found.mean()),
            whole_parts=float((rate == 0).mean()) if beside else 0.0,
        )

    def _found_by_way_of(self, c: PhotoView, a: PhotoView, b: PhotoView, rows: Rows) -> Bools:
        """Which of a's rows c found again where b found something in c: b shows it, too, though too
        unlike a to tell."""
        own, there = self._shared[a.photo_id, c.photo_id]
        asked = np.isin(own, rows)
        if not asked.any():
            return np.zeros(len(rows), dtype=np.bool_)
        key = c.photo_id, b.photo_id
        if key not in self._found_at:
            self._found_at[key] = cKDTree(_places(c)[self._shared[key][0]])
        in_both = _near(_places(c)[there[asked]], self._found_at[key])
        return np.isin(rows, own[asked][in_both])

    def _told(self, a: PhotoView, b: PhotoView, b_in_a_m: Array) -> Rows:
        """Rows of a's features that another photo found again from about where b is, or beyond."""
        found = np.zeros(len(a.features), dtype=np.bool_)
        for other, rows, c_in_a_m in self._by_photo[a.photo_id]:
            if other == b.photo_id:
                continue
            xyz = a.features.xyz_cam[rows].astype(np.float64)
            zero = np.zeros(3)
            a_c = _aside_deg(xyz, zero, c_in_a_m)
            near = _aside_deg(xyz, zero, b_in_a_m) <= a_c + _MORE_DEG
            near &= _aside_deg(xyz, b_in_a_m, c_in_a_m) <= np.maximum(a_c, _BESIDE_DEG) + _MORE_DEG
            range_m = [np.linalg.norm(xyz - at, axis=1) for at in (zero, b_in_a_m, c_in_a_m)]
            near &= range_m[1] < _MORE_RANGE * np.maximum(range_m[0], range_m[2])
            near &= range_m[1] > np.minimum(range_m[0], range_m[2]) / _MORE_RANGE
            found[rows[near]] = True
        return np.flatnonzero(found)


def _places(photo: PhotoView) -> Array:
    """(N, 2) of features, in longer sides of the photo."""
    longer_px = max(photo.camera.width_px, photo.camera.height_px)
    return np.asarray(photo.features.uv_px, dtype=np.float64) / longer_px


def _near(places: Array, others: cKDTree) -> Bools:
    """Which places (N, 2) are where one of the others is."""
    return np.asarray(others.query(places)[0]) < _FOUND_REL


def _aside_deg(xyz: Array, one_m: Array, other_m: Array) -> Array:
    """(N,) the angle at points (N, 3) between two cameras (3,)."""
    one, other = xyz - one_m, xyz - other_m
    length = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(axis=1) / np.maximum(length, 1e-12)
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))), dtype=np.float64)


def _is_resolved(a: PhotoView, b: PhotoView, rows: Rows, xyz_b: Array) -> Bools:
    """Which of a's features, by row, b resolves where it has them at (N, 3), in a's metres: what is
    smaller there than all that b has is not to be found in it."""
    scale_px = b.features.scale_px[b.features.scale_px > 0]
    if not len(scale_px):
        return np.ones(len(rows), dtype=np.bool_)
    nearer = a.features.xyz_cam[rows, 2] / np.maximum(xyz_b[:, 2], 1e-9)
    there_px = a.features.scale_px[rows] * nearer * (b.camera.fx_px / a.camera.fx_px)
    smallest_px = _RESOLVED * float(np.percentile(scale_px, _SMALLEST_PCT))
    return np.asarray((a.features.scale_px[rows] <= 0) | (there_px > smallest_px))


def _is_seen(b: PhotoView, xyz_b: Array) -> Bools:
    """Which points (N, 3) the photo surely sees: in view, at the depth that it has there, with
    nothing nearer around. Where depths are less certain than that something may stand between,
    nobody can tell."""
    inside, row, column = inner_cells(b.features, xyz_b)
    nearest, farthest = (each[row, column] for each in depth_around(b.features))
    z = xyz_b[inside, 2]
    seen = np.zeros(len(xyz_b), dtype=np.bool_)
    seen[inside] = (z < nearest * (1 + _DEPTH_REL)) & (z > farthest / (1 + _DEPTH_REL))
    return seen
