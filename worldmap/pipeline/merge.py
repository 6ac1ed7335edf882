"""An area's photos to tiles: register, solve, fuse, write, index."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import worldmap
from worldmap.backproject import backproject
from worldmap.catalog import Catalog
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.engine import Outcome, default_jobs, run_each
from worldmap.errors import InputError, StorageError, WorldmapError
from worldmap.frames import PROJECTED
from worldmap.fuse import fuse
from worldmap.geodesy import Site
from worldmap.las import gps_times_s, write_tile
from worldmap.pipeline.area import Area, Everywhere
from worldmap.pipeline.listener import Listener, Silence
from worldmap.pipeline.register import pairs_key, photo_view, register_all
from worldmap.pipeline.review import pose_of_copy, review_area
from worldmap.records import (
    IngestedPhoto,
    PhotoReview,
    PhotoStatus,
    SolvedPose,
    Tile,
    TileKey,
    TilePoints,
)
from worldmap.registration.features import load_features
from worldmap.registration.solve import Solution, solve
from worldmap.tiling import TilePart, split_enu

# A site further from the photos than this would waste the millimetres of float64 for nothing.
_SITE_REACH_M = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPlacement:
    """What merge made of one photo. NaN where unplaced or untagged. flags: what looks suspicious
    about its tags, alone or beside the others."""

    path: Path
    status: PhotoStatus
    reason: str
    flags: tuple[str, ...]
    pairs: int
    depth_scale: float
    position_sigma_m: tuple[float, float, float]
    gps_residual_m: float
    heading_residual_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSummary:
    """What merge did: photos by id, pairs tried and believed, tiles written, and the time each
    stage took."""

    photos: tuple[PhotoPlacement, ...]
    placed: int
    unplaced: int
    pairs_tried: int
    pairs_accepted: int
    icp_kept: int
    points: int
    tiles: tuple[Path, ...]
    stage_seconds: dict[str, float]
    seconds: float


def merge(
    map_dir: Path,
    area: Area,
    settings: Settings,
    listener: Listener | None = None,
    *,
    jobs: int | None = None,
) -> MergeSummary:
    """Register, solve, fuse and tile the photos of an area; photos without any position take part.

    Raises InputError where the area holds no photo, CatalogError or StorageError where the map
    cannot be read or written. Photos that cannot be placed are in the summary with their reason.
    """
    listener = listener or Silence()
    clock = _Clock()
    with Catalog.open(map_dir, create=False) as catalog:
        photos = _photos_in(catalog, area)
        if not photos:
            raise InputError(f"no photo of the map {map_dir} lies in that area; ingest some first")
        run_id = catalog.start_run("merge", settings.model_dump_json(), worldmap.__version__)
        outcome = "stopped"
        try:
            summary = _merge(
                catalog, map_dir, photos, settings, listener, clock, run_id, jobs or default_jobs()
            )
            outcome = f"{summary.placed} placed, {summary.unplaced} unplaced"
        except WorldmapError as error:
            outcome = str(error)
            raise
        finally:
            with suppress(WorldmapError):
                catalog.finish_run(run_id, outcome)
    return summary


def _merge(
    catalog: Catalog,
    map_dir: Path,
    photos: Sequence[IngestedPhoto],
    settings: Settings,
    listener: Listener,
    clock: _Clock,
    run_id: int,
    jobs: int,
) -> MergeSummary:
    site = _site(catalog, photos)
    reviews = review_area(map_dir, photos, settings)
    copy_of = {i: said.duplicate_of for i, said in reviews.items() if said.duplicate_of is not None}
    unique = [photo for photo in photos if photo.photo_id not in copy_of]
    views = {
        photo.photo_id: photo_view(
            replace(photo, prior=reviews[photo.photo_id].prior)
            if photo.photo_id in reviews
            else photo,
            load_features(map_dir / photo.features.path),
            site,
        )
        for photo in unique
    }
    clock.lap("read")
    pairs = register_all(
        catalog,
        map_dir,
        unique,
        views,
        site,
        settings.registration,
        jobs=jobs,
        listener=listener,
    )
    clock.lap("register")
    with listener.stage("solve", 1, unit="areas") as stage:
        solution = solve(views, pairs, settings.registration)
        stage.advance()
    by_id = {photo.photo_id: photo for photo in photos}
    copies = [pose_of_copy(by_id[i], by_id[kept]) for i, kept in copy_of.items()]
    solution = replace(solution, poses=[*solution.poses, *copies])
    catalog.record_pairs(solution.pairs, pairs_key(settings.registration))
    catalog.replace_solution(run_id, solution.poses, site, reviews.values())
    clock.lap("solve")
    tiles = _write_tiles(catalog, map_dir, photos, solution, site, settings, listener, run_id, jobs)
    clock.lap("tiles")
    return _summary(photos, solution, reviews, tiles, clock)


def _photos_in(catalog: Catalog, area: Area) -> list[IngestedPhoto]:
    """Photos of the area by their tags, and all that no tag places."""
    if isinstance(area, Everywhere):
        return catalog.photos()
    near = catalog.photos(area.bounds_deg, include_unpositioned=True)
    return [
        photo
        for photo in near
        if photo.prior.lat_deg is None
        or photo.prior.lon_deg is None
        or bool(area.contains(photo.prior.lat_deg, photo.prior.lon_deg))
    ]


def _site(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> Site:
    """The map's own origin where the photos are near it, so that a second merge changes nothing;
    else the middle of their positions."""
    known = catalog.site()
    located = np.array(
        [
            (p.prior.lat_deg, p.prior.lon_deg, p.prior.height_m)
            for p in photos
            if p.prior.has_position and p.prior.height_m is not None
        ],
        dtype=np.float64,
    ).reshape(-1, 3)
    if not len(located):
        return known or Site(lat_deg=0.0, lon_deg=0.0, height_m=0.0)
    # Longitudes are averaged about the first one, across the antimeridian if need be.
    first = located[0, 1]
    east = (located[:, 1] - first + 180.0) % 360.0 - 180.0
    longitude = (first + float(np.median(east)) + 180.0) % 360.0 - 180.0
    middle = Site(
        lat_deg=float(np.median(located[:, 0])),
        lon_deg=longitude,
        height_m=float(np.median(located[:, 2])),
    )
    if known is not None:
        away = known.enu_from_geodetic(middle.lat_deg, middle.lon_deg, middle.height_m)
        if float(np.linalg.norm(away)) < _SITE_REACH_M:
            return known
    return middle


# --- tiles --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _CloudWorker:
    """A placed photo's cloud in ENU, thinned to one point per voxel."""

    map_dir: Path
    settings: Settings

    def __call__(self, placed: tuple[IngestedPhoto, SolvedPose]) -> PointCloud:
        photo, pose = placed
        enu_from_cam = pose.enu_from_cam
        assert enu_from_cam is not None
        stored = load_depth(self.map_dir / photo.depth.path)
        camera = stored.depth_map.camera
        focal_factor = pose.focal_px / photo.camera.fx_px
        solved_camera = replace(
            camera, fx_px=camera.fx_px * focal_factor, fy_px=camera.fy_px * focal_factor
        )
        cloud = backproject(
            replace(stored.depth_map, camera=solved_camera),
            stored.rgb,
            frame=enu_from_cam.source,
            photo_id=photo.photo_id,
        )
        range_m = pose.depth_scale * np.linalg.norm(cloud.xyz, axis=1)
        cloud = cloud.transformed(enu_from_cam.scaled(pose.depth_scale))
        sigma_m = np.hypot(cloud.sigma_m, _pose_sigma_m(pose, range_m))
        return fuse([replace(cloud, sigma_m=sigma_m.astype(np.float32))], self.settings.fuse)


