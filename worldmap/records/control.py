"""Points on the ground that somebody surveyed, and where photos show them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ControlRole(StrEnum):
    """Whether a surveyed point holds the map in place, or is held out to check it by; `removed` is
    one that the user took back."""

    CONTROL = "control"
    CHECK = "check"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlMark:
    """Where a photo shows a surveyed point: the photo's file name (with folders where the name is
    another's too), pixels of the upright full-size photo, and their sigma."""

    image: str
    u_px: float
    v_px: float
    sigma_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """How the last merge agrees with a surveyed point: photos that show it, how far east, north and
    up the place that they give lies from the surveyed one (NaN where fewer than two placed ones
    show it), the root mean square of what is left in them, and whether it was believed."""

    photos: int
    east_m: float
    north_m: float
    up_m: float
    rms_px: float
    used: bool
    remark: str

    @property
    def off_m(self) -> float:
        """In all three dimensions."""
        return math.hypot(self.east_m, self.north_m, self.up_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPoint:
    """A surveyed point: WGS 84 latitude and longitude, height above the ellipsoid, its sigmas (of
    east and north each, and of the height). covariance_m2: where it is surer one way than another,
    east², east · north, east · up, north², north · up, up². raw: as the file has it; problem: why
    it cannot be meant, '' where it may. changed_at: when it was stored, None before."""

    name: str
    lat_deg: float
    lon_deg: float
    height_m: float
    horizontal_sigma_m: float
    vertical_sigma_m: float
    role: ControlRole
    source: str
    raw: str
    problem: str = ""
    marks: tuple[ControlMark, ...] = ()
    result: ControlResult | None = None
    changed_at: datetime | None = None
    covariance_m2: tuple[float, float, float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAccuracy:
    """Root mean squares over surveyed points of one role: horizontal (of east and north together),
    vertical, in three dimensions, metres; NaN without any."""

    points: int
    horizontal_m: float
    vertical_m: float
    total_m: float

    @classmethod
    def of_role(cls, points: Iterable[ControlPoint], role: ControlRole) -> ControlAccuracy:
        """Over the points of a role."""
        return cls.of(p.result for p in points if p.role == role and p.result is not None)

    @classmethod
    def of(cls, results: Iterable[ControlResult]) -> ControlAccuracy:
        """Over those that placed photos show."""
        known = [r for r in results if math.isfinite(r.off_m)]
        if not known:
            return cls(points=0, horizontal_m=math.nan, vertical_m=math.nan, total_m=math.nan)
        plan = sum(r.east_m**2 + r.north_m**2 for r in known) / len(known)
        up = sum(r.up_m**2 for r in known) / len(known)
        return cls(
            points=len(known),
            horizontal_m=math.sqrt(plan),
            vertical_m=math.sqrt(up),
            total_m=math.sqrt(plan + up),
        )
