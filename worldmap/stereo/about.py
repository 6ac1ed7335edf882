"""Depth that is known roughly, held to the pictures of the photos beside it.

A plane sweep (Collins, CVPR 1996) about a depth map: surfaces that lie nearer and further than it,
in equal steps of parallax, are compared with the neighbours' pictures. So windows lie along the
surface, however slanted, and only depths are tried that are still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.camera import GreyPicture
from worldmap.stereo.alone import on_one_processor
from worldmap.stereo.picture import LEAST_SCORE, SIGMAS, WINDOW_PX, Swept
from worldmap.stereo.views import Views
from worldmap.stereo.warp import px_per_inverse
from worldmap.stereo.windows import (
    NOISE_GREY,
    UNSEEN,
    mean_of_better_half,
    peak_between,
    peak_sigma,
)

Floats = NDArray[np.float32]

# Windows with so many times the noise show something.
_TEXTURE: Final = 3.0
_FEWEST_STEPS, _MOST_STEPS = 4, 16
# A correlation that is so small is no match.
_NO_SCORE = 0.5
# A second depth that fits nearly as well leaves open which is right.
_CLEARER_BY: Final = 0.04
_APART_STEPS: Final = 3
_LEAST_BEND: Final = 1e-4
# No correlation is so low.
_OUTSIDE: Final = -2.0


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """(S, H, W) scores of the steps, UNSEEN where nobody looks; (H, W) how many neighbours look
    there at the depth that is known."""

    scores: torch.Tensor
    seen: torch.Tensor


def sweep_about(
    photo: GreyPicture,
    range_m: Floats,
    sigma_rel: Floats,
    neighbours: Sequence[GreyPicture],
    *,
    step_px: float,
    device: torch.device | None = None,
) -> Swept:
    """Try depths about range_m (H, W; NaN = none asked for), which is right within sigma_rel, in
    steps that move a pixel by step_px in that neighbour where it moves most. ValueError without a
    neighbour, FrameError where photos are not in one frame."""
    device = device or torch.device("cpu")
    with on_one_processor():
        views = Views(photo, neighbours, device, margin_px=WINDOW_PX / 2)
        asked = torch.from_numpy(np.isfinite(range_m) & np.isfinite(sigma_rel)).to(device)
        base = 1 / torch.from_numpy(range_m).to(device)
        base = torch.where(asked, base, -1.0)
        moves = px_per_inverse(views.warps, base).amax(dim=0)
        step = step_px / moves
        known = asked & (moves > 0)
        reach = SIGMAS * torch.from_numpy(sigma_rel).to(device) * base / step
        wanted = torch.quantile(reach[known], 0.9).ceil() if known.any() else torch.tensor(0.0)
        count = int(wanted.clamp(_FEWEST_STEPS, _MOST_STEPS))
        reach = torch.where(known, reach.clamp(max=count - 1), -1.0)
        tried = _tried(views, base, torch.where(known, step, 0.0), count)
        scores = tried.scores
        offset = torch.arange(-count, count + 1, device=device)[:, None, None]
        usable = torch.where((offset.abs() <= reach) & (scores > UNSEEN), scores, _OUTSIDE)
        most, best = usable.max(dim=0)
        inner = best.clamp(1, 2 * count - 1)
        before, here, after = (scores.gather(0, (inner + k)[None])[0] for k in (-1, 0, 1))
        bend = 2 * here - before - after
        near = (offset + count - best).abs() < _APART_STEPS
        rival = usable.masked_fill(near, _OUTSIDE).amax(dim=0)
        inverse = base + (inner - count + peak_between(before, here, after, most=1.0)) * step
        found = (best == inner) & (here > LEAST_SCORE) & (bend > _LEAST_BEND) & (inverse > 0)
        found &= (torch.minimum(before, after) > UNSEEN) & (here - rival > _CLEARER_BY)
        sigma = peak_sigma(here, bend.clamp(min=_LEAST_BEND)) * step / inverse
        textured = views.own.variance > (_TEXTURE * NOISE_GREY) ** 2
        return Swept(
            depth_m=torch.where(found, 1 / inverse, torch.nan).cpu().numpy(),
            sigma_rel=torch.where(found, sigma, torch.nan).cpu().numpy(),
            fits=(most > _NO_SCORE).cpu().numpy(),
            tested=(textured & (tried.seen >= 2) & (reach >= 1)).cpu().numpy(),
        )


def _tried(views: Views, base: torch.Tensor, step: torch.Tensor, count: int) -> _Tried:
    scores = torch.empty((2 * count + 1, *base.shape), device=base.device)
    seen = torch.zeros(base.shape, device=base.device)
    for index in range(len(scores)):
        each = torch.cat(views.scores((base + (index - count) * step)[None]))
        scores[index] = mean_of_better_half(each)
        if index == count:
            seen = (each > UNSEEN).sum(dim=0)
    return _Tried(scores, seen)
