"""The same page as files, for any web server that answers Range requests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from worldmap.artifact import (
    folder_written_whole,
    remove_half_written,
    write_file,
    written_whole,
)
from worldmap.errors import StorageError, UsageError, WorldmapError
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

    UsageError where the folder holds something else, StorageError where it cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise UsageError("is a file", path=out, hint="--static needs a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise UsageError("holds other files", path=out, hint="--static needs a folder of its own")
    remove_half_written(out)
    with folder_written_whole(out) as folder:
        return replace(_written(published, folder, basemap), path=out)


def _written(published: PublishedMap, out: Path, basemap: Basemap | None) -> Written:
    document = published.document()
    size, left_out = 0, []
    files = {f"assets/{name}": asset(name) for name in MEDIA_TYPES}
    files[DOCUMENT] = document
    for name, content in files.items():
        write_file(out / name, content)
        size += len(content)
    written = len(files)
    for name in published.names():
        try:
            size += _write(published, name, out / name)
            written += 1
        except StorageError:
            raise
        except WorldmapError as error:
            left_out.append(str(error))
    page = index_html(published.name, basemap).encode()
    write_file(out / _MARK, page)
    return Written(
        path=out,
        files=written + 1,
        size_bytes=size + len(page),
        left_out=(*left_out, *published.not_shown),
    )


def _write(published: PublishedMap, name: str, to: Path) -> int:
    found = published.open(name)
    if found is None:
        return 0
    if found.file is None:
        write_file(to, found.content)
        return len(found.content)
    with written_whole(to) as temporary:
        shutil.copyfile(found.file, temporary)
    return to.stat().st_size
