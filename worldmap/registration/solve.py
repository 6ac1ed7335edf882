"""From pairs to a pose and its sigma for every photo, or the reason why there is none."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Lens
from worldmap.config import RegistrationSettings
from worldmap.frames import (
    RigidTransform,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
    rotation_angle_rad,
    wrapped_deg,
)
from worldmap.geodesy import enu
from worldmap.records import (
    CameraCalibration,
    PairRegistration,
    PlacedBy,
    PlacedPose,
    SolvedPose,
    UnplacedPose,
)
from worldmap.registration.blocks import cut_into_blocks, paired_with
from worldmap.registration.bundle import (
    JOINT,
    RoughSolution,
    bundle_adjust,
    bundle_roughly,
    lens_told,
)
from worldmap.registration.clock import ClockEvidence, clock_evidence
from worldmap.registration.controlled import Control, held_to_control, located
from worldmap.registration.evidence import evidence
from worldmap.registration.graph import GraphPose, misfit_sigmas, solve_graph
from worldmap.registration.guided import PlacedFeatures, guided_matches
from worldmap.registration.held import sized
from worldmap.registration.judge import contradicted, judge_pairs
from worldmap.registration.overlap import Overlap, overlap
from worldmap.registration.placement import Placement, placed_by_tags, sessions
from worldmap.registration.previous import CutOffError, PreviousSolution
from worldmap.registration.sites import Sites
from worldmap.registration.start import components, grown, starting_poses
from worldmap.registration.tracks import build_tracks, held_together, of_photos
from worldmap.registration.upright import lying, turned_pictures, upright
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

VERSION: Final = 9
"""Raise it when the same photos, pairs and settings give other poses than before: the next merge
then solves every map anew, as it must not for the sake of any other change."""
_log = logging.getLogger(__name__)
_NAN3 = (float("nan"),) * 3
# Fewer photos than this that stay hold nothing in place.
_FEWEST_KEPT = 3
# An area that has so many times the positions that it was placed by is solved as a whole again.
_GROWN = 1.3
# A pair that is off by more is wrong, whatever it says of its own sigmas. Before bundle adjustment
# the solution is off by some tenths of a degree itself.
_PLAINLY_DEG = 2.5
# Tags know heights to some 15 m, above a surface that may be 106 m off (the largest undulation of
# EGM96; half of it where the datum is unknown). What is less certain was told by nothing.
_MAX_HEIGHT_SIGMA_M = 100.0
# As good as no height.
_NO_HEIGHT_M = 1e4
_NAMED = 3
# Evidence that pairs which are worth a nat of the tags' likelihood have, and more.
_SAYS_MUCH = 40.0
# Groups of so few may be strangers; so many others in one group, so many times as many, show that.
_FEW, _FEWEST_HELD, _SEVERAL = 3, 3, 2
_BESIDE_M, _SAME_WAY_DEG = 12.0, 40.0
_PLAINLY_M = 1.0
_PLAINLY_REL = 0.10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solution:
    """A pose for every photo, placed or not, and every pair with its final verdict. remarks: what
    is wrong with tags that photos share, in words."""

    poses: list[SolvedPose]
    pairs: list[PairRegistration]
    calibrations: tuple[CameraCalibration, ...] = ()
    remarks: tuple[str, ...] = ()


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
        i: _solved(views[i].about(pose.site), _as_graph_pose(pose), pose.lens)
        for i, pose in sized(views, [p for p in pairs if p.fits], as_given or {}).items()
    }
    found, judged = None, set[tuple[int, int]]()
    if previous is not None:
        verified, judged = previous.reviewed(views, pairs, settings.pairs)
        found = _solved_groups(views, verified, settings, previous, judged, given, anew=False)
        if found is None and previous.is_cut:
            raise CutOffError
    if found is None:
        verified = judge_pairs(views, pairs, settings.pairs)
        found = _solved_groups(views, verified, settings, previous, judged, given)
    assert found is not None
    groups, refused = found
    poses: list[SolvedPose] = []
    remarks = _on_their_side(views, turned)
    for number, group in enumerate(groups):
        if len(group.members) == 1:
            (alone,) = group.members.values()
            own = given.get(alone.photo_id) or _alone(alone, verified, number, settings, known)
            poses.append(replace(own, component=number))
            continue
        refined = _bundled(group, settings, known)
        remarks += _through_another_lens(group, refined)
        if not group.kept:
            placement = _laid(group, refined)
            remarks += _remarks(group, placement)
            if control is not None and refined.poses:
                laid_by = placement.size * placement.turn if placement else np.eye(3)
                held = held_to_control(
                    group.members, refined.poses, refined.joint, refined.lenses, control, laid_by
                )
                if held is not None:
                    refined.poses.update(held.poses)
                    refined.lenses.update(held.lenses)
                    remarks += held.remarks
        # One photo knows nothing of a camera that it shares with no other.
        fresh += [told for told in refined.cameras if len(told.photo_ids) > 1]
        # The groups are apart: what one has told of a camera is news to the next.
        known.update((told.camera_key, told) for told in refined.cameras)
        poses.extend(_judged(group, refined, number, settings, beyond))
    poses = _doubted(poses, beyond)
    final = [
        contradicted(p, refused[p.key]) if p.accepted and p.key in refused else p for p in verified
    ]
    return Solution(
        poses=sorted(poses, key=lambda s: s.photo_id),
        pairs=final,
        calibrations=tuple(fresh),
        remarks=tuple(dict.fromkeys(remarks)),
    )


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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Group:
    """Photos that pairs hold together, and the graph's poses: none for a photo alone, nor where no
    photo has a position. kept: earlier poses of those that stay; lenses: what was solved before;
    solved_among: see `SolvedPose`. trusted: the
    members without the tags that the others plainly contradict; clocks: by photo what other groups
    say of its clock."""

    members: Mapping[int, PhotoView]
    pairs: Sequence[PairRegistration]
    poses: Mapping[int, GraphPose]
    kept: Mapping[int, SolvedPose] = field(default_factory=dict)
    lenses: Mapping[int, Lens] = field(default_factory=dict)
    solved_among: int = 0
    trusted: Mapping[int, PhotoView] = field(default_factory=dict)
    clocks: Mapping[int, Sequence[ClockEvidence]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Clocks:
    """What each group, by its ids, says of the clocks of sessions that others have a part in."""

    session: Mapping[int, str]
    told: Sequence[tuple[frozenset[int], Mapping[str, ClockEvidence]]] = ()

    @classmethod
    def of(
        cls,
        views: Mapping[int, PhotoView],
        groups: Sequence[list[int]],
        pairs: Sequence[PairRegistration],
        settings: RegistrationSettings,
    ) -> _Clocks:
        session = sessions(views)
        parts = Counter(name for group in groups for name in {session[i] for i in group})
        told = []
        for group in groups:
            members = {i: views[i] for i in group}
            if any(parts[session[i]] > 1 for i in group) and _located(members) > 1:
                inside = [p for p in pairs if p.photo_a in members and p.photo_b in members]
                poses = starting_poses(members, inside, settings.pairs)
                told.append((frozenset(group), clock_evidence(members, poses, session)))
        return cls(session=session, told=told)

    def beside(self, group: Collection[int]) -> dict[int, list[ClockEvidence]]:
        """By photo of a group, or of a part of one, what other groups say of its clock."""
        others = [evidence for ids, evidence in self.told if ids.isdisjoint(group)]
        return {i: [e[name] for e in others if (name := self.session[i]) in e] for i in group}


_Refused = dict[tuple[int, int], str]


class _AnewError(Exception):
    """Why a group has to be solved anew as a whole."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Beside:
    """A group that was solved beside an earlier solution, the pairs that it contradicts and those
    that are left, and new photos that then nothing holds to it."""

    group: _Group
    refused: _Refused
    believed: list[PairRegistration]
    apart: Sequence[list[int]]


