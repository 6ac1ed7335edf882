"""Many registered clouds to one surface: what photos agree on, free of what they see through."""

from worldmap.fuse.agree import AgreedCloud, PreparedView, Votes, agree, votes
from worldmap.fuse.area import (
    Spool,
    agreed_clouds,
    points_as_bytes,
    points_hash,
    points_of_bytes,
    spread,
)
from worldmap.fuse.exposure import exposure_gains, tied_to
from worldmap.fuse.ground import GROUND, UNCLASSIFIED, classify_ground
from worldmap.fuse.neighbours import (
    FARTHEST_M,
    CameraStation,
    depth_samples,
    neighbours,
    neighbours_by_samples,
    reach_m,
)
from worldmap.fuse.normals import normals
from worldmap.fuse.voxel import Gain, Gains, fuse

__all__ = [
    "FARTHEST_M",
    "GROUND",
    "UNCLASSIFIED",
    "AgreedCloud",
    "CameraStation",
    "Gain",
    "Gains",
    "PreparedView",
    "Spool",
    "Votes",
    "agree",
    "agreed_clouds",
    "classify_ground",
    "depth_samples",
    "exposure_gains",
    "fuse",
    "neighbours",
    "neighbours_by_samples",
    "normals",
    "points_as_bytes",
    "points_hash",
    "points_of_bytes",
    "reach_m",
    "spread",
    "tied_to",
    "votes",
]
