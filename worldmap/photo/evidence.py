"""What the readers hand over: one piece of evidence per value that some tag gave.

A reader only reads; it judges no other reader. `resolve.py` picks one piece per quantity by
`PRECEDENCE` and writes all of them into the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict

from worldmap.records import FLIGHT_HEIGHT, FocalSource, HeightDatum, PositionSource


class Quantity(StrEnum):
    """What a piece of evidence is about."""

    POSITION = "position"
    HEIGHT = "height"
    FLIGHT_HEIGHT = FLIGHT_HEIGHT
    HEADING = "heading"
    TILT = "tilt"
    FOCAL = "focal"
    CENTRE = "principal point"
    DISTORTION = "distortion"
    TIME = "time"
    MAKE = "make"
    MODEL = "model"
    ARTIST = "artist"
    COPYRIGHT = "copyright"
    LICENCE = "licence"
    ATTRIBUTION = "attribution"
    PAGE = "page"
    ARCHIVED_AS = "archived as"
    RIG = "rig"
    PROJECTION = "projection"


class Origin(StrEnum):
    """Which reader, and which kind of tag in it, a value came from."""

    USER = "user"
    CSV = "csv"
    GEO_TXT = "geo.txt"
    GPX = "gpx"
    MAPILLARY_COMPUTED = "mapillary computed"
    MAPILLARY = "mapillary"
    RTK = "xmp rtk"
    DRONE = "xmp drone"
    XMP_SIDECAR = "xmp sidecar"
    GPANO = "xmp gpano"
    XMP_CAMERA = "xmp camera"
    CALIBRATED = "xmp calibrated"
    CAMERA_FILE = "camera file"
    EXIF = "exif"
    XMP_EXIF = "xmp exif"
    ARCHIVE = "archive"
    TAKEOUT = "takeout"
    TAKEOUT_EXIF = "takeout exif"
    SENSOR_TABLE = "sensor table"
    FOCAL_PLANE = "exif focal plane"
    FILM_35MM = "exif 35 mm"
    GPS_TIME = "exif gps time"
    GPS_TRACK = "exif gps track"
    MODIFIED = "exif modified"


PRECEDENCE: Final[dict[Quantity, tuple[Origin, ...]]] = {
    Quantity.POSITION: (
        Origin.USER,
        Origin.CSV,
        Origin.GEO_TXT,
        Origin.GPX,
        Origin.MAPILLARY_COMPUTED,
        Origin.RTK,
        Origin.DRONE,
        Origin.XMP_SIDECAR,
        Origin.ARCHIVE,
        Origin.EXIF,
        Origin.XMP_EXIF,
        Origin.MAPILLARY,
        Origin.TAKEOUT,
        Origin.TAKEOUT_EXIF,
    ),
    Quantity.HEIGHT: (
        Origin.USER,
        Origin.CSV,
        Origin.GEO_TXT,
        Origin.GPX,
        Origin.MAPILLARY_COMPUTED,
        Origin.RTK,
        Origin.XMP_SIDECAR,
        Origin.DRONE,
        Origin.EXIF,
        Origin.XMP_EXIF,
        Origin.ARCHIVE,
        Origin.MAPILLARY,
        Origin.TAKEOUT,
        Origin.TAKEOUT_EXIF,
    ),
    Quantity.FLIGHT_HEIGHT: (Origin.DRONE,),
    Quantity.HEADING: (
        Origin.USER,
        Origin.CSV,
        Origin.GEO_TXT,
        Origin.MAPILLARY_COMPUTED,
        Origin.DRONE,
        Origin.GPANO,
        Origin.XMP_CAMERA,
        Origin.XMP_SIDECAR,
        Origin.ARCHIVE,
        Origin.EXIF,
        Origin.XMP_EXIF,
        Origin.MAPILLARY,
        Origin.GPX,
        Origin.GPS_TRACK,
    ),
    Quantity.TILT: (
        Origin.USER,
        Origin.CSV,
        Origin.GEO_TXT,
        Origin.MAPILLARY_COMPUTED,
        Origin.DRONE,
        Origin.GPANO,
        Origin.XMP_CAMERA,
        Origin.ARCHIVE,
    ),
    Quantity.FOCAL: (
        Origin.USER,
        Origin.CSV,
        Origin.ARCHIVE,
        Origin.CAMERA_FILE,
        Origin.CALIBRATED,
        Origin.SENSOR_TABLE,
        Origin.FOCAL_PLANE,
        Origin.FILM_35MM,
    ),
    Quantity.CENTRE: (Origin.CAMERA_FILE,),
    Quantity.DISTORTION: (Origin.CAMERA_FILE, Origin.CALIBRATED),
    Quantity.TIME: (
        Origin.USER,
        Origin.CSV,
        Origin.EXIF,
        Origin.XMP_SIDECAR,
        Origin.XMP_EXIF,
        Origin.ARCHIVE,
        Origin.GPS_TIME,
        Origin.MAPILLARY,
        Origin.TAKEOUT,
        Origin.MODIFIED,
    ),
    Quantity.MAKE: (Origin.EXIF, Origin.XMP_EXIF, Origin.MAPILLARY, Origin.ARCHIVE),
    Quantity.MODEL: (Origin.EXIF, Origin.XMP_EXIF, Origin.MAPILLARY, Origin.ARCHIVE),
    Quantity.ARTIST: (Origin.ARCHIVE, Origin.XMP_SIDECAR, Origin.XMP_EXIF, Origin.EXIF),
    Quantity.COPYRIGHT: (Origin.ARCHIVE, Origin.XMP_SIDECAR, Origin.XMP_EXIF, Origin.EXIF),
    Quantity.LICENCE: (Origin.ARCHIVE, Origin.XMP_SIDECAR, Origin.XMP_EXIF),
    Quantity.ATTRIBUTION: (Origin.ARCHIVE,),
    Quantity.PAGE: (Origin.ARCHIVE,),
    Quantity.ARCHIVED_AS: (Origin.ARCHIVE,),
    Quantity.RIG: (Origin.ARCHIVE,),
    Quantity.PROJECTION: (Origin.GPANO,),
}
"""First comes first: the value used is the one of the earliest origin that gave any."""

POSITION_SOURCE: Final[dict[Origin, PositionSource]] = {
    Origin.USER: PositionSource.USER,
    Origin.CSV: PositionSource.SIDECAR,
    Origin.GEO_TXT: PositionSource.SIDECAR,
    Origin.GPX: PositionSource.GPX,
    Origin.MAPILLARY_COMPUTED: PositionSource.SIDECAR,
    Origin.MAPILLARY: PositionSource.SIDECAR,
    Origin.RTK: PositionSource.XMP,
    Origin.DRONE: PositionSource.XMP,
    Origin.XMP_SIDECAR: PositionSource.SIDECAR,
    Origin.EXIF: PositionSource.EXIF,
    Origin.XMP_EXIF: PositionSource.XMP,
    Origin.ARCHIVE: PositionSource.SIDECAR,
    Origin.TAKEOUT: PositionSource.SIDECAR,
    Origin.TAKEOUT_EXIF: PositionSource.SIDECAR,
}


class HeadingReference(StrEnum):
    """What a heading is measured from, or measures."""

    TRUE = "true north"
    MAGNETIC = "magnetic north"
    UNKNOWN = "unknown north"
    TRACK = "direction of travel"
    GIMBAL = "gimbal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a value came from: its origin, the tag's name and its text, and a remark."""

    origin: Origin
    tag: str
    raw: str
    note: str = ""


