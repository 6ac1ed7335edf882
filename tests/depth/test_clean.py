"""Cleaning: each rule takes what it is for, leaves the rest, and can be switched off."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from worldmap.camera import Camera
from worldmap.config import DepthCleanSettings, DepthSettings
from worldmap.depth import clean
from worldmap.depth.edges import grazing_mask, ramp_mask, window_mask
from worldmap.depth.raster import read_depth_file
from worldmap.depth.sky import enlarged, sky_mask
from worldmap.depth.uncertainty import pixel_sigma_m
from worldmap.records import DepthMap, DepthModel, Focal, FocalSource, Removed

HEIGHT, WIDTH = 60, 80
ALL_OFF = DepthCleanSettings(
    remove_sky=False, remove_edges=False, remove_far=False, remove_islands=False
)


def depth_map_of(depth_m: np.ndarray) -> DepthMap:
    focal = Focal(focal_px=800.0, sigma_rel=0.03, source=FocalSource.SENSOR)
    return DepthMap(
        depth_m=depth_m,
        sigma_m=0.02 * depth_m,  # type: ignore[arg-type]
        camera=Camera.centred(depth_m.shape[1], depth_m.shape[0], 60.0),
        focal=focal,
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="test", weights_hash="", licence=""),
    )


def rules(**changes: object) -> DepthSettings:
    return DepthSettings(clean=ALL_OFF.model_copy(update=changes))


@pytest.fixture
def street() -> tuple[np.ndarray, np.ndarray]:
    """A wall 10 m away below, finite sky at 300 m above, a far house, a near post, a hole."""
    depth_m = np.full((HEIGHT, WIDTH), 10.0, dtype=np.float32)
    depth_m[:20] = 300.0
    depth_m[20:40, 50:60] = 120.0
    depth_m[20:50, 10:16] = 4.0
    depth_m[45:48, 60:64] = np.nan
    rgb = np.full((HEIGHT, WIDTH, 3), (120, 90, 70), dtype=np.uint8)
    rgb[:20] = (150, 190, 240)
    rgb[20:40, 50:60] = (90, 60, 50)
    return depth_m, rgb


def codes(depth_m: np.ndarray, rgb: np.ndarray, settings: DepthSettings) -> dict[Removed, int]:
    return clean(depth_map_of(depth_m), rgb, settings).removed_counts()


def test_nothing_but_missing_depth_goes_when_all_is_off(street: Any) -> None:
    counts = codes(*street, rules())  # type: ignore[call-arg]
    assert counts == {**dict.fromkeys(Removed, 0), Removed.NO_DEPTH: 12}


def test_sky_goes_and_only_sky(street: Any) -> None:
    depth_m, rgb = street
    result = clean(depth_map_of(depth_m), rgb, rules(remove_sky=True))
    assert (result.removed[:20] == 2).all()
    assert (result.removed[21:] != 2).all()  # the skyline goes with the sky
    assert np.isnan(result.depth_map.depth_m[:20]).all()
    assert (result.uncleaned_m[:20] == 300.0).all()


def test_blue_wall_close_by_is_no_sky(street: Any) -> None:
    depth_m, rgb = street
    depth_m = np.where(depth_m == 300.0, np.float32(6.0), depth_m)
    assert codes(depth_m, rgb, rules(remove_sky=True))[Removed.SKY] == 0


def street_under(sky_rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth and picture of a textured street 2-30 m away under a sky of these colours (H, W, 3),
    with the depth that a network gives it, that of the roofs, rising slowly; and where it is."""
    height, width = sky_rgb.shape[:2]
    rng = np.random.default_rng(0)
    skyline = (0.35 * height + 0.12 * height * np.sign(np.sin(np.arange(width) / 23))).astype(int)
    rows = np.arange(height)[:, None]
    sky = rows < skyline
    bricks = rng.integers(60, 170, (height // 4 + 1, width // 4 + 1, 3)).repeat(4, 0).repeat(4, 1)
    rgb = np.where(sky[..., None], sky_rgb, bricks[:height, :width]).astype(np.uint8)
    roof_m = np.where(np.sin(np.arange(width) / 23) > 0, 30.0, 9.0) + 0.0 * rows
    ground_m = 1.6 * width / np.maximum(rows - 0.5 * height, 1)
    depth_m = np.where(sky, roof_m * (1 + 0.002 * (skyline - rows)), np.minimum(roof_m, ground_m))
    return depth_m.astype(np.float32), rgb, sky


@pytest.mark.parametrize("scale", [1.0, 0.05])
@pytest.mark.parametrize(
    ("above", "horizon"),
    [
        ((60, 110, 200), (170, 200, 235)),
        ((200, 200, 200), (225, 225, 225)),
        ((70, 70, 120), (250, 170, 90)),
    ],
    ids=["clear", "overcast", "sunset"],
)
def test_sky_with_the_depth_of_the_roofs_goes_whatever_its_colour_and_scale(
    above: tuple[int, ...], horizon: tuple[int, ...], scale: float
) -> None:
    share = np.linspace(0, 1, 240)[:, None, None] ** 1.5
    colours = np.broadcast_to((1 - share) * above + share * np.array(horizon), (240, 320, 3))
    depth_m, rgb, sky = street_under(colours)
    taken = sky_mask(rgb, scale * depth_m, Camera.centred(320, 240, 250.0))  # type: ignore[arg-type]
    assert taken[sky].mean() > 0.985
    assert taken[~sky].mean() < 0.02


def test_a_bright_smooth_ceiling_stays() -> None:
    depth_m, rgb, region = street_under(np.full((240, 320, 3), 225))
    camera = Camera.centred(320, 240, 250.0)
    row = np.arange(240)[:, None] + 0.5
    ceiling_m = 1.5 * 250.0 / np.maximum(120.0 - row, 1.0) + np.zeros((1, 320))
    noise = np.random.default_rng(1).normal(1.0, 0.01, depth_m.shape)
    depth_m = (np.where(region, ceiling_m, depth_m) * noise).astype(np.float32)
    assert not sky_mask(rgb, depth_m, camera).any()


def test_a_smooth_slanted_wall_that_reaches_the_top_stays() -> None:
    _, rgb, _ = street_under(np.full((240, 320, 3), 225))
    column = (np.arange(320)[None, :] + 0.5 - 160.0) / 250.0
    wall_m = np.broadcast_to(4.0 / (1.0 + 0.8 * column), (240, 320)).astype(np.float32)
    assert not sky_mask(rgb, wall_m, Camera.centred(320, 240, 250.0)).any()


def test_a_patch_between_roofs_is_sky_too() -> None:
    """A gable parts it from the rest; it is 0.4 % of the picture."""
    depth_m, rgb, sky = street_under(np.full((240, 320, 3), (110, 160, 230)))
    rgb[:60, 230:], depth_m[:60, 230:], sky[:60, 230:] = rgb[120:180, 230:], 20.0, False
    patch = np.zeros(sky.shape, dtype=bool)
    patch[:16, 280:298] = True
    rng = np.random.default_rng(2)
    rgb[patch], sky[patch] = (110, 160, 230), True
    depth_m[patch] = 40.0 * (1 + 0.1 * rng.normal(size=np.count_nonzero(patch)))
    camera = Camera.centred(320, 240, 250.0)
    assert sky_mask(rgb, depth_m, camera)[patch].mean() > 0.9
    # What is near is none, and the gable beside it neither.
    near_m = np.where(patch, depth_m / 40, depth_m)
    assert not sky_mask(rgb, near_m, camera)[patch].any()
    assert sky_mask(rgb, depth_m, camera)[~sky].mean() < 0.02


def test_sky_without_depth_is_sky() -> None:
    depth_m, rgb, sky = street_under(np.full((240, 320, 3), (110, 160, 230)))
    camera = Camera.centred(320, 240, 250.0)
    taken = sky_mask(rgb, np.where(sky, np.float32(np.nan), depth_m), camera)
    assert taken[sky].mean() > 0.985


def test_a_sky_mask_from_elsewhere_replaces_the_built_in_one(street: Any) -> None:
    depth_m, rgb = street
    sky = np.zeros(depth_m.shape, dtype=bool)
    sky[:5] = True
    result = clean(depth_map_of(depth_m), rgb, rules(remove_sky=True), sky=sky)
    assert result.removed_counts()[Removed.SKY] == 5 * WIDTH


def test_the_border_of_a_coarse_mask_runs_where_the_colours_have_it() -> None:
    rgb = np.full((160, 240, 3), (70, 60, 50), dtype=np.uint8)
    rgb[:58] = (150, 190, 240)
    cells = np.repeat(np.arange(16) < 6, 24).reshape(16, 24)  # to row 60
    found = enlarged(cells, rgb)
    np.testing.assert_array_equal(found, np.broadcast_to(np.arange(160)[:, None] < 58, (160, 240)))


def bled(depth_m: np.ndarray) -> np.ndarray:
    """Every pixel the mean of its 3×3 window, as networks smear their edges."""
    padded = np.pad(depth_m, 1, mode="edge")
    height, width = depth_m.shape
    windows = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.mean(windows, axis=0, dtype=np.float32)  # type: ignore[return-value]


def plane(normal: tuple[float, float, float], distance_m: float, shape: tuple[int, int]) -> Any:
    """Exact depth of a plane n·X = d before a camera of 60 px focal length."""
    rays = Camera.centred(shape[1], shape[0], 60.0).rays(
        Camera.centred(shape[1], shape[0], 60.0).pixel_centres()
    )
    return (distance_m / (rays @ np.array(normal))).astype(np.float32)


def test_ramps_between_surfaces_go_and_the_surfaces_stay() -> None:
    depth_m = np.full((HEIGHT, WIDTH), 10.0, dtype=np.float32)
    depth_m[20:50, 20:45] = 4.0
    smeared = bled(depth_m)
    flying = np.abs(smeared / depth_m - 1) > 0.03
    rgb = np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)
    removed = clean(depth_map_of(smeared), rgb, rules(remove_edges=True)).removed == 3
    assert flying.sum() > 200
    assert removed[flying].mean() > 0.98
    assert removed[~flying].mean() < 0.01


def test_a_post_thinner_than_the_smear_goes() -> None:
    depth_m = np.full((HEIGHT, WIDTH), 10.0, dtype=np.float32)
    depth_m[5:55, 40] = 4.0
    rgb = np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)
    removed = clean(depth_map_of(bled(depth_m)), rgb, rules(remove_edges=True)).removed == 3
    assert removed[8:52, 40].all()
    assert not removed[:, :36].any()


