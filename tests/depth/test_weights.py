"""Weights: listing, fetching, importing, Apple's checkpoint."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.helpers.depth_makers import (
    TINY_DEPTH_PRO,
    photo_of,
    picture,
    tiny_depth_anything,
    tiny_depth_pro,
)
from worldmap.config import DepthSettings
from worldmap.depth import apple_checkpoint, open_estimator
from worldmap.depth.apple_checkpoint import APPLE_CONFIG, converted_tensors
from worldmap.depth.pins import PINS, Pin
from worldmap.depth.weights import (
    fetch_model,
    find_weights,
    import_model,
    list_models,
    model_source,
    models_dir,
    sources,
    weights_hash,
)
from worldmap.errors import MissingPathError, ModelError, UsageError


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    tiny_depth_pro().save_pretrained(folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DepthSettings:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return DepthSettings(models_dir=tmp_path / "models")


# --- Apple's names, written down from its modules, independently of the converter ----------------


def apple_block(at: str) -> dict[str, tuple[int, ...]]:
    names: dict[str, tuple[int, ...]] = {}
    for norm in ("norm1", "norm2"):
        names |= {f"{at}.{norm}.weight": (1024,), f"{at}.{norm}.bias": (1024,)}
    names |= {f"{at}.ls1.gamma": (1024,), f"{at}.ls2.gamma": (1024,)}
    for part, shape in (
        ("attn.qkv", (3072, 1024)), ("attn.proj", (1024, 1024)),
        ("mlp.fc1", (4096, 1024)), ("mlp.fc2", (1024, 4096)),
    ):  # fmt: skip
        names |= {f"{at}.{part}.weight": shape, f"{at}.{part}.bias": shape[:1]}
    return names


def apple_names(layers: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors in depth_pro.pt: three ViT-L/16 at 384 px and the rest."""
    w, b = ".weight", ".bias"
    names: dict[str, tuple[int, ...]] = {}
    for vit in ("encoder.patch_encoder", "encoder.image_encoder", "fov.encoder.0"):
        names |= {f"{vit}.cls_token": (1, 1, 1024), f"{vit}.pos_embed": (1, 577, 1024)}
        names |= {
            f"{vit}.patch_embed.proj{w}": (1024, 3, 16, 16),
            f"{vit}.patch_embed.proj{b}": (1024,),
        }
        for k in range(layers):
            names |= apple_block(f"{vit}.blocks.{k}")
        names |= {f"{vit}.norm{w}": (1024,), f"{vit}.norm{b}": (1024,)}
    for block, dims, ups in (
        ("upsample_latent0", (256, 256), 3), ("upsample_latent1", (256, 256), 2),
        ("upsample0", (512, 512), 1), ("upsample1", (1024, 1024), 1),
        ("upsample2", (1024, 1024), 1),
    ):  # fmt: skip
        names[f"encoder.{block}.0{w}"] = (dims[0], 1024, 1, 1)
        for up in range(ups):
            names[f"encoder.{block}.{up + 1}{w}"] = (dims[0] if up == 0 else dims[1], dims[1], 2, 2)
    names |= {
        f"encoder.upsample_lowres{w}": (1024, 1024, 2, 2),
        f"encoder.upsample_lowres{b}": (1024,),
    }
    names |= {f"encoder.fuse_lowres{w}": (1024, 2048, 1, 1), f"encoder.fuse_lowres{b}": (1024,)}
    for level, dim in ((1, 256), (2, 512), (3, 1024), (4, 1024)):
        names[f"decoder.convs.{level}{w}"] = (256, dim, 3, 3)
    for level in range(5):
        at = f"decoder.fusions.{level}"
        for resnet in ("resnet1", "resnet2"):
            for place in (1, 3):
                names |= {f"{at}.{resnet}.residual.{place}{w}": (256, 256, 3, 3)}
                names |= {f"{at}.{resnet}.residual.{place}{b}": (256,)}
        if level:
            names[f"{at}.deconv{w}"] = (256, 256, 2, 2)
        names |= {f"{at}.out_conv{w}": (256, 256, 1, 1), f"{at}.out_conv{b}": (256,)}
    for place, shape, bias in (
        (0, (128, 256, 3, 3), 128), (1, (128, 128, 2, 2), 128), (2, (32, 128, 3, 3), 32),
        (4, (1, 32, 1, 1), 1),
    ):  # fmt: skip
        names |= {f"head.{place}{w}": shape, f"head.{place}{b}": (bias,)}
    names |= {f"fov.encoder.1{w}": (128, 1024), f"fov.encoder.1{b}": (128,)}
    names |= {f"fov.downsample.0{w}": (128, 256, 3, 3), f"fov.downsample.0{b}": (128,)}
    for place, shape in ((0, (64, 128, 3, 3)), (2, (32, 64, 3, 3)), (4, (1, 32, 6, 6))):
        names |= {f"fov.head.{place}{w}": shape, f"fov.head.{place}{b}": shape[:1]}
    return names


