"""Planes, the vertical and features of painted photos whose geometry is known exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.helpers.registration_makers import EXACT, Shot, relative_errors, shot, true_pair, view
from tests.helpers.view_makers import room_range_m
from worldmap.camera import Camera
from worldmap.config import FeatureSettings, PairSettings
from worldmap.errors import StorageError
from worldmap.frames import enu_from_cam_rotation
from worldmap.records import (
    DepthMap,
    DepthModel,
    Features,
    Focal,
    FocalSource,
    PairStatus,
    Tilt,
)
from worldmap.registration.features import extract_features, load_features, save_features
from worldmap.registration.lens import lens_change
from worldmap.registration.level import estimate_tilt, pitch_roll_deg, up_cam
from worldmap.registration.matching import RatioMatcher
from worldmap.registration.pair import register_pair
from worldmap.registration.planes import Plane, dominant_planes, normal_grid

CAMERA = Camera.centred(640, 480, 520.0)
SETTINGS = FeatureSettings(max_features=1500)
Pixels = NDArray[np.uint8]


def depth_of(of: Shot, camera: Camera) -> NDArray[np.float64]:
    """Depth along the axis (H, W) of ground and wall, NaN for the sky."""
    rays = of.enu_from_cam.rotate(camera.rays(camera.pixel_centres()))
    depth = room_range_m(of.enu_from_cam.translation_m, rays)
    return np.where(depth < 60, depth, np.nan)


def painted(of: Shot, camera: Camera, *, windows: bool = True) -> Pixels:
    """The room's wall with windows and its speckled ground; four rays a pixel, averaged."""
    fine = camera.rescaled(2 * camera.width_px, 2 * camera.height_px)
    rays = of.enu_from_cam.rotate(fine.rays(fine.pixel_centres()))
    depth = room_range_m(of.enu_from_cam.translation_m, rays)
    at = of.enu_from_cam.translation_m + np.where(np.isfinite(depth), depth, 0)[..., None] * rays
    noise = np.random.default_rng(0).integers(60, 200, (512, 512), dtype=np.uint8)
    noise = cv2.resize(noise, (2048, 2048), interpolation=cv2.INTER_CUBIC)

    def speckle(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
        cells = (np.stack((u, v)) * 60).astype(np.int64) % 2048
        return noise[cells[0], cells[1]].astype(float)  # type: ignore[no-any-return]

    wall = at[..., 1] > 11.99
    grey = np.where(wall, speckle(at[..., 0], at[..., 2]), speckle(at[..., 0], at[..., 1]))
    if windows:
        u, v = at[..., 0] / 1.6, at[..., 2] / 1.7
        pane = (abs(u % 1 - 0.5) < 0.28) & (abs(v % 1 - 0.55) < 0.3)
        shade = 20 + 60 * ((np.floor(u) * 7 + np.floor(v) * 13) % 4)
        grey = np.where(wall, np.where(pane, shade, 0.35 * grey + 140), grey)
    grey = np.where(np.isfinite(depth), grey, 235.0)
    small = cv2.resize(grey, (camera.width_px, camera.height_px), interpolation=cv2.INTER_AREA)
    return np.repeat(np.clip(small, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def depth_map(of: Shot, camera: Camera = CAMERA, *, noise_rel: float = 0.0) -> DepthMap:
    """Exact depth, or with smooth noise as networks make it, at half the photo's resolution."""
    grid = camera.rescaled(camera.width_px // 2, camera.height_px // 2)
    depth = depth_of(of, grid) / of.depth_scale
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(size=depth.shape), (0, 0), 8)
    depth = depth * np.exp(noise_rel * noise / noise.std())
    return DepthMap(
        depth_m=depth.astype(np.float32),
        sigma_m=(0.01 * depth).astype(np.float32),
        camera=grid,
        focal=Focal(focal_px=camera.fx_px, sigma_rel=0.01, source=FocalSource.USER),
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="exact", weights_hash="", licence=""),
    )


def features_of(
    of: Shot, settings: FeatureSettings = SETTINGS, camera: Camera = CAMERA
) -> Features:
    return extract_features(painted(of, camera), camera, depth_map(of, camera), settings)


STRAIGHT = shot(1, 0.3)
OBLIQUE = shot(2, -2.3, heading_deg=48, pitch_deg=3, roll_deg=-2, depth_scale=1.1)


@pytest.fixture(scope="module")
def straight() -> Features:
    return features_of(STRAIGHT)


@pytest.fixture(scope="module")
def oblique() -> Features:
    return features_of(OBLIQUE)


# --- planes -----------------------------------------------------------------------------------


def planes_of(of: Shot, noise_rel: float = 0.0) -> list[Plane]:
    given_depth = depth_map(of, noise_rel=noise_rel)
    return dominant_planes(normal_grid(given_depth.depth_m, given_depth.camera))


def in_cam(of: Shot, direction_enu: tuple[float, float, float]) -> NDArray[Any]:
    return of.enu_from_cam.inverse().rotate(np.array(direction_enu, dtype=float))


@pytest.mark.parametrize("noise_rel", [0.0, 0.01])
@pytest.mark.parametrize("of", [STRAIGHT, OBLIQUE])
def test_wall_and_ground_are_found(of: Shot, noise_rel: float) -> None:
    planes = planes_of(of, noise_rel)
    tolerance = 0.001 if noise_rel == 0 else 0.03
    for normal, distance_m in (
        ((0, -1, 0), 12.0 - of.enu_from_cam.translation_m[1]),
        ((0, 0, 1), 1.6),
    ):
        found = [p for p in planes if p.normal_cam @ in_cam(of, normal) > np.cos(tolerance)]
        assert len(found) == 1, normal
        assert found[0].distance_m * of.depth_scale == pytest.approx(distance_m, rel=2 * tolerance)
        assert found[0].cells == np.count_nonzero(found[0].mask)
    assert [p.cells for p in planes] == sorted((p.cells for p in planes), reverse=True)
    assert sum(p.mask.astype(int) for p in planes).max() == 1


def test_planes_are_repeatable() -> None:
    one, two = (planes_of(OBLIQUE, 0.01) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a.normal_cam, b.normal_cam)
        assert np.array_equal(a.mask, b.mask)


def test_normals_face_the_camera_and_stop_at_jumps() -> None:
    camera = Camera.centred(240, 180, 200.0)
    depth = np.full((180, 240), 10.0, dtype=np.float32)
    depth[:, 120:] = 20.0
    grid = normal_grid(depth, camera)
    normals = grid.normal_cam
    assert np.allclose(normals[90, 50], (0, 0, -1), atol=1e-6)
    assert np.allclose(normals[90, 200], (0, 0, -1), atol=1e-6)
    assert np.isnan(normals[90, 119:121]).all()
    assert np.isnan(normals[:2]).all()
    facing = np.einsum("hwk,hwk->hw", normals, grid.xyz_cam)
    assert (facing[np.isfinite(facing)] < 0).all()


def test_no_depth_no_planes() -> None:
    camera = Camera.centred(240, 180, 200.0)
    nothing = np.full((180, 240), np.nan, dtype=np.float32)
    assert dominant_planes(normal_grid(nothing, camera)) == []
    rough = np.random.default_rng(0).uniform(2, 30, (180, 240)).astype(np.float32)
    assert dominant_planes(normal_grid(rough, camera)) == []


# --- which way is up --------------------------------------------------------------------------


@given(st.floats(-89.9, 89.9), st.floats(-180, 180, exclude_min=True))
def test_up_round_trip(pitch_deg: float, roll_deg: float) -> None:
    up = up_cam(pitch_deg, roll_deg)
    assert np.linalg.norm(up) == pytest.approx(1.0)
    told = pitch_roll_deg(up)
    assert told[0] == pytest.approx(pitch_deg, abs=1e-6)
    assert (told[1] - roll_deg + 180) % 360 - 180 == pytest.approx(0.0, abs=1e-6)


@given(st.floats(0, 360), st.floats(-89, 89), st.floats(-180, 180))
def test_up_is_the_third_row_of_the_rotation(heading: float, pitch: float, roll: float) -> None:
    """Pitch and roll mean the same here as in `frames`, whatever the heading."""
    up = enu_from_cam_rotation(heading, pitch, roll).T @ (0.0, 0.0, 1.0)
    assert np.allclose(up_cam(pitch, roll), up, atol=1e-12)


@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (4, -3), (-5, 2), (1, 6)])
def test_vertical_edges_tell_the_tilt(pitch: float, roll: float) -> None:
    of = shot(1, 0.3, heading_deg=12, pitch_deg=pitch, roll_deg=roll)
    tilt = estimate_tilt(painted(of, CAMERA), CAMERA, [])
    assert tilt is not None
    assert tilt.source == "pixels"
    # Five metres of wall say little about pitch: what people usually hold pulls at it.
    assert tilt.pitch_deg == pytest.approx(pitch, abs=0.5)
    assert tilt.roll_deg == pytest.approx(roll, abs=0.15)
    assert abs(tilt.pitch_deg - pitch) < tilt.sigma_deg
    assert 0.05 <= tilt.sigma_deg < 2.0


