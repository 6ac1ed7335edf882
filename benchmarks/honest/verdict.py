"""How far placed photos are off, and whether their sigmas said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.honest.streets import Street
from worldmap.records import PhotoStatus, PlacedPose, circular_error_90_m, principal_sigmas
from worldmap.registration.solve import Solution
from worldmap.registration.view import PhotoView

KINDS = ("plan", "height", "heading", "tilt", "scale")
_90 = 1.645
ALLOWED_SIGMAS = 4.0
"""Beyond so many sigmas, and 3 m or 5° more, a photo is wrong in silence."""
_SILENT_M, _SILENT_DEG = 3.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One placed photo: by kind how far off it is, that over its 90 % bound, and over its sigma."""

    name: str
    off: Mapping[str, float]
    of_bound: Mapping[str, float]
    sigmas: Mapping[str, float]
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a street under a condition; true photos placed, and whether strangers were."""

    photos: int
    placed: int
    strangers_placed: int
    checked: tuple[Checked, ...]


def outcome(
    street: Street, solution: Solution, views: Mapping[int, PhotoView], *, depth_by: float = 1.0
) -> Outcome:
    """Placed photos beside the truth, all depth of the street having been multiplied by a factor;
    those that are doubtful count as not placed."""
    checked, strangers = [], 0
    for pose in solution.poses:
        if not isinstance(pose, PlacedPose) or pose.status == PhotoStatus.DOUBTFUL:
            continue
        name = views[pose.photo_id].name
        if name not in street.truth:
            strangers += 1
        else:
            checked.append(_checked(street, name, pose, depth_by))
    return Outcome(
        photos=sum(v.name in street.truth for v in views.values()),
        placed=len(checked),
        strangers_placed=strangers,
        checked=tuple(checked),
    )


def _checked(street: Street, name: str, placed: PlacedPose, depth_by: float) -> Checked:
    truth, pose = street.truth[name], placed.about(street.site)
    found = pose.enu_from_cam
    off = found.translation_m - truth.centre
    plan_m2 = pose.covariance[3:5, 3:5]
    up_m = pose.position_sigma_m[2]
    ahead = [r[:2, 2] for r in (found.rotation, truth.rotation)]
    turn = np.diff([np.rad2deg(np.arctan2(*a)) for a in ahead])[0]
    heading = float(abs((turn + 180.0) % 360.0 - 180.0))
    ups = [r[2] for r in (found.rotation, truth.rotation)]
    tilt = float(np.rad2deg(np.arctan2(np.linalg.norm(np.cross(*ups)), ups[0] @ ups[1])))
    # About the vertical, and about two axes across it.
    axes = np.vstack((ups[0], np.linalg.svd(ups[0][None])[2][1:]))
    turns = np.rad2deg(np.rad2deg(axes @ pose.covariance[:3, :3] @ axes.T))
    of_heading, across = float(np.sqrt(turns[0, 0])), turns[1:, 1:]
    scale = float(abs(np.log(pose.depth_scale * depth_by / truth.depth_scale)))
    plan, height = float(np.hypot(*off[:2])), float(abs(off[2]))
    # Along the error itself.
    towards = off[:2] / max(plan, 1e-9)
    of_plan = float(np.sqrt(towards @ plan_m2 @ towards))
    bound = {
        "plan": pose.ce90_m,
        "height": _90 * up_m,
        "heading": _90 * of_heading,
        "tilt": circular_error_90_m(*principal_sigmas(across)),
        "scale": _90 * pose.scale_sigma_rel,
    }
    one = {
        "plan": of_plan,
        "height": up_m,
        "heading": of_heading,
        "tilt": float(np.sqrt(np.trace(across))),
        "scale": pose.scale_sigma_rel,
    }
    offs = {"plan": plan, "height": height, "heading": heading, "tilt": tilt, "scale": scale}
    slack = {"plan": _SILENT_M, "height": _SILENT_M, "heading": _SILENT_DEG, "tilt": _SILENT_DEG}
    return Checked(
        name=name,
        off=offs,
        of_bound={k: offs[k] / max(bound[k], 1e-9) for k in KINDS},
        sigmas={k: offs[k] / max(one[k], 1e-9) for k in KINDS},
        silent=any(offs[k] > ALLOWED_SIGMAS * one[k] + extra for k, extra in slack.items()),
    )
