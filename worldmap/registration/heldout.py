"""How right the stated accuracy is: places predicted without the photo's own GPS position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldmap.config import RegistrationSettings
from worldmap.records import PairRegistration, PlacedBy, PlacedPose, SolvedPose, circular_error_90_m
from worldmap.registration.accuracy import Accuracy, HeldOut
from worldmap.registration.priors import POSITION_KERNEL, robust
from worldmap.registration.solve import solve
from worldmap.registration.view import PhotoView

# Each tenth position is left out at a time.
FOLDS = 10
# Fewer points than usual tie the photos while positions are left out: their places move by
# decimetres, GPS errors are metres, and it takes half the time.
_TRACKS_PER_PHOTO = 150
# Where the tag brings more of what is known than this, nothing else says where the photo is.
_MOST_LEVERAGE = 0.9


def held_out(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    poses: Sequence[SolvedPose],
    settings: RegistrationSettings,
    *,
    folds: int,
) -> Accuracy:
    """The check by GPS positions that were left out, for photos that pairs hold.

    All are left out one by one to first order, from the solution's own sigmas; `folds` of ten
    times the area is solved again without each tenth position, which counts instead.
    """
    about = {pose.photo_id: pose.site for pose in poses}
    views = {i: view.about(about.get(i, view.site)) for i, view in views.items()}
    held = {
        pose.photo_id: pose
        for pose in poses
        if isinstance(pose, PlacedPose)
        and pose.by == PlacedBy.MATCHES
        and pose.photo_id in views
        and views[pose.photo_id].position_enu is not None
    }
    linear = {i: found for i, pose in held.items() if (found := _to_first_order(pose, views[i]))}
    again: dict[int, HeldOut] = {}
    ids = sorted(held)
    tracks = min(_TRACKS_PER_PHOTO, settings.solver.tracks_per_photo)
    solver = settings.solver.model_copy(update={"tracks_per_photo": tracks})
    quick = settings.model_copy(update={"solver": solver})
    for fold in range(min(folds, FOLDS, len(ids))):
        left_out = set(ids[fold::FOLDS])
        if len(left_out) == len(ids):
            continue
        blind = {
            i: replace(view, position_ecef=None) if i in left_out else view
            for i, view in views.items()
        }
        for pose in solve(blind, pairs, quick).poses:
            view = views[pose.photo_id].about(pose.site)
            if pose.photo_id not in left_out or not isinstance(pose, PlacedPose):
                continue
            assert view.position_enu is not None
            off_m = (pose.enu_from_cam.translation_m - view.position_enu)[:2]
            sigma_m = np.array(pose.position_sigma_m[:2])
            again[pose.photo_id] = _entry(
                pose.photo_id, off_m, sigma_m, view.horizontal_sigma_m, solved_again=True
            )
    entries = tuple({**linear, **again}[i] for i in ids if i in linear or i in again)
    apart_m = [
        float(np.hypot(*np.subtract(again[i].off_m, linear[i].off_m))) for i in again if i in linear
    ]
    return Accuracy(
        candidates=len(held),
        entries=entries,
        share_inside=_mean([entry.inside for entry in entries]),
        median_distance_m=_median([entry.distance_m for entry in entries]),
        median_radius90_m=_median([entry.radius90_m for entry in entries]),
        solved_again=len(again),
        median_difference_m=_median(apart_m),
    )


def _to_first_order(pose: PlacedPose, view: PhotoView) -> HeldOut | None:
    """The solution without this photo's tag, by the formula for a deleted observation: with h the
    share of what is known that the tag brings (posterior over tag variance, by the weight that the
    solution gave it), the residual grows by 1 / (1 − h) and so does the variance (Cook and
    Weisberg, Residuals and Influence, 1982, 2.2)."""
    assert view.position_enu is not None
    variance = np.square(pose.position_sigma_m[:2])
    off_m = pose.enu_from_cam.translation_m - view.position_enu
    tag_m = np.array((view.horizontal_sigma_m, view.horizontal_sigma_m, view.vertical_sigma_m))
    weight = robust(np.square(off_m / tag_m).sum(), POSITION_KERNEL)[1]
    leverage = weight * variance / view.horizontal_sigma_m**2
    if not np.isfinite(leverage).all() or leverage.max() > _MOST_LEVERAGE:
        return None
    off_m = off_m[:2] / (1.0 - leverage)
    sigma_m = np.sqrt(variance / (1.0 - leverage))
    return _entry(pose.photo_id, off_m, sigma_m, view.horizontal_sigma_m, solved_again=False)


def _entry(
    photo_id: int,
    off_m: NDArray[np.float64],
    sigma_m: NDArray[np.float64],
    tag_sigma_m: float,
    *,
    solved_again: bool,
) -> HeldOut:
    # The tag that it is compared with is uncertain as well.
    radius_m = circular_error_90_m(*np.hypot(sigma_m, tag_sigma_m).tolist())
    distance_m = float(np.linalg.norm(off_m))
    return HeldOut(
        photo_id=photo_id,
        off_m=(float(off_m[0]), float(off_m[1])),
        distance_m=distance_m,
        radius90_m=radius_m,
        inside=distance_m <= radius_m,
        solved_again=solved_again,
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")
