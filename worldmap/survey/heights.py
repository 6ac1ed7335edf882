"""Surveyed heights above the ellipsoid, whatever they were measured from."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from worldmap.geodesy import Vertical, undulation_m, undulation_sigma_m
from worldmap.records import ControlPoint


def above_ellipsoid(
    points: Sequence[ControlPoint],
    told: Collection[str],
    vertical: Vertical,
) -> list[ControlPoint]:
    """The points, those in `told` with their heights as the file has them made ellipsoidal by
    the geoid's undulation, whose error they get."""
    if vertical == "ellipsoid":
        return list(points)
    return [
        replace(
            point,
            height_m=point.height_m + _undulation_m(point, vertical),
            vertical_sigma_m=math.hypot(point.vertical_sigma_m, undulation_sigma_m(vertical)),
        )
        if point.name in told and math.isfinite(point.lat_deg) and math.isfinite(point.lon_deg)
        else point
        for point in points
    ]


def _undulation_m(point: ControlPoint, vertical: Vertical) -> float:
    return float(undulation_m(np.array([point.lat_deg]), np.array([point.lon_deg]), vertical)[0])
