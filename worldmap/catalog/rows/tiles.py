"""Tiles, and what each photo gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from worldmap.catalog.models import (
    PhotoCloudRow,
    RefinedDepthRow,
    TileFileRow,
    TileRow,
)
from worldmap.catalog.rows.photos import Columns
from worldmap.records import (
    ColourRatio,
    PhotoCloud,
    RefinedArtifact,
    Tile,
    TileArtifact,
    TileKey,
)


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


def refined_row(refined: RefinedArtifact) -> RefinedDepthRow:
    """Row of where a photo's refined depth lies."""
    return RefinedDepthRow(
        photo_id=refined.photo_id,
        path=refined.path,
        content_hash=refined.content_hash,
        inputs_hash=refined.inputs_hash,
        standing_hash=refined.standing_hash,
    )


def refined_of(row: RefinedDepthRow) -> RefinedArtifact:
    """Where a photo's refined depth lies."""
    return RefinedArtifact(
        photo_id=row.photo_id,
        path=row.path,
        content_hash=row.content_hash,
        inputs_hash=row.inputs_hash,
        standing_hash=row.standing_hash,
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
        gain=None if cloud.gain is None else json.dumps(cloud.gain),
    )


def photo_cloud_of(row: PhotoCloudRow) -> PhotoCloud:
    """What a photo gives to the tiles."""
    return PhotoCloud(
        photo_id=row.photo_id,
        inputs_hash=row.inputs_hash,
        depth_hash=row.depth_hash,
        samples=row.samples,
        parts={_tile_key(text): found for text, found in json.loads(row.parts).items()},
        ratios=ratios_of(row.ratios),
        gain=gain_of(row.gain),
    )


def ratios_of(text: str) -> tuple[ColourRatio, ...]:
    """A photo's colours beside those of others."""
    return tuple(
        ColourRatio(photo_a=a, photo_b=b, log_ratio=(red, green, blue), points=points)
        for a, b, red, green, blue, points in json.loads(text)
    )


def gain_of(text: str | None) -> tuple[float, float, float] | None:
    """What a photo's colours are multiplied by in the tiles."""
    if text is None:
        return None
    red, green, blue = json.loads(text)
    return red, green, blue


def _tile_key(text: str) -> TileKey:
    epsg, east_m, north_m = text.split("_")
    return TileKey(epsg=int(epsg), east_m=int(east_m), north_m=int(north_m))
