"""Tables of positions that someone made for a set of photos: CSV, Metashape's reference, ODM's and
Pix4D's geo.txt."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np

from worldmap.config import PhotoSettings
from worldmap.errors import TableError, UsageError
from worldmap.geodesy import (
    epsg_named_by,
    epsg_of_header,
    geodetic_from_projected,
    is_geographic,
    is_in_metres,
    use_problem,
)
from worldmap.input_file import decoded, hash_at_most, number_in, read_named
from worldmap.photo.coordinates import Coordinate, is_feet, parse_altitude, parse_coordinate
from worldmap.photo.distance import distance_m
from worldmap.photo.evidence import (
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Provenance,
    Quantity,
    RefusedEvidence,
    TiltEvidence,
    TimeEvidence,
    believable,
    position_problem,
)
from worldmap.photo.named_path import common_tail, name_key, name_parts
from worldmap.photo.reading import NEAR_M, Reading, Spot, odd_ones, reading_near
from worldmap.photo.texts import parse_time
from worldmap.records import FocalSource, HeightDatum, PhotoMetadata

_SIZE_LIMIT_BYTES = 32 << 20  # some 300,000 photos
# Within two metres of WGS 84; ODM means one of these, whatever it writes.
_ALIKE_WGS84_EPSG = frozenset({4326, 4979, 4258, 4269})
# As `_column_name` makes them: small letters without blanks, units and "GPS".
_COLUMNS = {
    "filename": (
        *("filename", "file", "image", "imagename", "imagefile", "photo", "photoname", "picture"),
        *("sourcefile", "filepath", "path", "name", "label"),
    ),
    "lat": ("lat", "latitude", "latdeg", "latitudedeg", "breite", "latitud"),
    "lon": ("lon", "lng", "long", "longitude", "londeg", "longitudedeg", "länge", "longitud"),
    "lat_ref": ("latref", "latituderef"),
    "lon_ref": ("lonref", "longituderef"),
    "alt": (
        *("alt", "altitude", "altm", "height", "heightm", "elevation", "ele", "altitudem"),
        *("altft", "altitudeft", "heightft", "elevationft", "altitudefeet", "höhe"),
    ),
    "datum": ("datum", "heightdatum", "verticaldatum"),
    "heading": ("heading", "headingdeg", "yaw", "azimuth", "bearing", "compass", "direction"),
    "pitch": ("pitch", "pitchdeg", "tilt"),
    "roll": ("roll", "rolldeg"),
    "focal_px": ("focalpx", "focal"),
    "time": ("time", "datetime", "timestamp", "capturedat"),
    "sigma_h": ("sigmah", "sigmaxy", "sigmam", "accuracy", "horizontalsigmam", "acch"),
    "sigma_v": ("sigmav", "sigmaz", "verticalsigmam", "accv"),
    "sigma_heading": ("sigmaheading", "headingsigmadeg", "sigmayaw"),
    "sigma_tilt": ("sigmatilt", "tiltsigmadeg", "sigmapitch"),
}
# Metashape's reference: x is the longitude or the easting.
_METASHAPE = {
    "filename": ("label",),
    "lat": ("y/latitude", "y/northing"),
    "lon": ("x/longitude", "x/easting"),
    "alt": ("z/altitude",),
    "heading": ("yaw",),
    "pitch": ("pitch",),
    "roll": ("roll",),
}
# x and y of a table that somebody named as one of positions; beside photos they are pixels as soon.
_NAMED_ONLY = {"lat": ("y",), "lon": ("x",), "alt": ("z",)}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(?:,\d+)?")
EXCHANGED = "latitude and longitude are exchanged, it seems"
_WITNESSES, _LOOKED_AT = 50, 500
_PHOTO_LIMIT_BYTES = 64 << 20
_IN_FEET = "whether it is in feet, as its projection is, or in metres is not told"
_DATUM_WORDS = {
    "ellipsoid": HeightDatum.ELLIPSOID,
    "wgs84": HeightDatum.ELLIPSOID,
    "msl": HeightDatum.MSL,
    "sea level": HeightDatum.MSL,
    "egm96": HeightDatum.MSL,
    "egm2008": HeightDatum.MSL,
    "amsl": HeightDatum.MSL,
    "orthometric": HeightDatum.MSL,
    "ellipsoidal": HeightDatum.ELLIPSOID,
    "geoid": HeightDatum.MSL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """What a table says about one photo; NaN for what it does not. Pitch is above the horizon.

    name: the photo's as the table has it, folders and all. problem: why none of it can be used;
    height_problem: why its height cannot. note: how its numbers were read where that is not plain.
    epsg: the projection that they are told in, None for degrees.
    """

    origin: Origin
    table: str
    name: str
    raw: str
    lat_deg: float
    lon_deg: float
    problem: str = ""
    height_problem: str = ""
    note: str = ""
    epsg: int | None = None
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


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows by the photo's name without folders, in one form of Unicode and case. has_folders:
    whether their photos are of several. namesakes: of the photos of a run, likewise, those of one
    name in several folders; reading: how all of its numbers are meant, where the tags of photos
    tell, and whose tags."""

    name: str
    rows: Mapping[str, tuple[Row, ...]]
    has_folders: bool = False
    namesakes: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    reading: Reading | None = None
    witness: str = ""

    def row_of(self, photo: Path) -> Row | None:
        """The row of a photo: that whose folders are most like the photo's, where the table has
        several of its name. A row that cannot be told from another is its own problem, as is one
        that would be as much another photo's."""
        key = next((k for k in (name_key(photo.name), name_key(photo.stem)) if k in self.rows), "")
        candidates = self.rows.get(key, ())
        if not candidates:
            return None
        alike = [_likeness(row, photo) for row in candidates]
        best = [r for r, n in zip(candidates, alike, strict=True) if n == max(alike)]
        # A row of one of several folders is of a photo in that one.
        is_elsewhere = self.has_folders and len(name_parts(candidates[0].name)) > 1
        if max(alike) == 0 and len(candidates) == 1 and is_elsewhere:
            return None
        places = {(r.lat_deg, r.lon_deg, r.height_m) for r in best}
        if len(places) > 1:
            told = f"named {len(best)} times, at different places"
            return replace(best[0], problem=told)
        named = self.namesakes.get(name_key(photo.name), ())
        others = [other for other in named if other != photo.absolute()]
        rivals = [_likeness(best[0], other) for other in others]
        if any(n > max(alike) for n in rivals):
            return None
        if any(n == max(alike) for n in rivals):
            told = f"named once, and {len(rivals) + 1} photos are called so, in several folders"
            return replace(best[0], problem=told)
        return self._read(best[0])

    def _read(self, row: Row) -> Row:
        if self.reading is None or row.problem not in ("", EXCHANGED):
            return row
        lat, lon = self.reading.read(Spot(row.lat_deg, row.lon_deg))
        note = f"{self.reading.cause}, by {self.witness}: read that way"
        return replace(row, lat_deg=lat, lon_deg=lon, problem="", note=note)

    def names(self) -> Iterator[str]:
        """Of photos, as the table has them."""
        return (row.name for rows in self.rows.values() for row in rows)

    def only(self, names: Iterable[str]) -> Table:
        """The rows of photos of those names."""
        keys = {name_key(name) for name in names} | {name_key(Path(name).stem) for name in names}
        return replace(self, rows={key: self.rows[key] for key in self.rows.keys() & keys})

    def beside(self, photos: Iterable[Path], own_place: Callable[[Path], Spot | None]) -> Table:
        """The table as it is meant for the photos of a run, by the tags of some of them: own_place
        says where those have a photo."""
        named: dict[str, list[Path]] = defaultdict(list)
        for photo in photos:
            if name_key(photo.name) in self.rows or name_key(photo.stem) in self.rows:
                named[name_key(photo.name)].append(photo)
        several = {k: _different(own) for k, own in named.items() if len(own) > 1}
        known = replace(self, namesakes={k: own for k, own in several.items() if len(own) > 1})
        readings: dict[str, Reading] = {}
        witness = ""
        witnesses = 0
        for photo in islice((p for own in named.values() for p in own), _LOOKED_AT):
            row, place = known.row_of(photo), own_place(photo)
            witnesses += place is not None
            if witnesses > _WITNESSES:
                break
            if row is None or place is None or row.problem not in ("", EXCHANGED):
                continue
            told = Spot(row.lat_deg, row.lon_deg)
            if not row.problem and distance_m(told, place) <= NEAR_M:
                return known  # one is meant as it stands, so they all are
            reading = reading_near(told, place, NEAR_M, row.epsg)
            if reading is not None:
                readings.setdefault(reading.cause, reading)
                witness = witness or f"the tags of {photo.name}"
        if len(readings) != 1:
            return known
        return replace(known, reading=next(iter(readings.values())), witness=witness)


