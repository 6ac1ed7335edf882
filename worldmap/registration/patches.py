"""Small patches of one picture laid onto another, to a fraction of a pixel: least squares matching
(Förstner 1982; Gruen 1985), by the inverse compositional way (Baker & Matthews, IJCV 56, 2004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# A patch is so many cells to each side of its middle; those at its rim count little.
_REACH: Final = 7
_FALL_OFF: Final = _REACH / 1.5
_LEVELS: Final = 5
_STEPS: Final = 10
# In cells: a step further is another place, and one so short is of no account.
_LONGEST_STEP: Final = 1.5
_SHORTEST_STEP: Final = 0.01
# Patches that still move by more after all steps have found nothing.
_STILL: Final = 0.05
# Of contrast, at the least; and what an inverse needs.
_DARKEST: Final = 0.2
_RIDGE: Final = 1e-6
# OpenCV's remap takes pictures of up to 32,767 rows.
_AT_ONCE: Final = 2000
# Of what is left between two pictures neighbours share most: so many cells to a side are one error.
_BLOCK: Final = 3

_GRID: Final = np.stack(
    np.meshgrid(*2 * (np.arange(-_REACH, _REACH + 1, dtype=np.float64),)), axis=-1
).reshape(-1, 2)
_WEIGHT: Final = np.exp(-(_GRID**2).sum(axis=1) / (2 * _FALL_OFF**2))
# Of a fourth of the area.
_NARROW: Final = _WEIGHT**4


class Pyramid:
    """A picture at its own size, at half of it, and so on."""

    def __init__(self, grey: NDArray[np.uint8]) -> None:
        self.height_px, self.width_px = grey.shape
        self._levels = [np.asarray(grey, dtype=np.float32)]
        while len(self._levels) < _LEVELS and min(self._levels[-1].shape) > 2 * _REACH:
            self._levels.append(np.asarray(cv2.pyrDown(self._levels[-1]), dtype=np.float32))

    def level(self, step_px: Array) -> NDArray[np.intp]:
        """(N,) the level to look at every so many pixels of the picture (N,): what is finer than
        that is gone there."""
        level = np.floor(np.log2(np.maximum(step_px, 1.0)) + 0.3)
        return np.clip(level, 0, len(self._levels) - 1).astype(np.intp)

    def at(self, uv_px: Array, level: NDArray[np.intp]) -> Array:
        """(N, P) the levels (N,) at pixels (N, P, 2) of the picture, its first middle at 0.5."""
        found = np.empty(uv_px.shape[:2])
        for each in np.unique(level):
            rows = np.flatnonzero(level == each)
            # Every level keeps each second pixel of the one before, its first among them.
            index = (uv_px[rows] - 0.5) * 0.5 ** float(each)
            for first in range(0, len(rows), _AT_ONCE):
                part = slice(first, first + _AT_ONCE)
                x, y = np.moveaxis(index[part].astype(np.float32), -1, 0)
                found[rows[part]] = cv2.remap(
                    self._levels[each], x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
                )
        return found

    def holds(self, uv_px: Array) -> Bools:
        """(N,) which patches, of pixels (N, P, 2), lie inside."""
        inside = (uv_px > 0) & (uv_px < (self.width_px, self.height_px))
        return np.asarray(inside.all(axis=(1, 2)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LaidPatches:
    """Where patches lie in another picture: uv_px (N, 2); covariance_px2 (N, 2, 2) by what is left
    between the two, NaN where a patch found no place or leaves either picture; correlation (N,)."""

    uv_px: Array
    covariance_px2: Array
    correlation: Array


def laid_patches(
    one: Pyramid,
    uv_px: Array,
    other: Pyramid,
    near_px: Array,
    other_from_one: Array,
    *,
    narrow: bool = False,
) -> LaidPatches:
    """The patches about uv_px (N, 2) of a picture in another, looked for from near_px (N, 2) on;
    other_from_one (N, 2, 2): about how the one's pixels lie in the other.

    Six numbers of an affine map and two of brightness are solved for. The patch has a cell for each
    pixel of whichever picture is coarser there. narrow: by a fourth of the usual area.
    """
    weight = _NARROW if narrow else _WEIGHT
    grown = np.sqrt(np.abs(np.linalg.det(other_from_one)))
    step_px = np.maximum(1.0, 1.0 / np.maximum(grown, 1e-3))
    level = other.level(step_px * grown)
    patch = _Patches.of(one, uv_px, step_px, weight)
    affine, centre = step_px[:, None, None] * other_from_one, near_px.astype(np.float64)
    seen, left = np.zeros_like(patch.grey), np.zeros_like(patch.grey)
    moved, todo = np.full(len(centre), np.inf), np.arange(len(centre))
    for _ in range(_STEPS):
        if not len(todo):
            break
        seen[todo] = other.at(_laid(affine[todo], centre[todo]), level[todo])
        off = seen[todo] - patch.grey[todo]
        step = (patch.solving[todo] @ off[:, :, None])[:, :, 0]
        left[todo] = off - (patch.slopes[todo] @ step[:, :, None])[:, :, 0]
        # Seen at x is the patch's x + step: so the patch's x is seen a step before.
        brighter = np.maximum(1.0 + step[:, 6], _DARKEST)
        step = np.clip(step[:, :6] / brighter[:, None], -_LONGEST_STEP, _LONGEST_STEP)
        centre[todo] -= (affine[todo] @ step[:, :2, None])[:, :, 0]
        affine[todo] = affine[todo] @ (np.eye(2) - step[:, 2:].reshape(-1, 2, 2))
        moved[todo] = np.abs(step[:, :2]).max(axis=1)
        todo = todo[moved[todo] > _SHORTEST_STEP]
    found = (moved < _STILL) & patch.inside & other.holds(_laid(affine, centre))
    covariance = affine @ patch.covariance(left) @ affine.transpose(0, 2, 1)
    covariance[~found] = np.nan
    return LaidPatches(
        uv_px=centre, covariance_px2=covariance, correlation=_correlation(seen, patch.grey, weight)
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Patches:
    """grey (N, P); slopes (N, P, 8) by place, by the four numbers of how the patch is stretched, by
    contrast and by brightness; solving (N, 8, P) makes these numbers of a difference; inside (N,)
    which lie in the picture."""

    grey: Array
    slopes: Array
    solving: Array
    inside: Bools

    @classmethod
    def of(cls, picture: Pyramid, uv_px: Array, step_px: Array, weight: Array) -> _Patches:
        """About uv_px (N, 2), a cell every step_px (N,), which counts by its weight (P,)."""
        level = picture.level(step_px)
        cells = uv_px[:, None] + step_px[:, None, None] * _GRID
        half = 0.5 * step_px[:, None, None] * np.eye(2)
        grey = picture.at(cells, level)
        across, down = (
            picture.at(cells + half[:, [axis]], level) - picture.at(cells - half[:, [axis]], level)
            for axis in (0, 1)
        )
        x, y = _GRID.T
        even = grey - grey.mean(axis=1, keepdims=True)
        slopes = np.stack(
            (
                *(across, down, x * across, y * across, x * down, y * down),
                *(even, np.ones_like(even)),
            ),
            axis=2,
        )
        weighted = (slopes * weight[:, None]).transpose(0, 2, 1)
        normal = weighted @ slopes
        # Plain patches have no inverse: their place comes out as open as they are plain.
        diagonal = np.einsum("nii->ni", normal)
        normal += (_RIDGE * (1.0 + diagonal))[:, None, :] * np.eye(slopes.shape[2])
        return cls(
            grey=grey,
            slopes=slopes,
            solving=np.linalg.inv(normal) @ weighted,
            inside=picture.holds(cells),
        )

    def covariance(self, left: Array) -> Array:
        """(N, 2, 2) of their places, in cells, by what is left (N, P) between them and what they
        were laid onto: of errors that are alike within blocks (Liang & Zeger, Biometrika 73, 1986).
        """
        side, blocks = 2 * _REACH + 1, (2 * _REACH + 1) // _BLOCK
        score = (self.solving[:, :2] * left[:, None]).reshape(-1, 2, side, side)
        score = score[:, :, : blocks * _BLOCK, : blocks * _BLOCK]
        score = score.reshape(-1, 2, blocks, _BLOCK, blocks, _BLOCK).sum(axis=(3, 5))
        score = score.reshape(-1, 2, blocks**2)
        taken = blocks**2 / (blocks**2 - self.slopes.shape[2])
        return np.asarray(taken * score @ score.transpose(0, 2, 1))


def _laid(affine: Array, centre: Array) -> Array:
    """(N, P, 2) where the patches' cells lie."""
    return np.asarray(centre[:, None] + _GRID @ affine.transpose(0, 2, 1))


def _correlation(one: Array, other: Array, weight: Array) -> Array:
    """(N,) of patches (N, P), whose cells count by their weight (P,)."""
    share = weight / weight.sum()
    a, b = one - (one @ share)[:, None], other - (other @ share)[:, None]
    both = np.sqrt((a**2 @ share) * (b**2 @ share))
    return np.asarray((a * b) @ share / np.maximum(both, 1e-9))
