"""Depth that is known roughly, held to the pictures of the photos beside it.

A plane sweep (Collins, CVPR 1996) about a depth map: surfaces that lie nearer and further than it,
in equal steps of parallax, are compared with the neighbours' pictures. So windows lie along the
surface, however slanted, and only depths are tried that are still open. All of these are: pictures
are coarse enough for that, and a pixel's depth is the one that its neighbours can agree with
(`smooth`), as what is wrong with a depth map is the same over many pixels. What is found is then
followed on finer pictures (`surface.follow_surface`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmap.camera import GreyPicture
from worldmap.stereo.alone import on_one_processor
from worldmap.stereo.bend import DATA, match_sigma
from worldmap.stereo.picture import SEEN_SCORE, SIGMAS, WINDOW_PX, Swept
from worldmap.stereo.smooth import JUMP, PATHS, label_between, smoothed
from worldmap.stereo.views import Views, reduced
from worldmap.stereo.warp import px_per_inverse
from worldmap.stereo.windows import NOISE_GREY, UNSEEN, mean_of_best_two

Floats = NDArray[np.float32]

# Pictures are so many times as coarse, a step moves a pixel of theirs by so much in the neighbour
# where it moves most, and so many are tried to either side: 80 pixels of the picture's own, then 40
# where these have not told.
_SHARES: Final = (4, 2)
_STEP_PX: Final = 0.5
_FEWEST_STEPS, _MOST_STEPS = 4, 40
# What is wider for fewer pixels than this has to do with fewer steps.
_REACHED: Final = 0.98
# A depth that is known to less than this share of a step is open within that share.
_LEAST_SIGMA_STEPS: Final = 0.3
# What a sigma of the known depth weighs beside a window's correlation, of which good matches leave
# a fifth: both are logarithms of likelihoods.
_PER_SIGMA_SQ: Final = 0.2 / DATA
_LEAST_COUNTED: Final = -0.2
# Windows with so many times the noise show something.
_TEXTURE: Final = 3.0
# A correlation that is so small is no match.
_NO_SCORE = 0.5
# A second depth leaves open which is right where it costs a window, by itself, hardly more: along
# paths what was known before counts again and again, though it is off for all pixels there alike.
# Or where paths from around are against it by less than half of what they let a jump cost.
_CLEARER_BY, _CLEARER_AROUND_BY = 0.04, JUMP / 2
_APART_STEPS: Final = 3
# A window that is less sure than this says nothing of a place: the next bump matches as well.
_MOST_SIGMA_PX: Final = 1.0


def sweep_about(
    photo: GreyPicture,
    range_m: Floats,
    sigma_rel: Floats,
    neighbours: Sequence[GreyPicture],
    *,
    device: torch.device | None = None,
) -> Swept:
    """Try depths about range_m (H, W; NaN = none asked for), which is right within sigma_rel.
    ValueError without a neighbour, FrameError where photos are not in one frame."""
    device = device or torch.device("cpu")
    longer = max(photo.camera.width_px, photo.camera.height_px)
    depth_m = np.full(range_m.shape, np.nan, dtype=np.float32)
    fits = np.zeros(range_m.shape, dtype=np.bool_)
    with on_one_processor():
        for share in _SHARES:
            views = reduced(photo, neighbours, longer // share, device, margin_px=WINDOW_PX / 2)
            found = _found(views, range_m, sigma_rel)
            told = np.isfinite(found.depth_m)
            depth_m, range_m = (np.where(told, found.depth_m, each) for each in (depth_m, range_m))
            sigma_rel = np.where(told, found.sigma_rel, sigma_rel)
            fits |= found.fits
    sigma_rel = np.where(np.isfinite(depth_m), sigma_rel, np.float32(np.nan))
    return Swept(depth_m=depth_m, sigma_rel=sigma_rel, fits=fits, tested=found.tested)


def _found(views: Views, range_m: Floats, sigma_rel: Floats) -> Swept:
    """The same (H, W) on the views' coarser grid."""
    on_coarse = _OnCoarse.of(range_m.shape, views.photo.grey.shape)
    about = _About.of(views, *(on_coarse.taken(each) for each in (range_m, sigma_rel)))
    found = about.found(views)
    with np.errstate(divide="ignore", invalid="ignore"):
        here = 1 / range_m
    there = on_coarse.spread(about.base)
    # A coarse pixel speaks for those of its own that lie where it does.
    px = on_coarse.spread(about.step / _STEP_PX)
    is_same = np.abs(here - there) < px
    ratio = on_coarse.spread(found.ratio)
    sigma = on_coarse.spread(found.sigma_rel)
    told = is_same & np.isfinite(ratio)
    return Swept(
        depth_m=np.where(told, range_m / np.where(told, ratio, 1), np.float32(np.nan)),
        sigma_rel=np.where(told, sigma, np.float32(np.nan)),
        fits=on_coarse.spread(found.fits),
        tested=on_coarse.spread(found.tested),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _OnCoarse:
    """Which rows and columns of a grid lie in the middle of those of a coarser one, and which of
    the coarser ones lie under the finer."""

    middle: tuple[NDArray[np.intp], NDArray[np.intp]]
    under: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, fine: tuple[int, ...], coarse: tuple[int, ...]) -> _OnCoarse:
        """Of two grids of one view, by their shapes."""
        places = [
            tuple(((np.arange(n) + 0.5) * m / n).astype(np.intp) for n, m in zip(a, b, strict=True))
            for a, b in ((coarse, fine), (fine, coarse))
        ]
        return cls((places[0][0], places[0][1]), (places[1][0], places[1][1]))

    def taken(self, fine: Floats) -> Floats:
        """On the coarse grid."""
        return fine[np.ix_(*self.middle)]

    def spread(self, coarse: Tensor) -> NDArray[Any]:
        """On the fine one."""
        return np.asarray(coarse.cpu().numpy()[np.ix_(*self.under)])


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """(H, W) each. ratio: of the inverse depth that was found to the known one, NaN where none;
    the rest as of `Swept`."""

    ratio: Tensor
    sigma_rel: Tensor
    fits: Tensor
    tested: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class _About:
    """What is asked for: inverse depths (H, W), -1 where none is, the steps about them, 0 there,
    and how many of these their sigma is."""

    base: Tensor
    step: Tensor
    sigma: Tensor
    count: int

    @classmethod
    def of(cls, views: Views, range_m: Floats, sigma_rel: Floats) -> _About:
        asked = torch.from_numpy(np.isfinite(range_m) & np.isfinite(sigma_rel)).to(views.device)
        base = torch.where(asked, 1 / torch.from_numpy(range_m).to(views.device), -1.0)
        moves = px_per_inverse(views.warps, base).amax(dim=0)
        known = asked & (moves > 0)
        step = torch.where(known, _STEP_PX / moves, 0.0)
        sigma = torch.from_numpy(sigma_rel).to(views.device) * base / step
        wanted = torch.tensor(0.0)
        if known.any():
            wanted = (SIGMAS * sigma[known].quantile(_REACHED)).ceil()
        count = int(wanted.clamp(_FEWEST_STEPS, _MOST_STEPS))
        return cls(base, step, torch.where(known, sigma, 0.0), count)

    def found(self, views: Views) -> _Found:
        count, known = self.count, self.step > 0
        scores = torch.empty((2 * count + 1, *self.base.shape), device=views.device)
        seen = torch.zeros_like(self.base)
        for index in range(len(scores)):
            each = views.scores((self.base + (index - count) * self.step)[None])
            scores[index] = mean_of_best_two(each)[0]
            if index == count:
                seen = torch.cat(each).gt(UNSEEN).sum(dim=0)
        offset = torch.arange(-count, count + 1, device=views.device)[:, None, None]
        sigmas = (offset / self.sigma.clamp(min=_LEAST_SIGMA_STEPS)).abs_()
        open_ = (sigmas <= SIGMAS) | (offset == 0)
        cost = (1 - scores.clamp(min=_LEAST_COUNTED)).add_(
            sigmas.clamp_(max=SIGMAS).square_(), alpha=_PER_SIGMA_SQ
        )
        # What is not open costs as much as what is no match.
        cost = torch.where(open_, cost, 1 - _LEAST_COUNTED + _PER_SIGMA_SQ * SIGMAS**2)
        total = smoothed(torch.where(known, cost, 0.0))
        best = total.argmin(dim=0)
        inverse = self.base + (best + label_between(total, best) - count) * self.step
        others = open_ & ((offset + count - best).abs() >= _APART_STEPS)
        px = match_sigma(views, inverse, self.step / _STEP_PX)
        # Beyond the range that was tried nobody looked.
        whole = SIGMAS * self.sigma <= count + 0.5
        right = known & whole & (inverse > 0) & (px < _MOST_SIGMA_PX)
        right &= scores.gather(0, best[None])[0] > SEEN_SCORE
        right &= _clearer(cost, best, others) > _CLEARER_BY
        right &= _clearer(total, best, others) > _CLEARER_AROUND_BY * PATHS
        right = _without_specks(right, best)
        sigma = torch.hypot(px, torch.full_like(px, _STEP_PX)) * self.step / _STEP_PX
        textured = views.own.variance > (_TEXTURE * NOISE_GREY) ** 2
        return _Found(
            ratio=torch.where(right, inverse / self.base, torch.nan),
            sigma_rel=torch.where(right, sigma / inverse, torch.nan),
            fits=torch.where(open_, scores, UNSEEN).amax(dim=0) > _NO_SCORE,
            tested=known & whole & textured & (seen >= 2) & (SIGMAS * self.sigma >= 1),
        )


def _clearer(cost: Tensor, best: Tensor, others: Tensor) -> Tensor:
    """(H, W) by how much the best label costs less than the best of the others (D, H, W)."""
    return cost.masked_fill(~others, torch.inf).amin(dim=0) - cost.gather(0, best[None])[0]


def _without_specks(right: Tensor, label: Tensor) -> Tensor:
    """(H, W) those of what is right that are more than one place can make: it is in the windows of
    all pixels about it, and matches something by chance in all of them."""
    labels = np.where(right.cpu().numpy(), label.cpu().numpy(), -_APART_STEPS).astype(np.int16)
    cv2.filterSpeckles(labels, -_APART_STEPS, WINDOW_PX**2, 1)
    return right & torch.from_numpy(labels >= 0).to(right.device)
