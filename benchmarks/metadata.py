"""How much of what photos know is read rightly, and what hostile files can do.

Figures on photos of others need `WORLDMAP_SHARED_DATA` (default: ../shared/data beside the
repository); where that is absent they are left out.
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import struct
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import piexif
from PIL import Image

from benchmarks import Metric
from worldmap.camera import Camera
from worldmap.config import FeatureSettings, PhotoSettings
from worldmap.demo.layout import StreetPlan, standpoints
from worldmap.demo.render import Renderer
from worldmap.demo.scene import build_scene
from worldmap.errors import PhotoError
from worldmap.frames import RigidTransform, cam, enu_from_cam_rotation, wrapped_deg
from worldmap.geodesy import Site, enu, geoid_undulation_m
from worldmap.photo import Flag, read_metadata, read_pixels, review
from worldmap.photo.declination import declination_deg
from worldmap.photo.exif import read_exif
from worldmap.photo.xmp import read_xmp
from worldmap.records import DepthMap, DepthModel, Features, Focal, FocalSource, PhotoMetadata
from worldmap.registration.copies import is_copy
from worldmap.registration.features import extract_features

ENU = enu(Site(52.52, 13.405, 40.0))

SETTINGS = PhotoSettings()
ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WORLDMAP_SHARED_DATA") or ROOT.parent / "shared" / "data")
HARD_FILES = ROOT / "tests" / "data" / "hard_files.json"
DEGREE_M = 111_195.0

# WMM2020 test values of NOAA and BGS, 2020.0: latitude, longitude, height in km, declination.
WMM_VALUES = ((80, 0, 0, -1.28), (0, 120, 0, 0.16), (-80, -120, 0, 69.36), (80, 0, 100, -1.70))
# EGM96 undulations by NGA's calculator.
EGM96_VALUES = (
    (38.6281550, 269.7791550 - 360, -31.628), (-14.6212170, 305.0211140 - 360, -2.969),
    (46.8743190, 102.4487290, -43.575), (-23.6174460, 133.8747120, 15.871),
)  # fmt: skip
BOMBS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>',
    b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    b"<x>" + b" " * (3 << 20) + b"</x>",
)


def run() -> list[Metric]:
    """All figures; about 40 s."""
    metrics: list[Metric] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        metrics += _round_trip(folder)
        metrics += _models()
        metrics += _hostile(folder)
        metrics += _bursts(folder)
        if (SHARED / "exif").is_dir() and (SHARED / "lund").is_dir():
            metrics += _hard_files()
            metrics += _street(folder)
        else:
            print(f"no {SHARED}: the figures on photos of others are left out", file=sys.stderr)
    return metrics


def _at_least(name: str, unit: str, value: float, bar: float) -> Metric:
    return Metric(name=name, unit=unit, value=value, bar=bar, direction="min")


def _at_most(name: str, unit: str, value: float, bar: float) -> Metric:
    return Metric(name=name, unit=unit, value=value, bar=bar, direction="max")


def _info(name: str, unit: str, value: float) -> Metric:
    return Metric(name=name, unit=unit, value=value, bar=None, direction="info")


# --- tags written and read back ------------------------------------------------------------------


def _round_trip(folder: Path) -> list[Metric]:
    chance = random.Random(1)
    right, total, worst_m = 0, 0, 0.0
    for _ in range(100):
        lat, lon = chance.uniform(-89, 89), chance.uniform(-180, 180)
        height, heading = chance.uniform(-400, 5000), chance.uniform(0, 359.99)
        film, hour = chance.randrange(13, 200), chance.randrange(-11, 13)
        path = _tagged(folder / "photo.jpg", lat, lon, height, heading, film, hour)
        photo = read_metadata(path, SETTINGS)
        position, focal, moment = photo.position, photo.focal, photo.captured_at
        if position is not None:
            east_m = (position.lon_deg - lon) * math.cos(math.radians(lat)) * DEGREE_M
            worst_m = max(worst_m, math.hypot(east_m, (position.lat_deg - lat) * DEGREE_M))
        told_m = position.height_m if position else None
        checks = (
            position is not None,
            told_m is not None and abs(told_m - height) < 0.01,
            photo.heading is not None and abs(photo.heading.true_deg - heading) < 0.01,
            focal is not None
            and math.isclose(focal.focal_px, film / 43.26661530556787 * 100, rel_tol=1e-6),
            moment is not None
            and moment.replace(tzinfo=None) == datetime(2024, 5, 6, 12, 34, 56)
            and moment.utcoffset().total_seconds() == 3600 * hour,  # type: ignore[union-attr]
            photo.make == "Maker",
            (photo.artist, photo.copyright) == ("Someone", "CC BY 4.0"),
        )
        right, total = right + sum(checks), total + len(checks)
    return [
        _at_least("tags_read_back", "%", 100 * right / total, 100.0),
        _at_most("position_round_trip_max", "m", worst_m, 0.01),
    ]


def _tagged(
    path: Path, lat: float, lon: float, height: float, heading: float, film: int, hour: int
) -> Path:
    image, exif, gps = piexif.ImageIFD, piexif.ExifIFD, piexif.GPSIFD
    tags: dict[str, dict[int, Any]] = {
        "0th": {image.Make: "Maker", image.Artist: "Someone", image.Copyright: "CC BY 4.0"},
        "Exif": {
            exif.FocalLengthIn35mmFilm: film,
            exif.DateTimeOriginal: "2024:05:06 12:34:56",
            exif.OffsetTimeOriginal: f"{hour:+03}:00",
        },
        "GPS": {
            gps.GPSLatitudeRef: "S" if lat < 0 else "N",
            gps.GPSLatitude: _dms(lat),
            gps.GPSLongitudeRef: "W" if lon < 0 else "E",
            gps.GPSLongitude: _dms(lon),
            gps.GPSAltitudeRef: int(height < 0),
            gps.GPSAltitude: (round(abs(height) * 1000), 1000),
            gps.GPSImgDirectionRef: "T",
            gps.GPSImgDirection: (round(heading * 1000), 1000),
        },
    }
    # 80 × 60 pixels: a diagonal of 100.
    Image.new("RGB", (80, 60), (90, 120, 60)).save(path, exif=piexif.dump(tags))
    return path


def _dms(degrees: float) -> tuple[tuple[int, int], ...]:
    minutes, seconds = divmod(round(abs(degrees) * 3600 * 100_000), 60 * 100_000)
    return (minutes // 60, 1), (minutes % 60, 1), (seconds, 100_000)


# --- models ------------------------------------------------------------------------------------


def _models() -> list[Metric]:
    day = datetime(2020, 1, 1, tzinfo=UTC)
    declination = max(
        abs(declination_deg(lat, lon, 1000 * km, day)[0] - told)
        for lat, lon, km, told in WMM_VALUES
    )
    undulation = max(abs(geoid_undulation_m(lat, lon) - told) for lat, lon, told in EGM96_VALUES)
    return [
        _at_most("declination_error_max", "deg", declination, 0.01),
        _at_most("geoid_error_max", "m", float(undulation), 1.0),
    ]


# --- hostile files -----------------------------------------------------------------------------


def _hostile(folder: Path) -> list[Metric]:
    chance = random.Random(2)
    seeds = _seeds(folder)
    survived, slowest_s, count = 0, 0.0, 400
    path = folder / "damaged.jpg"
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 9)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(16)] = chance.randbytes(chance.randrange(9))
        path.write_bytes(data)
        start = time.perf_counter()
        try:
            read_metadata(path, SETTINGS)
            survived += 1
        except PhotoError as error:
            survived += "\n" not in str(error)
        except Exception as error:  # what the figure counts
            print(f"escaped: {type(error).__name__}: {error}", file=sys.stderr)
        slowest_s = max(slowest_s, time.perf_counter() - start)
    refused = sum(bool(read_xmp(bomb).problem) and not read_xmp(bomb).values for bomb in BOMBS)
    return [
        _at_least("damaged_files_survived", "%", 100 * survived / count, 100.0),
        _at_most("damaged_file_slowest", "s", slowest_s, 5.0),
        _at_least("xml_bombs_refused", "%", 100 * refused / len(BOMBS), 100.0),
        _at_most("exif_bomb_peak", "MB", _exif_bomb_peak_bytes() / 1e6, 150.0),
    ]


def _seeds(folder: Path) -> list[bytes]:
    source = _tagged(folder / "seed.jpg", 52.5, 13.4, 34.0, 90.0, 28, 2)
    seeds = [source.read_bytes()]
    with Image.open(source) as image:
        for suffix in ("png", "webp", "tif", "heic"):
            path = folder / f"seed.{suffix}"
            image.save(path, "HEIF" if suffix == "heic" else None, exif=image.info["exif"])
            seeds.append(path.read_bytes())
    return seeds


def _exif_bomb_peak_bytes() -> int:
    """5000 texts that each claim the whole block."""
    entries = 5000
    block = bytearray(b"II*\0\x08\0\0\0" + struct.pack("<H", entries))
    for tag in range(entries):
        block += struct.pack("<HHII", 0x8000 + tag, 2, 0x7FFFFFFF, 8)
    tracemalloc.start()
    read_exif(bytes(block) + bytes(4) + b"x" * 40_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# --- photos of others --------------------------------------------------------------------------


def _hard_files() -> list[Metric]:
    expected = json.loads(HARD_FILES.read_text())
    right, total = 0, 0
    for name, values in expected.items():
        try:
            photo = read_metadata(SHARED / "exif" / name, SETTINGS)
        except PhotoError as error:
            checks = [values.get("error", "\0") in str(error)]
        else:
            checks = _checks(photo, values)
        if not all(checks):
            print(f"{name}: {sum(checks)} of {len(checks)} values right", file=sys.stderr)
        right, total = right + sum(checks), total + len(checks)
    return [
        _at_least("hard_files_values_right", "%", 100 * right / total, 100.0),
        _info("hard_files_values", "count", total),
    ]


def _checks(photo: PhotoMetadata, values: dict[str, Any]) -> list[bool]:
    if "error" in values:
        return [False]
    position, heading, focal, moment = (
        photo.position,
        photo.heading,
        photo.focal,
        photo.captured_at,
    )
    utc = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0) if moment else None
    told = [position.lat_deg, position.lon_deg] if position else None
    height = position.height_m if position else None
    return [
        [photo.width_px, photo.height_px] == values["size"],
        photo.orientation == values["orientation"],
        _near(told, values["position"], 2e-6),
        _near([height] if height is not None else None, (values.get("height") or [])[:1], 0.01),
        _near([heading.true_deg] if heading else None, (values["heading"] or [])[:1], 0.2),
        (heading.source if heading else None) == (values["heading"] or [None, None])[1],
        (utc.isoformat() if utc else None) == values["time_utc"],
        _near(
            [focal.focal_px] if focal else None,
            [values["focal_px"]] if values["focal_px"] else None,
            0.02 * (values["focal_px"] or 0.0),
        ),
        *(getattr(photo, k) == values.get(k) for k in ("make", "model", "artist", "copyright")),
        photo.licence == values.get("licence"),
        list(photo.flags) == values["flags"],
    ]


def _near(found: list[float] | None, expected: list[float] | None, tolerance: float) -> bool:
    if not found or not expected:
        return not found and not expected
    return all(abs(a - b) <= tolerance for a, b in zip(found, expected, strict=True))


def _street(folder: Path) -> list[Metric]:
    """29 phone photos of a street with near-truth, and copies of some of them."""
    truth = json.loads((SHARED / "lund" / "truth.json").read_text())
    paths = sorted((SHARED / "lund").glob("*.jpg"))
    start = time.perf_counter()
    photos = [read_metadata(path, SETTINGS) for path in paths]
    seconds = time.perf_counter() - start
    focal_off = [
        abs(p.focal.focal_px / truth[p.path.name]["K"][0][0] - 1) if p.focal else math.nan
        for p in photos
    ]
    reviewed = review(photos, SETTINGS)
    stale = {name for name, true in truth.items() if true["gps_stale"]}
    flagged = {p.path.name for p in reviewed.photos if Flag.REPEATED_POSITION in p.flags}
    within = [
        float(np.hypot(*truth[p.path.name]["gps_residual_enu"][:2]))
        <= 2 * p.position.horizontal_sigma_m
        for p in reviewed.photos
        if p.position is not None
    ]
    copies, found, false = _copies(folder, photos)
    headings_within = [
        abs(wrapped_deg(p.heading.true_deg - _true_heading_deg(truth[p.path.name])))
        <= 2 * p.heading.sigma_deg
        for p in photos
        if p.heading is not None
    ]
    return [
        _at_most("street_focal_error_median", "%", 100 * statistics.median(focal_off), 4.0),
        _at_least("street_stale_found", "%", 100 * len(stale & flagged) / len(stale), 100.0),
        _at_most("street_stale_false", "count", len(flagged - stale), 0.0),
        _at_least("street_positions_in_2_sigma", "%", 100 * sum(within) / len(within), 90.0),
        _at_least(
            "street_headings_in_2_sigma",
            "%",
            100 * sum(headings_within) / len(headings_within),
            90.0,
        ),
        _at_least("copies_found", "%", 100 * found / copies, 100.0),
        _at_most("copies_false", "count", false, 0.0),
        _info("read_metadata", "ms/photo", 1000 * seconds / len(photos)),
    ]


def _true_heading_deg(true: dict[str, Any]) -> float:
    east, north = np.array(true["enu_from_cam"])[:2, 2]
    return float(np.rad2deg(np.arctan2(east, north)))


def _copies(folder: Path, photos: list[PhotoMetadata]) -> tuple[int, int, int]:
    """Copies made, of them found, and pairs of different photos taken for copies; as in merge, with
    a closer look at the pixels."""
    made: list[PhotoMetadata] = []
    origin: list[int] = []
    for index in range(0, len(photos), 4):
        with Image.open(photos[index].path) as image:
            variants = (
                (image.copy(), 30),
                (image.resize((image.width // 2, image.height // 2)), 75),
                (image.resize((image.width // 4, image.height // 4)), 75),
                (image.crop((8, 6, image.width - 8, image.height - 6)), 85),
            )
        for number, (variant, quality) in enumerate(variants):
            path = folder / f"{index}_{number}.jpg"
            variant.save(path, quality=quality)
            made.append(read_metadata(path, SETTINGS))
            origin.append(index)
    linked = review([*photos, *made], SETTINGS, is_copy=_closer_look([*photos, *made])).duplicate_of
    found = sum(linked[len(photos) + k] == index for k, index in enumerate(origin))
    false = sum(kept is not None for kept in linked[: len(photos)])
    return len(made), found, false


def _closer_look(photos: list[PhotoMetadata]) -> Callable[[int, int], bool]:
    """`is_copy` on the features of these photos' files."""

    @cache
    def seen(index: int) -> tuple[Features, Camera]:
        rgb = read_pixels(photos[index].path, SETTINGS)
        height, width = rgb.shape[:2]
        camera = Camera.centred(width, height, 0.95 * width)
        grid = camera.rescaled(width // 4, height // 4)
        # Flat: depth plays no part, but only features that have any are matched.
        depth_m = np.full((height // 4, width // 4), 8.0, dtype=np.float32)
        depth_map = DepthMap(
            depth_m=depth_m,
            sigma_m=np.float32(0.02) * depth_m,
            camera=grid,
            focal=Focal(focal_px=camera.fx_px, sigma_rel=0.1, source=FocalSource.ASSUMED),
            focal_predicted=None,
            scale_sigma_rel=0.1,
            model=DepthModel(name="flat", weights_hash="", licence=""),
        )
        return extract_features(rgb, camera, depth_map, FeatureSettings(planes=False)), camera

    return lambda i, j: is_copy(*seen(i), *seen(j))


# --- bursts --------------------------------------------------------------------------------------


def _bursts(folder: Path) -> list[Metric]:
    """Photos of one second that look alike: none may be taken for a copy of another."""
    photos: list[PhotoMetadata] = []
    alike = false = 0
    for number, burst in enumerate(_burst_pictures()):
        photos.clear()
        for index, picture in enumerate(burst):
            path = folder / f"burst_{number}_{index}.jpg"
            Image.fromarray(picture).save(path, quality=90)
            photos.append(read_metadata(path, SETTINGS))
        # No time, no position: nothing but the pictures can tell.
        alike += sum(kept is not None for kept in review(photos, SETTINGS).duplicate_of)
        closer = review(photos, SETTINGS, is_copy=_closer_look(list(photos))).duplicate_of
        false += sum(kept is not None for kept in closer)
    return [
        _at_most("bursts_taken_for_copies", "photos", false, 0.0),
        _info("bursts_alike_by_hash", "photos", alike),
    ]


def _burst_pictures() -> Iterator[list[np.ndarray]]:
    """At three places of a demo street: a photo, and others from 3-20 cm or 0.2-1° beside it."""
    layout, seed = StreetPlan(), 11
    renderer = Renderer(build_scene(layout, seed, 14), seed)
    camera = Camera.centred(layout.width_px, layout.height_px, layout.focal_px)
    moves = (
        *((0.0, 0.0, 0.0, 0.0), (0.03, 0.0, 0.0, 0.0), (0.2, 0.0, 0.0, 0.0), (0.0, 0.1, 0.0, 0.0)),
        *((0.0, 0.0, 0.2, 0.0), (0.0, 0.0, 0.0, 0.5), (0.05, 0.02, 1.0, 0.3)),
    )
    chance = np.random.default_rng(seed)
    for point in standpoints(layout, seed, 14)[2::5]:
        burst = []
        for aside_m, ahead_m, turn_deg, roll_deg in moves:
            level = enu_from_cam_rotation(point.heading_deg, 0.0, 0.0)
            centre = np.array((point.east_m, point.north_m, point.up_m))
            pose = RigidTransform(
                to=ENU,
                source=cam("burst"),
                rotation=enu_from_cam_rotation(point.heading_deg + turn_deg, 2.0, roll_deg),
                translation_m=centre + level @ np.array((aside_m, 0.0, ahead_m)),
            )
            picture = renderer.photo(camera, pose, None)
            noisy = picture + chance.normal(0, 3, picture.shape)
            burst.append(np.clip(noisy, 0, 255).astype(np.uint8))
        yield burst