def _different(photos: Sequence[Path]) -> tuple[Path, ...]:
    """The photos, absolute, each content once: a copy in another folder is the same photo."""
    found: dict[object, Path] = {}
    for photo in photos:
        try:
            found.setdefault(hash_at_most(photo, _PHOTO_LIMIT_BYTES), photo.absolute())
        except OSError:
            found.setdefault(photo, photo.absolute())  # which is for others to tell
    return tuple(found.values())


def _likeness(row: Row, photo: Path) -> int:
    """How many folders a row and a photo have in common, counted from the name."""
    return common_tail(name_parts(row.name)[:-1], name_parts(str(photo.absolute().parent)))


def is_table_name(name: str) -> bool:
    """Whether a file of a photo folder may be such a table, by its name."""
    return name.lower().endswith(".csv") or name.lower() in ("geo.txt", "geolocation.txt")


def says_positions(name: str) -> bool:
    """Whether a file that may be a table is one of positions by its name, so that it is told where
    it cannot be used; others that lie beside photos may be about anything."""
    return re.search(r"posi[tc]ion|gps|geo|coord|koord|reference", name.lower()) is not None


def read_table(path: Path, *, named: bool = True) -> Table:
    """The table of a file; lines that cannot be read are passed over. named: by somebody, as a
    table of positions, so that columns x and y are such.

    Raises UsageError, in one line, where the file as a whole is no such table, MissingPathError
    where there is none.
    """
    text = decoded(read_named(path, _SIZE_LIMIT_BYTES, TableError))
    every = [line for line in text.splitlines() if line.strip()]
    lines = [line for line in every if not line.startswith("#")]
    if not lines:
        raise TableError("is empty", path=path)
    projection = _projection(lines[0])
    if projection is not None:
        return _table(path, _read_odm(lines[1:], projection, path))
    metashape = _metashape_header(every)
    delimiter = _delimiter(metashape or lines[0])
    if metashape is not None:
        heads = _heads(metashape.lstrip("# "))
        columns = _header(heads, _METASHAPE)
        assert columns is not None
        body = [line for line in lines if line != metashape]
        system = _metashape_system(every, heads, path)
        told = _cells(body, delimiter) if delimiter in metashape else map(str.split, body)
        rows = _read_csv(told, columns, path, system=system, from_above=True)
        return _table(path, rows)
    cells = [line.split() for line in lines] if delimiter not in lines[0] else None
    table = cells or list(_cells(lines, delimiter))
    if not table:
        raise TableError("is no table of positions: none of its lines can be read", path=path)
    columns = _header(table[0], _COLUMNS)
    if columns is None and named:
        columns = _header(table[0], {**_COLUMNS, **_NAMED_ONLY})
    if columns is not None:
        in_feet = "alt" in columns and is_feet(table[0][columns["alt"]])
        return _table(path, _read_csv(table[1:], columns, path, in_feet=in_feet))
    if _is_pix4d(table[0]):
        return _table(path, _read_pix4d(table, path))
    raise TableError(
        "is no table of positions",
        path=path,
        hint="its first line must be a projection such as EPSG:4326, or name the columns "
        "filename, lat and lon",
    )


