"""Poses and lenses of a group after bundle adjustment, block by block."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Lens
from worldmap.config import RegistrationSettings
from worldmap.records import CameraCalibration, PairRegistration
from worldmap.registration.blocks import cut_into_blocks, paired_with
from worldmap.registration.bundle import RoughSolution, bundle_adjust, bundle_roughly
from worldmap.registration.graph import GraphPose
from worldmap.registration.guided import PlacedFeatures, guided_matches
from worldmap.registration.picture import PictureSource
from worldmap.registration.sharpened import sharpened
from worldmap.registration.solve.group import Group
from worldmap.registration.tracks import build_tracks, held_together, of_photos
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Refined:
    """Poses and lenses by photo id; apart: photos with a lens of their own; joint: see
    `BundleSolution`, of those that bundle adjustment had all at once, by id."""

    poses: dict[int, GraphPose]
    lenses: dict[int, Lens]
    cameras: list[CameraCalibration] = field(default_factory=list)
    apart: set[int] = field(default_factory=set)
    joint: dict[tuple[int, ...], Array] = field(default_factory=dict)


def bundled_group(
    group: Group, settings: RegistrationSettings, known: Mapping[str, CameraCalibration]
) -> Refined:
    """The group's poses and lenses, refined by bundle adjustment where tracks reach.

    Large groups go block by block. A block's photos move together with those around it that are not
    settled yet; those that are stay, and tie it to its neighbours.
    """
    tagged = {i: view.camera.lens for i, view in group.members.items()}
    refined = Refined(poses=dict(group.poses), lenses={**tagged, **group.lenses})
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
    group: Group,
    part: Mapping[int, PhotoView],
    settled: Collection[int],
    refined: Refined,
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
        placed = _as_placed(members, rough)
        further = guided_matches(placed, wanting, settings.pairs.ratio)
        tracks = build_tracks(members, inside, per_photo=most, further=further)
        tracks = sharpened(tracks, placed, _pictures(members))
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


def _pictures(members: Mapping[int, PhotoView]) -> dict[int, PictureSource]:
    return {i: view.picture for i, view in members.items() if view.picture is not None}


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
