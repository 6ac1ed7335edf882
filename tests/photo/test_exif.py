"""Tags written by piexif, read back through the whole reader."""

import math
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import piexif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.photo_makers import gps, rational, scene, write_jpeg
from worldmap.config import PhotoSettings
from worldmap.photo import Flag, read_metadata
from worldmap.photo.declination import declination_deg
from worldmap.photo.exif import read_exif
from worldmap.records import (
    HeadingSource,
    HeightDatum,
    LedgerEntry,
    PhotoMetadata,
    PositionSource,
)

SETTINGS = PhotoSettings()
EXIF = piexif.ExifIFD


def read(tmp_path: Path, **directories: object) -> PhotoMetadata:
    return read_metadata(write_jpeg(tmp_path / "photo.jpg", **directories), SETTINGS)  # type: ignore[arg-type]


def entries(metadata: PhotoMetadata, quantity: str) -> list[LedgerEntry]:
    return [entry for entry in metadata.ledger if entry.quantity == quantity]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lat=st.floats(-90, 90, allow_subnormal=False),
    lon=st.floats(-180, 180, allow_subnormal=False),
)
def test_positions_come_back(tmp_path: Path, lat: float, lon: float) -> None:
    position = read(tmp_path, gps=gps(lat, lon)).position
    if abs(lat) < 3e-6 and abs(lon) < 3e-6:
        return  # null island is missing
    assert position is not None
    assert position.lat_deg == pytest.approx(lat, abs=1e-8)
    assert position.lon_deg == pytest.approx(lon, abs=1e-8)
    assert position.source == PositionSource.EXIF


def degrees(
    lat: tuple[Any, ...] | None, lon: tuple[Any, ...] | None, references: str = "NE"
) -> dict[int, Any]:
    tags = {2: lat, 4: lon} | dict(zip((1, 3), references, strict=False))
    return {tag: value for tag, value in tags.items() if value is not None}


ONE, ZERO = ((1, 1), (0, 1), (0, 1)), (0, 1)


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        (gps(0.0, 0.0), "missing"),
        (degrees(((95, 1), ZERO, ZERO), ONE), "±90"),
        (degrees(ONE, ((190, 1), ZERO, ZERO)), "±180"),
        (degrees(((0, 0), (0, 0), (0, 0)), ONE), "no degrees"),
        (degrees(ONE, ONE, references=""), "hemisphere"),
        (degrees(((52, 1), (99, 1), ZERO), ONE), "beyond 60"),
        (degrees(ONE, None), "no degrees"),
    ],
)
def test_positions_that_cannot_be_are_refused_and_kept_in_the_ledger(
    tmp_path: Path, tags: dict[str, Any], says: str
) -> None:
    metadata = read(tmp_path, gps=tags)
    assert metadata.position is None
    (entry,) = entries(metadata, "position")
    assert not entry.used
    assert entry.value == "refused"
    assert says in entry.note


def test_seconds_without_meaning_count_as_none(tmp_path: Path) -> None:
    # Nikon writes decimal minutes, and 0/0 for the seconds.
    tags = {1: "N", 2: ((48, 1), (30, 1), (0, 0)), 3: "W", 4: ((21, 1), (0, 0), (0, 0))}
    position = read(tmp_path, gps=tags).position
    assert position is not None
    assert (position.lat_deg, position.lon_deg) == (48.5, -21.0)


