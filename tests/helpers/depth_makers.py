"""Tiny random networks in the real formats, and photos to put through them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from worldmap.records import Focal, FocalSource, PhotoMetadata

FOV_DEG = 60.0
SIDE_PX = 64
GRID_PX = 128  # twice the input, as the tiny encoder's patches are half the real ones

_ENCODER = {
    "model_type": "dinov2", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "mlp_ratio": 2, "patch_size": 8, "image_size": 16, "use_mask_token": False,
}  # fmt: skip
TINY_DEPTH_PRO: dict[str, Any] = {
    "model_type": "depth_pro",
    "patch_size": 16,
    "fusion_hidden_size": 16,
    "intermediate_hook_ids": [1, 0],
    "intermediate_feature_dims": [16, 16],
    "scaled_images_feature_dims": [16, 16, 16],
    "merge_padding_value": 0,
    "use_fov_model": True,
    "num_fov_head_layers": 1,
    "patch_model_config": _ENCODER,
    "image_model_config": _ENCODER,
    "fov_model_config": _ENCODER,
}


def tiny_depth_pro(fov_deg: float = FOV_DEG, bias: float = 0.05, seed: int = 0) -> Any:
    """A Depth Pro with random weights; inverse depths around `bias`, field of view `fov_deg`."""
    from transformers import DepthProConfig, DepthProForDepthEstimation

    torch.manual_seed(seed)
    values = {k: dict(v) if isinstance(v, dict) else v for k, v in TINY_DEPTH_PRO.items()}
    values.pop("model_type")
    model = DepthProForDepthEstimation(DepthProConfig(**values)).eval()
    with torch.no_grad():
        # Random heads end in a ReLU that gives 0 everywhere: small weights, a plausible bias.
        model.head.layers[-2].weight.mul_(3e-5)
        model.head.layers[-2].bias.fill_(bias)
        model.fov_model.head.layers[-1].weight.mul_(1e-3)
        model.fov_model.head.layers[-1].bias.fill_(fov_deg)
    return model


def tiny_depth_anything(max_depth: int = 80, kind: str = "metric") -> Any:
    """A metric Depth Anything with random weights."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation

    torch.manual_seed(0)
    config = DepthAnythingConfig(
        backbone_config={
            "model_type": "dinov2", "hidden_size": 16, "num_hidden_layers": 4,
            "num_attention_heads": 2, "mlp_ratio": 2, "patch_size": 14, "image_size": 56,
            "out_indices": [1, 2, 3, 4], "reshape_hidden_states": False,
        },
        patch_size=14,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=16,
        head_hidden_size=8,
        depth_estimation_type=kind,
        max_depth=max_depth,
    )  # fmt: skip
    model = DepthAnythingForDepthEstimation(config).eval()
    with torch.no_grad():
        # Fresh layers give one flat depth: raise the contrast until pixels differ.
        for part in (*model.neck.parameters(), *model.head.parameters()):
            part.mul_(5.0)
    return model


def tiny_upernet(sky: float) -> Any:
    """A UPerNet with random weights that knows three things, of which sky has this score more."""
    from transformers import ConvNextConfig, UperNetConfig, UperNetForSemanticSegmentation

    torch.manual_seed(0)
    backbone = ConvNextConfig(
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    config = UperNetConfig(
        backbone_config=backbone,
        hidden_size=8,
        pool_scales=[1, 2],
        use_auxiliary_head=False,
        id2label={0: "wall", 1: "building", 2: "sky"},
        label2id={"wall": 0, "building": 1, "sky": 2},
    )
    model = UperNetForSemanticSegmentation(config).eval()
    with torch.no_grad():
        model.decode_head.classifier.bias.copy_(torch.tensor((0.0, 0.0, sky)))
    return model


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Random RGB pixels."""
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def photo_of(rgb: np.ndarray, focal_px: float | None = None, name: str = "p.jpg") -> PhotoMetadata:
    """Metadata of a photo with these pixels, and a tagged focal length where one is given."""
    focal = None
    if focal_px is not None:
        focal = Focal(focal_px=focal_px, sigma_rel=0.03, source=FocalSource.FILM_35MM)
    return PhotoMetadata(
        path=Path(name),
        content_hash=hashlib.sha256(rgb.tobytes()).hexdigest(),
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
        orientation=1,
        focal=focal,
    )
