"""What Adobe and others have standardized: EXIF as XMP, times, texts."""

from __future__ import annotations

from worldmap.config import PhotoSettings
from worldmap.photo.coordinates import parse_degrees
from worldmap.photo.evidence import (
    Evidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Provenance,
    Quantity,
    RefusedEvidence,
    TextEvidence,
    TimeEvidence,
    position_problem,
)
from worldmap.photo.map_datum import in_wgs84
from worldmap.photo.texts import parse_time
from worldmap.photo.xmp.packet import Xmp
from worldmap.records import HeightDatum


def standard(xmp: Xmp, origin: Origin, settings: PhotoSettings) -> list[Evidence]:
    """What the standard namespaces say: position, heading, times, texts."""
    return [
        *_standard_position(xmp, origin, settings),
        *_standard_heading(xmp, origin, settings),
        *_standard_times(xmp, origin),
        *_texts(xmp, origin),
    ]


def _standard_position(xmp: Xmp, origin: Origin, settings: PhotoSettings) -> list[Evidence]:
    lat_text, lon_text = xmp.text("exif:GPSLatitude"), xmp.text("exif:GPSLongitude")
    if lat_text is None or lon_text is None:
        return []
    plain: Provenance = {
        "origin": origin,
        "tag": "exif:GPSLatitude, exif:GPSLongitude",
        "raw": f"{lat_text} {lon_text}"[:120],
    }
    # Exiftool and others keep the hemisphere beside, as EXIF does.
    lat_ref, lon_ref = xmp.text("exif:GPSLatitudeRef"), xmp.text("exif:GPSLongitudeRef")
    lat, lon = _signed(lat_text, lat_ref, "S"), _signed(lon_text, lon_ref, "W")
    problem = position_problem(lat, lon)
    if problem:
        return [RefusedEvidence(**plain, note=problem, quantity=Quantity.POSITION)]
    error_m = xmp.number("exif:GPSHPositioningError")
    sigma_m = settings.gps_sigma_m if error_m is None or error_m <= 0 else error_m
    sigma_m = min(max(sigma_m, settings.gps_sigma_floor_m), settings.gps_sigma_limit_m)
    over = in_wgs84(xmp.text("exif:GPSMapDatum") or "", lat, lon)
    found: list[Evidence] = [
        PositionEvidence(
            **plain,
            note=over.note,
            lat_deg=over.lat_deg,
            lon_deg=over.lon_deg,
            sigma_m=over.sigma_m(sigma_m),
            datum_is_known=over.is_known,
        )
    ]
    altitude_m = xmp.number("exif:GPSAltitude")
    if altitude_m is not None:
        code = int(xmp.number("exif:GPSAltitudeRef") or 0)
        found.append(
            HeightEvidence(
                origin=origin,
                tag="exif:GPSAltitude",
                raw=xmp.raw("exif:GPSAltitude", "exif:GPSAltitudeRef"),
                height_m=-abs(altitude_m) if code in (1, 3) else altitude_m,
                datum=HeightDatum.ELLIPSOID if code in (2, 3) else HeightDatum.MSL,
                sigma_m=max(settings.altitude_sigma_m, 1.5 * sigma_m),
            )
        )
    return found


def _signed(text: str, reference: str | None, negative: str) -> float:
    degrees = parse_degrees(text)
    return -abs(degrees) if (reference or "")[:1].upper() == negative else degrees


def _standard_heading(xmp: Xmp, origin: Origin, settings: PhotoSettings) -> list[Evidence]:
    direction = xmp.number("exif:GPSImgDirection")
    if direction is None or not -360 <= direction <= 360:
        return []
    letter = (xmp.text("exif:GPSImgDirectionRef") or "")[:1].upper()
    reference = {"T": HeadingReference.TRUE, "M": HeadingReference.MAGNETIC}.get(
        letter, HeadingReference.UNKNOWN
    )
    return [
        HeadingEvidence(
            origin=origin,
            tag="exif:GPSImgDirection",
            raw=xmp.raw("exif:GPSImgDirection", "exif:GPSImgDirectionRef"),
            heading_deg=direction % 360,
            reference=reference,
            sigma_deg=settings.compass_sigma_deg,
        )
    ]


def _standard_times(xmp: Xmp, origin: Origin) -> list[Evidence]:
    found: list[Evidence] = []
    for name in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
        text = xmp.text(name)
        time = parse_time(text or "")
        if time is not None:
            found.append(TimeEvidence(origin=origin, tag=name, raw=text or "", time=time))
    return found


def _texts(xmp: Xmp, origin: Origin) -> list[Evidence]:
    names: dict[Quantity, tuple[str, ...]] = {
        Quantity.ARTIST: ("dc:creator", "tiff:Artist"),
        Quantity.COPYRIGHT: ("dc:rights", "tiff:Copyright", "rights:Owner"),
        Quantity.LICENCE: ("cc:license", "rights:WebStatement", "rights:UsageTerms"),
    }
    if origin == Origin.XMP_EXIF:
        names |= {Quantity.MAKE: ("tiff:Make",), Quantity.MODEL: ("tiff:Model",)}
    return [
        TextEvidence(origin=origin, tag=name, raw=text[:120], quantity=quantity, text=text)
        for quantity, candidates in names.items()
        for name in candidates
        if (text := xmp.text(name)) is not None
    ]
