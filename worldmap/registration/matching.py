"""Which features of two photos show the same place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.records import Features


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matches:
    """index (M, 2) int32, rows of the Features of photo a and photo b; quality (M,) float64 in
    (0, 1], higher is more distinctive."""

    index: NDArray[np.int32]
    quality: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.index)


class Matcher(Protocol):
    """Anything that finds matches; a learned matcher is one more file with this method."""

    def match(self, a: Features, b: Features) -> Matches:
        """Matches between two photos, each feature used at most once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioMatcher:
    """Mutual nearest neighbours that pass Lowe's ratio test (Lowe 2004, section 7.1).

    Features of the photo are compared among themselves, and those of planes among themselves: a
    place found in both would be its own second nearest neighbour and fail the test.
    """

    ratio: float

    def match(self, a: Features, b: Features) -> Matches:
        """Matches between two photos, sorted by their rows in a; only features with depth."""
        parts = [
            self._match_group(
                a, b, np.flatnonzero(_usable(a, plane)), np.flatnonzero(_usable(b, plane))
            )
            for plane in (False, True)
        ]
        index = np.concatenate([p[0] for p in parts]).astype(np.int32)
        quality = np.concatenate([p[1] for p in parts])
        order = np.argsort(index[:, 0], kind="stable")
        return Matches(index=index[order], quality=quality[order])

    def _match_group(
        self, a: Features, b: Features, rows_a: NDArray[np.intp], rows_b: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        if len(rows_a) < 2 or len(rows_b) < 2:
            return np.zeros((0, 2), dtype=np.intp), np.zeros(0)
        da = a.descriptor[rows_a].astype(np.float32)
        db = b.descriptor[rows_b].astype(np.float32)
        squared = da @ db.T
        squared *= -2.0
        squared += np.einsum("ij,ij->i", da, da)[:, None]
        squared += np.einsum("ij,ij->i", db, db)[None, :]
        nearest_b = squared.argmin(axis=1)
        nearest_a = squared.argmin(axis=0)
        row = np.arange(len(rows_a))
        mutual = nearest_a[nearest_b] == row
        best = squared[row, nearest_b]
        squared[row, nearest_b] = np.inf
        ratio = np.sqrt(np.maximum(best, 0) / np.maximum(squared.min(axis=1), 1e-6))
        keep = mutual & (ratio < self.ratio)
        pairs = np.column_stack((rows_a[keep], rows_b[nearest_b[keep]]))
        return pairs, 1.0 - ratio[keep].astype(np.float64) + 1e-3


def _usable(features: Features, plane: bool) -> NDArray[np.bool_]:
    with_depth = np.isfinite(features.xyz_cam[:, 2])
    return np.asarray(with_depth & (features.on_plane == plane))
