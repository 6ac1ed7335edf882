"""Who works out photos' points and writes tiles: this process, or the machines of a cluster.

Either is asked for the points of photos first and then for tiles of these, and either gives the
same bytes. Here points wait in files of this process; on a cluster each photo's are a file of the
map, of which a tile's worker reads the part that lies there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import sync_folder, write_error, write_file
from worldmap.cloud import PointCloud
from worldmap.config import Settings
from worldmap.depth import load_depth
from worldmap.engine import Outcome, run_each
from worldmap.errors import StorageError, WorldmapError
from worldmap.fuse import Spool, points_as_bytes, points_hash, points_of_bytes
from worldmap.geodesy import Site, enu
from worldmap.mapfolder import Layout, Subfolder
from worldmap.records import (
    Artifact,
    ColourRatio,
    IngestedPhoto,
    PhotoCloud,
    PlacedPose,
    RefinedArtifact,
    Tile,
    TileKey,
)
from worldmap.stages.cross_check import CrossCheck, coarse_samples, margin_m
from worldmap.stages.tile_job import Keep, TileJob
from worldmap.tiling import touched

Part = tuple[TileKey, Site]
"""What waits together: a tile's points that are about one site."""

# So many photos have most of those whom they ask in common.
_TOGETHER: Final = 4
# Fewer are worked out in the time that it takes to ask for them.
_WORTH_ASKING: Final = 2
_TILES_AT_ONCE: Final = 1_000
_HASH_DIGITS: Final = 32


class TileMaker(Protocol):
    """Works out points and writes tiles."""

    def clouds(
        self,
        check: CrossCheck,
        photo_ids: Sequence[int],
        only: Collection[TileKey] | None,
        advance: Callable[[], None],
    ) -> Iterator[PhotoCloud]:
        """What each of these photos gives to the tiles, or to `only` these; it waits for them.
        advance: told of each photo that is done."""

    def tiles(self, jobs: Iterator[TileJob], on_tile: Callable[[TileJob, Tile], None]) -> None:
        """Writes each tile of the points that wait for it; on_tile is told in their order."""


def _given(
    check: CrossCheck,
    photos: Mapping[int, IngestedPhoto],
    photo_id: int,
    parts: Mapping[TileKey, str],
    ratios: tuple[ColourRatio, ...],
) -> PhotoCloud:
    return PhotoCloud(
        photo_id=photo_id,
        inputs_hash=check.inputs_hash(photo_id),
        depth_hash=photos[photo_id].depth_hash,
        samples=check.samples(photo_id),
        parts=parts,
        ratios=ratios,
    )


def _by_tile(
    cloud: PointCloud, site: Site, settings: Settings, only: Collection[TileKey] | None
) -> Iterator[tuple[TileKey, PointCloud]]:
    """What of a photo's points lies in each tile and its margin, or in `only` these."""
    for key, rows in touched(cloud.xyz, site, margin_m(settings)).items():
        if only is None or key in only:
            yield key, cloud.select(rows)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Here:
    """This process, in so many threads. photos, by id, are those that may be asked for."""

    layout: Layout
    settings: Settings
    jobs: int
    photos: Mapping[int, IngestedPhoto]
    poses: Mapping[int, PlacedPose]
    spool: Spool[Part]

    def clouds(
        self,
        check: CrossCheck,
        photo_ids: Sequence[int],
        only: Collection[TileKey] | None,
        advance: Callable[[], None],
    ) -> Iterator[PhotoCloud]:
        """See `TileMaker`."""
        for photo_id, (cloud, ratios) in check.clouds(photo_ids):
            site = self.poses[photo_id].site
            parts = {
                key: self.spool.add((key, site), own)
                for key, own in _by_tile(cloud, site, self.settings, only)
            }
            yield _given(check, self.photos, photo_id, parts, ratios)
            advance()

    def tiles(self, jobs: Iterator[TileJob], on_tile: Callable[[TileJob, Tile], None]) -> None:
        """See `TileMaker`."""
        for job in jobs:
            clouds = {about: self.spool.take((job.key, about)) for about in job.sites}
            keep = partial(_keep_tile, self.layout, job.key)
            on_tile(job, job.written(clouds, self.settings, keep, jobs=self.jobs))


def _keep_tile(layout: Layout, key: TileKey, suffix: str, write: Callable[[Path], str]) -> Artifact:
    return layout.keep(Subfolder.TILES, f"{key}{suffix}", write, rewritten=True)


@contextmanager
def elsewhere(
    layout: Layout,
    settings: Settings,
    jobs: int,
    photos: Mapping[int, IngestedPhoto],
    poses: Mapping[int, PlacedPose],
) -> Iterator[TileMaker]:
    """The engine's workers. What they hand to each other is gone when the block has ended."""
    maker = _Elsewhere(layout, settings, jobs, photos, poses)
    try:
        yield maker
    finally:
        maker.close()


