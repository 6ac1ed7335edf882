"""Depth of a photo by what several placed photos show: what a network for it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import PlacedCamera
from worldmap.records import DepthModel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ColourPicture(PlacedCamera):
    """A photo on the grid of `camera`: rgb (H, W, 3) uint8, sRGB."""

    rgb: NDArray[np.uint8]


class ViewsNetwork(Protocol):
    """Gives a placed photo a depth by itself and the photos beside it: `worldmap.views` names a
    class that is made with the DepthSettings and looks like this. One with weights to fetch lists
    them in `sources`."""

    @property
    def model(self) -> DepthModel:
        """Name, hash and licence of the weights."""
        ...

    def settings_hash(self) -> str:
        """Hash of the weights and of every setting that its depth depends on."""
        ...

    def depth(
        self, photo: ColourPicture, beside: Sequence[ColourPicture]
    ) -> NDArray[np.float32] | None:
        """Depth (H, W) of the photo along its optical axis on the photo's grid, in about metres:
        the solution's points tell the scale. beside: at least one, in the photo's frame, the best
        first. None where it gives none."""
        ...
