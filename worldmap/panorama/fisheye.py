"""Pinhole views of a fisheye's picture: one ahead, or two that meet in its middle.

No more than two: what lies above and below them is sky, and the ground at the photographer's feet,
which panoramas' views leave out as well; and what lies further to the sides than 95° is the rim of
the lens, where its numbers hold least.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.fisheye import FisheyeLens
from worldmap.panorama.views import FIELD_DEG, CutView, along_axis_m, resampled

Array = NDArray[np.float64]

ONE_VIEW_DEG: Final = 70.0
"""Of a picture that reaches so far to left and right, or less, one view shows what is worth it."""
_MARGIN_DEG: Final = 5.0
# A pinhole's pixels become finer towards its edges with the square of the cosine: by 3 and by 2.4.
_WIDEST_AHEAD_DEG, _WIDEST_ASIDE_DEG = 55.0, FIELD_DEG / 2
_NARROWEST_DEG: Final = 10.0
# Of the picture's own pixels the most that a view has: a pinhole's edges are finer than the picture
# by less. Only numbers of no lens would be cut into more.
_MOST_PIXELS_REL: Final = 4.0
_STEP_DEG: Final = 0.5
_BORDER: Final = np.linspace(-1.0, 1.0, 33)


@dataclass(frozen=True, slots=True, kw_only=True)
class FisheyeView:
    """A view, its camera, and the azimuths about its middle that are its own, degrees."""

    view: CutView
    camera: Camera
    sector_deg: tuple[float, float]


@lru_cache(maxsize=64)
def fisheye_views(lens: FisheyeLens, lit_rad: float = math.pi) -> tuple[FisheyeView, ...]:
    """The views of a picture that shows directions up to lit_rad off its axis, each as fine in its
    middle as the picture is there, none with a pixel outside it; () where it shows too little."""
    to_rad = min(lens.grows_to_rad, lit_rad)
    sides = [side for side in (-1, 1) if _reach_deg(lens, to_rad, side) > ONE_VIEW_DEG]
    if len(sides) < 2:
        best = _largest(lens, to_rad, 0, _WIDEST_AHEAD_DEG)
        return () if best is None else (_view(lens, "front", 0.0, *best, (-90.0, 90.0)),)
    found = []
    for side in sides:
        best = _largest(lens, to_rad, side, _WIDEST_ASIDE_DEG)
        if best is None:
            return ()
        yaw_deg = side * (best[0] - _MARGIN_DEG)
        sector_deg = (-90.0, -yaw_deg) if side < 0 else (-yaw_deg, 90.0)
        found.append(_view(lens, "left" if side < 0 else "right", yaw_deg, *best, sector_deg))
    return tuple(found)


def cut_fisheye_rgb(
    picture: NDArray[np.uint8], lens: FisheyeLens, view: FisheyeView
) -> NDArray[np.uint8]:
    """The view's pixels (H, W, 3) of a fisheye's picture, bilinear. lens: of that picture."""
    return np.asarray(_cut(picture, lens, view.view, view.camera, nearest=False))


def cut_fisheye_depth_m(
    range_m: NDArray[np.float32], lens: FisheyeLens, view: FisheyeView
) -> NDArray[np.float32]:
    """Depth (H, W) along the view's axis of a fisheye's picture of distances, each of the nearest
    pixel, as fine as that picture. lens: of the photo."""
    height_px, width_px = range_m.shape
    by = width_px / lens.width_px
    camera = view.camera.rescaled(
        max(1, round(by * view.camera.width_px)), max(1, round(by * view.camera.height_px))
    )
    small = lens.rescaled(width_px, height_px)
    return along_axis_m(_cut(range_m, small, view.view, camera, nearest=True), camera)


def _cut(
    picture: NDArray[np.generic], lens: FisheyeLens, view: CutView, camera: Camera, *, nearest: bool
) -> NDArray[np.generic]:
    def at(ways: Array) -> tuple[Array, Array]:
        # Pixel centres are at halves; OpenCV counts from the middle of the first one.
        uv = lens.project(ways) - 0.5
        return uv[..., 0], uv[..., 1]

    return resampled(picture, view, camera, at, nearest=nearest)


def _reach_deg(lens: FisheyeLens, to_rad: float, side: int) -> float:
    """How far to the left (-1) or right (1) the picture shows what is ahead, degrees."""
    degrees = np.arange(0.0, 180.0, _STEP_DEG)
    angle = np.deg2rad(degrees)
    ways = np.stack((side * np.sin(angle), np.zeros_like(angle), np.cos(angle)), axis=-1)
    shown = lens.shows(ways, to_rad)
    return float(degrees[-1] if shown.all() else degrees[max(0, int(np.argmin(shown)) - 1)])


def _largest(
    lens: FisheyeLens, to_rad: float, side: int, widest_deg: float
) -> tuple[float, float] | None:
    """Half the width and half the height, degrees, of the view that shows most; None where none is
    worth it. side: 0 ahead, -1 and 1 left and right of it but for the margin."""
    best, most = None, 0.0
    for half_deg in np.arange(_NARROWEST_DEG, widest_deg + _STEP_DEG / 2, _STEP_DEG):
        yaw_deg = side * (half_deg - _MARGIN_DEG)
        up_deg = _highest_deg(lens, to_rad, yaw_deg, float(half_deg), widest_deg)
        # The solid angle of a pyramid, over four.
        shown = math.asin(math.sin(math.radians(half_deg)) * math.sin(math.radians(up_deg)))
        if up_deg >= _NARROWEST_DEG and shown > most:
            best, most = (float(half_deg), up_deg), shown
    return best


def _highest_deg(
    lens: FisheyeLens, to_rad: float, yaw_deg: float, half_deg: float, widest_deg: float
) -> float:
    """Half the height of the highest view of that width with all its border in the picture, 0 where
    there is none; by halves, for what is less high lies within."""

    def fits(up_deg: float) -> bool:
        across, up = math.tan(math.radians(half_deg)), math.tan(math.radians(up_deg))
        along, one = _BORDER, np.ones_like(_BORDER)
        border = np.concatenate(
            [
                np.stack((across * x, up * y, one), axis=-1)
                for x, y in ((along, one), (along, -one), (one, along), (-one, along))
            ]
        )
        return bool(lens.shows(border @ turn.T, to_rad).all())

    turn = CutView(name="", yaw_deg=yaw_deg).rig_from_cam
    if fits(widest_deg):
        return widest_deg
    low, high = 0.0, widest_deg
    while high - low > _STEP_DEG / 4:
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _view(
    lens: FisheyeLens,
    name: str,
    yaw_deg: float,
    half_deg: float,
    up_deg: float,
    sector_deg: tuple[float, float],
) -> FisheyeView:
    across, up = math.tan(math.radians(half_deg)), math.tan(math.radians(up_deg))
    most_px = _MOST_PIXELS_REL * lens.width_px * lens.height_px
    focal_px = min(
        lens.px_per_rad(math.radians(abs(yaw_deg))), math.sqrt(most_px / (4 * across * up))
    )
    width_px, height_px = (2 * max(1, math.floor(focal_px * tangent)) for tangent in (across, up))
    return FisheyeView(
        view=CutView(name=name, yaw_deg=yaw_deg),
        camera=Camera.centred(width_px, height_px, focal_px),
        sector_deg=sector_deg,
    )
