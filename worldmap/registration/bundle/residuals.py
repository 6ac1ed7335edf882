"""Where the photos see the points, beside where they should: residuals and their slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import distorted, distorted_slopes
from worldmap.registration.bundle.sensors import Sensors
from worldmap.registration.bundle.state import DEVIATION, LOG_SCALE, SWAY, Observations, State
from worldmap.registration.lens import LENS

Array = NDArray[np.float64]

PHOTO = DEVIATION + LENS
"""What an observation depends on besides its point: pose, scale, far depths and sway of its photo,
and its lens."""
# Of these the lens's principal point, and its first radial term before its second.
_CENTRE, _BENT = slice(DEVIATION + 1, DEVIATION + 3), DEVIATION + 3

_LEAST_Z = 1e-2

Slopes = tuple[Array, Array, Array]
"""Residuals, and how they follow what they depend on: see `jacobians`."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The points in the cameras: steady (M, 3) when their middle row is read; swayed (M, 3) by how
    much they have turned at their own one's, and there at distance 1 along the axis (M,), distorted
    (M,), with Brown's coefficients (5, M) and the focal factor (M,)."""

    steady: Array
    swayed: Array
    z: Array
    x: Array
    y: Array
    bent_x: Array
    bent_y: Array
    brown: tuple[Array, Array, Array, Array, Array]
    focal: Array


def _seen(state: State, observed: Observations, sensors: Sensors) -> _Seen:
    photo = observed.photo
    away = state.point[observed.track] - state.centre[photo]
    steady = np.einsum("nji,nj->ni", state.rotation[photo], away)
    swayed = sensors.row(photo, observed.uv)[:, None] * state.sway[photo]
    local = steady - np.cross(swayed, steady)
    z = np.maximum(local[:, 2], _LEAST_Z)
    x, y = local[:, 0] / z, local[:, 1] / z
    own = sensors.lenses(state.lens, state.deviation)
    k1, k2, p1, p2, k3 = sensors.tag_distortion
    k1, k2 = k1 + own[:, 3] / sensors.corner**2, k2 + own[:, 4] / sensors.corner**4
    brown = (k1[photo], k2[photo], p1[photo], p2[photo], k3[photo])
    bent_x, bent_y = distorted(x, y, brown)
    return _Seen(steady, swayed, z, x, y, bent_x, bent_y, brown, np.exp(own[:, 0])[photo])


def _off(seen: _Seen, state: State, observed: Observations, sensors: Sensors) -> Array:
    photo = observed.photo
    own = sensors.lenses(state.lens, state.deviation)
    shift = np.einsum("nij,nj->ni", sensors.turn, own[:, 1:3])[photo]
    image = (
        np.column_stack((seen.focal * seen.bent_x, seen.focal * seen.bent_y)) + shift - observed.uv
    )
    depth = (
        np.log(seen.z)
        - state.log_scale[photo]
        - observed.log_depth
        - observed.far * state.far_bias[photo]
    )
    return np.column_stack(((observed.axes @ image[:, :, None])[:, :, 0], depth))


def residuals(state: State, observed: Observations, sensors: Sensors) -> Array:
    """(M, 3): in the image along the observations' axes, in focal lengths of the tag's camera, and
    log depth."""
    return _off(_seen(state, observed, sensors), state, observed, sensors)


def jacobians(state: State, observed: Observations, sensors: Sensors) -> Slopes:
    """The residuals (M, 3); their derivatives (M, 3, 16) by turn about camera axes, centre, log
    scale, far bias, sway and the photo's lens; and (M, 3, 3) by the point. They do not depend on
    the observations' sigmas.

    p = Rᵀ(X − C): ∂p/∂ω = [p]×, ∂p/∂C = −Rᵀ, ∂p/∂X = Rᵀ; swayed p − s × p, ∂/∂s = [p]×.
    """
    seen = _seen(state, observed, sensors)
    x, y, z, focal = seen.x, seen.y, seen.z, seen.focal
    zero, one = np.zeros_like(z), np.ones_like(z)
    along, across, down = distorted_slopes(x, y, seen.brown)
    by_local = np.empty((len(z), 3, 3))
    by_local[:, 0] = np.stack((along, across, -(along * x + across * y)), axis=1)
    by_local[:, 1] = np.stack((across, down, -(across * x + down * y)), axis=1)
    by_local[:, :2] *= (focal / z)[:, None, None]
    by_local[:, 2] = np.stack((zero, zero, 1 / z), axis=1)
    turned = _cross_matrices(seen.steady)
    by_steady = by_local - by_local @ _cross_matrices(seen.swayed)
    by_point = by_steady @ state.rotation[observed.photo].transpose(0, 2, 1)
    by_photo = np.empty((len(z), 3, PHOTO))
    by_photo[:, :, :3] = by_steady @ turned
    by_photo[:, :, 3:6] = -by_point
    by_photo[:, :, LOG_SCALE] = np.stack((zero, zero, -one), axis=1)
    by_photo[:, :, 7] = np.stack((zero, zero, -observed.far), axis=1)
    row = sensors.row(observed.photo, observed.uv)
    by_photo[:, :, SWAY] = row[:, None, None] * (by_local @ turned)
    by_photo[:, :, DEVIATION] = np.stack((focal * seen.bent_x, focal * seen.bent_y, zero), axis=1)
    by_photo[:, :2, _CENTRE] = sensors.turn[observed.photo]
    by_photo[:, 2, _CENTRE] = 0.0
    corner2 = sensors.corner[observed.photo] ** 2
    grown = (x * x + y * y) / corner2
    by_photo[:, :, _BENT] = np.stack((focal * x * grown, focal * y * grown, zero), axis=1)
    by_photo[:, :, _BENT + 1] = by_photo[:, :, _BENT] * grown[:, None]
    by_photo[:, :2] = observed.axes @ by_photo[:, :2]
    by_point[:, :2] = observed.axes @ by_point[:, :2]
    return _off(seen, state, observed, sensors), by_photo, by_point


def _cross_matrices(vector: Array) -> Array:
    """(M, 3, 3) of vectors (M, 3): times another, the cross product with it."""
    x, y, z = vector.T
    zero = np.zeros_like(x)
    return np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=1).reshape(-1, 3, 3)
