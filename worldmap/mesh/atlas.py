"""A surface unwrapped into the plane for a picture of its own. The door to xatlas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import ExtraError
from worldmap.mesh.surface import Triangles

Array = NDArray[np.float64]

_MOST_PX: Final = 4096
"""A picture's side: every graphics card takes it."""
_WASTED: Final = 2.2
"""What an atlas takes for its charts' area, gaps included."""
_PADDING_PX: Final = 4
_CHUNK: Final = 4_000_000


def require_xatlas() -> Any:
    """The module. UsageError where it is not installed."""
    try:
        import xatlas
    except ImportError as error:
        raise ExtraError(
            "textured meshes need another package", hint="pip install 'worldmap[mesh]'"
        ) from error
    return xatlas


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Texels:
    """The texels that show the surface: row and column (N,) in the picture, where they are (N, 3),
    and the surface's normals there (N, 3)."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    xyz_enu: Array
    normal_enu: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Atlas:
    """A surface with a place in a picture of width_px × height_px for each corner: its vertices are
    cut along the charts' seams, uv (V, 2) from the upper left corner, 0 … 1. texel_m: what a texel
    is wide on the surface."""

    surface: Triangles
    uv: Array
    width_px: int
    height_px: int
    texel_m: float

    def texels(self) -> Texels:
        """The texels whose middles lie in a face, each once."""
        size = np.array((self.width_px, self.height_px))
        corner = (self.uv * size)[self.surface.faces]
        code, face, weights = _covered(corner, self.width_px, self.height_px)
        faces = self.surface.faces[face]
        xyz = (self.surface.xyz_enu[faces] * weights[..., None]).sum(axis=1)
        normal = (self.surface.normal_enu[faces] * weights[..., None]).sum(axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
        return Texels(
            row=code // self.width_px,
            column=code % self.width_px,
            xyz_enu=xyz,
            normal_enu=normal,
        )

    def picture(self, texels: Texels, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture (H, W, 3) of the texels' colours (N, 3), each carried on over its chart's
        edge, for what looks between texels."""
        from scipy import ndimage

        found = np.zeros((self.height_px, self.width_px, 3), dtype=np.uint8)
        shown = np.zeros(found.shape[:2], dtype=np.bool_)
        found[texels.row, texels.column] = rgb
        shown[texels.row, texels.column] = True
        if not shown.any():
            return found
        nearest = ndimage.distance_transform_edt(
            ~shown, return_distances=False, return_indices=True
        )
        return np.asarray(found[tuple(nearest)])


def unwrapped(surface: Triangles, texel_m: float) -> Atlas:
    """The surface cut into charts and packed; texels are larger where the picture would be larger
    than 4,096 pixels a side. ValueError where there is no face."""
    xatlas = require_xatlas()
    corner = surface.xyz_enu[surface.faces]
    area_m2 = float(
        np.linalg.norm(
            np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
        ).sum()
        / 2
    )
    texel_m = max(texel_m, math.sqrt(_WASTED * area_m2) / _MOST_PX)
    made = xatlas.Atlas()
    made.add_mesh(
        surface.xyz_enu.astype(np.float32),
        surface.faces.astype(np.uint32),
        surface.normal_enu.astype(np.float32),
    )
    charts, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    # Noise of a measured surface is no reason to cut it.
    charts.max_cost = 8.0
    charts.max_iterations = 1
    packing.texels_per_unit = 1.0 / texel_m
    packing.padding = _PADDING_PX
    packing.bilinear = True
    packing.blockAlign = True  # fewer places to try: a third of the time
    made.generate(charts, packing)
    vertex, faces, uv = made[0]
    return Atlas(
        surface=Triangles(
            xyz_enu=surface.xyz_enu[vertex],
            normal_enu=surface.normal_enu[vertex],
            faces=faces.astype(np.intp),
        ),
        uv=uv.astype(np.float64),
        width_px=max(int(made.width), 1),
        height_px=max(int(made.height), 1),
        texel_m=texel_m,
    )


def _covered(
    corner: Array, width_px: int, height_px: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Of triangles (F, 3, 2) in pixels the texels (N,), row · width + column, whose middles lie in
    one, which (N,), and its barycentric weights (N, 3)."""
    low = np.floor(corner.min(axis=1)).astype(np.intp).clip(0)
    high = np.ceil(corner.max(axis=1)).astype(np.intp)
    high = np.minimum(high, (width_px, height_px))
    wide, tall = np.maximum(high - low, 0).T
    count = wide * tall
    found: list[tuple[NDArray[np.intp], NDArray[np.intp], Array]] = []
    ends = np.cumsum(count)
    start = 0
    while start < len(corner):
        until = int(np.searchsorted(ends, (ends[start - 1] if start else 0) + _CHUNK, "right"))
        until = max(until, start + 1)
        face = np.repeat(np.arange(start, until), count[start:until])
        first = np.repeat(ends[start:until] - count[start:until], count[start:until])
        within = np.arange(len(face)) + (ends[start - 1] if start else 0) - first
        column = low[face, 0] + within % np.maximum(wide[face], 1)
        row = low[face, 1] + within // np.maximum(wide[face], 1)
        weights = _barycentric(corner[face], np.stack((column + 0.5, row + 0.5), axis=-1))
        inside = (weights >= -1e-9).all(axis=1)
        found.append(((row * width_px + column)[inside], face[inside], weights[inside]))
        start = until
    code = np.concatenate([part[0] for part in found])
    _, first_of = np.unique(code, return_index=True)
    return (
        code[first_of],
        np.concatenate([part[1] for part in found])[first_of],
        np.concatenate([part[2] for part in found])[first_of],
    )


def _barycentric(corner: Array, at: Array) -> Array:
    """Weights (N, 3) of triangles' corners (N, 3, 2) at places (N, 2); −1 where one has no area."""
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    p = at - corner[:, 0]
    area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    flat = np.abs(area) < 1e-12
    safe = np.where(flat, 1.0, area)
    v = (p[:, 0] * b[:, 1] - p[:, 1] * b[:, 0]) / safe
    w = (a[:, 0] * p[:, 1] - a[:, 1] * p[:, 0]) / safe
    found = np.column_stack((1 - v - w, v, w))
    found[flat] = -1.0
    return found
