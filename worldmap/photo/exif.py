"""EXIF tags through exifread, hardened: the exifread door.

exifread raises almost anything on damaged blocks and reads as much as a tag's count claims, so it
is given a file that ends after a budget, and an error costs the tags, never the photo.
"""

from __future__ import annotations

import io
import logging
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import exifread

from worldmap.config import PhotoSettings
from worldmap.input_file import open_regular
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
from worldmap.photo.texts import clean_text, parse_offset, parse_time
from worldmap.records import HeightDatum

logging.getLogger("exifread").setLevel(logging.CRITICAL)  # a broken tag is the ledger's business

_READ_BUDGET_BYTES = 4 << 20  # real photos need about 1 kB in 400 reads
_READ_BUDGET_CALLS = 20_000
_EMPTY_READS = 20_000
_RAW_LIMIT = 120
_ASCII_TYPE, _UTF8_TYPE = 2, 129
_DIRECTORY_TAGS = frozenset({0x8769, 0x8825})  # Exif, GPS
_MOST_DIRECTORIES, _MOST_ENTRIES = 4, 512
_KNOT_MPS = 1852 / 3600
_SPEED_MPS = {"K": 1 / 3.6, "M": 1609.344 / 3600, "N": _KNOT_MPS}
_TIME_OF_DAY_LIMIT = (24, 60, 61)
_ELLIPSOIDAL_ALTITUDE_REFS = frozenset({2, 3})
_BELOW_REFS = frozenset({1, 3})
# Android's Location.getAltitude() is above the ellipsoid, and camera apps copied it into
# GPSAltitude as if above sea level; newer ones convert. So the tag's datum is not believed there.
_ANDROID_MAKES = (
    *("samsung", "google", "xiaomi", "redmi", "huawei", "honor", "oneplus", "oppo", "vivo"),
    *("realme", "motorola", "htc", "lg", "nokia", "hmd", "asus", "zte", "fairphone", "nothing"),
)