def test_a_rough_guess_leads_to_a_steep_photo() -> None:
    """Looking up by 28°: further than edges are looked for without being told."""
    of = shot(1, 0.3, 6.1, heading_deg=10, pitch_deg=28)
    tilt = estimate_tilt(painted(of, CAMERA), CAMERA, [], pitch_deg=24.0)
    assert tilt is not None
    assert tilt.pitch_deg == pytest.approx(28.0, abs=0.6)


def test_wall_and_ground_tell_the_tilt_without_edges() -> None:
    """Less surely: streets slope."""
    of = shot(1, 0.3, heading_deg=35, pitch_deg=4, roll_deg=-3)
    blank = np.full((480, 640, 3), 128, dtype=np.uint8)
    tilt = estimate_tilt(blank, CAMERA, planes_of(of))
    assert tilt is not None
    assert tilt.source == "depth"
    assert tilt.pitch_deg == pytest.approx(4.0, abs=1.5)
    assert tilt.roll_deg == pytest.approx(-3.0, abs=1.5)
    assert tilt.sigma_deg > 0.5


@pytest.mark.parametrize(
    "lens",
    [
        {"k1": 0.02},
        {"k2": 0.02},
        {"focal_px": 1.02 * CAMERA.fx_px},
        {"cx_px": CAMERA.cx_px + 0.02 * CAMERA.fx_px},
        {"cy_px": CAMERA.cy_px + 0.02 * CAMERA.fx_px},
    ],
)
def test_a_level_says_how_it_follows_the_lens(lens: dict[str, float]) -> None:
    """As reading it again with that lens has it: radial terms bend edges above the horizon."""
    of = shot(1, 0.3, heading_deg=12, pitch_deg=7, roll_deg=-3)
    picture = painted(of, CAMERA)
    told = estimate_tilt(picture, CAMERA, [])
    changed = replace(CAMERA.lens, **lens)
    again = estimate_tilt(picture, CAMERA.with_lens(changed), [])
    assert told is not None
    assert again is not None
    moved = up_cam(again.pitch_deg, again.roll_deg) - up_cam(told.pitch_deg, told.roll_deg)
    foreseen = np.array(told.up_by_lens) @ lens_change(CAMERA, changed)
    assert foreseen == pytest.approx(moved, abs=max(0.1 * float(np.linalg.norm(moved)), 2e-4))


