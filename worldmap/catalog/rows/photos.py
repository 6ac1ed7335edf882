"""Photos: tags, camera, depth, first guess, review."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from worldmap.camera import Camera
from worldmap.catalog.models import (
    DepthMapRow,
    LedgerRow,
    PhotoRow,
    PriorColumns,
    PriorRow,
    ReviewRow,
)
from worldmap.records import (
    Artifact,
    DepthMapInfo,
    DepthModel,
    DepthWait,
    Focal,
    FocalSource,
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    IngestedPhoto,
    LedgerEntry,
    PhotoMetadata,
    PhotoReview,
    PosePrior,
    PositionSource,
    Tilt,
)

Columns = dict[str, Any]


def metadata_columns(metadata: PhotoMetadata) -> Columns:
    """Columns of a photo that its file tells; the ledger has rows of its own."""
    position, heading, tilt = metadata.position, metadata.heading, metadata.tilt
    return {
        "content_hash": metadata.content_hash,
        "path": metadata.path,
        "width_px": metadata.width_px,
        "height_px": metadata.height_px,
        "orientation": metadata.orientation,
        "captured_at": metadata.captured_at.isoformat() if metadata.captured_at else None,
        "make": metadata.make,
        "model": metadata.model,
        "artist": metadata.artist,
        "copyright": metadata.copyright,
        "licence": metadata.licence,
        "perceptual_hash": metadata.perceptual_hash,
        "flags": json.dumps(metadata.flags),
        "tag_lat_deg": position.lat_deg if position else None,
        "tag_lon_deg": position.lon_deg if position else None,
        "tag_height_m": position.height_m if position else None,
        "tag_height_datum": position.height_datum if position else None,
        "tag_horizontal_sigma_m": position.horizontal_sigma_m if position else None,
        "tag_vertical_sigma_m": position.vertical_sigma_m if position else None,
        "tag_position_source": position.source if position else None,
        "tag_heading_deg": heading.true_deg if heading else None,
        "tag_heading_sigma_deg": heading.sigma_deg if heading else None,
        "tag_heading_source": heading.source if heading else None,
        "tag_pitch_deg": tilt.pitch_deg if tilt else None,
        "tag_roll_deg": tilt.roll_deg if tilt else None,
        "tag_tilt_sigma_deg": tilt.sigma_deg if tilt else None,
        "tag_tilt_source": tilt.source if tilt else None,
        "tag_distortion": json.dumps(metadata.distortion) if metadata.distortion else None,
        "tag_centre": json.dumps(metadata.centre_px) if metadata.centre_px else None,
        **_focal_columns("tag_focal", metadata.focal),
    }


def _focal_columns(prefix: str, focal: Focal | None) -> Columns:
    return {
        f"{prefix}_px": focal.focal_px if focal else None,
        f"{prefix}_sigma_rel": focal.sigma_rel if focal else None,
        f"{prefix}_source": focal.source if focal else None,
    }


def _focal(focal_px: float | None, sigma_rel: float | None, source: str | None) -> Focal | None:
    if focal_px is None or source is None:
        return None
    return Focal(focal_px=focal_px, sigma_rel=_real(sigma_rel), source=FocalSource(source))


def _real(value: float | None) -> float:
    """The catalog has NULL where a record has NaN."""
    return math.nan if value is None else value


def camera_columns(camera: Camera) -> Columns:
    """Columns of a photo's intrinsics."""
    return {
        "camera_width_px": camera.width_px,
        "camera_height_px": camera.height_px,
        "camera_fx_px": camera.fx_px,
        "camera_fy_px": camera.fy_px,
        "camera_cx_px": camera.cx_px,
        "camera_cy_px": camera.cy_px,
        "camera_distortion": json.dumps(camera.distortion),
    }


def camera_of(row: PhotoRow) -> Camera:
    """A photo's intrinsics."""
    return Camera(
        width_px=row.camera_width_px,
        height_px=row.camera_height_px,
        fx_px=row.camera_fx_px,
        fy_px=row.camera_fy_px,
        cx_px=row.camera_cx_px,
        cy_px=row.camera_cy_px,
        distortion=_five(row.camera_distortion),
    )


def _five(text: str) -> tuple[float, float, float, float, float]:
    k1, k2, p1, p2, k3 = json.loads(text)
    return k1, k2, p1, p2, k3


def _two(text: str) -> tuple[float, float]:
    x, y = json.loads(text)
    return x, y


def ledger_rows(photo_id: int, ledger: Sequence[LedgerEntry]) -> list[LedgerRow]:
    """Rows of a photo's ledger, in its order."""
    return [
        LedgerRow(
            photo_id=photo_id,
            ordinal=ordinal,
            quantity=entry.quantity,
            value=entry.value,
            sigma=entry.sigma,
            source=entry.source,
            raw=entry.raw,
            used=entry.used,
            note=entry.note,
        )
        for ordinal, entry in enumerate(ledger)
    ]


