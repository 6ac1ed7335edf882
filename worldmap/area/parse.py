"""What people may call an area."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from worldmap.area.gazetteer import NamedPlace, feature_places, is_table, table_places
from worldmap.area.geojson import geojson_crs, geojson_members
from worldmap.area.geometry import GeometryError, area_of_geometries
from worldmap.area.meant import meant_by
from worldmap.area.shapes import Area, Around, Box, Circle, Everywhere, Polygons
from worldmap.area.wkt import is_wkt, read_wkt
from worldmap.errors import AreaError, MissingPathError, WorldmapError
from worldmap.input_file import read_named
from worldmap.vector_file import read_features

GAZETTEER: Final = "WORLDMAP_GAZETTEER"
"""The environment's word for a file of place names."""

PhotoFinder: TypeAlias = Callable[[str], tuple[float, float] | None]
"""Latitude and longitude of the photo of that name; None where there is none of it."""

_TILE_M: Final = 100.0  # `tiling.TILE_SIZE_M`, which is above this
_MAX_RADIUS_M: Final = 20_000_000.0
_HELP: Final = (
    "an area is all, west,south,east,north, lat,lon,radius_m, a GeoJSON, GeoPackage or Shapefile, "
    "WKT, a tile's key, PHOTO,radius_m, or FILE#NAME"
)
_MEANT: Final = "did you mean --area {}?"
_SIDES: Final = ("west_deg", "south_deg", "east_deg", "north_deg")
_LATITUDE_FIRST: Final = "its positions seem to have latitude first: longitude comes first"
_TILE: Final = re.compile(r"(\d{4,6})_(-?\d+)_(-?\d+)")
_GEOJSON: Final = (".json", ".geojson")
# Borders of a country, to the metre, take some tens of megabytes.
_MOST_BYTES: Final = 256 << 20
_VECTORS: Final = (".gpkg", ".shp", ".kml", ".gml", ".fgb", ".sqlite", ".zip")


def parse_area(text: str, find_photo: PhotoFinder | None = None) -> Area:
    """The area that `text` names:

    all | west,south,east,north | lat,lon,radius_m | WKT (longitude first; SRID=N; before it where
    it is in another CRS) | a tile's key | FILE | FILE#NAME | PHOTO or NAME of a place. FILE is a
    GeoJSON, a GeoPackage, a Shapefile or what else GDAL reads, in any CRS that it names; NAME one
    of its features, or a place of a table with name, lat, lon; a place alone is looked up in the
    file that WORLDMAP_GAZETTEER names. WKT, FILE, PHOTO and NAME may be followed by ,radius_m: all
    within that of them, which points and lines need.

    find_photo: what knows where photos are. Raises MissingPathError for a file that is not there,
    AreaError for anything else, each in one line.
    """
    text = text.strip()
    if text.lower() == "all":
        return Everywhere()
    # Python takes the marks of a tile's key for those between thousands.
    numbers = None if "_" in text else _numbers(text)
    if numbers is not None:
        return _of_numbers(text, numbers)
    body, radius_m = _with_radius(text)
    if key := _TILE.fullmatch(body):
        epsg, east_m, north_m = (int(part) for part in key.groups())
        return _tile(text, epsg, east_m, north_m, radius_m)
    if is_wkt(body):
        return _of_wkt(body, radius_m)
    path, _, name = body.partition("#")
    if Path(body).is_file():
        is_layer = Path(body).suffix.lower() in (*_GEOJSON, *_VECTORS)
        if not is_layer and find_photo is not None and find_photo(Path(body).name) is not None:
            return _of_name(text, Path(body).name, radius_m, find_photo)
        return _of_file(Path(body), radius_m)
    if name and Path(path).is_file():
        return _of_place(name, Path(path), radius_m)
    if Path(path).suffix.lower() in (*_GEOJSON, *_VECTORS):
        raise MissingPathError("does not exist", path=Path(path))
    return _of_name(text, body, radius_m, find_photo)


def _with_radius(text: str) -> tuple[str, float | None]:
    body, comma, last = text.rpartition(",")
    try:
        radius_m = float(last) if comma and body else None
    except ValueError:
        radius_m = None
    if radius_m is None or (is_wkt(text) and not _is_whole_wkt(body)):
        return text, None
    _require_radius(text, radius_m)
    return body.strip(), radius_m


