"""Who may do what to a map's files at the same time.

Locks on files beside the catalog, which the system takes back from a process however it ends. The
catalog has its own; these are about the files that rows do not name yet, or no longer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from worldmap.artifact import write_error
from worldmap.catalog import CATALOG_NAME
from worldmap.errors import CatalogLockedError

_POLL_S = 0.1


@contextmanager
def adding_files(map_dir: Path) -> Iterator[None]:
    """While files are written whose rows come later; any number of processes at once, but none
    while `removing_files`."""
    with _locked(map_dir, "files", shared=True, note=None):
        yield


@contextmanager
def removing_files(map_dir: Path) -> Iterator[None]:
    """While files without a row are removed. CatalogError where somebody is `adding_files`."""
    with _locked(map_dir, "files", shared=False, note=None):
        yield


@contextmanager
def writing_tiles(map_dir: Path, note: Callable[[str], None]) -> Iterator[None]:
    """While tiles are brought up to date: one process at a time; others wait, and note so once."""
    with _locked(map_dir, "tiles", shared=False, note=note):
        yield


@contextmanager
def _locked(
    map_dir: Path, what: str, *, shared: bool, note: Callable[[str], None] | None
) -> Iterator[None]:
    """Without a `note` nobody waits for an exclusive lock."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks; there people take care themselves
        yield
        return
    path = map_dir / f"{CATALOG_NAME}-{what}.lock"
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        map_dir.mkdir(parents=True, exist_ok=True)
        # A link in a map that came from somebody must not make files elsewhere.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        told = False
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if note is None and not shared:
                    raise CatalogLockedError(
                        "is worked on by another command", path=map_dir, hint="wait for it to end"
                    ) from None
            if note is not None and not told:
                note(f"waiting for another command that writes tiles of {map_dir}")
                told = True
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(handle)
