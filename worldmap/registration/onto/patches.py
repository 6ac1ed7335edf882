"""Points as patches of surfaces: where, how they look, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEIGHBOURS: Final = 12
# Of a patch its thickness over its width: flatter is a surface.
_FLAT: Final = 0.15
_UPRIGHT, _LEVEL = 0.3, 0.85


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Patches:
    """N points (N, 3) with their normals (N, 3)."""

    xyz: Array
    normal: Array
    _trees: list[KDTree] = field(default_factory=list)

    @classmethod
    def of(cls, xyz: Array, voxel_m: float) -> Patches:
        """The mean of the points in each voxel, those on a surface."""
        thin = thinned(xyz, voxel_m)
        if len(thin) < 10 * NEIGHBOURS:
            return cls(xyz=np.zeros((0, 3)), normal=np.zeros((0, 3)))
        _, near = KDTree(thin).query(thin, k=NEIGHBOURS)
        around = thin[near] - thin[near].mean(axis=1, keepdims=True)
        value, vector = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
        flat = value[:, 0] < _FLAT**2 * value[:, 1]
        return cls(xyz=thin[flat], normal=vector[flat, :, 0])

    def __len__(self) -> int:
        return len(self.xyz)

    def rows(self, keep: Bools | NDArray[np.intp]) -> Patches:
        """Some of them."""
        return Patches(xyz=self.xyz[keep], normal=self.normal[keep])

    def flat(self) -> Patches:
        """The plan of it, walls as lines at height nought."""
        level = np.array((1.0, 1.0, 0.0))
        normal = self.normal * level
        normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-9)[:, None]
        return Patches(xyz=self.xyz * level, normal=normal)

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


def thinned(xyz: Array, voxel_m: float) -> Array:
    """The mean of the points in each voxel."""
    _, index, count = np.unique(
        np.floor(xyz / voxel_m).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    flat = index.ravel()
    sums = np.stack([np.bincount(flat, xyz[:, k], len(count)) for k in range(3)], axis=1)
    return np.asarray(sums / count[:, None])
