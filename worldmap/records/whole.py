"""Where a connected group of photos is as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from worldmap.records.registration import PlacedBy, PlacedPose, SolvedPose, principal_sigmas


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWhole:
    """How far a connected group may be off on the globe as a whole, as one standard deviation: its
    place in plan (along its worse axis) and in height, its turn about the vertical, its size. Each
    is that of its photo which knows it best: what all of them share is no larger."""

    component: int
    photos: int
    plan_sigma_m: float
    height_sigma_m: float
    turn_sigma_deg: float
    size_sigma_rel: float


def wholes(poses: Iterable[SolvedPose]) -> tuple[GroupWhole, ...]:
    """Of each group of two photos or more that pictures hold, the largest first."""
    groups: dict[int, list[PlacedPose]] = {}
    for pose in poses:
        if isinstance(pose, PlacedPose) and pose.by == PlacedBy.MATCHES:
            groups.setdefault(pose.component, []).append(pose)
    found = [
        GroupWhole(
            component=component,
            photos=len(own),
            plan_sigma_m=min(principal_sigmas(pose.covariance[3:5, 3:5])[1] for pose in own),
            height_sigma_m=min(pose.position_sigma_m[2] for pose in own),
            turn_sigma_deg=min(_turn_sigma_deg(pose) for pose in own),
            size_sigma_rel=min(pose.scale_sigma_rel for pose in own),
        )
        for component, own in groups.items()
        if len(own) > 1
    ]
    return tuple(sorted(found, key=lambda g: (-g.photos, g.component)))


def _turn_sigma_deg(pose: PlacedPose) -> float:
    up_cam = pose.enu_from_cam.rotation[2]
    return float(np.rad2deg(np.sqrt(up_cam @ pose.covariance[:3, :3] @ up_cam)))
