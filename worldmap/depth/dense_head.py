"""Layers of tokens to pictures, from coarse to fine: the dense prediction head (Ranftl et al. 2021,
"Vision Transformers for Dense Prediction") as Depth Anything 3 has it.

Written after the papers; modules are named as in the published checkpoints, and sizes are read off
the tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

HEAD_CHANNELS = 32
"""Of the last layer but one."""


class LevelsHead(nn.Module):
    """Four layers of tokens to four levels of a pyramid. tensors: those of the checkpoint."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        stages = [tensors[f"projects.{i}.weight"].shape for i in range(4)]
        self.given = stages[0][1]
        self.widths = [shape[0] for shape in stages]
        self.channels = tensors["scratch.layer1_rn.weight"].shape[0]
        self.projects = nn.ModuleList(nn.Conv2d(shape[1], shape[0], 1) for shape in stages)
        widths = self.widths
        self.resize_layers = nn.ModuleList(
            (
                nn.ConvTranspose2d(widths[0], widths[0], 4, stride=4),
                nn.ConvTranspose2d(widths[1], widths[1], 2, stride=2),
                nn.Identity(),
                nn.Conv2d(widths[3], widths[3], 3, stride=2, padding=1),
            )
        )

    def levels(
        self,
        grids: Sequence[torch.Tensor],
        placed: Callable[[torch.Tensor], torch.Tensor] = lambda level: level,
    ) -> list[torch.Tensor]:
        """Of the layers' tokens (N, C, rows, columns), the finest level first. placed: what is done
        with them before they are resized."""
        return [
            resize(placed(project(grid)))
            for grid, project, resize in zip(grids, self.projects, self.resize_layers, strict=True)
        ]


class Fusion(nn.Module):
    """Levels to one picture. chains: what the names of the chains end in; each is one of its own
    that begins with the same levels."""

    def __init__(self, widths: Sequence[int], channels: int, chains: Sequence[str] = ("",)) -> None:
        super().__init__()
        for index, width in enumerate(widths, start=1):
            self.add_module(
                f"layer{index}_rn", nn.Conv2d(width, channels, 3, padding=1, bias=False)
            )
            for chain in chains:
                refine = _Refine(channels, with_skip=index < len(widths))
                self.add_module(f"refinenet{index}{chain}", refine)

    def fused(self, levels: Sequence[torch.Tensor]) -> torch.Tensor:
        """Of the first chain, twice as fine as the finest level."""
        inner = [self.get_submodule(f"layer{i}_rn")(x) for i, x in enumerate(levels, start=1)]
        fused: Any = None
        for index in range(len(inner), 0, -1):
            finer = inner[index - 2].shape[-2:] if index > 1 else None
            fused = self.get_submodule(f"refinenet{index}")(inner[index - 1], fused, finer)
        result: torch.Tensor = fused
        return result


def last_layers(channels: int, found: int) -> nn.Sequential:
    """What makes the pictures that are asked for."""
    return nn.Sequential(
        nn.Conv2d(channels, HEAD_CHANNELS, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(HEAD_CHANNELS, found, 1),
    )


def resized(level: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """(N, C, *size), corners on corners."""
    return functional.interpolate(level, size=list(size), mode="bilinear", align_corners=True)


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
        result: torch.Tensor = self.out_conv(resized(self.resConfUnit2(mixed), size))
        return result


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, level: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.conv2(self.conv1(level.relu()).relu()) + level
        return result
