"""A surface out of what photos saw: a truncated signed distance field, by Open3D.

After Curless and Levoy (SIGGRAPH 1996). Where no photo measured anything nothing is made up: holes
stay holes, and the sky has no skin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.errors import ModelError
from worldmap.records import View

Array = NDArray[np.float64]

_TRUNCATED: Final = 4.0
"""Voxels: how far before and behind a surface the field is kept."""
_AGREED_REL: Final = 0.5
"""Of the field's thickness: what a pixel may be off the nearest point that photos agree on by at
least, for these are as far apart."""
_UNSURE: Final = 2.0
"""Pixels that are so many times less sure than the points there would move the field as much as
those that made them, and be worth a quarter: they are left out where they are unsure by half a
voxel or more."""
_BRIDGED_VOXELS: Final = 3.0
"""Triangles further than this from every such point are none: between a far photo's pixels."""
_FINER: Final = 3
_STEP_REL: Final = 0.1
"""Pixels whose distances differ by more are of two surfaces: a tenth is a slant of 89° at the
usual 1.7 mrad a pixel."""
_FEWEST: Final = 50
"""Triangles of a piece that is kept."""
_FARTHEST_M: Final = 500.0
_BLOCK, _BLOCKS = 8, 30_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Triangles:
    """xyz_enu (V, 3), normal_enu (V, 3) unit, faces (F, 3)."""

    xyz_enu: Array
    normal_enu: Array
    faces: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.faces)

    def where(self, chosen: NDArray[np.bool_]) -> Triangles:
        """Of the faces (F,) those chosen, with the vertices that they have."""
        faces = self.faces[chosen]
        used, renamed = np.unique(faces, return_inverse=True)
        return Triangles(
            xyz_enu=self.xyz_enu[used],
            normal_enu=self.normal_enu[used],
            faces=renamed.reshape(-1, 3),
        )

    @property
    def centres(self) -> Array:
        """Middles (F, 3) of the faces."""
        return np.asarray(self.xyz_enu[self.faces].mean(axis=1))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Believed:
    """Points that photos agree on: xyz_enu (N, 3), sigma_m (N,)."""

    xyz_enu: Array
    sigma_m: NDArray[np.float32]


def fused_surface(
    views: Iterable[View],
    believed: Believed,
    box_enu: Array,
    voxel_m: float,
    *,
    coarsest_rel: float = 0.5,
) -> Triangles:
    """The surface within a box, lowest and highest corner (2, 3), by the views that reach into it.

    believed: points that enough photos agree on; what is not near one is left out.
    coarsest_rel: by so much of a voxel triangles may leave the surface as they become fewer. The
    field's voxels lie on whole multiples of their size, so that neighbouring boxes meet. ModelError
    where Open3D cannot be loaded.
    """
    if not len(believed.xyz_enu):
        return _nothing()
    o3d = _open3d()
    agreed = cKDTree(believed.xyz_enu)
    core = o3d.core
    volume = o3d.t.geometry.VoxelBlockGrid(
        attr_names=("tsdf", "weight"),
        attr_dtypes=(core.float32, core.float32),
        attr_channels=(1, 1),
        voxel_size=voxel_m,
        block_resolution=_BLOCK,
        block_count=_BLOCKS,
    )
    # Beyond the box for the field to be whole at its edges.
    low, high = box_enu[0] - 2 * _TRUNCATED * voxel_m, box_enu[1] + 2 * _TRUNCATED * voxel_m
    around = o3d.t.geometry.PointCloud(core.Tensor(believed.xyz_enu.astype(np.float32)))
    blocks = volume.compute_unique_block_coordinates(around, _TRUNCATED)
    for view in views:
        depth = _depth_in(view, (low, high), agreed, believed.sigma_m, voxel_m)
        if depth is None:
            continue
        image = o3d.t.geometry.Image(core.Tensor(_finer(depth)))
        # Open3D's pixels have their middles on whole numbers.
        lens = view.camera.rescaled(*(_FINER * size for size in depth.shape[::-1]))
        matrix = lens.matrix - np.array(((0, 0, 0.5), (0, 0, 0.5), (0, 0, 0)))
        placed = core.Tensor(view.enu_from_cam.inverse().matrix)
        volume.integrate(blocks, image, core.Tensor(matrix), placed, 1.0, _FARTHEST_M, _TRUNCATED)
    try:
        found = volume.extract_triangle_mesh(weight_threshold=0.5).to_legacy()
    except RuntimeError:  # what it says of a surface of no triangle
        return _nothing()
    xyz, faces = np.asarray(found.vertices), np.asarray(found.triangles).astype(np.intp)
    if not len(faces):
        return _nothing()
    away_m, _ = agreed.query(xyz, distance_upper_bound=_BRIDGED_VOXELS * voxel_m)
    near = np.isfinite(np.asarray(away_m))
    centres = xyz[faces].mean(axis=1)
    inside = ((centres >= box_enu[0]) & (centres < box_enu[1])).all(axis=1)
    xyz, faces = in_order(xyz, faces[near[faces].all(axis=1) & inside])
    found = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(xyz), o3d.utility.Vector3iVector(faces.astype(np.int32))
    )
    return _fewer(found, voxel_m, coarsest_rel)


def in_order(xyz: Array, faces: NDArray[np.intp]) -> tuple[Array, NDArray[np.intp]]:
    """The same vertices (V, 3) and faces (F, 3), sorted. The field's blocks come in the order that
    threads made them in, and what becomes of triangles as they become fewer depends on theirs."""
    order = np.lexsort(xyz.T[::-1])
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    faces = place[faces]
    first = faces.argmin(axis=1)[:, None]
    faces = np.take_along_axis(faces, (first + np.arange(3)) % 3, axis=1)
    return xyz[order], faces[np.lexsort(faces.T[::-1])]


