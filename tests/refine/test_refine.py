"""Depth held to points and pictures, on planes whose depth is exact."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.wall_makers import EYE_M, FOCAL_PX, HEIGHT, WIDTH, render
from worldmap.artifact import read_arrays, write_arrays
from worldmap.camera import Camera, GreyPicture
from worldmap.errors import StorageError
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.records import (
    CleanedDepth,
    DepthAnchors,
    DepthMap,
    DepthModel,
    DepthVerdict,
    Focal,
    FocalSource,
    RefinedDepth,
)
from worldmap.refine import RefineInput, load_refined, refine, save_refined
from worldmap.refine.field import fit_field
from worldmap.refine.matched import matched
from worldmap.refine.spread import spread_corrections
from worldmap.stereo import Swept

SITE = Site(48.0, 11.0, 500.0)
CAMERA = Camera.centred(WIDTH, HEIGHT, FOCAL_PX)
BESIDE_M = (-1.2, -0.6, 0.6, 1.2)
Floats = NDArray[np.float32]


@lru_cache(maxsize=8)
def shown(x_m: float) -> tuple[NDArray[np.uint8], Floats]:
    image, depth_m = render(x_m, seed=round(100 * x_m) + 500)
    return np.asarray(image), depth_m


def shot(x_m: float, depth_m: Floats | None = None, sigma_rel: float = 0.03) -> RefineInput:
    rgb, true_m = shown(x_m)
    given_m = true_m if depth_m is None else depth_m
    depth_map = DepthMap(
        depth_m=given_m,
        sigma_m=np.float32(sigma_rel) * given_m,
        camera=CAMERA,
        focal=Focal(focal_px=FOCAL_PX, sigma_rel=0.01, source=FocalSource.SENSOR),
        focal_predicted=None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="test", weights_hash="", licence=""),
    )
    removed = np.where(np.isfinite(given_m), 0, 1).astype(np.uint8)
    return RefineInput(
        camera=CAMERA,
        enu_from_cam=RigidTransform(
            to=enu(SITE),
            source=cam(str(x_m)),
            rotation=enu_from_cam_rotation(0.0, 0.0, 0.0),
            translation_m=np.array((x_m, 0.0, EYE_M)),
        ),
        cleaned=CleanedDepth(depth_map=depth_map, removed=removed, uncleaned_m=given_m, rgb=rgb),
        depth_scale=1.0,
    )


def anchors(true_m: Floats, count: int, *, wrong: float = 0.0) -> DepthAnchors:
    rng = np.random.default_rng(1)
    rows, columns = np.nonzero(np.isfinite(true_m))
    chosen = rng.choice(len(rows), count, replace=False)
    row, column = rows[chosen], columns[chosen]
    depth_m = true_m[row, column].astype(np.float64) * np.exp(0.002 * rng.standard_normal(count))
    depth_m[rng.random(count) < wrong] *= 1.5
    return DepthAnchors(
        photo_id=1,
        uv_px=np.column_stack((column + 0.5, row + 0.5)),
        depth_m=depth_m,
        sigma_rel=np.full(count, 0.002),
        photos=np.full(count, 3),
        neighbours=(2, 3),
    )


def warped(true_m: Floats, amplitude: float = 0.04) -> Floats:
    x, y = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    factor = amplitude * (np.sin(2.2 * x) + x * y - 0.5 * y**2)
    return (true_m * np.exp(factor)).astype(np.float32)


def off(found_m: Floats, true_m: Floats, where: NDArray[np.bool_] | None = None) -> Floats:
    used = np.isfinite(true_m) & np.isfinite(found_m)
    used &= True if where is None else where
    return np.asarray(np.abs(np.log(found_m[used] / true_m[used])))


def pictures() -> list[GreyPicture]:
    return [shot(x).picture() for x in BESIDE_M]


# --- the field --------------------------------------------------------------------------------


def test_a_smooth_warp_is_found_among_points_of_which_some_are_wrong() -> None:
    rng = np.random.default_rng(0)
    uv = rng.random((300, 2))
    depth_m = rng.uniform(5, 20, 300)
    true_m = depth_m * np.exp(0.05 * np.sin(3 * uv[:, 0]) + 0.03 * uv[:, 1] ** 2)
    told_m = true_m * np.exp(0.002 * rng.standard_normal(300))
    told_m[:45] *= 1.4
    field = fit_field(uv, depth_m, told_m, np.full(300, 0.002), (1.0, 0.75))
    found, sigma = field.at(uv, depth_m)
    miss = np.abs(found - np.log(true_m / depth_m))
    assert np.median(miss) < 0.002
    assert np.percentile(miss, 95) < 0.01
    assert np.median(sigma) < 0.005


def test_where_nothing_is_known_the_field_says_so() -> None:
    rng = np.random.default_rng(0)
    uv = 0.3 * rng.random((60, 2))
    depth_m = np.full(60, 10.0)
    told_m = depth_m * np.exp(0.05 * uv[:, 0] + 0.002 * rng.standard_normal(60))
    field = fit_field(uv, depth_m, told_m, np.full(60, 0.002), (1.0, 0.75))
    _, near = field.at(uv, depth_m)
    _, far = field.at(np.array(((0.95, 0.95),)), np.array((10.0,)))
    assert far[0] > 5 * np.median(near)


def test_depth_that_is_right_is_left_as_it_is() -> None:
    rng = np.random.default_rng(0)
    uv, depth_m = rng.random((200, 2)), rng.uniform(5, 20, 200)
    told_m = depth_m * np.exp(0.002 * rng.standard_normal(200))
    field = fit_field(uv, depth_m, told_m, np.full(200, 0.002), (1.0, 0.75))
    assert np.abs(field.at(rng.random((500, 2)), rng.uniform(5, 20, 500))[0]).max() < 0.002


# --- the search --------------------------------------------------------------------------------


def searched(given_m: Floats, sigma_rel: float) -> Swept:
    """About a given depth that is right within a sigma."""
    sigma = np.full(given_m.shape, sigma_rel, dtype=np.float32)
    return matched(shot(0.0).picture(), given_m, sigma, np.zeros_like(sigma), pictures())


def over_three_sigmas(found: Swept, true_m: Floats) -> float:
    used = np.isfinite(found.depth_m) & np.isfinite(true_m)
    return float(np.mean(off(found.depth_m, true_m) > 3 * found.sigma_rel[used]))


def test_the_search_finds_the_depth_that_its_neighbours_show() -> None:
    _, true_m = shown(0.0)
    given_m = warped(true_m, 0.02)
    found = searched(given_m, 0.02)
    assert np.isfinite(found.depth_m)[np.isfinite(true_m)].mean() > 0.5
    assert np.median(off(found.depth_m, true_m)) < 0.2 * np.median(off(given_m, true_m))
    assert over_three_sigmas(found, true_m) < 0.1


@pytest.mark.parametrize("amplitude", [0.05, 0.15, 0.3])
def test_all_that_is_open_is_looked_at(amplitude: float) -> None:
    _, true_m = shown(0.0)
    given_m = warped(true_m, amplitude)
    found = searched(given_m, amplitude)
    used = np.isfinite(found.depth_m) & np.isfinite(true_m)
    assert used.sum() > 0.4 * np.isfinite(true_m).sum()
    assert np.mean(off(found.depth_m, true_m) > 0.02) < 0.05
    assert over_three_sigmas(found, true_m) < 0.1


def test_what_could_be_elsewhere_is_not_found() -> None:
    """A wall of stripes that look the same again and again: it may as well be 12 m off as 8."""
    true_m = np.full((HEIGHT, WIDTH), 8.0, dtype=np.float32)
    striped = [striped_wall(x) for x in (0.0, -1.2, 1.2)]
    sigma = np.full(true_m.shape, 0.3, dtype=np.float32)
    found = matched(striped[0], 1.2 * true_m, sigma, np.zeros_like(sigma), striped[1:])
    assert np.isfinite(found.depth_m).mean() < 0.05


def striped_wall(x_m: float, period_m: float = 0.4) -> GreyPicture:
    """A wall 8 m off, with stripes that repeat."""
    seen = shot(x_m).picture()
    columns = (np.arange(WIDTH) + 0.5 - CAMERA.cx_px) / FOCAL_PX * 8.0 + x_m
    stripes = 128 + 60 * np.sin(2 * np.pi * columns / period_m)
    grey = np.broadcast_to(stripes.astype(np.float32), (HEIGHT, WIDTH)).copy()
    return replace(seen, grey=grey)


def test_the_sweep_says_where_nothing_fits() -> None:
    _, true_m = shown(0.0)
    given_m = true_m.copy()
    given_m[:, : WIDTH // 2] *= 1.4
    swept = searched(given_m, 0.02)
    wrong = swept.tested & ~swept.fits
    inside = np.isfinite(true_m)
    inside[:, WIDTH // 2 - 8 : WIDTH // 2 + 8] = False
    left, right = inside[:, : WIDTH // 2], inside[:, WIDTH // 2 :]
    assert wrong[:, : WIDTH // 2][left].mean() > 0.4
    assert wrong[:, WIDTH // 2 :][right].mean() < 0.05
    assert np.isfinite(swept.depth_m)[:, : WIDTH // 2][left].mean() < 0.15


# --- between known pixels ---------------------------------------------------------------------


def test_corrections_are_carried_along_surfaces_and_not_across_edges() -> None:
    rng = np.random.default_rng(0)
    range_m = np.full((120, 160), 10.0, dtype=np.float32)
    range_m[:, 80:] = 20.0
    true = np.where(range_m < 15, 0.02, -0.03).astype(np.float32)
    known = true + 0.004 * rng.standard_normal(true.shape).astype(np.float32)
    known[rng.random(true.shape) < 0.7] = np.nan
    sigma = np.full(true.shape, 0.004, dtype=np.float32)
    before = np.full(true.shape, 0.03, dtype=np.float32)
    found, left = spread_corrections(known, sigma, range_m, before, pixels_per_datum=1.0)
    assert np.percentile(np.abs(found - true), 95) < 0.004
    assert np.median(left) < 0.003


def test_nothing_is_carried_from_nowhere() -> None:
    none = np.full((40, 60), np.nan, dtype=np.float32)
    before = np.full(none.shape, 0.02, dtype=np.float32)
    range_m = np.full(none.shape, 5.0, dtype=np.float32)
    found, left = spread_corrections(none, none, range_m, before, pixels_per_datum=1.0)
    assert not found.any()
    assert (left == before).all()


# --- a photo ----------------------------------------------------------------------------------


def test_a_warped_photo_is_brought_back_and_its_sigmas_hold() -> None:
    _, true_m = shown(0.0)
    given_m = warped(true_m)
    held = anchors(true_m, 150, wrong=0.1)
    found = refine(shot(0.0, given_m), held, CAMERA, pictures())
    assert found is not None
    assert np.median(off(found.range_m, true_m)) < 0.1 * np.median(off(given_m, true_m))
    assert np.percentile(off(found.range_m, true_m), 90) < 0.01
    used = np.isfinite(true_m)
    assert np.mean(off(found.range_m, true_m) < 3 * found.sigma_rel[used]) > 0.9
    assert (found.verdict == DepthVerdict.RIGHT)[used].mean() > 0.4


def test_what_neighbours_contradict_is_told() -> None:
    _, true_m = shown(0.0)
    # Steps that no smooth field takes away, each as large as several of its sigmas.
    step = np.where(np.indices(true_m.shape).sum(axis=0) // 40 % 2, 1.35, 0.75)
    step[:, WIDTH // 3 :] = 1.0
    given_m = (true_m * step).astype(np.float32)
    found = refine(shot(0.0, given_m), anchors(true_m, 150), CAMERA, pictures())
    assert found is not None
    inside = np.isfinite(true_m)
    left, right = inside.copy(), inside.copy()
    left[:, WIDTH // 3 :], right[:, : WIDTH // 2], right[HEIGHT // 2 :] = False, False, False
    still_wrong = left & (np.abs(np.log(found.range_m / true_m)) > 0.1)
    assert (found.verdict == DepthVerdict.WRONG)[still_wrong].mean() > 0.8
    assert (found.verdict == DepthVerdict.WRONG)[right].mean() < 0.1


def test_without_neighbours_the_points_alone_count() -> None:
    _, true_m = shown(0.0)
    given_m = warped(true_m)
    found = refine(shot(0.0, given_m), anchors(true_m, 150), CAMERA, [])
    assert found is not None
    assert np.median(off(found.range_m, true_m)) < 0.25 * np.median(off(given_m, true_m))
    assert not found.verdict.any()


def test_too_few_points_say_nothing() -> None:
    _, true_m = shown(0.0)
    assert refine(shot(0.0), anchors(true_m, 7), CAMERA, pictures()) is None


def test_poses_that_do_not_fit_take_no_points_away() -> None:
    _, true_m = shown(0.0)
    askew = [
        GreyPicture(
            camera=CAMERA,
            enu_from_cam=RigidTransform(
                to=enu(SITE),
                source=cam("askew"),
                rotation=enu_from_cam_rotation(4.0, 3.0, 0.0),
                translation_m=shot(x).enu_from_cam.translation_m,
            ),
            grey=shot(x).picture().grey,
        )
        for x in BESIDE_M
    ]
    found = refine(shot(0.0), anchors(true_m, 150), CAMERA, askew)
    assert found is not None
    assert not (found.verdict == DepthVerdict.WRONG).any()
    assert np.median(off(found.range_m, true_m)) < 0.005


# --- its file ---------------------------------------------------------------------------------


def test_refined_depth_comes_back_as_it_was_written(tmp_path: Path) -> None:
    range_m = np.array(((5.0, np.nan), (0.3, 4000.0)), dtype=np.float32)
    sigma = np.array(((0.01, np.nan), (0.5, 1e-3)), dtype=np.float32)
    verdict = np.array(((1, 0), (2, 0)), dtype=np.uint8)
    given = RefinedDepth(range_m=range_m, sigma_rel=sigma, verdict=verdict)
    told = save_refined(tmp_path / "a.npz", given)
    assert save_refined(tmp_path / "b.npz", given) == told
    found = load_refined(tmp_path / "a.npz")
    assert found.model is None
    np.testing.assert_allclose(found.range_m, range_m, rtol=1.1e-4)
    np.testing.assert_allclose(found.sigma_rel, sigma, rtol=1e-3)
    np.testing.assert_array_equal(found.verdict, verdict)


def test_whose_depth_it_was_made_from_stays_with_it(tmp_path: Path) -> None:
    whole = np.ones((2, 3), dtype=np.float32)
    model = DepthModel(name="da3-base", weights_hash="abc", licence="Apache-2.0")
    given = RefinedDepth(
        range_m=whole, sigma_rel=0.1 * whole, verdict=np.zeros((2, 3), dtype=np.uint8), model=model
    )
    save_refined(tmp_path / "a.npz", given)
    assert load_refined(tmp_path / "a.npz").model == model
    arrays, meta = read_arrays(tmp_path / "a.npz")
    for told in ("da3-base", {"name": "da3-base"}, {**asdict(model), "licence": 3}):
        write_arrays(tmp_path / "b.npz", arrays, {**meta, "model": told})
        with pytest.raises(StorageError, match="damaged"):
            load_refined(tmp_path / "b.npz")


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        load_refined(tmp_path / "a.npz")
