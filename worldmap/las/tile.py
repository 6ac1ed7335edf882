"""Tiles as LAS, LAZ and COPC files: the same bytes for the same points, and read back."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import laspy
import lazrs
import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.cloud import PointCloud
from worldmap.errors import FormatError, StorageError, UsageError
from worldmap.frames import PROJECTED
from worldmap.geodesy import (
    Vertical,
    compound_wkt1,
    epsg_of_wkt,
    geodetic_from_projected,
    undulation_m,
)
from worldmap.las.copc import copc
from worldmap.las.head import Bounds, Head, read_head
from worldmap.las.layout import (
    EXTRA_BYTES,
    ONE_RETURN,
    POINT,
    POINT_FORMAT,
    PROVENANCE_ID,
    PROVENANCE_USER,
    SCALE_M,
    WKT_RECORD,
    Vlr,
    extra_bytes_vlr,
    header,
    laszip_vlr,
    provenance_vlr,
    wkt_vlr,
)
from worldmap.records import TilePoints
from worldmap.store import StoredFile

Array = NDArray[np.float64]

_UNKNOWN_TIME_S: Final = -1e9
"""The GPS epoch: a time before photos had GPS stands for none, as NaN is not for LAS readers."""
_SIGMA_LIMIT_MM: Final = 65535
_SOURCE_ID_LIMIT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFile:
    """A file as it was written: SHA-256 in hex, points, and the bounds of what is stored,
    (min x, min y, min z, max x, max y, max z) in the file's CRS; zeros where there is no point."""

    content_hash: str
    points: int
    bounds_m: Bounds


def write_tile(
    path: Path,
    points: TilePoints,
    *,
    vertical: Vertical = "ellipsoid",
    provenance: Mapping[str, Any] | None = None,
    kind: str | None = None,
) -> TileFile:
    """Write points to a .las, .laz or .copc.laz file, whole or not at all; kind: las, laz or copc
    for a file of another name.

    Points keep their order, but in COPC. Coordinates are kept to the millimetre. vertical: what the
    stored heights are above. provenance (licence, attribution, software, settings, …) is kept as
    JSON in a record of its own. UsageError for another suffix, StorageError where the file cannot
    be written.
    """
    packed = _packer(path) if kind is None else _PACKERS[kind]
    records, offset_m = _packed(points, vertical)
    vlrs = [wkt_vlr(compound_wkt1(points.epsg, vertical)), extra_bytes_vlr(records)]
    if provenance is not None:
        vlrs.append(provenance_vlr(provenance))
    content_hash = write_file(path, packed(records, offset_m, vlrs))
    return TileFile(
        content_hash=content_hash, points=len(records), bounds_m=_bounds(records, offset_m)
    )


@contextmanager
def _reading(source: Path | StoredFile, what: str = "a tile of worldmap") -> Iterator[None]:
    """StorageError, in one line, where the file is missing, damaged or not what it should be."""
    path = source if isinstance(source, Path) else source.name
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError("is missing", path=path, hint="run merge again") from error
    except MemoryError as error:
        raise StorageError("claims more points than fit into memory", path=path) from error
    except StorageError:  # where it lies cannot be reached
        raise
    except Exception as error:  # laspy raises almost anything on damaged files
        detail = " ".join(str(error).split())
        raise StorageError(f"is damaged or not {what}: {detail}", path=path) from error


def read_tile(path: Path) -> TilePoints:
    """The points of a file that `write_tile` wrote; heights are ellipsoidal again.

    Raises StorageError, in one line, where the file is missing, damaged or not one of ours.
    """
    with _reading(path):
        head = read_head(path)
        if (head.point_format, head.record_size) != (POINT_FORMAT, POINT.itemsize):
            raise ValueError("its points are of another format")
        las = laspy.read(path, laz_backend=laspy.LazBackend.LazrsParallel)
        if len(las.points) != las.header.point_count:  # cut off between two points
            raise ValueError(f"it has {len(las.points)} of its {las.header.point_count} points")
        epsg, vertical = epsg_of_wkt(_wkt(head))
        xyz = np.stack((las.x, las.y, las.z), axis=-1).astype(np.float64)
        gps_time_s = np.array(las.gps_time, dtype=np.float64)
        gps_time_s[gps_time_s == _UNKNOWN_TIME_S] = np.nan
        rgb = np.stack((las.red, las.green, las.blue), axis=-1) // 257
        cloud = PointCloud(
            frame=PROJECTED,
            xyz=xyz if vertical == "ellipsoid" else _raised(xyz, epsg, vertical, +1.0),
            rgb=rgb.astype(np.uint8),
            sigma_m=np.asarray(las.sigma_mm).astype(np.float32) / np.float32(1000),
            photo_id=np.asarray(las.photo_id),
            support=np.asarray(las.support),
        )
        classification = np.asarray(las.classification, dtype=np.uint8)
    return TilePoints(cloud=cloud, epsg=epsg, gps_time_s=gps_time_s, classification=classification)


def read_vertical(source: Path | StoredFile) -> Vertical:
    """What the heights in a file that `write_tile` wrote are above; reads the header only.

    Raises StorageError, in one line, where the file is missing, damaged or not one of ours.
    """
    with _reading(source):
        return epsg_of_wkt(_wkt(read_head(source)))[1]


def _wkt(head: Head) -> str:
    content = head.records.get(WKT_RECORD)
    if content is None:
        raise ValueError("it does not say in which CRS it is")
    return content.split(b"\0")[0].decode("utf-8")


