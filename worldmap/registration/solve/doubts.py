"""Photos that stand among others and share nothing with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from worldmap.config import PairSettings
from worldmap.records import PairRegistration, PlacedBy, PlacedPose, SolvedPose
from worldmap.registration.evidence import SAYS_LITTLE, SAYS_MUCH, evidence
from worldmap.registration.solve.expected import expected_partners
from worldmap.registration.solve.strayed import strayed
from worldmap.registration.view import PhotoView

# Groups of so few may be strangers; so many others in one group, so many times as many, show that.
_FEW, _FEWEST_HELD = 3, 3
# Of so many others it has to be expected that they match.
_EXPECTED = 1.0


def with_doubts(
    poses: Sequence[SolvedPose],
    pairs: Sequence[PairRegistration],
    settings: PairSettings,
    beyond: Mapping[int, int],
    views: Mapping[int, PhotoView],
) -> list[SolvedPose]:
    """The poses, those of photos by themselves or in twos and threes doubtful where photos of much
    larger groups ought to show what they do: what sees what others see and shares nothing with them
    is somewhere else, or not what its tags say. So are those whose tags put them where nobody gets
    to (`strayed`), and those that one of the `pairs` that are believed holds, and hardly."""
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
        others = [
            other
            for other in held
            if size[other.component] >= _FEWEST_HELD * size[pose.component]
            and other.component != pose.component
        ]
        expected = expected_partners(pose, others, views)
        if expected >= _EXPECTED:
            doubted[pose.photo_id] = (
                f"doubtful: {_photos(expected)} ought to show what it shows, and none does"
            )
    # A photo that another one holds is no more doubtful than that.
    confirmed = {p.component for p in placed if p.photo_id not in doubted}
    doubted = {p.photo_id: doubted[p.photo_id] for p in placed
               if p.photo_id in doubted and p.component not in confirmed}  # fmt: skip
    doubted |= strayed(placed, views)
    doubted |= _hardly_held(held, pairs, settings, beyond, views)
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
    views: Mapping[int, PhotoView],
) -> dict[int, str]:
    """Why photos are doubtful that a single pair of little evidence ties to a group of which others
    ought to show what they do, too: windows that repeat tie strangers so, and with hardly any
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
        expected = expected_partners(pose, others, views)
        if expected >= _EXPECTED:
            found[pose.photo_id] = (
                f"doubtful: {own[0].inliers} matches with one photo hold it, and it shares nothing "
                f"with others, of which {_photos(expected)} ought to show what it shows"
            )
    return found


def _photos(count: float) -> str:
    return "a photo" if round(count) == 1 else f"{round(count)} photos"
