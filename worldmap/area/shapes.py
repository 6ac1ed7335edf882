"""What an area can be, and which positions lie in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldmap.frames import wrapped_deg
from worldmap.geodesy import EARTH_RADIUS_M, ecef_from_geodetic

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_EQUATORIAL_M, _FLATTENING = 6_378_137.0, 1 / 298.257223563


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
        half_angle = np.arcsin(np.clip(chord / (2 * EARTH_RADIUS_M), 0.0, 1.0))
        return np.asarray(2 * EARTH_RADIUS_M * half_angle)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around the circle."""
        reach_deg = 1.01 * np.rad2deg(self.radius_m / EARTH_RADIUS_M)
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
        inside = np.zeros(lat.size, dtype=bool)
        order = np.argsort(lat, axis=None, kind="stable")
        by_lat, of_lon = lat.ravel()[order], lon.ravel()[order]
        for rings in self.polygons:
            crossings = np.zeros(lat.size, dtype=np.int64)
            for ring in rings:
                _count_crossings(ring, of_lon, by_lat, crossings)
            inside |= crossings % 2 == 1
        found = np.empty(lat.size, dtype=bool)
        found[order] = inside
        return found.reshape(lat.shape)

    def turned(self) -> Polygons | None:
        """The same with latitude and longitude exchanged; None where they cannot be."""
        found = [_turned(rings) for rings in self.polygons]
        known = tuple(rings for rings in found if rings is not None)
        return Polygons(polygons=known) if len(known) == len(found) else None

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around all polygons."""
        return _box_of(tuple(ring for rings in self.polygons for ring in rings))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Around:
    """Everything within radius_m over the ground of lines and points, each (N, 2) longitude,
    latitude, and of polygons, their inside included."""

    lines: tuple[Array, ...]
    polygons: Polygons
    radius_m: float

    def contains(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Mask:
        """Whether each position (...) lies so near one of them: (...) bool."""
        lat, lon = np.broadcast_arrays(np.asarray(lat_deg, float), np.asarray(lon_deg, float))
        inside = self.polygons.contains(lat, lon).ravel()
        order = np.argsort(lat, axis=None, kind="stable")
        by_lat, of_lon = lat.ravel()[order], lon.ravel()[order]
        for start, end in self._edges():
            rows = _band(by_lat, start[1], end[1], self.radius_m)
            near = _away_m(of_lon[rows], by_lat[rows], start, end) <= self.radius_m
            inside[order[rows][near]] = True
        return np.asarray(inside.reshape(lat.shape))

    def _edges(self) -> Iterator[tuple[Array, Array]]:
        rings = [ring for rings in self.polygons.polygons for ring in rings]
        for line in (*self.lines, *rings):
            # A point is a line of one.
            for k in range(max(len(line) - 1, 1)):
                yield line[k], line[min(k + 1, len(line) - 1)]

    def turned(self) -> Around | None:
        """The same with latitude and longitude exchanged; None where they cannot be."""
        lines, polygons = _turned(self.lines), self.polygons.turned()
        if lines is None or polygons is None:
            return None
        return Around(lines=lines, polygons=polygons, radius_m=self.radius_m)

    @property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around all of it."""
        rings = [ring for rings in self.polygons.polygons for ring in rings]
        west, south, east, north = _box_of((*self.lines, *rings))
        return grown_deg((west, south, east, north), self.radius_m)


def _band(lat: Array, a_deg: float, b_deg: float, radius_m: float) -> slice:
    """Of sorted latitudes those within a radius of the ones between two."""
    # The smallest radius of curvature, that at the equator along a meridian.
    reach_deg = float(np.rad2deg(radius_m / (_EQUATORIAL_M * (1 - _FLATTENING) ** 2)))
    low, high = min(a_deg, b_deg) - reach_deg, max(a_deg, b_deg) + reach_deg
    return slice(int(np.searchsorted(lat, low)), int(np.searchsorted(lat, high, side="right")))


def _away_m(lon: Array, lat: Array, start: Array, end: Array) -> Array:
    """How far positions are from an edge, in the plane that touches the ellipsoid at its middle: of
    edges and distances of kilometres right to a thousandth."""
    middle_lat = np.deg2rad((start[1] + end[1]) / 2)
    squared = _FLATTENING * (2 - _FLATTENING)
    across = _EQUATORIAL_M / np.sqrt(1 - squared * np.sin(middle_lat) ** 2)
    along = across * (1 - squared) / (1 - squared * np.sin(middle_lat) ** 2)
    size = np.deg2rad(1.0) * np.array((across * np.cos(middle_lat), along))

    def flat(x: ArrayLike, y: ArrayLike) -> Array:
        away = wrapped_deg(np.asarray(x, dtype=np.float64) - start[0])
        return np.asarray(np.stack((away, np.asarray(y) - start[1]), axis=-1) * size)

    points, edge = flat(lon, lat), flat(end[0], end[1])
    length = max(float(edge @ edge), 1e-12)
    share = np.clip(points @ edge / length, 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - share[:, None] * edge, axis=-1))


def _turned(lines: tuple[Array, ...]) -> tuple[Array, ...] | None:
    if any((np.abs(line[:, 0]) > 90).any() for line in lines):
        return None
    return tuple(line[:, ::-1] for line in lines)


def _box_of(rings: tuple[Array, ...]) -> tuple[float, float, float, float]:
    points = np.concatenate(rings)
    west, south = (float(v) for v in points.min(axis=0))
    east, north = (float(v) for v in points.max(axis=0))
    return (west, south, east, north)


Area: TypeAlias = Everywhere | Box | Circle | Polygons | Around


def bounds_about_deg(area: Area, margin_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box around the area and everything within margin_m of it."""
    return grown_deg(area.bounds_deg, margin_m)


def grown_deg(
    bounds_deg: tuple[float, float, float, float], margin_m: float
) -> tuple[float, float, float, float]:
    """West, south, east, north of a box around everything within margin_m of a box."""
    west, south, east, north = bounds_deg
    margin_deg = float(np.rad2deg(margin_m / EARTH_RADIUS_M))
    low, high = max(south - margin_deg, -90.0), min(north + margin_deg, 90.0)
    steepest = float(np.cos(np.deg2rad(max(abs(low), abs(high)))))
    margin_lon_deg = margin_deg / max(steepest, 1e-9)
    if (east - west) % 360.0 + 2 * margin_lon_deg >= 360.0 or (west, east) == (-180.0, 180.0):
        return (-180.0, low, 180.0, high)
    return (wrapped_deg(west - margin_lon_deg), low, wrapped_deg(east + margin_lon_deg), high)


def _count_crossings(ring: Array, lon: Array, lat: Array, crossings: NDArray[np.int64]) -> None:
    """Adds how many edges a ray to the east crosses of positions in the order of their latitude
    (even-odd rule; half-open in latitude)."""
    following = np.roll(ring, -1, axis=0)
    low = np.minimum(ring[:, 1], following[:, 1])
    high = np.maximum(ring[:, 1], following[:, 1])
    # Which positions an edge spans in latitude: low <= lat < high.
    first, last = np.searchsorted(lat, low), np.searchsorted(lat, high)
    for k in np.flatnonzero(last > first).tolist():
        rows = slice(first[k], last[k])
        (x0, y0), (x1, y1) = ring[k], following[k]
        with np.errstate(over="ignore"):
            crossing_lon = x0 + (lat[rows] - y0) * (x1 - x0) / (y1 - y0)
        crossings[rows] += lon[rows] < crossing_lon
