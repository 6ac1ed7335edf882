"""Points of many photos to one point per voxel, which says how many photos agree on it.

The result is the same to the last bit whatever the order of clouds and points: within one photo
sums are taken over integers, which do not round, and across photos in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.config import FuseSettings
from worldmap.errors import FrameError
from worldmap.geodesy import ENU

Array = NDArray[np.float64]
Indices = NDArray[np.integer[Any]]
Gain = tuple[float, float, float]
Gains = Mapping[int, Gain]
"""Per photo, what its red, green and blue values are multiplied by."""

_BLOCK_LEVEL = 9
"""A block is 2⁹ voxels wide and deep, all heights: what is sorted at once. Voxels of all sizes
nest in it."""
_AT_ONCE, _PART_LEVEL = 1 << 20, 6
"""A block of more points, of which each takes some 300 bytes at once, is fused in parts."""
_POSITION_STEPS = 1 << 16
"""Position inside a voxel, in whole steps."""
_SIGMA_STEP_M = 1e-6
"""Sigmas in whole steps."""
_MAX_WEIGHT = 1 << 20
"""Weight 1/σ² in whole m⁻², so that σ from 1 mm to 1 m tell in a photo's own mean. With positions
of 16 bits this leaves room for 2²⁷ points of one photo in one voxel."""
_COVERED_SHARE = 0.25
"""A coarse voxel whose face fine ones fill to this share has nothing to add to them."""


def fuse(
    clouds_enu: Sequence[PointCloud],
    settings: FuseSettings,
    gains: Gains | None = None,
    *,
    jobs: int = 1,
) -> PointCloud:
    """One point for each occupied voxel of the ENU grid.

    Voxels are `settings.voxel_m` wide where points are certain and grow with their sigma, by powers
    of two; a coarse one is dropped where finer ones cover it. A photo's points in a voxel, whose
    errors are one and the same, become their mean with weights 1/σ² and keep the smallest sigma;
    the photos' means, whose errors are independent, become the weighted mean with σ² = 1 / Σ 1/σ².
    Points on which photos agreed already (support > 1) share their evidence with those photos'
    points, so it counts once. support is the number of photos (at most 255), photo_id the one with
    the smallest sigma, colour the weighted mean after `gains`. Points that are not finite are left
    out. Sorted by block, size and voxel; the same for any number of threads `jobs`. FrameError
    where the clouds are not all in ENU about one site, ValueError where there is no cloud or points
    lie too far apart.
    """
    if not clouds_enu:
        raise ValueError("nothing to fuse: no cloud says in which frame")
    frame = clouds_enu[0].frame
    if frame.kind != ENU:
        raise FrameError(f"clouds are fused in ENU, not in {frame}")
    # Of many points each copy takes as much again.
    cloud = clouds_enu[0] if len(clouds_enu) == 1 else PointCloud.concatenated(clouds_enu, frame)
    if not (np.isfinite(cloud.xyz).all() and np.isfinite(cloud.sigma_m).all()):
        cloud = cloud.select(np.isfinite(cloud.xyz).all(axis=1) & np.isfinite(cloud.sigma_m))

    def fused(rows: Indices) -> PointCloud:
        return _fuse_block(cloud, rows, settings, gains or {})

    blocks = _blocks(cloud, settings)
    if jobs <= 1:
        return PointCloud.concatenated([fused(rows) for rows in blocks], frame)
    with ThreadPoolExecutor(jobs) as pool:
        return PointCloud.concatenated(list(pool.map(fused, blocks)), frame)


def _blocks(cloud: PointCloud, settings: FuseSettings) -> Iterator[Indices]:
    """Rows of each block's points, blocks from west to east and south to north; those of many
    points in parts."""
    every: Indices = np.arange(len(cloud))
    if len(cloud) < 1 << 31:
        every = every.astype(np.int32)
    for rows in _squares(cloud, every, settings.voxel_m * 2.0**_BLOCK_LEVEL):
        if len(rows) <= _AT_ONCE:
            yield rows
            continue
        widest = int(np.ceil(np.log2(max(settings.max_voxel_m / settings.voxel_m, 1.0))))
        part = min(max(_PART_LEVEL, widest), _BLOCK_LEVEL)
        yield from _squares(cloud, rows, settings.voxel_m * 2.0**part)


def _squares(cloud: PointCloud, rows: Indices, side_m: float) -> Iterator[Indices]:
    """Those of the rows that lie in each square of the grid, from west to east and south to
    north."""
    if not len(rows):
        return
    code = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        square = np.floor(cloud.xyz[some, :2] / side_m).astype(np.int64)
        code[start : start + _AT_ONCE] = (square[:, 0] << 32) + square[:, 1]
    squares = np.unique(code)
    if len(squares) == 1:
        yield rows
        return
    if len(squares) <= 1 << 16:  # which sorts ten times as fast, in a fraction of the memory
        code = np.searchsorted(squares, code).astype(np.uint16)
    order = np.argsort(code, kind="stable")
    rows, code = rows[order], code[order]
    del order
    yield from np.split(rows, np.flatnonzero(np.diff(code)) + 1)


def _levels(sigma_m: NDArray[np.float32], settings: FuseSettings) -> NDArray[np.int8]:
    """How many times the voxel of each point (N,) is doubled."""
    top = min(int(np.log2(max(settings.max_voxel_m / settings.voxel_m, 1.0))), _BLOCK_LEVEL)
    edges = settings.voxel_m * 2.0 ** np.arange(1, top + 1)
    wanted_m = sigma_m * np.float32(settings.voxel_per_sigma)
    return np.searchsorted(edges.astype(np.float32), wanted_m, side="right").astype(np.int8)


def _fuse_block(
    cloud: PointCloud, rows: Indices, settings: FuseSettings, gains: Gains
) -> PointCloud:
    """The fused points of one block, fine voxels before coarse ones."""
    scaled = cloud.xyz[rows] / settings.voxel_m
    cell = np.floor(scaled).astype(np.int64)
    # Column by column: numpy takes ten times as long for min(axis=0) of a tall array.
    lowest = np.array([cell[:, axis].min() for axis in range(3)])
    origin = (lowest >> _BLOCK_LEVEL) << _BLOCK_LEVEL
    cell -= origin
    scaled -= origin
    if int(cell[:, 2].max()).bit_length() > 62 - 2 * _BLOCK_LEVEL:
        raise ValueError(f"heights span {np.ptp(cloud.xyz[rows, 2]):.3g} m: too far apart to fuse")
    level = _levels(cloud.sigma_m[rows], settings)
    fused: list[PointCloud] = []
    cover = _Cover()
    for step in range(int(level.max()) + 1):
        cover = cover.coarser()
        chosen = np.flatnonzero(level == step)
        if not len(chosen):
            continue
        voxels, points = _fuse_level(
            cloud, rows[chosen], cell[chosen] >> step, scaled[chosen] * 2.0**-step, gains
        )
        needed = cover.share(voxels) < _COVERED_SHARE
        cover = cover.joined(voxels[needed])
        inside = points.xyz[needed]
        size_m = settings.voxel_m * 2.0**step
        where = (_unpacked(voxels[needed]) + (origin >> step) + inside) * size_m
        fused.append(replace(points.select(needed), xyz=where))
    return PointCloud.concatenated(fused, cloud.frame)


def _packed(cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number (N,) for the cells (N, 3) of a block; x and y lie below 2⁹."""
    return (cell[:, 2] << 2 * _BLOCK_LEVEL) | (cell[:, 1] << _BLOCK_LEVEL) | cell[:, 0]


