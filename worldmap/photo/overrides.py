"""What the user says: `--set lat=..,lon=..,heading=..`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from worldmap.config import PhotoSettings
from worldmap.errors import UsageError
from worldmap.photo.evidence import (
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    TiltEvidence,
    TimeEvidence,
    position_problem,
)
from worldmap.photo.texts import parse_time
from worldmap.records import FocalSource, HeightDatum

_SPELLINGS = {
    "latitude": "lat",
    "longitude": "lon",
    "lng": "lon",
    "alt": "height",
    "altitude": "height",
    "yaw": "heading",
    "focal": "focal_px",
    "sigma": "sigma_m",
}
_NUMBERS = (
    *("lat", "lon", "height", "msl", "heading", "pitch", "roll", "focal_px"),
    *("sigma_m", "height_sigma_m", "heading_sigma", "tilt_sigma"),
)
_KEYS = (*_NUMBERS, "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Values that the user set; None = not set. height_m is above the ellipsoid, msl_m above the
    sea."""

    lat_deg: float | None = None
    lon_deg: float | None = None
    height_m: float | None = None
    msl_m: float | None = None
    heading_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    focal_px: float | None = None
    time: datetime | None = None
    sigma_m: float | None = None
    height_sigma_m: float | None = None
    heading_sigma_deg: float | None = None
    tilt_sigma_deg: float | None = None


def parse_overrides(text: str) -> Overrides:
    """`lat=48.1,lon=11.5,heading=270` as Overrides.

    Keys: lat, lon, height (ellipsoid), msl, heading, pitch, roll, focal_px, time, sigma_m,
    height_sigma_m, heading_sigma, tilt_sigma. Raises UsageError, in one line, for anything else.
    """
    values: dict[str, float] = {}
    time: datetime | None = None
    for part in filter(None, (" ".join(part.split())[:60] for part in text.split(","))):
        key, equals, value = part.partition("=")
        key = _SPELLINGS.get(key.strip().lower(), key.strip().lower())
        if not equals or key not in _KEYS:
            raise UsageError(f"--set {part}: expected KEY=VALUE with a key of {', '.join(_KEYS)}")
        if key == "time":
            time = parse_time(value)
            if time is None:
                raise UsageError(f"--set {part}: not a time such as 2024-05-06T07:08:09+02:00")
            continue
        values[key] = _number(part, value)
    _check(values)
    return Overrides(
        lat_deg=values.get("lat"),
        lon_deg=values.get("lon"),
        height_m=values.get("height"),
        msl_m=values.get("msl"),
        heading_deg=values.get("heading"),
        pitch_deg=values.get("pitch"),
        roll_deg=values.get("roll"),
        focal_px=values.get("focal_px"),
        time=time,
        sigma_m=values.get("sigma_m"),
        height_sigma_m=values.get("height_sigma_m"),
        heading_sigma_deg=values.get("heading_sigma"),
        tilt_sigma_deg=values.get("tilt_sigma"),
    )


def _number(part: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"--set {part}: {value.strip() or 'nothing'} is not a number")
    return number


def _check(values: dict[str, float]) -> None:
    if ("lat" in values) != ("lon" in values):
        raise UsageError("--set: lat and lon belong together")
    if "lat" in values:
        problem = position_problem(values["lat"], values["lon"])
        if problem:
            raise UsageError(f"--set lat={values['lat']:g},lon={values['lon']:g}: {problem}")
    if "height" in values and "msl" in values:
        raise UsageError(
            "--set: give height (above the ellipsoid) or msl (above the sea), not both"
        )
    if abs(values.get("pitch", 0.0)) > 90:
        raise UsageError(f"--set pitch={values['pitch']:g}: must lie within ±90°")
    for key in ("focal_px", "sigma_m", "height_sigma_m", "heading_sigma", "tilt_sigma"):
        if values.get(key, 1.0) <= 0:
            raise UsageError(f"--set {key}={values[key]:g}: must be positive")


def override_evidence(overrides: Overrides, settings: PhotoSettings) -> list[Evidence]:
    """The user's values; they come first everywhere."""
    found: list[Evidence] = []
    o = overrides
    if o.lat_deg is not None and o.lon_deg is not None:
        found.append(
            PositionEvidence(
                origin=Origin.USER,
                tag="--set",
                raw=f"lat={o.lat_deg!r},lon={o.lon_deg!r}",
                lat_deg=o.lat_deg,
                lon_deg=o.lon_deg,
                sigma_m=o.sigma_m or settings.user_sigma_m,
            )
        )
    height_m = o.height_m if o.height_m is not None else o.msl_m
    if height_m is not None:
        above_sea = o.height_m is None
        found.append(
            HeightEvidence(
                origin=Origin.USER,
                tag="--set",
                raw=f"{'msl' if above_sea else 'height'}={height_m!r}",
                height_m=height_m,
                datum=HeightDatum.MSL if above_sea else HeightDatum.ELLIPSOID,
                sigma_m=o.height_sigma_m or settings.user_sigma_m,
            )
        )
    if o.heading_deg is not None:
        found.append(
            HeadingEvidence(
                origin=Origin.USER,
                tag="--set",
                raw=f"heading={o.heading_deg!r}",
                heading_deg=o.heading_deg % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=o.heading_sigma_deg or settings.user_heading_sigma_deg,
            )
        )
    if o.pitch_deg is not None or o.roll_deg is not None:
        found.append(
            TiltEvidence(
                origin=Origin.USER,
                tag="--set",
                raw=f"pitch={o.pitch_deg!r},roll={o.roll_deg!r}",
                pitch_deg=o.pitch_deg or 0.0,
                roll_deg=o.roll_deg or 0.0,
                sigma_deg=o.tilt_sigma_deg or settings.user_heading_sigma_deg,
            )
        )
    if o.focal_px is not None:
        found.append(
            FocalEvidence(
                origin=Origin.USER,
                tag="--set",
                raw=f"focal_px={o.focal_px!r}",
                focal_px=o.focal_px,
                sigma_rel=0.01,
                source=FocalSource.USER,
            )
        )
    if o.time is not None:
        found.append(
            TimeEvidence(origin=Origin.USER, tag="--set", raw=o.time.isoformat(), time=o.time)
        )
    return found
