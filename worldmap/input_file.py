"""Files that somebody gave us: opened only where they are files, read no further than expected.

A name like `a.jpg` may belong to a named pipe, which is waited on for ever, or be a link to a
device that has no end.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from worldmap.errors import InputError, MissingPathError, WorldmapError

_OTHER_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: Path) -> BufferedReader:
    """`path` opened for reading. OSError, whose strerror says what it is, for anything that is no
    regular file (links are followed)."""
    # Asked before it is opened, because opening a device may do something; and again, because what
    # bears the name may have changed in between.
    _require_regular(path, path.stat().st_mode)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        _require_regular(path, os.fstat(handle).st_mode)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def require_no_other_kind(path: Path) -> None:
    """OSError, whose strerror says what it is, where `path` is there and no regular file: what
    opens a file by its name would wait for ever, or go on without end."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # for whoever opens it to tell
    _require_regular(path, mode)


def _require_regular(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((word for test, word in _OTHER_KINDS if test(mode)), "something else")
    raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))


def read_at_most(path: Path, limit_bytes: int) -> bytes:
    """The whole content of a regular file. OSError, whose strerror says so, where it is no regular
    file or longer than `limit_bytes`."""
    with open_regular(path) as file:
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        what = f"it is larger than {limit_bytes / (1 << 20):g} MiB"
        raise OSError(errno.EFBIG, what, str(path))
    return content


def read_named(path: Path, limit_bytes: int, error: type[WorldmapError]) -> bytes:
    """The whole content of a file that a user named, as `read_at_most`; MissingPathError, in one
    line, where it is not there, and the `error` where it cannot be read."""
    try:
        return read_at_most(path, limit_bytes)
    except FileNotFoundError as missing:
        raise MissingPathError("does not exist", path=path) from missing
    except OSError as unreadable:
        raise error(f"cannot be read: {unreadable.strerror}", path=path) from unreadable


@contextmanager
def refused_as(path: Path, problem: str) -> Iterator[None]:
    """Where a file of others is decoded: whatever a decoder raises of it becomes an InputError with
    the problem and why, what is said in worldmap's own words already stays."""
    try:
        yield
    except WorldmapError:
        raise
    except FileNotFoundError as error:
        raise InputError("does not exist", path=path) from error
    except MemoryError as error:  # a damaged size: whole files fit into what readers may have
        raise InputError(f"{problem}: it asks for absurd memory", path=path) from error
    except Exception as error:  # decoders raise almost anything on damaged files
        detail = " ".join(str(error).split())[:160] or type(error).__name__
        raise InputError(f"{problem}: {detail}", path=path) from error


def json_at_most(path: Path, limit_bytes: int) -> tuple[Any, str]:
    """What a file of JSON holds, and why it cannot be read, to be said after its name, else ''."""
    try:
        return json.loads(read_at_most(path, limit_bytes).decode("utf-8-sig")), ""
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError):
        return None, "is not valid JSON"


def json_number(value: object) -> float:
    """The number that a value out of JSON is, or that its text says; NaN where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def hash_at_most(path: Path, limit_bytes: int) -> bytes:
    """SHA-256 (32 bytes) of what a reader with that limit can see of a file: its content, of a
    longer one its beginning and its length. OSError as in `open_regular`."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        left = limit_bytes
        while left and (chunk := file.read(min(left, 1 << 20))):
            digest.update(chunk)
            left -= len(chunk)
        size = os.fstat(file.fileno()).st_size
    if size > limit_bytes:
        digest.update(size.to_bytes(8, "big"))
    return digest.digest()


def real_path(path: Path) -> Path:
    """Where links lead; the absolute path itself where they lead round in circles."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def decoded(data: bytes) -> str:
    """The text of a file whose encoding nobody tells: Unicode by its mark, UTF-8 where it is that,
    else Windows' and Excel's western one (CP1252), which every byte is text in."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    # UTF-16 without its mark: a text of letters that everybody has, each with a zero beside it.
    if data[1:2] == b"\0" or data[:1] == b"\0":
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def number_in(cell: str) -> float:
    """The number in a cell of a table; NaN where there is none."""
    plain = cell.strip().strip('"')
    try:
        # A comma that is left in a cell is a decimal one.
        return float(plain.replace(",", ".") if plain.count(",") == 1 else plain)
    except ValueError:
        return math.nan
