"""House fronts: where their openings are, their relief, and how they are painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.demo import paint
from worldmap.demo.mesh import Axes, MeshBuilder, Texture
from worldmap.demo.paint import Canvas, Rng

_PLASTERS = (
    (214, 188, 140),
    (201, 160, 128),
    (190, 196, 186),
    (222, 208, 178),
    (176, 138, 118),
    (168, 180, 190),
    (226, 214, 202),
    (196, 176, 110),
)
_BRICKS = ((150, 82, 62), (168, 104, 78), (128, 70, 58), (184, 150, 112))
_TRIMS = ((232, 228, 218), (92, 62, 44), (64, 84, 72), (70, 78, 96), (142, 44, 38), (40, 40, 42))
_CLOTHS = ((226, 220, 206), (196, 160, 140), (150, 168, 190), (204, 196, 150), (176, 110, 104))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A window, shop window or door: metres from the front's lower left corner, y up."""

    kind: str
    x0: float
    x1: float
    y0: float
    y1: float
    recess_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A house front. `design` seeds what its kind has in common, `individual` what it has alone."""

    width_m: float
    height_m: float
    floors_y: tuple[float, ...]
    openings: tuple[Opening, ...]
    balconies: tuple[int, ...]
    sign: tuple[float, float, float, float] | None
    material: str
    design: int
    individual: int


def plan_front(width_m: float, design: int, individual: int) -> Front:
    """A front of the given width; equal `design` and width give the same front."""
    rng = np.random.default_rng((design, 11))
    ground = rng.uniform(3.5, 4.3)
    storeys = int(rng.integers(2, 4))
    rise = rng.uniform(2.9, 3.3)
    floors = tuple(float(ground + i * rise) for i in range(storeys + 1))
    height = floors[-1] + rng.uniform(0.3, 0.7)
    recess = rng.uniform(0.12, 0.28)
    openings: list[Opening] = []

    columns = max(2, int((width_m - 0.8) / rng.uniform(2.0, 2.7)))
    pitch = (width_m - 0.8) / columns
    window_w = min(rng.uniform(0.95, 1.45), pitch - 0.5)
    window_h, sill = rng.uniform(1.5, 1.95), rng.uniform(0.6, 0.9)
    balconies = []
    for floor in floors[:-1]:
        for column in range(columns):
            centre = 0.4 + (column + 0.5) * pitch
            if rng.random() < 0.12:
                balconies.append(len(openings))
            openings.append(
                Opening(
                    kind="window",
                    x0=centre - window_w / 2,
                    x1=centre + window_w / 2,
                    y0=floor + sill,
                    y1=floor + sill + window_h,
                    recess_m=recess,
                )
            )

    sign = None
    if rng.random() < 0.6:
        door_left = rng.random() < 0.5
        door = (0.45, 1.5) if door_left else (width_m - 1.5, width_m - 0.45)
        left, right = (2.0, width_m - 0.5) if door_left else (0.5, width_m - 2.0)
        panes = max(1, int((right - left) / rng.uniform(2.2, 3.2)))
        step = (right - left) / panes
        for pane in range(panes):
            x0, x1 = left + pane * step + 0.12, left + (pane + 1) * step - 0.12
            openings.append(Opening(kind="shop", x0=x0, x1=x1, y0=0.55, y1=2.75, recess_m=0.2))
        openings.append(
            Opening(kind="door", x0=door[0], x1=door[1], y0=0.05, y1=2.45, recess_m=0.35)
        )
        sign = (left, 2.9, right, min(3.45, ground - 0.1))
    else:
        door_column = int(rng.integers(columns))
        for column in range(columns):
            centre = 0.4 + (column + 0.5) * pitch
            if column == door_column:
                openings.append(
                    Opening(
                        kind="door",
                        x0=centre - 0.6,
                        x1=centre + 0.6,
                        y0=0.08,
                        y1=2.5,
                        recess_m=0.35,
                    )
                )
            else:
                openings.append(
                    Opening(
                        kind="window",
                        x0=centre - window_w / 2,
                        x1=centre + window_w / 2,
                        y0=1.1,
                        y1=1.1 + min(window_h, ground - 1.6),
                        recess_m=recess,
                    )
                )
    return Front(
        width_m=width_m,
        height_m=float(height),
        floors_y=floors,
        openings=tuple(openings),
        balconies=tuple(balconies),
        sign=sign,
        material=str(rng.choice(("plaster", "plaster", "brick", "ashlar"))),
        design=design,
        individual=individual,
    )


def build_front(builder: MeshBuilder, front: Front, axes: Axes, stone: int, texel_m: float) -> None:
    """Adds the front's relief at `axes` (lower left corner seen from outside, out to the street).

    `stone` is the texture of sills, cornices and balconies.
    """
    texture = builder.texture(
        Texture(
            width_m=front.width_m,
            height_m=front.height_m,
            texel_m=texel_m,
            paint=_painter(front, texel_m),
        )
    )

    def panel(x0: float, x1: float, y0: float, y1: float, depth: float = 0.0) -> None:
        if x1 - x0 < 1e-6 or y1 - y0 < 1e-6:
            return
        x, y = np.array((x0, x1, x1, x0)), np.array((y0, y0, y1, y1))
        st = np.stack((x, front.height_m - y), axis=-1)
        builder.quad(axes.at(x, y, -depth), st, texture)

    bands = (0.0, *front.floors_y)
    for low, high in zip(bands, (*bands[1:], front.height_m), strict=True):
        x = 0.0
        inside = sorted(
            (o for o in front.openings if low <= o.y0 < high), key=lambda opening: opening.x0
        )
        for opening in inside:
            panel(x, opening.x0, low, high)
            panel(opening.x0, opening.x1, low, opening.y0)
            panel(opening.x0, opening.x1, opening.y1, high)
            panel(opening.x0, opening.x1, opening.y0, opening.y1, opening.recess_m)
            _reveals(builder, axes, opening, front.height_m, texture)
            x = opening.x1
        panel(x, front.width_m, low, high)

    rng = np.random.default_rng((front.design, 12))
    for opening in front.openings:
        if opening.kind == "window":
            sill = axes.moved(opening.x0 - 0.06, opening.y0 - 0.07)
            size = (opening.x1 - opening.x0 + 0.12, 0.07, 0.1)
            builder.box(sill, size, stone, rng.uniform(0, 3, 2))
    for index in front.balconies:
        opening = front.openings[index]
        left, width = opening.x0 - 0.35, opening.x1 - opening.x0 + 0.7
        low = opening.y0 - 0.55
        builder.box(axes.moved(left, low), (width, 0.14, 0.95), stone, rng.uniform(0, 3, 2))
        rail = axes.moved(left, low + 0.2, 0.88)
        builder.box(rail, (width, 0.72, 0.04), stone, rng.uniform(0, 3, 2))
    pieces = np.linspace(0.0, front.width_m, int(front.width_m / 5.0) + 2)
    for x0, x1 in pairwise(pieces):
        eaves = axes.moved(float(x0), front.height_m - 0.28)
        builder.box(eaves, (float(x1 - x0), 0.28, 0.24), stone, rng.uniform(0, 3, 2))
    if front.sign is not None and rng.random() < 0.7:
        # A signboard that stands out from the wall, so that it is seen along the street.
        at = axes.moved(float(rng.uniform(0.3, front.width_m - 0.4)), 2.95, 0.05)
        board = builder.texture(
            Texture(
                width_m=1.5, height_m=1.5, texel_m=texel_m, paint=_board_painter(front.individual)
            )
        )
        builder.box(at, (0.06, 0.7, 0.75), board, (0.0, 0.0))


def _reveals(
    builder: MeshBuilder, axes: Axes, opening: Opening, height_m: float, texture: int
) -> None:
    # The sides of the recess continue the wall around it, mirrored inwards.
    d = opening.recess_m
    x0, x1, y0, y1 = opening.x0, opening.x1, opening.y0, opening.y1
    sides = (
        ((x0, x0, x0, x0), (y0, y0, y1, y1), (0, -d, -d, 0), (x0, x0 - d, x0 - d, x0), None),
        ((x1, x1, x1, x1), (y0, y0, y1, y1), (-d, 0, 0, -d), (x1 + d, x1, x1, x1 + d), None),
        ((x0, x1, x1, x0), (y0, y0, y0, y0), (0, 0, -d, -d), None, (y0, y0, y0 - d, y0 - d)),
        ((x0, x1, x1, x0), (y1, y1, y1, y1), (-d, -d, 0, 0), None, (y1 + d, y1 + d, y1, y1)),
    )
    for x, y, depth, s, up in sides:
        st_s = np.array(x if s is None else s)
        st_y = np.array(y if up is None else up)
        st = np.stack((np.maximum(st_s, 0.0), height_m - np.maximum(st_y, 0.0)), axis=-1)
        builder.quad(axes.at(np.array(x), np.array(y), np.array(depth)), st, texture)


def _painter(front: Front, texel_m: float) -> Callable[[tuple[int, int]], NDArray[np.uint8]]:
    def paint_it(shape: tuple[int, int]) -> NDArray[np.uint8]:
        canvas = _design(replace(front, individual=0), texel_m, shape).astype(np.float32)
        _individual(canvas, front, texel_m)
        return paint.finished(canvas)

    return paint_it


@lru_cache(maxsize=1)
def _design(front: Front, texel_m: float, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """What all fronts of a design share: wall, ornament, windows with all that is in them."""
    rng = np.random.default_rng((front.design, 13))
    canvas = _wall(front, rng, texel_m, shape)
    _ornament(canvas, front, rng, texel_m)
    frame = paint.vary(rng, _TRIMS[rng.integers(len(_TRIMS))], 0.06)
    bars = (int(rng.integers(1, 3)), int(rng.integers(1, 4)))
    for opening in front.openings:
        box = _pixels(opening, front.height_m, texel_m)
        if opening.kind == "door":
            _door(canvas, rng, box, texel_m)
        else:
            shop = opening.kind == "shop"
            _window(canvas, rng, box, texel_m, frame, (1, 1) if shop else bars, shop=shop)
    return paint.finished(canvas)


def _pixels(opening: Opening, height_m: float, texel_m: float) -> tuple[int, int, int, int]:
    return (
        round(opening.x0 / texel_m),
        round((height_m - opening.y1) / texel_m),
        round(opening.x1 / texel_m),
        round((height_m - opening.y0) / texel_m),
    )


def _wall(front: Front, rng: Rng, texel_m: float, shape: tuple[int, int]) -> Canvas:
    if front.material == "plaster":
        canvas = paint.filled(shape, paint.vary(rng, _PLASTERS[rng.integers(8)], 0.06))
        grain = paint.fractal(rng, shape, finest_px=1.5, coarsest_px=6, roughness=0.1)
        paint.shade(canvas, grain, 0.05)
        for _ in range(int(rng.integers(4, 9))):
            _patch(canvas, rng, texel_m)
    elif front.material == "brick":
        canvas = paint.masonry(
            rng,
            shape,
            texel_m,
            paint.Stones(
                size_m=(0.083, 0.26),
                joint_m=0.014,
                colour=_BRICKS[rng.integers(len(_BRICKS))],
                joint_colour=(168, 160, 148),
                spread=0.15,
            ),
        )
    else:
        canvas = paint.masonry(
            rng,
            shape,
            texel_m,
            paint.Stones(
                size_m=(float(rng.uniform(0.28, 0.42)), float(rng.uniform(0.5, 0.85))),
                joint_m=0.018,
                colour=(178, 168, 150),
                joint_colour=(118, 110, 100),
                spread=0.11,
            ),
        )
        grain = paint.fractal(rng, shape, finest_px=1.5, coarsest_px=12, roughness=0.2)
        paint.shade(canvas, grain, 0.08)
    return canvas


def _patch(canvas: Canvas, rng: Rng, texel_m: float) -> None:
    # Repaired or fallen plaster: an irregular outline of another tone.
    h, w = canvas.shape[:2]
    angle = np.sort(rng.uniform(0, 2 * np.pi, 14))
    radius = rng.uniform(0.15, 0.7) / texel_m * rng.uniform(0.5, 1.2, 14)
    outline = rng.uniform((0, 0), (w, h)) + radius[:, None] * np.stack(
        (np.cos(angle) * 1.3, np.sin(angle)), 1
    )
    mask = np.zeros((h, w), dtype=np.float32)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1.0, cv2.LINE_AA)
    base = canvas[h // 2, w // 2]
    paint.tint(canvas, mask * 0.8, paint.vary(rng, base, 0.13))


def _ornament(canvas: Canvas, front: Front, rng: Rng, texel_m: float) -> None:
    h, w = canvas.shape[:2]
    trim = paint.vary(rng, canvas[h // 3].mean(axis=0), 0.18)
    for floor in front.floors_y[:-1]:
        y = round((front.height_m - floor) / texel_m)
        thick = round(rng.uniform(0.1, 0.2) / texel_m)
        paint.rectangle(canvas, (0, y - thick, w, y), trim)
        paint.rectangle(canvas, (0, y, w, y + max(1, thick // 5)), np.multiply(trim, 0.6))
    plinth = round(0.45 / texel_m)
    dark = np.multiply(canvas[h // 3].mean(axis=0), 0.62)
    paint.tint(canvas[h - plinth :], np.full((plinth, w), 0.8, dtype=np.float32), dark)
    border = round(rng.uniform(0.08, 0.16) / texel_m)
    for opening in front.openings:
        if opening.kind == "window":
            x0, y0, x1, y1 = _pixels(opening, front.height_m, texel_m)
            paint.rectangle(canvas, (x0 - border, y0 - border, x1 + border, y1 + border // 2), trim)
    # Bands of grime run down below sills and along the eaves.
    streaks = paint.fractal(
        rng, (h, w), finest_px=3, coarsest_px=24, roughness=0.4, stretch=(14.0, 1.0)
    )
    below = np.zeros((h, w), dtype=np.float32)
    for opening in front.openings:
        x0, _, x1, y1 = _pixels(opening, front.height_m, texel_m)
        length = round(rng.uniform(0.5, 1.6) / texel_m)
        fade = np.linspace(1.0, 0.0, length, dtype=np.float32)[: max(0, h - y1)]
        patch = below[y1 : y1 + length, max(x0, 0) : x1]
        np.maximum(patch, fade[:, None], out=patch)
    paint.shade(canvas, -np.clip(streaks, 0.0, 2.0) * (0.25 + below), 0.16)


def _window(
    canvas: Canvas,
    rng: Rng,
    box: tuple[int, int, int, int],
    texel_m: float,
    frame: tuple[float, float, float],
    bars: tuple[int, int],
    *,
    shop: bool,
) -> None:
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    if w < 6 or h < 6:
        return
    glass = paint.filled((h, w), paint.vary(rng, (52, 60, 70), 0.25))
    fade = np.linspace(0.5, -0.4, h, dtype=np.float32)[:, None] * np.ones(w, dtype=np.float32)
    paint.shade(glass, fade, float(rng.uniform(0.2, 0.9)))
    _shop_goods(glass, rng) if shop else _room(glass, rng)
    sheen = paint.fractal(rng, (h, w), finest_px=8, coarsest_px=max(16.0, w / 2), roughness=0.8)
    glass += np.clip(sheen, 0, 3)[..., None] * np.float32(rng.uniform(4, 22))
    rail = max(2, round((0.07 if shop else 0.06) / texel_m))
    bar = max(1, round(0.035 / texel_m))
    for i in range(1, bars[0]):
        at = round(w * i / bars[0])
        paint.rectangle(glass, (at - bar, 0, at + bar, h), frame)
    for i in range(1, bars[1]):
        at = round(h * (0.3 if bars[1] == 2 else i / bars[1]))
        paint.rectangle(glass, (0, at - bar, w, at + bar), frame)
    for edge in ((0, 0, w, rail), (0, h - rail, w, h), (0, 0, rail, h), (w - rail, 0, w, h)):
        paint.rectangle(glass, edge, frame)
    target = canvas[max(y0, 0) : y1, max(x0, 0) : x1]
    target[:] = glass[: target.shape[0], : target.shape[1]]


def _room(glass: Canvas, rng: Rng) -> None:
    # No two rooms are alike: curtains, blinds, plants, books, lamps, posters.
    h, w = glass.shape[:2]
    cloth = paint.vary(rng, _CLOTHS[rng.integers(len(_CLOTHS))], 0.1)
    if rng.random() < 0.55:
        folds = 1 + 0.22 * np.sin(np.cumsum(rng.uniform(0.25, 0.9, w))).astype(np.float32)
        curtain = np.broadcast_to(
            folds[None, :, None] * np.asarray(cloth, dtype=np.float32), (h, w, 3)
        ).copy()
        stripes = rng.uniform(0.8, 1.1, 1 + h // 9).astype(np.float32)
        if rng.random() < 0.5:
            curtain *= np.repeat(stripes, 9)[:h, None, None]
        left, right = rng.uniform(0.05, 0.42, 2)
        edge = rng.uniform(-0.1, 0.1, 2) * np.linspace(0, 1, h)[:, None]
        column = np.arange(w)[None, :] / w
        mask = (column < left + edge[:, :1]) | (column > 1 - right + edge[:, 1:])
        glass[mask] = curtain[mask]
    elif rng.random() < 0.6:
        down = int(h * rng.uniform(0.15, 0.85))
        slat = int(rng.integers(4, 9))
        lines = np.where(np.arange(down) % slat < slat // 2, 1.0, 0.72).astype(np.float32)
        glass[:down] = lines[:, None, None] * np.asarray(cloth, dtype=np.float32)
    for _ in range(int(rng.integers(1, 4))):
        x = int(rng.uniform(0.1, 0.9) * w)
        if rng.random() < 0.5:
            pot = int(w * rng.uniform(0.05, 0.1)) + 2
            green = (rng.uniform(30, 80), rng.uniform(80, 150), rng.uniform(30, 70))
            paint.rectangle(glass, (x - pot, h - 3 * pot, x + pot, h), (170, 96, 66))
            for _ in range(14):
                tip = (int(x + rng.normal(0, 2.2) * pot), int(h - pot * rng.uniform(3, 9)))
                cv2.line(glass, (x, h - 3 * pot), tip, green, 2, cv2.LINE_AA)
        else:
            low = int(rng.uniform(0.45, 1.0) * h)
            for _ in range(int(rng.integers(3, 9))):
                width, tall = int(rng.integers(2, 6)) + w // 40, int(h * rng.uniform(0.1, 0.22))
                book = tuple(rng.uniform(30, 230, 3))
                paint.rectangle(glass, (x, low - tall, x + width, low), book)
                x += width
    if rng.random() < 0.3:
        at = (int(rng.uniform(0.2, 0.8) * w), int(rng.uniform(0.15, 0.5) * h))
        cv2.circle(glass, at, max(3, w // 9), (250, 226, 170), -1, cv2.LINE_AA)


def _shop_goods(glass: Canvas, rng: Rng) -> None:
    h, w = glass.shape[:2]
    if rng.random() < 0.6:
        glass += np.float32(rng.uniform(10, 60))
    for shelf in np.sort(rng.uniform(0.3, 0.97, int(rng.integers(2, 4)))):
        low, x = int(shelf * h), 4
        while x < w - 6:
            width, tall = int(w * rng.uniform(0.03, 0.12)) + 3, int(h * rng.uniform(0.06, 0.24))
            colour = rng.uniform(20, 240, 3)
            if rng.random() < 0.55:
                paint.rectangle(glass, (x, low - tall, x + width, low), colour)
                band = low - int(tall * rng.uniform(0.3, 0.8))
                paint.rectangle(glass, (x, band, x + width, band + tall // 5), 255 - colour)
            else:
                centre = (x + width // 2, low - tall // 2)
                size = (width // 2, tall // 2)
                cv2.ellipse(glass, centre, size, 0, 0, 360, tuple(colour), -1, cv2.LINE_AA)
            x += width + int(rng.integers(1, max(2, w // 12)))
        paint.rectangle(glass, (0, low, w, low + 2), (120, 100, 84))
    if rng.random() < 0.8:
        y = int(rng.uniform(0.03, 0.3) * h)
        box = (int(0.1 * w), y, int(0.9 * w), y + int(0.2 * h))
        paint.lettering(glass, rng, paint.word(rng), box, (245, 238, 214))


def _door(canvas: Canvas, rng: Rng, box: tuple[int, int, int, int], texel_m: float) -> None:
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    if w < 8 or h < 8:
        return
    colour = paint.vary(rng, _TRIMS[rng.integers(len(_TRIMS))], 0.15)
    door = paint.filled((h, w), colour)
    grain = paint.fractal(rng, (h, w), finest_px=2, coarsest_px=8, stretch=(8.0, 1.0))
    paint.shade(door, grain, 0.06)
    rows, columns = int(rng.integers(2, 5)), int(rng.integers(1, 3))
    for row in range(rows):
        for column in range(columns):
            left, right = (column + 0.16) / columns * w, (column + 0.84) / columns * w
            top, low = (row + 0.14) / rows * h, (row + 0.86) / rows * h
            corners = (int(left), int(top), int(right), int(low))
            glazed = row == 0 and rng.random() < 0.6
            paint.rectangle(
                door,
                corners,
                (58, 66, 74) if glazed else np.multiply(colour, rng.uniform(0.7, 1.3)),
            )
            cv2.rectangle(door, corners[:2], corners[2:], np.multiply(colour, 0.5).tolist(), 1)
    cv2.circle(door, (int(0.88 * w), h // 2), max(2, round(0.03 / texel_m)), (200, 180, 110), -1)
    canvas[y0:y1, x0:x1] = door[: canvas[y0:y1, x0:x1].shape[0]]


def _individual(canvas: Canvas, front: Front, texel_m: float) -> None:
    """What one house has alone: weather, its shop sign, posters, writing, number, ivy, pipes."""
    rng = np.random.default_rng((front.individual, 14))
    h, w = canvas.shape[:2]
    weather = paint.fractal(rng, (h, w), finest_px=4, coarsest_px=max(64.0, w / 2), roughness=0.35)
    paint.shade(canvas, weather, 0.07)
    paint.cracks(canvas, rng, int(rng.integers(3, 9)), 1.2 / texel_m, (70, 62, 56))
    metres = 1 / texel_m
    blocked = [_pixels(o, front.height_m, texel_m) for o in front.openings]

    def free(box: tuple[int, int, int, int]) -> bool:
        return all(
            box[2] < b[0] or box[0] > b[2] or box[3] < b[1] or box[1] > b[3] for b in blocked
        )

    for _ in range(int(rng.integers(5, 14))):
        pw, ph = rng.uniform(0.2, 0.5) * metres, rng.uniform(0.25, 0.7) * metres
        px, py = rng.uniform(0, w - pw), h - rng.uniform(0.7, 2.6) * metres
        box = (int(px), int(py), int(px + pw), int(py + ph))
        if free(box):
            _poster(canvas, rng, box)
    for _ in range(int(rng.integers(0, 4))):
        _scrawl(canvas, rng, (rng.uniform(0, w), h - rng.uniform(0.4, 1.7) * metres), metres)
    if front.sign is not None:
        sx0, sy0, sx1, sy1 = front.sign
        top, low = round((front.height_m - sy1) * metres), round((front.height_m - sy0) * metres)
        board = (round(sx0 * metres), top, round(sx1 * metres), low)
        colour = rng.uniform(20, 235, 3)
        paint.rectangle(canvas, board, colour)
        ink = np.array((250, 245, 225)) if colour.mean() < 130 else np.array((30, 26, 40))
        text = f"{paint.word(rng)} {paint.word(rng)}"
        paint.lettering(canvas, rng, text, board, ink)
    x = int(rng.uniform(0.1, 0.9) * w)
    plate = (x, h - int(2.2 * metres), x + int(0.3 * metres), h - int(2.0 * metres))
    paint.rectangle(canvas, plate, (30, 50, 120))
    paint.lettering(canvas, rng, str(rng.integers(1, 200)), plate, (240, 240, 240))
    if rng.random() < 0.35:
        _ivy(canvas, rng, metres)
    if rng.random() < 0.7:
        pipe = int(rng.choice((0.12, front.width_m - 0.22)) * metres)
        paint.rectangle(canvas, (pipe, 0, pipe + int(0.1 * metres), h), (96, 92, 88))
        paint.rectangle(canvas, (pipe, 0, pipe + max(1, int(0.03 * metres)), h), (132, 128, 122))
    for _ in range(int(rng.integers(4, 12))):
        # Lamps, boxes, vents, bells and their cables.
        bx, by = rng.uniform(0, w), rng.uniform(0.1 * h, h)
        size = rng.uniform(0.06, 0.22, 2) * metres
        box = (int(bx), int(by), int(bx + size[0]), int(by + size[1]))
        if free(box):
            paint.rectangle(canvas, box, rng.uniform(30, 220, 3))
            cv2.rectangle(canvas, box[:2], box[2:], (40, 40, 40), 1)


def _poster(canvas: Canvas, rng: Rng, box: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = box
    paint.rectangle(canvas, box, rng.uniform(60, 245, 3))
    for _ in range(int(rng.integers(2, 5))):
        at = (int(rng.uniform(x0, x1)), int(rng.uniform(y0, y1)))
        radius = int(rng.uniform(0.1, 0.35) * (x1 - x0)) + 1
        inner = canvas[y0:y1, x0:x1]
        cv2.circle(
            inner, (at[0] - x0, at[1] - y0), radius, tuple(rng.uniform(0, 255, 3)), -1, cv2.LINE_AA
        )
    paint.lettering(
        canvas, rng, paint.word(rng), (x0, y0, x1, y0 + (y1 - y0) // 4), rng.uniform(0, 90, 3)
    )


def _scrawl(canvas: Canvas, rng: Rng, at: tuple[float, float], metres: float) -> None:
    colour = tuple(rng.uniform(0, 220, 3))
    t = np.linspace(0, rng.uniform(6, 14), 60)
    phase = rng.uniform(0, 6.28, 3)
    curve = np.stack(
        (
            at[0] + metres * (0.11 * t + 0.12 * np.sin(2.3 * t + phase[0])),
            at[1] + metres * (0.16 * np.sin(3.1 * t + phase[1]) + 0.1 * np.cos(1.7 * t + phase[2])),
        ),
        axis=1,
    )
    thickness = max(1, round(0.035 * metres))
    cv2.polylines(canvas, [np.round(curve).astype(np.int32)], False, colour, thickness, cv2.LINE_AA)


def _ivy(canvas: Canvas, rng: Rng, metres: float) -> None:
    h, w = canvas.shape[:2]
    foot = rng.uniform(0.1, 0.9) * w
    reach = rng.uniform(2.5, 6.5)
    for _ in range(int(160 * reach)):
        up = rng.beta(1.0, 1.6) * reach
        x = foot + metres * rng.normal(0, 0.25 + 0.22 * np.sqrt(up))
        centre = (int(x), int(h - up * metres))
        green = (rng.uniform(24, 84), rng.uniform(62, 132), rng.uniform(20, 60))
        size = (max(1, int(rng.uniform(0.03, 0.08) * metres)), max(1, int(0.035 * metres)))
        cv2.ellipse(canvas, centre, size, rng.uniform(0, 180), 0, 360, green, -1, cv2.LINE_AA)


def _board_painter(seed: int) -> Callable[[tuple[int, int]], NDArray[np.uint8]]:
    def paint_it(shape: tuple[int, int]) -> NDArray[np.uint8]:
        rng = np.random.default_rng((seed, 15))
        h, w = shape
        canvas = paint.filled(shape, rng.uniform(20, 235, 3))
        paint.shade(canvas, paint.fractal(rng, shape, finest_px=2, coarsest_px=32), 0.06)
        for row in range(2):
            for column in range(2):
                box = (column * w // 2, row * h // 2, (column + 1) * w // 2, (row + 1) * h // 2)
                paint.rectangle(canvas, box, rng.uniform(20, 235, 3))
                _poster(canvas, rng, (box[0] + w // 16, box[1] + h // 16, box[2], box[3]))
        return paint.finished(canvas)

    return paint_it
