"""Tracks whose features are laid onto each other by the photos' own pixels.

A feature says where a blob is: to a third of a pixel, a large one to several. The pixels about it
say to a tenth where other photos show the same place. So each track has one photo that says which
place it is, and all others where they see that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.registration.guided import PlacedFeatures
from worldmap.registration.patches import Pyramid, laid_patches
from worldmap.registration.picture import PictureSource
from worldmap.registration.planes import normal_grid
from worldmap.registration.tracks import SAME_PLACE_PX, LaidPlaces, Tracks

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

# Patches that correlate so well are of one place (Furukawa & Ponce, PAMI 32, 2010).
_ALIKE: Final = 0.7
# What sampling, compression and two radial terms of a lens leave of any place, in pixels of the
# picture. Where a phone's street was given a twentieth, its middle came out 56 pixels off.
_FLOOR_PX: Final = 0.12
# A surface seen more obliquely holds no patch, nor does one that one picture shows so much larger.
_GRAZING_COS: Final = 0.15
_MOST_STRETCHED: Final = 6.0
_LEAST_STRETCHED: Final = 0.1
# A place lies no further from its feature than half of that.
_SHARE_OF_FEATURE: Final = 0.5
# Pictures of six megabytes each at the usual size.
_AT_HAND: Final = 32


def sharpened(
    tracks: Tracks, placed: Mapping[int, PlacedFeatures], pictures: Mapping[int, PictureSource]
) -> Tracks:
    """The tracks with where their pictures have them (`Tracks.laid`). placed: the tracks' photos in
    their order, by id, with their lenses and roughly in place. Of photos without a picture all
    stays as found, and so does what is no surer by it.
    """
    ids = list(placed)

    @lru_cache(maxsize=_AT_HAND)
    def shown(index: int) -> _Photo | None:
        picture = pictures.get(ids[index])
        return None if picture is None else _Photo.of(placed[ids[index]], picture)

    uv_px, metres_px = np.zeros((len(tracks.photo), 2)), np.zeros(len(tracks.photo))
    for index, each in enumerate(placed.values()):
        rows = tracks.photo == index
        of = tracks.feature[rows]
        uv_px[rows] = each.features.uv_px[of]
        metres_px[rows] = each.features.xyz_cam[of, 2] * each.enu_from_cam.scale
        metres_px[rows] /= each.camera.fx_px
    best = _best_seen(tracks, metres_px)
    covariance_px2 = np.full((len(uv_px), 2, 2), np.nan)
    others = np.flatnonzero(best != np.arange(len(best)))
    ends = np.column_stack((tracks.photo[best[others]], tracks.photo[others]))
    pairs, of_pair = np.unique(ends, axis=0, return_inverse=True)
    by_pair = others[np.argsort(of_pair, kind="stable")]
    first = np.searchsorted(np.sort(of_pair), np.arange(len(pairs) + 1))
    for (a, b), (begin, end) in zip(pairs.tolist(), pairwise(first), strict=True):
        rows = by_pair[begin:end]
        one, other = shown(a), shown(b)
        if one is None or other is None:
            continue
        found_px, known_px2 = _seen(one, tracks.feature[best[rows]], other, tracks.feature[rows])
        laid = np.isfinite(known_px2).all(axis=(1, 2))
        uv_px[rows[laid]], covariance_px2[rows[laid]] = found_px[laid], known_px2[laid]
        covariance_px2[best[rows[laid]]] = one.floor_px2
    return replace(tracks, laid=LaidPlaces(uv_px=uv_px, covariance_px2=covariance_px2))


def _best_seen(tracks: Tracks, metres_px: Array) -> Ints:
    """(M,) the row of each one's track that sees it with the smallest pixels."""
    order = np.lexsort((metres_px, tracks.track))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = tracks.track[order[1:]] != tracks.track[order[:-1]]
    best = np.zeros(tracks.count, dtype=np.intp)
    best[tracks.track[order[first]]] = order[first]
    return best[tracks.track]


