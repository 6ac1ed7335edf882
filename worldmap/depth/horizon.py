"""Whether depth can be right where a photo sees to the horizon: what air veils is not near.

A network that sees a city from a roof puts it on a table: metres deep, and sure of it. The picture
says otherwise. Along a horizon the sky ends on one straight line from side to side, interrupted by
what stands up; and what lies under that line is veiled: its darkest parts have taken on the sky's
light. Air takes on a share 1 - exp(-3.912 d / V) of it over a distance d where one sees as far as V
(Koschmieder, Beiträge zur Physik der freien Atmosphäre 12, 1924), so a share has a least distance.
The edge of a roof or a hedge is as straight, but the shadows under it are as dark as others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.depth.footing import GROUND_FAR, GROUND_NEAR, footing
from worldmap.depth.grid import Depth, Mask
from worldmap.records import REMOVED_CODE, CleanedDepth, Removed

Array = NDArray[np.float64]

HORIZON_TOO_NEAR = "horizon-too-near"

_EXTINCTION = 3.912
# Where one sees less far it is fog, and the near veiled like the far.
_LEAST_VISIBILITY_M = 1_000.0
# Clear air.
_USUAL_VISIBILITY_M = 20_000.0
# Depth that is too near by less may be the veil's error: a lens and a border of pixels veil, too.
_TOO_NEAR = 3.0
# A border of sky is found to a pixel or two of a depth map, some tenths of a degree; but of a hazy
# horizon some degree and a half is taken for sky.
_ON_LINE_DEG = 0.4
_UNDER_LINE_DEG = 2.0
# People hold cameras level to this much.
_MOST_TURNED_DEG = 5.0
_TURN_STEP_DEG = 0.25
# Towers may hide the most of it, but it goes from side to side, and no sky is under it.
_LEAST_SHARE = 1 / 3
_LEAST_REACH = 2 / 3
_MOST_UNDER = 0.05
# What is looked at: just under the line, clear of its border; and far under it.
_BAND_DEG = (1.0, 2.5)
_NEAR_DEG = 10.0
# Somewhere in a band is a shadow, a window, a tree: black but for the veil.
_DARKEST = 5.0
_FEWEST_PX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NearHorizon:
    """Depth that is not to be trusted: what lies under the horizon has a median depth of `depth_m`,
    and is `least_m` away by its veil even in mist, `usual_m` in clear air."""

    depth_m: float
    least_m: float
    usual_m: float

    @property
    def scale_sigma_rel(self) -> float:
        """The sigma of the log of a scale that may be off by so much."""
        return float(np.log(self.usual_m / self.depth_m))


def near_horizon(
    rgb: NDArray[np.uint8], depth_m: Depth, sky: Mask, camera: Camera
) -> NearHorizon | None:
    """The horizon of a photo whose depth puts it too near; None where there is none to be seen, no
    depth at it, or nothing wrong.

    rgb (H, W, 3) sRGB, depth_m (H, W) and sky (H, W) share `camera`'s grid.
    """
    found = _horizon(sky, camera)
    if found is None:
        return None
    columns, rows = found
    per_degree = camera.fy_px * np.pi / 180
    row = np.arange(len(sky))[:, None]
    below_deg = (row + 0.5 - rows) / per_degree
    band = (below_deg > _BAND_DEG[0]) & (below_deg < _BAND_DEG[1])
    near = below_deg > _NEAR_DEG
    seen_m = depth_m[:, columns][band]
    known = np.isfinite(seen_m)
    if min(np.count_nonzero(band), np.count_nonzero(near)) < _FEWEST_PX or known.mean() < 0.5:
        return None
    darkest = _linear(rgb.min(axis=-1))
    veil = _veil(darkest[:, columns][band], darkest[:, columns][near], darkest[sky])
    away = -np.log(1 - veil) / _EXTINCTION
    there_m = float(np.median(seen_m[known]))
    least_m = float(_LEAST_VISIBILITY_M * away)
    if least_m < _TOO_NEAR * there_m:
        return None
    return NearHorizon(depth_m=there_m, least_m=least_m, usual_m=float(_USUAL_VISIBILITY_M * away))


def untrusted_line(cleaned: CleanedDepth) -> str:
    """What to tell a person of depth that has HORIZON_TOO_NEAR among its flags, or puts the ground
    where nobody stands; else nothing."""
    if HORIZON_TOO_NEAR not in cleaned.depth_map.flags:
        depth_map = cleaned.depth_map
        if not {GROUND_NEAR, GROUND_FAR} & set(depth_map.flags):
            return ""
        found = footing(depth_map.depth_m, cleaned.kept, depth_map.camera)
        return found.line if found else ""
    nothing = [REMOVED_CODE[Removed.NO_DEPTH], REMOVED_CODE[Removed.SKY]]
    far_m = float(np.nanpercentile(cleaned.uncleaned_m[~np.isin(cleaned.removed, nothing)], 99))
    return f"the skyline is put at {far_m:.0f} m: its depth is not to be trusted, no points"


def _horizon(sky: Mask, camera: Camera) -> tuple[NDArray[np.intp], Array] | None:
    """The columns (N,) in which the sky ends on the horizon, and the horizon's row in each; None
    where no line is one."""
    height, width = sky.shape
    lowest = np.where(sky, np.arange(height)[:, None], -1).max(axis=0)
    columns = np.flatnonzero((lowest >= 0) & (lowest < height - 1))
    if len(columns) < _LEAST_SHARE * width:
        return None
    at_px, ends_px = columns + 0.5 - width / 2, lowest[columns] + 1.0
    on_px, under_px = (
        camera.fy_px * np.tan(np.deg2rad(d)) for d in (_ON_LINE_DEG, _UNDER_LINE_DEG)
    )
    best: tuple[int, Array] | None = None
    for turned_deg in np.arange(-_MOST_TURNED_DEG, _MOST_TURNED_DEG + 1e-9, _TURN_STEP_DEG):
        level_px = ends_px - np.tan(np.deg2rad(turned_deg)) * at_px
        order = np.sort(level_px)
        counts = np.searchsorted(order, order + 2 * on_px, side="right") - np.arange(len(order))
        first = int(counts.argmax())
        if best is None or counts[first] > best[0]:
            best = int(counts[first]), level_px - (order[first] + on_px)
    assert best is not None
    off_px = best[1]
    on = np.abs(off_px) <= on_px
    reach = np.ptp(columns[on]) if on.any() else 0
    if (
        np.count_nonzero(on) < _LEAST_SHARE * width
        or reach < _LEAST_REACH * width
        or np.count_nonzero(off_px > under_px) > _MOST_UNDER * width
    ):
        return None
    return columns[on], (ends_px - off_px)[on]


def _linear(levels: NDArray[np.uint8]) -> Array:
    """Light of sRGB levels, 0 to 1 (IEC 61966-2-1)."""
    value = levels / 255.0
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4))


def _veil(band: Array, near: Array, sky: Array) -> float:
    """The share of the sky's light in the darkest of a band, 0 to below 1: how much lighter it is
    than the darkest near the camera. What is darkest in its darkest colour has no light of its own
    (the dark channel of He, Sun & Tang, CVPR 2009)."""
    black = float(np.percentile(near, _DARKEST))
    light = float(np.median(sky))
    if light <= black:
        return 0.0
    return float(np.clip((np.percentile(band, _DARKEST) - black) / (light - black), 0.0, 0.99))
