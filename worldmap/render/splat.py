"""Points as discs on a picture: a z-buffer in numpy, no GPU and no window.

Two passes, as in surface splatting (Botsch and Kobbelt, Pacific Graphics 2003): the first finds the
nearest depth of each pixel, the second averages the colours of all discs that lie about there, by
how near their middle is. Overlapping photos blend instead of flickering through each other. A disc
whose normal is known lies on its surface: where it is seen from the side it is an ellipse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.frames import Frame, RigidTransform, require_frame
from worldmap.frozen import freeze

Array = NDArray[np.float32]

# Half widths of discs in pixels; those that are larger (very near points) stay that small, or this
# share of the picture's width.
_HALF_PX = (1, 2, 3, 4, 6, 9, 13, 20)
_LARGEST_SHARE = 0.011
# A disc reaches over the border by twice its half width, as its middle may lie beyond too.
_MARGIN_PX = 2 * _HALF_PX[-1] + 2
# A disc covers its pixel even where it is far smaller.
_SMALLEST_RADIUS_PX = 0.75
# What is nearer than this to the camera only gets in its way.
_NEAR_M = 0.4
# Weights are whole numbers, so that sums are exact and two colours fit into one integer.
_WEIGHTS = 63
_LANE = np.int64(1) << 32
# Discs count as one surface where they lie no further behind the nearest than this many sizes.
_SURFACE_SIZES = 1.0
# From the edge a disc would be no pixel wide.
_LEAST_FACING = np.float32(0.2)
_SURFACE_REL = np.float32(0.004)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Splats:
    """Discs to draw: xyz_enu (N, 3) float32 in metres of `frame`, rgb (N, 3) uint8 sRGB, size_m
    (N,) float32 their diameters, normal_enu (N, 3) float32 of their surfaces, either way; NaN, or
    nothing for all: they face the camera. ValueError where lengths differ."""

    frame: Frame
    xyz_enu: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    size_m: NDArray[np.float32]
    normal_enu: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        count = len(self.xyz_enu)
        freeze(
            self,
            "C",
            xyz_enu=(np.float32, (count, 3)),
            rgb=(np.uint8, (count, 3)),
            size_m=(np.float32, (count,)),
            normal_enu=(np.float32, (count, 3)),
        )

    @classmethod
    def of(
        cls,
        cloud: PointCloud,
        rgb: NDArray[np.uint8],
        size_m: NDArray[np.float32],
        normal_enu: NDArray[np.float32] | None = None,
    ) -> Splats:
        """The points of a cloud in ENU, in these colours (N, 3), diameters (N,) and normals."""
        return cls(
            frame=cloud.frame,
            xyz_enu=cloud.xyz.astype(np.float32),
            rgb=rgb,
            size_m=size_m,
            normal_enu=normal_enu,
        )

    def __len__(self) -> int:
        return len(self.xyz_enu)

    def recoloured(self, rgb: NDArray[np.uint8]) -> Splats:
        """The same discs in other colours (N, 3)."""
        return replace(self, rgb=rgb)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawing:
    """What the discs cover: rgb (H, W, 3) float32 in 0-255, depth_m (H, W) float32 along the
    optical axis, +inf where there is nothing."""

    rgb: Array
    depth_m: Array

    @property
    def covered(self) -> NDArray[np.bool_]:
        """(H, W) whether anything is seen."""
        return np.isfinite(self.depth_m)


def draw(splats: Splats, camera: Camera, enu_from_cam: RigidTransform) -> Drawing:
    """The discs as a pinhole camera sees them; ValueError for a camera with distortion, FrameError
    for one in another frame."""
    require_frame(splats.frame, (enu_from_cam.to,))
    if not camera.is_pinhole:
        raise ValueError("pictures are drawn by a pinhole camera")
    width, height = camera.width_px + 2 * _MARGIN_PX, camera.height_px + 2 * _MARGIN_PX
    seen = _projected(splats, camera, enu_from_cam)
    nearest_m = np.full(width * height, np.inf, dtype=np.float32)
    stamps = []
    for stamp in _stamps(seen, width):
        np.minimum.at(nearest_m, stamp.pixel, seen.depth_m[stamp.point])
        stamps.append(stamp)
    # Colours as pairs of sums in one integer each: red and green, blue and the weights.
    red_green = np.zeros(width * height, dtype=np.int64)
    blue_weight = np.zeros(width * height, dtype=np.int64)
    depth_sum = np.zeros(width * height, dtype=np.float32)
    for stamp in stamps:
        keep = seen.front_m[stamp.point] <= nearest_m[stamp.pixel]
        pixel, point, weight = stamp.pixel[keep], stamp.point[keep], stamp.weight[keep]
        np.add.at(red_green, pixel, seen.red_green[point] * weight)
        np.add.at(blue_weight, pixel, seen.blue_one[point] * weight)
        np.add.at(depth_sum, pixel, seen.depth_m[point] * weight.astype(np.float32))
    return _resolved(camera, red_green, blue_weight, depth_sum)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Seen:
    """Points in the picture, sorted by their class of size: pixel coordinates with the margin,
    depth, how far in front of it a surface may begin, half width, the ellipse (3, N) a, b, c of a
    x² + 2 b x y + c y² = 1 in pixels, packed colours."""

    u_px: Array
    v_px: Array
    depth_m: Array
    front_m: Array
    ellipse: Array
    red_green: NDArray[np.int64]
    blue_one: NDArray[np.int64]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stamp:
    """One pixel of each of many discs: where it is, whose it is, how much it counts."""

    pixel: NDArray[np.int64]
    point: NDArray[np.int64]
    weight: NDArray[np.int64]


def _projected(splats: Splats, camera: Camera, enu_from_cam: RigidTransform) -> _Seen:
    eye = enu_from_cam.translation_m.astype(np.float32)
    cam_from_enu = enu_from_cam.rotation.T.astype(np.float32)
    x, y, z = (cam_from_enu @ (splats.xyz_enu - eye).T).astype(np.float32)
    index = np.flatnonzero(z > _NEAR_M)
    z = z[index]
    u = x[index] * (np.float32(camera.fx_px) / z) + np.float32(camera.cx_px)
    v = y[index] * (np.float32(camera.fy_px) / z) + np.float32(camera.cy_px)
    radius = np.float32(0.5 * camera.fx_px) * splats.size_m[index] / z
    largest = min(_HALF_PX[-1], max(2.0, _LARGEST_SHARE * camera.width_px))
    np.clip(radius, _SMALLEST_RADIUS_PX, largest, out=radius)
    inside = (u > -radius) & (u < camera.width_px + radius)
    inside &= (v > -radius) & (v < camera.height_px + radius)
    size_class = np.searchsorted(np.array(_HALF_PX, dtype=np.float32), radius[inside])
    order = np.argsort(size_class.astype(np.uint8), kind="stable")
    kept = np.flatnonzero(inside)[order]
    index, z = index[kept], z[kept]
    ray = np.stack((x[index], y[index])) / z
    rgb = splats.rgb[index].astype(np.int64)
    size = splats.size_m[index]
    return _Seen(
        u_px=u[kept] + np.float32(_MARGIN_PX),
        v_px=v[kept] + np.float32(_MARGIN_PX),
        depth_m=z,
        front_m=z - np.maximum(np.float32(_SURFACE_SIZES) * size, _SURFACE_REL * z),
        ellipse=_ellipses(splats, index, ray, radius[kept], cam_from_enu),
        red_green=rgb[:, 0] + _LANE * rgb[:, 1],
        blue_one=rgb[:, 2] + _LANE,
        ends=tuple(np.cumsum(np.bincount(size_class, minlength=len(_HALF_PX))).tolist()),
    )


def _ellipses(
    splats: Splats, index: NDArray[np.intp], ray: Array, radius_px: Array, cam_from_enu: Array
) -> Array:
    """(3, M) `_Seen.ellipse` of some discs of radii (M,) in pixels along rays (2, M): tangents
    to the right and down of the axis.

    A plane n · X = c is z = c / (n · ray) deep, so that a place on it moves by
    z (d − (n · d) / (n · ray) ray) where its ray moves by d, to first order, which is exact at a
    disc's middle.
    """
    circle = np.zeros((3, len(index)), dtype=np.float32)
    circle[0] = circle[2] = 1 / radius_px**2
    if splats.normal_enu is None:
        return circle
    normal = cam_from_enu @ splats.normal_enu[index].T
    slant2 = 1 + (ray**2).sum(axis=0)
    facing = ((normal[:2] * ray).sum(axis=0) + normal[2]) / np.sqrt(slant2)
    least = np.maximum(_LEAST_FACING, np.minimum(_SMALLEST_RADIUS_PX / radius_px, 1))
    facing = np.copysign(np.maximum(np.abs(facing), least), facing) * np.sqrt(slant2)
    s_x, s_y = normal[:2] / facing
    ellipse = circle.copy()
    ellipse[0] *= 1 - 2 * s_x * ray[0] + s_x**2 * slant2
    ellipse[1] = circle[0] * (s_x * s_y * slant2 - s_x * ray[1] - s_y * ray[0])
    ellipse[2] *= 1 - 2 * s_y * ray[1] + s_y**2 * slant2
    known = np.isfinite(normal[0])
    return np.where(known, ellipse, circle)


def _stamps(seen: _Seen, width: int) -> Iterator[_Stamp]:
    """All pixels of all discs: the margin of the buffers takes what hangs over the border."""
    start = 0
    for half, end in zip(_HALF_PX, seen.ends, strict=True):
        if end == start:
            continue
        part = slice(start, end)
        # The pixel whose centre is left of and above the middle, or on it.
        left = np.floor(seen.u_px[part] - np.float32(0.5))
        top = np.floor(seen.v_px[part] - np.float32(0.5))
        across = seen.u_px[part] - np.float32(0.5) - left
        down = seen.v_px[part] - np.float32(0.5) - top
        corner = top.astype(np.int64) * width + left.astype(np.int64)
        a, b, c = seen.ellipse[:, part]
        for row in range(1 - half, half + 1):
            y = np.float32(row) - down
            rest, slope = 1 - c * y**2, 2 * b * y
            for column in range(1 - half, half + 1):
                x = np.float32(column) - across
                inside = rest - x * (a * x + slope)
                hit = np.flatnonzero(inside > 0)
                if not len(hit):
                    continue
                yield _Stamp(
                    pixel=corner[hit] + (row * width + column),
                    point=hit + start,
                    weight=(inside[hit] * np.float32(_WEIGHTS - 1)).astype(np.int64) + 1,
                )
        start = end


def _resolved(
    camera: Camera,
    red_green: NDArray[np.int64],
    blue_weight: NDArray[np.int64],
    depth_sum: Array,
) -> Drawing:
    shape = (camera.height_px + 2 * _MARGIN_PX, camera.width_px + 2 * _MARGIN_PX)
    inner = (slice(_MARGIN_PX, -_MARGIN_PX), slice(_MARGIN_PX, -_MARGIN_PX))
    first, second = red_green.reshape(shape)[inner], blue_weight.reshape(shape)[inner]
    weight = (second >> 32).astype(np.float32)
    empty = weight == 0
    weight[empty] = 1.0
    per_weight = 1.0 / weight
    low = _LANE - 1
    rgb = np.stack(
        [
            (first & low).astype(np.float32) * per_weight,
            (first >> 32).astype(np.float32) * per_weight,
            (second & low).astype(np.float32) * per_weight,
        ],
        axis=-1,
    )
    depth_m = depth_sum.reshape(shape)[inner] * per_weight
    depth_m[empty] = np.inf
    return Drawing(rgb=rgb, depth_m=depth_m)