def _delimiter(line: str) -> str:
    """What the cells of a line are parted by: commas may be decimal ones where something else
    could do it."""
    if "\t" in line:
        return "\t"
    return ";" if line.count(";") >= 2 else ","


def _exchanged_back(rows: list[Row]) -> list[Row]:
    """The rows, coordinates exchanged where most of them can only be read that way: then those that
    could be read as they stand, with longitudes about 90 degrees, are meant likewise."""
    impossible = sum(row.problem == EXCHANGED for row in rows)
    if 2 * impossible <= sum(row.problem in ("", EXCHANGED) for row in rows):
        return rows
    note = "latitude and longitude are exchanged, as latitudes beyond 90° tell: read that way"
    return [
        replace(row, lat_deg=row.lon_deg, lon_deg=row.lat_deg, problem="", note=note)
        if row.problem in ("", EXCHANGED) and math.isfinite(row.lat_deg)
        else row
        for row in rows
    ]


def _table(path: Path, rows: Iterable[Row]) -> Table:
    every = _exchanged_back(list(rows))
    usable = [i for i, row in enumerate(every) if not row.problem]
    odd = odd_ones([Spot(every[i].lat_deg, every[i].lon_deg) for i in usable])
    for number, reading in odd.items():
        row = every[usable[number]]
        lat, lon = reading.read(Spot(row.lat_deg, row.lon_deg))
        note = f"{reading.cause}, by the other rows: read that way"
        every[usable[number]] = replace(row, lat_deg=lat, lon_deg=lon, note=note)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in every:
        found[name_key(row.name)].append(row)
    folders = {name_parts(row.name)[-2:-1] for row in every}
    by_name = {key: tuple(own) for key, own in found.items()}
    return Table(path.name, by_name, has_folders=len(folders) > 1)


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


