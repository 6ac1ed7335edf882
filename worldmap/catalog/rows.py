"""Records to rows and back. Plain field by field; no database is touched here."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, Lens
from worldmap.catalog.models import (
    CalibrationRow,
    DepthMapRow,
    LedgerRow,
    PairRow,
    PhotoCloudRow,
    PhotoRow,
    PoseRow,
    PriorColumns,
    PriorRow,
    ReviewRow,
    RunRow,
    TileFileRow,
    TileRow,
)
from worldmap.frames import Frame, RigidTransform, Similarity, cam
from worldmap.geodesy import Site, enu
from worldmap.records import (
    Artifact,
    CameraCalibration,
    ColourRatio,
    DepthMapInfo,
    DepthModel,
    Focal,
    FocalSource,
    GeoPosition,
    Heading,
    HeadingSource,
    HeightDatum,
    IngestedPhoto,
    LedgerEntry,
    PairRegistration,
    PhotoCloud,
    PhotoMetadata,
    PhotoReview,
    PlacedBy,
    PlacedPose,
    PosePrior,
    PositionSource,
    Run,
    SolvedPose,
    Tile,
    TileArtifact,
    TileKey,
    Tilt,
    UnplacedPose,
)

Columns = dict[str, Any]


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


# --- photos -----------------------------------------------------------------------------------


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


def _prior_columns(prior: PosePrior) -> Columns:
    return {
        "lat_deg": prior.lat_deg,
        "lon_deg": prior.lon_deg,
        "height_m": prior.height_m,
        "horizontal_sigma_m": prior.horizontal_sigma_m,
        "vertical_sigma_m": prior.vertical_sigma_m,
        "position_source": prior.position_source,
        "heading_deg": prior.heading_deg,
        "heading_sigma_deg": prior.heading_sigma_deg,
        "heading_source": prior.heading_source,
        "pitch_deg": prior.pitch_deg,
        "roll_deg": prior.roll_deg,
        "tilt_sigma_deg": prior.tilt_sigma_deg,
        "tilt_source": prior.tilt_source,
        "scale_sigma_rel": prior.scale_sigma_rel,
    }


def prior_of(row: PriorColumns) -> PosePrior:
    """A photo's first guess."""
    return PosePrior(
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        height_m=row.height_m,
        horizontal_sigma_m=row.horizontal_sigma_m,
        vertical_sigma_m=row.vertical_sigma_m,
        position_source=row.position_source,
        heading_deg=row.heading_deg,
        heading_sigma_deg=row.heading_sigma_deg,
        heading_source=row.heading_source,
        pitch_deg=row.pitch_deg,
        roll_deg=row.roll_deg,
        tilt_sigma_deg=row.tilt_sigma_deg,
        tilt_source=row.tilt_source,
        scale_sigma_rel=row.scale_sigma_rel,
    )


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
        depth=Artifact(path=row.depth_map.path, content_hash=row.depth_map.content_hash),
        features=Artifact(path=row.features.path, content_hash=row.features.content_hash),
        prior=prior_of(row.prior),
        settings_hash=row.settings_hash,
    )


# --- pairs ------------------------------------------------------------------------------------


def pair_row(pair: PairRegistration, settings_hash: str) -> PairRow:
    """Row of a verdict. ValueError where a_from_b does not map between camera frames."""
    found = pair.a_from_b
    if found is not None:
        _require_kind(found.to, "cam")
        _require_kind(found.source, "cam")
    return PairRow(
        photo_a=pair.photo_a,
        photo_b=pair.photo_b,
        settings_hash=settings_hash,
        own_reason=pair.own_reason,
        area_reason=pair.area_reason,
        method=pair.method,
        matches=pair.matches,
        inliers=pair.inliers,
        rmse_px=pair.rmse_px,
        overlap=pair.overlap,
        in_front=pair.in_front,
        seconds=pair.seconds,
        frame_a=found.to.of if found else None,
        frame_b=found.source.of if found else None,
        a_from_b_scale=found.scale if found else None,
        a_from_b_rotation=found.rotation if found else None,
        a_from_b_translation_m=found.translation_m if found else None,
        covariance=pair.covariance,
        inlier_index=pair.inlier_index,
    )


def _require_kind(frame: Frame, kind: str) -> None:
    if frame.kind != kind:
        raise ValueError(f"expected a {kind} frame, got {frame}")


def _shaped(array: NDArray[Any], *shape: int) -> NDArray[Any]:
    """The array of a row; ValueError where somebody gave it another shape."""
    if array.shape != shape:
        raise ValueError(f"an array of {array.shape} where {shape} should be")
    return array


