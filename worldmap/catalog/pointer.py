"""Where a map's catalog is that is no file of its folder: one line in a file that is.

So every command finds it by the map's folder alone, once one was told. A folder may come from
anybody, and connecting to a host of somebody else's choice may give it a password: only what this
user named is connected to, which a file of their own, outside the map, remembers.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from worldmap.artifact import write_error, write_file
from worldmap.catalog.connection import postgresql_engine
from worldmap.catalog.names import POINTER_NAME
from worldmap.errors import CatalogError, StorageError
from worldmap.input_file import read_at_most

_LARGEST_BYTES: Final = 1 << 14
_NAMED: Final[set[str]] = set()
"""What was named in this process, for users without a folder of their own."""


def trusted_url(map_dir: Path) -> str | None:
    """`remembered_url`, where this user has named it for this map before (`remember_url`).

    CatalogError where somebody else did; nothing is connected to.
    """
    url = remembered_url(map_dir)
    if url is None or _mark(map_dir, url) in _NAMED | _known_marks():
        return url
    shown = postgresql_engine(url).url.render_as_string(hide_password=True)
    raise CatalogError(
        f"says in {POINTER_NAME} that its catalog is at {shown}, but you never did: nothing was "
        "asked there",
        path=map_dir,
        hint="if you trust that host, name it once with --catalog",
    )


def _mark(map_dir: Path, url: str) -> str:
    """Of a map and its catalog; tells nobody the password."""
    whole = f"{os.path.realpath(map_dir)}\0{url}"
    return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()


def _record() -> Path:
    """The user's own file, a mark a line."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA")
    return Path(base or Path("~/.config").expanduser()) / "worldmap" / "catalogs"


def _known_marks() -> set[str]:
    with suppress(OSError, RuntimeError, UnicodeDecodeError):  # no home, or not readable
        return set(_record().read_text(encoding="ascii").split())
    return set()


def _trust(map_dir: Path, url: str) -> None:
    mark = _mark(map_dir, url)
    _NAMED.add(mark)
    if mark in _known_marks():
        return
    # Who has no home can name the catalog each time.
    with suppress(OSError, RuntimeError):
        record = _record()
        record.parent.mkdir(parents=True, exist_ok=True)
        with record.open("a", encoding="ascii") as file:
            file.write(f"{mark}\n")


def remembered_url(map_dir: Path) -> str | None:
    """The database that the map's folder names; None where its catalog is a file. StorageError
    where that cannot be read."""
    path = map_dir / POINTER_NAME
    try:
        return read_at_most(path, _LARGEST_BYTES).decode().strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise StorageError("cannot be read: it is no UTF-8 text", path=path) from error


def remember_url(map_dir: Path, url: str) -> None:
    """Write down where the map's catalog is, readable for its owner alone (it may hold a password),
    and that this user said so.

    Raises StorageError where the folder cannot be written.
    """
    path = map_dir / POINTER_NAME
    _trust(map_dir, url)
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
