"""Canonical inverse depth, as Depth Pro gives it, made metric."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthSettings
from worldmap.depth.focal import choose_focal, focal_flags, focal_from_fov, photo_camera
from worldmap.depth.grid import coarse
from worldmap.depth.uncertainty import pixel_sigma_m
from worldmap.records import DepthMap, DepthModel, PhotoMetadata

_MIN_INVERSE, _MAX_INVERSE = 1e-4, 1e4  # 0.1 mm to 10 km, as in the reference implementation


def metric_depth_map(
    photo: PhotoMetadata,
    canonical_inverse: NDArray[np.float32],
    fov_deg: float | None,
    settings: DepthSettings,
    model: DepthModel,
) -> DepthMap:
    """Depth = f / (width · C), C the canonical inverse depth (Bochkovskii et al. 2024, "Depth Pro",
    section 3.1), on the network's own grid.

    canonical_inverse (h, w) float32, finite; fov_deg: the network's horizontal field of view.
    """
    predicted = None
    if fov_deg is not None:
        predicted = focal_from_fov(fov_deg, photo.width_px, settings.predicted_focal_sigma_rel)
    focal = choose_focal(photo, settings, predicted)
    inverse = np.clip(
        canonical_inverse * np.float32(photo.width_px / focal.focal_px), _MIN_INVERSE, _MAX_INVERSE
    )
    height_px, width_px = inverse.shape
    camera = photo_camera(photo, focal).rescaled(width_px, height_px)
    depth_m = coarse(np.float32(1) / inverse)
    return DepthMap(
        depth_m=depth_m,
        sigma_m=pixel_sigma_m(depth_m, sigma_rel=settings.depth_pro_sigma_rel),
        camera=camera,
        focal=focal,
        focal_predicted=predicted,
        # The depth is proportional to the focal length, so it inherits its uncertainty.
        scale_sigma_rel=math.hypot(settings.depth_pro_scale_sigma_rel, focal.sigma_rel),
        model=model,
        flags=focal_flags(photo, focal, predicted, settings),
    )
