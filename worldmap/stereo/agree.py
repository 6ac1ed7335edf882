"""Depth that photos agree on: each one's surface, held to what the others made of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import PlacedCamera
from worldmap.stereo.picture import SEEN_SCORE, Surface

Floats = NDArray[np.float32]

# Surfaces of two photos are one where their depths differ by less than this: far less than what
# two surfaces lie apart, and some sigmas of a match that is right.
_SAME_REL: Final = 0.01
# One photo that agrees is as good as two where the match leaves less than half of the texture.
_SURE_SCORE: Final = 0.7


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenSurface(PlacedCamera):
    """A placed photo's surface, on the grid of `camera`."""

    surface: Surface


def agreed_depth(photo: SeenSurface, others: Sequence[SeenSurface]) -> tuple[Floats, Floats]:
    """Depth along the optical axis and its sigma, (H, W) metres each, NaN where two other photos
    do not say the same, or one where the match is a good one. FrameError where photos are not in
    one frame."""
    own = photo.surface
    with np.errstate(divide="ignore"):
        depth_m = np.where(own.inverse > 0, 1 / own.inverse, np.float32(np.nan))
    count = np.zeros(depth_m.shape, dtype=np.uint8)
    camera = photo.camera
    xyz_cam = camera.unproject(camera.pixel_centres(), depth_m.astype(np.float64))
    for other in others:
        count += _agrees(other, (other.enu_from_cam.inverse() @ photo.enu_from_cam).apply(xyz_cam))
    kept = (count >= 2) & (own.score > SEEN_SCORE)
    kept |= (count >= 1) & (own.score > _SURE_SCORE)
    depth_m = np.where(kept, depth_m, np.float32(np.nan)).astype(np.float32)
    return depth_m, (depth_m * own.sigma_rel).astype(np.float32)


def with_points(
    depth_m: Floats,
    sigma_m: Floats,
    uv_px: NDArray[np.float64],
    point_m: NDArray[np.float64],
    point_sigma_m: NDArray[np.float64],
) -> tuple[Floats, Floats]:
    """Depth and sigma (H, W) with those of points at pixels (N, 2) of the grid, too: in the four
    pixels about each that have none, the nearest point first. What was matched has depth then,
    however little there is around it."""
    depth_m, sigma_m = depth_m.copy(), sigma_m.copy()
    open_ = np.isnan(depth_m)
    height_px, width_px = depth_m.shape
    corner = np.floor(uv_px - 0.5).astype(np.intp)
    for index in np.argsort(-point_m, kind="stable"):
        column, row = corner[index]
        around = (
            slice(max(row, 0), min(row + 2, height_px)),
            slice(max(column, 0), min(column + 2, width_px)),
        )
        free = open_[around]
        depth_m[around][free] = point_m[index]
        sigma_m[around][free] = point_sigma_m[index]
    return depth_m, sigma_m


def _agrees(other: SeenSurface, xyz_cam: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(H, W) where the other photo has a surface at these points (H, W, 3) of its camera frame."""
    uv_px = other.camera.project(xyz_cam)
    inside = other.camera.in_picture(uv_px)
    # cv2 counts pixel centres as integers.
    u, v = (np.where(inside, uv_px[..., axis] - 0.5, 0.0).astype(np.float32) for axis in (0, 1))
    inverse, score = (
        cv2.remap(values, u, v, cv2.INTER_NEAREST)
        for values in (other.surface.inverse, other.surface.score)
    )
    z_m = np.where(inside, xyz_cam[..., 2], 0.0)
    return np.asarray((np.abs(inverse * z_m - 1) < _SAME_REL) & (score > SEEN_SCORE) & inside)
