"""One photo's depth, held to the solution's points and to the pictures of its neighbours.

First a smooth field of corrections from the points (`field`); then depths about it at which the
neighbours show the same (`matched`), and what these say of the pixels between them (`spread`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, GreyPicture, PlacedCamera
from worldmap.records import CleanedDepth, DepthAnchors, DepthVerdict, RefinedDepth
from worldmap.refine.field import fit_field
from worldmap.refine.matched import matched
from worldmap.refine.spread import spread_corrections
from worldmap.stereo import SIGMAS, WINDOW_PX, Swept, grey_picture

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

FEWEST_ANCHORS: Final = 20
"""Fewer of the solution's points than a field has terms say nothing of a photo's depth that its
scale does not say."""

# Of the sigmas of pixels, what the least of them have is what all share.
_COMMON_PERCENT: Final = 5
# Windows that overlap by half share their errors.
_PIXELS_PER_DATUM: Final = WINDOW_PX**2 / 4
# Shares of the image's longer side over which pixels speak for their neighbours: of the same thing,
# and of the same part of the picture; and how many of them must have been tested, as a share.
_NEAR, _FAR, _FEWEST_NEAR = 1 / 48, 1 / 8, 0.02
# Of anchors, some lie on other things than the pixel shows: this many fit where depth is right.
_VOUCHED: Final = 0.9
# What the whole picture says counts as much as this share of tested pixels around: where there are
# any, they tell.
_OVERALL: Final = 0.002
_FEWEST_TOLD: Final = 5
_MEDIAN_OF_NORMAL: Final = 0.6745
_LEAST_SIGMA_REL: Final = 1e-4
# A network's depth is warped by some 3 %. Where what was found around a pixel leaves more open than
# that, it speaks against its depth and not for it: it gives no point.
_MOST_GRAVE_REL: Final = 0.03


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RefineInput(PlacedCamera):
    """A placed photo: the camera of its depth grid as solved, its depth, and what its depth is
    multiplied by. grey (h, w): its own picture, None where that is no finer than its colours."""

    cleaned: CleanedDepth
    depth_scale: float
    grey: NDArray[np.uint8] | None = None

    def picture(self) -> GreyPicture:
        """As the sweep compares it: not larger than is of use."""
        if self.grey is None:
            return grey_picture(self.cleaned.rgb, self.camera, self.enu_from_cam)
        return GreyPicture(
            camera=self.camera.rescaled(self.grey.shape[1], self.grey.shape[0]),
            enu_from_cam=self.enu_from_cam,
            grey=self.grey.astype(np.float32),
        )

    def given_m(self) -> Floats:
        """(H, W) its depth with its scale, NaN where there is none."""
        given_m = self.cleaned.uncleaned_m * np.float32(self.depth_scale)
        return np.where(given_m > 0, given_m, np.float32(np.nan))

    def sigma_rel(self) -> Floats:
        """(H, W) what its depth's sigma is said to be, NaN where there is none."""
        return self.cleaned.depth_map.sigma_m * np.float32(self.depth_scale) / self.given_m()

    def common_sigma_rel(self) -> float:
        """The part of that which all pixels share."""
        said = self.sigma_rel()
        usable = np.isfinite(said)
        return float(np.percentile(said[usable], _COMMON_PERCENT)) if usable.any() else 0.0


def refine(
    photo: RefineInput, anchors: DepthAnchors, full: Camera, neighbours: Sequence[GreyPicture]
) -> RefinedDepth | None:
    """The photo's depth after anchors and neighbours were asked; None where the anchors are too few
    to say anything. full: the full-size camera whose pixels the anchors are in."""
    given_m = photo.given_m()
    held = AnchoredPixels.of(photo, given_m, anchors, full)
    if len(held.true_m) < FEWEST_ANCHORS:
        return None
    base_m, field_rel, noise_rel = _by_field(photo, given_m, held)
    range_m, sigma_rel = base_m, np.hypot(field_rel, noise_rel)
    verdict = np.full(given_m.shape, DepthVerdict.NONE, dtype=np.uint8)
    if neighbours:
        swept = matched(photo.picture(), base_m, sigma_rel, noise_rel, neighbours)
        right = np.isfinite(swept.depth_m)
        wrong = swept.tested & ~swept.fits & ~right
        # Where more is contradicted than found, it is the poses that do not fit so closely.
        if right.sum() > wrong.sum():
            range_m, sigma_rel = _joined(base_m, field_rel, noise_rel, swept)
            verdict = _verdicts(swept)
    sigma_rel = sigma_rel * _excess(held, range_m, sigma_rel, verdict)
    if _is_vouched(held, range_m, sigma_rel, verdict):
        verdict[verdict == DepthVerdict.WRONG] = DepthVerdict.NONE
    grave_rel = _grave(sigma_rel, range_m, verdict, held)
    verdict[grave_rel > _MOST_GRAVE_REL] = DepthVerdict.WRONG
    sigma_rel = np.hypot(sigma_rel, grave_rel)
    return RefinedDepth(
        range_m=range_m,
        sigma_rel=np.maximum(sigma_rel, np.float32(_LEAST_SIGMA_REL)),
        verdict=verdict,
    )