def test_no_evidence_no_tilt() -> None:
    blank = np.full((480, 640, 3), 128, dtype=np.uint8)
    assert estimate_tilt(blank, CAMERA, []) is None
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert estimate_tilt(noise, CAMERA, []) is None


# --- features ---------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["straight", "oblique"])
def test_features_lie_on_the_surface(which: str, request: pytest.FixtureRequest) -> None:
    """Lifted by depth at half resolution, they hit wall or ground to 1 %, and project back."""
    found: Features = request.getfixturevalue(which)
    of = STRAIGHT if which == "straight" else OBLIQUE
    assert len(found) > 400
    lifted = np.isfinite(found.xyz_cam[:, 2])
    assert lifted.mean() > 0.7
    xyz = found.xyz_cam[lifted].astype(np.float64)
    assert np.allclose(CAMERA.project(xyz), found.uv_px[lifted], atol=1e-3)
    enu = of.similarity.apply(xyz)
    off = np.minimum(np.abs(enu[:, 2]), np.abs(enu[:, 1] - 12.0))
    assert (off < 0.01 * np.linalg.norm(xyz, axis=1) + 0.005).mean() > 0.98


def test_a_blob_is_found_where_it_is() -> None:
    """Pixel centres at halves: a spot about (u, v) is found at (u, v), in reduced photos too."""
    spots = np.array([(100.5, 80.5), (333.2, 210.7), (500.0, 399.0), (250.25, 120.75)])
    centres = CAMERA.pixel_centres()
    grey = np.full((480, 640), 60.0)
    for spot in spots:
        grey += 150 * np.exp(-((centres - spot) ** 2).sum(axis=-1) / (2 * 5.0**2))
    rgb = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    for width_px in (640, 320):
        settings = SETTINGS.model_copy(update={"work_width_px": width_px, "planes": False})
        found = extract_features(rgb, CAMERA, depth_map(STRAIGHT), settings)
        for spot in spots:
            assert np.linalg.norm(found.uv_px - spot, axis=1).min() < 0.1


