"""Where the photos see the points, beside where they should: residuals and their slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import distorted, distorted_slopes
from worldmap.registration.bundle.sensors import LENS, Sensors
from worldmap.registration.bundle.state import Observations, State

Array = NDArray[np.float64]

PHOTO = 8 + LENS
"""What an observation depends on besides its point: pose, scale and far depths of its photo, and
its lens."""

_LEAST_Z = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The points in the cameras: local (M, 3), at distance 1 along the axis (M,), distorted (M,),
    Brown's coefficients (5, M) and the focal factor (M,)."""

    local: Array
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
    local = np.einsum("nji,nj->ni", state.rotation[photo], away)
    z = np.maximum(local[:, 2], _LEAST_Z)
    x, y = local[:, 0] / z, local[:, 1] / z
    own = sensors.lenses(state.lens, state.deviation)
    k1, k2, p1, p2, k3 = sensors.tag_distortion
    k1, k2 = k1 + own[:, 3] / sensors.corner**2, k2 + own[:, 4] / sensors.corner**4
    brown = (k1[photo], k2[photo], p1[photo], p2[photo], k3[photo])
    bent_x, bent_y = distorted(x, y, brown)
    return _Seen(local, z, x, y, bent_x, bent_y, brown, np.exp(own[:, 0])[photo])


def _off(seen: _Seen, state: State, observed: Observations, sensors: Sensors) -> Array:
    photo = observed.photo
    own = sensors.lenses(state.lens, state.deviation)
    shift = np.einsum("nij,nj->ni", sensors.turn, own[:, 1:3])[photo]
    return np.column_stack(
        (
            seen.focal * seen.bent_x + shift[:, 0] - observed.uv[:, 0],
            seen.focal * seen.bent_y + shift[:, 1] - observed.uv[:, 1],
            np.log(seen.z)
            - state.log_scale[photo]
            - observed.log_depth
            - observed.far * state.far_bias[photo],
        )
    )


def residuals(state: State, observed: Observations, sensors: Sensors) -> Array:
    """(M, 3): image x and y in focal lengths of the tag's camera, and log depth."""
    return _off(_seen(state, observed, sensors), state, observed, sensors)


def jacobians(state: State, observed: Observations, sensors: Sensors) -> tuple[Array, Array, Array]:
    """The residuals (M, 3); their derivatives (M, 3, 13) by turn about camera axes, centre, log
    scale, far bias and the photo's lens; and (M, 3, 3) by the point.

    p = Rᵀ(X − C): ∂p/∂ω = [p]×, ∂p/∂C = −Rᵀ, ∂p/∂X = Rᵀ.
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
    px, py, pz = seen.local.T
    turned = np.stack((zero, -pz, py, pz, zero, -px, -py, px, zero), axis=1).reshape(-1, 3, 3)
    by_point = by_local @ state.rotation[observed.photo].transpose(0, 2, 1)
    by_photo = np.empty((len(z), 3, PHOTO))
    by_photo[:, :, :3] = by_local @ turned
    by_photo[:, :, 3:6] = -by_point
    by_photo[:, :, 6] = np.stack((zero, zero, -one), axis=1)
    by_photo[:, :, 7] = np.stack((zero, zero, -observed.far), axis=1)
    by_photo[:, :, 8] = np.stack((focal * seen.bent_x, focal * seen.bent_y, zero), axis=1)
    by_photo[:, :2, 9:11] = sensors.turn[observed.photo]
    by_photo[:, 2, 9:11] = 0.0
    corner2 = sensors.corner[observed.photo] ** 2
    grown = (x * x + y * y) / corner2
    by_photo[:, :, 11] = np.stack((focal * x * grown, focal * y * grown, zero), axis=1)
    by_photo[:, :, 12] = by_photo[:, :, 11] * grown[:, None]
    return _off(seen, state, observed, sensors), by_photo, by_point
