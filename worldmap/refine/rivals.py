"""Another depth of a photo beside its own, and whether the solution's points say that it is the
better one.

Both are held against points that their smooth fields did not see: the picture is a chessboard, and
the field of the white squares tells of the black ones, and the other way round. What a depth map
gets wrong it gets wrong for a part of the picture, so each square counts as one witness.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.config import DepthCleanSettings
from worldmap.depth.clean import edge_mask
from worldmap.records import DepthAnchors, DepthModel
from worldmap.refine.depth import FEWEST_ANCHORS, AnchoredPixels, RefineInput
from worldmap.refine.field import fit_field
from worldmap.stereo import SIGMAS

Array = NDArray[np.float64]
Floats = NDArray[np.float32]

# Squares along each side of the picture: the field's finest terms turn about as often.
_SQUARES: Final = 6
# However often it is better, the other depth must not be off by more where it is off.
_GRAVE_PERCENT: Final = 90.0


def rival(
    photo: RefineInput,
    range_m: Floats,
    model: DepthModel,
    anchors: DepthAnchors,
    full: Camera,
    rules: DepthCleanSettings,
) -> RefineInput | None:
    """The photo with another depth (H, W) instead of its own, where that is plainly the better one;
    else None. range_m: right but for its scale, which the anchors tell; full: the full-size camera
    whose pixels these are in; rules: which edges of it give no points."""
    own = AnchoredPixels.of(photo, photo.given_m(), anchors, full)
    if len(own.true_m) < 2 * FEWEST_ANCHORS:
        return None
    found_m = range_m[own.row, own.column].astype(np.float64)
    scale = float(np.exp(np.median(np.log(own.true_m / found_m))))
    other = _with_depth(photo, range_m * np.float32(scale), model, rules)
    theirs = AnchoredPixels.of(other, other.given_m(), anchors, full)
    both = np.isin(own.place, theirs.place), np.isin(theirs.place, own.place)
    mine, others = own.only(both[0]), theirs.only(both[1])
    return other if _is_better(mine, others, range_m.shape) else None


def _with_depth(
    photo: RefineInput, range_m: Floats, model: DepthModel, rules: DepthCleanSettings
) -> RefineInput:
    cleaned = photo.cleaned
    depth_m = range_m / np.float32(photo.depth_scale)
    # The share that all pixels have: what is left is learnt from the anchors.
    depth_map = replace(
        cleaned.depth_map,
        depth_m=depth_m,
        sigma_m=np.float32(photo.common_sigma_rel()) * depth_m,
        model=model,
    )
    if rules.remove_edges:
        edges = edge_mask(depth_map, cleaned.rgb, rules)
        depth_m = np.where(edges, np.float32(np.nan), depth_m)
        depth_map = replace(depth_map, depth_m=depth_m)
    return replace(photo, cleaned=replace(cleaned, depth_map=depth_map, uncleaned_m=depth_m))


def _is_better(own: AnchoredPixels, other: AnchoredPixels, shape: tuple[int, ...]) -> bool:
    if len(own.true_m) < 2 * FEWEST_ANCHORS:
        return False
    square = np.minimum((own.uv_rel * _SQUARES).astype(np.intp), _SQUARES - 1)
    white = square.sum(axis=1) % 2 == 0
    if min(white.sum(), (~white).sum()) < FEWEST_ANCHORS:
        return False
    mine, theirs = (_misses(each, white, shape) for each in (own, other))
    if np.percentile(theirs, _GRAVE_PERCENT) > np.percentile(mine, _GRAVE_PERCENT):
        return False
    witnesses = square[:, 0] * _SQUARES + square[:, 1]
    of_each = [witnesses == number for number in np.unique(witnesses)]
    won = sum(bool(np.median(theirs[at]) < np.median(mine[at])) for at in of_each)
    # Were none the better one, each square would be won as if by the toss of a coin.
    count = len(of_each)
    return won - count / 2 >= SIGMAS * math.sqrt(count) / 2


def _misses(held: AnchoredPixels, white: NDArray[np.bool_], shape: tuple[int, ...]) -> Array:
    """(N,) by how much log depth misses anchors that its field did not see."""
    height, width = shape[:2]
    longest = max(width, height)
    misses = np.empty(len(held.true_m))
    for seen in (white, ~white):
        known, asked = held.only(seen), held.only(~seen)
        field = fit_field(
            known.uv_rel,
            known.given_m,
            known.true_m,
            known.sigma_rel,
            (width / longest, height / longest),
        )
        correction, _ = field.at(asked.uv_rel, asked.given_m)
        misses[~seen] = np.abs(np.log(asked.true_m) - np.log(asked.given_m) - correction)
    return misses
