"""Files of a map: written whole or not at all, the same bytes for the same content."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import DiskFullError, StorageError, WorldmapError
from worldmap.input_file import open_regular
from worldmap.npy import array_of_npy
from worldmap.zip_archive import Member, Packing, archive_of

_META = "meta.json"
TEMPORARY_SUFFIX = ".tmp"
"""What a file is called at its end before it is whole."""
# What zipfile, zlib, json and numpy raise where bytes are wrong; RuntimeError and
# NotImplementedError are zipfile's words for an entry that claims a password or a strange method.
_DAMAGE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    RecursionError,
    MemoryError,
)
_MOST_ENTRIES = 64
_MOST_BYTES = 1 << 30  # a depth map with all that belongs to it takes 12 bytes a pixel
_MOST_META_BYTES = 1 << 20


def write_file(path: Path, content: bytes) -> str:
    """Write `content` to `path` so that a crash leaves the old file or the new one, never a part.

    Temporary file in the same folder, fsync, rename, fsync of the folder. Returns the SHA-256 in
    hex. Raises StorageError, in one line, where the folder cannot be written, DiskFullError where
    the disk is full.
    """
    with written_whole(path, needs_bytes=len(content)) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


@contextmanager
def written_whole(path: Path, *, needs_bytes: int | None = None) -> Iterator[Path]:
    """An empty file beside `path` for a library that writes by name: it becomes `path` once the
    block has ended, and is gone where the block raised. As safe as `write_file`, with its errors;
    needs_bytes: how large it will be, where that is known."""
    came_to = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(path) as temporary:
            try:
                yield temporary
                with temporary.open("rb+") as file:
                    os.fsync(file.fileno())
                temporary.chmod(0o644)
                temporary.replace(path)
            except BaseException:
                with suppress(OSError):
                    came_to = temporary.stat().st_size
                temporary.unlink(missing_ok=True)
                raise
        sync_folder(path.parent)
    except WorldmapError:  # the block's own
        raise
    except OSError as error:
        raise write_error(path, error, needs_bytes=needs_bytes or came_to) from error


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`: it becomes `path`, in place of what was there, once the block
    has ended, and is gone where the block raised. Killed, it leaves the old folder or, between two
    renames, none; `remove_half_written` then clears up. Errors as in `write_file`."""
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(path) as temporary:
            old = temporary.with_name(f".{path.name}.old{TEMPORARY_SUFFIX}")
            try:
                yield temporary
                temporary.chmod(0o755)
                if path.exists():
                    path.rename(old)
                temporary.rename(path)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
        sync_folder(path.parent)
    except WorldmapError:  # the block's own
        raise
    except OSError as error:
        raise write_error(path, error) from error


@contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path` under a name of its own, which `remove_half_written` leaves alone
    while the block lasts. What becomes of it is the block's. OSError."""

    def made() -> Path:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=TEMPORARY_SUFFIX, dir=path.parent
        )
        os.close(handle)
        return Path(name)

    with _at_work(made) as temporary:
        yield temporary


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """The same with an empty folder."""

    def made() -> Path:
        start = f".{path.name}."
        return Path(tempfile.mkdtemp(prefix=start, suffix=TEMPORARY_SUFFIX, dir=path.parent))

    with _at_work(made) as temporary:
        yield temporary


@contextmanager
def _at_work(make: Callable[[], Path]) -> Iterator[Path]:
    """What `make` makes, locked: so others can tell it from what a killed writer left."""
    while True:
        made = make()
        with _locked(made) as is_ours:
            # In between, somebody who clears up may have taken it for such a remainder.
            if is_ours and made.exists():
                yield made
                return


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether nobody else has this file or folder locked; it is then, until the block ends or this
    process does, however it ends. Where the system has no such locks: as if it were."""
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (ImportError, OSError):
        yield True
        return
    try:
        is_ours = True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_ours = False
        except OSError:  # a file system without locks
            pass
        yield is_ours
    finally:
        os.close(handle)


def remove_half_written(path: Path) -> None:
    """Remove what killed writers of the file or folder `path` left beside it, but not what one is
    at work on. StorageError where that fails."""
    path = path.resolve()
    start = f".{path.name}."
    try:
        left = [
            found
            for found in (path.parent.iterdir() if path.parent.is_dir() else ())
            if found.name.startswith(start) and found.name.endswith(TEMPORARY_SUFFIX)
        ]
        for found in left:
            remove_left_over(found)
    except OSError as error:
        raise write_error(path, error) from error


def remove_left_over(temporary: Path) -> bool:
    """Remove a temporary file or folder unless its writer is at work; whether it is gone. OSError
    where it cannot be removed."""
    with _locked(temporary) as is_left_over:
        if not is_left_over:
            return False
        if temporary.is_dir() and not temporary.is_symlink():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)
    return True


def is_left_over(temporary: Path) -> bool:
    """Whether the writer of a temporary file or folder has ended without it."""
    with _locked(temporary) as is_left_over:
        return is_left_over


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_error(path: Path, error: OSError, *, needs_bytes: int | None = None) -> StorageError:
    """What is wrong with writing `path`, and what to do; needs_bytes: at least its size, where that
    is known."""
    if error.errno in _FULL:
        return disk_full(path, needs_bytes, what=_FULL[error.errno])
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StorageError(
            "cannot be written: the folder is read-only", path=path, hint="choose another folder"
        )
    return StorageError(f"cannot be written: {error.strerror or error}", path=path)


_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota on the disk is used up",
}


def disk_full(
    path: Path,
    needs_bytes: int | None,
    *,
    what: str = _FULL[errno.ENOSPC],
    how_sure: str = "at least",
) -> DiskFullError:
    """That there was no room for `path`, which takes needs_bytes (None: nobody knows)."""
    folder, free_bytes = path.parent, free_bytes_of(path)
    needed = f", {how_sure} {needs_bytes:,} bytes are needed" if needs_bytes else ""
    return DiskFullError(
        f"cannot be written: {what} ({folder} has {free_bytes:,} bytes free{needed})",
        path=path,
        hint="free some space and run the command again",
        needs_bytes=needs_bytes,
        free_bytes=free_bytes,
    )


def free_bytes_of(path: Path) -> int:
    """What is free for this user where `path` is, or will be; 0 where nobody can tell."""
    for folder in path.absolute().parents:
        with suppress(OSError):
            return shutil.disk_usage(folder).free
    return 0


def read_error(path: Path, error: OSError) -> StorageError:
    """What is wrong with reading `path`."""
    return StorageError(f"cannot be read: {error.strerror or error}", path=path)


def write_arrays(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    meta: Mapping[str, Any],
    *,
    stored: Collection[str] = (),
) -> str:
    """Write arrays and a JSON-able header as a compressed .npz that numpy can open. stored: names
    of those that are compressed already.

    The same arrays and header give the same bytes. Returns the SHA-256 in hex; StorageError as in
    `write_file`.
    """
    members = [
        Member(
            name=f"{name}.npy",
            content=_npy(arrays[name]),
            packing=Packing.NONE if name in stored else _packing(arrays[name]),
        )
        for name in sorted(arrays)
    ]
    header = Member(name=_META, content=json.dumps(meta, sort_keys=True).encode())
    return write_file(path, archive_of([*members, header]))


def _npy(array: NDArray[Any]) -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array(content, np.ascontiguousarray(array))
    return content.getvalue()


def _packing(array: NDArray[Any]) -> Packing:
    """Grids of bytes are what is left of depth, classes of pixels or descriptors; a row of bytes
    may be a text."""
    return Packing.RUNS if array.dtype == np.uint8 and array.ndim > 1 else Packing.WORDS


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """What `write_arrays` wrote, read-only. Raises StorageError where the file is missing, damaged
    or claims more than a map's files hold: nothing is unpacked before its size is looked at."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            claimed = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_ENTRIES or claimed > _MOST_BYTES:
                raise ValueError(f"{len(entries)} entries of {claimed} bytes in all are too much")
            if archive.getinfo(_META).file_size > _MOST_META_BYTES:
                raise ValueError("its header is too long")
            meta: dict[str, Any] = json.loads(archive.read(_META))
            if not isinstance(meta, dict):
                raise ValueError("its header is no object")
            # Whole members at once, so that their checksums are looked at.
            arrays = {
                entry.filename[:-4]: array_of_npy(archive.read(entry))
                for entry in entries
                if entry.filename.endswith(".npy")
            }
    except FileNotFoundError as error:
        raise StorageError("is missing", path=path, hint="ingest its photo again") from error
    except _DAMAGE as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and ingest again"
        ) from error
    return arrays, meta


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def remove_oldest(files: Iterable[Path], most_bytes: float) -> None:
    """Remove of these files those that were written or touched the longest ago, until the others
    come to no more than that. One that is gone, or whose folder is, is none. OSError where one
    cannot be removed."""
    found = []
    for path in files:
        with suppress(OSError):
            told = path.lstat()
            found.append((told.st_mtime_ns, told.st_size, path))
    left = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if left <= most_bytes:
            return
        path.unlink(missing_ok=True)
        left -= size