class _Budgeted(io.RawIOBase):
    """A file that seems to end once too much of it has been read, and fails if read on.

    Texts that EXIF 3.0 declares as UTF-8 seem to be declared as ASCII: exifread knows only those,
    and decodes them as UTF-8.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._utf8_types, self._ascii_type = _utf8_types(file)
        self._bytes_left = _READ_BUDGET_BYTES
        self._calls_left = _READ_BUDGET_CALLS

    @property
    def spent(self) -> bool:
        """Whether the budget was used up."""
        return self._calls_left < 0 or self._bytes_left <= 0

    def read(self, size: int = -1) -> bytes:
        self._calls_left -= 1
        if self._calls_left < -_EMPTY_READS:
            raise EOFError("the tags refer to each other without end")
        if self._calls_left < 0 or self._bytes_left <= 0:
            return b""
        wanted = self._bytes_left if size < 0 else min(size, self._bytes_left)
        start = self._file.tell() if self._utf8_types else 0
        data = self._file.read(wanted)
        self._bytes_left -= len(data)
        for at in self._utf8_types:
            if start <= at and at + 2 <= start + len(data):
                data = data[: at - start] + self._ascii_type + data[at - start + 2 :]
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _utf8_types(file: BinaryIO) -> tuple[list[int], bytes]:
    """Where the directories of a TIFF structure declare texts of type UTF-8 (EXIF 3.0, CIPA
    DC-008-2023, section 4.6.2), and what ASCII looks like in their byte order."""

    def bytes_at(at: int, size: int) -> bytes:
        file.seek(at)
        return file.read(size)

    head = bytes_at(0, 8)
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"

    def number(content: bytes) -> int:
        return int.from_bytes(content, order)

    found: list[int] = []
    waiting, seen = [number(head[4:8])], set[int]()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        start = waiting.pop()
        if start in seen or start < len(head):
            continue
        seen.add(start)
        entries = bytes_at(start + 2, 12 * min(number(bytes_at(start, 2)), _MOST_ENTRIES))
        for at in range(0, len(entries) - 11, 12):
            if number(entries[at + 2 : at + 4]) == _UTF8_TYPE:
                found.append(start + 2 + at + 2)
            if number(entries[at : at + 2]) in _DIRECTORY_TAGS:
                waiting.append(number(entries[at + 8 : at + 12]))
    file.seek(0)
    return found, _ASCII_TYPE.to_bytes(2, order)


@dataclass(frozen=True, slots=True)
class ExifTags:
    """The tags of one photo. Names are exifread's ("GPS GPSLatitude"); missing ones give nothing.

    problem: why there are none although the file has an EXIF block, '' otherwise.
    """

    tags: dict[str, Any]
    problem: str = ""

    def numbers(self, name: str) -> list[float]:
        """The values as floats, NaN for one without meaning such as 0/0; [] if missing or text."""
        values = getattr(self.tags.get(name), "values", [])
        if not isinstance(values, list):
            return []
        return [_as_float(value) for value in values]

    def number(self, name: str) -> float | None:
        """The first value where it is finite."""
        numbers = self.numbers(name)
        return numbers[0] if numbers and math.isfinite(numbers[0]) else None

    def text(self, name: str) -> str | None:
        """A text without control characters and padding, None where nothing is left."""
        values = getattr(self.tags.get(name), "values", "")
        if isinstance(values, bytes):
            values = values.decode("latin-1")
        if isinstance(values, list):  # bytes that were declared as numbers
            try:
                values = bytes(values).split(b"\0")[0].decode("utf-8")
            except (TypeError, ValueError):
                return None
        return clean_text(str(values))

    def letter(self, name: str) -> str:
        """First character of a reference tag in upper case, '' if missing."""
        return (self.text(name) or "")[:1].upper()

    def description(self) -> str | None:
        """ImageDescription in full length (Mapillary keeps JSON in it)."""
        values = getattr(self.tags.get("Image ImageDescription"), "values", None)
        return values if isinstance(values, str) else None

    def raw(self, *names: str) -> str:
        """The tags as they stand in the file, shortened, for the ledger."""
        shown = (str(self.tags[name]) for name in names if name in self.tags)
        return clean_text(" ".join(shown), _RAW_LIMIT) or ""


def _as_float(value: Any) -> float:
    if isinstance(value, tuple) and len(value) == 1:  # exifread leaves floats packed
        value = value[0]
    try:
        return float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return math.nan


def read_exif(block: bytes | None, path: Path | None = None) -> ExifTags:
    """Tags of an EXIF block (a TIFF structure), else of the file at `path` (TIFF and HEIC).

    Never raises for what the bytes hold: a block that breaks the reader gives no tags and a
    `problem`. Reads at most 4 MiB.
    """
    try:
        if block:
            tags = _read(io.BytesIO(block))
            # A thumbnail directory that leads into the wild must not cost the real ones.
            return _read(io.BytesIO(_without_thumbnail(block))) if tags.problem else tags
        if path is not None:
            with open_regular(path) as file:
                return _read(file)
    except OSError as error:
        return ExifTags({}, f"cannot be read: {error.strerror or error}")
    return ExifTags({})


def _without_thumbnail(block: bytes) -> bytes:
    """The block, its first directory pointing to no second one."""
    order: Literal["little", "big"] = "little" if block[:2] == b"II" else "big"
    start = int.from_bytes(block[4:8], order)
    at = start + 2 + 12 * int.from_bytes(block[start : start + 2], order)
    return block[:at] + bytes(4) + block[at + 4 :] if at + 4 <= len(block) else block


def _read(file: BinaryIO) -> ExifTags:
    budgeted = _Budgeted(file)
    try:
        tags = exifread.process_file(
            cast(BinaryIO, budgeted), details=False, extract_thumbnail=False
        )
    except Exception as error:  # UnicodeDecodeError, EOFError, IndexError, ... were all seen
        return ExifTags({}, f"EXIF cannot be read: {type(error).__name__}")
    problem = "EXIF is longer than any photo's: not all of it was read" if budgeted.spent else ""
    return ExifTags({name: tag for name, tag in tags.items() if hasattr(tag, "values")}, problem)


def exif_evidence(
    tags: ExifTags,
    settings: PhotoSettings,
    *,
    accuracy_m: tuple[float | None, float | None] = (None, None),
) -> list[Evidence]:
    """Everything the tags say about place, direction, time, camera names and rights.

    accuracy_m: horizontal and vertical accuracy of the position where XMP tells them.
    """
    return [
        *_position(tags, settings, accuracy_m[0]),
        *_height(tags, settings, accuracy_m[1]),
        *_heading(tags, settings),
        *_times(tags),
        *_texts(tags),
    ]


# --- position and height -----------------------------------------------------------------------


def _position(tags: ExifTags, settings: PhotoSettings, accuracy_m: float | None) -> list[Evidence]:
    names = ("GPS GPSLatitude", "GPS GPSLatitudeRef", "GPS GPSLongitude", "GPS GPSLongitudeRef")
    raw = tags.raw(*names)
    if not any(name in tags.tags for name in names):
        return []
    lat = _degrees(tags, "GPS GPSLatitude", "S", "N")
    lon = _degrees(tags, "GPS GPSLongitude", "W", "E")
    problem = next((p for p in (lat, lon) if isinstance(p, str)), "")
    if isinstance(lat, float) and isinstance(lon, float):
        problem = position_problem(lat, lon)
        if not problem:
            sigma_m, note = horizontal_sigma_m(tags, settings)
            if accuracy_m is not None:
                sigma_m, note = accuracy_m, "GPSXYAccuracy in XMP"
            over = in_wgs84(tags.text("GPS GPSMapDatum") or "", lat, lon)
            return [
                PositionEvidence(
                    origin=Origin.EXIF,
                    tag="GPSLatitude, GPSLongitude",
                    raw=raw,
                    note="; ".join(filter(None, (note, over.note))),
                    lat_deg=over.lat_deg,
                    lon_deg=over.lon_deg,
                    sigma_m=over.sigma_m(sigma_m),
                    datum_is_known=over.is_known,
                )
            ]
    return [
        RefusedEvidence(
            origin=Origin.EXIF,
            tag="GPSLatitude, GPSLongitude",
            raw=raw,
            note=problem,
            quantity=Quantity.POSITION,
        )
    ]


def _degrees(tags: ExifTags, name: str, negative: str, positive: str) -> float | str:
    """Degrees with their sign, or why there are none."""
    parts = tags.numbers(name)
    short = name.split()[-1]
    if not parts or not math.isfinite(parts[0]):
        return f"{short} has no degrees"
    # Minutes or seconds of 0/0 were not used by the writer (Nikon: decimal minutes and 0/0).
    minutes, seconds = (
        parts[i] if len(parts) > i and math.isfinite(parts[i]) else 0.0 for i in (1, 2)
    )
    if not (0 <= minutes <= 60 and 0 <= seconds <= 60):
        return f"{short} has minutes or seconds beyond 60"
    magnitude = abs(parts[0]) + minutes / 60 + seconds / 3600
    reference = tags.letter(f"{name}Ref")
    if reference in (negative, positive):
        return math.copysign(magnitude, -1.0 if reference == negative else 1.0)
    if parts[0] < 0:
        return -magnitude
    return f"{short}Ref is missing: the hemisphere is unknown"


def horizontal_sigma_m(tags: ExifTags, settings: PhotoSettings) -> tuple[float, str]:
    """Sigma of an EXIF position along east and north, and what it rests on."""
    error_m = tags.number("GPS Tag 0x001F")  # GPSHPositioningError, which exifread does not name
    dop = tags.number("GPS GPSDOP")
    if error_m is not None and error_m > 0:
        sigma_m, note = error_m, f"GPSHPositioningError {error_m:g} m"
    elif dop is not None and 0 < dop < 5:
        sigma_m, note = settings.gps_sigma_per_dop_m * dop, f"GPSDOP {dop:g}"
    elif dop is not None and dop >= 5:
        # Phones write their accuracy in metres here; read as a dilution it would be as bad.
        sigma_m, note = max(dop, settings.gps_sigma_m), f"GPSDOP {dop:g} taken as metres"
    else:
        sigma_m, note = settings.gps_sigma_m, "no accuracy tag"
    sigma_m = min(max(sigma_m, settings.gps_sigma_floor_m), settings.gps_sigma_limit_m)
    if tags.letter("GPS GPSStatus") == "V":
        return max(sigma_m, settings.gps_void_sigma_m), f"{note}; GPSStatus V: receiver without fix"
    return sigma_m, note


def _height(tags: ExifTags, settings: PhotoSettings, accuracy_m: float | None) -> list[Evidence]:
    name, reference_name = "GPS GPSAltitude", "GPS GPSAltitudeRef"
    if name not in tags.tags:
        return []
    raw = tags.raw(name, reference_name)
    altitude_m = tags.number(name)
    plain: Provenance = {"origin": Origin.EXIF, "tag": "GPSAltitude", "raw": raw}
    reference = tags.number(reference_name)
    code = int(reference) if reference is not None else 0
    height_m = math.nan if altitude_m is None else altitude_m
    if code in _BELOW_REFS:
        height_m = -abs(height_m)
    problem = ""
    if not math.isfinite(height_m):
        problem = "no number"
    elif height_m == 0 and _is_refused_zero(tags):
        problem = "0 beside a missing position"
    if problem:
        return [RefusedEvidence(**plain, note=problem, quantity=Quantity.HEIGHT)]
    sigma_m = max(settings.altitude_sigma_m, 1.5 * horizontal_sigma_m(tags, settings)[0])
    if tags.letter("GPS GPSMeasureMode") == "2":
        sigma_m = max(sigma_m, 3 * settings.altitude_sigma_m)
    if accuracy_m is not None:
        sigma_m = accuracy_m
    datum, note = _datum(tags, code, reference is None)
    return [HeightEvidence(**plain, note=note, height_m=height_m, datum=datum, sigma_m=sigma_m)]


def _datum(tags: ExifTags, code: int, missing: bool) -> tuple[HeightDatum, str]:
    if code in _ELLIPSOIDAL_ALTITUDE_REFS:  # EXIF 3.0
        return HeightDatum.ELLIPSOID, "GPSAltitudeRef: ellipsoid"
    make = (tags.text("Image Make") or "").lower()
    if make.startswith(_ANDROID_MAKES):
        return HeightDatum.UNKNOWN, "Android phones write heights above the ellipsoid here"
    note = "GPSAltitudeRef is missing; its default is sea level" if missing else ""
    return HeightDatum.MSL, note


def _is_refused_zero(tags: ExifTags) -> bool:
    return all(
        not any(math.isfinite(v) and v != 0 for v in tags.numbers(f"GPS GPS{axis}"))
        for axis in ("Latitude", "Longitude")
    )


# --- heading -----------------------------------------------------------------------------------


def _heading(tags: ExifTags, settings: PhotoSettings) -> list[Evidence]:
    found: list[Evidence] = []
    direction = tags.number("GPS GPSImgDirection")
    if "GPS GPSImgDirection" in tags.tags:
        raw = tags.raw("GPS GPSImgDirection", "GPS GPSImgDirectionRef")
        plain: Provenance = {"origin": Origin.EXIF, "tag": "GPSImgDirection", "raw": raw}
        if direction is None or not -360 <= direction <= 360:
            note = "no finite direction" if direction is None else "out of range"
            found.append(RefusedEvidence(**plain, note=note, quantity=Quantity.HEADING))
        else:
            reference = {"T": HeadingReference.TRUE, "M": HeadingReference.MAGNETIC}.get(
                tags.letter("GPS GPSImgDirectionRef"), HeadingReference.UNKNOWN
            )
            found.append(
                HeadingEvidence(
                    **plain,
                    heading_deg=direction % 360,
                    reference=reference,
                    sigma_deg=settings.compass_sigma_deg,
                )
            )
    return found + _track(tags, settings)


def _track(tags: ExifTags, settings: PhotoSettings) -> list[Evidence]:
    track = tags.number("GPS GPSTrack")
    if track is None or not -360 <= track <= 360:
        return []
    raw = tags.raw("GPS GPSTrack", "GPS GPSTrackRef", "GPS GPSSpeed", "GPS GPSSpeedRef")
    speed = tags.number("GPS GPSSpeed")
    speed_mps = None
    if speed is not None:
        speed_mps = speed * _SPEED_MPS.get(tags.letter("GPS GPSSpeedRef") or "K", 1 / 3.6)
    plain: Provenance = {"origin": Origin.GPS_TRACK, "tag": "GPSTrack", "raw": raw}
    if speed_mps is None or speed_mps < settings.track_min_speed_mps:
        note = "too slow, or no speed: the track says nothing about the camera"
        return [RefusedEvidence(**plain, note=note, quantity=Quantity.HEADING)]
    return [
        HeadingEvidence(
            **plain,
            note=f"direction of travel at {speed_mps:.1f} m/s",
            heading_deg=track % 360,
            reference=HeadingReference.TRACK,
            sigma_deg=settings.track_sigma_deg,
        )
    ]


# --- time --------------------------------------------------------------------------------------


def _times(tags: ExifTags) -> list[Evidence]:
    found: list[Evidence] = []
    for name, offset_names, origin in (
        ("EXIF DateTimeOriginal", ("EXIF OffsetTimeOriginal", "EXIF OffsetTime"), Origin.EXIF),
        ("EXIF DateTimeDigitized", ("EXIF OffsetTimeDigitized", "EXIF OffsetTime"), Origin.EXIF),
        ("Image DateTime", ("EXIF OffsetTime",), Origin.MODIFIED),
    ):
        if name not in tags.tags:
            continue
        time = parse_time(tags.text(name) or "")
        tag, raw = name.split()[-1], tags.raw(name, *offset_names)
        if time is None:
            found.append(
                RefusedEvidence(
                    origin=origin, tag=tag, raw=raw, note="not a time", quantity=Quantity.TIME
                )
            )
            continue
        fraction = tags.text(f"EXIF SubSecTime{tag.removeprefix('DateTime')}") or ""
        if fraction.isdigit():
            time += timedelta(seconds=float(f"0.{fraction[:6]}"))
        for offset_name in offset_names:
            zone = parse_offset(tags.text(offset_name) or "")
            if zone is not None:
                time = time.replace(tzinfo=zone)
                break
        found.append(TimeEvidence(origin=origin, tag=tag, raw=raw, time=time))
    gps = gps_time(tags)
    if gps is not None:
        raw = tags.raw("GPS GPSDate", "GPS GPSTimeStamp")
        found.append(
            TimeEvidence(
                origin=Origin.GPS_TIME, tag="GPSDateStamp, GPSTimeStamp", raw=raw, time=gps
            )
        )
    return found


def gps_time(tags: ExifTags) -> datetime | None:
    """UTC of the GPS fix, where both its date and its time of day are there."""
    date = re.match(r"\s*(\d{4})[:\-/](\d\d?)[:\-/](\d\d?)", tags.text("GPS GPSDate") or "")
    clock = tags.numbers("GPS GPSTimeStamp")
    if date is None or len(clock) != 3 or not all(map(math.isfinite, clock)):
        return None
    if not all(0 <= part < limit for part, limit in zip(clock, _TIME_OF_DAY_LIMIT, strict=True)):
        return None
    try:
        midnight = datetime(*(int(part) for part in date.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    return midnight + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])


# --- names and rights --------------------------------------------------------------------------


def _texts(tags: ExifTags) -> list[Evidence]:
    names = {
        "Image Make": Quantity.MAKE,
        "Image Model": Quantity.MODEL,
        "Image Artist": Quantity.ARTIST,
        "Image Copyright": Quantity.COPYRIGHT,
    }
    return [
        TextEvidence(
            origin=Origin.EXIF,
            tag=name.split()[-1],
            raw=tags.raw(name),
            quantity=quantity,
            text=text,
        )
        for name, quantity in names.items()
        if (text := tags.text(name)) is not None
    ]
