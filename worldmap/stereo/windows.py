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

from worldmap.stereo.picture import WINDOW_PX

NOISE_GREY: Final = 2.0
"""Of a grey value, 0 … 255: what is less than this is noise of sensor and compression."""
UNSEEN: Final = -1.0
"""The correlation with a picture that does not show a place: no less than the worst."""

# Neighbouring pixels of a resampled JPEG are not independent: so many tell as much as one.
_PIXELS_PER_DATUM: Final = 4.0


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


def mean_of_better_half(scores: Tensor) -> Tensor:
    """(H, W) mean of the better half of those scores (V, H, W) that are not UNSEEN, UNSEEN where
    none is: half of the neighbours may see something in front."""
    ordered = scores.sort(dim=0, descending=True).values
    half = ((ordered > UNSEEN).sum(dim=0) + 1) // 2
    rank = torch.arange(len(scores), device=scores.device)[:, None, None]
    total = (ordered * (rank < half)).sum(dim=0)
    return torch.where(half > 0, total / half.clamp(min=1), UNSEEN)


def peak_between(before: Tensor, here: Tensor, after: Tensor, *, most: float) -> Tensor:
    """How many steps, no more than `most`, the best of three neighbouring scores lies from the
    middle one: by a parabola."""
    bend = (2 * here - before - after).clamp(min=1e-4)
    return ((after - before) / (2 * bend)).clamp(-most, most)


def peak_sigma(score: Tensor, bend: Tensor) -> Tensor:
    """The standard deviation, in steps, of where a score is best: least squares, twice the smallest
    cost over its curvature `bend` and the number of data in a window."""
    data = WINDOW_PX**2 / _PIXELS_PER_DATUM
    return ((1 - score).clamp(min=0.01) * 2 / (bend * data)).sqrt()
