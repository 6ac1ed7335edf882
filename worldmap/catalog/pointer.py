"""Where a map's catalog is that is no file of its folder: one line in a file that is.

So every command finds it by the map's folder alone, once one was told.
"""

from __future__ import annotations

from pathlib import Path

from worldmap.artifact import write_error, write_file
from worldmap.catalog.connection import postgresql_engine
from worldmap.catalog.names import POINTER_NAME
from worldmap.errors import CatalogError, StorageError


def remembered_url(map_dir: Path) -> str | None:
    """The database that the map's folder names; None where its catalog is a file. StorageError
    where that cannot be read."""
    path = map_dir / POINTER_NAME
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"cannot be read: {error}", path=path) from error


def remember_url(map_dir: Path, url: str) -> None:
    """Write down where the map's catalog is, readable for its owner alone (it may hold a password).

    Raises StorageError where the folder cannot be written.
    """
    path = map_dir / POINTER_NAME
    if remembered_url(map_dir) == url:
        return
    write_file(path, f"{url}\n".encode())
    try:
        path.chmod(0o600)
    except OSError as error:
        raise write_error(path, error) from error


def require_same_url(map_dir: Path, url: str, file_name: str) -> None:
    """Raises CatalogError where the map has another catalog than the one at `url` already."""
    known = remembered_url(map_dir)
    if known is not None and known != url:
        shown = postgresql_engine(known).url.render_as_string(hide_password=True)
        raise CatalogError(
            f"has its catalog at {shown}",
            path=map_dir,
            hint=f"remove {map_dir / POINTER_NAME} to name another",
        )
    if known is None and (map_dir / file_name).exists():
        raise CatalogError(
            f"has its catalog in {file_name} already",
            path=map_dir,
            hint="choose another folder with --map",
        )
