"""An area as 3D Tiles: each tile of the map a tree of points, and its surface where one is asked
for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area
from worldmap.artifact import remove_half_written, write_file
from worldmap.blur import Blur
from worldmap.errors import EmptyAreaError
from worldmap.exchange.gltf import mesh_glb
from worldmap.exchange.tiles3d import TileContent, write_tileset
from worldmap.geodesy import Site, enu_from_projected, geodetic_from_projected
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.points import points_of
from worldmap.records import Tile
from worldmap.stages.mesh import AreaMesh, TexturedMesh

Array = NDArray[np.float64]


TILESET_FORMATS: Final = ("tiles3d", "tiles3d-mesh")
"""What a folder of 3D Tiles holds: points, or points and the surface."""


def write_tiles3d(
    folder: MapFolder,
    area: Area,
    out_dir: Path,
    kind: str,
    listener: Listener,
    blur: Blur | None = None,
) -> int:
    """Write tileset.json and its tiles into a folder; returns how many points.

    kind: one of TILESET_FORMATS; the surface is as `AreaMesh` makes it. Raises UsageError where
    that needs a package that is not installed, InputError where there is nothing to write,
    StorageError.
    """
    tiles = folder.tiles(area)
    if not tiles:
        raise folder.no_points()
    surface = AreaMesh(folder, area, listener, blur) if kind == "tiles3d-mesh" else None

    def write(name: str, content: bytes) -> None:
        remove_half_written(out_dir / name)
        write_file(out_dir / name, content)

    def contents() -> Iterator[TileContent]:
        with listener.stage("tiles", len(tiles), unit="tiles") as stage:
            for tile in tiles:
                found = _points(folder, tile, area)
                if found is not None:
                    yield found
                stage.advance()
        if surface is not None:
            for name, part in surface.parts():
                yield _mesh(name, part, surface.site)

    extras = {"worldmap": {"map": folder.layout.title}}
    found = contents()
    first = next(found, None)
    if first is None:
        raise EmptyAreaError("has no points in that area", path=folder.root)

    return write_tileset(chain((first,), found), write, extras)


def _points(folder: MapFolder, tile: Tile, area: Area) -> TileContent | None:
    points = points_of(folder.layout, tile, area)
    if not len(points):
        return None
    xyz = points.cloud.xyz
    middle = (xyz.min(axis=0) + xyz.max(axis=0)) / 2
    lat, lon, height = geodetic_from_projected(middle, points.epsg)
    site = Site(float(lat), float(lon), float(height))
    return TileContent(
        name=str(tile.key),
        site=site,
        xyz_enu=enu_from_projected(xyz, site, points.epsg),
        rgb=points.cloud.rgb,
    )


def _mesh(name: str, part: TexturedMesh, site: Site) -> TileContent:
    """About a point of its own: float32 keeps a tenth of a millimetre over some hundred metres."""
    xyz = part.surface.xyz_enu
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    lat, lon, height = site.geodetic_from_enu((low + high) / 2)
    own = Site(float(lat), float(lon), float(height))
    moved = part.about(own.enu_from(site))
    ends = moved.surface.xyz_enu
    return TileContent(
        name=name,
        site=own,
        xyz_enu=np.zeros((0, 3)),
        rgb=np.zeros((0, 3), dtype=np.uint8),
        mesh=mesh_glb([moved.part()], ecef_from_enu=None, extras={}),
        mesh_box_enu=np.stack((ends.min(axis=0), ends.max(axis=0))),
    )
