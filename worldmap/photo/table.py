"""Tables of positions that someone made for a set of photos: CSV, ODM's and Pix4D's geo.txt."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from worldmap.config import PhotoSettings
from worldmap.errors import TableError, UsageError
from worldmap.geodesy import geodetic_from_projected
from worldmap.input_file import read_at_most
from worldmap.photo.evidence import (
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Quantity,
    RefusedEvidence,
    TiltEvidence,
    TimeEvidence,
    position_problem,
)
from worldmap.photo.texts import parse_time
from worldmap.records import FocalSource, HeightDatum

_SIZE_LIMIT_BYTES = 32 << 20  # some 300,000 photos
_GEOGRAPHIC_EPSG = frozenset({4326, 4979, 4258, 4269})
_COLUMNS = {
    "filename": ("filename", "file", "file_name", "image", "image_name", "imagename", "name"),
    "lat": ("lat", "latitude", "lat_deg", "gpslatitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "lon_deg", "gpslongitude", "x"),
    "alt": ("alt", "altitude", "alt_m", "height", "height_m", "elevation", "ele", "z"),
    "datum": ("datum", "height_datum", "vertical_datum"),
    "heading": ("heading", "heading_deg", "yaw", "azimuth", "bearing", "compass", "direction"),
    "pitch": ("pitch", "pitch_deg", "tilt"),
    "roll": ("roll", "roll_deg"),
    "focal_px": ("focal_px", "focal"),
    "time": ("time", "datetime", "timestamp", "captured_at"),
    "sigma_h": ("sigma_h", "sigma_xy", "sigma_m", "accuracy", "horizontal_sigma_m", "acc_h"),
    "sigma_v": ("sigma_v", "sigma_z", "vertical_sigma_m", "acc_v"),
    "sigma_heading": ("sigma_heading", "heading_sigma_deg", "sigma_yaw"),
    "sigma_tilt": ("sigma_tilt", "tilt_sigma_deg", "sigma_pitch"),
}
_DATUM_WORDS = {
    "ellipsoid": HeightDatum.ELLIPSOID,
    "wgs84": HeightDatum.ELLIPSOID,
    "msl": HeightDatum.MSL,
    "sea level": HeightDatum.MSL,
    "egm96": HeightDatum.MSL,
    "geoid": HeightDatum.MSL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a table says about one photo; NaN for what it does not. Pitch is above the horizon."""

    origin: Origin
    table: str
    raw: str
    lat_deg: float
    lon_deg: float
    height_m: float = math.nan
    datum: HeightDatum = HeightDatum.UNKNOWN
    heading_deg: float = math.nan
    pitch_deg: float = math.nan
    roll_deg: float = math.nan
    focal_px: float = math.nan
    time: str = ""
    sigma_h_m: float = math.nan
    sigma_v_m: float = math.nan
    sigma_heading_deg: float = math.nan
    sigma_tilt_deg: float = math.nan


def is_table_name(name: str) -> bool:
    """Whether a file of a photo folder may be such a table, by its name."""
    return name.lower().endswith(".csv") or name.lower() in ("geo.txt", "geolocation.txt")


