"""Coordinate frames and the transforms between them.

`b_from_a` maps coordinates of frame a into frame b. A transform knows both frames and refuses to
compose with one that does not meet it, so a swapped pose fails loudly instead of landing at sea.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmap.errors import FrameError
from worldmap.frozen import frozen

Array = NDArray[np.float64]

_ORTHONORMAL_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Frame:
    """A coordinate frame: its kind, and whose it is where there are several: `cam` per photo,
    `enu` per site (`geodesy.enu`)."""

    kind: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.kind}({self.of})" if self.of else self.kind


CAM: Final = Frame("cam")
"""x right, y down, z forward (OpenCV), metres. Use `cam(name)` where several cameras meet."""
ECEF: Final = Frame("ecef")
"""Earth-centred, Earth-fixed metres, EPSG:4978."""
PROJECTED: Final = Frame("projected")
"""UTM or UPS easting, northing and ellipsoidal height in metres."""


def cam(of: str) -> Frame:
    """The camera frame of one photo."""
    return Frame("cam", of)


def _checked_rotation(rotation: ArrayLike) -> Array:
    matrix = frozen(rotation, (3, 3))
    x, y, z = matrix.tolist()
    products = ((x, x, 1.0), (y, y, 1.0), (z, z, 1.0), (x, y, 0.0), (x, z, 0.0), (y, z, 0.0))
    off = max(abs(_dot(one, other) - told) for one, other, told in products)
    if off > _ORTHONORMAL_TOLERANCE or _determinant(matrix) < 0:
        raise ValueError(f"not a rotation matrix (orthonormality off by {off:.2g})")
    return matrix


# Of three numbers each: numpy takes ten times as long, and a solution asks for 500 a photo.


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _determinant(matrix: Array) -> float:
    """Of (3, 3)."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    return float(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))


def _require_meeting(outer: Frame, inner: Frame) -> None:
    if outer != inner:
        raise FrameError(f"cannot compose: left side takes {outer}, right side gives {inner}")


@overload
def wrapped_deg(angle_deg: float) -> float: ...


@overload
def wrapped_deg(angle_deg: Array) -> Array: ...


def wrapped_deg(angle_deg: float | Array) -> float | Array:
    """The same direction or longitude in [-180, 180]: exactly, and untouched where it is there.

    IEEE 754's remainder: `(x + 180) % 360 - 180` loses digits, and turns 180 into -180.
    """
    return angle_deg - 360.0 * np.round(angle_deg / 360.0)


def require_frame(frame: Frame, found: Iterable[Frame]) -> None:
    """FrameError unless all that was found is in `frame`."""
    for other in found:
        if other != frame:
            raise FrameError(f"expected coordinates in {frame}, not in {other}")


def nearest_rotation(matrix: ArrayLike) -> Array:
    """The rotation (3, 3) nearest to `matrix` in the Frobenius norm (SVD, Kabsch's sign rule)."""
    u, _, vt = np.linalg.svd(np.asarray(matrix, dtype=np.float64))
    if _determinant(u @ vt) < 0:
        u = u * (1.0, 1.0, -1.0)
    return np.asarray(u @ vt)


def rotation_angle_rad(rotation: Array) -> float:
    """By how much a rotation (3, 3) turns, 0 … π; of small angles half the digits are lost."""
    return float(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Similarity:
    """`to_from_source`: p_to = scale · R · p_source + t.

    rotation (3, 3), orthonormal with determinant +1; translation_m (3,); scale > 0, unitless.
    ValueError for anything else.
    """

    to: Frame
    source: Frame
    rotation: Array
    translation_m: Array
    scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", _checked_rotation(self.rotation))
        object.__setattr__(self, "translation_m", frozen(self.translation_m, (3,)))
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"scale must be positive and finite, got {self.scale}")

    @property
    def matrix(self) -> Array:
        """(4, 4) homogeneous matrix, the scale inside its upper left block."""
        return _homogeneous(self.scale * self.rotation, self.translation_m)

    def __matmul__(self, other: Similarity) -> Similarity:
        """`c_from_b @ b_from_a` is `c_from_a`. Raises FrameError where the inner frames differ."""
        _require_meeting(self.source, other.to)
        return Similarity(
            to=self.to,
            source=other.source,
            rotation=nearest_rotation(self.rotation @ other.rotation),
            translation_m=self.apply(other.translation_m),
            scale=self.scale * other.scale,
        )

    def inverse(self) -> Similarity:
        """`a_from_b` of `b_from_a`."""
        return Similarity(
            to=self.source,
            source=self.to,
            rotation=self.rotation.T,
            translation_m=-(self.rotation.T @ self.translation_m) / self.scale,
            scale=1.0 / self.scale,
        )

    def apply(self, xyz: Array) -> Array:
        """Points (..., 3) of the source frame in the target frame."""
        return self.scale * (xyz @ self.rotation.T) + self.translation_m

    def rotate(self, directions: Array) -> Array:
        """Directions (..., 3) of the source frame in the target frame, lengths kept."""
        return directions @ self.rotation.T


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RigidTransform:
    """`to_from_source`: p_to = R · p_source + t.

    rotation (3, 3), orthonormal with determinant +1; translation_m (3,). ValueError otherwise.
    """

    to: Frame
    source: Frame
    rotation: Array
    translation_m: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", _checked_rotation(self.rotation))
        object.__setattr__(self, "translation_m", frozen(self.translation_m, (3,)))

    @classmethod
    def identity(cls, to: Frame, source: Frame) -> RigidTransform:
        """The transform that renames a frame and moves nothing."""
        return cls(to=to, source=source, rotation=np.eye(3), translation_m=np.zeros(3))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike, *, to: Frame, source: Frame) -> RigidTransform:
        """From a (4, 4) homogeneous matrix; ValueError where its last row is not 0 0 0 1."""
        full = frozen(matrix, (4, 4))
        if not np.allclose(full[3], (0.0, 0.0, 0.0, 1.0)):
            raise ValueError("last row of a rigid transform must be 0 0 0 1")
        return cls(to=to, source=source, rotation=full[:3, :3], translation_m=full[:3, 3])

    @property
    def matrix(self) -> Array:
        """(4, 4) homogeneous matrix."""
        return _homogeneous(self.rotation, self.translation_m)

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        """`c_from_b @ b_from_a` is `c_from_a`. Raises FrameError where the inner frames differ."""
        _require_meeting(self.source, other.to)
        return RigidTransform(
            to=self.to,
            source=other.source,
            rotation=nearest_rotation(self.rotation @ other.rotation),
            translation_m=self.apply(other.translation_m),
        )

    def inverse(self) -> RigidTransform:
        """`a_from_b` of `b_from_a`."""
        return RigidTransform(
            to=self.source,
            source=self.to,
            rotation=self.rotation.T,
            translation_m=-(self.rotation.T @ self.translation_m),
        )

    def apply(self, xyz: Array) -> Array:
        """Points (..., 3) of the source frame in the target frame."""
        return xyz @ self.rotation.T + self.translation_m

    def rotate(self, directions: Array) -> Array:
        """Directions (..., 3) of the source frame in the target frame."""
        return directions @ self.rotation.T

    def scaled(self, scale: float) -> Similarity:
        """The similarity that first multiplies source points by `scale`, then moves them."""
        return Similarity(
            to=self.to,
            source=self.source,
            rotation=self.rotation,
            translation_m=self.translation_m,
            scale=scale,
        )