@pytest.mark.parametrize(
    ("tags", "sigma_m"),
    [
        ({}, SETTINGS.gps_sigma_m),
        ({31: (65, 1)}, 65.0),
        ({31: (1, 2)}, SETTINGS.gps_sigma_floor_m),
        ({31: (0, 0), 11: (2, 1)}, 2 * SETTINGS.gps_sigma_per_dop_m),
        ({11: (5, 1)}, SETTINGS.gps_sigma_m),
        ({11: (20, 1)}, 20.0),
        ({11: (0, 1)}, SETTINGS.gps_sigma_m),
        ({31: (4, 1), 9: "V"}, SETTINGS.gps_void_sigma_m),
    ],
)
def test_position_sigmas(tmp_path: Path, tags: dict[int, Any], sigma_m: float) -> None:
    path = write_jpeg(tmp_path / "photo.jpg", gps=gps(52.5163, 13.3777) | _known(tags))
    _add_positioning_error(path, tags.get(31))
    position = read_metadata(path, SETTINGS).position
    assert position is not None
    assert position.horizontal_sigma_m == pytest.approx(sigma_m)


def _known(tags: dict[int, Any]) -> dict[int, Any]:
    return {key: value for key, value in tags.items() if key != 31}


def _add_positioning_error(path: Path, value: tuple[int, int] | None) -> None:
    """piexif knows tags up to GPSDifferential (30); the next one is written in its place."""
    if value is None:
        return
    exif = piexif.load(str(path))
    exif["GPS"][piexif.GPSIFD.GPSDestDistance] = value
    block = bytearray(piexif.dump(exif))
    at = block.index(b"\x00\x1a\x00\x05\x00\x00\x00\x01")
    block[at : at + 2] = b"\x00\x1f"
    piexif.insert(bytes(block), str(path))


@pytest.mark.parametrize(
    ("reference", "altitude", "height_m", "datum"),
    [
        (0, (345, 10), 34.5, HeightDatum.MSL),
        (1, (430, 1), -430.0, HeightDatum.MSL),
        (2, (345, 10), 34.5, HeightDatum.ELLIPSOID),
        (3, (12, 1), -12.0, HeightDatum.ELLIPSOID),
        (None, (38, 1), 38.0, HeightDatum.MSL),
    ],
)
def test_heights(
    tmp_path: Path,
    reference: int | None,
    altitude: tuple[Any, ...],
    height_m: float,
    datum: HeightDatum,
) -> None:
    tags = {} if reference is None else {"AltitudeRef": reference}
    position = read(tmp_path, gps=gps(31.5163, 35.4777, Altitude=altitude, **tags)).position
    assert position is not None
    assert (position.height_m, position.height_datum) == (height_m, datum)
    assert position.vertical_sigma_m == SETTINGS.altitude_sigma_m


def test_heights_of_android_phones_have_no_known_datum(tmp_path: Path) -> None:
    tags = gps(48.1, 11.5, AltitudeRef=0, Altitude=(560, 1))
    position = read(tmp_path, gps=tags, image={piexif.ImageIFD.Make: "samsung"}).position
    assert position is not None
    assert position.height_datum == HeightDatum.UNKNOWN


@pytest.mark.parametrize("altitude", [(0, 0), (90_000, 1)])
def test_heights_that_cannot_be_are_refused(tmp_path: Path, altitude: tuple[Any, ...]) -> None:
    metadata = read(tmp_path, gps=gps(48.13712, 11.57561, Altitude=altitude))
    assert metadata.position is not None
    assert metadata.position.height_m is None
    assert metadata.position.vertical_sigma_m == 500.0
    assert [entry.used for entry in entries(metadata, "height")] == [False]


NEW_YORK = (40.7128, -74.0060)
TIMED = {EXIF.DateTimeOriginal: "2026:07:01 12:00:00", EXIF.OffsetTimeOriginal: "-04:00"}


