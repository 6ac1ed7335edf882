"""Files of surveyed points and of where photos show them: ODM's gcp_list.txt, and CSV."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from worldmap.errors import TableError
from worldmap.geodesy import epsg_of_header, geodetic_from_projected, is_geographic
from worldmap.input_file import decoded, number_in, read_named
from worldmap.records import ControlMark, ControlPoint, ControlRole

_SIZE_LIMIT_BYTES: Final = 32 << 20
_COLUMNS: Final = {
    "name": ("name", "label", "point", "gcp", "id", "gcp_name", "point_name"),
    "x": ("x", "east", "easting", "lon", "lng", "longitude", "x/longitude", "x/easting"),
    "y": ("y", "north", "northing", "lat", "latitude", "y/latitude", "y/northing"),
    "z": ("z", "height", "alt", "altitude", "elevation", "z/altitude"),
    "image": ("image", "photo", "filename", "file", "image_name"),
    "px": ("px", "u", "pixel_x", "image_x", "im_x", "u_px"),
    "py": ("py", "v", "pixel_y", "image_y", "im_y", "v_px"),
    "sigma_h": ("sigma_h", "sigma_xy", "accuracy", "sigma", "accuracy_xy"),
    "sigma_v": ("sigma_v", "sigma_z", "accuracy_z"),
    "sigma_px": ("sigma_px", "sigma_pixel"),
    "role": ("role", "type", "check"),
}
_CHECK_WORDS: Final = frozenset({"check", "checkpoint", "check point", "cp", "yes", "true", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedRow:
    """A line of such a file; NaN for what it does not tell. x and y are east and north, or
    longitude and latitude."""

    name: str
    xyz: tuple[float, float, float]
    mark: ControlMark | None
    horizontal_sigma_m: float
    vertical_sigma_m: float
    role: ControlRole
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sigmas:
    """What lines that tell none get: a network-RTK receiver's (some 2 cm in plan, 3 cm in height),
    and a click on a target's middle."""

    horizontal_m: float = 0.02
    vertical_m: float = 0.03
    pixel_px: float = 1.0


def read_control(
    path: Path, *, epsg: int | None = None, sigmas: Sigmas | None = None
) -> tuple[list[SurveyedRow], int]:
    """The lines of a file and the EPSG code that their x and y are in; height as it stands.

    ODM: the projection in the first line, then x y z px py image [name]; points without a name are
    told apart by their coordinates. CSV: a header that names at least name, x, y, z, or name,
    image, px, py; its projection in a first line of its own or a comment (`EPSG:32633`), in
    longitude and latitude where its columns say so, else told by epsg.

    Raises TableError, in one line, where the file is none of these, MissingPathError where it is
    not there.
    """
    sigmas = sigmas or Sigmas()
    text = decoded(read_named(path, _SIZE_LIMIT_BYTES, TableError))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise TableError("is empty", path=path)
    told = epsg_of_header(lines[0].lstrip("# "))
    body = [line for line in lines[told is not None :] if not line.startswith("#")]
    if not body:
        raise TableError("holds no point", path=path)
    columns = _header(body[0])
    if columns is not None:
        rows = _read_csv(body, columns, sigmas)
        named = _cells(body[0])
        if told is None and epsg is None and any("lon" in cell for cell in named):
            told = 4326
    else:
        rows = [row for line in body if (row := _odm_row(line, sigmas)) is not None]
    if not rows:
        raise TableError(
            "is no list of ground control points",
            path=path,
            hint="a projection and lines of `x y z px py image name`, or a CSV with the columns "
            "name, x, y, z, image, px, py",
        )
    system = epsg or told
    if system is None:
        raise TableError(
            "does not say which projection its coordinates are in",
            path=path,
            hint="put EPSG:... into its first line, or give --crs EPSG:...",
        )
    return rows, system


def _cells(line: str) -> list[str]:
    delimiter = max(",;\t", key=line.count)
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return [re.sub(r"[\s()\[\]]+", "_", cell.strip().lower()).strip("_") for cell in cells]


def _header(line: str) -> dict[str, int] | None:
    names = _cells(line)
    columns = {
        column: names.index(found)
        for column, known in _COLUMNS.items()
        if (found := next((k for k in known if k in names), None)) is not None
    }
    has_place = {"name", "x", "y", "z"} <= columns.keys()
    has_mark = {"name", "image", "px", "py"} <= columns.keys()
    return columns if has_place or has_mark else None