# --- formats -----------------------------------------------------------------------------------


def _projection(line: str) -> int | None:
    """EPSG code of ODM's first line, None where it is no projection."""
    epsg = epsg_of_header(line)
    if epsg is None and line.startswith("+proj="):
        raise TableError(f"projection not supported in a geo.txt: {line[:80]}")
    return epsg


def _read_odm(lines: Iterable[str], epsg: int, path: Path) -> Iterator[Row]:
    # image x y [z] [yaw pitch roll] [horizontal vertical accuracy] [extras]
    for line in lines:
        # Names may hold blanks: they end where the numbers begin.
        match = re.match(r"\s*(?P<name>.+?\.\w{2,5})[\s,;]+(?P<rest>.*)$", line)
        if match is None:
            continue
        rest = match["rest"].strip(" \t,;")
        # Between blanks, a comma within a number is a decimal one.
        apart = re.split(r"[\s;]+", rest)
        if len(apart) < 2 or not all(map(_DECIMAL_COMMA.fullmatch, apart)):
            apart = re.split(r"[\s,;]+", rest)
        numbers = [number_in(cell) for cell in apart]
        numbers += [math.nan] * (8 - len(numbers))
        x, y, z, yaw, pitch, roll, accuracy_h, accuracy_v = numbers[:8]
        lat, lon, problem = _geodetic(x, y, epsg, path)
        height_problem = _IN_FEET if math.isfinite(z) and not is_in_metres(epsg) else ""
        if (yaw, pitch, roll) == (0.0, 0.0, 0.0):  # the format's way to say none
            yaw = pitch = roll = math.nan
        yield Row(
            origin=Origin.GEO_TXT,
            table=path.name,
            name=match["name"],
            raw=" ".join(line.split())[:120],
            lat_deg=lat,
            lon_deg=lon,
            problem=problem,
            epsg=epsg,
            height_m=math.nan if height_problem else z,
            height_problem=height_problem,
            datum=HeightDatum.ELLIPSOID if epsg == 4979 else HeightDatum.UNKNOWN,
            heading_deg=yaw,
            pitch_deg=pitch - 90,  # ODM: 0 looks down, 90 ahead
            roll_deg=roll,
            sigma_h_m=accuracy_h,
            sigma_v_m=accuracy_v,
        )


