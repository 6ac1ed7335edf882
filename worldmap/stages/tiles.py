"""Placed photos to tiles: ask every photo about every point, fuse tile by tile, write, index.

What a tile is made of is hashed, and a tile whose hash is the one in its row is left alone. A
photo's points depend on its depth, its pose and those of the photos that are asked about it
(`PhotoCloud.inputs_hash`); a tile on the points that each photo has there, to the last bit, on the
photos' gains, and on settings (`Tile.inputs_hash`). So whatever changed, and however it came about,
those tiles are written that can come out different, and no other.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import worldmap
from worldmap.artifact import write_error
from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.errors import StorageError
from worldmap.frames import PROJECTED, RigidTransform
from worldmap.fuse import (
    CameraStation,
    Gains,
    Spool,
    agreed_clouds,
    classify_ground,
    depth_samples,
    exposure_gains,
    fuse,
    neighbours_by_samples,
)
from worldmap.geodesy import Site, enu_from_projected
from worldmap.las import gps_times_s, write_tile
from worldmap.mapfolder import Layout, Subfolder, adding_files, writing_tiles
from worldmap.records import (
    CleanedDepth,
    ColourRatio,
    IngestedPhoto,
    PhotoCloud,
    SolvedPose,
    Tile,
    TileArtifact,
    TileKey,
    TilePoints,
    View,
)
from worldmap.stages.work import Work
from worldmap.tiling import TILE_SIZE_M, split_enu, touched

Array = NDArray[np.float64]

# Part of every hash: raise it when the same photos, poses and settings give other points.
_VERSION: Final = 1
_SPOOL: Final = ".spool-"
_SUFFIX: Final = {"las": ".las", "laz": ".laz", "copc": ".copc.laz"}
# Around the photos that a command is about: tiles that it may change, photos that have points
# there, photos that these are compared with.
_TILES_WITHIN_M: Final = 600.0
_PHOTOS_WITHIN_M: Final = 1100.0
_STANDS_WITHIN_M: Final = 1700.0
# What decides how points of several photos become one, but not which points each photo has.
_OF_TILES_ALONE: Final = {
    "voxel_m", "voxel_per_sigma", "max_voxel_m", "even_exposure", "ground",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TileUpdate:
    """What became of an area's tiles: all that are there now, and which of them were written or
    are gone."""

    tiles: tuple[Tile, ...]
    written: tuple[TileKey, ...]
    dropped: tuple[TileKey, ...]


def update_tiles(work: Work, site: Site, *, near: Array | None) -> TileUpdate:
    """Bring the tiles around the positions `near` (N, 3), in ENU about `site`, up to date with the
    catalog's photos and poses; all tiles where it is None.

    A tile is written where what it is made of has changed, where a photo left it, or where one of
    its files is missing; one that nothing is left in goes. Killed at any moment and run again, it
    ends as if it had not been. Memory is bounded by the largest tile: points wait on disk. Raises
    StorageError where a file cannot be read or written, CatalogError where a photo leaves the map
    meanwhile.
    """
    folder = work.folder
    with writing_tiles(folder.root, work.listener.note), adding_files(folder.root):
        _prepare(folder.layout.folder(Subfolder.TILES))
        return _Update(work, site, near).run(work.run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What an update does. members: of each tile, its photos with the hash of what each gives it.
    before: all tiles with a row. hashes: of what the tiles near by are made of now."""

    gains: Gains
    members: Mapping[TileKey, Mapping[int, str]]
    before: Mapping[TileKey, Tile]
    hashes: Mapping[TileKey, str]
    writing: Sequence[TileKey]
    dropped: Sequence[TileKey]