@dataclass(frozen=True, slots=True, eq=False)
class AnchoredPixels:
    """Anchors that lie on pixels which give points: row and column, where in the image as shares of
    width and height, depth as given and the true one with its relative sigma."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    uv_rel: Array
    given_m: Array
    true_m: Array
    sigma_rel: Array
    place: NDArray[np.intp]
    """Of each among all anchors."""

    @classmethod
    def of(
        cls, photo: RefineInput, given_m: Floats, anchors: DepthAnchors, full: Camera
    ) -> AnchoredPixels:
        """Of a photo with depth given_m (H, W)."""
        height, width = given_m.shape
        uv_rel = anchors.uv_px / np.array((full.width_px, full.height_px))
        column = np.clip((uv_rel[:, 0] * width).astype(np.intp), 0, width - 1)
        row = np.clip((uv_rel[:, 1] * height).astype(np.intp), 0, height - 1)
        used = photo.cleaned.kept[row, column] & np.isfinite(given_m[row, column])
        return cls(
            row[used],
            column[used],
            uv_rel[used],
            given_m[row, column][used].astype(np.float64),
            anchors.depth_m[used],
            anchors.sigma_rel[used],
            np.flatnonzero(used),
        )

    def only(self, chosen: Bools) -> AnchoredPixels:
        """Those that are chosen (N,)."""
        return AnchoredPixels(*(getattr(self, each.name)[chosen] for each in fields(self)))


def _by_field(
    photo: RefineInput, given_m: Floats, held: AnchoredPixels
) -> tuple[Floats, Floats, Floats]:
    """Depth (H, W) after the smooth field, the sigma of that, and the noise of single pixels."""
    height, width = given_m.shape
    longest = max(width, height)
    known = np.isfinite(given_m)
    said = photo.sigma_rel()
    usable = np.isfinite(said)
    # What all pixels share the field takes the place of.
    noise = np.sqrt(np.maximum(said**2 - np.float32(photo.common_sigma_rel()) ** 2, 0))
    noise_rel = np.where(usable, noise, np.float32(0)).astype(np.float32)
    field = fit_field(
        held.uv_rel,
        held.given_m,
        held.true_m,
        np.hypot(held.sigma_rel, noise_rel[held.row, held.column]),
        (width / longest, height / longest),
    )
    rows, columns = np.nonzero(known)
    uv_rel = np.column_stack(((columns + 0.5) / width, (rows + 0.5) / height))
    correction, sigma = field.at(uv_rel, given_m[known].astype(np.float64))
    base_m = np.full(given_m.shape, np.nan, dtype=np.float32)
    field_rel = base_m.copy()
    base_m[known] = given_m[known] * np.exp(correction)
    field_rel[known] = np.hypot(sigma, field.left_rel)
    return base_m, field_rel, noise_rel


def _joined(
    base_m: Floats, field_rel: Floats, noise_rel: Floats, swept: Swept
) -> tuple[Floats, Floats]:
    """Depth and relative sigma (H, W) of field and sweep together."""
    off = np.log(swept.depth_m) - np.log(base_m)
    rest, rest_rel = spread_corrections(
        off, swept.sigma_rel, base_m, field_rel, pixels_per_datum=_PIXELS_PER_DATUM
    )
    own = 1 / np.maximum(rest_rel**2 + noise_rel**2, np.float32(_LEAST_SIGMA_REL**2))
    here = np.isfinite(off)
    told = np.where(here, 1 / np.where(here, swept.sigma_rel, 1) ** 2, 0)
    step = rest + np.where(here, off - rest, 0) * told / (own + told)
    return (
        (base_m * np.exp(step)).astype(np.float32),
        (1 / np.sqrt(own + told)).astype(np.float32),
    )


def _verdicts(swept: Swept) -> NDArray[np.uint8]:
    """(H, W) of `DepthVerdict`. Where most pixels around are wrong, those that cannot be tested
    are too, and those that fit do so by chance."""
    right = np.isfinite(swept.depth_m)
    wrong = swept.tested & ~swept.fits & ~right
    share_right, share_wrong = _shares_around(right, wrong, _NEAR)
    around = (share_right + share_wrong > _FEWEST_NEAR) & (share_wrong > share_right)
    verdict = np.full(right.shape, DepthVerdict.NONE, dtype=np.uint8)
    verdict[right] = DepthVerdict.RIGHT
    verdict[wrong | around] = DepthVerdict.WRONG
    return verdict


def _shares_around(right: Bools, wrong: Bools, width_rel: float) -> tuple[Floats, Floats]:
    side = width_rel * max(right.shape)
    return (
        cv2.GaussianBlur(right.astype(np.float32), (0, 0), side),
        cv2.GaussianBlur(wrong.astype(np.float32), (0, 0), side),
    )


def _is_vouched(
    held: AnchoredPixels, range_m: Floats, sigma_rel: Floats, verdict: NDArray[np.uint8]
) -> bool:
    """Whether anchors say that what is called wrong is right: pictures differ for other reasons
    too, such as what stands in front, mirrors or repeats."""
    fits = np.abs(_off_sigmas(held, range_m, sigma_rel)) < SIGMAS
    asked = fits[verdict[held.row, held.column] == DepthVerdict.WRONG]
    return len(asked) >= _FEWEST_TOLD and float(asked.mean()) > _VOUCHED


def _grave(
    sigma_rel: Floats, range_m: Floats, verdict: NDArray[np.uint8], held: AnchoredPixels
) -> Floats:
    """(H, W) relative sigma of the grave errors that pixels which nobody could test may have: as
    often as such were found around, and as large as anchors show; 0 where it was tested."""
    right, wrong = verdict == DepthVerdict.RIGHT, verdict == DepthVerdict.WRONG
    share_right, share_wrong = _shares_around(right, wrong, _FAR)
    overall = float(wrong.sum()) / max(float((wrong | right).sum()), 1.0)
    share = (share_wrong + _OVERALL * overall) / (share_right + share_wrong + _OVERALL)
    at = verdict[held.row, held.column] != DepthVerdict.RIGHT
    off = np.log(held.true_m[at]) - np.log(range_m[held.row, held.column][at])
    grave = np.float32(SIGMAS) * sigma_rel
    if len(off) >= _FEWEST_TOLD:
        grave = np.full(range_m.shape, np.sqrt(np.mean(off**2)), dtype=np.float32)
    open_ = (verdict == DepthVerdict.NONE) & np.isfinite(grave)
    return np.where(open_, np.sqrt(share) * grave, np.float32(0)).astype(np.float32)


def _excess(
    held: AnchoredPixels, range_m: Floats, sigma_rel: Floats, verdict: NDArray[np.uint8]
) -> Floats:
    """(H, W) by how much the sigmas are too small, by the anchors: their median miss beside it. Of
    what pictures showed by itself, where enough anchors lie there: wide sigmas elsewhere say
    nothing of narrow ones. What nothing was found of has few anchors, most of them at edges."""
    off = np.abs(_off_sigmas(held, range_m, sigma_rel))
    found = verdict[held.row, held.column] == DepthVerdict.RIGHT
    excess = np.full(verdict.shape, _by_median(off), dtype=np.float32)
    if found.sum() >= FEWEST_ANCHORS:
        excess[verdict == DepthVerdict.RIGHT] = _by_median(off[found])
    return excess


def _by_median(off_sigmas: Array) -> float:
    return max(1.0, float(np.median(off_sigmas)) / _MEDIAN_OF_NORMAL)


def _off_sigmas(held: AnchoredPixels, range_m: Floats, sigma_rel: Floats) -> Array:
    """(N,) by how many sigmas depth misses the anchors."""
    found, said = range_m[held.row, held.column], sigma_rel[held.row, held.column]
    off = np.log(held.true_m) - np.log(found)
    return np.asarray(off / np.hypot(said, held.sigma_rel), dtype=np.float64)
