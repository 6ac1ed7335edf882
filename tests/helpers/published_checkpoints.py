"""Tiny checkpoints of random numbers with the names that the published ones have, written down from
their descriptions: no code of ours says them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

CHANNELS, DEPTH, PATCH_PX, GRID = 64, 4, 14, 2
_WIDTHS = (32, 16, 16, 8, 8)
_STACK = {
    "dim_res_blocks": list(_WIDTHS),
    "num_res_blocks": [0, 1, 1, 1, 0],
    "res_block_in_norm": "none",
    "res_block_hidden_norm": "none",
    "resamplers": ["conv_transpose", "conv_transpose", "conv_transpose", "bilinear"],
}
MOGE_CONFIG: dict[str, Any] = {
    "encoder": {"backbone": "dinov2_vitl14", "intermediate_layers": [1, 3], "dim_out": 30},
    "neck": {**_STACK, "dim_in": [32, 2, 2, 2, 2], "dim_out": None},
    "points_head": {**_STACK, "dim_in": list(_WIDTHS), "dim_out": [None] * 4 + [3]},
    "normal_head": {**_STACK, "dim_in": list(_WIDTHS), "dim_out": [None] * 4 + [3]},
    "mask_head": {**_STACK, "dim_in": list(_WIDTHS), "dim_out": [None] * 4 + [1]},
    "scale_head": {"dims": [CHANNELS, CHANNELS, CHANNELS, 1]},
    "remap_output": "exp",
    "num_tokens_range": [6, 12],
}

Shapes = dict[str, tuple[int, ...]]


def _layer(name: str, *weight: int, bias: int | None = None) -> Shapes:
    return {f"{name}.weight": weight, f"{name}.bias": (weight[0] if bias is None else bias,)}


def vit_shapes(prefix: str, *, mask_token: bool) -> Shapes:
    """Of a DINOv2."""
    c = CHANNELS
    shapes: Shapes = {
        "cls_token": (1, 1, c),
        "pos_embed": (1, 1 + GRID**2, c),
        **_layer("patch_embed.proj", c, 3, PATCH_PX, PATCH_PX),
        **_layer("norm", c),
    }
    if mask_token:
        shapes["mask_token"] = (1, c)
    for i in range(DEPTH):
        shapes |= {
            **_layer(f"blocks.{i}.norm1", c),
            **_layer(f"blocks.{i}.norm2", c),
            **_layer(f"blocks.{i}.attn.qkv", 3 * c, c),
            **_layer(f"blocks.{i}.attn.proj", c, c),
            **_layer(f"blocks.{i}.mlp.fc1", 2 * c, c),
            **_layer(f"blocks.{i}.mlp.fc2", c, 2 * c),
            f"blocks.{i}.ls1.gamma": (c,),
            f"blocks.{i}.ls2.gamma": (c,),
        }
    return {prefix + name: shape for name, shape in shapes.items()}


def _stack_shapes(prefix: str, config: dict[str, Any]) -> Shapes:
    shapes: Shapes = {}
    widths = config["dim_res_blocks"]
    for i, width in enumerate(widths):
        shapes |= _layer(f"input_blocks.{i}", width, config["dim_in"][i], 1, 1)
        if config["dim_out"] is not None and config["dim_out"][i] is not None:
            shapes |= _layer(f"output_blocks.{i}", config["dim_out"][i], width, 1, 1)
        for j in range(config["num_res_blocks"][i]):
            for conv in (2, 5):
                shapes |= _layer(f"res_blocks.{i}.{j}.layers.{conv}", width, width, 3, 3)
    for i, (a, b) in enumerate(pairwise(widths)):
        if config["resamplers"][i] == "conv_transpose":
            shapes |= _layer(f"resamplers.{i}.0", a, b, 2, 2, bias=b)
            shapes |= _layer(f"resamplers.{i}.1", b, b, 3, 3)
        else:
            shapes |= _layer(f"resamplers.{i}.1", b, a, 3, 3)
    return {f"{prefix}.{name}": shape for name, shape in shapes.items()}


def moge_tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    """A MoGe-2: points about 1 away whose mask leaves nothing out."""
    shapes = vit_shapes("encoder.backbone.", mask_token=True)
    for i in range(2):
        shapes |= _layer(f"encoder.output_projections.{i}", 30, CHANNELS, 1, 1)
    for name in ("neck", "points_head", "normal_head", "mask_head"):
        shapes |= _stack_shapes(name, MOGE_CONFIG[name])
    for i in (0, 2, 4):
        width = 1 if i == 4 else CHANNELS
        shapes |= _layer(f"scale_head.{i}", width, CHANNELS)
    tensors = _random(shapes, seed)
    tensors["encoder.image_mean"] = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    tensors["encoder.image_std"] = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    tensors["mask_head.output_blocks.4.bias"] += 9.0
    tensors["scale_head.4.bias"] += 1.0
    return tensors


def save_moge(path: Path, tensors: dict[str, torch.Tensor] | None = None) -> Path:
    """As the hub has it: one `model.pt`."""
    torch.save({"model_config": MOGE_CONFIG, "model": tensors or moge_tensors()}, path)
    return path


def depth_anything_3_tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    """A metric Depth Anything 3."""
    features = 16
    head = _pyramid_shapes("", CHANNELS, (16, 16, 32, 32), features)
    for name in ("scratch.output_conv2", "scratch.sky_output_conv2"):
        head |= _layer(f"{name}.0", 32, features // 2, 3, 3)
        head |= _layer(f"{name}.2", 1, 32, 1, 1)
    shapes = vit_shapes("model.backbone.pretrained.", mask_token=False)
    shapes |= {f"model.head.{name}": shape for name, shape in head.items()}
    return _random(shapes, seed)


def save_depth_anything_3(folder: Path, tensors: dict[str, torch.Tensor] | None = None) -> Path:
    """As the hub has it: configuration and safetensors."""
    config = {"model_name": "da3metric-large", "config": {"net": {"out_layers": [0, 1, 2, 3]}}}
    return _save(folder, config, tensors or depth_anything_3_tensors())


def any_view_tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    """A Depth Anything 3 for several photos."""
    c, features, widths = CHANNELS, 16, (16, 16, 32, 32)
    vit = vit_shapes("backbone.pretrained.", mask_token=False)
    vit["backbone.pretrained.camera_token"] = (1, 2, c)
    for i in range(1, DEPTH):
        for norm in ("q_norm", "k_norm"):
            vit |= _layer(f"backbone.pretrained.blocks.{i}.attn.{norm}", c)
    head = _layer("norm", 2 * c) | _pyramid_shapes("", 2 * c, widths, features)
    aux = _pyramid_shapes("_aux", 2 * c, widths, features)
    head |= {name: shape for name, shape in aux.items() if "_aux" in name}
    head |= _layer("scratch.output_conv2.0", 32, features // 2, 3, 3)
    head |= _layer("scratch.output_conv2.2", 2, 32, 1, 1)
    for level in range(4):
        for conv in range(5):
            out, into = (features // 2, features) if conv % 2 == 0 else (features, features // 2)
            head |= _layer(f"scratch.output_conv1_aux.{level}.{conv}", out, into, 3, 3)
        head |= _layer(f"scratch.output_conv2_aux.{level}.0", 32, features // 2, 3, 3)
        head |= _layer(f"scratch.output_conv2_aux.{level}.5", 7, 32, 1, 1)
    head |= _layer("scratch.output_conv2_aux.0.2", 32)  # one for all levels
    camera = _layer("token_norm", c) | _layer("trunk_norm", c)
    camera |= _layer("pose_branch.fc1", c // 2, 9) | _layer("pose_branch.fc2", c, c // 2)
    for name, shape in vit_shapes("", mask_token=False).items():
        if name.startswith(("blocks.0.", "blocks.1.")):
            camera[name.replace("blocks", "trunk")] = shape
    decoder = _layer("backbone.0", 2 * c, 2 * c) | _layer("backbone.2", 2 * c, 2 * c)
    decoder |= _layer("fc_t", 3, 2 * c) | _layer("fc_qvec", 4, 2 * c) | _layer("fc_fov.0", 2, 2 * c)
    shapes = vit
    for part, own in (("head", head), ("cam_enc", camera), ("cam_dec", decoder)):
        shapes |= {f"{part}.{name}": shape for name, shape in own.items()}
    tensors = _random({f"model.{name}": shape for name, shape in shapes.items()}, seed)
    for name, tensor in tensors.items():
        # So that what is far away in the network is still felt.
        if tensor.ndim == 1 and name.endswith((".weight", ".gamma")):
            tensor += 1.0
    return tensors


def save_any_view(folder: Path, tensors: dict[str, torch.Tensor] | None = None) -> Path:
    """As the hub has it: configuration and safetensors."""
    net = {"out_layers": [0, 1, 2, 3], "alt_start": 0, "qknorm_start": 1, "rope_start": 1}
    config = {"model_name": "da3-base", "config": {"net": {**net, "cat_token": True}}}
    return _save(folder, config, tensors or any_view_tensors())


def _save(folder: Path, config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> Path:
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors")
    return folder


def _pyramid_shapes(chain: str, given: int, widths: tuple[int, ...], features: int) -> Shapes:
    """Of a dense head whose chain of fusions has names that end so."""
    head: Shapes = {}
    for i, width in enumerate(widths):
        head |= _layer(f"projects.{i}", width, given, 1, 1)
        head[f"scratch.layer{i + 1}_rn.weight"] = (features, width, 3, 3)
        head |= _layer(f"scratch.refinenet{i + 1}{chain}.out_conv", features, features, 1, 1)
        for unit in (1, 2):
            for conv in (1, 2):
                if (i, unit) != (3, 1):  # the coarsest has nothing to add to
                    name = f"scratch.refinenet{i + 1}{chain}.resConfUnit{unit}.conv{conv}"
                    head |= _layer(name, features, features, 3, 3)
    head |= _layer("resize_layers.0", widths[0], widths[0], 4, 4)
    head |= _layer("resize_layers.1", widths[1], widths[1], 2, 2)
    head |= _layer("resize_layers.3", widths[3], widths[3], 3, 3)
    return head | _layer("scratch.output_conv1", features // 2, features, 3, 3)


def _random(shapes: Shapes, seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    made = {}
    for name, shape in sorted(shapes.items()):
        fan_in = max(1, torch.Size(shape).numel() // shape[0])
        made[name] = torch.randn(shape) / fan_in**0.5 if len(shape) > 1 else torch.randn(shape) / 9
    return made
