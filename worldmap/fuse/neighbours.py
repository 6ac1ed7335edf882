"""Which other photos look at what a photo sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import PlacedCamera
from worldmap.frames import require_frame
from worldmap.records import View

Array = NDArray[np.float64]

_GRID_PX = 16
"""Samples along the longer side of a view."""
_LEAST_SHARE = 0.02
"""A photo that sees less of a view than this has nothing to say."""
FARTHEST_M = 500.0
"""Nor has one that was taken further away."""
_REACH_REL = 1.5
"""Beyond so many times the depth that most of a photo's pixels have lies nothing of it that counts:
one pixel in twenty lies beyond that depth at all."""


def reach_m(far_depth_m: float) -> float:
    """How far a photo sees of which most pixels (`DepthMapInfo.far_depth_m`, true to scale) are so
    deep; as far as anything counts where that is NaN."""
    return FARTHEST_M if math.isnan(far_depth_m) else min(_REACH_REL * far_depth_m, FARTHEST_M)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CameraStation(PlacedCamera):
    """Where a photo was taken, through which camera, and how far it sees (`reach_m`): all that is
    asked before its depth."""

    photo_id: int
    reach_m: float = FARTHEST_M


def neighbours(view: View, stations: Sequence[CameraStation], limit: int) -> list[int]:
    """Ids of at most `limit` other photos whose image holds most of a view's points, those first;
    equals by id. What stands in between is not looked at."""
    uv_px, depth_m = depth_samples(view.depth_m)
    station = CameraStation(
        photo_id=view.photo_id, camera=view.camera, enu_from_cam=view.enu_from_cam
    )
    return neighbours_by_samples(station, uv_px, depth_m, stations, limit)


def depth_samples(depth_m: NDArray[np.float32]) -> tuple[Array, Array]:
    """Pixels (N, 2) and depths (N,) of a coarse grid over a depth map (H, W), where it has any."""
    step = max(1, max(depth_m.shape) // _GRID_PX)
    rows, columns = (np.arange(step // 2, length, step) for length in depth_m.shape)
    u, v = np.meshgrid(columns + 0.5, rows + 0.5)
    found = depth_m[step // 2 :: step, step // 2 :: step].astype(np.float64)
    there = np.isfinite(found)
    return np.stack((u, v), axis=-1)[there], found[there]


def neighbours_by_samples(
    station: CameraStation,
    uv_px: Array,
    depth_m: Array,
    stations: Sequence[CameraStation],
    limit: int,
) -> list[int]:
    """`neighbours` of a photo of which only samples are at hand: pixels (N, 2) of its camera and
    true depths (N,). Those too far away for both to see one place are not among them. FrameError
    where the stations are not in one frame."""
    if not len(depth_m):
        return []
    require_frame(station.enu_from_cam.to, (other.enu_from_cam.to for other in stations))
    xyz_enu = station.enu_from_cam.apply(station.camera.unproject(uv_px, depth_m))
    centre = station.enu_from_cam.translation_m
    others = [
        other
        for other in stations
        if other.photo_id != station.photo_id
        and np.linalg.norm(other.enu_from_cam.translation_m - centre)
        <= min(station.reach_m + other.reach_m, FARTHEST_M)
    ]
    shares = [
        (-share, other.photo_id)
        for other, share in zip(others, _shares_inside(xyz_enu, others), strict=True)
        if share >= _LEAST_SHARE
    ]
    return [photo_id for _, photo_id in sorted(shares)[:limit]]


def _shares_inside(xyz_enu: Array, stations: Sequence[CameraStation]) -> list[float]:
    """Share of the points (N, 3) that lie in each photo's image."""
    shares = np.zeros(len(stations))
    pinholes = [row for row, station in enumerate(stations) if station.camera.is_pinhole]
    for row, station in enumerate(stations):
        if not station.camera.is_pinhole:
            uv_px = station.camera.project(station.enu_from_cam.inverse().apply(xyz_enu))
            size = (station.camera.width_px, station.camera.height_px)
            shares[row] = ((uv_px >= 0) & (uv_px < size)).all(axis=-1).mean()
    if pinholes:
        shares[pinholes] = _shares_in_pinholes(xyz_enu, [stations[row] for row in pinholes])
    return [float(share) for share in shares]


def _shares_in_pinholes(xyz_enu: Array, stations: Sequence[CameraStation]) -> Array:
    # All photos at once, and without BLAS: each share must be the same whoever else is asked.
    rotation = np.stack([station.enu_from_cam.rotation for station in stations])
    centre = np.stack([station.enu_from_cam.translation_m for station in stations])
    away = [xyz_enu[None, :, axis] - centre[:, None, axis] for axis in range(3)]
    x, y, z = (
        away[0] * rotation[:, 0, column, None]
        + away[1] * rotation[:, 1, column, None]
        + away[2] * rotation[:, 2, column, None]
        for column in range(3)
    )
    cameras = [station.camera for station in stations]

    def of_each(name: str) -> Array:
        return np.array([[getattr(camera, name)] for camera in cameras], dtype=np.float64)

    inside = z > 0
    safe_z = np.where(inside, z, 1.0)
    u = of_each("fx_px") * x / safe_z + of_each("cx_px")
    v = of_each("fy_px") * y / safe_z + of_each("cy_px")
    inside &= (u >= 0) & (u < of_each("width_px")) & (v >= 0) & (v < of_each("height_px"))
    return np.asarray(inside.mean(axis=1))
