"""XMP packets, embedded or in a sidecar file.

Makers of drones agree on little: the same names appear in different namespaces, so vendor tags are
found by their local name. A packet that is broken gives what it holds before the break.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from worldmap.config import PhotoSettings
from worldmap.input_file import open_regular
from worldmap.photo.evidence import (
    DistortionEvidence,
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeadingReference,
    HeightEvidence,
    Origin,
    PositionEvidence,
    Quantity,
    RefusedEvidence,
    TextEvidence,
    TiltEvidence,
    TimeEvidence,
    position_problem,
)
from worldmap.photo.texts import clean_text, parse_time
from worldmap.records import FocalSource, HeightDatum
from worldmap.xmp_packet import parse_packet

_PACKET_LIMIT_BYTES = 2 << 20
_DEPTH_LIMIT = 12
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_CONTAINERS = frozenset({f"{_RDF}{name}" for name in ("Description", "Seq", "Alt", "Bag", "li")})
# Fragments of namespace addresses, and what we call the family.
_FAMILIES = (
    ("/photos/1.0/panorama", "gpano"),
    ("ns.adobe.com/exif", "exif"),
    ("ns.adobe.com/tiff", "tiff"),
    ("ns.adobe.com/xap/1.0/rights", "rights"),
    ("ns.adobe.com/xap/1.0", "xmp"),
    ("ns.adobe.com/photoshop", "photoshop"),
    ("purl.org/dc/elements", "dc"),
    ("creativecommons.org/ns", "cc"),
    ("web.resource.org/cc", "cc"),
    ("pix4d.com/camera", "camera"),
    ("sensefly.com/camera", "camera"),
    ("parrot", "drone"),
    ("drone", "drone"),
    ("dji", "drone"),
    ("autel", "drone"),
    ("skydio", "drone"),
)
_RTK_FIXED, _RTK_FLOAT, _RTK_SINGLE = 50, 32, 16
_FLAT_PROJECTIONS = frozenset({"", "perspective", "rectilinear"})


@dataclass(frozen=True, slots=True)
class Xmp:
    """Properties of a packet: "family:Name" or "family:Struct/Name" to its texts, in order.

    problem: what is wrong with the packet: why there are none, or what was mended to read them.
    """

    values: dict[str, tuple[str, ...]]
    problem: str = ""

    def text(self, *names: str) -> str | None:
        """The first text of the first name that has one."""
        for name in names:
            for value in self.values.get(name, ()):
                if (cleaned := clean_text(value)) is not None:
                    return cleaned
        return None

    def number(self, *names: str) -> float | None:
        """The first name's number: decimals with a sign, or a fraction; None where not finite."""
        for name in names:
            text = self.text(name)
            number = math.nan if text is None else parse_number(text)
            if math.isfinite(number):
                return number
        return None

    def raw(self, *names: str) -> str:
        """The properties as text, for the ledger."""
        shown = (f"{n.split(':')[1]}={self.text(n)}" for n in names if self.text(n) is not None)
        return clean_text(" ".join(shown), 120) or ""


def parse_number(text: str) -> float:
    """`+12.5`, `3/2`, `12.5 m`; NaN for anything else."""
    match = re.match(
        r"\s*([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?)(?:\s*/\s*([+-]?\d+(?:\.\d*)?))?", text
    )
    if match is None:
        return math.nan
    number, denominator = float(match[1]), float(match[2] or 1)
    return number / denominator if denominator else math.nan


def parse_degrees(text: str) -> float:
    """A coordinate: `47,12.424N`, `47,12,25.4N`, `22.5° N`, `-12.25`; NaN for anything else."""
    parts = re.findall(r"\d+(?:\.\d*)?", text)[:3]
    if not parts or len(text) > 60:
        return math.nan
    magnitude = math.fsum(float(part) / 60**power for power, part in enumerate(parts))
    negative = text.strip().startswith("-") or text.strip()[-1:].upper() in ("S", "W")
    return -magnitude if negative else magnitude


def read_xmp(packet: bytes | None) -> Xmp:
    """The properties of a packet; never raises for what the bytes hold."""
    parsed = parse_packet(packet or b"", _PACKET_LIMIT_BYTES)
    values: dict[str, list[str]] = {}
    for name, value in _properties(parsed.root, "", 0) if parsed.root is not None else ():
        values.setdefault(name, []).append(value)
    return Xmp({name: tuple(found) for name, found in values.items()}, parsed.problem)


def read_xmp_file(path: Path) -> Xmp:
    """The properties of a sidecar file."""
    try:
        with open_regular(path) as file:
            return read_xmp(file.read(_PACKET_LIMIT_BYTES + 1))
    except OSError as error:
        return Xmp({}, f"{path.name} cannot be read: {error.strerror}")


