"""Reading one photo's metadata: every reader, then one resolution, then a first suspicion."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError
from worldmap.input_file import open_regular
from worldmap.photo import suspicion
from worldmap.photo.crosscheck import (
    BARE_ZERO,
    believable_heights,
    checked_focal,
    checked_tables,
)
from worldmap.photo.evidence import (
    Evidence,
    Origin,
    PositionEvidence,
    Quantity,
    RefusedEvidence,
    preferred,
    unread,
)
from worldmap.photo.exif import ExifTags, exif_evidence, read_exif
from worldmap.photo.focal import (
    camera_tags,
    focal_evidence,
    plausible_distortion,
    plausible_focal,
)
from worldmap.photo.mapillary import mapillary_evidence, parse_description
from worldmap.photo.not_pinhole import not_pinhole_problem
from worldmap.photo.pixels import ImageFile, Rgb, read_file, read_file_and_pixels
from worldmap.photo.resolve import Resolved, capture_time, gps_fix_time, resolve
from worldmap.photo.sidecars import Sidecars
from worldmap.photo.xmp import (
    Picture,
    Xmp,
    perspective_model,
    position_accuracy_m,
    projection_problem,
    read_xmp,
    xmp_evidence,
)
from worldmap.records import GeoPosition, LedgerEntry, PhotoMetadata, PositionSource

_CAMERA_TRACES = ("EXIF ExposureTime", "EXIF FNumber", "EXIF FocalLength", "EXIF LensModel")


def content_hash(path: Path) -> str:
    """SHA-256 of the file, hex. Raises PhotoError where it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PhotoError(f"cannot be read: {error.strerror or error}", path=path) from error


def read_metadata(
    path: Path, settings: PhotoSettings, *, sidecars: Sidecars | None = None
) -> PhotoMetadata:
    """What the photo at `path` says about where it was, where it looked and with which camera.

    sidecars: one for the whole run, with what the user gave; without it, files beside the photo
    are still looked for. captured_at always has a zone; where it was guessed, the ledger says so.
    Bad or missing tags never fail a photo that has pixels. Raises PhotoError, in one line, for a
    file without pixels: empty, truncated, damaged, too large, no image, unreadable.
    """
    return _metadata_of(path, read_file(path, settings), settings, sidecars)


def read_photo(
    path: Path,
    settings: PhotoSettings,
    *,
    sidecars: Sidecars | None = None,
    least_px: int | None = None,
) -> tuple[PhotoMetadata, Rgb]:
    """`read_metadata` and `read_pixels` of one decoding, with the errors of both."""
    file, rgb = read_file_and_pixels(path, settings, least_px)
    return _metadata_of(path, file, settings, sidecars), rgb


def _metadata_of(
    path: Path, file: ImageFile, settings: PhotoSettings, sidecars: Sidecars | None
) -> PhotoMetadata:
    beside = sidecars if sidecars is not None else Sidecars()
    tags = read_exif(file.exif, path if file.format in ("TIFF", "HEIF") else None)
    xmp = read_xmp(file.xmp)
    evidence = _own_evidence(file, tags, xmp, settings)
    evidence += beside.evidence(path, file.width_px, file.height_px, settings)
    evidence += beside.camera_evidence(
        path, (file.width_px, file.height_px), file.orientation, camera_tags(tags).model, settings
    )
    time, zone_is_certain = capture_time(evidence)
    evidence += beside.track_evidence(time, zone_is_certain, settings)
    evidence = plausible_focal(evidence, max(file.width_px, file.height_px))
    evidence = plausible_distortion(evidence, file.width_px, file.height_px)
    evidence, table_flags = checked_tables(evidence)
    evidence, focal_flags = checked_focal(believable_heights(evidence))
    evidence = beside.allowed(evidence)
    found = resolve(evidence, settings)
    told = beside.archived(path).get("projection")
    problem = (
        projection_problem(xmp)
        or not_pinhole_problem(
            maker=tags.text("Image Make") or "",
            model=tags.text("Image Model") or "",
            lens=tags.text("EXIF LensModel") or xmp.text("exif:Lens") or "",
            name=path.stem,
            custom_rendered=tags.number("EXIF CustomRendered"),
            size_px=(file.width_px, file.height_px),
        )
        or (f"{told}"[:40] if told not in (None, "", "perspective") else "")
    )
    flags, position, remarks = _first_suspicion(
        path, file, tags, problem, found, evidence, settings
    )
    return PhotoMetadata(
        path=path,
        content_hash=content_hash(path),
        width_px=file.width_px,
        height_px=file.height_px,
        orientation=file.orientation,
        position=position,
        heading=found.heading,
        tilt=found.tilt,
        focal=found.focal,
        distortion=found.distortion,
        centre_px=found.centre_px,
        captured_at=found.captured_at,
        make=found.texts.get(Quantity.MAKE),
        model=found.texts.get(Quantity.MODEL),
        artist=found.texts.get(Quantity.ARTIST),
        copyright=found.texts.get(Quantity.COPYRIGHT),
        licence=found.texts.get(Quantity.LICENCE),
        perceptual_hash=file.perceptual_hash,
        flags=tuple(dict.fromkeys((*flags, *table_flags, *focal_flags))),
        ledger=(*found.ledger, *remarks),
    )


