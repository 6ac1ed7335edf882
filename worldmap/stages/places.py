"""Where things stand on the globe, whatever each is placed about, and what is near what."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.geodesy import ecef_from_geodetic, geodetic_from_ecef
from worldmap.records import PlacedPose, SolvedPose

Array = NDArray[np.float64]


def places_deg(poses: Iterable[SolvedPose]) -> Array:
    """Latitude and longitude (N, 2) of the placed ones, in order."""
    found = [
        pose.site.ecef_from_enu.apply(pose.enu_from_cam.translation_m)
        for pose in poses
        if isinstance(pose, PlacedPose)
    ]
    lat_deg, lon_deg, _ = geodetic_from_ecef(np.array(found, dtype=np.float64).reshape(-1, 3))
    return np.column_stack((lat_deg, lon_deg))


class Nearby:
    """What lies near the places (N, 2), latitude and longitude. Distances are straight lines
    between points of the ellipsoid: heights do not count, nor zones or the antimeridian."""

    def __init__(self, places_deg: Array) -> None:
        self._tree = cKDTree(on_ellipsoid(places_deg))

    def away_m(self, places_deg: Array) -> Array:
        """How far each of the places (M, 2) is from the nearest: (M,), +inf where there is none."""
        found, _ = self._tree.query(on_ellipsoid(places_deg))
        return np.asarray(found, dtype=np.float64)

    def within(self, places_deg: Array, reach_m: float) -> NDArray[np.bool_]:
        """(M,) whether each of the places (M, 2) is so near one."""
        return np.asarray(self.away_m(places_deg) <= reach_m)


def on_ellipsoid(places_deg: Array) -> Array:
    """Places (N, 2), latitude and longitude, as points (N, 3) of the ellipsoid in ECEF."""
    lat_deg, lon_deg = np.asarray(places_deg, dtype=np.float64).reshape(-1, 2).T
    return ecef_from_geodetic(lat_deg, lon_deg, 0.0)
