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
    rows: Indices


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
    compressor.compress_chunks([records[node.rows].view(np.uint8) for node in nodes])
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
    cells = [
        _cells(records[axis], low, cube.side) for axis, low in zip("XYZ", cube.low, strict=True)
    ]
    code = _interleaved(cells)
    # Along the Z-order curve the points of every cube of every size follow each other.
    rows = np.argsort(code, kind="stable")
    code = code[rows]
    for depth in range(_AXIS_BITS - _GRID_BITS + 1):
        node_of = code >> np.uint64(3 * (_AXIS_BITS - depth))
        starts = np.flatnonzero(np.diff(node_of, prepend=node_of[0] + np.uint64(1)))
        counts = np.diff(starts, append=len(rows))
        is_new_place = np.diff(code, prepend=code[0] + np.uint64(1)) != 0
        places = np.add.reduceat(is_new_place.astype(np.intp), starts)
        # Points that lie on top of each other do not thin out further down.
        whole = (counts <= _LEAF_POINTS) | (places <= _FEW_PLACES)
        whole |= depth == _AXIS_BITS - _GRID_BITS
        taken = np.repeat(whole, counts)
        sampled = np.flatnonzero(~taken)
        if len(sampled):
            own = [axis[rows[sampled]] for axis in cells]
            taken[sampled[_sample(code[sampled], own, depth)]] = True
        node_rows = np.split(rows[taken], np.cumsum(np.add.reduceat(taken, starts))[:-1])
        for first, members in zip(node_of[starts].tolist(), node_rows, strict=True):
            xyz = _separated(first)
            yield _Node(depth=depth, xyz=xyz, rows=np.sort(members))
        rows, code = rows[~taken], code[~taken]
        if not len(rows):
            return


def _sample(code: NDArray[np.uint64], cells: list[NDArray[np.uint64]], depth: int) -> Indices:
    """Of points in Z-order the one nearest to the middle of each cell of this depth's grid."""
    shift = np.uint64(_AXIS_BITS - _GRID_BITS - depth)
    grid = code >> (np.uint64(3) * shift)
    starts = np.flatnonzero(np.diff(grid, prepend=grid[0] + np.uint64(1)))
    half = (1 << int(shift)) / 2
    low_bits = np.uint64((1 << int(shift)) - 1)
    away = sum(((axis & low_bits).astype(np.float64) + 0.5 - half) ** 2 for axis in cells)
    # Whole steps of a 2⁻²⁰th of the cell's diagonal, then the row: one number to find the least of.
    steps = (np.asarray(away) / (3 * half * half) * (1 << 20)).astype(np.int64)
    nearest = np.minimum.reduceat((steps << 32) | np.arange(len(code)), starts)
    return np.asarray(nearest & 0xFFFFFFFF, dtype=np.intp)


def _cells(values: NDArray[np.int32], low: int, side: int) -> NDArray[np.uint64]:
    """The finest cell (N,) along one axis of each coordinate."""
    cell = (values.astype(np.int64) - low) << _AXIS_BITS
    return (cell // side).astype(np.uint64)


def _interleaved(cells: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Z-order codes (N,), x in the lowest bit."""
    code = np.zeros(len(cells[0]), dtype=np.uint64)
    for axis, cell in enumerate(cells):
        spread = cell
        for shift, mask in (
            (32, 0x1F00000000FFFF),
            (16, 0x1F0000FF0000FF),
            (8, 0x100F00F00F00F00F),
            (4, 0x10C30C30C30C30C3),
            (2, 0x1249249249249249),
        ):
            spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
        code |= spread << np.uint64(axis)
    return code


def _separated(code: int) -> tuple[int, int, int]:
    """x, y, z of a Z-order code."""
    x, y, z = (
        sum((code >> (3 * bit + axis) & 1) << bit for bit in range(_AXIS_BITS)) for axis in range(3)
    )
    return x, y, z
