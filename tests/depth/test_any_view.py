"""Depth Anything 3 for several photos, on a tiny random checkpoint in the real format."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from tests.helpers.depth_makers import picture
from tests.helpers.published_checkpoints import any_view_tensors, save_any_view
from worldmap.camera import Camera
from worldmap.config import DepthSettings
from worldmap.depth.any_view import AnyViewDepth, told_poses
from worldmap.depth.any_view_network import load_any_view
from worldmap.depth.views import ColourPicture
from worldmap.depth.weights import import_model, model_source
from worldmap.errors import ModelError
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.inference import on_one_thread

SITE = Site(48.0, 11.0, 500.0)
SHARED = "model.head.scratch.output_conv2_aux.{}.2.weight"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_any_view(tmp_path_factory.mktemp("tiny-any-view"))


@pytest.fixture(scope="module")
def network(folder: Path) -> AnyViewDepth:
    return AnyViewDepth(DepthSettings(da3_base_weights=str(folder)))


def shot(
    east_m: float,
    *,
    heading_deg: float = 0.0,
    size: tuple[int, int] = (42, 56),
    seed: int = 0,
    spread: float = 1.0,
) -> ColourPicture:
    height, width = size
    return ColourPicture(
        camera=Camera.centred(width, height, 50.0),
        enu_from_cam=RigidTransform(
            to=enu(SITE),
            source=cam(f"{east_m}"),
            rotation=enu_from_cam_rotation(heading_deg, 0.0, 0.0),
            translation_m=np.array((east_m * spread, 0.0, 1.6 * spread)),
        ),
        rgb=np.roll(picture(height, width), seed, axis=1),
    )


def depth(
    network: AnyViewDepth, photo: ColourPicture, beside: Sequence[ColourPicture]
) -> np.ndarray:
    found = network.depth(photo, beside)
    assert found is not None
    return found


# --- what it is told --------------------------------------------------------------------------


def test_poses_are_told_from_the_photo_itself() -> None:
    # 3 m to the photo's right, and turned to the right by a right angle.
    poses, unit_m = told_poses(shot(1.0), [shot(4.0, heading_deg=90.0)], [(0.5, 0.9), (0.6, 0.8)])
    assert unit_m == pytest.approx(3.0)
    np.testing.assert_allclose(poses[0], (0, 0, 0, 0, 0, 0, 1, 0.5, 0.9), atol=1e-6)
    half = math.sqrt(0.5)
    np.testing.assert_allclose(poses[1], (1, 0, 0, 0, half, 0, half, 0.6, 0.8), atol=1e-6)
    # y is down: the other's axis, its z, points to the photo's right, its x.
    np.testing.assert_allclose(
        Rotation.from_quat(poses[1, 3:7]).apply((0, 0, 1)), (1, 0, 0), atol=1e-6
    )


def test_the_unit_is_the_median_distance() -> None:
    angles = [(1.0, 1.0)] * 5
    beside = [shot(east_m) for east_m in (2.0, -1.0, 8.0, 4.0)]
    assert told_poses(shot(0.0), beside, angles)[1] == pytest.approx(2.0)
    # Photos from one place have no distance, and one is taken.
    assert told_poses(shot(0.0), [shot(0.0)], angles[:2])[1] == pytest.approx(0.1)


# --- what it gives ----------------------------------------------------------------------------


def given(seed: int, count: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of 2 by 3 patches and poses."""
    torch.manual_seed(seed)
    return torch.randn(count, 3, 28, 42), torch.randn(count, 9)


@on_one_thread()
def test_the_photos_beside_it_tell_by_picture_and_place_and_not_by_order(folder: Path) -> None:
    network = load_any_view(folder)
    pictures, poses = given(0)
    found, sure = network(pictures, poses)
    assert found.shape == sure.shape == (28, 42)
    assert (found > 0).all()
    assert (sure > 1).all()
    order = [0, 2, 1]
    torch.testing.assert_close(network(pictures[order], poses[order])[0], found, rtol=1e-4, atol=0)
    other_pictures, other_poses = given(1)
    for index in range(3):
        shown, told = pictures.clone(), poses.clone()
        shown[index], told[index] = other_pictures[index], other_poses[index]
        for changed in ((shown, poses), (pictures, told)):
            off = (network(*changed)[0] / found).log().abs()
            assert off.max() > 1e-3


@on_one_thread()
def test_where_patches_lie_in_the_picture_counts(folder: Path) -> None:
    network = load_any_view(folder)
    pictures, poses = given(0)
    found, _ = network(pictures, poses)
    # The patches of another photo in another order: without places this were all the same.
    moved = pictures.clone()
    moved[1] = torch.roll(pictures[1], 14, dims=2)
    assert ((network(moved, poses)[0] / found).log().abs() > 1e-4).any()


