"""Geometries as bytes: WKB, the GeoPackage header around it, and the SQL functions over it.

Coordinates are WGS84 longitude, latitude in degrees. In Python a geometry is plain WKB; how it is
stored depends on the database and is known to `Geometry` alone.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import UserDefinedType

WGS84_SRID = 4326

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
Ring = Sequence[tuple[float, float]]
"""A closed ring of (longitude, latitude); the first point is not repeated."""

_LITTLE_ENDIAN = 1
_POINT, _LINE, _POLYGON = 1, 2, 3
_COLLECTIONS = (4, 5, 6, 7)
_MULTIPOLYGON = 6
_EWKB_SRID, _EWKB_M, _EWKB_Z = 0x20000000, 0x40000000, 0x80000000
# GeoPackage 1.3, clause 2.1.3: envelope doubles by the header's 3-bit envelope code.
_ENVELOPE_DOUBLES = (0, 4, 6, 6, 8)
_HEADER_LITTLE_ENDIAN, _HEADER_ENVELOPE_XY, _HEADER_EMPTY = 0b00001, 0b00010, 0b10000


def point(lon_deg: float, lat_deg: float) -> bytes:
    """WKB of a point."""
    return struct.pack("<BIdd", _LITTLE_ENDIAN, _POINT, lon_deg, lat_deg)


def multipolygon(rings: Sequence[Ring]) -> bytes:
    """WKB of polygons that have an outer ring each and no holes."""
    parts = [struct.pack("<BII", _LITTLE_ENDIAN, _MULTIPOLYGON, len(rings))]
    for ring in rings:
        closed = [*ring, ring[0]]
        parts.append(struct.pack("<BIII", _LITTLE_ENDIAN, _POLYGON, 1, len(closed)))
        parts.append(struct.pack(f"<{2 * len(closed)}d", *(value for xy in closed for value in xy)))
    return b"".join(parts)


def bounds(wkb: bytes) -> Bounds | None:
    """West, south, east, north of any geometry; None where it is empty.

    ValueError where the bytes are no WKB.
    """
    xs: list[float] = []
    ys: list[float] = []
    try:
        _collect(wkb, 0, xs, ys)
    except (struct.error, IndexError) as error:
        raise ValueError(f"not a WKB geometry: {error}") from error
    if not xs:
        return None
    return min(xs), min(ys), max(xs), max(ys)


def _collect(wkb: bytes, at: int, xs: list[float], ys: list[float]) -> int:
    """Append the coordinates of the geometry at offset `at`; returns the offset behind it."""
    order = "<" if wkb[at] == _LITTLE_ENDIAN else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    at += 5
    if code & _EWKB_SRID:
        at += 4
    flat = code & 0x0FFFFFFF
    kind, iso = flat % 1000, flat // 1000
    dimensions = 2 + bool(code & _EWKB_Z) + bool(code & _EWKB_M) + (0, 1, 1, 2)[iso]

    def points(at: int, count: int) -> int:
        values = struct.unpack_from(f"{order}{dimensions * count}d", wkb, at)
        for x, y in zip(values[::dimensions], values[1::dimensions], strict=True):
            # An empty point is written as NaN, NaN.
            if not (math.isnan(x) or math.isnan(y)):
                xs.append(x)
                ys.append(y)
        return at + 8 * dimensions * count

    if kind == _POINT:
        return points(at, 1)
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    at += 4
    if kind == _LINE:
        return points(at, count)
    if kind == _POLYGON:
        for _ in range(count):
            (length,) = struct.unpack_from(f"{order}I", wkb, at)
            at = points(at + 4, length)
        return at
    if kind in _COLLECTIONS:
        for _ in range(count):
            at = _collect(wkb, at, xs, ys)
        return at
    raise struct.error(f"unknown geometry type {kind}")


# --- GeoPackage binary ------------------------------------------------------------------------


def to_geopackage(wkb: bytes) -> bytes:
    """GeoPackage binary: the standard header, an envelope unless it is a point, then the WKB."""
    box = bounds(wkb)
    flags, envelope = _HEADER_LITTLE_ENDIAN, b""
    if box is None:
        flags |= _HEADER_EMPTY
    elif wkb[1:5] != struct.pack("<I", _POINT):
        flags |= _HEADER_ENVELOPE_XY
        west, south, east, north = box
        envelope = struct.pack("<4d", west, east, south, north)
    return struct.pack("<2sBBi", b"GP", 0, flags, WGS84_SRID) + envelope + wkb


def from_geopackage(blob: bytes) -> bytes:
    """The WKB inside a GeoPackage binary, whoever wrote it; ValueError where it is none."""
    if len(blob) < 8 or blob[:2] != b"GP":
        raise ValueError("not a GeoPackage geometry")
    envelope = (blob[3] >> 1) & 0b111
    if envelope >= len(_ENVELOPE_DOUBLES):
        raise ValueError("not a GeoPackage geometry: unknown envelope")
    return blob[8 + 8 * _ENVELOPE_DOUBLES[envelope] :]


def _blob_bounds(blob: object) -> Bounds | None:
    # A trigger must not fail on what another program wrote: unreadable counts as empty.
    if not isinstance(blob, bytes):
        return None
    try:
        return bounds(from_geopackage(blob))
    except ValueError:
        return None


def _bound(index: int) -> Callable[[object], float | None]:
    def value(blob: object) -> float | None:
        box = _blob_bounds(blob)
        return None if box is None else box[index]

    return value


def register_functions(connection: sqlite3.Connection) -> None:
    """Add the ST_* functions that the R-tree triggers of a GeoPackage call (annex F.3)."""

    def is_empty(blob: object) -> int | None:
        return None if blob is None else int(_blob_bounds(blob) is None)

    functions: dict[str, Callable[[object], float | int | None]] = {
        "ST_IsEmpty": is_empty,
        "ST_MinX": _bound(0),
        "ST_MinY": _bound(1),
        "ST_MaxX": _bound(2),
        "ST_MaxY": _bound(3),
    }
    for name, function in functions.items():
        connection.create_function(name, 1, function, deterministic=True)


# --- column type ------------------------------------------------------------------------------


class Geometry(UserDefinedType[bytes]):
    """A WGS84 geometry column whose Python value is WKB.

    SQLite: declared as `kind` (POINT, MULTIPOLYGON, ...) and stored as GeoPackage binary.
    PostgreSQL: PostGIS `geometry(kind, 4326)`.
    """

    cache_ok = True

    def __init__(self, kind: str = "GEOMETRY", srid: int | str = WGS84_SRID) -> None:
        self.kind = kind.upper()
        self.srid = int(srid)

    def get_col_spec(self, **_: Any) -> str:
        return f"geometry({self.kind},{self.srid})"

    def bind_processor(self, dialect: Dialect) -> Callable[[bytes | None], Any]:
        if dialect.name == "postgresql":
            return lambda wkb: None if wkb is None else _to_ewkb(wkb).hex()
        return lambda wkb: None if wkb is None else to_geopackage(wkb)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], bytes | None]:
        if dialect.name == "postgresql":
            return lambda text: None if text is None else _from_ewkb(bytes.fromhex(text))
        return lambda blob: None if blob is None else from_geopackage(blob)


def _to_ewkb(wkb: bytes) -> bytes:
    (code,) = struct.unpack_from("<I", wkb, 1)
    return struct.pack("<BII", _LITTLE_ENDIAN, code | _EWKB_SRID, WGS84_SRID) + wkb[5:]


def _from_ewkb(ewkb: bytes) -> bytes:
    (code,) = struct.unpack_from("<I", ewkb, 1)
    if not code & _EWKB_SRID:
        return ewkb
    return struct.pack("<BI", _LITTLE_ENDIAN, code & ~_EWKB_SRID) + ewkb[9:]


@compiles(Geometry, "sqlite")
def _sqlite_type(element: Geometry, *_: Any, **__: Any) -> str:
    return element.kind


# Reflection has to know these names. Without them a POINT column reads as INTEGER (the name holds
# "INT"), and a batch migration would rebuild its table with that type.
for _kind in ("GEOMETRY", "POINT", "POLYGON", "MULTIPOLYGON"):
    cast(dict[str, Any], SQLiteDialect.ischema_names)[_kind] = partial(Geometry, _kind)
cast(dict[str, Any], PGDialect.ischema_names)["geometry"] = Geometry
