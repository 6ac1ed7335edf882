"""Poses from elsewhere: a COLMAP model, OpenSfM's reconstruction.json, Nerfstudio's
transforms.json."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from worldmap.errors import InputError
from worldmap.frames import Frame, RigidTransform
from worldmap.geodesy import Site
from worldmap.input_file import json_at_most
from worldmap.known_camera import KnownCamera

MODEL: Final = Frame("model")
"""What a model of another program is in: axes and a unit of its own, or what `Posed` says."""
REFERENCE_NAME: Final = "reference_lla.json"
"""Where the axes of a model begin, as OpenSfM tells it: beside the model, or up to so many folders
above it."""
_FOLDERS_UP: Final = 3
_LIMIT_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PosedShot:
    """A photo of a model: its name there, folders and all, its camera, and where it is, x right, y
    down, z forward."""

    name: str
    camera: KnownCamera
    model_from_cam: RigidTransform


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posed:
    """A model of another program: what it is, and its photos in the order they stand there.
    site: what its axes are east, north, up about, in metres; None where they are its own."""

    kind: str
    path: Path
    shots: tuple[PosedShot, ...]
    site: Site | None


def reference_beside(path: Path) -> Site | None:
    """The site that a reference_lla.json beside a model, or in a folder above it, tells; None where
    there is none. InputError where it tells no place."""
    folder = path if path.is_dir() else path.parent
    for above in (folder, *folder.absolute().parents[:_FOLDERS_UP]):
        found = above / REFERENCE_NAME
        if found.is_file():
            told, problem = json_at_most(found, _LIMIT_BYTES)
            if problem:
                raise InputError(problem, path=found)
            return reference_of(told, found)
    return None


def reference_of(told: Any, path: Path) -> Site:
    """Latitude, longitude and altitude of an object of OpenSfM's. InputError otherwise."""
    try:
        place = [float(told[key]) for key in ("latitude", "longitude", "altitude")]
    except (KeyError, TypeError, ValueError):
        place = [math.nan]
    if not all(map(math.isfinite, place)) or abs(place[0]) > 90 or abs(place[1]) > 180:
        raise InputError(
            "has a reference that is no place", path=path, hint="latitude, longitude, altitude"
        )
    return Site(*place)
