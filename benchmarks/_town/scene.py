"""A street of boxes and boards: houses whose windows repeat, shop windows, cars, hedges, trees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks._town import textures
from benchmarks._town.textures import Picture

Array = NDArray[np.float64]

HALF_M = 6.0
"""From the middle of the street to the houses."""
LENGTH_M = 70.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Board:
    """A rectangle in space, its corner and two edges (3,) in ENU metres, the first along the
    picture's columns and the second down its rows. glass: how much of it mirrors what is opposite.
    """

    corner: Array
    along: Array
    down: Array
    picture: Picture
    glass: float = 0.0


def build(seed: int) -> list[Board]:
    """The street of that seed, from y = −10 to 60 m north of the origin."""
    rng = np.random.default_rng((seed, 404))
    boards = [
        Board(
            corner=np.array((-14.0, 62.0, 0.0)),
            along=np.array((0.0, -86.0, 0.0)),
            down=np.array((28.0, 0.0, 0.0)),
            picture=textures.ground(rng, 28.0, 86.0),
        )
    ]
    for side in (-1.0, 1.0):
        y = -14.0
        while y < LENGTH_M - 8.0:
            width = float(rng.uniform(6.0, 13.0))
            kind = rng.choice(["plaster", "plaster", "bricks", "shop", "hedge"])
            set_back = float(rng.uniform(0.0, 1.2))
            if kind == "hedge":
                boards += _garden(rng, side, y, width)
            else:
                boards += _house(rng, side, y, width, str(kind), set_back)
            y += width + (float(rng.uniform(0.0, 0.6)) if rng.uniform() < 0.3 else 0.0)
    for _ in range(9):
        side = float(rng.choice((-1.0, 1.0)))
        boards += _car(rng, side * rng.uniform(4.4, 4.9), float(rng.uniform(-4, LENGTH_M - 14)))
    # The street ends before a house across it.
    end = textures.bricks(rng, 30.0, 9.0)
    boards.append(
        Board(
            corner=np.array((-15.0, LENGTH_M - 6.0, 9.0)),
            along=np.array((30.0, 0.0, 0.0)),
            down=np.array((0.0, 0.0, -9.0)),
            picture=end,
        )
    )
    return boards


def _wall(
    side: float, x_m: float, y_m: float, width_m: float, top_m: float, height_m: float
) -> tuple[Array, Array, Array]:
    """Corner, along and down of a rectangle beside the street, its picture the right way round as
    seen from there."""
    start, run = (y_m, width_m) if side < 0 else (y_m + width_m, -width_m)
    return (
        np.array((side * x_m, start, top_m)),
        np.array((0.0, run, 0.0)),
        np.array((0.0, 0.0, -height_m)),
    )


def _house(
    rng: np.random.Generator, side: float, y: float, width: float, kind: str, set_back: float
) -> list[Board]:
    height = float(rng.uniform(6.0, 11.0))
    x = HALF_M + set_back
    paint = textures.bricks if kind == "bricks" else textures.plaster
    corner, along, down = _wall(side, x, y, width, height, height)
    boards = [Board(corner=corner, along=along, down=down, picture=paint(rng, width, height))]
    # Both gables, seen between houses that stand further back.
    gable = paint(rng, 6.0, height)
    boards += [
        Board(
            corner=np.array((side * x, end, height)),
            along=np.array((side * 6.0, 0.0, 0.0)),
            down=down,
            picture=gable,
        )
        for end in (y, y + width)
    ]
    # The same window again and again, a few centimetres in front of the wall.
    front = _Front(side, x, y, width)
    pane = textures.window(rng)
    pitch = float(rng.uniform(1.9, 2.6))
    floors = [h for h in np.arange(1.0, height - 1.8, 2.9) if kind != "shop" or h > 2.5]
    for low in floors:
        boards += [
            _on(front, place, low + 1.6, 1.1, 1.6, pane, 0.25)
            for place in np.arange(0.7, width - 1.3, pitch)
        ]
    if kind == "shop":
        shown = textures.clouds(rng, 120, 240, 60, 0.6)
        goods = np.clip(70 + 28 * shown, 0, 255).astype(np.uint8)
        picture = np.dstack((goods, goods, goods, np.full_like(goods, 255)))
        glass_m = min(width - 1.4, 4.5)
        boards.append(_on(front, 0.6, 2.3, glass_m, 1.9, picture, 0.55))
        boards.append(_on(front, 0.8, 3.1, 2.4, 0.6, textures.sign(rng), 0.0))
    if rng.uniform() < 0.6:
        door = textures.bricks(rng, 1.0, 2.1) if rng.uniform() < 0.5 else textures.sign(rng)
        at = float(rng.uniform(0.3, width - 1.4))
        boards.append(_on(front, at, 2.1, 1.0, 2.1, door, 0.0))
    return boards


@dataclass(frozen=True, slots=True)
class _Front:
    """The wall of a house on the street."""

    side: float
    x: float
    y: float
    width_m: float


def _on(
    front: _Front, place_m: float, top_m: float, width_m: float, height_m: float,
    picture: Picture, glass: float,
) -> Board:  # fmt: skip
    """Something on a house, `place_m` from the wall's left end, 4 cm in front of it."""
    end = front.y + front.width_m
    start = front.y + place_m if front.side < 0 else end - place_m - width_m
    corner, along, down = _wall(front.side, front.x - 0.04, start, width_m, top_m, height_m)
    return Board(corner=corner, along=along, down=down, picture=picture, glass=glass)


