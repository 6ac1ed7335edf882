"""GeoJSON documents (RFC 7946): their geometries, and what these are in.

A document that is none raises KeyError, TypeError, ValueError or AttributeError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_WGS84_NAMES: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4979", "OGC:CRS84")


def geojson_members(content: Any) -> list[tuple[Mapping[str, Any], Mapping[str, object]]]:
    """Geometries and the properties of their features."""
    kind = content["type"]
    if kind == "FeatureCollection":
        return [member for feature in content["features"] for member in geojson_members(feature)]
    if kind == "Feature":
        geometry = content["geometry"]
        return [] if geometry is None else [(geometry, content.get("properties") or {})]
    return [(content, {})]


def geojson_crs(content: Any) -> str | None:
    """The CRS that a document names; None where that is longitude and latitude, WGS84."""
    # Gone from RFC 7946, still written by tools, and honoured.
    crs = content.get("crs") if isinstance(content, dict) else None
    if crs is None:
        return None
    name = str(crs["properties"]["name"])
    return None if name.endswith(_WGS84_NAMES) else name
