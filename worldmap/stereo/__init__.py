"""Depth from the photos themselves: multi-view stereo of placed photos. The searches, for a surface
(`worldmap.stereo.surface`) and for what speaks against a depth that is known roughly
(`worldmap.stereo.about`), need PyTorch, which takes a second."""

from worldmap.stereo.agree import SeenSurface, agreed_depth, with_points
from worldmap.stereo.picture import (
    SEEN_SCORE,
    SIGMAS,
    WIDEST_PX,
    WINDOW_PX,
    Surface,
    Swept,
    grey_picture,
)

__all__ = [
    "SEEN_SCORE",
    "SIGMAS",
    "WIDEST_PX",
    "WINDOW_PX",
    "SeenSurface",
    "Surface",
    "Swept",
    "agreed_depth",
    "grey_picture",
    "with_points",
]
