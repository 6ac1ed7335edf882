"""Writes a demo: JPEGs with EXIF, depth files beside them, and the truth elsewhere."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_error
from worldmap.camera import Camera
from worldmap.demo import sensors
from worldmap.demo.exact import true_pairs
from worldmap.demo.layout import Standpoint, StreetPlan, standpoints
from worldmap.demo.noise import Noise
from worldmap.demo.render import Rays, Renderer, exact_depth_m
from worldmap.demo.scene import build_people, build_scene
from worldmap.demo.truth import (
    PHOTO_FOLDER,
    TRUTH_NAME,
    DemoTruth,
    Person,
    PhotoTruth,
    read_truth,
)
from worldmap.errors import InputError, StorageError, WorldmapError
from worldmap.frames import (
    RigidTransform,
    cam,
    enu_from_cam_rotation,
)
from worldmap.geodesy import Site, enu, geoid_undulation_m

Rng = np.random.Generator

_TAKEN = datetime(2026, 5, 12, 10, 0, 0, tzinfo=timezone(timedelta(hours=2)))
_JPEG_QUALITY = 92
_SENSOR_MM_PER_35MM = 4.25 / 27.0


def write_demo(
    out_dir: Path,
    *,
    layout: StreetPlan,
    noise: Noise,
    seed: int,
    photos: int = 14,
    on_progress: Callable[[int, int], None] | None = None,
) -> DemoTruth:
    """Makes a demo: photos/demo_NN.jpg with EXIF, photos/demo_NN.depth.png, truth.json.

    Equal arguments write equal scenes, tags and depths. Photos of an earlier demo in the same
    folder go; nothing else there is touched. on_progress(done, photos) is called after each photo.
    InputError for a count of photos outside 2..200; StorageError where the folder cannot be
    written.
    """
    if not 2 <= photos <= 200:
        raise InputError(f"a demo has 2 to 200 photos, not {photos}")
    if seed < 0:
        raise InputError(f"the demo's seed must not be negative, got {seed}")
    mesh = build_scene(layout, seed, photos)
    rays = Rays(mesh)
    site = Site(
        layout.lat_deg,
        layout.lon_deg,
        layout.ground_msl_m + float(geoid_undulation_m(layout.lat_deg, layout.lon_deg)),
    )
    shots = _shots(rays, site, layout, noise, seed, photos)
    truth = DemoTruth(
        layout=layout,
        noise=noise,
        seed=seed,
        site=site,
        photos=shots,
        pairs=true_pairs(rays, layout, shots),
        folder=out_dir,
    )
    renderer = Renderer(mesh, seed)
    try:
        _clear(out_dir)
        truth.photo_dir.mkdir(parents=True, exist_ok=True)
        for index, photo in enumerate(shots):
            people = build_people(photo.people)
            picture = renderer.photo(photo.camera, photo.enu_from_cam, people)
            rng = np.random.default_rng((seed, 9, index))
            jpeg = _encoded(".jpg", sensors.exposed(rng, picture, noise)[..., ::-1])
            tags = _exif(truth, photo, _TAKEN + timedelta(seconds=7 * index))
            (truth.photo_dir / photo.name).write_bytes(_with_exif(jpeg, tags))
            exact = exact_depth_m(
                rays if people is None else Rays(mesh.joined(people)),
                _depth_camera(photo),
                photo.enu_from_cam,
            )
            filled = sensors.with_sky(exact, noise, seed, index)
            bled = sensors.bled_depth_m(filled, noise.depth_bleed_px)
            given = sensors.given_depth_m(rng, bled, noise, photo.depth_scale)
            depth_path = truth.photo_dir / f"{Path(photo.name).stem}.depth.png"
            depth_path.write_bytes(_encoded(".png", sensors.millimetres(given)))
            if on_progress is not None:
                on_progress(index + 1, photos)
        text = json.dumps(truth.to_json(), indent=1)
        (out_dir / TRUTH_NAME).write_text(text, encoding="utf-8")
    except WorldmapError:
        raise
    except OSError as error:
        raise write_error(Path(error.filename or out_dir), error) from error
    return truth


def _shots(
    rays: Rays, site: Site, layout: StreetPlan, noise: Noise, seed: int, photos: int
) -> tuple[PhotoTruth, ...]:
    rng = np.random.default_rng((seed, 20))
    fixes = sensors.gps_fixes(rng, noise, photos)
    heading_errors = sensors.heading_errors_deg(rng, noise, photos)
    scales = np.exp(noise.depth_scale_sigma * rng.standard_normal(photos))
    tilts = noise.tilt_sigma_deg * rng.standard_normal((photos, 2))
    focal_px = layout.focal_px * (1 + noise.focal_error_rel * float(rng.choice((-1.0, 1.0))))
    cameras = _cameras(Camera.centred(layout.width_px, layout.height_px, focal_px), noise, seed)
    crowd = _crowd(rng, rays, standpoints(layout, seed, photos), noise, layout)
    shots = []
    for index, point in enumerate(standpoints(layout, seed, photos)):
        name = f"demo_{index:02d}.jpg"
        pitch, roll = (float(angle) for angle in tilts[index])
        centre = np.array((point.east_m, point.north_m, point.up_m))
        fix, error = fixes[index], heading_errors[index]
        shots.append(
            PhotoTruth(
                name=name,
                enu_from_cam=RigidTransform(
                    to=enu(site),
                    source=cam(name),
                    rotation=enu_from_cam_rotation(point.heading_deg, pitch, roll),
                    translation_m=centre,
                ),
                camera=next(cameras),
                depth_scale=float(scales[index]),
                gps_enu_m=None if fix is None else centre + fix.error_enu_m,
                gps_sigma_m=0.0 if fix is None else fix.sigma_m,
                heading_tag_deg=None if error is None else (point.heading_deg + error) % 360.0,
                heading_reference="" if error is None else ("M" if index % 3 == 1 else "T"),
                people=crowd[index],
            )
        )
    return tuple(shots)


def _cameras(camera: Camera, noise: Noise, seed: int) -> Iterator[Camera]:
    """One photo's camera after another, of one lens."""
    rng = np.random.default_rng((seed, 21))
    towards = rng.uniform(0.0, 2 * np.pi)
    off_px = noise.centre_off_rel * camera.width_px * np.array((np.cos(towards), np.sin(towards)))
    corner = float(np.hypot(camera.cx_px, camera.cy_px)) / camera.fx_px
    while True:
        longer = 1.0 + noise.focal_spread_rel * float(rng.uniform(-1.0, 1.0))
        yield replace(
            camera,
            fx_px=camera.fx_px * longer,
            fy_px=camera.fy_px * longer,
            cx_px=camera.cx_px + float(off_px[0]),
            cy_px=camera.cy_px + float(off_px[1]),
            distortion=(noise.radial_rel / corner**2, 0.0, 0.0, 0.0, 0.0),
        )


