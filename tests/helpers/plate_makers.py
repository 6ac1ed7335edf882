"""Number plates, made and pasted into pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_LETTERS, _DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"
# A letter for a letter, a digit for a digit: France, Germany, Great Britain, Texas, California.
_PATTERNS = ("AA-000-AA", "A AA 0000", "AA00 AAA", "AAA 0000", "0AAA000")
_FONTS = ("DejaVuSans-Bold.ttf", "DejaVuSansMono-Bold.ttf")
_FINE = 4


def plate_text(rng: np.random.Generator) -> str:
    """As in one of some countries."""
    pattern = str(rng.choice(_PATTERNS))
    made = [str(rng.choice(list(_LETTERS if c == "A" else _DIGITS))) for c in pattern]
    return "".join(m if c in "A0" else c for m, c in zip(made, pattern, strict=True))


def plate(text: str, *, short: bool = False, yellow: bool = False, font: int = 0) -> Image.Image:
    """Face on: 520 × 112 mm as in Europe, or 300 × 150, at 1 mm a pixel."""
    width, height = (300, 150) if short else (520, 112)
    made = Image.new("RGB", (width, height), (240, 200, 60) if yellow else (240, 240, 240))
    draw = ImageDraw.Draw(made)
    draw.rectangle((2, 2, width - 3, height - 3), outline=(20, 20, 20), width=4)
    edge = 10 if short else 50
    if not short:
        draw.rectangle((6, 6, 44, height - 7), fill=(20, 60, 170))
    path = str(Path(mpl.get_data_path()) / "fonts" / "ttf" / _FONTS[font])
    size = 90
    while draw.textlength(text, font=ImageFont.truetype(path, size)) > width - edge - 14:
        size -= 2
    middle = ((width + edge - 10) / 2, height / 2)
    draw.text(middle, text, font=ImageFont.truetype(path, size), fill=(25, 25, 30), anchor="mm")
    return made


def with_plate(
    rgb: NDArray[np.uint8],
    text: str,
    *,
    height_px: float,
    at_px: tuple[float, float],
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    bright: float = 1.0,
    blur_px: float = 0.5,
    **kind: bool | int,
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Corners (4, 2) in pixels of a plate about a place in a picture, and the picture with it; the
    plate so high, turned away to one side and in the picture, darker, as sharp as lenses are."""
    face = np.asarray(plate(text, **kind))  # type: ignore[arg-type]
    high, wide = face.shape[:2]
    yaw, roll = np.deg2rad((yaw_deg, roll_deg))
    half = np.array((height_px * wide / high, height_px)) / 2
    x, y = (np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * half).T
    away = 1 + x * np.sin(yaw) / (20 * height_px)  # twenty times as far as it is high
    flat = np.stack((x * np.cos(yaw) / away, y / away), axis=1)
    turn = np.array(((np.cos(roll), -np.sin(roll)), (np.sin(roll), np.cos(roll))))
    corners = flat @ turn.T + at_px
    low = np.floor(corners.min(axis=0)).astype(int) - 2
    high_px = np.ceil(corners.max(axis=0)).astype(int) + 2
    size = tuple(int(side) for side in (high_px - low) * _FINE)
    of_face = np.array(((0, 0), (wide, 0), (wide, high), (0, high)), dtype=np.float32)
    to = cv2.getPerspectiveTransform(of_face, ((corners - low) * _FINE).astype(np.float32))
    small = tuple(int(side) for side in high_px - low)
    laid, there = (
        cv2.resize(cv2.warpPerspective(each, to, size), small, interpolation=cv2.INTER_AREA)
        for each in (face, np.full((high, wide), 255, dtype=np.uint8))
    )
    laid = cv2.GaussianBlur(laid, (0, 0), blur_px).astype(float) * bright
    share = there[:, :, None] / 255.0
    made = rgb.copy()
    part = made[low[1] : high_px[1], low[0] : high_px[0]]
    part[:] = np.clip(part * (1 - share) + laid * share, 0, 255).astype(np.uint8)
    return corners, made
