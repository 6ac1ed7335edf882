"""Points as patches of surfaces: where, how they look, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEIGHBOURS: Final = 12
# A surface is flat over a length that is long beside its noise: that of a lidar over half a metre,
# that of photos' depth, which grows with the square of how far they see, over a metre and two.
_AROUND: Final = (NEIGHBOURS, 4 * NEIGHBOURS, 16 * NEIGHBOURS)
# Of a patch its thickness over its width: flatter is a surface.
_FLAT: Final = 0.15
_UPRIGHT, _LEVEL = 0.3, 0.85
# Patches that are looked at in one piece.
_PIECE: Final = 4096


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Patches:
    """N points (N, 3) on surfaces, with their normals (N, 3), how surely the surface is there,
    across it (N,), and by how many neighbours each was taken for one (N,). bend_m (N, 3): how far
    and which way what all points have in common may bend each, one sigma."""

    xyz: Array
    normal: Array
    sigma_m: Array
    around: Array
    bend_m: Array
    _trees: list[KDTree] = field(default_factory=list)

    @classmethod
    def of(cls, xyz: Array, voxel_m: float, bend_m: Array | None = None) -> Patches:
        """The mean of the points in each voxel, moved onto the surface of those about it: of the
        nearest few, where these are flat, else of more. bend_m (N, 3): none where nobody says."""
        bend_m = np.zeros_like(xyz) if bend_m is None else bend_m
        thin, bent = thinned(xyz, voxel_m, bend_m)
        found = [_none()]
        left = np.arange(len(thin))
        tree = KDTree(thin) if len(thin) >= 10 * NEIGHBOURS else None
        for around in _AROUND:
            if tree is None or len(thin) < 2 * around:
                break
            parts = []
            for begin in range(0, len(left), _PIECE):
                rows = left[begin : begin + _PIECE]
                patch, is_flat = _flat_ones(thin, tree, rows, around)
                found.append(replace(patch, bend_m=bent[rows[is_flat]]))
                parts.append(rows[~is_flat])
            left = np.concatenate((left[:0], *parts))
        return _joined(found)

    def __len__(self) -> int:
        return len(self.xyz)

    def rows(self, keep: Bools | NDArray[np.intp]) -> Patches:
        """Some of them."""
        return Patches(
            xyz=self.xyz[keep],
            normal=self.normal[keep],
            sigma_m=self.sigma_m[keep],
            around=self.around[keep],
            bend_m=self.bend_m[keep],
        )

    def flat(self) -> Patches:
        """The plan of it, walls as lines at height nought."""
        level = np.array((1.0, 1.0, 0.0))
        normal = self.normal * level
        normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-9)[:, None]
        return replace(self, xyz=self.xyz * level, normal=normal, _trees=[])

    @property
    def tree(self) -> KDTree:
        """By place, made once."""
        if not self._trees:
            self._trees.append(KDTree(self.xyz))
        return self._trees[0]

    @property
    def upright(self) -> Bools:
        """Walls."""
        return np.asarray(np.abs(self.normal[:, 2]) < _UPRIGHT)

    @property
    def level(self) -> Bools:
        """Ground and roofs."""
        return np.asarray(np.abs(self.normal[:, 2]) > _LEVEL)


def _none() -> Patches:
    return Patches(
        xyz=np.zeros((0, 3)),
        normal=np.zeros((0, 3)),
        sigma_m=np.zeros(0),
        around=np.zeros(0),
        bend_m=np.zeros((0, 3)),
    )


def _joined(parts: Sequence[Patches]) -> Patches:
    return Patches(
        xyz=np.concatenate([p.xyz for p in parts]),
        normal=np.concatenate([p.normal for p in parts]),
        sigma_m=np.concatenate([p.sigma_m for p in parts]),
        around=np.concatenate([p.around for p in parts]),
        bend_m=np.concatenate([p.bend_m for p in parts]),
    )


def _flat_ones(
    thin: Array, tree: KDTree, rows: NDArray[np.intp], around: int
) -> tuple[Patches, Bools]:
    """Those rows (N,) of `thin` whose neighbours are flat, and which (N,) they are."""
    xyz = thin[rows]
    _, near = tree.query(xyz, k=around)
    about = thin[near]
    middle = about.mean(axis=1)
    about = about - middle[:, None]
    value, vector = np.linalg.eigh(np.einsum("nki,nkj->nij", about, about))
    flat = value[:, 0] < _FLAT**2 * value[:, 1]
    normal = vector[flat, :, 0]
    off_m = ((xyz[flat] - middle[flat]) * normal).sum(axis=1)
    thickness_m = np.sqrt(np.maximum(value[flat, 0], 0.0) / around)
    return (
        Patches(
            xyz=xyz[flat] - off_m[:, None] * normal,
            normal=normal,
            # However many: relief and depth that bends are those of all neighbours.
            sigma_m=thickness_m / math.sqrt(NEIGHBOURS),
            around=np.full(int(flat.sum()), float(around)),
            bend_m=np.zeros((int(flat.sum()), 3)),
        ),
        np.asarray(flat),
    )


def thinned(xyz: Array, voxel_m: float, *others: Array) -> list[Array]:
    """The mean of the points (N, 3) in each voxel, and of the others (N, 3) of these points."""
    _, index, count = np.unique(
        np.floor(xyz / voxel_m).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    flat = index.ravel()
    return [
        np.stack([np.bincount(flat, each[:, k], len(count)) / count for k in range(3)], axis=1)
        for each in (xyz, *others)
    ]
