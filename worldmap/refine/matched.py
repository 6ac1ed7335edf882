"""What the pictures of a photo's neighbours show about its depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import GreyPicture
from worldmap.stereo import SEEN_SCORE, SIGMAS, Swept

Floats = NDArray[np.float32]
T = TypeVar("T", bound=np.generic)

# A depth map's noise is smoothed before windows are laid along it: over so many pixels, as far as
# depths differ by no more than twice the noise.
_SMOOTH_PX, _NOISES, _LEAST_NOISE_REL = 9, 2.0, 0.005


def matched(
    picture: GreyPicture,
    base_m: Floats,
    sigma_rel: Floats,
    noise_rel: Floats,
    neighbours: Sequence[GreyPicture],
) -> Swept:
    """What neighbours show about a depth map (H, W) that is right within sigma_rel, of which
    noise_rel is that of single pixels; on its grid."""
    from worldmap.stereo.about import sweep_about  # and PyTorch, which takes a second

    size = (picture.camera.width_px, picture.camera.height_px)
    about_m = _resized(_smoothed(base_m, float(np.median(noise_rel))), size)
    sigma_rel = _resized(sigma_rel, size)
    swept = sweep_about(picture, about_m, sigma_rel, neighbours)
    swept = _followed(picture, neighbours, about_m, sigma_rel, swept)
    back = (base_m.shape[1], base_m.shape[0])
    return replace(
        swept,
        depth_m=_resized(swept.depth_m, back),
        sigma_rel=_resized(swept.sigma_rel, back),
        fits=_resized(swept.fits, back),
        tested=_resized(swept.tested, back),
    )


def _followed(
    picture: GreyPicture,
    neighbours: Sequence[GreyPicture],
    about_m: Floats,
    sigma_rel: Floats,
    swept: Swept,
) -> Swept:
    """What was found on coarse pictures, followed on finer ones: where a surface, whose windows lie
    along it and which neighbouring pixels share, is one with it, or hangs together with what is.
    Coarse pictures tell which of the depths that are open it is, but a network's is often nearer.
    """
    from worldmap.stereo.pieces import vouched
    from worldmap.stereo.surface import follow_surface

    found = np.isfinite(swept.depth_m)
    surface = follow_surface(picture, neighbours, np.where(found, swept.depth_m, about_m))
    seen = (surface.score > SEEN_SCORE) & (surface.inverse > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        sure, open_ = (
            seen
            & (np.abs(np.log(surface.inverse * depth_m)) < np.float32(SIGMAS) * within)
            & (surface.sigma_rel < within)
            for depth_m, within in ((swept.depth_m, swept.sigma_rel), (about_m, sigma_rel))
        )
    told = vouched(surface, sure, open_)
    none = np.float32(np.nan)
    return replace(
        swept,
        depth_m=np.where(told, 1 / np.where(told, surface.inverse, np.float32(1)), none),
        sigma_rel=np.where(told, surface.sigma_rel, none),
    )


def _resized(values: NDArray[T], size: tuple[int, int]) -> NDArray[T]:
    if values.shape == (size[1], size[0]):
        return values
    if values.dtype == np.bool_:
        return _resized(values.astype(np.uint8), size).astype(values.dtype)
    resized = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized, dtype=values.dtype)


def _smoothed(depth_m: Floats, noise_rel: float) -> Floats:
    """Without its noise, as far as it is not an edge; NaN stays."""
    known = np.isfinite(depth_m)
    # Nearer than anything, so that it takes no part.
    log_depth = np.log(np.where(known, depth_m, np.float32(1e-6))).astype(np.float32)
    differ = _NOISES * max(noise_rel, _LEAST_NOISE_REL)
    smooth = np.exp(cv2.bilateralFilter(log_depth, _SMOOTH_PX, differ, _SMOOTH_PX / 3))
    return np.where(known, smooth, np.float32(np.nan)).astype(np.float32)