def test_depth_is_on_the_photos_grid_in_its_frames_metres(network: AnyViewDepth) -> None:
    places = (0.0, 1.0, -2.0)
    photo, *beside = [shot(place, seed=round(place)) for place in places]
    found = depth(network, photo, beside)
    assert found.shape == (42, 56)
    assert found.dtype == np.float32
    before = torch.get_num_threads()
    torch.set_num_threads(3 - min(before, 2))
    try:
        np.testing.assert_array_equal(depth(network, photo, beside), found)
    finally:
        torch.set_num_threads(before)
    large = [shot(place, seed=round(place), spread=3.0) for place in places]
    np.testing.assert_allclose(depth(network, large[0], large[1:]), 3 * found, rtol=1e-4)


def test_photos_of_other_shapes_are_cut_to_its_own(
    network: AnyViewDepth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldmap.depth.depth_anything_3._LONG_SIDE_PX", 56)
    upright = shot(1.0, size=(56, 42))
    middle = ColourPicture(
        # 42 by 31.5 pixels, as near as rows are.
        camera=Camera.centred(42, 32, upright.camera.fx_px),
        enu_from_cam=upright.enu_from_cam,
        rgb=upright.rgb[12:44],
    )
    photo = shot(0.0)
    found = depth(network, photo, [upright])
    assert found.shape == (42, 56)
    np.testing.assert_array_equal(found, depth(network, photo, [middle]))
    whole = depth(network, photo, [shot(1.0, size=(42, 56))])
    assert np.abs(np.log(whole / found)).max() > 1e-4


def test_numbers_that_are_no_depth_give_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldmap.depth.depth_anything_3._LONG_SIDE_PX", 56)
    tensors = any_view_tensors()
    tensors["model.head.scratch.output_conv2.2.bias"][0] = 200.0
    broken = AnyViewDepth(DepthSettings(da3_base_weights=str(save_any_view(tmp_path, tensors))))
    assert broken.depth(shot(0.0), [shot(1.0)]) is None


# --- its weights ------------------------------------------------------------------------------


def test_a_checkpoint_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    def loaded(name: str, tensors: dict[str, torch.Tensor]) -> None:
        load_any_view(save_any_view(tmp_path / name, tensors))

    for name in (
        "model.cam_enc.trunk.1.mlp.fc2.bias",
        "model.cam_dec.fc_fov.0.weight",  # what is not used as well
        "model.head.scratch.output_conv2_aux.3.5.bias",
        "model.backbone.pretrained.blocks.2.attn.k_norm.bias",
    ):
        tensors = any_view_tensors()
        del tensors[name]
        with pytest.raises(ModelError, match="1 tensors are missing"):
            loaded(name, tensors)
    for name in ("model.gs_head.norm.weight", "another.thing"):
        with pytest.raises(ModelError, match="1 tensors are unknown"):
            loaded(name, any_view_tensors() | {name: torch.zeros(3)})
    odd = any_view_tensors()
    odd["model.cam_dec.fc_t.weight"] = torch.zeros(2, 128)
    with pytest.raises(ModelError, match="do not fit"):
        loaded("odd", odd)
    with pytest.raises(ModelError, match="holds no any-view Depth Anything 3"):
        loaded("none", {"model.head.norm.weight": torch.zeros(3)})
    # The norm that all levels share may be there once or for each.
    shared = any_view_tensors()
    for level in (1, 2, 3):
        shared[SHARED.format(level)] = shared[SHARED.format(0)].clone()
    loaded("shared", shared)


def test_a_plan_that_the_network_does_not_have_is_refused(folder: Path, tmp_path: Path) -> None:
    text = (save_any_view(tmp_path) / "config.json").read_text()
    for told, other in (
        ("[0, 1, 2, 3]", "[0, 1, 2, 9]"),
        ('"cat_token": true', '"cat_token": false'),
    ):
        (tmp_path / "config.json").write_text(text.replace(told, other))
        with pytest.raises(ModelError, match="holds no any-view Depth Anything 3"):
            load_any_view(tmp_path)


def test_it_is_listed_and_installed_like_the_others(folder: Path, tmp_path: Path) -> None:
    settings = DepthSettings(models_dir=tmp_path / "models")
    with pytest.raises(ModelError, match="no da3-base weights on this machine"):
        AnyViewDepth(settings)
    source = model_source("da3-base")
    assert (source.finds, source.licence) == ("refined depth", "Apache-2.0")
    done = import_model("da3-base", folder, settings)
    model = AnyViewDepth(settings).model
    assert (model.name, model.licence) == ("da3-base", "Apache-2.0")
    assert model.weights_hash == done.weights_hash
    with pytest.raises(ModelError, match="holds a da3-base model, not da3metric-large"):
        import_model("depth-anything-3", folder, settings)
