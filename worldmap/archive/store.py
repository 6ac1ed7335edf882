"""The folder that photos are fetched into: each whole or not at all, and each once."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from worldmap.archive.client import Client, ExpiredAddressError
from worldmap.archive.sidecar import sidecar_bytes, sidecar_name
from worldmap.archive.source import Archive
from worldmap.artifact import sync_folder, write_error, write_file
from worldmap.errors import ArchiveError
from worldmap.records import SIDECAR_SUFFIX, ArchivePhoto

# How a file of a kind begins, and how it is called.
_KINDS: Final = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"RIFF", ".webp"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
)
# How it ends; cameras append previews and notes of their own to a JPEG.
_ENDS: Final = {".jpg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}
_TAIL_BYTES: Final = 1 << 16
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A photo's file as it now lies in the folder."""

    path: Path
    size_bytes: int


class FetchFolder:
    """Photos of archives in a folder, with what the archives say of them beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._there = self._names()

    def find(self, photo: ArchivePhoto) -> Path | None:
        """Its file, where it has come whole before."""
        return self._there.get(_stem(photo))

    def fetch(self, client: Client, source: Archive, photo: ArchivePhoto) -> FetchedFile:
        """Download a photo and write its sidecar, which comes last.

        An address that has expired is asked for anew, a file that came broken fetched again from
        its beginning, each once. ArchiveError where the photo is not to be had, StorageError where
        the folder cannot be written.
        """
        part = self.folder / f".{_stem(photo)}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            photo = self._arrived(client, source, photo, part)
            suffix = _suffix(part)
            path = self.folder / f"{_stem(photo)}{suffix}"
            with part.open("rb+") as file:
                content_hash = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
            size_bytes = part.stat().st_size
            part.chmod(0o644)
            part.replace(path)
            sync_folder(self.folder)
        except ArchiveError:
            raise
        except OSError as error:
            raise write_error(part, error) from error
        described = sidecar_bytes(photo, content_hash=content_hash, fetched_at=datetime.now(UTC))
        write_file(self.folder / sidecar_name(path.name), described)
        self._there[_stem(photo)] = path
        return FetchedFile(path=path, size_bytes=size_bytes)

    def _arrived(
        self, client: Client, source: Archive, photo: ArchivePhoto, part: Path
    ) -> ArchivePhoto:
        problem = ""
        for _ in range(2):
            photo = self._downloaded(client, source, photo, part)
            problem = _problem(part, photo)
            if not problem:
                return photo
            part.unlink()
        raise ArchiveError(problem, path=photo.page)

    @staticmethod
    def _downloaded(
        client: Client, source: Archive, photo: ArchivePhoto, part: Path
    ) -> ArchivePhoto:
        for tries_left in (1, 0):
            for address in photo.addresses:
                try:
                    client.download(address, part)
                except ExpiredAddressError:
                    continue
                return photo
            anew = source.again(client, photo) if tries_left else None
            if anew is None:
                break
            photo = anew
        raise ArchiveError("is gone from the archive", path=photo.page)

    def _names(self) -> dict[str, Path]:
        try:
            names = {entry.name for entry in os.scandir(self.folder) if entry.is_file()}
        except OSError:
            return {}
        return {
            Path(name).stem: self.folder / name
            for name in names
            if not name.endswith(SIDECAR_SUFFIX) and sidecar_name(name) in names
        }


def _stem(photo: ArchivePhoto) -> str:
    return f"{photo.source}-{_UNSAFE.sub('_', photo.photo_id)[:_LONGEST_NAME]}"


def _suffix(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(16)
    return next((suffix for begins, suffix in _KINDS if start.startswith(begins)), "")


def _problem(path: Path, photo: ArchivePhoto) -> str:
    """Why a file that has come is not the whole photo; '' where nothing speaks against it."""
    size_bytes = path.stat().st_size if path.exists() else 0
    if not size_bytes:
        return "came empty"
    if photo.sha1:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha1").hexdigest() != photo.sha1:
                return "came as another file than the archive says"
    suffix = _suffix(path)
    if not suffix:
        return "came as no picture"
    end = _ENDS.get(suffix)
    with path.open("rb") as file:
        file.seek(max(0, size_bytes - _TAIL_BYTES))
        if end is not None and end not in file.read():
            return "came without its end"
    return ""