class _Update:
    """One update under way."""

    def __init__(
        self,
        work: Work,
        site: Site,
        near: Array | None,
    ) -> None:
        folder, settings, jobs = work.folder, work.settings, work.jobs
        catalog = folder.catalog
        self._catalog, self._layout, self._site = catalog, folder.layout, site
        self._settings, self._near, self._listener = settings, near, work.listener
        self._jobs = jobs
        self._photos = {photo.photo_id: photo for photo in catalog.photos()}
        self._placed = {
            pose.photo_id: pose
            for pose in catalog.poses(site=site)
            if pose.enu_from_cam is not None and pose.photo_id in self._photos
        }
        self._ours = self._photos_within(_PHOTOS_WITHIN_M)
        self._clouds = catalog.photo_clouds()
        self._cross_check = _CrossCheck(
            folder.layout,
            self._photos,
            {i: self._placed[i] for i in self._photos_within(_STANDS_WITHIN_M)},
            self._clouds,
            site,
            settings,
            jobs,
        )

    def run(self, run_id: int) -> TileUpdate:
        with Spool[TileKey](self._layout.folder(Subfolder.TILES), prefix=_SPOOL) as spool:
            fresh = self._renew_clouds(spool)
            plan = self._plan()
            # Before the first file changes: a row never says more than its file holds.
            self._catalog.mark_stale(key for key in plan.writing if key in plan.before)
            self._spool_rest(plan, fresh, spool)
            empty = self._write(plan, spool, run_id)
        self._drop(plan, run_id)
        return TileUpdate(
            tiles=tuple(tile for tile in self._catalog.tiles() if tile.key in plan.hashes),
            written=tuple(key for key in plan.writing if key not in empty),
            dropped=tuple(key for key in plan.dropped if plan.before[key].points),
        )

    def _renew_clouds(self, spool: Spool[TileKey]) -> set[int]:
        """Works out what has changed of what photos give; returns whose points are on the spool."""
        changed = [i for i in self._ours if not self._is_known(i)]
        new = {cloud.photo_id: cloud for cloud in self._spooled(changed, spool, None)}
        if new:
            self._catalog.record_photo_clouds(new.values())
        self._clouds |= new
        return set(new)

    def _plan(self) -> _Plan:
        gains = self._gains()
        members: dict[TileKey, dict[int, str]] = defaultdict(dict)
        for i in self._ours:
            for key, part in self._clouds[i].parts.items():
                members[key][i] = part
        before = {tile.key: tile for tile in self._catalog.tiles(empty=True)}
        keys = [key for key in sorted(members.keys() | before.keys()) if self._is_near(key)]
        hashes = {key: self._tile_hash(members[key], gains) for key in keys if key in members}
        return _Plan(
            gains=gains,
            members=members,
            before=before,
            hashes=hashes,
            writing=[
                key
                for key, found in hashes.items()
                if key not in before or not self._is_current(before[key], found)
            ],
            dropped=[key for key in keys if key not in hashes],
        )

    def _spool_rest(self, plan: _Plan, fresh: set[int], spool: Spool[TileKey]) -> None:
        """The points of unchanged photos that lie in tiles which are written anew."""
        rest = {i for key in plan.writing for i in plan.members[key]} - fresh
        for _ in self._spooled(sorted(rest), spool, set(plan.writing)):
            pass

    def _write(self, plan: _Plan, spool: Spool[TileKey], run_id: int) -> set[TileKey]:
        """Writes the tiles, each with its row; returns those in which no point is left."""
        empty: set[TileKey] = set()
        if not plan.writing:
            return empty
        with self._listener.stage("tiles", len(plan.writing), unit="tiles") as stage:
            for key in plan.writing:
                inside = [self._photos[i] for i in sorted(plan.members[key])]
                tile = self._written(key, spool.take(key), plan.gains, inside, plan.hashes[key])
                self._catalog.replace_tiles(run_id, [tile])
                if not tile.points:
                    empty.add(key)
                if key in plan.before:
                    self._remove_files(plan.before[key], but=tile)
                stage.advance()
        return empty

    def _drop(self, plan: _Plan, run_id: int) -> None:
        """Removes the tiles that no photo reaches any more."""
        if not plan.dropped:
            return
        self._catalog.replace_tiles(run_id, (), dropped=plan.dropped)
        for key in plan.dropped:
            self._remove_files(plan.before[key])

    # --- which ----------------------------------------------------------------------------------

    def _photos_within(self, reach_m: float) -> list[int]:
        if self._near is None:
            return sorted(self._placed)
        return [
            i for i, pose in sorted(self._placed.items()) if self._is_within(_at(pose), reach_m)
        ]

    def _is_near(self, key: TileKey) -> bool:
        if self._near is None:
            return True
        middle = (key.east_m + TILE_SIZE_M / 2, key.north_m + TILE_SIZE_M / 2, self._site.height_m)
        xyz_enu = enu_from_projected(np.array([middle]), self._site, key.epsg)[0]
        return self._is_within(xyz_enu, _TILES_WITHIN_M)

    def _is_within(self, xyz_enu: Array, reach_m: float) -> bool:
        if self._near is None or not len(self._near):
            return False
        away = np.linalg.norm(self._near[:, :2] - xyz_enu[:2], axis=1)
        return bool(away.min() <= reach_m)

    def _is_known(self, photo_id: int) -> bool:
        known = self._clouds.get(photo_id)
        if known is None or known.depth_hash != self._photos[photo_id].depth.content_hash:
            return False
        return known.inputs_hash == self._cross_check.inputs_hash(photo_id)

    def _is_current(self, tile: Tile, inputs_hash: str) -> bool:
        return (
            not tile.stale
            and tile.inputs_hash == inputs_hash
            and all(self._layout.tile(file).is_file() for file in tile.files)
        )

    def _tile_hash(self, members: Mapping[int, str], gains: Gains) -> str:
        """Of everything that decides a tile's bytes but the version of worldmap."""
        settings = self._settings
        return _hashed(
            "tile",
            settings.fuse.stage_hash(),
            settings.tiles.stage_hash(),
            asdict(self._site),
            [
                (i, part, gains.get(i), _of_provenance(self._photos[i]))
                for i, part in sorted(members.items())
            ],
        )

    # --- points ---------------------------------------------------------------------------------

    def _spooled(
        self, photo_ids: Sequence[int], spool: Spool[TileKey], only: Collection[TileKey] | None
    ) -> Iterator[PhotoCloud]:
        """Works out these photos' points and puts them on the spool: what each gives to which
        tile."""
        if not photo_ids:
            return
        margin_m = _margin_m(self._settings)
        with self._listener.stage("fuse", len(photo_ids)) as stage:
            for photo_id, (cloud, ratios) in self._cross_check.clouds(photo_ids):
                parts = {
                    key: spool.add(key, cloud.select(rows))
                    for key, rows in touched(cloud.xyz, self._site, margin_m).items()
                    if only is None or key in only
                }
                yield PhotoCloud(
                    photo_id=photo_id,
                    inputs_hash=self._cross_check.inputs_hash(photo_id),
                    depth_hash=self._photos[photo_id].depth.content_hash,
                    samples=self._cross_check.samples(photo_id),
                    parts=parts,
                    ratios=ratios,
                )
                stage.advance()

    def _gains(self) -> Gains:
        """Of the whole map's photos, so that areas agree along their edges."""
        if not self._settings.fuse.even_exposure:
            return {}
        ratios = [r for i in sorted(self._clouds) if i in self._placed
                  for r in self._clouds[i].ratios]  # fmt: skip
        return exposure_gains(sorted(self._placed), ratios)

    # --- files ----------------------------------------------------------------------------------

    def _written(
        self,
        key: TileKey,
        cloud: PointCloud,
        gains: Gains,
        photos: Sequence[IngestedPhoto],
        inputs_hash: str,
    ) -> Tile:
        """One tile from all points in it and its margin, in ENU; photos: those that gave any."""
        settings = self._settings
        fused = fuse([cloud], settings.fuse, gains, jobs=self._jobs)
        part = split_enu(fused.xyz, self._site).get(key)
        files: tuple[TileArtifact, ...] = ()
        points, bounds_m = 0, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        if part is not None:
            inside = fused.select(part.index)
            captured = {photo.photo_id: photo.metadata.captured_at for photo in photos}
            content = TilePoints(
                cloud=replace(inside, frame=PROJECTED, xyz=part.xyz_projected),
                epsg=key.epsg,
                gps_time_s=gps_times_s(inside.photo_id, captured),
                classification=classify_ground(fused.xyz, settings.fuse.ground)[part.index],
            )
            provenance = _provenance(photos, settings)
            for name in settings.tiles.formats:
                path = Path(Subfolder.TILES, f"{key}{_SUFFIX[name]}")
                file = write_tile(
                    self._layout.file(Subfolder.TILES, path),
                    content,
                    vertical=settings.tiles.vertical,
                    provenance=provenance,
                )
                points, bounds_m = file.points, file.bounds_m
                files += (TileArtifact(format=name, path=path, content_hash=file.content_hash),)
        return Tile(
            key=key,
            files=files,
            points=points,
            bounds_m=bounds_m,
            photo_ids=tuple(photo.photo_id for photo in photos),
            inputs_hash=inputs_hash,
        )

    def _remove_files(self, tile: Tile, but: Tile | None = None) -> None:
        kept = {file.path for file in but.files} if but else set()
        for file in tile.files:
            if file.path not in kept:
                _remove(self._layout.tile(file))


