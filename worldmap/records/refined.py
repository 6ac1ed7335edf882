"""What the photos together say of each one's depth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmap.frozen import freeze
from worldmap.records.depth import DepthModel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DepthAnchors:
    """Points that a placed photo shares with others, triangulated from where these see them.

    uv_px (N, 2) in the full-size photo; depth_m (N,) true metres along its optical axis; sigma_rel
    (N,) one standard deviation of their logarithm; photos (N,) how many see each. neighbours: the
    photos that see most of them from another side, best first.
    """

    photo_id: int
    uv_px: NDArray[np.float64]
    depth_m: NDArray[np.float64]
    sigma_rel: NDArray[np.float64]
    photos: NDArray[np.intp]
    neighbours: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.depth_m)


class DepthVerdict(IntEnum):
    """What a photo's neighbours say of the depth of a pixel: nothing, that it is right within its
    sigma, or that it is not."""

    NONE = 0
    RIGHT = 1
    WRONG = 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RefinedDepth:
    """A placed photo's depth after its neighbours and the solution's points were asked.

    On the grid (H, W) of its depth map, at every pixel that has a depth: range_m float32, true
    metres along the optical axis, NaN = none; sigma_rel float32, what is left of noise, scale and
    warp; verdict uint8, a `DepthVerdict`. model: of the network whose depth it was made from; None
    where that is the photo's own.
    """

    range_m: NDArray[np.float32]
    sigma_rel: NDArray[np.float32]
    verdict: NDArray[np.uint8]
    model: DepthModel | None = None

    def __post_init__(self) -> None:
        shape = self.range_m.shape
        freeze(
            self,
            range_m=(np.float32, shape),
            sigma_rel=(np.float32, shape),
            verdict=(np.uint8, shape),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinedArtifact:
    """Where a photo's refined depth lies: path relative to the map folder, SHA-256 hex of the file.

    inputs_hash: of everything that decides it; standing_hash: of the photo's own depth and pose
    among that, without which it means nothing.
    """

    photo_id: int
    path: Path
    content_hash: str
    inputs_hash: str
    standing_hash: str
