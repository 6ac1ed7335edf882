"""Pix4D's Camera namespace: how accurate, which lens, which attitude."""

from __future__ import annotations

import math
from typing import Any

from worldmap.config import PhotoSettings
from worldmap.photo.evidence import (
    DistortionEvidence,
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    Origin,
    TiltEvidence,
)
from worldmap.photo.texts import clean_text
from worldmap.photo.xmp.packet import Xmp, parse_number
from worldmap.records import FocalSource


def position_accuracy_m(xmp: Xmp) -> tuple[float | None, float | None]:
    """Horizontal and vertical accuracy of the EXIF position (Pix4D's Camera namespace)."""

    def positive(name: str) -> float | None:
        number = xmp.number(name)
        return number if number is not None and number > 0 else None

    return positive("camera:GPSXYAccuracy"), positive("camera:GPSZAccuracy")


def camera_attitude(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
    """Yaw, pitch and roll that a flight planner or a calibration wrote."""
    # Pix4D's namespace: yaw of the picture's top, pitch 0 looking down and 90 looking ahead.
    yaw, pitch, roll = (xmp.number(f"camera:{name}") for name in ("Yaw", "Pitch", "Roll"))
    plain: dict[str, Any] = {
        "origin": Origin.XMP_CAMERA,
        "raw": xmp.raw("camera:Yaw", "camera:Pitch", "camera:Roll"),
    }
    found: list[Evidence] = []
    if yaw is not None and -360 <= yaw <= 360:
        found.append(
            HeadingEvidence(
                **plain,
                tag="Camera:Yaw",
                heading_deg=yaw % 360,
                reference=HeadingReference.GIMBAL,
                sigma_deg=settings.camera_yaw_sigma_deg,
            )
        )
    if pitch is not None and -90 <= pitch - 90 <= 90:
        found.append(
            TiltEvidence(
                **plain,
                tag="Camera:Pitch",
                note="0 is down, 90 ahead",
                pitch_deg=pitch - 90,
                roll_deg=roll if roll is not None and abs(roll) <= 180 else 0.0,
                sigma_deg=settings.camera_tilt_sigma_deg,
            )
        )
    return found


def perspective_model(xmp: Xmp, px_per_mm: float | None, scale: float) -> list[Evidence]:
    """Focal length and distortion in Pix4D's Camera namespace; the focal length is in millimetres
    and needs the sensor's px_per_mm (of the picture as taken)."""
    found: list[Evidence] = []
    focal_mm = xmp.number("camera:PerspectiveFocalLength")
    plain: dict[str, Any] = {"origin": Origin.CALIBRATED}
    if focal_mm is not None and focal_mm > 0 and px_per_mm is not None:
        found.append(
            FocalEvidence(
                **plain,
                tag="Camera:PerspectiveFocalLength",
                raw=xmp.raw("camera:PerspectiveFocalLength"),
                focal_px=focal_mm * px_per_mm * scale,
                sigma_rel=0.01,
                source=FocalSource.CALIBRATED,
            )
        )
    text = xmp.text("camera:PerspectiveDistortion") or ""
    texts = xmp.values.get("camera:PerspectiveDistortion", ())
    numbers = [parse_number(p) for p in (texts if len(texts) == 5 else text.split(","))]
    if len(numbers) == 5 and all(map(math.isfinite, numbers)) and any(numbers):
        r1, r2, r3, t1, t2 = numbers
        found.append(
            DistortionEvidence(
                **plain,
                tag="Camera:PerspectiveDistortion",
                raw=clean_text(" ".join(texts), 120) or "",
                distortion=(r1, r2, t1, t2, r3),
            )
        )
    return found
