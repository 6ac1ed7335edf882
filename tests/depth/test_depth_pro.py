"""Depth Pro on a tiny random checkpoint in the real format."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.depth_makers import (
    FOV_DEG,
    GRID_PX,
    SIDE_PX,
    photo_of,
    picture,
    tiny_depth_pro,
)
from worldmap.config import DepthSettings
from worldmap.depth import open_estimator
from worldmap.depth.depth_pro import DepthPro
from worldmap.errors import ModelError, PhotoError
from worldmap.records import DepthMap, FocalSource


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-depth-pro")
    tiny_depth_pro().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def depth_pro(tiny_folder: Path) -> DepthPro:
    return DepthPro(DepthSettings(depth_pro_weights=str(tiny_folder)))


def settings_of(folder: Path, **changes: Any) -> DepthSettings:
    return DepthSettings(depth_pro_weights=str(folder), **changes)


# --- depth and focal length ---------------------------------------------------------------------


def test_agrees_with_transformers_own_arithmetic(depth_pro: DepthPro) -> None:
    rgb = picture(SIDE_PX, SIDE_PX)
    found = depth_pro.estimate(photo_of(rgb), rgb)
    with torch.inference_mode():
        output = tiny_depth_pro()(
            pixel_values=torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 127.5 - 1
        )
    fov_rad = math.radians(float(output.field_of_view[0]))
    focal_px = 0.5 * SIDE_PX / math.tan(fov_rad / 2)
    expected = 1 / (output.predicted_depth[0].numpy() * SIDE_PX / focal_px)
    np.testing.assert_allclose(found.depth_m, expected, rtol=2.5e-4)  # 11 bits are kept
    assert found.focal.focal_px == pytest.approx(focal_px)
    assert found.focal.source is FocalSource.DEPTH_MODEL
    assert np.ptp(found.depth_m) > 0


def test_tagged_focal_rescales_depth_and_keeps_the_networks_own(depth_pro: DepthPro) -> None:
    rgb = picture(90, 120)
    own = depth_pro.estimate(photo_of(rgb), rgb)
    tagged = depth_pro.estimate(photo_of(rgb, 100.0), rgb)
    assert tagged.focal.focal_px == 100.0
    assert tagged.focal_predicted == own.focal
    np.testing.assert_allclose(tagged.depth_m, own.depth_m * 100.0 / own.focal.focal_px, rtol=5e-4)
    # Depth is proportional to the focal length, so a sure focal length makes a surer scale.
    assert tagged.scale_sigma_rel < own.scale_sigma_rel


def test_disagreement_over_a_fifth_is_flagged(depth_pro: DepthPro) -> None:
    rgb = picture(90, 120)
    predicted_px = 60 / math.tan(math.radians(FOV_DEG / 2))
    for factor, flags in ((1.15, ()), (1.25, ("focal-disagrees",)), (0.8, ("focal-disagrees",))):
        found = depth_pro.estimate(photo_of(rgb, factor * predicted_px), rgb)
        assert found.flags == flags, factor


def test_users_focal_wins(tiny_folder: Path) -> None:
    rgb = picture(90, 120)
    estimator = DepthPro(settings_of(tiny_folder, focal_px=77.0))
    found = estimator.estimate(photo_of(rgb, 100.0), rgb)
    assert found.focal.focal_px == 77.0
    assert found.focal.source is FocalSource.USER


def test_implausible_tagged_focal_gives_way(depth_pro: DepthPro) -> None:
    rgb = picture(90, 120)
    for focal_px in (0.4, 20_000.0):  # 179.6° and 0.3°
        found = depth_pro.estimate(photo_of(rgb, focal_px), rgb)
        assert found.focal.source is FocalSource.DEPTH_MODEL
        assert "focal-implausible" in found.flags


@pytest.mark.parametrize("fov_deg", [-5.0, 0.5, 179.5, 400.0])
def test_impossible_field_of_view_is_not_used(tmp_path: Path, fov_deg: float) -> None:
    tiny_depth_pro(fov_deg=fov_deg).save_pretrained(tmp_path)
    rgb = picture(90, 120)
    found = DepthPro(settings_of(tmp_path)).estimate(photo_of(rgb), rgb)
    assert found.focal_predicted is None
    assert found.focal.source is FocalSource.ASSUMED


@pytest.mark.parametrize(("height", "width"), [(90, 120), (120, 90), (31, 400)])
def test_grid_is_the_networks_and_the_camera_fits_it(
    depth_pro: DepthPro, height: int, width: int
) -> None:
    rgb = picture(height, width)
    found = depth_pro.estimate(photo_of(rgb), rgb)
    assert found.depth_m.shape == (GRID_PX, GRID_PX)
    assert found.camera.fx_px == pytest.approx(found.focal.focal_px * GRID_PX / width)
    assert found.camera.fy_px == pytest.approx(found.focal.focal_px * GRID_PX / height)


# --- batches and precision ----------------------------------------------------------------------


def test_batch_of_mixed_sizes_equals_one_by_one(tiny_folder: Path) -> None:
    estimator = DepthPro(settings_of(tiny_folder, batch_size=3))
    sizes = ((90, 120), (120, 90), (64, 64), (200, 100))
    photos = [
        (photo_of(picture(*size, seed=k)), picture(*size, seed=k)) for k, size in enumerate(sizes)
    ]
    together = estimator.estimate_batch(photos)
    for (photo, rgb), found in zip(photos, together, strict=True):
        assert isinstance(found, DepthMap)
        alone = estimator.estimate(photo, rgb)
        np.testing.assert_allclose(found.depth_m, alone.depth_m, rtol=6e-4)
        assert found.focal.focal_px == pytest.approx(alone.focal.focal_px, rel=1e-5)


def test_bf16_keeps_fine_steps_because_its_heads_are_fp32(tiny_folder: Path) -> None:
    rgb = picture(90, 120)
    full = DepthPro(settings_of(tiny_folder)).estimate(photo_of(rgb), rgb)
    half = DepthPro(settings_of(tiny_folder, dtype="bf16"))
    found = half.estimate(photo_of(rgb), rgb)
    assert half._network is not None
    model = half._network._model
    assert model.head.layers[0].weight.dtype == torch.float32
    assert model.fov_model.head.layers[0].weight.dtype == torch.float32
    assert model.depth_pro.neck.fuse_image_with_low_res.weight.dtype == torch.bfloat16
    # Of bf16 there would be a hundred.
    assert len(np.unique(found.depth_m)) > 500
    np.testing.assert_allclose(found.depth_m, full.depth_m, rtol=0.05)


def test_non_finite_depth_fails_that_photo_only(tmp_path: Path) -> None:
    tiny_depth_pro(bias=float("nan")).save_pretrained(tmp_path)
    rgb = picture(90, 120)
    (result,) = DepthPro(settings_of(tmp_path)).estimate_batch([(photo_of(rgb), rgb)])
    assert isinstance(result, PhotoError)
    assert "p.jpg" in str(result)


# --- weights that are not right -----------------------------------------------------------------


def test_missing_weights_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="worldmap models fetch depth-pro"):
        open_estimator("depth-pro", DepthSettings(models_dir=tmp_path))


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        open_estimator("depth-pro", settings_of(tmp_path / "nowhere"))


def test_incomplete_checkpoint_is_refused(tmp_path: Path, tiny_folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(tiny_folder / "model.safetensors")
    dropped = "head.layers.0.weight"
    del tensors[dropped]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_bytes((tiny_folder / "config.json").read_bytes())
    rgb = picture(90, 120)
    with pytest.raises(ModelError, match=dropped):
        open_estimator("depth-pro", settings_of(tmp_path)).estimate(photo_of(rgb), rgb)


@pytest.mark.parametrize("damage", ["no config", "bad config", "other model", "no tensors", "cut"])
def test_damaged_checkpoint_is_one_line(tmp_path: Path, tiny_folder: Path, damage: str) -> None:
    config = (tiny_folder / "config.json").read_text()
    if damage == "bad config":
        config = config[:100]
    if damage == "other model":
        config = config.replace('"model_type": "depth_pro"', '"model_type": "dpt"')
    if damage != "no config":
        (tmp_path / "config.json").write_text(config)
    if damage != "no tensors":
        content = (tiny_folder / "model.safetensors").read_bytes()
        cut = len(content) // 2 if damage == "cut" else len(content)
        (tmp_path / "model.safetensors").write_bytes(content[:cut])
    rgb = picture(90, 120)
    with pytest.raises(ModelError) as caught:
        open_estimator("depth-pro", settings_of(tmp_path)).estimate(photo_of(rgb), rgb)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


# --- keys ----------------------------------------------------------------------------------------


def test_cache_key_follows_weights_focal_and_dtype_but_not_speed(
    depth_pro: DepthPro, tiny_folder: Path, tmp_path: Path
) -> None:
    tiny_depth_pro(bias=0.06).save_pretrained(tmp_path)
    rgb = picture(90, 120)
    photo = photo_of(rgb)
    key = depth_pro.cache_key(photo)
    others = {
        depth_pro.cache_key(photo_of(rgb, 200.0)),
        DepthPro(settings_of(tmp_path)).cache_key(photo),
        DepthPro(settings_of(tiny_folder, dtype="bf16")).cache_key(photo),
        DepthPro(settings_of(tiny_folder, focal_px=90.0)).cache_key(photo),
    }
    assert len(others) == 4
    assert key not in others
    same = settings_of(tiny_folder, batch_size=7, sidecar_suffix=".x", depth_anything_sigma_rel=0.5)
    assert DepthPro(same).cache_key(photo) == key


def test_auto_uses_the_network_where_there_is_no_sidecar(tiny_folder: Path) -> None:
    rgb = picture(90, 120)
    found = open_estimator("auto", settings_of(tiny_folder)).estimate(photo_of(rgb), rgb)
    assert found.model.name == "depth-pro"
    assert len(found.model.weights_hash) == 64
    assert "research" in found.model.licence


# --- Apple's package ----------------------------------------------------------------------------


def test_apples_package_is_asked_for_by_name() -> None:
    if importlib.util.find_spec("depth_pro") is not None:
        pytest.skip("Apple's depth_pro package is installed here")
    with pytest.raises(ModelError, match="not installed"):
        open_estimator("depth-pro-apple", DepthSettings())


class _FakeApple(torch.nn.Module):
    """A network with the attributes and outputs of Apple's, around the tiny one."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner
        self.head, self.fov = inner.head, inner.fov_model
        self.img_size = SIDE_PX

    def forward(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        output = self.inner(pixel_values=batch)
        return output.predicted_depth[:, None], output.field_of_view.view(-1, 1, 1, 1)


@dataclasses.dataclass
class _FakeConfig:
    checkpoint_uri: str | None = None


def test_apples_interface_gives_the_same_depth(
    depth_pro: DepthPro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = tmp_path / "depth_pro.pt"
    checkpoint.write_bytes(b"weights")
    inner = types.ModuleType("depth_pro.depth_pro")
    inner.DEFAULT_MONODEPTH_CONFIG_DICT = _FakeConfig()  # type: ignore[attr-defined]

    def create(config: _FakeConfig) -> tuple[_FakeApple, None]:
        assert config.checkpoint_uri == str(checkpoint)
        return _FakeApple(tiny_depth_pro()), None

    inner.create_model_and_transforms = create  # type: ignore[attr-defined]
    package = types.ModuleType("depth_pro")
    package.depth_pro = inner  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "depth_pro", package)
    monkeypatch.setitem(sys.modules, "depth_pro.depth_pro", inner)
    apple = open_estimator("depth-pro-apple", DepthSettings(depth_pro_apple_checkpoint=checkpoint))
    photos = [(photo_of(picture(90, 120, seed=k)), picture(90, 120, seed=k)) for k in range(2)]
    for (photo, rgb), found in zip(photos, apple.estimate_batch(photos), strict=True):
        assert isinstance(found, DepthMap)
        expected = depth_pro.estimate(photo, rgb)
        np.testing.assert_allclose(found.depth_m, expected.depth_m, rtol=1e-5)
        assert found.focal.focal_px == pytest.approx(expected.focal.focal_px)
        assert found.model.name == "depth-pro-apple"


def test_apples_own_network_agrees_with_transformers(tmp_path: Path) -> None:
    """The real comparison, where somebody has the package and its checkpoint."""
    pytest.importorskip("depth_pro", reason="Apple's depth_pro package is not installed")
    settings = DepthSettings(models_dir=tmp_path)
    if not settings.depth_pro_apple_checkpoint.is_file():
        pytest.skip(f"no {settings.depth_pro_apple_checkpoint}")
    from worldmap.depth.weights import import_model

    import_model("depth-pro", settings.depth_pro_apple_checkpoint, settings)
    rgb = picture(300, 400)
    ours = open_estimator("depth-pro", settings).estimate(photo_of(rgb), rgb)
    theirs = open_estimator("depth-pro-apple", settings).estimate(photo_of(rgb), rgb)
    np.testing.assert_allclose(ours.depth_m, theirs.depth_m, rtol=1e-3)
    assert ours.focal.focal_px == pytest.approx(theirs.focal.focal_px, rel=1e-4)