def _solved_groups(
    views: Mapping[int, PhotoView],
    verified: Sequence[PairRegistration],
    settings: RegistrationSettings,
    previous: PreviousSolution | None,
    judged: Collection[tuple[int, int]],
    given: Mapping[int, PlacedPose],
    *,
    anew: bool = True,
) -> tuple[list[_Group], _Refused] | None:
    """The groups, largest first, and the pairs that their solutions contradict, with reasons; None
    where a group with photos that were solved before has to be solved anew and `anew` forbids it.
    judged: pairs around what is new, of which no earlier refusal counts. given: poses that stay.

    A group that falls apart without the pairs that its solution contradicts is solved again in its
    parts: what no believed pair holds must not be placed by one that is not believed. Each group is
    about a site of its own (`Sites`), the largest choosing first.
    """
    refused: _Refused = {}
    settled: list[_Group] = []
    accepted = [p for p in verified if p.accepted]
    groups, sites = components(list(views), accepted), Sites(views.values())
    here = dict(views)
    for group in groups:
        here |= sites.about_one(views, group)
    clocks = _Clocks.of(here, groups, accepted, settings)
    waiting = [(group, accepted) for group in groups]
    while waiting:
        group, candidates = waiting.pop()
        members = sites.about_one(here, group)
        inside = [p for p in candidates if p.photo_a in members and p.photo_b in members]
        stays = members.keys() & given.keys()
        if len(group) == 1 or not (stays or _located(members)):
            settled.append(_Group(members=members, pairs=inside, poses={}))
            continue
        local = _beside_given(members, inside, given, settings) if stays else None
        if previous and local is None:
            try:
                local = _solved_beside(members, inside, settings, previous, judged)
            except _AnewError as why:
                _log.debug("a group of %d photos is solved anew: %s", len(members), why)
        if local is not None:
            refused.update(local.refused)
            settled.append(local.group)
            waiting.extend((part, local.believed) for part in local.apart)
            continue
        if previous and not anew and members.keys() & previous.poses.keys():
            return None
        start = starting_poses(members, inside, settings.pairs)
        elsewhere = clocks.beside(group)
        placement = placed_by_tags(members, start, elsewhere)
        trusted = _trusted(members, placement)
        if placement:
            start = {i: placement.moved(pose) for i, pose in start.items()}
        poses = solve_graph(trusted, inside, start, settings.solver)
        wrong = _contradicted_by(poses, inside, settings)
        refused.update(wrong)
        kept = [p for p in inside if p.key not in wrong]
        parts = components(group, kept)
        if len(parts) > 1:
            waiting.extend((part, kept) for part in parts)
        else:
            settled.append(
                _Group(
                    members=members,
                    pairs=kept,
                    poses=poses,
                    solved_among=_located(members),
                    trusted=trusted,
                    clocks=elsewhere,
                )
            )
    return sorted(settled, key=lambda g: (-len(g.members), min(g.members))), refused


