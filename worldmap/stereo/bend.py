"""How sure a match is, by what would change if it were off (least squares matching: Förstner, 1982;
Gruen, 1985).

A correlation's own peak does not tell that: where windows slide along a line, it is of noise. By
how much a neighbour's picture changes with depth does.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from worldmap.stereo.picture import SEEN_SCORE, WINDOW_PX
from worldmap.stereo.views import Views
from worldmap.stereo.windows import NOISE_GREY, PIXELS_PER_DATUM, window_mean

DATA: Final = WINDOW_PX**2 / PIXELS_PER_DATUM
"""What a window tells as much as, in independent pixels."""
# What lens, compression and resampling leave of a place, however sharp a picture is.
_LEAST_PX: Final = 1 / 8
_HALF_PX: Final = 0.5
_LEAST_COST: Final = 0.01
_LEAST_TOLD: Final = 1e-4


def match_sigma(views: Views, inverse: Tensor, px: Tensor) -> Tensor:
    """(H, W) standard deviation, in pixels, of a surface at inverse depths (H, W) of the photo that
    neighbouring pixels share, by the neighbour that matches and tells most; a hundred where none
    does. px (H, W): the change of inverse depth that moves a pixel by one in the neighbour where it
    moves most."""
    sigma = torch.full_like(inverse, torch.inf)
    for middle, change, seen in views.each_change(inverse, _HALF_PX * px):
        score = views.own.correlation(middle[None])[0]
        mean, step = window_mean(middle), window_mean(change)
        contrast = window_mean(middle * middle) - mean * mean + NOISE_GREY**2
        # Of the change, what is neither noise nor more or less of the same contrast.
        common = window_mean(middle * change) - mean * step
        told = window_mean(change * change) - step * step - common * common / contrast
        bend = (told - NOISE_GREY**2).clamp_(min=0) / contrast
        here = (2 * (1 - score).clamp(min=_LEAST_COST) / (bend * DATA)).sqrt()
        sigma = torch.where((seen > 0) & (score > SEEN_SCORE), torch.minimum(sigma, here), sigma)
    # A surface is laid through what is around: it knows what that knows.
    told = window_mean(1 / (sigma.square() + _LEAST_PX**2))
    return told.clamp(min=_LEAST_TOLD).rsqrt()
