"""Where in a map's folder what lies, and the one door to it.

A catalog may come from anybody, and a path in one of its rows may lead anywhere. Whoever wants a
file that a row names asks here; nothing else in the program joins a path from a row.

A map in a bucket has a folder on each machine that works on it. There what rows name lies as copies
of what is in the bucket, and whatever else belongs to the map (`shared` files) beside them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worldmap.catalog import CATALOG_NAME
from worldmap.catalog.names import POINTER_NAME
from worldmap.errors import CatalogError, NoDepthYetError, StorageError
from worldmap.input_file import require_no_other_kind
from worldmap.store import BucketAddress

if TYPE_CHECKING:
    from worldmap.records import Artifact, IngestedPhoto, RefinedArtifact, TileArtifact
    from worldmap.store import Copies, Store, Stored, StoredFile

SETTINGS_NAME = "settings.yaml"
LOCAL_NAME = "local"
_HASH_DIGITS: Final = 16


class Subfolder(StrEnum):
    """The folders of a map; rows name files of the first four. `work` is for what workers hand to
    each other while a command runs."""

    DEPTH = "depth"
    FEATURES = "features"
    REFINED = "refined"
    TILES = "tiles"
    REPORT = "report"
    CACHE = "cache"
    WORK = "work"


ARTIFACTS = (Subfolder.DEPTH, Subfolder.FEATURES, Subfolder.REFINED, Subfolder.TILES)
"""Where the files lie that rows name."""

COLLECTED = (*ARTIFACTS, Subfolder.WORK)
"""Where every file goes that no row names."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the map in the folder `root`.

    Every method raises CatalogError where the way leads out of the map, by the path itself or by a
    symbolic link on it, and StorageError where a named pipe or the like is in the place of a file,
    or the map is in a bucket that cannot be reached; whether the file is there is for its reader to
    see. Paths begin with `root` as it was given. address: of the bucket that keeps the map's files,
    where one does.
    """

    root: Path
    address: BucketAddress | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", BucketAddress.of_folder(self.root))

    def depth(self, photo: IngestedPhoto) -> Path:
        """A photo's depth map. NoDepthYetError where it has none."""
        if photo.depth is None:
            raise NoDepthYetError(
                "has no depth yet",
                path=photo.metadata.path,
                hint="ingest it again with depth beside it, or with a network's weights here "
                "(`worldmap models list`)",
            )
        return self.stored(Subfolder.DEPTH, photo.depth.path, photo.depth.content_hash)

    def features(self, photo: IngestedPhoto) -> Path:
        """A photo's features."""
        return self.stored(Subfolder.FEATURES, photo.features.path, photo.features.content_hash)

    def refined(self, refined: RefinedArtifact) -> Path:
        """A photo's depth after its neighbours were asked."""
        return self.stored(Subfolder.REFINED, refined.path, refined.content_hash)

    def tile(self, file: TileArtifact) -> Path:
        """One of a tile's files."""
        return self.stored(Subfolder.TILES, file.path, file.content_hash)

    def tile_in_parts(self, file: TileArtifact) -> Path | StoredFile:
        """The same, to be read in parts where it lies."""
        return self.in_parts(Subfolder.TILES, file.path)

    @property
    def title(self) -> str:
        """What the map is called."""
        if self.address is not None:
            return self.address.prefix.rpartition("/")[2]
        return self.root.absolute().name

    @property
    def seen_by_all(self) -> Path | None:
        """The folder that machines have to see which work on the map; None where all of it is in a
        bucket."""
        return self.root if self.address is None else None

    # --- what is kept ---------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """What keeps the files that rows name."""
        from worldmap.store import BucketStore, FolderStore

        return FolderStore(self.root) if self.address is None else BucketStore(self.address)

    def stored(self, subfolder: Subfolder, path: Path, content_hash: str = "") -> Path:
        """A file that is kept, to be read now. content_hash: SHA-256 in hex of the content that its
        row names; '' where its name tells all that it is made of."""
        found = self.file(subfolder, path)
        if self.address is None:
            return found
        return self._copies.file(self._name(subfolder, path), content_hash)

    def in_parts(self, subfolder: Subfolder, path: Path) -> Path | StoredFile:
        """A file that is kept, where it lies."""
        from worldmap.store import StoredFile

        found = self.file(subfolder, path)
        if self.address is None:
            return found
        return StoredFile(self.store, self._name(subfolder, path))

    def href(self, file: TileArtifact) -> Path | str:
        """Where other programs find one of a tile's files: its path, or its URL in a bucket."""
        found = self.file(Subfolder.TILES, file.path)
        return found if self.address is None else f"{self.address}/{file.path.as_posix()}"

    def is_there(self, subfolder: Subfolder, path: Path) -> bool:
        """Whether a file is kept; nothing is read."""
        return self._size(subfolder, path) is not None

    def size_bytes(self, subfolder: Subfolder, path: Path) -> int:
        """How large a file is that is kept; StorageError where it is not there."""
        size = self._size(subfolder, path)
        if size is None:
            raise StorageError("is missing", path=self.root / path, hint="run merge again")
        return size

    def _size(self, subfolder: Subfolder, path: Path) -> int | None:
        self.file(subfolder, path)
        return self.store.size_of(self._name(subfolder, path))

    def named(self, subfolder: Subfolder, start: str) -> list[Path]:
        """The files whose name begins so, relative to the map, by name."""
        return [Path(each.name) for each in self.store.names(subfolder, start)]

    def kept(self, subfolder: Subfolder, *, but: Set[str] = frozenset()) -> Iterator[Stored]:
        """The files that are kept there, whoever names them, but for these, which are called so
        inside it."""
        self.folder(subfolder)
        return self.store.names(subfolder, but=but)

    def keep(
        self,
        subfolder: Subfolder,
        name: str,
        write: Callable[[Path], str],
        *,
        rewritten: bool = False,
    ) -> Artifact:
        """Keep what `write` writes to a path, of which it gives the SHA-256 in hex, before its row
        is written. rewritten: the name may be that of a file with other content, which somebody may
        be reading; in a bucket, where that is done part by part, it then gets a name of its own."""
        from worldmap.records import Artifact

        path = Path(subfolder, name)
        place = self.file(subfolder, path)
        if self.address is None:
            return Artifact(path=path, content_hash=write(place))
        copies, store = self._copies, self.store
        with copies.writing(self._name(subfolder, path)) as written:
            content_hash = write(written)
            content = written.read_bytes()
            if rewritten:
                stem, dot, suffix = name.partition(".")
                path = Path(subfolder, f"{stem}-{content_hash[:_HASH_DIGITS]}{dot}{suffix}")
                store.put_new(path.as_posix(), content)
            else:
                store.put(path.as_posix(), content)
            copies.keep(path.as_posix(), content_hash, written)
        return Artifact(path=path, content_hash=content_hash)

    def drop(self, subfolder: Subfolder, path: Path) -> None:
        """Remove a file that is kept, where it is there."""
        self.file(subfolder, path)
        self.store.delete(self._name(subfolder, path))
        if self.address is not None:
            self._copies.drop(path.as_posix())

    @property
    def _copies(self) -> Copies:
        from worldmap.store import Copies

        assert self.address is not None
        # Of this machine, whatever the folder is called where the work was handed out.
        return Copies(self.store, self.address.folder)

    def _name(self, subfolder: Subfolder, path: Path) -> str:
        if self.address is not None and len(path.parts) != 2:
            raise CatalogError(
                f"has a catalog that names {str(path)!r}, which is no file of {subfolder}",
                path=self.root,
                hint="use no map that you do not trust",
            )
        return path.as_posix()

    # --- what else belongs to the map -----------------------------------------------------------

    def share(self, path: Path) -> None:
        """Let other machines have what was just written, or removed, in the folder itself; nothing
        to do where the folder is the map."""
        if self.address is None:
            return
        name = path.relative_to(self.root).as_posix()
        if path.is_file():
            self.store.put(name, path.read_bytes())
        else:
            self.store.delete(name)

    def report(self, name: str) -> Path:
        """A file of the page about the last merge."""
        return self.file(Subfolder.REPORT, Path(Subfolder.REPORT, name))

    def catalog(self) -> Path:
        """The catalog, where it is a file. CatalogError where it is and may not be."""
        if self.address is not None and not (self.root / POINTER_NAME).exists():
            raise CatalogError(
                "is in a bucket, so its catalog has to be in PostgreSQL, where several machines "
                "reach it",
                path=str(self.address),
                hint="name it once with --catalog postgresql://...",
            )
        return _file(self._own(CATALOG_NAME))

    def local(self) -> Path:
        """The folder of maps of photos that could not be placed; it need not be there."""
        return self._own(LOCAL_NAME)

    def settings(self) -> Path:
        """The map's settings."""
        return _file(self._own(SETTINGS_NAME))

    def file(self, subfolder: Subfolder, path: Path) -> Path:
        """The file in that subfolder which a row calls `path`, relative to the map."""
        inside = not path.is_absolute() and len(path.parts) > 1 and ".." not in path.parts
        found = self.root / path
        if not (inside and path.parts[0] == subfolder) or not self._leads_into(found, subfolder):
            raise CatalogError(
                f"has a catalog that names {str(path)!r}, which does not lie in its folder "
                f"{subfolder}: nothing is read or written there",
                path=self.root,
                hint="use no map that you do not trust",
            )
        return _file(found)

    def folder(self, subfolder: Subfolder) -> Path:
        """The subfolder itself; it need not be there."""
        return self._own(subfolder)

    def _own(self, name: str) -> Path:
        found = self.root / name
        if not self._leads_into(found, name):
            raise CatalogError(
                "is a link that leads out of the map: nothing is read or written there",
                path=found,
                hint="put what it leads to in its place",
            )
        return found

    def _leads_into(self, found: Path, name: str) -> bool:
        try:
            # Path.resolve would do as well, but raises where links go round in circles.
            home = Path(os.path.realpath(self.root)) / name
            return Path(os.path.realpath(found)).is_relative_to(home)
        except (OSError, ValueError):  # a NUL in it, names too long
            return False


def _file(found: Path) -> Path:
    try:
        require_no_other_kind(found)
    except OSError as error:
        raise StorageError(
            f"cannot be used: {error.strerror}", path=found, hint="remove it"
        ) from error
    return found
