"""Where on Earth a pixel of a placed photo is, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.errors import InputError, UsageError
from worldmap.geodesy import Site, geoid_undulation_m
from worldmap.records import (
    REMOVED_CODE,
    CleanedDepth,
    IngestedPhoto,
    PlacedPose,
    Removed,
)

Array = NDArray[np.float64]

_WHY = {
    Removed.NO_DEPTH: "its depth map is empty there",
    Removed.SKY: "that is sky",
    Removed.EDGE: "an edge, where near and far mix; try a pixel beside it",
    Removed.FAR: "too far to be trusted",
    Removed.ISLAND: "a speck that nothing around it supports",
    Removed.MOVING: "that moves, or may: it is no part of the place",
    Removed.MASKED: "the photo's mask covers it",
    Removed.ELSEWHERE: "another view of the panorama has it",
    Removed.SCALE: "its depth puts the horizon too near to be trusted anywhere",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelPlace:
    """What a pixel shows, on WGS84. height_m is above the ellipsoid, height_msl_m above the EGM96
    geoid. sigma_m: east, north, up, on the globe; covariance_m2 (3, 3) of the same, as nested
    tuples. area_sigma_m: along the line of sight, within the area: against what its neighbours have
    there, as points in the tiles have it. range_m: from the camera."""

    path: Path
    u_px: float
    v_px: float
    lat_deg: float
    lon_deg: float
    height_m: float
    height_msl_m: float
    range_m: float
    sigma_m: tuple[float, float, float]
    area_sigma_m: float
    covariance_m2: tuple[tuple[float, ...], ...]

    @property
    def horizontal_sigma_m(self) -> float:
        """Over the ground, in any direction: √(σ² east + σ² north)."""
        return float(np.hypot(self.sigma_m[0], self.sigma_m[1]))


def pixel_place(
    photo: IngestedPhoto, pose: PlacedPose, stored: CleanedDepth, u_px: float, v_px: float
) -> PixelPlace:
    """The place of what pixel (u, v) of a placed photo shows, by its stored depth.

    Its sigma on the globe joins those of the photo's position, rotation, depth scale and of the
    pixel's depth, taken as independent; the focal length counts as exact. Raises InputError where
    the photo gives no depth there, UsageError for a pixel outside it.
    """
    path, camera = photo.metadata.path, photo.camera
    if not (0 <= u_px < camera.width_px and 0 <= v_px < camera.height_px):
        raise UsageError(
            f"has no pixel {u_px:g}, {v_px:g}: it is outside its "
            f"{camera.width_px} × {camera.height_px} pixels",
            path=path,
        )
    row, column = _pixel(stored, camera, u_px, v_px)
    xyz_cam = _point(stored, photo, pose, row, column, u_px, v_px)
    sigma_rel = float(stored.depth_map.sigma_m[row, column] / stored.depth_map.depth_m[row, column])
    covariance = point_covariance(xyz_cam, pose, sigma_rel)
    depth_m = np.array([xyz_cam[2]], dtype=np.float32)
    area_sigma_m = float(pose.sigma_within_area_m(depth_m, np.float32(sigma_rel) * depth_m)[0])
    xyz_enu, range_m = pose.enu_from_cam.apply(xyz_cam), float(np.linalg.norm(xyz_cam))
    return _place(path, (u_px, v_px), xyz_enu, range_m, covariance, area_sigma_m, pose.site)


def _pixel(stored: CleanedDepth, camera: Camera, u_px: float, v_px: float) -> tuple[int, int]:
    """Row and column of the depth map."""
    grid = stored.depth_map.camera
    row = int(v_px * grid.height_px / camera.height_px)
    column = int(u_px * grid.width_px / camera.width_px)
    return min(row, grid.height_px - 1), min(column, grid.width_px - 1)


def _point(
    stored: CleanedDepth,
    photo: IngestedPhoto,
    pose: PlacedPose,
    row: int,
    column: int,
    u_px: float,
    v_px: float,
) -> Array:
    """x, y, z (3,) in the camera's frame, true metres."""
    depth_m = float(stored.depth_map.depth_m[row, column])
    if not np.isfinite(depth_m):
        reasons = {code: _WHY[reason] for reason, code in REMOVED_CODE.items()}
        why = reasons.get(int(stored.removed[row, column]), "unknown")
        raise InputError(f"has no depth at {u_px:g}, {v_px:g}: {why}", path=photo.metadata.path)
    camera = pose.solved_camera(photo.camera)
    return camera.unproject(np.array((u_px, v_px)), np.array(depth_m * pose.depth_scale))


def point_covariance(xyz_cam: Array, pose: PlacedPose, depth_sigma_rel: float) -> Array:
    """Covariance (3, 3) in m², along the axes of the pose's site, of a point (3,) that a placed
    photo sees.

    First-order propagation through x_enu = R·exp([θ]×)·s·x_cam + t, with the covariance of θ (about
    the camera's axes), t and ln s, and depth by itself (Hartley & Zisserman, Multiple View
    Geometry, 5.2).
    """
    rotation = pose.enu_from_cam.rotation
    x, y, z = xyz_cam
    cross = np.array(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
    along = rotation @ xyz_cam
    by = np.hstack((rotation @ -cross, np.eye(3), along[:, None]))
    covariance = by @ pose.covariance @ by.T + depth_sigma_rel**2 * np.outer(along, along)
    return np.asarray(covariance)


def _place(
    path: Path,
    uv_px: tuple[float, float],
    xyz_enu: Array,
    range_m: float,
    covariance: Array,
    area_sigma_m: float,
    site: Site,
) -> PixelPlace:
    lat_deg, lon_deg, height_m = map(float, site.geodetic_from_enu(xyz_enu))
    here = Site(lat_deg, lon_deg, height_m)
    local_from_site = here.enu_from(site).rotation
    covariance = local_from_site @ covariance @ local_from_site.T
    east_m, north_m, up_m = np.sqrt(np.diag(covariance)).tolist()
    return PixelPlace(
        path=path,
        u_px=uv_px[0],
        v_px=uv_px[1],
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        height_m=height_m,
        height_msl_m=height_m - geoid_undulation_m(lat_deg, lon_deg),
        range_m=range_m,
        sigma_m=(east_m, north_m, up_m),
        area_sigma_m=area_sigma_m,
        covariance_m2=tuple(tuple(row) for row in covariance.tolist()),
    )