@settings(max_examples=40)
@given(
    azimuth_deg=st.floats(-80, 80),
    elevation_deg=st.floats(-30, 30),
    distance_m=st.floats(1, 50),
    noise_rel=st.floats(0, 0.04),
)
def test_no_plane_is_an_edge_however_steep_or_noisy(
    azimuth_deg: float, elevation_deg: float, distance_m: float, noise_rel: float
) -> None:
    azimuth, elevation = np.deg2rad((azimuth_deg, elevation_deg))
    normal = (
        float(np.sin(azimuth) * np.cos(elevation)),
        float(np.sin(elevation)),
        float(np.cos(azimuth) * np.cos(elevation)),
    )
    depth_m = plane(normal, distance_m, (HEIGHT, WIDTH))
    depth_m = np.where(depth_m > 0, depth_m, np.nan)
    seen = np.isfinite(depth_m)
    grain = np.random.default_rng(0).standard_normal(depth_m.shape).astype(np.float32)
    noisy = depth_m * (1 + noise_rel * grain)
    rgb = np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)
    removed = ramp_mask(noisy, rgb, jump_rel=0.03)
    # The last pixels before the plane's horizon have no second neighbour to compare with; where the
    # plane is a sliver they would be most of it.
    inner = ndimage.binary_erosion(seen, np.ones((3, 3)), iterations=2)  # type: ignore[arg-type]
    assert not inner.any() or removed[inner].mean() < 0.02


