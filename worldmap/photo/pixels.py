"""Opening image files: the Pillow and pillow-heif door.

Nothing is decoded before its size has been checked, and whatever a decoder raises comes out as one
PhotoError. A picture takes at most 9 bytes of memory for each of its pixels, from file to array.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.input_file import open_regular
from worldmap.photo.raw import developed, is_raw

pillow_heif.register_heif_opener()

Rgb: TypeAlias = NDArray[np.uint8]
"""(H, W, 3), sRGB."""

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF")
_ORIENTATION_TAG = 0x0112
_RAW_EXIF = "raw exif"
_HEADER_BYTES, _MOST_BOXES = 1 << 20, 64
_TRANSPOSING = frozenset({5, 6, 7, 8})
_HASH_SIDE = 16
_DRAFT_SIDE_PX = 128
_PIXELS_PER_BYTE = 1000
"""No codec packs more pixels of a real picture into a byte: the worst quality of JPEG ends at some
80, that of WebP and HEIC at some 400. Beyond lie files that only claim their size."""
_SMALL_PX = 1_000_000
"""Pictures that cost nothing, whatever they claim."""
_STRIP_PX = 4_000_000
_DECODER_FACTORS, _MOST_REDUCED = (2, 4, 8), 16
_MEASUREMENT_MODES = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """What an image file says about itself apart from its pixels.

    width_px, height_px: of the upright image. orientation: EXIF's code of the turn that makes the
    stored pixels upright (1 where the decoder made it, as for most HEICs). exif: the TIFF
    structure, without the "Exif" mark; xmp: the packet. perceptual_hash: 512 bits, hex.
    """

    format: str
    width_px: int
    height_px: int
    orientation: int
    exif: bytes | None
    xmp: bytes | None
    perceptual_hash: str


@contextmanager
def _opened(path: Path, settings: PhotoSettings) -> Iterator[Image.Image]:
    limit_px = int(settings.max_megapixels * 1e6)
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            size_bytes = os.fstat(file.fileno()).st_size
            if size_bytes == 0:
                raise PhotoError(
                    "is empty (0 bytes)", path=path, hint="copy it again from its source"
                )
            # Pillow warns about broken tags, which other readers deal with, and about large
            # images, which are refused below by the setting's own limit.
            warnings.simplefilter("ignore")
            Image.MAX_IMAGE_PIXELS = limit_px
            exif, content = None, cast("BinaryIO", file)
            if is_raw(path):
                picture, exif = developed(path)
                content = io.BytesIO(picture)
            with Image.open(content, formats=_FORMATS) as image:
                _refuse_bomb(path, image.size, size_bytes, settings)
                if is_raw(path):
                    image.info[_RAW_EXIF] = exif
                    image.getexif()[_ORIENTATION_TAG] = _orientation_of_block(exif)
                elif image.format == "HEIF":
                    turn = image.info.get("original_orientation")
                    if turn and not _turns_itself(path):
                        image.getexif()[_ORIENTATION_TAG] = turn
                yield image
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("needs more memory than a photo may take", path=path) from error
    except Image.DecompressionBombError as error:
        raise _bomb(path, None, settings) from error
    except UnidentifiedImageError as error:
        raise PhotoError(
            "is not an image that can be read (JPEG, PNG, TIFF, WebP or HEIC)", path=path
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    except Exception as error:  # decoders raise SyntaxError, struct.error, ValueError, ...
        raise PhotoError(
            f"is damaged and cannot be decoded ({_one_line(error)})", path=path
        ) from error


def _refuse_bomb(
    path: Path, size: tuple[int, int], size_bytes: int, settings: PhotoSettings
) -> None:
    pixels = size[0] * size[1]
    if pixels > settings.max_megapixels * 1e6:
        raise _bomb(path, size, settings)
    if pixels > max(_SMALL_PX, _PIXELS_PER_BYTE * size_bytes):
        raise PhotoError(
            f"claims {size[0]}×{size[1]} pixels in {size_bytes} bytes: no picture is like that "
            "(cut off, or made to use up memory)",
            path=path,
        )


def _bomb(path: Path, size: tuple[int, int] | None, settings: PhotoSettings) -> PhotoError:
    claims = f"claims {size[0]}×{size[1]} pixels" if size else "claims far too many pixels"
    allowed = f"more than the {settings.max_megapixels:g} megapixels allowed"
    return PhotoError(f"{claims}, {allowed} (setting photo.max_megapixels)", path=path)


def _unreadable(path: Path, error: OSError) -> PhotoError:
    if error.errno is not None and error.strerror:
        return PhotoError(f"cannot be read: {error.strerror}", path=path)
    if "truncated" in str(error).lower():
        again = "copy it again from its source"
        return PhotoError("is truncated: its pixels end early", path=path, hint=again)
    return PhotoError(f"is damaged and cannot be decoded ({_one_line(error)})", path=path)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def read_file(path: Path, settings: PhotoSettings) -> ImageFile:
    """Size, orientation, tag blocks and perceptual hash of the image at `path`.

    Decodes the picture (JPEGs at an eighth of their size), so a file whose pixels are broken is
    found here. Raises PhotoError, in one line, for anything that cannot be decoded.
    """
    with _opened(path, settings) as image:
        return _loaded(image, ("L", (_DRAFT_SIDE_PX, _DRAFT_SIDE_PX)))


def picture_size(path: Path, settings: PhotoSettings) -> tuple[int, int]:
    """Width and height of the picture as it is stored, without decoding it. PhotoError where it is
    none."""
    with _opened(path, settings) as image:
        width, height = image.size
        return int(width), int(height)


def read_header(path: Path, settings: PhotoSettings) -> ImageFile:
    """`read_file` without decoding the picture: no perceptual hash, and of a PNG no tags that
    follow its pixels. PhotoError where it is no image."""
    with _opened(path, settings) as image:
        image_format = str(image.format)
        orientation = _orientation(image)
        width, height = _upright(image.size, image_format, orientation)
        return ImageFile(
            format=image_format,
            width_px=width,
            height_px=height,
            orientation=orientation,
            exif=_exif_block(image),
            xmp=_xmp_packet(image),
            perceptual_hash="",
        )


def read_pixels(path: Path, settings: PhotoSettings, least_px: int | None = None) -> Rgb:
    """The upright picture, (height, width, 3) uint8 RGB, orientation tag applied.

    Colours become sRGB where the file has a profile of another space; 16-bit channels keep their
    upper 8 bits; transparency is dropped. least_px: a picture whose longer side is at least this is
    enough; it is reduced by a whole factor where that leaves as much, JPEGs in the decoder.
    Raises PhotoError, in one line, for a file that is empty, truncated, damaged, too large or no
    image.
    """
    return read_file_and_pixels(path, settings, least_px)[1]


def read_file_and_pixels(
    path: Path, settings: PhotoSettings, least_px: int | None = None
) -> tuple[ImageFile, Rgb]:
    """`read_file` and `read_pixels` of one decoding."""
    with _opened(path, settings) as image:
        if image.mode == "F":
            raise PhotoError("holds measurements (32-bit floats), not a photo", path=path)
        factor = _whole_factor(image.size, least_px, _DECODER_FACTORS)
        file = _loaded(image, ("RGB", (image.width // factor, image.height // factor)))
        profile = image.info.get("icc_profile")
        if image.mode in ("L", "RGB", "CMYK"):
            factor = _whole_factor(image.size, least_px, range(1, _MOST_REDUCED))
            return file, _rgb(image.reduce(factor) if factor > 1 else image, profile)
        return file, _rgb(image, profile)


def _whole_factor(size: tuple[int, int], least_px: int | None, factors: Sequence[int]) -> int:
    """The largest factor that leaves least_px and no part of a pixel: a picture whose last pixels
    stood for less than the others would be stretched."""
    most = max(size) // least_px if least_px else 1
    fitting = [f for f in factors if f <= most and not (size[0] % f or size[1] % f)]
    return max(fitting, default=1)


def _loaded(image: Image.Image, draft: tuple[str, tuple[int, int]] | None) -> ImageFile:
    """Decode a picture, turn it upright, and say what its file holds. draft: the mode and the size
    that a JPEG has to have at least."""
    image_format = "JPEG" if image.format == "MPO" else str(image.format)
    stored = image.size
    orientation = _orientation(image)  # a TIFF forgets it once loaded
    if draft is not None and image_format == "JPEG":
        image.draft(*draft)
    image.load()
    if image_format == "PNG":
        orientation = _orientation(image)  # its tags may follow its pixels
    exif, xmp = _exif_block(image), _xmp_packet(image)
    ImageOps.exif_transpose(image, in_place=True)
    width, height = _upright(stored, image_format, orientation)
    return ImageFile(
        format=image_format,
        width_px=width,
        height_px=height,
        orientation=orientation,
        exif=exif,
        xmp=xmp,
        perceptual_hash=_difference_hash(image),
    )


def _upright(size: tuple[int, int], image_format: str, orientation: int) -> tuple[int, int]:
    """Of the size of a picture that was opened; a TIFF's is given upright already."""
    turned = image_format != "TIFF" and orientation in _TRANSPOSING
    return size[::-1] if turned else size


