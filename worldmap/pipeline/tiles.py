"""Placed photos to tiles: ask every photo about every point, fuse tile by tile, write, index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import worldmap
from worldmap.artifact import storage_line
from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.errors import StorageError
from worldmap.frames import PROJECTED, RigidTransform
from worldmap.fuse import (
    ColourRatio,
    Spool,
    Stand,
    agreed_clouds,
    classify_ground,
    exposure_gains,
    fuse,
)
from worldmap.geodesy import Site, projected_from_enu
from worldmap.las import gps_times_s, write_tile
from worldmap.pipeline.listener import Listener
from worldmap.records import IngestedPhoto, SolvedPose, Tile, TileKey, TilePoints, View
from worldmap.tiling import split_enu

_FOLDER = Path("tiles")


def write_tiles(
    catalog: Catalog,
    map_dir: Path,
    photos: Sequence[IngestedPhoto],
    poses: Sequence[SolvedPose],
    site: Site,
    settings: Settings,
    *,
    run_id: int,
    jobs: int,
    listener: Listener,
) -> list[Tile]:
    """Write every tile that these photos touch or touched, with all photos that are in it, and
    drop those that nothing is left in.

    poses: of these photos, in ENU about `site`. Photos of other areas that share a tile keep their
    part of it. Memory is bounded by the largest tile: points wait on disk. Raises StorageError.
    """
    own = {photo.photo_id: photo for photo in photos}
    placed = {p.photo_id: p for p in poses if p.enu_from_cam is not None}
    before = catalog.tiles()
    stale = [tile for tile in before if tile.stale or set(tile.photo_ids) & set(own)]
    beside = {p.photo_id: p for p in catalog.poses(site=site) if p.enu_from_cam is not None}
    beside = {i: pose for i, pose in beside.items() if i not in own}
    known = own | {p.photo_id: p for p in catalog.photos() if p.photo_id in beside}
    desk = _Desk(map_dir, known, beside | placed, settings, jobs)
    _make_folder(map_dir / _FOLDER)
    with Spool[TileKey](map_dir / _FOLDER) as spool, listener.stage("fuse", len(placed)) as stage:
        members: dict[TileKey, set[int]] = defaultdict(set)

        def put(photo_ids: Sequence[int], only: set[TileKey] | None) -> None:
            for cloud in desk.clouds(photo_ids):
                for key, part in split_enu(cloud.xyz, site).items():
                    if only is None or key in only:
                        spool.add(key, cloud.select(part.index))
                        members[key].add(int(cloud.photo_id[0]))
                stage.advance()

        put(sorted(placed), None)
        touched = set(spool.keys()) | {tile.key for tile in stale}
        shared = {i for tile in before if tile.key in touched for i in tile.photo_ids}
        put(sorted(shared & set(beside)), touched)
        gains = exposure_gains(desk.photo_ids, desk.ratios) if settings.fuse.even_exposure else {}
        keys = sorted(spool.keys())
        written = []
        with listener.stage("tiles", len(keys), unit="tiles") as tile_stage:
            for key in keys:
                cloud = fuse([spool.take(key)], settings.fuse, gains)
                inside = [known[i] for i in sorted(members[key])]
                written.append(_write_tile(map_dir, key, cloud, inside, site, settings))
                tile_stage.advance()
    dropped = [tile for tile in stale if tile.key not in members]
    catalog.replace_tiles(run_id, written, dropped=[tile.key for tile in dropped])
    kept = {tile.path for tile in written}
    for tile in before:
        if tile.key in touched and tile.path not in kept:
            _remove(map_dir / tile.path)
    return written


class _Desk:
    """Where photos are asked about each other's points; remembers what they said of colours."""

    def __init__(
        self,
        map_dir: Path,
        photos: Mapping[int, IngestedPhoto],
        poses: Mapping[int, SolvedPose],
        settings: Settings,
        jobs: int,
    ) -> None:
        self._map_dir, self._photos, self._poses = map_dir, photos, poses
        self._settings, self._jobs = settings, jobs
        self.ratios: list[ColourRatio] = []

        self._stands = [
            Stand(
                photo_id=i,
                camera=_solved_camera(photos[i].camera, pose),
                enu_from_cam=_placed_at(pose),
            )
            for i, pose in sorted(poses.items())
        ]

    def clouds(self, photo_ids: Sequence[int]) -> Iterator[PointCloud]:
        """The points in ENU of each of these photos that gives any, after the others were asked."""
        wanted = set(photo_ids)
        asking = [stand for stand in self._stands if stand.photo_id in wanted]
        found = agreed_clouds(
            asking, self._view, self._settings.fuse, jobs=self._jobs, others=self._stands
        )
        for agreed in found:
            self.ratios.extend(agreed.colour_ratios)
            yield agreed.cloud

    @property
    def photo_ids(self) -> list[int]:
        """All photos that may have been asked, sorted."""
        return [stand.photo_id for stand in self._stands]

    def _view(self, photo_id: int) -> View:
        photo = self._photos[photo_id]
        stored = load_depth(self._map_dir / photo.depth.path)
        return View.of_placed(stored, photo.camera, self._poses[photo_id])


def _placed_at(pose: SolvedPose) -> RigidTransform:
    assert pose.enu_from_cam is not None
    return pose.enu_from_cam


def _solved_camera(camera: Camera, pose: SolvedPose) -> Camera:
    factor = pose.focal_px / camera.fx_px
    return replace(camera, fx_px=camera.fx_px * factor, fy_px=camera.fy_px * factor)


def _write_tile(
    map_dir: Path,
    key: TileKey,
    cloud: PointCloud,
    photos: Sequence[IngestedPhoto],
    site: Site,
    settings: Settings,
) -> Tile:
    """One tile from its fused points in ENU; photos: all that gave it any."""
    captured = {photo.photo_id: photo.metadata.captured_at for photo in photos}
    points = TilePoints(
        cloud=replace(cloud, frame=PROJECTED, xyz=projected_from_enu(cloud.xyz, site, key.epsg)),
        epsg=key.epsg,
        gps_time_s=gps_times_s(cloud.photo_id, captured),
        classification=classify_ground(cloud.xyz, settings.fuse.ground),
    )
    path = _FOLDER / f"{key}.{settings.tiles.format}"
    file = write_tile(
        map_dir / path,
        points,
        vertical=settings.tiles.vertical,
        provenance=_provenance(photos, settings),
    )
    return Tile(
        key=key,
        path=path,
        content_hash=file.content_hash,
        points=file.points,
        bounds_m=file.bounds_m,
        photo_ids=tuple(photo.photo_id for photo in photos),
    )


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
        "rights": [dict(zip(("artist", "copyright", "licence"), r, strict=True)) for r in rights],
        "fuse": settings.fuse.model_dump(mode="json"),
    }


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(storage_line(folder, error)) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot remove the old tile {path}: {error.strerror}") from error
