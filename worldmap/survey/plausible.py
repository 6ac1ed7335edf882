"""Whether surveyed points can be where a file says: by where the photos that show them were taken.

A sign, an order of axes or a projection that is wrong moves a point by kilometres; a height above
another surface by tens of metres. Which of the usual causes it is shows by what is near when it is
undone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from worldmap.geodesy import ecef_from_geodetic, geoid_undulation_m, is_geographic
from worldmap.records import ControlPoint
from worldmap.survey.points import geodetic

# Who marks a point in a photo stands within sight of it; positions of photos stray.
_SIGHT_M: Final = 1_000.0
# Heights of phones are some 15 m off; a geoid's undulation, feet or a sign are more.
_HEIGHT_M: Final = 30.0
_FOOT_M: Final = 0.3048


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where the photos are that show a point: the middle of them, and how far that may be off."""

    lat_deg: float
    lon_deg: float
    height_m: float
    horizontal_sigma_m: float
    vertical_sigma_m: float


def judged(
    points: Sequence[ControlPoint],
    own: Mapping[str, tuple[float, float, float]],
    epsg: int,
    seen: Mapping[str, Seen],
) -> tuple[list[ControlPoint], list[str]]:
    """The points, those with a problem whose place cannot be meant, and remarks on their heights.
    own: their numbers as the file has them; seen: by name where the photos that show one are."""
    found, remarks = [], []
    for point in points:
        where = seen.get(point.name)
        if not (math.isfinite(point.lat_deg) and math.isfinite(point.lon_deg)):
            problem = "its numbers are no place in that projection"
            if where is not None and point.name in own:
                problem = _cause(own[point.name], epsg, where) or problem
            found.append(replace(point, lat_deg=0.0, lon_deg=0.0, problem=problem))
            continue
        if where is not None and point.name in own:
            away_m = _away_m(point.lat_deg, point.lon_deg, where)
            if away_m > _SIGHT_M + 5.0 * where.horizontal_sigma_m:
                cause = _cause(own[point.name], epsg, where)
                problem = f"{away_m / 1000:.1f} km from the photos that show it"
                found.append(replace(point, problem=f"{problem}: {cause}" if cause else problem))
                continue
            remark = _height_remark(point, where)
            if remark:
                remarks.append(f"{point.name}: {remark}")
        found.append(point)
    return found, remarks


def _cause(xyz: Sequence[float], epsg: int, where: Seen) -> str:
    near = _SIGHT_M + 5.0 * where.horizontal_sigma_m
    for cause, read_as, system in _readings(xyz, epsg):
        lat, lon = geodetic(read_as, system)
        if math.isfinite(lat) and _away_m(lat, lon, where) <= near:
            return cause
    return ""


def _readings(xyz: Sequence[float], epsg: int) -> Iterator[tuple[str, tuple[float, float], int]]:
    x, y = xyz[0], xyz[1]
    yield "x and y are exchanged", (y, x), epsg
    yield "x has the wrong sign", (-x, y), epsg
    yield "y has the wrong sign", (x, -y), epsg
    yield "x and y have the wrong sign", (-x, -y), epsg
    if not is_geographic(epsg):
        yield f"they are degrees, not metres of EPSG:{epsg}", (x, y), 4326
        yield f"they are degrees, latitude first, not metres of EPSG:{epsg}", (y, x), 4326
    for zone in range(1, 61):
        for first, hemisphere in ((32600, "north"), (32700, "south")):
            if first + zone != epsg:
                named = f"they are of UTM zone {zone} {hemisphere} (EPSG:{first + zone})"
                yield named, (x, y), first + zone
                yield f"{named}, x and y exchanged", (y, x), first + zone


def _height_remark(point: ControlPoint, where: Seen) -> str:
    off_m = point.height_m - where.height_m
    limit_m = _HEIGHT_M + 3.0 * where.vertical_sigma_m
    if not math.isfinite(off_m) or abs(off_m) <= limit_m:
        return ""
    geoid_m = geoid_undulation_m(point.lat_deg, point.lon_deg)
    for cause, height_m in (
        ("the sign of its height is wrong", -point.height_m),
        (
            "its height is above the sea, not the ellipsoid (--vertical msl)",
            point.height_m + geoid_m,
        ),
        ("its height is above the ellipsoid, not the sea", point.height_m - geoid_m),
        ("its height is in feet", point.height_m * _FOOT_M),
    ):
        if abs(height_m - where.height_m) < limit_m / 2:
            return f"{abs(off_m):.0f} m {'above' if off_m > 0 else 'below'} the photos: {cause}?"
    return f"{abs(off_m):.0f} m {'above' if off_m > 0 else 'below'} the photos that show it"


def _away_m(lat_deg: float, lon_deg: float, where: Seen) -> float:
    a = ecef_from_geodetic(lat_deg, lon_deg, 0.0)
    b = ecef_from_geodetic(where.lat_deg, where.lon_deg, 0.0)
    return float(np.linalg.norm(a - b))
