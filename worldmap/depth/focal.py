"""Which focal length a depth map is used with, and the camera that follows from it."""

from __future__ import annotations

import math
from dataclasses import replace

from worldmap.camera import Camera
from worldmap.config import DepthSettings
from worldmap.records import DepthMap, Focal, FocalSource, PhotoMetadata

_FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
_USER_SIGMA_REL = 0.01


def choose_focal(
    photo: PhotoMetadata, settings: DepthSettings, predicted: Focal | None = None
) -> Focal:
    """The focal length in use, first that is there: the user's, the photo's own, the network's, an
    assumed one with a wide sigma."""
    if settings.focal_px is not None:
        return Focal(focal_px=settings.focal_px, sigma_rel=_USER_SIGMA_REL, source=FocalSource.USER)
    if photo.focal is not None:
        return photo.focal
    if predicted is not None:
        return predicted
    return assumed_focal(photo, settings)


def assumed_focal(photo: PhotoMetadata, settings: DepthSettings) -> Focal:
    """A guess from the 35 mm equivalent by the diagonal (CIPA DCG-001: 43.27 mm)."""
    diagonal_px = math.hypot(photo.width_px, photo.height_px)
    return Focal(
        focal_px=settings.assumed_focal_35mm / _FILM_DIAGONAL_MM * diagonal_px,
        sigma_rel=settings.assumed_focal_sigma_rel,
        source=FocalSource.ASSUMED,
    )


def photo_camera(photo: PhotoMetadata, focal: Focal) -> Camera:
    """Camera of the full-size upright photo: principal point in the middle, its lens distortion."""
    camera = Camera.centred(photo.width_px, photo.height_px, focal.focal_px)
    return camera if photo.distortion is None else replace(camera, distortion=photo.distortion)


def refocused(depth_map: DepthMap, focal: Focal) -> DepthMap:
    """A network's depth map under another focal length, without the network.

    Depth is canonical depth times focal length over width, so depth and sigma grow with the focal
    length (Bochkovskii et al. 2024, "Depth Pro", section 3.1). Only for depth that a network saw;
    a sensor's metres do not change with the focal length.
    """
    ratio = focal.focal_px / depth_map.focal.focal_px
    camera = depth_map.camera
    return replace(
        depth_map,
        depth_m=depth_map.depth_m * ratio,
        sigma_m=depth_map.sigma_m * ratio,
        camera=replace(camera, fx_px=camera.fx_px * ratio, fy_px=camera.fy_px * ratio),
        focal=focal,
    )
