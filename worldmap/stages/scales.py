"""Photos whose depth has a scale that matches and positions contradict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from worldmap.records import IngestedPhoto, PlacedBy, PlacedPose, SolvedPose

# As for the pairs and tags of a solution: what is further off is of another cause than its sigmas.
_SIGMAS: Final = 4.0
_NAMED: Final = 3


def doubted_scales(photos: Sequence[IngestedPhoto], poses: Sequence[SolvedPose]) -> tuple[str, ...]:
    """A line on the photos that others hold and whose depth had to be multiplied by more than its
    own sigma and that of the solution explain; nothing where there is none."""
    by_id = {photo.photo_id: photo for photo in photos}
    found = []
    for pose in poses:
        photo = by_id.get(pose.photo_id)
        if photo is None or not isinstance(pose, PlacedPose) or pose.by != PlacedBy.MATCHES:
            continue
        sigma = math.hypot(photo.prior.scale_sigma_rel, pose.scale_sigma_rel)
        if abs(math.log(pose.depth_scale)) > _SIGMAS * sigma:
            found.append((photo.metadata.path.name, pose.depth_scale))
    if not found:
        return ()
    found.sort()
    told = ", ".join(f"{name} (times {scale:.2g})" for name, scale in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"the depth of {told}{more} had a scale that matches and positions contradict: theirs "
        "is taken",
    )
