"""Rasters of the depth room: depth files and depth in photos as arrays, colours on the depth grid.

The room's door to Pillow and pillow-heif.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldmap.errors import DepthError
from worldmap.input_file import open_regular, read_at_most
from worldmap.npy import array_of_npy, header_of_npy

MOST_PIXELS: Final = 18_000_000
"""Of a depth map, where nobody says otherwise."""
_PIXELS_PER_BYTE = 400
"""No depth map of a place packs more pixels into a byte: deflate ends at 516 of 16 bits, for one
value all over."""
_SMALL_PX = 1_000_000
BYTES_PER_DEPTH_PIXEL: Final = 110
"""What cleaning and storing a depth map takes at its peak, the map itself included."""
_BYTES_PER_PIXEL, _HEADER_BYTES = 8, 1 << 16
_MM_PER_M = 1000.0
_COLOUR_QUALITY = 85


def read_depth_file(path: Path, most_pixels: int = MOST_PIXELS) -> NDArray[np.float32]:
    """Depth (H, W) float32 in metres, NaN = none, of a PNG, TIFF or .npy file.

    Whole numbers are millimetres (16 bit or more), floats are metres; zero, negative and
    non-finite values are no depth. Raises PhotoError, in one line, for anything else, and for more
    than most_pixels pixels, which are not decoded.
    """
    reader = _read_npy if path.suffix.lower() == ".npy" else _read_image
    raw = reader(path, most_pixels)
    if raw.ndim == 3 and 1 in (raw.shape[0], raw.shape[2]):
        raw = raw.reshape([side for axis, side in enumerate(raw.shape) if side != 1 or axis == 1])
    if raw.ndim != 2 or raw.size == 0:
        raise DepthError(f"must be one channel, it has shape {raw.shape}", path=path)
    if raw.dtype.kind in "iu" and raw.dtype.itemsize >= 2:
        depth_m = raw.astype(np.float32) / np.float32(_MM_PER_M)
    elif raw.dtype.kind == "f":
        depth_m = raw.astype(np.float32)
    else:
        raise DepthError(
            f"holds {raw.dtype} values",
            path=path,
            hint="use 16-bit millimetres or floating-point metres",
        )
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(depth_m) & (depth_m > 0), depth_m, np.float32(np.nan))


def depth_file_side_px(path: Path) -> int:
    """The longer side of a depth file by its header; 1 where that cannot be read, of which
    `read_depth_file` tells."""
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix.lower() == ".npy":
                return max(header_of_npy(file)[0])
            with Image.open(file, formats=("PNG", "TIFF")) as image:
                return max(image.size)
    except Exception:  # decoders raise OSError, SyntaxError, struct.error, bombs, ...
        return 1


def _read_npy(path: Path, most_pixels: int) -> NDArray[np.generic]:
    try:
        array = array_of_npy(read_at_most(path, most_pixels * _BYTES_PER_PIXEL + _HEADER_BYTES))
    except (OSError, ValueError) as error:
        raise DepthError(f"cannot be read: {_one_line(error)}", path=path) from error
    _refuse_huge(path, array.size, most_pixels, array.nbytes)
    return array


def _read_image(path: Path, most_pixels: int) -> NDArray[np.generic]:
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # No other format: some of Pillow's start other programs.
            with Image.open(file, formats=("PNG", "TIFF")) as image:
                size_bytes = os.fstat(file.fileno()).st_size
                _refuse_huge(path, image.width * image.height, most_pixels, size_bytes)
                if image.mode not in ("I;16", "I;16B", "I;16L", "I", "F"):
                    raise DepthError(
                        f"is a picture (mode {image.mode})",
                        path=path,
                        hint="use one channel of 16-bit millimetres or floating-point metres",
                    )
                return np.asarray(image)
    except DepthError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, bombs, ...
        raise DepthError(f"cannot be read: {_one_line(error)}", path=path) from error


def decoded_share(
    encoded: bytes, path: Path, name: str, most_pixels: int
) -> tuple[NDArray[np.float64], int]:
    """A PNG or JPEG (H, W) as shares of its largest value, 0..1, and how many steps that has.
    DepthError where it is no such picture: the `name` map of the photo at `path`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG")) as image:
                _refuse_huge(path, image.width * image.height, most_pixels, len(encoded))
                wide = image.mode.startswith("I")
                values = np.asarray(image if wide else image.convert("RGB").getchannel(0))
    except DepthError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, bombs, ...
        raise DepthError(
            f"has a {name} map that is no picture ({_one_line(error)})", path=path
        ) from error
    largest = 65535 if wide else 255
    return values.astype(np.float64) / largest, largest


