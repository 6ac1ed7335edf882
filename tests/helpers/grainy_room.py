"""A room whose walls have a grain, as photos of it look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tests.helpers.registration_makers import BOXES, Shot, walk
from tests.helpers.view_makers import room_range_m
from worldmap.camera import Camera

Array = NDArray[np.float64]

CAMERA = Camera.centred(500, 375, 400.0)
SHOTS = [replace(each, camera=CAMERA) for each in walk(3, step_m=1.5)]


@dataclass(frozen=True)
class Drawn:
    """A picture that is there, or is gone."""

    drawn: NDArray[np.uint8] | None

    def grey(self) -> NDArray[np.uint8] | None:
        return self.drawn


def grain(xyz_enu: Array) -> Array:
    """Grey of places (..., 3)."""
    rng = np.random.default_rng(4)
    along = rng.normal(size=(3, 40))
    length_m = rng.uniform(0.15, 0.6, 40)
    along *= 2 * np.pi / length_m / np.linalg.norm(along, axis=0)
    wave = np.sin(xyz_enu @ along + rng.uniform(0, 2 * np.pi, 40))
    return np.asarray(120 + wave @ (25 * length_m))


def surface(shot: Shot, uv_px: Array) -> Array:
    """Places (..., 3) of the room that a photo shows there."""
    rays = shot.enu_from_cam.rotate(shot.camera.rays(uv_px))
    origin = shot.enu_from_cam.translation_m
    return np.asarray(origin + np.minimum(room_range_m(origin, rays, BOXES), 99)[..., None] * rays)


@lru_cache(maxsize=4)
def drawn(index: int, larger: int = 1) -> Drawn:
    shot = SHOTS[index]
    camera = shot.camera.rescaled(larger * shot.camera.width_px, larger * shot.camera.height_px)
    seen = grain(surface(replace(shot, camera=camera), camera.pixel_centres()))
    seen += np.random.default_rng(index).normal(size=seen.shape)
    return Drawn(np.clip(np.round(seen), 0, 255).astype(np.uint8))