def _garden(rng: np.random.Generator, side: float, y: float, width: float) -> list[Board]:
    """A hedge of several layers of leaves, a tree behind it and a fence wall far back."""
    boards = []
    for depth in (0.0, 0.25, 0.5):
        corner, along, down = _wall(side, HALF_M - 0.4 + depth, y, width, 1.7, 1.7)
        leaves = textures.leaves(rng, width, 1.7)
        boards.append(Board(corner=corner, along=along, down=down, picture=leaves))
    for turn in (0.0, 1.1, 2.2):
        middle = np.array((side * (HALF_M + 2.5), y + width / 2, 0.0))
        run = 3.6 * np.array((np.cos(turn), np.sin(turn), 0.0))
        boards.append(
            Board(
                corner=middle - run / 2 + (0.0, 0.0, 6.5),
                along=run,
                down=np.array((0.0, 0.0, -3.8)),
                picture=textures.leaves(rng, 3.6, 3.8),
            )
        )
    corner, along, down = _wall(side, HALF_M + 6.0, y - 3.0, width + 6.0, 5.0, 5.0)
    boards.append(
        Board(
            corner=corner, along=along, down=down, picture=textures.plaster(rng, width + 6.0, 5.0)
        )
    )
    return boards


def _car(rng: np.random.Generator, x: float, y: float) -> list[Board]:
    length, width, height = 4.2, 1.75, 1.45
    low = 0.1
    sides = textures.car(rng, length, height - low, side=True)
    ends = textures.car(rng, width, height - low, side=False)
    top = np.full((32, 96, 4), 255, dtype=np.uint8)
    top[..., :3] = sides[4, 4, :3]
    down = np.array((0.0, 0.0, low - height))
    left, right = x - width / 2, x + width / 2
    return [
        Board(
            corner=np.array((left, y + length, height)),
            along=np.array((0.0, -length, 0.0)), down=down, picture=sides,
        ),
        Board(
            corner=np.array((right, y, height)),
            along=np.array((0.0, length, 0.0)), down=down, picture=sides,
        ),
        Board(
            corner=np.array((left, y, height)),
            along=np.array((width, 0.0, 0.0)), down=down, picture=ends,
        ),
        Board(
            corner=np.array((right, y + length, height)),
            along=np.array((-width, 0.0, 0.0)), down=down, picture=ends,
        ),
        Board(
            corner=np.array((left, y + length, height)),
            along=np.array((width, 0.0, 0.0)), down=np.array((0.0, -length, 0.0)), picture=top,
        ),
    ]  # fmt: skip
