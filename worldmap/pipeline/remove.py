"""Photos out of the map again, and their tiles without them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from worldmap.config import Settings
from worldmap.errors import UnknownPhotoError
from worldmap.fuse import FARTHEST_M
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder, changing
from worldmap.mapfolder.optout import NAME as OPTED_OUT
from worldmap.mapfolder.optout import opt_out
from worldmap.records import IngestedPhoto
from worldmap.rights import told
from worldmap.stages.attribution import update_attribution
from worldmap.stages.local import drop_local_maps_of
from worldmap.stages.reach import Change, box_about_deg
from worldmap.stages.tiles import TileUpdate, update_tiles
from worldmap.stages.work import Work

# Photos that are not placed are in no tile.
_NOWHERE_DEG = (0.0, 90.0, 0.0, 90.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSummary:
    """The photos that left the map, by path, names of those that the same command had taken out
    before, and how many tiles were written or dropped."""

    photos: tuple[Path, ...]
    gone_before: tuple[str, ...]
    tiles_written: int
    tiles_dropped: int


def remove(
    map_dir: Path,
    names: Sequence[str],
    settings: Settings | None = None,
    listener: Listener | None = None,
    *,
    author: str | None = None,
    jobs: int | None = None,
) -> RemoveSummary:
    """Take photos out of the map, each named by its path or the end of it, and bring the tiles that
    they were in up to date. The others stay where they are until the next merge; the photos' own
    files are left alone, those in the map's folder to `collect_orphans`.

    The photos leave the catalog last, all at once: where the command is killed before, they are
    there to be named again, and a merge puts back what the tiles lost of them. Where it was killed
    after that, or is simply said once more, there is nothing left to do for these names.

    author: all photos of that author too, caselessly; they and their author then stand in the map's
    list of those who opted out, which `fetch` and `ingest` keep to.

    settings: those of the last merge where they are not given. Raises InputError where one of the
    photos is not in the map and was never named here, UsageError where several are called so,
    ConfigError where this version does not understand the last merge's settings, and nothing is
    removed; CatalogError or StorageError where the map cannot be read or written.
    """
    with MapFolder.open(map_dir) as folder:
        chosen, gone = _chosen(folder, names)
        if author is not None:
            theirs = {photo.photo_id: photo for photo in folder.catalog.photos_by_author(author)}
            # Before they go: killed in between, the list is there.
            keys = (told(photo.metadata, "archived as") for photo in theirs.values())
            opt_out(folder.root / OPTED_OUT, photos=filter(None, keys), author=author)
            folder.layout.share(folder.root / OPTED_OUT)
            chosen |= theirs
        if not chosen:
            return RemoveSummary(photos=(), gone_before=gone, tiles_written=0, tiles_dropped=0)
        settings = settings or folder.tile_settings
        change = Change.of(folder.catalog, folder.catalog.poses(list(chosen)))
        listener = listener or Silence()
        with (
            _held(folder, change, chosen.values(), listener),
            folder.run("remove", settings, about=map(_mark, names)) as run,
        ):
            work = Work.begun(folder, run, settings, listener, jobs)
            written = dropped = 0
            update = TileUpdate(tiles=(), written=(), dropped=())
            if len(change):
                update = update_tiles(work, near=change, without=chosen)
                written, dropped = len(update.written), len(update.dropped)
            drop_local_maps_of(folder, chosen)
            stale = folder.catalog.delete_photos(chosen)
            if stale and len(change):  # a merge came in between and put the photos back
                update = update_tiles(work, near=change)
            update_attribution(folder, update, whole=False)
            run.outcome = f"{len(chosen)} removed"
    return RemoveSummary(
        photos=tuple(sorted(photo.metadata.path for photo in chosen.values())),
        gone_before=gone,
        tiles_written=written,
        tiles_dropped=dropped,
    )


def _held(
    folder: MapFolder, change: Change, photos: Iterable[IngestedPhoto], listener: Listener
) -> AbstractContextManager[None]:
    """Nobody else changes what is around these photos; where some have no position, nor the local
    maps."""
    nowhere = any(not photo.prior.has_position for photo in photos)
    part = box_about_deg(change.places_deg, 2 * FARTHEST_M) if len(change) else _NOWHERE_DEG
    return changing(folder.catalog, folder.root, part, listener.note, nowhere=nowhere)


def _chosen(
    folder: MapFolder, names: Sequence[str]
) -> tuple[dict[int, IngestedPhoto], tuple[str, ...]]:
    """The photos of these names by id, and names of which this command has taken the photo out
    before."""
    chosen: dict[int, IngestedPhoto] = {}
    gone: list[str] = []
    for name in names:
        try:
            photo = folder.ingested(name)
        except UnknownPhotoError:
            if _mark(name) not in folder.run_marks("remove"):
                raise
            gone.append(name)
        else:
            chosen[photo.photo_id] = photo
    return chosen, tuple(gone)


def _mark(name: str) -> str:
    """What the catalog keeps of a name, which may be what its photo was removed for."""
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
