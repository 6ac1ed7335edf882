"""Which pairs of photos are worth matching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldmap.config import PairSettings
from worldmap.frames import wrapped_deg
from worldmap.geodesy import ecef_from_geodetic, ecef_from_local, geodetic_from_ecef
from worldmap.registration.retrieval import Retrieval, Vectors, retrieval_for
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_LOST_AT_ONCE, _ALL_AT_ONCE = 512, 2048
# Of photos that fit nobody near them so many others are tried that look like them: true neighbours
# are among the first (benchmarks, candidates).
_ALIKE = 8
_RANGES_REL = np.array((0.1, 0.3, 0.6, 1.0))
_BEARINGS = np.array((-0.4, 0.0, 0.4))
_POSITION_SIGMAS = 2.0
# A heading vaguer than this does not say what a photo sees.
_VAGUE_HEADING_DEG = 40.0


def candidate_pairs(
    views: Sequence[PhotoView], settings: PairSettings, retrieval: Retrieval | None = None
) -> list[tuple[int, int]]:
    """Index pairs (i, j), i < j, of photos that may show the same place, sorted.

    Photos with a position: those whose view footprints, widened by their sigmas, overlap; at most
    `max_neighbours` each, best first. Photos without one, or whose position is vaguer than photos
    see: their nearest in appearance (too), by `retrieval`, or what the photos have for it where
    none is given. Only photos with features of one kind can be matched. Cost grows with the number
    of photos times `max_neighbours`.
    """
    located = [i for i, view in enumerate(views) if view.position_ecef is not None]
    pairs = _by_footprint([views[i] for i in located], settings)
    chosen = {(located[i], located[j]) for i, j in pairs}
    lost = {
        i
        for i, view in enumerate(views)
        if view.position_ecef is None or view.horizontal_sigma_m > settings.max_range_m
    }
    kinds = [view.features.kind for view in views]
    for kind in sorted({kinds[i] for i in lost}):
        rows = [i for i, each in enumerate(kinds) if each == kind]
        among = [views[i] for i in rows]
        of_kind = [row for row, i in enumerate(rows) if i in lost]
        alike = _by_appearance(among, of_kind, settings, retrieval)
        chosen |= {(rows[i], rows[j]) for i, j in alike}
    return sorted((i, j) for i, j in chosen if kinds[i] == kinds[j])


def alike_pairs(
    views: Sequence[PhotoView],
    rows: Sequence[int],
    settings: PairSettings,
    retrieval: Retrieval | None = None,
) -> list[tuple[int, int]]:
    """Index pairs (i, j), i < j, sorted, of the photos `rows` with those that look most like them,
    wherever these are; at most `_ALIKE` each."""
    few = settings.model_copy(update={"max_neighbours": min(_ALIKE, settings.max_neighbours)})
    kinds = [view.features.kind for view in views]
    chosen: set[tuple[int, int]] = set()
    for kind in sorted({kinds[i] for i in rows}):
        same = [i for i, each in enumerate(kinds) if each == kind]
        asked = [k for k, i in enumerate(same) if i in set(rows)]
        found = _by_appearance([views[i] for i in same], asked, few, retrieval)
        chosen |= {(same[i], same[j]) for i, j in found}
    return sorted(chosen)


def _by_footprint(views: Sequence[PhotoView], settings: PairSettings) -> set[tuple[int, int]]:
    if len(views) < 2:
        return set()
    local_from_ecef, position = _on_the_map(views)
    slack = np.array([_POSITION_SIGMAS * v.horizontal_sigma_m for v in views])
    heading = np.array([np.nan if v.heading_deg is None else v.heading_deg for v in views])
    half_view = np.array([_half_view_rad(v) for v in views])
    # Two photos can share a place only if it is within reach of both.
    reach = 2 * settings.max_range_m + 2 * float(np.median(slack))
    tree = cKDTree(position)
    nearest = min(len(views), 4 * settings.max_neighbours + 1)
    found = tree.query(position, k=nearest, distance_upper_bound=reach)
    distance, neighbour = np.asarray(found[0]), np.asarray(found[1])
    samples = _footprints(views, settings.max_range_m)
    chosen: set[tuple[int, int]] = set()
    for i in range(len(views)):
        others = neighbour[i][np.isfinite(distance[i]) & (neighbour[i] != i)]
        slack_m = np.hypot(slack[i], slack[others])
        # So near each other all photos have one north.
        away = ((position[others] - position[i]) @ local_from_ecef[i].T)[:, :2]
        forward = _share_seen(
            np.broadcast_to(samples[i], (len(others), *samples[i].shape)),
            away, heading[others], half_view[others], slack_m, settings.max_range_m,
        )  # fmt: skip
        backward = _share_seen(
            samples[others] + away[:, None], np.zeros(2), heading[i], half_view[i], slack_m,
            settings.max_range_m,
        )  # fmt: skip
        apart_m = np.linalg.norm(away, axis=1)
        score = forward * backward / (1 + apart_m / settings.max_range_m)
        best = np.lexsort((others, -score))[: settings.max_neighbours]
        chosen.update(
            (min(i, int(others[k])), max(i, int(others[k]))) for k in best if score[k] > 0
        )
    return chosen


def _on_the_map(views: Sequence[PhotoView]) -> tuple[Array, Array]:
    """Of located photos the rotation to east, north and up at each (N, 3, 3), and where it stands
    on the ellipsoid (N, 3), in ECEF: near is near across zones and the antimeridian, and heights do
    not count."""
    found = np.array([view.position_ecef for view in views], dtype=np.float64)
    lat_deg, lon_deg, _ = geodetic_from_ecef(found)
    local_from_ecef = ecef_from_local(lat_deg, lon_deg).transpose(0, 2, 1)
    return local_from_ecef, ecef_from_geodetic(lat_deg, lon_deg, 0.0)


def _half_view_rad(view: PhotoView) -> float:
    field = float(np.arctan(0.5 * view.camera.width_px / view.camera.fx_px))
    return field + float(np.deg2rad(_POSITION_SIGMAS * view.heading_sigma_deg))


def _footprints(views: Sequence[PhotoView], range_m: float) -> Array:
    """Points (N, K, 2), east and north of each photo, spread over what it may see; those that see
    in a known direction have fewer, the rest NaN."""
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    points = np.full((len(views), len(_RANGES_REL) * len(around), 2), np.nan)
    for row, view in zip(points, views, strict=True):
        bearing = around
        if view.heading_deg is not None and view.heading_sigma_deg <= _VAGUE_HEADING_DEG:
            bearing = np.deg2rad(view.heading_deg) + _BEARINGS
        direction = np.stack((np.sin(bearing), np.cos(bearing)), axis=1)
        seen = (_RANGES_REL[:, None, None] * range_m * direction).reshape(-1, 2)
        row[: len(seen)] = seen
    return points


def _share_seen(
    points: Array,
    position: Array,
    heading_deg: Array,
    half_view_rad: Array,
    slack_m: Array,
    range_m: float,
) -> Array:
    """Shares (M,) of points (M, K, 2) that the photos at `position` (M, 2) or (2,) may see, given
    how far off both may be."""
    offset = points - np.atleast_2d(position)[:, None]
    distance = np.linalg.norm(offset, axis=2)
    seen = distance < range_m + slack_m[:, None]
    bearing_deg = np.rad2deg(np.arctan2(offset[..., 0], offset[..., 1]))
    off = np.deg2rad(np.abs(wrapped_deg(bearing_deg - np.atleast_1d(heading_deg)[:, None])))
    blur = np.arctan2(slack_m[:, None], np.maximum(distance, 1e-6))
    # NaN, the heading of a photo that tells none, excludes nothing.
    seen &= ~(off >= np.atleast_1d(half_view_rad)[:, None] + blur)
    return np.asarray(seen.sum(axis=1) / np.isfinite(distance).sum(axis=1))


def _by_appearance(
    views: Sequence[PhotoView],
    lost: Sequence[int],
    settings: PairSettings,
    retrieval: Retrieval | None,
) -> set[tuple[int, int]]:
    """The photos most like each of `lost`."""
    if len(views) <= settings.max_neighbours + 1:
        return {(min(i, j), max(i, j)) for i in lost for j in range(len(views)) if i != j}
    vectors = (retrieval or retrieval_for(views)).vectors(views)
    chosen: set[tuple[int, int]] = set()
    for start in range(0, len(lost), _LOST_AT_ONCE):
        rows = list(lost[start : start + _LOST_AT_ONCE])
        alike = most_alike(vectors, rows, settings.max_neighbours)
        for i, others in zip(rows, alike.tolist(), strict=True):
            chosen.update((min(i, j), max(i, j)) for j in others)
    return chosen


def most_alike(vectors: Vectors, rows: Sequence[int], count: int) -> NDArray[np.intp]:
    """(M, count) of each of these rows the others that are most like it, those first; of equals
    the first. All are looked at, some at a time: memory does not grow with them."""
    own = np.asarray(vectors[rows], dtype=np.float32)
    best = np.empty((len(rows), 0), dtype=np.float32)
    alike = np.empty((len(rows), 0), dtype=np.intp)
    for start in range(0, len(vectors), _ALL_AT_ONCE):
        some = np.asarray(vectors[start : start + _ALL_AT_ONCE], dtype=np.float32)
        likeness = own @ some.T
        itself = np.array(rows) - start
        inside = np.flatnonzero((itself >= 0) & (itself < len(some)))
        likeness[inside, itself[inside]] = -np.inf
        best = np.hstack([best, likeness])
        those = np.broadcast_to(np.arange(start, start + len(some)), likeness.shape)
        alike = np.hstack([alike, those])
        order = np.argsort(-best, axis=1, kind="stable")[:, :count]
        best, alike = np.take_along_axis(best, order, 1), np.take_along_axis(alike, order, 1)
    return alike
