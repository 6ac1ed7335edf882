"""Nerfstudio's transforms.json with a sparse cloud to start from.

https://docs.nerf.studio/quickstart/data_conventions.html: camera to world, with x right, y up and z
backwards (OpenGL), in the map's ENU.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from worldmap.cloud import PointCloud
from worldmap.exchange.exported import ExportedPhoto
from worldmap.frames import require_frame

_CV_FROM_GL = np.diag((1.0, -1.0, -1.0, 1.0))
_POINTS = "sparse_pc.ply"


def nerfstudio_files(
    shots: Sequence[ExportedPhoto], points_enu: PointCloud, pictures: str
) -> dict[str, bytes]:
    """The files by name; pictures: the folder of the photos beside them. FrameError where a shot is
    in another frame than the points."""
    require_frame(points_enu.frame, (shot.enu_from_cam.to for shot in shots))
    content = {
        "camera_model": "OPENCV",
        "frames": [_frame(shot, pictures) for shot in shots],
        "ply_file_path": _POINTS,
    }
    return {"transforms.json": json.dumps(content, indent=1).encode(), _POINTS: _ply(points_enu)}


def _frame(shot: ExportedPhoto, pictures: str) -> dict[str, Any]:
    camera = shot.camera
    k1, k2, p1, p2, k3 = camera.distortion
    return {
        "file_path": f"{pictures}/{shot.name}",
        "w": camera.width_px,
        "h": camera.height_px,
        "fl_x": camera.fx_px,
        "fl_y": camera.fy_px,
        "cx": camera.cx_px,
        "cy": camera.cy_px,
        "k1": k1,
        "k2": k2,
        "k3": k3,
        "p1": p1,
        "p2": p2,
        "transform_matrix": (shot.enu_from_cam.matrix @ _CV_FROM_GL).tolist(),
    }


def _ply(points: PointCloud) -> bytes:
    vertex = np.empty(
        len(points),
        dtype=[("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("r", "u1"), ("g", "u1"), ("b", "u1")],
    )
    for axis, name in enumerate("xyz"):
        vertex[name] = points.xyz[:, axis]
    for channel, name in enumerate("rgb"):
        vertex[name] = points.rgb[:, channel]
    head = [
        "ply",
        "format binary_little_endian 1.0",
        "comment metres east, north, up",
        f"element vertex {len(points)}",
        *(f"property float {name}" for name in "xyz"),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
        "end_header\n",
    ]
    return "\n".join(head).encode("ascii") + vertex.tobytes()
