"""Distances over the sphere."""

from __future__ import annotations

import math
from typing import Protocol

from worldmap.geodesy import EARTH_RADIUS_M


class LatLon(Protocol):
    """Whatever has a place on the globe."""

    @property
    def lat_deg(self) -> float:
        """Latitude."""

    @property
    def lon_deg(self) -> float:
        """Longitude."""


def distance_m(a: LatLon, b: LatLon) -> float:
    """Great-circle distance by the haversine formula on the mean sphere, good to 0.5 %."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.lon_deg - a.lon_deg) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(h, 1.0)))
