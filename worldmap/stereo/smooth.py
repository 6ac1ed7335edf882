"""Semi-global matching (Hirschmüller, TPAMI 30, 2008): of each pixel's labels the one that its
neighbours can agree with, along straight paths in eight directions."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

# In units of correlation. A step of one label is what slanted surfaces and noise make: about the
# scatter of the correlation of a true match. A jump has to be worth what tells a match from none.
_STEP: Final = 0.06
_JUMP: Final = 0.45


def smoothed(cost: Tensor) -> Tensor:
    """(D, H, W) costs of labels in a row, 1 − correlation, summed over the paths to each pixel."""
    total = torch.zeros_like(cost)
    flipped = cost.flip(1)
    for side in (-1, 0, 1):
        total += _downward(cost, side)
        total += _downward(flipped, side).flip(1)
    turned = cost.transpose(1, 2).contiguous()
    along = _downward(turned, 0)
    along += _downward(turned.flip(1), 0).flip(1)
    return total.add_(along.transpose(1, 2))


def _downward(cost: Tensor, side: int) -> Tensor:
    """Along the paths that go one row down and `side` columns across."""
    rows = cost.permute(1, 0, 2).contiguous()
    found = torch.empty_like(rows)
    found[0] = rows[0]
    for row in range(1, len(rows)):
        before = found[row - 1]
        if side:
            shifted = before.clone()
            if side > 0:
                shifted[:, 1:] = before[:, :-1]
            else:
                shifted[:, :-1] = before[:, 1:]
            before = shifted
        least = before.amin(dim=0)
        best = torch.minimum(before, least + _JUMP)
        near = before + _STEP
        best[1:] = torch.minimum(best[1:], near[:-1])
        best[:-1] = torch.minimum(best[:-1], near[1:])
        found[row] = rows[row] + best - least
    return found.permute(1, 0, 2)
