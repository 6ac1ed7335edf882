"""Views that panoramas are cut into: where each pixel looks, and that each direction is in one."""

from __future__ import annotations

import numpy as np
import pytest

from worldmap.frames import enu_from_cam_rotation, heading_pitch_roll_deg, rig_from_cam_rotation
from worldmap.panorama import (
    VIEWS,
    CutView,
    cut_depth_m,
    cut_rgb,
    outside_sector,
    shows_all_around,
    view_camera,
)

WIDTH = 512


def directions(width_px: int = WIDTH) -> np.ndarray:
    """(H, W, 3) where an equirectangular picture's pixels look, in axes of its middle."""
    azimuth = np.deg2rad((np.arange(width_px) + 0.5) / width_px * 360 - 180)
    elevation = np.deg2rad(90 - (np.arange(width_px // 2) + 0.5) / width_px * 360)
    azimuth, elevation = np.meshgrid(azimuth, elevation)
    flat = np.cos(elevation)
    return np.stack((flat * np.sin(azimuth), -np.sin(elevation), flat * np.cos(azimuth)), axis=-1)


def painted(width_px: int = WIDTH) -> np.ndarray:
    """Each pixel has the colour of the direction that it shows."""
    return np.asarray(np.rint(127.5 + 127 * directions(width_px)), dtype=np.uint8)


@pytest.mark.parametrize("view", [*VIEWS, CutView(name="up", yaw_deg=30.0, pitch_deg=40.0)])
def test_each_pixel_shows_where_it_looks(view: CutView) -> None:
    camera = view_camera(WIDTH)
    rays = camera.rays(camera.pixel_centres()) @ view.rig_from_cam.T
    expected = 127.5 + 127 * rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    shown = cut_rgb(painted(), view, camera).astype(float)
    # To rounding, and the curve between two pixels of the panorama.
    assert np.abs(shown - expected).max() < 1.6


def test_distances_become_depth_along_the_axis() -> None:
    # A sphere of 5 m around the camera, a wall 3 m ahead in front of it.
    ahead = directions()[..., 2]
    distance = np.where(ahead > 0.6, 3.0 / np.maximum(ahead, 0.6), 5.0).astype(np.float32)
    camera = view_camera(WIDTH)
    front = cut_depth_m(distance, VIEWS[0], camera)
    middle = camera.width_px // 2
    # The nearest pixel's distance is that of half a pixel beside.
    assert front[middle, middle] == pytest.approx(3.0, rel=1e-3)
    assert front[middle, middle + 60] == pytest.approx(3.0, rel=6e-3)
    back = cut_depth_m(distance, VIEWS[2], camera)
    rays = camera.rays(camera.pixel_centres())
    assert back == pytest.approx(5.0 / np.linalg.norm(rays, axis=-1), rel=1e-5)


def test_each_direction_of_the_horizon_is_in_one_view() -> None:
    camera = view_camera(WIDTH)
    azimuth = np.deg2rad(np.arange(-180.0, 180.0, 0.25) + 0.1)
    ways = np.stack((np.sin(azimuth), np.zeros_like(azimuth), np.cos(azimuth)), axis=-1)
    taken = np.zeros(len(ways), dtype=int)
    for view in VIEWS:
        local = ways @ view.rig_from_cam
        uv = camera.project(np.where(local[:, 2:] > 0, local, np.nan))
        inside = np.isfinite(uv).all(axis=1) & (uv >= 0).all(axis=1) & (uv < camera.width_px).all(1)
        column = np.clip(np.nan_to_num(uv[:, 0]).astype(int), 0, camera.width_px - 1)
        own = ~outside_sector(camera)[camera.height_px // 2]
        taken += inside & own[column]
    # A pixel on the border belongs to one side: no gap, and no overlap wider than it.
    assert (taken == 0).sum() + (taken > 1).sum() <= 4 * np.ceil(360 / WIDTH / 0.25)
    assert taken.max() <= 2


def test_a_view_stands_as_its_yaw_says() -> None:
    for heading, yaw in ((20.0, 90.0), (350.0, -90.0)):
        enu_from_view = enu_from_cam_rotation(heading, 0.0, 0.0) @ rig_from_cam_rotation(yaw, 0.0)
        turned, pitch, roll = heading_pitch_roll_deg(enu_from_view)
        assert turned == pytest.approx((heading + yaw) % 360)
        assert (pitch, roll) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_what_shows_all_around_is_known_by_its_pixels() -> None:
    rng = np.random.default_rng(0)
    around = painted(1024)
    texture = (
        rng.integers(-30, 30, (512, 1024, 1))
        * np.cos(np.linspace(-np.pi / 2, np.pi / 2, 512))[:, None, None]
    )
    texture[:, -1] = texture[:, 0]
    round_picture = np.clip(around + texture, 0, 255).astype(np.uint8)
    assert shows_all_around(round_picture)
    # A crop of a photo, and a picture of another shape.
    assert not shows_all_around(rng.integers(0, 255, (256, 512, 3), dtype=np.uint8))
    assert not shows_all_around(round_picture[:, :1000])
