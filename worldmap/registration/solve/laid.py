"""Where a group lies on the globe, by all its tags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.registration.bundle import JOINT
from worldmap.registration.graph import GraphPose
from worldmap.registration.placement import Placement, placed_by_tags
from worldmap.registration.solve.group import Group
from worldmap.registration.solve.refined import Refined

Array = NDArray[np.float64]


def laid_by_tags(group: Group, refined: Refined) -> Placement | None:
    """Moves the group to where its tags have it, and gives it the sigmas of that."""
    before = {i: pose.enu_from_cam for i, pose in refined.poses.items()}
    placement = placed_by_tags(group.members, before, group.elsewhere) if before else None
    if placement is None:
        return None
    apart = {}
    for ids, joint in refined.joint.items():
        rows = (JOINT * np.arange(len(ids))[:, None] + np.arange(7)).ravel()
        apart = placement.apart(joint[np.ix_(rows, rows)], {i: before[i] for i in ids})
    for i, pose in before.items():
        moved = placement.moved(pose)
        common = placement.common(moved)
        if i in apart:
            covariance = apart[i] + common
        else:
            # It knows its place on Earth already, by tags that share nothing.
            covariance = _no_less(refined.poses[i].covariance, common)
        refined.poses[i] = GraphPose(enu_from_cam=moved, covariance=covariance)
    return placement


def _no_less(covariance: Array, least: Array) -> Array:
    """The covariance with no variance less than those of another."""
    own = np.maximum(np.diag(covariance), 1e-300)
    wider = np.sqrt(np.maximum(np.diag(least) / own, 1.0))
    return np.asarray(wider[:, None] * covariance * wider)
