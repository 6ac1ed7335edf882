"""Outlines on the ground, as WGS84 multipolygons: what a photo sees, what a tile covers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.catalog import geometry
from worldmap.frames import wrapped_deg
from worldmap.geodesy import Site, geodetic_from_projected
from worldmap.records import TileKey

Array = NDArray[np.float64]

TILE_SIDE_M = 100.0
_MIN_VIEW_M, _MAX_VIEW_M = 1.0, 100.0


def view_outline(
    site: Site, enu_from_cam_rotation: Array, camera: Camera, far_depth_m: float
) -> bytes:
    """WKB multipolygon: convex hull, seen from above, of the camera and the corners of its image
    at far_depth_m along the optical axis (kept within 1-100 m; NaN counts as 100).

    site is the camera's own position; enu_from_cam_rotation (3, 3) is in that site's axes.
    """
    depth_m = float(np.clip(np.nan_to_num(far_depth_m, nan=_MAX_VIEW_M), _MIN_VIEW_M, _MAX_VIEW_M))
    width, height = camera.width_px, camera.height_px
    corners_px = np.array(((0, 0), (width, 0), (width, height), (0, height)), dtype=np.float64)
    corners_cam = camera.unproject(corners_px, np.full(4, depth_m))
    xyz_enu = np.vstack((np.zeros(3), corners_cam @ enu_from_cam_rotation.T))
    hull_enu = xyz_enu[_convex_hull(xyz_enu[:, :2])]
    hull_enu[:, 2] = 0.0
    lat_deg, lon_deg, _ = site.geodetic_from_enu(hull_enu)
    return outline(lat_deg, lon_deg)


def tile_outline(key: TileKey) -> bytes:
    """WKB multipolygon of a cell of the tile grid."""
    east = key.east_m + TILE_SIDE_M * np.array((0.0, 1.0, 1.0, 0.0))
    north = key.north_m + TILE_SIDE_M * np.array((0.0, 0.0, 1.0, 1.0))
    lat_deg, lon_deg, _ = geodetic_from_projected(
        np.column_stack((east, north, np.zeros(4))), key.epsg
    )
    return outline(lat_deg, lon_deg)


def outline(lat_deg: Array, lon_deg: Array) -> bytes:
    """WKB multipolygon of a small ring (N,), cut in two where it crosses the antimeridian.

    A ring around a pole becomes the cap of latitudes that it reaches.
    """
    steps = wrapped_deg(np.diff(lon_deg, append=lon_deg[:1]))
    if abs(steps.sum()) > 180.0:
        south, north = (lat_deg.min(), 90.0) if lat_deg.mean() > 0 else (-90.0, lat_deg.max())
        cap = ((-180.0, south), (180.0, south), (180.0, north), (-180.0, north))
        return geometry.multipolygon([[(float(x), float(y)) for x, y in cap]])
    unrolled = np.column_stack((lon_deg[0] + np.append(0.0, np.cumsum(steps[:-1])), lat_deg))
    if _signed_area(unrolled) < 0:
        unrolled = unrolled[::-1]
    rings = []
    for shift_deg in (-360.0, 0.0, 360.0):
        inside = _cut(_cut(unrolled + np.array((shift_deg, 0.0)), -180.0, 1.0), 180.0, -1.0)
        if len(inside) >= 3:
            rings.append([(float(x), float(y)) for x, y in inside])
    return geometry.multipolygon(rings)


def _cut(ring: Array, limit: float, side: float) -> Array:
    """The part of a convex ring (N, 2) with side · (x − limit) ≥ 0 (Sutherland and Hodgman)."""
    kept: list[Array] = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        a, b = side * (start[0] - limit), side * (end[0] - limit)
        if a >= 0:
            kept.append(start)
        if (a > 0 > b) or (a < 0 < b):
            crossing = start + (end - start) * (a / (a - b))
            kept.append(np.array((limit, crossing[1])))
    if not kept or max(side * (xy[0] - limit) for xy in kept) <= 0:
        return np.empty((0, 2))
    return np.array(kept)


def _signed_area(ring: Array) -> float:
    x, y = ring.T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _convex_hull(xy: Array) -> list[int]:
    """Indices of the convex hull of (N, 2), counter-clockwise (Andrew's monotone chain)."""
    order = sorted(range(len(xy)), key=lambda i: (xy[i, 0], xy[i, 1]))

    def chain(indices: list[int]) -> list[int]:
        found: list[int] = []
        for i in indices:
            while len(found) >= 2:
                (ax, ay), (bx, by) = xy[found[-1]] - xy[found[-2]], xy[i] - xy[found[-2]]
                if ax * by - ay * bx > 0:
                    break
                found.pop()
            found.append(i)
        return found[:-1]

    return chain(order) + chain(order[::-1])
