"""Cameras that other programs calibrated: ODM's and OpenSfM's cameras.json, COLMAP's cameras.txt,
Metashape's XML and Pix4D's .cam.

Each is read into Brown's model as OpenCV writes it, or into a fisheye's lens, about the picture as
the file has it: of most programs that is the picture as it is stored, whatever its orientation tag
says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import defusedxml.ElementTree

from worldmap.config import PhotoSettings
from worldmap.errors import UsageError
from worldmap.fisheye import FisheyeLens
from worldmap.input_file import decoded, read_at_most, read_named
from worldmap.known_camera import (
    COLMAP_FISHEYES,
    OPENSFM_FISHEYES,
    KnownCamera,
    KnownFisheye,
    aspect_of,
    checked,
    colmap_camera,
    colmap_fisheye,
    opensfm_camera,
    opensfm_fisheye,
    refused_model,
    square,
    stored_turn,
)
from worldmap.photo.evidence import (
    CentreEvidence,
    DistortionEvidence,
    Evidence,
    FocalEvidence,
    Origin,
)
from worldmap.records import FocalSource

_SIZE_LIMIT_BYTES: Final = 8 << 20
# Sizes that are rounded to another scale still have their shape.
_ASPECT_TOLERANCE: Final = 0.01
Known = KnownCamera | KnownFisheye
_Five = tuple[float, float, float, float, float]


def read_cameras(path: Path) -> list[Known]:
    """The cameras of a file. UsageError, in one line, where it holds none, or one that is neither a
    pinhole with Brown's distortion nor a fisheye of COLMAP or OpenSfM; MissingPathError where it
    is not there."""
    text = decoded(read_named(path, _SIZE_LIMIT_BYTES, UsageError))
    start = text.lstrip()[:1]
    reader: Callable[[str, Path], Iterator[Known]]
    if start in ("{", "["):
        reader = _opensfm
    elif start == "<":
        reader = _metashape
    elif "Focal Length" in text[:2000] and re.search(r"^F\s", text, re.MULTILINE):
        reader = _pix4d
    else:
        reader = _colmap
    try:
        found = [
            checked(camera, path) if isinstance(camera, KnownCamera) else camera
            for camera in reader(text, path)
        ]
    except UsageError:
        raise
    except Exception as error:  # whatever a broken file makes of them
        raise UsageError(
            f"is no file of cameras that can be read ({type(error).__name__})", path=path
        ) from error
    if not found:
        raise UsageError(
            "holds no camera",
            path=path,
            hint="expected cameras.json (ODM, OpenSfM), cameras.txt (COLMAP), Metashape's XML or "
            "Pix4D's .cam",
        )
    return found


def _opensfm(text: str, path: Path) -> Iterator[Known]:
    # https://opensfm.org/docs/geometry.html: lengths over the longer side, from the middle.
    told: Any = json.loads(text)
    if isinstance(told, list):  # reconstruction.json
        told = told[0].get("cameras", {})
    for name, camera in told.items():
        fisheye = camera["projection_type"] in OPENSFM_FISHEYES
        yield (opensfm_fisheye if fisheye else opensfm_camera)(str(name), camera, path)


def _colmap(text: str, path: Path) -> Iterator[Known]:
    images = _colmap_images(path.with_name("images.txt"))
    for line in text.splitlines():
        parts = line.split()
        if len(parts) < 5 or line.startswith("#"):
            continue
        number, model = parts[0], parts[1]
        yield (colmap_fisheye if model in COLMAP_FISHEYES else colmap_camera)(
            number,
            model,
            (float(parts[2]), float(parts[3])),
            [float(part) for part in parts[4:]],
            path,
            images=images.get(number, frozenset()),
        )


def _colmap_images(path: Path) -> dict[str, frozenset[str]]:
    """By camera the names of the images beside it, where they are told."""
    found: dict[str, set[str]] = {}
    try:
        text = decoded(read_at_most(path, 64 << 20))
    except OSError:
        return {}
    # Two lines an image: itself, and its points.
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in lines[::2]:
        parts = line.split(maxsplit=9)
        if len(parts) == 10:
            found.setdefault(parts[8], set()).add(parts[9].rsplit("/", 1)[-1].casefold())
    return {camera: frozenset(names) for camera, names in found.items()}


def _metashape(text: str, path: Path) -> Iterator[KnownCamera]:
    # Metashape user manual, appendix D: pixels from the middle; p1 and p2 are OpenCV's p2 and p1,
    # b1 is added to the focal length along x.
    root = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    nodes = [root] if root.tag == "calibration" else list(root.iter("calibration"))
    for node in nodes:
        values = {child.tag: (child.text or "").strip() for child in node}

        def number(name: str, values: Mapping[str, str] = values) -> float:
            return float(values.get(name) or 0.0)

        if not values:
            values = dict(node.attrib)
        kind = values.get("projection") or node.attrib.get("type", "frame")
        if kind != "frame" or any(number(k, values) for k in ("k4", "p3", "p4")):
            raise refused_model(path.stem, kind, path)
        width, height, focal = (number(k, values) for k in ("width", "height", "f"))
        if not focal:
            continue  # one that was not adjusted
        yield KnownCamera(
            file=path.name,
            name=path.stem,
            width=width,
            height=height,
            focal=square(focal + number("b1", values), focal, path.stem, path),
            cx=width / 2 + number("cx", values),
            cy=height / 2 + number("cy", values),
            distortion=(
                number("k1", values),
                number("k2", values),
                number("p2", values),
                number("p1", values),
                number("k3", values),
            ),
        )


def _pix4d(text: str, path: Path) -> Iterator[KnownCamera]:
    # Millimetres on a sensor whose size the comment names.
    size = re.search(r"sensor width of\s*([\d.]+)\s*x\s*([\d.]+)\s*mm", text)
    if size is None:
        raise UsageError("does not say how large the sensor is", path=path)
    told = dict(re.findall(r"^([A-Z]\w?)\s+(\S+)\s*$", text, re.MULTILINE))
    value = {name: float(number) for name, number in told.items()}
    yield KnownCamera(
        file=path.name,
        name=path.stem,
        width=float(size[1]),
        height=float(size[2]),
        focal=value["F"],
        cx=value["Px"],
        cy=value["Py"],
        distortion=(
            value.get("K1", 0.0),
            value.get("K2", 0.0),
            value.get("T1", 0.0),
            value.get("T2", 0.0),
            value.get("K3", 0.0),
        ),
    )


def camera_evidence(
    cameras: Sequence[Known],
    photo: Path,
    size_px: tuple[int, int],
    orientation: int,
    model: str,
    settings: PhotoSettings,
) -> list[Evidence]:
    """Focal length, principal point and distortion of a photo by the camera that is its: by its
    name, by its model's, else the only one of its shape. size_px: upright; orientation: EXIF's."""
    camera = _camera_of(cameras, photo, size_px, model)
    if not isinstance(camera, KnownCamera):
        return []
    focal, cx, cy, distortion = _upright(camera, size_px, orientation)
    plain: dict[str, Any] = {
        "origin": Origin.CAMERA_FILE,
        "tag": camera.file,
        "raw": f"{camera.name} {camera.width:g}×{camera.height:g}"[:120],
    }
    found: list[Evidence] = [
        FocalEvidence(
            **plain,
            focal_px=focal,
            sigma_rel=settings.camera_file_focal_sigma_rel,
            source=FocalSource.CALIBRATED,
        ),
        CentreEvidence(**plain, centre_px=(cx, cy)),
    ]
    if any(distortion):
        found.append(DistortionEvidence(**plain, distortion=distortion))
    return found


def fisheye_of(
    cameras: Sequence[Known],
    photo: Path,
    size_px: tuple[int, int],
    orientation: int,
    model: str,
) -> FisheyeLens | None:
    """The lens of a photo whose camera, found as by `camera_evidence`, is a fisheye, in pixels of
    the upright picture; None of any other."""
    camera = _camera_of(cameras, photo, size_px, model)
    if not isinstance(camera, KnownFisheye):
        return None
    turn = stored_turn(camera, size_px, orientation)
    try:
        return camera.lens.upright(turn).rescaled(*size_px)
    except ValueError:
        return None  # a mirrored picture


def _camera_of(
    cameras: Sequence[Known], photo: Path, size_px: tuple[int, int], model: str
) -> Known | None:
    aspect = max(size_px) / min(size_px)
    fitting = [c for c in cameras if abs(aspect_of(c) / aspect - 1) <= _ASPECT_TOLERANCE]
    named = [c for c in fitting if photo.name.casefold() in c.images]
    if not named and model:
        named = [c for c in fitting if model.casefold() in c.name.casefold()]
    same = [c for c in named or fitting if {c.width, c.height} == set(map(float, size_px))]
    for chosen in (named, same, fitting):
        if len(chosen) == 1:
            return chosen[0]
    return None


def _upright(
    camera: KnownCamera, size_px: tuple[int, int], orientation: int
) -> tuple[float, float, float, _Five]:
    """Focal length, principal point and distortion in the upright picture."""
    width, height = size_px
    k1, k2, p1, p2, k3 = camera.distortion
    turn = stored_turn(camera, size_px, orientation)
    scale = (height if turn >= 5 else width) / camera.width
    # From the middle, right and down, and so the tangential terms' direction.
    x, y = scale * (camera.cx - camera.width / 2), scale * (camera.cy - camera.height / 2)
    if turn == 3:
        x, y, p1, p2 = -x, -y, -p1, -p2
    elif turn == 6:  # a quarter clockwise makes it upright
        x, y, p1, p2 = -y, x, p2, -p1
    elif turn == 8:
        x, y, p1, p2 = y, -x, -p2, p1
    return scale * camera.focal, width / 2 + x, height / 2 + y, (k1, k2, p1, p2, k3)
