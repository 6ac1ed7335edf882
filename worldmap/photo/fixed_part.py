"""What is at the same pixels of all photos of a camera while the scene changes: a bonnet, a
handlebar, a date, a watermark.

Edges tell it: an edge that every photo has at its place, going the same way, is none of the scene;
which of its sides is the brighter may change, as behind a bonnet.
How well directions agree is Rayleigh's statistic (Mardia and Jupp, Directional Statistics, 6.3), of
edges that are taken for what they are worth (as Dekel et al., CVPR 2017, find watermarks by the
median of gradients). What such edges surround and hardly changes goes with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldmap.records import PictureMask

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FEWEST_PHOTOS: Final = 8
"""Of fewer, one scene's own edges agree too often."""
_SMOOTH_PX: Final = 1.0
# Directions agree so well by chance at some hundred places of a picture, scattered, and so well in
# how they lie alone, as walls' edges mostly do, at none.
_CHANCE: Final = 1e-3
_CHANCE_LYING: Final = 1e-5
_AGREE: Final = 0.5
_AGREE_LYING: Final = 0.6
_FEWEST_PX: Final = 25
_EDGE_REACH_PX: Final = 3
_GAP_PX: Final = 8
_STILL: Final = 0.5
"""Of how much the picture's places change as a rule."""
_BOUNDED: Final = 0.5
# As in `registration.fixed`: straight ahead of a camera that drives on the scene stays, too, and
# from one standpoint most of the picture does.
_MIDDLE: Final = 0.25
_ONE_STANDPOINT: Final = 0.5
_CELLS: Final = 8


def fixed_part(pictures: Sequence[Grey]) -> PictureMask | None:
    """What pictures (H, W) of one camera have in common, all of one size; None where that is
    nothing, where they are fewer than FEWEST_PHOTOS, or where they are of one standpoint."""
    if len(pictures) < FEWEST_PHOTOS:
        return None
    logs = np.stack([_log_brightness(each) for each in pictures])
    is_fixed = _fixed_edges(logs)
    if _cells_with(is_fixed) > _ONE_STANDPOINT:
        return None
    near = ndimage.binary_dilation(is_fixed, iterations=_EDGE_REACH_PX)
    covers = _of_some_size(_cut_off(near | _still_within(logs, near)), is_fixed)
    return PictureMask(covers) if covers.any() else None


def _log_brightness(grey: Grey) -> Floats:
    smooth = ndimage.gaussian_filter(grey.astype(np.float32), _SMOOTH_PX, mode="nearest")
    found = np.log1p(smooth)
    return np.asarray(found - np.median(found), dtype=np.float32)


def _fixed_edges(logs: Floats) -> Bools:
    """(H, W) where all photos have one edge."""
    shape = logs.shape[1:]
    direction, lying = (np.zeros(shape, dtype=np.complex64) for _ in range(2))
    squares = np.zeros(shape, dtype=np.float32)
    for each in logs:
        down, across = np.gradient(each)
        strength = np.hypot(across, down)
        weight = strength / (strength + float(np.median(strength)) + 1e-6)
        way = (across + 1j * down) / np.maximum(strength, 1e-9)
        direction += weight * way
        lying += weight * way**2
        squares += weight**2
    is_fixed = np.zeros(shape, dtype=np.bool_)
    told = ((direction, _AGREE, _CHANCE), (lying, _AGREE_LYING, _CHANCE_LYING))
    for total, least, chance in told:
        # A sum of ways at random, each so long: its square over theirs is exponential.
        by_chance = np.exp(-(np.abs(total) ** 2) / np.maximum(squares, 1e-9))
        is_fixed |= (np.abs(total) > least * len(logs)) & (by_chance < chance)
    is_fixed[_middle_of(is_fixed)] = False
    return is_fixed


def _cells_with(is_fixed: Bools) -> float:
    """The share of the picture's cells, but for those in its middle, that have fixed edges."""
    row, column = np.nonzero(is_fixed)
    high, wide = is_fixed.shape
    counts = np.bincount(
        row * _CELLS // high * _CELLS + column * _CELLS // wide, minlength=_CELLS**2
    )
    return float((counts > 0).sum() / (_CELLS**2 * (1 - (1 - 2 * _MIDDLE) ** 2)))


def _cut_off(near: Bools) -> Bools:
    """(H, W) what fixed edges cut off from the picture's middle, alone or with its rim."""
    # An outline has gaps where the scene behind is as bright in many photos.
    padded = np.pad(near, _GAP_PX)
    closed = ndimage.binary_closing(padded, iterations=_GAP_PX)
    inner = slice(_GAP_PX, -_GAP_PX)
    barrier = closed[inner, inner] | near
    labels, _ = ndimage.label(~barrier)
    in_middle = np.unique(labels[_middle_of(near)])
    return np.asarray(barrier | ~np.isin(labels, in_middle))


def _still_within(logs: Floats, near: Bools) -> Bools:
    """(H, W) what changes less than most and is bounded by fixed edges for the greater part, where
    these have wider gaps. A sky changes as little, and what bounds it does."""
    change = np.median(np.abs(logs - np.median(logs, axis=0)), axis=0)
    still = (change < _STILL * np.median(change)) & ~near
    labels, _ = ndimage.label(ndimage.binary_opening(still))
    found = np.zeros(still.shape, dtype=np.bool_)
    for i, where in enumerate(ndimage.find_objects(labels), start=1):
        around = tuple(
            slice(max(0, s.start - 2), min(n, s.stop + 2))
            for s, n in zip(where, still.shape, strict=True)
        )
        own = labels[around] == i
        rim = ndimage.binary_dilation(own, iterations=2) & ~own
        if rim.any() and near[around][rim].mean() > _BOUNDED:
            found[around] |= own
    return found


def _middle_of(picture: Bools) -> tuple[slice, slice]:
    rows, columns = (slice(int(_MIDDLE * n), int((1 - _MIDDLE) * n)) for n in picture.shape)
    return rows, columns


def _of_some_size(covers: Bools, is_fixed: Bools) -> Bools:
    """Without specks: of each part that has fewer fixed pixels than an edge of some length."""
    labels, count = ndimage.label(covers)
    edges = np.bincount(labels[is_fixed], minlength=count + 1)
    kept = edges >= _FEWEST_PX
    kept[0] = False
    return np.asarray(kept[labels])
