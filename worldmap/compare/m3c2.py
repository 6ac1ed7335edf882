"""M3C2: how far a surface moved along its own normal, and from what on that is more than noise.

Lague, Brodu and Leroux, "Accurate 3D comparison of complex topography with terrestrial laser
scanner", ISPRS Journal 82 (2013), sections 3.1-3.3: normals by a plane through what is near, means
of both clouds in a cylinder along them, and the level of detection at 95 % of eq. 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]

# Fewer points make no plane, and their spread says nothing of the mean's error.
_FEWEST: Final = 4
# Of a normal distribution, both sides.
_Z_95: Final = 1.959964
_AT_ONCE: Final = 500
# A normal that is this level says nothing of which side is outside.
_LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """normal_m: across the points that make a normal; projection_m: across the cylinder that is
    averaged over; reach_m: half its length, the largest change that is found; registration_m: what
    the clouds may be off as wholes."""

    normal_m: float
    projection_m: float
    reach_m: float
    registration_m: float = 0.0

    @property
    def around_m(self) -> float:
        """How far from a core point anything is looked at."""
        return max(self.normal_m / 2, float(np.hypot(self.projection_m / 2, self.reach_m)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CloudChange:
    """At core points (N, 3): by how much the second cloud lies further out along normals (N, 3),
    distance_m (N,), and from what on that counts, detection_m (N,); NaN where either cloud has too
    few points."""

    core: Array
    normal: Array
    distance_m: Array
    detection_m: Array

    @property
    def is_significant(self) -> NDArray[np.bool_]:
        """Whether the change is more than noise (95 %)."""
        return np.asarray(np.abs(self.distance_m) > self.detection_m)


def core_points(xyz: Array, spacing_m: float) -> Array:
    """One point of the cloud (N, 3) for each cube of that size that has any: that nearest to the
    mean of those in it. The cubes lie on whole multiples of their size."""
    if not len(xyz):
        return np.zeros((0, 3))
    cell = np.floor(xyz / spacing_m).astype(np.int64)
    _, of = np.unique(cell, axis=0, return_inverse=True)
    of = of.ravel()
    count = np.bincount(of)
    low = xyz.min(axis=0)
    mean = np.stack([np.bincount(of, xyz[:, k] - low[k]) / count for k in range(3)], axis=1) + low
    away = ((xyz - mean[of]) ** 2).sum(axis=1)
    order = np.lexsort((away, of))
    return np.asarray(xyz[order[np.searchsorted(of[order], np.arange(len(count)))]])


def nearest_m(xyz: Array, from_xyz: Array) -> Array:
    """(N,) how far points (N, 3) are from the nearest of another cloud; infinite without one."""
    if not len(from_xyz):
        return np.full(len(xyz), np.inf)
    return np.asarray(cKDTree(from_xyz).query(xyz)[0])


def m3c2(core: Array, first: Array, second: Array, scales: Scales) -> CloudChange:
    """How far the second cloud is from the first at each core point; all (N, 3) in metres."""
    middle = core.mean(axis=0) if len(core) else np.zeros(3)
    clouds = [points - middle for points in (first, second)]
    trees = [cKDTree(points) if len(points) else None for points in clouds]
    normal = np.full(core.shape, np.nan)
    distance, detection = np.full(len(core), np.nan), np.full(len(core), np.nan)
    for start in range(0, len(core), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        here = core[rows] - middle
        normal[rows] = _normals(here, clouds[0], trees[0], scales.normal_m / 2)
        of_cloud = [
            _along(here, normal[rows], points, tree, scales)
            for points, tree in zip(clouds, trees, strict=True)
        ]
        (mean_a, error_a), (mean_b, error_b) = of_cloud
        distance[rows] = mean_b - mean_a
        detection[rows] = _Z_95 * (np.sqrt(error_a + error_b) + scales.registration_m)
    detection[np.isnan(distance)] = np.nan
    return CloudChange(core=core, normal=normal, distance_m=distance, detection_m=detection)


def _pairs(
    here: Array, tree: cKDTree | None, radius_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Core rows and point rows of all pairs that are near each other."""
    if tree is None or not len(here):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    found: Any = tree.query_ball_point(here, radius_m, return_sorted=False)
    count = np.array([len(each) for each in found])
    every = chain.from_iterable(found)
    point = np.fromiter(every, dtype=np.intp, count=int(count.sum()))
    return np.repeat(np.arange(len(here)), count), point


def _normals(here: Array, points: Array, tree: cKDTree | None, radius_m: float) -> Array:
    """Unit normals (N, 3) of the planes through the points around, upwards, those of walls to the
    east or else to the north; NaN where there are too few points."""
    core, point = _pairs(here, tree, radius_m)
    count = np.bincount(core, minlength=len(here))
    off = points[point] - here[core]
    first = np.stack([np.bincount(core, off[:, k], len(here)) for k in range(3)], axis=1)
    mean = first / np.maximum(count, 1)[:, None]
    second = np.empty((len(here), 3, 3))
    for i in range(3):
        for j in range(3):
            second[:, i, j] = np.bincount(core, off[:, i] * off[:, j], len(here))
    spread = second / np.maximum(count, 1)[:, None, None] - mean[:, :, None] * mean[:, None, :]
    normal = np.linalg.eigh(spread)[1][:, :, 0]
    east = np.where(np.abs(normal[:, 0]) > _LEVEL, normal[:, 0], normal[:, 1])
    out = np.where(np.abs(normal[:, 2]) > _LEVEL, normal[:, 2], east)
    normal = normal * np.where(out < 0, -1.0, 1.0)[:, None]
    normal[count < _FEWEST] = np.nan
    return normal


def _along(
    here: Array, normal: Array, points: Array, tree: cKDTree | None, scales: Scales
) -> tuple[Array, Array]:
    """Mean (N,) along the normals of the points in each cylinder, and the variance (N,) of that
    mean; NaN where there are too few."""
    radius_m, piece_m = scales.projection_m / 2, scales.projection_m
    known = np.flatnonzero(np.isfinite(normal).all(axis=1))
    cores, alongs = [np.zeros(0, dtype=np.intp)], [np.zeros(0)]
    # Ball by ball along the cylinder: one about all of it would hold everything around.
    most = int(np.ceil(scales.reach_m / piece_m))
    for number in range(-most, most + 1):
        middle_m = number * piece_m
        balls = here[known] + middle_m * normal[known]
        of, point = _pairs(balls, tree, float(np.hypot(radius_m, piece_m / 2)))
        core = known[of]
        off = points[point] - here[core]
        along = (off * normal[core]).sum(axis=1)
        across = np.linalg.norm(off - along[:, None] * normal[core], axis=1)
        inside = (across <= radius_m) & (np.abs(along) <= scales.reach_m)
        inside &= (along >= middle_m - piece_m / 2) & (along < middle_m + piece_m / 2)
        cores.append(core[inside])
        alongs.append(along[inside])
    core, along = np.concatenate(cores), np.concatenate(alongs)
    count = np.bincount(core, minlength=len(here))
    enough = np.maximum(count, 2)
    mean = np.bincount(core, along, len(here)) / np.maximum(count, 1)
    variance = np.bincount(core, (along - mean[core]) ** 2, len(here)) / (enough - 1)
    told = count >= _FEWEST
    return np.where(told, mean, np.nan), np.where(told, variance / enough, np.nan)
