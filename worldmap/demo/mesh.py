"""Triangles with textures: what the demo's scene is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Texture:
    """A picture for surfaces, painted only when somebody renders.

    width_m, height_m: its size; texel_m: the size of a texel; paint: gives (H, W, 3) uint8 sRGB.
    """

    width_m: float
    height_m: float
    texel_m: float
    paint: Callable[[tuple[int, int]], NDArray[np.uint8]]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns in texels."""
        return (
            max(2, round(self.height_m / self.texel_m)),
            max(2, round(self.width_m / self.texel_m)),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Mesh:
    """Triangles in ENU metres.

    xyz_enu (T, 3, 3): corners; st_m (T, 3, 2): texture coordinates in metres from the texture's
    top left corner, s right and t down; texture (T,): index into `textures`.
    """

    xyz_enu: Floats
    st_m: Floats
    texture: NDArray[np.int32]
    textures: tuple[Texture, ...]

    def __len__(self) -> int:
        return len(self.xyz_enu)

    def joined(self, other: Mesh) -> Mesh:
        """Both meshes as one; the triangles of `other` come last."""
        return Mesh(
            xyz_enu=np.concatenate((self.xyz_enu, other.xyz_enu)),
            st_m=np.concatenate((self.st_m, other.st_m)),
            texture=np.concatenate((self.texture, other.texture + len(self.textures))).astype(
                np.int32
            ),
            textures=self.textures + other.textures,
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Axes:
    """A local right-handed frame: origin (3,), and unit vectors right, up, out as columns."""

    origin: Floats
    right: Floats
    up: Floats
    out: Floats

    @classmethod
    def upright(cls, origin: ArrayLike, right_xy: ArrayLike) -> Axes:
        """Axes with up along z and `right_xy` (2,) over the ground; out is right × up."""
        right = np.append(np.asarray(right_xy, dtype=np.float64), 0.0)
        right /= np.linalg.norm(right)
        up = np.array((0.0, 0.0, 1.0))
        return cls(
            origin=np.asarray(origin, dtype=np.float64),
            right=right,
            up=up,
            out=np.cross(right, up),
        )

    def at(self, x_m: ArrayLike, y_m: ArrayLike, d_m: ArrayLike = 0.0) -> Floats:
        """Points (..., 3) at x along right, y along up, d along out."""
        x, y, d = np.broadcast_arrays(
            np.asarray(x_m, dtype=np.float64),
            np.asarray(y_m, dtype=np.float64),
            np.asarray(d_m, dtype=np.float64),
        )
        return np.asarray(
            self.origin
            + x[..., None] * self.right
            + y[..., None] * self.up
            + d[..., None] * self.out
        )

    def moved(self, x_m: float, y_m: float, d_m: float = 0.0) -> Axes:
        """The same axes with their origin moved by local coordinates."""
        return Axes(origin=self.at(x_m, y_m, d_m), right=self.right, up=self.up, out=self.out)


class MeshBuilder:
    """Collects triangles and textures; `build` gives the Mesh."""

    def __init__(self) -> None:
        self._xyz: list[Floats] = []
        self._st: list[Floats] = []
        self._texture: list[NDArray[np.int32]] = []
        self._textures: list[Texture] = []

    def texture(self, texture: Texture) -> int:
        """Registers a texture and gives its index."""
        self._textures.append(texture)
        return len(self._textures) - 1

    def triangles(self, xyz: ArrayLike, st_m: ArrayLike, texture: int) -> None:
        """Triangles (T, 3, 3) with texture coordinates (T, 3, 2)."""
        corners = np.asarray(xyz, dtype=np.float64).reshape(-1, 3, 3)
        self._xyz.append(corners)
        self._st.append(np.asarray(st_m, dtype=np.float64).reshape(-1, 3, 2))
        self._texture.append(np.full(len(corners), texture, dtype=np.int32))

    def quad(self, corners: ArrayLike, st_m: ArrayLike, texture: int) -> None:
        """A quadrilateral from (4, 3) corners in order around it, with (4, 2) coordinates."""
        order = ((0, 1, 2), (0, 2, 3))
        self.triangles(
            np.asarray(corners, dtype=np.float64)[np.array(order)],
            np.asarray(st_m, dtype=np.float64)[np.array(order)],
            texture,
        )

    def sheet(self, grid_xyz: Floats, grid_st_m: Floats, texture: int) -> None:
        """A grid (R, C, 3) of corners with coordinates (R, C, 2), two triangles per cell."""
        rows, columns = grid_xyz.shape[:2]
        index = np.arange(rows * columns).reshape(rows, columns)
        a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
        c, d = index[1:, 1:].ravel(), index[1:, :-1].ravel()
        faces = np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1)))
        self.triangles(grid_xyz.reshape(-1, 3)[faces], grid_st_m.reshape(-1, 2)[faces], texture)

    def box(
        self, axes: Axes, size: Sequence[float], texture: int, st_m: ArrayLike = (0.0, 0.0)
    ) -> None:
        """A box from its lower left back corner at the origin of `axes`; size along right, up, out.

        Each face shows a patch of the texture's own scale, shifted from face to face.
        """
        w, h, d = size
        faces = (
            ((0, 0, d), (1, 0, 0), (0, 1, 0), w, h),
            ((w, 0, d), (0, 0, -1), (0, 1, 0), d, h),
            ((w, 0, 0), (-1, 0, 0), (0, 1, 0), w, h),
            ((0, 0, 0), (0, 0, 1), (0, 1, 0), d, h),
            ((0, h, d), (1, 0, 0), (0, 0, -1), w, d),
            ((0, 0, 0), (1, 0, 0), (0, 0, 1), w, d),
        )
        limits = np.array((self._textures[texture].width_m, self._textures[texture].height_m))
        offset = np.array(st_m, dtype=np.float64)
        for start, along, across, length, width in faces:
            corner = np.array(start, dtype=np.float64)
            a, b = np.array(along) * length, np.array(across) * width
            local = np.array((corner, corner + a, corner + a + b, corner + b))
            room = np.maximum(limits - (length, width), 0.0)
            low = np.minimum(np.mod(offset, np.maximum(room, 1e-9)), room)
            st = low + np.array(((0, width), (length, width), (length, 0), (0, 0)))
            self.quad(axes.at(local[:, 0], local[:, 1], local[:, 2]), st, texture)
            offset = offset + np.array((length + 0.13, 0.29))

    def tube(
        self,
        path: ArrayLike,
        radii: Sequence[float],
        texture: int,
        st_m: tuple[float, float, float, float],
        sides: int = 10,
    ) -> None:
        """A tube along points (N, 3) with a radius at each; st_m = (s0, t0, width, height) wraps
        once around it, t running from the last point down to the first."""
        points = np.asarray(path, dtype=np.float64)
        direction = points[-1] - points[0]
        direction /= np.linalg.norm(direction)
        helper = np.array((1.0, 0.0, 0.0)) if abs(direction[2]) > 0.9 else np.array((0.0, 0.0, 1.0))
        a = np.cross(direction, helper)
        a /= np.linalg.norm(a)
        b = np.cross(direction, a)
        angle = np.linspace(0.0, 2 * np.pi, sides + 1)
        ring = np.cos(angle)[:, None] * a + np.sin(angle)[:, None] * b
        grid = points[:, None, :] + np.asarray(radii)[:, None, None] * ring
        s0, t0, width, height = st_m
        along = np.linalg.norm(np.diff(points, axis=0), axis=1)
        fraction = np.concatenate(((0.0,), np.cumsum(along))) / along.sum()
        s, t = np.meshgrid(s0 + width * np.linspace(0, 1, sides + 1), t0 + height * (1 - fraction))
        self.sheet(grid, np.stack((s, t), axis=-1), texture)

    def blob(
        self,
        centre: ArrayLike,
        radii: ArrayLike,
        texture: int,
        st_m: tuple[float, float, float, float],
        *,
        bumps: Floats | None = None,
        rings: int = 9,
        sides: int = 14,
    ) -> None:
        """An ellipsoid with half axes `radii` (3,); bumps (rings + 1, sides) multiply its radius;
        the texture patch (s0, t0, width, height) wraps once around it from top to bottom."""
        theta = np.linspace(0.0, np.pi, rings + 1)
        phi = np.linspace(0.0, 2 * np.pi, sides + 1)
        unit = np.stack(
            np.broadcast_arrays(
                np.sin(theta)[:, None] * np.cos(phi),
                np.sin(theta)[:, None] * np.sin(phi),
                np.cos(theta)[:, None],
            ),
            axis=-1,
        )
        if bumps is not None:
            closed = np.concatenate((bumps, bumps[:, :1]), axis=1)
            closed[0], closed[-1] = closed[0].mean(), closed[-1].mean()
            unit = unit * closed[..., None]
        grid = np.asarray(centre, dtype=np.float64) + unit * np.asarray(radii, dtype=np.float64)
        s0, t0, width, height = st_m
        s, t = np.meshgrid(
            s0 + width * np.linspace(0, 1, sides + 1), t0 + height * np.linspace(0, 1, rings + 1)
        )
        self.sheet(grid, np.stack((s, t), axis=-1), texture)

    def build(self) -> Mesh:
        """Everything collected so far."""
        return Mesh(
            xyz_enu=np.concatenate(self._xyz),
            st_m=np.concatenate(self._st),
            texture=np.concatenate(self._texture),
            textures=tuple(self._textures),
        )