class _CrossCheck:
    """Where photos are asked about each other's points."""

    def __init__(
        self,
        layout: Layout,
        photos: Mapping[int, IngestedPhoto],
        poses: Mapping[int, SolvedPose],
        known: Mapping[int, PhotoCloud],
        site: Site,
        settings: Settings,
        jobs: int,
    ) -> None:
        self._layout, self._photos, self._poses = layout, photos, poses
        self._settings, self._jobs = settings, jobs
        self._stations = {
            i: CameraStation(
                photo_id=i,
                camera=pose.solved_camera(photos[i].camera),
                enu_from_cam=_placed_at(pose),
            )
            for i, pose in sorted(poses.items())
        }
        self._samples = {
            i: cloud.samples
            for i, cloud in known.items()
            if i in poses and cloud.depth_hash == photos[i].depth.content_hash
        }
        self._beside: dict[int, list[int]] = {}
        self._states = {i: _state(photos[i], pose) for i, pose in poses.items()}
        self._common = (
            asdict(site),
            _margin_m(settings),
            settings.fuse.model_dump(mode="json", exclude=_OF_TILES_ALONE),
        )

    def clouds(
        self, photo_ids: Sequence[int]
    ) -> Iterator[tuple[int, tuple[PointCloud, tuple[ColourRatio, ...]]]]:
        """By photo, in the order of `photo_ids`: its points in ENU after the others were asked,
        and its colours beside theirs."""
        found = agreed_clouds(
            [self._stations[i] for i in photo_ids],
            self._view,
            self._settings.fuse,
            jobs=self._jobs,
            beside=self.beside,
        )
        for photo_id, agreed in zip(photo_ids, found, strict=True):
            yield photo_id, (agreed.cloud, agreed.colour_ratios)

    def inputs_hash(self, photo_id: int) -> str:
        """Of everything that decides a photo's points; KeyError before its samples are known."""
        asked = [self._states[i] for i in self.beside(photo_id)]
        return _hashed("cloud", *self._common, self._states[photo_id], asked)

    def samples(self, photo_id: int) -> NDArray[np.float32]:
        """See `PhotoCloud`; KeyError before its depth was read."""
        return self._samples[photo_id]

    def beside(self, photo_id: int) -> list[int]:
        """Whom to ask about a photo's points; KeyError before its samples are known."""
        if photo_id not in self._beside:
            samples = self._samples[photo_id].astype(np.float64)
            self._beside[photo_id] = neighbours_by_samples(
                self._stations[photo_id],
                samples[:, :2],
                samples[:, 2] * self._poses[photo_id].depth_scale,
                list(self._stations.values()),
                self._settings.fuse.neighbours,
            )
        return self._beside[photo_id]

    def _view(self, photo_id: int) -> View:
        photo = self._photos[photo_id]
        stored = load_depth(self._layout.depth(photo))
        if photo_id not in self._samples:
            self._samples[photo_id] = _samples(stored, photo.camera)
        return View.of_placed(stored, photo.camera, self._poses[photo_id])


