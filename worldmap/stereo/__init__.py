"""Depth from the photos themselves: multi-view stereo of placed photos, without any network. The
search is in `worldmap.stereo.surface`, which needs PyTorch."""

from worldmap.stereo.agree import SeenSurface, agreed_depth, with_points
from worldmap.stereo.picture import WIDEST_PX, Surface, grey_picture

__all__ = ["WIDEST_PX", "SeenSurface", "Surface", "agreed_depth", "grey_picture", "with_points"]
