"""The same page as files, for any web server that answers Range requests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from worldmap.artifact import (
    disk_full,
    folder_written_whole,
    read_error,
    remove_half_written,
    write_file,
    written_whole,
)
from worldmap.errors import DiskFullError, StorageError, UsageError, WorldmapError
from worldmap.rights import NAME as ATTRIBUTION
from worldmap.view.page import MEDIA_TYPES, Basemap, asset, index_html
from worldmap.view.published import DOCUMENT, PublishedMap

_MARK = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: files, their bytes, and what had to be left out, a line each."""

    path: Path
    files: int
    size_bytes: int
    left_out: tuple[str, ...]


def write_site(published: PublishedMap, out: Path, basemap: Basemap | None = None) -> Written:
    """Write page, photos (reduced) and points to the folder `out`: all of it, in place of an
    earlier page, or nothing.

    UsageError where the folder holds something else, LicenceError where the photos' licences do not
    go together, StorageError where it cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("is a file", path=out, hint="--static needs a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise UsageError("holds other files", path=out, hint="--static needs a folder of its own")
    remove_half_written(out)
    try:
        with folder_written_whole(out) as folder:
            return replace(_written(published, folder, basemap), path=out)
    except DiskFullError as error:
        # Only now, with the half page gone, it shows how much is free.
        raise disk_full(out, error.needs_bytes) from error


def _written(published: PublishedMap, out: Path, basemap: Basemap | None) -> Written:
    document, attribution = published.document(), published.attribution()
    made_bytes = copied_bytes = written = 0
    left_out: list[str] = []
    files = {f"assets/{name}": asset(name) for name in MEDIA_TYPES}
    files[DOCUMENT] = document
    files[_MARK] = index_html(published.name, basemap).encode()
    if attribution:
        files[ATTRIBUTION] = attribution.encode()
    try:
        for name, content in files.items():
            made_bytes += len(content)
            write_file(out / name, content)
            written += 1
        for name in published.names():
            try:
                found = published.open(name)
            except StorageError:
                raise
            except WorldmapError as error:
                left_out.append(str(error))
                continue
            if found is None:
                continue
            if found.file is None:
                made_bytes += len(found.content)
                write_file(out / name, found.content)
            elif isinstance(found.file, Path):
                copied_bytes += _copy(found.file, out / name)
            else:
                content = found.whole()
                copied_bytes += len(content)
                write_file(out / name, content)
            written += 1
    except DiskFullError as error:
        raise disk_full(out, made_bytes + published.file_bytes()) from error
    return Written(
        path=out,
        files=written,
        size_bytes=made_bytes + copied_bytes,
        left_out=(*left_out, *published.not_shown),
    )


def _copy(file: Path, to: Path) -> int:
    try:
        size_bytes = file.stat().st_size
    except OSError as error:
        raise read_error(file, error) from error
    with written_whole(to, needs_bytes=size_bytes) as temporary:
        shutil.copyfile(file, temporary)
    return size_bytes
