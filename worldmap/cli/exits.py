"""How a command ends: every error becomes one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from worldmap.console import Console, bug_line
from worldmap.errors import ExitCode, WorldmapError
from worldmap.printable import printable_lines

_STORAGE_ERRORS = frozenset(
    {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.EFBIG, errno.EIO}
)
_BROKEN_PIPE = 141  # what a shell gives a command that SIGPIPE ended


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
        raise leave(str(error), error.exit_code) from error
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
        if error.errno not in _STORAGE_ERRORS:
            raise leave(bug_line(error), ExitCode.BUG) from error
        from worldmap.artifact import storage_line

        line = storage_line(Path(error.filename or folder), error)
        raise leave(line, ExitCode.STORAGE) from error
    except Exception as error:
        raise leave(bug_line(error), ExitCode.BUG) from error