def _properties(element: Element, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_LIMIT:
        return
    for attribute, value in element.attrib.items():
        if attribute == f"{_RDF}resource" and name:
            yield name, value
        elif not attribute.startswith((_RDF, "{http://www.w3.org/XML/")):
            yield _joined(name, attribute), value
    if name and element.text and element.text.strip():
        yield name, element.text.strip()
    for child in element:
        inside = name if child.tag in _CONTAINERS else _joined(name, child.tag)
        yield from _properties(child, inside, depth + 1)


def _joined(name: str, tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    if name:
        return f"{name}/{local}"
    lowered = namespace.lower()
    family = next((family for part, family in _FAMILIES if part in lowered), "")
    return "" if local in ("xmpmeta", "RDF") else f"{family}:{local}"


# --- evidence ----------------------------------------------------------------------------------


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


def xmp_evidence(xmp: Xmp, picture: Picture, settings: PhotoSettings) -> list[Evidence]:
    """Everything an embedded packet says."""
    return [
        *_drone_position(xmp, settings),
        *_drone_attitude(xmp, picture, settings),
        *_camera_attitude(xmp, settings),
        *_gpano(xmp, settings),
        *_dewarp(xmp, picture),
        *_standard(xmp, Origin.XMP_EXIF, settings),
        *_packet_problem(xmp, Origin.XMP_EXIF),
    ]


def sidecar_evidence(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
    """What an XMP file beside the photo says: a person's or a raw converter's corrections."""
    return [
        *_standard(xmp, Origin.XMP_SIDECAR, settings),
        *_packet_problem(xmp, Origin.XMP_SIDECAR),
    ]


def _packet_problem(xmp: Xmp, origin: Origin) -> list[Evidence]:
    """For the ledger: what is wrong with the packet as a whole."""
    if not xmp.problem:
        return []
    what = "(what is broken)" if xmp.values else "(everything)"
    return [
        RefusedEvidence(
            origin=origin, tag=what, raw="", note=xmp.problem, quantity=Quantity.POSITION
        )
    ]


def position_accuracy_m(xmp: Xmp) -> tuple[float | None, float | None]:
    """Horizontal and vertical accuracy of the EXIF position (Pix4D's Camera namespace)."""

    def positive(name: str) -> float | None:
        number = xmp.number(name)
        return number if number is not None and number > 0 else None

    return positive("camera:GPSXYAccuracy"), positive("camera:GPSZAccuracy")


def projection_problem(xmp: Xmp) -> str:
    """Why the picture is no pinhole photo, '' where it may be one."""
    projection = (xmp.text("gpano:ProjectionType") or "").lower()
    if projection not in _FLAT_PROJECTIONS:
        return f"{projection} panorama"
    if (xmp.text("camera:ModelType") or "").lower() == "fisheye":
        return "fisheye lens"
    return ""


def _drone_position(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
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
        plain: dict[str, Any] = {
            "origin": origin,
            "tag": "GpsLatitude, GpsLongitude",
            "raw": xmp.raw(*lat_names, *lon_names, "drone:RtkFlag"),
        }
        lat, lon = parse_degrees(lat_text), parse_degrees(lon_text)
        problem = position_problem(lat, lon)
        if problem:
            found.append(RefusedEvidence(**plain, note=problem, quantity=Quantity.POSITION))
        else:
            sigma_m, note = _rtk_sigma_m(xmp, flag, ("RtkStdLon", "RtkStdLat"), settings)
            found.append(
                PositionEvidence(**plain, note=note, lat_deg=lat, lon_deg=lon, sigma_m=sigma_m)
            )
    altitude_m = xmp.number("drone:AbsoluteAltitude")
    if altitude_m is not None and -1000 <= altitude_m <= 20_000:
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


def _drone_attitude(xmp: Xmp, picture: Picture, settings: PhotoSettings) -> list[Evidence]:
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


def _camera_attitude(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
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


def _gpano(xmp: Xmp, settings: PhotoSettings) -> list[Evidence]:
    heading = xmp.number("gpano:PoseHeadingDegrees")
    pitch, roll = xmp.number("gpano:PosePitchDegrees"), xmp.number("gpano:PoseRollDegrees")
    raw = xmp.raw("gpano:PoseHeadingDegrees", "gpano:PosePitchDegrees", "gpano:PoseRollDegrees")
    found: list[Evidence] = []
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


def _dewarp(xmp: Xmp, picture: Picture) -> list[Evidence]:
    found: list[Evidence] = []
    data = xmp.text("drone:DewarpData")
    dewarped = xmp.number("drone:DewarpFlag") == 1
    numbers = [parse_number(part) for part in re.split("[,;]", data or "")[-9:]]
    raw = clean_text(data or "", 120) or ""
    if len(numbers) == 9 and all(map(math.isfinite, numbers)) and numbers[0] > 0:
        fx, _, cx, cy, k1, k2, p1, p2, k3 = numbers
        plain: dict[str, Any] = {"origin": Origin.CALIBRATED, "tag": "DewarpData", "raw": raw}
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


def _standard(xmp: Xmp, origin: Origin, settings: PhotoSettings) -> list[Evidence]:
    return [
        *_standard_position(xmp, origin, settings),
        *_standard_heading(xmp, origin, settings),
        *_standard_times(xmp, origin),
        *_texts(xmp, origin),
    ]


def _standard_position(xmp: Xmp, origin: Origin, settings: PhotoSettings) -> list[Evidence]:
    lat_text, lon_text = xmp.text("exif:GPSLatitude"), xmp.text("exif:GPSLongitude")
    if lat_text is None or lon_text is None:
        return []
    plain: dict[str, Any] = {
        "origin": origin,
        "tag": "exif:GPSLatitude, exif:GPSLongitude",
        "raw": f"{lat_text} {lon_text}"[:120],
    }
    lat, lon = parse_degrees(lat_text), parse_degrees(lon_text)
    problem = position_problem(lat, lon)
    if problem:
        return [RefusedEvidence(**plain, note=problem, quantity=Quantity.POSITION)]
    error_m = xmp.number("exif:GPSHPositioningError")
    sigma_m = settings.gps_sigma_m if error_m is None or error_m <= 0 else error_m
    sigma_m = min(max(sigma_m, settings.gps_sigma_floor_m), settings.gps_sigma_limit_m)
    found: list[Evidence] = [PositionEvidence(**plain, lat_deg=lat, lon_deg=lon, sigma_m=sigma_m)]
    altitude_m = xmp.number("exif:GPSAltitude")
    if altitude_m is not None and abs(altitude_m) <= 20_000:
        code = int(xmp.number("exif:GPSAltitudeRef") or 0)
        found.append(
            HeightEvidence(
                origin=origin,
                tag="exif:GPSAltitude",
                raw=xmp.raw("exif:GPSAltitude", "exif:GPSAltitudeRef"),
                height_m=-abs(altitude_m) if code in (1, 3) else altitude_m,
                datum=HeightDatum.ELLIPSOID if code in (2, 3) else HeightDatum.MSL,
                sigma_m=max(settings.altitude_sigma_m, 1.5 * sigma_m),
            )
        )
    return found


def _standard_heading(xmp: Xmp, origin: Origin, settings: PhotoSettings) -> list[Evidence]:
    direction = xmp.number("exif:GPSImgDirection")
    if direction is None or not -360 <= direction <= 360:
        return []
    letter = (xmp.text("exif:GPSImgDirectionRef") or "")[:1].upper()
    reference = {"T": HeadingReference.TRUE, "M": HeadingReference.MAGNETIC}.get(
        letter, HeadingReference.UNKNOWN
    )
    return [
        HeadingEvidence(
            origin=origin,
            tag="exif:GPSImgDirection",
            raw=xmp.raw("exif:GPSImgDirection", "exif:GPSImgDirectionRef"),
            heading_deg=direction % 360,
            reference=reference,
            sigma_deg=settings.compass_sigma_deg,
        )
    ]


def _standard_times(xmp: Xmp, origin: Origin) -> list[Evidence]:
    found: list[Evidence] = []
    for name in ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"):
        text = xmp.text(name)
        time = parse_time(text or "")
        if time is not None:
            found.append(TimeEvidence(origin=origin, tag=name, raw=text or "", time=time))
    return found


def _texts(xmp: Xmp, origin: Origin) -> list[Evidence]:
    names: dict[Quantity, tuple[str, ...]] = {
        Quantity.ARTIST: ("dc:creator", "tiff:Artist"),
        Quantity.COPYRIGHT: ("dc:rights", "tiff:Copyright", "rights:Owner"),
        Quantity.LICENCE: ("cc:license", "rights:WebStatement", "rights:UsageTerms"),
    }
    if origin == Origin.XMP_EXIF:
        names |= {Quantity.MAKE: ("tiff:Make",), Quantity.MODEL: ("tiff:Model",)}
    return [
        TextEvidence(origin=origin, tag=name, raw=text[:120], quantity=quantity, text=text)
        for quantity, candidates in names.items()
        for name in candidates
        if (text := xmp.text(name)) is not None
    ]
