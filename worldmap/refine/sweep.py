"""Depth from the photos themselves.

A plane sweep (Collins, CVPR 1996): surfaces are tried one after the other, each neighbour's picture
is drawn as the photo would see it if the surface were there, and compared window by window
(normalised cross-correlation). The surfaces are the photo's own depth, nearer and further in equal
steps of parallax: so windows lie along the surface, however slanted, and only depths are tried that
are still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, GreyPicture, distorted

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

WINDOW_PX: Final = 7
"""Windows are so wide and high."""
SIGMAS: Final = 3.0
"""A depth is looked for within so many sigmas of what is known of it."""

# Of a grey value: what is less than this is noise of sensor and compression.
_NOISE_GREY: Final = 2.0
# Windows with so many times the noise show something.
_TEXTURE: Final = 3.0
_FEWEST_STEPS, _MOST_STEPS = 4, 16
# The least correlation of a match: its residual is then less than half of the texture; and what is
# so small that it is none.
_LEAST_SCORE, _NO_SCORE = 0.6, 0.5
# A second depth that fits nearly as well leaves open which is right.
_CLEARER_BY: Final = 0.04
_APART_STEPS: Final = 3
# Neighbouring pixels of a resampled JPEG are not independent: so many pixels tell as much as one.
_PIXELS_PER_DATUM: Final = 4.0
_NEAREST_M: Final = 0.2
_OUTSIDE: Final = np.float32(-2.0)
_NAN: Final = np.float32(np.nan)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Swept:
    """What a sweep found, (H, W) each. depth_m: where one surface fits, and fits best; its relative
    sigma; else NaN. fits: whether any that was tried fits at all, NaN-free; tested: whether at
    least two neighbours look there and there is something to compare."""

    depth_m: Floats
    sigma_rel: Floats
    fits: Bools
    tested: Bools


def sweep_about(
    photo: GreyPicture,
    range_m: Floats,
    sigma_rel: Floats,
    neighbours: Sequence[GreyPicture],
    *,
    step_px: float,
) -> Swept:
    """Try depths about range_m (H, W; NaN = none asked for), which is right within sigma_rel, in
    steps that move a pixel by step_px in that neighbour where it moves most."""
    warps = [_Warp.of(photo, other) for other in neighbours]
    base = np.float32(1) / range_m
    step = base * _step_rel(warps, base, step_px)
    reach = np.float32(SIGMAS) * sigma_rel * base / step
    known = np.isfinite(reach)
    wanted = np.ceil(np.percentile(reach[known], 90)) if known.any() else 0
    count = int(np.clip(wanted, _FEWEST_STEPS, _MOST_STEPS))
    reach = np.minimum(reach, np.float32(count - 1))
    own = _Windows.of(photo.grey)
    scores = np.empty((2 * count + 1, *base.shape), dtype=np.float32)
    seen = np.zeros(base.shape, dtype=np.intp)
    for index in range(len(scores)):
        inverse = base + np.float32(index - count) * step
        correlations = [
            own.correlation(*warp.drawn(other.grey, inverse))
            for other, warp in zip(neighbours, warps, strict=True)
        ]
        scores[index], looking = _better_half(correlations)
        if index == count:
            seen = looking
    offset = np.arange(-count, count + 1, dtype=np.float32)[:, None, None]
    usable = np.where(np.isnan(scores) | ~(np.abs(offset) <= reach), _OUTSIDE, scores)
    best = usable.argmax(axis=0)
    inner = np.clip(best, 1, 2 * count - 1)
    before, here, after = (
        np.take_along_axis(scores, (inner + k)[None], axis=0)[0] for k in (-1, 0, 1)
    )
    bend = 2 * here - before - after
    rival = np.where(np.abs(offset + count - best) < _APART_STEPS, _OUTSIDE, usable).max(axis=0)
    found = (best == inner) & (here > _LEAST_SCORE) & (bend > 1e-4)
    found &= (here - rival > _CLEARER_BY) & (usable.max(axis=0) > _OUTSIDE)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.clip((after - before) / (2 * bend), -1, 1)
        inverse = base + (inner - count + shift) * step
        # Least squares: twice the smallest cost over its curvature and the number of data.
        data = WINDOW_PX**2 / _PIXELS_PER_DATUM
        sigma = np.sqrt(2 * np.maximum(1 - here, 0.01) / (bend * data)) * step / inverse
    textured = own.variance > (_TEXTURE * _NOISE_GREY) ** 2
    return Swept(
        depth_m=np.where(found & (inverse > 0), 1 / inverse, _NAN).astype(np.float32),
        sigma_rel=np.where(found, sigma, _NAN).astype(np.float32),
        fits=np.asarray(usable.max(axis=0) > _NO_SCORE),
        tested=np.asarray(textured & (seen >= 2) & (reach >= 1)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Warp:
    """Where a neighbour sees the photo's pixels: (across + through / depth) in its camera frame."""

    across: tuple[Floats, Floats, Floats]
    through: tuple[float, float, float]
    camera: Camera

    @classmethod
    def of(cls, photo: GreyPicture, other: GreyPicture) -> _Warp:
        other_from_cam = other.enu_from_cam.inverse() @ photo.enu_from_cam
        rays = photo.camera.rays(photo.camera.pixel_centres())
        x, y, z = (
            (rays[..., 0] * row[0] + rays[..., 1] * row[1] + row[2]).astype(np.float32)
            for row in other_from_cam.rotation
        )
        along_x, along_y, along_z = other_from_cam.translation_m.tolist()
        return cls((x, y, z), (along_x, along_y, along_z), other.camera)

    def at(self, inverse: Floats) -> tuple[Floats, Floats]:
        """Pixels (H, W) in the neighbour at inverse depths (H, W) of the photo; NaN behind it."""
        x, y, z = (
            axis + np.float32(along) * inverse
            for axis, along in zip(self.across, self.through, strict=True)
        )
        z = np.where((z > np.float32(_NEAREST_M) * inverse) & (inverse > 0), z, _NAN)
        x, y = x / z, y / z
        camera = self.camera
        if not camera.is_pinhole:
            x, y = distorted(x, y, camera.distortion)
        u = np.float32(camera.fx_px) * x + np.float32(camera.cx_px)
        v = np.float32(camera.fy_px) * y + np.float32(camera.cy_px)
        return u.astype(np.float32, copy=False), v.astype(np.float32, copy=False)

    def drawn(self, picture: Floats, inverse: Floats) -> tuple[Floats, Bools]:
        """The neighbour's picture as the photo would see it, and where all of a window is in it."""
        u, v = self.at(inverse)
        half, edge = np.float32(0.5), np.float32(WINDOW_PX / 2)
        inside = (u > edge) & (u < self.camera.width_px - edge)
        inside &= (v > edge) & (v < self.camera.height_px - edge)
        u, v = (np.where(inside, axis - half, np.float32(0)) for axis in (u, v))
        return cv2.remap(picture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), inside


