"""What windows of some pixels say of masks (H, W) and pictures, by OpenCV: of 8-bit grids it takes
a fraction of SciPy's time. With `sky` the room's door to it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.depth.grid import Depth, Mask, strips

Kernel = NDArray[np.uint8]

EIGHT: Kernel = np.ones((3, 3), dtype=np.uint8)
"""A pixel and its eight neighbours."""


def widened(mask: Mask, kernel: Kernel = EIGHT, times: int = 1) -> Mask:
    """Dilated; beyond the border there is nothing."""
    return _mask(cv2.dilate(_bytes(mask), kernel, iterations=times))


def shrunk(mask: Mask, kernel: Kernel = EIGHT) -> Mask:
    """Eroded; beyond the border the mask goes on."""
    return _mask(cv2.erode(_bytes(mask), kernel))


def without_slivers(mask: Mask) -> Mask:
    """Without what is narrower than three pixels; beyond the border there is nothing."""
    eroded = cv2.erode(
        _bytes(mask), EIGHT, borderType=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0)
    )
    return _mask(cv2.dilate(eroded, EIGHT))


def closed(mask: Mask, kernel: Kernel = EIGHT) -> Mask:
    """With what the kernel does not fit into; beyond the border there is nothing."""
    high, wide = kernel.shape
    grid = cv2.copyMakeBorder(_bytes(mask), high, high, wide, wide, cv2.BORDER_CONSTANT, value=0)
    # A kernel of even size has no middle: what it moves one way, its mirror image moves back.
    found = cv2.dilate(grid, kernel, anchor=(wide // 2, high // 2))
    found = cv2.erode(found, kernel[::-1, ::-1].copy(), anchor=((wide - 1) // 2, (high - 1) // 2))
    return _mask(np.ascontiguousarray(found[high:-high, wide:-wide]))


def count_around(mask: Mask) -> NDArray[np.uint8]:
    """(H, W) how many of a pixel and its eight neighbours are in the mask."""
    counts: NDArray[np.uint8] = cv2.boxFilter(
        _bytes(mask), -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return counts


def pieces(mask: Mask, *, corners: bool = False) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The mask's connected pieces by number (H, W), 0 where there is none, and how many pixels each
    number has. corners: whether pixels that touch by a corner are connected."""
    # OpenCV's own table of sizes takes twice as long as finding the pieces.
    count, labels = cv2.connectedComponents(_bytes(mask), connectivity=8 if corners else 4)
    return labels, np.bincount(labels.ravel(), minlength=count)


def without_small(mask: Mask, smallest_px: int, *, corners: bool) -> Mask:
    """The mask's connected pieces of at least `smallest_px` pixels."""
    labels, sizes = pieces(mask, corners=corners)
    large = sizes >= smallest_px
    large[0] = False
    return np.asarray(large[labels])


def colour_gradient(rgb: NDArray[np.uint8]) -> Depth:
    """Largest gradient (H, W) of the three colours (H, W, 3), central differences; beyond the
    border they go on."""
    found = np.empty(rgb.shape[:2], dtype=np.float32)
    rgb = np.ascontiguousarray(rgb)
    for rows in strips(len(rgb)):
        top = max(rows.start - 1, 0)
        part = rgb[top : rows.stop + 1]
        across, along = (
            cv2.Sobel(part, cv2.CV_32F, dx, 1 - dx, ksize=1, borderType=cv2.BORDER_REPLICATE)
            for dx in (1, 0)
        )
        red, green, blue = cv2.split(cv2.magnitude(across, along))
        most = cv2.max(cv2.max(red, green), blue)
        found[rows] = most[rows.start - top : rows.stop - top]
    return found


def _bytes(mask: Mask) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask).view(np.uint8)


def _mask(grid: NDArray[np.uint8]) -> Mask:
    return grid.view(np.bool_)
