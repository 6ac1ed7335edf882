"""A photo and its neighbours, ready to be compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from worldmap.camera import GreyPicture
from worldmap.stereo.warp import Warp
from worldmap.stereo.windows import UNSEEN, Windows


class Views:
    """A photo with at least one neighbour, ValueError without. margin_px: nearer to the border of
    its picture a neighbour says nothing."""

    def __init__(
        self,
        photo: GreyPicture,
        others: Sequence[GreyPicture],
        device: torch.device,
        *,
        margin_px: float = 0.0,
    ) -> None:
        if not others:
            raise ValueError("no neighbour to compare with")
        self.device = device
        self.photo = photo
        self._margin_px = margin_px
        self.warps = [Warp.of(photo, other, device) for other in others]
        self.own = Windows.of(torch.from_numpy(np.ascontiguousarray(photo.grey)).to(device))

    def scores(self, inverse: Tensor) -> list[Tensor]:
        """Of each neighbour, (B, H, W): how well its picture fits if the photo's surface is at
        these inverse depths (B, H, W); UNSEEN where it does not look."""
        found = []
        for warp in self.warps:
            drawn, outside = warp.drawn(inverse, self._margin_px)
            found.append(self.own.correlation(drawn).masked_fill_(outside, UNSEEN))
        return found