def _read_csv(
    lines: Sequence[str], columns: Mapping[str, int], sigmas: Sigmas
) -> list[SurveyedRow]:
    delimiter = max(",;\t", key=lines[0].count)
    rows = []
    for line, cells in zip(lines[1:], csv.reader(lines[1:], delimiter=delimiter), strict=False):

        def text(column: str, cells: Sequence[str] = cells) -> str:
            index = columns.get(column)
            return cells[index].strip() if index is not None and index < len(cells) else ""

        if not text("name"):
            continue
        u, v = number_in(text("px")), number_in(text("py"))
        mark = None
        if text("image") and math.isfinite(u) and math.isfinite(v):
            sigma_px = _positive(text("sigma_px"), sigmas.pixel_px)
            mark = ControlMark(image=text("image"), u_px=u, v_px=v, sigma_px=sigma_px)
        rows.append(
            SurveyedRow(
                name=text("name"),
                xyz=(number_in(text("x")), number_in(text("y")), number_in(text("z"))),
                mark=mark,
                horizontal_sigma_m=_positive(text("sigma_h"), sigmas.horizontal_m),
                vertical_sigma_m=_positive(text("sigma_v"), sigmas.vertical_m),
                role=ControlRole.CHECK
                if text("role").lower() in _CHECK_WORDS
                else ControlRole.CONTROL,
                raw=" ".join(line.split())[:120],
            )
        )
    return rows


def _odm_row(line: str, sigmas: Sigmas) -> SurveyedRow | None:
    # x y z px py image [name], by blanks or tabs; image names may hold blanks.
    match = re.match(
        r"(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(?P<image>.+?\.\w{2,5})(?:\s+(?P<name>\S.*))?$",
        line,
    )
    if match is None:
        return None
    x, y, z, u, v = (number_in(match[i]) for i in range(1, 6))
    if not all(map(math.isfinite, (x, y, z, u, v))):
        return None
    image = match["image"].strip('"')
    return SurveyedRow(
        name=(match["name"] or f"{match[1]} {match[2]} {match[3]}").strip(),
        xyz=(x, y, z),
        mark=ControlMark(image=image, u_px=u, v_px=v, sigma_px=sigmas.pixel_px),
        horizontal_sigma_m=sigmas.horizontal_m,
        vertical_sigma_m=sigmas.vertical_m,
        role=ControlRole.CONTROL,
        raw=" ".join(line.split())[:120],
    )


def control_points(
    rows: Sequence[SurveyedRow],
    epsg: int,
    *,
    source: str,
    checks: frozenset[str] = frozenset(),
    known: Mapping[str, ControlPoint] | None = None,
) -> tuple[list[ControlPoint], dict[str, tuple[float, float, float]]]:
    """The rows as points, marks of one name together, and each point's own numbers by name; heights
    as they stand. known: points told before, which rows with marks alone add to.

    Raises TableError where a name has two places, or none.
    """
    by_name: dict[str, list[SurveyedRow]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
    unknown = checks - by_name.keys()
    if unknown:
        raise TableError(f"{source} has no point {sorted(unknown)[0]!r} to check by")
    points, own = [], {}
    for name, said in by_name.items():
        placed = [row for row in said if all(map(math.isfinite, row.xyz))]
        places = {row.xyz for row in placed}
        before = (known or {}).get(name)
        if len(places) > 1:
            raise TableError(f"{source} has two places for the point {name!r}")
        if not places and before is None:
            raise TableError(f"{source} does not say where the point {name!r} is")
        marks = {row.mark.image: row.mark for row in said if row.mark is not None}
        if before is not None:
            marks = {**{m.image: m for m in before.marks}, **marks}
        if places:
            first = placed[0]
            own[name] = first.xyz
            lat, lon = geodetic(first.xyz, epsg)
            point = ControlPoint(
                name=name,
                lat_deg=lat,
                lon_deg=lon,
                height_m=first.xyz[2],
                horizontal_sigma_m=first.horizontal_sigma_m,
                vertical_sigma_m=first.vertical_sigma_m,
                role=ControlRole.CHECK if name in checks else first.role,
                source=source,
                raw=first.raw,
            )
        else:
            assert before is not None
            point = before
        points.append(replace(point, marks=tuple(marks.values()), result=None))
    return points, own


def geodetic(xyz: Sequence[float], epsg: int) -> tuple[float, float]:
    """Latitude and longitude of a point's own numbers; NaN where they are of no place."""
    x, y = xyz[0], xyz[1]
    if is_geographic(epsg):
        return (y, x) if abs(y) <= 90 and abs(x) <= 180 else (math.nan, math.nan)
    try:
        lat, lon, _ = geodetic_from_projected(np.array([[x, y, 0.0]]), epsg)
    except ValueError:
        return math.nan, math.nan
    return float(lat[0]), float(lon[0])


def _positive(text: str, fallback: float) -> float:
    number = number_in(text)
    return number if number > 0 else fallback
