"""Photos that their tags put where nobody gets to between one picture of a walk and the next."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from worldmap.records import PlacedBy, PlacedPose
from worldmap.registration.session import sessions
from worldmap.registration.view import PhotoView

# The next step of a walk is faster than all of so many before it once in one more than that; that
# it is by three sigmas besides is no chance.
_FEWEST_STEPS = 4
_SIGMAS = 3.0
# Clocks of cameras tell whole seconds.
_LEAST_S = 1.0


def strayed(poses: Sequence[PlacedPose], views: Mapping[int, PhotoView]) -> dict[int, str]:
    """Why photos that their tags alone place are not where these say: from those that pictures hold
    and that the same device took next before and after it, one would have to go faster to there
    than between any two of its session, by more than the sigmas of both."""
    of = sessions(views)
    held: dict[str, list[tuple[float, PlacedPose]]] = defaultdict(list)
    for pose in poses:
        at_s = views[pose.photo_id].captured_s
        if pose.by == PlacedBy.MATCHES and math.isfinite(at_s):
            held[of[pose.photo_id]].append((at_s, pose))
    walks = {
        name: sorted(steps, key=lambda step: (step[0], step[1].photo_id))
        for name, steps in held.items()
        if len(steps) > _FEWEST_STEPS
    }
    fastest_by = {
        name: max(_away_m(a, b) / _between_s(s, t) for (s, a), (t, b) in pairwise(walk))
        for name, walk in walks.items()
    }
    found = {}
    for pose in poses:
        view, name = views[pose.photo_id], of[pose.photo_id]
        if pose.by == PlacedBy.MATCHES or not view.device or not math.isfinite(view.captured_s):
            continue
        if name not in walks or view.by_track:
            continue
        walk, fastest = walks[name], fastest_by[name]
        before = [step for step in walk if step[0] <= view.captured_s][-1:]
        after = [step for step in walk if step[0] > view.captured_s][:1]
        far = [
            _away_m(pose, other) - fastest * _between_s(at_s, view.captured_s)
            > _SIGMAS * math.hypot(_plan_sigma_m(pose), _plan_sigma_m(other))
            for at_s, other in (*before, *after)
        ]
        if all(far):
            away_m, at_s = min((_away_m(pose, other), at_s) for at_s, other in (*before, *after))
            earlier = "before" if at_s <= view.captured_s else "after"
            found[pose.photo_id] = (
                f"doubtful: its position is {away_m:.0f} m from where its camera was "
                f"{abs(at_s - view.captured_s):.0f} s {earlier} it, at {fastest:.1f} m/s at most"
            )
    return found


def _between_s(one_s: float, other_s: float) -> float:
    return max(abs(one_s - other_s), _LEAST_S)


def _away_m(one: PlacedPose, other: PlacedPose) -> float:
    a = one.enu_from_cam.translation_m
    b = other.about(one.site).enu_from_cam.translation_m
    return float(np.hypot(*(a - b)[:2]))


def _plan_sigma_m(pose: PlacedPose) -> float:
    return float(max(pose.position_sigma_m[:2]))
