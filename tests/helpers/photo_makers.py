"""Small photo files with chosen tags, written for the tests of the photo room."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import piexif
from PIL import Image


def scene(width: int = 64, height: int = 48, seed: int = 0) -> Image.Image:
    """A smooth random picture: survives recompression, differs by seed."""
    noise = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def rational(value: float, denominator: int = 1_000_000) -> tuple[int, int]:
    """A rational as piexif takes it."""
    fraction = Fraction(value).limit_denominator(denominator)
    return fraction.numerator, fraction.denominator


def dms(degrees: float) -> tuple[tuple[int, int], ...]:
    """Degrees, minutes and seconds of |degrees|."""
    magnitude = abs(degrees)
    whole = int(magnitude)
    minutes = int((magnitude - whole) * 60)
    seconds = (magnitude - whole - minutes / 60) * 3600
    return (whole, 1), (minutes, 1), rational(round(seconds, 5), 100_000)


def gps(lat: float | None = None, lon: float | None = None, **tags: Any) -> dict[int, Any]:
    """A GPS directory for piexif; further tags by their EXIF names without GPS in front."""
    directory: dict[int, Any] = {}
    if lat is not None and lon is not None:
        directory |= {
            piexif.GPSIFD.GPSLatitudeRef: "S" if lat < 0 else "N",
            piexif.GPSIFD.GPSLatitude: dms(lat),
            piexif.GPSIFD.GPSLongitudeRef: "W" if lon < 0 else "E",
            piexif.GPSIFD.GPSLongitude: dms(lon),
        }
    for name, value in tags.items():
        directory[getattr(piexif.GPSIFD, f"GPS{name}")] = value
    return directory


def write_jpeg(
    path: Path,
    *,
    gps: dict[int, Any] | None = None,
    exif: dict[int, Any] | None = None,
    image: dict[int, Any] | None = None,
    xmp: bytes | None = None,
    picture: Image.Image | None = None,
    quality: int = 90,
) -> Path:
    """A JPEG with the directories given (0th = image, Exif = exif, GPS = gps) and an XMP packet."""
    block = piexif.dump({"0th": image or {}, "Exif": exif or {}, "GPS": gps or {}})
    options: dict[str, Any] = {"xmp": xmp} if xmp else {}
    (picture or scene()).save(path, "JPEG", quality=quality, exif=block, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(100)))
        + chunk(b"IEND", b"")
    )


def jpeg_header(width: int, height: int) -> bytes:
    """A real small JPEG whose frame header claims another size."""
    buffer = io.BytesIO()
    scene(16, 16).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)
