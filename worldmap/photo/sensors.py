"""Real sensor sizes of cameras that tell no FocalPlaneResolution, or a wrong one.

Widths come from what makers published: the pixel pitch times the pixels of the longer side for
phones (Apple's and Google's keynotes and specification pages, Samsung's and Sony's sensor pages),
the sensor size of the specification page for drones and cameras. Where a phone has several lenses,
the focal length tells which one took the photo.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FOCAL_TOLERANCE = 0.04


@dataclass(frozen=True, slots=True)
class Sensor:
    """A camera's sensor. model: a pattern for the whole model name, caseless; focal_mm: of the lens
    in front of it, None where lenses change; source: where the size is from."""

    model: str
    focal_mm: float | None
    width_mm: float
    height_mm: float
    source: str


def _by_pitch(
    model: str, focal_mm: float, pixels: tuple[int, int], pitch_um: float, source: str
) -> Sensor:
    width_mm, height_mm = (count * pitch_um / 1000 for count in pixels)
    return Sensor(model, focal_mm, width_mm, height_mm, f"{source}, {pitch_um:g} µm pixels")


_5MP, _8MP, _12MP, _48MP = (2592, 1936), (3264, 2448), (4032, 3024), (8064, 6048)

SENSORS = (
    _by_pitch(r"iphone 4|iphone3,\d", 3.85, _5MP, 1.75, "Apple"),
    _by_pitch(r"iphone 4s|iphone4,1", 4.28, _8MP, 1.4, "Apple"),
    _by_pitch(r"iphone 5c?", 4.12, _8MP, 1.4, "Apple"),
    _by_pitch(r"iphone (5s|6|6 plus)", 4.15, _8MP, 1.5, "Apple"),
    _by_pitch(r"iphone (6s|6s plus|se)", 4.15, _12MP, 1.22, "Apple"),
    _by_pitch(r"iphone (7|8|7 plus|8 plus|x|se.*)", 3.99, _12MP, 1.22, "Apple"),
    _by_pitch(r"iphone (xs|xs max|xr|11|11 pro|11 pro max)", 4.25, _12MP, 1.4, "Apple"),
    _by_pitch(r"iphone 12( mini| pro)?", 4.2, _12MP, 1.4, "Apple"),
    _by_pitch(r"iphone (12 pro max|13|13 mini)", 5.1, _12MP, 1.7, "Apple"),
    _by_pitch(r"iphone (13 pro|13 pro max|14|14 plus)", 5.7, _12MP, 1.9, "Apple"),
    _by_pitch(r"iphone 14 pro( max)?", 6.86, _48MP, 1.22, "Apple"),
    _by_pitch(r"iphone 1[56] pro( max)?", 6.765, _48MP, 1.22, "Apple"),
    _by_pitch(r"iphone 1[56]( plus)?", 5.96, _48MP, 1.0, "Apple"),
    _by_pitch(r"pixel [23]a?( xl)?", 4.44, (4032, 3024), 1.4, "Google"),
    _by_pitch(r"pixel (4|4 xl|4a|5)", 4.38, (4032, 3024), 1.4, "Google"),
    _by_pitch(r"pixel (6|6 pro|7|7 pro)", 6.81, (8160, 6144), 1.2, "Samsung ISOCELL GN1"),
    _by_pitch(r"sm-g9[67]\d\w?", 4.3, (4032, 3024), 1.4, "Samsung"),
    Sensor(r"fc220", 4.73, 6.17, 4.55, 'DJI Mavic Pro, 1/2.3"'),
    Sensor(r"fc3[03]0\w?|fc300\w", 3.61, 6.17, 4.55, 'DJI Phantom 3 and 4, 1/2.3"'),
    Sensor(r"fc6310\w?", 8.8, 13.2, 8.8, 'DJI Phantom 4 Pro, 1"'),
    Sensor(r"l1d-20c", 10.26, 13.2, 8.8, 'DJI Mavic 2 Pro, 1"'),
    Sensor(r"fc3411", 8.38, 13.2, 8.8, 'DJI Air 2S, 1"'),
    Sensor(r"l2d-20c|m3e", 12.29, 17.3, 13.0, "DJI Mavic 3, 4/3 CMOS"),
    Sensor(r"zenmusep1", None, 35.9, 24.0, "DJI Zenmuse P1"),
    Sensor(r"coolpix p6000", None, 7.44, 5.58, 'Nikon, 1/1.7"'),
    Sensor(r"nikon d(5000|90|300s?)", None, 23.6, 15.8, "Nikon"),
    Sensor(r"nikon d(3100|3200|5100|5200|7000)", None, 23.1, 15.4, "Nikon"),
    Sensor(r"nikon d(600|610|700|750|800e?|810|850)", None, 35.9, 24.0, "Nikon"),
)


def find_sensor(model: str, focal_mm: float) -> Sensor | None:
    """The sensor behind a lens of focal_mm of that camera model, None where it is not known."""
    name = " ".join(model.split()).lower()
    for sensor in SENSORS:
        if re.fullmatch(sensor.model, name) and (
            sensor.focal_mm is None or abs(focal_mm / sensor.focal_mm - 1) <= _FOCAL_TOLERANCE
        ):
            return sensor
    return None
