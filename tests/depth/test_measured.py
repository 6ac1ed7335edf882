"""Measured depth: sidecars in every format, and each way they can be wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from worldmap.config import DepthSettings
from worldmap.depth import ESTIMATOR_NAMES, AutoDepth, open_estimator
from worldmap.depth.measured import find_depth_sidecar
from worldmap.errors import DepthError, NoDepthYetError, PhotoError, UsageError
from worldmap.records import DepthMap, Focal, FocalSource, PhotoMetadata

RGB = np.full((30, 40, 3), 128, dtype=np.uint8)


def photo_at(path: Path, width_px: int = 40, height_px: int = 30) -> PhotoMetadata:
    return PhotoMetadata(
        path=path,
        content_hash=hashlib.sha256(str(path).encode()).hexdigest(),
        width_px=width_px,
        height_px=height_px,
        orientation=1,
    )


def write_millimetres(path: Path, depth_m: np.ndarray) -> None:
    whole = np.nan_to_num(np.round(depth_m * 1000), nan=0.0).astype(np.uint16)
    Image.fromarray(whole).save(path)


@pytest.fixture
def depth_m() -> np.ndarray:
    depth = np.linspace(1.0, 60.0, 15 * 20, dtype=np.float32).reshape(15, 20)
    depth[0, :5] = np.nan
    return depth


def test_sixteen_bit_png_is_millimetres_and_zero_is_none(
    tmp_path: Path, depth_m: np.ndarray
) -> None:
    write_millimetres(tmp_path / "a.depth.png", depth_m)
    photo = replace(
        photo_at(tmp_path / "a.jpg"),
        focal=Focal(focal_px=35.0, sigma_rel=0.03, source=FocalSource.FILM_35MM),
    )
    found = open_estimator("measured", DepthSettings()).estimate(photo, RGB)
    np.testing.assert_allclose(found.depth_m, depth_m, atol=0.0006)
    assert found.focal == photo.focal
    assert found.focal_predicted is None
    assert found.model.name == "measured"
    # Half the size: the camera belongs to the depth grid.
    assert (found.camera.width_px, found.camera.fx_px, found.camera.cx_px) == (20, 17.5, 10.0)
    assert np.isfinite(found.sigma_m[np.isfinite(depth_m)]).all()
    assert (found.sigma_m[np.isfinite(depth_m)] > 0).all()


@pytest.mark.parametrize("ending", [".npy", ".tif", ".tiff"])
def test_float_files_are_metres_and_nan_is_none(
    tmp_path: Path, depth_m: np.ndarray, ending: str
) -> None:
    path = tmp_path / f"a.depth{ending}"
    np.save(path, depth_m) if ending == ".npy" else Image.fromarray(depth_m).save(path)
    found = open_estimator("measured", DepthSettings()).estimate(photo_at(tmp_path / "a.jpg"), RGB)
    np.testing.assert_array_equal(found.depth_m, depth_m)


def test_measured_metres_do_not_change_with_the_focal_length(
    tmp_path: Path, depth_m: np.ndarray
) -> None:
    np.save(tmp_path / "a.depth.npy", depth_m)
    photo = photo_at(tmp_path / "a.jpg")
    assumed = open_estimator("measured", DepthSettings()).estimate(photo, RGB)
    given_focal = open_estimator("measured", DepthSettings(focal_px=90.0)).estimate(photo, RGB)
    np.testing.assert_array_equal(assumed.depth_m, given_focal.depth_m)
    assert assumed.focal.source is FocalSource.ASSUMED
    assert assumed.focal.sigma_rel >= 0.2
    assert given_focal.focal.source is FocalSource.USER
    assert given_focal.camera.fx_px == pytest.approx(45.0)


@pytest.mark.parametrize("suffix", [".dense", "dense", ".dense.png"])
def test_suffix_chooses_among_sidecars(tmp_path: Path, depth_m: np.ndarray, suffix: str) -> None:
    write_millimetres(tmp_path / "01.depth.png", depth_m)
    write_millimetres(tmp_path / "01.dense.png", depth_m * 0 + 7)
    assert find_depth_sidecar(tmp_path / "01.jpg", suffix) == tmp_path / "01.dense.png"
    assert find_depth_sidecar(tmp_path / "01.jpg", ".depth") == tmp_path / "01.depth.png"
    assert find_depth_sidecar(tmp_path / "02.jpg", suffix) is None


def test_whole_name_wins_over_stem(tmp_path: Path, depth_m: np.ndarray) -> None:
    write_millimetres(tmp_path / "a.depth.png", depth_m)
    write_millimetres(tmp_path / "a.heic.depth.png", depth_m)
    assert find_depth_sidecar(tmp_path / "a.heic", ".depth") == tmp_path / "a.heic.depth.png"
    assert find_depth_sidecar(tmp_path / "a.jpg", ".depth") == tmp_path / "a.depth.png"


@given(
    width=st.integers(100, 6000),
    height=st.integers(100, 6000),
    grid_width=st.integers(50, 300),
    shift=st.integers(-1, 1),
)
@settings(max_examples=60)
def test_any_resolution_of_the_same_aspect_within_a_pixel(
    width: int, height: int, grid_width: int, shift: int
) -> None:
    from worldmap.depth.measured import _LEAST_SIDE_PX, _require_fit

    grid_height = int(grid_width * height / width) + (shift > 0)
    assume(grid_height >= _LEAST_SIDE_PX)
    depth_m = np.ones((grid_height, grid_width), dtype=np.float32)
    _require_fit(depth_m, photo_at(Path("a"), width, height), Path("a.depth.png"))


def test_another_aspect_is_refused_with_both_sizes(tmp_path: Path) -> None:
    write_millimetres(tmp_path / "a.depth.png", np.full((40, 30), 5.0))
    with pytest.raises(PhotoError, match=r"30×40.*40×30"):
        open_estimator("measured", DepthSettings()).estimate(photo_at(tmp_path / "a.jpg"), RGB)


def _write_bad(path: Path, kind: str) -> Path:
    if kind == "text":
        path = path.with_suffix(".png")
        path.write_text("no picture")
    elif kind == "empty":
        path = path.with_suffix(".npy")
        path.write_bytes(b"")
    elif kind == "truncated":
        path = path.with_suffix(".png")
        write_millimetres(path, np.random.default_rng(0).uniform(1, 60, (300, 400)))
        path.write_bytes(path.read_bytes()[:2000])
    elif kind == "eight bit":
        path = path.with_suffix(".png")
        Image.fromarray(np.full((30, 40), 9, dtype=np.uint8)).save(path)
    elif kind == "colour":
        path = path.with_suffix(".png")
        Image.fromarray(RGB).save(path)
    elif kind == "bytes":
        path = path.with_suffix(".npy")
        np.save(path, np.full((30, 40), 9, dtype=np.uint8))
    elif kind == "two channels":
        path = path.with_suffix(".npy")
        np.save(path, np.ones((30, 40, 2)))
    elif kind == "pickle":
        path = path.with_suffix(".npy")
        np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif kind == "nothing in it":
        path = path.with_suffix(".npy")
        np.save(path, np.full((30, 40), np.nan))
    elif kind == "huge header":
        path = path.with_suffix(".npy")
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<f4", "fortran_order": False, "shape": (60000, 80000)}
            )
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "text", "empty", "truncated", "eight bit", "colour", "bytes", "two channels", "pickle",
        "nothing in it", "huge header",
    ],
)  # fmt: skip
def test_bad_sidecar_is_one_line_that_names_it(tmp_path: Path, kind: str) -> None:
    path = _write_bad(tmp_path / "a.depth.x", kind)
    with pytest.raises(PhotoError) as caught:
        open_estimator("measured", DepthSettings()).estimate(photo_at(tmp_path / "a.jpg"), RGB)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_sidecar_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"a\.depth\.png"):
        open_estimator("measured", DepthSettings()).estimate(photo_at(tmp_path / "a.jpg"), RGB)


def test_batch_keeps_order_and_returns_errors(tmp_path: Path, depth_m: np.ndarray) -> None:
    write_millimetres(tmp_path / "b.depth.png", depth_m)
    names = ("a.jpg", "b.jpg", "c.jpg")
    results = open_estimator("measured", DepthSettings()).estimate_batch(
        [(photo_at(tmp_path / name), RGB) for name in names]
    )
    assert [type(result) for result in results] == [DepthError, DepthMap, DepthError]


def test_cache_key_follows_sidecar_focal_and_settings(tmp_path: Path, depth_m: np.ndarray) -> None:
    write_millimetres(tmp_path / "a.depth.png", depth_m)
    photo = photo_at(tmp_path / "a.jpg")
    key = open_estimator("measured", DepthSettings()).cache_key(photo)
    assert key == open_estimator("measured", DepthSettings()).cache_key(photo)
    focal = Focal(focal_px=35.0, sigma_rel=0.03, source=FocalSource.SENSOR)
    others = {
        open_estimator("measured", DepthSettings()).cache_key(replace(photo, focal=focal)),
        open_estimator("measured", DepthSettings(measured_sigma_rel=0.5)).cache_key(photo),
        open_estimator("measured", DepthSettings(focal_px=50.0)).cache_key(photo),
    }
    write_millimetres(tmp_path / "a.depth.png", depth_m + 1)
    others.add(open_estimator("measured", DepthSettings()).cache_key(photo))
    assert len(others) == 4
    assert key not in others


def test_auto_takes_the_sidecar_and_else_says_what_to_run(
    tmp_path: Path, depth_m: np.ndarray
) -> None:
    write_millimetres(tmp_path / "a.depth.png", depth_m)
    auto = open_estimator("auto", DepthSettings(models_dir=tmp_path / "models"))
    measured = open_estimator("measured", DepthSettings())
    first, second = photo_at(tmp_path / "a.jpg"), photo_at(tmp_path / "b.jpg")
    assert auto.cache_key(first) == measured.cache_key(first)
    results = auto.estimate_batch([(second, RGB), (first, RGB)])
    assert isinstance(results[1], DepthMap)
    assert isinstance(results[0], PhotoError)
    assert "worldmap models fetch" in str(results[0])
    assert "b.jpg" in str(results[0])


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="depth-pro"):
        open_estimator("midas", DepthSettings())
    assert {"auto", "measured", "stereo", "depth-pro"} <= set(ESTIMATOR_NAMES)


def test_stereo_leaves_depth_to_merge(tmp_path: Path) -> None:
    waiting = photo_at(tmp_path / "a.jpg")
    for told, name in (
        (DepthSettings(), "stereo"),
        (DepthSettings(network="stereo"), "auto"),
    ):
        estimator = open_estimator(name, told)
        with pytest.raises(NoDepthYetError, match="in merge"):
            estimator.estimate(waiting, RGB)
        (found,) = estimator.estimate_batch([(waiting, RGB)])
        assert isinstance(found, NoDepthYetError)
    assert isinstance(estimator, AutoDepth)
    assert estimator.network_name is None
