"""Paint for what one walks on, and for the stone, render and tiles that houses share."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.demo import paint
from worldmap.demo.mesh import Texture
from worldmap.demo.paint import Canvas, Rng

_LEAVES = ((150, 96, 40), (178, 132, 52), (110, 104, 48), (196, 160, 80), (92, 60, 36))
_LITTER = ((226, 226, 220), (180, 40, 40), (60, 90, 150), (220, 200, 90), (40, 40, 40))

Painter = Callable[[Rng, tuple[int, int], float], Canvas]


def seeded(painter: Painter, seed: int, width_m: float, height_m: float, texel_m: float) -> Texture:
    """A texture of one of this module's painters."""

    def paint_it(shape: tuple[int, int]) -> NDArray[np.uint8]:
        return paint.finished(painter(np.random.default_rng((seed, 21)), shape, texel_m))

    return Texture(width_m=width_m, height_m=height_m, texel_m=texel_m, paint=paint_it)


def asphalt(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """Asphalt with aggregate, repairs, cracks, oil, manholes and leaves."""
    h, w = shape
    area_m2 = h * w * texel_m**2
    canvas = paint.filled(shape, paint.vary(rng, (104, 103, 102), 0.06))
    paint.shade(canvas, paint.fractal(rng, shape, finest_px=1, coarsest_px=4, roughness=0.1), 0.11)
    wear = paint.fractal(rng, shape, finest_px=8, coarsest_px=3 / texel_m, roughness=0.45)
    paint.shade(canvas, wear, 0.09)
    for _ in range(int(area_m2 / 18) + 1):
        size = rng.uniform(0.3, 2.2, 2) / texel_m
        x, y = rng.uniform((0, 0), (w, h))
        box = (int(x), int(y), int(x + size[0]), int(y + size[1]))
        patch = canvas[box[1] : box[3], box[0] : box[2]]
        patch *= np.float32(rng.uniform(0.7, 1.2))
        cv2.rectangle(canvas, box[:2], box[2:], (48, 46, 46), max(1, int(0.02 / texel_m)))
    paint.cracks(canvas, rng, int(area_m2 / 3) + 1, 1.6 / texel_m, (46, 44, 44))
    paint.cracks(canvas, rng, int(area_m2 / 9) + 1, 2.5 / texel_m, (38, 36, 36), 2)
    for colour in ((52, 50, 48), (136, 132, 126)):
        paint.stains(canvas, rng, int(area_m2 / 4), (0.04 / texel_m, 0.3 / texel_m), colour, 0.6)
    for _ in range(int(area_m2 / 60) + 1):
        _manhole(canvas, rng, texel_m)
    _litter(canvas, rng, texel_m, 3.0)
    return canvas


def road(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """Asphalt with a worn dashed line along its middle and drains along its sides."""
    h, w = shape
    canvas = asphalt(rng, shape, texel_m)
    worn = paint.fractal(rng, shape, finest_px=2, coarsest_px=32, roughness=0.3)
    lines = np.zeros(shape, dtype=np.float32)
    half = max(1, round(0.06 / texel_m))
    for start in range(0, w, round(4.0 / texel_m)):
        lines[h // 2 - half : h // 2 + half, start : start + round(1.6 / texel_m)] = 1.0
    paint.tint(canvas, lines * (worn > -0.9) * 0.85, (218, 216, 208))
    for x in np.arange(4.0, w * texel_m - 1, 11.0):
        at = round((x + rng.uniform(-2, 2)) / texel_m)
        for y in (round(0.1 / texel_m), h - round(0.55 / texel_m)):
            size = round(0.45 / texel_m)
            paint.rectangle(canvas, (at, y, at + size, y + size), (70, 68, 66))
            for bar in range(0, size, max(2, size // 7)):
                paint.rectangle(canvas, (at + bar, y, at + bar + 1, y + size), (24, 24, 24))
    return canvas


def zebra(canvas: Canvas, rng: Rng, texel_m: float, x0_m: float, x1_m: float) -> None:
    """Paints a crossing over the road between two distances along it, in place."""
    h = canvas.shape[0]
    worn = paint.fractal(rng, canvas.shape[:2], finest_px=2, coarsest_px=24, roughness=0.3)
    mask = np.zeros(canvas.shape[:2], dtype=np.float32)
    stripe = round(0.5 / texel_m)
    for y in range(stripe // 2, h, 2 * stripe):
        mask[y : y + stripe, round(x0_m / texel_m) : round(x1_m / texel_m)] = 1.0
    paint.tint(canvas, mask * (worn > -1.1) * 0.88, (222, 220, 212))


def pavement(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """Paving slabs with gum, leaves, stains and odd replacements."""
    h, w = shape
    area_m2 = h * w * texel_m**2
    canvas = paint.masonry(
        rng,
        shape,
        texel_m,
        paint.Stones(
            size_m=(0.5, 0.5),
            joint_m=0.022,
            colour=paint.vary(rng, (158, 154, 148), 0.05),
            joint_colour=(92, 88, 82),
            spread=0.07,
            hues=0.05,
        ),
    )
    paint.shade(canvas, paint.fractal(rng, shape, finest_px=1, coarsest_px=4, roughness=0.1), 0.07)
    grime = paint.fractal(rng, shape, finest_px=6, coarsest_px=2 / texel_m, roughness=0.4)
    paint.shade(canvas, grime, 0.1)
    gum = ((84, 82, 80), (200, 196, 190), (120, 116, 110))
    paint.spots(canvas, rng, int(area_m2 * 4), (0.012 / texel_m, 0.045 / texel_m), gum)
    stain = (0.05 / texel_m, 0.3 / texel_m)
    paint.stains(canvas, rng, int(area_m2 / 2), stain, (104, 98, 90), 0.5)
    paint.cracks(canvas, rng, int(area_m2 / 3), 0.8 / texel_m, (78, 74, 70))
    for _ in range(int(area_m2 / 40)):
        _manhole(canvas, rng, texel_m)
    _litter(canvas, rng, texel_m, 5.0)
    return canvas


def setts(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """Small granite stones of many tones, as on an old square."""
    canvas = paint.masonry(
        rng,
        shape,
        texel_m,
        paint.Stones(
            size_m=(0.16, 0.22),
            joint_m=0.025,
            colour=(140, 132, 126),
            joint_colour=(84, 78, 70),
            spread=0.13,
            hues=0.06,
        ),
    )
    grime = paint.fractal(rng, shape, finest_px=6, coarsest_px=3 / texel_m, roughness=0.45)
    paint.shade(canvas, grime, 0.12)
    area_m2 = shape[0] * shape[1] * texel_m**2
    for _ in range(int(area_m2 / 60)):
        _manhole(canvas, rng, texel_m)
    for colour in ((84, 78, 72), (180, 172, 160)):
        paint.stains(canvas, rng, int(area_m2 / 2), (0.05 / texel_m, 0.35 / texel_m), colour, 0.5)
    _litter(canvas, rng, texel_m, 3.0)
    return canvas


def stone(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """Weathered stone for kerbs, sills, cornices and balconies."""
    canvas = paint.filled(shape, (176, 170, 158))
    tone = paint.fractal(rng, shape, finest_px=2, coarsest_px=0.6 / texel_m, roughness=0.35)
    paint.shade(canvas, tone, 0.1)
    paint.stains(canvas, rng, 500, (0.03 / texel_m, 0.16 / texel_m), (120, 112, 100), 0.5)
    paint.spots(canvas, rng, 500, (1, 2), ((118, 110, 98), (206, 200, 188), (96, 100, 80)))
    paint.cracks(canvas, rng, 60, 0.5 / texel_m, (96, 90, 82))
    return canvas


def roof(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """Tiles with moss and replaced pieces."""
    canvas = paint.masonry(
        rng,
        shape,
        texel_m,
        paint.Stones(
            size_m=(0.3, 0.24),
            joint_m=0.05,
            colour=paint.vary(rng, (138, 74, 56), 0.12),
            joint_colour=(70, 42, 36),
            spread=0.12,
            hues=0.06,
        ),
    )
    moss = paint.fractal(rng, shape, finest_px=3, coarsest_px=1.5 / texel_m, roughness=0.5)
    paint.tint(canvas, np.clip(moss - 0.9, 0, 0.8), (92, 98, 64))
    return canvas


def rendered_wall(rng: Rng, shape: tuple[int, int], texel_m: float) -> Canvas:
    """A blind side wall: stained render with cracks."""
    canvas = paint.filled(shape, paint.vary(rng, (172, 160, 142), 0.1))
    tone = paint.fractal(rng, shape, finest_px=2, coarsest_px=2.5 / texel_m, roughness=0.45)
    paint.shade(canvas, tone, 0.1)
    streak = paint.fractal(
        rng, shape, finest_px=3, coarsest_px=24, roughness=0.4, stretch=(12.0, 1.0)
    )
    paint.shade(canvas, -np.clip(streak, 0, 2), 0.12)
    paint.cracks(canvas, rng, 25, 2 / texel_m, (92, 84, 76))
    return canvas


def _manhole(canvas: Canvas, rng: Rng, texel_m: float) -> None:
    h, w = canvas.shape[:2]
    x, y = (int(v) for v in rng.uniform((0, 0), (w, h)))
    radius = max(3, round(rng.uniform(0.26, 0.36) / texel_m))
    metal = (np.array((84.0, 80.0, 76.0)) * rng.uniform(0.7, 1.3)).tolist()
    cv2.circle(canvas, (x, y), radius, metal, -1, cv2.LINE_AA)
    cv2.circle(canvas, (x, y), radius, (44, 42, 40), max(1, radius // 9), cv2.LINE_AA)
    turn = rng.uniform(0, np.pi)
    for k in range(int(rng.integers(5, 11))):
        angle, r = turn + k * rng.uniform(0.5, 1.4), radius * rng.uniform(0.25, 0.75)
        knob = (int(x + r * np.cos(angle)), int(y + r * np.sin(angle)))
        tone = (np.array((120.0, 114.0, 108.0)) * rng.uniform(0.5, 1.4)).tolist()
        cv2.circle(canvas, knob, max(1, radius // 7), tone, -1, cv2.LINE_AA)


def _litter(canvas: Canvas, rng: Rng, texel_m: float, per_m2: float) -> None:
    area_m2 = canvas.shape[0] * canvas.shape[1] * texel_m**2
    leaf = (max(0.8, 0.012 / texel_m), max(1.3, 0.032 / texel_m))
    paint.spots(canvas, rng, int(area_m2 * per_m2), leaf, _LEAVES, 0.2)
    paint.spots(canvas, rng, int(area_m2 * per_m2 / 12), leaf, _LITTER, 0.1)