def test_every_tensor_of_the_published_network_gets_its_name_and_shape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from transformers import DepthProConfig, DepthProForDepthEstimation

    config = DepthProConfig(**{k: v for k, v in APPLE_CONFIG.items() if k != "architectures"})
    with torch.device("meta"):
        network = DepthProForDepthEstimation(config)
        apple = {name: torch.empty(shape) for name, shape in apple_names(24).items()}
    assert sum(tensor.numel() for tensor in apple.values()) == pytest.approx(952e6, rel=0.001)
    found = {name: tuple(t.shape) for name, t in converted_tensors(apple).items()}
    expected = {_on_disk(name): tuple(t.shape) for name, t in network.state_dict().items()}
    assert found == expected


def _on_disk(name: str) -> str:
    """Name in the published checkpoint of a tensor; transformers 5 has others in memory."""
    for short, part in (("q_proj", "query"), ("k_proj", "key"), ("v_proj", "value")):
        name = name.replace(f".attention.{short}.", f".attention.attention.{part}.")
    return name.replace(".attention.o_proj.", ".attention.output.dense.")


def as_apple(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A Hugging Face checkpoint under Apple's names: the test's own way back."""
    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        name = name.replace("fov_model.fov_encoder.model.", "fov.encoder.0.")
        name = re.sub(
            r"depth_pro\.encoder\.(patch|image)_encoder\.model\.", r"encoder.\1_encoder.", name
        )
        name = name.replace("embeddings.cls_token", "cls_token")
        name = name.replace("embeddings.position_embeddings", "pos_embed")
        name = name.replace("embeddings.patch_embeddings.projection", "patch_embed.proj")
        name = name.replace("layernorm", "norm").replace("encoder.layer.", "blocks.")
        name = name.replace("attention.output.dense", "attn.proj")
        name = re.sub(r"layer_scale(\d)\.lambda1", r"ls\1.gamma", name)
        neck = "depth_pro.neck."
        name = name.replace(
            f"{neck}feature_upsample.image_block.layers.0", "encoder.upsample_lowres"
        )
        for k in (0, 1):
            name = name.replace(
                f"{neck}feature_upsample.intermediate.{k}.layers", f"encoder.upsample_latent{1 - k}"
            )
        for k in (0, 1, 2):
            name = name.replace(
                f"{neck}feature_upsample.scaled_images.{k}.layers", f"encoder.upsample{2 - k}"
            )
        name = name.replace(f"{neck}fuse_image_with_low_res", "encoder.fuse_lowres")
        for k in range(5):
            name = name.replace(
                f"{neck}feature_projection.projections.{k}", f"decoder.convs.{4 - k}"
            )
            name = name.replace(f"fusion_stage.intermediate.{k}.", f"decoder.fusions.{4 - k}.")
        name = name.replace("fusion_stage.final.", "decoder.fusions.0.")
        for k in (1, 2):
            name = name.replace(f"residual_layer{k}.convolution1", f"resnet{k}.residual.1")
            name = name.replace(f"residual_layer{k}.convolution2", f"resnet{k}.residual.3")
        if name.startswith("decoder.fusions"):
            name = name.replace("projection.", "out_conv.")
        name = name.replace("fov_model.fov_encoder.neck", "fov.encoder.1")
        name = name.replace("fov_model.conv", "fov.downsample.0")
        name = name.replace("fov_model.head.layers", "fov.head").replace("head.layers", "head")
        found[name] = tensor
    for name in [n for n in found if ".attention.attention.query." in n]:
        parts = [found.pop(name.replace("query", part)) for part in ("query", "key", "value")]
        found[name.replace("attention.attention.query", "attn.qkv")] = torch.cat(parts)
    return found


@pytest.fixture
def apple_file(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny network as Apple would have saved it; the importer is told its size."""
    monkeypatch.setattr(apple_checkpoint, "APPLE_CONFIG", TINY_DEPTH_PRO)
    path = tmp_path / "depth_pro.pt"
    torch.save(as_apple(load_file(tiny_folder / "model.safetensors")), path)
    return path


def test_apples_checkpoint_becomes_the_same_network(
    apple_file: Path, tiny_folder: Path, settings: DepthSettings
) -> None:
    installed = import_model("depth-pro", apple_file, settings)
    assert installed.folder == models_dir(settings) / "depth-pro"
    ours = load_file(installed.folder / "model.safetensors")
    theirs = load_file(tiny_folder / "model.safetensors")
    assert set(ours) == set(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    rgb = picture(90, 120)
    found = open_estimator("depth-pro", settings).estimate(photo_of(rgb), rgb)
    direct = DepthSettings(depth_pro_weights=str(tiny_folder))
    expected = open_estimator("depth-pro", direct).estimate(photo_of(rgb), rgb)
    np.testing.assert_array_equal(found.depth_m, expected.depth_m)
    assert found.model.weights_hash == installed.weights_hash


def _nothing_left(settings: DepthSettings) -> None:
    assert not any(models_dir(settings).iterdir())
    assert find_weights("depth-pro", settings) is None


def test_apples_checkpoint_with_a_tensor_missing_is_refused(
    apple_file: Path, settings: DepthSettings
) -> None:
    tensors = torch.load(apple_file)
    del tensors["encoder.fuse_lowres.weight"]
    torch.save(tensors, apple_file)
    with pytest.raises(ModelError, match="fuse_image_with_low_res"):
        import_model("depth-pro", apple_file, settings)
    _nothing_left(settings)


def test_apples_checkpoint_with_an_unknown_tensor_is_refused(
    apple_file: Path, settings: DepthSettings
) -> None:
    torch.save({**torch.load(apple_file), "encoder.extra.weight": torch.zeros(3)}, apple_file)
    with pytest.raises(ModelError, match=r"encoder\.extra"):
        import_model("depth-pro", apple_file, settings)
    _nothing_left(settings)


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("pwned"),))


