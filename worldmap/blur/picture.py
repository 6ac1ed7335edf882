"""Pictures in which nobody is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.blur.faces import Boxes, CenterFace, Rgb, face_weights, find_faces
from worldmap.blur.plates import Plates, Quads, plate_weights

_HOW: Final = "pip install 'worldmap[blur]', or say --no-blur"
# Hair, chin and ears belong to a face; a box tells the face alone.
_WIDER: Final = 0.35
# So many blocks across are left: eyes, nose and mouth are fewer than one each.
_BLOCKS: Final = 5
# Of a plate's line: no character has a block of its own.
_PLATE_BLOCKS: Final = (3, 1)


@dataclass(frozen=True, slots=True)
class Blur:
    """Makes faces and number plates in pictures unrecognisable; None where what finds them is not
    here."""

    network: CenterFace | None = None
    plates: Plates | None = None

    @classmethod
    def here(cls) -> Self | None:
        """What is installed; None where nothing is. ModelError where it cannot be run."""
        faces, plates = face_weights(), plate_weights()
        if faces is None and plates is None:
            return None
        return cls(
            network=None if faces is None else CenterFace(faces),
            plates=None if plates is None else Plates(*plates),
        )

    def __call__(self, rgb: Rgb) -> Rgb:
        """The picture (H, W, 3), every face and plate that is found blurred."""
        # Found before anything is blurred: neither looks like the other.
        quads = None if self.plates is None else self.plates.find(rgb)
        if self.network is not None:
            rgb = blurred(rgb, find_faces(rgb, self.network))
        return rgb if quads is None else covered(rgb, quads)


def not_blurred(blur: Blur | None) -> str:
    """What is said of what should be blurred and cannot be; '' where all can."""
    faces = blur is not None and blur.network is not None
    plates = blur is not None and blur.plates is not None
    missing = " and ".join(
        name for name, is_here in (("faces", faces), ("number plates", plates)) if not is_here
    )
    return missing and f"{missing} are not blurred, for what finds them is not installed: {_HOW}"


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
        inside = _ellipse(y1 - y0, x1 - x0)
        part[inside] = _few_blocks(part, (_BLOCKS, _BLOCKS))[inside]
    return found


def covered(rgb: Rgb, quads: Quads) -> Rgb:
    """The picture with nothing but a few blocks' mean colours in the quadrangles (N, 4, 2)."""
    found = rgb.copy()
    for corners in quads:
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
        high = np.minimum(np.ceil(corners.max(axis=0)).astype(int), rgb.shape[1::-1])
        if (high - low < 2).any():
            continue
        part = found[low[1] : high[1], low[0] : high[0]]
        inside = np.zeros(part.shape[:2], dtype=np.uint8)
        cv2.fillPoly(inside, [np.rint(corners - low - 0.5).astype(np.int32)], 1)
        part[inside > 0] = _few_blocks(part, _PLATE_BLOCKS)[inside > 0]
    return found


def _few_blocks(part: Rgb, most: tuple[int, int]) -> Rgb:
    """A part of a picture (H, W, 3) made of so many blocks across and down at most, joined."""
    high, wide = part.shape[:2]
    few = (min(most[0], wide), min(most[1], high))
    coarse = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_LINEAR), dtype=np.uint8
    )


def _ellipse(height_px: int, width_px: int) -> NDArray[np.bool_]:
    y = (np.arange(height_px) + 0.5) / height_px * 2 - 1
    x = (np.arange(width_px) + 0.5) / width_px * 2 - 1
    return np.asarray(x[None, :] ** 2 + y[:, None] ** 2 <= 1.0)
