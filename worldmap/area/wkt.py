"""Well-known text (OGC 06-103r4) to geometries as GeoJSON has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from worldmap.area.geometry import GeometryError

_KINDS: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}
_TOKEN: Final = re.compile(r"\s*([A-Za-z]+|[-+]?[\d.]+(?:[eE][-+]?\d+)?|[(),])")
_START: Final = re.compile(
    rf"\s*(?:SRID=(?P<srid>\d{{1,6}});)?\s*(?P<text>(?:{'|'.join(_KINDS)})(?:ZM|Z|M)?\b.*)",
    re.IGNORECASE | re.DOTALL,
)


def is_wkt(text: str) -> bool:
    """Whether a text begins as one."""
    return _START.fullmatch(text) is not None


def read_wkt(text: str) -> tuple[Mapping[str, Any], str | None]:
    """The geometry, and its CRS where the text begins with SRID=N; (PostGIS's extended form).

    GeometryError where it is not well-known text.
    """
    found = _START.fullmatch(text)
    if found is None:
        raise GeometryError("it is no well-known text")
    tokens = _tokens(found["text"])
    try:
        geometry = _geometry(next(tokens), tokens)
    except StopIteration:
        raise GeometryError("it ends too early: a bracket is not closed") from None
    if next(tokens, None) is not None:
        raise GeometryError("it goes on after its last bracket")
    return geometry, f"EPSG:{found['srid']}" if found["srid"] else None


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise GeometryError(f"it has {text[at : at + 10]!r} where none belongs")
        yield found[1]
        at = found.end()


def _geometry(word: str, tokens: Iterator[str]) -> dict[str, Any]:
    # PostGIS, among others, writes POINTZ for POINT Z.
    kind = _KINDS.get(word.upper()) or _KINDS.get(word.upper().rstrip("ZM"))
    if kind is None:
        raise GeometryError(f"{word[:20]} is no geometry that is known here")
    following = next(tokens)
    if following.upper() in ("Z", "M", "ZM"):
        following = next(tokens)
    is_collection = kind == "GeometryCollection"
    if following.upper() == "EMPTY":
        return {"type": kind, "geometries" if is_collection else "coordinates": []}
    if following != "(":
        raise GeometryError(f"it has {following[:10]!r} where a bracket belongs")
    if is_collection:
        members = [_geometry(next(tokens), tokens)]
        while (mark := next(tokens)) == ",":
            members.append(_geometry(next(tokens), tokens))
        if mark != ")":
            raise GeometryError("a bracket is not closed")
        return {"type": kind, "geometries": members}
    values = _list(tokens)
    return {"type": kind, "coordinates": values[0] if kind == "Point" else values}


def _list(tokens: Iterator[str]) -> list[Any]:
    """What stands in brackets, up to the closing one: positions, or lists of them. A position of
    MULTIPOINT may have brackets of its own."""
    found: list[Any] = []
    position: list[float] = []
    for token in tokens:
        if token == "(":
            inner = _list(tokens)
            # ((x y), (x y)) are points, ((x y, x y)) is a ring.
            is_position = len(inner) == 1 and isinstance(inner[0][0], float)
            found.append(inner[0] if is_position else inner)
        elif token in ",)":
            if position:
                found.append(position)
                position = []
            if token == ")":
                return found
        else:
            try:
                position.append(float(token))
            except ValueError:
                raise GeometryError(f"it has {token[:10]!r} where a number belongs") from None
    raise GeometryError("a bracket is not closed")
