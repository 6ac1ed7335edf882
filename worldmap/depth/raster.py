"""Rasters of the depth room: depth files and depth in photos as arrays, colours on the depth grid.

The room's door to Pillow and pillow-heif.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldmap.errors import PhotoError
from worldmap.input_file import open_regular, read_at_most
from worldmap.npy import array_of_npy

_MAX_PIXELS = 200_000_000
_BYTES_PER_PIXEL, _HEADER_BYTES = 8, 1 << 16
_MM_PER_M = 1000.0


def read_depth_file(path: Path) -> NDArray[np.float32]:
    """Depth (H, W) float32 in metres, NaN = none, of a PNG, TIFF or .npy file.

    Whole numbers are millimetres (16 bit or more), floats are metres; zero, negative and
    non-finite values are no depth. Raises PhotoError, in one line, for anything else.
    """
    raw = _read_npy(path) if path.suffix.lower() == ".npy" else _read_image(path)
    if raw.ndim == 3 and 1 in (raw.shape[0], raw.shape[2]):
        raw = raw.reshape([side for axis, side in enumerate(raw.shape) if side != 1 or axis == 1])
    if raw.ndim != 2 or raw.size == 0:
        raise PhotoError(f"depth sidecar {path} must be one channel, it has shape {raw.shape}")
    if raw.dtype.kind in "iu" and raw.dtype.itemsize >= 2:
        depth_m = raw.astype(np.float32) / np.float32(_MM_PER_M)
    elif raw.dtype.kind == "f":
        depth_m = raw.astype(np.float32)
    else:
        raise PhotoError(
            f"depth sidecar {path} holds {raw.dtype} values; "
            "use 16-bit millimetres or floating-point metres"
        )
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(depth_m) & (depth_m > 0), depth_m, np.float32(np.nan))


def _read_npy(path: Path) -> NDArray[np.generic]:
    try:
        array = array_of_npy(read_at_most(path, _MAX_PIXELS * _BYTES_PER_PIXEL + _HEADER_BYTES))
    except (OSError, ValueError) as error:
        raise PhotoError(f"depth sidecar {path} cannot be read: {_one_line(error)}") from error
    _refuse_huge(path, array.size)
    return array


def _read_image(path: Path) -> NDArray[np.generic]:
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # No other format: some of Pillow's start other programs.
            with Image.open(file, formats=("PNG", "TIFF")) as image:
                _refuse_huge(path, image.width * image.height)
                if image.mode not in ("I;16", "I;16B", "I;16L", "I", "F"):
                    raise PhotoError(
                        f"depth sidecar {path} is a picture (mode {image.mode}); "
                        "use one channel of 16-bit millimetres or floating-point metres"
                    )
                return np.asarray(image)
    except PhotoError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error, bombs, ...
        raise PhotoError(f"depth sidecar {path} cannot be read: {_one_line(error)}") from error


def decoded_share(what: str, encoded: bytes) -> tuple[NDArray[np.float64], int]:
    """A PNG or JPEG (H, W) as shares of its largest value, 0..1, and how many steps that has.
    PhotoError, beginning with `what`, where it is no such picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG")) as image:
                _refuse_huge(Path(what), image.width * image.height)
                wide = image.mode.startswith("I")
                values = np.asarray(image if wide else image.convert("RGB").getchannel(0))
    except Exception as error:  # decoders raise OSError, SyntaxError, bombs, ...
        raise PhotoError(f"{what} is no picture ({_one_line(error)})") from error
    largest = 65535 if wide else 255
    return values.astype(np.float64) / largest, largest


@dataclass(frozen=True, slots=True)
class HeifDepthImage:
    """An auxiliary depth image of a HEIF file. metadata: HEVC's depth representation."""

    path: Path
    image: Any
    metadata: Mapping[str, object]

    def share(self) -> tuple[NDArray[np.float64], int]:
        """As `decoded_share`, turned upright. PhotoError where it is damaged."""
        try:
            values = np.asarray(self.image)
        except (
            Exception
        ) as error:  # libheif's binding raises ValueError, RuntimeError, EOFError, ...
            raise PhotoError(
                f"{self.path}: its depth image is damaged ({_one_line(error)})"
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
        raise PhotoError(f"{path} is damaged and cannot be decoded ({_one_line(error)})") from error
    return [
        HeifDepthImage(path, image, image.info.get("metadata") or {})
        for image in images
        if image is not None
    ]


def _refuse_huge(path: Path, pixels: int) -> None:
    if pixels > _MAX_PIXELS:
        raise PhotoError(f"depth sidecar {path} claims {pixels} pixels, more than {_MAX_PIXELS}")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def resized_rgb(rgb: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Colours (height_px, width_px, 3) of a picture (H, W, 3), averaged over each new pixel."""
    if rgb.shape[:2] == (height_px, width_px):
        return rgb
    image = Image.fromarray(rgb).resize((width_px, height_px), Image.Resampling.BOX)
    return np.array(image, dtype=np.uint8)
