"""What is fixed to the camera: a date burnt into the picture, a bonnet, a handlebar, dirt.

It is at the same pixels of every photo and matches there, however far apart these were taken, and
many such matches say that the camera did not move. What matches at its own place away from the
picture's middle, while most of the picture does not, is none of the scene's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.registration.matching import Matches
from worldmap.registration.view import PhotoView

Bools = NDArray[np.bool_]

# A turn of a tenth of a degree moves all of a scene by as much, and nobody holds a camera so still.
_STILL_REL: Final = 0.002
# Straight ahead of a camera that drives on, what is far away stays where it is, too.
_MIDDLE: Final = 0.25
_CELLS: Final = 8
# What lies between its features is fixed, too, and a little beyond.
_PARTS: Final = 16
_FEWEST: Final = 3
# From one standpoint most of the picture stays.
_ONE_STANDPOINT: Final = 0.5


def without_fixed(a: PhotoView, b: PhotoView, matches: Matches) -> Matches:
    """The matches but those of what both pictures have at the same place while the scene moved: all
    of them where the pictures are of two sizes, or where most of the picture stayed."""
    return of_the_scene(a, b, matches)[2]


def of_the_scene(
    a: PhotoView, b: PhotoView, matches: Matches
) -> tuple[PhotoView, PhotoView, Matches]:
    """Both photos and their matches without what is fixed to the camera: no surface is known where
    that is."""
    fixed = _fixed(a, b, matches)
    if not fixed.any():
        return a, b, matches
    size = (a.camera.width_px, a.camera.height_px)
    at = a.features.uv_px[matches.index[fixed, 0]] / size
    there = cv2.dilate(
        (_counts(at, _PARTS) > 0).astype(np.uint8), np.ones((3, 3), dtype=np.uint8)
    ).astype(np.bool_)
    return (
        _without_surface(a, there),
        _without_surface(b, there),
        Matches(index=matches.index[~fixed], quality=matches.quality[~fixed]),
    )


def _without_surface(view: PhotoView, there: Bools) -> PhotoView:
    grid_m = view.features.grid_depth_m
    row, column = (np.arange(side) * _PARTS // side for side in grid_m.shape)
    known_m = np.where(there[row[:, None], column], np.float32(np.nan), grid_m)
    return replace(view, features=replace(view.features, grid_depth_m=known_m))


def _fixed(a: PhotoView, b: PhotoView, matches: Matches) -> Bools:
    nothing = np.zeros(len(matches), dtype=np.bool_)
    width, height = a.camera.width_px, a.camera.height_px
    if (b.camera.width_px, b.camera.height_px) != (width, height):
        return nothing
    size = np.array((width, height), dtype=np.float64)
    uv_a, uv_b = (view.features.uv_px / size for view in (a, b))
    at, at_b = uv_a[matches.index[:, 0]], uv_b[matches.index[:, 1]]
    still = np.linalg.norm((at - at_b) * size, axis=1) < _STILL_REL * size.max()
    if np.count_nonzero(still) < _FEWEST:
        return nothing
    seen = np.minimum(_counts(uv_a), _counts(uv_b)) >= _FEWEST
    stays = seen & (_counts(at[still]) > 0)
    if np.count_nonzero(stays) >= _ONE_STANDPOINT * np.count_nonzero(seen):
        return nothing
    aside = (np.abs(at - 0.5) > _MIDDLE).any(axis=1)
    return np.asarray(still & aside)


def _counts(at: NDArray[np.float64], cells: int = _CELLS) -> NDArray[np.int64]:
    """(cells, cells) how many of the places (N, 2), as shares of the picture, lie in each."""
    row, column = np.clip((at[:, ::-1] * cells).astype(np.intp), 0, cells - 1).T
    found = np.bincount(row * cells + column, minlength=cells**2)
    return found.astype(np.int64).reshape(cells, cells)