@dataclass(frozen=True, slots=True)
class HeifDepthImage:
    """An auxiliary depth image of a HEIF file. metadata: HEVC's depth representation."""

    path: Path
    image: Any
    metadata: Mapping[str, object]

    def share(self, most_pixels: int) -> tuple[NDArray[np.float64], int]:
        """As `decoded_share`, turned upright. PhotoError where it is damaged."""
        width, height = self.image.size
        size_bytes = self.path.stat().st_size
        _refuse_huge(self.path, width * height, most_pixels, size_bytes)
        try:
            values = np.asarray(self.image)
        except (
            Exception
        ) as error:  # libheif's binding raises ValueError, RuntimeError, EOFError, ...
            raise DepthError(
                f"has a depth image that is damaged ({_one_line(error)})", path=self.path
            ) from error
        if values.ndim == 3:
            values = values[..., 0]
        largest = 255 if values.dtype == np.uint8 else 65535
        return values.astype(np.float64) / largest, largest


def heif_depth_images(path: Path) -> list[HeifDepthImage]:
    """The depth images of a HEIF file, not decoded yet. PhotoError where it is damaged; OSError
    where it cannot be read."""
    import pillow_heif

    try:
        with open_regular(path) as file:
            images = pillow_heif.open_heif(file, convert_hdr_to_8bit=False).info["depth_images"]
    except OSError:
        raise
    except Exception as error:  # libheif's binding raises ValueError, RuntimeError, EOFError, ...
        raise DepthError(
            f"is damaged and cannot be decoded ({_one_line(error)})", path=path
        ) from error
    return [
        HeifDepthImage(path, image, image.info.get("metadata") or {})
        for image in images
        if image is not None
    ]


def _refuse_huge(path: Path, pixels: int, most_pixels: int, size_bytes: int) -> None:
    if pixels > most_pixels:
        raise DepthError(
            f"claims {pixels / 1e6:.1f} megapixels of depth, more than the "
            f"{most_pixels / 1e6:.1f} allowed beside this photo (setting depth.max_megapixels)",
            path=path,
            hint=f"reduce it, or allow more: each takes {BYTES_PER_DEPTH_PIXEL} MB of a worker's "
            "memory",
        )
    if pixels > max(_SMALL_PX, _PIXELS_PER_BYTE * size_bytes):
        raise DepthError(
            f"claims {pixels} pixels of depth in {size_bytes} bytes: no depth map is like that "
            "(cut off, or made to use up memory)",
            path=path,
        )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def resized_rgb(rgb: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Colours (height_px, width_px, 3) of a picture (H, W, 3), averaged over each new pixel."""
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    image = Image.fromarray(rgb).resize((width_px, height_px), Image.Resampling.BOX)
    return np.array(image, dtype=np.uint8)


def encoded_colours(rgb: NDArray[np.uint8]) -> bytes:
    """Colours (H, W, 3) as a JPEG, each pixel with its own: off by some grey values, as sensors and
    the photos' own compression are, and evenly about the true ones."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=_COLOUR_QUALITY, subsampling="4:4:4")
    return buffer.getvalue()


def colours_of(jpeg: bytes, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """What `encoded_colours` made, (height_px, width_px, 3). ValueError where it is of another size
    or no such picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
                if image.size != (width_px, height_px):
                    raise ValueError(f"colours of {image.size} pixels for {width_px}×{height_px}")
                return np.asarray(image.convert("RGB"))
    except ValueError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, bombs, ...
        raise ValueError(f"colours cannot be decoded: {_one_line(error)}") from error
