"""Whether a photo is placed, doubtful or unplaced, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from worldmap.camera import Lens
from worldmap.config import RegistrationSettings
from worldmap.frames import (
    RigidTransform,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
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
from worldmap.registration.bundle import lens_told
from worldmap.registration.evidence import SAYS_MUCH, evidence
from worldmap.registration.graph import GraphPose
from worldmap.registration.solve.group import Group, count_located
from worldmap.registration.solve.proved import ProvedTags
from worldmap.registration.solve.refined import Refined
from worldmap.registration.upright import lying
from worldmap.registration.view import PhotoView

_NAN3 = (float("nan"),) * 3
# Tags know heights to some 15 m, above a surface that may be 106 m off (the largest undulation of
# EGM96; half of it where the datum is unknown). What is less certain was told by nothing.
_MAX_HEIGHT_SIGMA_M = 100.0


def alone_by_tags(
    view: PhotoView,
    pairs: Sequence[PairRegistration],
    component: int,
    settings: RegistrationSettings,
    known: Mapping[str, CameraCalibration],
    proved: ProvedTags | None = None,
) -> SolvedPose:
    """A photo that no pair holds: placed by its own tags where they suffice, its lens as others of
    its camera told it. proved: what groups found the tags of its session to be worth."""
    told = known.get(view.camera_key)
    own = [p for p in pairs if view.photo_id in p.key]
    lonely = f"no believable match among {len(own)} candidates" if own else "no photo near it"
    lonely = view.waits_for or lonely
    fitting = [p for p in own if p.fits and p.area_reason]
    by, doubt = PlacedBy.TAGS, ""
    if fitting:
        best = max(fitting, key=lambda p: (evidence(p, settings.pairs), p.key))
        if evidence(best, settings.pairs) >= SAYS_MUCH:
            # Either its tags are wrong or what it shares with others is.
            by, doubt = PlacedBy.DOUBT, "doubtful, "
        lonely = f"its pairs fit, but {best.area_reason.replace('contradicts ', 'contradict ')}"
    tags_hash = view.tags_hash
    if proved is not None:
        if doubted := proved.doubt(view):
            by, doubt, lonely = PlacedBy.DOUBT, "doubtful, ", f"{doubted}, and {lonely}"
        view = proved.applied(view)
    if view.position_enu is None:
        return _unplaced(view, f"no position tag, and {lonely}", component)
    if view.heading_deg is None:
        return _unplaced(view, f"no heading tag, and {lonely}", component)
    if view.horizontal_sigma_m > settings.solver.max_position_sigma_m:
        return _unplaced(view, f"its position tag is too vague, and {lonely}", component)
    if view.heading_sigma_deg > settings.solver.max_rotation_sigma_deg:
        return _unplaced(view, f"its heading tag is too vague, and {lonely}", component)
    if view.vertical_sigma_m > _MAX_HEIGHT_SIGMA_M:
        return _unplaced(
            view, f"no altitude to be sure of, nor a photo near that tells one; {lonely}", component
        )
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
        tags_hash=tags_hash,
    )


def _unplaced(view: PhotoView, reason: str, component: int, pairs: int = 0) -> UnplacedPose:
    return UnplacedPose(
        photo_id=view.photo_id,
        reason=reason,
        site=view.site,
        component=component,
        pairs=pairs,
        tags_hash=view.tags_hash,
    )


def judged_group(
    group: Group,
    refined: Refined,
    component: int,
    settings: RegistrationSettings,
    beyond: Mapping[int, int],
) -> list[SolvedPose]:
    """The solved group as records; photos whose place is left open come out unplaced."""
    members = group.members
    located = count_located(members)
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
            placed_by_matches(view, refined.poses[photo_id], refined.lenses[photo_id]),
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


def placed_by_matches(view: PhotoView, pose: GraphPose, lens: Lens) -> PlacedPose:
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
