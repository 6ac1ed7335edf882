"""Depth from the photos themselves: multi-view stereo of placed photos. The searches, for a surface
of which nothing is known (`worldmap.stereo.surface`) and about a depth that is known roughly
(`worldmap.stereo.about`), need PyTorch, which takes a second."""

from worldmap.stereo.agree import SeenSurface, agreed_depth, with_points
from worldmap.stereo.picture import SIGMAS, WIDEST_PX, WINDOW_PX, Surface, Swept, grey_picture

__all__ = [
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