def test_the_usual_ways_mistake_steep_planes_for_edges() -> None:
    ground = plane((0.0, 1.0, 0.0), 1.6, (HEIGHT, WIDTH))[HEIGHT // 2 + 3 :]
    rgb = np.zeros((*ground.shape, 3), dtype=np.uint8)
    camera = depth_map_of(ground).camera
    assert window_mask(ground, jump_rel=0.03).mean() > 0.5
    assert grazing_mask(ground, camera, min_angle_deg=5.0).mean() > 0.05
    assert ramp_mask(ground, rgb, jump_rel=0.03).mean() < 0.02


@pytest.mark.parametrize("method", ["window", "angle", "ramp"])
def test_the_method_is_chosen_by_a_setting(street: Any, method: str) -> None:
    depth_m, rgb = street
    settings_ = rules(remove_edges=True, edge_method=method)
    result = clean(depth_map_of(bled(np.nan_to_num(depth_m, nan=10.0))), rgb, settings_)
    assert result.removed_counts()[Removed.EDGE] > 100


def test_far_range_goes(street: Any) -> None:
    counts = codes(*street, rules(remove_far=True, max_depth_m=100.0, max_sigma_m=1e9))  # type: ignore[call-arg]
    assert counts[Removed.FAR] == 20 * WIDTH + 20 * 10
    counts = codes(*street, rules(remove_far=True, max_depth_m=1e9, max_sigma_m=3.0))  # type: ignore[call-arg]
    assert counts[Removed.FAR] == 20 * WIDTH


def test_islands_go(street: Any) -> None:
    depth_m, rgb = street
    depth_m = depth_m.copy()
    depth_m[40:60, 20:40] = np.nan
    depth_m[50:52, 30:33] = 10.0
    kept = codes(depth_m, rgb, rules(remove_islands=True, min_island_share=6 / depth_m.size))
    gone = codes(depth_m, rgb, rules(remove_islands=True, min_island_share=7 / depth_m.size))
    assert kept[Removed.ISLAND] == 0
    assert gone[Removed.ISLAND] == 6


def test_colours_are_averaged_onto_the_depth_grid() -> None:
    rgb = np.zeros((2 * HEIGHT, 2 * WIDTH, 3), dtype=np.uint8)
    rgb[::2] = 200
    result = clean(depth_map_of(np.full((HEIGHT, WIDTH), 5.0, np.float32)), rgb, rules())
    assert result.rgb.shape == (HEIGHT, WIDTH, 3)
    assert (result.rgb == 100).all()


@settings(max_examples=60)
@given(data=st.data())
def test_any_small_grid_is_cleaned_without_a_warning(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 14)), data.draw(st.integers(1, 14))
    seed, missing = data.draw(st.integers(0, 99)), data.draw(st.sampled_from((0.0, 0.3, 1.0)))
    rng = np.random.default_rng(seed)
    depth_m = rng.uniform(0.1, 100, (height, width)).astype(np.float32)
    depth_m[rng.random((height, width)) < missing] = np.nan
    sigma_m = pixel_sigma_m(depth_m, sigma_rel=0.01)
    np.testing.assert_array_equal(np.isnan(sigma_m), np.isnan(depth_m))
    assert (sigma_m[np.isfinite(depth_m)] > 0).all()
    rgb = rng.integers(0, 256, (7, 5, 3), dtype=np.uint8)
    for method in ("ramp", "window", "angle"):
        chosen = DepthSettings(clean=DepthCleanSettings.model_validate({"edge_method": method}))
        result = clean(depth_map_of(depth_m), rgb, chosen)
        np.testing.assert_array_equal(np.isfinite(result.depth_map.depth_m), result.kept)
        np.testing.assert_array_equal(result.uncleaned_m, depth_m)


