"""One tile: what it is made of, and how it is fused and written, wherever that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import worldmap
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.frames import PROJECTED
from worldmap.fuse import Gains, classify_ground, fuse
from worldmap.geodesy import Site
from worldmap.las import TileFile, gps_times_s, write_tile
from worldmap.records import Artifact, IngestedPhoto, Tile, TileArtifact, TileKey, TilePoints
from worldmap.rights import credit_line, has_rights
from worldmap.tiling import split_enu

_SUFFIX: Final = {"las": ".las", "laz": ".laz", "copc": ".copc.laz"}

Keep = Callable[[str, Callable[[Path], str]], Artifact]
"""Keeps, as the file whose name ends so, what a function writes to a path and gives the hash of."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TileJob:
    """A tile to be written: about which site it is fused, and what those sites are that its photos
    are placed about; the photos that gave it points, with their gains, when they were taken and
    what is said of them in the file."""

    key: TileKey
    site: Site
    sites: tuple[Site, ...]
    gains: Gains
    captured: Mapping[int, datetime | None]
    provenance: Mapping[str, object]
    inputs_hash: str

    @classmethod
    def of(
        cls,
        key: TileKey,
        site: Site,
        sites: Sequence[Site],
        gains: Gains,
        photos: Sequence[IngestedPhoto],
        inputs_hash: str,
        settings: Settings,
    ) -> TileJob:
        """photos: those that gave any point, by id; gains: theirs, and others'."""
        return cls(
            key=key,
            site=site,
            sites=tuple(sites),
            gains={p.photo_id: gains[p.photo_id] for p in photos if p.photo_id in gains},
            captured={photo.photo_id: photo.metadata.captured_at for photo in photos},
            provenance=_provenance(photos, settings),
            inputs_hash=inputs_hash,
        )

    def written(
        self, clouds: Mapping[Site, PointCloud], settings: Settings, keep: Keep, *, jobs: int
    ) -> Tile:
        """Fused from all points in it and its margin, by what they are about."""
        moved = [
            cloud if about == self.site else cloud.transformed(self.site.enu_from(about))
            for about, cloud in clouds.items()
        ]
        fused = fuse(moved, settings.fuse, self.gains, jobs=jobs)
        part = split_enu(fused.xyz, self.site).get(self.key)
        files: tuple[TileArtifact, ...] = ()
        points, bounds_m = 0, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        if part is not None:
            inside = fused.select(part.index)
            content = TilePoints(
                cloud=replace(inside, frame=PROJECTED, xyz=part.xyz_projected),
                epsg=self.key.epsg,
                gps_time_s=gps_times_s(inside.photo_id, self.captured),
                classification=classify_ground(fused.xyz, settings.fuse.ground)[part.index],
            )
            for kind in settings.tiles.formats:
                file, told = self._kept(kind, content, settings, keep)
                points, bounds_m = told.points, told.bounds_m
                files += (file,)
        return Tile(
            key=self.key,
            files=files,
            points=points,
            bounds_m=bounds_m,
            photo_ids=tuple(self.captured),
            inputs_hash=self.inputs_hash,
        )

    def _kept(
        self, kind: str, content: TilePoints, settings: Settings, keep: Keep
    ) -> tuple[TileArtifact, TileFile]:
        """A tile's file of that format."""
        told: list[TileFile] = []

        def write(path: Path) -> str:
            vertical = settings.tiles.vertical
            told.append(write_tile(path, content, vertical=vertical, provenance=self.provenance))
            return told[0].content_hash

        kept = keep(_SUFFIX[kind], write)
        return TileArtifact(format=kind, path=kept.path, content_hash=kept.content_hash), told[0]


def said_in_tiles(photo: IngestedPhoto) -> tuple[str | None, ...]:
    """What of a photo's tags is written into the tiles."""
    tags = photo.metadata
    captured = tags.captured_at.isoformat() if tags.captured_at else None
    said = (credit_line(tags),) if has_rights([photo]) else ()
    return (tags.path.name, captured, tags.artist, tags.copyright, tags.licence, *said)


def _provenance(photos: Sequence[IngestedPhoto], settings: Settings) -> dict[str, object]:
    """Who made the photos and under which terms, and what made the tile."""
    rights = sorted(
        {
            (m.artist or "", m.copyright or "", m.licence or "")
            for m in (photo.metadata for photo in photos)
            if m.artist or m.copyright or m.licence
        }
    )
    return {
        "software": f"worldmap {worldmap.__version__}",
        "photos": {str(photo.photo_id): photo.metadata.path.name for photo in photos},
        "attribution": [credit_line(p.metadata) for p in photos if has_rights([p])],
        "rights": [dict(zip(("artist", "copyright", "licence"), r, strict=True)) for r in rights],
        "fuse": settings.fuse.model_dump(mode="json"),
    }
