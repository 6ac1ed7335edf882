"""One finished frame: discs, gaps filled, shaded, before a background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import PlacedCamera
from worldmap.render.shade import background, eye_dome, fill_gaps
from worldmap.render.splat import Splats, draw

Picture: TypeAlias = NDArray[np.uint8]
"""(H, W, 3), sRGB."""

# Gaps of this many pixels between points are closed.
_GAP_PX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How pictures look. background: a name of BACKGROUNDS or #rrggbb; shaded: eye-dome lighting;
    fineness: each pixel is drawn as so many by so many and averaged, which smooths edges."""

    background: str = "light"
    shaded: bool = True
    fineness: int = 1


def draw_frame(splats: Splats, shot: PlacedCamera, look: Look) -> Picture:
    """(H, W, 3) uint8 sRGB, the size of the shot's camera. UsageError for an unknown background."""
    width, height, fine = shot.camera.width_px, shot.camera.height_px, look.fineness
    camera = shot.camera.rescaled(fine * width, fine * height)
    drawing = fill_gaps(draw(splats, camera, shot.enu_from_cam), fine * _GAP_PX)
    rgb = drawing.rgb * eye_dome(drawing)[..., None] if look.shaded else drawing.rgb
    behind = background(look.background, shot.camera, shot.enu_from_cam)
    if fine == 1:
        picture = np.where(drawing.covered[..., None], rgb, behind)
    else:
        blocks = (height, fine, width, fine)
        share = drawing.covered.reshape(blocks).mean(axis=(1, 3), dtype=np.float32)[..., None]
        rgb[~drawing.covered] = 0
        front = rgb.reshape(*blocks, 3).mean(axis=(1, 3), dtype=np.float32)
        picture = front + (1 - share) * behind
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)
