"""Focal length in pixels from what the camera wrote."""

from __future__ import annotations

import math
from dataclasses import dataclass

from worldmap.config import PhotoSettings
from worldmap.photo.evidence import Evidence, FocalEvidence, Origin, Quantity, RefusedEvidence
from worldmap.photo.exif import ExifTags
from worldmap.records import FocalSource

FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
_MM_PER_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}  # FocalPlaneResolutionUnit
_FIELD_LIMIT = (0.15, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTags:
    """The tags that tell the focal length, None where missing or zero."""

    focal_mm: float | None
    film_mm: float | None
    plane_x_per_mm: float | None
    plane_y_per_mm: float | None
    taken_width_px: float | None
    taken_height_px: float | None
    zoom: float
    make: str
    model: str
    lens: str


def camera_tags(tags: ExifTags) -> CameraTags:
    """The camera's own words in an EXIF block."""

    def positive(name: str) -> float | None:
        number = tags.number(name)
        return number if number is not None and number > 0 else None

    unit = _MM_PER_UNIT.get(int(positive("EXIF FocalPlaneResolutionUnit") or 2), 25.4)
    plane_x = positive("EXIF FocalPlaneXResolution")
    plane_y = positive("EXIF FocalPlaneYResolution")
    zoom = positive("EXIF DigitalZoomRatio")
    return CameraTags(
        focal_mm=positive("EXIF FocalLength"),
        film_mm=positive("EXIF FocalLengthIn35mmFilm"),
        plane_x_per_mm=plane_x / unit if plane_x else None,
        plane_y_per_mm=plane_y / unit if plane_y else None,
        taken_width_px=positive("EXIF ExifImageWidth"),
        taken_height_px=positive("EXIF ExifImageLength"),
        zoom=zoom if zoom and 1 <= zoom <= 100 else 1.0,
        make=tags.text("Image Make") or "",
        model=tags.text("Image Model") or "",
        lens=tags.text("EXIF LensModel") or "",
    )


def focal_evidence(
    camera: CameraTags, width_px: int, height_px: int, settings: PhotoSettings
) -> list[Evidence]:
    """Every focal length the tags give, in pixels of the upright image of that size."""
    found: list[Evidence] = []
    longer_px = max(width_px, height_px)
    if camera.film_mm is not None:
        # CIPA DCG-001-2018: the equivalent by the image's diagonal; some makers go by the width.
        focal_px = camera.film_mm / FILM_DIAGONAL_MM * math.hypot(width_px, height_px)
        found.append(
            _plausible(
                FocalEvidence(
                    origin=Origin.FILM_35MM,
                    tag="FocalLengthIn35mmFilm",
                    raw=f"{camera.film_mm:g} mm",
                    note="by the diagonal (CIPA)",
                    focal_px=focal_px,
                    sigma_rel=math.hypot(settings.film_focal_sigma_rel, 0.29 / camera.film_mm),
                    source=FocalSource.FILM_35MM,
                ),
                longer_px,
            )
        )
    if camera.focal_mm is not None and camera.plane_x_per_mm is not None:
        taken = max(camera.taken_width_px or 0, camera.taken_height_px or 0) or longer_px
        focal_px = camera.focal_mm * camera.plane_x_per_mm * longer_px / taken
        found.append(
            _plausible(
                FocalEvidence(
                    origin=Origin.FOCAL_PLANE,
                    tag="FocalLength, FocalPlaneXResolution",
                    raw=f"{camera.focal_mm:g} mm, {camera.plane_x_per_mm:.1f} px/mm",
                    focal_px=focal_px,
                    sigma_rel=settings.plane_focal_sigma_rel,
                    source=FocalSource.SENSOR,
                ),
                longer_px,
            )
        )
    return found


def _plausible(evidence: FocalEvidence, longer_px: int) -> Evidence:
    # 0.15 of the longer side sees 147°, 20 times it 2.9°: nothing that takes a street lies beyond.
    low, high = _FIELD_LIMIT
    if low <= evidence.focal_px / longer_px <= high:
        return evidence
    return RefusedEvidence(
        origin=evidence.origin,
        tag=evidence.tag,
        raw=evidence.raw,
        note=f"{evidence.focal_px:.0f} px cannot be a focal length of this image",
        quantity=Quantity.FOCAL,
    )
