"""Surface normals and dominant planes of a depth map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera

Array = NDArray[np.float64]

_GRID_WIDTH_PX = 256
_MAX_PLANES = 4
_MIN_SHARE = 0.02
_SEEDS = 300
_JURY = 6_000
_NORMAL_TOLERANCE_COS = float(np.cos(np.deg2rad(15.0)))
_NOISY_COS = float(np.cos(np.deg2rad(40.0)))
_DISTANCE_TOLERANCE_REL = 0.03


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plane:
    """Points p of the camera frame with normal · p = −distance_m, the normal towards the camera.

    normal_cam (3,), unit; distance_m > 0 from the camera; mask (H, W) bool of the cells of the
    grid that lie on it and face as it does, cells their number; near (H, W) of all that lie on it,
    whichever way the depth's noise has them face.
    """

    normal_cam: Array
    distance_m: float
    mask: NDArray[np.bool_]
    near: NDArray[np.bool_]
    cells: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NormalGrid:
    """Points and normals of a thinned depth map.

    xyz_cam (H, W, 3) and normal_cam (H, W, 3), NaN where unknown; camera of this grid.
    """

    xyz_cam: Array
    normal_cam: Array
    camera: Camera


def normal_grid(depth_m: NDArray[np.float32], camera: Camera) -> NormalGrid:
    """Normals (towards the camera) by central differences of the back-projected, thinned depth.

    A cell whose neighbours jump in depth by more than 10 % has no normal.
    """
    step = max(1, round(camera.width_px / _GRID_WIDTH_PX))
    cells = (slice(step // 2, None, step), slice(step // 2, None, step))
    depth = depth_m[cells].astype(np.float64)
    rows, columns = (np.arange(side)[cells[0]] + 0.5 for side in depth_m.shape)
    xyz = camera.unproject(np.stack(np.meshgrid(columns, rows), axis=-1), depth)
    normals = np.full_like(xyz, np.nan)
    reach = 2
    across = xyz[reach:-reach, 2 * reach :] - xyz[reach:-reach, : -2 * reach]
    along = xyz[2 * reach :, reach:-reach] - xyz[: -2 * reach, reach:-reach]
    centre = xyz[reach:-reach, reach:-reach]
    normal = np.cross(along, across)
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    limit = 0.1 * centre[..., 2]
    smooth = (np.abs(across[..., 2]) < limit * 4) & (np.abs(along[..., 2]) < limit * 4)
    # A jump shows as a second difference: the centre is far off the mean of its neighbours.
    bend_u = np.abs(
        xyz[reach:-reach, 2 * reach :, 2] + xyz[reach:-reach, : -2 * reach, 2] - 2 * centre[..., 2]
    )
    bend_v = np.abs(
        xyz[2 * reach :, reach:-reach, 2] + xyz[: -2 * reach, reach:-reach, 2] - 2 * centre[..., 2]
    )
    smooth &= (bend_u < limit) & (bend_v < limit)
    with np.errstate(invalid="ignore", divide="ignore"):
        normal = np.where(smooth[..., None] & (length > 0), normal / length, np.nan)
    facing_away = np.einsum("hwk,hwk->hw", normal, centre) > 0
    normal[facing_away] *= -1
    normals[reach:-reach, reach:-reach] = normal
    height, width = depth.shape
    return NormalGrid(xyz_cam=xyz, normal_cam=normals, camera=camera.rescaled(width, height))


def dominant_planes(grid: NormalGrid) -> list[Plane]:
    """The largest planes, at most four, largest first; each cell belongs to one plane at most.

    Greedy: the best of a fixed sample of cells' own tangent planes, refined by its members' mean
    normal and median distance, removed, and again. Deterministic.
    """
    height, width = grid.xyz_cam.shape[:2]
    normals = grid.normal_cam.reshape(-1, 3)
    points = grid.xyz_cam.reshape(-1, 3)
    free: NDArray[np.bool_] = np.asarray(
        np.isfinite(normals).all(axis=1) & np.isfinite(points).all(axis=1)
    )
    least = max(1, int(_MIN_SHARE * height * width))
    planes: list[Plane] = []
    while len(planes) < _MAX_PLANES and np.count_nonzero(free) >= least:
        index = np.flatnonzero(free)
        free_normals, free_points = normals[index], points[index]
        ranges = np.linalg.norm(free_points, axis=1)
        normal, distance = _best_tangent(free_normals, free_points, ranges)
        best = _members(free_normals, free_points, ranges, normal, distance)
        if np.count_nonzero(best) < least:
            break
        for _ in range(3):
            normal, distance = _fit(free_points[best], ranges[best])
            refined = _members(free_normals, free_points, ranges, normal, distance)
            if np.count_nonzero(refined) < least:
                break
            best = refined
        normal, distance = _fit(free_points[best], ranges[best])
        members = index[best]
        mask: NDArray[np.bool_] = np.zeros(height * width, dtype=np.bool_)
        mask[members] = True
        free[members] = False
        # Cells whose normals the noise of the depth threw off lie on it all the same: left over,
        # they would make the same plane again.
        free[index[_members(free_normals, free_points, ranges, normal, distance, _NOISY_COS)]] = (
            False
        )
        planes.append(
            Plane(
                normal_cam=normal,
                distance_m=distance,
                mask=mask.reshape(height, width),
                near=_near(grid.xyz_cam, normal, distance),
                cells=int(np.count_nonzero(best)),
            )
        )
    return planes


def _best_tangent(normals: Array, points: Array, ranges: Array) -> tuple[Array, float]:
    """The tangent plane, of a fixed sample of cells, that most of a fixed sample of them lie on:
    of some thousand cells the share on a plane is known to two per cent."""
    jury = np.linspace(0, len(points) - 1, min(len(points), _JURY)).astype(np.intp)
    jurors = normals[jury], points[jury], ranges[jury]
    seeds = np.linspace(0, len(points) - 1, _SEEDS).astype(np.intp)
    votes = [
        np.count_nonzero(_members(*jurors, normals[i], -float(normals[i] @ points[i])))
        for i in seeds
    ]
    best = seeds[int(np.argmax(votes))]
    return normals[best], -float(normals[best] @ points[best])


def _members(
    normals: Array,
    points: Array,
    ranges: Array,
    normal: Array,
    distance_m: float,
    least_cos: float = _NORMAL_TOLERANCE_COS,
) -> NDArray[np.bool_]:
    off = np.abs(points @ normal + distance_m)
    near = off < _DISTANCE_TOLERANCE_REL * ranges
    return np.asarray(near & (normals @ normal > least_cos))


def _near(xyz_cam: Array, normal: Array, distance_m: float) -> NDArray[np.bool_]:
    """The cells (H, W) whose points lie on a plane, whichever way their noise has them face."""
    off = np.abs(xyz_cam @ normal + distance_m)
    with np.errstate(invalid="ignore"):
        return np.asarray(off < _DISTANCE_TOLERANCE_REL * np.linalg.norm(xyz_cam, axis=-1))


def _fit(points: Array, ranges: Array) -> tuple[Array, float]:
    """Plane of least squared relative distance: depth noise grows with range."""
    weight = 1.0 / np.maximum(ranges, 1e-3) ** 2
    centre = np.average(points, axis=0, weights=weight)
    spread = (points - centre) * np.sqrt(weight)[:, None]
    normal = np.linalg.svd(spread.T @ spread)[0][:, 2]
    distance = -float(normal @ centre)
    return (normal, distance) if distance > 0 else (-normal, -distance)
