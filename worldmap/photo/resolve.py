"""From evidence to one value per quantity, and the ledger of all of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from worldmap.config import PhotoSettings
from worldmap.photo.declination import declination_deg
from worldmap.photo.evidence import (
    POSITION_SOURCE,
    CentreEvidence,
    DistortionEvidence,
    Evidence,
    FlightHeightEvidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Quantity,
    RefusedEvidence,
    TextEvidence,
    TiltEvidence,
    TimeEvidence,
    preferred,
    quantity_of,
)
from worldmap.records import (
    Focal,
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    LedgerEntry,
    Tilt,
)

_ZONE_STEP = timedelta(minutes=15)
_ZONE_SLACK = timedelta(minutes=4)
_ZONE_LIMIT = timedelta(hours=14)
_SIDECAR_ORIGINS = frozenset(
    {
        *(Origin.CSV, Origin.GEO_TXT, Origin.MAPILLARY, Origin.MAPILLARY_COMPUTED),
        *(Origin.XMP_SIDECAR, Origin.ARCHIVE),
    }
)


# Whatever a tag claims: nothing hand-held is surveyed to a tenth of a millimetre or a hundred
# thousandth of a degree, and a place that is more uncertain than the Earth is large, or a direction
# by more than a half turn, says nothing. Squares and quotients of them stay finite.
# Of no height: the prior, which guesses one, gives it its sigma.
_UNTOLD_HEIGHT_SIGMA_M = 500.0
_LENGTH_SIGMA_LIMITS_M = (1e-4, 1e7)
_ANGLE_SIGMA_LIMITS_DEG = (1e-5, 180.0)


def _within(limits: tuple[float, float], sigma: float) -> float:
    return min(max(sigma, limits[0]), limits[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One value per quantity, None where nothing tells it. captured_at always has its zone."""

    position: GeoPosition | None
    heading: Heading | None
    tilt: Tilt | None
    focal: Focal | None
    centre_px: tuple[float, float] | None
    distortion: tuple[float, float, float, float, float] | None
    captured_at: datetime | None
    texts: dict[Quantity, str]
    ledger: tuple[LedgerEntry, ...]


def resolve(evidence: Sequence[Evidence], settings: PhotoSettings) -> Resolved:
    """The preferred piece of evidence per quantity, made into the record's own terms."""
    chosen = {quantity: preferred(evidence, quantity) for quantity in Quantity}
    notes: dict[int, str] = {}
    position = _position(chosen[Quantity.POSITION], chosen[Quantity.HEIGHT])
    captured_at = _captured_at(chosen[Quantity.TIME], evidence, position, notes)
    heading = _heading(chosen[Quantity.HEADING], position, captured_at, settings, notes)
    tilt, focal, centre, distortion = (
        chosen[Quantity.TILT],
        chosen[Quantity.FOCAL],
        chosen[Quantity.CENTRE],
        chosen[Quantity.DISTORTION],
    )
    return Resolved(
        position=position,
        heading=heading,
        tilt=Tilt(
            pitch_deg=tilt.pitch_deg,
            roll_deg=tilt.roll_deg,
            sigma_deg=_within(_ANGLE_SIGMA_LIMITS_DEG, tilt.sigma_deg),
            source=tilt.origin,
        )
        if isinstance(tilt, TiltEvidence)
        else None,
        focal=Focal(focal_px=focal.focal_px, sigma_rel=focal.sigma_rel, source=focal.source)
        if isinstance(focal, FocalEvidence)
        else None,
        centre_px=centre.centre_px if isinstance(centre, CentreEvidence) else None,
        distortion=distortion.distortion if isinstance(distortion, DistortionEvidence) else None,
        captured_at=captured_at,
        texts={q: piece.text for q, piece in chosen.items() if isinstance(piece, TextEvidence)},
        ledger=tuple(
            _ledger_entry(piece, piece is chosen.get(quantity_of(piece)), notes.get(id(piece), ""))
            for piece in evidence
        ),
    )


def _position(place: Evidence | None, height: Evidence | None) -> GeoPosition | None:
    if not isinstance(place, PositionEvidence):
        return None
    told = height if isinstance(height, HeightEvidence) else None
    return GeoPosition(
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        height_m=told.height_m if told else None,
        height_datum=told.datum if told else HeightDatum.UNKNOWN,
        horizontal_sigma_m=_within(_LENGTH_SIGMA_LIMITS_M, place.sigma_m),
        vertical_sigma_m=_within(
            _LENGTH_SIGMA_LIMITS_M, told.sigma_m if told else _UNTOLD_HEIGHT_SIGMA_M
        ),
        source=POSITION_SOURCE[place.origin],
    )


def capture_time(evidence: Sequence[Evidence]) -> tuple[datetime | None, bool]:
    """The preferred time, and whether its zone is certain: told, or known from the GPS time.

    Naive (the camera's local time) where it is not.
    """
    chosen = preferred(evidence, Quantity.TIME)
    if not isinstance(chosen, TimeEvidence):
        return None, False
    if chosen.time.tzinfo is not None:
        return chosen.time, True
    zone = _zone_by_gps(chosen.time, evidence)
    return (chosen.time, False) if zone is None else (chosen.time.replace(tzinfo=zone), True)


def gps_fix_time(evidence: Sequence[Evidence]) -> datetime | None:
    """When the GPS says that its fix was, UTC."""
    return next(
        (
            piece.time
            for piece in evidence
            if isinstance(piece, TimeEvidence) and piece.origin == Origin.GPS_TIME
        ),
        None,
    )


