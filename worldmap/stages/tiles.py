"""Placed photos to tiles: ask every photo about every point, fuse tile by tile, write, index.

What a tile is made of is hashed, and a tile whose hash is the one in its row is left alone. A
photo's points depend on its depth, its pose and those of the photos that are asked about it
(`PhotoCloud.inputs_hash`); a tile on the points that each photo has there, to the last bit, on the
photos' gains, and on settings (`Tile.inputs_hash`). So whatever changed, and however it came about,
those tiles are written that can come out different, and no other.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import worldmap
from worldmap.artifact import remove_half_written, temporary_folder, write_error
from worldmap.camera import Camera
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.errors import WorldmapError
from worldmap.frames import PROJECTED
from worldmap.fuse import (
    FARTHEST_M,
    CameraStation,
    Gain,
    Gains,
    Spool,
    agreed_clouds,
    classify_ground,
    depth_samples,
    exposure_gains,
    fuse,
    neighbours_by_samples,
    reach_m,
    tied_to,
)
from worldmap.geodesy import Site, geodetic_from_projected
from worldmap.las import TileFile, gps_times_s, write_tile
from worldmap.mapfolder import Layout, Subfolder, adding_files
from worldmap.records import (
    CleanedDepth,
    ColourRatio,
    IngestedPhoto,
    PhotoCloud,
    PhotoStatus,
    PlacedBy,
    PlacedPose,
    RefinedArtifact,
    Tile,
    TileArtifact,
    TileKey,
    TilePoints,
    View,
)
from worldmap.refine import load_refined
from worldmap.rights import credit_line, has_rights
from worldmap.stages.places import Nearby, places_deg
from worldmap.stages.reach import Change, box_about_deg, concerned
from worldmap.stages.standing import hashed, standing_refined
from worldmap.stages.work import Work
from worldmap.tiling import TILE_SIZE_M, split_enu, touched

Array = NDArray[np.float64]
_Part = tuple[TileKey, Site]
"""What is spooled together: a tile's points that are about one site."""

# Part of every hash: raise it when the same photos, poses and settings give other points.
_VERSION: Final = 5
_SPOOL: Final = "spool"
_SUFFIX: Final = {"las": ".las", "laz": ".laz", "copc": ".copc.laz"}
_AS_IT_IS: Final = (1.0, 1.0, 1.0)
_MOST_BEYOND: Final = 2_000
"""So many photos' gains are found in some hundredths of a second."""
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


