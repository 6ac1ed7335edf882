"""How far placed photos are off, and whether their sigmas said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.honest.streets import Street
from worldmap.records import PhotoStatus, PlacedPose, circular_error_90_m
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


def outcome(street: Street, solution: Solution, views: Mapping[int, PhotoView]) -> Outcome:
    """Placed photos beside the truth; those that are doubtful count as not placed."""
    checked, strangers = [], 0
    for pose in solution.poses:
        if not isinstance(pose, PlacedPose) or pose.status == PhotoStatus.DOUBTFUL:
            continue
        name = views[pose.photo_id].name
        if name not in street.truth:
            strangers += 1
        else:
            checked.append(_checked(street, name, pose))
    return Outcome(
        photos=sum(v.name in street.truth for v in views.values()),
        placed=len(checked),
        strangers_placed=strangers,
        checked=tuple(checked),
    )


def _checked(street: Street, name: str, placed: PlacedPose) -> Checked:
    truth, pose = street.truth[name], placed.about(street.site)
    found = pose.enu_from_cam
    off = found.translation_m - truth.centre
    east, north, up = pose.position_sigma_m
    ahead = [r[:2, 2] for r in (found.rotation, truth.rotation)]
    turn = np.diff([np.rad2deg(np.arctan2(*a)) for a in ahead])[0]
    heading = float(abs((turn + 180.0) % 360.0 - 180.0))
    ups = [r[2] for r in (found.rotation, truth.rotation)]
    tilt = float(np.rad2deg(np.arctan2(np.linalg.norm(np.cross(*ups)), ups[0] @ ups[1])))
    sigma = np.array(pose.rotation_sigma_deg)
    # About the vertical, and across it.
    of_heading = float(np.sqrt((ups[0] ** 2) @ sigma**2))
    across = sorted(sigma**2)[:2]
    scale = float(abs(np.log(pose.depth_scale / truth.depth_scale)))
    plan, height = float(np.hypot(*off[:2])), float(abs(off[2]))
    # Along the error itself.
    of_plan = float(np.sqrt(((off[:2] / max(plan, 1e-9)) ** 2) @ (east**2, north**2)))
    bound = {
        "plan": circular_error_90_m(east, north),
        "height": _90 * up,
        "heading": _90 * of_heading,
        "tilt": circular_error_90_m(float(np.sqrt(across[0])), float(np.sqrt(across[1]))),
        "scale": _90 * pose.scale_sigma_rel,
    }
    one = {
        "plan": of_plan,
        "height": up,
        "heading": of_heading,
        "tilt": float(np.sqrt(sum(across))),
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