def _zone_by_gps(local: datetime, evidence: Sequence[Evidence]) -> timezone | None:
    # The clock shows local time, the fix UTC: they differ by a whole number of quarter hours.
    fix = gps_fix_time(evidence)
    if fix is None:
        return None
    offset = local.replace(tzinfo=UTC) - fix
    rounded = round(offset / _ZONE_STEP) * _ZONE_STEP
    certain = abs(offset - rounded) <= _ZONE_SLACK and abs(rounded) <= _ZONE_LIMIT
    return timezone(rounded) if certain else None


def _captured_at(
    chosen: Evidence | None,
    evidence: Sequence[Evidence],
    position: GeoPosition | None,
    notes: dict[int, str],
) -> datetime | None:
    time, certain = capture_time(evidence)
    if time is None or not isinstance(chosen, TimeEvidence):
        return None
    if certain:
        if chosen.time.tzinfo is None:
            notes[id(chosen)] = "zone from the GPS time"
        return time
    if position is not None:
        notes[id(chosen)] = "zone guessed from the longitude"
        return time.replace(tzinfo=timezone(timedelta(hours=round(position.lon_deg / 15))))
    notes[id(chosen)] = "zone unknown: taken as UTC"
    return time.replace(tzinfo=UTC)


def _heading(
    chosen: Evidence | None,
    position: GeoPosition | None,
    captured_at: datetime | None,
    settings: PhotoSettings,
    notes: dict[int, str],
) -> Heading | None:
    if not isinstance(chosen, HeadingEvidence):
        return None
    sigma_deg = _within(_ANGLE_SIGMA_LIMITS_DEG, chosen.sigma_deg)
    if chosen.reference == HeadingReference.TRACK:
        return Heading(
            true_deg=chosen.heading_deg % 360, sigma_deg=sigma_deg, source=HeadingSource.GPS_TRACK
        )
    if chosen.reference == HeadingReference.TRUE:
        source = HeadingSource.TRUE
    elif chosen.reference == HeadingReference.GIMBAL:
        source = HeadingSource.GIMBAL
    elif chosen.reference == HeadingReference.MAGNETIC:
        source = HeadingSource.MAGNETIC_CORRECTED
    else:
        source = HeadingSource.UNKNOWN_REFERENCE
    if chosen.origin == Origin.USER:
        source = HeadingSource.USER
    elif chosen.origin in _SIDECAR_ORIGINS and chosen.reference == HeadingReference.TRUE:
        source = HeadingSource.SIDECAR
    if chosen.reference not in (HeadingReference.MAGNETIC, HeadingReference.UNKNOWN):
        return Heading(true_deg=chosen.heading_deg % 360, sigma_deg=sigma_deg, source=source)
    if position is None:
        notes[id(chosen)] = "declination unknown without a position"
        widened = math.hypot(sigma_deg, settings.unknown_declination_sigma_deg)
        return Heading(
            true_deg=chosen.heading_deg % 360,
            sigma_deg=widened,
            source=HeadingSource.UNKNOWN_REFERENCE,
        )
    declination, declination_sigma = declination_deg(
        position.lat_deg, position.lon_deg, position.height_m or 0.0, captured_at
    )
    sigma_deg = math.hypot(sigma_deg, declination_sigma)
    if chosen.reference == HeadingReference.UNKNOWN:
        sigma_deg = math.hypot(sigma_deg, declination, settings.unknown_reference_sigma_deg)
    notes[id(chosen)] = f"declination {declination:+.2f}° added"
    return Heading(
        true_deg=(chosen.heading_deg + declination) % 360,
        sigma_deg=min(sigma_deg, 180.0),
        source=source,
    )


def _ledger_entry(piece: Evidence, used: bool, note: str) -> LedgerEntry:
    value, sigma = _shown(piece)
    return LedgerEntry(
        quantity=quantity_of(piece),
        value=value,
        sigma=sigma,
        source=f"{piece.origin}: {piece.tag}",
        raw=piece.raw,
        used=used,
        note="; ".join(part for part in (piece.note, note) if part),
    )


def _shown(piece: Evidence) -> tuple[str, str]:
    match piece:
        case PositionEvidence():
            return f"{piece.lat_deg:.7f}°, {piece.lon_deg:.7f}°", f"{piece.sigma_m:.3g} m"
        case HeightEvidence():
            return f"{piece.height_m:.2f} m ({piece.datum})", f"{piece.sigma_m:.3g} m"
        case FlightHeightEvidence():
            return f"{piece.height_m:.2f} m over its take-off", ""
        case HeadingEvidence():
            return f"{piece.heading_deg:.2f}° from {piece.reference}", f"{piece.sigma_deg:.3g}°"
        case TiltEvidence():
            shown = f"pitch {piece.pitch_deg:.2f}°, roll {piece.roll_deg:.2f}°"
            return shown, f"{piece.sigma_deg:.3g}°"
        case FocalEvidence():
            return f"{piece.focal_px:.1f} px", f"{100 * piece.sigma_rel:.2g} %"
        case CentreEvidence():
            return f"{piece.centre_px[0]:.1f}, {piece.centre_px[1]:.1f} px", ""
        case DistortionEvidence():
            return ", ".join(f"{k:.6g}" for k in piece.distortion), ""
        case TimeEvidence():
            return piece.time.isoformat(), f"{piece.sigma_s:g} s"
        case TextEvidence():
            return piece.text, ""
        case RefusedEvidence():
            return "refused", ""
    raise TypeError(f"no ledger form for {type(piece).__name__}")