def _contradicted_by(
    poses: Mapping[int, GraphPose],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
) -> _Refused:
    """Pairs that the solution is many sigmas away from, or plainly elsewhere: a vague pair may be
    metres off within its sigmas, and then its matches are not worth having."""
    refused: _Refused = {}
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


def _solved_beside(
    members: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
    previous: PreviousSolution,
    judged: Collection[tuple[int, int]],
) -> _Beside:
    """The group with most of its photos where they were; _AnewError where it has to be solved anew.

    The graph only places photos that have no place yet, or other tags. Those that may move beside
    them start from where they are: bundle adjustment, which knows better than the graph, put them
    there. A photo that was left unplaced stays so while nothing changes around it.
    """
    known = {
        i: p.about(members[i].site)
        for i, p in previous.poses.items()
        if i in members and isinstance(p, PlacedPose)
    }
    refused = {
        k: p.area_reason for k, p in previous.pairs.items() if p.area_reason and k not in judged
    }
    inside = [p for p in pairs if p.key not in refused]
    moving = previous.moving(members, inside)
    kept = {i: previous.poses[i] for i in members if i not in moving}
    solved_among = min((p.solved_among for p in known.values()), default=0)
    if moving:
        _require_hold(members, kept.keys() & known.keys(), solved_among, previous.beyond)
    poses = {i: _as_graph_pose(p) for i, p in known.items()}
    joining = previous.new_or_changed(members) | (moving - known.keys())
    if joining:
        poses |= _placed_beside(joining, poses, members, inside, settings)
    before = previous.believed(members)
    news = [
        p
        for p in inside
        if p.photo_a in poses
        and p.photo_b in poses
        and (p.photo_a in joining or p.photo_b in joining or p.key not in before)
    ]
    wrong = _contradicted_by(poses, news, settings)
    if wrong.keys() & before:
        raise _AnewError("what is new speaks against a pair that held it together")
    refused.update(wrong)
    believed = [p for p in inside if p.key not in refused]
    rest, apart = _with_what_stays(components(list(members), believed), previous)
    group = _Group(
        members={i: members[i] for i in rest},
        pairs=[p for p in believed if p.photo_a in rest],
        poses={i: poses[i] for i in rest if i in poses},
        kept={i: kept[i] for i in rest if i in kept},
        lenses={i: p.lens for i, p in known.items()},
        solved_among=solved_among,
    )
    return _Beside(group=group, refused=refused, believed=believed, apart=apart)


