"""Photos and exact depth of a mesh by ray casting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.demo import paint
from worldmap.demo.mesh import Floats, Mesh, Texture
from worldmap.errors import ModelError
from worldmap.frames import RigidTransform

Float32s = NDArray[np.float32]

_SKY_SHAPE = (640, 2048)
_PROBES = 4
_AMBIENT, _SUN = 0.66, 0.52
_REMAP_ROW = 512
_WITHIN_PIXEL = np.array(((-0.25, -0.375), (0.375, -0.25), (0.25, 0.375), (-0.375, 0.25)))


class Rays:
    """A ray caster over a mesh (Embree through Open3D). ModelError where that cannot be loaded."""

    def __init__(self, mesh: Mesh) -> None:
        try:
            import open3d as o3d
        except (ImportError, OSError) as error:
            said = " ".join(str(error).split())
            raise ModelError(f"the demo needs open3d, which cannot be loaded: {said}") from error
        tensor: Any = o3d.core.Tensor
        self._tensor = tensor
        self._scene: Any = o3d.t.geometry.RaycastingScene()
        vertices = np.ascontiguousarray(mesh.xyz_enu.reshape(-1, 3), dtype=np.float32)
        faces = np.arange(len(vertices), dtype=np.uint32).reshape(-1, 3)
        self._scene.add_triangles(tensor(vertices), tensor(faces))

    def cast(
        self, origin: Floats, directions: Float32s
    ) -> tuple[Float32s, NDArray[np.int64], Float32s]:
        """First hits of rays from `origin` (3,) along (..., 3): distance in lengths of the
        direction (inf: none), triangle (-1: none), barycentric coordinates (..., 2)."""
        start = np.broadcast_to(origin.astype(np.float32), directions.shape)
        hits = self._scene.cast_rays(self._tensor(np.concatenate((start, directions), axis=-1)))
        distance = hits["t_hit"].numpy()
        triangle = hits["primitive_ids"].numpy().astype(np.int64)
        triangle[~np.isfinite(distance)] = -1
        return distance, triangle, hits["primitive_uvs"].numpy()

    def all_below(
        self, places: Floats, height_m: float
    ) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
        """Every surface on the plumb lines through places (N, 3) from a height down: the line (M,),
        where (M, 3), and the triangle (M,)."""
        start = places.astype(np.float32)
        start[:, 2] = height_m
        down = np.broadcast_to(np.array((0, 0, -1), dtype=np.float32), start.shape)
        found = self._scene.list_intersections(
            self._tensor(np.ascontiguousarray(np.concatenate((start, down), axis=-1)))
        )
        line = found["ray_ids"].numpy().astype(np.int64)
        hit = start[line].astype(np.float64)
        hit[:, 2] -= found["t_hit"].numpy()
        return line, hit, found["primitive_ids"].numpy().astype(np.int64)

    def blocked(self, points: Float32s, towards: Floats) -> NDArray[np.bool_]:
        """Whether anything lies between points (N, 3) and infinity in the direction (3,)."""
        way = np.broadcast_to(towards.astype(np.float32), points.shape)
        rays = self._tensor(np.concatenate((points, way), axis=-1))
        return np.asarray(self._scene.test_occlusions(rays).numpy())

    def distance_m(self, points: Float32s) -> Float32s:
        """Distance (N,) of points (N, 3) to the nearest surface."""
        return np.asarray(self._scene.compute_distance(self._tensor(points)).numpy())


def rays_enu(camera: Camera, enu_from_cam: RigidTransform) -> Float32s:
    """Directions (H, W, 3) through all pixel centres, of z = 1 in the camera: t is depth."""
    return (camera.rays(camera.pixel_centres()) @ enu_from_cam.rotation.T).astype(np.float32)


def exact_depth_m(rays: Rays, camera: Camera, enu_from_cam: RigidTransform) -> Float32s:
    """Depth (H, W) along the optical axis at pixel centres, NaN where nothing is hit."""
    depth, _, _ = rays.cast(enu_from_cam.translation_m, rays_enu(camera, enu_from_cam))
    depth[~np.isfinite(depth)] = np.nan
    return depth


@dataclass(frozen=True, slots=True, eq=False)
class _Pyramid:
    """A texture with all its halvings packed beside it: one lookup serves every level."""

    packed: NDArray[np.uint8]
    corner: NDArray[np.int32]
    size: NDArray[np.int32]
    texel_m: float

    @classmethod
    def of(cls, texture: Texture) -> _Pyramid:
        levels = [texture.paint(texture.shape)]
        while min(levels[-1].shape[:2]) >= 4:
            h, w = levels[-1].shape[:2]
            half = ((w + 1) // 2, (h + 1) // 2)
            levels.append(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA))
        h, w = levels[0].shape[:2]
        tail = sum(level.shape[0] for level in levels[1:])
        beside = levels[1].shape[1] if len(levels) > 1 else 0
        packed = np.zeros((max(h, tail), w + beside, 3), dtype=np.uint8)
        corners, row = [], 0
        for k, level in enumerate(levels):
            x, y = (0, 0) if k == 0 else (w, row)
            packed[y : y + level.shape[0], x : x + level.shape[1]] = level
            corners.append((x, y))
            row += level.shape[0] if k else 0
        return cls(
            packed=packed,
            corner=np.array(corners, dtype=np.int32),
            size=np.array([(v.shape[1], v.shape[0]) for v in levels], dtype=np.int32),
            texel_m=texture.texel_m,
        )

    def lookup(self, st_m: Float32s, level: NDArray[np.int32]) -> Float32s:
        """Colours (N, 3) at texture coordinates (N, 2) in metres, bilinear within a level (N,)."""
        level = np.minimum(level, len(self.size) - 1)
        size, corner = self.size[level], self.corner[level]
        full = self.size[0].astype(np.float32)
        at = st_m * (size / full / np.float32(self.texel_m)) - 0.5
        at = np.clip(at, 0, size - 1) + corner
        return _looked_up(self.packed, at)


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """Per triangle: unit normal (T, 3), texture coordinates of its first corner (T, 2) and along
    its first two edges (T, 2, 2), and their gradient (T, 2, 3): they are affine over a triangle."""

    normal: Float32s
    st0: Float32s
    st_edges: Float32s
    gradient: Float32s

    @classmethod
    def of(cls, mesh: Mesh) -> _Facts:
        edges = mesh.xyz_enu[:, 1:] - mesh.xyz_enu[:, :1]
        st_edges = mesh.st_m[:, 1:] - mesh.st_m[:, :1]
        normal = np.cross(edges[:, 0], edges[:, 1])
        length = np.linalg.norm(normal, axis=-1, keepdims=True)
        gradient = np.einsum("tki,tjk->tij", st_edges, np.linalg.pinv(edges))
        return cls(
            normal=(normal / np.maximum(length, 1e-12)).astype(np.float32),
            st0=mesh.st_m[:, 0].astype(np.float32),
            st_edges=st_edges.astype(np.float32),
            gradient=gradient.astype(np.float32),
        )

    def joined(self, other: _Facts) -> _Facts:
        return _Facts(
            normal=np.concatenate((self.normal, other.normal)),
            st0=np.concatenate((self.st0, other.st0)),
            st_edges=np.concatenate((self.st_edges, other.st_edges)),
            gradient=np.concatenate((self.gradient, other.gradient)),
        )


class Renderer:
    """Renders photos of a scene under one sun and one sky; textures are painted once, when seen."""

    def __init__(self, mesh: Mesh, seed: int) -> None:
        self.mesh = mesh
        rng = np.random.default_rng((seed, 8))
        azimuth, elevation = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(38, 52))
        self.sun = np.array(
            (
                np.cos(elevation) * np.sin(azimuth),
                np.cos(elevation) * np.cos(azimuth),
                np.sin(elevation),
            )
        )
        self._sky = _paint_sky(rng)
        self.facts = _Facts.of(mesh)
        self._pyramids: dict[int, _Pyramid] = {}

    def photo(
        self, camera: Camera, enu_from_cam: RigidTransform, extra: Mesh | None = None
    ) -> Float32s:
        """A photo (H, W, 3) float32 in 0..255, with `extra` triangles in the scene."""
        view = _View(self, extra)
        rotation, origin = enu_from_cam.rotation, enu_from_cam.translation_m
        step = np.stack((rotation[:, 0] / camera.fx_px, rotation[:, 1] / camera.fy_px))
        directions = rays_enu(camera, enu_from_cam)
        shape = directions.shape[:2]
        flat, triangle, depth = view.shade(origin, directions.reshape(-1, 3), step)
        picture = flat.reshape(*shape, 3)

        # Outlines jump within a pixel: average five rays there instead of one.
        rough = _outlines(depth.reshape(shape), view.texture_of(triangle).reshape(shape))
        at = np.flatnonzero(rough)
        moved = directions.reshape(-1, 3)[at] + (_WITHIN_PIXEL @ step).astype(np.float32)[:, None]
        more, _, _ = view.shade(origin, moved.reshape(-1, 3), step)
        total = picture.reshape(-1, 3)[at] + more.reshape(len(_WITHIN_PIXEL), -1, 3).sum(axis=0)
        picture.reshape(-1, 3)[at] = total / (1 + len(_WITHIN_PIXEL))
        return picture

    def pyramid(self, index: int, texture: Texture) -> _Pyramid:
        """The texture's pyramid, painted on first use; `index` is its place in the scene."""
        if index not in self._pyramids:
            self._pyramids[index] = _Pyramid.of(texture)
        return self._pyramids[index]

    def sky(self, directions: Float32s) -> Float32s:
        """Colours (N, 3) of the sky in directions (N, 3)."""
        unit = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
        h, w = self._sky.shape[:2]
        u = (np.arctan2(unit[:, 0], unit[:, 1]) / (2 * np.pi) + 0.5) * (w - 1)
        v = (1 - np.clip(unit[:, 2], 0, 1)) * (h - 1)
        return _looked_up(self._sky, np.stack((u, v), axis=-1))