def _is_whole_wkt(text: str) -> bool:
    """Whether a text is well-known text whose last bracket is closed, or has none."""
    return is_wkt(text) and text.rstrip().upper().endswith((")", "EMPTY"))


def _require_radius(text: str, radius_m: float) -> None:
    if not 0 < radius_m <= _MAX_RADIUS_M:
        raise AreaError(f"the area {text} needs a radius between 0 and 20000000 m")


def _numbers(text: str) -> list[float] | None:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _of_numbers(text: str, numbers: Sequence[float]) -> Area:
    if len(numbers) == 4:
        return _box(text, *numbers)
    if len(numbers) == 3:
        return _circle(text, *numbers)
    raise AreaError(
        f"cannot understand the area {text!r}: it has {len(numbers)} number"
        f"{'s' if len(numbers) > 1 else ''}",
        hint=meant_by(text) or "four are west,south,east,north, three are lat,lon,radius_m",
    )


# --- numbers ------------------------------------------------------------------------------------


def _box(text: str, west: float, south: float, east: float, north: float) -> Box:
    if not (abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90):
        raise AreaError(
            f"the area {text} is outside ±180° of longitude or ±90° of latitude",
            hint=meant_by(text) or _order(_swapped_box(west, south, east, north)),
        )
    if south >= north or west == east:
        turned = (west, north, east, south) if south > north else None
        if south > north and west > east:  # as south,north,west,east
            turned = (east, west, north, south)
        raise AreaError(f"the area {text} is empty", hint=_order(turned))
    return Box(west_deg=west, south_deg=south, east_deg=east, north_deg=north)


def _swapped_box(west: float, south: float, east: float, north: float) -> tuple[float, ...] | None:
    """With latitudes first, where that means something."""
    if abs(south) <= 180 and abs(north) <= 180 and abs(west) <= 90 and abs(east) <= 90:
        low, high = sorted((west, east))
        return (south, low, north, high)
    return None


def _order(meant: Sequence[float] | None) -> str:
    order = "the order is west,south,east,north"
    return order if meant is None else f"{order}; did you mean --area {_text(meant)}?"


def _text(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:.12g}" for number in numbers)


def _circle(text: str, lat: float, lon: float, radius: float) -> Circle:
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        exchanged = abs(lon) <= 90 and abs(lat) <= 180
        meant = f"; did you mean --area {_text((lon, lat, radius))}?" if exchanged else ""
        raise AreaError(
            f"the area {text} is outside ±90° of latitude or ±180° of longitude",
            hint=meant_by(text) or f"the order is lat,lon,radius_m{meant}",
        )
    _require_radius(text, radius)
    return Circle(lat_deg=lat, lon_deg=lon, radius_m=radius)


def exchanged(area: Area) -> Iterator[tuple[Area, str]]:
    """The area with latitude and longitude, west and east or a sign exchanged, and what to say to
    whoever meant that."""
    if isinstance(area, Circle):
        lat, lon = area.lat_deg, area.lon_deg
        for y, x in ((lon, lat), (-lat, lon), (lat, -lon), (-lat, -lon)):
            if abs(y) <= 90:
                other = Circle(lat_deg=y, lon_deg=x, radius_m=area.radius_m)
                yield other, _MEANT.format(_text((y, x, area.radius_m)))
    elif isinstance(area, Box):
        west, south, east, north = area.west_deg, area.south_deg, area.east_deg, area.north_deg
        found = _swapped_box(west, south, east, north)
        for numbers in (found, (east, south, west, north) if west > east else None):
            if numbers is not None and numbers[1] < numbers[3]:
                box = Box(**dict(zip(_SIDES, numbers, strict=True)))
                yield box, _MEANT.format(_text(numbers))
    elif isinstance(area, Polygons | Around):
        turned = area.turned()
        if turned is not None:
            yield turned, _LATITUDE_FIRST


# --- geometries ---------------------------------------------------------------------------------


def _of_wkt(text: str, radius_m: float | None) -> Area:
    try:
        geometry, crs = read_wkt(text)
        return area_of_geometries([geometry], crs, radius_m)
    except GeometryError as error:
        short = text if len(text) <= 40 else f"{text[:37]}..."
        raise AreaError(f"cannot understand the area {short!r}: {error}") from error


