"""What of a placed photo decides how its depth lies in the map."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from worldmap.records import IngestedPhoto, PlacedPose


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


def hashed(*parts: object) -> str:
    """Of plain values and lists of them, to the last bit."""
    # JSON writes every digit of a float64.
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
