"""Photos that stand among others and share nothing with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from worldmap.config import PairSettings
from worldmap.records import PairRegistration, PlacedBy, PlacedPose, SolvedPose
from worldmap.registration.evidence import SAYS_LITTLE, SAYS_MUCH, evidence

# Groups of so few may be strangers; so many others in one group, so many times as many, show that.
_FEW, _FEWEST_HELD, _SEVERAL = 3, 3, 2
_BESIDE_M, _SAME_WAY_DEG = 12.0, 40.0


def with_doubts(
    poses: Sequence[SolvedPose],
    pairs: Sequence[PairRegistration],
    settings: PairSettings,
    beyond: Mapping[int, int],
) -> list[SolvedPose]:
    """The poses, those of photos by themselves or in twos and threes doubtful where a much larger
    group has several photos that stand where they do and look the same way: what sees what others
    see and shares nothing with them is somewhere else, or not what its tags say. So are those that
    one of the `pairs` that are believed holds, and hardly."""
    placed = [p for p in poses if isinstance(p, PlacedPose)]
    size = Counter(p.component for p in poses)
    for pose in poses:
        # Of a group that goes on elsewhere no part is small.
        size[pose.component] += beyond.get(pose.photo_id, 0)
    held = [p for p in placed if p.by == PlacedBy.MATCHES and size[p.component] >= _FEWEST_HELD]
    doubted: dict[int, str] = {}
    for pose in placed:
        if size[pose.component] > _FEW:
            continue
        sees = sum(
            _looks_alike(pose, other)
            for other in held
            if size[other.component] >= _FEWEST_HELD * size[pose.component]
            and other.component != pose.component
        )
        if sees >= _SEVERAL:
            doubted[pose.photo_id] = (
                f"doubtful: it shares nothing with {sees} photos that look the same way from there"
            )
    # A photo that another one holds is no more doubtful than that.
    confirmed = {p.component for p in placed if p.photo_id not in doubted}
    doubted = {p.photo_id: doubted[p.photo_id] for p in placed
               if p.photo_id in doubted and p.component not in confirmed}  # fmt: skip
    doubted |= _hardly_held(held, pairs, settings, beyond)
    return [
        replace(
            p,
            by=PlacedBy.DOUBT,
            reason=doubted[p.photo_id] + (f"; {p.reason}" if p.reason else ""),
        )
        if isinstance(p, PlacedPose) and p.photo_id in doubted
        else p
        for p in poses
    ]


def _hardly_held(
    held: Sequence[PlacedPose],
    pairs: Sequence[PairRegistration],
    settings: PairSettings,
    beyond: Mapping[int, int],
) -> dict[int, str]:
    """Why photos are doubtful that a single pair of little evidence ties to a group of which others
    look the same way from there, too: windows that repeat tie strangers so, and with hardly any
    evidence turn a photo to where nobody looks."""
    ties: dict[int, list[PairRegistration]] = {}
    for pair in pairs:
        for i in pair.key:
            ties.setdefault(i, []).append(pair)
    found = {}
    for pose in held:
        own = ties.get(pose.photo_id, [])
        if len(own) != 1 or beyond.get(pose.photo_id):
            continue
        said = evidence(own[0], settings)
        if said >= SAYS_MUCH:
            continue
        if said < SAYS_LITTLE:
            found[pose.photo_id] = (
                f"doubtful: {own[0].inliers} of {own[0].matches} matches with one photo are all "
                "that holds it"
            )
            continue
        others = [
            other
            for other in held
            if other.component == pose.component and other.photo_id not in own[0].key
        ]
        sees = sum(_looks_alike(pose, other) for other in others)
        if sees >= _SEVERAL:
            found[pose.photo_id] = (
                f"doubtful: {own[0].inliers} matches with one photo hold it, and it shares nothing "
                f"with {sees} others that look the same way from there"
            )
    return found


def _looks_alike(pose: PlacedPose, other: PlacedPose) -> bool:
    """Whether the two stand within a house's width, their sigmas given, and look the same way: then
    most of what either sees is in the other's view, too."""
    if pose.site != other.site:
        return False
    a, b = pose.enu_from_cam, other.enu_from_cam
    away_m = float(np.hypot(*(a.translation_m - b.translation_m)[:2]))
    sigma_m = float(np.hypot(max(pose.position_sigma_m[:2]), max(other.position_sigma_m[:2])))
    cosine = float(a.rotation[:, 2] @ b.rotation[:, 2])
    near = away_m < _BESIDE_M + min(2.0 * sigma_m, _BESIDE_M)
    return near and cosine > np.cos(np.deg2rad(_SAME_WAY_DEG))
