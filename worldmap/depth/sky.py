"""Sky, found by colour, texture and depth, without weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_SMOOTH_RADIUS_PX = 2
_MAX_TEXTURE = 6.0
_MIN_BRIGHTNESS = 90.0


def sky_mask(
    rgb: NDArray[np.uint8], depth_m: NDArray[np.float32], *, min_depth_m: float
) -> NDArray[np.bool_]:
    """(H, W) sky: smooth, bright or blue, not near, and connected to the top border.

    rgb (H, W, 3) and depth_m (H, W; NaN = none, which counts as far) share one grid.
    """
    colour = rgb.astype(np.float32)
    red, green, blue = colour[..., 0], colour[..., 1], colour[..., 2]
    brightness = (red + green + blue) / 3
    bluish = (blue > red + 8) & (blue >= green - 2) & (brightness > _MIN_BRIGHTNESS)
    overcast = (brightness > 170) & (np.ptp(colour, axis=2) < 30)
    size = 2 * _SMOOTH_RADIUS_PX + 1
    mean = ndimage.uniform_filter(brightness, size)
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(brightness**2, size) - mean**2, 0))
    far = ~(depth_m < min_depth_m)
    candidate = (bluish | overcast) & (spread < _MAX_TEXTURE) & far
    labels, _ = ndimage.label(candidate)
    touching = np.unique(labels[0])
    sky = np.isin(labels, touching[touching > 0])
    # The smooth interior stops short of the skyline: grow back over what looks like sky and is far.
    grown = ndimage.binary_dilation(sky, iterations=size, mask=(bluish | overcast) & far)
    return np.asarray(grown, dtype=np.bool_)
