"""Positions by time from GPX tracks: the gpxpy door."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import defusedxml.ElementTree
import gpxpy
import numpy as np
from numpy.typing import NDArray

from worldmap.config import PhotoSettings
from worldmap.errors import TrackError
from worldmap.frames import wrapped_deg
from worldmap.geodesy import EARTH_RADIUS_M
from worldmap.input_file import read_named
from worldmap.photo.evidence import (
    HIGHEST_M,
    LOWEST_M,
    NEAR_SEA_M,
    Evidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    position_problem,
)
from worldmap.records import HeightDatum, PhotoMetadata

_SIZE_LIMIT_BYTES = 32 << 20  # 70 hours of a point each second
_OTHERS = "tracks of other kinds (KML, NMEA, FIT) have to be made GPX first: gpsbabel does"


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Timed points of one GPX file, in order of time.

    time_s (N,) seconds since 1970 UTC; lat_deg, lon_deg (N,); height_m (N,), NaN = none.
    """

    name: str
    time_s: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    height_m: NDArray[np.float64]

    @property
    def mean_lon_deg(self) -> float:
        """Where the track is, roughly, for guessing its time zone."""
        return float(np.median(self.lon_deg))


def read_gpx(path: Path) -> Track:
    """All timed points of a GPX file. TrackError, in one line, where it has none,
    MissingPathError where there is no file."""
    content = read_named(path, _SIZE_LIMIT_BYTES, TrackError)
    try:
        root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
        kind = str(root.tag).rpartition("}")[2]
        # gpxpy trusts its input, and finds an empty track in XML of any kind.
        gpx = gpxpy.parse(content) if kind == "gpx" else None
    except Exception as error:
        detail = f"is not a GPX track ({type(error).__name__})"
        raise TrackError(detail, path=path, hint=_OTHERS) from error
    if gpx is None:
        raise TrackError(f"is not a GPX track but <{kind[:40]}>", path=path, hint=_OTHERS)
    points = [
        (point.time, point.latitude, point.longitude, point.elevation)
        for track in gpx.tracks
        for segment in track.segments
        for point in segment.points
        if point.time is not None
    ]
    rows = np.array(
        [
            (_seconds(time), lat, lon, math.nan if height is None else height)
            for time, lat, lon, height in points
            if not position_problem(lat, lon)
        ],
        dtype=np.float64,
    ).reshape(-1, 4)
    if not len(rows):
        raise TrackError("has no track point with a time", path=path)
    _, first = np.unique(rows[:, 0], return_index=True)
    ordered = rows[first]
    ordered[:, 3] = _known_heights_m(ordered[:, 3])
    return Track(path.name, ordered[:, 0], ordered[:, 1], ordered[:, 2], ordered[:, 3])


