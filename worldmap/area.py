"""The area a command works on, and which positions lie in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmap.errors import AreaError, MissingPathError
from worldmap.frames import wrapped_deg
from worldmap.geodesy import ecef_from_geodetic

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MEAN_RADIUS_M = 6_371_008.8
_MAX_RADIUS_M = 20_000_000.0
_HELP = "an area is all, west,south,east,north, lat,lon,radius_m or a GeoJSON file"
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4979", "OGC:CRS84")


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The whole map: photos whose position nobody knows included."""

    def contains(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Mask:
        """Whether each position (...) lies in the area: (...) bool; here always."""
        return np.ones(np.broadcast(lat_deg, lon_deg).shape, dtype=bool)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around the area."""
        return (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """West to east and south to north in degrees; west > east runs over the antimeridian."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    def contains(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Mask:
        """Whether each position (...) lies in the box, its border included: (...) bool."""
        lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
        if self.west_deg <= self.east_deg:
            inside = (lon >= self.west_deg) & (lon <= self.east_deg)
        else:
            inside = (lon >= self.west_deg) | (lon <= self.east_deg)
        return np.asarray(inside & (lat >= self.south_deg) & (lat <= self.north_deg))

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north; west > east over the antimeridian."""
        return (self.west_deg, self.south_deg, self.east_deg, self.north_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Everything within radius_m over the ground of a position."""

    lat_deg: float
    lon_deg: float
    radius_m: float

    def contains(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Mask:
        """Whether each position (...) lies within the radius: (...) bool."""
        return np.asarray(self._distance_m(lat_deg, lon_deg) <= self.radius_m)

    def _distance_m(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Array:
        # The chord between points of the ellipsoid is exact; bending it to an arc of the mean
        # radius is off by less than 1e-6 of the distance up to 100 km, by less than 1 % anywhere.
        centre = ecef_from_geodetic(self.lat_deg, self.lon_deg, 0.0)
        chord = np.linalg.norm(ecef_from_geodetic(lat_deg, lon_deg, 0.0) - centre, axis=-1)
        half_angle = np.arcsin(np.clip(chord / (2 * _MEAN_RADIUS_M), 0.0, 1.0))
        return np.asarray(2 * _MEAN_RADIUS_M * half_angle)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around the circle."""
        reach_deg = 1.01 * np.rad2deg(self.radius_m / _MEAN_RADIUS_M)
        south, north = self.lat_deg - reach_deg, self.lat_deg + reach_deg
        if south <= -90 or north >= 90:
            return (-180.0, max(south, -90.0), 180.0, min(north, 90.0))
        ratio = np.sin(np.deg2rad(reach_deg)) / np.cos(np.deg2rad(self.lat_deg))
        reach_lon_deg = float(np.rad2deg(np.arcsin(min(ratio, 1.0))))
        if reach_lon_deg >= 90:
            return (-180.0, south, 180.0, north)
        west, east = self.lon_deg - reach_lon_deg, self.lon_deg + reach_lon_deg
        return (wrapped_deg(west), south, wrapped_deg(east), north)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Polygons:
    """Polygons of GeoJSON: each a tuple of rings (N, 2) longitude, latitude; the first ring is the
    outline, the others are holes. Edges are straight in degrees (RFC 7946, 3.1.1)."""

    polygons: tuple[tuple[Array, ...], ...]

    def contains(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Mask:
        """Whether each position (...) lies in a polygon and in none of its holes: (...) bool."""
        lat, lon = np.broadcast_arrays(np.asarray(lat_deg, float), np.asarray(lon_deg, float))
        inside = np.zeros(lat.shape, dtype=bool)
        for rings in self.polygons:
            crossings = np.zeros(lat.shape, dtype=np.int64)
            for ring in rings:
                crossings += _crossings(ring, lon, lat)
            inside |= crossings % 2 == 1
        return inside

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around all polygons."""
        points = np.concatenate([ring for rings in self.polygons for ring in rings])
        west, south = (float(v) for v in points.min(axis=0))
        east, north = (float(v) for v in points.max(axis=0))
        return (west, south, east, north)


Area: TypeAlias = Everywhere | Box | Circle | Polygons


def bounds_about_deg(area: Area, margin_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box around the area and everything within margin_m of it."""
    west, south, east, north = area.bounds_deg
    margin_deg = float(np.rad2deg(margin_m / _MEAN_RADIUS_M))
    low, high = max(south - margin_deg, -90.0), min(north + margin_deg, 90.0)
    steepest = float(np.cos(np.deg2rad(max(abs(low), abs(high)))))
    margin_lon_deg = margin_deg / max(steepest, 1e-9)
    if (east - west) % 360.0 + 2 * margin_lon_deg >= 360.0 or (west, east) == (-180.0, 180.0):
        return (-180.0, low, 180.0, high)
    return (wrapped_deg(west - margin_lon_deg), low, wrapped_deg(east + margin_lon_deg), high)


def _crossings(ring: Array, lon: Array, lat: Array) -> NDArray[np.int64]:
    """How many edges a ray to the east crosses (even-odd rule; half-open in latitude)."""
    count = np.zeros(lat.shape, dtype=np.int64)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        spans = (y0 > lat) != (y1 > lat)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            crossing_lon = x0 + (lat - y0) * (x1 - x0) / (y1 - y0)
        count += spans & (lon < crossing_lon)
    return count


def parse_area(text: str) -> Area:
    """The area that `text` names: all | west,south,east,north | lat,lon,radius_m | GeoJSON file.

    Raises MissingPathError for a GeoJSON file that is not there, UsageError for anything else, each
    in one line.
    """
    text = text.strip()
    if text.lower() == "all":
        return Everywhere()
    numbers = _numbers(text)
    if numbers is not None and len(numbers) == 4:
        return _box(text, *numbers)
    if numbers is not None and len(numbers) == 3:
        return _circle(text, *numbers)
    path = Path(text)
    if numbers is None and path.is_file():
        return _read_geojson(path)
    if path.suffix.lower() in (".json", ".geojson"):
        raise MissingPathError("does not exist", path=path)
    raise AreaError(f"cannot understand the area {text!r}", hint=_HELP)


def _numbers(text: str) -> list[float] | None:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _box(text: str, west: float, south: float, east: float, north: float) -> Box:
    if not (abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90):
        raise AreaError(
            f"the area {text} is outside ±180° of longitude or ±90° of latitude",
            hint="the order is west,south,east,north",
        )
    if south >= north or west == east:
        raise AreaError(f"the area {text} is empty", hint="the order is west,south,east,north")
    return Box(west_deg=west, south_deg=south, east_deg=east, north_deg=north)


def _circle(text: str, lat: float, lon: float, radius: float) -> Circle:
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise AreaError(
            f"the area {text} is outside ±90° of latitude or ±180° of longitude",
            hint="the order is lat,lon,radius_m",
        )
    if not 0 < radius <= _MAX_RADIUS_M:
        raise AreaError(f"the area {text} needs a radius between 0 and 20000000 m")
    return Circle(lat_deg=lat, lon_deg=lon, radius_m=radius)


def _read_geojson(path: Path) -> Polygons:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise AreaError(f"cannot be read: {error.strerror}", path=path) from error
    except (ValueError, RecursionError) as error:
        raise AreaError(f"is not valid JSON: {error}", path=path) from error
    try:
        _require_wgs84(content)
        polygons = tuple(_polygons(content))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, _GeojsonError) else "it is not valid GeoJSON"
        raise AreaError(f"cannot be used as an area: {detail}", path=path) from error
    if not polygons:
        raise AreaError("holds no polygon", path=path)
    return Polygons(polygons=polygons)


class _GeojsonError(ValueError):
    """What is wrong with a GeoJSON file, in words for its owner."""


def _require_wgs84(content: Any) -> None:
    # Gone from RFC 7946, still written by tools; another CRS would put the area elsewhere.
    crs = content.get("crs") if isinstance(content, dict) else None
    if crs is not None and not str(crs["properties"]["name"]).endswith(_WGS84_NAMES):
        name = crs["properties"]["name"]
        raise _GeojsonError(f"its CRS is {name}; it must be longitude and latitude (WGS84)")


def _polygons(content: Any) -> list[tuple[Array, ...]]:
    kind = content["type"]
    if kind == "FeatureCollection":
        return [polygon for feature in content["features"] for polygon in _polygons(feature)]
    if kind == "Feature":
        return [] if content["geometry"] is None else _polygons(content["geometry"])
    if kind == "GeometryCollection":
        return [polygon for member in content["geometries"] for polygon in _polygons(member)]
    if kind == "Polygon":
        return [_rings(content["coordinates"])]
    if kind == "MultiPolygon":
        return [_rings(coordinates) for coordinates in content["coordinates"]]
    raise _GeojsonError(f"a {kind} has no area; it must be a Polygon or MultiPolygon")


def _rings(coordinates: Any) -> tuple[Array, ...]:
    rings = tuple(
        np.array([[float(value) for value in position[:2]] for position in ring])
        for ring in coordinates
    )
    if not rings or any(ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 4 for ring in rings):
        raise _GeojsonError("a polygon's ring needs at least four positions")
    for ring in rings:
        if not np.isfinite(ring).all() or (np.abs(ring) > (180.0, 90.0)).any():
            raise _GeojsonError("its coordinates must be longitude (±180°) and latitude (±90°)")
    return rings
