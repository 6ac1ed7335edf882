"""Which focal length a depth map is used with, and the camera that follows from it."""

from __future__ import annotations

import math
from dataclasses import replace

from worldmap.camera import Camera
from worldmap.config import DepthSettings
from worldmap.records import DepthMap, Focal, FocalSource, PhotoMetadata

FOCAL_DISAGREES = "focal-disagrees"
FOCAL_IMPLAUSIBLE = "focal-implausible"
"""Flags of a depth map."""

_FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
_USER_SIGMA_REL = 0.01
_MIN_FOV_DEG, _MAX_FOV_DEG = 1.0, 179.0


def field_of_view_deg(focal_px: float, side_px: int) -> float:
    """Angle that a side of the picture spans: 2 atan(side / 2f)."""
    return math.degrees(2 * math.atan(side_px / (2 * focal_px)))


def is_plausible(focal_px: float, photo: PhotoMetadata) -> bool:
    """Whether a pinhole camera can have this focal length: field of view within 1-179°."""
    if not (math.isfinite(focal_px) and focal_px > 0):
        return False
    return _MIN_FOV_DEG <= field_of_view_deg(focal_px, photo.width_px) <= _MAX_FOV_DEG


def focal_from_fov(fov_deg: float, width_px: int, sigma_rel: float) -> Focal | None:
    """Focal length from a horizontal field of view, f = w / (2 tan(fov / 2)); None outside
    1-179°."""
    if not _MIN_FOV_DEG <= fov_deg <= _MAX_FOV_DEG:  # NaN fails as well
        return None
    return Focal(
        focal_px=0.5 * width_px / math.tan(0.5 * math.radians(fov_deg)),
        sigma_rel=sigma_rel,
        source=FocalSource.DEPTH_MODEL,
    )


def choose_focal(
    photo: PhotoMetadata, settings: DepthSettings, predicted: Focal | None = None
) -> Focal:
    """The focal length in use, first that is there: the user's, the photo's own where plausible,
    the network's, an assumed one with a wide sigma."""
    if settings.focal_px is not None:
        return Focal(focal_px=settings.focal_px, sigma_rel=_USER_SIGMA_REL, source=FocalSource.USER)
    if photo.focal is not None and is_plausible(photo.focal.focal_px, photo):
        return photo.focal
    return predicted or assumed_focal(photo, settings)


def assumed_focal(photo: PhotoMetadata, settings: DepthSettings) -> Focal:
    """A guess from the 35 mm equivalent by the diagonal (CIPA DCG-001: 43.27 mm)."""
    diagonal_px = math.hypot(photo.width_px, photo.height_px)
    return Focal(
        focal_px=settings.assumed_focal_35mm / _FILM_DIAGONAL_MM * diagonal_px,
        sigma_rel=settings.assumed_focal_sigma_rel,
        source=FocalSource.ASSUMED,
    )


def focal_flags(
    photo: PhotoMetadata, used: Focal, predicted: Focal | None, settings: DepthSettings
) -> tuple[str, ...]:
    """What a person should look at: a tagged focal length that no camera has, or one that differs
    from the network's by more than the setting allows."""
    flags = []
    if photo.focal is not None and not is_plausible(photo.focal.focal_px, photo):
        flags.append(FOCAL_IMPLAUSIBLE)
    if predicted is not None:
        disagreement = abs(math.log(used.focal_px / predicted.focal_px))
        if disagreement > math.log1p(settings.max_focal_disagreement):
            flags.append(FOCAL_DISAGREES)
    return tuple(flags)


def photo_camera(photo: PhotoMetadata, focal: Focal) -> Camera:
    """Camera of the full-size upright photo: its principal point, in the middle where nothing tells
    it, and its lens distortion."""
    camera = Camera.centred(photo.width_px, photo.height_px, focal.focal_px)
    if photo.centre_px is not None:
        camera = replace(camera, cx_px=photo.centre_px[0], cy_px=photo.centre_px[1])
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
