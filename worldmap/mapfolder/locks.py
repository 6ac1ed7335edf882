"""Who may do what to a map's files at the same time.

Locks on files beside the catalog, which the system takes back from a process however it ends. The
catalog has its own; these are about the files that rows do not name yet, or no longer.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from worldmap.artifact import write_error
from worldmap.catalog import CATALOG_NAME
from worldmap.errors import CatalogLockedError, WorldmapError
from worldmap.records import LEASE_RENEWED_S, Lease

if TYPE_CHECKING:
    from worldmap.catalog import Catalog

_POLL_S = 0.1
_TURN_S = 0.5


@contextmanager
def adding_files(map_dir: Path) -> Iterator[None]:
    """While files are written whose rows come later; any number of processes at once, but none
    while `removing_files`."""
    with _locked(map_dir, "files", shared=True):
        yield


@contextmanager
def removing_files(map_dir: Path) -> Iterator[None]:
    """While files without a row are removed. CatalogError where somebody is `adding_files`."""
    with _locked(map_dir, "files", shared=False):
        yield


@contextmanager
def making_local_maps(map_dir: Path) -> Iterator[None]:
    """While local maps are made and removed, which one process does after the other: half made ones
    are then those of processes that ended."""
    path = map_dir / f"{CATALOG_NAME}-local.lock"
    with _locked_file(map_dir, path, shared=False, waits=True):
        yield


@contextmanager
def changing(
    catalog: Catalog,
    map_dir: Path,
    bounds_deg: tuple[float, float, float, float] | None,
    note: Callable[[str], None],
    *,
    nowhere: bool,
) -> Iterator[None]:
    """While the photos and tiles of a part of the map are changed: west, south, east, north in
    degrees, or the whole map where that is None; nowhere: photos without any position too.

    Commands about parts that are apart go on at once; others of the same part wait, and note so
    once. The lease is in the catalog. A process that ended without giving it back loses it: at once
    where its lock on a file beside the catalog can be looked at, else when it was not heard of for
    two minutes.
    """
    wanted = Lease(token=uuid.uuid4().hex, bounds_deg=bounds_deg, nowhere=nowhere)
    if catalog.is_read_only:
        yield  # what is tried there says why it cannot be
        return
    with _held_open(map_dir, wanted.token):
        told = False
        while not catalog.take_lease(wanted, lambda token: _is_gone(map_dir, token)):
            if not told:
                note(f"waiting for another command that changes this part of {map_dir}")
                told = True
            time.sleep(_TURN_S)
        over = threading.Event()
        renewing = threading.Thread(
            target=_renew, args=(catalog, wanted.token, over), name="lease", daemon=True
        )
        renewing.start()
        try:
            yield
        finally:
            over.set()
            renewing.join()
            # The disk may be full: then it goes with this process.
            with suppress(WorldmapError):
                catalog.end_lease(wanted.token)


def _renew(catalog: Catalog, token: str, over: threading.Event) -> None:
    while not over.wait(LEASE_RENEWED_S):
        with suppress(WorldmapError):  # the next one may get through
            catalog.renew_lease(token)


@contextmanager
def _held_open(map_dir: Path, token: str) -> Iterator[None]:
    """A file that is locked as long as this process lives, and gone when the block has ended."""
    path = _lease_file(map_dir, token)
    with _locked_file(map_dir, path, shared=False):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _is_gone(map_dir: Path, token: str) -> bool | None:
    """Whether whoever locked the lease's file has ended; None where there is no such file here."""
    try:
        import fcntl
    except ImportError:  # Windows: it shows by what is not renewed
        return None
    path = _lease_file(map_dir, token)
    try:
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        path.unlink(missing_ok=True)
        return True
    finally:
        os.close(handle)


def _lease_file(map_dir: Path, token: str) -> Path:
    # A token of a catalog from somebody is no path.
    name = hashlib.sha256(token.encode()).hexdigest()[:32]
    return map_dir / f"{CATALOG_NAME}-lease-{name}.lock"


@contextmanager
def _locked(map_dir: Path, what: str, *, shared: bool) -> Iterator[None]:
    with _locked_file(map_dir, map_dir / f"{CATALOG_NAME}-{what}.lock", shared=shared):
        yield


@contextmanager
def _locked_file(map_dir: Path, path: Path, *, shared: bool, waits: bool = False) -> Iterator[None]:
    """For an exclusive lock only those wait who say so."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks; there people take care themselves
        yield
        return
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        map_dir.mkdir(parents=True, exist_ok=True)
        # A link in a map that came from somebody must not make files elsewhere.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not shared and not waits:
                    raise CatalogLockedError(
                        "is worked on by another command", path=map_dir, hint="wait for it to end"
                    ) from None
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(handle)
