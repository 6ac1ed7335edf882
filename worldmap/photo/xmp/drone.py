"""What drones say: position, gimbal, lens."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from worldmap.config import PhotoSettings
from worldmap.photo.coordinates import parse_degrees
from worldmap.photo.evidence import (
    DistortionEvidence,
    Evidence,
    FlightHeightEvidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Provenance,
    Quantity,
    RefusedEvidence,
    TiltEvidence,
    believable,
)
from worldmap.photo.texts import clean_text
from worldmap.photo.xmp.packet import Xmp, parse_number
from worldmap.records import HIGHEST_FLIGHT_M, FocalSource, HeightDatum

_RTK_FIXED, _RTK_FLOAT, _RTK_SINGLE = 50, 32, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the readers of camera tags need to know about the file: its upright size, the turn that
    was applied, and the size that the camera took (px, longer side first; None if untold)."""

    width_px: int
    height_px: int
    orientation: int
    taken_longer_px: float | None

    @property
    def scale(self) -> float:
        """Size of this file over the size that was taken."""
        longer = max(self.width_px, self.height_px)
        return longer / self.taken_longer_px if self.taken_longer_px else 1.0


def drone_position(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
    """Where the drone was, and how its receiver fixed that."""
    lat_names = ("drone:GpsLatitude", "drone:GPSLatitude", "drone:Latitude")
    lon_names = (  # the misspelling is DJI's and Autel's
        *("drone:GpsLongitude", "drone:GpsLongtitude"),
        *("drone:GPSLongitude", "drone:GPSLongtitude", "drone:Longitude"),
    )
    lat_text, lon_text = xmp.text(*lat_names), xmp.text(*lon_names)
    flag = xmp.number("drone:RtkFlag") or 0
    rtk = flag >= _RTK_SINGLE
    origin = Origin.RTK if rtk else Origin.DRONE
    found: list[Evidence] = []
    if lat_text is not None and lon_text is not None:
        plain: Provenance = {
            "origin": origin,
            "tag": "GpsLatitude, GpsLongitude",
            "raw": xmp.raw(*lat_names, *lon_names, "drone:RtkFlag"),
        }
        lat, lon = parse_degrees(lat_text), parse_degrees(lon_text)
        sigma_m, note = _rtk_sigma_m(xmp, flag, ("RtkStdLon", "RtkStdLat"), settings)
        told = PositionEvidence(**plain, note=note, lat_deg=lat, lon_deg=lon, sigma_m=sigma_m)
        found.append(believable(told))
    altitude_m = xmp.number("drone:AbsoluteAltitude")
    if altitude_m is not None:
        kind = (xmp.text("drone:AltitudeType") or "").lower()
        ellipsoidal = kind in ("rtkalt", "gpsfusionalt") or (not kind and flag >= _RTK_FLOAT)
        sigma_m, note = _rtk_sigma_m(xmp, flag, ("RtkStdHgt",), settings)
        if not rtk:
            sigma_m, note = settings.drone_altitude_sigma_m, "barometer and GPS mixed"
        found.append(
            HeightEvidence(
                origin=origin,
                tag="AbsoluteAltitude",
                raw=xmp.raw("drone:AbsoluteAltitude", "drone:AltitudeType", "drone:RtkFlag"),
                note=note,
                height_m=altitude_m,
                datum=HeightDatum.ELLIPSOID if ellipsoidal else HeightDatum.UNKNOWN,
                sigma_m=sigma_m,
            )
        )
    flown_m = xmp.number("drone:RelativeAltitude")
    if flown_m is not None and abs(flown_m) <= HIGHEST_FLIGHT_M:
        found.append(
            FlightHeightEvidence(
                origin=Origin.DRONE,
                tag="RelativeAltitude",
                raw=xmp.raw("drone:RelativeAltitude"),
                note="of all photos of a flight alike, for their size",
                height_m=flown_m,
            )
        )
    return found


def _rtk_sigma_m(
    xmp: Xmp, flag: float, names: tuple[str, ...], settings: PhotoSettings
) -> tuple[float, str]:
    # RtkFlag by DJI's manuals: 50 fixed, 32-49 float, 16 single point, 0 none.
    told = [s for n in names if (s := xmp.number(f"drone:{n}")) is not None and 0 < s < 1000]
    if flag >= _RTK_FIXED:
        return max([*told, 0.02]), "RTK fixed"
    if flag >= _RTK_FLOAT:
        return max([*told, 0.5]), "RTK float"
    if flag >= _RTK_SINGLE:
        return max([*told, settings.drone_sigma_m]), "RTK receiver without corrections"
    return settings.drone_sigma_m, "drone's GPS under an open sky"


def drone_attitude(xmp: Xmp, picture: Picture, settings: PhotoSettings) -> list[Evidence]:
    """Where the camera on its gimbal looked, by whichever names the maker chose."""
    families = (
        ("GimbalYawDegree", "GimbalPitchDegree", "GimbalRollDegree"),
        ("CameraYawDegree", "CameraPitchDegree", "CameraRollDegree"),
        ("CameraOrientationNED/Yaw", "CameraOrientationNED/Pitch", "CameraOrientationNED/Roll"),
    )
    found: list[Evidence] = []
    for family in families:
        names = tuple(f"drone:{name}" for name in family)
        yaw, pitch, roll = (xmp.number(name) for name in names)
        if yaw is None and pitch is None:
            continue
        plain: dict[str, Any] = {"origin": Origin.DRONE, "raw": xmp.raw(*names)}
        if (yaw, pitch, roll or 0.0) == (0.0, 0.0, 0.0):
            note = "all zero: the gimbal told nothing"
            found.append(
                RefusedEvidence(**plain, tag=family[0], note=note, quantity=Quantity.HEADING)
            )
            continue
        upright_roll, contradiction = _roll_of_upright(roll or 0.0, picture)
        wide = bool(contradiction)
        if yaw is not None and -360 <= yaw <= 360:
            sigma_deg = settings.contradicted_sigma_deg if wide else settings.gimbal_sigma_deg
            found.append(
                HeadingEvidence(
                    **plain,
                    tag=family[0],
                    note=contradiction,
                    heading_deg=yaw % 360,
                    reference=HeadingReference.GIMBAL,
                    sigma_deg=sigma_deg,
                )
            )
        if pitch is not None and -180 <= pitch <= 180:
            sigma_deg = settings.contradicted_sigma_deg if wide else settings.gimbal_tilt_sigma_deg
            found.append(
                TiltEvidence(
                    **plain,
                    tag=family[1],
                    note=contradiction,
                    pitch_deg=max(-90.0, min(90.0, pitch)),
                    roll_deg=upright_roll,
                    sigma_deg=sigma_deg,
                )
            )
    flight_yaw = xmp.number("drone:FlightYawDegree", "drone:DroneYawDegree")
    if flight_yaw is not None and -360 <= flight_yaw <= 360:
        found.append(
            HeadingEvidence(
                origin=Origin.DRONE,
                tag="FlightYawDegree",
                raw=xmp.raw("drone:FlightYawDegree", "drone:DroneYawDegree"),
                note="of the aircraft, not of the camera",
                heading_deg=flight_yaw % 360,
                reference=HeadingReference.GIMBAL,
                sigma_deg=settings.flight_yaw_sigma_deg,
            )
        )
    return found


def _roll_of_upright(roll_deg: float, picture: Picture) -> tuple[float, str]:
    """Roll of the upright picture, and a remark where the pixels contradict the gimbal.

    Drones store landscape pictures as the gimbal held the camera. A portrait, or a turn by the
    orientation tag, needs a gimbal rolled by 90°; otherwise someone turned the picture later.
    """
    on_its_side = 45 < abs(roll_deg) < 135
    turned = picture.height_px > picture.width_px or picture.orientation != 1
    if turned and not on_its_side:
        return 0.0, "the picture was turned after the gimbal wrote this"
    if on_its_side and turned:
        return roll_deg - math.copysign(90.0, roll_deg), ""
    return roll_deg, ""


def dewarp(xmp: Xmp, picture: Picture) -> list[Evidence]:
    """The lens that DJI measured, of pictures that it has not been taken out of."""
    found: list[Evidence] = []
    data = xmp.text("drone:DewarpData")
    dewarped = xmp.number("drone:DewarpFlag") == 1
    numbers = [parse_number(part) for part in re.split("[,;]", data or "")[-9:]]
    raw = clean_text(data or "", 120) or ""
    if len(numbers) == 9 and all(map(math.isfinite, numbers)) and numbers[0] > 0:
        fx, _, cx, cy, k1, k2, p1, p2, k3 = numbers
        plain: Provenance = {"origin": Origin.CALIBRATED, "tag": "DewarpData", "raw": raw}
        note = f"principal point {cx:+.1f}, {cy:+.1f} px off the middle"
        if dewarped:
            note = "the picture was dewarped in the camera; " + note
        else:
            found.append(DistortionEvidence(**plain, note=note, distortion=(k1, k2, p1, p2, k3)))
        found.append(
            FocalEvidence(
                **plain,
                note=note,
                focal_px=fx * picture.scale,
                sigma_rel=0.005,
                source=FocalSource.CALIBRATED,
            )
        )
    designed = xmp.number("drone:CalibratedFocalLength")
    if designed is not None and designed > 0:
        found.append(
            FocalEvidence(
                origin=Origin.CALIBRATED,
                tag="CalibratedFocalLength",
                raw=xmp.raw("drone:CalibratedFocalLength"),
                note="the lens as designed",
                focal_px=designed * picture.scale,
                sigma_rel=0.01,
                source=FocalSource.CALIBRATED,
            )
        )
    return found
