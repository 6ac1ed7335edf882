"""Procedural paint: noise of several scales, masonry, stains, lettering.

Colours are (R, G, B) in 0..255, canvases (H, W, 3) float32 unless said otherwise. Everything is
drawn from the generator that is passed in, so equal seeds paint equal pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Canvas = NDArray[np.float32]
Field = NDArray[np.float32]
Rng = np.random.Generator

_SYLLABLES = (
    "ba",
    "do",
    "ke",
    "li",
    "mo",
    "nu",
    "pra",
    "sta",
    "tor",
    "ve",
    "gro",
    "lin",
    "sky",
    "hal",
)
_FONTS = (
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SIMPLEX,
)


def fractal(
    rng: Rng,
    shape: tuple[int, int],
    *,
    finest_px: float = 2.0,
    coarsest_px: float = 256.0,
    roughness: float = 0.5,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Field:
    """Noise (H, W) float32 with zero mean and unit variance, a sum of octaves.

    Cells grow from finest_px to coarsest_px by doubling; an octave's amplitude is cell**roughness.
    stretch multiplies the cells' height and width, for streaks.
    """
    total = np.zeros(shape, dtype=np.float32)
    cell = finest_px
    while cell <= coarsest_px:
        rows = max(2, int(np.ceil(shape[0] / (cell * stretch[0]))) + 1)
        columns = max(2, int(np.ceil(shape[1] / (cell * stretch[1]))) + 1)
        grid = rng.standard_normal((rows, columns), dtype=np.float32) * np.float32(cell**roughness)
        smooth = cv2.INTER_LINEAR if cell < 4 else cv2.INTER_CUBIC
        total += cv2.resize(grid, (shape[1], shape[0]), interpolation=smooth)
        cell *= 2
    total -= total.mean()
    spread = float(total.std())
    return total / np.float32(spread if spread > 0 else 1.0)


def filled(shape: tuple[int, int], colour: ArrayLike) -> Canvas:
    """A canvas of one colour."""
    return np.broadcast_to(np.asarray(colour, dtype=np.float32), (*shape, 3)).copy()


def shade(canvas: Canvas, field: Field, strength: float) -> None:
    """Multiplies the canvas by 1 + strength · field, in place."""
    canvas *= np.maximum(1.0 + np.float32(strength) * field, 0.05)[..., None]


def tint(canvas: Canvas, mask: Field, colour: ArrayLike) -> None:
    """Mixes `colour` into the canvas where mask (H, W) in 0..1 says so, in place."""
    weight = np.clip(mask, 0.0, 1.0)[..., None]
    canvas += weight * (np.asarray(colour, dtype=np.float32) - canvas)


def vary(rng: Rng, colour: ArrayLike, amount: float) -> tuple[float, float, float]:
    """A colour near `colour`: brightness and each channel moved by about `amount`."""
    base = np.asarray(colour, dtype=np.float64)
    r, g, b = np.clip(base * rng.normal(1, amount) + 255 * amount * rng.normal(0, 0.12, 3), 4, 251)
    return float(r), float(g), float(b)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stones:
    """Bricks, ashlar or paving: size_m is (height, width) with the joint; spread and hues say how
    far the stones' tones and colours lie apart."""

    size_m: tuple[float, float]
    joint_m: float
    colour: ArrayLike
    joint_colour: ArrayLike
    spread: float
    hues: float = 0.1


def masonry(rng: Rng, shape: tuple[int, int], texel_m: float, stones: Stones) -> Canvas:
    """Stones in running bond, each with its own tone."""
    height, width = stones.size_m
    spread = stones.spread
    y = (np.arange(shape[0], dtype=np.float32) + 0.5) * texel_m
    x = (np.arange(shape[1], dtype=np.float32) + 0.5) * texel_m
    row = np.floor(y / height).astype(np.int64)
    offsets = rng.uniform(0.35, 0.65, row[-1] + 1) * (np.arange(row[-1] + 1) % 2)
    shifted = x[None, :] / width + offsets[row][:, None].astype(np.float32)
    column = np.floor(shifted).astype(np.int64)
    tones = rng.normal(1.0, spread, (row[-1] + 1, column.max() + 2)).astype(np.float32)
    hue = rng.normal(0.0, spread * stones.hues * 255, (*tones.shape, 3)).astype(np.float32)
    palette = np.clip(tones[..., None] * np.asarray(stones.colour, dtype=np.float32) + hue, 8, 250)
    canvas = palette[row[:, None], column]
    across = np.minimum(shifted - column, 1 - (shifted - column)) * width
    inside = y / height - row
    along = np.minimum(inside, 1 - inside) * height
    joint = np.minimum(across, along[:, None].astype(np.float32)) < stones.joint_m / 2
    canvas[joint] = np.asarray(stones.joint_colour, dtype=np.float32)
    return np.ascontiguousarray(canvas, dtype=np.float32)


