"""Depth that a photo's own file carries: Apple's auxiliary images, Google's GDepth and Dynamic
Depth."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.depth.grid import Depth
from worldmap.depth.raster import MOST_PIXELS, decoded_share, heif_depth_images
from worldmap.depth.xmp import DepthXmp, heif_xmp, jpeg_xmp
from worldmap.errors import DepthError, PhotoError
from worldmap.input_file import open_regular, read_at_most
from worldmap.records import Focal, FocalSource, PhotoMetadata

Grid = NDArray[np.float64]

_GDEPTH = "http://ns.google.com/photos/1.0/depthmap/"
_DYNAMIC = "http://ns.google.com/photos/dd/1.0/depthmap/"
_IMAGING = "http://ns.google.com/photos/dd/1.0/imagingmodel/"
_ITEMS = (
    "http://ns.google.com/photos/dd/1.0/item/",
    "http://ns.google.com/photos/1.0/container/item/",
)
_APPLE_PIXELS = "http://ns.apple.com/pixeldatainfo/1.0/"
_APPLE_DEPTH = "http://ns.apple.com/depthData/1.0/"
_HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
_JPEG_START = b"\xff\xd8"
_LIMIT_BYTES = 512 << 20  # a photo with the seconds of film that phones append to it
_METRES = {"m": 1.0, "meters": 1.0, "metres": 1.0, "mm": 1e-3, "millimeters": 1e-3}
_CALIBRATED_SIGMA_REL = 0.01
_UNSTATED_SCALE_SIGMA_REL = 0.3
_UNIFORM = 1 / math.sqrt(12)  # standard deviation of a rounding step
# How an EXIF orientation lays the stored rows and columns upright.
_UPRIGHT: Final[dict[int, Callable[[Grid], Grid]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: a[::-1].T,
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: a[:, ::-1].T,
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EmbeddedDepth:
    """Depth from a photo's file, upright.

    distance_m (H, W) float32, NaN = none, along the optical axis, or along each pixel's ray where
    along_ray. step_sigma_m (H, W): error from the few steps it is stored in. focal: the file's own
    for this depth, None where it has none. scale_sigma_rel: where the file does not say that its
    unit is sure.
    """

    source: str
    distance_m: Depth
    step_sigma_m: Depth
    along_ray: bool
    focal: Focal | None
    scale_sigma_rel: float | None


def has_embedded_depth(path: Path, *, metric: bool = True) -> bool:
    """Whether the file carries depth, in metres or (metric False) in any unit; False where it
    cannot be read. Decodes nothing."""
    try:
        if path.suffix.lower() in _HEIF_SUFFIXES:
            if not heif_depth_images(path):
                return False
            return not (metric and _is_relative(DepthXmp(heif_xmp(_content(path)))))
        xmp = DepthXmp(jpeg_xmp(_content(path)))
    except (OSError, PhotoError):
        return False
    for space in (_GDEPTH, _DYNAMIC):
        if xmp.value(space, "Near") is not None:
            return not metric or (xmp.value(space, "Units") or "m").lower() in _METRES
    return False


def read_embedded_depth(photo: PhotoMetadata, most_pixels: int = MOST_PIXELS) -> EmbeddedDepth:
    """The depth in a photo's file. PhotoError where there is none, where it is damaged, or where it
    is not metric (Apple's "relative" disparity, Google's depth without unit), or where it has more
    pixels than most_pixels."""
    path = photo.path
    try:
        if path.suffix.lower() in _HEIF_SUFFIXES:
            return _read_apple(photo, most_pixels)
        content = _content(path)
    except OSError as error:
        raise PhotoError(f"cannot be read: {error.strerror or error}", path=path) from error
    xmp = DepthXmp(jpeg_xmp(content))
    if xmp.value(_GDEPTH, "Near") is not None:
        return _read_gdepth(photo, xmp, most_pixels)
    if xmp.value(_DYNAMIC, "Near") is not None:
        return _read_dynamic(photo, xmp, content, most_pixels)
    raise DepthError("carries no depth", path=path)


def _content(path: Path) -> bytes:
    """A JPEG or HEIF file; nothing of another one, which carries no depth that we know. OSError."""
    with open_regular(path) as file:
        if path.suffix.lower() not in _HEIF_SUFFIXES and file.read(2) != _JPEG_START:
            return b""
    return read_at_most(path, _LIMIT_BYTES)


# --- Google --------------------------------------------------------------------------------------


def _read_gdepth(photo: PhotoMetadata, xmp: DepthXmp, most_pixels: int) -> EmbeddedDepth:
    """developers.google.com/depthmap-metadata/reference: a base64 picture in the XMP itself."""
    data = xmp.value(_GDEPTH, "Data")
    if data is None:
        raise DepthError(
            "has a GDepth map that is missing (cut off by an editor?)", path=photo.path
        )
    try:
        encoded = base64.b64decode("".join(data.split()), validate=False)
    except (binascii.Error, ValueError) as error:
        raise DepthError(f"has a GDepth map that is damaged ({error})", path=photo.path) from error
    return _google(photo, xmp, _GDEPTH, "gdepth", encoded, None, most_pixels)


def _read_dynamic(
    photo: PhotoMetadata, xmp: DepthXmp, content: bytes, most_pixels: int
) -> EmbeddedDepth:
    """Dynamic Depth 1.0 (Google 2019): pictures appended to the JPEG, listed in its XMP."""
    uri = xmp.value(_DYNAMIC, "DepthURI")
    encoded = _appended_item(xmp, content, uri)
    if encoded is None:
        raise DepthError(
            "has a Dynamic Depth map that is missing (cut off by an editor?)", path=photo.path
        )
    return _google(
        photo, xmp, _DYNAMIC, "dynamic-depth", encoded, _imaging_focal(photo, xmp), most_pixels
    )


def _appended_item(xmp: DepthXmp, content: bytes, uri: str | None) -> bytes | None:
    """Bytes of the item of that URI, or of the one that calls itself depth. Items follow the
    primary picture without gaps, so they are found from the end of the file."""
    names = ("Mime", "Length", "Padding", "DataURI", "Semantic")
    for space in _ITEMS:
        end = len(content)
        for item in reversed(xmp.structures(space, names)[1:]):
            length = int(_float(item.get("Length")) or 0)
            start = end - length
            named = uri is not None and item.get("DataURI") == uri
            if length > 0 and start > 0 and (named or item.get("Semantic", "").lower() == "depth"):
                return content[start:end]
            end = start - int(_float(item.get("Padding")) or 0)
    return None


def _imaging_focal(photo: PhotoMetadata, xmp: DepthXmp) -> Focal | None:
    focal = xmp.number(_IMAGING, "FocalLengthX")
    if focal is None or focal <= 0:
        return None
    width = xmp.number(_IMAGING, "ImageWidth")
    height = xmp.number(_IMAGING, "ImageHeight")
    stored_side = max(photo.width_px, photo.height_px)
    if focal < 10:  # in widths of the picture, as the older XDM has it
        focal_px = focal * stored_side
    elif width and height:
        focal_px = focal * stored_side / max(width, height)
    else:
        focal_px = focal
    return Focal(focal_px=focal_px, sigma_rel=_CALIBRATED_SIGMA_REL, source=FocalSource.CALIBRATED)


def _google(
    photo: PhotoMetadata,
    xmp: DepthXmp,
    space: str,
    source: str,
    encoded: bytes,
    focal: Focal | None,
    most_pixels: int,
) -> EmbeddedDepth:
    unit = (xmp.value(space, "Units") or "").lower()
    if unit and unit not in _METRES:
        raise DepthError(f"has a {source} map that is not metric (unit {unit!r})", path=photo.path)
    to_metres = _METRES.get(unit, 1.0)
    near, far = xmp.number(space, "Near"), xmp.number(space, "Far")
    if near is None or far is None or not 0 < near < far:
        raise DepthError(
            f"has a {source} range {near} to {far} that makes no sense", path=photo.path
        )
    near, far = near * to_metres, far * to_metres
    share, steps = decoded_share(encoded, photo.path, source, most_pixels)
    form = xmp.value(space, "Format") or "RangeInverse"
    if form == "RangeInverse":
        distance_m = far * near / (far - share * (far - near))
        step_m = distance_m**2 * (1 / near - 1 / far) / steps
    elif form == "RangeLinear":
        distance_m = near + share * (far - near)
        step_m = np.full_like(distance_m, (far - near) / steps)
    else:
        raise DepthError(f"has a {source} format {form!r} that is not known", path=photo.path)
    upright = _UPRIGHT[photo.orientation]
    return EmbeddedDepth(
        source=source,
        distance_m=np.ascontiguousarray(upright(distance_m), np.float32),
        step_sigma_m=np.ascontiguousarray(upright(step_m * _UNIFORM), np.float32),
        along_ray=xmp.value(space, "MeasureType") == "OpticRay",
        focal=focal,
        # The default unit is the metre, but not every writer that leaves it out means it.
        scale_sigma_rel=None if unit else _UNSTATED_SCALE_SIGMA_REL,
    )


# --- Apple ---------------------------------------------------------------------------------------


def _read_apple(photo: PhotoMetadata, most_pixels: int) -> EmbeddedDepth:
    """Auxiliary depth or disparity image with its XMP, as ImageIO writes it (Apple, "Creating
    auxiliary depth data manually"): value = FloatMin + pixel / IntMax · (FloatMax − FloatMin), in
    metres or, for disparity, in 1/metres. Without XMP, HEIF's own range (z_near, z_far)."""
    path = photo.path
    images = heif_depth_images(path)
    if not images:
        raise DepthError("carries no depth", path=path)
    share, largest = images[0].share(most_pixels)
    xmp = DepthXmp(heif_xmp(_content(path)))
    kind = (xmp.value(_APPLE_PIXELS, "AuxiliaryImageType") or "").lower()
    low = xmp.number(_APPLE_PIXELS, "FloatMinValue")
    high = xmp.number(_APPLE_PIXELS, "FloatMaxValue")
    if kind in ("depth", "disparity") and low is not None and high is not None:
        if _is_relative(xmp):
            raise DepthError(
                f"has a {kind} that is relative (two lenses, no LiDAR), so it tells no metres",
                path=path,
            )
        value, inverse = low + share * (high - low), kind == "disparity"
    else:
        value, (low, high), inverse = _heif_range(path, images[0].metadata, share)
    step = (high - low) / largest
    with np.errstate(divide="ignore", invalid="ignore"):
        distance_m = 1 / value if inverse else value
        step_m = distance_m**2 * step if inverse else np.full_like(distance_m, step)
    present = np.isfinite(distance_m) & (distance_m > 0)
    return EmbeddedDepth(
        source="apple",
        distance_m=np.where(present, distance_m, np.nan).astype(np.float32),
        step_sigma_m=np.where(present, step_m * _UNIFORM, np.nan).astype(np.float32),
        along_ray=False,
        focal=_apple_focal(photo, xmp),
        scale_sigma_rel=None,
    )


def _is_relative(xmp: DepthXmp) -> bool:
    return (xmp.value(_APPLE_DEPTH, "Accuracy") or "").lower() == "relative"


def _heif_range(
    path: Path, metadata: Mapping[str, object], share: Grid
) -> tuple[Grid, tuple[float, float], bool]:
    """Inverse depth from HEVC's depth representation (ITU-T H.265, annex I, type 0: the inverse of
    Z in equal steps from 1/z_far to 1/z_near)."""
    near, far = _float(metadata.get("z_near")), _float(metadata.get("z_far"))
    if not near or not far or int(_float(metadata.get("representation_type")) or 0) != 0:
        raise DepthError(
            "has a depth image that does not say how many metres its values are", path=path
        )
    low, high = 1 / far, 1 / near
    return low + share * (high - low), (low, high), True


def _apple_focal(photo: PhotoMetadata, xmp: DepthXmp) -> Focal | None:
    matrix = xmp.numbers(_APPLE_DEPTH, "IntrinsicMatrix")
    width = xmp.number(_APPLE_DEPTH, "IntrinsicMatrixReferenceWidth")
    height = xmp.number(_APPLE_DEPTH, "IntrinsicMatrixReferenceHeight")
    if len(matrix) != 9 or not width or not height or matrix[0] <= 0:
        return None
    scale = max(photo.width_px, photo.height_px) / max(width, height)
    return Focal(
        focal_px=matrix[0] * scale,
        sigma_rel=_CALIBRATED_SIGMA_REL,
        source=FocalSource.CALIBRATED,
    )


def _float(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
