"""Which other photos look at what a photo sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frames import RigidTransform
from worldmap.records import View

_GRID_PX = 16
"""Samples along the longer side of a view."""
_LEAST_SHARE = 0.02
"""A photo that sees less of a view than this has nothing to say."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stand:
    """Where a photo was taken and through which camera: all that is asked before its depth."""

    photo_id: int
    camera: Camera
    enu_from_cam: RigidTransform


def neighbours(view: View, stands: Sequence[Stand], limit: int) -> list[int]:
    """Ids of at most `limit` other photos whose image holds most of a view's points, those first;
    equals by id. What stands in between is not looked at."""
    xyz_enu = _samples(view)
    if not len(xyz_enu):
        return []
    shares = []
    for stand in stands:
        if stand.photo_id != view.photo_id:
            share = _share_inside(xyz_enu, stand)
            if share >= _LEAST_SHARE:
                shares.append((-share, stand.photo_id))
    return [photo_id for _, photo_id in sorted(shares)[:limit]]


def _samples(view: View) -> NDArray[np.float64]:
    """Points (N, 3) in ENU of a coarse grid of the view's pixels."""
    step = max(1, max(view.depth_m.shape) // _GRID_PX)
    cells = (slice(step // 2, None, step), slice(step // 2, None, step))
    depth_m = view.depth_m[cells].astype(np.float64)
    uv_px = view.camera.pixel_centres()[cells]
    return view.enu_from_cam.apply(view.camera.unproject(uv_px, depth_m)[np.isfinite(depth_m)])


def _share_inside(xyz_enu: NDArray[np.float64], stand: Stand) -> float:
    uv_px = stand.camera.project(stand.enu_from_cam.inverse().apply(xyz_enu))
    size = (stand.camera.width_px, stand.camera.height_px)
    inside = ((uv_px >= 0) & (uv_px < size)).all(axis=-1)
    return float(inside.mean())
