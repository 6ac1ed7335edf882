"""A COLMAP model as it is read: images and cameras, binary or text.

https://colmap.github.io/format.html; src/colmap/scene/reconstruction_io.h. Quaternion and
translation lead from the world to the camera, which looks along z with y down.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Final

import numpy as np

from worldmap.errors import InputError
from worldmap.exchange.posed import MODEL, Posed, PosedShot, reference_beside
from worldmap.frames import RigidTransform, cam
from worldmap.input_file import open_regular, refused_as
from worldmap.known_camera import COLMAP_MODELS, KnownCamera, checked_camera, colmap_camera

# src/colmap/sensor/models.h
_NUMBERED: Final = {
    0: "SIMPLE_PINHOLE", 1: "PINHOLE", 2: "SIMPLE_RADIAL", 3: "RADIAL", 4: "OPENCV",
    5: "OPENCV_FISHEYE", 6: "FULL_OPENCV", 7: "FOV", 8: "SIMPLE_RADIAL_FISHEYE",
    9: "RADIAL_FISHEYE", 10: "THIN_PRISM_FISHEYE",
}  # fmt: skip
_POINT_BYTES: Final = 24
_LONGEST_NAME: Final = 4096
_LONGEST_LINE: Final = 64 << 20
_Pose = tuple[str, str, tuple[float, ...]]


def find_colmap(path: Path) -> Path | None:
    """The folder of the model: `path`, or the first of the usual ones in it; None where there is
    none."""
    for folder in (path, path / "sparse" / "0", path / "sparse", path / "colmap" / "sparse" / "0"):
        if any((folder / f"images{suffix}").is_file() for suffix in (".bin", ".txt")):
            return folder
    return None


def read_colmap(folder: Path) -> Posed:
    """The model in a folder, binary where there are both. InputError, in one line, where a file is
    missing or damaged, UsageError for a camera that is no pinhole with Brown's distortion."""
    is_binary = (folder / "images.bin").is_file()
    suffix = ".bin" if is_binary else ".txt"
    images, lenses = folder / f"images{suffix}", folder / f"cameras{suffix}"
    with refused_as(lenses, "is no file of COLMAP's cameras"), open_regular(lenses) as file:
        cameras = dict(_binary_cameras(file, lenses) if is_binary else _cameras(file, lenses))
    with refused_as(images, "is no file of COLMAP's images"), open_regular(images) as file:
        poses = list(_binary_images(file) if is_binary else _images(file))
        shots = tuple(_shot(pose, cameras) for pose in poses)
    if not shots:
        raise InputError("holds no image", path=images)
    return Posed(kind="colmap", path=folder, shots=shots, site=reference_beside(folder))


def _shot(pose: _Pose, cameras: Mapping[str, KnownCamera]) -> PosedShot:
    from scipy.spatial.transform import Rotation

    name, camera, (w, x, y, z, *translation) = pose
    if camera not in cameras:
        raise ValueError(f"image {name[:60]!r} is of camera {camera}, which is not there")
    cam_from_model = RigidTransform(
        to=cam(name),
        source=MODEL,
        rotation=Rotation.from_quat((x, y, z, w)).as_matrix(),
        translation_m=np.array(translation),
    )
    return PosedShot(name=name, camera=cameras[camera], model_from_cam=cam_from_model.inverse())


def _cameras(file: BufferedReader, path: Path) -> Iterator[tuple[str, KnownCamera]]:
    for raw in file:
        parts = raw.decode("utf-8").split()
        if not parts or parts[0].startswith("#"):
            continue
        number, model, *values = parts
        width, height, *numbers = map(float, values)
        yield (
            number,
            checked_camera(colmap_camera(number, model, (width, height), numbers, path), path),
        )


def _images(file: BufferedReader) -> Iterator[_Pose]:
    # Two lines an image: itself, and its points, of which there may be none.
    while raw := file.readline(_LONGEST_LINE):
        if raw.startswith(b"#") or not raw.strip():
            continue
        _, *numbers, camera, name = raw.decode("utf-8").split(maxsplit=9)
        yield name.strip(), camera, tuple(map(float, numbers))
        if not (raw := file.readline(_LONGEST_LINE)).endswith(b"\n") and len(raw) == _LONGEST_LINE:
            raise ValueError("a line is too long")


def _taken(file: BufferedReader, form: str) -> tuple[float, ...]:
    size = struct.calcsize(form)
    content = file.read(size)
    if len(content) < size:
        raise ValueError("it ends too early")
    return struct.unpack(form, content)


def _binary_cameras(file: BufferedReader, path: Path) -> Iterator[tuple[str, KnownCamera]]:
    (count,) = _taken(file, "<Q")
    for _ in range(int(count)):
        number, kind, width, height = map(int, _taken(file, "<IiQQ"))
        model = _NUMBERED.get(kind, f"number {kind}")
        # Of others nothing says how long they are, and they are refused.
        numbers = _taken(file, f"<{len(COLMAP_MODELS.get(model, ()))}d")
        camera = colmap_camera(str(number), model, (width, height), numbers, path)
        yield str(number), checked_camera(camera, path)


def _binary_images(file: BufferedReader) -> Iterator[_Pose]:
    (count,) = _taken(file, "<Q")
    file.seek(0, 2)
    end = file.tell()
    file.seek(8)
    for _ in range(int(count)):
        _, *numbers, camera = _taken(file, "<I7dI")
        name = b""
        while not name.endswith(b"\0"):
            letter = file.read(1)
            if not letter or len(name) > _LONGEST_NAME:
                raise ValueError("a name has no end")
            name += letter
        (points,) = _taken(file, "<Q")
        if file.tell() + _POINT_BYTES * int(points) > end:
            raise ValueError("it ends too early")
        file.seek(_POINT_BYTES * int(points), 1)
        yield name[:-1].decode("utf-8"), str(int(camera)), tuple(numbers)
