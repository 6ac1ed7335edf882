"""Pictures that surfaces are covered with, painted from noise. RGBA uint8, alpha 0 is a hole."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Array = NDArray[np.float64]

PX_PER_M = 64
_ANY = np.random.Generator


def clouds(rng: _ANY, height: int, width: int, coarsest: int, roughness: float) -> Array:
    """(height, width) noise of unit deviation: octaves from `coarsest` pixels down, each finer one
    `roughness` times as strong."""
    total = np.zeros((height, width))
    strength, cell = 1.0, float(coarsest)
    while cell >= 1.5:
        shape = (int(height / cell) + 3, int(width / cell) + 3)
        layer = rng.standard_normal(shape)
        big = cv2.resize(
            layer, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC
        )  # larger than needed
        total += strength * big[:height, :width]
        strength *= roughness
        cell /= 2
    return np.asarray(total / total.std())


def _coloured(grey: Array, colour: tuple[float, float, float], contrast: float) -> Picture:
    rgb = np.array(colour) * (1.0 + contrast * grey[..., None])
    alpha = np.full((*grey.shape, 1), 255.0)
    rgba: Picture = np.clip(np.concatenate((rgb, alpha), axis=2), 0, 255).astype(np.uint8)
    return rgba


def ground(rng: _ANY, width_m: float, length_m: float) -> Picture:
    """Setts and asphalt with patches, lines and covers; (width, length) at half the resolution."""
    height, width = int(width_m * PX_PER_M / 2), int(length_m * PX_PER_M / 2)
    picture = _coloured(clouds(rng, height, width, 96, 0.85), (96, 94, 92), 0.10)
    for _ in range(int(length_m * 0.7)):
        corner = rng.integers((0, 0), (width - 60, height - 40))
        size = rng.integers((20, 14), (90, 60))
        shade = int(rng.integers(60, 130))
        cv2.rectangle(picture, corner.tolist(), (corner + size).tolist(), (shade,) * 3 + (255,), -1)
    for _ in range(int(length_m * 0.4)):
        middle = rng.integers((0, 0), (width, height)).tolist()
        cv2.circle(picture, middle, int(rng.integers(6, 12)), (50, 48, 46, 255), -1)
        cv2.circle(picture, middle, int(rng.integers(3, 6)), (84, 82, 78, 255), 2)
    grain = 6.0 * rng.standard_normal(picture.shape[:2])
    picture[..., :3] = np.clip(picture[..., :3] + grain[..., None], 0, 255).astype(np.uint8)
    return picture


def plaster(rng: _ANY, width_m: float, height_m: float) -> Picture:
    """A rendered wall: soft stains, hardly any detail."""
    shape = (int(height_m * PX_PER_M), int(width_m * PX_PER_M))
    colour = rng.uniform(150, 215) + rng.uniform(-25, 25, 3)
    picture = _coloured(clouds(rng, *shape, 256, 0.45), (colour[0], colour[1], colour[2]), 0.03)
    for _ in range(int(rng.integers(1, 5))):
        start = rng.integers((0, 0), (shape[1], shape[0]))
        points = np.cumsum(rng.normal(0, 9, (14, 2)), axis=0) + start
        cv2.polylines(picture, [points.astype(np.int32)], False, (90, 86, 80, 255), 1)
    return picture


def bricks(rng: _ANY, width_m: float, height_m: float) -> Picture:
    """Courses of bricks, each of its own shade."""
    shape = (int(height_m * PX_PER_M), int(width_m * PX_PER_M))
    rows, columns = shape[0] // 8 + 1, shape[1] // 18 + 2
    shades = 1.0 + 0.14 * rng.standard_normal((rows, columns))
    v, u = np.mgrid[: shape[0], : shape[1]]
    row = v // 8
    along = u + 9 * (row % 2)
    shade = shades[row, along // 18]
    joint = (v % 8 == 0) | (along % 18 == 0)
    rgb = np.where(joint[..., None], 150.0, np.array(rng.uniform((120, 60, 45), (175, 95, 75))))
    grey = shade + 0.05 * rng.standard_normal(shape)
    rgb = rgb * np.where(joint, 1.0, grey)[..., None]
    alpha = np.full((*shape, 1), 255.0)
    rgba: Picture = np.clip(np.concatenate((rgb, alpha), axis=2), 0, 255).astype(np.uint8)
    return rgba


def window(rng: _ANY) -> Picture:
    """One window of a house, with its frame, bars and blind: 1.1 × 1.6 m. Its panes are glass."""
    picture = _coloured(np.zeros((102, 70)), tuple(rng.uniform(190, 240, 3)), 0.0)
    panes = _coloured(clouds(rng, 90, 58, 40, 0.5), (58, 66, 74), 0.25)
    picture[6:96, 6:64] = panes
    drawn = int(rng.integers(0, 60))
    picture[6 : 6 + drawn, 6:64, :3] = rng.uniform(150, 220, 3).astype(np.uint8)
    bar = int(rng.integers(28, 44))
    picture[:, bar - 2 : bar + 2, :3] = 225
    if rng.uniform() < 0.5:
        picture[40:44, :, :3] = 225
    return picture


def sign(rng: _ANY) -> Picture:
    """A board with strokes that are like letters: 2.4 × 0.6 m."""
    back, ink = rng.uniform(0, 255, (2, 3))
    picture = _coloured(np.zeros((38, 154)), (back[0], back[1], back[2]), 0.0)
    for x in range(10, 140, 14):
        for _ in range(3):
            ends = rng.integers((x, 6), (x + 12, 32), (2, 2))
            cv2.line(picture, ends[0].tolist(), ends[1].tolist(), (*ink.tolist(), 255), 2)
    return picture


def leaves(rng: _ANY, width_m: float, height_m: float) -> Picture:
    """Foliage with holes through it."""
    shape = (int(height_m * PX_PER_M), int(width_m * PX_PER_M))
    fine = clouds(rng, *shape, 16, 0.9)
    picture = _coloured(fine, tuple(rng.uniform((50, 80, 30), (80, 125, 55))), 0.30)
    picture[..., 3] = np.where(clouds(rng, *shape, 20, 0.7) > -0.1, 255, 0)
    return picture


def car(rng: _ANY, length_m: float, height_m: float, *, side: bool) -> Picture:
    """A car's side or end: smooth paint, dark glass, wheels or lights."""
    height, width = int(height_m * PX_PER_M), int(length_m * PX_PER_M)
    paint = rng.uniform(50, 200) + rng.uniform(-40, 40, 3)
    shine = np.linspace(0.35, -0.35, height)[:, None] * np.ones((1, width))
    picture = _coloured(shine, (paint[0], paint[1], paint[2]), 1.0)
    glass = (40, 46, 52, 255)
    cv2.rectangle(
        picture, (width // 8, height // 10), (width * 7 // 8, height * 4 // 10), glass, -1
    )
    if side:
        for x in (width // 5, width * 4 // 5):
            cv2.circle(picture, (x, height - 18), 17, (22, 22, 22, 255), -1)
            cv2.circle(picture, (x, height - 18), 9, (150, 150, 150, 255), 2)
        cv2.line(
            picture, (width // 2, height // 10), (width // 2, height - 12), (30, 30, 30, 255), 1
        )
    else:
        for x in (width // 8, width * 7 // 8):
            cv2.circle(picture, (x, height // 2), 8, (210, 60, 50, 255), -1)
        plate = rng.integers(0, 2, (3, 14)) * 200
        block = cv2.resize(plate.astype(np.uint8), (56, 12), interpolation=cv2.INTER_NEAREST)
        low, left = height * 3 // 5, width // 2 - 28
        picture[low : low + 12, left : left + 56, :3] = block[..., None]
    return picture
