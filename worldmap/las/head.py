"""The head of a LAS or LAZ file from anybody: what is asked without decoding a point.

Every number in it is a claim: nothing is read or reserved beyond what the file has.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldmap.input_file import open_regular
from worldmap.las.layout import HEADER, VLR_HEAD
from worldmap.store import StoredFile

Bounds = tuple[float, float, float, float, float, float]

_MOST_HEAD_BYTES: Final = 16 << 20
_LAZ_MARK: Final = 0x80
_LEAST_LAZ_BYTES_PER_POINT: Final = 1e-3
"""A chunk of 50,000 equal points still takes some hundred bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """points: how many there are said to be; bounds_m: (min x, min y, min z, max x, max y, max z);
    records: the variable length records by user and id."""

    points: int
    point_format: int
    record_size: int
    bounds_m: Bounds
    records: dict[tuple[str, int], bytes]


def read_head(source: Path | StoredFile) -> Head:
    """The head of a LAS 1.4 file. OSError where it cannot be read, ValueError, in one line, where
    it is none or claims more than the file can hold."""
    with open_regular(source) if isinstance(source, Path) else source.open() as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        first = file.read(HEADER.size)
        if len(first) < HEADER.size or first[:4] != b"LASF":
            raise ValueError("it is no LAS file, or ends within its header")
        values = HEADER.unpack(first)
        major_minor, header_size, start, count = values[4:6], values[10], values[11], values[12]
        if major_minor != (1, 4) or header_size != HEADER.size:
            raise ValueError("it is no LAS 1.4 file as worldmap writes it")
        if not header_size <= start <= min(size, _MOST_HEAD_BYTES):
            raise ValueError("its points begin beyond its end")
        records = _records(file.read(start - header_size), count)
    mark, record_size, points = values[13], values[14], values[-16]
    x_high, x_low, y_high, y_low, z_high, z_low = values[27:33]
    least = _LEAST_LAZ_BYTES_PER_POINT if mark & _LAZ_MARK else record_size
    if points * least > size - start:
        raise ValueError(f"it claims {points} points, more than its {size} bytes can hold")
    return Head(
        points=points,
        point_format=mark & ~_LAZ_MARK,
        record_size=record_size,
        bounds_m=(x_low, y_low, z_low, x_high, y_high, z_high),
        records=records,
    )


def _records(content: bytes, count: int) -> dict[tuple[str, int], bytes]:
    found: dict[tuple[str, int], bytes] = {}
    at = 0
    for _ in range(count):
        if at + VLR_HEAD.size > len(content):
            raise ValueError("its variable length records end early")
        _, user, number, length, _ = VLR_HEAD.unpack_from(content, at)
        at += VLR_HEAD.size
        name = user.split(b"\0")[0].decode("ascii", "replace")
        found.setdefault((name, number), content[at : at + length])
        at += length
    return found
