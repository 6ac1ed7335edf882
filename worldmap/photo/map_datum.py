"""Positions of other geodetic datums than WGS 84, by EXIF's GPSMapDatum."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from worldmap.errors import UsageError
from worldmap.geodesy import geodetic_from_projected, use_problem

# EPSG's geographic CRSs of datums that receivers name (NMEA 0183 DTM, Garmin's and EXIF's lists).
_EPSG: Final = {
    **dict.fromkeys(("tokyo", "tokyob", "tky"), 4301),
    **dict.fromkeys(("nad27", "nas", "northamerican1927"), 4267),
    **dict.fromkeys(("ed50", "european1950", "eur", "eurm"), 4230),
    **dict.fromkeys(("osgb36", "osgb", "ogb", "ordnancesurveygreatbritain1936"), 4277),
    **dict.fromkeys(("sk42", "pulkovo1942", "s42"), 4284),
    **dict.fromkeys(("agd66", "aua"), 4202),
    **dict.fromkeys(("agd84", "aug"), 4203),
    **dict.fromkeys(("ch1903",), 4149),
    **dict.fromkeys(("sad69", "san"), 4618),
}
# Within two metres of WGS 84, less than a phone knows; or a way to say that none is told.
_ALIKE: Final = re.compile(
    r"d?wgs((19)?84)?(egm(96|2008))?|w84|epsg4326|jgd(2000|2011)?|etrs(19)?89|grs80|nad(19)?83|"
    r"gda(94|2020)|nzgd2000|itrf\d*|sirgas(2000)?|cgcs2000|pz90(02|11)?|rgf93|"
    r"none|unknown|undefined|notset|null|0"
)
# Names go on behind the datum's: NAD27 CONUS.
_LEAST_PREFIX: Final = 4
UNKNOWN_DATUM_SIGMA_M: Final = 300.0
"""Datums of the last century differ from WGS 84 by 100-500 m; where the name says nothing."""
KNOWN_DATUM_SIGMA_M: Final = 10.0
"""What three shifts for a whole country leave (NGA TR 8350.2, appendix B: 2-25 m)."""


@dataclass(frozen=True, slots=True)
class OverDatum:
    """A position in WGS 84, a note, '' where it was so already, and whether the datum is known, and
    one of there."""

    lat_deg: float
    lon_deg: float
    note: str = ""
    is_known: bool = True

    def sigma_m(self, sigma_m: float) -> float:
        """Of a position that was told with that sigma."""
        if not self.is_known:
            return max(sigma_m, UNKNOWN_DATUM_SIGMA_M)
        return math.hypot(sigma_m, KNOWN_DATUM_SIGMA_M) if self.note else sigma_m


def in_wgs84(datum: str, lat_deg: float, lon_deg: float) -> OverDatum:
    """A position over a datum by its name."""
    name = re.sub(r"[^a-z0-9]", "", datum.lower())
    if not name or _ALIKE.fullmatch(name):
        return OverDatum(lat_deg, lon_deg)
    known = name if name in _EPSG else next((k for k in _EPSG if _begins(name, k)), None)

    def unknown(why: str) -> OverDatum:
        return OverDatum(lat_deg, lon_deg, f"over {why}", is_known=False)

    if known is None:
        return unknown(f"an unknown datum, {datum[:30]!r}")
    epsg = _EPSG[known]
    try:
        if use_problem(lat_deg, lon_deg, epsg):
            return unknown(f"{datum[:30]}, a datum of elsewhere")
        lat, lon, _ = geodetic_from_projected(np.array([[lon_deg, lat_deg, 0.0]]), epsg)
    except UsageError:
        return unknown(f"{datum[:30]}, which cannot be transformed here")
    return OverDatum(float(lat[0]), float(lon[0]), f"from {datum[:30]} to WGS 84")


def _begins(name: str, known: str) -> bool:
    return len(known) >= _LEAST_PREFIX and name.startswith(known)