def _looked_up(image: NDArray[Any], at: NDArray[Any]) -> Float32s:
    """Bilinear colours (N, 3) at pixel indices (N, 2); in rows, as OpenCV limits image sizes."""
    rows = -(-len(at) // _REMAP_ROW)
    if rows == 0:
        return np.zeros((0, 3), dtype=np.float32)
    grid = np.zeros((rows * _REMAP_ROW, 2), dtype=np.float32)
    grid[: len(at)] = at
    where = grid.reshape(rows, _REMAP_ROW, 2)
    colours: Any = cv2.remap(image, where, None, cv2.INTER_LINEAR)
    return np.asarray(colours.reshape(-1, 3)[: len(at)], dtype=np.float32)


class _View:
    """The scene of one photo: what always stands there, and who passes by."""

    def __init__(self, renderer: Renderer, extra: Mesh | None) -> None:
        self._renderer = renderer
        self._fixed = len(renderer.mesh.textures)
        mesh = renderer.mesh if extra is None else renderer.mesh.joined(extra)
        self._mesh = mesh
        self._rays = Rays(mesh)
        self._facts = renderer.facts if extra is None else renderer.facts.joined(_Facts.of(extra))
        self._texel = np.array([t.texel_m for t in mesh.textures], dtype=np.float32)
        self._own: dict[int, _Pyramid] = {}

    def texture_of(self, triangle: NDArray[np.int64]) -> NDArray[np.int32]:
        """Texture index of each triangle, -1 where there is none."""
        return np.where(triangle >= 0, self._mesh.texture[triangle], -1).astype(np.int32)

    def shade(
        self, origin: Floats, directions: Float32s, step: Floats
    ) -> tuple[Float32s, NDArray[np.int64], Float32s]:
        """Colours (N, 3), triangles and depths of rays (N, 3); `step` (2, 3) is how a direction
        changes from pixel to pixel."""
        depth, triangle, barycentric = self._rays.cast(origin, directions)
        colours = np.empty((len(directions), 3), dtype=np.float32)
        hit = triangle >= 0
        colours[~hit] = self._renderer.sky(directions[~hit])
        at = np.flatnonzero(hit)
        t, index = depth[at], triangle[at]
        way = directions[at]
        normal = self._facts.normal[index]
        facing = np.einsum("ni,ni->n", normal, way)
        normal = normal * -np.sign(facing)[:, None]
        facing = -np.abs(facing)

        st = self._facts.st0[index] + np.einsum(
            "nk,nki->ni", barycentric[at], self._facts.st_edges[index]
        )
        gradient = self._facts.gradient[index]
        texture = self._mesh.texture[index]
        texel = self._texel[texture][:, None]
        stretch = []
        for axis in step.astype(np.float32):
            slide = (normal @ axis / np.minimum(facing, -1e-6))[:, None]
            moved = t[:, None] * (axis - slide * way)
            stretch.append(np.einsum("nij,nj->ni", gradient, moved) / texel)
        albedo = self._sample(texture, st, *stretch)

        lit = normal @ self._renderer.sun.astype(np.float32)
        points = origin.astype(np.float32) + t[:, None] * way
        sunny = np.flatnonzero(lit > 0)
        dark = self._rays.blocked(points[sunny] + 2e-3 * normal[sunny], self._renderer.sun)
        light = _AMBIENT + 0.1 * normal[:, 2]
        light[sunny] += _SUN * lit[sunny] * ~dark
        colour = albedo * light[:, None]
        haze = 1 - np.exp(-t / 600.0)[:, None]
        colours[at] = colour + haze * (np.array((196, 206, 218), dtype=np.float32) - colour)
        return colours, triangle, depth

    def _sample(
        self, texture: NDArray[np.int32], st_m: Float32s, along: Float32s, across: Float32s
    ) -> Float32s:
        # Footprint of a pixel in texels: the longer side is walked in probes, the shorter one
        # chooses the level, so that walls seen at an angle stay sharp and never alias.
        length_a, length_b = (np.hypot(v[:, 0], v[:, 1]) for v in (along, across))
        area = np.abs(along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0])
        longer = np.maximum(np.maximum(length_a, length_b), 1e-6)
        major = np.where((length_a >= length_b)[:, None], along, across)
        spread = np.maximum(np.maximum(area / longer, longer / _PROBES), 1e-6)
        level = np.clip(np.log2(spread), 0, 12).astype(np.float32)
        base = np.floor(level).astype(np.int32)
        blend = (level - base)[:, None]
        colours = np.zeros((len(texture), 3), dtype=np.float32)
        order = np.argsort(texture, kind="stable")
        bounds = np.flatnonzero(np.diff(texture[order])) + 1
        for part in np.split(order, bounds):
            if not len(part):
                continue
            pyramid = self._pyramid(int(texture[part[0]]))
            long_way = longer[part] / spread[part] > 1.3
            for chosen, probes in ((part[~long_way], 1), (part[long_way], _PROBES)):
                if not len(chosen):
                    continue
                total = np.zeros((len(chosen), 3), dtype=np.float32)
                for k in range(probes):
                    shift = ((k + 0.5) / probes - 0.5) * major[chosen] * pyramid.texel_m
                    at = st_m[chosen] + shift.astype(np.float32)
                    fine = pyramid.lookup(at, base[chosen])
                    coarse = pyramid.lookup(at, base[chosen] + 1)
                    total += fine + blend[chosen] * (coarse - fine)
                colours[chosen] = total / probes
        return colours

    def _pyramid(self, index: int) -> _Pyramid:
        texture = self._mesh.textures[index]
        if index < self._fixed:
            return self._renderer.pyramid(index, texture)
        if index not in self._own:
            self._own[index] = _Pyramid.of(texture)
        return self._own[index]


