"""An area's surface as triangles with the photos' colours, box by box."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area, Everywhere
from worldmap.artifact import write_file
from worldmap.blur import Blur
from worldmap.errors import EmptyAreaError
from worldmap.exchange.gltf import MeshPart, mesh_glb
from worldmap.exchange.obj import mesh_ply, obj_files
from worldmap.frames import RigidTransform
from worldmap.geodesy import (
    Site,
    enu_from_projected,
    geodetic_from_ecef,
    projected_from_enu,
    projected_wkt1,
)
from worldmap.listener import Listener
from worldmap.mapfolder import MapFolder
from worldmap.mesh import Atlas, Believed, Triangles, fused_surface, require_xatlas, unwrapped
from worldmap.photo import encoded
from worldmap.stages.placed import PlacedPhotos
from worldmap.stages.point_source import PointSource, main_epsg
from worldmap.texture import Blend

Array = NDArray[np.float64]

MESH_FORMATS: Final = ("glb", "obj", "mesh-ply")
"""What a mesh is written as."""
_BOX_M: Final = 40.0
_VOXEL_M: Final = 0.1
"""The field is four of them thick on both sides: what photos are off by at some 10 m."""
_TEXEL_M: Final = 0.02
"""A photo's pixel of those looked at is so wide at some 30 m."""
_SUPPORT: Final = 2
"""A surface that one photo alone saw is as good as that photo's depth."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TexturedMesh:
    """A part of the surface about `site`, with its picture (H, W, 3)."""

    atlas: Atlas
    picture: NDArray[np.uint8]

    @property
    def surface(self) -> Triangles:
        """Its triangles."""
        return self.atlas.surface

    def about(self, there_from_here: RigidTransform) -> TexturedMesh:
        """The same about another site."""
        here = self.surface
        moved = replace(
            here,
            xyz_enu=there_from_here.apply(here.xyz_enu),
            normal_enu=there_from_here.rotate(here.normal_enu),
        )
        return replace(self, atlas=replace(self.atlas, surface=moved))

    def part(self) -> MeshPart:
        """As a file has it."""
        return MeshPart(
            xyz_enu=self.surface.xyz_enu,
            normal_enu=self.surface.normal_enu,
            uv=self.atlas.uv,
            faces=self.surface.faces,
            picture=encoded(self.picture, "JPEG"),
            media_type="image/jpeg",
        )


class AreaMesh:
    """The mesh of an area, about the site of most of its photos.

    Raises UsageError where xatlas is not installed, InputError where the area has no points.
    """

    def __init__(
        self, folder: MapFolder, area: Area, listener: Listener, blur: Blur | None = None
    ) -> None:
        require_xatlas()
        tiles = folder.tiles(area)
        if not tiles:
            raise folder.no_points()
        self._folder, self._area, self._listener = folder, area, listener
        self.site: Site = folder.state(area).origin
        self.epsg = main_epsg(tiles)
        self._source = PointSource(folder, tiles, self.epsg, _SUPPORT)
        self._photos = PlacedPhotos(folder, self.site, warn=listener.warn, blur=blur)

    def parts(self) -> Iterator[tuple[str, TexturedMesh]]:
        """The parts by name, boxes of 40 m of the site's east and north, empty ones left out."""
        boxes = self._boxes()
        with self._listener.stage("mesh", len(boxes), unit="boxes") as stage:
            for column, row in boxes:
                found = self._part(column, row)
                if found is not None:
                    yield f"mesh_{column}_{row}", found
                stage.advance()

    def _boxes(self) -> list[tuple[int, int]]:
        west, south, east, north = self._source.bounds_m
        x, y = np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9))
        corner = np.stack((x, y, np.full_like(x, self.site.height_m)), axis=-1).reshape(-1, 3)
        enu = enu_from_projected(corner, self.site, self.epsg)
        first = np.floor(enu[:, :2].min(axis=0) / _BOX_M).astype(int)
        last = np.floor(enu[:, :2].max(axis=0) / _BOX_M).astype(int)
        return [
            (column, row)
            for row in range(first[1], last[1] + 1)
            for column in range(first[0], last[0] + 1)
        ]

    def _part(self, column: int, row: int) -> TexturedMesh | None:
        low, high = np.array((column, row)) * _BOX_M, np.array((column + 1, row + 1)) * _BOX_M
        around = 4 * _VOXEL_M
        believed = self._points(low - around, high + around)
        if not len(believed.xyz_enu):
            return None
        height_m = believed.xyz_enu[:, 2]
        floor, top = height_m.min() - around, height_m.max() + around
        box = np.array(((*low, floor), (*high, top)))
        near = self._photos.near(box[0], box[1])
        surface = fused_surface(self._photos.views(near), believed, box, _VOXEL_M)
        surface = self._inside(surface)
        return self._textured(surface, near) if len(surface) else None

    def _points(self, low: Array, high: Array) -> Believed:
        """Points in a box of east and north, about the site."""
        x, y = np.meshgrid((low[0], high[0]), (low[1], high[1]))
        corner = np.stack((x, y, np.zeros_like(x)), axis=-1).reshape(-1, 3)
        ends = projected_from_enu(corner, self.site, self.epsg)
        bounds = (*ends[:, :2].min(axis=0), *ends[:, :2].max(axis=0))
        points = self._source.points(bounds)
        xyz = enu_from_projected(points.cloud.xyz, self.site, self.epsg)
        inside = ((xyz[:, :2] >= low) & (xyz[:, :2] < high)).all(axis=1)
        return Believed(xyz_enu=xyz[inside], sigma_m=points.cloud.sigma_m[inside])

    def _inside(self, surface: Triangles) -> Triangles:
        if isinstance(self._area, Everywhere) or not len(surface):
            return surface
        xyz_ecef = self.site.ecef_from_enu.apply(surface.centres)
        lat_deg, lon_deg, _ = geodetic_from_ecef(xyz_ecef)
        return surface.where(self._area.contains(lat_deg, lon_deg))

    def _textured(self, surface: Triangles, near: list[int]) -> TexturedMesh:
        atlas = unwrapped(surface, _TEXEL_M)
        texels = atlas.texels()
        blend = Blend(texels.xyz_enu, texels.normal_enu, atlas.texel_m)
        for seen in self._photos.pictures(near):
            blend.add(seen)
        shown = blend.seen
        known = replace(
            texels,
            row=texels.row[shown],
            column=texels.column[shown],
            xyz_enu=texels.xyz_enu[shown],
            normal_enu=texels.normal_enu[shown],
        )
        # What no photo sees well enough takes the colour beside it.
        return TexturedMesh(atlas=atlas, picture=atlas.picture(known, blend.rgb()[shown]))


