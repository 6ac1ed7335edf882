"""Pinhole views of an equirectangular picture: where they look, and their pixels.

The picture spans 360° by 180°: azimuth grows with u, from -180° at the left edge over 0° in the
middle, elevation falls with v. Camera axes are those of `cam`, the picture's middle straight ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frames import rig_from_cam_rotation

Array = NDArray[np.float64]

FIELD_DEG: Final = 100.0
"""Of a view, across and up: ten degrees more than its quarter, so that neighbours share a margin.
What lies steeper than half of it, the tripod, the hand or the car's roof below and the sky above,
is in no view."""
SECTOR_DEG: Final = (-45.0, 45.0)
"""Of the directions the ones that belong to a view of a panorama: azimuths about its middle."""
_STRIP_ROWS: Final = 256
# OpenCV's remap takes no larger pictures.
_LARGEST_PX: Final = 32_766


@dataclass(frozen=True, slots=True, kw_only=True)
class CutView:
    """Where a view looks, degrees to the right of and above the picture's middle."""

    name: str
    yaw_deg: float
    pitch_deg: float = 0.0

    @property
    def rig_from_cam(self) -> Array:
        """(3, 3) axes of the picture's middle from those of the view."""
        return rig_from_cam_rotation(self.yaw_deg, self.pitch_deg)


VIEWS: Final = (
    CutView(name="front", yaw_deg=0.0),
    CutView(name="right", yaw_deg=90.0),
    CutView(name="back", yaw_deg=180.0),
    CutView(name="left", yaw_deg=-90.0),
)
"""Four quarters of the horizon."""


def view_camera(panorama_width_px: int) -> Camera:
    """The camera of a view, square, as fine in its middle as the panorama is at the horizon."""
    focal_px = panorama_width_px / (2 * np.pi)
    side_px = 2 * round(focal_px * np.tan(np.deg2rad(FIELD_DEG / 2)))
    return Camera.centred(side_px, side_px, float(side_px / 2 / np.tan(np.deg2rad(FIELD_DEG / 2))))


def cut_rgb(panorama: NDArray[np.uint8], view: CutView, camera: Camera) -> NDArray[np.uint8]:
    """The view's pixels (H, W, 3) of an equirectangular picture, bilinear."""
    return np.asarray(_unrolled(panorama, view, camera, nearest=False))


def cut_depth_m(range_m: NDArray[np.float32], view: CutView, camera: Camera) -> NDArray[np.float32]:
    """Depth (H, W) along the view's axis of an equirectangular picture of distances, each of the
    nearest pixel: between two surfaces there is none."""
    return along_axis_m(_unrolled(range_m, view, camera, nearest=True), camera)


def along_axis_m(range_m: NDArray[np.generic], camera: Camera) -> NDArray[np.float32]:
    """Depth (H, W) along the axis of a view's distances."""
    length = np.linalg.norm(camera.rays(camera.pixel_centres()), axis=-1)
    return np.asarray(range_m / length, dtype=np.float32)


def outside_sector(
    camera: Camera, sector_deg: tuple[float, float] = SECTOR_DEG
) -> NDArray[np.bool_]:
    """(H, W) the pixels of a view that its neighbours show, too: each direction belongs to one view
    alone, or its surface would be there twice. sector_deg: the azimuths about the view's middle
    that are its own."""
    rays = camera.rays(camera.pixel_centres())
    azimuth_deg = np.rad2deg(np.arctan2(rays[..., 0], rays[..., 2]))
    return np.asarray((azimuth_deg < sector_deg[0]) | (azimuth_deg >= sector_deg[1]))


def _unrolled(
    panorama: NDArray[np.generic], view: CutView, camera: Camera, *, nearest: bool
) -> NDArray[np.generic]:
    height_px, width_px = panorama.shape[:2]

    def at(ways: Array) -> tuple[Array, Array]:
        azimuth = np.arctan2(ways[..., 0], ways[..., 2])
        elevation = np.arctan2(-ways[..., 1], np.hypot(ways[..., 0], ways[..., 2]))
        # Pixel centres are at halves; OpenCV counts from the middle of the first one.
        at_x = (azimuth / (2 * np.pi) + 0.5) * width_px - 0.5 + 1
        return at_x, (0.5 - elevation / np.pi) * height_px - 0.5

    # With its last column before its first and its first behind its last: it goes round.
    wrapped = np.concatenate((panorama[:, -1:], panorama, panorama[:, :1]), axis=1)
    return resampled(wrapped, view, camera, at, nearest=nearest)


def resampled(
    picture: NDArray[np.generic],
    view: CutView,
    camera: Camera,
    at: Callable[[Array], tuple[Array, Array]],
    *,
    nearest: bool,
) -> NDArray[np.generic]:
    """The view's pixels of a picture. at: where in the picture, pixels right and down from the
    middle of its first one, directions (..., 3) lie in axes of its middle; nearest: of the nearest
    pixel, else bilinear. ValueError for a picture that is larger than OpenCV takes."""
    if max(picture.shape[:2]) > _LARGEST_PX:
        raise ValueError(f"a picture of {picture.shape[1]} pixels is too large to be cut")
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    rows = []
    centres = camera.pixel_centres()
    for top in range(0, camera.height_px, _STRIP_ROWS):
        ways = camera.rays(centres[top : top + _STRIP_ROWS]) @ view.rig_from_cam.T
        at_x, at_y = (each.astype(np.float32) for each in at(ways))
        rows.append(cv2.remap(picture, at_x, at_y, how, borderMode=cv2.BORDER_REPLICATE))
    return np.concatenate(rows)
