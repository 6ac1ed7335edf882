"""Many registered clouds to one: a point per voxel that says how many photos agree on it.

The result is the same to the last bit whatever the order of clouds and points: within one photo
sums are taken over integers, which do not round, and across photos in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.frames import ENU

Array = NDArray[np.float64]

_BLOCK_VOXELS = 1 << 10
"""A block is 1024 voxels wide and as deep, all heights: what is sorted at once."""
_POSITION_STEPS = 1 << 16
"""Position inside a voxel, in whole steps."""
_MAX_WEIGHT = 1 << 20
"""Weight 1/σ² in whole m⁻², so that σ from 1 mm to 1 m tell in a photo's own mean. With positions
of 16 bits this leaves room for 2²⁷ points of one photo in one voxel."""


def fuse(clouds_enu: Sequence[PointCloud], settings: FuseSettings) -> PointCloud:
    """One point for each occupied cube of `settings.voxel_m` of the ENU grid.

    A photo's points in a voxel, whose errors are one and the same, become their mean with weights
    1/σ² and keep the smallest sigma; the photos' means, whose errors are independent, become the
    weighted mean with σ² = 1 / Σ 1/σ². support is the number of photos (at most 255), photo_id the
    one with the smallest sigma, colour the weighted mean. Points that are not finite are left out.
    Sorted by block and voxel. FrameError where a cloud is not in ENU, ValueError where heights span
    more than 10⁶ km.
    """
    cloud = PointCloud.concatenated(clouds_enu, ENU)
    finite = np.isfinite(cloud.xyz).all(axis=1) & np.isfinite(cloud.sigma_m)
    if not finite.all():
        cloud = cloud.select(finite)
    voxel = np.floor_divide(cloud.xyz, settings.voxel_m).astype(np.int64)
    fused = [
        _fuse_block(cloud.select(rows), voxel[rows], settings.voxel_m) for rows in _blocks(voxel)
    ]
    return PointCloud.concatenated(fused, ENU)


def _blocks(voxel: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Rows of each block's points, blocks from west to east and south to north."""
    if not len(voxel):
        return []
    block = voxel[:, :2] // _BLOCK_VOXELS
    code = (block[:, 0] << 32) + block[:, 1]
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order]))
    return np.split(order, starts + 1)


def _fuse_block(cloud: PointCloud, voxel: NDArray[np.int64], voxel_m: float) -> PointCloud:
    """The fused points of one block; voxel (N, 3) are the grid indices of its points."""
    photos, photo = np.unique(cloud.photo_id, return_inverse=True)
    origin = voxel.min(axis=0)
    size = voxel.max(axis=0) - origin + 1
    if int(size[0]) * int(size[1]) * int(size[2]) * len(photos) >= 1 << 63:
        raise ValueError(f"points lie too far apart to fuse: {size * voxel_m} m")
    local = voxel - origin
    cell = (local[:, 0] * size[1] + local[:, 1]) * size[2] + local[:, 2]
    code = cell * len(photos) + photo
    order = np.argsort(code)
    code = code[order]
    group_start = np.flatnonzero(np.diff(code, prepend=-1))

    # Per voxel and photo, in integers: exact, so the order within a group does not matter.
    sigma_m = np.maximum(cloud.sigma_m[order].astype(np.float64), 1e-6)
    weight = np.clip(np.rint(sigma_m**-2), 1, _MAX_WEIGHT).astype(np.int64)
    steps = ((cloud.xyz / voxel_m - voxel)[order] * _POSITION_STEPS).astype(np.int64)
    np.clip(steps, 0, _POSITION_STEPS - 1, out=steps)
    group_weight = np.add.reduceat(weight, group_start)
    group_steps = np.add.reduceat(steps * weight[:, None], group_start) / group_weight[:, None]
    rgb = cloud.rgb[order] * weight[:, None]
    group_rgb = np.add.reduceat(rgb, group_start) / group_weight[:, None]
    group_sigma_m = np.minimum.reduceat(sigma_m, group_start)
    group_cell, group_photo = np.divmod(code[group_start], len(photos))

    # Per voxel, groups in the order of photo ids.
    voxel_start = np.flatnonzero(np.diff(group_cell, prepend=-1))
    information = group_sigma_m**-2
    total = np.add.reduceat(information, voxel_start)
    share = information / np.repeat(total, np.diff(voxel_start, append=len(group_cell)))
    inside = (np.add.reduceat(group_steps * share[:, None], voxel_start) + 0.5) / _POSITION_STEPS
    support = np.diff(voxel_start, append=len(group_cell))
    best = _first_smallest(group_sigma_m, voxel_start)
    cells = np.stack(np.unravel_index(group_cell[voxel_start], tuple(size)), axis=-1) + origin
    return PointCloud(
        frame=cloud.frame,
        xyz=(cells + inside) * voxel_m,
        rgb=np.rint(np.add.reduceat(group_rgb * share[:, None], voxel_start)).astype(np.uint8),
        sigma_m=(total**-0.5).astype(np.float32),
        photo_id=photos[group_photo[best]],
        support=np.minimum(support, 255).astype(np.uint8),
    )


def _first_smallest(values: Array, start: NDArray[np.intp]) -> NDArray[np.intp]:
    """Row of the smallest value of each segment, the first where several are equal."""
    length = np.diff(start, append=len(values))
    is_smallest = values == np.repeat(np.minimum.reduceat(values, start), length)
    rows = np.where(is_smallest, np.arange(len(values)), len(values))
    return np.minimum.reduceat(rows, start)
