"""How far areas are off as a whole, beside what merge says of that."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import Metric, metric
from benchmarks.ground.streets import Street
from benchmarks.registration.areas import rescaled_pair
from worldmap.config import Settings
from worldmap.demo.accuracy import align
from worldmap.frames import nearest_rotation
from worldmap.geodesy import Site
from worldmap.records import GroupWhole, PlacedPose, wholes
from worldmap.registration.solve import solve
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
Rng = np.random.Generator

KINDS = ("place", "height", "turn", "size")
_INSIDE = (0.85, 0.95)
# The radius that 90 of 100 lie within, of two axes and of one.
_CIRCLE_90, _90 = 2.146, 1.645
_FEWEST = 4
# What share of their variance a phone's positions of one walk have in common: multipath and
# ionosphere last for seconds to minutes, so that from next to nothing to all of it, of a filtered
# track, anything is met, less the more of it. Of heights most: one barometer, above one surface
# (the real walk of shared data has heights that scatter by 2.6 m where a phone's are good to 15).
_SHARES = ((0.0, 0.05), (0.05, 0.2), (0.2, 0.45), (0.45, 0.75), (0.75, 1.0))
_SHARES_MET = (0.30, 0.25, 0.20, 0.15, 0.10)
_HEIGHTS_SHARE = (0.8, 1.0)
# A phone's compass in degrees.
_COMPASS_SHARED_DEG, _COMPASS_DEG, _COMPASS_SAID_DEG = 5.0, 10.0, 15.0
_GPS_M = (3.0, 8.0)
_HEIGHT_FACTOR = 1.5


def drawn_wholes(street: Street, seed: int, draws: int) -> list[dict[str, float]]:
    """Of each draw how far its largest group is off as a whole over the 90 % bound that is stated.
    A draw has a run of the street's photos, four or more; other positions, compasses (a third of
    the areas without) and depth scales, with what a device's errors share."""
    found = []
    for draw in range(draws):
        rng = np.random.default_rng((seed, draw, 913, zlib.crc32(street.label.encode())))
        off = _one(street, rng)
        if off:
            found.append(off)
    return found


def whole_metrics(found: Sequence[Mapping[str, float]]) -> list[Metric]:
    """What share of all areas lies inside the stated 90 %, by what it is."""
    low, high = _INSIDE
    metrics = [metric("areas as a whole: areas", "areas", len(found))]
    for kind in KINDS:
        inside = float(np.mean([each[kind] < 1.0 for each in found]))
        name = f"areas as a whole: {kind} inside the stated 90 %"
        metrics.append(metric(f"{name}, not less", "share", inside, low, "min"))
        metrics.append(metric(f"{name}, not more", "share", inside, high))
    return metrics


def _one(street: Street, rng: Rng) -> dict[str, float]:
    order = sorted(street.area.views, key=lambda i: street.area.views[i].name)
    count = int(rng.integers(_FEWEST, len(order) + 1))
    begin = int(rng.integers(0, len(order) - count + 1))
    ids = order[begin : begin + count]
    views, factor = _told_anew(street, ids, rng)
    pairs = [
        rescaled_pair(p, factor[p.photo_a], factor[p.photo_b])
        for p in street.area.pairs
        if p.photo_a in views and p.photo_b in views
    ]
    poses = solve(views, pairs, Settings().registration).poses
    groups = wholes(poses)
    if not groups or groups[0].photos < 3:
        return {}
    own = [p for p in poses if isinstance(p, PlacedPose) and p.component == groups[0].component]
    return _off(street, [p.about(street.site) for p in own], groups[0])


def _told_anew(
    street: Street, ids: Sequence[int], rng: Rng
) -> tuple[dict[int, PhotoView], dict[int, float]]:
    """Views with other tags, and by what each one's depth was multiplied."""
    gps_m = rng.uniform(*_GPS_M)
    with_compass = rng.uniform() > 1 / 3
    plan_share = rng.uniform(*_SHARES[rng.choice(len(_SHARES), p=_SHARES_MET)])
    share = np.array((plan_share, plan_share, rng.uniform(*_HEIGHTS_SHARE)))
    sigma_m = gps_m * np.array((1.0, 1.0, _HEIGHT_FACTOR))
    shared_m = np.sqrt(share) * sigma_m * rng.standard_normal(3)
    turned = _COMPASS_SHARED_DEG * rng.standard_normal()
    views, factor = {}, {}
    for i in ids:
        view = street.area.views[i]
        true = street.photos[view.name]
        own_m = np.sqrt(1 - share) * sigma_m * rng.standard_normal(3)
        place = true.enu_from_cam[:3, 3] + shared_m + own_m
        heading = np.rad2deg(np.arctan2(*true.enu_from_cam[:2, 2]))
        heading += turned + _COMPASS_DEG * rng.standard_normal()
        # The depth is as far off as it says, whatever it was off by before.
        by = true.depth_scale * float(np.exp(view.scale_sigma_rel * rng.standard_normal()))
        factor[i] = by
        features = replace(
            view.features,
            xyz_cam=view.features.xyz_cam * np.float32(by),
            grid_depth_m=view.features.grid_depth_m * np.float32(by),
            grid_sigma_m=view.features.grid_sigma_m * np.float32(by),
        )
        views[i] = replace(
            view,
            features=features,
            position_ecef=_ecef(street.site, place),
            horizontal_sigma_m=gps_m,
            vertical_sigma_m=gps_m * _HEIGHT_FACTOR,
            heading_deg=float(heading % 360) if with_compass else None,
            heading_sigma_deg=_COMPASS_SAID_DEG,
        )
    return views, factor


def _ecef(site: Site, place: Array) -> Array:
    return np.asarray(site.ecef_from_enu.apply(place))


def _off(street: Street, poses: Sequence[PlacedPose], whole: GroupWhole) -> dict[str, float]:
    names = {i: v.name for i, v in street.area.views.items()}
    true = np.array([street.photos[names[p.photo_id]].enu_from_cam for p in poses])
    found = np.array([p.enu_from_cam.translation_m for p in poses])
    turns = np.array([p.enu_from_cam.rotation for p in poses])
    left = nearest_rotation(np.einsum("nij,nkj->ik", true[:, :3, :3], turns))
    turn = float(np.rad2deg(cv2.Rodrigues(left)[0].ravel()[2]))
    fit = align(found, true[:, :3, 3], with_scale=True)
    assert fit is not None
    miss = (found - true[:, :3, 3]).mean(axis=0)
    return {
        "place": float(np.hypot(*miss[:2])) / (_CIRCLE_90 * whole.plan_sigma_m),
        "height": abs(float(miss[2])) / (_90 * whole.height_sigma_m),
        "turn": abs(turn) / (_90 * whole.turn_sigma_deg),
        "size": abs(float(np.log(fit.scale))) / (_90 * whole.size_sigma_rel),
    }
