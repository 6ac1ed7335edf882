"""Photos whose poses somebody gave: how large their depth is beside these, and these beside it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from worldmap.config import PairSettings
from worldmap.frames import RigidTransform
from worldmap.records import PairRegistration, PlacedPose
from worldmap.registration.structure import given_points
from worldmap.registration.tracks import build_tracks
from worldmap.registration.triangulation import Triangulated, triangulated
from worldmap.registration.view import ANYHOW_SIGMA_REL, PhotoView

# A point that tells a depth worse than this tells no scale.
_SURE_REL: Final = 0.1
_POINT_PX: Final = 0.5
_FEWEST: Final = 10
# What a photo's points have in common: a lens, a surface that bends.
_FLOOR_REL: Final = 0.003
_PER_PHOTO: Final = 2000
# Photos whose pairs tell how large a model is.
_NEAREST: Final = 4
_AROUND: Final = 32
_ALIKE_COSINE: Final = math.cos(math.radians(60.0))


def sized(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    held: Mapping[int, PlacedPose],
) -> dict[int, PlacedPose]:
    """The given poses, each with the scale that makes its photo's depth what the rays of its
    matches with other held photos say: the median ratio. A photo that shows too few of their points
    takes the median of those whose depth is of the same source, else its own word."""
    own = {i: views[i] for i in held if i in views}
    if not own:
        return {}
    inside = [p for p in pairs if p.photo_a in own and p.photo_b in own]
    seen = triangulated(
        list(own.values()),
        {i: held[i].enu_from_cam for i in own},
        build_tracks(own, inside, per_photo=_PER_PHOTO),
    )
    found = _log_ratios(list(own.values()), seen)
    alike: dict[str, list[float]] = defaultdict(list)
    for i, (log, _) in found.items():
        alike[own[i].depth_key].append(log)
    return {
        i: _scaled(held[i], *found.get(i, _as_others(view, alike[view.depth_key])))
        for i, view in own.items()
    }


def metres_per_unit(
    views: Mapping[int, PhotoView],
    model_from_cam: Mapping[int, RigidTransform],
    settings: PairSettings,
) -> tuple[float, float] | None:
    """How large a model's unit is by the depth of its photos, and the sigma of its log: the median
    photo of each source of depth, whose errors its photos share. None where they do not tell."""
    own = {i: views[i] for i in model_from_cam if i in views}
    seen = given_points(own, model_from_cam, _near_pairs(model_from_cam), settings)
    if seen is None:
        return None
    told: dict[str, list[float]] = defaultdict(list)
    sigma: dict[str, float] = {}
    for i, (log, _) in _log_ratios(list(own.values()), seen).items():
        key = own[i].depth_key
        told[key].append(-log)
        if own[i].own_scale_sigma_rel > 0:
            sigma[key] = min(own[i].own_scale_sigma_rel, sigma.get(key, ANYHOW_SIGMA_REL))
    if not sigma:
        return None
    key = min(sigma, key=lambda key: (sigma[key], key))
    return math.exp(float(np.median(told[key]))), sigma[key]


def _near_pairs(model_from_cam: Mapping[int, RigidTransform]) -> list[tuple[int, int]]:
    """Photos that stand near each other and look the same way, each with its nearest."""
    ids = sorted(model_from_cam)
    centre = np.array([model_from_cam[i].translation_m for i in ids])
    axis = np.array([model_from_cam[i].rotation[:, 2] for i in ids])
    # Some of those that stand near look elsewhere.
    around = cKDTree(centre).query(centre, k=min(_AROUND, len(ids)))[1].reshape(len(ids), -1)
    found = set()
    for a, row in enumerate(around.tolist()):
        alike = [b for b in row if b != a and axis[a] @ axis[b] >= _ALIKE_COSINE]
        found |= {(min(ids[a], ids[b]), max(ids[a], ids[b])) for b in alike[:_NEAREST]}
    return sorted(found)


def _log_ratios(views: Sequence[PhotoView], seen: Triangulated) -> dict[int, tuple[float, float]]:
    """By photo the log of what its depth is to be multiplied by, to be as far as its points are,
    and its sigma; only of photos with points enough."""
    found = {}
    for row, view in enumerate(views):
        at = np.flatnonzero(seen.photo == row)
        sure = _POINT_PX / view.camera.fx_px * seen.sigma_rel[at] < _SURE_REL
        ratio = seen.depth_m[at] / view.features.xyz_cam[seen.feature[at], 2]
        ratio = ratio[sure & np.isfinite(ratio) & (ratio > 0)]
        if len(ratio) < _FEWEST:
            continue
        log = np.log(ratio)
        spread = 1.4826 * float(np.median(np.abs(log - np.median(log))))
        sigma = math.hypot(1.2533 * spread / math.sqrt(len(ratio)), _FLOOR_REL)
        found[view.photo_id] = float(np.median(log)), sigma
    return found


def _as_others(view: PhotoView, logs: Sequence[float]) -> tuple[float, float]:
    """Log scale and sigma of a photo by others of the same source of depth."""
    sigma = min(view.scale_sigma_rel, ANYHOW_SIGMA_REL)
    return (float(np.median(logs)) if logs else 0.0), sigma


def _scaled(pose: PlacedPose, log_scale: float, sigma_rel: float) -> PlacedPose:
    covariance = pose.covariance.copy()
    covariance[6], covariance[:, 6] = 0.0, 0.0
    covariance[6, 6] = sigma_rel**2
    return replace(pose, depth_scale=math.exp(log_scale), covariance=covariance)
