"""A file in a store, read where it is, part by part."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from worldmap.errors import MissingFileError
from worldmap.store.store import Store

_PART_BYTES = 16 << 20
_AHEAD_BYTES = 1 << 16
"""What is read at once at least: the head of a tile has some kilobytes."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One of a store's files, by name."""

    store: Store
    name: str

    @property
    def size_bytes(self) -> int:
        """StorageError where it is gone."""
        size = self.store.size_of(self.name)
        if size is None:
            raise MissingFileError("is missing", path=self.name)
        return size

    def content_hash(self) -> str:
        """SHA-256 of it in hex, of what is there now. StorageError where it is gone."""
        digest, size = hashlib.sha256(), self.size_bytes
        for start in range(0, size, _PART_BYTES):
            digest.update(self.part(start, min(_PART_BYTES, size - start)))
        return digest.hexdigest()

    def part(self, start: int, length: int) -> bytes:
        """So many bytes of it from `start` on."""
        return self.store.get_range(self.name, start, length)

    def open(self) -> io.BufferedReader:
        """It for reading, of which only what is asked for is fetched. StorageError where it is
        gone."""
        return io.BufferedReader(_Ranges(self), _AHEAD_BYTES)


class _Ranges(io.RawIOBase):
    def __init__(self, file: StoredFile) -> None:
        super().__init__()
        self._file, self._size, self._at = file, file.size_bytes, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        content = self._file.part(self._at, length)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
