"""Cloud Optimized Point Cloud 1.0 (copc.io): LAZ whose chunks are the nodes of an octree.

A viewer reads the root first, an even sample of everything, and then only those nodes, each twice
as dense as its parent, that it looks at.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import lazrs
import numpy as np
from numpy.typing import NDArray

from worldmap.las.layout import (
    EXTRA_BYTES,
    POINT_FORMAT,
    SCALE_M,
    Vlr,
    header,
    laszip_vlr,
)

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_GRID_BITS: Final = 7
"""A node samples its cube by a grid of 2⁷ cells along each side, one point in each."""
_AXIS_BITS: Final = 20
"""The finest cells: 0.1 mm for a cube of 100 m."""
_LEAF_POINTS: Final = 20_000
"""A node takes all that is left in its cube when it is no more than this."""
_FEW_PLACES: Final = 1000
_NODES_AT_ONCE: Final = 64
"""Compressed in parallel, and copied for it."""
_INFO = struct.Struct("<5d2Q2d11Q")
_ENTRY = struct.Struct("<4iQ2i")
_USER: Final = "copc"

assert _INFO.size == 160
assert _ENTRY.size == 32


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Node:
    """Depth and x, y, z of an octree's node, and the rows of its points."""

    depth: int
    xyz: tuple[int, int, int]
    rows: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cube:
    """The root's cube: lowest corner, in steps of the file's scale from its offset, and side."""

    low: tuple[int, int, int]
    side: int

    @classmethod
    def around(cls, records: NDArray[np.void]) -> _Cube:
        if not len(records):
            return cls(low=(0, 0, 0), side=1)
        low = tuple(int(records[axis].min()) for axis in "XYZ")
        high = tuple(int(records[axis].max()) for axis in "XYZ")
        # One step more, so that the highest point lies inside and one point alone has a cube.
        side = max(h - one + 1 for h, one in zip(high, low, strict=True))
        return cls(low=(low[0], low[1], low[2]), side=side)


def copc(records: NDArray[np.void], offset_m: Array, vlrs: list[Vlr]) -> bytes:
    """A COPC file of point records (N,) whose coordinates count from offset_m (3,), with these
    variable length records besides its own. Points of a node keep their order."""
    cube = _Cube.around(records)
    nodes = sorted(_octree(records, cube), key=lambda node: (node.depth, node.xyz))
    layout = lazrs.LazVlr.new_for_compression(
        POINT_FORMAT, EXTRA_BYTES, use_variable_size_chunks=True
    )
    info = _info_vlr(records, offset_m, cube, hierarchy_start=0, nodes=len(nodes))
    others = [*vlrs, laszip_vlr(bytes(layout.record_data()))]
    file = io.BytesIO()
    file.write(header(records, offset_m, [info, *others], compressed=True))
    start = file.tell()
    compressor = lazrs.ParLasZipCompressor(file, layout)
    for first in range(0, len(nodes), _NODES_AT_ONCE):
        batch = nodes[first : first + _NODES_AT_ONCE]
        compressor.compress_chunks([records[node.rows].view(np.uint8) for node in batch])
    compressor.done()
    evlr_start = file.seek(0, io.SEEK_END)
    file.seek(start)
    sizes = [size for _, size in lazrs.read_chunk_table(file, layout)] if nodes else []
    hierarchy = _hierarchy_vlr(nodes, sizes, start)
    everything = [info, *others, hierarchy]
    file.seek(0, io.SEEK_END)
    extended = [hierarchy, *(vlr for vlr in others if vlr.extended)]
    file.write(b"".join(vlr.packed() for vlr in extended))
    everything[0] = _info_vlr(
        records, offset_m, cube, evlr_start + hierarchy.head_size, nodes=len(nodes)
    )
    file.seek(0)
    file.write(header(records, offset_m, everything, compressed=True, evlr_start=evlr_start))
    return file.getvalue()


def _info_vlr(
    records: NDArray[np.void], offset_m: Array, cube: _Cube, hierarchy_start: int, nodes: int
) -> Vlr:
    half_m = cube.side * SCALE_M / 2
    centre_m = [
        low * SCALE_M + offset + half_m
        for low, offset in zip(cube.low, offset_m.tolist(), strict=True)
    ]
    times = records["gps_time"]
    content = _INFO.pack(
        *centre_m,
        half_m,
        2 * half_m / (1 << _GRID_BITS),
        hierarchy_start,
        _ENTRY.size * max(nodes, 1),
        float(times.min()) if len(times) else 0.0,
        float(times.max()) if len(times) else 0.0,
        *(0,) * 11,
    )
    return Vlr(user_id=_USER, record_id=1, description="COPC info", content=content)


