"""Surfaces beside the points: a mesh that somebody named, in parts that the page loads as it needs
them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.exchange.gltf_mesh import SurfacePart, read_mesh_glb
from worldmap.geodesy import Site
from worldmap.view.document import PageSurface, PageSurfacePart

MESH_SUFFIX: Final = ".glb"
_HEAD = struct.Struct("<II")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShownMesh:
    """A surface to be shown beside the points, and where its coordinates are on Earth (4, 4)."""

    name: str
    parts: tuple[SurfacePart, ...]
    ecef_from_enu: NDArray[np.float64]

    def json(self, site: Site, folder: str) -> PageSurface:
        """What the page is told: where to find the parts, by URLs that begin with `folder`, and how
        they lie about the site."""
        there = site.enu_from_ecef.matrix @ self.ecef_from_enu
        return PageSurface(
            name=self.name,
            enu_from_surface=tuple(there[:3].ravel().tolist()),
            parts=tuple(
                PageSurfacePart(
                    triangles=len(part.faces),
                    low=tuple(part.xyz_enu.min(axis=0).tolist()),
                    high=tuple(part.xyz_enu.max(axis=0).tolist()),
                    corners=corners,
                    picture=picture,
                )
                for part, (corners, picture) in zip(self.parts, self._urls(folder), strict=True)
            ),
        )

    def resources(self, folder: str) -> dict[str, tuple[str, bytes]]:
        """Media type and content by URL."""
        found = {}
        for part, (corners, picture) in zip(self.parts, self._urls(folder), strict=True):
            found[corners] = ("application/octet-stream", corner_bytes(part))
            found[picture] = (part.media_type, part.picture)
        return found

    def _urls(self, folder: str) -> list[tuple[str, str]]:
        return [
            (f"{folder}/{k}.bin", f"{folder}/{k}.{part.media_type.removeprefix('image/')}")
            for k, part in enumerate(self.parts)
        ]


def shown_mesh(path: Path) -> ShownMesh:
    """A .glb to be shown beside the points. InputError where it cannot be read or does not say
    where on Earth it is."""
    found = read_mesh_glb(path)
    return ShownMesh(name=path.stem, parts=found.parts, ecef_from_enu=found.ecef_from_enu)


def corner_bytes(part: SurfacePart) -> bytes:
    """Number of corners and of triangles as uint32, then float32 x, y, z of the corners, float32 u,
    v of them, and uint32 corners of the triangles; little-endian."""
    head = _HEAD.pack(len(part.xyz_enu), len(part.faces))
    arrays = (part.xyz_enu.astype("<f4"), part.uv.astype("<f4"), part.faces.astype("<u4"))
    return head + b"".join(each.tobytes() for each in arrays)