@pytest.mark.parametrize("content", ["text", "code", "list", "nested"])
def test_files_that_are_no_checkpoint_are_refused_and_run_no_code(
    tmp_path: Path, settings: DepthSettings, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "depth_pro.pt"
    if content == "text":
        path.write_text("hello")
    else:
        things: dict[str, Any] = {"code": {"a": _Evil()}, "list": [1, 2], "nested": {"m": {"a": 1}}}
        torch.save(things[content], path)
    with pytest.raises(ModelError, match=r"depth_pro\.pt") as caught:
        import_model("depth-pro", path, settings)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "pwned").exists()
    _nothing_left(settings)


# --- installing ----------------------------------------------------------------------------------


def test_folder_is_imported_listed_and_found(tiny_folder: Path, settings: DepthSettings) -> None:
    assert [m.folder for m in list_models(settings)] == [None] * len(list(sources()))
    installed = import_model("depth-pro", tiny_folder, settings)
    listed = {m.source.name: m for m in list_models(settings)}
    assert listed["depth-pro"] == installed
    assert listed["depth-anything"].folder is None
    assert installed.weights_hash == weights_hash(tiny_folder)
    manifest = json.loads((installed.folder / "worldmap.json").read_text())  # type: ignore[operator]
    assert "research" in manifest["licence"]
    for name in ("depth-pro", "apple/DepthPro-hf"):
        assert find_weights(name, settings) == installed.folder


