"""An opened map."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import worldmap
from worldmap.area import Area, Everywhere
from worldmap.artifact import TEMPORARY_SUFFIX, is_left_over
from worldmap.catalog import CATALOG_NAME
from worldmap.catalog.names import BACKUP_NAMES
from worldmap.errors import (
    CatalogError,
    ConfigError,
    EmptyAreaError,
    PhotoError,
    UnknownPhotoError,
    UsageError,
    WorldmapError,
)
from worldmap.mapfolder.kept_pictures import KeptPictures
from worldmap.mapfolder.layout import COLLECTED, Layout, Subfolder
from worldmap.mapfolder.points import points_in
from worldmap.mapfolder.settings import settings_over
from worldmap.mapfolder.state import MapState
from worldmap.records import Failure, IngestedPhoto, Tile, TilePoints, main_site
from worldmap.store import Stored

if TYPE_CHECKING:
    from worldmap.catalog import Catalog
    from worldmap.config import Settings

_EVERYWHERE = Everywhere()
# What a command's row does not say, as the command does not read it.
_NOT_READ: Final[dict[str, dict[str, Any]]] = {
    "ingest": {
        "registration": {"pairs": True, "solver": True},
        "stereo": True,
        "refine": True,
        "fuse": True,
        "tiles": True,
        "report": True,
    },
    "merge": {"ingest": True, "depth": True, "registration": {"features": True}},
    "remove": {
        "ingest": True,
        "photo": True,
        "depth": True,
        "prior": True,
        "registration": True,
        "stereo": True,
        "refine": True,
        "report": True,
    },
}


_MARKS: Final = "about"
_UNNAMED_FOR: Final = timedelta(days=1)
"""A file's row may come hours after it: when all of a merge's photos have theirs."""


@dataclass(slots=True)
class RunNote:
    """A command that writes to the map, under way; outcome is what its row will say."""

    run_id: int
    outcome: str = "stopped"


class MapFolder:
    """The map in the folder `root`, open: its catalog, and where its files lie. Use as a context
    manager.

    Any method raises CatalogError or StorageError where the map cannot be read or written.
    """

    def __init__(self, root: Path, catalog: Catalog) -> None:
        self.root = root
        self.layout = Layout(root)
        self.catalog = catalog

    @classmethod
    def open(cls, root: Path, *, create: bool = False) -> MapFolder:
        """The map in `root`, whichever database its catalog is in; made where `create` says so and
        there is none.

        Raises CatalogError where there is none, or it is older, newer or foreign; StorageError
        where it cannot be read or made.
        """
        from worldmap.catalog import Catalog

        Layout(root).catalog()
        return cls(root, Catalog.open(root, create=create))

    def close(self) -> None:
        """Give the catalog free."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- what is in it ------------------------------------------------------------------------

    def state(self, area: Area = _EVERYWHERE) -> MapState:
        """The map as it is now; with an area the photos that lie in it, where they were placed or
        else by their tags, and all whose place nobody knows."""
        everything = isinstance(area, Everywhere)
        found = (
            self.catalog.photos()
            if everything
            else self.catalog.photos(area.bounds_deg, include_unpositioned=True)
        )
        photos = {photo.photo_id: photo for photo in found}
        site = self.catalog.site()
        state = MapState(
            site=site,
            photos=photos,
            poses={p.photo_id: p for p in self.catalog.poses(None if everything else photos)},
            reviews=self.catalog.reviews(None if everything else photos),
        )
        if everything:
            return state
        inside = {
            i: photo
            for i, photo in photos.items()
            if (at := state.position_deg(i)) is None or bool(area.contains(*at))
        }
        poses = {i: pose for i, pose in state.poses.items() if i in inside}
        return MapState(
            site=main_site(poses.values()) or site,
            photos=inside,
            poses=poses,
            reviews={i: said for i, said in state.reviews.items() if i in inside},
        )

    def photo(self, name: str) -> IngestedPhoto | Failure:
        """The photo named by its path, the end of its path, or another file with the same content;
        its failure where it could not be ingested.

        Raises UsageError where several photos have that name, InputError where none has.
        """
        path = Path(name)
        found = self.catalog.find_photos(path.absolute())
        if not found and path.is_file():
            same = self._same_content(path)
            found = [] if same is None else [same]
        found = found or self.catalog.find_photos(path)
        if len(found) == 1:
            return found[0]
        if found:
            paths = ", ".join(str(each.metadata.path) for each in found)
            raise UsageError(
                f"{len(found)} photos are called {name}: {paths}", hint="name one by its path"
            )
        failed = [
            failure
            for failure in self.catalog.failures()
            if failure.path == path.absolute()
            or failure.path.parts[-len(path.parts) :] == path.parts
        ]
        if len(failed) == 1:
            return failed[0]
        if failed:
            paths = ", ".join(str(each.path) for each in failed)
            raise UsageError(
                f"{len(failed)} failures are called {name}: {paths}", hint="name one by its path"
            )
        raise UnknownPhotoError(
            f"has no photo {name}", path=self.root, hint="check its name, or ingest it"
        )

    def ingested(self, name: str) -> IngestedPhoto:
        """`photo`, of which InputError says why where it could not be ingested."""
        found = self.photo(name)
        if isinstance(found, Failure):
            raise UnknownPhotoError(
                f"is not in the map {self.root}: {found.reason}", path=found.path
            )
        return found

    def _same_content(self, path: Path) -> IngestedPhoto | None:
        from worldmap.photo import content_hash

        try:
            return self.catalog.find_photo(content_hash(path))
        except PhotoError:
            return None

    def tiles(self, area: Area = _EVERYWHERE) -> list[Tile]:
        """The tiles with points that reach into the area's box, by key."""
        return self.catalog.tiles(None if isinstance(area, Everywhere) else area.bounds_deg)

    def photos_of(self, tiles: Iterable[Tile]) -> list[IngestedPhoto]:
        """The photos that these tiles rest on, by id."""
        wanted = {photo_id for tile in tiles for photo_id in tile.photo_ids}
        return self.catalog.photos_by_id(wanted)

    def points(self, area: Area = _EVERYWHERE, *, epsg: int | None = None) -> TilePoints:
        """All points of the map in an area, in the CRS that most of them are in or in that of
        `epsg`.

        InputError where there is none, UsageError where the CRS cannot be reached exactly.
        """
        found = points_in(self.layout, self.tiles(area), area, epsg)
        if found is None:
            raise self.no_points()
        return found

    def no_points(self) -> EmptyAreaError:
        """That an area has no points, and where some are or what would give some."""
        status = self.catalog.status()
        site = status.site
        if status.points and site is not None:
            around = f"{site.lat_deg:.5f},{site.lon_deg:.5f}"
            hint = f"most of its photos stand around {around} (`--area {around},200`)"
        elif status.placed:
            hint = "`worldmap merge` writes them"
        elif status.unplaced + status.doubtful:
            hint = "no photo of it is placed; `worldmap explain PHOTO` says why"
        else:
            hint = "`worldmap merge` places its photos"
        return EmptyAreaError("has no points in that area", path=self.root, hint=hint)

    def orphans(self) -> list[Stored]:
        """The files of its folders without a row, kept pictures of what tiles were before,
        half-made catalogs and half copies of them, by their names below `root`: what killed runs
        and removed photos leave behind. In a bucket, where nobody sees who is at work, those that
        have been there for a day; CatalogError where none of the files there is the catalog's."""
        if self.layout.address is not None:
            kept = [each for name in COLLECTED for each in self.layout.kept(name)]
            named = self.catalog.artifact_names()
            told = {f"{name}/{each}" for name, names in named for each in names}
            found = self._unnamed(each for each in kept if each.name not in told)
            if kept and len(found) == len(kept):
                raise CatalogError(
                    f"holds {len(kept)} files, of which the catalog {self.catalog.name} names "
                    "none: it may be another map's, and nothing is removed",
                    path=str(self.layout.address),
                    hint="if the map is empty, empty the bucket's folder by other means",
                )
            return [each for each in found if datetime.now(UTC) - each.put_at > _UNNAMED_FOR]
        left: dict[str, list[Stored]] = {}
        # A folder after the other, so that the names of one alone are in memory.
        for name, names in self.catalog.artifact_names():
            if name in left:
                but = {f"{name}/{each}" for each in names}
                left[name] = [each for each in left[name] if each.name not in but]
            elif name in COLLECTED:
                left[name] = list(self.layout.kept(Subfolder(name), but=names))
        left |= {name: list(self.layout.kept(name)) for name in COLLECTED if name not in left}
        found = self._unnamed(each for kept in left.values() for each in kept)
        old = KeptPictures(self.layout).outdated(lambda keys: self.catalog.tiles(keys=keys))
        found += self._stored(self.root / name for name in old)
        half_made = self._stored(
            path
            for name in (f"{CATALOG_NAME}.*", BACKUP_NAMES)
            for path in sorted(self.root.glob(f".{name}{TEMPORARY_SUFFIX}*"))
            if is_left_over(path)
        )
        return sorted(found, key=lambda each: each.name) + half_made

    def _unnamed(self, found: Iterable[Stored]) -> list[Stored]:
        """Those of some files that no row names in another way either."""
        listed = list(found)
        rewritten = self.catalog.rewritten_paths() if listed else set()
        return [each for each in listed if each.name not in rewritten]

    def _stored(self, paths: Iterable[Path]) -> list[Stored]:
        """Those of the folder's own files that are still there."""
        found = []
        for path in paths:
            with suppress(OSError):
                found.append(Stored.of(path.relative_to(self.root).as_posix(), path.lstat()))
        return found

    # --- how it came about --------------------------------------------------------------------

    def run_marks(self, command: str) -> set[str]:
        """What all runs of a command were `about`."""
        told = (json.loads(run.settings_json) for run in self.catalog.runs(command))
        return {str(mark) for each in told for mark in each.get(_MARKS, ())}

    @property
    def settings(self) -> Settings:
        """The map's own settings, over the defaults. ConfigError where they are not valid."""
        return settings_over(self.layout, None)

    @property
    def tile_settings(self) -> Settings:
        """How tiles were made last: `fuse` and `tiles` as the last merge was told, so that they
        stay as they are; the map's own settings where there was none. ConfigError where this
        version does not understand what it was told."""
        from pydantic import ValidationError

        from worldmap.config import Settings

        last = self.catalog.last_run("merge")
        if last is None:
            return self.settings
        told = json.loads(last.settings_json)
        try:
            return Settings.model_validate({k: told[k] for k in ("fuse", "tiles") if k in told})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"had settings in its last merge (by worldmap {last.version}) that this version "
                f"does not understand ({name}: {first['msg']})",
                path=self.root,
                hint="run `worldmap merge` first, or say by --config how tiles are to be written",
            ) from error

    @contextmanager
    def run(
        self,
        command: str,
        settings: Settings,
        *,
        solve_version: int | None = None,
        about: Iterable[str] = (),
    ) -> Iterator[RunNote]:
        """A row about a command while it writes. The caller notes its outcome; an error that stops
        it is noted here, where the disk allows. solve_version: of the solution that it makes.
        about: marks of what it was told to work on, for `run_marks`."""
        told = settings.model_dump(mode="json", exclude=_NOT_READ.get(command))
        if marks := sorted(about):
            told[_MARKS] = marks
        note = RunNote(
            self.catalog.start_run(
                command,
                json.dumps(told, separators=(",", ":")),
                worldmap.__version__,
                solve_version=solve_version,
            )
        )
        try:
            yield note
        except WorldmapError as error:
            note.outcome = str(error)
            raise
        finally:
            # The disk may be full; what stopped the run matters more.
            with suppress(WorldmapError):
                self.catalog.finish_run(note.run_id, note.outcome)
