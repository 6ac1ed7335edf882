"""Mapillary's descriptions: JSON in EXIF ImageDescription, and `mapillary_image_description.json`
as its tools write it or with the fields of its API (computed_* are the results of its own
structure from motion, and preferred)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from worldmap.config import PhotoSettings
from worldmap.fisheye import FisheyeLens
from worldmap.frames import heading_pitch_roll_deg, wrapped_deg
from worldmap.input_file import json_at_most, json_number
from worldmap.photo.declination import declination_deg
from worldmap.photo.evidence import (
    DistortionEvidence,
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Provenance,
    Quantity,
    TextEvidence,
    TiltEvidence,
    TimeEvidence,
    believable,
    position_problem,
)
from worldmap.photo.texts import clean_text, parse_time
from worldmap.records import FocalSource, HeightDatum

FILE_NAME = "mapillary_image_description.json"
_SIZE_LIMIT_BYTES = 32 << 20  # some 45,000 photos; parsed it takes 25 times that at worst
_CONTRADICTION_DEG = 6.0


def parse_description(text: str | None) -> dict[str, Any]:
    """The JSON object in an ImageDescription, {} where the text is none of Mapillary's."""
    if not text or not text.lstrip().startswith("{") or '"MAP' not in text:
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def read_descriptions(path: Path) -> tuple[dict[str, dict[str, Any]], str]:
    """Casefolded file name (or id) to description, and why the file cannot be read, else ''."""
    content, problem = json_at_most(path, _SIZE_LIMIT_BYTES)
    if problem:
        return {}, f"{path.name} {problem}"
    if isinstance(content, dict):
        content = content.get("data", [content])
    found: dict[str, dict[str, Any]] = {}
    for entry in content if isinstance(content, list) else ():
        if isinstance(entry, dict):
            for key in ("filename", "_filename", "id"):
                if isinstance(entry.get(key), (str, int)):
                    found.setdefault(str(entry[key]).replace("\\", "/").casefold(), entry)
    return found, ""


def find_description(
    photo: Path, descriptions: Mapping[str, dict[str, Any]]
) -> dict[str, Any] | None:
    """The description of a photo by its name, or by its stem where images are named by their id."""
    for key in (photo.name, photo.stem):
        if key.casefold() in descriptions:
            return descriptions[key.casefold()]
    wanted = f"/{photo.name.casefold()}"
    return next((entry for key, entry in descriptions.items() if key.endswith(wanted)), None)


def mapillary_evidence(
    entry: Mapping[str, Any], width_px: int, height_px: int, settings: PhotoSettings
) -> list[Evidence]:
    """Everything one description says."""
    return [
        *_computed(entry, width_px, height_px, settings),
        *_measured(entry, settings),
        *_times(entry),
        *_texts(entry),
    ]


def _computed(
    entry: Mapping[str, Any], width_px: int, height_px: int, settings: PhotoSettings
) -> list[Evidence]:
    origin = Origin.MAPILLARY_COMPUTED
    found = _position(
        origin,
        "computed_geometry",
        *_point(entry.get("computed_geometry")),
        settings.mapillary_sigma_m,
    )
    altitude_m = json_number(entry.get("computed_altitude"))
    if math.isfinite(altitude_m):
        found.append(_height(origin, "computed_altitude", altitude_m, settings))
    rotation = _rotation(entry.get("computed_rotation"))
    angle_deg = json_number(entry.get("computed_compass_angle"))
    if rotation is not None:
        heading, pitch, roll = heading_pitch_roll_deg(rotation)
        raw = f"{entry.get('computed_rotation')}"[:80]
        found.append(
            TiltEvidence(
                origin=origin,
                tag="computed_rotation",
                raw=raw,
                pitch_deg=pitch,
                roll_deg=roll,
                sigma_deg=settings.gimbal_tilt_sigma_deg,
            )
        )
        angle_deg = heading if not math.isfinite(angle_deg) else angle_deg
    if -360 <= angle_deg <= 360:
        found.append(
            HeadingEvidence(
                origin=origin,
                tag="computed_compass_angle",
                raw=f"{entry.get('computed_compass_angle', angle_deg)}"[:40],
                heading_deg=angle_deg % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=settings.mapillary_heading_sigma_deg,
            )
        )
    return found + _camera(entry, width_px, height_px)


