"""Points as an E57 file (ASTM E2807), for scan software. The door to pye57."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import disk_full, free_bytes_of, written_whole
from worldmap.errors import ExtraError, StorageError, UsageError
from worldmap.geodesy import box_of, compound_wkt1
from worldmap.records import TilePoints

_SCALE_M: Final = 0.001
_CHUNK: Final = 1 << 20
_LIMIT: Final = np.iinfo(np.int32).max
_COLOURS: Final = ("colorRed", "colorGreen", "colorBlue")
_AXES: Final = ("cartesianX", "cartesianY", "cartesianZ")
_NAMESPACE: Final = uuid.UUID("0b9f6f4e-3c5d-5b7e-9a53-6f1d0c8a2e57")
"""Files of the same points have the same GUIDs, those of others have others."""
_ADJUSTED_S: Final = 1e9
"""Adjusted GPS time, of LAS, counts from this many seconds after the GPS epoch, of E57."""


def require_e57() -> Any:
    """pye57's binding of libE57Format. UsageError where it is not installed."""
    try:
        from pye57 import libe57
    except ImportError as error:
        raise ExtraError("E57 needs another package", hint="pip install 'worldmap[e57]'") from error
    return libe57


def write_e57(path: Path, points: TilePoints) -> None:
    """Write points as the only scan of an E57 file: coordinates to the millimetre, colours, the
    time of the first and last photo, and the CRS, with ellipsoidal heights, as WKT 1.

    As scanners do, coordinates count from a corner near by and the scan's pose tells where that is
    in the CRS: programs of single precision keep the millimetres. The same points give the same
    bytes with the same pye57. UsageError where pye57 is not installed or the points lie too far
    apart, StorageError where the file cannot be written. ValueError where there is no point.
    """
    libe57 = require_e57()
    wkt = compound_wkt1(points.epsg, "ellipsoid")
    low_m, high_m = box_of(points.cloud.xyz)
    corner_m = np.floor(low_m)
    low, high = (np.rint((end - corner_m) / _SCALE_M).astype(np.int64) for end in (low_m, high_m))
    if high.max() > _LIMIT:
        raise UsageError(
            "the points lie too far apart for one E57 file", hint="choose a smaller area"
        )
    digest = _digest(points, corner_m)
    with written_whole(path) as temporary:
        try:
            image = libe57.ImageFile(str(temporary), "w")
            try:
                tree = _Tree(libe57, image)
                _describe_file(tree, wkt, digest)
                scan = tree.structure(
                    {
                        "guid": _guid("scan", digest),
                        "name": "worldmap",
                        "description": "Points made of photos by worldmap",
                        "cartesianBounds": {
                            f"{axis}{end}": float(steps[i] * _SCALE_M)
                            for i, axis in enumerate("xyz")
                            for end, steps in (("Minimum", low), ("Maximum", high))
                        },
                        "colorLimits": {
                            f"{colour}{end}": value
                            for colour in _COLOURS
                            for end, value in (("Minimum", 0), ("Maximum", 255))
                        },
                        "pose": {
                            "rotation": {"w": 1.0, "x": 0.0, "y": 0.0, "z": 0.0},
                            "translation": dict(zip("xyz", map(float, corner_m), strict=True)),
                        },
                        **_acquisition(points.gps_time_s),
                    }
                )
                _write_points(tree, scan, points, corner_m, high)
                image.close()
            except BaseException:
                image.cancel()
                raise
        except libe57.E57Exception as error:
            # libe57 does not say which error of the system it met: whether there is room does.
            needs_bytes = len(points) * (sum(int(n).bit_length() for n in high) + 24) // 8
            if free_bytes_of(path) < needs_bytes:
                raise disk_full(path, needs_bytes) from error
            detail = " ".join(str(error).split())
            raise StorageError(f"cannot be written: {detail}", path=path) from error


