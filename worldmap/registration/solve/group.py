"""One group of photos that pairs hold together, and what its solution speaks against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from worldmap.camera import Lens
from worldmap.config import RegistrationSettings
from worldmap.frames import rotation_angle_rad
from worldmap.records import PairRegistration, SolvedPose
from worldmap.registration.graph import GraphPose, misfit_sigmas
from worldmap.registration.session import SessionEvidence
from worldmap.registration.view import PhotoView

# A pair that is off by more is wrong, whatever it says of its own sigmas. Before bundle adjustment
# the solution is off by some tenths of a degree itself.
_PLAINLY_DEG = 2.5
_PLAINLY_M = 1.0
_PLAINLY_REL = 0.10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Group:
    """Photos that pairs hold together, and the graph's poses: none for a photo alone, nor where no
    photo has a position. kept: earlier poses of those that stay; lenses: what was solved before;
    solved_among: see `SolvedPose`. trusted: the members without the tags that the others plainly
    contradict; elsewhere: by photo what other groups say of its session."""

    members: Mapping[int, PhotoView]
    pairs: Sequence[PairRegistration]
    poses: Mapping[int, GraphPose]
    kept: Mapping[int, SolvedPose] = field(default_factory=dict)
    lenses: Mapping[int, Lens] = field(default_factory=dict)
    solved_among: int = 0
    trusted: Mapping[int, PhotoView] = field(default_factory=dict)
    elsewhere: Mapping[int, Sequence[SessionEvidence]] = field(default_factory=dict)


Refused = dict[tuple[int, int], str]


def contradicted_by(
    poses: Mapping[int, GraphPose],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
) -> Refused:
    """Pairs that the solution is many sigmas away from, or plainly elsewhere: a vague pair may be
    metres off within its sigmas, and then its matches are not worth having."""
    refused: Refused = {}
    misfits = misfit_sigmas({i: pose.enu_from_cam for i, pose in poses.items()}, pairs)
    for pair in pairs:
        key = pair.key
        sigmas = misfits[key]
        if sigmas >= settings.solver.pair_outlier_sigmas:
            refused[key] = f"the area's solution is {sigmas:.0f} sigmas away"
            continue
        assert pair.a_from_b is not None
        a, b = (poses[i].enu_from_cam for i in key)
        between = a.inverse() @ b
        turn_rad = rotation_angle_rad(between.rotation.T @ pair.a_from_b.rotation)
        turn_deg = float(np.rad2deg(turn_rad))
        off_m = a.scale * float(np.linalg.norm(between.translation_m - pair.a_from_b.translation_m))
        apart_m = a.scale * float(np.linalg.norm(between.translation_m))
        if turn_deg > _PLAINLY_DEG or off_m > _PLAINLY_M + _PLAINLY_REL * apart_m:
            refused[key] = f"the area's solution is {off_m:.1f} m and {turn_deg:.1f}° away"
    return refused


def count_located(members: Mapping[int, PhotoView]) -> int:
    """How many have a position."""
    return sum(view.position_enu is not None for view in members.values())