def _camera(entry: Mapping[str, Any], width_px: int, height_px: int) -> list[Evidence]:
    parameters = entry.get("camera_parameters")
    if not isinstance(parameters, list) or entry.get("camera_type") not in (None, "perspective"):
        return []
    numbers = [json_number(value) for value in parameters]
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)) or numbers[0] <= 0:
        return []
    focal, k1, k2 = numbers  # the focal length over the longer side (OpenSfM)
    plain: Provenance = {
        "origin": Origin.CALIBRATED,
        "tag": "camera_parameters",
        "raw": f"{parameters}"[:80],
    }
    return [
        FocalEvidence(
            **plain,
            focal_px=focal * max(width_px, height_px),
            sigma_rel=0.02,
            source=FocalSource.CALIBRATED,
        ),
        DistortionEvidence(**plain, distortion=(k1, k2, 0.0, 0.0, 0.0)),
    ]


def mapillary_fisheye(entry: object, size_px: tuple[int, int]) -> FisheyeLens | None:
    """The lens of a description of a fisheye, in pixels; None of any other. size_px: upright."""
    if not isinstance(entry, dict) or entry.get("camera_type") != "fisheye":
        return None
    parameters = entry.get("camera_parameters")
    if not isinstance(parameters, list) or len(parameters) != 3:
        return None
    focal, k1, k2 = (json_number(value) for value in parameters)
    focal_px, (width_px, height_px) = focal * max(size_px), size_px  # as OpenSfM has it
    try:
        return FisheyeLens.odd(size_px, (focal_px, focal_px), (width_px / 2, height_px / 2), k1, k2)
    except ValueError:
        return None


def _measured(entry: Mapping[str, Any], settings: PhotoSettings) -> list[Evidence]:
    origin = Origin.MAPILLARY
    lat, lon = json_number(entry.get("MAPLatitude")), json_number(entry.get("MAPLongitude"))
    accuracy_m = json_number(entry.get("MAPGPSAccuracyMeters"))
    sigma_m = (
        max(accuracy_m, settings.gps_sigma_floor_m) if accuracy_m > 0 else settings.gps_sigma_m
    )
    has_map = "MAPLatitude" in entry and "MAPLongitude" in entry
    found = _position(origin, "MAPLatitude, MAPLongitude", lat, lon, sigma_m) if has_map else []
    if not has_map:
        lat, lon = _point(entry.get("geometry"))
        found += _position(origin, "geometry", lat, lon, sigma_m)
    for name in ("MAPAltitude", "altitude"):
        altitude_m = json_number(entry.get(name))
        if altitude_m != 0 and math.isfinite(altitude_m):
            found.append(_height(origin, name, altitude_m, settings))
            break
    return found + _compass(entry, lat, lon, settings)


