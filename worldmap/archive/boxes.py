"""Areas as the boxes that archives are asked about."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees, west < east."""
_SMALLEST_DEG = 1e-5  # a metre: where more photos than an answer holds lie, they lie on one spot


def boxes_within(bounds_deg: Box, largest_deg: float) -> list[Box]:
    """Boxes no longer than `largest_deg` that cover the bounds (west > east crosses the
    antimeridian), from the south-west on."""
    west, south, east, north = bounds_deg
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    found = []
    for left, right in parts:
        columns = max(1, math.ceil((right - left) / largest_deg))
        rows = max(1, math.ceil((north - south) / largest_deg))
        found += [
            (
                left + column * (right - left) / columns,
                south + row * (north - south) / rows,
                left + (column + 1) * (right - left) / columns,
                south + (row + 1) * (north - south) / rows,
            )
            for row in range(rows)
            for column in range(columns)
        ]
    return found


def quarters(box: Box) -> list[Box]:
    """The box in four; none where it is too small to lie apart in."""
    west, south, east, north = box
    if max(east - west, north - south) < _SMALLEST_DEG:
        return []
    middle, centre = (west + east) / 2, (south + north) / 2
    return [
        (west, south, middle, centre),
        (middle, south, east, centre),
        (west, centre, middle, north),
        (middle, centre, east, north),
    ]


def complete(box: Box, ask: Callable[[Box], tuple[list[T], bool]]) -> Iterator[T]:
    """All that `ask` finds in a box; where it says that its answer was cut short, in its quarters.
    Something on a border may come twice."""
    found, is_whole = ask(box)
    parts = [] if is_whole else quarters(box)
    if not parts:
        yield from found
    for part in parts:
        yield from complete(part, ask)
