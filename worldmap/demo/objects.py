"""Things that stand in a street: cars, lamps, trees, benches, signs, a monument, and people."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.demo import paint
from worldmap.demo.mesh import Axes, Floats, MeshBuilder, Texture
from worldmap.demo.paint import Rng

Colour = tuple[float, float, float]

_LACQUERS = (
    (150, 30, 34),
    (38, 60, 110),
    (196, 196, 198),
    (40, 42, 44),
    (230, 228, 222),
    (70, 96, 80),
    (190, 150, 60),
)

_CLOTHES = (
    (48, 62, 92),
    (150, 52, 46),
    (88, 96, 78),
    (190, 176, 150),
    (60, 58, 62),
    (206, 160, 60),
    (220, 218, 212),
)
_BIN_COLOURS = ((62, 84, 66), (70, 74, 80), (110, 90, 62), (46, 62, 88))

# A small car seen from its right side: (x from the tail, y above the road), metres.
_BODY = np.array(
    (
        (0.0, 0.35),
        (0.05, 0.95),
        (0.35, 1.02),
        (0.85, 1.44),
        (2.35, 1.46),
        (3.1, 1.0),
        (4.0, 0.86),
        (4.15, 0.62),
        (4.15, 0.3),
    )
)
_CAR_WIDTH_M = 1.74
_UP = np.array((0.0, 0.0, 1.0))


def _around(angle_rad: float, radius_m: float, up_m: float) -> Floats:
    return np.array((radius_m * np.cos(angle_rad), radius_m * np.sin(angle_rad), up_m))


def _texture(
    width_m: float,
    height_m: float,
    texel_m: float,
    seed: tuple[int, ...],
    painter: Callable[[Rng, tuple[int, int]], paint.Canvas],
) -> Texture:
    def paint_it(shape: tuple[int, int]) -> NDArray[np.uint8]:
        return paint.finished(painter(np.random.default_rng(seed), shape))

    return Texture(width_m=width_m, height_m=height_m, texel_m=texel_m, paint=paint_it)


def add_car(builder: MeshBuilder, at: Floats, forward_xy: Floats, seed: int) -> None:
    """A parked car whose middle stands at `at` (3,)."""
    axes = Axes.upright(at, forward_xy)
    # Right runs from tail to bonnet, so out is the car's right side.
    axes = axes.moved(-_BODY[:, 0].max() / 2, 0.0, -_CAR_WIDTH_M / 2)
    colour = _lacquer(np.random.default_rng((seed, 30)))
    side = builder.texture(_texture(8.4, 1.5, 0.01, (seed, 31), partial(_paint_sides, colour)))
    length = np.concatenate(((0.0,), np.cumsum(np.linalg.norm(np.diff(_BODY, axis=0), axis=1))))
    skin = builder.texture(
        _texture(float(length[-1]), _CAR_WIDTH_M, 0.01, (seed, 32), partial(_paint_skin, colour))
    )
    x, y = _BODY.T
    floor = np.full_like(x, 0.3)
    for depth in (0.0, _CAR_WIDTH_M):
        # Strips from the sill up to the outline: valid because the outline is a function of x.
        grid = np.stack((axes.at(x, y, depth), axes.at(x, floor, depth)))
        # The left half of the picture is one side, the right half the other, so words read well.
        s = x if depth else 8.4 - x
        st = np.stack((np.stack((s, 1.5 - y), -1), np.stack((s, 1.5 - floor), -1)))
        builder.sheet(grid, st, side)
    grid = np.stack((axes.at(x, y, 0.0), axes.at(x, y, _CAR_WIDTH_M)))
    st = np.stack(
        (
            np.stack((length, np.full_like(length, 0.0)), -1),
            np.stack((length, np.full_like(length, _CAR_WIDTH_M)), -1),
        )
    )
    builder.sheet(grid, st, skin)
    tyre = builder.texture(_texture(0.7, 0.7, 0.01, (seed, 33), _paint_tyre))
    turn = np.linspace(0, 2 * np.pi, 17)
    for centre_x in (0.75, 3.35):
        for inner, outer in ((-0.02, 0.2), (_CAR_WIDTH_M - 0.2, _CAR_WIDTH_M + 0.02)):
            face = outer if inner > 0 else inner
            rim = axes.at(centre_x + 0.31 * np.cos(turn), 0.31 + 0.31 * np.sin(turn), face)
            hub = np.broadcast_to(axes.at(centre_x, 0.31, face), rim.shape)
            st_rim = 0.35 + 0.34 * np.stack((np.cos(turn), -np.sin(turn)), -1)
            builder.sheet(
                np.stack((hub, rim)), np.stack((np.full_like(st_rim, 0.35), st_rim)), tyre
            )
            tread = np.stack(
                [
                    axes.at(centre_x + 0.31 * np.cos(turn), 0.31 + 0.31 * np.sin(turn), depth)
                    for depth in (inner, outer)
                ]
            )
            builder.sheet(tread, np.full((2, 17, 2), 0.04), tyre)


def _lacquer(rng: Rng) -> Colour:
    return paint.vary(rng, _LACQUERS[rng.integers(len(_LACQUERS))], 0.08)


def _paint_sides(colour: Colour, rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    half = (shape[0], shape[1] // 2)
    logo = paint.word(rng) if rng.random() < 0.5 else ""
    right, left = (_paint_side(colour, rng, half, logo, mirrored) for mirrored in (False, True))
    return np.concatenate((right, left), axis=1)


def _paint_side(
    colour: Colour, rng: Rng, shape: tuple[int, int], logo: str, mirrored: bool
) -> paint.Canvas:
    h, w = shape
    canvas = paint.filled(shape, colour)
    ramp = np.linspace(0.5, -0.7, h, dtype=np.float32)[:, None] * np.ones(w, dtype=np.float32)
    paint.shade(canvas, ramp, 0.25)
    metre = w / 4.2

    def points(values: list[tuple[float, float]]) -> NDArray[np.int32]:
        return np.array([(x * metre, (1.5 - y) * metre) for x, y in values], dtype=np.int32)

    glass = paint.vary(rng, (46, 54, 62), 0.1)
    for outline in (
        [(0.55, 1.0), (0.92, 1.36), (1.5, 1.38), (1.5, 1.0)],
        [(1.6, 1.0), (1.6, 1.38), (2.28, 1.38), (2.9, 1.0)],
    ):
        cv2.fillPoly(canvas, [points(outline)], glass, cv2.LINE_AA)
    for x in (1.05, 1.55, 2.75):
        low, high = points([(x, 0.35), (x, 1.0)])
        cv2.line(canvas, low.tolist(), high.tolist(), (24, 24, 24), 1, cv2.LINE_AA)
    for x in (1.4, 2.1):
        low, high = points([(x, 0.86), (x + 0.16, 0.89)])
        cv2.rectangle(canvas, low.tolist(), high.tolist(), (200, 200, 200), -1)
    for x in (0.75, 3.35):
        centre = points([(x, 0.31)])[0]
        cv2.circle(canvas, centre.tolist(), int(0.36 * metre), (20, 20, 20), -1, cv2.LINE_AA)
    dirt = paint.fractal(rng, shape, finest_px=2, coarsest_px=40, roughness=0.4)
    low_band = np.clip(np.linspace(-1.2, 1.0, h, dtype=np.float32), 0, 1)[:, None]
    paint.tint(canvas, np.clip(dirt, 0, 1.4) * low_band * 0.6, (120, 108, 92))
    if mirrored:
        canvas = np.ascontiguousarray(canvas[:, ::-1])
    box = (int(1.6 * metre), int(0.62 * metre), int(2.6 * metre), int(0.88 * metre))
    paint.lettering(canvas, rng, logo, box, 255 - np.asarray(colour))
    paint.spots(canvas, rng, 12, (1, 4), ((240, 240, 240), (60, 50, 40)), 0.1)
    return canvas


def _paint_skin(colour: Colour, rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    # Tail, roof, windscreen, bonnet and nose in one strip, in the order of the outline.
    h, w = shape
    canvas = paint.filled(shape, colour)
    steps = np.concatenate(((0.0,), np.cumsum(np.linalg.norm(np.diff(_BODY, axis=0), axis=1))))
    edge = (steps / steps[-1] * w).astype(int)
    rim = int(0.08 * h)
    for start, end in ((2, 3), (4, 5)):
        box = (edge[start] + 3, rim, edge[end] - 3, h - rim)
        paint.rectangle(canvas, box, paint.vary(rng, (44, 52, 60), 0.1))
    for y in (0.03, 0.8):
        lamp = (edge[0], int(y * h), edge[1], int((y + 0.17) * h))
        paint.rectangle(canvas, (lamp[0] + 22, lamp[1], lamp[2] - 4, lamp[3]), (190, 30, 26))
        front = (edge[6] + 2, int(y * h), edge[7], int((y + 0.17) * h))
        paint.rectangle(canvas, front, (236, 236, 226))
    for start, end in ((0, 1), (7, 8)):
        middle = (edge[start] + edge[end]) // 2
        plate = np.zeros((int(0.12 / 0.01), int(0.5 / 0.01), 3), dtype=np.float32)
        plate[:] = (238, 236, 224)
        text = f"{paint.word(rng)[:3].upper()} {rng.integers(100, 999)}"
        paint.lettering(plate, rng, text, (0, 0, plate.shape[1], plate.shape[0]), (20, 20, 30))
        upright = np.rot90(plate, 1 if start == 0 else 3)
        y0, x0 = h // 2 - upright.shape[0] // 2, max(0, middle - upright.shape[1] // 2)
        target = canvas[y0 : y0 + upright.shape[0], x0 : x0 + upright.shape[1]]
        target[:] = upright[: target.shape[0], : target.shape[1]]
    dust = paint.fractal(rng, shape, finest_px=2, coarsest_px=60, roughness=0.4)
    paint.shade(canvas, dust, 0.06)
    paint.spots(canvas, rng, 40, (1, 5), ((150, 110, 50), (230, 230, 226), (60, 60, 50)), 0.2)
    return canvas


def _paint_tyre(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    canvas = paint.filled(shape, (28, 28, 29))
    h, w = shape
    centre = (w // 2, h // 2)
    cv2.circle(canvas, centre, int(0.3 * w), (150, 150, 152), -1, cv2.LINE_AA)
    spokes = int(rng.integers(5, 9))
    for k in range(spokes):
        angle = 2 * np.pi * k / spokes
        hole = (
            int(w / 2 + 0.19 * w * np.cos(angle)),
            int(h / 2 + 0.19 * w * np.sin(angle)),
        )
        cv2.circle(canvas, hole, int(0.06 * w), (40, 40, 42), -1, cv2.LINE_AA)
    return canvas


def add_lamp(builder: MeshBuilder, at: Floats, towards_xy: Floats, seed: int) -> None:
    """A street lamp at `at` (3,) whose arm reaches in the direction `towards_xy`."""
    rng = np.random.default_rng((seed, 41))
    pole = builder.texture(_texture(0.7, 5.6, 0.01, (seed, 42), _paint_pole))
    height = rng.uniform(5.0, 5.6)
    top = at + height * _UP
    builder.tube((at, at + _UP, top), (0.09, 0.065, 0.05), pole, (0, 0, 0.5, 5.6))
    reach = np.append(towards_xy / np.linalg.norm(towards_xy), 0.0)
    builder.tube((top - 0.1 * _UP, top + 0.9 * reach), (0.035, 0.03), pole, (0, 0, 0.3, 1.0), 6)
    head = Axes.upright(top + 0.7 * reach - 0.12 * _UP, reach[:2])
    builder.box(head.moved(0, 0, -0.12), (0.6, 0.14, 0.24), pole)
    if rng.random() < 0.7:
        add_sign(builder, at + 2.3 * _UP, towards_xy, seed + 1)


def _paint_pole(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    canvas = paint.filled(shape, paint.vary(rng, (70, 78, 74), 0.1))
    rust = paint.fractal(rng, shape, finest_px=2, coarsest_px=40, roughness=0.4)
    paint.tint(canvas, np.clip(rust - 0.8, 0, 0.7), (120, 78, 50))
    h, w = shape
    for _ in range(16):
        x, y = rng.uniform(0, w), rng.uniform(0.55, 0.95) * h
        size = rng.uniform(0.05, 0.16, 2) / 5.6 * h
        box = (int(x), int(y), int(x + size[0]), int(y + size[1]))
        paint.rectangle(canvas, box, rng.uniform(20, 240, 3))
    return canvas


def add_sign(builder: MeshBuilder, at: Floats, facing_xy: Floats, seed: int) -> None:
    """A traffic sign plate with its centre at `at`, readable from the direction `facing_xy`."""
    face = facing_xy / np.linalg.norm(facing_xy)
    axes = Axes.upright(at, (-face[1], face[0]))
    plate = builder.texture(_texture(1.4, 1.4, 0.01, (seed, 43), _paint_plate))
    builder.box(axes.moved(-0.3, -0.3, 0.08), (0.6, 0.6, 0.03), plate)


def _paint_plate(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    h, w = shape
    canvas = paint.filled(shape, (150, 152, 154))
    for row in (0, 1):
        for column in (0, 1):
            cell = canvas[
                row * h // 2 : (row + 1) * h // 2, column * w // 2 : (column + 1) * w // 2
            ]
            ch, cw = cell.shape[:2]
            rim, field = rng.uniform(20, 230, 3), rng.uniform(120, 250, 3)
            cell[:] = np.asarray(rim, dtype=np.float32)
            paint.rectangle(cell, (5, 5, cw - 5, ch - 5), field)
            box = (6, ch // 4, cw - 6, 3 * ch // 4)
            paint.lettering(cell, rng, paint.word(rng)[:5], box, (20, 20, 24))
    return canvas


def add_tree(builder: MeshBuilder, at: Floats, seed: int) -> None:
    """A small street tree."""
    rng = np.random.default_rng((seed, 51))
    bark = builder.texture(_texture(0.7, 2.6, 0.01, (seed, 52), _paint_bark))
    leaves = builder.texture(_texture(6.0, 3.0, 0.02, (seed, 53), _paint_leaves))
    height = rng.uniform(2.3, 2.8)
    lean = np.append(rng.normal(0, 0.08, 2), 0.0)
    trunk = (at, at + height / 2 * _UP + lean, at + (height + 0.8) * _UP + lean)
    builder.tube(trunk, (0.15, 0.12, 0.08), bark, (0, 0, 0.7, 2.6))
    for k in range(9):
        angle, spread = 2.4 * k + rng.uniform(0, 0.8), rng.uniform(0.2, 0.95)
        centre = at + _around(angle, spread, height + 0.4 + rng.uniform(0, 1.7))
        radii = rng.uniform(0.5, 0.85, 3) * (1, 1, 0.85)
        bumps = 1 + rng.uniform(-0.22, 0.22, (10, 14))
        s0, t0 = rng.uniform(0, 2.5), rng.uniform(0, 1.4)
        builder.blob(centre, radii, leaves, (s0, t0, 3.4, 1.6), bumps=bumps)


def _paint_bark(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    canvas = paint.filled(shape, (98, 80, 62))
    ridges = paint.fractal(
        rng, shape, finest_px=2, coarsest_px=10, roughness=0.2, stretch=(7.0, 1.0)
    )
    paint.shade(canvas, ridges, 0.24)
    paint.spots(canvas, rng, 60, (1, 5), ((150, 150, 120), (60, 48, 40)), 0.1)
    return canvas


def _paint_leaves(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    canvas = paint.filled(shape, (38, 58, 26))
    shadow = paint.fractal(rng, shape, finest_px=3, coarsest_px=30, roughness=0.3)
    paint.shade(canvas, shadow, 0.3)
    greens = ((70, 104, 40), (96, 128, 52), (56, 88, 36), (128, 146, 64), (150, 132, 56))
    paint.spots(canvas, rng, 5200, (1.5, 4.5), greens, 0.16)
    return canvas


def add_bench(builder: MeshBuilder, at: Floats, along_xy: Floats, seed: int) -> None:
    """A wooden bench."""
    wood = builder.texture(_texture(2.4, 1.6, 0.01, (seed, 61), _paint_wood))
    axes = Axes.upright(at, along_xy)
    rng = np.random.default_rng((seed, 62))
    for k in range(3):
        seat = axes.moved(-0.9, 0.42, -0.25 + 0.17 * k)
        builder.box(seat, (1.8, 0.05, 0.13), wood, rng.uniform(0, 1, 2))
    for k in range(2):
        builder.box(axes.moved(-0.9, 0.6 + 0.2 * k, -0.3), (1.8, 0.14, 0.04), wood, (0.2 * k, 0.3))
    for x in (-0.75, 0.67):
        builder.box(axes.moved(x, 0.0, -0.28), (0.08, 0.8, 0.05), wood, (0.1, 0.9))
        builder.box(axes.moved(x, 0.0, 0.2), (0.08, 0.44, 0.05), wood, (0.1, 0.9))


def _paint_wood(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    canvas = paint.filled(shape, paint.vary(rng, (140, 96, 58), 0.12))
    grain = paint.fractal(
        rng, shape, finest_px=2, coarsest_px=12, roughness=0.2, stretch=(1.0, 14.0)
    )
    paint.shade(canvas, grain, 0.16)
    paint.spots(canvas, rng, 80, (1, 5), ((60, 40, 28), (200, 180, 150)), 0.1)
    return canvas


def add_bin(builder: MeshBuilder, at: Floats, seed: int) -> None:
    """A litter bin or bollard."""
    rng = np.random.default_rng((seed, 63))
    side = builder.texture(_texture(1.6, 1.1, 0.01, (seed, 64), _paint_bin))
    radius = rng.uniform(0.14, 0.22)
    height = rng.uniform(0.8, 1.05)
    top = at + height * _UP
    path = (at, top, top + 0.04 * _UP)
    builder.tube(path, (radius, radius, 0.02), side, (0, 0, 1.6, 1.1), 14)


def _paint_bin(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    canvas = paint.filled(shape, paint.vary(rng, rng.choice(_BIN_COLOURS), 0.15))
    paint.shade(canvas, paint.fractal(rng, shape, finest_px=2, coarsest_px=40), 0.1)
    h, w = shape
    for _ in range(12):
        x, y = rng.uniform(0, w), rng.uniform(0.1, 0.8) * h
        box = (int(x), int(y), int(x + rng.uniform(8, 30)), int(y + rng.uniform(8, 30)))
        paint.rectangle(canvas, box, rng.uniform(20, 240, 3))
        paint.lettering(canvas, rng, paint.word(rng), box, rng.uniform(0, 255, 3))
    return canvas


def add_monument(builder: MeshBuilder, at: Floats, seed: int, stone: int) -> None:
    """A stepped plinth with a pillar and three weathered heads."""
    rng = np.random.default_rng((seed, 71))
    turn = rng.uniform(0, np.pi)
    axes = Axes.upright(at, (np.cos(turn), np.sin(turn)))
    low = 0.0
    for half, height in ((1.9, 0.2), (1.5, 0.2), (0.8, 1.3), (0.95, 0.15)):
        box = axes.moved(-half, low, -half)
        builder.box(box, (2 * half, height, 2 * half), stone, rng.uniform(0, 3, 2))
        low += height
    for k in range(3):
        angle = turn + 2.1 * k
        centre = at + _around(angle, 0.4, low + 0.55)
        bumps = 1 + rng.uniform(-0.2, 0.2, (10, 14))
        radii = rng.uniform(0.35, 0.6, 3) * (1, 1, 1.4)
        patch = (rng.uniform(0, 2), rng.uniform(0, 2), 2.4, 1.4)
        builder.blob(centre, radii, stone, patch, bumps=bumps)


def add_person(builder: MeshBuilder, at: Floats, facing_rad: float, seed: int) -> None:
    """A passer-by standing at `at` (3,)."""
    rng = np.random.default_rng((seed, 81))
    skin = builder.texture(_texture(1.0, 2.0, 0.01, (seed, 82), _paint_person))
    tall = rng.uniform(0.92, 1.08)
    forward = np.array((np.cos(facing_rad), np.sin(facing_rad), 0.0))
    aside = np.array((-forward[1], forward[0], 0.0))

    def point(x: float, y: float, z: float) -> Floats:
        return np.asarray(at + tall * (x * forward + y * aside + z * _UP))

    stride = rng.uniform(-0.25, 0.25)
    trousers, coat, head = (0.0, 1.2, 1.0, 0.8), (0.0, 0.4, 1.0, 0.8), (0.0, 0.0, 1.0, 0.4)
    for sign in (-1, 1):
        hip, knee = point(0, 0.1 * sign, 0.86), point(0.5 * sign * stride, 0.1 * sign, 0.46)
        foot = point(sign * stride, 0.1 * sign, 0.0)
        builder.tube((foot, knee, hip), (0.06, 0.075, 0.1), skin, trousers, 8)
        shoulder, hand = point(0, 0.2 * sign, 1.42), point(-sign * stride, 0.3 * sign, 0.8)
        builder.tube((hand, shoulder), (0.045, 0.06), skin, coat, 8)
    hem, waist, chest, neck = (point(0, 0, z) for z in (0.7, 1.0, 1.35, 1.5))
    builder.tube((hem, waist, chest, neck), (0.23, 0.18, 0.2, 0.07), skin, coat, 12)
    builder.blob(point(0.02, 0, 1.63), np.array((0.1, 0.09, 0.13)) * tall, skin, head)


def _paint_person(rng: Rng, shape: tuple[int, int]) -> paint.Canvas:
    h, w = shape
    canvas = paint.filled(shape, paint.vary(rng, (206, 160, 132), 0.1))
    paint.rectangle(canvas, (0, 0, w, int(0.08 * h)), paint.vary(rng, (70, 48, 32), 0.3))
    hair = int(rng.uniform(0.2, 0.5) * w)
    paint.rectangle(canvas, (0, 0, hair, int(0.14 * h)), canvas[0, 0])
    coat = paint.vary(rng, rng.choice(_CLOTHES), 0.12)
    trousers = paint.vary(rng, rng.choice(((44, 50, 66), (60, 54, 50), (36, 36, 38))), 0.15)
    paint.rectangle(canvas, (0, int(0.2 * h), w, int(0.6 * h)), coat)
    if rng.random() < 0.5:
        gap = int(rng.integers(6, 14))
        for y in range(int(0.2 * h), int(0.6 * h), gap):
            paint.rectangle(canvas, (0, y, w, y + gap // 3), np.multiply(coat, 0.55))
    paint.rectangle(canvas, (0, int(0.6 * h), w, h), trousers)
    paint.rectangle(canvas, (0, int(0.95 * h), w, h), (30, 26, 24))
    folds = paint.fractal(rng, shape, finest_px=3, coarsest_px=24, stretch=(3.0, 1.0))
    paint.shade(canvas, folds, 0.1)
    return canvas
