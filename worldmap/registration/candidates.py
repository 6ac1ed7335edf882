"""Which pairs of photos are worth matching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq
from scipy.spatial import cKDTree

from worldmap.config import PairSettings
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_WORDS = 48
_TRAINING_DESCRIPTORS = 20_000
_DESCRIPTORS_PER_PHOTO = 800
_RANGES_REL = np.array((0.1, 0.3, 0.6, 1.0))
_BEARINGS = np.array((-0.4, 0.0, 0.4))
_POSITION_SIGMAS = 2.0
# A heading vaguer than this does not say what a photo sees.
_VAGUE_HEADING_DEG = 40.0


def candidate_pairs(views: Sequence[PhotoView], settings: PairSettings) -> list[tuple[int, int]]:
    """Index pairs (i, j), i < j, of photos that may show the same place, sorted.

    Photos with a position: those whose view footprints, widened by their sigmas, overlap; at most
    `max_neighbours` each, best first. Photos without one, or whose position is vaguer than photos
    see: their nearest in appearance (too). Cost grows with the number of photos times
    `max_neighbours`.
    """
    located = [i for i, view in enumerate(views) if view.position_enu is not None]
    pairs = _by_footprint([views[i] for i in located], settings)
    chosen = {(located[i], located[j]) for i, j in pairs}
    lost = [
        i
        for i, view in enumerate(views)
        if view.position_enu is None or view.horizontal_sigma_m > settings.max_range_m
    ]
    if lost:
        chosen |= _by_appearance(views, lost, settings)
    return sorted(chosen)


def _by_footprint(views: Sequence[PhotoView], settings: PairSettings) -> set[tuple[int, int]]:
    if len(views) < 2:
        return set()
    position = np.array([v.position_enu for v in views], dtype=np.float64)[:, :2]
    slack = np.array([_POSITION_SIGMAS * v.horizontal_sigma_m for v in views])
    # Two photos can share a place only if it is within reach of both.
    reach = 2 * settings.max_range_m + 2 * float(np.median(slack))
    tree = cKDTree(position)
    nearest = min(len(views), 4 * settings.max_neighbours + 1)
    found = tree.query(position, k=nearest, distance_upper_bound=reach)
    distance, neighbour = np.asarray(found[0]), np.asarray(found[1])
    samples = [_footprint(view, settings.max_range_m) for view in views]
    chosen: set[tuple[int, int]] = set()
    for i, view in enumerate(views):
        scored = []
        for j in neighbour[i][np.isfinite(distance[i])]:
            if j == i:
                continue
            slack_m = float(np.hypot(slack[i], slack[j]))
            forward = _share_seen(samples[i], views[j], slack_m, settings.max_range_m)
            backward = _share_seen(samples[j], view, slack_m, settings.max_range_m)
            if min(forward, backward) > 0:
                apart = float(np.linalg.norm(position[i] - position[j]))
                scored.append((-(forward * backward) / (1 + apart / settings.max_range_m), int(j)))
        for _, j in sorted(scored)[: settings.max_neighbours]:
            chosen.add((min(i, j), max(i, j)))
    return chosen


def _half_view_rad(view: PhotoView) -> float:
    field = float(np.arctan(0.5 * view.camera.width_px / view.camera.fx_px))
    return field + float(np.deg2rad(_POSITION_SIGMAS * view.heading_sigma_deg))


def _footprint(view: PhotoView, range_m: float) -> Array:
    """Points (K, 2), east and north, spread over what the photo may see."""
    assert view.position_enu is not None
    if view.heading_deg is None or view.heading_sigma_deg > _VAGUE_HEADING_DEG:
        bearing = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    else:
        bearing = np.deg2rad(view.heading_deg) + _BEARINGS
    direction = np.stack((np.sin(bearing), np.cos(bearing)), axis=1)
    points = _RANGES_REL[:, None, None] * range_m * direction
    return np.asarray(points.reshape(-1, 2) + view.position_enu[:2])


def _share_seen(points: Array, view: PhotoView, slack_m: float, range_m: float) -> float:
    """Share of points that the photo may see, given how far off both may be."""
    assert view.position_enu is not None
    offset = points - view.position_enu[:2]
    distance = np.linalg.norm(offset, axis=1)
    seen = distance < range_m + slack_m
    if view.heading_deg is not None:
        bearing = np.arctan2(offset[:, 0], offset[:, 1])
        off = np.abs((bearing - np.deg2rad(view.heading_deg) + np.pi) % (2 * np.pi) - np.pi)
        blur = np.arctan2(slack_m, np.maximum(distance, 1e-6))
        seen &= off < _half_view_rad(view) + blur
    return float(seen.mean())


def _by_appearance(
    views: Sequence[PhotoView], lost: Sequence[int], settings: PairSettings
) -> set[tuple[int, int]]:
    """The photos most like each of `lost`, by VLAD over a vocabulary of their own descriptors
    (Jégou et al. 2010, with the normalisations of Arandjelović & Zisserman 2013)."""
    if len(views) <= settings.max_neighbours + 1:
        return {(min(i, j), max(i, j)) for i in lost for j in range(len(views)) if i != j}
    descriptors = [_strongest(view) for view in views]
    pool = np.concatenate(descriptors)
    step = max(1, len(pool) // _TRAINING_DESCRIPTORS)
    words = kmeans2(pool[::step], _WORDS, iter=15, minit="++", rng=np.random.default_rng(0))[0]
    vector = np.stack([_vlad(d, words) for d in descriptors])
    chosen = set()
    for i in lost:
        likeness = vector @ vector[i]
        likeness[i] = -np.inf
        for j in np.argsort(-likeness, kind="stable")[: settings.max_neighbours]:
            chosen.add((min(i, int(j)), max(i, int(j))))
    return chosen


def _strongest(view: PhotoView) -> Array:
    """The largest features, which are the ones that other photos find again."""
    rows = np.flatnonzero(~view.features.on_plane)
    order = np.argsort(-view.features.scale_px[rows], kind="stable")[:_DESCRIPTORS_PER_PHOTO]
    return view.features.descriptor[rows[order]].astype(np.float64)


def _vlad(descriptors: Array, words: Array) -> Array:
    vector = np.zeros_like(words)
    if len(descriptors):
        label = vq(descriptors, words)[0]
        np.add.at(vector, label, descriptors - words[label])
    vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)
    return np.asarray(vector.ravel() / max(float(np.linalg.norm(vector)), 1e-9))
