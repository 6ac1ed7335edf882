"""Nerfstudio's transforms.json as it is read.

https://docs.nerf.studio/quickstart/data_conventions.html: camera to world, with x right, y up and z
backwards (OpenGL); a camera's numbers stand with each photo or once for all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from worldmap.errors import InputError
from worldmap.exchange.posed import MODEL, Posed, PosedShot, reference_beside
from worldmap.frames import RigidTransform, cam
from worldmap.input_file import json_at_most, refused_as
from worldmap.known_camera import KnownCamera, checked_camera, refused_model, square

NERFSTUDIO_NAME: Final = "transforms.json"
_LIMIT_BYTES: Final = 1 << 28
_CV_FROM_GL: Final = np.diag((1.0, -1.0, -1.0, 1.0))
_PINHOLES: Final = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE")


def read_nerfstudio(path: Path) -> Posed:
    """The photos of a transforms.json. InputError, in one line, where it is damaged or holds none,
    UsageError for a camera that is no pinhole with Brown's distortion."""
    told, problem = json_at_most(path, _LIMIT_BYTES)
    if problem:
        raise InputError(problem, path=path)
    with refused_as(path, "is no file of Nerfstudio's"):
        shots = tuple(_shot({**told, **frame}, path) for frame in told["frames"])
    if not shots:
        raise InputError("holds no photo", path=path)
    return Posed(kind="nerfstudio", path=path, shots=shots, site=reference_beside(path))


def _shot(told: Mapping[str, Any], path: Path) -> PosedShot:
    name = str(told["file_path"])
    matrix = np.array(told["transform_matrix"], dtype=np.float64)
    placed = RigidTransform.from_matrix(matrix @ _CV_FROM_GL, to=MODEL, source=cam(name))
    return PosedShot(
        name=name, camera=checked_camera(_camera(told, name, path), path), model_from_cam=placed
    )


def _camera(told: Mapping[str, Any], name: str, path: Path) -> KnownCamera:
    kind = str(told.get("camera_model", "OPENCV"))
    if kind not in _PINHOLES or told.get("k4"):
        raise refused_model(name, kind if kind not in _PINHOLES else "k4", path)
    if "w" not in told or "h" not in told:
        raise InputError(f"does not say how large {name[:60]!r} is (w, h)", path=path)
    width, height = float(told["w"]), float(told["h"])
    if "fl_x" in told:
        focal = float(told["fl_x"])
    else:  # Blender's
        focal = width / 2 / math.tan(float(told["camera_angle_x"]) / 2)
    k1, k2, p1, p2, k3 = (float(told.get(k) or 0.0) for k in ("k1", "k2", "p1", "p2", "k3"))
    return KnownCamera(
        file=path.name,
        name=name,
        width=width,
        height=height,
        focal=square(focal, float(told.get("fl_y", focal)), name, path),
        cx=float(told.get("cx", width / 2)),
        cy=float(told.get("cy", height / 2)),
        distortion=(k1, k2, p1, p2, k3),
    )
