"""Depth Anything 3's metric network (Lin et al. 2025): DINOv2 and a dense prediction head (Ranftl
et al. 2021, "Vision Transformers for Dense Prediction") with a branch for the sky.

Written after the papers; modules are named as in the published checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from worldmap.depth.checkpoint import part_of, read_checkpoint, with_tensors
from worldmap.depth.dense_head import Fusion, LevelsHead, last_layers, resized
from worldmap.depth.vit import VisionTransformer
from worldmap.errors import ModelError

_LAYERS = (4, 11, 17, 23)
_SUBNETWORKS = ("model.backbone.pretrained.", "model.head.")


class DepthAnything3Network(nn.Module):
    """Encoder and head."""

    def __init__(self, encoder: VisionTransformer, head: nn.Module, layers: Sequence[int]) -> None:
        super().__init__()
        self.encoder, self.head, self.layers = encoder, head, tuple(layers)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Depth (N, H, W) for a focal length of 300 pixels, and sky (N, H, W), positive where there
        is some, of normalised pictures (N, 3, H, W) of whole patches."""
        grids = [grid for grid, _ in self.encoder(pictures, self.layers)]
        depth, sky = self.head(grids, pictures.shape[-2:])
        return depth, sky


def load_depth_anything_3(folder: Path) -> DepthAnything3Network:
    """The network of a checkpoint folder as the hub has it. ModelError where it is not whole."""
    config, tensors = read_checkpoint(folder)
    told = config.get("config", config)
    encoder, head = (part_of(tensors, prefix) for prefix in _SUBNETWORKS)
    try:
        vit, dense = VisionTransformer(encoder, norm_eps=1e-5), _DenseHead(head)
        layers = told.get("net", {}).get("out_layers", _LAYERS)
    except (KeyError, ValueError, AttributeError) as error:
        raise ModelError(f"holds no Depth Anything 3 network ({error})", path=folder) from error
    return DepthAnything3Network(
        with_tensors(vit, {k: v for k, v in encoder.items() if k != "mask_token"}, folder),
        with_tensors(dense, head, folder),
        layers,
    )


class _DenseHead(LevelsHead):
    """Four layers of tokens to pictures of depth and sky."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__(tensors)
        self.scratch = _WithSky(self.widths, self.channels)

    def forward(
        self, grids: Sequence[torch.Tensor], size: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        depth, sky = self.scratch(self.levels(grids), size)
        return depth, sky


class _WithSky(Fusion):
    def __init__(self, widths: Sequence[int], channels: int) -> None:
        super().__init__(widths, channels)
        self.output_conv1 = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.output_conv2 = last_layers(channels // 2, 1)
        self.sky_output_conv2 = last_layers(channels // 2, 1)

    def forward(
        self, levels: Sequence[torch.Tensor], size: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        whole = resized(self.output_conv1(self.fused(levels)), size)
        return torch.exp(self.output_conv2(whole))[:, 0], self.sky_output_conv2(whole)[:, 0].relu()
