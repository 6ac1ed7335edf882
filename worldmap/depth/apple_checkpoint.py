"""Apple's `depth_pro.pt` as a Hugging Face checkpoint folder.

Both hold the same network under other names. The names on Apple's side follow from the modules of
github.com/apple/ml-depth-pro (a timm ViT thrice, an encoder, a decoder, two heads); those on the
other side are the ones of the published `apple/DepthPro-hf`, which every transformers that has the
network reads. Apple counts levels from the finest to the coarsest, transformers the other way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from worldmap.errors import ModelError

_BACKBONE: Final = {
    "model_type": "dinov2",
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "mlp_ratio": 4,
    "patch_size": 16,
    "image_size": 384,
    "use_mask_token": False,
}
APPLE_CONFIG: Final[dict[str, Any]] = {
    "architectures": ["DepthProForDepthEstimation"],
    "model_type": "depth_pro",
    "patch_size": 384,
    "fusion_hidden_size": 256,
    "intermediate_hook_ids": [11, 5],
    "intermediate_feature_dims": [256, 256],
    "scaled_images_ratios": [0.25, 0.5, 1],
    "scaled_images_overlap_ratios": [0.0, 0.5, 0.25],
    "scaled_images_feature_dims": [1024, 1024, 512],
    "merge_padding_value": 3,
    "use_fov_model": True,
    "num_fov_head_layers": 2,
    "patch_model_config": _BACKBONE,
    "image_model_config": _BACKBONE,
    "fov_model_config": _BACKBONE,
}
"""config.json of the published network."""

_COARSEST = 4  # Apple's index of the coarsest of the five levels of the decoder
_VITS: Final = {
    "encoder.patch_encoder.": "depth_pro.encoder.patch_encoder.model.",
    "encoder.image_encoder.": "depth_pro.encoder.image_encoder.model.",
    "fov.encoder.0.": "fov_model.fov_encoder.model.",
}
_IN_VIT: Final = (
    (r"cls_token", "embeddings.cls_token"),
    (r"pos_embed", "embeddings.position_embeddings"),
    (r"patch_embed\.proj\.(\w+)", r"embeddings.patch_embeddings.projection.\1"),
    (r"blocks\.(\d+)\.norm([12])\.(\w+)", r"encoder.layer.\1.norm\2.\3"),
    (r"blocks\.(\d+)\.attn\.proj\.(\w+)", r"encoder.layer.\1.attention.output.dense.\2"),
    (r"blocks\.(\d+)\.ls([12])\.gamma", r"encoder.layer.\1.layer_scale\2.lambda1"),
    (r"blocks\.(\d+)\.mlp\.fc([12])\.(\w+)", r"encoder.layer.\1.mlp.fc\2.\3"),
    (r"norm\.(\w+)", r"layernorm.\1"),
)
_QKV: Final = re.compile(r"blocks\.(\d+)\.attn\.qkv\.(\w+)")
_NECK: Final = "depth_pro.neck.feature_upsample"


def _fusion(match: re.Match[str]) -> str:
    level = int(match[1])
    layer = "final" if level == 0 else f"intermediate.{_COARSEST - level}"
    return f"fusion_stage.{layer}.{match[2]}"


def _convolution(match: re.Match[str]) -> str:
    # Inside a residual block ReLU and convolution take turns: places 1 and 3 are convolutions.
    return f"residual_layer{match[1]}.convolution{(int(match[2]) + 1) // 2}.{match[3]}"


_ELSEWHERE: Final[tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]] = (
    (r"encoder\.upsample_lowres\.(\w+)", rf"{_NECK}.image_block.layers.0.\1"),
    (
        r"encoder\.upsample_latent([01])\.(\d)\.(\w+)",
        lambda m: f"{_NECK}.intermediate.{1 - int(m[1])}.layers.{m[2]}.{m[3]}",
    ),
    (
        r"encoder\.upsample([012])\.(\d)\.(\w+)",
        lambda m: f"{_NECK}.scaled_images.{2 - int(m[1])}.layers.{m[2]}.{m[3]}",
    ),
    (r"encoder\.fuse_lowres\.(\w+)", r"depth_pro.neck.fuse_image_with_low_res.\1"),
    (
        r"decoder\.convs\.([0-4])\.weight",
        lambda m: f"depth_pro.neck.feature_projection.projections.{_COARSEST - int(m[1])}.weight",
    ),
    (r"decoder\.fusions\.([0-4])\.(.+)", _fusion),
    (r"head\.(\d)\.(\w+)", r"head.layers.\1.\2"),
    (r"fov\.encoder\.1\.(\w+)", r"fov_model.fov_encoder.neck.\1"),
    (r"fov\.downsample\.0\.(\w+)", r"fov_model.conv.\1"),
    (r"fov\.head\.(\d)\.(\w+)", r"fov_model.head.layers.\1.\2"),
)


def converted_name(name: str) -> str | None:
    """The Hugging Face name of one of Apple's tensors, None for a name that Apple's model does not
    have. `…attn.qkv…` stands for three tensors and gets `{}` in the place that tells them apart."""
    for apple, ours in _VITS.items():
        if name.startswith(apple):
            inner = name.removeprefix(apple)
            if match := _QKV.fullmatch(inner):
                return f"{ours}encoder.layer.{match[1]}.attention.attention.{{}}.{match[2]}"
            for pattern, replacement in _IN_VIT:
                if match := re.fullmatch(pattern, inner):
                    return ours + match.expand(replacement)
    for pattern, target in _ELSEWHERE:
        if match := re.fullmatch(pattern, name):
            new = target(match) if callable(target) else match.expand(target)
            new = re.sub(r"resnet([12])\.residual\.([13])\.(\w+)", _convolution, new)
            return new.replace("out_conv.", "projection.")
    return None


def converted_tensors(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Apple's state dict under Hugging Face names, the joint query-key-value weights split.

    ModelError where a name is not one of Apple's Depth Pro.
    """
    found: dict[str, Any] = {}
    for name, tensor in tensors.items():
        new = converted_name(name)
        if new is None:
            raise ModelError(f"no Depth Pro checkpoint of Apple's: unknown tensor {name!r}")
        if "{}" in new:
            for part, rows in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                found[new.format(part)] = rows.contiguous()
        else:
            found[new] = tensor.contiguous()
    return found


def convert_apple_checkpoint(
    path: Path, folder: Path, config: Mapping[str, Any] | None = None
) -> None:
    """Write Apple's checkpoint file as `config.json` and `model.safetensors` into `folder`.

    config: for networks of another size than the published one. The file is read as weights only:
    no code in it runs. ModelError where it cannot be read or is not Apple's Depth Pro. Missing
    tensors are found by loading what was written (`weights.load_network`).
    """
    import torch
    from safetensors.torch import save_file

    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # torch raises pickle, zip, key and runtime errors
        detail = " ".join(str(error).split())[:160]
        raise ModelError(f"cannot be read as torch weights: {detail}", path=path) from error
    if not isinstance(tensors, Mapping) or not all(
        isinstance(tensor, torch.Tensor) for tensor in tensors.values()
    ):
        raise ModelError("holds no state dict of tensors", path=path)
    save_file(converted_tensors(tensors), folder / "model.safetensors", metadata={"format": "pt"})
    text = json.dumps(dict(APPLE_CONFIG if config is None else config), indent=2)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")
