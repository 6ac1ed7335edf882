"""How high depth puts a camera over the ground."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import SHARED_DATA
from worldmap.camera import Camera
from worldmap.config import DepthSettings, PhotoSettings
from worldmap.depth import clean
from worldmap.depth.footing import GROUND_FAR, GROUND_NEAR, footing
from worldmap.depth.horizon import untrusted_line
from worldmap.depth.raster import read_depth_file
from worldmap.photo import read_metadata
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource

CAMERA = Camera.centred(320, 240, 260.0)
Floats = NDArray[np.float32]


def yard(height_m: float = 1.6, pitch_deg: float = -8.0, wall_m: float = 9.0) -> Floats:
    """A level ground and a wall across, seen from that height; 2 % of noise, 3 % of warp."""
    rays = CAMERA.rays(CAMERA.pixel_centres())
    pitch = np.deg2rad(pitch_deg)
    down = rays[..., 1] * np.cos(pitch) - np.sin(pitch)
    ahead = np.cos(pitch) + rays[..., 1] * np.sin(pitch)
    with np.errstate(divide="ignore"):
        ground_m = np.where(down > 0, height_m / down, np.inf)
    depth_m = np.minimum(ground_m, wall_m / ahead)
    u = np.linspace(-1, 1, CAMERA.width_px)
    noise = 0.02 * np.random.default_rng(0).standard_normal(depth_m.shape)
    found: Floats = (depth_m * np.exp(noise + 0.03 * np.sin(2 * u))).astype(np.float32)
    return found


def of(depth_m: Floats) -> float | None:
    found = footing(depth_m, np.isfinite(depth_m), CAMERA)
    return None if found is None else found.height_m


@pytest.mark.parametrize(("height_m", "pitch_deg"), [(1.6, -8.0), (1.5, 4.0), (4.0, -20.0)])
def test_the_height_is_found_however_the_camera_is_tipped(
    height_m: float, pitch_deg: float
) -> None:
    assert of(yard(height_m, pitch_deg)) == pytest.approx(height_m, rel=0.1)


def test_without_ground_there_is_none() -> None:
    rays = CAMERA.rays(CAMERA.pixel_centres())
    wall_m = (6.0 / (1 + 0.6 * rays[..., 0])).astype(np.float32)
    assert of(wall_m) is None
    assert of(np.full_like(wall_m, np.nan)) is None
    # A table in front of the ground is none.
    depth_m = yard(1.6)
    below = np.arange(240)[:, None] > 200
    table = below & (np.abs(np.arange(320) - 160)[None] < 100)
    assert of(np.where(table, depth_m * np.float32(0.35), depth_m)) == pytest.approx(1.6, rel=0.1)


def depth_map(depth_m: Floats, weights_hash: str = "1") -> DepthMap:
    return DepthMap(
        depth_m=depth_m,
        sigma_m=0.05 * depth_m,
        camera=CAMERA,
        focal=Focal(focal_px=260.0, sigma_rel=0.01, source=FocalSource.CALIBRATED),
        focal_predicted=None,
        scale_sigma_rel=0.15,
        model=DepthModel(name="network", weights_hash=weights_hash, licence=""),
    )


@pytest.mark.parametrize(("factor", "flag"), [(0.1, GROUND_NEAR), (1.0, ""), (9.0, GROUND_FAR)])
def test_a_network_that_is_far_off_has_its_scale_opened(factor: float, flag: str) -> None:
    rgb = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    given = depth_map(np.float32(factor) * yard())
    settings = DepthSettings.model_validate({"clean": {"max_depth_m": 1000, "max_sigma_m": 100}})
    cleaned = clean(given, rgb, settings)
    assert cleaned.depth_map.flags == ((flag,) if flag else ())
    sigma = abs(np.log(factor)) if flag else 0.15
    assert cleaned.depth_map.scale_sigma_rel == pytest.approx(sigma, abs=0.15)
    assert cleaned.kept.mean() > 0.5
    assert ("m under the camera" in untrusted_line(cleaned)) == bool(flag)
    # A sensor's metres are metres.
    sensed = clean(replace(given, model=replace(given.model, weights_hash="")), rgb, settings)
    assert sensed.depth_map.flags == ()
    # A drone is where nobody stands.
    assert clean(given, rgb, settings, is_held=False).depth_map.flags == ()


def test_halls_a_forest_and_streets_are_as_they_may_be(lund: Path) -> None:
    for name in ("03", "12", "25"):
        depth_m = read_depth_file(lund / f"{name}.dense.png")
        height_px, width_px = depth_m.shape
        camera = Camera.centred(width_px, height_px, 0.9 * width_px)
        found = footing(depth_m, np.isfinite(depth_m), camera)
        assert found is not None
        assert 1.2 < found.height_m < 2.0, name
        assert not found.flag
    folder = SHARED_DATA / "blog"
    for name, told in json.loads((folder / "depth-pro.json").read_text()).items():
        depth_m = read_depth_file(folder / f"{name}.depth-pro.png")
        height_px, width_px = depth_m.shape
        full_px = read_metadata(folder / told["photo"], PhotoSettings()).width_px
        camera = Camera.centred(width_px, height_px, told["focal_px"] * width_px / full_px)
        found = footing(depth_m, np.isfinite(depth_m), camera)
        assert found is None or not found.flag, name
