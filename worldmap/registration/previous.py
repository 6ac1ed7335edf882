"""What a previous solution of an area is still worth beside what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from worldmap.config import PairSettings
from worldmap.records import PairRegistration, SolvedPose
from worldmap.registration.blocks import paired_with
from worldmap.registration.judge import judge_pairs
from worldmap.registration.view import PhotoView

Key = tuple[int, int]


class CutOffError(Exception):
    """What is new reaches to the border of the part of a group that is here, or asks for the group
    as a whole."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PreviousSolution:
    """A previous solution of the same area with the same settings: poses by photo id, each
    about its own site, and the final verdict on every pair of these photos.

    Of groups of which only the part around an area is here: beyond: photos at its border, of which
    believed pairs are with photos that are not here, by id, and how many; they stay. around:
    photos outside of the area, whose tags are no matter of its merge.
    """

    poses: Mapping[int, SolvedPose]
    pairs: Mapping[Key, PairRegistration]
    beyond: Mapping[int, int] = field(default_factory=dict)
    around: frozenset[int] = frozenset()

    @property
    def is_cut(self) -> bool:
        """Whether only a part of some group is here."""
        return bool(self.beyond)

    def reviewed(
        self,
        views: Mapping[int, PhotoView],
        pairs: Sequence[PairRegistration],
        settings: PairSettings,
    ) -> tuple[list[PairRegistration], set[Key]]:
        """The pairs as `judge_pairs` has them, where it only looks at what is new and around it,
        and which of them it looked at; the others keep the previous verdict.

        The pairs between photos that are new, have other tags, won or lost a pair, and those that
        are paired with new ones, are judged, and one more ring of photos around them is considered.

        CutOffError where these are at the border of what is here.
        """
        fitting = [p for p in pairs if p.fits]
        now = {p.key for p in fitting}
        changed = (self.believed(views) - now) | (now - self.pairs.keys())
        judged = self._touched(views, fitting, changed)
        considered = judged | paired_with(judged, fitting)
        rows = [
            row
            for row, pair in enumerate(pairs)
            if set(pair.key) <= considered
            and (set(pair.key) <= judged or self._verdict(pair).accepted)
        ]
        result = [self._verdict(pair) for pair in pairs]
        part = {i: v for i, v in views.items() if i in considered}
        fresh = set()
        for row, pair in zip(
            rows, judge_pairs(part, [pairs[k] for k in rows], settings), strict=True
        ):
            if set(pair.key) <= judged:
                result[row] = pair
                fresh.add(pair.key)
        return result, fresh

    def believed(self, photos: Collection[int]) -> set[Key]:
        """Pairs of these photos that the solution rests on."""
        return {
            (a, b)
            for (a, b), pair in self.pairs.items()
            if pair.accepted and a in photos and b in photos
        }

    def new_or_changed(self, views: Mapping[int, PhotoView]) -> set[int]:
        """Photos that the solution does not know, or whose tags it knew otherwise, or that it has
        about another site than they are solved about now."""
        return {
            i
            for i, view in views.items()
            if (pose := self.poses.get(i)) is None
            or (
                i not in self.around
                and (pose.site != view.site or pose.tags_hash != view.tags_hash)
            )
        }

    def moving(
        self, members: Mapping[int, PhotoView], believed: Sequence[PairRegistration]
    ) -> set[int]:
        """Photos of a group that may not stay where they are: new or changed ones, those paired
        with them, and those that lost or won a believed pair. CutOffError as in `reviewed`."""
        now = {p.key for p in believed}
        return self._touched(members, believed, self.believed(members) ^ now)

    def _touched(
        self,
        views: Mapping[int, PhotoView],
        pairs: Sequence[PairRegistration],
        changed: Collection[Key],
    ) -> set[int]:
        new_or_changed = self.new_or_changed(views)
        # Of a photo that is gone nothing is left but that others had more pairs.
        held = Counter(i for key in self.believed(views) for i in key)
        lost = {
            i
            for i in views
            if i in self.poses and i not in self.beyond and self.poses[i].pairs != held[i]
        }
        ends = {i for key in changed for i in key}
        touched = new_or_changed | lost | ends | paired_with(new_or_changed, pairs)
        if touched & self.beyond.keys():
            raise CutOffError
        return touched

    def _verdict(self, pair: PairRegistration) -> PairRegistration:
        return self.pairs.get(pair.key, pair)