def _hierarchy_vlr(nodes: list[_Node], sizes: list[int], start: int) -> Vlr:
    """One page that lists every node; chunks follow each other after the table's 8-byte offset."""
    entries = []
    offset = start + 8
    for node, size in zip(nodes, sizes, strict=True):
        entries.append(_ENTRY.pack(node.depth, *node.xyz, offset, size, len(node.rows)))
        offset += size
    # A file without points still has a root.
    content = b"".join(entries) or _ENTRY.pack(0, 0, 0, 0, 0, 0, 0)
    return Vlr(
        user_id=_USER,
        record_id=1000,
        description="COPC hierarchy",
        content=content,
        extended=True,
    )


def _octree(records: NDArray[np.void], cube: _Cube) -> Iterator[_Node]:
    """Nodes whose points, all together, are all points, each once."""
    if not len(records):
        return
    code = _z_order(records, cube)
    # Along the Z-order curve the points of every cube of every size follow each other.
    rows = np.argsort(code, kind="stable").astype(np.uint32)
    code = code[rows]
    for depth in range(_AXIS_BITS - _GRID_BITS + 1):
        node_of = code >> np.uint64(3 * (_AXIS_BITS - depth))
        starts = _changes(node_of)
        counts = np.diff(starts, append=len(rows))
        places = np.add.reduceat(np.diff(code, prepend=~code[0]) != 0, starts, dtype=np.intp)
        # Points that lie on top of each other do not thin out further down.
        whole = (counts <= _LEAF_POINTS) | (places <= _FEW_PLACES)
        whole |= depth == _AXIS_BITS - _GRID_BITS
        taken = np.repeat(whole, counts)
        sampled = np.flatnonzero(~taken)
        if len(sampled):
            taken[sampled[_sample(code[sampled], depth)]] = True
        first_codes = node_of[starts].tolist()
        ends = np.cumsum(np.add.reduceat(taken, starts, dtype=np.intp))
        for first, members in zip(first_codes, np.split(rows[taken], ends[:-1]), strict=True):
            yield _Node(depth=depth, xyz=_separated(first), rows=np.sort(members))
        rows, code = rows[~taken], code[~taken]
        if not len(rows):
            return


def _changes(values: NDArray[np.uint64]) -> Indices:
    """Where a run of equal values (N,) begins."""
    return np.flatnonzero(np.diff(values, prepend=~values[0]))


def _sample(code: NDArray[np.uint64], depth: int) -> Indices:
    """Of points in Z-order the one nearest to the middle of each cell of this depth's grid."""
    below = _AXIS_BITS - _GRID_BITS - depth
    starts = _changes(code >> np.uint64(3 * below))
    half = (1 << below) / 2
    away = np.zeros(len(code))
    for axis in range(3):
        inside = _axis_of(code, axis) & np.uint64((1 << below) - 1)
        away += (inside.astype(np.float64) + 0.5 - half) ** 2
    # Whole steps of a 2⁻²⁰th of the cell's diagonal, then the row: one number to find the least of.
    away *= (1 << 20) / (3 * half * half)
    nearest = np.minimum.reduceat((away.astype(np.int64) << 32) | np.arange(len(code)), starts)
    return np.asarray(nearest & 0xFFFFFFFF, dtype=np.intp)


_SPREADS: Final = (
    (32, 0x1F00000000FFFF),
    (16, 0x1F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)
"""Shifts and masks that put two free bits between the bits of a number below 2²¹."""


def _z_order(records: NDArray[np.void], cube: _Cube) -> NDArray[np.uint64]:
    """Z-order code (N,) of the finest cell of each point, x in the lowest bit."""
    code = np.zeros(len(records), dtype=np.uint64)
    for number, (axis, low) in enumerate(zip("XYZ", cube.low, strict=True)):
        cell = records[axis].astype(np.int64)
        cell -= low
        cell <<= _AXIS_BITS
        cell //= cube.side
        spread = cell.view(np.uint64)
        for shift, mask in _SPREADS:
            spread |= spread << np.uint64(shift)
            spread &= np.uint64(mask)
        code |= spread << np.uint64(number)
    return code


def _axis_of(code: NDArray[np.uint64], axis: int) -> NDArray[np.uint64]:
    """The cell (N,) along x, y or z of Z-order codes."""
    cell = (code >> np.uint64(axis)) & np.uint64(_SPREADS[-1][1])
    masks = [mask for _, mask in _SPREADS[-2::-1]] + [(1 << 21) - 1]
    for (shift, _), mask in zip(_SPREADS[::-1], masks, strict=True):
        cell |= cell >> np.uint64(shift)
        cell &= np.uint64(mask)
    return cell


def _separated(code: int) -> tuple[int, int, int]:
    """x, y, z of one Z-order code."""
    x, y, z = (int(_axis_of(np.array([code], dtype=np.uint64), axis)[0]) for axis in range(3))
    return x, y, z
