"""Equirectangular photos and fisheyes', as pinhole views of one point."""

from worldmap.panorama.circle import lit_rad
from worldmap.panorama.evidence import shows_all_around
from worldmap.panorama.fisheye import (
    FisheyeView,
    cut_fisheye_depth_m,
    cut_fisheye_rgb,
    fisheye_views,
)
from worldmap.panorama.views import (
    FIELD_DEG,
    SECTOR_DEG,
    VIEWS,
    CutView,
    cut_depth_m,
    cut_rgb,
    outside_sector,
    view_camera,
)

__all__ = [
    "FIELD_DEG",
    "SECTOR_DEG",
    "VIEWS",
    "CutView",
    "FisheyeView",
    "cut_depth_m",
    "cut_fisheye_depth_m",
    "cut_fisheye_rgb",
    "cut_rgb",
    "fisheye_views",
    "lit_rad",
    "outside_sector",
    "shows_all_around",
    "view_camera",
]
