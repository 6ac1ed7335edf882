"""What other photos say of a photo's points: they agree, or they look straight through.

Each point is projected into the photos that look at it, as depth maps are fused in multi-view
stereo (Merrell et al., ICCV 2007): a photo that sees the same surface there supports the point and
draws it to where both put it, weighted by their sigmas; one that sees further on denies it; one
that sees something nearer says nothing. Where those that agree differ by more than their sigmas
say, these are too small by as much (Birge, Physical Review 40, 1932).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.frames import RigidTransform
from worldmap.records import ColourRatio, View

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

_NEAREST_M = 0.2
"""Nothing nearer to a camera is compared."""
_LEAST_VARIANCE_M2 = np.float32(1e-8)
_LEAST_KNOWN = np.float32(0.1)
"""A refined point that knows less than this share of what those that agree with it know on average
adds nothing to their points but blur: its sigma is three of theirs."""
_MISSED_BY = np.float32(4.0)
"""Surfaces that two refined photos have so many tolerances apart are one, which one of them, or
both, has at the wrong place: what more photos miss in this way than agree on is left out."""
_BLOCK_PX = 32
_CHUNK = 1 << 18
"""Points compared at once: enough that threads seldom wait for the interpreter."""
_COLOUR_SAMPLES = 600
_DARKEST, _BRIGHTEST = 12, 243
"""Colours outside are clipped and tell no ratio."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AgreedCloud:
    """A photo's points in ENU after the others were asked: moved to where they agree, with sigma
    and support, without the `removed` ones that others look through. pixel (N,): row · width +
    column of each in the view's grid."""

    cloud: PointCloud
    pixel: Indices
    removed: int
    colour_ratios: tuple[ColourRatio, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PreparedView:
    """A view laid out for comparison: flat arrays, one value for each pixel of its grid."""

    view: View
    seen_m: Floats
    nearest_m: Floats
    """Nearest range in the 3×3 pixels about each: a pose or an edge may be off by a pixel."""
    information: Floats
    """1/σ² of the depth, systematic part included; where it is unknown or sky, that of no error."""
    rays_xy: tuple[Floats, Floats]
    points: _Points

    @classmethod
    def of(cls, view: View, settings: FuseSettings) -> PreparedView:
        """Prepare a view; costs about as much as comparing it once."""
        from scipy import ndimage

        # −∞ is nearer than everything, so that an unknown neighbour makes a pixel unknown.
        known = np.where(np.isnan(view.seen_m), np.float32(-np.inf), view.seen_m)
        nearest = ndimage.minimum_filter(known, size=3, mode="nearest")
        nearest[np.isneginf(nearest)] = np.nan
        seen = np.where(np.isinf(view.seen_m), np.float32(np.nan), view.seen_m)
        told = view.is_refined or view.is_stereo
        common = np.float32(0.0 if told else settings.systematic_rel)
        variance = view.sigma_m**2 + (common * seen) ** 2
        variance[np.isnan(variance)] = 0
        rays = _rays(view.camera)
        return cls(
            view=view,
            seen_m=seen.ravel(),
            nearest_m=nearest.ravel(),
            information=(1 / np.maximum(variance, _LEAST_VARIANCE_M2)).ravel(),
            rays_xy=_rays_xy(view.camera),
            points=_Points.of(view, rays),
        )


@lru_cache(maxsize=4)
def _rays(camera: Camera) -> Floats:
    """(H, W, 3) direction through each pixel, z = 1; photos of one camera share them."""
    rays = camera.rays(camera.pixel_centres()).astype(np.float32)
    rays.setflags(write=False)
    return rays


@lru_cache(maxsize=4)
def _rays_xy(camera: Camera) -> tuple[Floats, Floats]:
    """Their x and y, one after the other."""
    rays = _rays(camera)
    found = rays[..., 0].ravel(), rays[..., 1].ravel()
    for each in found:
        each.setflags(write=False)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """A view's points, block by block of the image: their pixels and x, y, z in its camera frame;
    of each block the first row, a centre (B, 3) and the radius that holds all its points."""

    pixel: Indices
    xyz: tuple[Floats, Floats, Floats]
    start: Indices
    centre: Floats
    radius: Floats

    @classmethod
    def of(cls, view: View, rays: Floats) -> _Points:
        rows, columns = np.nonzero(np.isfinite(view.depth_m))
        across = -(-view.camera.width_px // _BLOCK_PX)
        block = (rows // _BLOCK_PX) * across + columns // _BLOCK_PX
        order = np.argsort(block, kind="stable")
        rows, columns, block = rows[order], columns[order], block[order]
        xyz = rays[rows, columns] * view.depth_m[rows, columns][:, None]
        start = np.flatnonzero(np.diff(block, prepend=-1))
        low, high = (
            end.reduceat(xyz, start) if len(start) else np.empty((0, 3), dtype=np.float32)
            for end in (np.minimum, np.maximum)
        )
        return cls(
            pixel=rows * view.camera.width_px + columns,
            xyz=(xyz[:, 0].copy(), xyz[:, 1].copy(), xyz[:, 2].copy()),
            start=start,
            centre=((low + high) / 2).astype(np.float32),
            radius=np.linalg.norm(high - low, axis=1) / 2,
        )

    def in_sight(self, other: View, other_from_cam: RigidTransform) -> Indices:
        """Rows of the blocks that may show in another view."""
        camera = other.camera
        if not camera.is_pinhole:
            return np.arange(len(self.pixel))
        centre = other_from_cam.apply(self.centre.astype(np.float64))
        # Inward normals of the planes through the camera and the four sides of its image.
        planes = np.array(
            (
                (camera.fx_px, 0.0, camera.cx_px),
                (-camera.fx_px, 0.0, camera.width_px - camera.cx_px),
                (0.0, camera.fy_px, camera.cy_px),
                (0.0, -camera.fy_px, camera.height_px - camera.cy_px),
                (0.0, 0.0, 1.0),
            )
        )
        planes /= np.linalg.norm(planes, axis=1, keepdims=True)
        visible = (centre @ planes.T > -self.radius[:, None]).all(axis=1)
        length = np.diff(self.start, append=len(self.pixel))
        return np.flatnonzero(np.repeat(visible, length))


def agree(
    view: PreparedView, others: Sequence[PreparedView], settings: FuseSettings
) -> AgreedCloud:
    """Ask `others`, which are other photos, about every point of `view`."""
    own, points = view.view, view.points
    count = len(points.pixel)
    total = view.information[points.pixel]
    variance = np.float32(1) / total
    shift = np.zeros((3, count), dtype=np.float32)
    chi2 = np.zeros(count, dtype=np.float32)
    support = np.ones(count, dtype=np.int32)
    denials = np.zeros(count, dtype=np.int32)
    misses = np.zeros(count, dtype=np.int32)
    ratios = []
    for other in others:
        pixels: list[Indices] = []
        other_pixels: list[Indices] = []
        for seen in _compare(view, variance, other, settings):
            denials[seen.denied] += 1
            misses[seen.missed] += 1
            rows = seen.agreed
            support[rows] += 1
            total[rows] += seen.weight
            chi2[rows] += seen.chi2
            for axis in range(3):
                shift[axis, rows] += seen.weight * seen.shift[axis]
            pixels.append(points.pixel[rows])
            other_pixels.append(seen.pixel)
        ratio = _colour_ratio(own, _joined(pixels), other.view, _joined(other_pixels))
        if ratio is not None:
            ratios.append(ratio)
    keep = np.ones(count, dtype=np.bool_)
    if settings.free_space:
        keep = (denials < settings.see_through_photos) | (denials < support)
    if own.is_refined:
        keep &= view.information[points.pixel] * support >= _LEAST_KNOWN * total
        keep &= misses < support
    kept = np.flatnonzero(keep)
    pixel, total = points.pixel[kept], total[kept]
    # As many differences as other photos: what they are on average if sigmas hold is 1.
    excess = np.sqrt(np.maximum(chi2[kept] / np.maximum(support[kept] - 1, 1), 1))
    cloud = PointCloud(
        frame=own.enu_from_cam.to,
        xyz=_in_enu(
            own.enu_from_cam,
            [points.xyz[axis][kept] + shift[axis, kept] / total for axis in range(3)],
        ),
        rgb=own.rgb.reshape(-1, 3)[pixel],
        sigma_m=(excess / np.sqrt(total)).astype(np.float32),
        photo_id=np.full(len(kept), own.photo_id, dtype=np.uint32),
        support=np.minimum(support[kept], 255).astype(np.uint8),
    )
    return AgreedCloud(
        cloud=cloud,
        pixel=pixel,
        removed=count - len(kept),
        colour_ratios=tuple(ratios),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Of each pixel (H·W,) of a view: how many others see the surface that it sees, and how many
    look straight through; 0 where it gives no point."""

    agreed: NDArray[np.int32]
    denied: NDArray[np.int32]


def votes(view: PreparedView, others: Sequence[PreparedView], settings: FuseSettings) -> Votes:
    """Ask `others` about every point of `view`, and change nothing."""
    pixel = view.points.pixel
    variance = np.float32(1) / view.information[pixel]
    found = Votes(
        agreed=np.zeros(view.seen_m.shape, dtype=np.int32),
        denied=np.zeros(view.seen_m.shape, dtype=np.int32),
    )
    for other in others:
        for seen in _compare(view, variance, other, settings):
            found.agreed[pixel[seen.agreed]] += 1
            found.denied[pixel[seen.denied]] += 1
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Comparison:
    """Rows of the points that another photo agrees on, with where in it (pixel), how far it would
    have them shift in the asking camera's frame (3, M), its weight, and the square of how many
    sigmas they differ by; rows that it denies; rows of which it has the surface elsewhere close by.
    """

    agreed: Indices
    pixel: Indices
    shift: Floats
    weight: Floats
    chi2: Floats
    denied: Indices
    missed: Indices


def _joined(parts: list[Indices]) -> Indices:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)


def _compare(
    view: PreparedView, own_variance: Floats, other: PreparedView, settings: FuseSettings
) -> Iterator[_Comparison]:
    other_from_cam = other.view.enu_from_cam.inverse() @ view.view.enu_from_cam
    rows = view.points.in_sight(other.view, other_from_cam)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        yield _compare_rows(view, chunk, own_variance, other, other_from_cam, settings)


def _compare_rows(
    view: PreparedView,
    rows: Indices,
    own_variance: Floats,
    other: PreparedView,
    other_from_cam: RigidTransform,
    settings: FuseSettings,
) -> _Comparison:
    camera = other.view.camera
    x, y, z = _moved(other_from_cam, tuple(axis[rows] for axis in view.points.xyz))
    u, v = _projected(other.view, x, y, z)
    inside = (z > _NEAREST_M) & (u >= 0) & (u < camera.width_px)
    inside &= (v >= 0) & (v < camera.height_px)
    here = np.flatnonzero(inside)
    rows, x, y, z = rows[here], x[here], y[here], z[here]
    pixel = v[here].astype(np.intp) * camera.width_px + u[here].astype(np.intp)

    difference = other.seen_m[pixel] - z
    variance = own_variance[rows] + 1 / other.information[pixel]
    variance += np.float32(settings.registration_sigma_m**2)
    tolerance = np.minimum(
        settings.agree_sigmas * np.sqrt(variance), settings.agree_within_rel * z
    ).astype(np.float32)
    agrees = np.abs(difference) <= tolerance

    margin = variance + (np.float32(settings.see_through_rel) * z) ** 2
    denies = other.nearest_m[pixel] - z > settings.see_through_sigmas * np.sqrt(margin)

    at = pixel[agrees]
    far = other.seen_m[at]
    away = (other.rays_xy[0][at] * far, other.rays_xy[1][at] * far, far)
    dx, dy, dz = (
        there - here for there, here in zip(away, (x[agrees], y[agrees], z[agrees]), strict=True)
    )
    rotation = other_from_cam.rotation.astype(np.float32)
    shift = np.stack(
        [rotation[0, k] * dx + rotation[1, k] * dy + rotation[2, k] * dz for k in range(3)]
    )
    chi2 = difference[agrees] ** 2 / variance[agrees]
    # Cauchy's weight: what agrees only just has little to say.
    weight = other.information[at] / (1 + chi2)
    return _Comparison(
        agreed=rows[agrees],
        pixel=at,
        shift=shift,
        weight=weight,
        chi2=chi2,
        denied=rows[denies & ~agrees],
        missed=rows[~agrees & (np.abs(difference) <= _MISSED_BY * tolerance)],
    )


def _moved(
    to_from_source: RigidTransform, xyz: tuple[Floats, ...]
) -> tuple[Floats, Floats, Floats]:
    rotation = to_from_source.rotation.astype(np.float32)
    translation = to_from_source.translation_m.astype(np.float32)
    x, y, z = xyz
    moved = [r[0] * x + r[1] * y + r[2] * z + t for r, t in zip(rotation, translation, strict=True)]
    return moved[0], moved[1], moved[2]


def _in_enu(enu_from_cam: RigidTransform, xyz_cam: Sequence[Floats]) -> NDArray[np.float64]:
    """ENU points (N, 3) of camera-frame columns x, y, z: like `apply`, without a detour by BLAS,
    whose threads get in the way of ours."""
    x, y, z = (column.astype(np.float64) for column in xyz_cam)
    found = np.empty((len(x), 3))
    for axis, (row, offset) in enumerate(
        zip(enu_from_cam.rotation, enu_from_cam.translation_m, strict=True)
    ):
        found[:, axis] = row[0] * x + row[1] * y + row[2] * z + offset
    return found


def _projected(view: View, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Pixels of camera-frame points; anything for those behind the camera."""
    camera = view.camera
    if not camera.is_pinhole:
        uv_px = camera.project(np.stack((x, y, z), axis=-1).astype(np.float64))
        uv_px = np.nan_to_num(uv_px, nan=-1.0)
        return uv_px[:, 0].astype(np.float32), uv_px[:, 1].astype(np.float32)
    inverse = np.float32(1) / np.maximum(z, np.float32(_NEAREST_M))
    u = np.float32(camera.fx_px) * x * inverse + np.float32(camera.cx_px)
    v = np.float32(camera.fy_px) * y * inverse + np.float32(camera.cy_px)
    return u.astype(np.float32, copy=False), v.astype(np.float32, copy=False)


def _colour_ratio(a: View, pixel_a: Indices, b: View, pixel_b: Indices) -> ColourRatio | None:
    """From an even sample of the pixels that show the same point; None where too few tell."""
    step = max(1, len(pixel_a) // _COLOUR_SAMPLES)
    colours_a = a.rgb.reshape(-1, 3)[pixel_a[::step]].astype(np.float32)
    colours_b = b.rgb.reshape(-1, 3)[pixel_b[::step]].astype(np.float32)
    both = np.stack((colours_a, colours_b))
    usable = ((both > _DARKEST) & (both < _BRIGHTEST)).all(axis=(0, 2))
    if usable.sum() < 50:
        return None
    red, green, blue = np.median(
        np.log(colours_a[usable]) - np.log(colours_b[usable]), axis=0
    ).tolist()
    return ColourRatio(
        photo_a=a.photo_id,
        photo_b=b.photo_id,
        log_ratio=(red, green, blue),
        points=int(usable.sum()) * step,
    )