def _homogeneous(linear: Array, translation: Array) -> Array:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = translation
    return matrix


def enu_from_cam_rotation(heading_deg: float, pitch_deg: float, roll_deg: float) -> Array:
    """Rotation (3, 3) from camera axes to east-north-up.

    heading: direction of the optical axis over the ground, degrees clockwise from true north.
    pitch: optical axis above the horizon. roll: clockwise turn of the camera about its optical
    axis as seen from behind it (its right side goes down).
    """
    heading, pitch, roll = np.deg2rad((heading_deg, pitch_deg, roll_deg))
    forward = np.array(
        (np.sin(heading) * np.cos(pitch), np.cos(heading) * np.cos(pitch), np.sin(pitch))
    )
    level_right = np.array((np.cos(heading), -np.sin(heading), 0.0))
    level_down = np.cross(forward, level_right)
    right = np.cos(roll) * level_right + np.sin(roll) * level_down
    down = np.cross(forward, right)
    return np.column_stack((right, down, forward))


def rig_from_cam_rotation(yaw_deg: float, pitch_deg: float) -> Array:
    """(3, 3) axes of a camera that looks straight ahead from those of one that looks so far to the
    right of that, and above it, level with it."""
    ahead = enu_from_cam_rotation(0.0, 0.0, 0.0)
    return np.asarray(ahead.T @ enu_from_cam_rotation(yaw_deg, pitch_deg, 0.0))


def heading_pitch_roll_deg(enu_from_cam: Array) -> tuple[float, float, float]:
    """Inverse of `enu_from_cam_rotation`; heading in [0, 360). Roll and heading share one degree
    of freedom where the camera looks straight up or down: the split there is arbitrary."""
    right, down, forward = enu_from_cam.T
    heading = np.arctan2(forward[0], forward[1])
    pitch = np.arcsin(np.clip(forward[2], -1.0, 1.0))
    roll = np.arctan2(-right[2], -down[2])
    heading_deg, pitch_deg, roll_deg = np.rad2deg((heading, pitch, roll))
    return float(heading_deg % 360.0), float(pitch_deg), float(roll_deg)


def angles_by_turn(enu_from_cam: Array) -> Array:
    """(..., 3, 3): heading, pitch and roll of rotations (..., 3, 3) by a turn about the camera's x,
    y, z: R becomes R·exp([ω]×). Where the camera looks straight up or down, heading and roll change
    without bound."""
    right, down, forward = (enu_from_cam[..., axis] for axis in range(3))
    nil = np.zeros_like(forward)
    # An axis moves by R (ω × axis): along one of the other two for a turn about each.
    right_by = np.stack((nil, -forward, down), axis=-1)
    down_by = np.stack((forward, nil, -right), axis=-1)
    forward_by = np.stack((-down, right, nil), axis=-1)
    level = np.maximum(forward[..., 0] ** 2 + forward[..., 1] ** 2, 1e-12)[..., None]
    east, north = forward[..., 0, None], forward[..., 1, None]
    heading = (north * forward_by[..., 0, :] - east * forward_by[..., 1, :]) / level
    pitch = forward_by[..., 2, :] / np.sqrt(level)
    right_up, down_up = right[..., 2, None], down[..., 2, None]
    roll = (down_up * right_by[..., 2, :] - right_up * down_by[..., 2, :]) / level
    return np.stack((heading, pitch, roll), axis=-2)
