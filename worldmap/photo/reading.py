"""Ways in which a table's numbers may have been meant: coordinates exchanged, a sign lost, another
zone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from worldmap.errors import UsageError
from worldmap.geodesy import (
    geodetic_from_projected,
    is_geographic,
    projected_epsg,
    projected_from_geodetic,
)
from worldmap.photo.distance import distance_m

# Who reads a table rightly is where the photo was taken, within what a bad fix strays.
NEAR_M: Final = 1000.0
# A table that corrects a photo's tags does so by less; further is another city.
FAR_M: Final = 20_000.0
_UTM: Final = frozenset((*range(32601, 32661), *range(32701, 32761)))
# Of a table's rows, one that is by so much further off than they usually are is not one of them,
# and one that then fits is within so much.
_ODD_SPREADS, _FITTING_SPREADS = 10.0, 3.0
_LEAST_SPREAD_M: Final = 100.0
_LEAST_ROWS: Final = 4


class Spot(NamedTuple):
    """Latitude and longitude."""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How numbers were meant: exchanged, with other signs, in another projection (told, meant)."""

    cause: str
    is_exchanged: bool = False
    lat_sign: int = 1
    lon_sign: int = 1
    epsgs: tuple[int, int] | None = None

    def read(self, told: Spot) -> Spot:
        """Where a place that was told is then; NaN where it is nowhere."""
        if self.epsgs is not None:
            return _in_another(told, *self.epsgs, is_exchanged=self.is_exchanged)
        lat, lon = (told.lon_deg, told.lat_deg) if self.is_exchanged else told
        return Spot(self.lat_sign * lat, self.lon_sign * lon)


_EXCHANGED_AND_SIGN: Final = "latitude and longitude are exchanged and lack a sign"
_READINGS: Final = (
    Reading("latitude and longitude are exchanged", is_exchanged=True),
    Reading("the longitude lacks its sign (W)", lon_sign=-1),
    Reading("the latitude lacks its sign (S)", lat_sign=-1),
    Reading("latitude and longitude lack their signs (S, W)", lat_sign=-1, lon_sign=-1),
    Reading(_EXCHANGED_AND_SIGN, is_exchanged=True, lon_sign=-1),
    Reading(_EXCHANGED_AND_SIGN, is_exchanged=True, lat_sign=-1),
)


def _readings(near: Spot, epsg: int | None) -> Iterator[Reading]:
    """Those that may have a place about `near`; epsg: the projection that the numbers were told to
    be in, None for degrees."""
    if epsg is None or is_geographic(epsg):
        yield from _READINGS
        return
    exchanged = "easting and northing are exchanged"
    yield Reading(exchanged, is_exchanged=True, epsgs=(epsg, epsg))
    if epsg in _UTM:
        meant = projected_epsg(near.lat_deg, near.lon_deg)
        if meant in _UTM and meant != epsg:
            cause = f"its projection is EPSG:{meant}, not EPSG:{epsg}"
            yield Reading(cause, epsgs=(epsg, meant))


def _in_another(told: Spot, epsg: int, meant: int, *, is_exchanged: bool) -> Spot:
    try:
        xyz = projected_from_geodetic(told.lat_deg, told.lon_deg, 0.0, epsg)
        if is_exchanged:
            xyz = xyz[[1, 0, 2]]
        lat, lon, _ = geodetic_from_projected(xyz.reshape(1, 3), meant)
    except (UsageError, ValueError):
        return Spot(math.nan, math.nan)
    return Spot(float(lat[0]), float(lon[0]))


def reading_near(told: Spot, known: Spot, near_m: float, epsg: int | None = None) -> Reading | None:
    """The first by which a place that is told lies within near_m of one that is known."""
    for reading in _readings(known, epsg):
        at = reading.read(told)
        # NaN fails
        if abs(at.lat_deg) <= 90 and abs(at.lon_deg) <= 180 and distance_m(at, known) <= near_m:
            return reading
    return None


def odd_ones(places: Sequence[Spot]) -> dict[int, Reading]:
    """By index those among places of one table that lie elsewhere than nearly all of the others,
    and where they would lie among them if they were read otherwise."""
    finite = [i for i, at in enumerate(places) if abs(at.lat_deg) <= 90 and abs(at.lon_deg) <= 180]
    if len(finite) < _LEAST_ROWS:
        return {}
    told = np.array([places[i] for i in finite], dtype=np.float64)
    middle = Spot(*np.median(told, axis=0).tolist())
    away_m = np.array([distance_m(places[i], middle) for i in finite])
    spread_m = max(float(np.percentile(away_m, 75)), _LEAST_SPREAD_M)
    if spread_m > FAR_M:
        return {}
    found = {}
    for i, off_m in zip(finite, away_m.tolist(), strict=True):
        if off_m > _ODD_SPREADS * spread_m:
            reading = reading_near(places[i], middle, _FITTING_SPREADS * spread_m)
            if reading is not None:
                found[i] = reading
    return found
