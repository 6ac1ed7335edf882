"""What a lens may differ in from the one that a photo's tags describe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, Lens

LENS = 5
"""Numbers of that: log of the focal length over the tag's, the principal point's offset (2), and
two radial terms."""


def lens_change(camera: Camera, lens: Lens) -> NDArray[np.float64]:
    """(5,) how a lens differs from the camera's: the log of the focal length, the principal point
    (2) in focal lengths of the camera, and the radial terms k1 and k2."""
    return np.array(
        (
            np.log(lens.focal_px / camera.fx_px),
            (lens.cx_px - camera.cx_px) / camera.fx_px,
            (lens.cy_px - camera.cy_px) / camera.fy_px,
            lens.k1 - camera.distortion[0],
            lens.k2 - camera.distortion[1],
        )
    )