def write_mesh(
    folder: MapFolder,
    area: Area,
    out: Path,
    kind: str,
    listener: Listener,
    blur: Blur | None = None,
) -> int:
    """Write an area's surface, with where it is beside it (OUT.georeference.json, OUT.prj); returns
    how many triangles. Raises what `AreaMesh` does, and StorageError."""
    mesh = AreaMesh(folder, area, listener, blur)
    found = list(mesh.parts())
    if not found:
        raise EmptyAreaError(
            "has no surface in that area that two photos agree on", path=folder.root
        )
    parts = [part for _, part in found]
    about = _about(mesh, folder)
    if kind == "glb":
        glb = mesh_glb(
            [part.part() for part in parts],
            ecef_from_enu=mesh.site.ecef_from_enu.matrix,
            extras={"worldmap": about},
        )
        write_file(out, glb)
    elif kind == "obj":
        files = obj_files(out.stem, [part.part() for part in parts])
        for name, content in files.items():
            write_file(out.with_name(name), content)
    else:
        write_file(out, mesh_ply([(p.part(), _vertex_colours(p)) for p in parts]))
    write_file(out.with_suffix(".prj"), projected_wkt1(mesh.epsg).encode())
    write_file(out.with_name(f"{out.stem}.georeference.json"), json.dumps(about, indent=1).encode())
    return sum(len(part.surface) for part in parts)


def _vertex_colours(part: TexturedMesh) -> NDArray[np.uint8]:
    high, wide = part.picture.shape[:2]
    at = np.floor(part.atlas.uv * (wide, high)).astype(np.intp)
    return np.asarray(part.picture[at[:, 1].clip(0, high - 1), at[:, 0].clip(0, wide - 1)])


def _about(mesh: AreaMesh, folder: MapFolder) -> dict[str, Any]:
    """Where the mesh's own axes, east, north, up in metres, are on Earth."""
    origin = projected_from_enu(np.zeros((1, 3)), mesh.site, mesh.epsg)[0]
    return {
        "axes": "east, north, up in metres about the origin",
        "origin_wgs84": asdict(mesh.site),
        "origin_projected": {"epsg": mesh.epsg, "xyz_m": [round(float(v), 4) for v in origin]},
        "ecef_from_enu": mesh.site.ecef_from_enu.matrix.tolist(),
        "map": folder.layout.title,
    }
