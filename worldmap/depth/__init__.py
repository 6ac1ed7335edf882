"""Pixels to metric depth: estimators behind one protocol, cleaning, the depth artifact."""

from worldmap.depth.choose import AUTO, ESTIMATOR_NAMES, AutoDepth, open_estimator, with_source
from worldmap.depth.clean import clean, without_sky
from worldmap.depth.estimator import DepthEstimator
from worldmap.depth.focal import choose_focal, photo_camera, refocused
from worldmap.depth.store import load_depth, save_depth

__all__ = [
    "AUTO",
    "ESTIMATOR_NAMES",
    "AutoDepth",
    "DepthEstimator",
    "choose_focal",
    "clean",
    "load_depth",
    "open_estimator",
    "photo_camera",
    "refocused",
    "save_depth",
    "with_source",
    "without_sky",
]