def test_importing_again_replaces(
    tiny_folder: Path, tmp_path: Path, settings: DepthSettings
) -> None:
    first = import_model("depth-pro", tiny_folder, settings)
    other = tmp_path / "other"
    tiny_depth_pro(bias=0.07).save_pretrained(other)
    second = import_model("depth-pro", other, settings)
    assert second.folder == first.folder
    assert second.weights_hash != first.weights_hash
    assert [p.name for p in models_dir(settings).iterdir()] == ["depth-pro"]


def test_hash_is_computed_anew_when_the_files_change(
    tiny_folder: Path, tmp_path: Path, settings: DepthSettings
) -> None:
    installed = import_model("depth-pro", tiny_folder, settings)
    other = tmp_path / "other"
    tiny_depth_pro(bias=0.07).save_pretrained(other)
    shutil.copyfile(other / "model.safetensors", installed.folder / "model.safetensors")  # type: ignore[operator]
    assert weights_hash(installed.folder) == weights_hash(other) != installed.weights_hash  # type: ignore[arg-type]


def test_wrong_model_is_refused_and_the_old_one_stays(
    tiny_folder: Path, tmp_path: Path, settings: DepthSettings
) -> None:
    installed = import_model("depth-pro", tiny_folder, settings)
    tiny_depth_anything().save_pretrained(tmp_path / "da")
    for path, error in (
        (tmp_path / "da", ModelError),
        (tmp_path, ModelError),
        (tmp_path / "nowhere", MissingPathError),
    ):
        with pytest.raises(error, match=re.escape(path.name)):
            import_model("depth-pro", path, settings)
    assert find_weights("depth-pro", settings) == installed.folder


def test_fetch_needs_the_licence_accepted(
    settings: DepthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("asked"))
    with pytest.raises(ModelError, match="licence"):
        fetch_model("depth-pro", settings, accept_licence=False)
    assert "research purposes only" in model_source("depth-pro").notice


def told_by_the_hub(folder: Path) -> Callable[..., Any]:
    """What the hub would say of a repository with this folder's files."""
    files = [
        SimpleNamespace(
            rfilename=path.name,
            lfs=SimpleNamespace(sha256=hashlib.sha256(path.read_bytes()).hexdigest())
            if path.suffix == ".safetensors"
            else None,
        )
        for path in folder.iterdir()
    ]
    return lambda *_, **__: SimpleNamespace(sha="c0ffee", siblings=files)


