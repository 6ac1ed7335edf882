"""Masks that people give: a picture as large as the photo, or of its shape, black where it is not
to be looked at, as OpenDroneMap, Metashape and COLMAP have them.

One lies beside its photo (`IMG_1_mask.png` or `IMG_1.mask.png` of `IMG_1.jpg`), or is named for all
photos of a camera, or for all of its shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError, UsageError
from worldmap.photo.pixels import read_pixels
from worldmap.records import PictureMask

_ENDINGS: Final = ("_mask", ".mask")
_FORMATS: Final = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
_MIDDLE_GREY: Final = 128
_LONGEST_CELLS: Final = 1024
"""A mask is kept so fine: a cell is two pixels of the picture that features are found in."""
_ASPECT_TOLERANCE: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NamedMask:
    """Of a camera, by the model that its photos tell, or with '' of all photos of its shape."""

    camera: str
    name: str
    mask: PictureMask

    def serves(self, make: str | None, model: str | None) -> bool:
        """Whether photos of that camera are its photos."""
        told = {f"{model or ''}", f"{make or ''} {model or ''}"}
        return not self.camera or self.camera.casefold() in {t.strip().casefold() for t in told}


def parse_mask(told: str, settings: PhotoSettings) -> NamedMask:
    """`FILE`, or `CAMERA=FILE`. UsageError where that is no picture."""
    camera, equals, name = told.rpartition("=")
    if equals and not Path(name).is_file() and Path(told).is_file():
        camera, name = "", told  # a name with a sign of equality in it
    path = Path(name)
    try:
        mask = read_mask(path, settings)
    except PhotoError as error:
        raise UsageError(f"is no mask: it {error.complaint}", path=path) from error
    if mask.covers.all():
        raise UsageError("is black all over: nothing of a photo would be left", path=path)
    return NamedMask(camera=camera.strip(), name=path.name, mask=mask)


def read_mask(path: Path, settings: PhotoSettings) -> PictureMask:
    """Of a picture that is dark where its photo is not to be looked at. PhotoError where it cannot
    be read."""
    rgb = read_pixels(path, settings)
    return PictureMask(rgb.max(axis=2) < _MIDDLE_GREY).reduced(_LONGEST_CELLS)


def mask_beside(photo: str, names: Mapping[str, str]) -> str | None:
    """The mask of a photo among the names of its folder (by their casefolded form)."""
    stem = Path(photo).stem
    wanted = (f"{stem}{ending}{suffix}" for ending in _ENDINGS for suffix in _FORMATS)
    return next((names[n.casefold()] for n in wanted if n.casefold() in names), None)


def photo_of_mask(name: str) -> str | None:
    """The stem of the photo that a file of this name would be the mask of; None where it is called
    as no mask is."""
    path = Path(name)
    if path.suffix.lower() not in _FORMATS:
        return None
    endings = (e for e in _ENDINGS if path.stem.lower().endswith(e))
    return next((path.stem[: -len(ending)] for ending in endings), None)


def has_shape(mask: PictureMask, width_px: int, height_px: int) -> bool:
    """Whether it is of pictures of that shape."""
    high, wide = mask.covers.shape
    # Reduced, its last cell may stand for a part of one.
    slack = _ASPECT_TOLERANCE + 1.0 / min(high, wide)
    return bool(abs(wide / high / (width_px / height_px) - 1) < slack)