def _compass(
    entry: Mapping[str, Any], lat: float, lon: float, settings: PhotoSettings
) -> list[Evidence]:
    compass = entry.get("MAPCompassHeading")
    if not isinstance(compass, dict):
        angle_deg = json_number(entry.get("compass_angle"))
        if not -360 <= angle_deg <= 360:
            return []
        return [
            HeadingEvidence(
                origin=Origin.MAPILLARY,
                tag="compass_angle",
                raw=f"{angle_deg:g}",
                heading_deg=angle_deg % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=settings.compass_sigma_deg,
            )
        ]
    true_deg, magnetic_deg = (json_number(compass.get(f"{n}Heading")) for n in ("True", "Magnetic"))
    accuracy_deg = json_number(compass.get("AccuracyDegrees"))
    sigma_deg = settings.compass_sigma_deg
    if 0 < accuracy_deg <= 180:
        sigma_deg = max(sigma_deg, accuracy_deg)
    if math.isfinite(true_deg) and -360 <= true_deg <= 360:
        heading_deg, reference = true_deg, HeadingReference.TRUE
    elif math.isfinite(magnetic_deg) and -360 <= magnetic_deg <= 360:
        heading_deg, reference = magnetic_deg, HeadingReference.MAGNETIC
    else:
        return []
    note = ""
    if math.isfinite(true_deg) and math.isfinite(magnetic_deg) and not position_problem(lat, lon):
        difference = wrapped_deg(true_deg - magnetic_deg)
        told = parse_time(str(entry.get("MAPCaptureTime", "")))
        declination, _ = declination_deg(lat, lon, 0.0, told)
        # Writers fill both with one value; else they must differ by the declination. Where they
        # do not, the app turned one of them with the device and not the other.
        if min(abs(difference), abs(difference - declination)) > _CONTRADICTION_DEG:
            sigma_deg = max(sigma_deg, settings.contradicted_sigma_deg)
            note = f"true − magnetic is {difference:.0f}°, the declination {declination:.0f}°"
    return [
        HeadingEvidence(
            origin=Origin.MAPILLARY,
            tag="MAPCompassHeading",
            raw=f"true {compass.get('TrueHeading')} magnetic {compass.get('MagneticHeading')}"[:80],
            note=note,
            heading_deg=heading_deg % 360,
            reference=reference,
            sigma_deg=sigma_deg,
        )
    ]


def _times(entry: Mapping[str, Any]) -> list[Evidence]:
    text = entry.get("MAPCaptureTime")
    time = parse_time(text) if isinstance(text, str) else None
    tag = "MAPCaptureTime"
    if time is None:
        stamp_ms = json_number(entry.get("captured_at"))
        if not 0 < stamp_ms < 4e12:
            return []
        text, tag = f"{stamp_ms:.0f}", "captured_at"
        time = datetime.fromtimestamp(stamp_ms / 1000, UTC)
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return [TimeEvidence(origin=Origin.MAPILLARY, tag=tag, raw=f"{text}"[:40], time=time)]


def _texts(entry: Mapping[str, Any]) -> list[Evidence]:
    names = {
        "MAPDeviceMake": Quantity.MAKE,
        "make": Quantity.MAKE,
        "MAPDeviceModel": Quantity.MODEL,
        "model": Quantity.MODEL,
    }
    found: list[Evidence] = []
    for name, quantity in names.items():
        value = entry.get(name)
        text = clean_text(value) if isinstance(value, str) else None
        if text is not None and text.lower() != "none":
            found.append(
                TextEvidence(
                    origin=Origin.MAPILLARY, tag=name, raw=text[:120], quantity=quantity, text=text
                )
            )
    return found


def _position(origin: Origin, tag: str, lat: float, lon: float, sigma_m: float) -> list[Evidence]:
    if math.isnan(lat) and math.isnan(lon):
        return []
    plain: Provenance = {"origin": origin, "tag": tag, "raw": f"{lat!r} {lon!r}"}
    return [believable(PositionEvidence(**plain, lat_deg=lat, lon_deg=lon, sigma_m=sigma_m))]


def _height(origin: Origin, tag: str, altitude_m: float, settings: PhotoSettings) -> HeightEvidence:
    return HeightEvidence(
        origin=origin,
        tag=tag,
        raw=f"{altitude_m:g}",
        height_m=altitude_m,
        datum=HeightDatum.UNKNOWN,
        sigma_m=settings.altitude_sigma_m,
    )


def _rotation(value: object) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """enu_from_cam (3, 3) of an OpenSfM rotation vector, which is cam_from_enu; None if it is
    none. Rodrigues' formula."""
    if not isinstance(value, list) or len(value) != 3:
        return None
    vector = np.array([json_number(v) for v in value])
    if not np.isfinite(vector).all() or np.abs(vector).max() > 100:
        return None
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / angle if angle > 0 else (0.0, 0.0, 1.0)
    cross = np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
    cam_from_enu = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return np.asarray(cam_from_enu.T)


def _point(geometry: object) -> tuple[float, float]:
    """Latitude and longitude of a GeoJSON point, NaN where it is none."""
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return math.nan, math.nan
    return json_number(coordinates[1]), json_number(coordinates[0])
