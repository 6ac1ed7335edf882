"""A store that is a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worldmap.artifact import read_error, sync_folder, temporary_file, write_error, write_file
from worldmap.errors import MissingFileError, StorageError
from worldmap.input_file import open_regular
from worldmap.store.store import Stored


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Files below the folder `root`. See `Store`."""

    root: Path

    def put(self, name: str, content: bytes) -> None:
        """See `Store`. Temporary file, fsync, rename."""
        write_file(self.root / name, content)

    def put_new(self, name: str, content: bytes) -> bool:
        """See `Store`. A link, which the system makes only where nothing has its name."""
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary_file(path) as temporary:
                try:
                    with temporary.open("wb") as file:
                        file.write(content)
                        file.flush()
                        os.fsync(file.fileno())
                    temporary.chmod(0o644)
                    os.link(temporary, path)
                except FileExistsError:
                    return False
                finally:
                    temporary.unlink(missing_ok=True)
            sync_folder(path.parent)
        except OSError as error:
            raise write_error(path, error, needs_bytes=len(content)) from error
        return True

    def get(self, name: str) -> bytes:
        """See `Store`."""
        path = self.root / name
        with _told(path), open_regular(path) as file:
            return file.read()

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """See `Store`."""
        path = self.root / name
        with _told(path), open_regular(path) as file:
            file.seek(start)
            return file.read(length)

    def size_of(self, name: str) -> int | None:
        """See `Store`."""
        path = self.root / name
        try:
            return path.stat().st_size if path.is_file() else None
        except OSError:
            return None

    def delete(self, name: str) -> None:
        """See `Store`."""
        path = self.root / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot be removed: {error.strerror}", path=path) from error

    def names(
        self, folder: str, start: str = "", *, but: Set[str] = frozenset()
    ) -> Iterator[Stored]:
        """See `Store`. Links are listed as themselves; what cannot be read has nothing in it."""
        found: list[Stored] = []
        begin, head = f"{folder}/{start}", len(folder) + 1
        waiting = [folder]
        while waiting:
            at = waiting.pop()
            # All at once: of a folder of many files hardly any is to be looked at.
            with suppress(OSError):
                listed = set(os.listdir(self.root / at))  # noqa: PTH208 - paths take ten times as long
                if at == folder:
                    listed -= but
                names = [f"{at}/{each}" for each in listed]
                waiting += self._looked_at(
                    [name for name in names if name[head:] not in but], begin, found
                )
        yield from sorted(found, key=lambda each: each.name)

    def _looked_at(self, names: list[str], begin: str, found: list[Stored]) -> list[str]:
        """The folders of these names; files that begin so are added to those found."""
        folders = []
        for name in names:
            if not name.startswith(begin) and not begin.startswith(f"{name}/"):
                continue
            try:
                told = os.lstat(self.root / name)
            except OSError:  # it has just gone
                continue
            kind = stat.S_IFMT(told.st_mode)
            if kind == stat.S_IFDIR:
                folders.append(name)
            elif kind in (stat.S_IFREG, stat.S_IFLNK) and name.startswith(begin):
                found.append(Stored.of(name, told))
        return folders


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError("is missing", path=path) from error
    except OSError as error:
        raise read_error(path, error) from error
