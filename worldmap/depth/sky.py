"""Sky, found by colour, texture, depth and connectedness to the top border, without weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldmap.camera import Camera
from worldmap.depth.grid import Depth, Mask

_EIGHT = np.ones((3, 3), dtype=bool)
# sRGB levels, 0..255. Clear sky is bluer than red and not dark; clouds are pale and bright.
_BLUE_OVER_RED, _BLUE_UNDER_GREEN, _BLUE_MIN = 10, 6, 70
_PALE_CHROMA, _PALE_RED_OVER_BLUE, _PALE_MIN = 40, 8, 150
_SMOOTH_SIGMA = 9.0
_SHARE_OF_SKY_DEPTH = 0.7
_MAX_BELOW_AXIS_DEG = 25.0
_TOP_SHARE = 0.01
_SMALLEST_SEED_SHARE = 1e-4
_FARTHEST_QUANTILE = 0.995
_REGROW_PX, _MARGIN_PX = 4, 2


def sky_mask(rgb: NDArray[np.uint8], depth_m: Depth, camera: Camera, *, min_depth_m: float) -> Mask:
    """(H, W) sky.

    A pixel can be sky if it looks like clear sky or cloud, its surroundings are smooth, it lies
    above the horizon (whose row the unknown pitch leaves open by 25°) and is not nearer than
    `min_depth_m`. What of this touches the top border and is as far as the farthest such region is
    sky; it grows a little over rough cloud and the skyline. rgb (H, W, 3) and depth_m (H, W; NaN =
    none, which counts as endlessly far) share `camera`'s grid.
    """
    colour = looks_like_sky(rgb) & _above_horizon(camera)
    smooth = _local_sigma(rgb) < _SMOOTH_SIGMA
    with np.errstate(invalid="ignore"):
        labels, count = ndimage.label(colour & smooth & ~(depth_m < min_depth_m), _EIGHT)
        farthest_m = _farthest_top_region_m(labels, count, depth_m)
        if farthest_m is None:
            return np.zeros(depth_m.shape, dtype=bool)
        far = ~(depth_m < max(min_depth_m, _SHARE_OF_SKY_DEPTH * farthest_m))
    labels, count = ndimage.label(colour & smooth & far, _EIGHT)
    sky = _touching_top(labels, count)[labels]
    sky = ndimage.binary_dilation(sky, _EIGHT, iterations=_REGROW_PX, mask=colour & far)
    # Wires and birds: what sky surrounds closely is sky.
    padded = np.pad(sky, _REGROW_PX, mode="edge")
    closed = ndimage.binary_closing(padded, _EIGHT, iterations=2)
    inside = closed[_REGROW_PX:-_REGROW_PX, _REGROW_PX:-_REGROW_PX]
    sky = sky | (inside & far)
    return np.asarray(
        ndimage.binary_dilation(sky, _EIGHT)
        | ndimage.binary_dilation(sky, _EIGHT, iterations=_MARGIN_PX, mask=far)
    )


def looks_like_sky(rgb: NDArray[np.uint8]) -> Mask:
    """(H, W) pixels with the colour of clear sky or of cloud."""
    red, green, blue = (rgb[..., channel].astype(np.int16) for channel in range(3))
    brightness = (red + green + blue) // 3
    clear = (
        (blue - red > _BLUE_OVER_RED)
        & (green - blue <= _BLUE_UNDER_GREEN)
        & (brightness > _BLUE_MIN)
    )
    chroma = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    pale = (chroma < _PALE_CHROMA) & (red - blue <= _PALE_RED_OVER_BLUE) & (brightness > _PALE_MIN)
    return np.asarray(clear | pale)


def _local_sigma(rgb: NDArray[np.uint8]) -> Depth:
    """Standard deviation (H, W) of the brightness in 3×3 windows."""
    brightness = rgb.astype(np.float32).mean(axis=2)
    mean = ndimage.uniform_filter(brightness, 3)
    variance = ndimage.uniform_filter(brightness * brightness, 3) - mean * mean
    return np.asarray(np.sqrt(np.maximum(variance, 0)))


def _above_horizon(camera: Camera) -> Mask:
    """(H, W) rays that are not more than the open pitch below the optical axis."""
    rows = np.arange(camera.height_px) + 0.5
    lowest = camera.cy_px + camera.fy_px * np.tan(np.deg2rad(_MAX_BELOW_AXIS_DEG))
    return np.broadcast_to((rows < lowest)[:, None], (camera.height_px, camera.width_px))


def _touching_top(labels: NDArray[np.signedinteger], count: int) -> NDArray[np.bool_]:
    """(count + 1,) which labels reach the topmost rows; never 0, which is no region."""
    rows = max(1, round(_TOP_SHARE * len(labels)))
    touching = np.zeros(count + 1, dtype=bool)
    touching[np.unique(labels[:rows])] = True
    touching[0] = False
    return touching


def _farthest_top_region_m(
    labels: NDArray[np.signedinteger], count: int, depth_m: Depth
) -> float | None:
    """Median depth of the farthest region that touches the top; None where there is none."""
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    large = sizes >= max(1, _SMALLEST_SEED_SHARE * labels.size)
    regions = np.flatnonzero(_touching_top(labels, count) & large)
    if len(regions) == 0:
        return None
    finite = depth_m[np.isfinite(depth_m)]
    # No depth means too far for the source: as far as what it saw farthest.
    beyond_m = float(np.quantile(finite, _FARTHEST_QUANTILE)) if len(finite) else np.inf
    filled_m = np.where(np.isfinite(depth_m), depth_m, np.float32(beyond_m))
    return max(float(np.median(filled_m[labels == region])) for region in regions)
