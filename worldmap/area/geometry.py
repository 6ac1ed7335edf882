"""Geometries as GeoJSON has them, in any CRS, to areas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area.shapes import Area, Around, Polygons
from worldmap.geodesy import lon_lat_from

Array = NDArray[np.float64]

_STEP_M: Final = 100.0
"""An edge that is straight in a projection is cut into pieces so long: each is straight in degrees
within a millimetre (its length squared over eight times the Earth's radius)."""


class GeometryError(ValueError):
    """What is wrong with a geometry, in words for its owner."""


def area_of_geometries(
    geometries: Iterable[Mapping[str, Any]], crs: str | None, radius_m: float | None
) -> Area:
    """The area that they cover, those without an extent of their own within `radius_m`.

    crs: what their coordinates are in (x first), as pyproj takes it; None: longitude and latitude,
    WGS84. GeometryError where there is no area, or a coordinate means nothing.
    """
    polygons: list[tuple[Array, ...]] = []
    lines: list[Array] = []
    place = _placed(crs)
    for geometry in geometries:
        _collect(geometry, place, polygons, lines)
    if not polygons and not lines:
        raise GeometryError("it holds no geometry")
    if radius_m is not None:
        return Around(
            lines=tuple(lines), polygons=Polygons(polygons=tuple(polygons)), radius_m=radius_m
        )
    if not polygons:
        raise GeometryError(
            "points and lines have no area; say how far around them, as in FILE,50 (metres)"
        )
    return Polygons(polygons=tuple(polygons))


def _collect(
    geometry: Mapping[str, Any],
    place: Callable[[Array, bool], Array],
    polygons: list[tuple[Array, ...]],
    lines: list[Array],
) -> None:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for member in geometry["geometries"]:
            _collect(member, place, polygons, lines)
        return
    given = geometry["coordinates"]
    if not len(given):
        return
    if kind == "Point":
        lines.append(place(_positions([given], 1), False))
    elif kind == "MultiPoint":
        lines.extend(place(_positions([each], 1), False) for each in given)
    elif kind == "LineString":
        lines.append(place(_positions(given, 2), False))
    elif kind == "MultiLineString":
        lines.extend(place(_positions(each, 2), False) for each in given)
    elif kind == "Polygon":
        polygons.append(tuple(place(_positions(ring, 4), True) for ring in given))
    elif kind == "MultiPolygon":
        polygons.extend(tuple(place(_positions(ring, 4), True) for ring in each) for each in given)
    else:
        raise GeometryError(f"a {kind} is no geometry that is known here")


def _positions(given: Any, fewest: int) -> Array:
    found = np.array([[float(value) for value in position[:2]] for position in given])
    if found.ndim == 2 and found.shape[1] < 2:
        raise GeometryError("a position has two numbers, longitude and latitude")
    if found.ndim != 2 or found.shape[1] != 2 or len(found) < fewest:
        what = "a polygon's ring needs at least four positions" if fewest == 4 else "too short"
        raise GeometryError(what)
    if not np.isfinite(found).all():
        raise GeometryError("its coordinates must be finite")
    return found


def _placed(crs: str | None) -> Callable[[Array, bool], Array]:
    """What makes longitude and latitude (N, 2) of coordinates; whether they are a closed ring."""
    if crs is None:
        return lambda xy, _: _within(xy)
    to_degrees, is_projected = lon_lat_from(crs)

    def place(xy: Array, closed: bool) -> Array:
        if is_projected:
            xy = _cut(xy, closed)
        return _within(to_degrees(xy))

    return place


def _cut(xy: Array, closed: bool) -> Array:
    ends = np.roll(xy, -1, axis=0) if closed else xy[1:]
    parts = [xy[:1]]
    for start, end in zip(xy, ends, strict=False):
        pieces = max(1, int(np.ceil(np.linalg.norm(end - start) / _STEP_M)))
        share = np.arange(1, pieces + 1)[:, None] / pieces
        parts.append(start + share * (end - start))
    return np.concatenate(parts)


def _within(xy: Array) -> Array:
    if not (np.abs(xy) > (180.0, 90.0)).any():
        return xy
    if not (np.abs(xy) > (90.0, 180.0)).any():
        raise GeometryError(
            "its coordinates are beyond ±90° of latitude: longitude comes first; "
            "did you mean them exchanged?"
        )
    raise GeometryError(
        "its coordinates must be longitude (±180°) and latitude (±90°), or of a CRS that it names"
    )