@pytest.mark.parametrize(
    ("reference", "true_deg", "source"),
    [
        ("T", 100.0, HeadingSource.TRUE),
        ("M", 87.5, HeadingSource.MAGNETIC_CORRECTED),
        (None, 87.5, HeadingSource.UNKNOWN_REFERENCE),
    ],
)
def test_headings(
    tmp_path: Path, reference: str | None, true_deg: float, source: HeadingSource
) -> None:
    tags = gps(*NEW_YORK, ImgDirection=(100, 1))
    if reference:
        tags[piexif.GPSIFD.GPSImgDirectionRef] = reference
    heading = read(tmp_path, gps=tags, exif=TIMED).heading
    assert heading is not None
    # The World Magnetic Model has 12.5° west there in 2026.
    assert heading.true_deg == pytest.approx(true_deg, abs=0.5)
    assert heading.source == source
    if reference == "T":
        assert heading.sigma_deg == SETTINGS.compass_sigma_deg
    elif reference is None:  # either north must stay within two sigmas
        assert 2 * heading.sigma_deg > 12.5 + SETTINGS.compass_sigma_deg
    else:
        assert heading.sigma_deg == pytest.approx(SETTINGS.compass_sigma_deg, abs=0.2)


def test_a_magnetic_heading_without_a_place_is_kept_with_a_wider_sigma(tmp_path: Path) -> None:
    heading = read(tmp_path, gps=gps(ImgDirection=(100, 1), ImgDirectionRef="M")).heading
    assert heading is not None
    assert (heading.true_deg, heading.source) == (100.0, HeadingSource.UNKNOWN_REFERENCE)
    assert heading.sigma_deg > SETTINGS.compass_sigma_deg


@pytest.mark.parametrize("direction", [(0, 0), (65535, 1)])
def test_headings_that_cannot_be_are_refused(tmp_path: Path, direction: tuple[Any, ...]) -> None:
    metadata = read(tmp_path, gps=gps(*NEW_YORK, ImgDirection=direction, ImgDirectionRef="T"))
    assert metadata.heading is None
    assert [entry.used for entry in entries(metadata, "heading")] == [False]


@pytest.mark.parametrize(
    ("unit", "speed", "counts"),
    [("K", 36, True), ("N", 10, True), ("K", 2, False), ("M", 1, False)],
)
def test_direction_of_travel_is_a_weak_heading_when_moving(
    tmp_path: Path, unit: str, speed: int, counts: bool
) -> None:
    tags = gps(*NEW_YORK, Track=(270, 1), TrackRef="T", Speed=(speed, 1), SpeedRef=unit)
    heading = read(tmp_path, gps=tags).heading
    if not counts:
        assert heading is None
    else:
        assert heading is not None
        assert (heading.true_deg, heading.source) == (270.0, HeadingSource.GPS_TRACK)
        assert heading.sigma_deg >= 45


def test_the_camera_comes_before_the_direction_of_travel(tmp_path: Path) -> None:
    tags = gps(*NEW_YORK, Track=(270, 1), Speed=(50, 1), ImgDirection=(10, 1), ImgDirectionRef="T")
    heading = read(tmp_path, gps=tags).heading
    assert heading is not None
    assert heading.true_deg == 10.0


@pytest.mark.parametrize(
    ("lat", "lon", "declination"),
    [
        (38.72, -9.14, -0.9),  # Lisbon, New York, Auckland, Cape Town in 2026
        (40.71, -74.01, -12.5),
        (-36.85, 174.76, 20.3),
        (-33.92, 18.42, -26.7),
    ],
)
def test_declination_of_today(lat: float, lon: float, declination: float) -> None:
    found, sigma = declination_deg(lat, lon, 0.0, datetime(2026, 7, 1, tzinfo=UTC))
    assert found == pytest.approx(declination, abs=0.4)
    assert 0.25 < sigma < 1.0


@pytest.mark.parametrize(
    ("lat", "lon", "height_m", "declination"),
    [
        (80.0, 0.0, 0.0, -1.28),
        (0.0, 120.0, 0.0, 0.16),
        (-80.0, 240.0, 0.0, 69.36),
        (80.0, 0.0, 100_000.0, -1.70),
    ],
)
def test_declination_against_the_models_published_values(
    lat: float, lon: float, height_m: float, declination: float
) -> None:
    # WMM2020 test values of NOAA and BGS for 2020.0.
    found, _ = declination_deg(lat, (lon + 180) % 360 - 180, height_m, datetime(2020, 1, 1))
    assert found == pytest.approx(declination, abs=0.01)


