"""Depth that cannot be right: a hazy horizon that is put near."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import SHARED_DATA
from tests.helpers.ingest_makers import Ran, by_name, ingest
from tests.helpers.photo_makers import gps, write_jpeg
from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.config import DepthCleanSettings, DepthSettings, PhotoSettings
from worldmap.depth import clean
from worldmap.depth.horizon import HORIZON_TOO_NEAR, near_horizon
from worldmap.depth.raster import read_depth_file, resized_rgb
from worldmap.depth.sky import sky_mask
from worldmap.photo import read_metadata, read_pixels
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource, Removed

WIDTH, HEIGHT, HORIZON = 400, 300, 110
CAMERA = Camera.centred(WIDTH, HEIGHT, 300.0)
OVER_M = 250.0  # the camera over the city
VISIBLE_M = 20_000.0

Photo = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]


def city(*, visible_m: float = VISIBLE_M, turned: float = 0.0, ends_at: int = WIDTH) -> Photo:
    """A photo (H, W, 3) from a roof, its true depth in metres and its sky: blocks in all shades
    down to black, under air in which one sees so far, and two towers before the horizon. turned:
    rows that the horizon falls from side to side; ends_at: the column where the city ends, and
    there is sky far down."""
    rng = np.random.default_rng(3)
    v, u = np.mgrid[:HEIGHT, :WIDTH]
    down = v + 0.5 - (HORIZON + turned * (u / WIDTH - 0.5))
    with np.errstate(divide="ignore"):
        depth_m = np.where(down > 0, OVER_M * 300.0 / down, np.inf)
    blocks = rng.random((HEIGHT // 3 + 1, WIDTH // 5 + 1)) ** 2
    light = blocks[v // 3, u // 5] * 0.8
    sky = down <= 0
    for left in (80, 250):
        tower = (u >= left) & (u < left + 30) & (v > 40)
        depth_m, light, sky = np.where(tower, 600.0, depth_m), light, sky & ~tower
    low = (u >= ends_at) & (v < HORIZON + 60)
    sky, depth_m = sky | low, np.where(low, np.inf, depth_m)
    share = np.exp(-3.912 * depth_m / visible_m)
    seen = light * share + 0.7 * (1 - share)
    seen = np.where(sky, 0.7 + 0.05 * v / HEIGHT, seen)
    rgb = np.round(
        255 * np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    )
    return np.repeat(rgb[..., None], 3, axis=-1).astype(np.uint8), depth_m.astype(np.float32), sky


def on_a_table(depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a network makes of it: from 3 to 7 m, the sky with it."""
    return (7.0 - 4.0 / (1.0 + np.minimum(depth_m, 1e5) / 1000.0)).astype(np.float32)


def test_a_city_on_a_table_is_not_believed() -> None:
    rgb, depth_m, sky = city()
    found = near_horizon(rgb, on_a_table(depth_m), sky, CAMERA)
    assert found is not None
    assert 5 < found.depth_m < 7
    assert found.least_m > 20 * found.depth_m
    # Its sigma reaches what is true there.
    assert found.scale_sigma_rel > np.log(3000 / 7)


def test_a_city_as_far_as_it_is_is_believed() -> None:
    rgb, depth_m, sky = city()
    assert near_horizon(rgb, depth_m, sky, CAMERA) is None


def test_what_is_no_horizon_is_not_held_to_be_one() -> None:
    """The same picture without veil is a hedge or a wall; a border that leans is a roof; and under
    a horizon is no sky."""
    for changed in ({"visible_m": 1e9}, {"turned": 60.0}, {"ends_at": 300}):
        rgb, depth_m, sky = city(**changed)
        assert near_horizon(rgb, on_a_table(depth_m), sky, CAMERA) is None, changed


def test_a_sensor_that_sees_nothing_there_is_not_doubted() -> None:
    rgb, depth_m, sky = city()
    near_m = np.where(depth_m < 800, on_a_table(depth_m), np.float32(np.nan))
    assert near_horizon(rgb, near_m, sky, CAMERA) is None
    assert near_horizon(rgb, on_a_table(depth_m), np.zeros_like(sky), CAMERA) is None


