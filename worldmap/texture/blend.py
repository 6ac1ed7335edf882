"""Places on a surface get the colours of the photos that see them best, blended where one photo
gives way to another.

A photo sees a place where the surface that it sees there is that place, within what both are
unsure by. The better view has the more pixels for it: nearer, more face on (Lempitsky and Ivanov,
CVPR 2007, take the same measure for whole faces); towards a picture's edge, and where depths agree
less, it counts less, so that no seam is sharp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.records import View

Array = NDArray[np.float64]

_SIGMAS = 3.0
_BEST = 4.0
"""The power that makes a view of twice the pixels count sixteen times: colours of the best alone,
but for where two are as good."""
_MANY_PX_PER_M2 = 1e4
_FEATHER = 0.08
"""Of a picture's longer side: how far a photo fades in from its edge."""
_LEAST_COSINE = 0.05
_NEAREST_M = 0.2
_SIZE_REL = 0.005
"""What a surface and a depth map of the same photos differ by at least: half a percent."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureView:
    """A placed photo with its picture. view: what it saw, in the frame of the places that are asked
    for; camera: of the picture (H, W, 3) uint8; gain: what its red, green and blue values are
    multiplied by."""

    view: View
    camera: Camera
    picture: NDArray[np.uint8]
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @cached_property
    def levels(self) -> list[NDArray[np.uint8]]:
        """The picture and its halvings, each the mean of four pixels."""
        found = [self.picture]
        while min(found[-1].shape[:2]) >= 32:
            last = found[-1]
            rows, columns = (last.shape[0] // 2) * 2, (last.shape[1] // 2) * 2
            four = last[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2, 3)
            found.append(np.rint(four.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8))
        return found

    def colours(self, uv_px: Array, level: NDArray[np.intp]) -> Array:
        """(N, 3) at places (N, 2) of the picture, bilinear in one of its halvings each."""
        found = np.empty((len(uv_px), 3))
        for each in np.unique(level):
            rows = np.flatnonzero(level == each)
            picture = self.levels[each]
            found[rows] = _bilinear(picture, uv_px[rows] / 2.0**each - 0.5)
        return found * self.gain


def _bilinear(picture: NDArray[np.uint8], at_px: Array) -> Array:
    high, wide = picture.shape[:2]
    x = np.clip(at_px[:, 0], 0, wide - 1.001)
    y = np.clip(at_px[:, 1], 0, high - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    u, v = (x - left)[:, None], (y - top)[:, None]
    upper = picture[top, left] * (1 - u) + picture[top, left + 1] * u
    lower = picture[top + 1, left] * (1 - u) + picture[top + 1, left + 1] * u
    return np.asarray(upper * (1 - v) + lower * v)


class Blend:
    """Places (N, 3) with normals (N, 3) on a surface, and the colours that photos gave them so far.
    cell_m: how far places are apart, which decides how fine the pictures are looked at."""

    def __init__(self, xyz_enu: Array, normal_enu: Array, cell_m: float) -> None:
        self._xyz, self._normal, self._cell_m = xyz_enu, normal_enu, cell_m
        self._total = np.zeros((len(xyz_enu), 3))
        self.weight = np.zeros(len(xyz_enu))
        self._best = np.zeros(len(xyz_enu))
        self.best_photo = np.zeros(len(xyz_enu), dtype=np.uint32)

    def add(self, seen: PictureView) -> None:
        """What one more photo shows of the places."""
        rows, uv_px, density = _quality(seen, self._xyz, self._normal)
        if not len(rows):
            return
        pixels = self._cell_m * np.sqrt(density.pixels_per_m2)
        level = np.clip(np.rint(np.log2(np.maximum(pixels, 1.0))), 0, len(seen.levels) - 1)
        weight = (density.quality / _MANY_PX_PER_M2) ** _BEST
        colour = seen.colours(uv_px, level.astype(np.intp))
        self._total[rows] += weight[:, None] * colour
        self.weight[rows] += weight
        better = weight > self._best[rows]
        self._best[rows[better]] = weight[better]
        self.best_photo[rows[better]] = seen.view.photo_id

    @property
    def seen(self) -> NDArray[np.bool_]:
        """(N,) whether any photo sees the place."""
        return np.asarray(self.weight > 0)

    def rgb(self) -> NDArray[np.uint8]:
        """(N, 3) uint8 sRGB; black where no photo sees the place."""
        seen = self.seen
        mean = np.zeros_like(self._total)
        mean[seen] = self._total[seen] / self.weight[seen, None]
        return np.clip(np.rint(mean), 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Density:
    """pixels_per_m2 (M,) of the surface; quality (M,): that, less towards edges and doubts."""

    pixels_per_m2: Array
    quality: Array


def _quality(
    seen: PictureView, xyz_enu: Array, normal_enu: Array
) -> tuple[NDArray[np.intp], Array, _Density]:
    """The rows (M,) of the places that the photo sees, where in its picture, and how well."""
    view, camera = seen.view, seen.camera
    xyz_cam = view.enu_from_cam.inverse().apply(xyz_enu)
    depth = xyz_cam[:, 2]
    # Brown's polynomial folds far points back into the picture: nothing beyond its own corners.
    reach = 1.2 * np.hypot(
        max(camera.cx_px, camera.width_px - camera.cx_px) / camera.fx_px,
        max(camera.cy_px, camera.height_px - camera.cy_px) / camera.fy_px,
    )
    ahead = depth > _NEAREST_M
    ahead &= np.hypot(xyz_cam[:, 0], xyz_cam[:, 1]) < reach * np.maximum(depth, _NEAREST_M)
    rows = np.flatnonzero(ahead)
    uv_px = camera.project(xyz_cam[rows])
    margin_px = np.minimum(
        np.minimum(uv_px[:, 0], camera.width_px - uv_px[:, 0]),
        np.minimum(uv_px[:, 1], camera.height_px - uv_px[:, 1]),
    )
    kept = margin_px > 0
    rows, uv_px, margin_px = rows[kept], uv_px[kept], margin_px[kept]
    xyz, z = xyz_cam[rows], depth[rows]
    away = np.linalg.norm(xyz, axis=1)
    normal_cam = normal_enu[rows] @ view.enu_from_cam.rotation
    cosine = -(normal_cam * xyz).sum(axis=1) / away
    grid = view.camera
    column = (uv_px[:, 0] * (grid.width_px / camera.width_px)).astype(np.intp)
    row = (uv_px[:, 1] * (grid.height_px / camera.height_px)).astype(np.intp)
    there_m, sigma_m = view.seen_m[row, column], view.sigma_m[row, column]
    # A pixel of the depth map spans so much depth on a surface that lies at a slant.
    slant = np.sqrt(np.maximum(1 - cosine**2, 0)) / np.maximum(cosine, _LEAST_COSINE)
    slack_m = _SIGMAS * sigma_m + z * (_SIZE_REL + slant / grid.fx_px)
    with np.errstate(invalid="ignore"):
        off = np.abs(z - there_m) / slack_m
        good = (cosine > _LEAST_COSINE) & (off <= 1)
    rows, uv_px, off = rows[good], uv_px[good], off[good]
    pixels = camera.fx_px * camera.fy_px * cosine[good] / away[good] ** 2
    feather = np.clip(margin_px[good] / (_FEATHER * max(camera.width_px, camera.height_px)), 0, 1)
    quality = pixels * feather * np.exp(-0.5 * (_SIGMAS * off) ** 2)
    return rows, uv_px, _Density(pixels, quality)
