"""Which part of a photo's picture is not to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PictureMask:
    """What of a picture shows the camera's own side of things, or what was put into it later: a
    bonnet, a handlebar, a date, a watermark. covers (h, w): True there, on a grid of any size over
    the whole upright picture."""

    covers: Bools

    def __post_init__(self) -> None:
        covers = np.asarray(self.covers, dtype=np.bool_).view()
        if covers.ndim != 2 or not covers.size:
            raise ValueError(f"a mask is (h, w), not {covers.shape}")
        covers.setflags(write=False)
        object.__setattr__(self, "covers", covers)

    @cached_property
    def key(self) -> str:
        """First 16 hex digits of the SHA-256 of what it covers."""
        told = f"{self.covers.shape} ".encode() + np.packbits(self.covers).tobytes()
        return sha256(told).hexdigest()[:16]

    def on_grid(self, height_px: int, width_px: int) -> Bools:
        """(H, W) on another grid over the same picture, of the nearest of its own."""
        high, wide = self.covers.shape
        row = (np.arange(height_px) * 2 + 1) * high // (2 * height_px)
        column = (np.arange(width_px) * 2 + 1) * wide // (2 * width_px)
        return np.asarray(self.covers[row[:, None], column])

    def contains(self, uv_px: NDArray[np.floating], width_px: int, height_px: int) -> Bools:
        """(N,) whether places (N, 2) of the picture at that size are covered."""
        high, wide = self.covers.shape
        column = np.clip(uv_px[:, 0] * (wide / width_px), 0, wide - 1).astype(np.intp)
        row = np.clip(uv_px[:, 1] * (high / height_px), 0, high - 1).astype(np.intp)
        return np.asarray(self.covers[row, column])

    def reduced(self, longest_cells: int) -> PictureMask:
        """On no more cells than that along its longer side; what is covered in part is covered."""
        step = -(-max(self.covers.shape) // longest_cells)
        if step == 1:
            return self
        starts = (np.arange(0, side, step) for side in self.covers.shape)
        found = self.covers
        for axis, start in enumerate(starts):
            found = np.logical_or.reduceat(found, start, axis=axis)
        return PictureMask(np.asarray(found, dtype=np.bool_))


def is_same_mask(a: PictureMask | None, b: PictureMask | None) -> bool:
    """Whether both cover the same, or there is neither."""
    return (a.key if a is not None else "") == (b.key if b is not None else "")