def _tile(text: str, epsg: int, east_m: int, north_m: int, radius_m: float | None) -> Area:
    side = _TILE_M
    if east_m % side or north_m % side:
        raise AreaError(f"no tile is called {text}", hint=f"its corner lies on whole {side:.0f} m")
    corner = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)]
    ring = [(east_m + x, north_m + y) for x, y in corner]
    square = {"type": "Polygon", "coordinates": [ring]}
    return area_of_geometries([square], f"EPSG:{epsg}", radius_m)


def _of_file(path: Path, radius_m: float | None) -> Area:
    features, crs = _features(path)
    return _area_of(path, [geometry for geometry, _ in features], crs, radius_m)


def _area_of(
    path: Path, geometries: Sequence[Mapping[str, Any]], crs: str | None, radius_m: float | None
) -> Area:
    try:
        return area_of_geometries(geometries, crs, radius_m)
    except GeometryError as error:
        raise AreaError(f"cannot be used as an area: {error}", path=path) from error
    except WorldmapError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, IndexError) as error:
        raise AreaError("cannot be used as an area: it is not valid GeoJSON", path=path) from error


def _features(
    path: Path,
) -> tuple[list[tuple[Mapping[str, Any], Mapping[str, object]]], str | None]:
    """Geometries and attributes of a file, and its CRS, None where that is longitude, latitude."""
    if path.suffix.lower() not in _VECTORS:
        return _of_geojson(path)
    found, crs = read_features(path)
    return [(each.geometry, each.properties) for each in found], crs


def _of_geojson(
    path: Path,
) -> tuple[list[tuple[Mapping[str, Any], Mapping[str, object]]], str | None]:
    try:
        content = json.loads(read_named(path, _MOST_BYTES, AreaError).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise AreaError(f"is not valid JSON: {error}", path=path) from error
    try:
        return geojson_members(content), geojson_crs(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AreaError("cannot be used as an area: it is not valid GeoJSON", path=path) from error


# --- names --------------------------------------------------------------------------------------


def _of_name(text: str, name: str, radius_m: float | None, find_photo: PhotoFinder | None) -> Area:
    at = find_photo(name) if find_photo else None
    if at is not None:
        if radius_m is None:
            raise AreaError(
                f"{name} is a photo", hint=f"say how far around it: --area {name},50 (metres)"
            )
        return Circle(lat_deg=at[0], lon_deg=at[1], radius_m=radius_m)
    gazetteer = os.environ.get(GAZETTEER)
    if gazetteer:
        return _of_place(name, Path(gazetteer), radius_m)
    meant = meant_by(text)
    if radius_m is not None and meant is None:
        raise AreaError(
            f"cannot understand the area {text!r}: no photo of the map and no file is {name}",
            hint=f"{GAZETTEER} may name a file of places",
        )
    raise AreaError(f"cannot understand the area {text!r}", hint=meant or _HELP)


def _of_place(name: str, path: Path, radius_m: float | None) -> Area:
    if not path.is_file():
        raise MissingPathError("does not exist", path=path)
    crs: str | None = None
    places: list[NamedPlace]
    if is_table(path):
        places = table_places(path)
    else:
        features, crs = _features(path)
        places = feature_places(features)
    wanted = name.strip().casefold()
    found = [place for place in places if place.name.casefold() == wanted]
    if not found:
        near = sorted({p.name for p in places if wanted in p.name.casefold()})[:5]
        hint = f"did you mean {', '.join(near)}?" if near else "names are told whole"
        raise AreaError(f"has no place called {name.strip()!r}", path=path, hint=hint)
    if len(found) > 1 and any(place.geometry["type"] == "Point" for place in found):
        raise AreaError(
            f"has {len(found)} places called {name.strip()!r}",
            path=path,
            hint="name one by its coordinates: lat,lon,radius_m",
        )
    radius_m = radius_m if radius_m is not None else found[0].radius_m
    if radius_m is None and found[0].geometry["type"] == "Point":
        raise AreaError(
            f"has {name.strip()!r} as a point", path=path,
            hint=f"say how far around it: {name.strip()},500 (metres)",
        )  # fmt: skip
    if radius_m is not None:
        _require_radius(name, radius_m)
    return _area_of(path, [place.geometry for place in found], crs, radius_m)