def _beside_given(
    members: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    given: Mapping[int, PlacedPose],
    settings: RegistrationSettings,
) -> _Beside:
    """The group with the poses that were given where they are, and the others placed beside them;
    those that these contradict stand apart."""
    own = {i: given[i].about(view.site) for i, view in members.items() if i in given}
    known = {i: _as_graph_pose(pose) for i, pose in own.items()}
    inside = [p for p in pairs if p.photo_a in known and p.photo_b in known]
    refused = _contradicted_by(known, inside, settings)
    believed = [p for p in pairs if p.key not in refused]
    poses, joining = dict(known), members.keys() - known.keys()
    if joining:
        try:
            poses |= _placed_beside(joining, known, members, believed, settings)
        except _AnewError as why:
            _log.debug("%d photos are solved apart from those given: %s", len(joining), why)
        refused |= _contradicted_by(
            poses,
            [p for p in believed if set(p.key) & joining and set(p.key) <= poses.keys()],
            settings,
        )
        believed = [p for p in believed if p.key not in refused and set(p.key) <= poses.keys()]
    parts = components(list(members), believed)
    apart = [part for part in parts if not set(part) & known.keys()]
    rest = [i for part in parts if part not in apart for i in part]
    return _Beside(
        group=_Group(
            members={i: members[i] for i in rest},
            pairs=[p for p in believed if p.photo_a in rest],
            poses={i: poses[i] for i in rest},
            kept={i: given[i] for i in own},
            lenses={i: pose.lens for i, pose in own.items()},
            solved_among=len(own),
        ),
        refused=refused,
        believed=[p for p in pairs if p.key not in refused and not set(p.key) & set(rest)],
        apart=apart,
    )


