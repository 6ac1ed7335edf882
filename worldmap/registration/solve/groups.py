"""The groups of an area, each about a site of its own, solved as a graph."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from worldmap.config import RegistrationSettings
from worldmap.records import PairRegistration, PlacedPose
from worldmap.registration.graph import solve_graph
from worldmap.registration.placement import Placement, placed_by_tags
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.sites import Sites
from worldmap.registration.solve.beside import AnewError, beside_given, solved_beside
from worldmap.registration.solve.elsewhere import Elsewhere
from worldmap.registration.solve.group import Group, Refused, contradicted_by, count_located
from worldmap.registration.start import components, starting_poses
from worldmap.registration.view import PhotoView

_log = logging.getLogger(__name__)
# As good as no height.
_NO_HEIGHT_M = 1e4


def solved_groups(
    views: Mapping[int, PhotoView],
    verified: Sequence[PairRegistration],
    settings: RegistrationSettings,
    previous: PreviousSolution | None,
    judged: Collection[tuple[int, int]],
    given: Mapping[int, PlacedPose],
    *,
    anew: bool = True,
) -> tuple[list[Group], Refused] | None:
    """The groups, largest first, and the pairs that their solutions contradict, with reasons; None
    where a group with photos that were solved before has to be solved anew and `anew` forbids it.
    judged: pairs around what is new, of which no earlier refusal counts. given: poses that stay.

    A group that falls apart without the pairs that its solution contradicts is solved again in its
    parts: what no believed pair holds must not be placed by one that is not believed. Each group is
    about a site of its own (`Sites`), the largest choosing first.
    """
    refused: Refused = {}
    settled: list[Group] = []
    accepted = [p for p in verified if p.accepted]
    groups, sites = components(list(views), accepted), Sites(views.values())
    here = dict(views)
    for group in groups:
        here |= sites.about_one(views, group)
    others: Elsewhere | None = None
    waiting = [(group, accepted) for group in groups]
    while waiting:
        group, candidates = waiting.pop()
        members = sites.about_one(here, group)
        inside = [p for p in candidates if p.photo_a in members and p.photo_b in members]
        stays = members.keys() & given.keys()
        if len(group) == 1 or not (stays or count_located(members)):
            settled.append(Group(members=members, pairs=inside, poses={}))
            continue
        local = beside_given(members, inside, given, settings) if stays else None
        if previous and local is None:
            try:
                local = solved_beside(members, inside, settings, previous, judged)
            except AnewError as why:
                _log.debug("a group of %d photos is solved anew: %s", len(members), why)
        if local is not None:
            refused.update(local.refused)
            settled.append(local.group)
            waiting.extend((part, local.believed) for part in local.apart)
            continue
        if previous and not anew and members.keys() & previous.poses.keys():
            return None
        others = others or Elsewhere.of(here, groups, accepted, settings)
        # A part of a group that fell apart has none yet.
        start = others.starts.get(frozenset(group)) or starting_poses(
            members, inside, settings.pairs
        )
        elsewhere = others.beside(group)
        placement = placed_by_tags(members, start, elsewhere)
        trusted = _trusted(members, placement)
        if placement:
            start = {i: placement.moved(pose) for i, pose in start.items()}
        poses = solve_graph(trusted, inside, start, settings.solver)
        wrong = contradicted_by(poses, inside, settings)
        refused.update(wrong)
        kept = [p for p in inside if p.key not in wrong]
        parts = components(group, kept)
        if len(parts) > 1:
            waiting.extend((part, kept) for part in parts)
        else:
            settled.append(
                Group(
                    members=members,
                    pairs=kept,
                    poses=poses,
                    solved_among=count_located(members),
                    trusted=trusted,
                    elsewhere=elsewhere,
                )
            )
    return sorted(settled, key=lambda g: (-len(g.members), min(g.members))), refused


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
    if count_located(members) > len(placement.doubted_position):
        for i in placement.doubted_position:
            trusted[i] = replace(
                trusted[i],
                position_ecef=None,
                horizontal_sigma_m=np.inf,
                vertical_sigma_m=np.inf,
            )
    return trusted
