"""A cloud onto a reference: found from metres and degrees away, or nothing is said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from worldmap.registration.onto import Doubt, Laid, laid_onto

Array = NDArray[np.float64]
DOUBT = Doubt(turn_rad=math.radians(4.0), plan_m=2.5, up_m=2.0, size_rel=0.025)


def rectangle(rng: np.random.Generator, corner: object, u: object, v: object) -> Array:
    corner, u, v = (np.array(each, dtype=np.float64) for each in (corner, u, v))
    count = int(25 * np.linalg.norm(u) * np.linalg.norm(v))
    along = rng.uniform(0, 1, (count, 2))
    return np.asarray(corner + along[:, :1] * u + along[:, 1:] * v)


def street(seed: int, *, house_m: float | None = None, length_m: float = 40.0) -> Array:
    """A road between two rows of houses; house_m: all houses alike and so wide."""
    rng = np.random.default_rng(seed)
    parts = [rectangle(rng, (-8, 0, 0), (16, 0, 0), (0, length_m, 0.5))]
    for side in (-1, 1):
        y = 0.0
        while y < length_m:
            width = house_m or rng.uniform(5, 9)
            x = side * (8 + (1.0 if house_m else rng.uniform(0, 1.2)))
            height = 6.0 if house_m else rng.uniform(4, 9)
            parts.append(rectangle(rng, (x, y, 0), (0, width - 1.0, 0), (0, 0, height)))
            ends = (y, y + width - 1.0)
            parts += [rectangle(rng, (x, e, 0), (side * 3, 0, 0), (0, 0, height)) for e in ends]
            y += width
    return np.concatenate(parts)


def surveyed(world: Array, seed: int, *, changed: bool = True) -> Array:
    """What a lidar has of it: 2 cm of noise, a fifth gone, and cars that were not there."""
    rng = np.random.default_rng((seed, 1))
    points = world[rng.random(len(world)) < 0.6]
    points = points + 0.02 * rng.standard_normal(points.shape)
    if changed:
        cell = np.floor(points[:, :2] / 5).astype(int) @ (1, 100) % 997
        points = points[(rng.random(997) > 0.2)[cell]]
        cars = [
            (rng.uniform(-6, 5), rng.uniform(0, 36), 0) + rng.uniform(0, 1, (300, 3)) * (2, 4, 1.5)
            for _ in range(5)
        ]
        points = np.concatenate((points, *cars))
    return np.asarray(points)


def moved(world: Array, seed: int, *, turn_deg: float, size: float, shift_m: Array) -> Array:
    """What a map has of it, the middle of the street, off as a whole."""
    rng = np.random.default_rng((seed, 2))
    seen = world[(world[:, 1] > 6) & (world[:, 1] < 34) & (rng.random(len(world)) < 0.5)]
    seen = seen + 0.05 * rng.standard_normal(seen.shape)
    return np.asarray(
        size * (seen - seen.mean(axis=0)) @ turn(turn_deg).T + seen.mean(axis=0) + shift_m
    )


def turn(degrees: float) -> Array:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0)))


def back(laid: Laid, cloud: Array, truth: tuple[float, float, Array]) -> float:
    """How far the cloud still is from the truth, metres."""
    turn_deg, size, shift_m = truth
    middle = cloud.mean(axis=0) - shift_m
    true = (cloud - shift_m - middle) @ turn(turn_deg) / size + middle
    return float(np.median(np.linalg.norm(laid.apply(cloud) - true, axis=1)))


@pytest.mark.parametrize(("seed", "turn_deg", "size"), [(1, 8.0, 1.05), (2, -8.0, 0.95)])
def test_five_metres_eight_degrees_five_per_cent_away(
    seed: int, turn_deg: float, size: float
) -> None:
    world = street(seed)
    shift = np.array((3.0, -4.0, 2.0))
    cloud = moved(world, seed, turn_deg=turn_deg, size=size, shift_m=shift)
    laid = laid_onto(cloud, surveyed(world, seed), DOUBT)
    assert laid.reason == ""
    assert back(laid, cloud, (turn_deg, size, shift)) < 0.03
    assert abs(laid.turn_deg - turn_deg) < 0.1
    assert laid.size * size == pytest.approx(1.0, abs=0.003)
    assert laid.agreeing > 0.6
    assert laid.residual_m < 0.05


def test_houses_that_repeat_are_two_answers() -> None:
    world = street(3, house_m=4.0)
    cloud = moved(world, 3, turn_deg=1.0, size=1.0, shift_m=np.array((0.5, 2.0, 0.0)))
    laid = laid_onto(cloud, surveyed(world, 3, changed=False), DOUBT)
    assert "two places are as good" in laid.reason


def test_one_wall_and_the_ground_may_slide() -> None:
    rng = np.random.default_rng(4)
    wall = rectangle(rng, (0, -40, 0), (0, 120, 0), (0, 0, 5))
    ground = rectangle(rng, (-10, -40, 0), (10, 0, 0), (0, 120, 0))
    world = np.concatenate((wall, ground))
    cloud = world[(world[:, 1] > 10) & (world[:, 1] < 30)]
    laid = laid_onto(cloud, world, DOUBT)
    assert laid.reason != ""


def test_another_street_is_no_answer() -> None:
    cloud = moved(street(5), 5, turn_deg=0.0, size=1.0, shift_m=np.zeros(3))
    laid = laid_onto(cloud, surveyed(street(6), 6), DOUBT)
    assert laid.reason != ""


def test_nothing_to_lay_or_to_lay_it_onto() -> None:
    cloud = moved(street(7), 7, turn_deg=0.0, size=1.0, shift_m=np.zeros(3))
    assert "where the map is" in laid_onto(cloud, cloud + np.array((500.0, 0.0, 0.0)), DOUBT).reason
    assert "the map has too few" in laid_onto(cloud[:50], cloud, DOUBT).reason
