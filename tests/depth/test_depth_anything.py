"""Depth Anything V2 metric on a tiny random checkpoint in the real format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.depth_makers import photo_of, picture, tiny_depth_anything
from worldmap.config import DepthSettings
from worldmap.depth import open_estimator
from worldmap.errors import ModelError
from worldmap.records import DepthMap, FocalSource


def settings_of(folder: Path, **changes: object) -> DepthSettings:
    return DepthSettings.model_validate({"depth_anything_weights": str(folder), **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-depth-anything")
    tiny_depth_anything().save_pretrained(folder)
    return folder


def test_agrees_with_transformers_own_output(folder: Path) -> None:
    rgb = picture(56, 84)  # whole patches at the training size: nothing is resampled
    found = open_estimator(
        "depth-anything", settings_of(folder, depth_anything_rescale=False)
    ).estimate(photo_of(rgb, 60.0), rgb)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    pixels = torch.from_numpy((rgb / 255 - mean) / std).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        expected = tiny_depth_anything()(pixel_values=pixels).predicted_depth[0].numpy()
    np.testing.assert_allclose(found.depth_m, expected, rtol=5e-4)
    assert np.ptp(found.depth_m) > 0
    assert found.model.licence == "Apache-2.0"
    assert found.focal_predicted is None


def test_depth_grows_with_the_tagged_focal_length(folder: Path) -> None:
    rgb = picture(100, 150)
    estimator = open_estimator("depth-anything", settings_of(folder))
    plain = open_estimator("depth-anything", settings_of(folder, depth_anything_rescale=False))
    at_training = estimator.estimate(photo_of(rgb, 725.0087 / 375 * 100), rgb)
    np.testing.assert_allclose(
        at_training.depth_m, plain.estimate(photo_of(rgb), rgb).depth_m, rtol=5e-4
    )
    twice = estimator.estimate(photo_of(rgb, 2 * 725.0087 / 375 * 100), rgb)
    np.testing.assert_allclose(twice.depth_m, 2 * at_training.depth_m, rtol=5e-4)
    assert twice.camera.fx_px == pytest.approx(2 * at_training.camera.fx_px)


def test_without_a_focal_length_one_is_assumed_and_the_scale_is_less_sure(folder: Path) -> None:
    rgb = picture(100, 150)
    estimator = open_estimator("depth-anything", settings_of(folder))
    assumed = estimator.estimate(photo_of(rgb), rgb)
    assert assumed.focal.source is FocalSource.ASSUMED
    assert assumed.scale_sigma_rel > estimator.estimate(photo_of(rgb, 150.0), rgb).scale_sigma_rel


def test_mixed_sizes_keep_their_aspect(folder: Path) -> None:
    estimator = open_estimator("depth-anything", settings_of(folder, batch_size=4))
    sizes = ((100, 150), (150, 100), (300, 450), (60, 600))
    photos = [(photo_of(picture(*size)), picture(*size)) for size in sizes]
    results = estimator.estimate_batch(photos)
    shapes = []
    for (photo, rgb), found in zip(photos, results, strict=True):
        assert isinstance(found, DepthMap)
        shapes.append(found.depth_m.shape)
        alone = estimator.estimate(photo, rgb)
        np.testing.assert_allclose(found.depth_m, alone.depth_m, rtol=5e-4)
        assert found.camera.fx_px / found.camera.width_px == pytest.approx(
            found.focal.focal_px / photo.width_px
        )
    assert shapes == [(56, 84), (84, 56), (56, 84), (56, 224)]


def test_what_is_as_far_as_the_head_can_say_is_no_depth(tmp_path: Path) -> None:
    model = tiny_depth_anything()
    with torch.no_grad():
        model.head.conv3.bias.fill_(8.0)  # sigmoid(8) = 0.9997
    model.save_pretrained(tmp_path)
    rgb = picture(56, 84)
    found = open_estimator("depth-anything", settings_of(tmp_path)).estimate(photo_of(rgb), rgb)
    assert np.isnan(found.depth_m).all()


def test_a_relative_model_is_refused(tmp_path: Path) -> None:
    tiny_depth_anything(kind="relative").save_pretrained(tmp_path)
    rgb = picture(56, 84)
    with pytest.raises(ModelError, match="relative"):
        open_estimator("depth-anything", settings_of(tmp_path)).estimate(photo_of(rgb), rgb)
