"""Surveyed heights above the ellipsoid, whatever they were measured from."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, Literal

from worldmap.geodesy import geoid_undulation_m
from worldmap.records import ControlPoint

# EGM96 itself (0.5 m: NASA/TP-1998-206861) and the grid that it is read from.
_GEOID_SIGMA_M: Final = 0.5


def above_ellipsoid(
    points: Sequence[ControlPoint],
    told: Collection[str],
    vertical: Literal["ellipsoid", "msl"],
) -> list[ControlPoint]:
    """The points, those in `told` with their heights as the file has them made ellipsoidal by
    EGM96, whose error they get, where they are above the sea."""
    if vertical == "ellipsoid":
        return list(points)
    return [
        replace(
            point,
            height_m=point.height_m + geoid_undulation_m(point.lat_deg, point.lon_deg),
            vertical_sigma_m=math.hypot(point.vertical_sigma_m, _GEOID_SIGMA_M),
        )
        if point.name in told and math.isfinite(point.lat_deg) and math.isfinite(point.lon_deg)
        else point
        for point in points
    ]