def cracks(
    canvas: Canvas, rng: Rng, count: int, length_px: float, colour: ArrayLike, thickness: int = 1
) -> None:
    """Wandering dark lines, in place."""
    h, w = canvas.shape[:2]
    for _ in range(count):
        steps = max(4, int(length_px * rng.uniform(0.4, 1.6) / 6))
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.35, steps))
        path = rng.uniform((0, 0), (w, h)) + np.cumsum(
            6 * np.stack((np.cos(heading), np.sin(heading)), 1), axis=0
        )
        cv2.polylines(
            canvas,
            [np.round(path).astype(np.int32)],
            False,
            _bgr(colour),
            thickness,
            cv2.LINE_AA,
        )


def spots(
    canvas: Canvas,
    rng: Rng,
    count: int,
    radius_px: tuple[float, float],
    colours: ArrayLike,
    spread: float = 0.15,
) -> None:
    """Round or oval spots of the given colours (K, 3), in place."""
    h, w = canvas.shape[:2]
    palette = np.asarray(colours, dtype=np.float64).reshape(-1, 3)
    for _ in range(count):
        x, y = rng.uniform((0, 0), (w, h))
        radius = rng.uniform(*radius_px)
        axes = (max(1, round(radius)), max(1, round(radius * rng.uniform(0.45, 1.0))))
        colour = vary(rng, palette[rng.integers(len(palette))], spread)
        cv2.ellipse(
            canvas,
            (int(x), int(y)),
            axes,
            rng.uniform(0, 180),
            0,
            360,
            _bgr(colour),
            -1,
            cv2.LINE_AA,
        )


def stains(
    canvas: Canvas,
    rng: Rng,
    count: int,
    radius_px: tuple[float, float],
    colour: ArrayLike,
    strength: float,
) -> None:
    """Soft-edged irregular patches, in place."""
    h, w = canvas.shape[:2]
    for _ in range(count):
        radius = rng.uniform(*radius_px)
        size = max(5, int(3 * radius))
        x, y = (int(v) for v in rng.uniform((0, 0), (w, h)))
        patch = canvas[y : y + size, x : x + size]
        rows, columns = np.ogrid[: patch.shape[0], : patch.shape[1]]
        away = np.hypot(rows - size / 2, columns - size / 2) / radius
        edge = fractal(rng, (size, size), finest_px=2, coarsest_px=max(2.0, size / 3))
        mask = np.clip(1.6 - 1.6 * away + 0.35 * edge[: patch.shape[0], : patch.shape[1]], 0, 1)
        tint(patch, (strength * rng.uniform(0.5, 1.0) * mask).astype(np.float32), colour)


def word(rng: Rng) -> str:
    """A name that means nothing."""
    return "".join(rng.choice(_SYLLABLES, size=rng.integers(2, 4))).capitalize()


def lettering(
    canvas: Canvas, rng: Rng, text: str, box: tuple[int, int, int, int], colour: ArrayLike
) -> None:
    """Text fitted into the pixel box (x0, y0, x1, y1), in place; nothing where it is too small."""
    x0, y0, x1, y1 = box
    x0, y0 = max(x0, 0), max(y0, 0)
    patch = canvas[y0:y1, x0:x1]
    rows, columns = patch.shape[:2]
    if not text or columns < 12 or rows < 8:
        return
    font = _FONTS[rng.integers(len(_FONTS))]
    (width, height), _ = cv2.getTextSize(text, font, 1.0, 2)
    size = min(0.92 * columns / width, 0.62 * rows / height)
    at = (int((columns - size * width) / 2), int((rows + size * height) / 2))
    ink = np.zeros((rows, columns), dtype=np.uint8)
    cv2.putText(ink, text, at, font, size, 255, max(1, round(2.2 * size)), cv2.LINE_AA)
    tint(patch, ink.astype(np.float32) / np.float32(255), colour)


def rectangle(canvas: Canvas, box: tuple[int, int, int, int], colour: ArrayLike) -> None:
    """Fills the pixel box (x0, y0, x1, y1), in place, clipped to the canvas."""
    x0, y0, x1, y1 = box
    canvas[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = np.asarray(colour, dtype=np.float32)


def finished(canvas: Canvas) -> NDArray[np.uint8]:
    """The canvas as (H, W, 3) uint8."""
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def _bgr(colour: ArrayLike) -> tuple[float, float, float]:
    # OpenCV draws channel by channel, so RGB in means RGB out.
    r, g, b = np.asarray(colour, dtype=np.float64)
    return float(r), float(g), float(b)
