"""Reading a tile of a map that may be anybody's.

The decoder of compressed points believes what a file says: a changed table of chunks makes it
compute for minutes, ask for any memory, or end its process. So it works in a process of its own.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from worldmap.engine import Isolated, WorkerDiedError, limit_memory
from worldmap.errors import StorageError
from worldmap.las import read_tile
from worldmap.records import TilePoints

_PATIENCE_S: Final = 10.0
_SLOWEST_BYTES_PER_S: Final = 5e5
"""A twentieth of what two busy cores decode."""
_MEMORY_BYTES: Final = 1 << 30
_MEMORY_PER_BYTE: Final = 40
"""A point takes at least 4 bytes compressed and some 160 as numbers."""


def tile_points(path: Path) -> TilePoints:
    """As `las.read_tile`; StorageError, too, where the file ends or stalls its reader."""
    is_worker = multiprocessing.current_process().daemon  # which has no workers of its own
    if is_worker or not path.is_file():
        return read_tile(path)
    path = path.absolute()  # the reader may have begun in another folder
    try:
        return _reader()(path, patience_s(path))
    except (WorkerDiedError, MemoryError) as error:
        raise StorageError(
            f"is damaged: it cannot be decoded ({error or 'out of memory'})",
            path=path,
            hint="delete it and run `worldmap merge --area all`",
        ) from error


def patience_s(path: Path) -> float:
    """How long decoding this file of points may take, in whole seconds."""
    return float(math.ceil(_PATIENCE_S + path.stat().st_size / _SLOWEST_BYTES_PER_S))


def confine(path: Path) -> None:
    """What a process of its own does before it decodes this file: it takes no more memory than so
    many bytes may hold, and ends without a word of native code's."""
    _mute()
    limit_memory(_MEMORY_BYTES + _MEMORY_PER_BYTE * path.stat().st_size)


@lru_cache(maxsize=1)
def _mute() -> None:
    """What native code says as it ends this process: its parent says it in one line."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)


@lru_cache(maxsize=1)
def _reader() -> Isolated[Path, TilePoints]:
    return Isolated(_read, limit_s=_PATIENCE_S)


def _read(path: Path) -> TilePoints:
    confine(path)
    return read_tile(path)