def _crowd(
    rng: Rng, rays: Rays, points: Sequence[Standpoint], noise: Noise, layout: StreetPlan
) -> list[tuple[Person, ...]]:
    """Passers-by of each photo: on free ground, 3.5 to 14 m in front of the camera."""
    groups: list[list[Person]] = [[] for _ in points]
    half_field = np.arctan(0.5 * layout.width_px / layout.focal_px)
    for number in range(round(noise.passers_by_per_photo * len(points))):
        index = int(rng.integers(len(points)))
        point = points[index]
        for _ in range(30):
            away = rng.uniform(3.5, 14.0)
            azimuth = np.deg2rad(point.heading_deg) + rng.uniform(-0.85, 0.85) * half_field
            way = np.array((np.sin(azimuth), np.cos(azimuth), 0.0))
            eye = np.array((point.east_m, point.north_m, 1.2))
            free, _, _ = rays.cast(eye, way[None].astype(np.float32))
            spot = eye + away * way
            drop, _, _ = rays.cast(spot, np.array(((0.0, 0.0, -1.0),), dtype=np.float32))
            if free[0] > away + 0.6 and 1.0 < drop[0] < 1.3:
                facing = float(rng.uniform(0, 2 * np.pi))
                groups[index].append((float(spot[0]), float(spot[1]), facing, 1000 + number))
                break
    return [tuple(group) for group in groups]


def _clear(out_dir: Path) -> None:
    """Removes the photos and depths of an earlier demo, and its truth."""
    if not (out_dir / TRUTH_NAME).exists():
        return
    try:
        earlier = read_truth(out_dir)
    except InputError as error:
        raise InputError(
            error.reason, path=error.path, hint="choose another folder for the demo"
        ) from error
    for photo in earlier.photos:
        if Path(photo.name).name == photo.name:
            (out_dir / PHOTO_FOLDER / photo.name).unlink(missing_ok=True)
            sidecar = f"{Path(photo.name).stem}.depth.png"
            (out_dir / PHOTO_FOLDER / sidecar).unlink(missing_ok=True)
    (out_dir / TRUTH_NAME).unlink()


