"""Points as Gaussian splats: the .ply of 3D Gaussian Splatting (Kerbl et al., TOG 42(4), 2023), and
Niantic's .spz (https://github.com/nianticlabs/spz), a tenth of its size.

A point is a flat disc on its surface: as wide as its neighbours are far, as thick as it is unsure.
"""

from __future__ import annotations

import gzip
import math
import struct
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.exchange.gltf import GLTF_FROM_ENU

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

_CONSTANT: Final = 0.28209479177387814
"""The first spherical harmonic, 1 / (2 √π)."""
_OPACITY: Final = 0.95
_THINNEST_REL: Final = 0.05
"""Of a splat's width: thinner ones vanish between a renderer's numbers."""
_FIELDS: Final = (
    "x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity",
    "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3",
)  # fmt: skip
_SPZ_MAGIC, _SPZ_VERSION = 0x5053474E, 2
"""Every reader of .spz takes version 2."""
_SPZ_FINEST_BITS: Final = 12
_SPZ_COLOUR: Final = 0.15
# z up to y up: a quarter of a turn about x.
_GLTF_FROM_ENU_TURN: Final = (math.sqrt(0.5), -math.sqrt(0.5), 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GaussianSplats:
    """xyz_enu (N, 3) near 0, rgb (N, 3) uint8, scale_m (N, 3) standard deviations along the axes
    that turn (N, 4), a unit quaternion w, x, y, z, turns into the world's."""

    xyz_enu: Array
    rgb: NDArray[np.uint8]
    scale_m: Array
    turn: Array

    @classmethod
    def of(cls, cloud: PointCloud, normals: Floats, spacing_m: Floats) -> Self:
        """normals (N, 3) unit, NaN where unknown: a ball then; spacing_m (N,): between a point and
        its neighbours.

        Half of the spacing is a splat's standard deviation along the surface: neighbours then meet
        where each has fallen to 60 %, without gaps.
        """
        known = np.asarray(np.isfinite(normals).all(axis=1))
        along = np.maximum(spacing_m.astype(np.float64) / 2, 1e-4)
        across = np.clip(cloud.sigma_m, _THINNEST_REL * along, along)
        return cls(
            xyz_enu=cloud.xyz,
            rgb=cloud.rgb,
            scale_m=np.column_stack((along, along, np.where(known, across, along))),
            turn=_turns(np.where(known[:, None], normals, (0.0, 0.0, 1.0))),
        )

    def ply(self, comment: str) -> bytes:
        """The fields as the reference code writes them: position, normal (zeros), the constant term
        of the colour's spherical harmonics, the logit of the opacity, logarithms of the scales, the
        quaternion; all float32, east, north, up."""
        values = np.zeros((len(self.xyz_enu), len(_FIELDS)), dtype="<f4")
        values[:, :3] = self.xyz_enu
        values[:, 6:9] = self._harmonic()
        values[:, 9] = math.log(_OPACITY / (1 - _OPACITY))
        values[:, 10:13] = np.log(self.scale_m)
        values[:, 13:17] = self.turn
        head = [
            "ply",
            "format binary_little_endian 1.0",
            f"comment {comment}",
            f"element vertex {len(values)}",
            *(f"property float {name}" for name in _FIELDS),
            "end_header\n",
        ]
        return "\n".join(head).encode("ascii") + values.tobytes()

    def spz(self) -> bytes:
        """Version 2, with y up as that format has it: x = east, y = up, z = −north. Coordinates are
        whole multiples of 1/4096 m within 2 km of the origin, coarser in wider areas."""
        xyz = self.xyz_enu @ GLTF_FROM_ENU.T
        reach_m = float(np.abs(xyz).max(initial=1.0))
        bits = min(_SPZ_FINEST_BITS, 22 - math.ceil(math.log2(reach_m)))
        fixed = np.rint(xyz * 2.0**bits).astype("<i4")
        turn = _product(_GLTF_FROM_ENU_TURN, self.turn)
        turn *= np.where(turn[:, :1] < 0, -1.0, 1.0)
        parts = (
            np.ascontiguousarray(fixed[..., None].view(np.uint8)[..., :3]),
            np.full(len(xyz), round(255 * _OPACITY)),
            255 * (_SPZ_COLOUR * self._harmonic() + 0.5),
            16 * (np.log(self.scale_m) + 10),
            127.5 * (turn[:, 1:] + 1),
        )
        head = struct.pack("<IIIBBBB", _SPZ_MAGIC, _SPZ_VERSION, len(xyz), 0, bits, 0, 0)
        body = [np.clip(np.rint(part), 0, 255).astype(np.uint8).tobytes() for part in parts]
        return gzip.compress(head + b"".join(body), compresslevel=6, mtime=0)

    def _harmonic(self) -> Array:
        return np.asarray((self.rgb / 255.0 - 0.5) / _CONSTANT)


def _turns(normals: NDArray[np.floating]) -> Array:
    """Quaternions (N, 4), w first, that turn z into unit vectors (N, 3) by the shortest way."""
    x, y, z = normals.astype(np.float64).T
    turn = np.column_stack((1 + z, -y, x, np.zeros_like(x)))
    # Straight down: half a turn about any level axis.
    turn[np.linalg.norm(turn, axis=1) < 1e-6] = (0.0, 1.0, 0.0, 0.0)
    return np.asarray(turn / np.linalg.norm(turn, axis=1)[:, None])


def _product(a: tuple[float, float, float, float], b: Array) -> Array:
    """One quaternion times each of (N, 4): first b's turn, then a's."""
    w, v = a[0], np.array(a[1:])
    scalar = w * b[:, 0] - b[:, 1:] @ v
    vector = w * b[:, 1:] + b[:, :1] * v + np.cross(np.broadcast_to(v, b[:, 1:].shape), b[:, 1:])
    return np.column_stack((scalar, vector))
