"""Records in a file of a map, to the last bit. Nothing but data comes out of such a file, whoever
wrote it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import read_arrays, write_arrays
from worldmap.camera import Lens
from worldmap.errors import FrameError, StorageError
from worldmap.frames import Frame, RigidTransform, Similarity
from worldmap.geodesy import Site
from worldmap.records import (
    CameraCalibration,
    PairRegistration,
    PlacedBy,
    PlacedPose,
    UnplacedPose,
)

_RECORDS: Final[tuple[type[Any], ...]] = (
    CameraCalibration, Frame, Lens, PairRegistration, PlacedPose, RigidTransform, Similarity, Site,
    UnplacedPose,
)  # fmt: skip
_ENUMS: Final[tuple[type[Enum], ...]] = (PlacedBy,)
_KNOWN: Final = {kind.__name__: kind for kind in (*_RECORDS, *_ENUMS)}
_TEXT: Final = "text"
_WRONG: Final = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError, FrameError,
)  # fmt: skip


def packed_records(value: object) -> dict[str, NDArray[Any]]:
    """The arrays that a value is kept as: of lists, tuples, texts, numbers, dates, arrays and of
    what solutions are made of. TypeError for anything else."""
    pool: dict[str, list[NDArray[Any]]] = defaultdict(list)
    used: dict[str, int] = defaultdict(int)

    def plain(inner: Any) -> Any:
        if isinstance(inner, Enum):
            return {"is": type(inner).__name__, "of": [inner.value]}
        if inner is None or isinstance(inner, bool | int | float | str):
            return inner
        if isinstance(inner, np.ndarray):
            kind = inner.dtype.str.strip("<|=")
            at, used[kind] = used[kind], used[kind] + inner.size
            pool[kind].append(inner.ravel())
            return {"array": [kind, at, *inner.shape]}
        if isinstance(inner, np.generic):
            return inner.item()
        if isinstance(inner, datetime):
            return {"date": inner.isoformat()}
        if isinstance(inner, list):
            return [plain(each) for each in inner]
        if isinstance(inner, tuple):
            return {"tuple": [plain(each) for each in inner]}
        if is_dataclass(inner) and type(inner) in _RECORDS:
            told = [plain(getattr(inner, field.name)) for field in fields(inner)]
            return {"is": type(inner).__name__, "of": told}
        raise TypeError(f"no file takes a {type(inner).__name__}")

    text = json.dumps(plain(value)).encode()
    found = {kind: np.concatenate(parts) for kind, parts in pool.items()}
    return {_TEXT: np.frombuffer(text, dtype=np.uint8), **found}


def write_records(path: Path, arrays: dict[str, NDArray[Any]]) -> str:
    """Keep what `packed_records` gave; returns the SHA-256 in hex. Errors as `write_arrays`."""
    return write_arrays(path, arrays, {})


def read_records(path: Path) -> Any:
    """The value that was packed. StorageError where the file is missing, or is none of these."""
    arrays, _ = read_arrays(path)

    def whole(inner: Any) -> Any:
        if isinstance(inner, list):
            return [whole(each) for each in inner]
        if not isinstance(inner, dict):
            return inner
        if "tuple" in inner:
            return tuple(whole(each) for each in inner["tuple"])
        if "array" in inner:
            kind, at, *shape = inner["array"]
            count = int(np.prod(shape, dtype=np.int64))
            own = arrays[kind][at : at + count].reshape(shape)
            own.setflags(write=False)
            return own
        if "date" in inner:
            return datetime.fromisoformat(inner["date"])
        kind, told = _KNOWN[inner["is"]], [whole(each) for each in inner["of"]]
        if issubclass(kind, Enum):
            return kind(*told)
        return kind(**dict(zip([field.name for field in fields(kind)], told, strict=True)))

    try:
        return whole(json.loads(arrays[_TEXT].tobytes()))
    except _WRONG as error:
        raise StorageError(
            f"is damaged ({error})", path=path, hint="delete it and run the command again"
        ) from error