def _outlines(depth: Float32s, texture: NDArray[np.int32]) -> NDArray[np.bool_]:
    rough = np.zeros(depth.shape, dtype=np.bool_)
    far = np.where(np.isfinite(depth), depth, 1e6)
    for axis in (0, 1):
        a = [slice(None)] * 2
        b = [slice(None)] * 2
        a[axis], b[axis] = slice(1, None), slice(None, -1)
        low = np.minimum(far[tuple(a)], far[tuple(b)])
        jump = np.abs(far[tuple(a)] - far[tuple(b)]) > 0.02 * low
        jump |= texture[tuple(a)] != texture[tuple(b)]
        rough[tuple(a)] |= jump
        rough[tuple(b)] |= jump
    return rough


def _paint_sky(rng: np.random.Generator) -> Float32s:
    # Rows run from the zenith down to the horizon, columns once around.
    h, w = _SKY_SHAPE
    height = np.linspace(1, 0, h, dtype=np.float32)[:, None, None]
    zenith, horizon = np.array((92, 138, 200), np.float32), np.array((206, 218, 228), np.float32)
    sky = horizon + (zenith - horizon) * np.sqrt(height) + np.zeros((h, w, 3), np.float32)
    clouds = paint.fractal(
        rng, (h, w), finest_px=4, coarsest_px=128, roughness=0.9, stretch=(0.7, 1.5)
    )
    # The seam behind one's back: fade the last columns into the first.
    fade = np.linspace(0, 1, 128, dtype=np.float32)
    clouds[:, -128:] = clouds[:, -128:] * (1 - fade) + clouds[:, :1] * fade
    paint.tint(sky, np.clip(0.6 * clouds - 0.05, 0, 0.95), (240, 241, 243))
    return sky
