"""What is wrong with tags that photos share, in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from worldmap.registration.placement import Placement
from worldmap.registration.solve.group import Group
from worldmap.registration.solve.refined import Refined
from worldmap.registration.view import PhotoView

_NAMED = 3


def on_their_side(views: Mapping[int, PhotoView], turned: Mapping[int, int]) -> list[str]:
    """Photos whose pictures are turned."""
    names = sorted(views[i].name for i in turned)
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [
        f"on their side or head, by what they share with others: {', '.join(names[:_NAMED])}{more}"
    ]


def through_another_lens(group: Group, refined: Refined) -> list[str]:
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


def remarks_on(group: Group, placement: Placement | None) -> list[str]:
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