def pair_of(row: PairRow) -> PairRegistration:
    """A verdict with its evidence."""
    a_from_b = None
    if row.a_from_b_scale is not None:
        assert row.a_from_b_rotation is not None
        assert row.a_from_b_translation_m is not None
        a_from_b = Similarity(
            to=cam(row.frame_a or ""),
            source=cam(row.frame_b or ""),
            rotation=row.a_from_b_rotation,
            translation_m=row.a_from_b_translation_m,
            scale=row.a_from_b_scale,
        )
    return PairRegistration(
        photo_a=row.photo_a,
        photo_b=row.photo_b,
        own_reason=row.own_reason,
        area_reason=row.area_reason,
        method=row.method,
        matches=row.matches,
        inliers=row.inliers,
        rmse_px=row.rmse_px,
        overlap=row.overlap,
        in_front=row.in_front,
        a_from_b=a_from_b,
        covariance=None if row.covariance is None else _shaped(row.covariance, 7, 7),
        inlier_index=_shaped(row.inlier_index, len(row.inlier_index), 2),
        seconds=row.seconds,
    )


# --- poses ------------------------------------------------------------------------------------


_NOWHERE: Columns = dict.fromkeys(
    (
        *("frame", "east_m", "north_m", "up_m", "enu_from_cam_rotation", "placed_by"),
        *("depth_scale", "scale_sigma_rel", *(field.name for field in fields(Lens))),
        *(f"sigma_{axis}_m" for axis in ("east", "north", "up")),
        *(f"rotation_sigma_{axis}_deg" for axis in ("x", "y", "z")),
        *(f"gps_residual_{axis}_m" for axis in ("east", "north", "up")),
        "heading_residual_deg",
    )
)
"""Columns of a photo that is not placed."""


def pose_row(pose: SolvedPose, run_id: int, site_id: int) -> PoseRow:
    """Row of a solved pose about the site of that row."""
    return PoseRow(
        photo_id=pose.photo_id,
        run_id=run_id,
        site_id=site_id,
        status=pose.status,
        reason=pose.reason,
        component=pose.component,
        pairs=pose.pairs,
        solved_among=pose.solved_among if isinstance(pose, PlacedPose) else 0,
        tags_hash=pose.tags_hash,
        **(_placed_columns(pose) if isinstance(pose, PlacedPose) else _NOWHERE),
    )


def _placed_columns(pose: PlacedPose) -> Columns:
    found = pose.enu_from_cam
    return {
        "placed_by": pose.by,
        "frame": found.source.of,
        **dict(zip(("east_m", "north_m", "up_m"), found.translation_m, strict=True)),
        "enu_from_cam_rotation": found.rotation,
        "depth_scale": pose.depth_scale,
        "scale_sigma_rel": pose.scale_sigma_rel,
        **asdict(pose.lens),
        "sigma_east_m": pose.position_sigma_m[0],
        "sigma_north_m": pose.position_sigma_m[1],
        "sigma_up_m": pose.position_sigma_m[2],
        "rotation_sigma_x_deg": pose.rotation_sigma_deg[0],
        "rotation_sigma_y_deg": pose.rotation_sigma_deg[1],
        "rotation_sigma_z_deg": pose.rotation_sigma_deg[2],
        "gps_residual_east_m": pose.gps_residual_m[0],
        "gps_residual_north_m": pose.gps_residual_m[1],
        "gps_residual_up_m": pose.gps_residual_m[2],
        "heading_residual_deg": pose.heading_residual_deg,
    }


def pose_of(row: PoseRow, site: Site) -> SolvedPose:
    """A solved pose about the site that it was solved in, the one of its row."""
    if row.enu_from_cam_rotation is None or row.placed_by is None:
        return UnplacedPose(
            photo_id=row.photo_id,
            reason=row.reason,
            site=site,
            component=row.component,
            pairs=row.pairs,
            tags_hash=row.tags_hash,
        )
    return PlacedPose(
        photo_id=row.photo_id,
        by=PlacedBy(row.placed_by),
        reason=row.reason,
        site=site,
        enu_from_cam=RigidTransform(
            to=enu(site),
            source=cam(row.frame or ""),
            rotation=row.enu_from_cam_rotation,
            translation_m=np.array((row.east_m, row.north_m, row.up_m), dtype=np.float64),
        ),
        depth_scale=row.depth_scale,
        scale_sigma_rel=row.scale_sigma_rel,
        lens=Lens(focal_px=row.focal_px, cx_px=row.cx_px, cy_px=row.cy_px, k1=row.k1, k2=row.k2),
        position_sigma_m=(row.sigma_east_m, row.sigma_north_m, row.sigma_up_m),
        rotation_sigma_deg=(
            row.rotation_sigma_x_deg,
            row.rotation_sigma_y_deg,
            row.rotation_sigma_z_deg,
        ),
        component=row.component,
        pairs=row.pairs,
        gps_residual_m=(row.gps_residual_east_m, row.gps_residual_north_m, row.gps_residual_up_m),
        heading_residual_deg=row.heading_residual_deg,
        solved_among=row.solved_among,
        tags_hash=row.tags_hash,
    )