class _Tree:
    """Nodes of a file's tree."""

    def __init__(self, libe57: Any, image: Any) -> None:
        self.libe57 = libe57
        self.image = image

    def node(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.structure(value)
        if isinstance(value, str):
            return self.libe57.StringNode(self.image, value)
        if isinstance(value, int):
            return self.libe57.IntegerNode(self.image, value)
        return self.libe57.FloatNode(self.image, value)

    def structure(self, values: Mapping[str, Any]) -> Any:
        node = self.libe57.StructureNode(self.image)
        for name, value in values.items():
            node.set(name, self.node(value))
        return node

    def vector(self) -> Any:
        return self.libe57.VectorNode(self.image, True)


def _describe_file(tree: _Tree, wkt: str, digest: bytes) -> None:
    """What the standard asks of a file's root; when it was written is left out: it would make every
    file another."""
    libe57 = tree.libe57
    tree.image.extensionsAdd("", libe57.E57_V1_0_URI)
    root = tree.image.root()
    for name, value in (
        ("formatName", "ASTM E57 3D Imaging Data File"),
        ("guid", _guid("file", digest)),
        ("versionMajor", int(libe57.E57_FORMAT_MAJOR)),
        ("versionMinor", int(libe57.E57_FORMAT_MINOR)),
        ("e57LibraryVersion", str(libe57.E57_LIBRARY_ID)),
        ("coordinateMetadata", wkt),
    ):
        root.set(name, tree.node(value))
    root.set("data3D", tree.vector())
    root.set("images2D", tree.vector())


def _acquisition(gps_time_s: NDArray[np.float64]) -> dict[str, Any]:
    """When the first and the last of the photos were taken; nothing where nobody knows."""
    known = gps_time_s[~np.isnan(gps_time_s)]
    if not len(known):
        return {}
    return {
        name: {"dateTimeValue": float(time_s) + _ADJUSTED_S, "isAtomicClockReferenced": 0}
        for name, time_s in (("acquisitionStart", known.min()), ("acquisitionEnd", known.max()))
    }


def _write_points(
    tree: _Tree, scan: Any, points: TilePoints, corner_m: NDArray[np.float64], high: NDArray[Any]
) -> None:
    libe57, image = tree.libe57, tree.image
    prototype = libe57.StructureNode(image)
    for axis, steps in zip(_AXES, high, strict=True):
        # Never of no bits, as those of points in a plane would be: not every reader knows that.
        most = max(int(steps), 1)
        prototype.set(axis, libe57.ScaledIntegerNode(image, 0, 0, most, _SCALE_M, 0.0))
    for colour in _COLOURS:
        prototype.set(colour, libe57.IntegerNode(image, 0, 0, 255))
    records = libe57.CompressedVectorNode(image, prototype, tree.vector())
    scan.set("points", records)
    image.root()["data3D"].append(scan)
    chunk = min(len(points), _CHUNK)
    arrays: dict[str, NDArray[Any]] = {
        # Whole numbers all the same: the binding takes no array of 32 bit integers.
        **{axis: np.empty(chunk, dtype=np.float64) for axis in _AXES},
        **{colour: np.empty(chunk, dtype=np.uint8) for colour in _COLOURS},
    }
    buffers = libe57.VectorSourceDestBuffer()
    for name, array in arrays.items():
        buffers.append(libe57.SourceDestBuffer(image, name, array, chunk, True))
    writer = records.writer(buffers)
    try:
        for steps, rgb in _chunks(points, corner_m):
            for column, axis in enumerate(_AXES):
                arrays[axis][: len(steps)] = steps[:, column]
            for column, colour in enumerate(_COLOURS):
                arrays[colour][: len(rgb)] = rgb[:, column]
            writer.write(len(steps))
    except BaseException:
        # An open writer would close itself once its file is gone, and take the process with it.
        with suppress(libe57.E57Exception):
            writer.close()
        raise
    writer.close()


def _chunks(
    points: TilePoints, corner_m: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.uint8]]]:
    """Millimetres from the corner (M, 3) and colours (M, 3), some points at a time."""
    for start in range(0, len(points), _CHUNK):
        rows = slice(start, start + _CHUNK)
        yield np.rint((points.cloud.xyz[rows] - corner_m) / _SCALE_M), points.cloud.rgb[rows]


def _digest(points: TilePoints, corner_m: NDArray[np.float64]) -> bytes:
    digest = hashlib.sha256(f"{points.epsg} {corner_m.tolist()}".encode())
    for steps, rgb in _chunks(points, corner_m):
        digest.update(steps.tobytes())
        digest.update(rgb.tobytes())
    return digest.digest()


def _guid(what: str, digest: bytes) -> str:
    return f"{{{uuid.uuid5(_NAMESPACE, f'{what} {digest.hex()}')}}}"
