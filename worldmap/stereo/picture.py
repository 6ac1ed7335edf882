"""A photo as stereo looks at it, and what it finds there. Without PyTorch, which only the search
needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, GreyPicture
from worldmap.frames import RigidTransform

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

WINDOW_PX: Final = 7
"""Windows that are compared are so wide and high."""
SIGMAS: Final = 3.0
"""About a depth that is known, another is looked for within so many of its sigmas."""
SEEN_SCORE: Final = 0.4
"""The least correlation of a match that others vouch for, of pixels beside it or of other photos:
about half of the texture is seen again."""
WIDEST_PX: Final = 768
"""Pictures are compared with their longer side no longer than this."""


def grey_picture(rgb: NDArray[np.uint8], full: Camera, enu_from_cam: RigidTransform) -> GreyPicture:
    """A photo as it is compared with others, WIDEST_PX wide or high at most: rgb (H, W, 3), the
    upright picture at any size; full: its camera at full size."""
    camera = full.at_most(WIDEST_PX)
    size = camera.width_px, camera.height_px
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return GreyPicture(
        camera=camera,
        enu_from_cam=enu_from_cam,
        grey=cv2.resize(grey, size, interpolation=cv2.INTER_AREA),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surface:
    """What a photo's neighbours make of it, (H, W) float32 each: inverse depth in 1/m, 0 = too far
    to tell or too flat to compare; its relative sigma; the mean correlation of the two neighbours
    that fit best."""

    inverse: Floats
    sigma_rel: Floats
    score: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Followed(Surface):
    """One that was followed from a depth. pixel_rel (H, W): the relative depth that moves a pixel
    by one in the neighbour where it moves most."""

    pixel_rel: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Swept:
    """What a search about a known depth found, (H, W) each. depth_m: where one surface fits, and
    fits best; its relative sigma; else NaN. fits: whether any that was tried fits at all; tested:
    whether at least two neighbours look there and there is something to compare."""

    depth_m: Floats
    sigma_rel: Floats
    fits: Bools
    tested: Bools
