"""Surfaces of triangles: from what photos saw, unwrapped for a picture."""

from worldmap.mesh.atlas import Atlas, Texels, require_xatlas, unwrapped
from worldmap.mesh.surface import Triangles, fused_surface

__all__ = ["Atlas", "Texels", "Triangles", "fused_surface", "require_xatlas", "unwrapped"]
