"""Which photos of a map a change can matter to: by how far each sees, without loading any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.catalog import Catalog
from worldmap.frames import wrapped_deg
from worldmap.fuse import FARTHEST_M, reach_m
from worldmap.records import PlacedPose, SolvedPose
from worldmap.stages.places import on_ellipsoid, places_deg

Array = NDArray[np.float64]

_SLACK_M = 1.0
"""Places are compared on the ellipsoid, and rows hold those of the last solution."""
_DEGREE_M = 111_000.0
_MOST_LATITUDE_DEG = 89.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Change:
    """Where something of a map has changed: latitude and longitude (N, 2), and how far the photos
    there see (N,), in metres."""

    places_deg: Array
    reach_m: Array

    @classmethod
    def of(cls, catalog: Catalog, poses: Iterable[SolvedPose]) -> Change:
        """Where these photos are placed; those that are not change nothing."""
        placed = [pose for pose in poses if isinstance(pose, PlacedPose)]
        far_m = catalog.far_depths_m({pose.photo_id for pose in placed})
        return cls(
            places_deg=places_deg(placed),
            reach_m=np.array(
                [reach_m(far_m.get(p.photo_id, np.nan) * p.depth_scale) for p in placed]
            ),
        )

    def __len__(self) -> int:
        return len(self.reach_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """Photos by id that a change can matter to. asking: whose points may come out different;
    asked: those, and all that these may be compared with."""

    asking: frozenset[int]
    asked: frozenset[int]


def concerned(catalog: Catalog, change: Change) -> Concerned:
    """The photos that see where those of the change see, and those that see where these do."""
    if not len(change):
        return Concerned(asking=frozenset(), asked=frozenset())
    widest_m = float(change.reach_m.max())
    rows = catalog.stations(box_about_deg(change.places_deg, widest_m + 3 * FARTHEST_M))
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    if not len(ids):
        return Concerned(asking=frozenset(), asked=frozenset())
    at = on_ellipsoid(np.array([row[1:3] for row in rows]))
    sees_m = np.array([reach_m(row[3]) for row in rows])
    asking = _within(at, sees_m, on_ellipsoid(change.places_deg), change.reach_m)
    asked = _within(at, sees_m, at[asking], sees_m[asking])
    return Concerned(asking=frozenset(ids[asking].tolist()), asked=frozenset(ids[asked].tolist()))


def box_about_deg(places_deg: Array, margin_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box around places (N, 2), latitude and longitude, so much wider
    on each side; west > east across the antimeridian."""
    lat_deg, lon_deg = places_deg.T
    north = float(lat_deg.max()) + margin_m / _DEGREE_M
    south = float(lat_deg.min()) - margin_m / _DEGREE_M
    steepest = max(abs(north), abs(south))
    if steepest >= _MOST_LATITUDE_DEG:
        return -180.0, max(south, -90.0), 180.0, min(north, 90.0)
    off_deg = wrapped_deg(lon_deg - lon_deg[0])
    more_deg = margin_m / (_DEGREE_M * float(np.cos(np.deg2rad(steepest))))
    low, high = float(off_deg.min()) - more_deg, float(off_deg.max()) + more_deg
    if high - low >= 360.0:
        return -180.0, south, 180.0, north
    west, east = (float(wrapped_deg(lon_deg[0] + each)) for each in (low, high))
    return west, south, east, north


def _within(at: Array, sees_m: Array, of: Array, of_sees_m: Array) -> NDArray[np.intp]:
    """Rows of `at` (N, 3) so near one of `of` (M, 3) that both see some place in between."""
    tree = cKDTree(at)
    found = np.zeros(len(at), dtype=bool)
    most_m = np.minimum(of_sees_m + sees_m.max(), FARTHEST_M) + _SLACK_M
    for place, own_m, rows in zip(of, of_sees_m, tree.query_ball_point(of, most_m), strict=True):
        near = np.array(rows, dtype=np.intp)
        away_m = np.linalg.norm(at[near] - place, axis=1)
        found[near[away_m <= np.minimum(own_m + sees_m[near], FARTHEST_M) + _SLACK_M]] = True
    return np.flatnonzero(found)
