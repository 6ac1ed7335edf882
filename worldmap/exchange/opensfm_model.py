"""OpenSfM's reconstruction.json as it is read: also that of ODM (opensfm/reconstruction.json).

https://opensfm.org/docs/dataset.html: rotation (angle times axis) and translation lead from the
world to the camera; the world is east, north, up about the reference, where the file tells one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from worldmap.errors import InputError
from worldmap.exchange.posed import MODEL, Posed, PosedShot, reference_beside, reference_of
from worldmap.frames import RigidTransform, cam
from worldmap.geodesy import Site
from worldmap.input_file import json_at_most, refused_as
from worldmap.known_camera import checked_camera, opensfm_camera

OPENSFM_NAME: Final = "reconstruction.json"
_LIMIT_BYTES: Final = 1 << 30


def read_opensfm(path: Path) -> Posed:
    """The photos of all parts of a reconstruction that share a reference, else those of the
    largest. InputError, in one line, where the file is damaged or holds none, UsageError for a
    camera that is no pinhole with Brown's distortion."""
    told, problem = json_at_most(path, _LIMIT_BYTES)
    if problem:
        raise InputError(problem, path=path)
    with refused_as(path, "is no reconstruction of OpenSfM's"):
        parts = told if isinstance(told, list) else [told]
        read = [(_reference(part, path), _shots(part, path)) for part in parts]
    if not any(shots for _, shots in read):
        raise InputError("holds no photo that is placed", path=path)
    site, shots = max(read, key=lambda part: len(part[1]))
    if site is not None:
        shots = tuple(shot for other, own in read if other == site for shot in own)
    return Posed(kind="opensfm", path=path, shots=shots, site=site)


def _reference(part: Any, path: Path) -> Site | None:
    told = part.get("reference_lla")
    return reference_beside(path) if told is None else reference_of(told, path)


def _shots(part: Any, path: Path) -> tuple[PosedShot, ...]:
    from scipy.spatial.transform import Rotation

    cameras = {
        name: checked_camera(opensfm_camera(str(name), camera, path), path)
        for name, camera in part["cameras"].items()
    }
    found = []
    for name, shot in part["shots"].items():
        cam_from_model = RigidTransform(
            to=cam(name),
            source=MODEL,
            rotation=Rotation.from_rotvec(shot["rotation"]).as_matrix(),
            translation_m=shot["translation"],
        )
        found.append(
            PosedShot(
                name=name,
                camera=cameras[shot["camera"]],
                model_from_cam=cam_from_model.inverse(),
            )
        )
    return tuple(found)
