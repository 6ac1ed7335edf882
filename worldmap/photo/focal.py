"""Focal length in pixels from what the camera wrote."""

from __future__ import annotations

import math
from dataclasses import dataclass

from worldmap.config import PhotoSettings
from worldmap.photo.evidence import (
    DistortionEvidence,
    Evidence,
    FocalEvidence,
    Origin,
    Quantity,
    preferred,
    refused,
)
from worldmap.photo.exif import ExifTags
from worldmap.photo.sensors import Sensor, find_sensor
from worldmap.records import FocalSource

FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
_MM_PER_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}  # FocalPlaneResolutionUnit
_FIELD_LIMIT = (0.15, 20.0)
_USUAL_FOCAL = 0.8  # of the longer side: a phone's main camera
_LARGEST_TERM = 10.0
_ASPECT_TOLERANCE = 0.015
_NATIVE_ASPECTS = (4 / 3, 3 / 2)
_AGREEMENT = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTags:
    """The tags that tell the focal length, None where missing or zero. Sizes longer side first."""

    focal_mm: float | None
    film_mm: float | None
    plane_per_mm: float | None
    taken_px: tuple[float, float] | None
    zoom: float
    make: str
    model: str


def camera_tags(tags: ExifTags) -> CameraTags:
    """The camera's own words in an EXIF block."""

    def positive(name: str) -> float | None:
        number = tags.number(name)
        return number if number is not None and 0 < number < 1e9 else None

    unit_mm = _MM_PER_UNIT.get(int(positive("EXIF FocalPlaneResolutionUnit") or 2), 25.4)
    plane = positive("EXIF FocalPlaneXResolution")
    width, height = positive("EXIF ExifImageWidth"), positive("EXIF ExifImageLength")
    zoom = positive("EXIF DigitalZoomRatio")
    return CameraTags(
        focal_mm=positive("EXIF FocalLength"),
        film_mm=positive("EXIF FocalLengthIn35mmFilm"),
        plane_per_mm=plane / unit_mm if plane else None,
        taken_px=(max(width, height), min(width, height)) if width and height else None,
        zoom=zoom if zoom and 1 <= zoom <= 100 else 1.0,
        make=tags.text("Image Make") or "",
        model=tags.text("Image Model") or "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """How the file came from the picture that was taken: `scale` px per px taken, its doubt
    (relative sigma), and a remark."""

    scale: float
    sigma_rel: float
    note: str


def crop_of(taken_px: tuple[float, float] | None, longer_px: float, shorter_px: float) -> Crop:
    """The scale of a file of longer × shorter pixels against the size that was taken.

    The same aspect is a plain resize. Another one is a crop, and its scale lies between 1 (not
    resized) and that of the largest crop: the middle is taken, half the range is its sigma.
    """
    if taken_px is None:
        return Crop(scale=1.0, sigma_rel=0.0, note="")
    taken_longer, taken_shorter = taken_px
    if abs(longer_px * taken_shorter / (shorter_px * taken_longer) - 1) <= _ASPECT_TOLERANCE:
        return Crop(scale=longer_px / taken_longer, sigma_rel=0.0, note="")
    least = max(longer_px / taken_longer, shorter_px / taken_shorter)
    half_range = abs(math.log(least)) / 2
    note = (
        f"cropped: {longer_px:.0f}×{shorter_px:.0f} of {taken_longer:.0f}×{taken_shorter:.0f}, "
        "the principal point may be off the middle"
    )
    return Crop(scale=math.sqrt(least), sigma_rel=max(half_range, 0.01), note=note)


def focal_evidence(
    camera: CameraTags, width_px: int, height_px: int, settings: PhotoSettings
) -> list[Evidence]:
    """Every focal length the tags give, in pixels of the upright image of that size."""
    longer_px, shorter_px = float(max(width_px, height_px)), float(min(width_px, height_px))
    crop = crop_of(camera.taken_px, longer_px, shorter_px)
    taken_px = camera.taken_px or (longer_px, shorter_px)
    film = _by_film(camera, taken_px, crop, settings)
    sensor = _by_sensor(camera, taken_px, crop, settings)
    plane = _by_plane(camera, crop, settings)
    found: list[Evidence] = [
        _plausible(piece, longer_px) for piece in (sensor, plane, film) if piece is not None
    ]
    reference = sensor or film
    if plane and reference and abs(math.log(plane.focal_px / reference.focal_px)) > _AGREEMENT:
        # Resolution tags are often those of another picture size, or of a print.
        percent = 100 * (plane.focal_px / reference.focal_px - 1)
        found[found.index(_plausible(plane, longer_px))] = refused(
            plane, f"{percent:+.0f} % off {reference.tag}"
        )
    return found


def _by_film(
    camera: CameraTags, taken_px: tuple[float, float], crop: Crop, settings: PhotoSettings
) -> FocalEvidence | None:
    if camera.film_mm is None:
        return None
    # CIPA DCG-001 defines the equivalent by the image's diagonal; some makers go by its width.
    focal_px = camera.film_mm / FILM_DIAGONAL_MM * math.hypot(*taken_px) * crop.scale
    sigmas = [settings.film_focal_sigma_rel, 0.29 / camera.film_mm, crop.sigma_rel]
    notes = ["by the diagonal (CIPA)", crop.note]
    ratio = _sensor_over_image(taken_px)
    if ratio != 1.0:
        # A 16:9 picture of a 4:3 sensor: is the tag about the picture or the whole sensor?
        focal_px *= math.sqrt(ratio)
        sigmas.append(abs(math.log(ratio)) / 2)
        notes.append("not the sensor's aspect: crop in the camera")
    if camera.zoom > 1.01 and not camera.make.lower().startswith("apple"):
        focal_px *= math.sqrt(camera.zoom)
        sigmas.append(math.log(camera.zoom) / 2)
        notes.append(f"digital zoom {camera.zoom:g} may be in it already")
    return FocalEvidence(
        origin=Origin.FILM_35MM,
        tag="FocalLengthIn35mmFilm",
        raw=f"{camera.film_mm:g} mm",
        note="; ".join(filter(None, notes)),
        focal_px=focal_px,
        sigma_rel=math.hypot(*sigmas),
        source=FocalSource.FILM_35MM,
    )


def _sensor_over_image(taken_px: tuple[float, float]) -> float:
    """Diagonal of the sensor that a picture was cut from over the picture's own, 1 where it has a
    sensor's usual aspect (4:3, 3:2)."""
    longer, shorter = taken_px
    aspect = longer / shorter
    if any(abs(aspect / native - 1) <= _ASPECT_TOLERANCE for native in _NATIVE_ASPECTS):
        return 1.0
    native = _NATIVE_ASPECTS[0]
    sensor = (longer, longer / native) if aspect > native else (shorter * native, shorter)
    return math.hypot(*sensor) / math.hypot(longer, shorter)


def _by_sensor(
    camera: CameraTags, taken_px: tuple[float, float], crop: Crop, settings: PhotoSettings
) -> FocalEvidence | None:
    sensor = find_sensor(camera.model, camera.focal_mm) if camera.focal_mm else None
    if sensor is None or camera.focal_mm is None:
        return None
    focal_px = camera.focal_mm * _px_per_mm(sensor, taken_px) * camera.zoom * crop.scale
    return FocalEvidence(
        origin=Origin.SENSOR_TABLE,
        tag="FocalLength, Model",
        raw=f"{camera.focal_mm:g} mm {camera.model}"[:120],
        note="; ".join(
            filter(None, (f"sensor {sensor.width_mm:.2f} mm: {sensor.source}", crop.note))
        ),
        focal_px=focal_px,
        sigma_rel=math.hypot(settings.sensor_focal_sigma_rel, crop.sigma_rel),
        source=FocalSource.SENSOR,
    )


def _px_per_mm(sensor: Sensor, taken_px: tuple[float, float]) -> float:
    """A picture wider than its sensor was cut at top and bottom, a squarer one at the sides."""
    longer, shorter = taken_px
    if longer / shorter >= sensor.width_mm / sensor.height_mm * (1 - _ASPECT_TOLERANCE):
        return longer / sensor.width_mm
    return shorter / sensor.height_mm


def _by_plane(camera: CameraTags, crop: Crop, settings: PhotoSettings) -> FocalEvidence | None:
    if camera.focal_mm is None or camera.plane_per_mm is None:
        return None
    return FocalEvidence(
        origin=Origin.FOCAL_PLANE,
        tag="FocalLength, FocalPlaneXResolution",
        raw=f"{camera.focal_mm:g} mm, {camera.plane_per_mm:.1f} px/mm",
        note=crop.note,
        focal_px=camera.focal_mm * camera.plane_per_mm * crop.scale,
        sigma_rel=math.hypot(settings.plane_focal_sigma_rel, crop.sigma_rel),
        source=FocalSource.SENSOR,
    )


def plausible_focal(evidence: list[Evidence], longer_px: float) -> list[Evidence]:
    """The evidence, focal lengths that no street photo has refused."""
    return [
        _plausible(piece, longer_px) if isinstance(piece, FocalEvidence) else piece
        for piece in evidence
    ]


def _plausible(evidence: FocalEvidence, longer_px: float) -> Evidence:
    # 0.15 of the longer side sees 147°, 20 times it 2.9°: nothing that takes a street lies beyond.
    low, high = _FIELD_LIMIT
    if low <= evidence.focal_px / longer_px <= high:
        return evidence
    return refused(evidence, f"{evidence.focal_px:.4g} px cannot be of this image")


def plausible_distortion(evidence: list[Evidence], width_px: int, height_px: int) -> list[Evidence]:
    """The evidence, distortions that no lens has refused: those that move the picture's corner by
    more than its own distance from the middle."""
    chosen = preferred(evidence, Quantity.FOCAL)
    longer_px = max(width_px, height_px)
    focal_px = chosen.focal_px if isinstance(chosen, FocalEvidence) else _USUAL_FOCAL * longer_px
    corner = math.hypot(width_px, height_px) / (2 * focal_px)

    def judged(piece: Evidence) -> Evidence:
        if not isinstance(piece, DistortionEvidence):
            return piece
        k1, k2, p1, p2, k3 = piece.distortion
        r2 = corner * corner
        moved = (k1 * r2, k2 * r2**2, k3 * r2**3, 3 * p1 * corner, 3 * p2 * corner)
        # NaN fails; single terms may be larger where they cancel out.
        if abs(math.fsum(moved[:3])) <= 1 and max(map(abs, moved)) <= _LARGEST_TERM:
            return piece
        return refused(piece, "no lens distorts like that")

    return [judged(piece) for piece in evidence]
