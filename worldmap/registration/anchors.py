"""The solution's points, as each photo sees them: true depths that its depth map is held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.records import DepthAnchors, PairRegistration, PlacedBy, PlacedPose, SolvedPose
from worldmap.registration.tracks import Tracks, build_tracks
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

# All of a photo's tracks.
_EVERY_TRACK = 1 << 30
_ROUNDS = 3
# Of an observation's residual in sigmas: further off, it is of another point.
_OUTLIER_SIGMAS = 4.0
_FREEDOM = 4.0
# Depths less certain than this tell nothing that a network's would not.
_MOST_SIGMA_REL = 0.05
# How much a pair of photos tells of a point by the angle between its rays: Yao et al., MVSNet,
# ECCV 2018, section 4.1.
_BEST_DEG, _NARROWER_DEG, _WIDER_DEG = 5.0, 1.0, 10.0


def depth_anchors(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    poses: Sequence[SolvedPose],
    *,
    neighbours: int,
    only: Collection[int] | None = None,
) -> dict[int, DepthAnchors]:
    """By photo id, of each photo that matches placed beside others. neighbours: at most so many of
    these are named. only: of groups without any of these photos none are asked for.

    Points are intersections of rays in space, weighted by range (Hartley & Sturm, Triangulation,
    CVIU 1997, call it the midpoint's method) and, with Student's weights, by how far each misses;
    their sigmas follow from those of the rays, which are taken from what is left.
    """
    placed = {
        pose.photo_id: pose
        for pose in poses
        if isinstance(pose, PlacedPose) and pose.by == PlacedBy.MATCHES and pose.photo_id in views
    }
    found: dict[int, DepthAnchors] = {}
    for component in sorted({pose.component for pose in placed.values()}):
        members = {i: pose for i, pose in sorted(placed.items()) if pose.component == component}
        if only is not None and not members.keys() & set(only):
            continue
        inside = [p for p in pairs if p.accepted and p.photo_a in members and p.photo_b in members]
        part = {i: views[i] for i in members}
        tracks = build_tracks(part, inside, per_photo=_EVERY_TRACK)
        if tracks.count:
            found |= _anchors(part, list(members.values()), tracks, neighbours)
    return found


def _anchors(
    views: Mapping[int, PhotoView],
    poses: Sequence[PlacedPose],
    tracks: Tracks,
    neighbours: int,
) -> dict[int, DepthAnchors]:
    rows = np.lexsort((tracks.photo, tracks.track))
    photo, track = tracks.photo[rows], tracks.track[rows]
    uv_px = np.empty((len(rows), 2))
    ray, axis, centre = (np.empty((len(rows), 3)) for _ in range(3))
    for index, (view, pose) in enumerate(zip(views.values(), poses, strict=True)):
        at = photo == index
        uv_px[at] = view.features.uv_px[tracks.feature[rows[at]]]
        beside = pose.about(poses[0].site).enu_from_cam
        rays_cam = pose.solved_camera(view.camera).rays(uv_px[at])
        ray[at] = beside.rotate(rays_cam / np.linalg.norm(rays_cam, axis=1, keepdims=True))
        axis[at], centre[at] = beside.rotation[:, 2], beside.translation_m
    point, covariance, keep = _intersected(ray, centre, track, tracks.count)
    away = point[track] - centre
    depth_m = np.einsum("ni,ni->n", away, axis)
    variance = np.einsum("ni,nij,nj->n", axis, covariance[track], axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma_rel = np.sqrt(variance) / depth_m
    keep &= (depth_m > 0) & (sigma_rel < _MOST_SIGMA_REL)
    seen = np.bincount(track[keep], minlength=tracks.count)
    keep &= seen[track] >= 2
    photo, track, away = photo[keep], track[keep], away[keep]
    scores = tie_scores(photo, track, away, len(poses))
    ids = [pose.photo_id for pose in poses]
    found = {}
    for index, photo_id in enumerate(ids):
        at = np.flatnonzero(keep)[photo == index]
        found[photo_id] = DepthAnchors(
            photo_id=photo_id,
            uv_px=uv_px[at],
            depth_m=depth_m[at],
            sigma_rel=sigma_rel[at],
            photos=seen[track[photo == index]],
            neighbours=scores.best(index, ids, neighbours),
        )
    return found


def _intersected(
    ray: Array, centre: Array, track: NDArray[np.intp], count: int
) -> tuple[Array, Array, Bools]:
    """Points (K, 3) nearest to the rays (M, 3) from the centres that see them, their covariances
    (K, 3, 3), and which rays (M,) are theirs."""
    across = np.eye(3) - ray[:, :, None] * ray[:, None, :]
    weight = np.ones(len(ray))
    keep: Bools = np.ones(len(ray), dtype=np.bool_)
    sigma_rad = 1.0
    point: Array = np.zeros((count, 3))
    information: Array = np.zeros((count, 3, 3))
    for _ in range(_ROUNDS + 1):
        weighted = across * np.where(keep, weight, 0.0)[:, None, None]
        information = _by_track(weighted, track, count)
        right = _by_track(np.einsum("nij,nj->ni", weighted, centre), track, count)
        # A millionth of the largest: rays that are as good as parallel end somewhere, uncertain.
        information += 1e-9 * np.trace(information, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        information += 1e-30 * np.eye(3)
        point = np.asarray(np.linalg.solve(information, right[:, :, None]))[:, :, 0]
        away = point[track] - centre
        range_m = np.maximum(np.linalg.norm(away, axis=1), 1e-6)
        miss_rad = np.linalg.norm(np.einsum("nij,nj->ni", across, away), axis=1) / range_m
        seen = np.bincount(track[keep], minlength=count)
        # Of two rays 4 − 3 coordinates are left over, of n rays 2 n − 3.
        spare = (2 * seen - 3) / np.maximum(2 * seen, 1)
        used = keep & (seen[track] >= 2)
        if not used.any():
            break
        # The median of a Rayleigh variable is 1.177 of its sigma.
        scaled = miss_rad / np.sqrt(np.maximum(spare[track], 0.25))
        sigma_rad = max(float(np.median(scaled[used])) / 1.177, 1e-7)
        off = miss_rad / sigma_rad
        keep = used & (off < _OUTLIER_SIGMAS * 4 ** (not (weight != 1).any()))
        weight = (1 + 2 / _FREEDOM) / (1 + off**2 / _FREEDOM) / (range_m * sigma_rad) ** 2
    return point, np.asarray(np.linalg.inv(information)), keep


def _by_track(values: Array, track: NDArray[np.intp], count: int) -> Array:
    """Sums (K, ...) of values (M, ...), of which those of a track stand together."""
    summed = np.zeros((count, *values.shape[1:]))
    start = np.flatnonzero(np.diff(track, prepend=-1))
    summed[track[start]] = np.add.reduceat(values, start, axis=0)
    return summed


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TieScores:
    """How much photos tell each other of their points: score (K,) of photo (K,) with other (K,),
    sorted by these, both ways; pairs that see nothing in common are not there, so that it grows
    with the photos and not with their square."""

    photo: NDArray[np.int64]
    other: NDArray[np.int64]
    score: Array

    def best(self, index: int, ids: Sequence[int], most: int) -> tuple[int, ...]:
        """The ids of the photos that tell photo `index` most, the best first. ids: by index."""
        low, high = np.searchsorted(self.photo, (index, index + 1))
        told = [
            (-score, ids[k])
            for k, score in zip(
                self.other[low:high].tolist(), self.score[low:high].tolist(), strict=True
            )
            if score > 0
        ]
        return tuple(i for _, i in sorted(told)[:most])


def tie_scores(
    photo: NDArray[np.intp], track: NDArray[np.intp], away: Array, photos: int
) -> TieScores:
    """How much each photo tells another of its points. photo, track (M,): who sees what, sorted by
    track, then photo; away (M, 3) from the photo to the point."""
    toward = away / np.linalg.norm(away, axis=1, keepdims=True)
    together = []
    for step in range(1, photos):
        same = np.flatnonzero(track[step:] == track[:-step])
        if not len(same):
            break
        together.append((same, same + step))
    # By number of the cell that a sum of two photos would have in a table of all.
    cells = [
        (
            photo[a].astype(np.int64) * photos + photo[b],
            photo[b].astype(np.int64) * photos + photo[a],
        )
        for a, b in together
    ]
    cell = np.unique(
        np.concatenate([np.zeros(0, dtype=np.int64), *(c for both in cells for c in both)])
    )
    score = np.zeros(len(cell))
    for (a, b), both in zip(together, cells, strict=True):
        cosine = np.einsum("ni,ni->n", toward[a], toward[b])
        angle_deg = np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))
        spread = np.where(angle_deg <= _BEST_DEG, _NARROWER_DEG, _WIDER_DEG)
        told = np.exp(-((angle_deg - _BEST_DEG) ** 2) / (2 * spread**2))
        for each in both:
            np.add.at(score, np.searchsorted(cell, each), told)
    return TieScores(photo=cell // photos, other=cell % photos, score=score)
