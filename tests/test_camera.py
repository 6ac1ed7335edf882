"""The camera: pixels to rays and back, with and without a real lens."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.geometry_makers import cameras
from worldmap.camera import Camera

ANY = st.one_of(cameras(distorted=False), cameras(distorted=True))
inside = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(ANY, st.lists(st.tuples(inside, st.floats(0.1, 200)), min_size=1, max_size=5))
def test_project_undoes_unproject(
    camera: Camera, seen: list[tuple[tuple[float, float], float]]
) -> None:
    size = (camera.width_px, camera.height_px)
    uv = np.array([at for at, _ in seen]) * size
    depth = np.array([z for _, z in seen])
    xyz = camera.unproject(uv, depth)
    assert np.allclose(xyz[:, 2], depth, rtol=1e-15)
    # A hundredth of a pixel of a 6000 pixel image, far below any use.
    assert np.abs(camera.project(xyz) - uv).max() < 2e-6 * max(size) + 1e-9


@given(
    cameras(distorted=False), st.tuples(*(st.floats(-5, 5) for _ in range(2))), st.floats(0.1, 99)
)
def test_unproject_undoes_project(camera: Camera, xy: tuple[float, float], z: float) -> None:
    xyz = np.array((*xy, 1.0)) * z
    assert np.allclose(
        camera.unproject(camera.project(xyz), np.array(z)), xyz, rtol=1e-9, atol=1e-9
    )


@given(
    cameras(distorted=True), st.lists(st.tuples(inside, st.floats(0.1, 50)), min_size=1, max_size=5)
)
def test_the_lens_is_opencvs(camera: Camera, seen: list[tuple[tuple[float, float], float]]) -> None:
    xyz = np.array([((x - 0.5) * z, (y - 0.5) * z, z) for (x, y), z in seen])
    expected, _ = cv2.projectPoints(
        xyz, np.zeros(3), np.zeros(3), camera.matrix, np.array(camera.distortion)
    )
    assert np.allclose(camera.project(xyz), expected[:, 0], rtol=1e-9, atol=1e-6)


@given(ANY, st.floats(0.1, 4.0), st.floats(0.1, 4.0), inside)
def test_a_resampled_image_shows_the_same_rays(
    camera: Camera, sx: float, sy: float, at: tuple[float, float]
) -> None:
    width, height = max(1, round(camera.width_px * sx)), max(1, round(camera.height_px * sy))
    other = camera.rescaled(width, height)
    assert (other.width_px, other.height_px) == (width, height)
    here = np.array(at) * (camera.width_px, camera.height_px)
    there = np.array(at) * (width, height)
    assert np.allclose(camera.rays(here), other.rays(there), rtol=1e-9, atol=1e-9)
    back = other.rescaled(camera.width_px, camera.height_px)
    assert back.fx_px == pytest.approx(camera.fx_px)
    assert back.cy_px == pytest.approx(camera.cy_px)
    assert back.distortion == camera.distortion


def test_pixel_centres_lie_at_halves() -> None:
    camera = Camera.centred(4, 2, 3.0)
    uv = camera.pixel_centres()
    assert uv.shape == (2, 4, 2)
    assert np.array_equal(uv[0, 0], (0.5, 0.5))
    assert np.array_equal(uv[1, 3], (3.5, 1.5))
    assert np.array_equal(camera.rays(np.array((2.0, 1.0))), (0, 0, 1))


def test_the_textbook_example() -> None:
    """X = (u − cx) · Z / fx, by hand."""
    camera = Camera(width_px=640, height_px=480, fx_px=500, fy_px=400, cx_px=320, cy_px=250)
    assert np.allclose(camera.unproject(np.array((420.0, 50.0)), np.array(10.0)), (2.0, -5.0, 10.0))
    assert np.allclose(camera.matrix @ (2.0, -5.0, 10.0) / 10.0, (420.0, 50.0, 1.0))


@given(ANY, st.floats(-5, 5), st.floats(-5, 5), st.floats(-10, 0))
def test_nothing_behind_the_camera_is_seen(camera: Camera, x: float, y: float, z: float) -> None:
    assert np.isnan(camera.project(np.array((x, y, z)))).all()


def test_project_keeps_leading_shapes() -> None:
    camera = Camera.centred(8, 6, 5.0)
    rays = camera.rays(camera.pixel_centres())
    assert rays.shape == (6, 8, 3)
    assert camera.project(rays).shape == (6, 8, 2)
    assert camera.unproject(camera.pixel_centres(), np.ones((6, 8))).shape == (6, 8, 3)


STRONG = [
    (-0.2, 0.04, 0.0, 0.0, 0.0),  # barrel, as action cameras have it
    (-0.25, 0.07, 0.0, 0.0, -0.01),
    (-0.28, 0.1, 0.001, 0.0, -0.02),
    (0.25, 0.1, 0.0, 0.0, 0.0),  # pincushion
    (0.5, 0.0, 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize("distortion", STRONG)
def test_strong_lenses_are_undone_as_well(distortion: tuple[float, ...]) -> None:
    camera = replace(Camera.centred(4000, 3000, 2800.0), distortion=distortion)  # type: ignore[arg-type]
    uv = np.stack(np.meshgrid(np.linspace(0, 4000, 9), np.linspace(0, 3000, 9)), axis=-1)
    assert np.abs(camera.project(camera.rays(uv)) - uv).max() < 1e-6


def test_where_the_lens_model_folds_over_rays_stay_finite() -> None:
    """No ray ends in these corners: r (1 − 0.25 r²) never exceeds 0.77."""
    camera = replace(Camera.centred(4000, 3000, 2000.0), distortion=(-0.25, 0.0, 0.0, 0.0, 0.0))
    rays = camera.rays(camera.rescaled(40, 30).pixel_centres() * 100)
    assert np.isfinite(rays).all()
    assert np.abs(rays).max() < 10


@settings(max_examples=30)
@given(cameras(distorted=True))
def test_pinhole_or_not(camera: Camera) -> None:
    assert camera.is_pinhole == (not any(camera.distortion))


@pytest.mark.parametrize(
    "wrong",
    [
        {"width_px": 0},
        {"height_px": -3},
        {"fx_px": 0.0},
        {"fy_px": -1.0},
        {"fx_px": float("nan")},
    ],
)
def test_impossible_cameras_are_refused(wrong: dict[str, float]) -> None:
    values = {"width_px": 4, "height_px": 3, "fx_px": 5.0, "fy_px": 5.0, "cx_px": 2, "cy_px": 1.5}
    with pytest.raises(ValueError, match="must be positive"):
        Camera(**{**values, **wrong})  # type: ignore[arg-type]


def test_a_camera_is_reduced_and_never_enlarged() -> None:
    camera = Camera.centred(4000, 3000, 3200.0)
    assert camera.at_most(1200) == camera.rescaled(1200, 900)
    assert camera.at_most(4000) is camera
    assert camera.at_most(9000) is camera
    thin = Camera.centred(4000, 1, 3200.0).at_most(100)
    assert (thin.width_px, thin.height_px) == (100, 1)


def test_what_lies_in_the_picture() -> None:
    camera = Camera.centred(40, 30, 50.0)
    inside = [(0.1, 0.1), (39.9, 29.9), (20.0, 15.0)]
    outside = [(0.0, 15.0), (20.0, 30.0), (-5.0, 15.0), (np.nan, 15.0), (20.0, np.inf)]
    assert camera.in_picture(np.array(inside)).all()
    assert not camera.in_picture(np.array(outside)).any()
    behind = camera.project(np.array((0.0, 0.0, -1.0)))
    assert not camera.in_picture(behind)
