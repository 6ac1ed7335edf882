"""Depth Anything 3's any-view network (Lin et al. 2025): a DINOv2 whose later blocks look at
several photos at once, told of each by a token where it was taken, and a dense prediction head.

Written after the paper and the published checkpoint, whose names the modules have. What it has for
other ends, the rays and poses that the network can tell by itself, must be there and whole, and is
let go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import torch
from torch import nn

from worldmap.depth.checkpoint import part_of, read_checkpoint, with_tensors
from worldmap.depth.dense_head import HEAD_CHANNELS, Fusion, LevelsHead, last_layers, resized
from worldmap.depth.vit import Block, Perceptron, Turn, VisionTransformer
from worldmap.errors import ModelError

POSE_TERMS: Final = 9
"""Of a photo's pose as the network is told it."""

_PREFIX: Final = "model."
_BODY_EPS, _EPS = 1e-6, 1e-5
_CAMERA_HEADS: Final = 16
# By how much the slowest channel of a place's sines is slower than the fastest; and the share of
# them that the head is told.
_SLOWEST: Final = 100.0
_PLACE_SHARE: Final = 0.1
_RAY_TERMS, _RAY_LEVELS, _RAY_CONVS = 7, 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What tensors do not say: which blocks' tokens are used, from which block on photos look at
    each other (every second one), and from which on tokens are turned by their place."""

    layers: tuple[int, ...]
    together: int
    turned: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """ValueError where it is none that this network has."""
        told = config.get("config", config)["net"]
        plan = cls(
            layers=tuple(int(each) for each in told["out_layers"]),
            together=int(told["alt_start"]),
            turned=int(told["rope_start"]),
        )
        if len(plan.layers) != 4 or min(plan.layers) < plan.together or not told["cat_token"]:
            raise ValueError(f"its plan is {dict(told)}")
        return plan


class AnyViewNetwork(nn.Module):
    """Encoder, camera encoder and head. tensors: the checkpoint's, without their prefix."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], plan: _Plan) -> None:
        super().__init__()
        encoder = _Encoder(part_of(tensors, "backbone.pretrained."), plan)
        self.backbone = _Backbone(encoder)
        self.cam_enc = _CameraEncoder(part_of(tensors, "cam_enc."))
        self.head = _Head(part_of(tensors, "head."))
        self.cam_dec: nn.ModuleDict | None = _camera_decoder(2 * encoder.channels)

    def without_unused(self) -> Self:
        """The same without what tells rays and poses."""
        self.cam_dec = None
        self.head.scratch.drop_rays()
        return self

    def forward(
        self, pictures: torch.Tensor, poses: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Depth (H, W) of the first of normalised pictures (S, 3, H, W) of whole patches, in the
        unit of the poses, and how sure it is, from 1 up. poses (S, 9), camera to first camera:
        translation, rotation as quaternion with the real part last and not negative, angles of view
        from top to bottom and from side to side."""
        cameras = self.cam_enc(poses[None])[0]
        grids = self.backbone.pretrained.together(pictures, cameras)
        depth, sure = self.head([grid[:1] for grid in grids], pictures.shape[-2:])
        return depth[0], sure[0]


def load_any_view(folder: Path) -> AnyViewNetwork:
    """The network of a checkpoint folder as the hub has it. ModelError where it is not whole, or
    holds anything else."""
    config, given = read_checkpoint(folder)
    tensors = {name.removeprefix(_PREFIX): tensor for name, tensor in given.items()}
    # All levels share one normalisation, which the file has once.
    for level in range(1, _RAY_LEVELS):
        for part in ("weight", "bias"):
            name = "head.scratch.output_conv2_aux.{}.2." + part
            if name.format(0) in tensors:
                tensors.setdefault(name.format(level), tensors[name.format(0)])
    try:
        network = AnyViewNetwork(tensors, _Plan.of(config))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"holds no any-view Depth Anything 3 ({error})", path=folder) from error
    return with_tensors(network, tensors, folder).without_unused()


class _Encoder(VisionTransformer):
    """Tokens of several photos that look at each other."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], plan: _Plan) -> None:
        super().__init__(tensors, norm_eps=_BODY_EPS)
        if max(plan.layers) >= self.depth:
            raise ValueError(f"it has {self.depth} blocks")
        self.norm = nn.LayerNorm(self.channels, eps=_EPS)
        # For photos of which nobody knows where they were taken: not used here.
        self.camera_token = nn.Parameter(torch.zeros(1, 2, self.channels))
        self.plan = plan

    def together(self, pictures: torch.Tensor, cameras: torch.Tensor) -> list[torch.Tensor]:
        """Of each layer of the plan the patch tokens (S, 2 C, rows, columns), those of the photo by
        itself before those that saw the others, of pictures (S, 3, H, W) and tokens of cameras
        (S, C)."""
        tokens, (rows, columns) = self.embedded(pictures)
        alone = tokens
        place = _places(rows, columns, pictures.device)
        anywhere = place.clamp(max=1)
        found = {}
        for index, block in enumerate(self.blocks):
            if index == self.plan.together:
                tokens = torch.cat((cameras[:, None], tokens[:, 1:]), dim=1)
            turned = index >= self.plan.turned
            if index >= self.plan.together and index % 2 == 1:
                turn = _turn(anywhere.repeat(len(tokens), 1)) if turned else None
                every = block(tokens.flatten(0, 1)[None], turn)
                tokens = every[0].reshape(tokens.shape)
            else:
                tokens = block(tokens, _turn(place) if turned else None)
                alone = tokens
            if index in self.plan.layers:
                both = torch.cat((alone, self.norm(tokens)), dim=-1)[:, 1:]
                found[index] = both.transpose(1, 2).reshape(len(both), -1, rows, columns)
        return [found[index] for index in self.plan.layers]


class _Backbone(nn.Module):
    def __init__(self, encoder: _Encoder) -> None:
        super().__init__()
        self.pretrained = encoder


def _places(rows: int, columns: int, device: torch.device) -> torch.Tensor:
    """(1 + rows · columns, 2) row and column of each token, from 1; 0 for that of no place."""
    row, column = torch.meshgrid(
        torch.arange(1.0, rows + 1, device=device),
        torch.arange(1.0, columns + 1, device=device),
        indexing="ij",
    )
    patches = torch.stack((row.flatten(), column.flatten()), dim=-1)
    return torch.cat((patches.new_zeros(1, 2), patches))


def _turn(place: torch.Tensor) -> Turn:
    """Rotary position embedding (Su et al. 2021) of tokens at these places (tokens, 2): half of the
    channels by row, half by column."""

    def turned(tokens: torch.Tensor) -> torch.Tensor:
        halves = tokens.chunk(2, dim=-1)
        both = [_turned(half, place[:, axis]) for axis, half in enumerate(halves)]
        return torch.cat(both, dim=-1)

    return turned


def _turned(tokens: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    half = tokens.shape[-1] // 2
    speed = _SLOWEST ** -(torch.arange(half, device=place.device) / half)
    angle = (place[:, None] * speed).to(tokens.dtype)
    cos, sin = angle.cos(), angle.sin()
    a, b = tokens.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class _CameraEncoder(nn.Module):
    """Poses to a token each."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        channels = tensors["token_norm.weight"].shape[0]
        hidden = tensors["pose_branch.fc1.weight"].shape[0]
        depth = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("trunk."))
        inner = tensors["trunk.0.mlp.fc1.weight"].shape[0]
        self.pose_branch = Perceptron(POSE_TERMS, hidden, channels)
        self.token_norm = nn.LayerNorm(channels, eps=_EPS)
        self.trunk = nn.Sequential(
            *(Block(channels, inner, _EPS, heads=_CAMERA_HEADS) for _ in range(depth))
        )
        self.trunk_norm = nn.LayerNorm(channels, eps=_EPS)

    def forward(self, poses: torch.Tensor) -> torch.Tensor:
        """(N, S, C) of poses (N, S, 9)."""
        tokens = self.token_norm(self.pose_branch(poses))
        found: torch.Tensor = self.trunk_norm(self.trunk(tokens))
        return found


class _Head(LevelsHead):
    """Depth, and how sure it is."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__(tensors)
        self.norm = nn.LayerNorm(self.given, eps=_EPS)
        self.scratch = _WithRays(self.widths, self.channels)

    def forward(
        self, grids: Sequence[torch.Tensor], size: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        normal = [self.norm(grid.movedim(1, -1)).movedim(-1, 1) for grid in grids]
        aspect = size[1] / size[0]
        levels = self.levels(normal, lambda level: level + _place_signal(level, aspect))
        fused = resized(self.scratch.output_conv1(self.scratch.fused(levels)), size)
        depth, sure = self.scratch.output_conv2(fused + _place_signal(fused, aspect)).unbind(1)
        return depth.exp(), sure.exp() + 1


class _WithRays(Fusion):
    """The chain for depth, and beside it that for rays."""

    def __init__(self, widths: Sequence[int], channels: int) -> None:
        super().__init__(widths, channels, ("", "_aux"))
        self.output_conv1 = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.output_conv2 = last_layers(channels // 2, 2)
        self.output_conv1_aux = nn.ModuleList(_ray_neck(channels) for _ in range(_RAY_LEVELS))
        self.output_conv2_aux = nn.ModuleList(_ray_layers(channels) for _ in range(_RAY_LEVELS))

    def drop_rays(self) -> None:
        """Without what nobody asks for."""
        for name in [name for name, _ in self.named_children() if name.endswith("_aux")]:
            delattr(self, name)


def _ray_neck(channels: int) -> nn.Sequential:
    widths = (channels, channels // 2)
    return nn.Sequential(
        *(nn.Conv2d(widths[i % 2], widths[1 - i % 2], 3, padding=1) for i in range(_RAY_CONVS))
    )


def _ray_layers(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels // 2, HEAD_CHANNELS, 3, padding=1),
        nn.Identity(),
        nn.LayerNorm(HEAD_CHANNELS),
        nn.Identity(),
        nn.ReLU(),
        nn.Conv2d(HEAD_CHANNELS, _RAY_TERMS, 1),
    )


def _camera_decoder(channels: int) -> nn.ModuleDict:
    return nn.ModuleDict(
        {
            "backbone": nn.Sequential(
                nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels)
            ),
            "fc_t": nn.Linear(channels, 3),
            "fc_qvec": nn.Linear(channels, 4),
            "fc_fov": nn.Sequential(nn.Linear(channels, 2)),
        }
    )


def _place_signal(level: torch.Tensor, aspect: float) -> torch.Tensor:
    """(C, H, W) sines and cosines of where a pixel lies, half of the channels by column, half by
    row; the picture's diagonal reaches from -1 to 1. aspect: its width over its height."""
    channels, height, width = level.shape[-3:]
    diagonal = (aspect**2 + 1) ** 0.5
    signals = []
    for count, reach in ((width, aspect / diagonal), (height, 1 / diagonal)):
        end = reach * (count - 1) / count
        at = torch.linspace(-end, end, count, device=level.device)
        quarter = channels // 4
        speed = _SLOWEST ** -(torch.arange(quarter, device=level.device) / quarter)
        angle = speed[:, None] * at
        signals.append(torch.cat((angle.sin(), angle.cos())))
    by_column, by_row = signals
    half = channels // 2
    signal = torch.cat(
        (
            by_column[:, None].expand(half, height, width),
            by_row[:, :, None].expand(half, height, width),
        )
    )
    return (_PLACE_SHARE * signal).to(level.dtype)
