"""Photos and authors that must not come into a map (again): `opted-out.txt` in its folder.

One a line: `panoramax:0005086d-...`, a photo of an archive by its name there, or `author Jane Doe`.
Anything behind a # is for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from worldmap.artifact import read_error, write_file
from worldmap.errors import InputError
from worldmap.input_file import decoded, read_at_most

NAME = "opted-out.txt"
_SIZE_LIMIT_BYTES = 64 << 20
_AUTHOR = "author "


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """Photos by `source:id`, and authors, caselessly."""

    photos: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nobody is in it."""
        return not (self.photos or self.authors)

    def contains(self, key: str, author: str) -> bool:
        """Whether a photo of that `source:id`, '' where it is of no archive, and author is."""
        return key in self.photos or author.strip().casefold() in self.authors

    def and_all(self, other: OptedOut) -> OptedOut:
        """These and those."""
        return OptedOut(photos=self.photos | other.photos, authors=self.authors | other.authors)


def read_opted_out(path: Path, *, named: bool = False) -> OptedOut:
    """The list in a file; nobody where there is none, unless the user named it. InputError for a
    named one that is not there, StorageError where it cannot be read."""
    try:
        text = decoded(read_at_most(path, _SIZE_LIMIT_BYTES))
    except FileNotFoundError as error:
        if named:
            raise InputError("does not exist", path=path) from error
        return OptedOut()
    except OSError as error:
        raise read_error(path, error) from error
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    is_author = [line.lower().startswith(_AUTHOR) for line in lines]
    return OptedOut(
        photos=frozenset(
            line for line, author in zip(lines, is_author, strict=True) if line and not author
        ),
        authors=frozenset(
            line[len(_AUTHOR) :].strip().casefold()
            for line, author in zip(lines, is_author, strict=True)
            if author
        )
        - {""},
    )


def opt_out(path: Path, *, photos: Iterable[str], author: str) -> None:
    """Add to the list in a file what is not there yet, safe against a crash. StorageError where it
    cannot be read or written."""
    known = read_opted_out(path)
    lines = sorted(set(photos) - known.photos)
    # A # would end the line for the reader.
    if author.strip().casefold() not in known.authors and "#" not in author:
        lines.append(f"{_AUTHOR}{' '.join(author.split())}")
    if not lines:
        return
    try:
        before = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise read_error(path, error) from error
    if before and not before.endswith(b"\n"):
        before += b"\n"
    write_file(path, before + "".join(f"{line}\n" for line in lines).encode())
