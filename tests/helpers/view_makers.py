"""Views of a plain room for tests of fusion: ground at z = 0, a wall at y = 12, boxes in front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.records import View

SITE = Site(52.52, 13.405, 40.0)

WALL_Y_M = 12.0

Box = tuple[float, float, float, float, float, float]
"""Lowest x, y, z and highest x, y, z."""


def room_range_m(
    origin: NDArray[np.float64], directions: NDArray[np.float64], boxes: Sequence[Box] = ()
) -> NDArray[np.float64]:
    """How far along each direction (..., 3) the first surface is, +inf for none (the wall ends at
    5 m of height)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ground = -origin[2] / directions[..., 2]
        wall = (WALL_Y_M - origin[1]) / directions[..., 1]
    top = origin[2] + wall * directions[..., 2]
    ground[~(ground > 0)] = np.inf
    wall[~((wall > 0) & (top < 5.0) & (top > 0))] = np.inf
    found = np.minimum(ground, wall)
    for box in boxes:
        low, high = np.array(box[:3]), np.array(box[3:])
        with np.errstate(divide="ignore"):
            slabs = np.sort(
                np.stack(((low - origin) / directions, (high - origin) / directions)), axis=0
            )
        enter, leave = slabs[0].max(axis=-1), slabs[1].min(axis=-1)
        found = np.where((enter > 0) & (enter <= leave), np.minimum(found, enter), found)
    return found  # type: ignore[no-any-return]


def room_view(
    photo_id: int,
    x_m: float,
    *,
    heading_deg: float = 0.0,
    boxes: Sequence[Box] = (),
    noise_rel: float = 0.0,
    sigma_rel: float = 0.01,
    grey: float = 120.0,
    size: tuple[int, int] = (160, 120),
    distortion: tuple[float, float, float, float, float] = (0, 0, 0, 0, 0),
) -> View:
    """A view from (x, 0, 1.6) towards the wall; sky is +inf, noise is relative to the depth."""
    width, height = size
    camera = Camera(
        width_px=width, height_px=height, fx_px=0.8 * width, fy_px=0.8 * width,
        cx_px=width / 2, cy_px=height / 2, distortion=distortion,
    )  # fmt: skip
    enu_from_cam = RigidTransform(
        to=enu(SITE),
        source=cam(str(photo_id)),
        rotation=enu_from_cam_rotation(heading_deg, 0.0, 0.0),
        translation_m=(x_m, 0.0, 1.6),  # type: ignore[arg-type]
    )
    rays = camera.rays(camera.pixel_centres())
    depth = room_range_m(enu_from_cam.translation_m, enu_from_cam.rotate(rays), boxes)
    rng = np.random.default_rng(photo_id)
    seen = depth * (1 + noise_rel * rng.normal(size=depth.shape))
    return View(
        photo_id=photo_id,
        camera=camera,
        enu_from_cam=enu_from_cam,
        depth_m=np.where(np.isfinite(seen), seen, np.nan).astype(np.float32),
        seen_m=seen.astype(np.float32),
        sigma_m=np.where(np.isfinite(depth), sigma_rel * depth, 1.0).astype(np.float32),
        rgb=np.full((*depth.shape, 3), grey).round().astype(np.uint8),
    )


def room_distance_m(xyz_enu: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of points to the ground or the wall, whichever is nearer."""
    return np.minimum(np.abs(xyz_enu[:, 2]), np.abs(xyz_enu[:, 1] - WALL_Y_M))
