"""What keeps a map's files has to be able to do this, and no more."""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file that is kept: its name, its size, and when it was put there, by the store's clock."""

    name: str
    size_bytes: int
    put_at: datetime

    @classmethod
    def of(cls, name: str, told: os.stat_result) -> Stored:
        """A file of this machine, as its system tells of it."""
        put_at = datetime.fromtimestamp(told.st_mtime, tz=UTC)
        return cls(name=name, size_bytes=told.st_size, put_at=put_at)


class Store(Protocol):
    """Files by name, `depth/0123.npz`: folders and file names with `/` between them.

    A file is there whole or not at all, whoever puts or reads it at the same time and however that
    ends; of several who put one name the last one's content stays, as one of them gave it. All
    methods raise StorageError, in one line, where the store cannot be reached or refuses; those
    that read also where there is no such file.
    """

    def put(self, name: str, content: bytes) -> None:
        """Keep a file, in place of what had its name."""

    def put_new(self, name: str, content: bytes) -> bool:
        """Keep a file unless one has its name; whether it was kept. Of several at once one is."""

    def get(self, name: str) -> bytes:
        """A file's content."""

    def get_range(self, name: str, start: int, length: int) -> bytes:
        """So many bytes of a file from `start` on, fewer where it ends before."""

    def size_of(self, name: str) -> int | None:
        """A file's size in bytes; None where there is none of that name."""

    def delete(self, name: str) -> None:
        """Remove a file; nothing where there is none of that name."""

    def names(
        self, folder: str, start: str = "", *, but: Set[str] = frozenset()
    ) -> Iterator[Stored]:
        """The files in a folder and those inside it; start: those whose name after the folder's
        begins so; but: those that are not asked for, by their names inside the folder. By
        name."""
