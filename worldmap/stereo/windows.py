"""How alike two pictures are, window by window: normalised cross-correlation (Hannah, Computer
Matching of Areas in Stereo Images, 1974)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

PIXELS_PER_DATUM: Final = 4.0
"""Neighbouring pixels of a resampled JPEG are not independent: so many tell as much as one."""


def window_mean(values: Tensor, out: Tensor | None = None) -> Tensor:
    """(..., H, W) means of the windows about each pixel, `out` if that is given; at the border, of
    what is inside and of its mirror image."""
    out = torch.empty_like(values) if out is None else out
    return (_mean_here if values.device.type == "cpu" else _mean_there)(values, out)


_SHARES: Final = np.full(WINDOW_PX, 1 / WINDOW_PX, dtype=np.float32)


def _mean_here(values: Tensor, out: Tensor) -> Tensor:
    """On the processor: OpenCV's takes a fraction of the time."""
    shape = (-1, *values.shape[-2:])
    for own, found in zip(values.view(shape).numpy(), out.view(shape).numpy(), strict=True):
        cv2.sepFilter2D(own, -1, _SHARES, _SHARES, found, borderType=cv2.BORDER_REFLECT_101)
    return out


def _mean_there(values: Tensor, out: Tensor) -> Tensor:
    reach = WINDOW_PX // 2
    flat = values.reshape(-1, 1, *values.shape[-2:])
    around = torch.nn.functional.pad(flat, (reach,) * 4, mode="reflect")
    return out.copy_(torch.nn.functional.avg_pool2d(around, WINDOW_PX, stride=1).view(out.shape))


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """A picture (H, W), with mean and variance of the window about each pixel; weight: what a
    correlation with it is multiplied by."""

    grey: Tensor
    mean: Tensor
    variance: Tensor
    weight: Tensor

    @classmethod
    def of(cls, grey: Tensor) -> Windows:
        """Of grey values, 0 … 255."""
        mean = window_mean(grey)
        variance = (window_mean(grey * grey) - mean * mean).clamp_(min=0)
        return cls(grey, mean, variance, (variance + NOISE_GREY**2).rsqrt_())

    def correlation(self, drawn: Tensor, into: Sequence[Tensor] | None = None) -> Tensor:
        """(..., H, W) of these windows with those of other pictures (..., H, W), in -1 … 1. What is
        noise in both counts as texture that does not agree. into: four tensors of that size that
        may be used up, and drawn then is, too; the correlation is one of them."""
        if into is None:
            drawn, into = drawn.clone(), [torch.empty_like(drawn) for _ in range(4)]
        mean, square, product, common = into
        window_mean(drawn, mean)
        window_mean(torch.mul(drawn, drawn, out=product), square)
        window_mean(drawn.mul_(self.grey), common)
        variance = square.addcmul_(mean, mean, value=-1).clamp_(min=0).add_(NOISE_GREY**2)
        common.addcmul_(mean, self.mean, value=-1).mul_(self.weight)
        return common.mul_(variance.rsqrt_())


def is_positive(values: Tensor) -> Tensor:
    """1 where values are, else 0; they are used up. On the processor a comparison, and what it
    chooses, take many times as long."""
    return values.mul_(1e30).clamp_(0, 1)


def mean_of_best_two(scores: Iterable[Tensor]) -> Tensor:
    """Mean of the best two of several scores, of one where no other is not UNSEEN: the others may
    see something in front. One score is looked at after the other."""
    best: Tensor | None = None
    for each in scores:
        if best is None:
            best, second, worse = each.clone(), torch.full_like(each, UNSEEN), each.clone()
        else:
            torch.minimum(best, each, out=worse)
            torch.maximum(second, worse, out=second)
            torch.maximum(best, each, out=best)
    if best is None:
        raise ValueError("no score")
    second.sub_(UNSEEN)
    best.sub_(UNSEEN).add_(second)
    return best.div_(is_positive(second).add_(1)).add_(UNSEEN)


def mean_of_seeing(scores: Iterable[Tensor], seeing: Sequence[Tensor]) -> Tensor:
    """Mean of those scores that are not UNSEEN, of neighbours that see a pixel (1, or else 0);
    UNSEEN where none is. The scores are used up, one after the other."""
    total, count = torch.zeros_like(seeing[0]), torch.zeros_like(seeing[0])
    for each, sees in zip(scores, seeing, strict=True):
        total += each.sub_(UNSEEN).mul_(sees)
        count += is_positive(each)
    return total.div_(count.clamp_(min=1)).add_(UNSEEN)


def peak_between(before: Tensor, here: Tensor, after: Tensor, *, most: float) -> Tensor:
    """How many steps, no more than `most`, the best of three neighbouring scores lies from the
    middle one: by a parabola."""
    bend = (2 * here - before - after).clamp(min=1e-4)
    return ((after - before) / (2 * bend)).clamp(-most, most)


def peak_sigma(score: Tensor, bend: Tensor) -> Tensor:
    """The standard deviation, in steps, of where a score is best: least squares, twice the smallest
    cost over its curvature `bend` and the number of data in a window."""
    data = WINDOW_PX**2 / PIXELS_PER_DATUM
    return ((1 - score).clamp(min=0.01) * 2 / (bend * data)).sqrt()