@dataclass(frozen=True, slots=True, eq=False)
class _Photo:
    """A photo with its picture: camera is that of the picture, normal_cam (H, W, 3) of its thinned
    depth map."""

    placed: PlacedFeatures
    pyramid: Pyramid
    camera: Camera
    normal_cam: Array

    @classmethod
    def of(cls, placed: PlacedFeatures, picture: PictureSource) -> _Photo | None:
        """None where the picture is gone."""
        grey = picture.grey()
        if grey is None:
            return None
        return cls(
            placed=placed,
            pyramid=Pyramid(grey),
            camera=placed.camera.rescaled(grey.shape[1], grey.shape[0]),
            normal_cam=normal_grid(
                placed.features.grid_depth_m, placed.features.grid_camera
            ).normal_cam,
        )

    @property
    def shrunk(self) -> Array:
        """(2,) pixels of the picture in one of the photo."""
        full = self.placed.camera
        return np.array(
            (self.camera.width_px / full.width_px, self.camera.height_px / full.height_px)
        )

    @property
    def floor_px2(self) -> Array:
        """(2, 2) how well anything is seen in it, in pixels of the photo."""
        return np.diag((_FLOOR_PX / self.shrunk) ** 2)

    def planes(self, feature: Ints) -> tuple[Array, Array]:
        """Points (K, 3) of features in camera axes and the normals (K, 3) of what they lie on,
        facing the camera where the depth map does not say."""
        features, full = self.placed.features, self.placed.camera
        uv_px = features.uv_px[feature].astype(np.float64)
        xyz_cam = full.unproject(uv_px, features.xyz_cam[feature, 2].astype(np.float64))
        high, wide = self.normal_cam.shape[:2]
        cell = (uv_px * (wide / full.width_px, high / full.height_px)).astype(np.intp)
        column, row = np.clip(cell, 0, (wide - 1, high - 1)).T
        normal = self.normal_cam[row, column]
        ray = xyz_cam / np.linalg.norm(xyz_cam, axis=1, keepdims=True)
        facing = -(normal * ray).sum(axis=1)
        return xyz_cam, np.where((facing > _GRAZING_COS)[:, None], normal, -ray)


def _seen(one: _Photo, of_one: Ints, other: _Photo, of_other: Ints) -> tuple[Array, Array]:
    """Where the other photo shows the places of the one's features: pixels (K, 2) near its own
    features, and their covariance (K, 2, 2), NaN where it does not show them or its features say it
    as well."""
    uv_px = one.placed.features.uv_px[of_one] * one.shrunk
    near_px = other.placed.features.uv_px[of_other] * other.shrunk
    affine = _other_from_one(one, of_one, uv_px, other)
    stretch = np.linalg.svd(np.where(np.isfinite(affine), affine, 0.0), compute_uv=False)
    whole = (stretch[:, 1] > _LEAST_STRETCHED) & (stretch[:, 0] < _MOST_STRETCHED)
    affine[~whole] = np.eye(2)
    laid = laid_patches(one.pyramid, uv_px, other.pyramid, near_px, affine)
    off_px = np.linalg.norm(laid.uv_px - near_px, axis=1)
    size_px = other.placed.features.scale_px[of_other] * other.shrunk.max()
    longer_px = max(other.camera.width_px, other.camera.height_px)
    reach_px = np.maximum(SAME_PLACE_PX * longer_px / 1000.0, _SHARE_OF_FEATURE * size_px)
    scale = other.shrunk[:, None] * other.shrunk
    covariance_px2 = laid.covariance_px2 / scale + other.floor_px2
    with np.errstate(invalid="ignore"):
        good = whole & (laid.correlation > _ALIKE) & (off_px < reach_px)
        good &= np.linalg.det(covariance_px2) < other.placed.sigma_px**4
    covariance_px2[~good] = np.nan
    return laid.uv_px / other.shrunk, covariance_px2


def _other_from_one(one: _Photo, of_one: Ints, uv_px: Array, other: _Photo) -> Array:
    """(K, 2, 2) how the pixels of one picture about its features lie in the other, each on the
    plane of its surface; NaN behind the other's camera."""
    xyz_cam, normal = one.planes(of_one)
    distance = (normal * xyz_cam).sum(axis=1)
    between = other.placed.enu_from_cam.inverse() @ one.placed.enu_from_cam
    found = np.empty((len(uv_px), 2, 2))
    for axis in (0, 1):
        ends = []
        for side in (-1.0, 1.0):
            rays = one.camera.rays(uv_px + side * np.eye(2)[axis])
            with np.errstate(divide="ignore", invalid="ignore"):
                away = distance / (normal * rays).sum(axis=1)
                xyz_other = between.apply(rays * away[:, None])
                ahead = (away > 0) & (xyz_other[:, 2] > 0)
                end = np.full((len(uv_px), 2), np.nan)
                end[ahead] = other.camera.project(xyz_other[ahead])
            ends.append(end)
        found[:, :, axis] = (ends[1] - ends[0]) / 2
    return found
