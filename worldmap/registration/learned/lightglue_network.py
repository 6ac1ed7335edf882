"""LightGlue's network (Lindenberger, Sarlin & Pollefeys, ICCV 2023): which keypoints of two
pictures are one, by attention within each and between the two.

Written after the paper; modules are named as in the published checkpoints. Neither does it stop
early nor leave points aside: results do not depend on what a machine finds worth its while.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import nn
from torch.nn import functional

_HEADS: Final = 4


class LightGlueNetwork(nn.Module):
    """Keypoints of two pictures to matches. Its widths and depth are those of the tensors it is to
    be given."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        wide = len(tensors["transformers.0.self_attn.out_proj.weight"])
        told = tensors.get("input_proj.weight")
        self.takes = wide if told is None else told.shape[1]
        self.input_proj: nn.Module = nn.Identity() if told is None else nn.Linear(self.takes, wide)
        depth = sum(name.endswith("self_attn.out_proj.weight") for name in tensors)
        self.posenc = _Position(tensors["posenc.Wr.weight"].shape[1], wide // _HEADS)
        self.transformers = nn.ModuleList(_Layer(wide) for _ in range(depth))
        self.log_assignment = nn.ModuleList(_Assignment(wide) for _ in range(depth))

    def forward(
        self, at: tuple[torch.Tensor, torch.Tensor], told: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Matches (K, 2), rows of the two pictures, that are each other's best, and how sure each
        is (K,), 0 to 1. at: positions (N, 2) and (M, 2), the middle of the picture 0 and half its
        longer side 1; told: descriptors (N, D) and (M, D)."""
        one, other = (self.input_proj(each) for each in told)
        turn, turn_other = (self.posenc(each) for each in at)
        for layer in self.transformers:
            one, other = layer(one, other, turn, turn_other)
        score = self.log_assignment[-1](one, other)
        there, back = score.max(dim=1), score.max(dim=0)
        row = torch.arange(len(score), device=score.device)
        mutual = back.indices[there.indices] == row
        return torch.stack((row, there.indices), dim=1)[mutual], there.values[mutual].exp()


class _Position(nn.Module):
    """Cosines and sines (2, N, D) by which queries and keys are turned (rotary encoding)."""

    def __init__(self, takes: int, wide: int) -> None:
        super().__init__()
        self.Wr = nn.Linear(takes, wide // 2, bias=False)

    def forward(self, at: torch.Tensor) -> torch.Tensor:
        angle = self.Wr(at).repeat_interleave(2, dim=-1)
        return torch.stack((angle.cos(), angle.sin()))


def _turned(values: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """Values (heads, N, D) of which each two neighbours are turned together."""
    pairs = values.reshape(*values.shape[:-1], -1, 2)
    beside = torch.stack((-pairs[..., 1], pairs[..., 0]), dim=-1).flatten(-2)
    return values * turn[0] + beside * turn[1]


def _perceptron(wide: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2 * wide, 2 * wide), nn.LayerNorm(2 * wide), nn.GELU(), nn.Linear(2 * wide, wide)
    )


def _by_head(values: torch.Tensor) -> torch.Tensor:
    return values.reshape(len(values), _HEADS, -1).transpose(0, 1)


def _attended(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    found = functional.scaled_dot_product_attention(query[None], key[None], value[None])[0]
    return found.transpose(0, 1).flatten(1)


class _Within(nn.Module):
    def __init__(self, wide: int) -> None:
        super().__init__()
        self.Wqkv = nn.Linear(wide, 3 * wide)
        self.out_proj = nn.Linear(wide, wide)
        self.ffn = _perceptron(wide)

    def forward(self, x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
        # One after the other for each number of each head, not for all.
        all_three = _by_head(self.Wqkv(x))
        query, key, value = all_three.reshape(*all_three.shape[:2], -1, 3).unbind(-1)
        told = self.out_proj(_attended(_turned(query, turn), _turned(key, turn), value))
        found: torch.Tensor = x + self.ffn(torch.cat((x, told), dim=-1))
        return found


class _Between(nn.Module):
    def __init__(self, wide: int) -> None:
        super().__init__()
        self.to_qk = nn.Linear(wide, wide)
        self.to_v = nn.Linear(wide, wide)
        self.to_out = nn.Linear(wide, wide)
        self.ffn = _perceptron(wide)

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        asked, asked_other = (_by_head(self.to_qk(x)) for x in (one, other))
        value, value_other = (_by_head(self.to_v(x)) for x in (one, other))
        told = self.to_out(_attended(asked, asked_other, value_other))
        told_other = self.to_out(_attended(asked_other, asked, value))
        return (
            one + self.ffn(torch.cat((one, told), dim=-1)),
            other + self.ffn(torch.cat((other, told_other), dim=-1)),
        )


class _Layer(nn.Module):
    def __init__(self, wide: int) -> None:
        super().__init__()
        self.self_attn = _Within(wide)
        self.cross_attn = _Between(wide)

    def forward(
        self, one: torch.Tensor, other: torch.Tensor, turn: torch.Tensor, turn_other: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        found: tuple[torch.Tensor, torch.Tensor] = self.cross_attn(
            self.self_attn(one, turn), self.self_attn(other, turn_other)
        )
        return found


class _Assignment(nn.Module):
    """The log of how sure it is that two keypoints are one: alike, neither more alike to another,
    and both such as can be seen in the other picture at all."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.matchability = nn.Linear(wide, 1)
        self.final_proj = nn.Linear(wide, wide)

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        alike = self.final_proj(one) @ self.final_proj(other).T / one.shape[1] ** 0.5
        seen = functional.logsigmoid(self.matchability(one))
        seen_other = functional.logsigmoid(self.matchability(other))
        both = functional.log_softmax(alike, dim=1) + functional.log_softmax(alike, dim=0)
        return both + seen + seen_other.T
