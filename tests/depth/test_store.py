"""The depth artifact: round trip, equal bytes, damage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from worldmap import artifact
from worldmap.camera import Camera
from worldmap.config import DepthSettings
from worldmap.depth import clean, load_depth, refocused, save_depth
from worldmap.errors import StorageError
from worldmap.records import CleanedDepth, DepthMap, DepthModel, Focal, FocalSource


def depth_map(seed: int = 0, predicted: bool = True) -> DepthMap:
    rng = np.random.default_rng(seed)
    depth_m = rng.uniform(2, 90, (24, 32)).astype(np.float32)
    depth_m[:3] = np.nan
    focal = Focal(focal_px=900.123, sigma_rel=0.04, source=FocalSource.FILM_35MM)
    return DepthMap(
        depth_m=depth_m,
        sigma_m=0.02 * depth_m,
        camera=replace(
            Camera.centred(1024, 768, 900.123).rescaled(32, 24), distortion=(0.1, -0.2, 0, 0, 0)
        ),
        focal=focal,
        focal_predicted=replace(focal, source=FocalSource.DEPTH_MODEL) if predicted else None,
        scale_sigma_rel=0.1,
        model=DepthModel(name="m", weights_hash="ab" * 32, licence="test licence"),
    )


def cleaned(seed: int = 0, predicted: bool = True) -> CleanedDepth:
    rgb = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return clean(depth_map(seed, predicted), rgb, DepthSettings())


@pytest.mark.parametrize("predicted", [True, False])
def test_round_trip_is_exact(tmp_path: Path, predicted: bool) -> None:
    stored = cleaned(predicted=predicted)
    save_depth(tmp_path / "depth" / "a.npz", stored)
    loaded = load_depth(tmp_path / "depth" / "a.npz")
    for name in ("removed", "uncleaned_m"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(stored, name))
    for name in ("depth_m", "sigma_m"):
        np.testing.assert_array_equal(
            getattr(loaded.depth_map, name), getattr(stored.depth_map, name)
        )
    for name in ("camera", "focal", "focal_predicted", "scale_sigma_rel", "model"):
        assert getattr(loaded.depth_map, name) == getattr(stored.depth_map, name)


def test_colours_are_as_close_as_a_camera_has_them(tmp_path: Path) -> None:
    """A grey wedge, coloured edges, and grain such as a sensor's."""
    rng = np.random.default_rng(0)
    v, u = np.mgrid[0:240, 0:320]
    scene = np.stack((u * 0.7, np.where(u // 40 % 2, 200, 60), np.where(v // 30 % 2, 90, 160)), -1)
    rgb = np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255).astype(np.uint8)
    whole = replace(
        depth_map(),
        depth_m=np.full((240, 320), 9, dtype=np.float32),
        sigma_m=np.full((240, 320), 0.1, dtype=np.float32),
        camera=Camera.centred(320, 240, 300.0),
    )
    save_depth(
        tmp_path / "a",
        CleanedDepth(
            depth_map=whole,
            removed=np.zeros((240, 320), np.uint8),
            uncleaned_m=whole.depth_m,
            rgb=rgb,
        ),
    )
    off = load_depth(tmp_path / "a").rgb.astype(np.float64) - rgb
    # By no more than what sensors and their own JPEGs are off by, the grain among it, and not at
    # all on average: what is seen often is as it is.
    assert np.sqrt((off**2).mean()) < 2.5
    assert abs(off.mean()) < 0.1


def test_files_of_earlier_versions_are_read(tmp_path: Path) -> None:
    stored = cleaned()
    save_depth(tmp_path / "a", stored)
    _, meta = artifact.read_arrays(tmp_path / "a")
    sky = np.arange(24 * 32).reshape(24, 32) % 3 == 0
    arrays = {
        "depth_m": stored.uncleaned_m,
        "sigma_m": stored.depth_map.sigma_m,
        "removed": stored.removed,
        "rgb": stored.rgb,
        "sky": sky,
    }
    artifact.write_arrays(tmp_path / "b", arrays, {**meta, "format": 1, "sky_by": "network"})
    loaded = load_depth(tmp_path / "b")
    for name in ("removed", "uncleaned_m", "rgb"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(stored, name))
    np.testing.assert_array_equal(loaded.depth_map.sky, sky)
    assert loaded.depth_map.sky_by == "network"


def test_masks_of_networks_are_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sky, moving = (rng.random((24, 32)) < 0.3 for _ in range(2))
    stored = cleaned()
    told = replace(stored.depth_map, sky=sky, sky_by="a", moving=moving, moving_by="b")
    save_depth(tmp_path / "a", replace(stored, depth_map=told))
    loaded = load_depth(tmp_path / "a").depth_map
    np.testing.assert_array_equal(loaded.sky, sky)
    np.testing.assert_array_equal(loaded.moving, moving)
    assert (loaded.sky_by, loaded.moving_by) == ("a", "b")


def test_equal_depth_gives_equal_bytes(tmp_path: Path) -> None:
    first, second = save_depth(tmp_path / "a", cleaned()), save_depth(tmp_path / "b", cleaned())
    assert first == second
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert save_depth(tmp_path / "c", cleaned(seed=1)) != first


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "gone"])
def test_damaged_artifact_is_a_storage_error(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.npz"
    save_depth(path, cleaned())
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        with ZipFile(path) as archive:
            largest = max(archive.infolist(), key=lambda entry: entry.compress_size)
        content[largest.header_offset + largest.compress_size // 2] ^= 0xFF
        path.write_bytes(content)
    elif damage == "text":
        path.write_text("not a zip")
    else:
        path.unlink()
    with pytest.raises(StorageError) as caught:
        load_depth(path)
    assert "a.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_estimators_give_is_stored_small_and_exact(tmp_path: Path) -> None:
    from worldmap.depth.grid import coarse
    from worldmap.depth.uncertainty import pixel_sigma_m

    rng = np.random.default_rng(0)
    raw_m = rng.uniform(1, 80, (200, 300)).astype(np.float32)
    depth_m = coarse(raw_m)
    np.testing.assert_allclose(depth_m, raw_m, rtol=2.5e-4)
    sizes = {}
    for name, depth, sigma_m in (
        ("kept", depth_m, pixel_sigma_m(depth_m, sigma_rel=0.06)),
        ("raw", raw_m, (0.06 * raw_m * rng.uniform(1, 2, raw_m.shape)).astype(np.float32)),
    ):
        whole = replace(
            depth_map(),
            depth_m=depth,
            sigma_m=sigma_m,
            camera=Camera.centred(300, 200, 300.0),
        )
        cleaned_ = CleanedDepth(
            depth_map=whole,
            removed=np.zeros((200, 300), np.uint8),
            uncleaned_m=depth,
            rgb=np.zeros((200, 300, 3), np.uint8),
        )
        save_depth(tmp_path / name, cleaned_)
        loaded = load_depth(tmp_path / name)
        np.testing.assert_array_equal(loaded.depth_map.sigma_m, sigma_m)
        np.testing.assert_array_equal(loaded.depth_map.depth_m, depth)
        sizes[name] = (tmp_path / name).stat().st_size
    # Of noise of all sizes only what is rounded away is saved.
    assert sizes["kept"] < 0.5 * sizes["raw"]


def test_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_depth(path, cleaned())
    arrays, meta = artifact.read_arrays(path)
    artifact.write_arrays(path, arrays, {**meta, "format": 99})
    with pytest.raises(StorageError, match="99"):
        load_depth(path)


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    save_depth(path, cleaned())
    before = path.read_bytes()

    def full_disk(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(StorageError):
        save_depth(path, cleaned(seed=1))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_refocused_depth_grows_with_the_focal_length() -> None:
    before = depth_map()
    focal = Focal(focal_px=2 * before.focal.focal_px, sigma_rel=0.01, source=FocalSource.USER)
    after = refocused(before, focal)
    np.testing.assert_allclose(after.depth_m, 2 * before.depth_m, rtol=1e-6)
    np.testing.assert_allclose(after.sigma_m, 2 * before.sigma_m, rtol=1e-6)
    assert after.camera.fx_px == pytest.approx(2 * before.camera.fx_px)
    # A point keeps its offset from the axis: x = (u - cx) z / f.
    uv = before.camera.pixel_centres()[5:, :]
    np.testing.assert_allclose(
        after.camera.unproject(uv, after.depth_m[5:])[..., 2],  # type: ignore[arg-type]
        2 * before.camera.unproject(uv, before.depth_m[5:])[..., 2],  # type: ignore[arg-type]
        rtol=1e-6,
    )