def test_declination_of_other_days_says_how_unsure_it_is() -> None:
    now = declination_deg(52.5, 13.4, 0.0, datetime(2026, 7, 1))[1]
    assert declination_deg(52.5, 13.4, 0.0, datetime(1990, 7, 1))[1] > now + 3
    assert declination_deg(52.5, 13.4, 0.0, None)[1] > now
    assert declination_deg(86.5, 164.0, 0.0, datetime(2026, 7, 1))[1] > 2  # by the magnetic pole


def test_time_with_its_offset_and_fraction(tmp_path: Path) -> None:
    metadata = read(
        tmp_path,
        exif={
            EXIF.DateTimeOriginal: "2024:05:06 07:08:09",
            EXIF.OffsetTimeOriginal: "+05:45",
            EXIF.SubSecTimeOriginal: "250",
        },
    )
    assert metadata.captured_at is not None
    assert metadata.captured_at.isoformat() == "2024-05-06T07:08:09.250000+05:45"


def test_the_gps_time_tells_the_zone(tmp_path: Path) -> None:
    tags = gps(27.71234, 85.32468, DateStamp="2024:05:06", TimeStamp=((1, 1), (23, 1), (5, 1)))
    metadata = read(tmp_path, gps=tags, exif={EXIF.DateTimeOriginal: "2024:05:06 07:08:09"})
    assert metadata.captured_at is not None
    assert metadata.captured_at.utcoffset() == timedelta(hours=5, minutes=45)
    assert metadata.flags == (Flag.NO_CAMERA,)


def test_without_offset_the_longitude_gives_a_guess_that_says_so(tmp_path: Path) -> None:
    metadata = read(
        tmp_path, gps=gps(-36.85, 174.76), exif={EXIF.DateTimeOriginal: "2024:05:06 07:08:09"}
    )
    assert metadata.captured_at is not None
    assert metadata.captured_at.utcoffset() == timedelta(hours=12)
    assert "guessed" in entries(metadata, "time")[0].note


@pytest.mark.parametrize(
    "text", ["0000:00:00 00:00:00", "    ", "2024:13:40 25:00:00", "yesterday"]
)
def test_times_that_are_none(tmp_path: Path, text: str) -> None:
    metadata = read(tmp_path, exif={EXIF.DateTimeOriginal: text})
    assert metadata.captured_at is None


def test_a_stale_fix_widens_the_position(tmp_path: Path) -> None:
    fix = gps(27.71234, 85.32468, DateStamp="2024:05:06", TimeStamp=((1, 1), (20, 1), (0, 1)))
    taken = {
        EXIF.DateTimeOriginal: "2024:05:06 07:08:09",
        EXIF.OffsetTimeOriginal: "+05:45",
    }
    metadata = read(tmp_path, gps=fix, exif=taken)
    late_s = 3 * 60 + 9 - SETTINGS.stale_fix_s
    assert metadata.flags == (Flag.NO_CAMERA, Flag.STALE_FIX)
    assert metadata.position is not None
    assert metadata.position.horizontal_sigma_m == pytest.approx(
        math.hypot(SETTINGS.gps_sigma_m, late_s * SETTINGS.walking_mps)
    )


def test_names_and_rights(tmp_path: Path) -> None:
    names = piexif.ImageIFD
    metadata = read(
        tmp_path,
        image={
            names.Make: "Maker  \0rest",
            names.Model: " Model 1 ",
            names.Artist: "Zoë Müller".encode(),
            names.Copyright: "© 2024\nZoë".encode(),
        },
    )
    assert (metadata.make, metadata.model) == ("Maker", "Model 1")
    assert (metadata.artist, metadata.copyright) == ("Zoë Müller", "© 2024 Zoë")


