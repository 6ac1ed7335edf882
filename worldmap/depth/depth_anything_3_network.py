"""Depth Anything 3's metric network (Lin et al. 2025): DINOv2 and a dense prediction head (Ranftl
et al. 2021, "Vision Transformers for Dense Prediction") with a branch for the sky.

Written after the papers; modules are named as in the published checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from worldmap.depth.checkpoint import part_of, read_checkpoint, with_tensors
from worldmap.depth.vit import VisionTransformer
from worldmap.errors import ModelError

_LAYERS = (4, 11, 17, 23)
_SUBNETWORKS = ("model.backbone.pretrained.", "model.head.")
_HEAD_CHANNELS = 32


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


class _DenseHead(nn.Module):
    """Four layers of tokens to pictures, from coarse to fine."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        stages = [tensors[f"projects.{i}.weight"].shape for i in range(4)]
        widths = [shape[0] for shape in stages]
        self.projects = nn.ModuleList(nn.Conv2d(shape[1], shape[0], 1) for shape in stages)
        self.resize_layers = nn.ModuleList(
            (
                nn.ConvTranspose2d(widths[0], widths[0], 4, stride=4),
                nn.ConvTranspose2d(widths[1], widths[1], 2, stride=2),
                nn.Identity(),
                nn.Conv2d(widths[3], widths[3], 3, stride=2, padding=1),
            )
        )
        self.scratch = _Fusion(widths, tensors["scratch.layer1_rn.weight"].shape[0])

    def forward(
        self, grids: Sequence[torch.Tensor], size: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        levels = [
            resize(project(grid))
            for grid, project, resize in zip(grids, self.projects, self.resize_layers, strict=True)
        ]
        depth, sky = self.scratch(levels, size)
        return depth, sky


class _Fusion(nn.Module):
    def __init__(self, widths: Sequence[int], channels: int) -> None:
        super().__init__()
        for index, width in enumerate(widths, start=1):
            self.add_module(
                f"layer{index}_rn", nn.Conv2d(width, channels, 3, padding=1, bias=False)
            )
            self.add_module(f"refinenet{index}", _Refine(channels, with_skip=index < len(widths)))
        self.output_conv1 = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.output_conv2 = _last_layers(channels // 2)
        self.sky_output_conv2 = _last_layers(channels // 2)

    def forward(
        self, levels: Sequence[torch.Tensor], size: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        inner = [self.get_submodule(f"layer{i}_rn")(x) for i, x in enumerate(levels, start=1)]
        fused = None
        for index in range(len(inner), 0, -1):
            finer = inner[index - 2].shape[-2:] if index > 1 else None
            fused = self.get_submodule(f"refinenet{index}")(inner[index - 1], fused, finer)
        whole = _resized(self.output_conv1(fused), size)
        return torch.exp(self.output_conv2(whole))[:, 0], self.sky_output_conv2(whole)[:, 0].relu()


def _last_layers(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, _HEAD_CHANNELS, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(_HEAD_CHANNELS, 1, 1),
    )


class _Refine(nn.Module):
    """Adds a level to what came of the coarser ones, and doubles it or makes it as fine as the
    next."""

    def __init__(self, channels: int, *, with_skip: bool) -> None:
        super().__init__()
        if with_skip:
            self.resConfUnit1 = _Residual(channels)
        self.resConfUnit2 = _Residual(channels)
        self.out_conv = nn.Conv2d(channels, channels, 1)

    def forward(
        self, level: torch.Tensor, coarser: torch.Tensor | None, finer: Sequence[int] | None
    ) -> torch.Tensor:
        mixed = level if coarser is None else coarser + self.resConfUnit1(level)
        size = finer or [2 * side for side in mixed.shape[-2:]]
        result: torch.Tensor = self.out_conv(_resized(self.resConfUnit2(mixed), size))
        return result


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, level: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.conv2(self.conv1(level.relu()).relu()) + level
        return result


def _resized(level: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    return functional.interpolate(level, size=list(size), mode="bilinear", align_corners=True)
