"""Where in a map's folder what lies, and the one door to it.

A catalog may come from anybody, and a path in one of its rows may lead anywhere. Whoever wants a
file that a row names asks here; nothing else in the program joins a path from a row.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from worldmap.catalog import CATALOG_NAME
from worldmap.errors import CatalogError, NoDepthYetError, StorageError
from worldmap.input_file import require_no_other_kind

if TYPE_CHECKING:
    from worldmap.records import IngestedPhoto, RefinedArtifact, TileArtifact

SETTINGS_NAME = "settings.yaml"
LOCAL_NAME = "local"


class Subfolder(StrEnum):
    """The folders of a map; rows name files of the first four."""

    DEPTH = "depth"
    FEATURES = "features"
    REFINED = "refined"
    TILES = "tiles"
    REPORT = "report"
    CACHE = "cache"


ARTIFACTS = (Subfolder.DEPTH, Subfolder.FEATURES, Subfolder.REFINED, Subfolder.TILES)
"""Where the files lie that rows name."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the map in the folder `root`.

    Every method raises CatalogError where the way leads out of the map, by the path itself or by a
    symbolic link on it, and StorageError where a named pipe or the like is in the place of a file;
    whether the file is there is for its reader to see. Paths begin with `root` as it was given.
    """

    root: Path

    def depth(self, photo: IngestedPhoto) -> Path:
        """A photo's depth map. NoDepthYetError where it has none."""
        if photo.depth is None:
            raise NoDepthYetError(
                "has no depth yet",
                path=photo.metadata.path,
                hint="ingest it again with depth beside it, or with a network's weights here "
                "(`worldmap models list`)",
            )
        return self.file(Subfolder.DEPTH, photo.depth.path)

    def features(self, photo: IngestedPhoto) -> Path:
        """A photo's features."""
        return self.file(Subfolder.FEATURES, photo.features.path)

    def refined(self, refined: RefinedArtifact) -> Path:
        """A photo's depth after its neighbours were asked."""
        return self.file(Subfolder.REFINED, refined.path)

    def tile(self, file: TileArtifact) -> Path:
        """One of a tile's files."""
        return self.file(Subfolder.TILES, file.path)

    def report(self, name: str) -> Path:
        """A file of the page about the last merge."""
        return self.file(Subfolder.REPORT, Path(Subfolder.REPORT, name))

    def catalog(self) -> Path:
        """The catalog, where it is a file."""
        return _file(self._own(CATALOG_NAME))

    def local(self) -> Path:
        """The folder of maps of photos that have no position; it need not be there."""
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
