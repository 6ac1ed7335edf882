"""How large a group is by a drone's heights over its take-off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    EXACT,
    descriptors,
    photograph,
    room_points,
    view,
    walk,
)
from worldmap.frames import Similarity
from worldmap.registration.flight import by_flights
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
LOG_SIZES = np.linspace(-0.4, 0.4, 161)
SHOTS = walk(12, seed=4)


def views(heights_m: Array) -> dict[int, PhotoView]:
    few, told = room_points(5), descriptors(5)
    return {
        s.photo_id: replace(
            view(s, photograph(s, few, told), EXACT), flight_height_m=float(h), device="a drone"
        )
        for s, h in zip(SHOTS, heights_m, strict=True)
    }


def climbed(size: float, climb_m: float) -> dict[int, Similarity]:
    """A drone that climbs so far over a field, in a model that is so much too small."""
    rng = np.random.default_rng(3)
    high = np.linspace(0.0, climb_m, len(SHOTS))
    return {
        s.photo_id: replace(
            s.similarity, translation_m=np.array((*rng.uniform(-40, 40, 2), up)) / size
        )
        for s, up in zip(SHOTS, high, strict=True)
    }


def found(heights_m: Array, poses: dict[int, Similarity]) -> tuple[float, float]:
    """Mean and sigma of the log size."""
    likely = by_flights(views(heights_m), poses, dict.fromkeys(poses, "a flight"), LOG_SIZES)
    chance = np.exp(likely - likely.max())
    chance /= chance.sum()
    mean = float(chance @ LOG_SIZES)
    return mean, float(np.sqrt(chance @ (LOG_SIZES - mean) ** 2))


def test_a_climb_tells_the_size_wherever_it_took_off() -> None:
    mean, sigma = found(np.linspace(17.0, 77.0, len(SHOTS)), climbed(1.2, 60.0))
    assert mean == pytest.approx(np.log(1.2), abs=0.02)
    assert 0.035 < sigma < 0.06


def test_warm_air_is_inside_what_it_says() -> None:
    """By how much steps are off in air of 10 to 30 degrees: one error of all, no less by more."""
    for warm in (-0.05, 0.05):
        mean, sigma = found((1 + warm) * np.linspace(5.0, 65.0, len(SHOTS)), climbed(1.0, 60.0))
        assert abs(mean) < 2 * sigma


@pytest.mark.parametrize("heights_m", [np.zeros(12), np.linspace(40.0, 41.5, 12)])
def test_one_height_tells_nothing(heights_m: Array) -> None:
    likely = by_flights(
        views(heights_m), climbed(1.2, 1.5), dict.fromkeys(range(1, 13), "a flight"), LOG_SIZES
    )
    assert not likely.any()


def test_heights_that_are_no_heights_tell_little() -> None:
    _, right = found(np.linspace(0.0, 30.0, len(SHOTS)), climbed(1.0, 30.0))
    rng = np.random.default_rng(1)
    _, wrong = found(rng.permutation(np.linspace(0.0, 30.0, len(SHOTS))), climbed(1.0, 30.0))
    assert wrong > 1.5 * right