def _metadata_of(row: PhotoRow) -> PhotoMetadata:
    position = heading = tilt = None
    if (
        row.tag_lat_deg is not None
        and row.tag_lon_deg is not None
        and row.tag_height_datum is not None
        and row.tag_position_source is not None
    ):
        position = GeoPosition(
            lat_deg=row.tag_lat_deg,
            lon_deg=row.tag_lon_deg,
            height_m=row.tag_height_m,
            height_datum=HeightDatum(row.tag_height_datum),
            horizontal_sigma_m=_real(row.tag_horizontal_sigma_m),
            vertical_sigma_m=_real(row.tag_vertical_sigma_m),
            source=PositionSource(row.tag_position_source),
        )
    if row.tag_heading_deg is not None and row.tag_heading_source is not None:
        heading = Heading(
            true_deg=row.tag_heading_deg,
            sigma_deg=_real(row.tag_heading_sigma_deg),
            source=HeadingSource(row.tag_heading_source),
        )
    if row.tag_pitch_deg is not None and row.tag_tilt_source is not None:
        tilt = Tilt(
            pitch_deg=row.tag_pitch_deg,
            roll_deg=_real(row.tag_roll_deg),
            sigma_deg=_real(row.tag_tilt_sigma_deg),
            source=row.tag_tilt_source,
        )
    return PhotoMetadata(
        path=row.path,
        content_hash=row.content_hash,
        width_px=row.width_px,
        height_px=row.height_px,
        orientation=row.orientation,
        position=position,
        heading=heading,
        tilt=tilt,
        focal=_focal(row.tag_focal_px, row.tag_focal_sigma_rel, row.tag_focal_source),
        distortion=_five(row.tag_distortion) if row.tag_distortion else None,
        centre_px=_two(row.tag_centre) if row.tag_centre else None,
        captured_at=datetime.fromisoformat(row.captured_at) if row.captured_at else None,
        make=row.make,
        model=row.model,
        artist=row.artist,
        copyright=row.copyright,
        licence=row.licence,
        perceptual_hash=row.perceptual_hash,
        flags=tuple(json.loads(row.flags)),
        ledger=tuple(
            LedgerEntry(
                quantity=entry.quantity,
                value=entry.value,
                sigma=entry.sigma,
                source=entry.source,
                raw=entry.raw,
                used=entry.used,
                note=entry.note,
            )
            for entry in row.ledger
        ),
    )


def depth_map_row(photo_id: int, depth: Artifact, info: DepthMapInfo) -> DepthMapRow:
    """Row of a photo's depth map."""
    return DepthMapRow(
        photo_id=photo_id,
        path=depth.path,
        content_hash=depth.content_hash,
        width_px=info.width_px,
        height_px=info.height_px,
        **_focal_columns("focal", info.focal),
        **_focal_columns("predicted_focal", info.focal_predicted),
        scale_sigma_rel=info.scale_sigma_rel,
        far_depth_m=info.far_depth_m,
        model_name=info.model.name,
        model_weights_hash=info.model.weights_hash,
        model_licence=info.model.licence,
        flags=json.dumps(info.flags),
    )


def depth_map_info(row: DepthMapRow) -> DepthMapInfo:
    """What made a photo's depth map."""
    return DepthMapInfo(
        width_px=row.width_px,
        height_px=row.height_px,
        focal=Focal(
            focal_px=row.focal_px,
            sigma_rel=row.focal_sigma_rel,
            source=FocalSource(row.focal_source),
        ),
        focal_predicted=_focal(
            row.predicted_focal_px, row.predicted_focal_sigma_rel, row.predicted_focal_source
        ),
        scale_sigma_rel=row.scale_sigma_rel,
        far_depth_m=row.far_depth_m,
        model=DepthModel(
            name=row.model_name, weights_hash=row.model_weights_hash, licence=row.model_licence
        ),
        flags=tuple(json.loads(row.flags)),
    )


def prior_row(photo_id: int, prior: PosePrior) -> PriorRow:
    """Row of a photo's first guess."""
    return PriorRow(photo_id=photo_id, **_prior_columns(prior))


# A first guess has the same names in rows as in records.
_PRIOR = tuple(field.name for field in fields(PosePrior))


def _prior_columns(prior: PosePrior) -> Columns:
    return {name: getattr(prior, name) for name in _PRIOR}


def prior_of(row: PriorColumns) -> PosePrior:
    """A photo's first guess."""
    return PosePrior(**{name: getattr(row, name) for name in _PRIOR})


def review_row(review: PhotoReview, run_id: int) -> ReviewRow:
    """Row of what a photo's neighbours said."""
    return ReviewRow(
        photo_id=review.photo_id,
        run_id=run_id,
        duplicate_of=review.duplicate_of,
        flags=json.dumps(review.flags),
        ledger=json.dumps([asdict(entry) for entry in review.ledger]),
        **_prior_columns(review.prior),
    )


def review_of(row: ReviewRow) -> PhotoReview:
    """What a photo's neighbours said."""
    return PhotoReview(
        photo_id=row.photo_id,
        flags=tuple(json.loads(row.flags)),
        ledger=tuple(LedgerEntry(**entry) for entry in json.loads(row.ledger)),
        duplicate_of=row.duplicate_of,
        prior=prior_of(row),
    )


def ingested_photo(row: PhotoRow) -> IngestedPhoto:
    """A photo with everything that ingest found out."""
    return IngestedPhoto(
        photo_id=row.id,
        metadata=_metadata_of(row),
        camera=camera_of(row),
        depth=None
        if row.depth_map is None
        else Artifact(path=row.depth_map.path, content_hash=row.depth_map.content_hash),
        features=Artifact(path=row.features.path, content_hash=row.features.content_hash),
        prior=prior_of(row.prior),
        settings_hash=row.settings_hash,
        depth_wait=DepthWait(**json.loads(row.depth_wait)) if row.depth_wait else None,
    )
