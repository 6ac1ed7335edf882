"""Column types: what Python and numpy hand in becomes what both databases can hold, exactly.

GeoPackage allows few type names, so every type here renders as one of them on SQLite.
"""

from __future__ import annotations

import io
import math
import operator
import re
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, DateTime, Double, Integer, LargeBinary, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from worldmap.catalog.glance import path_of
from worldmap.npy import array_of_npy

_Kind = TypeVar("_Kind")
_MOST_ARRAY_BYTES = 64 << 20
# Neither a NUL (PostgreSQL) nor half a surrogate pair (UTF-8) can be stored as text.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _of_type(value: Any, kind: type[_Kind]) -> _Kind | None:
    """What SQLite gives for a column, which may hold anything whatever its type says. ValueError
    where it is of another kind."""
    if value is None or type(value) is kind:
        found: _Kind | None = value
        return found
    if type(value) in (int, Decimal) and kind in (int, float):  # sums of PostgreSQL are decimal
        return cast(_Kind, float(value) if kind is float else int(value))
    raise ValueError(f"{str(value)[:40]!r} where a {kind.__name__} should be")


class Words(TypeDecorator[str]):
    """Text from anywhere, tags of broken photos included; characters that no database takes become
    U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSTORABLE.sub("\ufffd", str(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return _of_type(value, str)


class Real(TypeDecorator[float]):
    """A float64; numpy scalars too, which sqlite3 would keep as raw bytes. NaN becomes NULL."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        return _of_type(value, float)


class RealOrNan(Real):
    """A float64 whose NULL reads as NaN."""

    cache_ok = True

    def process_result_value(self, value: float | None, dialect: Dialect) -> float:
        found = _of_type(value, float)
        return math.nan if found is None else found


class Whole(TypeDecorator[int]):
    """A 64-bit integer; numpy scalars too."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        return None if value is None else operator.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:
        return _of_type(value, int)


# GeoPackage allows milliseconds, three digits, no more and no less.
_GEOPACKAGE_DATETIME: TypeEngine[Any] = sqlite.DATETIME(  # type: ignore[no-untyped-call]
    storage_format=("%(year)04d-%(month)02d-%(day)02dT%(hour)02d:%(minute)02d:%(second)02d.000Z"),
    regexp=r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:\.\d+)?Z",
)


class Utc(TypeDecorator[datetime]):
    """A moment to the second, stored in UTC in GeoPackage's form of ISO 8601."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_GEOPACKAGE_DATETIME)
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(microsecond=0)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FilePath(TypeDecorator[Path]):
    """A path. One that is no valid UTF-8 is stored as a file URI, so that none is ever refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Path | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        text = value.as_posix()
        return value.absolute().as_uri() if _UNSTORABLE.search(text) else text

    def process_result_value(self, value: str | None, dialect: Dialect) -> Path | None:
        value = _of_type(value, str)
        if value is None:
            return None
        return path_of(value)


class PackedArray(TypeDecorator[NDArray[Any]]):
    """A numpy array as a deflated .npy: shape and type stay with it. Reads back read-only."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: NDArray[Any] | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.ascontiguousarray(value), allow_pickle=False)
        return zlib.compress(buffer.getvalue(), level=6)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> NDArray[Any] | None:
        packed = _of_type(value, bytes)
        if packed is None:
            return None
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(packed, _MOST_ARRAY_BYTES)
        except zlib.error as error:
            raise ValueError(f"a packed array is damaged ({error})") from error
        if not unpacker.eof:
            raise ValueError("a packed array is cut off, or larger than any of worldmap's")
        return array_of_npy(content)
