"""Pix4D's Camera namespace: how accurate, which lens, which attitude."""

from __future__ import annotations

import math
from typing import Any

from worldmap.config import PhotoSettings
from worldmap.fisheye import FisheyeLens
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

_NOTHING = 1e-6
_MOST_TERMS = 6


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


def pix4d_fisheye(xmp: Xmp, size_px: tuple[int, int], scale: float) -> FisheyeLens | None:
    """The lens of a fisheye in Pix4D's Camera namespace, in pixels of the picture as it is stored,
    size_px; None where it is not told in full. scale: of this file over the picture as taken.

    The radius is a polynomial of θ 2/π, the affine matrix makes pixels of it
    (https://support.pix4d.com/hc/en-us/articles/202559089). PrincipalPoint is left out, and a
    matrix that is not diagonal refused: that page counts upwards from the lower left corner,
    makers' files downwards from the upper left, and they do not say which they mean.
    """
    if (xmp.text("camera:ModelType") or "").lower() != "fisheye":
        return None
    polynomial = _listed(xmp, "camera:FisheyePolynomial")
    affine = _listed(xmp, "camera:FisheyeAffineMatrix")
    if not 2 <= len(polynomial) <= _MOST_TERMS or len(affine) != 4:
        return None
    if any(abs(each) > _NOTHING * abs(affine[0]) for each in affine[1:3]):
        return None
    if not abs(polynomial[0]) < _NOTHING:
        return None
    width_px, height_px = size_px
    try:
        return FisheyeLens(
            width_px=width_px,
            height_px=height_px,
            series=tuple(
                each * (2 / math.pi) ** power for power, each in enumerate(polynomial[1:], 1)
            ),
            matrix=(scale * affine[0], 0.0, 0.0, scale * affine[3]),
            centre_px=(width_px / 2, height_px / 2),
        )
    except ValueError:
        return None


def _listed(xmp: Xmp, name: str) -> list[float]:
    """Numbers with commas between them, or each an entry of its own."""
    texts = xmp.values.get(name, ())
    apart = len(texts) > 1 and not any("," in text for text in texts)
    return [parse_number(part) for part in (texts if apart else (xmp.text(name) or "").split(","))]


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
    numbers = _listed(xmp, "camera:PerspectiveDistortion")
    if len(numbers) == 5 and all(map(math.isfinite, numbers)) and any(numbers):
        r1, r2, r3, t1, t2 = numbers
        found.append(
            DistortionEvidence(
                **plain,
                tag="Camera:PerspectiveDistortion",
                raw=clean_text(" ".join(xmp.values["camera:PerspectiveDistortion"]), 120) or "",
                distortion=(r1, r2, t1, t2, r3),
            )
        )
    return found
