"""Magnetic declination by the World Magnetic Model: the pygeomag door."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache

from pygeomag import GeoMag, calculate_decimal_year

_FIRST_YEAR, _LAST_YEAR = 2010, 2030
_DRIFT_DEG_PER_YEAR = 0.2
_HORIZONTAL_FIELD_FLOOR_NT = 100.0


@lru_cache(maxsize=8)
def _model(year: int) -> GeoMag:
    return GeoMag(base_year=year)


def declination_deg(
    lat_deg: float, lon_deg: float, height_m: float, time: datetime | None
) -> tuple[float, float]:
    """Declination (magnetic plus it is true, east positive) and its sigma, degrees.

    World Magnetic Model 2010, 2015v2, 2020 or 2025 by the date; outside 2010-2030, or without a
    date (the newest is taken), the nearest epoch with 0.2° more sigma per year. Sigma by the
    WMM2025 error model: √(0.25² + (5205 / H)²), H the horizontal field in nT, so compasses count
    for nothing near the magnetic poles.
    """
    if time is None:
        year, doubt_years = float(_LAST_YEAR - 4), 5.0
    else:
        moment = time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
        told = float(calculate_decimal_year(moment))
        year = min(max(told, float(_FIRST_YEAR)), _LAST_YEAR - 0.01)
        doubt_years = abs(told - year)
    altitude_km = min(max(height_m / 1000, -1.0), 850.0)
    field = _model(int(year)).calculate(
        glat=lat_deg, glon=lon_deg, alt=altitude_km, time=year, allow_date_outside_lifespan=True
    )
    horizontal_nt = max(float(field.h), _HORIZONTAL_FIELD_FLOOR_NT)
    sigma = math.hypot(0.25, 5205 / horizontal_nt, _DRIFT_DEG_PER_YEAR * doubt_years)
    return float(field.d), sigma