class Provenance(TypedDict):
    """What several pieces of `Evidence` from one place have alike."""

    origin: Origin
    tag: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEvidence(Evidence):
    """WGS84 latitude and longitude with the sigma of each of east and north. epsg: the projection
    that they were told in, None for degrees; is_reread: whether its numbers were read otherwise
    than they stand; datum_is_known: whether they are over one that is known here."""

    lat_deg: float
    lon_deg: float
    sigma_m: float
    epsg: int | None = None
    is_reread: bool = False
    datum_is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightEvidence(Evidence):
    """A height over its datum."""

    height_m: float
    datum: HeightDatum
    sigma_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightHeightEvidence(Evidence):
    """A drone's height over where it took off."""

    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingEvidence(Evidence):
    """A heading as the tag gives it, degrees clockwise from its reference."""

    heading_deg: float
    reference: HeadingReference
    sigma_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TiltEvidence(Evidence):
    """Pitch (axis above the horizon) and roll (right side down) of the upright image."""

    pitch_deg: float
    roll_deg: float
    sigma_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FocalEvidence(Evidence):
    """A focal length in pixels of the upright full-size image."""

    focal_px: float
    sigma_rel: float
    source: FocalSource


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreEvidence(Evidence):
    """Where the optical axis meets the upright full-size image, in pixels."""

    centre_px: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistortionEvidence(Evidence):
    """Brown's coefficients (k1, k2, p1, p2, k3)."""

    distortion: tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeEvidence(Evidence):
    """When the photo was taken; naive (local time of an unknown zone) where no offset is told."""

    time: datetime
    sigma_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvidence(Evidence):
    """A name or a notice."""

    quantity: Quantity
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvidence(Evidence):
    """A value that is there but cannot be believed; `note` says why. Only the ledger keeps it."""

    quantity: Quantity


