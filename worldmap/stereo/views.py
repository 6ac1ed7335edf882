"""A photo and its neighbours, ready to be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from torch import Tensor

from worldmap.camera import GreyPicture
from worldmap.stereo.warp import Warp
from worldmap.stereo.windows import UNSEEN, Windows

_TENSORS = 6


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
        # Written again and again: fresh memory costs more than the arithmetic in it.
        self._used: list[Tensor] = []

    def each_score(self, inverse: Tensor) -> Iterator[Tensor]:
        """Of one neighbour after the other, (B, H, W): how well its picture fits if the photo's
        surface is at these inverse depths (B, H, W); UNSEEN where it does not look. Each holds
        until the next is asked for."""
        if not self._used or self._used[0].shape != inverse.shape:
            self._used = [torch.empty_like(inverse) for _ in range(_TENSORS)]
        for warp in self.warps:
            drawn, is_seen = warp.drawn(inverse, self._used[:5], self._margin_px)
            rest = [each for each in self._used if each is not drawn and each is not is_seen]
            score = self.own.correlation(drawn, rest)
            yield score.sub_(UNSEEN).mul_(is_seen).add_(UNSEEN)

    def scores(self, inverse: Tensor) -> list[Tensor]:
        """The same, all of them."""
        return [score.clone() for score in self.each_score(inverse)]

    def each_change(self, inverse: Tensor, half: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Of one neighbour after the other, (H, W) each: its picture about these inverse depths,
        how that changes from `half` further to `half` nearer, and 1 where it looks there, else
        0."""
        for warp in self.warps:
            (before, first), (after, second) = (
                warp.drawn(
                    (inverse + off)[None],
                    [torch.empty_like(inverse[None]) for _ in range(5)],
                    self._margin_px,
                )
                for off in (-half, half)
            )
            middle = (before + after).mul_(0.5)[0]
            yield middle, after.sub_(before)[0], first.mul_(second)[0]


def reduced(
    photo: GreyPicture,
    others: Sequence[GreyPicture],
    longer_px: int,
    device: torch.device,
    *,
    margin_px: float = 0.0,
) -> Views:
    """All on grids as coarse as the photo's, should theirs be finer."""
    others = [_at_most(other, longer_px) for other in others]
    return Views(_at_most(photo, longer_px), others, device, margin_px=margin_px)


def _at_most(picture: GreyPicture, longer_px: int) -> GreyPicture:
    camera = picture.camera.at_most(longer_px)
    if camera == picture.camera:
        return picture
    size = camera.width_px, camera.height_px
    grey = cv2.resize(picture.grey, size, interpolation=cv2.INTER_AREA)
    return replace(picture, camera=camera, grey=grey)