def test_real_sky_goes_and_real_houses_stay() -> None:
    shared = Path(
        os.environ.get("WORLDMAP_SHARED_DATA")
        or Path(__file__).resolve().parents[3] / "shared" / "data"
    )
    if not (shared / "lund").is_dir():
        pytest.skip(f"no photos of a real street in {shared}")
    for number in (5, 14, 23, 26):
        depth_m = read_depth_file(shared / "lund" / f"{number:02d}.dense.png")
        with Image.open(shared / "lund" / f"{number:02d}.jpg") as image:
            rgb = np.asarray(image.convert("RGB"))
        sky = np.isnan(depth_m)
        # A network gives the sky a finite depth.
        result = clean(depth_map_of(np.where(sky, np.float32(200), depth_m)), rgb, DepthSettings())
        assert result.kept[sky].mean() < 0.005
        assert result.kept[~sky].mean() > 0.9
        assert (result.removed[~sky] == 2).mean() < 0.02


def test_sigma_tells_the_noise_that_is_in_the_map() -> None:
    rng = np.random.default_rng(0)
    wall = np.linspace(5, 20, 300, dtype=np.float32)[None].repeat(200, axis=0)
    for noise_rel in (0.005, 0.02, 0.05):
        noisy = wall * (1 + noise_rel * rng.standard_normal(wall.shape).astype(np.float32))
        sigma_m = pixel_sigma_m(noisy, sigma_rel=0.001)
        inside = np.abs(noisy - wall) <= sigma_m
        assert 0.60 < inside.mean() < 0.80


def test_sigma_grows_next_to_an_edge_and_at_grazing_angles() -> None:
    depth_m = np.full((40, 60), 10.0, dtype=np.float32)
    depth_m[:, 30:] = 20.0
    sigma_m = pixel_sigma_m(bled(depth_m), sigma_rel=0.003)
    assert (sigma_m[20, 28:33].max() / sigma_m[20, 5]) > 5
    ground = plane((0.0, 1.0, 0.0), 1.6, (120, 160))[63:]
    relative = pixel_sigma_m(ground, sigma_rel=0.003) / ground
    assert relative[1, 80] > 2 * relative[-1, 80]
