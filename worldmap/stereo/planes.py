"""A surface as a small plane at each pixel, flat in inverse depth, as planes in space are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

# Neighbours lie on a pixel's plane within so many pixels of parallax: some sigmas of a match.
_ON_PLANE_PX: Final = 2.0
_REACH_PX: Final = 3
_ROUNDS: Final = 2
# Of a picture a few rows at a time are worked on, whose numbers stay in the cache meanwhile.
_STRIP_ROWS: Final = 48
# However badly a pixel matches, it has some say.
_LEAST_TRUST: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """(H, W) each: inverse depth at the pixel's centre, and how it grows per pixel along the row
    and down the column."""

    inverse: Tensor
    along: Tensor
    down: Tensor

    @classmethod
    def facing(cls, inverse: Tensor) -> Planes:
        """At these inverse depths (H, W), each at right angles to the optical axis."""
        return cls(inverse, torch.zeros_like(inverse), torch.zeros_like(inverse))

    def moved(self, across_px: int, down_px: int) -> Planes:
        """Each pixel on the plane of the one that lies so far from it; around the border as on a
        torus."""
        inverse, along, down = (
            torch.roll(each, (-down_px, -across_px), (0, 1))
            for each in (self.inverse, self.along, self.down)
        )
        reached = inverse - along * across_px - down * down_px
        return Planes(reached.clamp_(min=0), along, down)

    def where(self, better: Tensor, other: Planes) -> Planes:
        """The other's planes where they are better (H, W)."""
        return Planes(
            torch.where(better, other.inverse, self.inverse),
            torch.where(better, other.along, self.along),
            torch.where(better, other.down, self.down),
        )

    def finer(self, height_px: int, width_px: int) -> Planes:
        """On a finer grid of the same view."""
        height, width = self.inverse.shape
        device = self.inverse.device
        by_y, by_x = height_px / height, width_px / width
        y = (torch.arange(height_px, device=device) + 0.5) / by_y
        x = (torch.arange(width_px, device=device) + 0.5) / by_x
        row, column = y.long().clamp(max=height - 1), x.long().clamp(max=width - 1)
        inverse, along, down = (
            each[row][:, column] for each in (self.inverse, self.along, self.down)
        )
        off_y, off_x = (y - row - 0.5)[:, None], (x - column - 0.5)[None]
        reached = inverse + along * off_x + down * off_y
        return Planes(reached.clamp_(min=0), along / by_x, down / by_y)

    def levelled(self, trust: Tensor, px: Tensor) -> Planes:
        """Each pixel's plane fitted anew to the pixels around that lie on it. trust (H, W): 0 … 1;
        px (H, W): the change of inverse depth that moves a pixel by one.

        Least squares by Tukey's biweight of the distance from the plane that is there. So windows
        lie along one surface, not along each pixel's noise, and edges stay what they are.
        """
        planes = self
        for _ in range(_ROUNDS):
            planes = planes._fitted(trust.clamp(min=_LEAST_TRUST) ** 2, px)
        return planes

    def _fitted(self, weight: Tensor, px: Tensor) -> Planes:
        height = self.inverse.shape[0]
        margin = (_REACH_PX,) * 4
        around = torch.nn.functional.pad(self.inverse, margin)
        # What lies beyond the border has no weight.
        weights = torch.nn.functional.pad(weight, margin)
        per_px = 1 / (_ON_PLANE_PX * px).clamp(min=1e-9)
        found = Planes(*(torch.empty_like(self.inverse) for _ in range(3)))
        for top in range(0, height, _STRIP_ROWS):
            rows = slice(top, min(top + _STRIP_ROWS, height))
            beside = slice(top, rows.stop + 2 * _REACH_PX)
            self._fit_rows(found, rows, around[beside], weights[beside], per_px[rows])
        return found

    def _fit_rows(
        self, found: Planes, rows: slice, around: Tensor, weights: Tensor, per_px: Tensor
    ) -> None:
        """Writes the fit of some rows into `found`, from inverse depths and weights of these and of
        what is around them."""
        inverse, along, down = self.inverse[rows], self.along[rows], self.down[rows]
        height, width = inverse.shape
        total, off, xx, yy, x_off, y_off = (torch.zeros_like(inverse) for _ in range(6))
        one = torch.ones((), dtype=inverse.dtype, device=inverse.device)
        for y in range(-_REACH_PX, _REACH_PX + 1):
            level = slice(_REACH_PX + y, _REACH_PX + y + height)
            expected = inverse.add(down, alpha=y).sub_(along, alpha=_REACH_PX + 1)
            row_total, row_off = torch.zeros_like(inverse), torch.zeros_like(inverse)
            for x in range(-_REACH_PX, _REACH_PX + 1):
                columns = slice(_REACH_PX + x, _REACH_PX + x + width)
                away = around[level, columns] - expected.add_(along)
                share = away * per_px
                tukey = torch.addcmul(one, share, share, value=-1).clamp_(min=0).square_()
                tukey *= weights[level, columns]
                row_total += tukey
                xx.add_(tukey, alpha=x * x)
                tukey *= away
                row_off += tukey
                x_off.add_(tukey, alpha=x)
            total += row_total
            off += row_off
            yy.add_(row_total, alpha=y * y)
            y_off.add_(row_off, alpha=y)
        found.inverse[rows] = (inverse + off / total.clamp(min=1e-6)).clamp_(min=0)
        found.along[rows] = along + x_off / xx.clamp(min=1e-3)
        found.down[rows] = down + y_off / yy.clamp(min=1e-3)
