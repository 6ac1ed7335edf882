"""This machine's copies of files in a bucket, for libraries that read files by their paths.

What was read or written last is kept, so many bytes in all; whatever goes is fetched again when it
is asked for.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldmap.artifact import (
    TEMPORARY_SUFFIX,
    remove_oldest,
    temporary_folder,
    write_error,
    write_file,
)
from worldmap.errors import StorageError, WorldmapError
from worldmap.store.address import BucketAddress
from worldmap.store.bucket import BucketStore
from worldmap.store.store import Store

MOST_BYTES: Final = 8 << 30
"""Of one map: what some thousand photos' depth and features take."""
_LIMIT: Final = "WORLDMAP_CACHE_MB"
_FOLDER: Final = "copies"
_KEY_DIGITS: Final = 32
_PARTS: Final = 16
"""Looked over each time a sixteenth of it is new."""


@dataclass(slots=True)
class _New:
    """Bytes that this process has added since copies were last looked over: no end of them before
    it has for the first time."""

    size: float = math.inf


_NEW: Final = _New()


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies, in the folder `root`, of a store's files."""

    store: Store
    root: Path

    def file(self, name: str, content_hash: str = "") -> Path:
        """A copy of the file with this content, by SHA-256 in hex; without it of whatever has the
        name, for names that tell all that their file is made of. The path is there to be read now;
        `present` of it later. Where the store has no such file the path leads nowhere.

        StorageError where the store has another content by that name, or cannot be reached.
        """
        path = self._path(name, content_hash)
        try:
            os.utime(path)
        except FileNotFoundError:
            self._fetch(name, content_hash, path)
        except OSError as error:
            raise write_error(path, error) from error
        return path

    def _fetch(self, name: str, content_hash: str, path: Path) -> None:
        if self.store.size_of(name) is None:
            return
        content = self.store.get(name)
        if content_hash and hashlib.sha256(content).hexdigest() != content_hash:
            raise StorageError(
                "is not what its row in the catalog says (other hash)",
                path=name,
                hint="run the command again if another machine is changing the map, else "
                "`worldmap verify`",
            )
        write_file(path, content)
        self._make_room(len(content))

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path that ends as the name does, for a writer by path; what is written there is gone
        when the block has ended."""
        path = self._path(name, "")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary_folder(path) as temporary:
                try:
                    yield temporary / Path(name).name
                finally:
                    shutil.rmtree(temporary, ignore_errors=True)
        except WorldmapError:
            raise
        except OSError as error:
            raise write_error(path, error) from error

    def keep(self, name: str, content_hash: str, written: Path) -> None:
        """Take what was written, and is in the store by that name now, for its copy."""
        path = self._path(name, content_hash)
        try:
            size = written.stat().st_size
            written.replace(path)
        except OSError as error:
            raise write_error(path, error) from error
        self._make_room(size)

    def drop(self, name: str) -> None:
        """Forget the copy of a file that was asked for by its name alone."""
        self._path(name, "").unlink(missing_ok=True)

    def _path(self, name: str, content_hash: str) -> Path:
        folder, _, file = name.partition("/")
        key = hashlib.sha256(content_hash.encode()).hexdigest()[:_KEY_DIGITS]
        return self.root / _FOLDER / folder / f"{key}-{file}"

    def _make_room(self, added: int) -> None:
        """Remove what was not asked for the longest, where there is more than there may be."""
        most = int(float(os.environ.get(_LIMIT) or MOST_BYTES / 1e6) * 1e6)
        _NEW.size += added
        if _NEW.size < most / _PARTS:
            return
        _NEW.size = 0
        entries = (each for folder in (self.root / _FOLDER).iterdir() for each in folder.iterdir())
        remove_oldest((e for e in entries if not e.name.endswith(TEMPORARY_SUFFIX)), most)


def present(path: Path, store_of: Callable[[BucketAddress], Store] = BucketStore) -> Path:
    """The path of a file, fetched again where it is that of a copy that had to go."""
    if path.exists() or len(path.parents) < 3 or path.parents[1].name != _FOLDER:
        return path
    root = path.parents[2]
    address = BucketAddress.of_folder(root)
    if address is not None:
        name = f"{path.parent.name}/{path.name[_KEY_DIGITS + 1 :]}"
        Copies(store_of(address), root)._fetch(name, "", path)
    return path
