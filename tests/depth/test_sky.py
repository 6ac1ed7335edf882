"""Sky by the picture: what a photo's ground says of it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from worldmap.camera import Camera
from worldmap.depth.sky import sky_mask

CAMERA = Camera.centred(400, 300, 300.0)
EYE_M, ASIDE_M, END_M = 1.6, 5.0, 45.0


def street(
    wall: tuple[int, int, int], *, turned_deg: float = 0.0, roof_m: float = 7.0
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
    """A street between a wall of one colour and one of bricks, its depth as networks give it, with
    the roofs' where the sky is, and its sky. turned_deg: to the right, by the camera."""
    right, y, ahead = np.moveaxis(CAMERA.rays(CAMERA.pixel_centres()), -1, 0)
    cosine, sine = np.cos(np.deg2rad(turned_deg)), np.sin(np.deg2rad(turned_deg))
    x, z = cosine * right + sine * ahead, cosine * ahead - sine * right
    rng = np.random.default_rng(2)
    rough = rng.integers(30, 130, (300, 400, 1)) * np.array((1.2, 0.8, 0.7))
    depth = np.full(x.shape, np.inf)
    rgb = np.empty((300, 400, 3))
    rgb[:] = (150, 172, 205) + 40 * (y - y.min())[..., None]
    with np.errstate(divide="ignore"):
        surfaces = (
            (np.where(y > 0, EYE_M / y, np.inf), rough * (0.7, 1.1, 1.1)),
            (np.where(x < 0, -ASIDE_M / x, np.inf), np.broadcast_to(wall, rgb.shape)),
            (np.where(x > 0, ASIDE_M / x, np.inf), rough),
            (END_M / z, rough),
        )
    for at, colour in surfaces:
        nearer = (at < depth) & (EYE_M - y * at < roof_m) & (at > 0)
        depth, rgb = np.where(nearer, at, depth), np.where(nearer[..., None], colour, rgb)
    sky = np.isinf(depth)
    nearest = ndimage.distance_transform_edt(sky, return_distances=False, return_indices=True)
    rgb += rng.normal(0, 1.0, rgb.shape)
    filled = np.exp(ndimage.gaussian_filter(np.log(depth[tuple(nearest)]), 8.0))
    depth = np.where(sky, filled, depth)
    return np.clip(rgb, 0, 255).astype(np.uint8), depth.astype(np.float32), sky


def test_a_wall_in_the_colours_of_the_sky_goes_on_under_the_horizon() -> None:
    rgb, depth_m, sky = street((166, 184, 206))
    found = sky_mask(rgb, depth_m, CAMERA)
    assert (found & ~sky).sum() < 0.01 * (~sky).sum()
    assert (sky & ~found).sum() < 0.05 * sky.sum()


@pytest.mark.parametrize("turned_deg", [45, 55])
def test_a_sky_over_one_wall_is_no_part_of_that_wall(turned_deg: float) -> None:
    """Its depth has been given that wall's plane."""
    rgb, depth_m, sky = street((90, 60, 50), turned_deg=turned_deg, roof_m=5.0)
    found = sky_mask(rgb, depth_m, CAMERA)
    assert (found & ~sky).sum() < 0.01 * (~sky).sum()
    assert (sky & ~found).sum() < 0.05 * sky.sum()