QUANTITY_OF: Final[dict[type[Evidence], Quantity]] = {
    PositionEvidence: Quantity.POSITION,
    HeightEvidence: Quantity.HEIGHT,
    FlightHeightEvidence: Quantity.FLIGHT_HEIGHT,
    HeadingEvidence: Quantity.HEADING,
    TiltEvidence: Quantity.TILT,
    FocalEvidence: Quantity.FOCAL,
    CentreEvidence: Quantity.CENTRE,
    DistortionEvidence: Quantity.DISTORTION,
    TimeEvidence: Quantity.TIME,
}


def unread(origin: Origin, tag: str, why: str) -> RefusedEvidence:
    """That a source cannot be read, of which `tag` names what."""
    return RefusedEvidence(origin=origin, tag=tag, raw="", note=why, quantity=Quantity.POSITION)


def quantity_of(evidence: Evidence) -> Quantity:
    """Which quantity a piece of evidence is about."""
    if isinstance(evidence, (TextEvidence, RefusedEvidence)):
        return evidence.quantity
    return QUANTITY_OF[type(evidence)]


def refused(told: Evidence, why: str) -> RefusedEvidence:
    """The same, not believed."""
    return RefusedEvidence(
        origin=told.origin, tag=told.tag, raw=told.raw, note=why, quantity=quantity_of(told)
    )


def preferred(evidence: Sequence[Evidence], quantity: Quantity) -> Evidence | None:
    """The usable piece of the earliest origin in `PRECEDENCE`; the first given among equals."""
    order = PRECEDENCE[quantity]
    usable = [
        piece
        for piece in evidence
        if quantity_of(piece) == quantity and not isinstance(piece, RefusedEvidence)
    ]
    return min(usable, key=lambda piece: order.index(piece.origin), default=None)


# The lowest ground that sees the sky, the shore of the Dead Sea, lies at -430 m; balloons and
# aircraft end below 20 km.
LOWEST_M, HIGHEST_M = -500.0, 20_000.0
# Two heights of one place by two instruments and over two surfaces differ by geoid undulations and
# barometers: a zero with another height within this is one.
NEAR_SEA_M = 60.0


def position_problem(lat_deg: float, lon_deg: float) -> str:
    """Why a latitude and longitude cannot be a place, or '' where they can."""
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180):  # NaN fails too
        return "out of range: latitude must lie within ±90°, longitude within ±180°"
    if abs(lat_deg) < 1e-6 and abs(lon_deg) < 1e-6:
        return "0°, 0° means that the position is missing"
    return ""


def believable(told: PositionEvidence) -> PositionEvidence | RefusedEvidence:
    """The position, refused where it cannot be a place."""
    problem = position_problem(told.lat_deg, told.lon_deg)
    return refused(told, problem) if problem else told
