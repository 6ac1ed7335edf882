"""A store that is a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from contextlib import contextmanager
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
        found, begin = [], f"{folder}/{start}"
        waiting = [folder]
        while waiting:
            at = waiting.pop()
            try:
                entries = list(os.scandir(self.root / at))
            except OSError:
                continue
            for entry in entries:
                name = f"{at}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name)
                elif name in but or not name.startswith(begin):
                    continue
                elif entry.is_symlink() or entry.is_file():
                    found.append((name, entry))
        for name, entry in sorted(found, key=lambda each: each[0]):
            try:
                told = entry.stat(follow_symlinks=False)
            except OSError:  # it has just gone
                continue
            yield Stored.of(name, told)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError("is missing", path=path) from error
    except OSError as error:
        raise read_error(path, error) from error