def _known_heights_m(height_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights (N,), NaN where a logger wrote that it knew none: between such a point and the next
    there would be any height at all."""
    with np.errstate(invalid="ignore"):
        away = (height_m != 0) & np.isfinite(height_m)
        unknown = (height_m < LOWEST_M) | (height_m > HIGHEST_M)
    if away.any() and abs(float(np.median(height_m[away]))) > NEAR_SEA_M:
        unknown |= height_m == 0
    return np.where(unknown, np.nan, height_m)


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def track_evidence(
    tracks: Sequence[Track],
    time: datetime | None,
    zone_is_certain: bool,
    offset_s: float,
    settings: PhotoSettings,
) -> list[Evidence]:
    """Where the tracks say that the camera was at `time` + `offset_s`.

    time: as captured; where its zone is only guessed, the zone by the track's longitude, with and
    without summer time, and UTC are tried, and the first that falls into a track is taken. Sigma:
    the receiver, the clock times the speed, and how far one may stray between two points.
    """
    if time is None:
        return []
    for track in tracks:
        for moment_s, note in _moments(track, time, zone_is_certain, offset_s):
            found = _at(track, moment_s, note, settings)
            if found:
                return found
    return []


def track_problem(track: Track, photos: Sequence[PhotoMetadata]) -> str:
    """Why a track has nothing to say about any of the photos."""
    taken = sorted(p.captured_at.timestamp() for p in photos if p.captured_at is not None)
    if not taken:
        return "no photo tells when it was taken"
    first, last = (_shown(float(track.time_s[i])) for i in (0, -1))
    return (
        f"it is of {first} to {last} UTC, the photos of {_shown(taken[0])} to {_shown(taken[-1])} "
        "(another day, or a clock that is off: --time-offset)"
    )


def _shown(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M")


def _moments(
    track: Track, time: datetime, zone_is_certain: bool, offset_s: float
) -> list[tuple[float, str]]:
    if zone_is_certain:
        return [(time.timestamp() + offset_s, "")]
    local = time.replace(tzinfo=UTC)
    zone_h = round(track.mean_lon_deg / 15)
    return [
        ((local - timedelta(hours=hours)).timestamp() + offset_s, f"clock taken as UTC{hours:+d} h")
        for hours in dict.fromkeys((zone_h, zone_h + 1, 0))
    ]


def _at(track: Track, moment_s: float, note: str, settings: PhotoSettings) -> list[Evidence]:
    times = track.time_s
    reach_s = settings.gpx_reach_s
    if not times[0] - reach_s <= moment_s <= times[-1] + reach_s:
        return []
    after = int(np.clip(np.searchsorted(times, moment_s), 1, max(len(times) - 1, 1)))
    before = after - 1
    after = min(after, len(times) - 1)
    gap_s = float(times[after] - times[before])
    share = float(np.clip((moment_s - times[before]) / gap_s, 0, 1)) if gap_s > 0 else 0.0
    nearest_s = float(min(abs(moment_s - times[before]), abs(moment_s - times[after])))
    lat, lon, height = (
        float(column[before] + share * (column[after] - column[before]))
        for column in (track.lat_deg, np.unwrap(track.lon_deg, period=360.0), track.height_m)
    )
    lon = wrapped_deg(lon)
    east_m, north_m = _offset_m(track, before, after)
    speed_mps = math.hypot(east_m, north_m) / gap_s if gap_s > 0 else 0.0
    if nearest_s > reach_s:
        return []
    sigma_m = math.hypot(
        settings.gpx_sigma_m,
        speed_mps * settings.clock_sigma_s,
        settings.gpx_stray_mps * max(nearest_s - settings.clock_sigma_s, 0.0),
    )
    when = datetime.fromtimestamp(moment_s, UTC).isoformat(timespec="seconds")
    raw = f"{when} between points {gap_s:.0f} s apart, {speed_mps:.1f} m/s"
    found: list[Evidence] = [
        PositionEvidence(
            origin=Origin.GPX,
            tag=track.name,
            raw=raw,
            note=note,
            lat_deg=lat,
            lon_deg=lon,
            sigma_m=sigma_m,
        )
    ]
    if math.isfinite(height):
        found.append(
            HeightEvidence(
                origin=Origin.GPX,
                tag=track.name,
                raw=raw,
                height_m=height,
                datum=HeightDatum.UNKNOWN,
                sigma_m=max(settings.altitude_sigma_m, sigma_m),
            )
        )
    if speed_mps >= settings.track_min_speed_mps and gap_s <= reach_s:
        found.append(
            HeadingEvidence(
                origin=Origin.GPX,
                tag=track.name,
                raw=raw,
                note="direction of travel",
                heading_deg=math.degrees(math.atan2(east_m, north_m)) % 360,
                reference=HeadingReference.TRACK,
                sigma_deg=settings.track_sigma_deg,
            )
        )
    return found


def _offset_m(track: Track, before: int, after: int) -> tuple[float, float]:
    """East and north from one point of the track to another, on a sphere, for short ways."""
    lat = math.radians(float(track.lat_deg[before]))
    d_lon = wrapped_deg(float(track.lon_deg[after] - track.lon_deg[before]))
    d_lat = float(track.lat_deg[after] - track.lat_deg[before])
    return (
        math.radians(d_lon) * math.cos(lat) * EARTH_RADIUS_M,
        math.radians(d_lat) * EARTH_RADIUS_M,
    )
