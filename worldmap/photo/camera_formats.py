"""Cameras that other programs calibrated: ODM's and OpenSfM's cameras.json, COLMAP's cameras.txt,
Metashape's XML and Pix4D's .cam and calibrated_camera_parameters.txt.

Each is read into Brown's model as OpenCV writes it, or into a fisheye's lens, about the picture as
the file has it: of most programs that is the picture as it is stored, whatever its orientation tag
says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import defusedxml.ElementTree

from worldmap.errors import UsageError
from worldmap.input_file import decoded, read_at_most, read_named
from worldmap.known_camera import (
    COLMAP_FISHEYES,
    OPENSFM_FISHEYES,
    KnownCamera,
    KnownFisheye,
    checked_camera,
    colmap_camera,
    colmap_fisheye,
    fisheye,
    opensfm_camera,
    opensfm_fisheye,
    refused_model,
    square,
)
from worldmap.photo.named_path import name_parts

_SIZE_LIMIT_BYTES: Final = 64 << 20  # a project of Metashape's, a reconstruction of OpenSfM's
_EXPECTED: Final = (
    "expected cameras.json (ODM, OpenSfM), cameras.txt (COLMAP), Metashape's XML, or Pix4D's .cam "
    "or calibrated_camera_parameters.txt"
)
_PIX4D_BEGIN: Final = re.compile(r"^Pix4D camera calibration file", re.MULTILINE)
_FISHEYES: Final = ("fisheye", "equidistant_fisheye")
# A fisheye's lens has no tangential terms here; they are let go where they are less than a pixel
# at the edge of its picture, some 60 degrees off its axis.
_TANGENTIAL_PX: Final = 1.0
Known = KnownCamera | KnownFisheye
# A camera, or why there is none of it.
_Read = Iterator[Callable[[], Known | None]]


def read_cameras(
    path: Path, *, on_refused: Callable[[UsageError], None] | None = None
) -> list[Known]:
    """The cameras of a file. UsageError, in one line, where it holds none, or none that is a
    pinhole with Brown's distortion or a fisheye; one that is neither beside others is told to
    on_refused. MissingPathError where the file is not there."""
    text = decoded(read_named(path, _SIZE_LIMIT_BYTES, UsageError))
    refused: list[UsageError] = []
    try:
        found = list(dict.fromkeys(_sound(_reader_of(text)(text, path), path, refused)))
    except UsageError:
        raise
    except Exception as error:  # whatever a broken file makes of them
        raise UsageError(
            f"is no file of cameras that can be read ({type(error).__name__})",
            path=path,
            hint=_EXPECTED,
        ) from error
    if not found and refused:
        raise refused[0]
    if not found:
        raise UsageError("holds no camera", path=path, hint=_EXPECTED)
    if on_refused is not None:
        for told in refused:
            on_refused(told)
    return found


def _reader_of(text: str) -> Callable[[str, Path], _Read]:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return _opensfm
    if start == "<":
        return _metashape
    if "Focal Length" in text[:2000] and re.search(r"^F\s", text, re.MULTILINE):
        return _pix4d
    return _pix4d_by_photo if text.startswith("fileName imageWidth imageHeight") else _colmap


def _sound(read: _Read, path: Path, refused: list[UsageError]) -> Iterator[Known]:
    """The cameras that can be used; why others cannot is added to refused."""
    for make in read:
        try:
            camera = make()
            if camera is not None:
                yield checked_camera(camera, path) if isinstance(camera, KnownCamera) else camera
        except UsageError as error:
            refused.append(error)


def _opensfm(text: str, path: Path) -> _Read:
    # https://opensfm.org/docs/geometry.html: lengths over the longer side, from the middle.
    told: Any = json.loads(text)
    parts = told if isinstance(told, list) else [{"cameras": told}]  # reconstruction.json
    for part in parts:
        images: dict[str, set[str]] = {}
        for image, shot in part.get("shots", {}).items():
            images.setdefault(shot["camera"], set()).add(str(image))
        for name, camera in part.get("cameras", {}).items():
            whose = frozenset(images.get(name, ()))
            make = partial(_opensfm_camera, str(name), camera, whose, path)
            yield partial(_by_folder, make, _has_folders(part.get("shots", {})))


def _opensfm_camera(
    name: str, told: Mapping[str, Any], images: frozenset[str], path: Path
) -> Known:
    if told["projection_type"] in OPENSFM_FISHEYES:
        return replace(opensfm_fisheye(name, told, path), images=images)
    return replace(opensfm_camera(name, told, path), images=images)


def _colmap(text: str, path: Path) -> _Read:
    images = _colmap_images(path.with_name("images.txt"))
    by_folder = _has_folders(name for names in images.values() for name in names)
    for line in text.splitlines():
        parts = line.split()
        if len(parts) < 5 or line.startswith("#"):
            continue
        number, model = parts[0], parts[1]
        size, numbers = (float(parts[2]), float(parts[3])), [float(part) for part in parts[4:]]
        read = colmap_fisheye if model in COLMAP_FISHEYES else colmap_camera
        whose = images.get(number, frozenset())
        make: Callable[[], Known] = partial(read, number, model, size, numbers, path, images=whose)
        yield partial(_by_folder, make, by_folder)


def _by_folder(make: Callable[[], Known], by_folder: bool) -> Known:
    return replace(make(), by_folder=by_folder)


def _has_folders(images: Iterable[str]) -> bool:
    """Whether a name is in several folders, those of cameras that cannot be used among them."""
    every = {name_parts(str(name)) for name in images}
    return len({parts[-1:] for parts in every}) < len(every)


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
            found.setdefault(parts[8], set()).add(parts[9])
    return {camera: frozenset(names) for camera, names in found.items()}


def _metashape(text: str, path: Path) -> _Read:
    root = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    sensors = list(root.iter("sensor"))
    if not sensors:
        alone = [root] if root.tag == "calibration" else list(root.iter("calibration"))
        for each in alone:
            yield partial(_metashape_camera, each, None, path.stem, frozenset(), path)
        return
    # A project's cameras: each sensor with its calibrations, and the photos of each.
    images: dict[str, set[str]] = {}
    for camera in root.iter("camera"):
        images.setdefault(camera.get("sensor_id", ""), set()).add(camera.get("label", ""))
    for sensor in sensors:
        found = {node.get("class", "adjusted"): node for node in sensor.iter("calibration")}
        node = found.get("adjusted") or found.get("initial")
        if node is None:
            continue
        name = sensor.get("label") or path.stem
        whose = frozenset(images.get(sensor.get("id", ""), set()) - {""})
        yield partial(_metashape_camera, node, sensor, name, whose, path)


def _metashape_camera(
    node: Element, sensor: Element | None, name: str, images: frozenset[str], path: Path
) -> Known | None:
    """None for one that was not adjusted."""
    # Metashape user manual, appendix D: pixels from the middle; p1 and p2 are OpenCV's p2 and p1,
    # b1 is added to the focal length along x. PhotoScan had fx and fy, and cx, cy from the corner.
    values = {child.tag: (child.text or "").strip() for child in node} or dict(node.attrib)
    for each in (sensor, node):
        size = None if each is None else each.find("resolution")
        values |= {} if size is None else size.attrib

    def number(tag: str) -> float:
        return float(values.get(tag) or 0.0)

    kind = values.get("projection") or node.get("type") or "frame"
    width, height, fx, fy = (number(tag) for tag in ("width", "height", "fx", "fy"))
    cx, cy = number("cx"), number("cy")
    if "fx" not in values:
        fx, fy = number("f") + number("b1"), number("f")
        cx, cy = width / 2 + cx, height / 2 + cy
    if not fy:
        return None
    focal = square(fx, fy, name, path)
    p1, p2, k4 = number("p2"), number("p1"), number("k4")
    if kind in _FISHEYES and 3 * focal * max(abs(p1), abs(p2)) <= _TANGENTIAL_PX:
        k = [number("k1"), number("k2"), number("k3"), k4]
        return fisheye(name, (width, height), (focal, focal), (cx, cy), k, path, images=images)
    if kind != "frame":
        raise refused_model(name, kind, path)
    terms = [tag for tag in ("k4", "p3", "p4") if number(tag)]
    if terms:
        raise refused_model(name, f"with {', '.join(terms)}; adjust it without", path)
    return KnownCamera(
        file=path.name,
        name=name,
        width=width,
        height=height,
        focal=focal,
        cx=cx,
        cy=cy,
        distortion=(number("k1"), number("k2"), p1, p2, number("k3")),
        images=images,
    )


def _pix4d(text: str, path: Path) -> _Read:
    starts = [match.start() for match in _PIX4D_BEGIN.finditer(text)] or [0]
    for count, start in enumerate(starts, 1):
        end = starts[count] if count < len(starts) else len(text)
        name = path.stem if len(starts) == 1 else f"{path.stem} {count}"
        yield partial(_pix4d_camera, text[start:end], name, path)


def _pix4d_camera(text: str, name: str, path: Path) -> KnownCamera:
    # Millimetres on a sensor whose size the comment names.
    size = re.search(r"sensor width of\s*([\d.]+)\s*x\s*([\d.]+)\s*mm", text)
    if size is None:
        raise UsageError("does not say how large the sensor is", path=path)
    told = dict(re.findall(r"^([A-Z]\w?)\s+(\S+)\s*$", text, re.MULTILINE))
    value = {tag: float(number) for tag, number in told.items()}
    return KnownCamera(
        file=path.name,
        name=name,
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


def _pix4d_by_photo(text: str, path: Path) -> _Read:
    # https://support.pix4d.com/hc/articles/202977149: ten lines a photo, its name and size, three
    # of its matrix, radial and tangential distortion, its place and three of its turn.
    lines = [line for line in text.splitlines() if line.strip()]
    begin = next(i for i, line in enumerate(lines) if line.startswith("camera model")) + 1
    for at in range(begin, len(lines) - 5, 10):
        name, width, height = lines[at].rsplit(maxsplit=2)
        (fx, _, cx), (_, fy, cy) = (map(float, lines[at + i].split()) for i in (1, 2))
        k1, k2, k3 = map(float, lines[at + 4].split())
        p1, p2 = map(float, lines[at + 5].split())
        yield partial(
            KnownCamera,
            file=path.name,
            name=name,
            width=float(width),
            height=float(height),
            focal=square(fx, fy, name, path),
            cx=cx,
            cy=cy,
            distortion=(k1, k2, p1, p2, k3),
            images=frozenset((name,)),
        )
