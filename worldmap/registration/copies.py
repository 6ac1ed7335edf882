"""Whether two pictures are one: a copy that was scaled, recompressed or cropped.

A second photo of the same view, however alike, gives itself away: its features move against each
other as near and far things shift, or all together past the border, which no copy can show.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.config import PairSettings
from worldmap.records import Features
from worldmap.registration.matching import matcher_for

Array = NDArray[np.float64]

_STRONGEST = 1500
_RATIO = 0.8
_MIN_MATCHES = 30
_PAIRS = 2000
_APART = 0.2
# Lengths in widths of the picture. A camera that moved by 1 cm or turned by 0.1° between two photos
# of a street shows more than these; a copy at 10 % quality, or a quarter of the size, less.
_CELLS = 6
_MIN_IN_CELL = 6
_CELL_TOLERANCE = 0.0005
_BORDER_TOLERANCE = 0.0006
_STRAY = 0.005
_AGREEING = 0.9


def is_copy(a: Features, camera_a: Camera, b: Features, camera_b: Camera) -> bool:
    """Whether one picture is the other, scaled or cropped; False where too few features, or those
    of two kinds, tell."""
    if a.kind != b.kind:
        return False
    strong_a, strong_b = _strongest(a), _strongest(b)
    index = matcher_for(a.kind, PairSettings(ratio=_RATIO)).match(strong_a, strong_b).index
    if len(index) < _MIN_MATCHES:
        return False
    xy_a = strong_a.uv_px[index[:, 0]].astype(np.float64) / camera_a.width_px
    xy_b = strong_b.uv_px[index[:, 1]].astype(np.float64) / camera_b.width_px
    scale = _scale(xy_a, xy_b)
    shift = np.median(xy_b - scale * xy_a, axis=0)
    off = xy_b - scale * xy_a - shift
    if np.mean(np.linalg.norm(off, axis=1) < _STRAY) < _AGREEING:
        return False
    pixel = 1 / min(camera_a.width_px, camera_b.width_px)
    if not _common(xy_a, off) < _CELL_TOLERANCE + 0.05 * pixel:
        return False
    frame_a = np.array(((0.0, 0.0), (1.0, camera_a.height_px / camera_a.width_px)))
    frame_b = np.array(((0.0, 0.0), (1.0, camera_b.height_px / camera_b.width_px)))
    b_in_a = (frame_b - shift) / scale
    slack = _BORDER_TOLERANCE + 0.4 * pixel
    return _holds(frame_a, b_in_a, slack) or _holds(b_in_a, frame_a, slack)


def _strongest(features: Features) -> Features:
    """The largest features of the photo itself: those that a smaller copy still has."""
    rows = np.flatnonzero(~features.on_plane)
    rows = rows[np.argsort(-features.scale_px[rows], kind="stable")[:_STRONGEST]]
    return replace(
        features,
        uv_px=features.uv_px[rows],
        descriptor=features.descriptor[rows],
        xyz_cam=features.xyz_cam[rows],
        depth_sigma_rel=features.depth_sigma_rel[rows],
        scale_px=features.scale_px[rows],
        on_plane=features.on_plane[rows],
    )


def _scale(xy_a: Array, xy_b: Array) -> float:
    """Median ratio of the distances between matches, b over a."""
    draw = np.random.default_rng(0).integers(0, len(xy_a), size=(_PAIRS, 2))
    apart_a = np.linalg.norm(xy_a[draw[:, 0]] - xy_a[draw[:, 1]], axis=1)
    apart_b = np.linalg.norm(xy_b[draw[:, 0]] - xy_b[draw[:, 1]], axis=1)
    far = apart_a > _APART
    return float(np.median(apart_b[far] / apart_a[far])) if far.any() else 1.0


def _common(xy: Array, off: Array) -> float:
    """What the matches (M, 2) of one part of the picture are off in common, in the worst fifth of
    its parts: compression moves each match its own way, parallax and turns all of them alike.
    Infinite where too few parts have matches to tell."""
    cell = (xy * _CELLS).astype(np.int64)
    key = cell[:, 0] + _CELLS * cell[:, 1]
    common = [
        float(np.linalg.norm(np.median(off[key == k], axis=0)))
        for k, count in zip(*np.unique(key, return_counts=True), strict=True)
        if count >= _MIN_IN_CELL
    ]
    return float(np.quantile(common, 0.8)) if len(common) >= 3 else np.inf


def _holds(outer: Array, inner: Array, slack: float) -> bool:
    """Whether the box `inner` (2, 2), lowest and highest corner, lies within `outer`."""
    return bool((inner[0] >= outer[0] - slack).all() and (inner[1] <= outer[1] + slack).all())
