"""Nerfstudio's transforms.json as it is read.

https://docs.nerf.studio/quickstart/data_conventions.html: camera to world, with x right, y up and z
backwards (OpenGL); a camera's numbers stand with each photo or once for all. Where its maker turned
and sized the poses besides (`applied_transform`, (3, 4), and after it `applied_scale`), that is
undone: a place on Earth beside it is that of what the poses were before.
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
    if not isinstance(told, dict) or not isinstance(told.get("frames"), list):
        raise InputError("is no file of Nerfstudio's: it has no list of frames", path=path)
    with refused_as(path, "is no file of Nerfstudio's"):
        before, scale = _applied(told, path)
        shots = tuple(_shot({**told, **frame}, before, scale, path) for frame in told["frames"])
    if not shots:
        raise InputError("holds no photo", path=path)
    return Posed(kind="nerfstudio", path=path, shots=shots, site=reference_beside(path))


def _applied(told: Mapping[str, Any], path: Path) -> tuple[RigidTransform, float]:
    """What takes poses back to what they were, and by what they were made larger after it."""
    matrix = np.eye(4)
    if told.get("applied_transform") is not None:
        given = np.array(told["applied_transform"], dtype=np.float64)
        if given.shape not in ((3, 4), (4, 4)):
            raise InputError("has an applied_transform that is not 3 by 4", path=path)
        matrix[:3] = given[:3]
    scale = float(told.get("applied_scale") or 1.0)
    turn = matrix[:3, :3]
    if not (np.allclose(turn @ turn.T, np.eye(3), atol=1e-6) and np.linalg.det(turn) > 0):
        raise InputError("has an applied_transform that is no turn and shift", path=path)
    if not (math.isfinite(scale) and scale > 0):
        raise InputError(f"has an applied_scale of {scale:g}", path=path)
    return RigidTransform.from_matrix(matrix, to=MODEL, source=MODEL).inverse(), scale


def _shot(told: Mapping[str, Any], before: RigidTransform, scale: float, path: Path) -> PosedShot:
    name = str(told["file_path"])
    matrix = np.array(told["transform_matrix"], dtype=np.float64)
    if matrix.shape != (4, 4):
        raise InputError(f"has a transform_matrix of {name[:60]!r} that is not 4 by 4", path=path)
    matrix[:3, 3] /= scale
    placed = before @ RigidTransform.from_matrix(matrix @ _CV_FROM_GL, to=MODEL, source=cam(name))
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
