"""Surfaces of triangles: from what photos saw, unwrapped for a picture."""

from worldmap.mesh.atlas import Atlas, Texels, require_xatlas, unwrapped
from worldmap.mesh.surface import Believed, Triangles, fused_surface

__all__ = [
    "Atlas",
    "Believed",
    "Texels",
    "Triangles",
    "fused_surface",
    "require_xatlas",
    "unwrapped",
]
