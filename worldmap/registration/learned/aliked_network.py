"""ALIKED's network (Zhao et al., IEEE TIM 2023): keypoints by a score map, and descriptors sampled
where the network itself finds that they say most.

Written after the paper; modules are named as in the published checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import nn
from torch.nn import functional

_MULTIPLE: Final = 32
_TEMPERATURE: Final = 0.1


class AlikedNetwork(nn.Module):
    """A picture to keypoints, their scores and descriptors. Its widths are those of the tensors it
    is to be given."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        widths = [len(tensors[f"block{k}.bn1.weight"]) for k in (1, 2, 3, 4)]
        wide = len(tensors["desc_head.sf_conv.weight"])
        self.block1 = _Plain(3, widths[0])
        self.block2 = _Residual(widths[0], widths[1], bends=False)
        self.block3 = _Residual(widths[1], widths[2], bends=True)
        self.block4 = _Residual(widths[2], widths[3], bends=True)
        self.conv1 = nn.Conv2d(widths[0], wide // 4, 1, bias=False)
        self.conv2 = nn.Conv2d(widths[1], wide // 4, 1, bias=False)
        self.conv3 = nn.Conv2d(widths[2], wide // 4, 1, bias=False)
        self.conv4 = nn.Conv2d(widths[3], wide // 4, 1, bias=False)
        self.score_head = nn.Sequential(
            nn.Conv2d(wide, 8, 1, bias=False),
            nn.SELU(),
            nn.Conv2d(8, 4, 3, padding=1, bias=False),
            nn.SELU(),
            nn.Conv2d(4, 4, 3, padding=1, bias=False),
            nn.SELU(),
            nn.Conv2d(4, 1, 3, padding=1, bias=False),
        )
        self.desc_head = _Described(wide, len(tensors["desc_head.agg_weights"]))

    def forward(
        self,
        picture: torch.Tensor,
        *,
        most: int,
        least_score: float,
        radius: int,
        mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of a picture (1, 3, H, W) in 0..1 the keypoints (N, 2), column and row with integers at
        pixel centres, the best first; their scores (N,), at least `least_score`, none within
        `radius` pixels of a better one; and unit descriptors (N, D). mask (H, W): where there may
        be any."""
        features, score = self._maps(picture)
        found = _peaks(score, radius, least_score, mask)[:most]
        points, scores = _refined(score, found, radius)
        return points, scores, self.desc_head(features, points)

    def _maps(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features (1, D, H, W) of unit length, and scores (H, W)."""
        height, width = picture.shape[-2:]
        more_rows, more_columns = -height % _MULTIPLE, -width % _MULTIPLE
        top, left = more_rows // 2, more_columns // 2
        padded = functional.pad(
            picture, (left, more_columns - left, top, more_rows - top), mode="replicate"
        )
        size = padded.shape[-2:]
        one = self.block1(padded)
        two = self.block2(functional.avg_pool2d(one, 2))
        three = self.block3(functional.avg_pool2d(two, 4))
        four = self.block4(functional.avg_pool2d(three, 4))
        levels = [
            functional.selu(conv(level))
            for conv, level in (
                (self.conv1, one),
                (self.conv2, two),
                (self.conv3, three),
                (self.conv4, four),
            )
        ]
        stacked = torch.cat(
            [
                functional.interpolate(level, size=size, mode="bilinear", align_corners=True)
                for level in levels
            ],
            dim=1,
        )
        score = torch.sigmoid(self.score_head(stacked))[0, 0]
        inside = (slice(top, top + height), slice(left, left + width))
        return functional.normalize(stacked, dim=1)[(..., *inside)], score[inside]


class _Plain(nn.Module):
    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(narrow, wide, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(wide)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.selu(self.bn1(self.conv1(x)))
        return functional.selu(self.bn2(self.conv2(x)))


class _Residual(nn.Module):
    def __init__(self, narrow: int, wide: int, *, bends: bool) -> None:
        super().__init__()
        kind = _Deformable if bends else _plain_conv
        self.conv1 = kind(narrow, wide)
        self.bn1 = nn.BatchNorm2d(wide)
        self.conv2 = kind(wide, wide)
        self.bn2 = nn.BatchNorm2d(wide)
        self.downsample = nn.Conv2d(narrow, wide, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.selu(self.bn1(self.conv1(x)))
        return functional.selu(self.bn2(self.conv2(y)) + self.downsample(x))


def _plain_conv(narrow: int, wide: int) -> nn.Module:
    return nn.Conv2d(narrow, wide, 3, padding=1, bias=False)


class _Deformable(nn.Module):
    """A 3 × 3 convolution each of whose nine taps reads where an offset says (Dai et al., ICCV
    2017), bilinearly, and zero outside."""

    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.offset_conv = nn.Conv2d(narrow, 18, 3, padding=1)
        self.regular_conv = nn.Conv2d(narrow, wide, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2:]
        most = max(height, width) / 4.0
        # Down and right of each tap, row by row.
        offset = self.offset_conv(x)[0].clamp(-most, most).reshape(9, 2, height, width)
        rows = torch.arange(height, device=x.device, dtype=x.dtype)
        columns = torch.arange(width, device=x.device, dtype=x.dtype)
        tap = torch.arange(-1, 2, device=x.device, dtype=x.dtype)
        row = rows[None, :, None] + tap.repeat_interleave(3)[:, None, None] + offset[:, 0]
        column = columns[None, None, :] + tap.repeat(3)[:, None, None] + offset[:, 1]
        at = _normalised(torch.stack((column, row), dim=-1), height, width)
        read = functional.grid_sample(x, at.reshape(1, 9 * height, width, 2), align_corners=True)
        read = read.reshape(x.shape[1] * 9, height * width)
        kernel = self.regular_conv.weight.flatten(1)
        return (kernel @ read).reshape(1, len(kernel), height, width)


class _Described(nn.Module):
    """Descriptors of keypoints: features read at some places about each, which the network tells
    by what is there."""

    def __init__(self, wide: int, places: int) -> None:
        super().__init__()
        self.offset_conv = nn.Sequential(
            nn.Conv2d(wide, 2 * places, 3), nn.SELU(), nn.Conv2d(2 * places, 2 * places, 1)
        )
        self.sf_conv = nn.Conv2d(wide, wide, 1, bias=False)
        self.agg_weights = nn.Parameter(torch.zeros(places, wide, wide))

    def forward(self, features: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        _, wide, height, width = features.shape
        count, places = len(points), len(self.agg_weights)
        if not count:
            return features.new_zeros((0, wide))
        first = (points.long() - 1).clamp(min=0)
        first = torch.minimum(first, first.new_tensor((width - 4, height - 4)))
        step = torch.arange(3, device=points.device)
        row = first[:, 1, None, None] + step[None, :, None]
        column = first[:, 0, None, None] + step[None, None, :]
        around = features[0][:, row, column].transpose(0, 1)
        most = max(height, width) / 4.0
        offset = self.offset_conv(around)[:, :, 0, 0].clamp(-most, most)
        at = points[:, None] + offset.reshape(count, 2, places).transpose(1, 2)
        at = _normalised(at, height, width).reshape(1, count * places, 1, 2)
        read = functional.grid_sample(features, at, align_corners=True)
        read = torch.selu(self.sf_conv(read))[0, :, :, 0].reshape(wide, count, places)
        told = torch.einsum("cnp,pcd->nd", read, self.agg_weights)
        return functional.normalize(told, dim=1)


def _normalised(at: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Columns and rows (..., 2) as `grid_sample` counts them with aligned corners."""
    return 2.0 * at / at.new_tensor((width - 1, height - 1)) - 1.0


def _peaks(
    score: torch.Tensor, radius: int, least: float, mask: torch.Tensor | None
) -> torch.Tensor:
    """Rows and columns (N, 2) of the pixels of a score map (H, W) that none within `radius` beats,
    best first. What stands in the shadow of a peak does not put others into it."""

    def widest(values: torch.Tensor) -> torch.Tensor:
        return functional.max_pool2d(values[None, None], 2 * radius + 1, stride=1, padding=radius)[
            0, 0
        ]

    peak = score == widest(score)
    for _ in range(2):
        shadowed = widest(peak.float()) > 0
        rest = torch.where(shadowed, torch.zeros_like(score), score)
        peak = peak | ((rest == widest(rest)) & ~shadowed)
    border = torch.zeros_like(peak)
    border[radius:-radius, radius:-radius] = True
    peak = peak & border & (score > least)
    if mask is not None:
        peak = peak & mask
    found = peak.nonzero()
    # Equal scores in the order of their pixels, on every machine.
    order = torch.sort(score[found[:, 0], found[:, 1]], descending=True, stable=True).indices
    return found[order]


def _refined(
    score: torch.Tensor, found: torch.Tensor, radius: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Peaks (N, 2) to parts of a pixel, as columns and rows: the mean of the pixels around, weighed
    by how much each has of the peak's score; and the scores there."""
    height, width = score.shape
    reach = torch.arange(-radius, radius + 1, device=score.device)
    down, right = (grid.flatten() for grid in torch.meshgrid(reach, reach, indexing="ij"))
    around = score[found[:, :1] + down, found[:, 1:] + right]
    if not len(found):
        return score.new_zeros((0, 2)), score.new_zeros(0)
    weight = torch.exp((around - around.max(dim=1, keepdim=True).values) / _TEMPERATURE)
    weight = weight / weight.sum(dim=1, keepdim=True)
    shift = weight @ torch.stack((right, down), dim=1).to(score)
    points = found.flip(1) + shift
    at = _normalised(points, height, width).reshape(1, 1, -1, 2)
    scores = functional.grid_sample(score[None, None], at, align_corners=True)[0, 0, 0]
    return points, scores
