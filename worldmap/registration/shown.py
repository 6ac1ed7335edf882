"""Where a placed photo's picture shows what lies at pixels of another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frames import Similarity
from worldmap.records import Features
from worldmap.registration.patches import Pyramid, laid_patches
from worldmap.registration.picture import PictureSource
from worldmap.registration.planes import normal_grid

Array = NDArray[np.float64]

AT_HAND: Final = 32
"""Pictures to keep, of six megabytes each at the usual size."""
# Patches that correlate so well are of one place (Furukawa & Ponce, PAMI 32, 2010).
_ALIKE: Final = 0.7
# What sampling, compression and two radial terms of a lens leave of any place, in pixels of the
# picture. Where a phone's street was given a twentieth, its middle came out 56 pixels off.
_FLOOR_PX: Final = 0.12
# A surface seen more obliquely holds no patch, nor does one that one picture shows so much larger.
_GRAZING_COS: Final = 0.15
_MOST_STRETCHED: Final = 6.0
_LEAST_STRETCHED: Final = 0.1
# A plane goes through so many cells of the thinned depth to each side; what is further off it than
# networks' depth is uneven within a hand's breadth counts less. Six cells have it whichever way.
_CELLS: Final = 5
_UNEVEN_REL: Final = 0.02
_FEWEST_CELLS: Final = 6.0
_PLANE_ROUNDS: Final = 6
_RIDGE: Final = 1e-12
_AROUND: Final = np.stack(np.meshgrid(*2 * (np.arange(-_CELLS, _CELLS + 1),)), axis=-1).reshape(
    -1, 2
)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPicture:
    """A photo with its picture where a solution puts it: full_camera has its solved lens and camera
    is that of the picture; enu_from_cam has the depth scale inside; depth_m (H, W) and normal_cam
    (H, W, 3) are of its thinned depth map."""

    full_camera: Camera
    camera: Camera
    enu_from_cam: Similarity
    pyramid: Pyramid
    depth_m: NDArray[np.float32]
    normal_cam: Array

    @classmethod
    def of(
        cls,
        features: Features,
        camera: Camera,
        enu_from_cam: Similarity,
        picture: PictureSource | None,
    ) -> PlacedPicture | None:
        """None where there is no picture, or it is gone."""
        grey = picture.grey() if picture else None
        if grey is None:
            return None
        return cls(
            full_camera=camera,
            camera=camera.rescaled(grey.shape[1], grey.shape[0]),
            enu_from_cam=enu_from_cam,
            pyramid=Pyramid(grey),
            depth_m=features.grid_depth_m,
            normal_cam=normal_grid(features.grid_depth_m, features.grid_camera).normal_cam,
        )

    @property
    def shrunk(self) -> Array:
        """(2,) pixels of the picture in one of the photo."""
        full = self.full_camera
        return np.array(
            (self.camera.width_px / full.width_px, self.camera.height_px / full.height_px)
        )

    @property
    def floor_px2(self) -> Array:
        """(2, 2) how well anything is seen in it, in pixels of the photo."""
        return np.diag((_FLOOR_PX / self.shrunk) ** 2)

    def planes_at(self, uv_px: Array) -> Surfaces:
        """What lies at pixels (K, 2) of the photo, by planes through the depth about each; NaN
        where it has none.

        One over the depth of a plane is linear in its rays; weights by Cauchy's kernel, from what
        is about as far as the middle on.
        """
        thinned = self.full_camera.rescaled(self.depth_m.shape[1], self.depth_m.shape[0])
        middle = self._cell(uv_px, self.depth_m)
        at = middle[:, None] + _AROUND
        size = np.array(self.depth_m.shape[::-1])
        inside = ((at >= 0) & (at < size)).all(axis=2)
        column, row = np.moveaxis(np.clip(at, 0, size - 1), 2, 0)
        rays = thinned.rays(at.astype(np.float64) + 0.5)
        depth_m = self.depth_m[row, column].astype(np.float64)
        known = inside & np.isfinite(depth_m) & (depth_m > 0)
        near = 1.0 / np.where(known, depth_m, np.inf)
        centre = near[:, [len(_AROUND) // 2]]
        centre[centre == 0] = np.nan
        off = near / centre - 1.0
        plane = np.full((len(uv_px), 3), np.nan)
        for _ in range(_PLANE_ROUNDS):
            weight = known / (1.0 + (np.nan_to_num(off, nan=np.inf) / _UNEVEN_REL) ** 2)
            weighted = (rays * weight[:, :, None]).transpose(0, 2, 1)
            normal = weighted @ rays
            normal += _RIDGE * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(3)
            normal[weight.sum(axis=1) < _FEWEST_CELLS] = np.nan
            plane = np.linalg.inv(normal) @ weighted @ near[:, :, None]
            off = (rays @ plane)[:, :, 0] / centre - near / centre
        towards = self.full_camera.rays(uv_px)
        plane = plane[:, :, 0]
        return Surfaces(
            picture=self,
            uv_px=uv_px,
            xyz_cam=towards / (towards * plane).sum(axis=1)[:, None],
            normal_cam=-plane / np.linalg.norm(plane, axis=1)[:, None],
        )

    def surfaces(self, uv_px: Array, depth_m: Array) -> Surfaces:
        """What lies at pixels (K, 2) of the photo in depth (K,), facing the camera where the depth
        map does not say how."""
        xyz_cam = self.full_camera.unproject(uv_px, depth_m)
        column, row = self._cell(uv_px, self.normal_cam).T
        normal = self.normal_cam[row, column]
        ray = xyz_cam / np.linalg.norm(xyz_cam, axis=1, keepdims=True)
        facing = -(normal * ray).sum(axis=1)
        return Surfaces(
            picture=self,
            uv_px=uv_px,
            xyz_cam=xyz_cam,
            normal_cam=np.where((facing > _GRAZING_COS)[:, None], normal, -ray),
        )

    def _cell(self, uv_px: Array, grid: NDArray[np.generic]) -> NDArray[np.intp]:
        """(K, 2) column and row of a grid (H, W, ...) over the photo at its pixels (K, 2)."""
        size = np.array(grid.shape[1::-1])
        share = size / (self.full_camera.width_px, self.full_camera.height_px)
        return np.clip((uv_px * share).astype(np.intp), 0, size - 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surfaces:
    """Small pieces of surface that a photo shows at uv_px (K, 2) of its full size: their points and
    normals (K, 3) in its camera axes, in metres of its depth."""

    picture: PlacedPicture
    uv_px: Array
    xyz_cam: Array
    normal_cam: Array

    def along(self) -> Array:
        """(K, 3, 2) how the points move in camera axes as their pixels do."""
        full = self.picture.full_camera
        ends = []
        for step in (*np.eye(2), *-np.eye(2)):
            rays = full.rays(self.uv_px + step)
            distance = (self.normal_cam * self.xyz_cam).sum(axis=1)
            ends.append(rays * (distance / (self.normal_cam * rays).sum(axis=1))[:, None])
        return np.stack(((ends[0] - ends[2]) / 2, (ends[1] - ends[3]) / 2), axis=2)

    def seen_in(
        self, other: PlacedPicture, near_px: Array, *, narrow: bool = False
    ) -> SeenSurfaces:
        """Where another photo shows them, looked for from near_px (K, 2) of its full size on;
        narrow: see `laid_patches`."""
        one = self.picture
        uv_px, start_px = self.uv_px * one.shrunk, near_px * other.shrunk
        affine = self._other_from_one(uv_px, other)
        stretch = np.linalg.svd(np.where(np.isfinite(affine), affine, 0.0), compute_uv=False)
        whole = (stretch[:, 1] > _LEAST_STRETCHED) & (stretch[:, 0] < _MOST_STRETCHED)
        affine[~whole] = np.eye(2)
        laid = laid_patches(one.pyramid, uv_px, other.pyramid, start_px, affine, narrow=narrow)
        covariance_px2 = laid.covariance_px2 / (other.shrunk[:, None] * other.shrunk)
        covariance_px2 += other.floor_px2
        with np.errstate(invalid="ignore"):
            covariance_px2[~(whole & (laid.correlation > _ALIKE))] = np.nan
        return SeenSurfaces(
            uv_px=laid.uv_px / other.shrunk,
            covariance_px2=covariance_px2,
            other_from_one=affine * (one.shrunk / other.shrunk[:, None]),
        )

    def _other_from_one(self, uv_px: Array, other: PlacedPicture) -> Array:
        """(K, 2, 2) how the pixels of this picture about uv_px (K, 2) lie in the other, each on the
        plane of its surface; NaN behind the other's camera."""
        one = self.picture
        distance = (self.normal_cam * self.xyz_cam).sum(axis=1)
        between = other.enu_from_cam.inverse() @ one.enu_from_cam
        found = np.empty((len(uv_px), 2, 2))
        for axis in (0, 1):
            ends = []
            for side in (-1.0, 1.0):
                rays = one.camera.rays(uv_px + side * np.eye(2)[axis])
                with np.errstate(divide="ignore", invalid="ignore"):
                    away = distance / (self.normal_cam * rays).sum(axis=1)
                    xyz_other = between.apply(rays * away[:, None])
                    ahead = (away > 0) & (xyz_other[:, 2] > 0)
                    end = np.full((len(uv_px), 2), np.nan)
                    end[ahead] = other.camera.project(xyz_other[ahead])
                ends.append(end)
            found[:, :, axis] = (ends[1] - ends[0]) / 2
        return found


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeenSurfaces:
    """Where another photo shows pieces of surface, in pixels of its full size: uv_px (K, 2),
    covariance_px2 (K, 2, 2), NaN where it does not show them, and other_from_one (K, 2, 2), about
    how pixels of the one photo lie there."""

    uv_px: Array
    covariance_px2: Array
    other_from_one: Array
