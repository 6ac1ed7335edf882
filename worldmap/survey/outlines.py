"""Outlines of buildings: GeoJSON (RFC 7946) and GeoPackage (OGC 12-128r19)."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area.geojson import geojson_crs, geojson_members
from worldmap.errors import CrsError, InputError
from worldmap.geodesy import epsg_named_by
from worldmap.input_file import open_regular, read_at_most, refused_as
from worldmap.records import Survey, SurveyKind

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]

_MOST_BYTES: Final = 512 << 20
_WGS84: Final = 4326
_LINES: Final = {"LineString": 0, "Polygon": 1, "MultiLineString": 1, "MultiPolygon": 2}
# Of a GeoPackage's header: how long its envelope is, by its kind.
_ENVELOPE_BYTES: Final = (0, 32, 48, 48, 64)
_LINE, _POLYGON, _MULTI_LINE, _MULTI_POLYGON, _COLLECTION = 2, 3, 5, 6, 7


def read_outlines(path: Path, box_of: Callable[[int], Box], *, epsg: int | None) -> Survey:
    """The pieces of wall of a file that reach into a box; box_of and epsg as
    `las.reference.read_survey` has them.

    InputError where the file cannot be read or holds no lines, CrsError where nobody says its CRS.
    """
    with refused_as(path, "holds no outlines that can be read"):
        with open_regular(path) as file:
            is_database = file.read(16).startswith(b"SQLite format 3")
        found = list(_of_geopackage(path) if is_database else _of_geojson(path))
    codes = {epsg or told for told, _ in found}
    if not found:
        raise InputError("holds no outlines: neither polygons nor lines", path=path)
    if len(codes) > 1 or None in codes:
        raise CrsError("does not say in which one CRS it is", path=path, hint="give --crs EPSG:...")
    (code,) = codes
    assert code is not None
    low_x, low_y, high_x, high_y = box_of(code)
    pieces = np.concatenate([np.stack((line[:-1], line[1:]), axis=1) for _, line in found])
    low, high = pieces.min(axis=1), pieces.max(axis=1)
    near = (high >= (low_x, low_y)).all(axis=1) & (low <= (high_x, high_y)).all(axis=1)
    ends = pieces[near].reshape(-1, 2)
    return Survey(
        kind=SurveyKind.OUTLINES,
        xyz=np.column_stack((ends, np.zeros(len(ends)))),
        epsg=code,
        vertical=None,
    )


def _of_geojson(path: Path) -> Iterator[tuple[int | None, Array]]:
    told = json.loads(read_at_most(path, _MOST_BYTES))
    named = geojson_crs(told)
    code = _WGS84 if named is None else epsg_named_by(named)
    for member, _ in geojson_members(told):
        for geometry in _single(member):
            depth = _LINES.get(geometry["type"])
            if depth is not None:
                for line in _flattened(geometry["coordinates"], depth):
                    yield code, _line([point[:2] for point in line])


def _single(geometry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if geometry["type"] == "GeometryCollection":
        for each in geometry["geometries"]:
            yield from _single(each)
    else:
        yield geometry


def _flattened(lines: Any, depth: int) -> Iterator[Any]:
    if depth == 0:
        yield lines
    else:
        for each in lines:
            yield from _flattened(each, depth - 1)


def _of_geopackage(path: Path) -> Iterator[tuple[int | None, Array]]:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"it is larger than {_MOST_BYTES >> 20} MiB")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        layers = database.execute(
            "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id "
            "FROM gpkg_geometry_columns g JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id"
        ).fetchall()
        for table, column, authority, number in layers:
            code = int(number) if str(authority).upper() == "EPSG" else None
            name, field = (str(each).replace('"', '""') for each in (table, column))
            for (blob,) in database.execute(f'SELECT "{field}" FROM "{name}"'):
                if blob is not None:
                    for line in _of_blob(blob):
                        yield code, line


def _of_blob(blob: bytes) -> Iterator[Array]:
    if blob[:2] != b"GP":
        raise ValueError("a geometry that is none of a GeoPackage")
    start = 8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7]
    lines: list[Array] = []
    _take(memoryview(blob), start, lines)
    yield from lines


def _take(blob: memoryview, at: int, lines: list[Array]) -> int:
    """Add the lines of the well-known binary at a place; returns where it ends."""
    order = "<" if blob[at] else ">"
    told = int(struct.unpack_from(f"{order}I", blob, at + 1)[0])
    at += 5
    # Z and M by thousands (ISO), or by the highest bits (PostGIS).
    kind, extra = told % 1000 & 0xFF, (told & 0x0FFFFFFF) // 1000
    dimensions = 2 + (0, 1, 1, 2)[extra] if extra < 4 else 2
    dimensions += (told >> 31 & 1) + (told >> 30 & 1)
    at += 4 * (told >> 29 & 1)

    def number(at: int) -> int:
        return int(struct.unpack_from(f"{order}I", blob, at)[0])

    def ring(at: int) -> int:
        end = at + 4 + 8 * dimensions * number(at)
        if end > len(blob):
            raise ValueError("a geometry that is cut off")
        values = np.frombuffer(blob[at + 4 : end], dtype=f"{order}f8").reshape(-1, dimensions)
        lines.append(_line(values[:, :2]))
        return end

    if kind == _LINE:
        return ring(at)
    if kind == _POLYGON:
        count, at = number(at), at + 4
        for _ in range(count):
            at = ring(at)
        return at
    if kind in (_MULTI_LINE, _MULTI_POLYGON, _COLLECTION):
        count, at = number(at), at + 4
        for _ in range(count):
            at = _take(blob, at, lines)
        return at
    if kind == 1:  # a point is no wall
        return at + 8 * dimensions
    raise ValueError(f"a geometry of kind {told}")


def _line(points: Any) -> Array:
    line = np.array(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(line).all():
        raise ValueError("a coordinate that is no number")
    return line