def update_tiles(work: Work, *, near: Change | None, without: Collection[int] = ()) -> TileUpdate:
    """Bring the tiles that a change can matter to up to date with the catalog's photos and poses;
    all tiles where it is None. without: photos, by id, that are about to leave the map. Loaded are
    the photos that see what those of the change see, and no others. The caller holds the part of
    the map around (`changing`).

    Photos are compared in ENU about the site that the asking one is placed about. A tile is fused
    in ENU about that site of its photos that is nearest to its middle, where the ground is most
    level: where two groups of photos meet, their tiles differ in the voxels' grid, not in where
    anything is.

    A tile is written where what it is made of has changed, where a photo left it, or where one of
    its files is missing; one that nothing is left in goes. Killed at any moment and run again, it
    ends as if it had not been. Memory is bounded by the largest tile: points wait on disk. Raises
    StorageError where a file cannot be read or written, CatalogError where a photo leaves the map
    meanwhile.
    """
    folder = work.folder
    with adding_files(folder.root):
        return _Update(work, near, without).run(work.run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What an update does. regained: gains that are other than before. members: of each tile, its
    photos with the hash of what each gives it. before: the tiles with a row that it is about.
    hashes: of what the tiles near by are made of now."""

    gains: Gains
    regained: Gains
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
        near: Change | None,
        without: Collection[int],
    ) -> None:
        folder, settings, jobs = work.folder, work.settings, work.jobs
        catalog = folder.catalog
        self._catalog, self._layout = catalog, folder.layout
        self._settings, self._listener = settings, work.listener
        self._jobs = jobs
        self._near, self._without = near, without
        self._photos: dict[int, IngestedPhoto] = {}
        self._placed: dict[int, PlacedPose] = {}
        self._clouds: dict[int, PhotoCloud] = {}
        around = None if near is None else concerned(catalog, near)
        self._load(None if around is None else around.asked)
        self._ours = [i for i in sorted(self._placed) if around is None or i in around.asking]
        self._cross_check = self._crossed()

    def _crossed(self) -> _CrossCheck:
        """Of all photos at hand."""
        ids = None if self._near is None else self._placed.keys()
        return _CrossCheck(
            self._layout,
            self._photos,
            self._placed,
            self._clouds,
            self._catalog.refined(ids),
            self._catalog.far_depths_m(ids),
            self._settings,
            self._jobs,
        )

    def _load(self, photo_ids: Collection[int] | None) -> None:
        """What the catalog has of these photos, or of all, besides what is there already."""
        catalog = self._catalog
        more = None if photo_ids is None else set(photo_ids) - self._photos.keys()
        found = catalog.photos() if more is None else catalog.photos_by_id(more)
        photos = {
            p.photo_id: p for p in found if p.photo_id not in self._without and p.depth is not None
        }
        self._photos |= photos
        self._placed |= {
            pose.photo_id: pose
            for pose in catalog.poses(more)
            if isinstance(pose, PlacedPose)
            and pose.photo_id in photos
            and (self._settings.tiles.unconfirmed or pose.status == PhotoStatus.PLACED)
        }
        self._clouds |= catalog.photo_clouds(more)

    def run(self, run_id: int) -> TileUpdate:
        place = self._layout.folder(Subfolder.TILES) / _SPOOL
        # What runs that were killed left; others may be at work on theirs.
        remove_half_written(place)
        with _spool_folder(place) as folder, Spool[_Part](folder) as spool:
            fresh = self._renew_clouds(spool)
            plan = self._plan()
            # Before the first file changes: a row never says more than its file holds.
            self._catalog.mark_stale(key for key in plan.writing if key in plan.before)
            self._catalog.record_gains(plan.regained)
            self._spool_rest(plan, fresh, spool)
            empty = self._write(plan, spool, run_id)
        self._drop(plan, run_id)
        return TileUpdate(
            tiles=tuple(self._catalog.tiles(keys=plan.hashes)),
            written=tuple(key for key in plan.writing if key not in empty),
            dropped=tuple(key for key in plan.dropped if plan.before[key].points),
        )

    def _renew_clouds(self, spool: Spool[_Part]) -> set[int]:
        """Works out what has changed of what photos give; returns whose points are on the spool."""
        changed = [i for i in self._ours if not self._is_known(i)]
        new = {cloud.photo_id: cloud for cloud in self._spooled(changed, spool, None)}
        if new:
            self._catalog.record_photo_clouds(new.values())
        self._clouds |= new
        return set(new)

    def _plan(self) -> _Plan:
        catalog, before = self._catalog, self._before()
        near = {key for i in self._ours for key in self._clouds[i].parts}
        if self._near is not None:
            # Whoever else gave these tiles points stays in them as it is.
            self._load({i for tile in before.values() for i in tile.photo_ids})
        gains, regained = self._gains()
        if self._near is not None:
            other = {*catalog.tiles_of_photos(regained)} - before.keys()
            before |= {tile.key: tile for tile in catalog.tiles(keys=other, empty=True)}
            self._load({i for tile in before.values() for i in tile.photo_ids})
            # Those share no colours with the others.
            gains |= {i: c.gain for i, c in self._clouds.items() if c.gain and i not in gains}
        members: dict[TileKey, dict[int, str]] = defaultdict(dict)
        for i in sorted(self._placed):
            known = self._clouds.get(i)
            for key, part in known.parts.items() if known else ():
                members[key][i] = part
        keys = sorted(before.keys() | near)
        hashes = {key: self._tile_hash(key, members[key], gains) for key in keys if key in members}
        return _Plan(
            gains=gains,
            regained=regained,
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

    def _before(self) -> dict[TileKey, Tile]:
        """The tiles with a row that the update is about: all, or those that our photos give points
        or gave some, those of photos that leave, and those near by that wait for it."""
        catalog = self._catalog
        if self._near is None:
            return {tile.key: tile for tile in catalog.tiles(empty=True)}
        keys = {key for i in self._ours for key in self._clouds[i].parts}
        keys |= {*catalog.tiles_of_photos({*self._ours, *self._without})}
        found = {tile.key: tile for tile in catalog.tiles(keys=keys, empty=True)}
        if len(self._near):
            about = box_about_deg(self._near.places_deg, float(self._near.reach_m.max()))
            waiting = catalog.tiles(about, only_stale=True, empty=True)
            found |= {tile.key: tile for tile in waiting}
        return found

    def _spool_rest(self, plan: _Plan, fresh: set[int], spool: Spool[_Part]) -> None:
        """The points of unchanged photos that lie in tiles which are written anew."""
        rest = {i for key in plan.writing for i in plan.members[key]} - fresh
        if self._near is not None and rest - set(self._ours):
            # Their points are asked of photos further away than ours are.
            change = Change.of(self._catalog, [self._placed[i] for i in rest])
            self._load(concerned(self._catalog, change).asked)
            self._cross_check = self._crossed()
        for _ in self._spooled(sorted(rest), spool, set(plan.writing)):
            pass

    def _write(self, plan: _Plan, spool: Spool[_Part], run_id: int) -> set[TileKey]:
        """Writes the tiles, each with its row; returns those in which no point is left."""
        empty: set[TileKey] = set()
        if not plan.writing:
            return empty
        with self._listener.stage("tiles", len(plan.writing), unit="tiles") as stage:
            for key in plan.writing:
                inside = [self._photos[i] for i in sorted(plan.members[key])]
                sites = self._sites_of(plan.members[key])
                clouds = {about: spool.take((key, about)) for about in sites}
                site = self._site_of(key, plan.members[key])
                tile = self._written(key, site, clouds, plan.gains, inside, plan.hashes[key])
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

    def _sites_of(self, members: Iterable[int]) -> list[Site]:
        """What these photos are placed about, each site once."""
        found = {self._placed[i].site for i in members}
        return sorted(found, key=lambda site: (site.lat_deg, site.lon_deg, site.height_m))

    def _site_of(self, key: TileKey, members: Iterable[int]) -> Site:
        """What the tile is fused about: that of its photos' sites which is nearest to its middle,
        of equally near ones the southernmost."""
        sites = self._sites_of(members)
        if len(sites) == 1:
            return sites[0]
        away_m = Nearby(_middle_deg(key)).away_m(
            np.array([(site.lat_deg, site.lon_deg) for site in sites])
        )
        return sites[int(np.argmin(away_m))]

    def _is_known(self, photo_id: int) -> bool:
        known = self._clouds.get(photo_id)
        if known is None or known.depth_hash != self._photos[photo_id].depth_hash:
            return False
        return known.inputs_hash == self._cross_check.inputs_hash(photo_id)

    def _is_current(self, tile: Tile, inputs_hash: str) -> bool:
        return (
            not tile.stale
            and tile.inputs_hash == inputs_hash
            and all(self._layout.is_there(Subfolder.TILES, file.path) for file in tile.files)
        )

    def _tile_hash(self, key: TileKey, members: Mapping[int, str], gains: Gains) -> str:
        """Of everything that decides a tile's bytes but the version of worldmap."""
        settings, site = self._settings, self._site_of(key, members)
        others = {i: about for i in members if (about := self._placed[i].site) != site}
        return _hashed(
            "tile",
            settings.fuse.stage_hash(),
            settings.tiles.stage_hash(),
            asdict(site),
            [
                (i, part, gains.get(i), _of_provenance(self._photos[i]))
                for i, part in sorted(members.items())
            ],
            *([i, asdict(about)] for i, about in sorted(others.items())),
        )

    # --- points ---------------------------------------------------------------------------------

    def _spooled(
        self, photo_ids: Sequence[int], spool: Spool[_Part], only: Collection[TileKey] | None
    ) -> Iterator[PhotoCloud]:
        """Works out these photos' points and puts them on the spool: what each gives to which
        tile."""
        if not photo_ids:
            return
        margin_m = _margin_m(self._settings)
        with self._listener.stage("fuse", len(photo_ids)) as stage:
            for photo_id, (cloud, ratios) in self._cross_check.clouds(photo_ids):
                site = self._placed[photo_id].site
                parts = {
                    key: spool.add((key, site), cloud.select(rows))
                    for key, rows in touched(cloud.xyz, site, margin_m).items()
                    if only is None or key in only
                }
                yield PhotoCloud(
                    photo_id=photo_id,
                    inputs_hash=self._cross_check.inputs_hash(photo_id),
                    depth_hash=self._photos[photo_id].depth_hash,
                    samples=self._cross_check.samples(photo_id),
                    parts=parts,
                    ratios=ratios,
                )
                stage.advance()

    def _gains(self) -> tuple[dict[int, Gain], dict[int, Gain]]:
        """Of the photos at hand and all that these share colours with, directly or over others,
        found at once, whatever they were; and those of them that are not what they were. Where
        these are a town's, photos whose points are as they were keep the gains that they have in
        the tiles, so that areas agree along their edges."""
        if not self._settings.fuse.even_exposure:
            return {}, {}
        known = {i: cloud for i, cloud in sorted(self._clouds.items()) if i in self._placed}
        ratios = {i: cloud.ratios for i, cloud in known.items()}
        before = {i: cloud.gain for i, cloud in known.items()}
        fixed: dict[int, Gain] = {}
        if self._near is not None:
            more = self._beyond(ratios)
            if len(more) > _MOST_BEYOND:
                cut = tied_to(more, [r for each in ratios.values() for r in each])
                fixed = {i: gain for i, gain in before.items() if i in cut and gain is not None}
            else:
                ratios |= {i: own for i, (own, _) in more.items()}
                before |= {i: gain for i, (_, gain) in more.items()}
        told = [ratio for i in sorted(ratios) for ratio in ratios[i]]
        found = dict.fromkeys(ratios, _AS_IT_IS) | dict(exposure_gains(sorted(ratios), told, fixed))
        return found, {i: gain for i, gain in found.items() if before[i] != gain}

    def _beyond(
        self, known: Mapping[int, tuple[ColourRatio, ...]]
    ) -> dict[int, tuple[tuple[ColourRatio, ...], Gain | None]]:
        """The colours of photos that are not at hand beside others', and their gains, of those that
        are tied to these; of more than so many, some. Not those that are about to go."""
        statuses = (
            (PhotoStatus.PLACED, PhotoStatus.DOUBTFUL)
            if self._settings.tiles.unconfirmed
            else (PhotoStatus.PLACED,)
        )
        found: dict[int, tuple[tuple[ColourRatio, ...], Gain | None]] = {}
        seen = {*known, *self._without}
        edge = [ratio for each in known.values() for ratio in each]
        while edge and len(found) <= _MOST_BEYOND:
            ends = {i for r in edge for i in (r.photo_a, r.photo_b)} - seen
            seen |= ends
            more = self._catalog.colour_ratios(ends, statuses)
            found |= more
            edge = [ratio for own, _ in more.values() for ratio in own]
        return found

    # --- files ----------------------------------------------------------------------------------

    def _written(
        self,
        key: TileKey,
        site: Site,
        clouds: Mapping[Site, PointCloud],
        gains: Gains,
        photos: Sequence[IngestedPhoto],
        inputs_hash: str,
    ) -> Tile:
        """One tile, fused about `site`, from all points in it and its margin, by what they are
        about; photos: those that gave any."""
        settings = self._settings
        moved = [
            cloud if about == site else cloud.transformed(site.enu_from(about))
            for about, cloud in clouds.items()
        ]
        fused = fuse(moved, settings.fuse, gains, jobs=self._jobs)
        part = split_enu(fused.xyz, site).get(key)
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
                file, told = self._kept(key, name, content, provenance)
                points, bounds_m = told.points, told.bounds_m
                files += (file,)
        return Tile(
            key=key,
            files=files,
            points=points,
            bounds_m=bounds_m,
            photo_ids=tuple(photo.photo_id for photo in photos),
            inputs_hash=inputs_hash,
        )

    def _kept(
        self, key: TileKey, kind: str, content: TilePoints, provenance: Mapping[str, object]
    ) -> tuple[TileArtifact, TileFile]:
        """A tile's file of that format."""
        told: list[TileFile] = []

        def write(path: Path) -> str:
            vertical = self._settings.tiles.vertical
            told.append(write_tile(path, content, vertical=vertical, provenance=provenance))
            return told[0].content_hash

        name = f"{key}{_SUFFIX[kind]}"
        kept = self._layout.keep(Subfolder.TILES, name, write, rewritten=True)
        return TileArtifact(format=kind, path=kept.path, content_hash=kept.content_hash), told[0]

    def _remove_files(self, tile: Tile, but: Tile | None = None) -> None:
        kept = {file.path for file in but.files} if but else set()
        for file in tile.files:
            if file.path not in kept:
                self._layout.drop(Subfolder.TILES, file.path)


class _CrossCheck:
    """Where photos are asked about each other's points."""

    def __init__(
        self,
        layout: Layout,
        photos: Mapping[int, IngestedPhoto],
        poses: Mapping[int, PlacedPose],
        known: Mapping[int, PhotoCloud],
        refined: Mapping[int, RefinedArtifact],
        far_m: Mapping[int, float],
        settings: Settings,
        jobs: int,
    ) -> None:
        self._layout, self._photos, self._poses = layout, photos, poses
        self._settings, self._jobs = settings, jobs
        self._refined = standing_refined(refined, photos, poses)
        self._about = {
            site: {
                i: _Standing.of(
                    photos[i], pose.about(site), self._refined.get(i), far_m.get(i, np.nan)
                )
                for i, pose in _around(site, poses).items()
            }
            for site in {pose.site for pose in poses.values()}
        }
        self._samples = {
            i: cloud.samples
            for i, cloud in known.items()
            if i in poses and cloud.depth_hash == photos[i].depth_hash
        }
        self._beside: dict[int, list[int]] = {}
        self._common = (
            _margin_m(settings),
            settings.fuse.model_dump(mode="json", exclude=_OF_TILES_ALONE),
        )

    def clouds(
        self, photo_ids: Sequence[int]
    ) -> Iterator[tuple[int, tuple[PointCloud, tuple[ColourRatio, ...]]]]:
        """By photo, site by site: its points in ENU after the others were asked, and its colours
        beside theirs."""
        by_site: dict[Site, list[int]] = defaultdict(list)
        for photo_id in photo_ids:
            by_site[self._poses[photo_id].site].append(photo_id)
        for site, ids in by_site.items():
            found = agreed_clouds(
                [self._about[site][i].station for i in ids],
                partial(self._view, site),
                self._settings.fuse,
                jobs=self._jobs,
                beside=self.beside,
            )
            for photo_id, agreed in zip(ids, found, strict=True):
                yield photo_id, (agreed.cloud, agreed.colour_ratios)

    def inputs_hash(self, photo_id: int) -> str:
        """Of everything that decides a photo's points; KeyError before its samples are known."""
        site = self._poses[photo_id].site
        standing = self._about[site]
        asked = [standing[i].state for i in self.beside(photo_id)]
        return _hashed("cloud", asdict(site), *self._common, standing[photo_id].state, asked)

    def samples(self, photo_id: int) -> NDArray[np.float32]:
        """See `PhotoCloud`; KeyError before its depth was read."""
        return self._samples[photo_id]

    def beside(self, photo_id: int) -> list[int]:
        """Whom to ask about a photo's points; KeyError before its samples are known."""
        if photo_id not in self._beside:
            samples = self._samples[photo_id].astype(np.float64)
            standing = self._about[self._poses[photo_id].site]
            self._beside[photo_id] = neighbours_by_samples(
                standing[photo_id].station,
                samples[:, :2],
                samples[:, 2] * self._poses[photo_id].depth_scale,
                [each.station for each in standing.values()],
                self._settings.fuse.neighbours,
            )
        return self._beside[photo_id]

    def _view(self, site: Site, photo_id: int) -> View:
        photo = self._photos[photo_id]
        stored = load_depth(self._layout.depth(photo))
        if photo_id not in self._samples:
            self._samples[photo_id] = _samples(stored, photo.camera)
        found = self._refined.get(photo_id)
        return View.of_placed(
            stored,
            photo.camera,
            self._poses[photo_id].about(site),
            load_refined(self._layout.refined(found)) if found else None,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Standing:
    """Where a photo stands beside those of one site, and the hash of all that their points may
    depend on of it: what it saw, from where."""

    station: CameraStation
    state: str

    @classmethod
    def of(
        cls,
        photo: IngestedPhoto,
        pose: PlacedPose,
        refined: RefinedArtifact | None,
        far_depth_m: float,
    ) -> _Standing:
        station = CameraStation(
            photo_id=photo.photo_id,
            camera=pose.solved_camera(photo.camera),
            enu_from_cam=pose.enu_from_cam,
            reach_m=reach_m(far_depth_m * pose.depth_scale),
        )
        alone = pose.by != PlacedBy.MATCHES
        sigmas = [*pose.rotation_sigma_deg, *pose.position_sigma_m] if alone else []
        state = _hashed(
            photo.photo_id,
            photo.depth_hash,
            asdict(photo.camera),
            pose.enu_from_cam.rotation.tolist(),
            pose.enu_from_cam.translation_m.tolist(),
            (pose.depth_scale, pose.scale_sigma_rel),
            asdict(pose.lens),
            sigmas,
            refined.content_hash if refined else "",
        )
        return cls(station=station, state=state)


def _around(site: Site, poses: Mapping[int, PlacedPose]) -> dict[int, PlacedPose]:
    """By photo id those about the site, and all that stand so near one of them that they may be
    asked about its points."""
    ids = sorted(poses)
    own = [i for i in ids if poses[i].site == site]
    others = [i for i in ids if poses[i].site != site]
    if others:
        near = Nearby(places_deg(poses[i] for i in own))
        inside = near.within(places_deg(poses[i] for i in others), FARTHEST_M)
        others = [i for i, is_inside in zip(others, inside, strict=True) if is_inside]
    return {i: poses[i] for i in sorted((*own, *others))}


def _samples(stored: CleanedDepth, photo_camera: Camera) -> NDArray[np.float32]:
    """A depth map's coarse grid: u, v in the full-size photo, depth in the photo's own scale."""
    uv_px, depth_m = depth_samples(stored.depth_map.depth_m)
    grid = stored.depth_map.camera
    to_full = np.array(
        (photo_camera.width_px / grid.width_px, photo_camera.height_px / grid.height_px)
    )
    return np.column_stack((uv_px * to_full, depth_m)).astype(np.float32)


def _hashed(*parts: Any) -> str:
    return hashed(_VERSION, *parts)


def _margin_m(settings: Settings) -> float:
    widest = max(settings.fuse.voxel_m, settings.fuse.max_voxel_m)
    return min(max(settings.tiles.margin_m, 2 * widest), TILE_SIZE_M / 2)


def _middle_deg(key: TileKey) -> Array:
    """Latitude and longitude (1, 2) of a tile's middle."""
    middle = (key.east_m + TILE_SIZE_M / 2, key.north_m + TILE_SIZE_M / 2, 0.0)
    lat_deg, lon_deg, _ = geodetic_from_projected(np.array([middle]), key.epsg)
    return np.column_stack((lat_deg, lon_deg))


def _of_provenance(photo: IngestedPhoto) -> tuple[str | None, ...]:
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


@contextmanager
def _spool_folder(place: Path) -> Iterator[Path]:
    """A folder of our own, which goes with what is in it."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(place) as folder:
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except WorldmapError:  # the block's own
        raise
    except OSError as error:
        raise write_error(place, error) from error
