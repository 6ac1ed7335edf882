"""Any bytes: no exception escapes, memory and time stay bounded."""

import io
import json
import os
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import piexif
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.photo_makers import gps, rational, scene, write_jpeg
from tests.photo.test_xmp import DJI, RIGHTS, packet
from worldmap.config import PhotoSettings
from worldmap.errors import WorldmapError
from worldmap.photo import Sidecars, read_metadata
from worldmap.photo.coordinates import parse_degrees
from worldmap.photo.exif import exif_evidence, read_exif
from worldmap.photo.focal import camera_tags, focal_evidence
from worldmap.photo.gpx import read_gpx
from worldmap.photo.mapillary import mapillary_evidence, parse_description
from worldmap.photo.overrides import parse_overrides
from worldmap.photo.resolve import resolve
from worldmap.photo.table import read_table, row_evidence
from worldmap.photo.takeout import takeout_evidence, takeout_sidecar
from worldmap.photo.texts import parse_time
from worldmap.photo.xmp import (
    Picture,
    parse_number,
    perspective_model,
    position_accuracy_m,
    projection_problem,
    read_xmp,
    sidecar_evidence,
    xmp_evidence,
)

SETTINGS = PhotoSettings()
PICTURE = Picture(width_px=64, height_px=48, orientation=1, taken_longer_px=None)
_TIMES = int(os.environ.get("WORLDMAP_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """So many by day, as many times more at night as `make nightly` says."""
    return settings(max_examples=count * _TIMES, suppress_health_check=list(HealthCheck))


MANY, SOME = examples(100), examples(20)

EXIF = piexif.dump(
    {
        "0th": {
            piexif.ImageIFD.Make: "Maker",
            piexif.ImageIFD.Model: "Model",
            piexif.ImageIFD.ImageDescription: b'{"MAPLatitude": 1.5}',
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: "2024:05:06 07:08:09",
            piexif.ExifIFD.OffsetTimeOriginal: "+02:00",
            piexif.ExifIFD.FocalLength: (425, 100),
            piexif.ExifIFD.FocalLengthIn35mmFilm: 26,
            piexif.ExifIFD.FocalPlaneXResolution: rational(2540.0),
        },
        "GPS": gps(
            52.5, 13.4, Altitude=(34, 1), AltitudeRef=0, ImgDirection=(9, 2), ImgDirectionRef="M",
            Track=(9, 1), Speed=(30, 1), DateStamp="2024:05:06", DOP=(3, 1),
            TimeStamp=((5, 1), (8, 1), (9, 1)),
        ),
    }
).removeprefix(b"Exif\0\0")  # fmt: skip
XMP = packet(DJI, RIGHTS)


def mutated(seed: bytes) -> st.SearchStrategy[bytes]:
    """Bytes changed, cut out, doubled, cut off."""

    def change(edits: list[tuple[int, bytes, int]]) -> bytes:
        data = bytearray(seed)
        for at, patch, drop in edits:
            at %= max(len(data), 1)
            data[at : at + drop] = patch
        return bytes(data)

    edit = st.tuples(st.integers(0, len(seed)), st.binary(max_size=8), st.integers(0, 16))
    return st.lists(edit, min_size=1, max_size=8).map(change)


@contextmanager
def one_line() -> Iterator[None]:
    """Nothing is raised, or an error of ours in one line."""
    line = ""
    try:
        yield
    except WorldmapError as error:
        line = str(error)
    assert "\n" not in line


def use_exif(block: bytes) -> None:
    tags = read_exif(block)
    evidence = exif_evidence(tags, SETTINGS)
    evidence += focal_evidence(camera_tags(tags), 64, 48, SETTINGS)
    description = parse_description(tags.description())
    evidence += mapillary_evidence(description, 64, 48, SETTINGS)
    resolved = resolve(evidence, SETTINGS)
    assert len(resolved.ledger) == len(evidence)


def use_xmp(data: bytes) -> None:
    xmp = read_xmp(data)
    evidence = xmp_evidence(xmp, PICTURE, SETTINGS) + sidecar_evidence(xmp, SETTINGS)
    evidence += perspective_model(xmp, 100.0, 1.0)
    position_accuracy_m(xmp)
    projection_problem(xmp)
    resolve(evidence, SETTINGS)


@examples(30)
@given(mutated(EXIF))
def test_damaged_exif(block: bytes) -> None:
    use_exif(block)


@examples(10)
@given(st.binary(max_size=600).map(lambda tail: b"II*\0\x08\0\0\0" + tail))
def test_random_exif(block: bytes) -> None:
    use_exif(block)


@MANY
@given(mutated(XMP))
def test_damaged_xmp(data: bytes) -> None:
    use_xmp(data)


@MANY
@given(st.binary(max_size=400))
def test_random_xmp(data: bytes) -> None:
    use_xmp(data)


@SOME
@given(st.dictionaries(st.sampled_from(sorted(DJI)), st.text(max_size=30)))
def test_any_text_in_xmp_properties(values: dict[str, str]) -> None:
    escaped = {
        name: text.translate({ord(c): f"&#{ord(c)};" for c in "<>&\"'"})
        for name, text in values.items()
    }
    use_xmp(packet(DJI | escaped))


JPEG = io.BytesIO()
scene().save(JPEG, "JPEG", exif=b"Exif\0\0" + EXIF, xmp=XMP)
PNG, WEBP, HEIC, TIFF = (io.BytesIO() for _ in range(4))
scene(24, 18).save(PNG, "PNG", exif=b"Exif\0\0" + EXIF)
scene(24, 18).save(WEBP, "WEBP", exif=b"Exif\0\0" + EXIF, xmp=XMP)
scene(24, 18).save(HEIC, "HEIF", exif=b"Exif\0\0" + EXIF)
scene(24, 18).save(TIFF, "TIFF", exif=b"Exif\0\0" + EXIF)


def any_damaged_file() -> st.SearchStrategy[bytes]:
    return st.one_of(*(mutated(b.getvalue()) for b in (JPEG, PNG, WEBP, HEIC, TIFF)))


@examples(100)
@given(any_damaged_file())
def test_damaged_files_are_read_or_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with one_line():
        assert read_metadata(path, PhotoSettings(max_megapixels=20)).width_px > 0


ODM = b"EPSG:4326\nphoto.jpg 13.4 52.5 198.6 0 0 0 1 2\n"
CSV = b"filename,lat,lon\nphoto.jpg,52.5,13.4\n"


@SOME
@given(st.binary(max_size=300) | mutated(ODM) | mutated(CSV))
def test_any_table(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "geo.txt"
    path.write_bytes(data)
    with one_line():
        for row in chain.from_iterable(read_table(path).rows.values()):
            resolve(row_evidence(row, SETTINGS), SETTINGS)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4)
    ),
    max_leaves=12,
)
TAKEOUT_KEYS = ("geoData", "geoDataExif", "photoTakenTime", "latitude", "longitude", "timestamp")
MAPILLARY_KEYS = (
    *("MAPLatitude", "MAPLongitude", "MAPAltitude", "MAPCaptureTime", "MAPCompassHeading"),
    *("computed_geometry", "computed_altitude", "computed_rotation", "computed_compass_angle"),
    *("camera_parameters", "camera_type", "captured_at", "make", "MAPGPSAccuracyMeters"),
)


@SOME
@given(st.dictionaries(st.sampled_from(TAKEOUT_KEYS), JSON) | JSON)
def test_any_takeout_json(tmp_path: Path, content: object) -> None:
    path = tmp_path / "photo.jpg.json"
    path.write_text(json.dumps(content))
    resolve(takeout_evidence(path, SETTINGS), SETTINGS)


@examples(50)
@given(st.dictionaries(st.sampled_from(MAPILLARY_KEYS), JSON))
def test_any_mapillary_json(content: dict[str, Any]) -> None:
    resolve(mapillary_evidence(content, 64, 48, SETTINGS), SETTINGS)


@SOME
@given(st.binary(max_size=300))
def test_any_gpx(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "track.gpx"
    path.write_bytes(data)
    with one_line():
        read_gpx(path)


@MANY
@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    parse_number(text)
    parse_degrees(text)
    parse_time(text)
    if "/" not in text and "\0" not in text and text:
        takeout_sidecar(text, {})
    with one_line():
        parse_overrides(text)


def bomb_of_texts(entries: int) -> bytes:
    """A directory of texts that each claim to be as long as the block."""
    block = bytearray(b"II*\0\x08\0\0\0" + struct.pack("<H", entries))
    for tag in range(entries):
        block += struct.pack("<HHII", 0x8000 + tag, 2, 0x7FFFFFFF, 8)
    return bytes(block) + b"\0\0\0\0" + b"x" * 40_000


def bomb_of_numbers(entries: int) -> bytes:
    """A directory of lists, each the longest that exifread reads number by number."""
    block = bytearray(b"II*\0\x08\0\0\0" + struct.pack("<H", entries))
    for tag in range(entries):
        block += struct.pack("<HHII", 0x8000 + tag, 5, 999, 8)
    return bytes(block) + b"\0\0\0\0" + b"x" * 8000


def test_exif_bombs_stay_within_bounds() -> None:
    for block in (bomb_of_texts(5000), bomb_of_numbers(5000)):
        tracemalloc.start()
        tags = read_exif(block)
        exif_evidence(tags, SETTINGS)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak_bytes < 150e6  # 5000 texts of 100 kB would be 500 MB


def test_directories_that_point_at_themselves_end(tmp_path: Path) -> None:
    loop = b"II*\0\x08\0\0\0" + struct.pack("<H", 2)
    loop += struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    use_exif(loop + struct.pack("<I", 8))
    path = write_jpeg(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes().replace(b"II*\0", b"II*\0"))
    assert read_metadata(path, SETTINGS, sidecars=Sidecars()).position is None
