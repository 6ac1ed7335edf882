"""The pinhole camera with Brown distortion: pixels to rays and back.

Pixel centres lie at (0.5, 0.5): a pixel in column c and row r has u = c + 0.5, v = r + 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import RigidTransform

Array = NDArray[np.float64]

_UNDISTORT_ITERATIONS = 30
_UNDISTORTED = 1e-12
_LEAST_SLOPE = 0.05
_LONGEST_STEP = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """What photos tell of the camera that took them, in pixels of the upright full-size image:
    focal length (along x), principal point, and Brown's first two radial terms."""

    focal_px: float
    cx_px: float
    cy_px: float
    k1: float
    k2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Intrinsics of an upright image.

    fx_px, fy_px, cx_px, cy_px in pixels of an image of width_px × height_px. `distortion` is
    (k1, k2, p1, p2, k3) of Brown's model in OpenCV's order, unitless; all zero is a pure pinhole.
    ValueError for sizes or focal lengths that are not positive.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px <= 0:
            raise ValueError(f"image size must be positive: {self.width_px}×{self.height_px}")
        if not (self.fx_px > 0 and self.fy_px > 0):
            raise ValueError(f"focal length must be positive: {self.fx_px}, {self.fy_px}")

    @classmethod
    def centred(cls, width_px: int, height_px: int, focal_px: float) -> Camera:
        """A pinhole with square pixels and its principal point in the middle of the image."""
        return cls(
            width_px=width_px,
            height_px=height_px,
            fx_px=focal_px,
            fy_px=focal_px,
            cx_px=width_px / 2,
            cy_px=height_px / 2,
        )

    def rescaled(self, width_px: int, height_px: int) -> Camera:
        """The same camera for the image resampled to another size."""
        sx, sy = width_px / self.width_px, height_px / self.height_px
        return replace(
            self,
            width_px=width_px,
            height_px=height_px,
            fx_px=self.fx_px * sx,
            fy_px=self.fy_px * sy,
            cx_px=self.cx_px * sx,
            cy_px=self.cy_px * sy,
        )

    def at_most(self, longer_px: int) -> Camera:
        """The same camera for the image reduced, where it is larger, until its longer side has so
        many pixels."""
        longer = max(self.width_px, self.height_px)
        if longer <= longer_px:
            return self
        shrunk = longer_px / longer
        return self.rescaled(
            max(1, round(self.width_px * shrunk)), max(1, round(self.height_px * shrunk))
        )

    def with_lens(self, lens: Lens) -> Camera:
        """The same camera with the lens that photos told; what they do not tell stays."""
        return replace(
            self,
            fx_px=lens.focal_px,
            fy_px=self.fy_px * lens.focal_px / self.fx_px,
            cx_px=lens.cx_px,
            cy_px=lens.cy_px,
            distortion=(lens.k1, lens.k2, *self.distortion[2:]),
        )

    @property
    def lens(self) -> Lens:
        """What `with_lens` would set."""
        k1, k2 = self.distortion[:2]
        return Lens(focal_px=self.fx_px, cx_px=self.cx_px, cy_px=self.cy_px, k1=k1, k2=k2)

    @property
    def matrix(self) -> Array:
        """(3, 3) calibration matrix K, pixel centres at half-integers."""
        return np.array(
            ((self.fx_px, 0.0, self.cx_px), (0.0, self.fy_px, self.cy_px), (0.0, 0.0, 1.0))
        )

    @property
    def is_pinhole(self) -> bool:
        """Whether the lens has no distortion."""
        return not any(self.distortion)

    @property
    def hfov_deg(self) -> float:
        """Angle between the left and the right edge of the image, without distortion."""
        left = math.atan(self.cx_px / self.fx_px)
        right = math.atan((self.width_px - self.cx_px) / self.fx_px)
        return math.degrees(left + right)

    def pixel_centres(self) -> Array:
        """(height, width, 2) u, v of every pixel centre."""
        u, v = np.meshgrid(np.arange(self.width_px) + 0.5, np.arange(self.height_px) + 0.5)
        return np.stack((u, v), axis=-1)

    def project(self, xyz_cam: Array) -> Array:
        """Pixels (..., 2) of camera-frame points (..., 3); NaN for points not in front (z ≤ 0)."""
        z = xyz_cam[..., 2]
        safe_z = np.where(z > 0, z, np.nan)
        x, y = xyz_cam[..., 0] / safe_z, xyz_cam[..., 1] / safe_z
        if not self.is_pinhole:
            x, y = distorted(x, y, self.distortion)
        return np.stack((self.fx_px * x + self.cx_px, self.fy_px * y + self.cy_px), axis=-1)

    def in_picture(self, uv_px: Array) -> NDArray[np.bool_]:
        """(...) which pixels (..., 2) lie in the picture; NaN lies nowhere."""
        inside = (uv_px > 0) & (uv_px < (self.width_px, self.height_px))
        return np.asarray(inside.all(axis=-1))

    def rays(self, uv_px: Array) -> Array:
        """Directions (..., 3) with z = 1 through pixels (..., 2): X = (u−cx)/fx, Y = (v−cy)/fy."""
        x = (uv_px[..., 0] - self.cx_px) / self.fx_px
        y = (uv_px[..., 1] - self.cy_px) / self.fy_px
        if not self.is_pinhole:
            x, y = self._undistort(x, y)
        return np.stack((x, y, np.ones_like(x)), axis=-1)

    def unproject(self, uv_px: Array, depth_m: Array) -> Array:
        """Camera-frame points (..., 3): X = (u−cx)·Z/fx, Y = (v−cy)·Z/fy, Z along the axis."""
        return self.rays(uv_px) * np.asarray(depth_m)[..., None]

    def _undistort(self, xd: Array, yd: Array) -> tuple[Array, Array]:
        # Newton's method. Where the model folds over, which a calibration says nothing about, the
        # steps are kept short, so that such pixels get a ray near the fold instead of none.
        x, y = xd, yd
        for _ in range(_UNDISTORT_ITERATIONS):
            along, across, down = distorted_slopes(x, y, self.distortion)
            at_x, at_y = distorted(x, y, self.distortion)
            off_x, off_y = xd - at_x, yd - at_y
            area = np.maximum(along * down - across * across, _LEAST_SLOPE)
            step_x = (down * off_x - across * off_y) / area
            step_y = (along * off_y - across * off_x) / area
            shorter = np.minimum(1.0, _LONGEST_STEP / np.maximum(np.hypot(step_x, step_y), 1e-12))
            x, y = x + shorter * step_x, y + shorter * step_y
            if not (np.hypot(off_x, off_y) > _UNDISTORTED).any():
                break
        return x, y


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlacedCamera:
    """A camera and where it stands: interior and exterior orientation of one picture."""

    camera: Camera
    enu_from_cam: RigidTransform


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GreyPicture(PlacedCamera):
    """A photo on the grid of `camera`: grey (H, W) float32, 0 … 255."""

    grey: NDArray[np.float32]


def distorted(x: Array, y: Array, coefficients: Sequence[Any]) -> tuple[Array, Array]:
    """Brown's model (1966) in the form of OpenCV's calib3d documentation: where points (...) at
    distance 1 along the axis appear. coefficients: k1, k2, p1, p2, k3, numbers or arrays (...)."""
    k1, k2, p1, p2, k3 = coefficients
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return (
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
    )


def distorted_slopes(x: Array, y: Array, coefficients: Sequence[Any]) -> tuple[Array, Array, Array]:
    """∂x_d/∂x, ∂x_d/∂y = ∂y_d/∂x, ∂y_d/∂y of `distorted`."""
    k1, k2, p1, p2, k3 = coefficients
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    growth = 2 * (k1 + r2 * (2 * k2 + r2 * 3 * k3))
    return (
        radial + x * x * growth + 2 * p1 * y + 6 * p2 * x,
        x * y * growth + 2 * p1 * x + 2 * p2 * y,
        radial + y * y * growth + 6 * p1 * y + 2 * p2 * x,
    )
