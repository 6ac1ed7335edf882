"""From pairs to a pose and its sigma for every photo, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worldmap.config import RegistrationSettings
from worldmap.records import CameraCalibration, PairRegistration, PlacedPose, SolvedPose
from worldmap.registration.blas import on_one_blas_thread
from worldmap.registration.controlled import Control, held_to_control, located
from worldmap.registration.held import sized
from worldmap.registration.judge import contradicted, judge_pairs
from worldmap.registration.overlap import Overlap, overlap
from worldmap.registration.placement import Placement
from worldmap.registration.previous import CutOffError, PreviousSolution
from worldmap.registration.solve.beside import as_graph_pose
from worldmap.registration.solve.doubts import with_doubts
from worldmap.registration.solve.group import Group
from worldmap.registration.solve.groups import solved_groups
from worldmap.registration.solve.laid import laid_by_tags
from worldmap.registration.solve.proved import ProvedSessions
from worldmap.registration.solve.refined import Refined, bundled_group
from worldmap.registration.solve.remarks import on_their_side, remarks_on, through_another_lens
from worldmap.registration.solve.verdicts import (
    alone_by_tags,
    judged_group,
    placed_by_matches,
)
from worldmap.registration.upright import turned_pictures, upright
from worldmap.registration.view import PhotoView


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solution:
    """A pose for every photo, placed or not, and every pair with its final verdict. remarks: what
    is wrong with tags that photos share, in words."""

    poses: list[SolvedPose]
    pairs: list[PairRegistration]
    calibrations: tuple[CameraCalibration, ...] = ()
    remarks: tuple[str, ...] = ()


@on_one_blas_thread()
def solve(
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
    previous: PreviousSolution | None = None,
    *,
    calibrations: Iterable[CameraCalibration] = (),
    control: Control | None = None,
    as_given: Mapping[int, PlacedPose] | None = None,
) -> Solution:
    """Verify the pairs, solve each connected group, judge what came out.

    A photo is unplaced when nothing says where its group is, or when the solution leaves its place
    or its heading open by more than the settings allow; the reason says which. With a previous
    solution only photos that are new, or whose tags or believed pairs are not what they were, and
    the photos paired with those move; all others keep their poses exactly. A group of which most
    would move is solved as if there were none; of a group that is cut at a border
    (`PreviousSolution.beyond`), what is around stays, and holds what moves. calibrations: what is
    known of cameras; what photos of this area told is left out, for they tell it again.

    control: surveyed points, which hold the groups whose photos show them. as_given: poses
    that somebody gave, which stay; the size of their depth is found (`sized`), and others are
    placed beside them.

    CutOffError where a group of which only a part is here has to be solved anew, or what is new
    reaches to the border of that part.
    """
    beyond = previous.beyond if previous else {}
    known = _cameras_known(calibrations, views)
    turned = turned_pictures(views, pairs)
    views = upright(views, turned)
    if control is not None:
        # Marks are pixels of the picture as it was read, which is turned here.
        control = replace(
            control, marks={i: own for i, own in control.marks.items() if i not in turned}
        )
        views = located(views, control)
    fresh: list[CameraCalibration] = []
    given = {
        i: placed_by_matches(views[i].about(pose.site), as_graph_pose(pose), pose.lens)
        for i, pose in sized(views, [p for p in pairs if p.fits], as_given or {}).items()
    }
    found, judged = None, set[tuple[int, int]]()
    if previous is not None:
        verified, judged = previous.reviewed(views, pairs, settings.pairs)
        found = solved_groups(views, verified, settings, previous, judged, given, anew=False)
        if found is None and previous.is_cut:
            raise CutOffError
    if found is None:
        verified = judge_pairs(views, pairs, settings.pairs)
        found = solved_groups(views, verified, settings, previous, judged, given)
    assert found is not None
    groups, refused = found
    poses: list[SolvedPose] = []
    remarks = on_their_side(views, turned)
    proved = ProvedSessions(views, turned)
    for number, group in enumerate(groups):
        if len(group.members) == 1:
            (alone,) = group.members.values()
            own = given.get(alone.photo_id) or alone_by_tags(
                alone, verified, number, settings, known, proved.of(alone.photo_id)
            )
            poses.append(replace(own, component=number))
            continue
        refined = bundled_group(group, settings, known)
        remarks += through_another_lens(group, refined)
        if not group.kept:
            placement = laid_by_tags(group, refined)
            remarks += remarks_on(group, placement)
            if control is not None and refined.poses:
                remarks += _held_to(control, group, refined, placement)
        # One photo knows nothing of a camera that it shares with no other.
        fresh += [told for told in refined.cameras if len(told.photo_ids) > 1]
        # The groups are apart: what one has told of a camera is news to the next.
        known.update((told.camera_key, told) for told in refined.cameras)
        judged_poses = judged_group(group, refined, number, settings, beyond)
        proved.add(judged_poses)
        poses.extend(judged_poses)
    final = [
        contradicted(p, refused[p.key]) if p.accepted and p.key in refused else p for p in verified
    ]
    poses = with_doubts(poses, [p for p in final if p.accepted], settings.pairs, beyond, views)
    return Solution(
        poses=sorted(poses, key=lambda s: s.photo_id),
        pairs=final,
        calibrations=tuple(fresh),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _held_to(
    control: Control, group: Group, refined: Refined, placement: Placement | None
) -> Sequence[str]:
    """Moves the group to where surveyed points hold it; returns what they say is wrong."""
    laid_by = placement.size * placement.turn if placement else np.eye(3)
    held = held_to_control(
        group.members, refined.poses, refined.joint, refined.lenses, control, laid_by
    )
    if held is None:
        return ()
    refined.poses.update(held.poses)
    refined.lenses.update(held.lenses)
    return held.remarks


def _cameras_known(
    calibrations: Iterable[CameraCalibration], views: Mapping[int, PhotoView]
) -> dict[str, CameraCalibration]:
    """By camera what most other photos told of it."""
    known: dict[str, CameraCalibration] = {}
    for told in calibrations:
        more = len(told.photo_ids) > len(getattr(known.get(told.camera_key), "photo_ids", ()))
        if more and not set(told.photo_ids) & views.keys():
            known[told.camera_key] = told
    return known


def solved_overlaps(
    views: Mapping[int, PhotoView], solution: Solution
) -> dict[tuple[int, int], Overlap]:
    """How the depth maps of each believed pair of placed photos agree where the solution puts
    them: the last check, by what no step before it fitted, the surfaces between the features."""
    placed = {
        p.photo_id: p.enu_from_cam.scaled(p.depth_scale)
        for p in solution.poses
        if isinstance(p, PlacedPose)
    }
    return {
        p.key: overlap(
            views[p.photo_a].features,
            views[p.photo_b].features,
            placed[p.photo_a].inverse() @ placed[p.photo_b],
        )
        for p in solution.pairs
        if p.accepted and p.photo_a in placed and p.photo_b in placed
    }