def preview_jpeg(path: Path, settings: PhotoSettings, longest_px: int) -> bytes:
    """The upright picture as a JPEG no larger than longest_px on its longer side, sRGB, without
    any of the photo's tags. Raises PhotoError as `read_pixels`."""
    return encoded(preview_pixels(path, settings, longest_px), "JPEG")


def preview_pixels(path: Path, settings: PhotoSettings, longest_px: int) -> Rgb:
    """The same as pixels (H, W, 3)."""
    with _opened(path, settings) as image:
        if image.format == "JPEG":
            image.draft("RGB", (longest_px, longest_px))  # never below the size asked for
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        image.thumbnail((longest_px, longest_px), Image.Resampling.BOX, reducing_gap=2.0)
        return _rgb(image, image.info.get("icc_profile"))


def encoded(pixels: NDArray[np.uint8], image_format: str) -> bytes:
    """Pixels (H, W, 3) RGB or (H, W, 4) RGBA as the bytes of a "JPEG", "PNG" or "WEBP" file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format, quality=85, optimize=image_format == "JPEG")
    return buffer.getvalue()


def is_single_channel_measurement(path: Path) -> bool:
    """Whether the file is a 16-bit, 32-bit or float single-channel image, as depth maps are; False
    where it cannot be opened. Reads the header only."""
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=("PNG", "TIFF")) as image:
                return image.mode in _MEASUREMENT_MODES
    except Exception:
        return False


@lru_cache(maxsize=32)
def _srgb_from(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The colour transform of a profile; None where it is sRGB already, or broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    if not isinstance(profile, bytes) or image.mode not in ("RGB", "CMYK"):
        return image
    transform = _srgb_from(profile, image.mode)
    if transform is None:
        return image
    return ImageCms.applyTransform(image, transform) or image


def _rgb(image: Image.Image, profile: object) -> NDArray[np.uint8]:
    """Strip by strip: conversions of the whole picture would take its memory several times."""
    shift = 0
    if image.mode in _MEASUREMENT_MODES:
        shift = 8 if max(int(np.asarray(strip).max()) for _, strip in _strips(image)) > 255 else 0
    pixels = np.empty((image.height, image.width, 3), dtype=np.uint8)
    for rows, strip in _strips(image):
        pixels[rows] = _strip_rgb(strip, profile, shift)
    return pixels


def _strips(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    height = max(1, _STRIP_PX // image.width)
    for top in range(0, image.height, height):
        bottom = min(top + height, image.height)
        yield slice(top, bottom), image.crop((0, top, image.width, bottom))


def _strip_rgb(strip: Image.Image, profile: object, shift: int) -> NDArray[np.uint8]:
    if strip.mode in _MEASUREMENT_MODES:
        wide = np.asarray(strip).astype(np.int64) >> shift
        grey: NDArray[np.uint8] = np.clip(wide, 0, 255).astype(np.uint8)[:, :, None]
        return grey
    if strip.mode in ("P", "PA"):
        strip = strip.convert("RGBA")  # palettes with transparency convert cleanly only this way
    pixels: NDArray[np.uint8] = np.asarray(_in_srgb(strip, profile).convert("RGB"))
    return pixels


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken tags never cost the pixels
        return 1
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1


def _turns_itself(path: Path) -> bool:
    """Whether a HEIC has a turn of its own, `irot` or `imir`, by which libheif has made its pixels
    upright: then EXIF only repeats it. Some phones leave it to EXIF. It stands in the box `meta`
    (ISO/IEC 14496-12), before the pixels or behind them."""
    with open_regular(path) as file:
        for _ in range(_MOST_BOXES):
            header = file.read(8)
            if len(header) < 8:
                return False
            size, kind, used = int.from_bytes(header[:4], "big"), header[4:], 8
            if size == 1:
                size, used = int.from_bytes(file.read(8), "big"), 16
            if kind == b"meta":
                box = file.read(_HEADER_BYTES if size == 0 else min(size - used, _HEADER_BYTES))
                return b"irot" in box or b"imir" in box
            if size < used:
                return False
            file.seek(size - used, io.SEEK_CUR)
    return False


def _orientation_of_block(block: bytes | None) -> int:
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + (block or b""))
        value = exif.get(_ORIENTATION_TAG, 1)
    except Exception:  # broken tags never cost the pixels
        return 1
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1


def _exif_block(image: Image.Image) -> bytes | None:
    if _RAW_EXIF in image.info:
        told = image.info[_RAW_EXIF]
        return told if isinstance(told, bytes) else None
    block = image.info.get("exif")
    if not isinstance(block, bytes):
        block = _png_text_profile(image.info.get("Raw profile type exif"))
    if block is None:
        return None
    return block.removeprefix(b"Exif\x00\x00") or None


def _png_text_profile(text: object) -> bytes | None:
    # ImageMagick's way to keep EXIF in a PNG: a name, a length and hex digits, line by line.
    if not isinstance(text, str):
        return None
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return None


def _xmp_packet(image: Image.Image) -> bytes | None:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    return packet if isinstance(packet, bytes) and packet else None


def _difference_hash(image: Image.Image) -> str:
    """512 bits, hex: whether brightness rises to the right, then downwards, on a 16 × 16 grid.

    Survives scaling and recompression (N. Krawetz, "Kind of like that", 2013: dHash).
    """
    grey = (
        image.convert("RGB").convert("L") if image.mode not in ("L", "RGB") else image.convert("L")
    )
    across = np.asarray(grey.resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.BOX), dtype=int)
    along = np.asarray(grey.resize((_HASH_SIDE, _HASH_SIDE + 1), Image.Resampling.BOX), dtype=int)
    bits = np.concatenate((np.diff(across, axis=1).ravel() > 0, np.diff(along, axis=0).ravel() > 0))
    return np.packbits(bits).tobytes().hex()
