"""The origin of a local frame.

What is known of a map in numbers has one, and is to be had without numpy: what a site does is in
`geodesy`, which is loaded when it is asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldmap.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from worldmap.frames import RigidTransform

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Site:
    """The origin of a local east-north-up frame: WGS84 degrees and metres above the ellipsoid.

    ValueError where the latitude is outside ±90° or anything is not finite.
    """

    lat_deg: float
    lon_deg: float
    height_m: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.lat_deg, self.lon_deg, self.height_m))):
            raise ValueError(f"a site needs finite coordinates, got {self}")
        if abs(self.lat_deg) > 90:
            raise ValueError(f"latitude must lie within ±90°, got {self.lat_deg}")

    @property
    def ecef_from_enu(self) -> RigidTransform:
        """The rigid transform from this site's ENU to ECEF (EPSG method 9837)."""
        from worldmap.geodesy import ecef_from_enu

        return ecef_from_enu(self)

    @property
    def enu_from_ecef(self) -> RigidTransform:
        """Its inverse."""
        from worldmap.geodesy import enu_from_ecef

        return enu_from_ecef(self)

    def enu_from(self, other: Site) -> RigidTransform:
        """The rigid transform from another site's ENU to this one's."""
        return self.enu_from_ecef @ other.ecef_from_enu

    def enu_from_geodetic(
        self, lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike
    ) -> Array:
        """ENU metres (..., 3) of WGS84 positions whose arrays broadcast to (...)."""
        from worldmap.geodesy import ecef_from_geodetic

        return self.enu_from_ecef.apply(ecef_from_geodetic(lat_deg, lon_deg, height_m))

    def geodetic_from_enu(self, xyz_enu: Array) -> tuple[Array, Array, Array]:
        """Latitude, longitude (degrees), ellipsoidal height (metres), each (...), of (..., 3)."""
        from worldmap.geodesy import geodetic_from_ecef

        return geodetic_from_ecef(self.ecef_from_enu.apply(xyz_enu))


def parse_site(text: str) -> Site:
    """ "48.1,11.5,530" as a site: degrees, and metres above the ellipsoid. UsageError for anything
    else."""
    try:
        lat_deg, lon_deg, height_m = map(float, text.split(","))
        return Site(lat_deg, lon_deg, height_m)
    except ValueError:
        raise UsageError(
            f"not a place: {text[:60]!r}", hint="name one as LAT,LON,HEIGHT: 48.1,11.5,530"
        ) from None
