"""The vision transformer DINOv2 (Oquab et al. 2023), as the encoder of depth networks.

Modules are named as in published checkpoints; sizes are read off the tensors, so that a checkpoint
of any size, a tiny one too, says itself what it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn
from torch.nn import functional

Turn = Callable[[torch.Tensor], torch.Tensor]
"""Turns queries and keys (N, heads, tokens, channels) by where their tokens lie."""

_HEAD_CHANNELS = 64  # of every DINOv2
_QK_NORM_EPS = 1e-5
# The original adds this to the size of the grid that position embeddings are resized to.
_GRID_OFFSET = 0.1


class VisionTransformer(nn.Module):
    """Patches of a picture to tokens. tensors: those of the checkpoint, with its names; norm_eps is
    not among them."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], *, norm_eps: float) -> None:
        super().__init__()
        channels, _, self.patch_px, _ = tensors["patch_embed.proj.weight"].shape
        depth = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("blocks."))
        hidden = tensors["blocks.0.mlp.fc1.weight"].shape[0]
        self.channels, self.depth = channels, depth
        self.patch_embed = _Patches(channels, self.patch_px)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, channels))
        self.pos_embed = nn.Parameter(torch.zeros_like(tensors["pos_embed"]))
        self.blocks = nn.ModuleList(
            Block(
                channels,
                hidden,
                norm_eps,
                heads=channels // _HEAD_CHANNELS,
                qk_norm=f"blocks.{index}.attn.q_norm.weight" in tensors,
            )
            for index in range(depth)
        )
        self.norm = nn.LayerNorm(channels, eps=norm_eps)

    def forward(
        self, pictures: torch.Tensor, layers: Sequence[int]
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Of each of these layers its normalised patch tokens (N, C, rows, columns) and class token
        (N, C), of normalised pictures (N, 3, H, W) of whole patches."""
        tokens, (rows, columns) = self.embedded(pictures)
        found = {}
        for index, block in enumerate(self.blocks):
            tokens = block(tokens)
            if index in layers:
                normal = self.norm(tokens)
                grid = normal[:, 1:].transpose(1, 2).unflatten(2, (rows, columns))
                found[index] = grid, normal[:, 0]
        return [found[index] for index in layers]

    def embedded(self, pictures: torch.Tensor) -> tuple[torch.Tensor, tuple[int, int]]:
        """Class token and patches (N, 1 + rows · columns, C) as they go into the first block, and
        rows and columns, of normalised pictures (N, 3, H, W) of whole patches."""
        rows, columns = (side // self.patch_px for side in pictures.shape[-2:])
        patches = self.patch_embed(pictures)
        tokens = torch.cat((self.cls_token.expand(len(patches), -1, -1), patches), dim=1)
        return tokens + self._positions(rows, columns), (rows, columns)

    def _positions(self, rows: int, columns: int) -> torch.Tensor:
        """Position embeddings (1, 1 + rows · columns, C), resized from the square of training."""
        own = self.pos_embed
        side = math.isqrt(own.shape[1] - 1)
        if rows == columns == side:
            return own
        square = own[:, 1:].float().reshape(1, side, side, -1).permute(0, 3, 1, 2)
        factors = tuple((count + _GRID_OFFSET) / side for count in (rows, columns))
        resized = functional.interpolate(square, scale_factor=factors, mode="bicubic")
        return torch.cat((own[:, :1], resized.flatten(2).transpose(1, 2).to(own.dtype)), dim=1)


class _Patches(nn.Module):
    def __init__(self, channels: int, patch_px: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, channels, kernel_size=patch_px, stride=patch_px)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        tokens: torch.Tensor = self.proj(pictures).flatten(2).transpose(1, 2)
        return tokens


class Block(nn.Module):
    """Attention among the tokens of a picture, then each by itself."""

    def __init__(
        self, channels: int, hidden: int, norm_eps: float, *, heads: int, qk_norm: bool = False
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=norm_eps)
        self.attn = _Attention(channels, heads, qk_norm=qk_norm)
        self.ls1 = _Scale(channels)
        self.norm2 = nn.LayerNorm(channels, eps=norm_eps)
        self.mlp = Perceptron(channels, hidden, channels)
        self.ls2 = _Scale(channels)

    def forward(self, tokens: torch.Tensor, turn: Turn | None = None) -> torch.Tensor:
        """Of tokens (N, tokens, C) the same after it."""
        tokens = tokens + self.ls1(self.attn(self.norm1(tokens), turn))
        result: torch.Tensor = tokens + self.ls2(self.mlp(self.norm2(tokens)))
        return result


class _Attention(nn.Module):
    def __init__(self, channels: int, heads: int, *, qk_norm: bool) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        each = channels // heads
        self.q_norm = nn.LayerNorm(each, eps=_QK_NORM_EPS) if qk_norm else nn.Identity()
        self.k_norm = nn.LayerNorm(each, eps=_QK_NORM_EPS) if qk_norm else nn.Identity()
        self.proj = nn.Linear(channels, channels)

    def forward(self, tokens: torch.Tensor, turn: Turn | None) -> torch.Tensor:
        split = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        queries, keys, values = split.unbind(0)
        queries, keys = self.q_norm(queries), self.k_norm(keys)
        if turn is not None:
            queries, keys = turn(queries), turn(keys)
        mixed = functional.scaled_dot_product_attention(queries, keys, values)
        result: torch.Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return result


class Perceptron(nn.Module):
    """Two layers."""

    def __init__(self, given: int, hidden: int, found: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(given, hidden)
        self.fc2 = nn.Linear(hidden, found)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(..., found) of tokens (..., given)."""
        result: torch.Tensor = self.fc2(functional.gelu(self.fc1(tokens)))
        return result


class _Scale(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens * self.gamma
