"""Groups solved beside what stays: an earlier solution, or poses that were given."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from worldmap.config import RegistrationSettings
from worldmap.records import PairRegistration, PlacedPose
from worldmap.registration.blocks import paired_with
from worldmap.registration.graph import GraphPose, solve_graph
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.solve.group import Group, Refused, contradicted_by, count_located
from worldmap.registration.start import components, grown
from worldmap.registration.view import PhotoView

_log = logging.getLogger(__name__)
# Fewer photos than this that stay hold nothing in place.
_FEWEST_KEPT = 3
# An area that has so many times the positions that it was placed by is solved as a whole again.
_GROWN = 1.3


class AnewError(Exception):
    """Why a group has to be solved anew as a whole."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Beside:
    """A group that was solved beside an earlier solution, the pairs that it contradicts and those
    that are left, and new photos that then nothing holds to it."""

    group: Group
    refused: Refused
    believed: list[PairRegistration]
    apart: Sequence[list[int]]


def solved_beside(
    members: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
    previous: PreviousSolution,
    judged: Collection[tuple[int, int]],
) -> _Beside:
    """The group with most of its photos where they were; AnewError where it has to be solved anew.

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
    poses = {i: as_graph_pose(p) for i, p in known.items()}
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
    wrong = contradicted_by(poses, news, settings)
    if wrong.keys() & before:
        raise AnewError("what is new speaks against a pair that held it together")
    refused.update(wrong)
    believed = [p for p in inside if p.key not in refused]
    rest, apart = _with_what_stays(components(list(members), believed), previous)
    group = Group(
        members={i: members[i] for i in rest},
        pairs=[p for p in believed if p.photo_a in rest],
        poses={i: poses[i] for i in rest if i in poses},
        kept={i: kept[i] for i in rest if i in kept},
        lenses={i: p.lens for i, p in known.items()},
        solved_among=solved_among,
    )
    return _Beside(group=group, refused=refused, believed=believed, apart=apart)


def beside_given(
    members: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    given: Mapping[int, PlacedPose],
    settings: RegistrationSettings,
) -> _Beside:
    """The group with the poses that were given where they are, and the others placed beside them;
    those that these contradict stand apart."""
    own = {i: given[i].about(view.site) for i, view in members.items() if i in given}
    known = {i: as_graph_pose(pose) for i, pose in own.items()}
    inside = [p for p in pairs if p.photo_a in known and p.photo_b in known]
    refused = contradicted_by(known, inside, settings)
    believed = [p for p in pairs if p.key not in refused]
    poses, joining = dict(known), members.keys() - known.keys()
    if joining:
        try:
            poses |= _placed_beside(joining, known, members, believed, settings)
        except AnewError as why:
            _log.debug("%d photos are solved apart from those given: %s", len(joining), why)
        refused |= contradicted_by(
            poses,
            [p for p in believed if set(p.key) & joining and set(p.key) <= poses.keys()],
            settings,
        )
        believed = [p for p in believed if p.key not in refused and set(p.key) <= poses.keys()]
    parts = components(list(members), believed)
    apart = [part for part in parts if not set(part) & known.keys()]
    rest = [i for part in parts if part not in apart for i in part]
    return _Beside(
        group=Group(
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
    """Raises AnewError unless what stays is enough to place the rest beside it: a border all
    around, or most of it."""
    is_cut = any(i in beyond for i in members)
    if len(staying) < max(_FEWEST_KEPT, 0 if is_cut else len(members) // 2):
        raise AnewError(f"only {len(staying)} of {len(members)} photos stay")
    if is_cut:
        return
    # What is new or gone says where the area is as a whole, too; now and then that counts.
    located = count_located(members)
    if not solved_among / _GROWN <= located <= solved_among * _GROWN:
        raise AnewError(f"{located} positions now, it was placed by {solved_among}")


def _placed_beside(
    joining: Collection[int],
    known: Mapping[int, GraphPose],
    members: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
) -> dict[int, GraphPose]:
    """The joining photos, placed by the graph beside their known neighbours, which stay. AnewError
    where not all of them hang on one."""
    stays = paired_with(joining, pairs) & known.keys()
    part = {i: v for i, v in members.items() if i in joining or i in stays}
    local = [p for p in pairs if p.photo_a in part and p.photo_b in part]
    start = grown({i: known[i].enu_from_cam for i in part if i in known}, local, settings.pairs)
    if not stays or set(start) != set(part):
        raise AnewError("a photo hangs on none that stays")
    placed = solve_graph(part, local, start, settings.solver, fixed=stays)
    # What stays is not exact: all of it may be off together.
    common = np.mean([np.diag(known[i].covariance) for i in stays], axis=0)
    return {
        i: replace(placed[i], covariance=placed[i].covariance + np.diag(common)) for i in joining
    }


def _with_what_stays(
    parts: Sequence[list[int]], previous: PreviousSolution
) -> tuple[list[int], list[list[int]]]:
    """The part that has the earlier photos, and those of new photos alone. AnewError where the
    earlier photos have come apart."""
    apart = [part for part in parts if not set(part) & previous.poses.keys()]
    if len(parts) - len(apart) != 1:
        raise AnewError("its earlier photos are in several parts or in none")
    (rest,) = (part for part in parts if part not in apart)
    return rest, apart


def as_graph_pose(pose: PlacedPose) -> GraphPose:
    """As the graph has it: the depth scale inside."""
    return GraphPose(
        enu_from_cam=pose.enu_from_cam.scaled(pose.depth_scale), covariance=pose.covariance
    )
