"""How far a photo's pixels are, and which are left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.frozen import freeze
from worldmap.records.photo import Focal


class Removed(StrEnum):
    """Why a depth pixel gives no point."""

    NO_DEPTH = "no-depth"
    SKY = "sky"
    EDGE = "edge"
    FAR = "far"
    ISLAND = "island"
    SCALE = "scale"
    MOVING = "moving"
    ELSEWHERE = "elsewhere"
    MASKED = "masked"


MEASURED: Final = "measured"
"""What depth from files beside photos is called, and what its name begins with."""
STEREO: Final = "stereo"
"""The model's name of depth that placed photos gave each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthModel:
    """Which model or sensor gave a depth map, to be kept with it."""

    name: str
    weights_hash: str
    licence: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DepthMap:
    """Metric depth of an upright photo on its own grid.

    depth_m (H, W) float32, along the optical axis, NaN = none. sigma_m (H, W) float32, one standard
    deviation of the depth noise (not of the photo's common scale; that is scale_sigma_rel).
    camera: intrinsics of this grid. focal_in_use and focal_predicted are in pixels of the full-size
    photo; focal_predicted is the network's own, where it gives one. flags: what a person should
    look at, such as 'focal-disagrees'. sky (H, W): the pixels that a network takes for sky; None
    where none was asked. sky_by: which one, '' where it is the one that gave the depth.
    """

    depth_m: NDArray[np.float32]
    sigma_m: NDArray[np.float32]
    camera: Camera
    focal: Focal
    focal_predicted: Focal | None
    scale_sigma_rel: float
    model: DepthModel
    flags: tuple[str, ...] = ()
    sky: NDArray[np.bool_] | None = None
    sky_by: str = ""
    moving: NDArray[np.bool_] | None = None
    moving_by: str = ""

    def __post_init__(self) -> None:
        shape = (self.camera.height_px, self.camera.width_px)
        freeze(
            self,
            depth_m=(np.float32, shape),
            sigma_m=(np.float32, shape),
            sky=(np.bool_, shape),
            moving=(np.bool_, shape),
        )


REMOVED_CODE: Final[dict[Removed, int]] = {reason: i for i, reason in enumerate(Removed, start=1)}
"""The reasons as stored per pixel; 0 is a pixel that stays."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CleanedDepth:
    """A depth map whose untrusted pixels are taken out, with the photo's colours on its grid.

    depth_map: depth NaN where removed; removed (H, W) uint8: 0 = kept, else REMOVED_CODE;
    uncleaned_m (H, W) float32: the depth as it came, so that it can be cleaned again without the
    network; rgb (H, W, 3) uint8, sRGB, averaged over each depth pixel.
    """

    depth_map: DepthMap
    removed: NDArray[np.uint8]
    uncleaned_m: NDArray[np.float32]
    rgb: NDArray[np.uint8]

    def __post_init__(self) -> None:
        shape = self.depth_map.depth_m.shape
        freeze(
            self,
            removed=(np.uint8, shape),
            uncleaned_m=(np.float32, shape),
            rgb=(np.uint8, (*shape, 3)),
        )

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(H, W) whether a pixel gives a point."""
        return np.asarray(self.removed == 0)

    def removed_counts(self) -> dict[Removed, int]:
        """How many pixels each reason took."""
        counts = np.bincount(self.removed.ravel(), minlength=len(REMOVED_CODE) + 1)
        return {reason: int(counts[code]) for reason, code in REMOVED_CODE.items()}


SIFT: Final = "sift"
VLAD: Final = "vlad"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthMapInfo:
    """What the catalog keeps of a depth map beside its file; far_depth_m is the 95th percentile of
    its depths (how far the photo sees), NaN where it has none."""

    width_px: int
    height_px: int
    focal: Focal
    focal_predicted: Focal | None
    scale_sigma_rel: float
    far_depth_m: float
    model: DepthModel
    flags: tuple[str, ...] = ()

    @classmethod
    def of(cls, depth_map: DepthMap) -> DepthMapInfo:
        """The summary of a depth map."""
        valid = depth_map.depth_m[np.isfinite(depth_map.depth_m)]
        return cls(
            width_px=depth_map.camera.width_px,
            height_px=depth_map.camera.height_px,
            focal=depth_map.focal,
            focal_predicted=depth_map.focal_predicted,
            scale_sigma_rel=depth_map.scale_sigma_rel,
            far_depth_m=float(np.percentile(valid, 95)) if len(valid) else math.nan,
            model=depth_map.model,
            flags=depth_map.flags,
        )
