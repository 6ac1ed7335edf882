"""Pictures in which nobody is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.blur.faces import Boxes, CenterFace, Rgb, find_faces, weights_path

NOT_HERE: Final = (
    "faces are not blurred, for the detector is not installed: pip install 'worldmap[blur]', or "
    "say --no-blur"
)
"""What is said where a picture that should be blurred cannot be."""
# Hair, chin and ears belong to a face; a box tells the face alone.
_WIDER: Final = 0.35
# So many blocks across are left: eyes, nose and mouth are fewer than one each.
_BLOCKS: Final = 5


@dataclass(frozen=True, slots=True)
class Blur:
    """Makes faces in pictures unrecognisable."""

    network: CenterFace

    @classmethod
    def here(cls) -> Self | None:
        """The detector that is installed; None where none is. ModelError where it cannot be run."""
        path = weights_path()
        return None if path is None else cls(CenterFace(path))

    def __call__(self, rgb: Rgb) -> Rgb:
        """The picture (H, W, 3), every face that is found blurred."""
        return blurred(rgb, find_faces(rgb, self.network))


def blurred(rgb: Rgb, boxes: Boxes) -> Rgb:
    """The picture with ellipses over the boxes (N, 4: left, top, right, bottom) of nothing but a
    few blocks' mean colours, softly joined: what is averaged away cannot be sharpened back."""
    found = rgb.copy()
    for left, top, right, bottom in boxes:
        grown_x, grown_y = _WIDER * (right - left), _WIDER * (bottom - top)
        x0, x1 = max(0, int(left - grown_x)), min(rgb.shape[1], int(np.ceil(right + grown_x)))
        y0, y1 = max(0, int(top - grown_y)), min(rgb.shape[0], int(np.ceil(bottom + grown_y)))
        if x1 - x0 < 2 or y1 - y0 < 2:
            continue
        part = found[y0:y1, x0:x1]
        few = (min(_BLOCKS, x1 - x0), min(_BLOCKS, y1 - y0))
        coarse = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
        smooth = cv2.resize(coarse, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        inside = _ellipse(y1 - y0, x1 - x0)
        part[inside] = np.asarray(smooth, dtype=np.uint8)[inside]
    return found


def _ellipse(height_px: int, width_px: int) -> NDArray[np.bool_]:
    y = (np.arange(height_px) + 0.5) / height_px * 2 - 1
    x = (np.arange(width_px) + 0.5) / width_px * 2 - 1
    return np.asarray(x[None, :] ** 2 + y[:, None] ** 2 <= 1.0)