def depth_map(depth_m: NDArray[np.float32]) -> DepthMap:
    return DepthMap(
        depth_m=depth_m,
        sigma_m=np.full(depth_m.shape, 0.1, dtype=np.float32),
        camera=CAMERA,
        focal=Focal(focal_px=300.0, sigma_rel=0.01, source=FocalSource.CALIBRATED),
        focal_predicted=None,
        scale_sigma_rel=0.15,
        model=DepthModel(name="a network", weights_hash="", licence=""),
        flags=("focal-disagrees",),
    )


def test_cleaning_leaves_no_point_of_it_and_opens_its_scale() -> None:
    rgb, depth_m, _ = city()
    cleaned = clean(depth_map(on_a_table(depth_m)), rgb, DepthSettings())
    assert not cleaned.kept.any()
    counts = cleaned.removed_counts()
    assert counts[Removed.SKY] + counts[Removed.SCALE] == rgb[..., 0].size
    assert cleaned.depth_map.flags == ("focal-disagrees", HORIZON_TOO_NEAR)
    assert cleaned.depth_map.scale_sigma_rel > 5
    unheld = DepthSettings(clean=DepthCleanSettings(check_horizon=False))
    cleaned = clean(depth_map(on_a_table(depth_m)), rgb, unheld)
    assert cleaned.kept.mean() > 0.4
    assert cleaned.depth_map.scale_sigma_rel == 0.15


def test_such_a_photo_is_in_the_map_without_points(tmp_path: Path) -> None:
    from PIL import Image

    rgb, depth_m, _ = city()
    path = tmp_path / "in" / "roof.jpg"
    path.parent.mkdir()
    write_jpeg(path, picture=Image.fromarray(rgb), gps=gps(40.75, -73.99))
    np.save(path.with_name("roof.depth.npy"), on_a_table(depth_m))
    ran = ingest(tmp_path / "map", path, focal=300)
    assert ran.code == ExitCode.OK
    status, reason = by_name(ran)["roof.jpg"]
    assert status == "accepted"
    assert "not to be trusted" in reason
    with Catalog.open(tmp_path / "map", create=False) as catalog:
        (photo,) = catalog.photos()
    assert photo.prior.scale_sigma_rel > 5
    told = Ran("explain", "roof.jpg", "--map", tmp_path / "map", "--json").summary
    assert HORIZON_TOO_NEAR in told["flags"]
    merged = Ran("merge", "--no-report", "--map", tmp_path / "map", "-j", 1, "--json")
    assert merged.code == ExitCode.OK
    assert merged.summary["tiles"] == []
    drawn = ("--depth", "measured", "--focal", 300, "--out", tmp_path / "roof.depth.jpg")
    alone = Ran("depth", path, *drawn)
    assert alone.code == ExitCode.OK
    assert "the skyline is put at 6 m: its depth is not to be trusted" in alone.err


def near_in(photo: Path, depth_m: NDArray[np.float32], focal_px: float | None) -> bool:
    metadata = read_metadata(photo, PhotoSettings())
    full_px = focal_px or metadata.focal.focal_px
    size = depth_m.shape[::-1]
    camera = Camera.centred(metadata.width_px, metadata.height_px, full_px).rescaled(*size)
    rgb = resized_rgb(read_pixels(photo, PhotoSettings()), *size)
    return near_horizon(rgb, depth_m, sky_mask(rgb, depth_m, camera), camera) is not None


def test_the_skyline_of_a_real_network_is_named_and_nothing_else() -> None:
    folder = SHARED_DATA / "blog"
    if not (folder / "depth-pro.json").is_file():
        pytest.skip(f"no real photos at {folder}")
    told = json.loads((folder / "depth-pro.json").read_text())
    found = {
        name: near_in(
            folder / each["photo"],
            read_depth_file(folder / f"{name}.depth-pro.png"),
            each["focal_px"],
        )
        for name, each in told.items()
    }
    assert {name for name, near in found.items() if near} == {"nyc-0"}


def test_streets_are_not_doubted(lund: Path) -> None:
    """Nor would they be where their depth is too near by a tenth."""
    for name in ("03", "23", "25"):
        depth_m = read_depth_file(lund / f"{name}.dense.png")
        filled_m = np.where(np.isnan(depth_m), np.float32(60.0), depth_m)
        assert not near_in(lund / f"{name}.jpg", (filled_m / 10).astype(np.float32), None), name
