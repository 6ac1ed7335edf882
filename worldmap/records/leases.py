"""Who is changing which part of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEASE_RENEWED_S: Final = 20.0
"""So often its holder renews a lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A part of the map that a command changes just now. token: names its holder; bounds_deg: west,
    south, east, north in degrees, None of the whole map; nowhere: photos without any position are
    of it too, which all areas share."""

    token: str
    bounds_deg: tuple[float, float, float, float] | None
    nowhere: bool
