"""The bytes of LAS 1.4 (ASPRS, revision 15): header, variable length records, point format 7.

Written here and not by laspy, whose extra dimensions carry wrong minima and maxima, whose headers
carry today's date, and which writes no COPC; laspy reads, so that it checks.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap import __version__

HEADER_SIZE: Final = 375
POINT_FORMAT: Final = 7
SCALE_M: Final = 0.001

POINT: Final = np.dtype(
    [
        ("X", "<i4"),
        ("Y", "<i4"),
        ("Z", "<i4"),
        ("intensity", "<u2"),
        ("returns", "u1"),
        ("flags", "u1"),
        ("classification", "u1"),
        ("user_data", "u1"),
        ("scan_angle", "<i2"),
        ("point_source_id", "<u2"),
        ("gps_time", "<f8"),
        ("red", "<u2"),
        ("green", "<u2"),
        ("blue", "<u2"),
        ("photo_id", "<u4"),
        ("support", "u1"),
        ("sigma_mm", "<u2"),
    ]
)
"""A point record: point format 7, then our three extra dimensions."""

EXTRA: Final = {
    "photo_id": ("<u4", 5, "photo that gave the point"),
    "support": ("u1", 1, "photos that agree on the point"),
    "sigma_mm": ("<u2", 3, "standard deviation in mm"),
}
"""Extra dimensions: type, its code in the extra bytes record, description (31 characters)."""
EXTRA_BYTES: Final = sum(np.dtype(code).itemsize for code, _, _ in EXTRA.values())

WKT_RECORD: Final = ("LASF_Projection", 2112)
"""User and id of the record that holds the CRS."""
PROVENANCE_USER: Final = "worldmap"
PROVENANCE_ID: Final = 1

ONE_RETURN: Final = 0x11
"""Return 1 of 1: a photo sees one surface."""

_GLOBAL_ENCODING: Final = 0b10001
"""Adjusted standard GPS time, and a CRS in WKT."""
_COMPRESSED: Final = 0x80
HEADER: Final = struct.Struct("<4sHH16sBB32s32sHHHIIBHI5I3d3d6dQQIQ15Q")
VLR_HEAD: Final = struct.Struct("<H16sHH32s")
_EVLR = struct.Struct("<H16sHQ32s")
_EXTRA_DIMENSION = struct.Struct("<2xBB32s4x24s24s24s24s24s32s")
_HAS_MIN_MAX: Final = 0b110
_VLR_LIMIT: Final = 0xFFFF

assert HEADER.size == HEADER_SIZE
assert _EXTRA_DIMENSION.size == 192
assert POINT.itemsize == 36 + EXTRA_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Vlr:
    """A variable length record: among the others after the header, or extended, at the file's end.
    ValueError where one that is not extended has more than 65535 bytes."""

    user_id: str
    record_id: int
    description: str
    content: bytes
    extended: bool = False

    def __post_init__(self) -> None:
        if len(self.content) > _VLR_LIMIT and not self.extended:
            raise ValueError(f"{self.user_id}/{self.record_id}: {len(self.content)} bytes in a VLR")

    @property
    def head_size(self) -> int:
        """Bytes before the content."""
        return _EVLR.size if self.extended else VLR_HEAD.size

    def packed(self) -> bytes:
        """The record's header and content."""
        head = (_EVLR if self.extended else VLR_HEAD).pack(
            0,
            self.user_id.encode("ascii"),
            self.record_id,
            len(self.content),
            self.description.encode("ascii"),
        )
        return head + self.content


def header(
    points: NDArray[np.void],
    offset_m: NDArray[np.float64],
    vlrs: Sequence[Vlr],
    *,
    compressed: bool,
    evlr_start: int = 0,
) -> bytes:
    """The public header block and the variable length records of a file of these records.

    offset_m (3,) is what their X, Y, Z count from. Bounds are those of the stored coordinates.
    evlr_start: where the extended ones among `vlrs` begin in the file. Neither a date nor a GUID:
    the content alone decides the bytes.
    """
    first = [vlr for vlr in vlrs if not vlr.extended]
    packed = b"".join(vlr.packed() for vlr in first)
    evlrs = len(vlrs) - len(first)
    count = len(points)
    bounds: list[float] = []
    for axis, offset in zip("XYZ", offset_m.tolist(), strict=True):
        low, high = (int(points[axis].min()), int(points[axis].max())) if count else (0, 0)
        # Computed as readers compute coordinates, so that theirs never fall outside by one bit.
        bounds += [high * SCALE_M + offset, low * SCALE_M + offset]
    return (
        HEADER.pack(
            b"LASF",
            0,
            _GLOBAL_ENCODING,
            bytes(16),
            1,
            4,
            b"worldmap",
            f"worldmap {__version__}".encode("ascii"),
            0,
            0,
            HEADER_SIZE,
            HEADER_SIZE + len(packed),
            len(first),
            POINT_FORMAT | (_COMPRESSED if compressed else 0),
            POINT.itemsize,
            0,  # counts of 32 bit are for point formats before 6
            *(0, 0, 0, 0, 0),
            *(SCALE_M, SCALE_M, SCALE_M),
            *offset_m.tolist(),
            *bounds,
            0,
            evlr_start if evlrs else 0,
            evlrs,
            count,
            *(count, *(0,) * 14),
        )
        + packed
    )


def provenance_vlr(provenance: Mapping[str, Any]) -> Vlr:
    """Where the points come from, as JSON; an extended record where it is long."""
    content = json.dumps(provenance, sort_keys=True, ensure_ascii=False).encode("utf-8")
    return Vlr(
        user_id=PROVENANCE_USER,
        record_id=PROVENANCE_ID,
        description="Provenance (JSON)",
        content=content,
        extended=len(content) > _VLR_LIMIT,
    )


def laszip_vlr(record_data: bytes) -> Vlr:
    """How the points are compressed, as lazrs tells it."""
    return Vlr(
        user_id="laszip encoded",
        record_id=22204,
        description="laszip",
        content=record_data,
    )


def wkt_vlr(wkt: str) -> Vlr:
    """The coordinate reference system."""
    return Vlr(
        user_id=WKT_RECORD[0],
        record_id=WKT_RECORD[1],
        description="OGC WKT coordinate system",
        content=wkt.encode("utf-8") + b"\0",
    )


def extra_bytes_vlr(points: NDArray[np.void]) -> Vlr:
    """The description of our extra dimensions, with the minima and maxima of these records."""
    dimensions = []
    for name, (_, type_code, description) in EXTRA.items():
        values = points[name]
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        dimensions.append(
            _EXTRA_DIMENSION.pack(
                type_code,
                _HAS_MIN_MAX,
                name.encode("ascii"),
                bytes(24),
                struct.pack("<Q16x", low),
                struct.pack("<Q16x", high),
                bytes(24),
                bytes(24),
                description.encode("ascii"),
            )
        )
    return Vlr(
        user_id="LASF_Spec",
        record_id=4,
        description="Extra bytes",
        content=b"".join(dimensions),
    )
