"""Cameras that other programs calibrated: Brown's model in OpenCV's order, and fisheyes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from worldmap.errors import UsageError
from worldmap.fisheye import FisheyeLens

# Pixels are square; more than this and the file is about something else.
_SQUARE: Final = 0.02
_RADIAL: Final = ("k1", "k2", "p1", "p2", "k3")
COLMAP_MODELS: Final[Mapping[str, Sequence[str]]] = {
    "SIMPLE_PINHOLE": ("f", "cx", "cy"),
    "PINHOLE": ("fx", "fy", "cx", "cy"),
    "SIMPLE_RADIAL": ("f", "cx", "cy", "k1"),
    "RADIAL": ("f", "cx", "cy", "k1", "k2"),
    "OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"),
    "FULL_OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
}
"""COLMAP's models that are Brown's (src/colmap/sensor/models.h) and what their numbers are."""
COLMAP_FISHEYES: Final[Mapping[str, Sequence[str]]] = {
    "SIMPLE_RADIAL_FISHEYE": ("f", "cx", "cy", "k1"),
    "RADIAL_FISHEYE": ("f", "cx", "cy", "k1", "k2"),
    "OPENCV_FISHEYE": ("fx", "fy", "cx", "cy", "k1", "k2", "k3", "k4"),
}
"""Those that are a series of the angle (the same file)."""
OPENSFM_FISHEYES: Final = ("fisheye", "fisheye_opencv")
_OF_ANGLE: Final = ("k1", "k2", "k3", "k4")
_Two = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCamera:
    """A camera of a file: what it is called there, and its numbers for a picture of width × height
    (in whatever unit; only ratios count). cx and cy from the top left corner. images: the names of
    its photos where the file tells them; by_folder: whether the file has a name in
    several folders, so that a photo is meant by its folder, too."""

    file: str
    name: str
    width: float
    height: float
    focal: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float]
    images: frozenset[str] = frozenset()
    by_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFisheye:
    """A fisheye of a file: what it is called there, and its lens, in whatever unit its size is. The
    rest as of `KnownCamera`."""

    file: str
    name: str
    lens: FisheyeLens
    images: frozenset[str] = frozenset()
    by_folder: bool = False

    @property
    def width(self) -> float:
        """Of its picture."""
        return self.lens.width_px

    @property
    def height(self) -> float:
        """Of its picture."""
        return self.lens.height_px


def aspect_of(camera: KnownCamera | KnownFisheye) -> float:
    """Longer side over the shorter of its picture."""
    return max(camera.width, camera.height) / min(camera.width, camera.height)


def checked_camera(camera: KnownCamera, path: Path) -> KnownCamera:
    """The camera, with a size and a focal length; UsageError otherwise."""
    numbers = (camera.width, camera.height, camera.focal, camera.cx, camera.cy, *camera.distortion)
    if not all(map(math.isfinite, numbers)) or min(numbers[:3]) <= 0:
        raise _no_camera(camera.name, path)
    return camera


def _no_camera(name: str, path: Path) -> UsageError:
    return UsageError(f"has a camera {name!r} without size or focal length", path=path)


def square(fx: float, fy: float, name: str, path: Path) -> float:
    """The focal length of square pixels; UsageError where they are not."""
    if not (math.isfinite(fx) and math.isfinite(fy) and fx > 0 and fy > 0):
        raise _no_camera(name, path)
    if not abs(fx / fy - 1) <= _SQUARE:
        raise UsageError(f"has a camera {name!r} whose pixels are not square", path=path)
    return fx


def refused_model(name: str, kind: object, path: Path) -> UsageError:
    """That a camera is of a model that is not Brown's."""
    return UsageError(
        f"has a camera {name!r} of another model than a pinhole with Brown's distortion: {kind}",
        path=path,
    )


def colmap_camera(
    name: str,
    model: str,
    size: tuple[float, float],
    numbers: Sequence[float],
    path: Path,
    *,
    images: frozenset[str] = frozenset(),
) -> KnownCamera:
    """One of COLMAP, size being width and height; UsageError where its model is not Brown's, and
    for other than its count of numbers."""
    if model not in COLMAP_MODELS:
        raise refused_model(name, model, path)
    values = _colmap_values(name, model, COLMAP_MODELS[model], numbers, path)
    if any(values.get(k, 0.0) for k in ("k4", "k5", "k6")):
        raise refused_model(name, "FULL_OPENCV with k4, k5, k6", path)
    fx = values.get("fx", values.get("f", math.nan))
    k1, k2, p1, p2, k3 = (values.get(k, 0.0) for k in _RADIAL)
    return KnownCamera(
        file=path.name,
        name=name,
        width=size[0],
        height=size[1],
        focal=square(fx, values.get("fy", fx), name, path),
        cx=values["cx"],
        cy=values["cy"],
        distortion=(k1, k2, p1, p2, k3),
        images=images,
    )