def _unpacked(code: NDArray[np.int64]) -> NDArray[np.int64]:
    low = (1 << _BLOCK_LEVEL) - 1
    return np.stack((code & low, (code >> _BLOCK_LEVEL) & low, code >> 2 * _BLOCK_LEVEL), axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class _Cover:
    """How much of the surface that fits into each cell of some size is there already, from finer
    cells: their packed codes, sorted, and shares in 0..1."""

    code: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    filled: Array = field(default_factory=lambda: np.empty(0))

    def coarser(self) -> _Cover:
        """The same for cells twice as wide: four cells of a surface fill one."""
        if not len(self.code):
            return self
        parent = _packed(_unpacked(self.code) >> 1)
        code, of_child = np.unique(parent, return_inverse=True)
        filled = np.bincount(of_child, weights=self.filled) / 4
        return _Cover(code, np.minimum(filled, 1.0))

    def share(self, code: NDArray[np.int64]) -> Array:
        """How much of each cell (N,) is filled."""
        if not len(self.code):
            return np.zeros(len(code))
        at = np.minimum(np.searchsorted(self.code, code), len(self.code) - 1)
        return np.where(self.code[at] == code, self.filled[at], 0.0)

    def joined(self, code: NDArray[np.int64]) -> _Cover:
        """With these cells (N,), which hold a point of their own size, filled."""
        both = np.concatenate((code, self.code))
        filled = np.concatenate((np.ones(len(code)), self.filled))
        found, first = np.unique(both, return_index=True)
        return _Cover(found, filled[first])


def _fuse_level(
    cloud: PointCloud, rows: Indices, cell: NDArray[np.int64], scaled: Array, gains: Gains
) -> tuple[NDArray[np.int64], PointCloud]:
    """The voxels (M,) that these points lie in, packed and sorted, and a point for each, its xyz
    still counted from the voxel's corner in voxels."""
    photos, photo = _numbered(cloud.photo_id[rows])
    code, order = _sorted(_packed(cell) * len(photos) + photo)
    start = np.flatnonzero(np.diff(code, prepend=-1))
    rows = rows[order]

    # Per voxel and photo, in integers: exact, so the order within a group does not matter.
    sigma_m = np.maximum(cloud.sigma_m[rows].astype(np.float64), 1e-6)
    weight = np.clip(np.rint(sigma_m**-2), 1, _MAX_WEIGHT).astype(np.int64)
    total = np.add.reduceat(weight, start)

    def mean(values: NDArray[np.int64]) -> Array:
        return np.asarray(np.add.reduceat(values * weight, start) / total)

    inside = np.empty((len(start), 3))
    for axis in range(3):
        steps = ((scaled[:, axis] - cell[:, axis]) * _POSITION_STEPS).astype(np.int64)[order]
        inside[:, axis] = (mean(np.clip(steps, 0, _POSITION_STEPS - 1)) + 0.5) / _POSITION_STEPS
    voxel, group_photo = np.divmod(code[start], len(photos))
    gain = np.array([gains.get(one, (1.0, 1.0, 1.0)) for one in photos.tolist()])[group_photo]
    rgb = np.empty((len(start), 3))
    for channel in range(3):
        rgb[:, channel] = mean(cloud.rgb[rows, channel].astype(np.int64)) * gain[:, channel]
    # What points of one photo are off by beside each other is the same: their mean is as unsure.
    sigma_m = np.maximum(mean(np.rint(sigma_m / _SIGMA_STEP_M).astype(np.int64)), 1) * _SIGMA_STEP_M
    support = np.maximum.reduceat(cloud.support[rows], start)

    # Per voxel, groups in the order of photo ids.
    start = np.flatnonzero(np.diff(voxel, prepend=-1))
    photos_in = np.diff(start, append=len(voxel))
    information = sigma_m**-2 / np.maximum(support, 1)
    total_information = np.add.reduceat(information, start)
    share = (information / np.repeat(total_information, photos_in))[:, None]
    # A point that photos agreed on knows as much even where theirs fell into other voxels.
    known = np.maximum(total_information, np.maximum.reduceat(sigma_m**-2, start))
    best = _first_smallest(sigma_m, start)
    points = PointCloud(
        frame=cloud.frame,
        xyz=np.add.reduceat(inside * share, start),
        rgb=np.clip(np.rint(np.add.reduceat(rgb * share, start)), 0, 255).astype(np.uint8),
        sigma_m=(known**-0.5).astype(np.float32),
        photo_id=photos[group_photo[best]],
        support=np.maximum(np.minimum(photos_in, 255), np.maximum.reduceat(support, start)).astype(
            np.uint8
        ),
    )
    return voxel[start], points


def _numbered(photo_id: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The photos there are, ascending, and which of them each point (N,) is of."""
    # Points come photo by photo: sorting the runs is many times faster than sorting the points.
    start = np.flatnonzero(np.diff(photo_id, prepend=~photo_id[:1]))
    photos, of_run = np.unique(photo_id[start], return_inverse=True)
    return photos, np.repeat(of_run.astype(np.int64), np.diff(start, append=len(photo_id)))


def _sorted(code: NDArray[np.int64]) -> tuple[NDArray[np.int64], Indices]:
    """The codes (N,) ascending, and from which rows."""
    row_bits = len(code).bit_length()
    if int(code.max()).bit_length() + row_bits > 62:
        order = np.argsort(code, kind="stable")
        return code[order], order
    # Sorting numbers is several times faster than sorting rows by them.
    both = np.sort((code << row_bits) | np.arange(len(code)))
    return both >> row_bits, both & ((1 << row_bits) - 1)


def _first_smallest(values: Array, start: Indices) -> Indices:
    """Row of the smallest value of each segment, the first where several are equal."""
    length = np.diff(start, append=len(values))
    is_smallest = values == np.repeat(np.minimum.reduceat(values, start), length)
    rows = np.where(is_smallest, np.arange(len(values)), len(values))
    return np.minimum.reduceat(rows, start)
