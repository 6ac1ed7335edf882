"""Positions of other geodetic datums than WGS 84, by EXIF's GPSMapDatum."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from worldmap.errors import UsageError
from worldmap.geodesy import geodetic_from_projected

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
# Within two metres of WGS 84, less than a phone knows.
_ALIKE: Final = re.compile(
    r"wgs(19)?84|w84|wgs|jgd(2000|2011)?|etrs(19)?89|grs80|nad(19)?83|gda(94|2020)|nzgd2000|"
    r"itrf\d*|sirgas(2000)?|cgcs2000|pz90(02|11)?|rgf93"
)
UNKNOWN_DATUM_SIGMA_M: Final = 300.0
"""Datums of the last century differ from WGS 84 by 100-500 m; where the name says nothing."""


def in_wgs84(datum: str, lat_deg: float, lon_deg: float) -> tuple[float, float, str, bool]:
    """WGS 84 latitude and longitude of a position over a datum by its name, a note ('' for WGS 84
    itself), and whether the datum is known."""
    name = re.sub(r"[^a-z0-9]", "", datum.lower())
    if not name or _ALIKE.fullmatch(name):
        return lat_deg, lon_deg, "", True
    epsg = _EPSG.get(name)
    if epsg is None:
        return lat_deg, lon_deg, f"over an unknown datum, {datum[:30]!r}", False
    try:
        lat, lon, _ = geodetic_from_projected(np.array([[lon_deg, lat_deg, 0.0]]), epsg)
    except UsageError:
        return lat_deg, lon_deg, f"over {datum[:30]}, which cannot be transformed here", False
    return float(lat[0]), float(lon[0]), f"from {datum[:30]} to WGS 84", True
