"""Back-projection against surfaces whose depth is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.helpers.geometry_makers import cameras
from worldmap.backproject import backproject
from worldmap.camera import Camera
from worldmap.frames import CAM, cam
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource

LENS = (-0.08, 0.01, 0.001, -0.0005, 0.0)


def depth_map(camera: Camera, depth_m: np.ndarray, sigma_rel: float = 0.01) -> DepthMap:
    return DepthMap(
        depth_m=depth_m.astype(np.float32),
        sigma_m=(sigma_rel * depth_m).astype(np.float32),
        camera=camera,
        focal=Focal(focal_px=camera.fx_px, sigma_rel=0.01, source=FocalSource.USER),
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="exact", weights_hash="", licence=""),
    )


def colours(camera: Camera) -> np.ndarray:
    """Every pixel its own colour: row, column, and 7."""
    row, column = np.indices((camera.height_px, camera.width_px))
    return np.stack((row, column, np.full_like(row, 7)), axis=-1).astype(np.uint8)


def plane_depth_m(camera: Camera, normal: np.ndarray, distance_m: float) -> np.ndarray:
    """Depth along the axis of the plane n · p = d at every pixel centre, NaN where behind."""
    along = camera.rays(camera.pixel_centres()) @ normal
    with np.errstate(divide="ignore"):
        depth = distance_m / along
    return np.where((depth > 0) & (depth < 1e4), depth, np.nan)


@settings(max_examples=50)
@given(
    st.one_of(cameras(distorted=False), cameras(distorted=True)),
    st.tuples(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9)),
    st.floats(0.5, 100),
)
def test_a_plane_comes_back_as_a_plane(
    lens: Camera, lean: tuple[float, float], distance_m: float
) -> None:
    camera = lens.rescaled(40, 30)
    normal = np.array((*lean, 1.0)) / np.linalg.norm((*lean, 1.0))
    depth = plane_depth_m(camera, normal, distance_m)
    assume(np.isfinite(depth).any())
    cloud = backproject(depth_map(camera, depth), colours(camera))
    assert len(cloud) == np.count_nonzero(np.isfinite(depth))
    # Depth is stored as float32: relative 6e-8 of each point's own range.
    reach = np.linalg.norm(cloud.xyz, axis=1)
    assert (np.abs(cloud.xyz @ normal - distance_m) < 1e-6 * reach + 1e-9).all()


@pytest.mark.parametrize("distortion", [(0.0,) * 5, LENS])
def test_points_project_onto_their_own_pixels(distortion: tuple[float, ...]) -> None:
    camera = Camera(
        width_px=36, height_px=28, fx_px=30.0, fy_px=31.0, cx_px=17.0, cy_px=15.0,
        distortion=distortion,  # type: ignore[arg-type]
    )  # fmt: skip
    rng = np.random.default_rng(0)
    depth = rng.uniform(2, 30, (28, 36))
    depth[rng.random((28, 36)) < 0.3] = np.nan
    cloud = backproject(depth_map(camera, depth), colours(camera), frame=cam("5"), photo_id=5)
    row, column = np.nonzero(np.isfinite(depth))
    assert np.allclose(camera.project(cloud.xyz), np.stack((column, row), axis=1) + 0.5, atol=1e-4)
    assert np.array_equal(cloud.rgb, np.stack((row, column, np.full_like(row, 7)), axis=1))
    assert np.allclose(cloud.xyz[:, 2], depth[row, column], rtol=1e-6)
    assert cloud.frame == cam("5")
    assert set(cloud.photo_id) == {5}
    assert set(cloud.support) == {1}


def test_sigma_is_along_the_ray() -> None:
    """An error of depth moves a point along its ray, which is longer at the image's corner."""
    camera = Camera.centred(31, 21, 15.0)
    cloud = backproject(depth_map(camera, np.full((21, 31), 8.0)), colours(camera))
    length = np.linalg.norm(cloud.xyz, axis=1) / 8.0
    assert np.allclose(cloud.sigma_m, 0.08 * length, rtol=1e-5)
    middle = int(np.argmin(length))
    assert cloud.sigma_m[middle] == pytest.approx(0.08)
    assert cloud.sigma_m.max() > 0.1


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_a_stride_thins_without_moving(stride: int) -> None:
    camera = Camera.centred(31, 22, 25.0)
    rng = np.random.default_rng(1)
    depth = rng.uniform(2, 9, (22, 31))
    whole = backproject(depth_map(camera, depth), colours(camera))
    thin = backproject(depth_map(camera, depth), colours(camera), stride=stride)
    rows = np.arange(stride // 2, 22, stride)
    columns = np.arange(stride // 2, 31, stride)
    assert len(thin) == len(rows) * len(columns)
    index = (rows[:, None] * 31 + columns[None]).ravel()
    assert np.array_equal(thin.xyz, whole.xyz[index])
    assert np.array_equal(thin.rgb, whole.rgb[index])


def test_a_map_without_depth_is_an_empty_cloud() -> None:
    camera = Camera.centred(4, 3, 5.0)
    cloud = backproject(depth_map(camera, np.full((3, 4), np.nan)), colours(camera))
    assert len(cloud) == 0
    assert cloud.frame == CAM


def test_colours_of_another_size_are_refused() -> None:
    camera = Camera.centred(4, 3, 5.0)
    with pytest.raises(ValueError, match="do not fit"):
        backproject(depth_map(camera, np.ones((3, 4))), np.zeros((4, 3, 3), dtype=np.uint8))
