"""Simulated sensors: what a phone and a depth network make of the truth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.demo import paint
from worldmap.demo.noise import Noise

Depth = NDArray[np.float32]
Floats = NDArray[np.float64]
Rng = np.random.Generator

DEPTH_LIMIT_M = 65.535
"""The farthest that 16 bits of millimetres can say."""
_EDGE_REL = 0.03


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fix:
    """A GPS fix: error east, north, up in metres and the sigma of east or north."""

    error_enu_m: Floats
    sigma_m: float


def gps_fixes(rng: Rng, noise: Noise, photos: int) -> list[Fix | None]:
    """A fix for each photo; None for those that have none."""
    sigmas = rng.uniform(*noise.gps_sigma_m, photos)
    unit = rng.standard_normal((photos, 3))
    direction = rng.uniform(0, 2 * np.pi)
    shared = noise.gps_shared_offset_m * np.array((np.cos(direction), np.sin(direction), 0.0))
    missing = _chosen(rng, photos, noise.without_gps)
    up = noise.gps_vertical_factor
    return [
        None
        if index in missing
        else Fix(
            error_enu_m=shared + unit[index] * sigmas[index] * (1.0, 1.0, up),
            sigma_m=float(sigmas[index]),
        )
        for index in range(photos)
    ]


def heading_errors_deg(rng: Rng, noise: Noise, photos: int) -> list[float | None]:
    """Error of each photo's compass; None for those that have none."""
    errors = noise.heading_sigma_deg * rng.standard_normal(photos)
    missing = _chosen(rng, photos, noise.without_heading + round(noise.heading_missing * photos))
    left = [index for index in range(photos) if index not in missing]
    gross = rng.permutation(left)[: round(noise.heading_outliers * photos)]
    errors[gross] = rng.choice((-1.0, 1.0), len(gross)) * rng.uniform(40, 180, len(gross))
    return [None if index in missing else float(errors[index]) for index in range(photos)]


def _chosen(rng: Rng, photos: int, count: int) -> frozenset[int]:
    return frozenset(int(i) for i in rng.permutation(photos)[: min(count, photos)])


def with_sky(depth_m: Depth, noise: Noise, seed: int, index: int) -> Depth:
    """Exact depth (H, W) of photo `index` with the sky's NaN turned into the finite, gently uneven
    surface that a network makes of it; unchanged where the noise gives the sky no depth."""
    if noise.sky_depth_m is None:
        return depth_m
    rng = np.random.default_rng((seed, 10, index))
    width = depth_m.shape[1]
    waves = paint.fractal(
        rng,
        (depth_m.shape[0], width),
        finest_px=width / 8,
        coarsest_px=width / 2,
        roughness=1.0,
    )
    far = (noise.sky_depth_m * np.exp(0.04 * waves)).astype(np.float32)
    return np.where(np.isnan(depth_m), far, depth_m)


def bled_depth_m(depth_m: Depth, bleed_px: int) -> Depth:
    """Depth (H, W) whose jumps are smeared over `bleed_px` pixels; NaN counts as no neighbour.

    A jump is where inverse depth, which is linear on planes, bends by more than 3 % of itself.
    """
    if bleed_px <= 1:
        return depth_m
    valid = np.isfinite(depth_m)
    inverse = np.where(valid, 1.0 / np.where(valid, depth_m, 1.0), 0.0)
    bend = np.zeros(depth_m.shape, dtype=np.float32)
    bend[1:-1] = np.abs(inverse[2:] - 2 * inverse[1:-1] + inverse[:-2])
    across = np.abs(inverse[:, 2:] - 2 * inverse[:, 1:-1] + inverse[:, :-2])
    bend[:, 1:-1] = np.maximum(bend[:, 1:-1], across)
    jump = (bend > _EDGE_REL * inverse) & valid
    near = cv2.dilate(jump.astype(np.uint8), np.ones((bleed_px, bleed_px), np.uint8)) > 0
    window = (bleed_px, bleed_px)
    border = cv2.BORDER_REPLICATE
    total = cv2.blur(np.where(valid, depth_m, 0).astype(np.float32), window, borderType=border)
    count = cv2.blur(valid.astype(np.float32), window, borderType=border)
    mean = total / np.maximum(count, 1e-6)
    return np.where(near & valid, mean, depth_m).astype(np.float32)


def given_depth_m(rng: Rng, depth_m: Depth, noise: Noise, depth_scale: float) -> Depth:
    """What the depth file says (H, W) of bled depth: warped, noisy, wrong in scale; NaN: nothing.

    given = depth · exp(warp) · (1 + 0.1 q Z n) / depth_scale with q the relative noise at 10 m,
    Z / 10 m · q = sigma / Z, and n a unit normal field with a grain of a few pixels.
    """
    shape = depth_m.shape
    height, width = shape
    warp = paint.fractal(rng, (height, width), finest_px=width / 4, coarsest_px=width / 2)
    grain = rng.standard_normal((height, width), dtype=np.float32)
    if noise.depth_noise_grain_px > 0:
        grain = cv2.GaussianBlur(grain, (0, 0), noise.depth_noise_grain_px)
        grain /= grain.std()
    relative = noise.depth_noise_rel_at_10m * (depth_m / 10.0) * grain
    given = depth_m * np.exp(noise.depth_warp_sigma * warp) * (1 + relative) / depth_scale
    given[~(given > 0.05)] = np.nan
    return np.asarray(given, dtype=np.float32)


def millimetres(depth_m: Depth) -> NDArray[np.uint16]:
    """Depth as stored (H, W): 0 where there is none or it is too far to say."""
    stored = np.rint(np.nan_to_num(depth_m, nan=0.0) * 1000.0)
    stored[stored > DEPTH_LIMIT_M * 1000.0] = 0
    return np.asarray(stored, dtype=np.uint16)


def exposed(rng: Rng, picture: NDArray[np.float32], noise: Noise) -> NDArray[np.uint8]:
    """The picture (H, W, 3) as a camera takes it: gain, white balance, gamma, sensor noise."""
    gain = np.exp(0.15 * noise.exposure * rng.standard_normal())
    balance = np.exp(0.04 * noise.exposure * rng.standard_normal(3))
    gamma = np.exp(0.10 * noise.exposure * rng.standard_normal())
    linear = np.clip(picture / 255.0 * (gain * balance).astype(np.float32), 0.0, 1.0)
    taken = 255.0 * linear ** np.float32(gamma)
    if noise.pixel_noise > 0:
        taken += noise.pixel_noise * rng.standard_normal(picture.shape, dtype=np.float32)
    return paint.finished(taken)
