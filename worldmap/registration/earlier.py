"""What an earlier solution of an area is still worth beside what is new."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from worldmap.config import PairSettings
from worldmap.frames import heading_pitch_roll_deg
from worldmap.records import PairRegistration, SolvedPose
from worldmap.registration.blocks import neighbours_of
from worldmap.registration.verify import verify
from worldmap.registration.view import PhotoView

_SAME_TAG_M = 0.01
_SAME_TAG_DEG = 0.1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Earlier:
    """An earlier solution of the same area with the same settings: poses by photo id, in the same
    ENU, and every pair's final verdict."""

    poses: Mapping[int, SolvedPose]
    pairs: Mapping[tuple[int, int], PairRegistration]

    def reviewed(
        self,
        views: Mapping[int, PhotoView],
        pairs: Sequence[PairRegistration],
        settings: PairSettings,
    ) -> list[PairRegistration]:
        """The pairs as `verify` has them, where it only looks at what is new and around it; the
        others keep the earlier verdict.

        The pairs between photos that are new, have another tag, won or lost a pair, and those that
        are paired with new ones, are judged, and one more ring of photos around them is heard.
        """
        believed = [p for p in pairs if not p.reason]
        judged = self._touched(views, believed)
        heard = judged | neighbours_of(judged, believed)
        rows = [
            row
            for row, pair in enumerate(pairs)
            if {pair.photo_a, pair.photo_b} <= heard
            and ({pair.photo_a, pair.photo_b} <= judged or not self._verdict(pair).reason)
        ]
        result = [self._verdict(pair) for pair in pairs]
        part = {i: v for i, v in views.items() if i in heard}
        for row, pair in zip(rows, verify(part, [pairs[k] for k in rows], settings), strict=True):
            if {pair.photo_a, pair.photo_b} <= judged:
                result[row] = pair
        return result

    def believed(self, photos: Collection[int]) -> set[tuple[int, int]]:
        """Pairs of these photos that the solution rests on."""
        return {
            (a, b)
            for (a, b), pair in self.pairs.items()
            if not pair.reason and a in photos and b in photos
        }

    def loose(self, members: Mapping[int, PhotoView]) -> set[int]:
        """Photos of a group that have no place yet, or another tag than when they were placed."""
        return {
            i
            for i, view in members.items()
            if i not in self.poses
            or self.poses[i].enu_from_cam is None
            or _retagged(view, self.poses[i])
        }

    def moving(
        self, members: Mapping[int, PhotoView], pairs: Sequence[PairRegistration]
    ) -> set[int]:
        """Photos of a group that may not stay where they are: `loose` ones and those paired with
        them, and those that lost or won a believed pair."""
        believed = {k for k, p in self.pairs.items() if not p.reason}
        now = {(p.photo_a, p.photo_b) for p in pairs}
        changed = {i for pair in believed ^ now for i in pair if i in members}
        loose = self.loose(members)
        return changed | loose | neighbours_of(loose, pairs)

    def _verdict(self, pair: PairRegistration) -> PairRegistration:
        return self.pairs.get((pair.photo_a, pair.photo_b), pair)

    def _touched(
        self, views: Mapping[int, PhotoView], believed: Sequence[PairRegistration]
    ) -> set[int]:
        """Photos whose pairs may mean something else than then."""
        now = {(p.photo_a, p.photo_b) for p in believed}
        lost = {key for key, p in self.pairs.items() if not p.reason} - now
        won = now - self.pairs.keys()
        loose = self.loose(views) & {i for pair in now for i in pair}
        ends = {i for pair in lost | won for i in pair if i in views}
        return ends | loose | neighbours_of(loose, believed)


def _retagged(view: PhotoView, pose: SolvedPose) -> bool:
    """Whether a photo's position or heading is told otherwise than when it was placed."""
    if pose.enu_from_cam is None:
        return False
    was_m = pose.enu_from_cam.translation_m - np.array(pose.gps_residual_m)
    had_position = bool(np.isfinite(was_m).all())
    if (view.position_enu is not None) != had_position:
        return True
    if view.position_enu is not None and np.linalg.norm(view.position_enu - was_m) > _SAME_TAG_M:
        return True
    solved_deg = heading_pitch_roll_deg(pose.enu_from_cam.rotation)[0]
    was_deg = solved_deg - pose.heading_residual_deg
    if (view.heading_deg is not None) != bool(np.isfinite(was_deg)):
        return True
    if view.heading_deg is None:
        return False
    turned_deg = (view.heading_deg - was_deg + 180.0) % 360.0 - 180.0
    return bool(abs(turned_deg) > _SAME_TAG_DEG)
