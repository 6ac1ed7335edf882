"""Where a photo's own tags have it, for holding what others say against it."""

from __future__ import annotations

from pathlib import Path

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.photo.evidence import PositionEvidence, Quantity, preferred
from worldmap.photo.exif import exif_evidence, read_exif
from worldmap.photo.pixels import read_header
from worldmap.photo.reading import Spot
from worldmap.photo.xmp import Picture, read_xmp, xmp_evidence


def own_place(photo: Path, settings: PhotoSettings) -> Spot | None:
    """By EXIF and XMP in the photo's file, which is not decoded; None where they tell none."""
    try:
        header = read_header(photo, settings)
    except PhotoError:
        return None  # which is for others to tell
    tags = read_exif(header.exif, photo if header.format in ("TIFF", "HEIF") else None)
    picture = Picture(
        width_px=header.width_px,
        height_px=header.height_px,
        orientation=header.orientation,
        taken_longer_px=None,
    )
    evidence = exif_evidence(tags, settings) + xmp_evidence(read_xmp(header.xmp), picture, settings)
    found = preferred(evidence, Quantity.POSITION)
    if not isinstance(found, PositionEvidence):
        return None
    return Spot(found.lat_deg, found.lon_deg)
