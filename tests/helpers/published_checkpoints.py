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
    widths, features = (16, 16, 32, 32), 16
    head: Shapes = {}
    for i, width in enumerate(widths):
        head |= _layer(f"projects.{i}", width, CHANNELS, 1, 1)
        head[f"scratch.layer{i + 1}_rn.weight"] = (features, width, 3, 3)
        head |= _layer(f"scratch.refinenet{i + 1}.out_conv", features, features, 1, 1)
        for unit in (1, 2):
            for conv in (1, 2):
                if (i, unit) != (3, 1):  # the coarsest has nothing to add to
                    name = f"scratch.refinenet{i + 1}.resConfUnit{unit}.conv{conv}"
                    head |= _layer(name, features, features, 3, 3)
    head |= _layer("resize_layers.0", widths[0], widths[0], 4, 4)
    head |= _layer("resize_layers.1", widths[1], widths[1], 2, 2)
    head |= _layer("resize_layers.3", widths[3], widths[3], 3, 3)
    head |= _layer("scratch.output_conv1", features // 2, features, 3, 3)
    for name in ("scratch.output_conv2", "scratch.sky_output_conv2"):
        head |= _layer(f"{name}.0", 32, features // 2, 3, 3)
        head |= _layer(f"{name}.2", 1, 32, 1, 1)
    shapes = vit_shapes("model.backbone.pretrained.", mask_token=False)
    shapes |= {f"model.head.{name}": shape for name, shape in head.items()}
    return _random(shapes, seed)


def save_depth_anything_3(folder: Path, tensors: dict[str, torch.Tensor] | None = None) -> Path:
    """As the hub has it: configuration and safetensors."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_name": "da3metric-large", "config": {"net": {"out_layers": [0, 1, 2, 3]}}}
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors or depth_anything_3_tensors(), folder / "model.safetensors")
    return folder


def _random(shapes: Shapes, seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    made = {}
    for name, shape in sorted(shapes.items()):
        fan_in = max(1, torch.Size(shape).numel() // shape[0])
        made[name] = torch.randn(shape) / fan_in**0.5 if len(shape) > 1 else torch.randn(shape) / 9
    return made
