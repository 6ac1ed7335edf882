"""Where a cloud is laid: a turn, a size and a shift about its middle."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """How far the cloud may be off, one sigma each: level, turn about the vertical, plan, height,
    size."""

    turn_rad: float
    plan_m: float
    up_m: float
    size_rel: float
    level_rad: float = math.radians(0.5)

    @property
    def information(self) -> Array:
        """(7, 7) of a turn about the axes, the shift and the log size."""
        sigma = np.array((
            *(2 * (self.level_rad,)), self.turn_rad, *(2 * (self.plan_m,)), self.up_m, self.size_rel
        ))  # fmt: skip
        return np.diag(1.0 / sigma**2)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """x becomes size * rotation @ (x - middle) + middle + shift_m."""

    rotation: Array
    size: float
    middle: Array
    shift_m: Array

    @classmethod
    def turned(
        cls, middle: Array, *, turn_rad: float = 0.0, size: float = 1.0, shift_m: Array
    ) -> Fit:
        """One that turns about the vertical only."""
        cos, sin = math.cos(turn_rad), math.sin(turn_rad)
        rotation = np.array(((cos, -sin, 0.0), (sin, cos, 0.0), (0.0, 0.0, 1.0)))
        return cls(rotation=rotation, size=size, middle=middle, shift_m=shift_m)

    def apply(self, xyz: Array) -> Array:
        """The points, moved."""
        return np.asarray(
            self.size * (xyz - self.middle) @ self.rotation.T + self.middle + self.shift_m
        )

    def moved(self, step: Array) -> Fit:
        """Turned about the axes, shifted and sized on by (7,)."""
        return replace(
            self,
            rotation=np.asarray(cv2.Rodrigues(step[:3])[0]) @ self.rotation,
            size=self.size * math.exp(float(np.clip(step[6], -0.1, 0.1))),
            shift_m=self.shift_m + step[3:6],
        )

    @property
    def vector(self) -> Array:
        """(7,) of its turn about the axes, shift and log size; turns are small."""
        turn = cv2.Rodrigues(self.rotation)[0].ravel()
        return np.asarray((*turn, *self.shift_m, math.log(self.size)), dtype=np.float64)

    @property
    def turn_deg(self) -> float:
        """About the vertical, clockwise from above."""
        return math.degrees(math.atan2(self.rotation[0, 1], self.rotation[0, 0]))


def motion(arm: Array) -> Array:
    """(N, 3, 7): how points so far (N, 3) from the middle follow a turn, a shift and a log size."""
    by = np.zeros((len(arm), 3, 7))
    x, y, z = arm.T
    by[:, 0, 1], by[:, 0, 2] = z, -y
    by[:, 1, 0], by[:, 1, 2] = -z, x
    by[:, 2, 0], by[:, 2, 1] = y, -x
    by[:, :, 3:6] = np.eye(3)
    by[:, :, 6] = arm
    return by