def _samples(stored: CleanedDepth, photo_camera: Camera) -> NDArray[np.float32]:
    """A depth map's coarse grid: u, v in the full-size photo, depth in the photo's own scale."""
    uv_px, depth_m = depth_samples(stored.depth_map.depth_m)
    grid = stored.depth_map.camera
    to_full = np.array(
        (photo_camera.width_px / grid.width_px, photo_camera.height_px / grid.height_px)
    )
    return np.column_stack((uv_px * to_full, depth_m)).astype(np.float32)


def _state(photo: IngestedPhoto, pose: SolvedPose) -> str:
    """Hash of what other photos' points may depend on: what a photo saw, from where."""
    enu_from_cam = _placed_at(pose)
    alone = [] if pose.pairs else [*pose.rotation_sigma_deg, *pose.position_sigma_m]
    return _hashed(
        photo.photo_id,
        photo.depth.content_hash,
        asdict(photo.camera),
        enu_from_cam.rotation.tolist(),
        enu_from_cam.translation_m.tolist(),
        (pose.depth_scale, pose.scale_sigma_rel),
        asdict(pose.lens),
        alone,
    )


def _hashed(*parts: Any) -> str:
    # JSON writes every digit of a float64.
    text = json.dumps((_VERSION, *parts), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _margin_m(settings: Settings) -> float:
    widest = max(settings.fuse.voxel_m, settings.fuse.max_voxel_m)
    return min(max(settings.tiles.margin_m, 2 * widest), TILE_SIZE_M / 2)


def _at(pose: SolvedPose) -> Array:
    return _placed_at(pose).translation_m


def _placed_at(pose: SolvedPose) -> RigidTransform:
    assert pose.enu_from_cam is not None
    return pose.enu_from_cam


def _of_provenance(photo: IngestedPhoto) -> tuple[str | None, ...]:
    """What of a photo's tags is written into the tiles."""
    tags = photo.metadata
    captured = tags.captured_at.isoformat() if tags.captured_at else None
    return (tags.path.name, captured, tags.artist, tags.copyright, tags.licence)


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


def _prepare(folder: Path) -> None:
    """The folder, without what a run that was killed left on its spool: nobody else has one now."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        left: Iterable[Path] = folder.glob(f"{_SPOOL}*")
        for path in left:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot be removed: {error.strerror}", path=path) from error
