"""Adjusted standard GPS time, which LAS counts in: seconds since 1980-01-06 without leap seconds,
minus 10⁹."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GPS_EPOCH: Final = datetime(1980, 1, 6, tzinfo=UTC)
_ADJUSTMENT_S: Final = 1e9

# IERS Bulletin C: UTC days from which GPS is one more second ahead.
_LEAPS: Final = tuple(
    datetime(year, month, 1, tzinfo=UTC)
    for year, month in (
        (1981, 7), (1982, 7), (1983, 7), (1985, 7), (1988, 1), (1990, 1), (1991, 1), (1992, 7),
        (1993, 7), (1994, 7), (1996, 1), (1997, 7), (1999, 1), (2006, 1), (2009, 1), (2012, 7),
        (2015, 7), (2017, 1),
    )
)  # fmt: skip


def gps_time_s(captured_at: datetime) -> float:
    """Adjusted standard GPS time of a moment; one without a time zone is taken as UTC."""
    utc = captured_at.astimezone(UTC) if captured_at.tzinfo else captured_at.replace(tzinfo=UTC)
    leap_s = bisect_right(_LEAPS, utc)
    return (utc - _GPS_EPOCH).total_seconds() + leap_s - _ADJUSTMENT_S


def utc_from_gps_time(gps_time_s: float) -> datetime:
    """Inverse of `gps_time_s`, in UTC."""
    elapsed_s = gps_time_s + _ADJUSTMENT_S
    leap_s = len(_LEAPS)
    while leap_s and _GPS_EPOCH + timedelta(seconds=elapsed_s - leap_s) < _LEAPS[leap_s - 1]:
        leap_s -= 1
    return _GPS_EPOCH + timedelta(seconds=elapsed_s - leap_s)


def gps_times_s(
    photo_id: NDArray[np.uint32], captured_at: Mapping[int, datetime | None]
) -> NDArray[np.float64]:
    """Adjusted standard GPS time (N,) of each point's photo, NaN where it is not known."""
    photos, photo = np.unique(photo_id, return_inverse=True)
    moments = (captured_at.get(one) for one in photos.tolist())
    times = [np.nan if moment is None else gps_time_s(moment) for moment in moments]
    return np.asarray(times, dtype=np.float64)[photo]