def _geodetic(x: float, y: float, epsg: int, path: Path) -> tuple[float, float, str]:
    """Latitude, longitude and why they cannot be meant, of the first two numbers of a row."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return y, x, ""
    try:
        in_degrees = epsg in _ALIKE_WGS84_EPSG or is_geographic(epsg)
    except UsageError as error:
        raise TableError(error.complaint, path=path) from error
    if in_degrees and x != y and max(abs(x), abs(y)) > 360:
        return y, x, f"metres, it seems, where degrees belong (EPSG:{epsg})"
    if in_degrees and abs(y) > 90 and abs(x) <= 90 and abs(y) <= 180:
        return y, x, EXCHANGED
    if epsg in _ALIKE_WGS84_EPSG:
        return y, x, ""
    if not in_degrees and abs(x) <= 180 and abs(y) <= 180:
        return y, x, f"degrees, it seems, under EPSG:{epsg}, which is in metres"
    try:
        lat, lon = _projected(x, y, epsg)
    except UsageError:
        return y, x, f"no position of EPSG:{epsg}"
    problem = use_problem(lat, lon, epsg)
    if problem and not in_degrees:
        with suppress(UsageError):  # it may be nowhere when it is read the other way round
            if not use_problem(*_projected(y, x, epsg), epsg):
                problem += ": easting and northing are exchanged, it seems"
    return lat, lon, problem


def _projected(x: float, y: float, epsg: int) -> tuple[float, float]:
    lat, lon, _ = geodetic_from_projected(_xyz(x, y), epsg)
    return float(lat[0]), float(lon[0])


def _is_pix4d(cells: Sequence[str]) -> bool:
    numbers = [number_in(cell) for cell in cells[1:4]]
    return len(numbers) == 3 and all(map(math.isfinite, numbers)) and "." in cells[0]


def _read_pix4d(rows: Iterable[Sequence[str]], path: Path) -> Iterator[Row]:
    # label, latitude, longitude, altitude [, omega, phi, kappa] [, horizontal, vertical accuracy]
    for cells in rows:
        numbers = [number_in(cell) for cell in cells[1:]]
        if len(numbers) < 2:
            continue
        accuracy = numbers[-2:] if len(numbers) in (5, 8) else [math.nan, math.nan]
        lat, lon, problem = _geodetic(numbers[1], numbers[0], 4326, path)
        yield Row(
            origin=Origin.GEO_TXT,
            table=path.name,
            name=cells[0],
            raw=" ".join(cells)[:120],
            lat_deg=lat,
            lon_deg=lon,
            problem=problem,
            height_m=numbers[2] if len(numbers) > 2 else math.nan,
            sigma_h_m=accuracy[0],
            sigma_v_m=accuracy[1],
        )


def _column_name(cell: str) -> str:
    """`GPS Latitude (deg)` as latitude, `File_Name` as filename."""
    plain = re.sub(r"[(\[].*?[)\]]", "", unicodedata.normalize("NFC", cell).lower())
    return re.sub(r"[^\w/]|_", "", plain).removeprefix("gps")


def _header(
    cells: Sequence[str], spellings: Mapping[str, tuple[str, ...]]
) -> dict[str, int] | None:
    names = [_column_name(cell) for cell in cells]
    columns = {
        column: index
        for column, known in spellings.items()
        if (index := next((names.index(s) for s in known if s in names), None)) is not None
    }
    return columns if {"filename", "lat", "lon"} <= columns.keys() else None


def _metashape_header(lines: Sequence[str]) -> str | None:
    """The line that names the columns of Metashape's reference, mostly as a comment."""
    for line in lines[:20]:
        plain = line.lstrip("# ")
        if "label" in plain.lower() and _header(_heads(plain), _METASHAPE):
            return line
    return None


