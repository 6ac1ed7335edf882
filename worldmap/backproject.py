"""DepthMap to camera-frame point cloud: the perspective projection undone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.frames import CAM, Frame
from worldmap.records import DepthMap


def backproject(
    depth_map: DepthMap,
    rgb: NDArray[np.uint8],
    *,
    frame: Frame = CAM,
    photo_id: int = 0,
    stride: int = 1,
) -> PointCloud:
    """Camera-frame cloud of every pixel that has depth, row by row.

    X = (u−cx)·Z/fx, Y = (v−cy)·Z/fy with Z along the optical axis (Hartley & Zisserman 2004, eq.
    6.2, inverted); lens distortion of the grid's camera is removed first. rgb (H, W, 3) uint8 on
    the depth grid; frame names the camera. sigma_m is the depth sigma along the viewing ray. Every
    stride-th row and column is used. ValueError where rgb is of another size than the depth.
    """
    if rgb.shape != (*depth_map.depth_m.shape, 3):
        raise ValueError(f"colours {rgb.shape} do not fit a depth map {depth_map.depth_m.shape}")
    cells = (slice(stride // 2, None, stride), slice(stride // 2, None, stride))
    depth_m = depth_map.depth_m[cells]
    present = np.isfinite(depth_m)
    rays = depth_map.camera.rays(depth_map.camera.pixel_centres()[cells][present])
    ray_length = np.linalg.norm(rays, axis=1)
    return PointCloud.of_photo(
        frame=frame,
        xyz=rays * depth_m[present].astype(np.float64)[:, None],
        rgb=rgb[cells][present],
        sigma_m=depth_map.sigma_m[cells][present] * ray_length,
        photo_id=photo_id,
    )
