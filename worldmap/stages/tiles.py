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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import remove_half_written, temporary_folder, write_error
from worldmap.engine import is_spread
from worldmap.errors import WorldmapError
from worldmap.fuse import (
    Gain,
    Gains,
    Spool,
    exposure_gains,
    tied_to,
)
from worldmap.geodesy import Site, geodetic_from_projected
from worldmap.mapfolder import Subfolder, adding_files
from worldmap.records import (
    ColourRatio,
    IngestedPhoto,
    PhotoCloud,
    PhotoStatus,
    PlacedPose,
    Tile,
    TileKey,
)
from worldmap.stages.cross_check import CrossCheck, tiles_hash
from worldmap.stages.places import Nearby
from worldmap.stages.reach import Change, box_about_deg, concerned
from worldmap.stages.tile_job import TileJob, said_in_tiles
from worldmap.stages.tile_makers import Here, Part, TileMaker, elsewhere
from worldmap.stages.work import Work
from worldmap.tiling import TILE_SIZE_M

Array = NDArray[np.float64]
_SPOOL: Final = "spool"
_AS_IT_IS: Final = (1.0, 1.0, 1.0)
_MOST_BEYOND: Final = 2_000
"""So many photos' gains are found in some hundredths of a second."""


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

    def _crossed(self) -> CrossCheck:
        """Of all photos at hand."""
        ids = None if self._near is None else self._placed.keys()
        return CrossCheck(
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
        with self._maker() as maker:
            fresh = self._renew_clouds(maker)
            plan = self._plan()
            # Before the first file changes: a row never says more than its file holds.
            self._catalog.mark_stale(key for key in plan.writing if key in plan.before)
            self._catalog.record_gains(plan.regained)
            self._make_rest(plan, fresh, maker)
            empty = self._write(plan, maker, run_id)
        self._drop(plan, run_id)
        return TileUpdate(
            tiles=tuple(self._catalog.tiles(keys=plan.hashes)),
            written=tuple(key for key in plan.writing if key not in empty),
            dropped=tuple(key for key in plan.dropped if plan.before[key].points),
        )

    @contextmanager
    def _maker(self) -> Iterator[TileMaker]:
        """Whoever works out points and writes tiles."""
        told = (self._layout, self._settings, self._jobs, self._photos, self._placed)
        if is_spread():
            with elsewhere(*told) as maker:
                yield maker
            return
        place = self._layout.folder(Subfolder.TILES) / _SPOOL
        # What runs that were killed left; others may be at work on theirs.
        remove_half_written(place)
        with _spool_folder(place) as folder, Spool[Part](folder) as spool:
            yield Here(
                layout=self._layout,
                settings=self._settings,
                jobs=self._jobs,
                photos=self._photos,
                poses=self._placed,
                spool=spool,
            )

    def _renew_clouds(self, maker: TileMaker) -> set[int]:
        """Works out what has changed of what photos give; returns whose points wait for tiles."""
        changed = [i for i in self._ours if not self._is_known(i)]
        new = {cloud.photo_id: cloud for cloud in self._made(changed, maker, None)}
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

    def _make_rest(self, plan: _Plan, fresh: set[int], maker: TileMaker) -> None:
        """The points of unchanged photos that lie in tiles which are written anew."""
        rest = {i for key in plan.writing for i in plan.members[key]} - fresh
        if self._near is not None and rest - set(self._ours):
            # Their points are asked of photos further away than ours are.
            change = Change.of(self._catalog, [self._placed[i] for i in rest])
            self._load(concerned(self._catalog, change).asked)
            self._cross_check = self._crossed()
        for _ in self._made(sorted(rest), maker, set(plan.writing)):
            pass

    def _write(self, plan: _Plan, maker: TileMaker, run_id: int) -> set[TileKey]:
        """Writes the tiles, each with its row; returns those in which no point is left."""
        empty: set[TileKey] = set()
        if not plan.writing:
            return empty

        def keep(job: TileJob, tile: Tile) -> None:
            self._catalog.replace_tiles(run_id, [tile])
            if not tile.points:
                empty.add(job.key)
            if job.key in plan.before:
                self._remove_files(plan.before[job.key], but=tile)
            stage.advance()

        with self._listener.stage("tiles", len(plan.writing), unit="tiles") as stage:
            maker.tiles((self._job(plan, key) for key in plan.writing), keep)
        return empty

    def _job(self, plan: _Plan, key: TileKey) -> TileJob:
        members = plan.members[key]
        return TileJob.of(
            key,
            self._site_of(key, members),
            self._sites_of(members),
            plan.gains,
            [self._photos[i] for i in sorted(members)],
            plan.hashes[key],
            self._settings,
        )

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
        return tiles_hash(
            "tile",
            settings.fuse.stage_hash(),
            settings.tiles.stage_hash(),
            asdict(site),
            [
                (i, part, gains.get(i), said_in_tiles(self._photos[i]))
                for i, part in sorted(members.items())
            ],
            *([i, asdict(about)] for i, about in sorted(others.items())),
        )

    # --- points ---------------------------------------------------------------------------------

    def _made(
        self, photo_ids: Sequence[int], maker: TileMaker, only: Collection[TileKey] | None
    ) -> Iterator[PhotoCloud]:
        """Has these photos' points worked out; they wait for the tiles that they lie in."""
        if not photo_ids:
            return
        with self._listener.stage("fuse", len(photo_ids)) as stage:
            yield from maker.clouds(self._cross_check, photo_ids, only, stage.advance)

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

    def _remove_files(self, tile: Tile, but: Tile | None = None) -> None:
        kept = {file.path for file in but.files} if but else set()
        for file in tile.files:
            if file.path not in kept:
                self._layout.drop(Subfolder.TILES, file.path)


def _middle_deg(key: TileKey) -> Array:
    """Latitude and longitude (1, 2) of a tile's middle."""
    middle = (key.east_m + TILE_SIZE_M / 2, key.north_m + TILE_SIZE_M / 2, 0.0)
    lat_deg, lon_deg, _ = geodetic_from_projected(np.array([middle]), key.epsg)
    return np.column_stack((lat_deg, lon_deg))


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