def read_extent(source: Path | StoredFile) -> tuple[int, Bounds]:
    """The number of points and their bounds, as the header of a LAS or LAZ file tells them; zeros
    where there is no point. Raises StorageError, in one line, where it cannot be read."""
    with _reading(source, "a point cloud"):
        head = read_head(source)
        return head.points, head.bounds_m


def read_provenance(path: Path) -> dict[str, Any]:
    """What `write_tile` was told of where the points come from; empty where it was not told."""
    with laspy.open(path) as reader:
        for vlr in (*reader.header.vlrs, *(reader.header.evlrs or ())):
            if (vlr.user_id, vlr.record_id) == (PROVENANCE_USER, PROVENANCE_ID):
                found: dict[str, Any] = json.loads(vlr.record_data_bytes())
                return found
    return {}


def _packer(path: Path) -> Callable[[NDArray[np.void], Array, list[Vlr]], bytes]:
    name = path.name.lower()
    if name.endswith(".copc.laz"):
        return copc
    if name.endswith(".laz"):
        return pack_laz
    if name.endswith(".las"):
        return pack_las
    raise FormatError(
        "is no name for a tile", path=path, hint="tiles are written as .las, .laz or .copc.laz"
    )


def _packed(points: TilePoints, vertical: Vertical) -> tuple[NDArray[np.void], Array]:
    """Point records (N,) and what their coordinates count from (3,)."""
    cloud = points.cloud
    xyz = cloud.xyz if vertical == "ellipsoid" else _raised(cloud.xyz, points.epsg, vertical, -1.0)
    # Of what is stored: a point that is rounded up to a whole metre must not begin another one.
    lowest = np.rint(xyz.min(axis=0) / SCALE_M) if len(xyz) else np.zeros(3)
    offset_m = np.floor(lowest / round(1 / SCALE_M))
    records = np.zeros(len(cloud), dtype=POINT)
    for axis, name in enumerate("XYZ"):
        steps = np.rint((xyz[:, axis] - offset_m[axis]) / SCALE_M)
        if len(steps) and steps.max() > np.iinfo(np.int32).max:
            raise UsageError(
                "the points lie too far apart for one LAS file", hint="choose a smaller area"
            )
        records[name] = steps
    for channel, name in enumerate(("red", "green", "blue")):
        records[name] = cloud.rgb[:, channel].astype(np.uint16) * 257
    records["returns"] = ONE_RETURN
    records["classification"] = points.classification
    records["gps_time"] = np.where(np.isnan(points.gps_time_s), _UNKNOWN_TIME_S, points.gps_time_s)
    records["photo_id"] = cloud.photo_id
    # 16 bits for readers that know no extra dimension; 0 where the id does not fit.
    records["point_source_id"] = np.where(cloud.photo_id <= _SOURCE_ID_LIMIT, cloud.photo_id, 0)
    records["support"] = cloud.support
    sigma_mm = np.nan_to_num(np.rint(cloud.sigma_m * 1000.0), nan=_SIGMA_LIMIT_MM)
    records["sigma_mm"] = np.clip(sigma_mm, 0, _SIGMA_LIMIT_MM)
    return records, offset_m


def _raised(xyz: Array, epsg: int, vertical: Vertical, undulations: float) -> Array:
    """The same points `undulations` times the geoid's undulation higher."""
    if not len(xyz):
        return xyz
    lat_deg, lon_deg, _ = geodetic_from_projected(xyz, epsg)
    raised = xyz.copy()
    raised[:, 2] += undulations * undulation_m(lat_deg, lon_deg, vertical)
    return raised


def _bounds(records: NDArray[np.void], offset_m: Array) -> Bounds:
    if not len(records):
        return (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    low, high = (
        [int(end(records[axis])) * SCALE_M + offset_m[i] for i, axis in enumerate("XYZ")]
        for end in (np.min, np.max)
    )
    return (*map(float, low), *map(float, high))  # type: ignore[return-value]


def pack_las(records: NDArray[np.void], offset_m: Array, vlrs: list[Vlr]) -> bytes:
    """A whole LAS file of these point records."""
    size = len(header(records, offset_m, vlrs, compressed=False))
    head = header(records, offset_m, vlrs, compressed=False, evlr_start=size + records.nbytes)
    return b"".join((head, records.tobytes(), *(vlr.packed() for vlr in vlrs if vlr.extended)))


def pack_laz(records: NDArray[np.void], offset_m: Array, vlrs: list[Vlr]) -> bytes:
    """A whole LAZ file of these point records."""
    layout = lazrs.LazVlr.new_for_compression(POINT_FORMAT, EXTRA_BYTES)
    vlrs = [*vlrs, laszip_vlr(bytes(layout.record_data()))]
    file = io.BytesIO()
    file.write(header(records, offset_m, vlrs, compressed=True))
    compressor = lazrs.ParLasZipCompressor(file, layout)
    compressor.compress_many(records.view(np.uint8))
    compressor.done()
    evlr_start = file.seek(0, io.SEEK_END)
    file.write(b"".join(vlr.packed() for vlr in vlrs if vlr.extended))
    file.seek(0)
    file.write(header(records, offset_m, vlrs, compressed=True, evlr_start=evlr_start))
    return file.getvalue()


_PACKERS: Final = {"las": pack_las, "laz": pack_laz, "copc": copc}