def _require_hold(
    members: Mapping[int, PhotoView],
    staying: Collection[int],
    solved_among: int,
    beyond: Mapping[int, int],
) -> None:
    """Raises _AnewError unless what stays is enough to place the rest beside it: a border all
    around, or most of it."""
    is_cut = any(i in beyond for i in members)
    if len(staying) < max(_FEWEST_KEPT, 0 if is_cut else len(members) // 2):
        raise _AnewError(f"only {len(staying)} of {len(members)} photos stay")
    if is_cut:
        return
    # What is new or gone says where the area is as a whole, too; now and then that counts.
    located = _located(members)
    if not solved_among / _GROWN <= located <= solved_among * _GROWN:
        raise _AnewError(f"{located} positions now, it was placed by {solved_among}")


def _placed_beside(
    joining: Collection[int],
    known: Mapping[int, GraphPose],
    members: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
) -> dict[int, GraphPose]:
    """The joining photos, placed by the graph beside their known neighbours, which stay. _AnewError
    where not all of them hang on one."""
    stays = paired_with(joining, pairs) & known.keys()
    part = {i: v for i, v in members.items() if i in joining or i in stays}
    local = [p for p in pairs if p.photo_a in part and p.photo_b in part]
    start = grown({i: known[i].enu_from_cam for i in part if i in known}, local, settings.pairs)
    if not stays or set(start) != set(part):
        raise _AnewError("a photo hangs on none that stays")
    placed = solve_graph(part, local, start, settings.solver, fixed=stays)
    # What stays is not exact: all of it may be off together.
    common = np.mean([np.diag(known[i].covariance) for i in stays], axis=0)
    return {
        i: replace(placed[i], covariance=placed[i].covariance + np.diag(common)) for i in joining
    }


def _with_what_stays(
    parts: Sequence[list[int]], previous: PreviousSolution
) -> tuple[list[int], list[list[int]]]:
    """The part that has the earlier photos, and those of new photos alone. _AnewError where the
    earlier photos have come apart."""
    apart = [part for part in parts if not set(part) & previous.poses.keys()]
    if len(parts) - len(apart) != 1:
        raise _AnewError("its earlier photos are in several parts or in none")
    (rest,) = (part for part in parts if part not in apart)
    return rest, apart


def _located(members: Mapping[int, PhotoView]) -> int:
    return sum(view.position_enu is not None for view in members.values())


def _as_graph_pose(pose: PlacedPose) -> GraphPose:
    return GraphPose(
        enu_from_cam=pose.enu_from_cam.scaled(pose.depth_scale), covariance=pose.covariance
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Refined:
    """Poses and lenses by photo id; apart: photos with a lens of their own; joint: see
    `BundleSolution`, of those that bundle adjustment had all at once, by id."""

    poses: dict[int, GraphPose]
    lenses: dict[int, Lens]
    cameras: list[CameraCalibration] = field(default_factory=list)
    apart: set[int] = field(default_factory=set)
    joint: dict[tuple[int, ...], Array] = field(default_factory=dict)


def _bundled(
    group: _Group, settings: RegistrationSettings, known: Mapping[str, CameraCalibration]
) -> _Refined:
    """The group's poses and lenses, refined by bundle adjustment where tracks reach.

    Large groups go block by block. A block's photos move together with those around it that are not
    settled yet; those that are stay, and tie it to its neighbours.
    """
    tagged = {i: view.camera.lens for i, view in group.members.items()}
    refined = _Refined(poses=dict(group.poses), lenses={**tagged, **group.lenses})
    if not refined.poses or not settings.solver.bundle:
        return refined
    settled = set(group.kept)
    free = [i for i in group.members if i not in settled]
    centre = {i: refined.poses[i].enu_from_cam.translation_m for i in free}
    whole = len(free) <= settings.solver.block_photos and not settled
    for block in cut_into_blocks(centre, group.pairs, settings.solver.block_photos):
        around = paired_with(block, group.pairs)
        trusted = group.trusted or group.members
        part = {
            i: v for i, v in trusted.items() if (i in block or i in around) and i in refined.poses
        }
        _bundle_part(group, part, settled, refined, settings, known, absolute=whole)
        settled |= block
    return refined


def _bundle_part(
    group: _Group,
    part: Mapping[int, PhotoView],
    settled: Collection[int],
    refined: _Refined,
    settings: RegistrationSettings,
    known: Mapping[str, CameraCalibration],
    *,
    absolute: bool,
) -> None:
    """Bundle adjustment of a part of the group; the photos of it that are settled stay."""
    before = dict(refined.poses)
    pairs = [p for p in group.pairs if p.photo_a in part and p.photo_b in part]
    tracks = build_tracks(part, pairs, per_photo=settings.solver.tracks_per_photo)
    # What the tracks do not hold stays where the graph's pairs put it.
    held = held_together(tracks, len(part), least=settings.pairs.min_inliers // 2)
    members = {i: v for (i, v), inside in zip(part.items(), held, strict=True) if inside}
    fixed = {i: refined.lenses[i] for i in members if i in settled}
    if len(members) - len(fixed) < 1 or len(members) < 2:
        return
    if not fixed and all(v.position_enu is None for v in members.values()):
        return
    begin = {i: before[i].enu_from_cam for i in members}
    tracks, lenses = of_photos(tracks, held), None
    given = (settings.pairs, settings.solver)
    if settings.solver.guided:
        rough = bundle_roughly(members, tracks, begin, *given, fixed=fixed, cameras=known)
        inside = [p for p in pairs if p.photo_a in members and p.photo_b in members]
        most = settings.solver.tracks_per_photo
        # Photos that have all that is taken of them gain nothing.
        has = np.bincount(tracks.photo, minlength=len(members))
        poor = {i for i, n in zip(members, has, strict=True) if n < most}
        wanting = [p for p in inside if poor & {*p.key}]
        further = guided_matches(_as_placed(members, rough), wanting, settings.pairs.ratio)
        tracks = build_tracks(members, inside, per_photo=most, further=further)
        begin, lenses = {**rough.poses}, rough.lenses
    bundle = bundle_adjust(
        members, tracks, begin, *given, fixed=fixed, cameras=known, lenses=lenses
    )
    refined.cameras.extend(bundle.cameras.values())
    refined.apart.update(bundle.apart - fixed.keys())
    if absolute:
        refined.joint[tuple(members)] = bundle.joint
    moved = {i: p for i, p in bundle.poses.items() if i not in fixed}
    if not absolute:
        # A part knows its place beside its neighbours only: the graph says how far off all are.
        moved = {i: _no_surer(p, before[i]) for i, p in moved.items()}
    refined.poses.update(moved)
    refined.lenses.update({i: bundle.lenses[i] for i in moved})
    after = {i: refined.poses[i] for i in members}
    for i in part:
        if i not in members and i not in settled:
            refined.poses[i] = _carried(i, before, after, pairs)


def _as_placed(members: Mapping[int, PhotoView], rough: RoughSolution) -> dict[int, PlacedFeatures]:
    return {
        i: PlacedFeatures(
            features=view.features,
            camera=view.camera.with_lens(rough.lenses[i]),
            enu_from_cam=rough.poses[i],
            sigma_px=rough.sigma_px[i],
            depth_factor=rough.depth_factor[i],
        )
        for i, view in members.items()
    }


def _trusted(
    members: Mapping[int, PhotoView], placement: Placement | None
) -> Mapping[int, PhotoView]:
    """The photos without tags that the others contradict, as long as one position is left."""
    if placement is None:
        return members
    trusted = dict(members)
    for i in placement.doubted_heading:
        trusted[i] = replace(trusted[i], heading_deg=None, heading_sigma_deg=180.0)
    for i in placement.doubted_height:
        trusted[i] = replace(trusted[i], vertical_sigma_m=_NO_HEIGHT_M)
    if _located(members) > len(placement.doubted_position):
        for i in placement.doubted_position:
            trusted[i] = replace(
                trusted[i],
                position_ecef=None,
                horizontal_sigma_m=np.inf,
                vertical_sigma_m=np.inf,
            )
    return trusted


def _laid(group: _Group, refined: _Refined) -> Placement | None:
    """Moves the group to where its tags have it, and gives it the sigmas of that."""
    before = {i: pose.enu_from_cam for i, pose in refined.poses.items()}
    placement = placed_by_tags(group.members, before, group.clocks) if before else None
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


def _on_their_side(views: Mapping[int, PhotoView], turned: Mapping[int, int]) -> list[str]:
    names = sorted(views[i].name for i in turned)
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [
        f"on their side or head, by what they share with others: {', '.join(names[:_NAMED])}{more}"
    ]


def _through_another_lens(group: _Group, refined: _Refined) -> list[str]:
    """Photos that are cropped, or not of the lens that their tags name."""
    told = []
    for i in sorted(refined.apart, key=lambda i: group.members[i].name)[:_NAMED]:
        camera, lens = group.members[i].camera, refined.lenses[i]
        off = ((lens.cx_px - camera.cx_px), (lens.cy_px - camera.cy_px))
        side_px = max(camera.width_px, camera.height_px)
        told.append(
            f"{group.members[i].name} is cropped or of another lens than its tags say: its focal "
            f"length is {lens.focal_px / camera.fx_px:.2f} times theirs, its middle "
            f"{100 * np.hypot(*off) / side_px:.0f} % of its longer side off"
        )
    more = len(refined.apart) - _NAMED
    return [*told, *([f"and so are {more} more photos"] if more > 0 else [])]


def _remarks(group: _Group, placement: Placement | None) -> list[str]:
    """What devices have wrong."""
    if placement is None:
        return []
    told = [
        f"the compass of {device or 'a camera'} reads {abs(off):.0f}° off"
        for device, off in placement.offset_deg.items()
    ]
    told += [
        f"the positions of {device} are of about {abs(late_s):.0f} s "
        f"{'after' if late_s > 0 else 'before'} its photos: a clock that is off (--time-offset)"
        for device, late_s in placement.late_s.items()
    ]
    doubted = placement.doubted_position
    if doubted:
        names = ", ".join(sorted(group.members[i].name for i in doubted)[:_NAMED])
        more = f" and {len(doubted) - _NAMED} more" if len(doubted) > _NAMED else ""
        told.append(f"the pictures contradict the GPS position of {names}{more}")
    if placement.doubted_height:
        told.append(
            f"the altitudes of {len(placement.doubted_height)} of {len(group.members)} photos "
            "contradict the others"
        )
    told += [
        f"{what} of {len(group.members)} photos lie about two values, {apart_m:.0f} m apart; which "
        "is right, nothing tells"
        for what, apart_m in (
            ("the GPS positions", placement.plan_apart_m),
            ("the altitudes", placement.height_apart_m),
        )
        if apart_m
    ]
    return told


def _no_surer(pose: GraphPose, graph: GraphPose) -> GraphPose:
    return GraphPose(enu_from_cam=pose.enu_from_cam, covariance=graph.covariance)


def _carried(
    photo_id: int,
    before: Mapping[int, GraphPose],
    after: Mapping[int, GraphPose],
    pairs: Sequence[PairRegistration],
) -> GraphPose:
    """A photo that took no part, moved along with that one of the others it shares most with."""
    shared = {p.photo_a + p.photo_b - photo_id: p.inliers for p in pairs if photo_id in p.key}
    nearest = max(after, key=lambda i: (shared.get(i, 0), -i))
    relative = before[nearest].enu_from_cam.inverse() @ before[photo_id].enu_from_cam
    return GraphPose(
        enu_from_cam=after[nearest].enu_from_cam @ relative,
        covariance=before[photo_id].covariance,
    )


def _alone(
    view: PhotoView,
    pairs: Sequence[PairRegistration],
    component: int,
    settings: RegistrationSettings,
    known: Mapping[str, CameraCalibration],
) -> SolvedPose:
    """A photo that no pair holds: placed by its own tags where they suffice, its lens as others of
    its camera told it."""
    told = known.get(view.camera_key)
    own = [p for p in pairs if view.photo_id in p.key]
    lonely = f"no believable match among {len(own)} candidates" if own else "no photo near it"
    fitting = [p for p in own if p.fits and p.area_reason]
    by, doubt = PlacedBy.TAGS, ""
    if fitting:
        best = max(fitting, key=lambda p: (evidence(p, settings.pairs), p.key))
        if evidence(best, settings.pairs) >= _SAYS_MUCH:
            # Either its tags are wrong or what it shares with others is.
            by, doubt = PlacedBy.DOUBT, "doubtful, "
        lonely = f"its pairs fit, but {best.area_reason.replace('contradicts ', 'contradict ')}"
    if view.position_enu is None:
        return _unplaced(view, f"no position tag, and {lonely}", component)
    if view.heading_deg is None:
        return _unplaced(view, f"no heading tag, and {lonely}", component)
    if view.horizontal_sigma_m > settings.solver.max_position_sigma_m:
        return _unplaced(view, f"its position tag is too vague, and {lonely}", component)
    if view.heading_sigma_deg > settings.solver.max_rotation_sigma_deg:
        return _unplaced(view, f"its heading tag is too vague, and {lonely}", component)
    if view.vertical_sigma_m > _MAX_HEIGHT_SIGMA_M:
        return _unplaced(view, f"no altitude, nor a photo near that tells one; {lonely}", component)
    if lies := lying(view):
        return _unplaced(view, f"{lies}; {lonely}", component)
    return PlacedPose(
        photo_id=view.photo_id,
        by=by,
        reason=f"{doubt}by its tags alone: {lonely}",
        site=view.site,
        enu_from_cam=RigidTransform(
            to=enu(view.site),
            source=cam(str(view.photo_id)),
            rotation=view.local_from_enu.T
            @ enu_from_cam_rotation(view.heading_deg, view.pitch_deg, view.roll_deg),
            translation_m=view.position_enu,
        ),
        depth_scale=1.0,
        lens=lens_told(view, told) if told else view.camera.lens,
        covariance=view.tagged_covariance,
        component=component,
        pairs=0,
        gps_residual_m=(0.0, 0.0, 0.0),
        heading_residual_deg=0.0,
        solved_among=1,
        tags_hash=view.tags_hash,
    )


def _doubted(poses: Sequence[SolvedPose], beyond: Mapping[int, int]) -> list[SolvedPose]:
    """The poses, those of photos by themselves or in twos and threes doubtful where a much larger
    group has several photos that stand where they do and look the same way: what sees what others
    see and shares nothing with them is somewhere else, or not what its tags say."""
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
    return [
        replace(
            p,
            by=PlacedBy.DOUBT,
            reason=doubted[p.photo_id] + (f"; {p.reason}" if p.reason else ""),
        )
        if isinstance(p, PlacedPose) and p.photo_id in doubted and p.component not in confirmed
        else p
        for p in poses
    ]


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


def _unplaced(view: PhotoView, reason: str, component: int, pairs: int = 0) -> UnplacedPose:
    return UnplacedPose(
        photo_id=view.photo_id,
        reason=reason,
        site=view.site,
        component=component,
        pairs=pairs,
        tags_hash=view.tags_hash,
    )


def _judged(
    group: _Group,
    refined: _Refined,
    component: int,
    settings: RegistrationSettings,
    beyond: Mapping[int, int],
) -> list[SolvedPose]:
    """The solved group as records; photos whose place is left open come out unplaced."""
    members = group.members
    located = _located(members)
    held = Counter(i for pair in group.pairs for i in pair.key)
    held.update({i: beyond[i] for i in members if i in beyond})
    tells_height = any(v.vertical_sigma_m <= _MAX_HEIGHT_SIGMA_M for v in members.values())
    judged: list[SolvedPose] = []
    for photo_id, view in members.items():
        if photo_id in group.kept:
            judged.append(replace(group.kept[photo_id], component=component, pairs=held[photo_id]))
            continue
        if not located:
            reason = f"none of its group of {len(members)} photos has a position"
            judged.append(_unplaced(view, reason, component, held[photo_id]))
            continue
        solved = replace(
            _solved(view, refined.poses[photo_id], refined.lenses[photo_id]),
            component=component,
            pairs=held[photo_id],
            solved_among=group.solved_among,
        )
        turn_deg = float(np.linalg.norm(solved.rotation_sigma_deg))
        off_m = float(np.hypot(*solved.position_sigma_m[:2]))
        if turn_deg > settings.solver.max_rotation_sigma_deg:
            headed = any(v.heading_deg is not None for v in members.values())
            why = (
                "its compasses and positions do not agree on one"
                if headed
                else "no heading tag and too short a GPS base"
            )
            reason = f"its heading is open (±{min(turn_deg, 180.0):.0f}°): {why}"
            judged.append(_unplaced(view, reason, component, held[photo_id]))
        elif off_m > settings.solver.max_position_sigma_m:
            judged.append(
                _unplaced(view, f"its place is open (±{off_m:.0f} m)", component, held[photo_id])
            )
        elif solved.position_sigma_m[2] > _MAX_HEIGHT_SIGMA_M and not tells_height:
            reason = "no photo of its group, nor one near it, tells an altitude"
            judged.append(_unplaced(view, reason, component, held[photo_id]))
        else:
            judged.append(solved)
    return judged


def _solved(view: PhotoView, pose: GraphPose, lens: Lens) -> PlacedPose:
    """The record of a photo, without what it shares with its group."""
    enu_from_cam = pose.enu_from_cam
    gps = _NAN3
    if view.position_enu is not None:
        off = enu_from_cam.translation_m - view.position_enu
        gps = (float(off[0]), float(off[1]), float(off[2]))
    heading = float("nan")
    if view.heading_deg is not None:
        solved_deg = heading_pitch_roll_deg(view.local_from_enu @ enu_from_cam.rotation)[0]
        heading = wrapped_deg(solved_deg - view.heading_deg)
    return PlacedPose(
        photo_id=view.photo_id,
        by=PlacedBy.MATCHES,
        reason="",
        site=view.site,
        enu_from_cam=RigidTransform(
            to=enu_from_cam.to,
            source=enu_from_cam.source,
            rotation=enu_from_cam.rotation,
            translation_m=enu_from_cam.translation_m,
        ),
        depth_scale=enu_from_cam.scale,
        lens=lens,
        covariance=pose.covariance,
        component=0,
        pairs=0,
        gps_residual_m=gps,
        heading_residual_deg=heading,
        solved_among=0,
        tags_hash=view.tags_hash,
    )
