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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import StorageError, WorldmapError
from worldmap.input_file import open_regular
from worldmap.npy import array_of_npy

# The earliest date a zip entry can carry: the content alone decides the bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
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
    hex. Raises StorageError, in one line, where the folder cannot be written or the disk is full.
    """
    with written_whole(path) as temporary:
        temporary.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """An empty file beside `path` for a library that writes by name: it becomes `path` once the
    block has ended, and is gone where the block raised. As safe as `write_file`, with its errors.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=TEMPORARY_SUFFIX, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except WorldmapError:  # the block's own
        raise
    except OSError as error:
        raise write_error(path, error) from error


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`: it becomes `path`, in place of what was there, once the block
    has ended, and is gone where the block raised. Killed, it leaves the old folder or, between two
    renames, none; `remove_half_written` then clears up. StorageError as in `write_file`."""
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        name = tempfile.mkdtemp(prefix=f".{path.name}.", suffix=TEMPORARY_SUFFIX, dir=path.parent)
        temporary, old = Path(name), Path(name).with_name(f".{path.name}.old{TEMPORARY_SUFFIX}")
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


def remove_half_written(path: Path) -> None:
    """Remove what killed writers of the file or folder `path` left beside it. For what one command
    at a time writes: one that is at work loses its file. StorageError where that fails."""
    path = path.resolve()
    start = f".{path.name}."
    try:
        left = [
            found
            for found in (path.parent.iterdir() if path.parent.is_dir() else ())
            if found.name.startswith(start) and found.name.endswith(TEMPORARY_SUFFIX)
        ]
        for found in left:
            if found.is_dir() and not found.is_symlink():
                shutil.rmtree(found)
            else:
                found.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_error(path: Path, error: OSError) -> StorageError:
    """What is wrong with writing `path`, and what to do."""
    if error.errno == errno.ENOSPC:
        return StorageError(
            "cannot be written: the disk is full",
            path=path,
            hint="free some space and run the command again",
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StorageError(
            "cannot be written: the folder is read-only", path=path, hint="choose another folder"
        )
    return StorageError(f"cannot be written: {error.strerror or error}", path=path)


def read_error(path: Path, error: OSError) -> StorageError:
    """What is wrong with reading `path`."""
    return StorageError(f"cannot be read: {error.strerror or error}", path=path)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> str:
    """Write arrays and a JSON-able header as a compressed .npz that numpy can open.

    The same arrays and header give the same bytes. Returns the SHA-256 in hex; StorageError as in
    `write_file`.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]))
            _add(archive, f"{name}.npy", member.getvalue())
        _add(archive, _META, json.dumps(meta, sort_keys=True).encode())
    return write_file(path, buffer.getvalue())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


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
