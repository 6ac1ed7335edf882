"""Number plates: lines of text that hold digits, found and read by PP-OCR (Cui et al.,
arXiv:2507.05595), whose networks come with the package `rapidocr` (Apache-2.0).

The plates of the world have nothing in common but that they are to be read: a network that reads
finds them whatever their shape and country. What it cannot read nobody will, or hardly. That they
have digits and are short tells them from shop signs; house numbers look alike and go with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.blur.onnx_file import told_beside
from worldmap.blur.parts import PART_PX, file_of_package, opened, parts
from worldmap.errors import ModelError

Rgb = NDArray[np.uint8]
Quads = NDArray[np.float64]

_PACKAGE: Final = "rapidocr"
_FINDER, _READER = "models/PP-OCRv6_det_small.onnx", "models/PP-OCRv6_rec_small.onnx"
_MULTIPLE_PX: Final = 32
# The finder's own: what it takes for text, and by how much of their size its lines were shrunk
# (Liao et al., "Real-time scene text detection with differentiable binarization", AAAI 2020).
_TEXT: Final = 0.3
_SHRUNK: Final = 1.6
# Less than the package asks for (0.5): a plate that is missed is shown to everybody.
_LIKELIER: Final = 0.4
_THINNEST_PX: Final = 2.0
_LINE_PX: Final = 48
_LINE_FROM_PX, _LINE_TO_PX = 320, 640
_FEWEST_DIGITS: Final = 2
# No country's plates have more; hyphens and blanks apart.
_MOST_CHARACTERS: Final = 12


def plate_weights() -> tuple[Path, Path] | None:
    """The networks that find and read, None where the package that brings them is not here."""
    finder, reader = (file_of_package(_PACKAGE, name) for name in (_FINDER, _READER))
    return None if finder is None or reader is None else (finder, reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text in a picture: its middle, what it spans along itself and across, pixels, and
    how it is turned, degrees clockwise, within ±90."""

    x_px: float
    y_px: float
    along_px: float
    across_px: float
    turn_deg: float

    @property
    def corners(self) -> Quads:
        """(4, 2), clockwise from the upper left."""
        turn = np.deg2rad(self.turn_deg)
        along = 0.5 * self.along_px * np.array((np.cos(turn), np.sin(turn)))
        across = 0.5 * self.across_px * np.array((-np.sin(turn), np.cos(turn)))
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return np.array([(self.x_px, self.y_px) + s * along + t * across for s, t in signs])

    def stands_beside(self, other: Line) -> bool:
        """Whether the two may be halves of one plate: as high, no farther than that from each
        other along the other's line, half of it across."""
        turn = np.deg2rad(other.turn_deg)
        off_x, off_y = self.x_px - other.x_px, self.y_px - other.y_px
        along = abs(off_x * np.cos(turn) + off_y * np.sin(turn))
        across = abs(off_y * np.cos(turn) - off_x * np.sin(turn))
        apart_along = along - 0.5 * (self.along_px + other.along_px)
        apart_across = across - 0.5 * (self.across_px + other.across_px)
        high = other.across_px
        as_high = 0.5 < self.across_px / high < 2.0
        return bool(as_high and apart_along < high and apart_across < 0.5 * high)


