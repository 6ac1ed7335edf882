"""Semi-global matching (Hirschmüller, TPAMI 30, 2008): of each pixel's labels the one that its
neighbours can agree with, along straight paths in eight directions."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

# In units of correlation. A step of one label is what slanted surfaces and noise make: about the
# scatter of the correlation of a true match. A jump has to be worth what tells a match from none.
_STEP: Final = 0.06
JUMP: Final = 0.45
PATHS: Final = 8
"""Costs are summed over so many."""


def smoothed(cost: Tensor) -> Tensor:
    """(D, H, W) costs of labels in a row, 1 − correlation, summed over the paths to each pixel."""
    total = _along_columns(cost.permute(1, 0, 2), slanted=True)
    across = _along_columns(cost.permute(2, 0, 1), slanted=False)
    return total.permute(1, 0, 2).add_(across.permute(1, 2, 0))


def _along_columns(rows: Tensor, *, slanted: bool) -> Tensor:
    """(H, D, W) costs of rows, summed over the paths that go down and up the columns; slanted: and
    one column aside with each row, too. All of these paths take a row at once."""
    rows = rows.contiguous()
    count = 6 if slanted else 2
    # Down, up, and these to the right and to the left.
    before = torch.stack((rows[0], rows[-1]) * (count // 2))
    total = torch.zeros_like(rows)
    best, near = torch.empty_like(before), torch.empty_like(before)
    for row in range(len(rows)):
        if row:
            if slanted:
                before[2:4, :, 1:] = before[2:4, :, :-1].clone()
                before[4:6, :, :-1] = before[4:6, :, 1:].clone()
            least = before.amin(dim=1, keepdim=True)
            torch.minimum(before, least + JUMP, out=best)
            torch.add(before, _STEP, out=near)
            torch.minimum(best[:, 1:], near[:, :-1], out=best[:, 1:])
            torch.minimum(best[:, :-1], near[:, 1:], out=best[:, :-1])
            best -= least
            best[0::2] += rows[row]
            best[1::2] += rows[-1 - row]
            before, best = best, before
        total[row] += before[0::2].sum(dim=0)
        total[-1 - row] += before[1::2].sum(dim=0)
    return total


def label_between(total: Tensor, best: Tensor) -> Tensor:
    """(H, W) where the minimum lies beside the best label, by a parabola through three."""
    inner = best.clamp(1, len(total) - 2)
    before, here, after = (total.gather(0, (inner + k)[None])[0] for k in (-1, 0, 1))
    bend = (before + after - 2 * here).clamp(min=1e-6)
    shift = ((before - after) / (2 * bend)).clamp(-0.5, 0.5)
    return torch.where(best == inner, shift, 0.0)
