"""3D Tiles 1.1: points, and meshes, as glTF in a tree of explicit tiles.

https://docs.ogc.org/cs/22-025r4/22-025r4.html. Each tile of the map is a tree of its own, in east,
north, up about a point in its middle, which a transform puts on the ellipsoid. A node of points
holds one in each cell of a grid, halved from level to level; children add to their parents, so that
no point is written twice.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.exchange.gltf import points_glb
from worldmap.geodesy import Site

Array = NDArray[np.float64]
Write = Callable[[str, bytes], None]
"""Keeps a file of the tileset: its name, relative to the tileset, and its content."""

_CELLS: Final = 96
"""Cells along a node's edge that hold a point each: of surfaces some 10,000-20,000 a node."""
_DEEPEST: Final = 12
_LEAF: Final = 20_000
"""So few points need no children."""
_SLACK_M: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TileContent:
    """What a tile of the map gives to a tileset: points (N, 3) east, north, up about `site`, their
    colours (N, 3) uint8, and the mesh there as binary glTF about the same site, None where there is
    none, with its lowest and highest corner (2, 3)."""

    name: str
    site: Site
    xyz_enu: Array
    rgb: NDArray[np.uint8]
    mesh: bytes | None = None
    mesh_box_enu: Array | None = None
    mesh_error_m: float = 0.0


def write_tileset(tiles: Iterator[TileContent], write: Write, extras: dict[str, Any]) -> int:
    """Write the tiles' contents and at last tileset.json; returns how many points.

    extras: what its asset says besides. Memory is that of a tile.
    """
    children, points, error_m = [], 0, 0.0
    for tile in tiles:
        child = _tree(tile, write)
        children.append(child)
        points += len(tile.xyz_enu)
        error_m = max(error_m, child["geometricError"])
    if not children:
        raise ValueError("a tileset of no tiles")
    tileset = {
        "asset": {"version": "1.1", "extras": extras},
        # Shown from wherever the root fills a pixel or more.
        "geometricError": 16.0 * error_m,
        "root": {
            "boundingVolume": {"sphere": _sphere_ecef(children)},
            "geometricError": 16.0 * error_m,
            "refine": "ADD",
            "children": children,
        },
    }
    write("tileset.json", json.dumps(tileset, separators=(",", ":"), allow_nan=False).encode())
    return points


def _tree(tile: TileContent, write: Write) -> dict[str, Any]:
    """The tile's root: it places its nodes on the ellipsoid."""
    transform = tile.site.ecef_from_enu.matrix
    boxes: list[Array] = []
    children: list[dict[str, Any]] = []
    if len(tile.xyz_enu):
        points = _points_node(tile, write)
        children.append(points)
        boxes.append(_ends(tile.xyz_enu))
    if tile.mesh is not None and tile.mesh_box_enu is not None:
        name = f"{tile.name}_mesh.glb"
        write(name, tile.mesh)
        boxes.append(tile.mesh_box_enu)
        children.append(
            {
                "boundingVolume": {"box": _box(tile.mesh_box_enu)},
                "geometricError": 0.0,
                "content": {"uri": name},
            }
        )
    ends = np.stack((np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)))
    error_m = max([child["geometricError"] for child in children] + [tile.mesh_error_m])
    return {
        "transform": [float(value) for value in transform.T.ravel()],
        "boundingVolume": {"box": _box(ends)},
        # What is missing without the tile is all of it.
        "geometricError": max(2.0 * error_m, float(np.ptp(ends, axis=0).max()) / _CELLS),
        "refine": "ADD",
        "children": children,
    }


def _points_node(tile: TileContent, write: Write) -> dict[str, Any]:
    low, high = _ends(tile.xyz_enu)
    side_m = max(float((high - low).max()), _SLACK_M)
    rows = np.arange(len(tile.xyz_enu))
    found = _node(tile, write, rows, low, side_m, "")
    assert found is not None
    return found


def _node(
    tile: TileContent,
    write: Write,
    rows: NDArray[np.intp],
    corner: Array,
    side_m: float,
    way: str,
) -> dict[str, Any] | None:
    """A cube of the tile: the points of it that stand for all, and its eight parts."""
    if not len(rows):
        return None
    spacing_m = side_m / _CELLS
    leaf = len(rows) <= _LEAF or len(way) >= _DEEPEST
    xyz = tile.xyz_enu[rows]
    kept = np.ones(len(rows), dtype=np.bool_) if leaf else _one_a_cell(xyz, corner, spacing_m)
    name = f"{tile.name}{'_' if way else ''}{way}.glb"
    write(name, points_glb(xyz[kept], tile.rgb[rows[kept]]))
    left, children = rows[~kept], []
    half = side_m / 2
    octant = ((tile.xyz_enu[left] - corner) >= half) @ np.array((1, 2, 4))
    for number in range(8):
        shift = half * np.array([number & 1, number >> 1 & 1, number >> 2 & 1])
        part = left[octant == number]
        child = _node(tile, write, part, corner + shift, half, f"{way}{number}")
        if child is not None:
            children.append(child)
    node: dict[str, Any] = {
        "boundingVolume": {"box": _box(_ends(xyz))},
        "geometricError": 0.0 if not children else spacing_m,
        "refine": "ADD",
        "content": {"uri": name},
    }
    if children:
        node["children"] = children
    return node


def _one_a_cell(xyz: Array, corner: Array, spacing_m: float) -> NDArray[np.bool_]:
    """(N,) whether a point is the first of its cell."""
    cell = np.minimum(((xyz - corner) / spacing_m).astype(np.int64), _CELLS)
    code = (cell[:, 0] * (_CELLS + 1) + cell[:, 1]) * (_CELLS + 1) + cell[:, 2]
    _, first = np.unique(code, return_index=True)
    kept = np.zeros(len(xyz), dtype=np.bool_)
    kept[first] = True
    return kept


def _ends(xyz: Array) -> Array:
    return np.stack((xyz.min(axis=0), xyz.max(axis=0)))


def _box(ends: Array) -> list[float]:
    """Centre and half axes, as 3D Tiles have it, of lowest and highest corner (2, 3); float32
    positions may lie a little outside the doubles' box."""
    centre, half = ends.mean(axis=0), np.maximum((ends[1] - ends[0]) / 2, 0.0) + _SLACK_M
    return [float(v) for v in (*centre, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2])]


def _sphere_ecef(children: Sequence[dict[str, Any]]) -> list[float]:
    """Around the children's boxes, in ECEF."""
    corners = []
    for child in children:
        transform = np.array(child["transform"]).reshape(4, 4).T
        box = np.array(child["boundingVolume"]["box"])
        half = np.diag(box[3:].reshape(3, 3))
        signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).reshape(3, -1).T
        corners.append((box[:3] + signs * half) @ transform[:3, :3].T + transform[:3, 3])
    points = np.concatenate(corners)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max()) + _SLACK_M
    return [*(float(v) for v in centre), math.ceil(radius * 1000) / 1000]
