"""What is fixed to each camera of a set of photos, found in their pictures and written as masks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.listener import Listener
from worldmap.photo import encoded, preview_pixels, read_metadata
from worldmap.photo.fixed_part import FEWEST_PHOTOS, fixed_part
from worldmap.printable import file_name
from worldmap.records import PhotoMetadata, PictureMask

_LOOKED_AT_PX: Final = 512
_MOST_PHOTOS: Final = 60
"""Of a camera, spread evenly: more tell nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMask:
    """What was found of a camera, by what its photos tell (`make`, `model`, size in pixels): of so
    many photos how many were looked at, which share of the picture is fixed to it, and the mask,
    None where there is nothing, or where the photos are fewer than eight or of one standpoint."""

    make: str
    model: str
    width_px: int
    height_px: int
    photos: int
    looked_at: int
    covered_rel: float
    path: Path | None


def find_masks(
    photos: Sequence[Path], out_dir: Path, settings: PhotoSettings, listener: Listener
) -> tuple[list[CameraMask], list[Path]]:
    """Each camera's, and the photos that cannot be read. StorageError where a mask cannot be
    written."""
    cameras: dict[tuple[str, str, int, int], list[PhotoMetadata]] = defaultdict(list)
    broken: list[Path] = []
    found = []
    with listener.stage("masks", len(photos)) as stage:
        for path in photos:
            try:
                told = read_metadata(path, settings)
            except PhotoError:
                broken.append(path)
            else:
                key = (told.make or "", told.model or "", told.width_px, told.height_px)
                cameras[key].append(told)
            stage.advance()
    for (make, model, width_px, height_px), own in sorted(cameras.items()):
        step = -(-len(own) // _MOST_PHOTOS)
        pictures = [
            picture for photo in own[::step] if (picture := _grey(photo, settings)) is not None
        ]
        mask = fixed_part(_of_one_size(pictures)) if len(pictures) >= FEWEST_PHOTOS else None
        written: Path | None = None
        if mask is not None:
            name = " ".join(part for part in (make, model) if part) or "camera"
            written = out_dir / f"{file_name(name)}-{width_px}x{height_px}.png"
            write_file(written, _drawn(mask))
        found.append(
            CameraMask(
                make=make,
                model=model,
                width_px=width_px,
                height_px=height_px,
                photos=len(own),
                looked_at=len(pictures),
                covered_rel=float(mask.covers.mean()) if mask is not None else 0.0,
                path=written,
            )
        )
    return found, broken


def _grey(photo: PhotoMetadata, settings: PhotoSettings) -> NDArray[np.uint8] | None:
    try:
        rgb = preview_pixels(photo.path, settings, _LOOKED_AT_PX)
    except PhotoError:
        return None  # gone since its tags were read
    return np.asarray(np.rint(rgb @ np.array((0.299, 0.587, 0.114))), dtype=np.uint8)


def _of_one_size(pictures: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Those of the first one's size: decoders round a row up or down."""
    return [each for each in pictures if each.shape == pictures[0].shape]


def _drawn(mask: PictureMask) -> bytes:
    """Black where it covers, as `ingest --mask` reads it."""
    return encoded(np.where(mask.covers, 0, 255).astype(np.uint8), "PNG")
