"""A photo's own picture at the size that features are found at."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera


class PictureSource(Protocol):
    """What a photo looks like, read when it is asked for."""

    def grey(self) -> NDArray[np.uint8] | None:
        """(H, W), upright, as `working_picture` has it; None where the photo's file is gone or is
        another by now."""
        ...


def working_picture(rgb: NDArray[np.uint8], work: Camera, *, colour: bool) -> NDArray[np.uint8]:
    """An upright photo (H, W, 3) at any size in that of `work`, in grey (h, w) or in colour
    (h, w, 3)."""
    picture = rgb if colour else cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    if picture.shape[:2] != (work.height_px, work.width_px):
        picture = cv2.resize(picture, (work.width_px, work.height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(picture, dtype=np.uint8)
