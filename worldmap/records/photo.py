"""What a photo's tags say, and the first guess that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final


class PositionSource(StrEnum):
    """Where a position came from."""

    EXIF = "exif"
    XMP = "xmp"
    SIDECAR = "sidecar"
    GPX = "gpx"
    USER = "user"


class HeightDatum(StrEnum):
    """What a height is measured from."""

    ELLIPSOID = "ellipsoid"
    MSL = "msl"
    UNKNOWN = "unknown"


class HeadingSource(StrEnum):
    """Where a heading came from, and what was done to make it true."""

    TRUE = "true"
    MAGNETIC_CORRECTED = "magnetic-corrected"
    UNKNOWN_REFERENCE = "unknown-reference"
    GPS_TRACK = "gps-track"
    GIMBAL = "gimbal"
    SIDECAR = "sidecar"
    USER = "user"


class FocalSource(StrEnum):
    """Where a focal length came from."""

    CALIBRATED = "calibrated"
    SENSOR = "sensor"
    FILM_35MM = "35mm"
    SIDECAR = "sidecar"
    DEPTH_MODEL = "depth-model"
    USER = "user"
    ASSUMED = "assumed"


FLIGHT_HEIGHT: Final = "flight height"
"""What the ledger calls a drone's height over its take-off."""
HIGHEST_FLIGHT_M: Final = 10_000.0
"""Higher over where they took off no drones fly."""

# Sources of ledger entries that only drones write.
_DRONES = ("xmp drone", "xmp rtk")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoPosition:
    """WGS84 position of a camera. height_m is None where no tag gave one."""

    lat_deg: float
    lon_deg: float
    height_m: float | None
    height_datum: HeightDatum
    horizontal_sigma_m: float
    vertical_sigma_m: float
    source: PositionSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Direction of the optical axis, degrees clockwise from true north, in [0, 360)."""

    true_deg: float
    sigma_deg: float
    source: HeadingSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Tilt:
    """Pitch (optical axis above the horizon) and roll (right side down), degrees, upright image."""

    pitch_deg: float
    roll_deg: float
    sigma_deg: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelTilt(Tilt):
    """As a photo's own pixels and depth tell it.

    up_by_lens: three rows of five, how the up direction (3,) in camera axes follows the lens that
    it was read with: the log of the focal length, the principal point (2) in focal lengths, and the
    radial terms k1 and k2; empty where that was not asked.
    """

    up_by_lens: tuple[tuple[float, ...], ...] = ()

    @property
    def told(self) -> Tilt:
        """The tilt by itself."""
        return Tilt(
            pitch_deg=self.pitch_deg,
            roll_deg=self.roll_deg,
            sigma_deg=self.sigma_deg,
            source=self.source,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Focal:
    """Focal length in pixels of the upright full-size photo, with its relative sigma."""

    focal_px: float
    sigma_rel: float
    source: FocalSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One value that some tag gave: which quantity, what it says, where from, whether used."""

    quantity: str
    value: str
    sigma: str
    source: str
    raw: str
    used: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoMetadata:
    """Everything read from a photo's file and sidecars; missing things are None.

    width_px and height_px are those of the upright image (orientation applied).
    content_hash is the SHA-256 of the file, in hex. distortion is Brown (k1, k2, p1, p2, k3);
    centre_px where a file of cameras has the principal point of the upright image, None from the
    catalog, where the photo's camera has it.
    """

    path: Path
    content_hash: str
    width_px: int
    height_px: int
    orientation: int
    position: GeoPosition | None = None
    heading: Heading | None = None
    tilt: Tilt | None = None
    focal: Focal | None = None
    distortion: tuple[float, float, float, float, float] | None = None
    centre_px: tuple[float, float] | None = None
    captured_at: datetime | None = None
    make: str | None = None
    model: str | None = None
    artist: str | None = None
    copyright: str | None = None
    licence: str | None = None
    perceptual_hash: str | None = None
    flags: tuple[str, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()

    @property
    def is_flown(self) -> bool:
        """Whether a drone's own tags are among its."""
        return any(entry.source.startswith(_DRONES) for entry in self.ledger)

    @property
    def flight_height_m(self) -> float | None:
        """How high over where it took off a drone says that it was, None where untold."""
        told = (e.value for e in self.ledger if e.quantity == FLIGHT_HEIGHT and e.used)
        number = next(told, "").partition(" ")[0]
        try:
            height_m = float(number)
        except ValueError:  # of a ledger that others wrote
            return None
        return height_m if abs(height_m) <= HIGHEST_FLIGHT_M else None


NORTH_OF_FRAME: Final = "frame"
"""The source of a heading that no compass told: it says where the frame's north is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosePrior:
    """First guess of a photo's pose, before any other photo is looked at.

    height_m is ellipsoidal. position is None where nothing tells it; then the photo can only be
    placed by matches. heading likewise. tilt is always there: level with a wide sigma if untold.
    """

    lat_deg: float | None
    lon_deg: float | None
    height_m: float | None
    horizontal_sigma_m: float
    vertical_sigma_m: float
    position_source: str
    heading_deg: float | None
    heading_sigma_deg: float
    heading_source: str
    pitch_deg: float
    roll_deg: float
    tilt_sigma_deg: float
    tilt_source: str
    scale_sigma_rel: float

    @property
    def has_position(self) -> bool:
        """Whether latitude and longitude are known."""
        return self.lat_deg is not None and self.lon_deg is not None

    def levelled(self, tilt: Tilt | None) -> PosePrior:
        """With what a photo's own pixels say about up, where they say anything and are surer."""
        if tilt is None or tilt.sigma_deg >= self.tilt_sigma_deg:
            return self
        return replace(
            self,
            pitch_deg=tilt.pitch_deg,
            roll_deg=tilt.roll_deg,
            tilt_sigma_deg=tilt.sigma_deg,
        )