def read_table(path: Path) -> dict[str, Row]:
    """Casefolded file name to row. Lines that cannot be read are passed over.

    Raises UsageError, in one line, where the file as a whole is no such table.
    """
    try:
        text = read_at_most(path, _SIZE_LIMIT_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        raise TableError(f"cannot be read: {error.strerror}", path=path) from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise TableError("is empty", path=path)
    projection = _projection(lines[0])
    if projection is not None:
        return _read_odm(lines[1:], projection, path)
    delimiter = max(",;\t", key=lines[0].count)
    cells = [line.split() for line in lines] if delimiter not in lines[0] else None
    rows = cells or list(_cells(lines, delimiter))
    if not rows:
        raise TableError("is no table of positions: none of its lines can be read", path=path)
    columns = _header(rows[0])
    if columns is not None:
        return _read_csv(rows[1:], columns, path)
    if _is_pix4d(rows[0]):
        return _read_pix4d(rows, path)
    raise TableError(
        "is no table of positions",
        path=path,
        hint="its first line must be a projection such as EPSG:4326, or name the columns "
        "filename, lat and lon",
    )


def _cells(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """Stripped cells of each line, those that csv refuses (a field longer than 131,072 characters)
    passed over."""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            continue
        if row is None:
            return
        yield [cell.strip() for cell in row]


def find_row(photo: Path, rows: Mapping[str, Row]) -> Row | None:
    """The row of a photo by its name, also where the table has folders in front of names."""
    return rows.get(photo.name.casefold())


def _key(name: str) -> str:
    return name.strip().strip('"').replace("\\", "/").rsplit("/", 1)[-1].casefold()


# --- formats -----------------------------------------------------------------------------------


def _projection(line: str) -> int | None:
    """EPSG code of ODM's first line, None where it is no projection."""
    text = line.strip()
    match = re.fullmatch(r"EPSG:\s*(\d{4,6})", text, re.IGNORECASE)
    if match:
        return int(match[1])
    match = re.fullmatch(r"WGS84\s+UTM\s+(\d{1,2})\s*([NS])", text, re.IGNORECASE)
    if match:
        return _utm(int(match[1]), match[2].upper() == "S")
    if text.startswith("+proj="):
        if "+proj=longlat" in text or "+proj=latlong" in text:
            return 4326
        zone = re.search(r"\+zone=(\d{1,2})\b", text)
        if "+proj=utm" in text and zone and "WGS84" in text:
            return _utm(int(zone[1]), "+south" in text)
        raise TableError(f"projection not supported in a geo.txt: {text[:80]}")
    return None


def _utm(zone: int, south: bool) -> int:
    if not 1 <= zone <= 60:
        raise TableError(f"there is no UTM zone {zone}")
    return (32700 if south else 32600) + zone


def _read_odm(lines: Iterable[str], epsg: int, path: Path) -> dict[str, Row]:
    # image x y [z] [yaw pitch roll] [horizontal vertical accuracy] [extras]
    rows: dict[str, Row] = {}
    for line in lines:
        # Names may hold blanks: they end where the numbers begin.
        match = re.match(r"\s*(?P<name>.+?\.\w{2,5})[\s,;]+(?P<rest>.*)$", line)
        if match is None:
            continue
        numbers = [_number(cell) for cell in re.split(r"[\s,;]+", match["rest"].strip())]
        numbers += [math.nan] * (8 - len(numbers))
        x, y, z, yaw, pitch, roll, accuracy_h, accuracy_v = numbers[:8]
        lat, lon = y, x
        if epsg not in _GEOGRAPHIC_EPSG and math.isfinite(x) and math.isfinite(y):
            try:
                found = geodetic_from_projected(_xyz(x, y), epsg)
            except UsageError as error:
                raise TableError(
                    f"has a position that cannot be used: {error}", path=path
                ) from error
            lat, lon = float(found[0][0]), float(found[1][0])
        if (yaw, pitch, roll) == (0.0, 0.0, 0.0):  # the format's way to say none
            yaw = pitch = roll = math.nan
        rows[_key(match["name"])] = Row(
            origin=Origin.GEO_TXT,
            table=path.name,
            raw=" ".join(line.split())[:120],
            lat_deg=lat,
            lon_deg=lon,
            height_m=z,
            datum=HeightDatum.ELLIPSOID if epsg == 4979 else HeightDatum.UNKNOWN,
            heading_deg=yaw,
            pitch_deg=pitch - 90,  # ODM: 0 looks down, 90 ahead
            roll_deg=roll,
            sigma_h_m=accuracy_h,
            sigma_v_m=accuracy_v,
        )
    return rows


def _is_pix4d(cells: Sequence[str]) -> bool:
    numbers = [_number(cell) for cell in cells[1:4]]
    return len(numbers) == 3 and all(map(math.isfinite, numbers)) and "." in cells[0]


def _read_pix4d(rows: Iterable[Sequence[str]], path: Path) -> dict[str, Row]:
    # label, latitude, longitude, altitude [, omega, phi, kappa] [, horizontal, vertical accuracy]
    found: dict[str, Row] = {}
    for cells in rows:
        numbers = [_number(cell) for cell in cells[1:]]
        if len(numbers) < 2:
            continue
        accuracy = numbers[-2:] if len(numbers) in (5, 8) else [math.nan, math.nan]
        found[_key(cells[0])] = Row(
            origin=Origin.GEO_TXT,
            table=path.name,
            raw=" ".join(cells)[:120],
            lat_deg=numbers[0],
            lon_deg=numbers[1],
            height_m=numbers[2] if len(numbers) > 2 else math.nan,
            sigma_h_m=accuracy[0],
            sigma_v_m=accuracy[1],
        )
    return found


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    names = [re.sub(r"[\s()\[\]]+", "_", cell.strip().lower()).strip("_") for cell in cells]
    columns = {
        column: index
        for column, spellings in _COLUMNS.items()
        if (index := next((names.index(s) for s in spellings if s in names), None)) is not None
    }
    return columns if {"filename", "lat", "lon"} <= columns.keys() else None


def _read_csv(
    rows: Iterable[Sequence[str]], columns: Mapping[str, int], path: Path
) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for cells in rows:

        def text(column: str, cells: Sequence[str] = cells) -> str:
            index = columns.get(column)
            return cells[index].strip() if index is not None and index < len(cells) else ""

        if not text("filename"):
            continue
        found.setdefault(
            _key(text("filename")),
            Row(
                origin=Origin.CSV,
                table=path.name,
                raw=" ".join(cells)[:120],
                lat_deg=_number(text("lat")),
                lon_deg=_number(text("lon")),
                height_m=_number(text("alt")),
                datum=_DATUM_WORDS.get(text("datum").lower(), HeightDatum.UNKNOWN),
                heading_deg=_number(text("heading")),
                pitch_deg=_number(text("pitch")),
                roll_deg=_number(text("roll")),
                focal_px=_number(text("focal_px")),
                time=text("time"),
                sigma_h_m=_number(text("sigma_h")),
                sigma_v_m=_number(text("sigma_v")),
                sigma_heading_deg=_number(text("sigma_heading")),
                sigma_tilt_deg=_number(text("sigma_tilt")),
            ),
        )
    return found


# --- evidence ----------------------------------------------------------------------------------


def row_evidence(row: Row, settings: PhotoSettings) -> list[Evidence]:
    """Everything a row says; its own sigmas where it has any."""
    found: list[Evidence] = []
    origin, tag, raw = row.origin, row.table, row.raw
    if math.isfinite(row.lat_deg) or math.isfinite(row.lon_deg):
        problem = position_problem(row.lat_deg, row.lon_deg)
        if problem:
            found.append(
                RefusedEvidence(
                    origin=origin, tag=tag, raw=raw, note=problem, quantity=Quantity.POSITION
                )
            )
        else:
            found.append(
                PositionEvidence(
                    origin=origin,
                    tag=tag,
                    raw=raw,
                    lat_deg=row.lat_deg,
                    lon_deg=row.lon_deg,
                    sigma_m=_positive(row.sigma_h_m, settings.table_sigma_m),
                )
            )
    if abs(row.height_m) <= 20_000:  # NaN fails
        found.append(
            HeightEvidence(
                origin=origin,
                tag=tag,
                raw=raw,
                height_m=row.height_m,
                datum=row.datum,
                sigma_m=_positive(row.sigma_v_m, settings.table_height_sigma_m),
            )
        )
    if -360 <= row.heading_deg <= 360:
        found.append(
            HeadingEvidence(
                origin=origin,
                tag=tag,
                raw=raw,
                heading_deg=row.heading_deg % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=_positive(row.sigma_heading_deg, settings.table_heading_sigma_deg),
            )
        )
    if -90 <= row.pitch_deg <= 90:
        found.append(
            TiltEvidence(
                origin=origin,
                tag=tag,
                raw=raw,
                pitch_deg=row.pitch_deg,
                roll_deg=row.roll_deg if abs(row.roll_deg) <= 180 else 0.0,
                sigma_deg=_positive(row.sigma_tilt_deg, settings.table_tilt_sigma_deg),
            )
        )
    if 0 < row.focal_px < 1e6:
        found.append(
            FocalEvidence(
                origin=origin,
                tag=tag,
                raw=raw,
                focal_px=row.focal_px,
                sigma_rel=0.01,
                source=FocalSource.SIDECAR,
            )
        )
    time = parse_time(row.time)
    if time is not None:
        found.append(TimeEvidence(origin=origin, tag=tag, raw=row.time[:60], time=time))
    return found


def _positive(number: float, fallback: float) -> float:
    return number if math.isfinite(number) and number > 0 else fallback


def _number(text: str) -> float:
    try:
        return float(text.strip().strip('"'))
    except ValueError:
        return math.nan


def _xyz(x: float, y: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[x, y, 0.0]])
