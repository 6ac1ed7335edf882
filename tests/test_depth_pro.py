"""Depth Pro on a tiny random checkpoint in the real format."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from worldmap.config import DepthSettings
from worldmap.depth import open_estimator
from worldmap.depth.depth_pro import DepthPro
from worldmap.errors import ModelError, PhotoError
from worldmap.records import DepthMap, Focal, FocalSource, PhotoMetadata

FOV_DEG = 60.0
SIDE_PX = 64
GRID_PX = 128  # twice the input, as the tiny encoder's patches are half the real ones


def tiny_model(fov_deg: float = FOV_DEG, bias: float = 0.05) -> torch.nn.Module:
    from transformers import DepthProConfig, DepthProForDepthEstimation

    torch.manual_seed(0)
    encoder = {
        "model_type": "dinov2", "hidden_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2, "mlp_ratio": 2, "patch_size": 8, "image_size": 16,
    }  # fmt: skip
    config = DepthProConfig(
        patch_size=16,
        fusion_hidden_size=16,
        intermediate_hook_ids=[1, 0],
        intermediate_feature_dims=[16, 16],
        scaled_images_feature_dims=[16, 16, 16],
        merge_padding_value=0,
        use_fov_model=True,
        num_fov_head_layers=1,
        patch_model_config=dict(encoder),
        image_model_config=dict(encoder),
        fov_model_config=dict(encoder),
    )
    model = DepthProForDepthEstimation(config).eval()
    with torch.no_grad():
        # Random heads end in a ReLU that gives 0 everywhere: small weights, a plausible bias.
        model.head.layers[-2].weight.mul_(3e-5)
        model.head.layers[-2].bias.fill_(bias)
        model.fov_model.head.layers[-1].weight.mul_(1e-3)
        model.fov_model.head.layers[-1].bias.fill_(fov_deg)
    return model


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-depth-pro")
    tiny_model().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def depth_pro(tiny_folder: Path) -> DepthPro:
    return DepthPro(DepthSettings(depth_pro_weights=str(tiny_folder)))


def photo_of(rgb: np.ndarray, focal: Focal | None = None) -> PhotoMetadata:
    return PhotoMetadata(
        path=Path("p.jpg"),
        content_hash=hashlib.sha256(rgb.tobytes()).hexdigest(),
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
        orientation=1,
        focal=focal,
    )


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def test_agrees_with_transformers_own_arithmetic(depth_pro: DepthPro) -> None:
    rgb = picture(SIDE_PX, SIDE_PX)
    found = depth_pro.estimate(photo_of(rgb), rgb)
    with torch.inference_mode():
        output = tiny_model()(
            pixel_values=torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 127.5 - 1
        )
    fov_rad = math.radians(float(output.field_of_view[0]))
    focal_px = 0.5 * SIDE_PX / math.tan(fov_rad / 2)
    expected = 1 / (output.predicted_depth[0].numpy() * SIDE_PX / focal_px)
    np.testing.assert_allclose(found.depth_m, expected, rtol=1e-5)
    assert found.focal.focal_px == pytest.approx(focal_px)
    assert found.focal.source is FocalSource.DEPTH_MODEL
    assert np.ptp(found.depth_m) > 0


def test_given_focal_rescales_depth_and_keeps_the_networks_own(depth_pro: DepthPro) -> None:
    rgb = picture(90, 120)
    own = depth_pro.estimate(photo_of(rgb), rgb)
    focal = Focal(focal_px=200.0, sigma_rel=0.03, source=FocalSource.FILM_35MM)
    given = depth_pro.estimate(photo_of(rgb, focal), rgb)
    assert given.focal == focal
    assert given.focal_predicted == own.focal
    np.testing.assert_allclose(given.depth_m, own.depth_m * 200.0 / own.focal.focal_px, rtol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(90, 120), (120, 90), (31, 400)])
def test_grid_is_the_networks_and_the_camera_fits_it(
    depth_pro: DepthPro, height: int, width: int
) -> None:
    rgb = picture(height, width)
    found = depth_pro.estimate(photo_of(rgb), rgb)
    camera = found.camera
    assert found.depth_m.shape == (GRID_PX, GRID_PX)
    assert camera.fx_px == pytest.approx(found.focal.focal_px * GRID_PX / width)
    assert camera.fy_px == pytest.approx(found.focal.focal_px * GRID_PX / height)


def test_missing_weights_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="worldmap models fetch depth-pro"):
        open_estimator("depth-pro", DepthSettings(depth_pro_weights=str(tmp_path / "nowhere")))


def test_auto_uses_the_network_where_there_is_no_sidecar(tiny_folder: Path) -> None:
    rgb = picture(90, 120)
    auto = open_estimator("auto", DepthSettings(depth_pro_weights=str(tiny_folder)))
    found = auto.estimate(photo_of(rgb), rgb)
    assert found.model.name == "depth-pro"
    assert len(found.model.weights_hash) == 64
    assert "research" in found.model.licence


def test_incomplete_checkpoint_is_refused(tmp_path: Path, tiny_folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(tiny_folder / "model.safetensors")
    dropped = "head.layers.0.weight"
    del tensors[dropped]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_bytes((tiny_folder / "config.json").read_bytes())
    with pytest.raises(ModelError, match=dropped):
        open_estimator("depth-pro", DepthSettings(depth_pro_weights=str(tmp_path)))


@pytest.mark.parametrize("damage", ["no config", "no tensors", "cut"])
def test_damaged_checkpoint_is_one_line(tmp_path: Path, tiny_folder: Path, damage: str) -> None:
    if damage != "no config":
        (tmp_path / "config.json").write_bytes((tiny_folder / "config.json").read_bytes())
    if damage != "no tensors":
        content = (tiny_folder / "model.safetensors").read_bytes()
        cut = len(content) // 2 if damage == "cut" else len(content)
        (tmp_path / "model.safetensors").write_bytes(content[:cut])
    with pytest.raises(ModelError) as caught:
        open_estimator("depth-pro", DepthSettings(depth_pro_weights=str(tmp_path)))
    assert "\n" not in str(caught.value)


def test_cache_key_follows_weights_and_focal(depth_pro: DepthPro, tmp_path: Path) -> None:
    tiny_model(bias=0.06).save_pretrained(tmp_path)
    other = DepthPro(DepthSettings(depth_pro_weights=str(tmp_path)))
    rgb = picture(90, 120)
    photo = photo_of(rgb)
    focal = Focal(focal_px=200.0, sigma_rel=0.03, source=FocalSource.FILM_35MM)
    keys = {
        depth_pro.cache_key(photo),
        depth_pro.cache_key(replace(photo, focal=focal)),
        other.cache_key(photo),
    }
    assert len(keys) == 3


def test_non_finite_depth_fails_that_photo_only(tmp_path: Path) -> None:
    tiny_model(bias=float("nan")).save_pretrained(tmp_path)
    estimator = DepthPro(DepthSettings(depth_pro_weights=str(tmp_path)))
    rgb = picture(90, 120)
    (result,) = estimator.estimate_batch([(photo_of(rgb), rgb)])
    assert isinstance(result, PhotoError)
    assert not isinstance(result, DepthMap)
    assert "p.jpg" in str(result)