class Plates:
    """The networks, opened. ModelError where a file is none that OpenCV can run."""

    def __init__(self, finder: Path, reader: Path) -> None:
        self._finder: Any = opened(finder)
        self._reader: Any = opened(reader)
        characters = told_beside(reader).get("character", "").splitlines()
        if not characters:
            raise ModelError("does not tell its characters", path=reader)
        # The first class is that of no character; the blank follows all others.
        self._characters = ("", *characters, " ")

    def find(self, rgb: Rgb) -> Quads:
        """(N, 4, 2) corners of what may be plates in a picture (H, W, 3), in pixels."""
        found = []
        for top, left in parts(*rgb.shape[:2]):
            part = np.ascontiguousarray(rgb[top : top + PART_PX, left : left + PART_PX])
            lines = text_lines(self._likely(part))
            found += [line.corners + np.array((left, top)) for line in self._of_plates(part, lines)]
        return np.array(found).reshape(-1, 4, 2)

    def _of_plates(self, rgb: Rgb, lines: list[Line]) -> list[Line]:
        """Those that may be on plates, and what stands beside or over them there."""
        texts = [self._read(rgb, line) for line in lines]
        sure = [line for line, text in zip(lines, texts, strict=True) if is_plate(text)]
        return [
            line
            for line, text in zip(lines, texts, strict=True)
            if line in sure or (is_short(text) and any(line.stands_beside(other) for other in sure))
        ]

    def _likely(self, rgb: Rgb) -> NDArray[np.float32]:
        """(H, W) how sure the network is that there is text."""
        height_px, width_px = rgb.shape[:2]
        high, wide = (-(-side // _MULTIPLE_PX) * _MULTIPLE_PX for side in (height_px, width_px))
        padded = np.zeros((high, wide, 3), dtype=np.uint8)
        padded[:height_px, :width_px] = rgb
        self._finder.setInput(_as_taken(padded))
        return np.asarray(self._finder.forward()[0, 0, :height_px, :width_px])

    def _read(self, rgb: Rgb, line: Line) -> str:
        width_px = int(np.clip(_LINE_PX * line.along_px / line.across_px, _LINE_PX, _LINE_TO_PX))
        to = np.array(((0, 0), (width_px, 0), (width_px, _LINE_PX)), dtype=np.float32)
        laid = cv2.getAffineTransform(line.corners[:3].astype(np.float32), to)
        straight = cv2.warpAffine(rgb, laid, (width_px, _LINE_PX), flags=cv2.INTER_CUBIC)
        # Behind the line is the middle grey that the network was trained with.
        padded = np.full((_LINE_PX, max(width_px, _LINE_FROM_PX), 3), 127, dtype=np.uint8)
        padded[:, :width_px] = straight
        self._reader.setInput(_as_taken(padded))
        best = np.asarray(self._reader.forward()[0]).argmax(axis=1)
        return spelt(best, self._characters)


def _as_taken(rgb: Rgb) -> NDArray[np.float32]:
    """(1, 3, H, W) blue, green, red, from -1 to 1."""
    scaled = rgb[:, :, ::-1].astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def text_lines(likely: NDArray[np.float32]) -> list[Line]:
    """The lines in a picture of how likely text is, grown to what they were before the network's
    training shrunk them."""
    found = []
    outlines, _ = cv2.findContours(
        (likely > _TEXT).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    for outline in outlines:
        (x_px, y_px), (along_px, across_px), turn_deg = cv2.minAreaRect(outline)
        if min(along_px, across_px) < _THINNEST_PX or _mean_within(likely, outline) < _LIKELIER:
            continue
        if along_px < across_px:
            along_px, across_px, turn_deg = across_px, along_px, turn_deg + 90
        more_px = _SHRUNK * along_px * across_px / (along_px + across_px)
        found.append(
            Line(
                # A pixel's middle is at a half.
                x_px=x_px + 0.5,
                y_px=y_px + 0.5,
                along_px=along_px + more_px,
                across_px=across_px + more_px,
                turn_deg=(turn_deg + 90) % 180 - 90,
            )
        )
    return found


def _mean_within(likely: NDArray[np.float32], outline: Any) -> float:
    left, top, wide, high = cv2.boundingRect(outline)
    inside = np.zeros((high, wide), dtype=np.uint8)
    cv2.fillPoly(inside, [outline - (left, top)], 1)
    return float(likely[top : top + high, left : left + wide][inside > 0].mean())


def spelt(best: NDArray[np.integer[Any]], characters: tuple[str, ...]) -> str:
    """What the likeliest classes along a line spell: of equal neighbours one, and none of the
    first class (Graves et al., ICML 2006)."""
    first = np.diff(best, prepend=0) != 0
    return "".join(characters[int(c)] for c in best[first & (best > 0)])


def is_plate(text: str) -> bool:
    """Whether a line may be on a plate: short, and with digits."""
    return is_short(text) and sum(c.isdigit() for c in text) >= _FEWEST_DIGITS


def is_short(text: str) -> bool:
    """Whether a line has characters, and no more than a plate."""
    return 0 < sum(c.isalnum() for c in text) <= _MOST_CHARACTERS