def calibration_row(found: CameraCalibration, run_id: int) -> CalibrationRow:
    """Row of what photos told of a camera."""
    return CalibrationRow(
        camera_key=found.camera_key,
        run_id=run_id,
        lens=found.lens,
        covariance=found.covariance,
        focal_spread_rel=found.focal_spread_rel,
        image_sigma_px=found.image_sigma_px,
        width_px=found.width_px,
        height_px=found.height_px,
        tag_focal_px=found.tag_focal_px,
        photo_ids=json.dumps(sorted(found.photo_ids)),
    )


def calibration_of(row: CalibrationRow, solved_at: datetime) -> CameraCalibration:
    """What photos told of a camera."""
    return CameraCalibration(
        camera_key=row.camera_key,
        lens=row.lens,
        covariance=row.covariance,
        focal_spread_rel=row.focal_spread_rel,
        image_sigma_px=row.image_sigma_px,
        width_px=row.width_px,
        height_px=row.height_px,
        tag_focal_px=row.tag_focal_px,
        photo_ids=tuple(json.loads(row.photo_ids)),
        solved_at=solved_at,
    )


# --- tiles, failures, runs --------------------------------------------------------------------


def tile_columns(tile: Tile) -> Columns:
    """Columns of a tile; its photos have rows of their own."""
    bounds = ("min_x_m", "min_y_m", "min_z_m", "max_x_m", "max_y_m", "max_z_m")
    return {
        "key": str(tile.key),
        "epsg": tile.key.epsg,
        "east_m": tile.key.east_m,
        "north_m": tile.key.north_m,
        "path": tile.path if tile.files else Path(),
        "inputs_hash": tile.inputs_hash,
        "points": tile.points,
        "stale": tile.stale,
        **dict(zip(bounds, tile.bounds_m, strict=True)),
    }


def tile_file_rows(tile_id: int, tile: Tile) -> list[TileFileRow]:
    """Rows of a tile's files, in their order."""
    return [
        TileFileRow(
            tile_id=tile_id,
            ordinal=ordinal,
            format=file.format,
            path=file.path,
            content_hash=file.content_hash,
        )
        for ordinal, file in enumerate(tile.files)
    ]


def tile_of(row: TileRow, files: Sequence[TileFileRow], photo_ids: Sequence[int]) -> Tile:
    """A tile with its files and the photos that it is made of."""
    return Tile(
        key=TileKey(epsg=row.epsg, east_m=row.east_m, north_m=row.north_m),
        files=tuple(
            TileArtifact(format=file.format, path=file.path, content_hash=file.content_hash)
            for file in sorted(files, key=lambda file: file.ordinal)
        ),
        points=row.points,
        bounds_m=(
            row.min_x_m,
            row.min_y_m,
            row.min_z_m,
            row.max_x_m,
            row.max_y_m,
            row.max_z_m,
        ),
        photo_ids=tuple(sorted(photo_ids)),
        inputs_hash=row.inputs_hash,
        stale=row.stale,
    )


def photo_cloud_row(cloud: PhotoCloud) -> PhotoCloudRow:
    """Row of what a photo gives to the tiles."""
    return PhotoCloudRow(
        photo_id=cloud.photo_id,
        inputs_hash=cloud.inputs_hash,
        depth_hash=cloud.depth_hash,
        samples=cloud.samples,
        parts=json.dumps({str(key): found for key, found in cloud.parts.items()}),
        ratios=json.dumps([[r.photo_a, r.photo_b, *r.log_ratio, r.points] for r in cloud.ratios]),
    )


def photo_cloud_of(row: PhotoCloudRow) -> PhotoCloud:
    """What a photo gives to the tiles."""
    return PhotoCloud(
        photo_id=row.photo_id,
        inputs_hash=row.inputs_hash,
        depth_hash=row.depth_hash,
        samples=row.samples,
        parts={_tile_key(text): found for text, found in json.loads(row.parts).items()},
        ratios=tuple(
            ColourRatio(photo_a=a, photo_b=b, log_ratio=(red, green, blue), points=points)
            for a, b, red, green, blue, points in json.loads(row.ratios)
        ),
    )


def _tile_key(text: str) -> TileKey:
    epsg, east_m, north_m = text.split("_")
    return TileKey(epsg=int(epsg), east_m=int(east_m), north_m=int(north_m))


def run_of(row: RunRow) -> Run:
    """A command that wrote to the map."""
    return Run(
        run_id=row.id,
        command=row.command,
        settings_json=row.settings_json,
        version=row.version,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        solve_version=row.solve_version,
    )