class _Elsewhere:
    """See `elsewhere`."""

    def __init__(
        self,
        layout: Layout,
        settings: Settings,
        jobs: int,
        photos: Mapping[int, IngestedPhoto],
        poses: Mapping[int, PlacedPose],
    ) -> None:
        self._layout, self._settings, self._jobs = layout, settings, jobs
        self._photos, self._poses = photos, poses
        self._pieces: dict[Part, list[_Piece]] = defaultdict(list)
        self._kept: set[Path] = set()

    def close(self) -> None:
        for path in sorted(self._kept):
            with suppress(WorldmapError):  # `gc` removes what cannot be removed now
                self._layout.drop(Subfolder.WORK, path)
        self._kept.clear()

    def clouds(
        self,
        check: CrossCheck,
        photo_ids: Sequence[int],
        only: Collection[TileKey] | None,
        advance: Callable[[], None],
    ) -> Iterator[PhotoCloud]:
        """See `TileMaker`."""
        self._read_samples(check, [i for i in photo_ids if not check.knows_samples(i)])
        found: dict[int, _Points] = {}

        def keep(outcome: Outcome[_Asked, list[_Points]]) -> None:
            for points in outcome.result():
                if points.file is not None:
                    self._kept.add(points.file.path)
                found[points.photo_id] = points
                advance()

        run_each(
            _Crossing(self._layout, self._settings, None if only is None else frozenset(only)),
            self._asked(check, photo_ids),
            jobs=self._jobs,
            least=_WORTH_ASKING,
            on_result=keep,
        )
        for photo_id in photo_ids:
            points, site = found[photo_id], self._poses[photo_id].site
            for piece in points.pieces:
                self._pieces[piece.key, site].append(piece)
            parts = {piece.key: piece.points_hash for piece in points.pieces}
            yield _given(check, self._photos, photo_id, parts, points.ratios)

    def _read_samples(self, check: CrossCheck, photo_ids: Sequence[int]) -> None:
        """Of depth that nobody looked at yet: who is asked about a photo's points depends on it."""

        def keep(outcome: Outcome[IngestedPhoto, NDArray[np.float32]]) -> None:
            check.put_samples(outcome.item.photo_id, outcome.result())

        run_each(
            _Sampling(self._layout),
            [self._photos[i] for i in photo_ids],
            jobs=self._jobs,
            least=_WORTH_ASKING,
            on_result=keep,
        )

    def _asked(self, check: CrossCheck, photo_ids: Sequence[int]) -> list[_Asked]:
        batches = [
            ids[start : start + _TOGETHER]
            for ids in check.by_site(photo_ids).values()
            for start in range(0, len(ids), _TOGETHER)
        ]
        asked = []
        for ids in batches:
            beside = {i: tuple(check.beside(i)) for i in ids}
            concerned = sorted({*ids, *(i for others in beside.values() for i in others)})
            asked.append(
                _Asked(
                    photo_ids=tuple(ids),
                    beside=beside,
                    photos={i: self._photos[i] for i in concerned},
                    poses={i: self._poses[i] for i in concerned},
                    refined={i: told for i in concerned if (told := check.refined(i))},
                )
            )
        return asked

    def tiles(self, jobs: Iterator[TileJob], on_tile: Callable[[TileJob, Tile], None]) -> None:
        """See `TileMaker`."""
        while some := [job for job, _ in zip(jobs, range(_TILES_AT_ONCE), strict=False)]:
            self._some_tiles(some, on_tile)

    def _some_tiles(
        self, jobs: Sequence[TileJob], on_tile: Callable[[TileJob, Tile], None]
    ) -> None:
        place = {job.key: row for row, job in enumerate(jobs)}
        waiting: dict[int, Tile] = {}
        told = 0

        def keep(outcome: Outcome[_Fused, Tile]) -> None:
            nonlocal told
            waiting[place[outcome.item.job.key]] = outcome.result()
            # Rows are written in one order, whoever is done first.
            while told in waiting:
                on_tile(jobs[told], self._adopted(waiting.pop(told)))
                told += 1

        items = [
            _Fused(
                job=job,
                pieces={about: tuple(self._pieces.pop((job.key, about))) for about in job.sites},
            )
            for job in jobs
        ]
        run_each(
            _Fusing(self._layout, self._settings),
            items,
            jobs=self._jobs,
            least=_WORTH_ASKING,
            on_result=keep,
        )

    def _adopted(self, tile: Tile) -> Tile:
        """The tile with its files where tiles lie: only this process puts one in another's place.
        What a machine that was taken for lost still writes does no harm."""
        files = []
        for file in tile.files:
            if file.path.parts[0] == Subfolder.WORK:
                made = self._layout.file(Subfolder.WORK, file.path)
                self._kept.add(file.path)
                _, _, suffix = file.path.name.partition(".")

                def move(place: Path, made: Path = made, said: str = file.content_hash) -> str:
                    try:
                        place.parent.mkdir(parents=True, exist_ok=True)
                        made.replace(place)
                        sync_folder(place.parent)
                    except OSError as error:
                        raise write_error(place, error) from error
                    return said

                kept = _keep_tile(self._layout, tile.key, f".{suffix}", move)
                file = replace(file, path=kept.path)
            files.append(file)
        return replace(tile, files=tuple(files))


