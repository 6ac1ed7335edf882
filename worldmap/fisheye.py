"""Fisheye lenses: where in the picture a direction lies, by how far it is off the axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROTATIONS = {1: (1, 0, 0, 1), 3: (-1, 0, 0, -1), 6: (0, -1, 1, 0), 8: (0, 1, -1, 0)}
"""By the orientation tag of a stored picture how right and down turn to make it upright."""
_TABLE = 2048
# No term of a lens and no picture is larger; of files of anybody's such numbers would overflow.
_LARGEST = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class FisheyeLens:
    """A lens whose picture of a direction lies at a radius that grows with its angle off the axis:
    series[0] θ + series[1] θ² + …, θ in radians. matrix (xx, xy, yx, yy) makes pixels of that,
    centre_px is the axis, from the top left corner of a picture of width_px × height_px.
    ValueError for numbers that are of no lens.
    """

    width_px: float
    height_px: float
    series: tuple[float, ...]
    matrix: tuple[float, float, float, float]
    centre_px: tuple[float, float]

    def __post_init__(self) -> None:
        numbers = (self.width_px, self.height_px, *self.series, *self.matrix, *self.centre_px)
        xx, xy, yx, yy = self.matrix
        if (
            not all(abs(each) <= _LARGEST for each in numbers)
            or min(self.width_px, self.height_px) <= 0
        ):
            raise ValueError(
                "a fisheye's numbers must be those of a lens and its picture have a size"
            )
        if not self.series or self.series[0] <= 0 or xx <= 0 or yy <= 0 or xx * yy - xy * yx <= 0:
            raise ValueError("a fisheye's picture must grow with the angle, unmirrored")

    @classmethod
    def odd(
        cls,
        size_px: tuple[float, float],
        focal_px: tuple[float, float],
        centre_px: tuple[float, float],
        *k: float,
    ) -> FisheyeLens:
        """OpenCV's, and what is less than it: θ (1 + k1 θ² + k2 θ⁴ + …), focal lengths along x
        and y."""
        series = [1.0]
        for each in k:
            series += [0.0, each]
        return cls(
            width_px=size_px[0],
            height_px=size_px[1],
            series=tuple(series),
            matrix=(focal_px[0], 0.0, 0.0, focal_px[1]),
            centre_px=centre_px,
        )

    @property
    def grows_to_rad(self) -> float:
        """How far off the axis the radius still grows, at most π: beyond, the numbers say
        nothing."""
        return _grows_to_rad(self.series)

    def radius(self, theta_rad: Array) -> Array:
        """Radii, before `matrix`, of angles off the axis."""
        return np.asarray(np.polyval([*self.series[::-1], 0.0], theta_rad))

    def project(self, xyz_cam: Array) -> Array:
        """Pixels (..., 2) of directions (..., 3), of whatever length, camera axes; NaN beyond where
        the radius grows."""
        x, y, z = (xyz_cam[..., axis] for axis in range(3))
        off = np.hypot(x, y)
        theta = np.arctan2(off, z)
        radius = np.where(theta <= self.grows_to_rad, self.radius(theta), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Towards the axis radius and off go to nothing together.
            by = np.where(off > 0, radius / off, 0.0)
        xx, xy, yx, yy = self.matrix
        right, down = by * x, by * y
        return np.stack(
            (
                xx * right + xy * down + self.centre_px[0],
                yx * right + yy * down + self.centre_px[1],
            ),
            axis=-1,
        )

    def theta_rad(self, uv_px: Array) -> Array:
        """Angles off the axis (...) of pixels (..., 2), by a table; NaN beyond where the radius
        grows."""
        xx, xy, yx, yy = self.matrix
        inverse = np.linalg.inv(np.array(((xx, xy), (yx, yy))))
        off = np.linalg.norm((uv_px - np.array(self.centre_px)) @ inverse.T, axis=-1)
        theta = np.linspace(0.0, self.grows_to_rad, _TABLE)
        return np.asarray(np.interp(off, self.radius(theta), theta, right=np.nan))

    def shows(self, xyz_cam: Array, to_rad: float = math.pi) -> NDArray[np.bool_]:
        """Whether directions (..., 3) lie in the picture, and no further than that off the axis."""
        uv = self.project(xyz_cam)
        theta = np.arctan2(np.hypot(xyz_cam[..., 0], xyz_cam[..., 1]), xyz_cam[..., 2])
        with np.errstate(invalid="ignore"):
            inside = (uv >= 0).all(axis=-1) & (uv <= (self.width_px, self.height_px)).all(axis=-1)
        return np.asarray(inside & (theta <= to_rad))

    def px_per_rad(self, theta_rad: float) -> float:
        """How fine the picture is so far off the axis: the mean of outwards and around."""
        outwards = float(_slope(self.series, np.array(theta_rad)))
        around = outwards
        if theta_rad > 1e-6:
            around = float(self.radius(np.array(theta_rad))) / math.sin(theta_rad)
        xx, xy, yx, yy = self.matrix
        return math.sqrt((xx * yy - xy * yx) * outwards * around)

    def rescaled(self, width_px: float, height_px: float) -> FisheyeLens:
        """The same lens for the picture resampled to another size."""
        right, down = width_px / self.width_px, height_px / self.height_px
        xx, xy, yx, yy = self.matrix
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            matrix=(right * xx, right * xy, down * yx, down * yy),
            centre_px=(right * self.centre_px[0], down * self.centre_px[1]),
        )

    def upright(self, orientation: int) -> FisheyeLens:
        """The lens of the upright picture, where this is that of the stored one. orientation: its
        tag, 1, 3, 6 or 8; a mirrored picture is of no lens: ValueError."""
        if orientation not in _ROTATIONS:
            raise ValueError(f"a picture of orientation {orientation} is mirrored")
        turn = np.array(_ROTATIONS[orientation], dtype=np.float64).reshape(2, 2)
        size = np.array((self.width_px, self.height_px))
        turned = np.abs(turn) @ size
        centre = turn @ (np.array(self.centre_px) - size / 2) + turned / 2
        (xx, xy), (yx, yy) = turn @ np.reshape(self.matrix, (2, 2)) @ turn.T
        return replace(
            self,
            width_px=float(turned[0]),
            height_px=float(turned[1]),
            matrix=(float(xx), float(xy), float(yx), float(yy)),
            centre_px=(float(centre[0]), float(centre[1])),
        )


def _slope(series: tuple[float, ...], theta_rad: Array) -> Array:
    return np.asarray(np.polyval([n * each for n, each in enumerate(series, 1)][::-1], theta_rad))


@lru_cache(maxsize=64)
def _grows_to_rad(series: tuple[float, ...]) -> float:
    theta = np.linspace(0.0, math.pi, _TABLE)
    falls = _slope(series, theta) <= 0
    if not falls.any():
        return math.pi
    after = int(np.argmax(falls))
    low, high = float(theta[max(0, after - 1)]), float(theta[after])
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if _slope(series, np.array(middle)) <= 0 else (middle, high)
    return low
