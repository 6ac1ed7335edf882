"""The surface that a photo's neighbours agree with: found roughly, then finer and finer.

On each finer grid a pixel may take over the plane of one beside it (as in PatchMatch stereo:
Bleyer, Rhemann & Rother, BMVC 2011), then depths in small steps about its own are tried, and planes
are levelled (`Planes.levelled`). Windows follow the surface that is known so far, however slanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmap.camera import GreyPicture
from worldmap.stereo.alone import on_one_processor
from worldmap.stereo.bend import match_sigma
from worldmap.stereo.picture import Followed, Surface
from worldmap.stereo.planes import Planes
from worldmap.stereo.smooth import smoothed
from worldmap.stereo.sweep import swept
from worldmap.stereo.views import Views, reduced
from worldmap.stereo.warp import px_per_inverse
from worldmap.stereo.windows import (
    NOISE_GREY,
    is_positive,
    mean_of_best_two,
    mean_of_seeing,
    peak_between,
    peak_sigma,
)

Floats = NDArray[np.float32]

# Shares of the finest grid, and on each of them steps to either side and their size in pixels.
_COARSEST: Final = 4
_LEVELS: Final = ((2, ((4, 0.75), (2, 0.5))), (1, ((3, 0.7), (2, 0.4))))
# Planes are taken over from so far: one pixel of the grid before.
_FROM_PX: Final = 2
_BETTER_BY: Final = 0.01
# What moves by less per unit of inverse depth does not move.
_STANDS_STILL: Final = 1e-6
# Neighbours that fit so much worse than the best see something else there.
_SAME_SURFACE: Final = 0.15
_LEAST_SCORE: Final = -0.2
# What moves by fewer pixels than this in every neighbour may as well be endlessly far.
_FAR_PX: Final = 3.0
# Changes by less than half of the noise in a pixel's nearest surroundings are none: what matches
# is then further off in its window, and as likely of another surface.
_FLAT_GREY: Final = NOISE_GREY / 2


def find_surface(
    photo: GreyPicture,
    others: Sequence[GreyPicture],
    *,
    nearest_m: float,
    up_cam: NDArray[np.float64],
    device: torch.device | None = None,
) -> Surface:
    """The surface in a photo, on its own grid, by the pictures of placed neighbours.

    nearest_m: nothing nearer is looked for; up_cam (3,) the up direction in the photo's camera.
    Nothing is said of whether it is right: two photos that agree say that (`agreed_depth`).
    ValueError without a neighbour, FrameError where photos are not in one frame.
    """
    device = device or torch.device("cpu")
    longer = max(photo.camera.width_px, photo.camera.height_px)
    with on_one_processor():
        coarse = reduced(photo, others, longer // _COARSEST, device)
        return _settled(photo, others, swept(coarse, nearest_m, up_cam), device).surface


def follow_surface(
    photo: GreyPicture,
    others: Sequence[GreyPicture],
    depth_m: Floats,
    *,
    device: torch.device | None = None,
) -> Followed:
    """The same, beginning with a depth that is known roughly: depth_m (H, W) on the photo's grid,
    NaN where it is not known. How sure it is then is told by what would change were it off, not by
    how sharply it matches: of few depths that are tried one is always best. ValueError without a
    neighbour or on another grid, FrameError where photos are not in one frame."""
    if depth_m.shape != photo.grey.shape:
        raise ValueError(f"a depth of {depth_m.shape} for a picture of {photo.grey.shape}")
    device = device or torch.device("cpu")
    longer = max(photo.camera.width_px, photo.camera.height_px)
    inverse = np.where(np.isfinite(depth_m), 1 / depth_m, np.float32(0)).astype(np.float32)
    with on_one_processor():
        views = reduced(photo, others, longer // _LEVELS[0][0], device)
        height, width = views.photo.grey.shape
        first = cv2.resize(inverse, (width, height), interpolation=cv2.INTER_NEAREST)
        planes = Planes.facing(torch.from_numpy(first).to(device))
        px = 1 / px_per_inverse(views.warps, planes.inverse).amax(dim=0).clamp(min=_STANDS_STILL)
        settled = _settled(
            photo, others, planes.levelled(torch.ones_like(planes.inverse), px), device
        )
        planes, surface = settled.planes, settled.surface
        px = 1 / px_per_inverse(settled.views.warps, planes.inverse).amax(dim=0).clamp(
            min=_STANDS_STILL
        )
        pixel_rel = (px / planes.inverse.clamp(min=1e-9)).cpu().numpy()
        sigma_px = match_sigma(settled.views, planes.inverse, px).cpu().numpy()
        known = surface.inverse > 0
        return Followed(
            inverse=surface.inverse,
            sigma_rel=np.where(known, sigma_px * pixel_rel, np.float32(np.nan)),
            score=surface.score,
            pixel_rel=pixel_rel,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Settled:
    """A photo's surface, and the planes and views that it is of."""

    surface: Surface
    planes: Planes
    views: Views


