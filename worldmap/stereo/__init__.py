"""Depth from the photos themselves: multi-view stereo of placed photos, without any network."""

from worldmap.stereo.agree import SeenSurface, agreed_depth
from worldmap.stereo.surface import WIDEST_PX, Surface, find_surface, grey_picture

__all__ = [
    "WIDEST_PX",
    "SeenSurface",
    "Surface",
    "agreed_depth",
    "find_surface",
    "grey_picture",
]
