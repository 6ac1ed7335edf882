"""How alike two pictures are, window by window: normalised cross-correlation (Hannah, Computer
Matching of Areas in Stereo Images, 1974)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import torch
from torch import Tensor

WINDOW_PX: Final = 7
"""Windows are so wide and high."""
NOISE_GREY: Final = 2.0
"""Of a grey value, 0 … 255: what is less than this is noise of sensor and compression."""
UNSEEN: Final = -1.0
"""The correlation with a picture that does not show a place: no less than the worst."""


def window_mean(values: Tensor, width_px: int = WINDOW_PX) -> Tensor:
    """(..., H, W) means of the windows about each pixel; at the border, of what is inside."""
    total = (_sums_here if values.device.type == "cpu" else _sums_there)(values, width_px)
    height, width = values.shape[-2:]
    return total.mul_(_share(height, width, width_px // 2, values.device, values.dtype))


def _sums_here(values: Tensor, width_px: int) -> Tensor:
    """On the processor: OpenCV's running sums take a third of the time."""
    flat = values.reshape(-1, *values.shape[-2:]).numpy()
    total = np.empty_like(flat)
    for own, found in zip(flat, total, strict=True):
        cv2.boxFilter(
            own, -1, (width_px, width_px), found, normalize=False, borderType=cv2.BORDER_CONSTANT
        )
    return torch.from_numpy(total).view(values.shape)


def _sums_there(values: Tensor, width_px: int) -> Tensor:
    height, width = values.shape[-2:]
    reach = width_px // 2
    across = torch.nn.functional.pad(values, (reach, reach, 0, 0))
    summed = across[..., :width].clone()
    for k in range(1, width_px):
        summed += across[..., k : k + width]
    down = torch.nn.functional.pad(summed, (0, 0, reach, reach))
    total = down[..., :height, :].clone()
    for k in range(1, width_px):
        total += down[..., k : k + height, :]
    return total


@lru_cache(maxsize=8)
def _share(height: int, width: int, reach: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(H, W) one over how many cells of a window are inside."""
    rows, columns = (
        1 / (1 + at.clamp(max=reach) + (length - 1 - at).clamp(max=reach))
        for length in (height, width)
        for at in (torch.arange(length, device=device, dtype=dtype),)
    )
    return rows[:, None] * columns[None, :]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """A picture (H, W), with mean and variance of the window about each pixel."""

    grey: Tensor
    mean: Tensor
    variance: Tensor

    @classmethod
    def of(cls, grey: Tensor) -> Windows:
        """Of grey values, 0 … 255."""
        mean = window_mean(grey)
        return cls(grey, mean, (window_mean(grey * grey) - mean * mean).clamp_(min=0))

    def correlation(self, drawn: Tensor) -> Tensor:
        """(..., H, W) of these windows with those of other pictures (..., H, W), in -1 … 1. What is
        noise in both counts as texture that does not agree."""
        mean = window_mean(drawn)
        variance = window_mean(drawn * drawn).sub_(mean * mean).clamp_(min=0)
        common = window_mean(self.grey * drawn).sub_(mean.mul_(self.mean))
        noise = NOISE_GREY**2
        return common.mul_((variance.add_(noise).mul_(self.variance + noise)).rsqrt_())


def mean_of_best(scores: Sequence[Tensor], count: int) -> Tensor:
    """Mean of the best `count` of several scores, of fewer where fewer are not UNSEEN: the others
    may see something in front."""
    best = [scores[0]]
    for each in scores[1:]:
        worse = each
        for k, better in enumerate(best):
            best[k], worse = torch.maximum(better, worse), torch.minimum(better, worse)
        if len(best) < count:
            best.append(worse)
    total = best[0].clone()
    seen = torch.ones_like(total)
    for each in best[1:]:
        here = each > UNSEEN
        total += each * here
        seen += here
    return total.div_(seen)