def test_every_field_fits(straight: Features) -> None:
    count = len(straight)
    assert straight.uv_px.shape == (count, 2)
    assert straight.descriptor.shape == (count, 128)
    assert straight.descriptor.dtype == np.uint8
    assert straight.xyz_cam.shape == (count, 3)
    assert (straight.uv_px > 0).all()
    assert (straight.uv_px < (640, 480)).all()
    assert straight.grid_depth_m.shape == straight.grid_sigma_m.shape
    assert straight.grid_depth_m.shape == (
        straight.grid_camera.height_px,
        straight.grid_camera.width_px,
    )
    lifted = np.isfinite(straight.xyz_cam[:, 2])
    sigma = straight.depth_sigma_rel[lifted]
    assert (sigma > 0.01).all()
    # Far depth is trusted less.
    far = straight.xyz_cam[lifted, 2] > 11.5
    assert sigma[far].min() > np.median(sigma[~far])
    assert straight.tilt is not None
    assert abs(straight.tilt.pitch_deg) < 0.35


def test_the_thinned_grid_is_the_depth_map(oblique: Features) -> None:
    """Its camera sees the same rays as every step-th pixel of the depth map."""
    expected = depth_of(OBLIQUE, oblique.grid_camera) / OBLIQUE.depth_scale
    both = np.isfinite(expected) & np.isfinite(oblique.grid_depth_m)
    assert both.mean() > 0.5
    assert (np.isfinite(expected) == np.isfinite(oblique.grid_depth_m)).mean() > 0.98
    assert np.median(np.abs(oblique.grid_depth_m[both] / expected[both] - 1)) < 1e-4


def test_oblique_walls_are_looked_at_face_on(straight: Features, oblique: Features) -> None:
    """The wall at 48°, not the one that is faced; the ground is always oblique."""
    wall = OBLIQUE.similarity.apply(oblique.xyz_cam.astype(np.float64))[:, 1] > 11.8
    assert np.count_nonzero(wall & oblique.on_plane) > 50
    faced = STRAIGHT.similarity.apply(straight.xyz_cam.astype(np.float64))[:, 1] > 11.8
    assert np.count_nonzero(faced & straight.on_plane) < 10
    assert np.count_nonzero(~straight.on_plane) > 200
    without = features_of(OBLIQUE, SETTINGS.model_copy(update={"planes": False}))
    assert not without.on_plane.any()
    assert len(without) == np.count_nonzero(~oblique.on_plane)


def test_a_lens_keeps_its_distortion_in_pixels_only() -> None:
    lens = replace(CAMERA, distortion=(-0.1, 0.02, 0.0, 0.0, 0.0))
    found = features_of(OBLIQUE, camera=lens)
    assert not found.on_plane.any()
    lifted = np.isfinite(found.xyz_cam[:, 2])
    xyz = found.xyz_cam[lifted].astype(np.float64)
    assert np.allclose(lens.project(xyz), found.uv_px[lifted], atol=1e-3)
    enu = OBLIQUE.similarity.apply(xyz)
    off = np.minimum(np.abs(enu[:, 2]), np.abs(enu[:, 1] - 12.0))
    assert np.median(off) < 0.01