@pytest.mark.parametrize("what", ["other weights", "another file"])
def test_weights_that_are_not_the_pinned_ones_are_not_installed(
    what: str, tmp_path: Path, settings: DepthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Depth Anything's revision and hashes are ours, whatever the hub gives."""
    asked: list[str] = []

    def download(_: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        asked.append(revision)
        tiny_depth_anything().save_pretrained(local_dir)
        if what == "another file":
            shutil.copyfile(local_dir / "model.safetensors", local_dir / "more.safetensors")

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.snapshot_download", download)
        with pytest.raises(ModelError, match=r"model\.safetensors is not|more\.safetensors"):
            fetch_model("depth-anything", settings, accept_licence=True)
    assert asked == ["fd2c22027eaf20374204f14099b8341e1925ad39"]
    _nothing_left(settings)


def test_pins_are_whole() -> None:
    for hub_id, pin in PINS.items():
        assert model_source(hub_id).hub_id == hub_id
        assert re.fullmatch("[0-9a-f]{40}", pin.revision)
        assert "model.safetensors" in pin.sha256
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in pin.sha256.values())


def test_fetch_installs_what_the_hub_gives(
    tiny_folder: Path, settings: DepthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def download(hub_id: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        asked.append((hub_id, revision))
        assert "*.safetensors" in allow_patterns
        for file in tiny_folder.iterdir():
            shutil.copyfile(file, local_dir / file.name)
        (local_dir / ".cache").mkdir()

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", told_by_the_hub(tiny_folder))
    installed = fetch_model("depth-pro", settings, accept_licence=True)
    assert asked == [("apple/DepthPro-hf", "c0ffee")]
    manifest = json.loads((installed.folder / "worldmap.json").read_text())  # type: ignore[operator]
    assert manifest["origin"] == "hub:apple/DepthPro-hf@c0ffee"
    assert not (installed.folder / ".cache").exists()  # type: ignore[operator]
    assert find_weights("depth-pro", settings) == installed.folder


def test_fetch_converts_what_the_hub_has_as_one_file(
    settings: DepthSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """MoGe-2 lies there as a `model.pt`: nothing of it is installed as it is."""
    from tests.helpers.published_checkpoints import save_moge

    digest = hashlib.sha256(save_moge(tmp_path / "model.pt").read_bytes()).hexdigest()

    def download(_: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        assert "model.pt" in allow_patterns
        shutil.copyfile(tmp_path / "model.pt", local_dir / "model.pt")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    for told, works in (("0" * 64, False), (digest, True)):
        pin = Pin(revision="c0ffee", sha256={"model.pt": told})
        monkeypatch.setattr("worldmap.depth.weights.pin_of", lambda _, pin=pin: pin)
        if works:
            folder = fetch_model("moge-small", settings, accept_licence=True).folder
            assert folder is not None
            assert {path.name for path in folder.iterdir()} == {
                "config.json", "model.safetensors", "worldmap.json",
            }  # fmt: skip
        else:
            with pytest.raises(ModelError, match="not what it should be"):
                fetch_model("moge-small", settings, accept_licence=True)


def test_broken_download_leaves_nothing(
    settings: DepthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(
        _hub_id: str, *, revision: str, local_dir: Path, allow_patterns: list[str]
    ) -> None:
        (local_dir / "config.json").write_text("{}")
        raise ConnectionError("no route\nto host")

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.snapshot_download", download)
        patch.setattr("worldmap.depth.weights.pin_of", lambda _: Pin(revision="c0ffee", sha256={}))
        with pytest.raises(ModelError, match="no route to host"):
            fetch_model("depth-pro", settings, accept_licence=True)
    _nothing_left(settings)


def test_nothing_but_fetch_reaches_for_the_network(
    settings: DepthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("reached for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert find_weights("depth-pro", settings) is None
    assert find_weights("someone/some-model", settings) is None
    assert all(model.folder is None for model in list_models(settings))
    for name in ("depth-pro", "depth-anything"):
        with pytest.raises(ModelError, match=f"worldmap models fetch {name}"):
            open_estimator(name, settings)


def test_unknown_model_lists_the_known_ones(settings: DepthSettings) -> None:
    with pytest.raises(UsageError, match="depth-anything-indoor"):
        fetch_model("midas", settings, accept_licence=True)


def test_models_dir_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLDMAP_MODELS", str(tmp_path / "a"))
    assert models_dir(DepthSettings()) == tmp_path / "a"
    assert models_dir(DepthSettings(models_dir=tmp_path / "b")) == tmp_path / "b"
    monkeypatch.delenv("WORLDMAP_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert models_dir(DepthSettings()) == tmp_path / "c" / "worldmap" / "models"