def _depth_camera(photo: PhotoTruth) -> Camera:
    return photo.camera.rescaled(photo.camera.width_px // 2, photo.camera.height_px // 2)


def _encoded(suffix: str, image: NDArray[Any]) -> bytes:
    settings = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if suffix == ".jpg" else []
    done, data = cv2.imencode(suffix, np.ascontiguousarray(image), settings)
    if not done:
        raise StorageError(f"OpenCV cannot encode a {suffix} image")
    return bytes(data)


def _exif(truth: DemoTruth, photo: PhotoTruth, taken: datetime) -> dict[str, Any]:
    """Tags as a phone writes them, in the form that piexif takes."""
    import piexif

    zone = taken.strftime("%z")
    offset = f"{zone[:3]}:{zone[3:]}"
    stamp = taken.strftime("%Y:%m:%d %H:%M:%S")
    image = {
        piexif.ImageIFD.Make: "worldmap",
        piexif.ImageIFD.Model: "demo",
        piexif.ImageIFD.Orientation: 1,
        piexif.ImageIFD.DateTime: stamp,
    }
    details = {
        piexif.ExifIFD.DateTimeOriginal: stamp,
        piexif.ExifIFD.OffsetTimeOriginal: offset,
        piexif.ExifIFD.FocalLength: _rational(
            truth.layout.focal_35mm * _SENSOR_MM_PER_35MM, 10_000
        ),
        piexif.ExifIFD.FocalLengthIn35mmFilm: truth.layout.focal_35mm,
        piexif.ExifIFD.PixelXDimension: photo.camera.width_px,
        piexif.ExifIFD.PixelYDimension: photo.camera.height_px,
    }
    gps = _gps_tags(truth, photo, taken)
    return {"0th": image, "Exif": details, "GPS": gps}


def _gps_tags(truth: DemoTruth, photo: PhotoTruth, taken: datetime) -> dict[int, Any]:
    import piexif

    tags: dict[int, Any] = {}
    where = photo.enu_from_cam.translation_m if photo.gps_enu_m is None else photo.gps_enu_m
    lat, lon, height = (float(v) for v in truth.site.geodetic_from_enu(where))
    msl = height - float(geoid_undulation_m(lat, lon))
    if photo.gps_enu_m is not None:
        utc = taken.astimezone(UTC)
        tags |= {
            piexif.GPSIFD.GPSLatitudeRef: "N" if lat >= 0 else "S",
            piexif.GPSIFD.GPSLatitude: _sexagesimal(abs(lat)),
            piexif.GPSIFD.GPSLongitudeRef: "E" if lon >= 0 else "W",
            piexif.GPSIFD.GPSLongitude: _sexagesimal(abs(lon)),
            piexif.GPSIFD.GPSAltitudeRef: 0 if msl >= 0 else 1,
            piexif.GPSIFD.GPSAltitude: _rational(abs(msl), 10_000),
            piexif.GPSIFD.GPSTimeStamp: ((utc.hour, 1), (utc.minute, 1), (utc.second, 1)),
            piexif.GPSIFD.GPSDateStamp: utc.strftime("%Y:%m:%d"),
        }
        if photo.gps_sigma_m > 0:
            tags[piexif.GPSIFD.GPSHPositioningError] = _rational(photo.gps_sigma_m, 100)
    if photo.heading_tag_deg is not None:
        told = photo.heading_tag_deg
        if photo.heading_reference == "M":
            told -= _declination_deg(lat, lon, msl, taken)
        tags[piexif.GPSIFD.GPSImgDirectionRef] = photo.heading_reference
        tags[piexif.GPSIFD.GPSImgDirection] = _rational(told % 360.0, 10_000)
    if tags:
        tags[piexif.GPSIFD.GPSVersionID] = (2, 3, 0, 0)
    return tags


def _declination_deg(lat_deg: float, lon_deg: float, msl_m: float, taken: datetime) -> float:
    """East of true north is positive; from the World Magnetic Model."""
    from pygeomag import GeoMag, calculate_decimal_year

    year = calculate_decimal_year(taken.astimezone(UTC).replace(tzinfo=None))
    model = GeoMag(base_year=taken.year)
    return float(model.calculate(glat=lat_deg, glon=lon_deg, alt=msl_m / 1000, time=year).d)


def _rational(value: float, denominator: int) -> tuple[int, int]:
    return round(value * denominator), denominator


def _sexagesimal(value_deg: float) -> tuple[tuple[int, int], ...]:
    # Whole microseconds of arc (30 µm on the ground), so that carries come out right.
    total = round(Fraction(value_deg) * 3600 * 1_000_000)
    seconds = total % 60_000_000
    minutes = total // 60_000_000
    return (minutes // 60, 1), (minutes % 60, 1), (seconds, 1_000_000)


def _with_exif(jpeg: bytes, tags: dict[str, Any]) -> bytes:
    import piexif

    whole = io.BytesIO()
    piexif.insert(piexif.dump(tags), jpeg, whole)
    return whole.getvalue()
