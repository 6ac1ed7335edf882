"""MoGe-2's network (Wang et al. 2025): DINOv2, and stacks of convolutions that grow its tokens to
points, normals and a mask.

Written after the paper; modules are named as in the published checkpoints, whose configuration says
how the stacks are made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional

from worldmap.depth.checkpoint import part_of, read_checkpoint, with_tensors
from worldmap.depth.vit import VisionTransformer
from worldmap.errors import ModelError

KIND: Final = "moge-2"
"""The model_type in a folder that `convert_moge` wrote."""
_HEADS = ("points_head", "normal_head", "mask_head")
_LEVELS = 5


class MoGeNetwork(nn.Module):
    """Pictures to points up to a shift of their depth, with a scale in metres."""

    def __init__(self, config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.encoder = _Encoder(part_of(tensors, "encoder."))
        layers = config["encoder"]["intermediate_layers"]
        self.layers = (
            tuple(range(self.encoder.backbone.depth - layers, self.encoder.backbone.depth))
            if isinstance(layers, int)
            else tuple(layers)
        )
        self.neck = _Stack(config["neck"])
        self.points_head = _Stack(config["points_head"])
        self.normal_head = _Stack(config["normal_head"]) if config.get("normal_head") else None
        self.mask_head = _Stack(config["mask_head"])
        self.scale_head = _perceptron(config["scale_head"]["dims"])
        if config.get("remap_output", "linear") != "exp":
            raise ValueError(f"remap_output {config.get('remap_output')!r}")
        self.most_tokens = int(config["num_tokens_range"][1])

    def forward(
        self, pictures: torch.Tensor, tokens: int | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Points (N, h, w, 3) whose depth lacks a shift, the probability (N, h, w) of each to be
        there at all (and not sky), and the scale (N,) that makes them metres, of pictures (N, 3, H,
        W) in 0..1; tokens: about how many, None: the most that it was trained for."""
        height, width = pictures.shape[-2:]
        aspect, count = width / height, tokens or self.most_tokens
        rows, columns = round((count / aspect) ** 0.5), round((count * aspect) ** 0.5)
        grid, whole = self.encoder(pictures, rows, columns, self.layers)
        levels = [
            _plane_grid(rows << level, columns << level, aspect).to(grid)[None]
            for level in range(_LEVELS)
        ]
        levels = [level.expand(len(grid), -1, -1, -1) for level in levels]
        levels[0] = torch.cat((grid, levels[0]), dim=1)
        shared = self.neck(levels)
        points, mask = self.points_head(shared)[-1], self.mask_head(shared)[-1]
        depth = torch.exp(points[:, 2:].float())
        xyz = torch.cat((points[:, :2].float() * depth, depth), dim=1)
        scale = torch.exp(self.scale_head(whole)[:, 0].float())
        return xyz.permute(0, 2, 3, 1), mask[:, 0].float().sigmoid(), scale


def load_moge(folder: Path) -> MoGeNetwork:
    """The network of a folder that `convert_moge` wrote. ModelError where it is not whole."""
    config, tensors = read_checkpoint(folder)
    try:
        network = MoGeNetwork(config["model_config"], tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"holds no MoGe-2 network ({error})", path=folder) from error
    unused = ("encoder.backbone.mask_token",)
    return with_tensors(network, {k: v for k, v in tensors.items() if k not in unused}, folder)