# --- what workers do ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sampling:
    layout: Layout

    def __call__(self, photo: IngestedPhoto) -> NDArray[np.float32]:
        return coarse_samples(load_depth(self.layout.depth(photo)), photo.camera)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Asked:
    """Photos whose points are asked for, with all that are asked about them."""

    photo_ids: tuple[int, ...]
    beside: Mapping[int, tuple[int, ...]]
    photos: Mapping[int, IngestedPhoto]
    poses: Mapping[int, PlacedPose]
    refined: Mapping[int, RefinedArtifact]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Piece:
    """A photo's points in a tile: where in the file that has all of the photo's."""

    key: TileKey
    file: Path
    start: int
    length: int
    points_hash: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Points:
    """A photo's points: their file, None where there are none, and what it has for which tile."""

    photo_id: int
    file: Artifact | None
    pieces: tuple[_Piece, ...]
    ratios: tuple[ColourRatio, ...]


@dataclass(frozen=True, slots=True)
class _Crossing:
    """Works out photos' points."""

    layout: Layout
    settings: Settings
    only: frozenset[TileKey] | None

    def __call__(self, asked: _Asked) -> list[_Points]:
        check = CrossCheck(
            self.layout, asked.photos, asked.poses, {}, asked.refined, {}, self.settings, 1
        )
        check.put_beside(asked.beside)
        return [
            self._kept(photo_id, asked.poses[photo_id].site, cloud, ratios)
            for photo_id, (cloud, ratios) in check.clouds(asked.photo_ids)
        ]

    def _kept(
        self, photo_id: int, site: Site, cloud: PointCloud, ratios: tuple[ColourRatio, ...]
    ) -> _Points:
        parts = {
            key: points_as_bytes(own)
            for key, own in _by_tile(cloud, site, self.settings, self.only)
        }
        if not parts:
            return _Points(photo_id=photo_id, file=None, pieces=(), ratios=ratios)
        content = b"".join(parts.values())
        name = f"points-{photo_id}-{points_hash(content)}.bin"
        file = self.layout.keep(Subfolder.WORK, name, lambda path: write_file(path, content))
        pieces, start = [], 0
        for key, own in parts.items():
            pieces.append(
                _Piece(
                    key=key,
                    file=file.path,
                    start=start,
                    length=len(own),
                    points_hash=points_hash(own),
                )
            )
            start += len(own)
        return _Points(photo_id=photo_id, file=file, pieces=tuple(pieces), ratios=ratios)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fused:
    """A tile that is asked for, with the points that it is made of, by what they are about."""

    job: TileJob
    pieces: Mapping[Site, tuple[_Piece, ...]]


@dataclass(frozen=True, slots=True)
class _Fusing:
    """Fuses and writes a tile."""

    layout: Layout
    settings: Settings

    def __call__(self, fused: _Fused) -> Tile:
        clouds = {about: self._read(about, pieces) for about, pieces in fused.pieces.items()}
        return fused.job.written(clouds, self.settings, self._keep(fused.job), jobs=1)

    def _read(self, about: Site, pieces: Sequence[_Piece]) -> PointCloud:
        store, parts = self.layout.store, []
        for piece in pieces:
            self.layout.file(Subfolder.WORK, piece.file)
            own = store.get_range(piece.file.as_posix(), piece.start, piece.length)
            if points_hash(own) != piece.points_hash:
                raise StorageError(
                    "is not what was written", path=piece.file, hint="run the command again"
                )
            parts.append(own)
        return points_of_bytes(b"".join(parts), enu(about))

    def _keep(self, job: TileJob) -> Keep:
        """In a bucket, where each version has a name of its own, a tile is put where it belongs."""
        if self.layout.address is not None:
            return partial(_keep_tile, self.layout, job.key)
        name = f"tile-{job.inputs_hash[:_HASH_DIGITS]}"
        return lambda suffix, write: self.layout.keep(Subfolder.WORK, f"{name}{suffix}", write)