def _own_evidence(
    file: ImageFile, tags: ExifTags, xmp: Xmp, settings: PhotoSettings
) -> list[Evidence]:
    description = parse_description(tags.description())
    camera = camera_tags(tags)
    if not camera.model and isinstance(description.get("MAPDeviceModel"), str):
        camera = replace(camera, model=description["MAPDeviceModel"])
    picture = Picture(
        width_px=file.width_px,
        height_px=file.height_px,
        orientation=file.orientation,
        taken_longer_px=camera.taken_px[0] if camera.taken_px else None,
    )
    evidence: list[Evidence] = []
    if tags.problem:
        evidence.append(unread(Origin.EXIF, "(everything)", tags.problem))
    evidence += exif_evidence(tags, settings, accuracy_m=position_accuracy_m(xmp))
    evidence += xmp_evidence(xmp, picture, settings)
    evidence += perspective_model(xmp, camera.plane_per_mm, picture.scale)
    evidence += focal_evidence(camera, file.width_px, file.height_px, settings)
    if description:
        evidence += mapillary_evidence(description, file.width_px, file.height_px, settings)
    return evidence


def _first_suspicion(
    path: Path,
    file: ImageFile,
    tags: ExifTags,
    lens_problem: str,
    found: Resolved,
    evidence: list[Evidence],
    settings: PhotoSettings,
) -> tuple[list[suspicion.Flag], GeoPosition | None, list[LedgerEntry]]:
    """What looks wrong with this photo alone: flags, the position widened, and why."""
    flags = [
        *_refused_flags(evidence),
        *([suspicion.Flag.UNKNOWN_DATUM] if _has_unknown_datum(evidence) else []),
        *(
            [suspicion.Flag.TURNED_BY_EXIF]
            if file.format == "HEIF" and file.orientation > 1
            else []
        ),
    ]
    flags += suspicion.camera_flags(
        name=path.name,
        image_format=file.format,
        width_px=file.width_px,
        height_px=file.height_px,
        has_camera=Quantity.MAKE in found.texts
        or Quantity.MODEL in found.texts
        or any(name in tags.tags for name in _CAMERA_TRACES),
        projection_problem=lens_problem,
    )
    position, remarks = found.position, []
    if position is not None and position.source != PositionSource.USER:
        position, note = suspicion.widen_rounded(position)
        if note:
            flags.append(suspicion.Flag.ROUNDED_POSITION)
            remarks.append(_remark(position, note))
    if position is not None and position.source == PositionSource.EXIF:
        time, certain = capture_time(evidence)
        age_s = suspicion.stale_fix_s(gps_fix_time(evidence), time if certain else None)
        if age_s is not None:
            position, note = suspicion.widen_stale(position, age_s, settings)
            if note:
                flags.append(suspicion.Flag.STALE_FIX)
                remarks.append(_remark(position, note))
        elif gps_fix_time(evidence) is not None and time is not None:
            # A local clock and a UTC fix that no zone reconciles: one of them is wrong.
            flags.append(suspicion.Flag.CLOCK_DISAGREES)
            position = replace(position, horizontal_sigma_m=max(position.horizontal_sigma_m, 100.0))
            remarks.append(_remark(position, "GPS time and clock disagree by more than a zone"))
    return flags, position, remarks


def _has_unknown_datum(evidence: list[Evidence]) -> bool:
    """Whether the position that is taken is over a datum that is not known here."""
    taken = preferred(evidence, Quantity.POSITION)
    return isinstance(taken, PositionEvidence) and not taken.datum_is_known


def _refused_flags(evidence: list[Evidence]) -> list[suspicion.Flag]:
    refused = [piece for piece in evidence if isinstance(piece, RefusedEvidence)]
    found = []
    if any(piece.quantity == Quantity.HEIGHT and piece.note == BARE_ZERO for piece in refused):
        found.append(suspicion.Flag.ZERO_ALTITUDE)
    tables = [piece for piece in refused if piece.origin in (Origin.CSV, Origin.GEO_TXT)]
    if any(piece.quantity == Quantity.POSITION and piece.raw for piece in tables):
        found.append(suspicion.Flag.TABLE_UNUSABLE)
    return found


def _remark(position: GeoPosition, note: str) -> LedgerEntry:
    return LedgerEntry(
        quantity=Quantity.POSITION,
        value="",
        sigma=f"{position.horizontal_sigma_m:.3g} m",
        source="suspicion",
        raw="",
        used=True,
        note=note,
    )
