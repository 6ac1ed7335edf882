"""Files as sensors give them (DNG, CR2, CR3, NEF, ARW, ...): the picture that the camera itself
developed and put into them, else one that rawpy develops. The door to rawpy, an extra."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from PIL import Image

from worldmap.errors import PhotoError
from worldmap.input_file import read_at_most

RAW_SUFFIXES: Final = frozenset(
    {".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw"}
)
_LIMIT_BYTES: Final = 512 << 20  # sensors of 150 megapixels give 300 MB
# Features are looked for in pictures of 1,200 pixels; thumbnails have 160 to 640.
_LEAST_PX: Final = 1000
# DNGs keep the sensor's data in tiles, each a JPEG of its own kind; 100 megapixels are 1,600.
_MOST_PICTURES: Final = 100_000
_START: Final = b"\xff\xd8\xff"
# Baseline, extended and progressive frames. 0xC3, lossless, is the sensor's own data.
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825


def is_raw(path: Path) -> bool:
    """Whether a file holds a sensor's own data, by its name."""
    return path.suffix.lower() in RAW_SUFFIXES


def developed(path: Path) -> tuple[bytes, bytes | None]:
    """The picture of a RAW file as the bytes of an image file, as the sensor lay, and its EXIF
    block.

    That is the largest JPEG in it, as cameras put one in full size there; where that is but a
    thumbnail, the sensor's data as rawpy develops them. PhotoError where neither can be had.
    """
    try:
        data = read_at_most(path, _LIMIT_BYTES)
    except OSError as error:
        raise PhotoError(f"cannot be read: {error.strerror or error}", path=path) from error
    at, size = _largest_jpeg(data)
    if max(size) >= _LEAST_PX:
        return data[at:], _exif_block(data)
    return _by_rawpy(path, max(size)), _exif_block(data)


def _largest_jpeg(data: bytes) -> tuple[int, tuple[int, int]]:
    """Where the largest JPEG picture begins, and its size; 0 × 0 where there is none."""
    best = (0, (0, 0))
    at = data.find(_START)
    for _ in range(_MOST_PICTURES):
        if at < 0:
            break
        size = _frame_size(data, at)
        if size[0] * size[1] > best[1][0] * best[1][1]:
            best = (at, size)
        at = data.find(_START, at + 2)
    return best


def _frame_size(data: bytes, at: int) -> tuple[int, int]:
    """Width and height by a JPEG's frame header (ISO 10918-1, B.2.2); 0 × 0 where it has none."""
    at += 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (5, 7))
            return (width, height) if data[at + 4] == 8 else (0, 0)
        if marker == 0xDA or length < 2:
            break
        at += 2 + length
    return 0, 0


def _exif_block(data: bytes) -> bytes | None:
    """The TIFF structure with the tags: most RAW files are one; CR3 has three, in boxes."""
    if data[:2] in (b"II", b"MM"):
        return data
    parts = {name: _box(data, name) for name in (b"CMT1", b"CMT2", b"CMT4")}
    if parts[b"CMT1"] is None:
        return None
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + parts[b"CMT1"])
    for tag, name in ((_EXIF_IFD, b"CMT2"), (_GPS_IFD, b"CMT4")):
        part = parts[name]
        if part is not None:
            inner = Image.Exif()
            inner.load(b"Exif\0\0" + part)
            exif[tag] = dict(inner)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _box(data: bytes, name: bytes) -> bytes | None:
    """Content of the first ISO box of that name near the file's begin."""
    at = data.find(name, 0, 1 << 20)
    if at < 4:
        return None
    return data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")] or None


def _by_rawpy(path: Path, preview_px: int) -> bytes:
    try:
        import rawpy
    except ImportError as error:
        has = f"a preview of {preview_px} pixels only" if preview_px else "no preview"
        raise PhotoError(
            f"is a RAW file with {has}",
            path=path,
            hint="develop it to JPEG, or install worldmap[raw]",
        ) from error
    try:
        with rawpy.imread(str(path)) as raw:
            # As the sensor lay: the orientation tag is applied later, as for every photo.
            pixels = raw.postprocess(use_camera_wb=True, user_flip=0)
    except Exception as error:  # LibRaw's errors, and whatever a broken file makes of it
        raise PhotoError(
            f"is a RAW file that cannot be developed ({type(error).__name__})", path=path
        ) from error
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
