"""Depth Anything 3, metric, on a tiny random checkpoint in the real format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.depth_makers import photo_of, picture
from tests.helpers.published_checkpoints import depth_anything_3_tensors, save_depth_anything_3
from worldmap.config import DepthSettings
from worldmap.depth import clean, open_estimator
from worldmap.depth.depth_anything_3 import da3_input
from worldmap.depth.depth_anything_3_network import load_depth_anything_3
from worldmap.depth.weights import import_model
from worldmap.errors import ModelError
from worldmap.records import REMOVED_CODE, Removed

_SKY_BIAS = "model.head.scratch.sky_output_conv2.2.bias"


def settings_of(folder: Path) -> DepthSettings:
    return DepthSettings(depth_anything_3_weights=str(folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tensors = depth_anything_3_tensors()
    tensors[_SKY_BIAS] -= 9.0  # no sky
    return save_depth_anything_3(tmp_path_factory.mktemp("tiny-depth-anything-3"), tensors)


def test_metres_are_the_output_times_the_focal_length_over_300(folder: Path) -> None:
    rgb = picture(252, 504)  # of the training size: nothing is resampled
    found = open_estimator("depth-anything-3", settings_of(folder)).estimate(
        photo_of(rgb, 600.0), rgb
    )
    pixels = torch.from_numpy(rgb).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        raw, sky = load_depth_anything_3(folder)(da3_input(pixels))
    assert not (sky >= 0.3).any()
    np.testing.assert_allclose(found.depth_m, 2 * raw[0].numpy(), rtol=5e-4)
    assert np.ptp(found.depth_m) > 0
    assert found.model.licence == "Apache-2.0"
    # A photo of twice the size, so of twice the focal length, is the same to the network.
    large = np.repeat(np.repeat(rgb, 2, axis=0), 2, axis=1)
    again = open_estimator("depth-anything-3", settings_of(folder)).estimate(
        photo_of(large, 1200.0), large
    )
    assert again.depth_m.shape == found.depth_m.shape
    np.testing.assert_allclose(np.median(again.depth_m), np.median(found.depth_m), rtol=0.05)


def test_sky_has_no_depth(tmp_path: Path) -> None:
    tensors = depth_anything_3_tensors()
    tensors[_SKY_BIAS] += 9.0
    settings = settings_of(save_depth_anything_3(tmp_path, tensors))
    rgb = picture(90, 120)
    found = open_estimator("depth-anything-3", settings).estimate(photo_of(rgb), rgb)
    assert not np.isfinite(found.depth_m).any()
    assert found.sky is not None
    assert found.sky.all()
    assert (clean(found, rgb, settings).removed == REMOVED_CODE[Removed.SKY]).all()
    by_picture = settings.model_copy(update={"sky": "picture"})
    assert not (clean(found, rgb, by_picture).removed == REMOVED_CODE[Removed.SKY]).any()


def test_the_longer_side_is_504_in_whole_patches() -> None:
    for size, expected in (((3000, 4000), (378, 504)), ((4000, 1000), (504, 126))):
        assert da3_input(torch.zeros(1, 3, *size)).shape[-2:] == expected


def test_incomplete_weights_are_told(tmp_path: Path) -> None:
    settings = DepthSettings(models_dir=tmp_path / "models")
    tensors = depth_anything_3_tensors()
    del tensors["model.head.scratch.refinenet1.resConfUnit1.conv1.weight"]
    folder = save_depth_anything_3(tmp_path / "less", tensors)
    with pytest.raises(ModelError, match="1 tensors are missing"):
        import_model("depth-anything-3", folder, settings)
    whole = save_depth_anything_3(tmp_path / "whole")
    done = import_model("depth-anything-3", whole, settings)
    assert done.source.gives == ("sky",)
    with pytest.raises(ModelError, match="holds a da3metric-large model, not moge-2"):
        import_model("moge", whole, settings)