def _colmap_values(
    name: str, model: str, terms: Sequence[str], numbers: Sequence[float], path: Path
) -> dict[str, float]:
    if len(numbers) != len(terms):
        raise UsageError(
            f"has a camera {name!r} with {len(numbers)} numbers, where {model} has {len(terms)}",
            path=path,
        )
    return dict(zip(terms, numbers, strict=True))


def opensfm_camera(name: str, told: Mapping[str, Any], path: Path) -> KnownCamera:
    """One of OpenSfM (https://opensfm.org/docs/geometry.html: lengths over the longer side, from
    the middle); UsageError where its model is not Brown's, KeyError, TypeError or ValueError where
    it is not whole."""
    kind = told["projection_type"]
    if kind not in ("perspective", "brown", "simple_radial", "radial"):
        raise refused_model(name, kind, path)
    (width, height), focal, (cx, cy) = _opensfm_numbers(told)
    k1, k2, p1, p2, k3 = (float(told.get(k, 0.0)) for k in _RADIAL)
    return KnownCamera(
        file=path.name,
        name=name,
        width=width,
        height=height,
        focal=square(*focal, name, path),
        cx=cx,
        cy=cy,
        distortion=(k1, k2, p1, p2, k3),
    )


def colmap_fisheye(
    name: str,
    model: str,
    size: tuple[float, float],
    numbers: Sequence[float],
    path: Path,
    *,
    images: frozenset[str] = frozenset(),
) -> KnownFisheye:
    """One of COLMAP of a model in COLMAP_FISHEYES; UsageError where it is of no lens, and for other
    than its count of numbers."""
    values = _colmap_values(name, model, COLMAP_FISHEYES[model], numbers, path)
    focal = values.get("f", math.nan)
    return fisheye(
        name,
        size,
        (values.get("fx", focal), values.get("fy", focal)),
        (values["cx"], values["cy"]),
        [values.get(k, 0.0) for k in _OF_ANGLE],
        path,
        images=images,
    )


def opensfm_fisheye(name: str, told: Mapping[str, Any], path: Path) -> KnownFisheye:
    """One of OpenSfM whose projection_type is in OPENSFM_FISHEYES, the rest as of
    `opensfm_camera`; UsageError where it is of no lens."""
    k = [float(told.get(name_of, 0.0)) for name_of in _OF_ANGLE]
    return fisheye(name, *_opensfm_numbers(told), k, path)


def _opensfm_numbers(told: Mapping[str, Any]) -> tuple[_Two, _Two, _Two]:
    """Size, focal lengths and principal point in pixels: lengths are told over the longer side,
    from the middle."""
    width, height = float(told["width"]), float(told["height"])
    longer = max(width, height)
    fx = float(told.get("focal_x", told.get("focal", math.nan)))
    fy = float(told.get("focal_y", fx))
    cx, cy = (float(told.get(name, 0.0)) for name in ("c_x", "c_y"))
    return (
        (width, height),
        (longer * fx, longer * fy),
        (width / 2 + longer * cx, height / 2 + longer * cy),
    )


def fisheye(
    name: str,
    size: tuple[float, float],
    focal: tuple[float, float],
    centre: tuple[float, float],
    k: Sequence[float],
    path: Path,
    *,
    images: frozenset[str] = frozenset(),
) -> KnownFisheye:
    """One with a series of the angle, k its terms; UsageError where it is of no lens."""
    square(*focal, name, path)
    try:
        lens = FisheyeLens.odd(size, focal, centre, *k)
    except ValueError as error:
        raise _no_camera(name, path) from error
    return KnownFisheye(file=path.name, name=name, lens=lens, images=images)


def stored_turn(
    camera: KnownCamera | KnownFisheye, size_px: tuple[int, int], orientation: int
) -> int:
    """The orientation tag of the camera's picture: 3, 6 or 8 where that is the photo as it is
    stored, 1 where a program turned it upright before, as its shape says of quarter turns.
    size_px: of the upright photo; orientation: its tag."""
    width, height = size_px
    swapped = (camera.width > camera.height) != (width > height)
    if orientation >= 5:
        return orientation if swapped else 1
    return 3 if orientation == 3 else 1
