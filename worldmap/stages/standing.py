"""What of a placed photo decides how its depth lies in the map."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from worldmap.records import IngestedPhoto, PlacedPose, RefinedArtifact


def standing_hash(photo: IngestedPhoto, pose: PlacedPose) -> str:
    """Of a photo's depth, and of where and through which camera it was taken."""
    return hashed(
        photo.depth_hash,
        asdict(photo.camera),
        asdict(pose.site),
        pose.enu_from_cam.rotation.tolist(),
        pose.enu_from_cam.translation_m.tolist(),
        pose.depth_scale,
        asdict(pose.lens),
    )


def standing_refined(
    refined: Mapping[int, RefinedArtifact],
    photos: Mapping[int, IngestedPhoto],
    poses: Mapping[int, PlacedPose],
) -> dict[int, RefinedArtifact]:
    """The refined depths that are of these poses, by photo: one of an earlier solution says nothing
    of this one."""
    return {
        i: found
        for i, found in refined.items()
        if i in poses
        and found.content_hash
        and found.standing_hash == standing_hash(photos[i], poses[i])
    }


def hashed(*parts: object) -> str:
    """Of plain values and lists of them, to the last bit."""
    # JSON writes every digit of a float64.
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