def _heads(line: str) -> list[str]:
    """The cells of a line of headings, between blanks where nothing else parts them."""
    delimiter = _delimiter(line)
    return next(_cells([line], delimiter), []) if delimiter in line else line.split()


def _metashape_system(lines: Sequence[str], heads: Sequence[str], path: Path) -> int:
    """EPSG code of what its coordinates are in."""
    told = next((line for line in lines if line.lower().startswith("# coordinatesystem:")), "")
    system = told.partition(":")[2].strip()
    epsg = epsg_named_by(system) if told else None
    if system.upper().startswith(("LOCAL_CS", "ENGCRS", "ENGINEERINGCRS")):
        raise TableError("is in coordinates of its own, which are nowhere on the Earth", path=path)
    is_wgs84 = not system or re.search(r"wgs[ _]*(19)?84|world geodetic", system, re.IGNORECASE)
    if epsg is None and is_wgs84 and "x/longitude" in map(_column_name, heads):
        return 4326
    if epsg is None and system:
        raise TableError(
            f"is in a coordinate system that is not known here: {system[:60]}",
            path=path,
            hint="export it again in longitude and latitude of WGS 84",
        )
    if epsg is None:
        raise TableError(
            "does not say which projection its eastings and northings are in",
            path=path,
            hint="export it again in longitude and latitude",
        )
    return epsg


def _read_csv(
    rows: Iterable[Sequence[str]],
    columns: Mapping[str, int],
    path: Path,
    *,
    system: int = 4326,
    from_above: bool = False,
    in_feet: bool = False,
) -> Iterator[Row]:
    """from_above: pitch is 0 for a camera that looks straight down, 90 for one that looks ahead;
    in_feet: heights that name no unit are."""
    for cells in rows:

        def text(column: str, cells: Sequence[str] = cells) -> str:
            index = columns.get(column)
            return cells[index].strip() if index is not None and index < len(cells) else ""

        if not text("filename"):
            continue
        x = _coordinate(text("lon"), text("lon_ref"))
        y = _coordinate(text("lat"), text("lat_ref"))
        if x.hemisphere in ("N", "S") and y.hemisphere in ("E", "W"):
            x, y = y, x
        lat, lon, problem = _geodetic(x.degrees, y.degrees, system, path)
        for column, axis, other, found in (
            ("lat", "latitude", "EW", y),
            ("lon", "longitude", "NS", x),
        ):
            told = text(column)
            if not problem and told and not math.isfinite(found.degrees):
                problem = f"{told[:30]!r} is no {axis}"
            if not problem and found.hemisphere and found.hemisphere in other:
                problem = f"{told[:30]!r} cannot be a {axis}"
        altitude = parse_altitude(
            text("alt"), has_decimal_comma="," in text("lat"), in_feet=in_feet
        )
        yield Row(
            origin=Origin.CSV,
            table=path.name,
            name=text("filename"),
            raw=" ".join(cells)[:120],
            lat_deg=lat,
            lon_deg=lon,
            problem=problem,
            epsg=system,
            height_m=altitude.metres,
            height_problem=altitude.problem,
            datum=_DATUM_WORDS.get(text("datum").lower(), HeightDatum.UNKNOWN),
            heading_deg=number_in(text("heading")),
            pitch_deg=number_in(text("pitch")) - (90 if from_above else 0),
            roll_deg=number_in(text("roll")),
            focal_px=number_in(text("focal_px")),
            time=text("time"),
            sigma_h_m=number_in(text("sigma_h")),
            sigma_v_m=number_in(text("sigma_v")),
            sigma_heading_deg=number_in(text("sigma_heading")),
            sigma_tilt_deg=number_in(text("sigma_tilt")),
        )


