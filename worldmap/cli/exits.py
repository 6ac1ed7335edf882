"""How a command ends: every error becomes one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import typer

from worldmap.console import Console, bug_line
from worldmap.errors import (
    CatalogError,
    ConfigError,
    InputError,
    ModelError,
    PhotoError,
    StorageError,
    UsageError,
    WorldmapError,
)
from worldmap.printable import printable_lines


class ExitCode(IntEnum):
    """Exit codes of the `worldmap` command; docs/commands.md documents them."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    PARTIAL = 4
    STORAGE = 5
    CATALOG = 6
    CONFIG = 7
    MODEL = 8
    OFF = 9
    INTERRUPTED = 130


_CODES: Mapping[type[WorldmapError], ExitCode] = {
    UsageError: ExitCode.USAGE,
    InputError: ExitCode.INPUT,
    PhotoError: ExitCode.INPUT,  # it ends a command only where that has no other photo
    StorageError: ExitCode.STORAGE,
    CatalogError: ExitCode.CATALOG,
    ConfigError: ExitCode.CONFIG,
    ModelError: ExitCode.MODEL,
}
_NOT_WRITTEN = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG})
_NOT_OPENED = frozenset({errno.EACCES, errno.EPERM, errno.EIO})
_BROKEN_PIPE = 141  # what a shell gives a command that SIGPIPE ended


def exit_code_of(error: WorldmapError) -> ExitCode:
    """The exit code of a command that ends with this error."""
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), ExitCode.BUG)


@contextmanager
def one_line_exits(console: Console, *, debug: bool, folder: Path) -> Iterator[None]:
    """Whatever is raised inside becomes one line and an exit code. `folder` is what the command
    works on, for a storage error that names no file."""

    def leave(message: str, code: int) -> typer.Exit:
        if debug:
            print(printable_lines(traceback.format_exc()), file=sys.stderr)
        console.error(message, code)
        return typer.Exit(code)

    try:
        yield
    except typer.Exit:
        raise
    except WorldmapError as error:
        raise leave(str(error), exit_code_of(error)) from error
    except KeyboardInterrupt as error:
        message = "interrupted; what was stored is kept, the same command again goes on from there"
        raise leave(message, ExitCode.INTERRUPTED) from error
    except BrokenPipeError as error:
        # Nobody reads on; without this the interpreter would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_BROKEN_PIPE) from error
    except MemoryError as error:
        raise leave("out of memory; try fewer --jobs or a smaller area", ExitCode.BUG) from error
    except OSError as error:
        line = _storage_line(error, folder)
        if line is None:
            raise leave(bug_line(error), ExitCode.BUG) from error
        raise leave(line, ExitCode.STORAGE) from error
    except Exception as error:
        raise leave(bug_line(error), ExitCode.BUG) from error


def _storage_line(error: OSError, folder: Path) -> str | None:
    """What to say where the storage is at fault; None where it is not."""
    path = Path(error.filename or folder)
    if error.errno in _NOT_WRITTEN:
        from worldmap.artifact import write_error

        return str(write_error(path, error))
    if error.errno in _NOT_OPENED:
        return str(StorageError(f"cannot be read or written: {error.strerror}", path=path))
    return None
