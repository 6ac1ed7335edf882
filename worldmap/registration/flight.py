"""How large a group is by the heights that drones tell over their take-off.

A barometer knows steps of height better than GPS does heights, and shares its errors over a flight:
where the drone took off, and the air, which is not as warm as the instrument takes it for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.frames import Similarity
from worldmap.registration.priors import LEVEL_SHARED_RAD
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

# Makers state half a metre of hovering by barometer.
_STEP_M: Final = 0.5
# Air that is 11 K warmer than the standard atmosphere's makes steps so much too small.
_AIR_REL: Final = 0.04
# Where it took off nobody knows.
_TAKE_OFF_M: Final = 1e4
# One flight in ten has heights that are none: counted anew from elsewhere, or stuck.
_WILD: Final = 0.1
_WILD_M: Final = 30.0
# A flight's heights that differ by less say nothing of size; those of a gimbal in a hand are all 0.
_LEAST_RANGE_M: Final = 4 * _STEP_M


def by_flights(
    views: Mapping[int, PhotoView],
    poses: Mapping[int, Similarity],
    session: Mapping[int, str],
    log_sizes: Array,
) -> Array:
    """(S,) log likelihood that the group is to be so much larger, by each flight's heights."""
    flights: dict[str, list[int]] = defaultdict(list)
    for i, view in views.items():
        if view.flight_height_m is not None:
            flights[session[i]].append(i)
    likely = np.zeros(len(log_sizes))
    for _, photos in sorted(flights.items()):
        told_m = np.array([views[i].flight_height_m for i in photos])
        if len(photos) > 2 and float(np.ptp(told_m)) > _LEAST_RANGE_M:
            place = np.array([poses[i].translation_m for i in photos])
            likely += _by_flight(told_m - told_m.mean(), place - place.mean(axis=0), log_sizes)
    return likely


def _by_flight(told_m: Array, place: Array, log_sizes: Array) -> Array:
    # All of it leans as levels do, alike.
    shared = np.column_stack(
        (np.full(len(told_m), _TAKE_OFF_M), _AIR_REL * told_m, LEVEL_SHARED_RAD * place[:, :2])
    )
    off = told_m - np.exp(log_sizes)[:, None] * place[:, 2]
    likely = [
        np.log(chance) + _normal(off, step_m**2 * np.eye(len(told_m)) + shared @ shared.T)
        for chance, step_m in ((1 - _WILD, _STEP_M), (_WILD, _WILD_M))
    ]
    return np.asarray(np.logaddexp(*likely))


def _normal(off: Array, covariance: Array) -> Array:
    """(S,) log density of (S, N), but for what all have."""
    chi2 = (off * np.linalg.solve(covariance, off.T).T).sum(axis=1)
    return np.asarray(-0.5 * (chi2 + np.linalg.slogdet(covariance)[1]))