def convert_moge(path: Path, folder: Path) -> None:
    """A published `model.pt` to a checkpoint folder: configuration and tensors, no code. ModelError
    where it is another file."""
    from safetensors.torch import save_file

    try:
        # weights_only: whatever else the pickle holds is refused.
        found = torch.load(path, map_location="cpu", weights_only=True)
        config, tensors = found["model_config"], found["model"]
        if "scale_head" not in config:
            raise KeyError("scale_head: it is no metric model (MoGe-2)")
        MoGeNetwork(config, tensors)
        save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "model.safetensors")
    except ModelError:
        raise
    except Exception as error:  # pickles raise anything
        line = " ".join(str(error).split())[:160]
        raise ModelError(f"is no MoGe-2 checkpoint ({line})", path=path) from error
    told = {"model_type": KIND, "model_config": config}
    (folder / "config.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _plane_grid(rows: int, columns: int, aspect: float) -> torch.Tensor:
    """Where the cells of a grid lie in the picture (2, rows, columns): from its middle, right and
    down, in halves of its diagonal."""
    half = (1 + aspect**2) ** -0.5
    ends = [half * aspect * (columns - 1) / columns, half * (rows - 1) / rows]
    across, down = (
        torch.linspace(-ends[0], ends[0], columns),
        torch.linspace(-ends[1], ends[1], rows),
    )
    return torch.stack(torch.meshgrid(across, down, indexing="xy"))


class _Encoder(nn.Module):
    image_mean: torch.Tensor
    image_std: torch.Tensor

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.backbone = VisionTransformer(part_of(tensors, "backbone."), norm_eps=1e-6)
        projections = part_of(tensors, "output_projections.")
        shapes = [projections[f"{i}.weight"].shape for i in range(len(projections) // 2)]
        self.output_projections = nn.ModuleList(nn.Conv2d(s[1], s[0], 1) for s in shapes)
        for name in ("image_mean", "image_std"):
            self.register_buffer(name, torch.zeros_like(tensors[name]))

    def forward(
        self, pictures: torch.Tensor, rows: int, columns: int, layers: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        patch_px = self.backbone.patch_px
        small = functional.interpolate(
            pictures,
            size=(rows * patch_px, columns * patch_px),
            mode="bilinear",
            align_corners=False,
            antialias=True,
        )
        found = self.backbone((small - self.image_mean) / self.image_std, layers)
        mixed = [
            project(grid) for project, (grid, _) in zip(self.output_projections, found, strict=True)
        ]
        return torch.stack(mixed).sum(dim=0), found[-1][1]


def _perceptron(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class _Stack(nn.Module):
    """Levels from coarse to fine, each twice as fine as the one before."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__()
        if told.get("activation", "relu") != "relu":
            raise ValueError(f"activation {told['activation']!r}")
        widths: list[int] = list(told["dim_res_blocks"])
        count = len(widths)
        before, after = (told[name] or [None] * count for name in ("dim_in", "dim_out"))
        blocks, kinds = told.get("num_res_blocks", 1), told["resamplers"]
        blocks = [blocks] * count if isinstance(blocks, int) else blocks
        kinds = [kinds] * (count - 1) if isinstance(kinds, str) else kinds
        hidden = told.get("dim_times_res_block_hidden", 1)
        norms = (
            told.get("res_block_in_norm", "layer_norm"),
            told.get("res_block_hidden_norm", "group_norm"),
        )
        self.input_blocks = nn.ModuleList(
            nn.Identity() if b is None else nn.Conv2d(b, w, 1)
            for b, w in zip(before, widths, strict=True)
        )
        self.resamplers = nn.ModuleList(
            _doubled(a, b, kind) for (a, b), kind in zip(pairwise(widths), kinds, strict=True)
        )
        self.res_blocks = nn.ModuleList(
            nn.Sequential(*(_Residual(w, hidden * w, *norms) for _ in range(number)))
            for w, number in zip(widths, blocks, strict=True)
        )
        self.output_blocks = nn.ModuleList(
            nn.Identity() if a is None else nn.Conv2d(w, a, 1)
            for a, w in zip(after, widths, strict=True)
        )

    def forward(self, levels: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        found = []
        grown: torch.Tensor | None = None
        for index, level in enumerate(levels):
            own = self.input_blocks[index](level)
            mixed = own if grown is None else grown + own
            mixed = self.res_blocks[index](mixed)
            found.append(self.output_blocks[index](mixed))
            if index < len(self.resamplers):
                grown = self.resamplers[index](mixed)
        return found


def _doubled(before: int, after: int, kind: str) -> nn.Sequential:
    grow: nn.Module
    if kind == "conv_transpose":
        grow, between = nn.ConvTranspose2d(before, after, 2, stride=2), after
    elif kind in ("bilinear", "nearest"):
        corners = False if kind == "bilinear" else None
        grow, between = nn.Upsample(scale_factor=2, mode=kind, align_corners=corners), before
    else:
        raise ValueError(f"resampler {kind!r}")
    return nn.Sequential(grow, _convolution(between, after))


def _convolution(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, padding=1, padding_mode="replicate")


class _Residual(nn.Module):
    def __init__(self, channels: int, hidden: int, in_norm: str, hidden_norm: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _norm(in_norm, channels),
            nn.ReLU(),
            _convolution(channels, hidden),
            _norm(hidden_norm, hidden),
            nn.ReLU(),
            _convolution(hidden, channels),
        )

    def forward(self, level: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(level) + level
        return result


def _norm(kind: str, channels: int) -> nn.Module:
    if kind == "none":
        return nn.Identity()
    if kind == "layer_norm":
        return nn.GroupNorm(1, channels)
    if kind == "group_norm":
        return nn.GroupNorm(channels // 32, channels)
    raise ValueError(f"norm {kind!r}")