def _pose_sigma_m(pose: SolvedPose, range_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the photo's own pose and scale may move its points (N,) against other photos'.

    A photo that matches hold moves with its neighbours: only its scale tells. One that is placed by
    its tags alone brings the whole error of GPS and compass.
    """
    sigma_m = pose.scale_sigma_rel * range_m
    if pose.pairs:
        return sigma_m
    turn_rad = float(np.deg2rad(max(pose.rotation_sigma_deg)))
    return np.asarray(np.hypot(np.hypot(sigma_m, turn_rad * range_m), max(pose.position_sigma_m)))


def _write_tiles(
    catalog: Catalog,
    map_dir: Path,
    photos: Sequence[IngestedPhoto],
    solution: Solution,
    site: Site,
    settings: Settings,
    listener: Listener,
    run_id: int,
    jobs: int,
) -> list[Tile]:
    """Fuse and write every tile that these photos touch or touched, with all photos that are in it,
    and drop those that nothing is left in."""
    by_id = {photo.photo_id: photo for photo in photos}
    placed = {p.photo_id: p for p in solution.poses if p.enu_from_cam is not None}
    before = [t for t in catalog.tiles() if t.stale or set(t.photo_ids) & set(by_id)]
    # Photos of other areas that share a tile with these keep their part of it.
    others = {i for tile in before for i in tile.photo_ids} - set(by_id)
    if others:
        placed |= {
            p.photo_id: p for p in catalog.poses(others, site=site) if p.enu_from_cam is not None
        }
        by_id |= {p.photo_id: p for p in catalog.photos() if p.photo_id in others}
    clouds: dict[int, PointCloud] = {}
    with listener.stage("fuse", len(placed)) as stage:

        def keep(outcome: Outcome[tuple[IngestedPhoto, SolvedPose], PointCloud]) -> None:
            stage.advance()
            if outcome.value is None:
                raise outcome.error or RuntimeError("a photo gave neither cloud nor error")
            clouds[outcome.item[0].photo_id] = outcome.value

        run_each(
            _CloudWorker(map_dir=map_dir.absolute(), settings=settings),
            [(by_id[i], placed[i]) for i in sorted(placed)],
            jobs=1,
            on_result=keep,
        )
    fused = fuse([clouds[i] for i in sorted(clouds)], settings.fuse)
    parts = split_enu(fused.xyz, site)
    written: list[Tile] = []
    with listener.stage("tiles", len(parts), unit="tiles") as stage:
        for key, part in parts.items():
            written.append(_write_tile(map_dir, key, part, fused, by_id, settings))
            stage.advance()
    dropped = [tile for tile in before if tile.key not in parts]
    catalog.replace_tiles(run_id, written, dropped=[tile.key for tile in dropped])
    kept = {tile.path for tile in written}
    for tile in before:
        if tile.path not in kept:
            _remove(map_dir / tile.path)
    return written


def _write_tile(
    map_dir: Path,
    key: TileKey,
    part: TilePart,
    fused: PointCloud,
    photos: Mapping[int, IngestedPhoto],
    settings: Settings,
) -> Tile:
    cloud = fused.select(part.index)
    members = sorted({int(i) for i in np.unique(cloud.photo_id)})
    captured = {i: photos[i].metadata.captured_at for i in members}
    points = TilePoints(
        cloud=PointCloud(
            frame=PROJECTED,
            xyz=part.xyz_projected,
            rgb=cloud.rgb,
            sigma_m=cloud.sigma_m,
            photo_id=cloud.photo_id,
            support=cloud.support,
        ),
        epsg=key.epsg,
        gps_time_s=gps_times_s(cloud.photo_id, captured),
        classification=np.ones(len(cloud), dtype=np.uint8),
    )
    path = Path("tiles") / f"{key}.{settings.tiles.format}"
    file = write_tile(
        map_dir / path,
        points,
        vertical=settings.tiles.vertical,
        provenance=_provenance([photos[i] for i in members], settings),
    )
    return Tile(
        key=key,
        path=path,
        content_hash=file.content_hash,
        points=file.points,
        bounds_m=file.bounds_m,
        photo_ids=tuple(members),
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


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot remove the old tile {path}: {error.strerror}") from error


# --- the summary --------------------------------------------------------------------------------


class _Clock:
    """Seconds of each stage, in order."""

    def __init__(self) -> None:
        self._start_s = self._last_s = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """The stage that just ended."""
        now_s = time.monotonic()
        self.laps[name] = now_s - self._last_s
        self._last_s = now_s

    @property
    def total_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._start_s


def _summary(
    photos: Sequence[IngestedPhoto],
    solution: Solution,
    reviews: Mapping[int, PhotoReview],
    tiles: Sequence[Tile],
    clock: _Clock,
) -> MergeSummary:
    poses = {pose.photo_id: pose for pose in solution.poses}
    placements = tuple(
        _placement(photo, poses[photo.photo_id], reviews.get(photo.photo_id)) for photo in photos
    )
    placed = sum(p.status == PhotoStatus.PLACED for p in placements)
    believed = [p for p in solution.pairs if not p.reason]
    return MergeSummary(
        photos=placements,
        placed=placed,
        unplaced=len(placements) - placed,
        pairs_tried=len(solution.pairs),
        pairs_accepted=len(believed),
        icp_kept=sum(p.method == "matches+icp" for p in believed),
        points=sum(tile.points for tile in tiles),
        tiles=tuple(tile.path for tile in tiles),
        stage_seconds=dict(clock.laps),
        seconds=clock.total_s,
    )


def _placement(photo: IngestedPhoto, pose: SolvedPose, said: PhotoReview | None) -> PhotoPlacement:
    return PhotoPlacement(
        path=photo.metadata.path,
        status=pose.status,
        reason=pose.reason,
        flags=(*photo.metadata.flags, *(said.flags if said else ())),
        pairs=pose.pairs,
        depth_scale=pose.depth_scale,
        position_sigma_m=pose.position_sigma_m,
        gps_residual_m=float(np.linalg.norm(pose.gps_residual_m)),
        heading_residual_deg=pose.heading_residual_deg,
    )
