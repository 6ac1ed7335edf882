"""Names of places, in a file that the user gives."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from worldmap.errors import AreaError
from worldmap.input_file import open_regular

_TABLES: Final = (".csv", ".tsv", ".txt")
_NAMES: Final = ("name", "asciiname", "place", "title", "name:en", "namn", "nom")
_LATITUDES: Final = ("lat", "latitude", "lat_deg", "y")
_LONGITUDES: Final = ("lon", "lng", "long", "longitude", "lon_deg", "x")
_RADII: Final = ("radius_m", "radius")
_GEONAMES: Final = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude",
)  # fmt: skip
"""Columns of GeoNames' files, which have no header (download.geonames.org, readme.txt)."""
_MOST_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """geometry as GeoJSON has it, in the CRS of its file; radius_m where the file says one."""

    name: str
    geometry: Mapping[str, Any]
    radius_m: float | None


def is_table(path: Path) -> bool:
    """Whether it is read as a table of positions."""
    return path.suffix.lower() in _TABLES


def table_places(path: Path) -> list[NamedPlace]:
    """The places of a table: CSV or TSV with columns for name, latitude and longitude (and
    radius_m), or GeoNames' tab-separated text.

    AreaError where it cannot be read or has no such columns.
    """
    try:
        with open_regular(path) as file:
            text = file.read(_MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AreaError(f"cannot be read as a table of places: {error}", path=path) from error
    first = text.split("\n", 1)[0]
    mark = "\t" if "\t" in first else (";" if first.count(";") > first.count(",") else ",")
    lines = io.StringIO(text)
    # GeoNames' text has quotation marks that are none.
    if mark == "\t":
        rows = csv.reader(lines, delimiter=mark, quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(lines, delimiter=mark)
    return list(_places(path, rows))


def _places(path: Path, rows: Iterator[list[str]]) -> Iterator[NamedPlace]:
    header = next(rows, [])
    if len(header) >= 15 and header[0].isdigit():
        yield from filter(None, (_place(row, _columns(path, _GEONAMES)) for row in (header, *rows)))
        return
    columns = _columns(path, header)
    yield from filter(None, (_place(row, columns) for row in rows))


def _columns(path: Path, header: Sequence[str]) -> dict[str, list[int]]:
    names = [name.strip().lower() for name in header]
    found = {
        what: [names.index(name) for name in called if name in names]
        for what, called in (
            ("name", _NAMES),
            ("lat", _LATITUDES),
            ("lon", _LONGITUDES),
            ("radius", _RADII),
        )
    }
    lacking = [what for what in ("name", "lat", "lon") if not found[what]]
    if lacking:
        raise AreaError(
            f"has no column for {' and '.join(lacking)}",
            path=path,
            hint="its first line names them: name,lat,lon (and radius_m)",
        )
    return found


def _place(row: Sequence[str], columns: Mapping[str, Sequence[int]]) -> NamedPlace | None:
    try:
        lat, lon = (float(row[columns[each][0]]) for each in ("lat", "lon"))
        told = row[columns["radius"][0]] if columns["radius"] else ""
        radius_m = float(told) if told.strip() else None
        name = row[columns["name"][0]].strip()
    except (IndexError, ValueError):
        return None
    return NamedPlace(
        name=name, geometry={"type": "Point", "coordinates": (lon, lat)}, radius_m=radius_m
    )


def feature_places(
    features: Sequence[tuple[Mapping[str, Any], Mapping[str, object]]],
) -> list[NamedPlace]:
    """The named features, geometry and attributes each, of a map layer."""
    found = []
    for geometry, properties in features:
        told = {str(name).lower(): value for name, value in properties.items()}
        name = next((told[each] for each in _NAMES if told.get(each)), None)
        radius = next((told[each] for each in _RADII if told.get(each)), None)
        if isinstance(name, str):
            radius_m = float(radius) if isinstance(radius, int | float) else None
            found.append(NamedPlace(name=name, geometry=geometry, radius_m=radius_m))
    return found
