"""Exact geometry of a demo, computed when asked for: depth, masks, distances to the surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.demo.layout import StreetPlan
from worldmap.demo.render import Rays, exact_depth_m
from worldmap.demo.scene import build_people, build_scene
from worldmap.demo.sensors import bled_depth_m, with_sky
from worldmap.demo.truth import DemoTruth, PairTruth, PhotoTruth

Bools = NDArray[np.bool_]
Depth = NDArray[np.float32]

_GRID = (64, 48)
_BATCH = 200_000


class ExactScene:
    """The scene of a demo without its paint.

    Grids are (H, W) of the photo's aspect; the default is the sidecar's half resolution. Photos are
    named by their file names.
    """

    def __init__(self, truth: DemoTruth) -> None:
        self._truth = truth
        self._mesh = build_scene(truth.layout, truth.seed, len(truth.photos))
        self._rays = Rays(self._mesh)

    def depth_m(
        self, name: str, shape: tuple[int, int] | None = None, *, people: bool = True
    ) -> Depth:
        """True depth (H, W) at pixel centres, NaN for the sky; with or without passers-by."""
        photo = self._truth.photo(name)
        return exact_depth_m(
            self._with_people(photo) if people else self._rays,
            _camera(photo, shape),
            photo.enu_from_cam,
        )

    def sky_mask(self, name: str, shape: tuple[int, int] | None = None) -> Bools:
        """Where the photo shows sky."""
        return np.isnan(self.depth_m(name, shape))

    def passer_by_mask(self, name: str, shape: tuple[int, int] | None = None) -> Bools:
        """Where the photo shows people who stand in no other photo."""
        if not self._truth.photo(name).people:
            return np.zeros(_shape(self._truth.photo(name), shape), dtype=np.bool_)
        with_people = np.nan_to_num(self.depth_m(name, shape), nan=np.inf)
        without = np.nan_to_num(self.depth_m(name, shape, people=False), nan=np.inf)
        return np.asarray(with_people < without - 1e-3)

    def flying_mask(self, name: str, tolerance_rel: float = 0.03) -> Bools:
        """Pixels of the depth sidecar whose depth mixes two surfaces.

        |bled / exact − 1| > tolerance_rel, before noise, warp and scale; the sky counts as the
        far surface the sidecar makes of it.
        """
        truth = self._truth
        index = [photo.name for photo in truth.photos].index(name)
        exact = with_sky(self.depth_m(name), truth.noise, truth.seed, index)
        bled = bled_depth_m(exact, truth.noise.depth_bleed_px)
        return np.asarray(np.abs(bled / exact - 1) > tolerance_rel)

    def distance_to_surface_m(self, xyz_enu: NDArray[np.float64]) -> Depth:
        """Distance (N,) of points (N, 3) to the nearest surface that stands still."""
        points = np.ascontiguousarray(xyz_enu, dtype=np.float32).reshape(-1, 3)
        parts = [
            self._rays.distance_m(points[k : k + _BATCH]) for k in range(0, len(points), _BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def _with_people(self, photo: PhotoTruth) -> Rays:
        people = build_people(photo.people)
        return self._rays if people is None else Rays(self._mesh.joined(people))


def true_pairs(
    rays: Rays, layout: StreetPlan, photos: Sequence[PhotoTruth]
) -> tuple[PairTruth, ...]:
    """Overlap of all pairs: points seen by one photo (a 64×48 grid, people left out) that fall
    into the other and are the first surface there, within 3 % of the depth + 5 cm."""
    width, height = _GRID
    if layout.height_px > layout.width_px:
        width, height = height, width
    points = []
    for photo in photos:
        camera = photo.camera.rescaled(width, height)
        depth = exact_depth_m(rays, camera, photo.enu_from_cam).astype(np.float64)
        xyz = photo.enu_from_cam.apply(camera.unproject(camera.pixel_centres(), depth))
        points.append(xyz[np.isfinite(depth)])

    def seen(xyz_enu: NDArray[np.float64], photo: PhotoTruth) -> float:
        if not len(xyz_enu):
            return 0.0
        xyz_cam = photo.enu_from_cam.inverse().apply(xyz_enu)
        uv = photo.camera.project(xyz_cam)
        inside = (uv[:, 0] >= 0) & (uv[:, 0] < photo.camera.width_px)
        inside &= (uv[:, 1] >= 0) & (uv[:, 1] < photo.camera.height_px)
        centre = photo.enu_from_cam.translation_m
        way = (xyz_enu[inside] - centre).astype(np.float32)
        if not len(way):
            return 0.0
        reached, _, _ = rays.cast(centre, way)
        slack = 0.03 + 0.05 / np.maximum(np.linalg.norm(way, axis=-1), 1e-6)
        return float((np.abs(reached - 1) < slack).sum() / len(xyz_enu))

    return tuple(
        PairTruth(
            a=photos[i].name,
            b=photos[j].name,
            a_seen_by_b=round(seen(points[i], photos[j]), 4),
            b_seen_by_a=round(seen(points[j], photos[i]), 4),
        )
        for i in range(len(photos))
        for j in range(i + 1, len(photos))
    )


def _shape(photo: PhotoTruth, shape: tuple[int, int] | None) -> tuple[int, int]:
    return shape or (photo.camera.height_px // 2, photo.camera.width_px // 2)


def _camera(photo: PhotoTruth, shape: tuple[int, int] | None) -> Camera:
    height, width = _shape(photo, shape)
    return photo.camera.rescaled(width, height)
