"""Google's namespace of panoramas."""

from __future__ import annotations

from worldmap.config import PhotoSettings
from worldmap.photo.evidence import (
    Evidence,
    HeadingEvidence,
    HeadingReference,
    Origin,
    Quantity,
    TextEvidence,
    TiltEvidence,
)
from worldmap.photo.xmp.packet import Xmp

_FLAT_PROJECTIONS = frozenset({"", "perspective", "rectilinear"})


def projection_problem(xmp: Xmp) -> str:
    """Why the picture is no pinhole photo, '' where it may be one."""
    projection = (xmp.text("gpano:ProjectionType") or "").lower()
    if projection not in _FLAT_PROJECTIONS:
        return f"{projection} panorama"
    if (xmp.text("camera:ModelType") or "").lower() == "fisheye":
        return "fisheye lens"
    return ""


def _is_whole(xmp: Xmp) -> bool:
    """Whether nothing is cropped off the full picture, as far as it is told."""
    return all(
        (part := xmp.number(f"gpano:CroppedAreaImage{side}Pixels")) is None
        or part == xmp.number(f"gpano:FullPano{side}Pixels")
        for side in ("Width", "Height")
    )


def gpano(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
    """Heading, pitch and roll of the picture's middle."""
    heading = xmp.number("gpano:PoseHeadingDegrees")
    pitch, roll = xmp.number("gpano:PosePitchDegrees"), xmp.number("gpano:PoseRollDegrees")
    raw = xmp.raw("gpano:PoseHeadingDegrees", "gpano:PosePitchDegrees", "gpano:PoseRollDegrees")
    found: list[Evidence] = []
    projection = (xmp.text("gpano:ProjectionType") or "").lower()
    if projection == "equirectangular" and _is_whole(xmp):
        found.append(
            TextEvidence(
                origin=Origin.GPANO,
                tag="ProjectionType",
                raw=projection,
                quantity=Quantity.PROJECTION,
                text=projection,
            )
        )
    if heading is not None and -360 <= heading <= 360:
        found.append(
            HeadingEvidence(
                origin=Origin.GPANO,
                tag="PoseHeadingDegrees",
                raw=raw,
                heading_deg=heading % 360,
                reference=HeadingReference.TRUE,
                sigma_deg=settings.compass_sigma_deg,
            )
        )
    if pitch is not None and -90 <= pitch <= 90:
        found.append(
            TiltEvidence(
                origin=Origin.GPANO,
                tag="PosePitchDegrees",
                raw=raw,
                pitch_deg=pitch,
                roll_deg=roll if roll is not None and abs(roll) <= 180 else 0.0,
                sigma_deg=settings.gimbal_tilt_sigma_deg,
            )
        )
    return found
