"""Distances over the sphere."""

from __future__ import annotations

import math
from typing import Final

from worldmap.records import GeoPosition

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius R1 of the GRS80 ellipsoid."""


def distance_m(a: GeoPosition, b: GeoPosition) -> float:
    """Great-circle distance, good to 0.5 %."""
    return great_circle_m(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)


def great_circle_m(lat_a_deg: float, lon_a_deg: float, lat_b_deg: float, lon_b_deg: float) -> float:
    """Distance by the haversine formula on the mean sphere, good to 0.5 %."""
    lat_a, lat_b = math.radians(lat_a_deg), math.radians(lat_b_deg)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(lon_b_deg - lon_a_deg) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(h, 1.0)))