def test_beside_a_gap_there_is_no_depth() -> None:
    given_depth = depth_map(STRAIGHT)
    holed = given_depth.depth_m.copy()
    holed[100:140, 100:160] = np.nan
    found = extract_features(
        painted(STRAIGHT, CAMERA), CAMERA, replace(given_depth, depth_m=holed), SETTINGS
    )
    inside = (np.abs(found.uv_px - (260, 240)) < (59, 39)).all(axis=1)
    assert inside.sum() > 20
    assert np.isnan(found.xyz_cam[inside]).all()
    assert (found.xyz_cam[~np.isnan(found.xyz_cam[:, 2]), 2] > 0).all()


def test_large_photos_are_reduced_and_lie_where_they_did(straight: Features) -> None:
    """Twice the size: the same places, in its own pixels."""
    large = CAMERA.rescaled(1280, 960)
    settings = SETTINGS.model_copy(update={"work_width_px": 640})
    found = extract_features(
        cv2.resize(painted(STRAIGHT, CAMERA), (1280, 960), interpolation=cv2.INTER_NEAREST),
        large,
        depth_map(STRAIGHT),
        settings,
    )
    assert np.allclose(found.uv_px, 2 * straight.uv_px, atol=1e-3)
    assert np.allclose(found.scale_px, 2 * straight.scale_px, rtol=1e-5)
    assert np.allclose(found.xyz_cam, straight.xyz_cam, rtol=1e-5, equal_nan=True)


def test_a_photo_without_anything() -> None:
    blank = np.full((480, 640, 3), 128, dtype=np.uint8)
    nothing = replace(depth_map(STRAIGHT), depth_m=np.full((240, 320), np.nan, dtype=np.float32))
    found = extract_features(blank, CAMERA, nothing, SETTINGS)
    assert len(found) == 0
    assert found.descriptor.shape == (0, 128)
    assert found.tilt is None
    other = features_of(STRAIGHT)
    assert len(RatioMatcher(ratio=0.85).match(found, other)) == 0


def test_features_round_trip_through_their_file(oblique: Features, tmp_path: Path) -> None:
    told = save_features(tmp_path / "a.npz", oblique)
    back = load_features(tmp_path / "a.npz")
    assert told == save_features(tmp_path / "b.npz", back)
    for name in Features.__slots__:
        before, after = getattr(oblique, name), getattr(back, name)
        if isinstance(before, np.ndarray):
            assert before.dtype == after.dtype
            assert np.array_equal(before, after, equal_nan=before.dtype.kind == "f"), name
        else:
            assert before == after, name
    untold = replace(oblique, tilt=None)
    save_features(tmp_path / "c.npz", untold)
    assert load_features(tmp_path / "c.npz").tilt is None
    with pytest.raises(StorageError, match="missing"):
        load_features(tmp_path / "d.npz")


def test_features_are_repeatable(oblique: Features) -> None:
    again = features_of(OBLIQUE)
    assert np.array_equal(again.uv_px, oblique.uv_px)
    assert np.array_equal(again.descriptor, oblique.descriptor)
    assert again.tilt == oblique.tilt


# --- pixels to a pair -------------------------------------------------------------------------


def levelled(of: Shot, features: Features):  # type: ignore[no-untyped-def]
    tilt = features.tilt or Tilt(pitch_deg=0, roll_deg=0, sigma_deg=6, source="level")
    return replace(
        view(of, features, EXACT),
        camera=CAMERA,
        pitch_deg=tilt.pitch_deg,
        roll_deg=tilt.roll_deg,
        tilt_sigma_deg=tilt.sigma_deg,
    )


def test_photos_turned_by_48_degrees_register_from_pixels(
    straight: Features, oblique: Features
) -> None:
    """From painted pixels and depth alone to the similarity between two photos."""
    matcher = RatioMatcher(ratio=0.85)
    views = (levelled(STRAIGHT, straight), levelled(OBLIQUE, oblique))
    found = register_pair(*views, matcher, PairSettings())
    assert found.status == PairStatus.ACCEPTED, found.reason
    off_deg, off_m, off_log_scale = relative_errors(found.a_from_b, true_pair(STRAIGHT, OBLIQUE))  # type: ignore[arg-type]
    assert off_deg < 0.3
    assert off_m < 0.06
    assert abs(off_log_scale) < 0.005
    assert found.inliers >= 40