def test_big_xmp_before_exif_does_not_hide_it(tmp_path: Path) -> None:
    # exifread alone looks for the EXIF segment within 4 kB of the file's start.
    path = write_jpeg(
        tmp_path / "photo.jpg", gps=gps(48.5, 9.25), xmp=b"<x>" + b" " * 30_000 + b"</x>"
    )
    data = path.read_bytes()
    exif_at, xmp_at = data.index(b"Exif\0\0") - 4, data.index(b"http://ns.adobe.com/xap") - 4
    exif_end = exif_at + 2 + int.from_bytes(data[exif_at + 2 : exif_at + 4], "big")
    xmp_end = xmp_at + 2 + int.from_bytes(data[xmp_at + 2 : xmp_at + 4], "big")
    first, second = sorted([(exif_at, exif_end), (xmp_at, xmp_end)])
    blocks = data[xmp_at:xmp_end] + data[exif_at:exif_end]
    path.write_bytes(data[: first[0]] + blocks + data[second[1] :])
    assert read_metadata(path, SETTINGS).position is not None


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "heic"])
def test_exif_in_other_formats(tmp_path: Path, suffix: str) -> None:
    tags = gps(-33.92, 18.42, ImgDirection=(30, 1), ImgDirectionRef="T")
    block = piexif.dump({"0th": {piexif.ImageIFD.Make: "Maker"}, "GPS": tags})
    path = tmp_path / f"photo.{suffix}"
    scene().save(path, "HEIF" if suffix == "heic" else None, exif=block)
    metadata = read_metadata(path, SETTINGS)
    assert metadata.make == "Maker"
    assert metadata.position is not None
    assert metadata.position.lat_deg == pytest.approx(-33.92)
    assert metadata.position.lon_deg == pytest.approx(18.42)
    assert metadata.heading is not None
    assert metadata.heading.true_deg == 30.0


def test_the_ledger_keeps_what_was_not_used(tmp_path: Path) -> None:
    tags = gps(48.5, 9.25, ImgDirection=rational(12.5), ImgDirectionRef="T", Track=(90, 1))
    metadata = read(tmp_path, gps=tags | {13: (20, 1)}, exif=TIMED)
    used = {entry.quantity: entry for entry in metadata.ledger if entry.used}
    assert used["heading"].source == "exif: GPSImgDirection"
    assert used["heading"].raw == "25/2 T"
    assert [e.value for e in entries(metadata, "heading") if not e.used] == [
        "90.00° from direction of travel"
    ]


def test_a_thumbnail_directory_in_the_wild_costs_nothing(tmp_path: Path) -> None:
    path = write_jpeg(tmp_path / "photo.jpg", gps=gps(48.51234, 9.25678), exif=TIMED)
    data = bytearray(path.read_bytes())
    start = data.index(b"Exif\0\0") + 6
    first = start + int.from_bytes(data[start + 4 : start + 8], "big")
    pointer = first + 2 + 12 * int.from_bytes(data[first : first + 2], "big")
    data[pointer : pointer + 4] = (first - start + 5).to_bytes(4, "big")  # into the middle
    path.write_bytes(data)
    metadata = read_metadata(path, SETTINGS)
    assert metadata.position is not None
    assert metadata.captured_at is not None


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("field_type", [2, 129])
def test_texts_of_exif_3(order: str, field_type: int) -> None:
    """EXIF 3.0 has a type for UTF-8; before it, UTF-8 was written as ASCII."""
    text = "Zoë Müller 写真\0".encode()
    block = (
        (b"II" if order == "<" else b"MM")
        + struct.pack(f"{order}HI", 42, 8)
        + struct.pack(f"{order}HHHII", 1, 0x013B, field_type, len(text), 26)
        + bytes(4)
        + text
    )
    assert read_exif(block).text("Image Artist") == "Zoë Müller 写真"