def _settled(
    photo: GreyPicture, others: Sequence[GreyPicture], planes: Planes, device: torch.device
) -> _Settled:
    """From planes on a coarse grid to the photo's surface on its own."""
    longer = max(photo.camera.width_px, photo.camera.height_px)
    for share, rounds in _LEVELS:
        views = reduced(photo, others, longer // share, device)
        planes = planes.finer(*views.photo.grey.shape)
        for steps, step_px in rounds:
            planes = _taken_over(views, planes)
            found = _stepped(views, planes, steps, step_px)
            planes = found.planes.levelled(found.score, found.step / step_px)
    score = mean_of_best_two(views.each_score(planes.inverse[None]))[0]
    sigma = found.sigma / planes.inverse
    moves = px_per_inverse(views.warps, planes.inverse).amax(dim=0) * planes.inverse
    told = (moves > _FAR_PX) & (score > 0)
    known = told.cpu().numpy() & (_contrast(photo.grey) > _FLAT_GREY)
    surface = Surface(
        inverse=np.where(known, planes.inverse.cpu().numpy(), np.float32(0)),
        sigma_rel=np.where(known, sigma.cpu().numpy(), np.float32(np.nan)),
        score=score.cpu().numpy(),
    )
    return _Settled(surface, planes, views)


def _taken_over(views: Views, planes: Planes) -> Planes:
    """With each pixel on the plane of a neighbour where that fits better."""
    score = mean_of_best_two(views.each_score(planes.inverse[None]))[0]
    found = planes
    for across, down in ((_FROM_PX, 0), (-_FROM_PX, 0), (0, _FROM_PX), (0, -_FROM_PX)):
        other = planes.moved(across, down)
        its_score = mean_of_best_two(views.each_score(other.inverse[None]))[0]
        better = its_score > score + _BETTER_BY
        found = found.where(better, other)
        score = torch.where(better, its_score, score)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Stepped:
    """(H, W) each: the score of the best step, the sigma of its inverse depth, a step's size."""

    planes: Planes
    score: Tensor
    sigma: Tensor
    step: Tensor


def _stepped(views: Views, planes: Planes, steps: int, step_px: float) -> _Stepped:
    """Tries inverse depths up to so many steps away, each of which moves a pixel by step_px in the
    neighbour that is second in that."""
    moves = px_per_inverse(views.warps, planes.inverse)
    second = moves.topk(min(2, len(moves)), dim=0).values[-1]
    fastest = torch.where(second > 0, second, moves.amax(dim=0))
    step = torch.where(fastest > 0, step_px / fastest.clamp(min=_STANDS_STILL), 0.0)
    base = views.scores(planes.inverse[None])
    most = torch.stack(base).amax(dim=0)
    seeing = [is_positive(each - (most - _SAME_SURFACE)) for each in base]
    score = torch.cat(
        [
            mean_of_seeing(views.each_score((planes.inverse + k * step)[None]), seeing)
            if k
            else mean_of_seeing(base, seeing)
            for k in range(-steps, steps + 1)
        ]
    )
    best = smoothed(1 - score.clamp(min=_LEAST_SCORE)).argmin(dim=0)
    inner = best.clamp(1, 2 * steps - 1)
    before, here, after = (score.gather(0, (inner + k)[None])[0] for k in (-1, 0, 1))
    bend = (2 * here - before - after).clamp(min=1e-4)
    shift = peak_between(before, here, after, most=0.75)
    shift = torch.where((best == inner) & (bend > 1e-4), shift, 0.0)
    sigma = peak_sigma(here, bend) * step
    inverse = (planes.inverse + (best - steps + shift) * step).clamp_(min=0)
    return _Stepped(
        Planes(inverse, planes.along, planes.down), score.gather(0, best[None])[0], sigma, step
    )


def _contrast(grey: Floats) -> Floats:
    """(H, W) standard deviation of the 3 × 3 pixels about each."""
    mean = cv2.boxFilter(grey, -1, (3, 3))
    square = cv2.boxFilter(grey * grey, -1, (3, 3))
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)))