def table_problem(table: Table, photos: Sequence[PhotoMetadata]) -> str:
    """Why a table gave none of the photos a position."""
    rows = [row for p in photos if (row := table.row_of(p.path)) is not None]
    for row in rows:
        if row.problem:
            return f"{row.problem} (row {row.raw[:60]!r})"
    if rows:
        row = rows[0]
        if not math.isfinite(row.lat_deg):
            return f"its numbers cannot be read (row {row.raw[:60]!r})"
        return position_problem(row.lat_deg, row.lon_deg) or "what comes first has other positions"
    named = next(table.names(), None)
    if named is None:
        return "it has no row with a photo's name"
    if "\ufffd" in named:
        return f"its names are in an encoding that cannot be read ({named[:40]!r})"
    stem = PurePosixPath(name_key(named)).stem
    close = next((p.path.name for p in photos if name_key(p.path.stem) == stem), None)
    if close is not None:
        return f"it names {named[:40]!r}, the photo is {close!r}"
    return f"it names {named[:40]!r} and others, none of which is here"


# --- evidence ----------------------------------------------------------------------------------


def row_evidence(row: Row, settings: PhotoSettings) -> list[Evidence]:
    """Everything a row says; its own sigmas where it has any."""
    found: list[Evidence] = []
    plain: Provenance = {"origin": row.origin, "tag": row.table, "raw": row.raw}
    if row.problem:
        return [RefusedEvidence(**plain, note=row.problem, quantity=Quantity.POSITION)]
    if math.isfinite(row.lat_deg) or math.isfinite(row.lon_deg):
        found.append(
            believable(
                PositionEvidence(
                    **plain,
                    note=row.note,
                    epsg=row.epsg,
                    is_reread=bool(row.note),
                    lat_deg=row.lat_deg,
                    lon_deg=row.lon_deg,
                    sigma_m=_positive(row.sigma_h_m, settings.table_sigma_m),
                )
            )
        )
    if row.height_problem:
        found.append(RefusedEvidence(**plain, note=row.height_problem, quantity=Quantity.HEIGHT))
    if math.isfinite(row.height_m):
        found.append(
            HeightEvidence(
                **plain,
                height_m=row.height_m,
                datum=row.datum,
                sigma_m=_positive(row.sigma_v_m, settings.table_height_sigma_m),
            )
        )
    if -360 <= row.heading_deg <= 360:
        found.append(
            HeadingEvidence(
                **plain,
                heading_deg=row.heading_deg % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=_positive(row.sigma_heading_deg, settings.table_heading_sigma_deg),
            )
        )
    if -90 <= row.pitch_deg <= 90:
        found.append(
            TiltEvidence(
                **plain,
                pitch_deg=row.pitch_deg,
                roll_deg=row.roll_deg if abs(row.roll_deg) <= 180 else 0.0,
                sigma_deg=_positive(row.sigma_tilt_deg, settings.table_tilt_sigma_deg),
            )
        )
    if 0 < row.focal_px < 1e6:
        found.append(
            FocalEvidence(
                **plain,
                focal_px=row.focal_px,
                sigma_rel=0.01,
                source=FocalSource.SIDECAR,
            )
        )
    time = parse_time(row.time)
    if time is not None:
        found.append(TimeEvidence(origin=row.origin, tag=row.table, raw=row.time[:60], time=time))
    return found


def _positive(number: float, fallback: float) -> float:
    return number if math.isfinite(number) and number > 0 else fallback


def _coordinate(text: str, reference: str = "") -> Coordinate:
    """Degrees or metres: a number, or degrees with minutes, seconds and the hemisphere."""
    number = number_in(text)
    found = Coordinate(number) if math.isfinite(number) else parse_coordinate(text)
    letter = reference[:1].upper()
    if letter in ("S", "W"):
        return Coordinate(-abs(found.degrees), letter)
    return found


def _xyz(x: float, y: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[x, y, 0.0]])
