"""Fisheyes: the lens beside OpenCV's, and the views that their pictures are cut into."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.fisheye_makers import directions
from worldmap.fisheye import FisheyeLens
from worldmap.panorama import (
    FisheyeView,
    cut_fisheye_depth_m,
    cut_fisheye_rgb,
    fisheye_views,
    lit_rad,
    outside_sector,
)

# A full-frame fisheye of 180° from corner to corner, a circle in a square picture, one that is
# hardly a fisheye, and one that lies on its side.
DIAGONAL = FisheyeLens.odd((600, 400), (229.0, 230.0), (303.0, 198.0), -0.02, 0.004)
CIRCLE = FisheyeLens.odd((500, 500), (150.0, 150.0), (250.0, 250.0))
NARROW = FisheyeLens.odd((640, 480), (500.0, 500.0), (320.0, 240.0), -0.01, 0.0, 0.0, 0.0)
UPRIGHT = FisheyeLens.odd((400, 600), (300.0, 300.0), (200.0, 300.0), 0.01)
LENSES = (DIAGONAL, CIRCLE, NARROW, UPRIGHT)

terms = st.floats(-0.05, 0.05)


@given(
    k=st.tuples(terms, terms, terms, terms),
    focal=st.tuples(st.floats(100, 2000), st.floats(0.9, 1.1)),
    centre=st.tuples(st.floats(0, 2000), st.floats(0, 2000)),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_is_opencvs_lens(
    k: tuple[float, ...], focal: tuple[float, float], centre: tuple[float, float], seed: int
) -> None:
    fx, fy = focal[0], focal[0] * focal[1]
    lens = FisheyeLens.odd((2000, 1500), (fx, fy), centre, *k)
    rng = np.random.default_rng(seed)
    theta = rng.uniform(0, min(lens.grows_to_rad, 1.5), 50)
    around = rng.uniform(-math.pi, math.pi, 50)
    xyz = np.stack((np.cos(around) * np.sin(theta), np.sin(around) * np.sin(theta), np.cos(theta)))
    xyz = (rng.uniform(0.5, 20, 50) * xyz).T
    matrix = np.array(((fx, 0, centre[0]), (0, fy, centre[1]), (0, 0, 1)))
    expected, _ = cv2.fisheye.projectPoints(
        xyz[:, None], np.zeros(3), np.zeros(3), matrix, np.array(k)
    )
    found = lens.project(xyz)
    assert found == pytest.approx(expected[:, 0], abs=1e-6)
    assert lens.theta_rad(found) == pytest.approx(theta, abs=1e-3)
    # Up to where it grows, and no further.
    radius = lens.radius(np.linspace(0, lens.grows_to_rad, 200))
    assert (np.diff(radius) > 0).all()
    beyond = lens.grows_to_rad + 1e-3
    if beyond < math.pi:  # further round there is the other side
        assert lens.radius(np.array(beyond)) < lens.radius(np.array(lens.grows_to_rad))
        assert np.isnan(lens.project(np.array((math.sin(beyond), 0, math.cos(beyond))))).all()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_it_turns_with_the_picture(orientation: int) -> None:
    xyz = np.array(((0.9, -0.2, 0.5), (-0.4, 0.7, 1.5), (0.0, 0.0, 1.0)))
    u, v = DIAGONAL.project(xyz).T
    x, y, z = xyz.T
    uv, xy = {
        1: ((u, v), (x, y)),
        3: ((600 - u, 400 - v), (-x, -y)),
        6: ((400 - v, u), (-y, x)),
        8: ((v, 600 - u), (y, -x)),
    }[orientation]
    turned = DIAGONAL.upright(orientation)
    assert turned.project(np.stack((*xy, z), axis=1)) == pytest.approx(np.stack(uv, axis=1))
    larger = DIAGONAL.rescaled(1200, 800)
    assert larger.project(xyz) == pytest.approx(2 * DIAGONAL.project(xyz))
    with pytest.raises(ValueError, match="mirrored"):
        DIAGONAL.upright(2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"focal_px": (0.0, 1.0)},
        {"focal_px": (1e300, 1e300)},
        {"size_px": (0, 5)},
        {"centre_px": (math.nan, 0.0)},
    ],
)
def test_numbers_of_no_lens(wrong: dict[str, tuple[float, float]]) -> None:
    told = {"size_px": (9.0, 9.0), "focal_px": (5.0, 5.0), "centre_px": (4.5, 4.5)} | wrong
    with pytest.raises(ValueError, match="fisheye's"):
        FisheyeLens.odd(**told)


def test_no_view_is_larger_than_its_picture_is_worth() -> None:
    # Steep at its axis and flat beyond: no lens, but a file may say so.
    steep = FisheyeLens(
        width_px=600,
        height_px=600,
        series=(40.0, -100.0, 126.0, -80.0, 25.0, -3.0),
        matrix=(45.0, 0.0, 0.0, 45.0),
        centre_px=(300.0, 300.0),
    )
    (front,) = fisheye_views(steep)
    assert front.camera.width_px * front.camera.height_px <= 4 * 600 * 600
    assert front.camera.fx_px < steep.px_per_rad(0.0) / 2
    for lens in LENSES:
        for each in fisheye_views(lens):
            share = each.camera.width_px * each.camera.height_px / (lens.width_px * lens.height_px)
            assert share < 3.0


def painted(lens: FisheyeLens) -> np.ndarray:
    """Each pixel has the colour of the direction that it shows, black where there is none."""
    return np.asarray(np.rint(np.nan_to_num(127.5 + 100 * directions(lens))), dtype=np.uint8)


def ways_of(view: FisheyeView) -> np.ndarray:
    rays = view.camera.rays(view.camera.pixel_centres()) @ view.view.rig_from_cam.T
    return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))


@pytest.mark.parametrize(
    ("lens", "names"),
    [
        (DIAGONAL, ["left", "right"]),
        (CIRCLE, ["left", "right"]),
        (NARROW, ["front"]),
        (UPRIGHT, ["front"]),
    ],
)
def test_each_pixel_of_a_view_shows_where_it_looks(lens: FisheyeLens, names: list[str]) -> None:
    views, picture = fisheye_views(lens), painted(lens)
    assert [view.view.name for view in views] == names
    for view in views:
        ways = ways_of(view)
        assert lens.shows(ways).all()
        shown = cut_fisheye_rgb(picture, lens, view).astype(float)
        # To rounding, and the curve between two pixels.
        assert np.abs(shown - (127.5 + 100 * ways)).max() < 2.0
        # A pixel of its middle is as large as one of the picture.
        step = np.arccos(np.sum(ways[0:-1] * ways[1:], axis=-1))
        middle = step[len(step) // 2, step.shape[1] // 2]
        at = float(np.arccos(ways[len(step) // 2, step.shape[1] // 2, 2]))
        assert 1 / middle == pytest.approx(lens.px_per_rad(at), rel=0.01)
        # No more could be had: a degree higher and a corner is outside.
        assert view.camera.hfov_deg <= 110.01


@pytest.mark.parametrize("lens", [DIAGONAL, CIRCLE])
def test_each_direction_is_in_one_view(lens: FisheyeLens) -> None:
    views = fisheye_views(lens)
    left, right = (abs(v.view.yaw_deg) + v.camera.hfov_deg / 2 for v in views)
    assert left == pytest.approx(right, abs=2.0)
    across = np.array(((1.0, lens.centre_px[1]), (lens.width_px - 1.0, lens.centre_px[1])))
    assert min(left, right) > 0.95 * min(np.rad2deg(lens.theta_rad(across)).min(), 95.0)
    azimuth = np.deg2rad(np.arange(0.1 - left, right - 0.1, 0.25))
    ways = np.stack((np.sin(azimuth), np.zeros_like(azimuth), np.cos(azimuth)), axis=-1)
    taken = np.zeros(len(ways), dtype=int)
    for view in views:
        camera = view.camera
        local = ways @ view.view.rig_from_cam
        uv = camera.project(np.where(local[:, 2:] > 0, local, np.nan))
        inside = np.isfinite(uv).all(axis=1) & (uv >= 0).all(axis=1)
        inside &= (uv < (camera.width_px, camera.height_px)).all(axis=1)
        column = np.clip(np.nan_to_num(uv[:, 0]).astype(int), 0, camera.width_px - 1)
        own = ~outside_sector(camera, view.sector_deg)[camera.height_px // 2]
        taken += inside & own[column]
    # On the border between them a pixel belongs to one side.
    assert (taken != 1).sum() <= 3
    assert lens.shows(ways).all()


def test_beyond_its_circle_a_picture_is_black() -> None:
    rng = np.random.default_rng(3)
    scene = rng.integers(20, 255, (500, 500, 3), dtype=np.uint8)
    # The lens's numbers go on to 95°, its picture ends at 80°.
    theta = np.arccos(np.clip(np.nan_to_num(directions(CIRCLE)[..., 2], nan=-1.0), -1, 1))
    picture = np.where(
        (theta < np.deg2rad(80.0))[..., None], scene, rng.integers(0, 12, (500, 500, 1))
    )
    found = np.rad2deg(lit_rad(picture.astype(np.uint8), CIRCLE))
    assert 78.5 <= found <= 80.0
    for view in fisheye_views(CIRCLE, np.deg2rad(found)):
        assert cut_fisheye_rgb(picture.astype(np.uint8), CIRCLE, view).max(axis=2).min() > 12
    assert lit_rad(scene, CIRCLE) > np.deg2rad(95.0)
    assert fisheye_views(CIRCLE, lit_rad(np.zeros_like(scene), CIRCLE)) == ()


def test_distances_become_depth_along_the_axis() -> None:
    # A sphere of 5 m, a wall 3 m ahead in front of it; as fine as half the photo.
    small = DIAGONAL.rescaled(300, 200)
    ahead = directions(small)[..., 2]
    distance = np.where(ahead > 0.6, 3.0 / np.maximum(ahead, 0.6), 5.0).astype(np.float32)
    for view in fisheye_views(DIAGONAL):
        depth = cut_fisheye_depth_m(distance, DIAGONAL, view)
        camera = view.camera.rescaled(depth.shape[1], depth.shape[0])
        assert depth.shape[0] == pytest.approx(view.camera.height_px / 2, abs=1)
        rays = camera.rays(camera.pixel_centres())
        length = np.linalg.norm(rays, axis=-1)
        cosine = (rays @ view.view.rig_from_cam.T)[..., 2] / length
        on_wall, round_it = cosine > 0.63, cosine < 0.57
        # The nearest pixel's distance is that of half a pixel beside.
        assert depth[on_wall] * (length * cosine)[on_wall] == pytest.approx(3.0, rel=0.02)
        assert depth[round_it] * length[round_it] == pytest.approx(5.0, rel=1e-5)
