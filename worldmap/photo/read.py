"""Reading one photo's metadata: every reader, then one resolution."""

from __future__ import annotations

import hashlib
from pathlib import Path

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.photo.evidence import Evidence, Origin, Quantity, RefusedEvidence
from worldmap.photo.exif import exif_evidence, read_exif
from worldmap.photo.focal import camera_tags, focal_evidence
from worldmap.photo.pixels import read_file
from worldmap.photo.resolve import resolve
from worldmap.records import PhotoMetadata


def content_hash(path: Path) -> str:
    """SHA-256 of the file, hex. Raises PhotoError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error.strerror or error}") from error


def read_metadata(path: Path, settings: PhotoSettings) -> PhotoMetadata:
    """What the photo at `path` says about where it was, where it looked and with which camera.

    Bad or missing tags never fail a photo that has pixels. Raises PhotoError, in one line, for a
    file without pixels: empty, truncated, damaged, too large, no image, unreadable.
    """
    file = read_file(path, settings)
    whole_file = path if file.format in ("TIFF", "HEIF") else None
    tags = read_exif(file.exif, whole_file)
    evidence: list[Evidence] = []
    if tags.problem:
        evidence.append(
            RefusedEvidence(
                origin=Origin.EXIF,
                tag="(the whole block)",
                raw="",
                note=tags.problem,
                quantity=Quantity.POSITION,
            )
        )
    evidence += exif_evidence(tags, settings)
    evidence += focal_evidence(camera_tags(tags), file.width_px, file.height_px, settings)
    found = resolve(evidence, settings)
    return PhotoMetadata(
        path=path,
        content_hash=content_hash(path),
        width_px=file.width_px,
        height_px=file.height_px,
        orientation=file.orientation,
        position=found.position,
        heading=found.heading,
        tilt=found.tilt,
        focal=found.focal,
        distortion=found.distortion,
        captured_at=found.captured_at,
        make=found.texts.get(Quantity.MAKE),
        model=found.texts.get(Quantity.MODEL),
        artist=found.texts.get(Quantity.ARTIST),
        copyright=found.texts.get(Quantity.COPYRIGHT),
        licence=found.texts.get(Quantity.LICENCE),
        perceptual_hash=file.perceptual_hash,
        ledger=found.ledger,
    )