def _fewer(found: Any, voxel_m: float, coarsest_rel: float) -> Triangles:
    """Without crumbs, in fewer triangles."""
    piece, sizes, _ = found.cluster_connected_triangles()
    small = np.asarray(sizes)[np.asarray(piece)] < _FEWEST if len(sizes) else np.zeros(0, bool)
    found.remove_triangles_by_mask(small)
    found.remove_unreferenced_vertices()
    if not len(found.triangles):
        return _nothing()
    found = found.simplify_quadric_decimation(
        max(len(found.triangles) // 6, 1), maximum_error=(coarsest_rel * voxel_m) ** 2
    )
    found.remove_degenerate_triangles()
    found.remove_duplicated_triangles()
    found.remove_unreferenced_vertices()
    found.compute_vertex_normals()
    normal = np.asarray(found.vertex_normals).copy()
    # Where triangles back to back leave none, any will do.
    normal[np.linalg.norm(normal, axis=1) < 0.5] = (0.0, 0.0, 1.0)
    return Triangles(
        xyz_enu=np.asarray(found.vertices).copy(),
        normal_enu=normal,
        faces=np.asarray(found.triangles).astype(np.intp),
    )


def _depth_in(
    view: View,
    box_enu: tuple[Array, Array],
    agreed: cKDTree,
    agreed_sigma_m: NDArray[np.float32],
    voxel_m: float,
) -> NDArray[np.float32] | None:
    """The view's depth without distortion, 0 where there is none, or its point lies outside a box
    or it disagrees with all that photos agree on, or is much less sure than these; None where
    all of it is so."""
    (low, high), thickness_m = box_enu, _TRUNCATED * voxel_m
    depth, sigma = view.depth_m, view.sigma_m
    camera = view.camera
    if not camera.is_pinhole:
        plain = replace(camera, distortion=(0.0,) * 5)
        uv = camera.project(plain.rays(plain.pixel_centres()))
        column = np.floor(np.nan_to_num(uv[..., 0], nan=-1.0)).astype(np.intp)
        row = np.floor(np.nan_to_num(uv[..., 1], nan=-1.0)).astype(np.intp)
        within = (column >= 0) & (column < camera.width_px) & (row >= 0) & (row < camera.height_px)
        at = row.clip(0, camera.height_px - 1), column.clip(0, camera.width_px - 1)
        depth, sigma = np.where(within, depth[at], np.float32(np.nan)), sigma[at]
        camera = plain
    rows, columns = np.nonzero(np.isfinite(depth))
    if not len(rows):
        return None
    uv = np.stack((columns + 0.5, rows + 0.5), axis=-1)
    xyz = view.enu_from_cam.apply(camera.unproject(uv, depth[rows, columns].astype(np.float64)))
    inside = np.flatnonzero(((xyz >= low) & (xyz < high)).all(axis=1))
    away_m, nearest = agreed.query(xyz[inside], distance_upper_bound=thickness_m)
    # Within what the pixel is unsure by, and the field is thick.
    slack_m = np.maximum(sigma[rows, columns][inside], _AGREED_REL * thickness_m)
    # Where none is near the index is one too many.
    known_m = np.append(agreed_sigma_m, np.float32(0.0))[np.asarray(nearest)]
    sure = sigma[rows, columns][inside] <= np.maximum(voxel_m / 2, _UNSURE * known_m)
    inside = inside[(np.asarray(away_m) <= slack_m) & sure]
    if not len(inside):
        return None
    found = np.zeros(depth.shape, dtype=np.float32)
    found[rows[inside], columns[inside]] = depth[rows[inside], columns[inside]]
    return found


def _finer(depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """The depth with as many more pixels, between those of one surface: one over the depth of a
    plane is linear in the picture. What a voxel sees is off by half a pixel's slope otherwise, on
    the ground far away decimetres."""
    rows, columns = depth_m.shape
    padded = np.pad(depth_m, 1)
    known = padded > 0
    inverse = np.where(known, 1.0 / np.where(known, padded, 1.0), 0.0).astype(np.float32)
    found = np.repeat(np.repeat(depth_m, _FINER, axis=0), _FINER, axis=1)
    for down in range(_FINER):
        for right in range(_FINER):
            y, x = (down + 0.5) / _FINER - 0.5, (right + 0.5) / _FINER - 0.5
            top, left = 1 + (-1 if y < 0 else 0), 1 + (-1 if x < 0 else 0)
            v, u = y % 1.0, x % 1.0
            four = [
                inverse[top + i : top + i + rows, left + j : left + j + columns]
                for i in (0, 1)
                for j in (0, 1)
            ]
            nearest, farthest = np.maximum.reduce(four), np.minimum.reduce(four)
            one = farthest > (1.0 - _STEP_REL) * nearest
            one &= farthest > 0
            upper, lower = four[0] * (1 - u) + four[1] * u, four[2] * (1 - u) + four[3] * u
            smooth = upper * (1 - v) + lower * v
            part = found[down::_FINER, right::_FINER]
            part[one] = 1.0 / smooth[one]
    return found


def _nothing() -> Triangles:
    return Triangles(
        xyz_enu=np.zeros((0, 3)), normal_enu=np.zeros((0, 3)), faces=np.zeros((0, 3), np.intp)
    )


def _open3d() -> Any:
    try:
        import open3d
    except (ImportError, OSError) as error:
        said = " ".join(str(error).split())
        raise ModelError(f"a mesh needs open3d, which cannot be loaded: {said}") from error
    return open3d
