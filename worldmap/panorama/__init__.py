"""Equirectangular photos, which show all around one point, as pinhole views of that point."""

from worldmap.panorama.evidence import shows_all_around
from worldmap.panorama.views import (
    FIELD_DEG,
    VIEWS,
    CutView,
    cut_depth_m,
    cut_rgb,
    outside_sector,
    view_camera,
)

__all__ = [
    "FIELD_DEG",
    "VIEWS",
    "CutView",
    "cut_depth_m",
    "cut_rgb",
    "outside_sector",
    "shows_all_around",
    "view_camera",
]
