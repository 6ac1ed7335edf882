"""MoGe-2 on a tiny random checkpoint in the real format."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.depth_makers import photo_of, picture
from tests.helpers.published_checkpoints import MOGE_CONFIG, moge_tensors, save_moge
from worldmap.config import DepthSettings
from worldmap.depth import AutoDepth, open_estimator
from worldmap.depth.moge import focal_and_shift
from worldmap.depth.moge_network import load_moge
from worldmap.depth.weights import import_model, list_models
from worldmap.errors import ModelError, UsageError
from worldmap.records import DepthMap, FocalSource


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> DepthSettings:
    """Settings of a machine where the tiny network is imported from a `model.pt`."""
    folder = tmp_path_factory.mktemp("models")
    settings = DepthSettings(models_dir=folder)
    import_model("moge", save_moge(folder / "model.pt"), settings)
    return settings


def test_an_imported_checkpoint_is_listed_with_what_it_gives(models: DepthSettings) -> None:
    listed = {each.source.name: each for each in list_models(models)}
    found = listed["moge"]
    assert found.folder is not None
    assert found.source.gives == ("focal length", "mask")
    assert found.source.licence == "MIT"
    assert listed["moge-small"].folder is None


def test_auto_takes_the_first_network_that_is_here(
    models: DepthSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("worldmap.depth.weights._in_hub_cache", lambda hub_id: None)
    assert AutoDepth(models).network_name == "moge"
    named = models.model_copy(update={"network": "depth-anything-3"})
    assert AutoDepth(named).network_name is None
    rgb = picture(90, 120)
    photo = photo_of(rgb, 100.0, str(tmp_path / "p.jpg"))
    auto, moge = open_estimator("auto", models), open_estimator("moge", models)
    assert auto.cache_key(photo) == moge.cache_key(photo)
    assert auto.estimate(photo, rgb).model.name == "moge"
    with pytest.raises(UsageError, match="`measured` is none"):
        AutoDepth(models.model_copy(update={"network": "measured"}))


def test_depth_is_what_the_points_and_the_scale_say(models: DepthSettings) -> None:
    rgb = picture(90, 120)
    found = open_estimator("moge", models).estimate(photo_of(rgb, 100.0), rgb)
    assert models.models_dir is not None
    network = load_moge(models.models_dir / "moge")
    pixels = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        points, mask, scale = (part[0].numpy() for part in network(pixels))
    # 12 patches of 4:3 are 3 x 4, each 16 x 16 pixels.
    assert found.depth_m.shape == points.shape[:2] == (48, 64)
    assert (mask > 0.5).all()
    _, shift = focal_and_shift(points, mask > 0.5, 4 / 3, focal=100 / 75)
    expected = (points[..., 2] + shift) * scale
    kept = np.isfinite(found.depth_m)
    np.testing.assert_allclose(found.depth_m[kept], expected[kept], rtol=2.5e-4)
    assert (expected[~kept] <= 0).all()
    assert found.focal == photo_of(rgb, 100.0).focal
    assert found.model.licence == "MIT"
    assert found.camera.width_px == 64


def test_what_the_mask_leaves_out_has_no_depth(tmp_path: Path) -> None:
    tensors = moge_tensors()
    tensors["mask_head.output_blocks.4.bias"] -= 18.0
    settings = DepthSettings(models_dir=tmp_path / "models")
    import_model("moge", save_moge(tmp_path / "model.pt", tensors), settings)
    rgb = picture(90, 120)
    found = open_estimator("moge", settings).estimate(photo_of(rgb), rgb)
    assert not np.isfinite(found.depth_m).any()
    assert found.focal_predicted is None
    assert found.focal.source == FocalSource.ASSUMED


def test_photos_go_through_together(models: DepthSettings) -> None:
    estimator = open_estimator("moge", models.model_copy(update={"batch_size": 3}))
    pictures = [picture(90, 120, seed) for seed in range(3)] + [picture(120, 90, 3)]
    asked = [(photo_of(rgb), rgb) for rgb in pictures]
    together = estimator.estimate_batch(asked)
    for (photo, rgb), found in zip(asked, together, strict=True):
        assert isinstance(found, DepthMap)
        np.testing.assert_allclose(found.depth_m, estimator.estimate(photo, rgb).depth_m, rtol=1e-3)


@pytest.mark.parametrize("known", [False, True])
def test_focal_length_and_shift_are_found_again(known: bool) -> None:
    width, height, focal_px, shift = 160, 120, 130.0, 0.7
    u, v = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    depth = 3 + np.sin(u / 20) + v / 100
    points = np.stack((u * depth / focal_px, v * depth / focal_px, depth - shift), axis=-1)
    half_px = math.hypot(width, height) / 2
    found, back = focal_and_shift(
        points.astype(np.float32),
        np.ones((height, width), dtype=bool),
        width / height,
        focal=focal_px / half_px if known else None,
    )
    assert back == pytest.approx(shift, abs=1e-3)
    assert found * half_px == pytest.approx(focal_px, rel=1e-3)


def test_too_little_says_nothing() -> None:
    points, there = np.ones((8, 8, 3), np.float32), np.zeros((8, 8), dtype=bool)
    assert math.isnan(focal_and_shift(points, there, 1.0)[0])


def test_damaged_or_other_checkpoints_are_told(tmp_path: Path) -> None:
    settings = DepthSettings(models_dir=tmp_path / "models")
    less = moge_tensors()
    del less["neck.res_blocks.1.0.layers.2.weight"]
    with pytest.raises(ModelError, match=r"1 tensors are missing, neck\.res_blocks"):
        import_model("moge", save_moge(tmp_path / "less.pt", less), settings)
    torch.save({"weights": 1}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match="no MoGe-2 checkpoint"):
        import_model("moge", tmp_path / "other.pt", settings)
    old = {k: v for k, v in MOGE_CONFIG.items() if k != "scale_head"}
    torch.save({"model_config": old, "model": moge_tensors()}, tmp_path / "old.pt")
    with pytest.raises(ModelError, match="no metric model"):
        import_model("moge", tmp_path / "old.pt", settings)
    (tmp_path / "text.pt").write_text("nothing")
    with pytest.raises(ModelError, match="no MoGe-2 checkpoint"):
        import_model("moge", tmp_path / "text.pt", settings)
    with pytest.raises(ModelError, match="no moge weights"):
        open_estimator("moge", settings)