def _step_rel(warps: Sequence[_Warp], inverse: Floats, step_px: float) -> Floats:
    """(H, W) relative step of inverse depth that moves a pixel by step_px where it moves most."""
    change = np.float32(0.01)
    most = np.zeros(inverse.shape, dtype=np.float32)
    for warp in warps:
        u, v = warp.at(inverse)
        next_u, next_v = warp.at(inverse * (1 + change))
        inside = (u > 0) & (u < warp.camera.width_px) & (v > 0) & (v < warp.camera.height_px)
        most = np.fmax(most, np.where(inside, np.hypot(next_u - u, next_v - v), _NAN))
    with np.errstate(divide="ignore"):
        step = np.float32(step_px) * change / most
    return np.where(most > 0, step, _NAN).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """A picture, with mean and variance of the window about each pixel."""

    grey: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, grey: Floats) -> _Windows:
        mean = _mean(grey)
        return cls(grey, mean, np.maximum(_mean(grey * grey) - mean * mean, 0))

    def correlation(self, drawn: Floats, inside: Bools) -> Floats:
        """(H, W) of the windows in another picture of the same size, NaN where they are not inside
        it; what is noise in both counts as texture that does not agree."""
        other = _Windows.of(drawn)
        common = _mean(self.grey * drawn) - self.mean * other.mean
        noise = np.float32(_NOISE_GREY**2)
        found = common / np.sqrt((self.variance + noise) * (other.variance + noise))
        return np.where(inside, found, _NAN)


def _mean(values: Floats) -> Floats:
    window = (WINDOW_PX, WINDOW_PX)
    return np.asarray(cv2.boxFilter(values, -1, window, borderType=cv2.BORDER_REFLECT))


def _better_half(scores: Sequence[Floats]) -> tuple[Floats, NDArray[np.intp]]:
    """(H, W) mean of the better half of the neighbours that see a pixel, as the others may see
    something in front of it; and how many see it."""
    if not scores:
        raise ValueError("no neighbour to compare with")
    best: list[Floats] = []
    seen = np.zeros(scores[0].shape, dtype=np.intp)
    for each in scores:
        here = ~np.isnan(each)
        seen += here
        worse = np.where(here, each, _OUTSIDE)
        for k, better in enumerate(best):
            best[k], worse = np.maximum(better, worse), np.minimum(better, worse)
        if len(best) < (len(scores) + 1) // 2:
            best.append(worse)
    half = (seen + 1) // 2
    total = best[0]
    for k, layer in enumerate(best[1:], start=1):
        total = total + np.where(k < half, layer, np.float32(0))
    mean = total / np.maximum(half, 1).astype(np.float32)
    return np.where(seen > 0, mean, _NAN).astype(np.float32), seen
