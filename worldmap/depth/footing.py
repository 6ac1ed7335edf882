"""How high a photo's depth puts its camera over the ground, which says whether its scale can be
right: people hold cameras half a metre to two over what they stand on, and look down from galleries
and windows; a network whose ground is a hand's breadth or a tower's height away is off.

The ground is a level plane under the camera with nothing beneath it. Level is not known better than
people hold cameras, so that directions of it are tried, as for the ceilings of `sky`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.depth.grid import Depth, Mask

Array = NDArray[np.float64]

GROUND_NEAR: Final = "ground-too-near"
GROUND_FAR: Final = "ground-too-far"

# Half a metre, less three sigmas of a network's scale; and three storeys: of six public photos with
# depth of Depth Pro one is taken from a gallery, 5.5 m up, another 0.4 m over a forest's floor.
_LOWEST_M, _HIGHEST_M = 0.3, 10.0
_USUAL_M = 1.6
# People hold cameras level to this much; down and up more than sideways.
_PITCHES_DEG = np.arange(-25.0, 25.1, 2.5)
_ROLLS_DEG = np.arange(-7.5, 7.6, 2.5)
_SAMPLES_PER_AXIS = 64
# A network's planes are flat to some per cent.
_FLAT_REL = 0.05
# What is ground at all takes so much of the picture, and reaches so many times as far as it begins.
_LEAST_SHARE, _LEAST_REACH = 0.1, 1.5
# Lower than the ground by a kerb or a noise, no more than so much of the picture is.
_LOWER, _MOST_LOWER = 1.25, 0.02
_FEWEST_PX = 200
# Points that lie on it spread along it: a strip of a wall at one height does not.
_FLAT_COS, _THIN = float(np.cos(np.deg2rad(10.0))), 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """A camera's height over the ground, in metres of its photo's depth, and which way is down to
    it, a unit vector in camera axes: across it lies the horizon."""

    height_m: float
    down_cam: tuple[float, float, float]

    @property
    def flag(self) -> str:
        """GROUND_NEAR or GROUND_FAR where nobody holds a camera so; else nothing."""
        if self.height_m < _LOWEST_M:
            return GROUND_NEAR
        return GROUND_FAR if self.height_m > _HIGHEST_M else ""

    @property
    def line(self) -> str:
        """What to tell a person; nothing where it is as it may be."""
        told = (
            f"its depth puts the ground {self.height_m:.1f} m under the camera: its scale is open"
        )
        return told if self.flag else ""

    @property
    def scale_sigma_rel(self) -> float:
        """The sigma of the log of a scale that may be off by so much."""
        return float(abs(np.log(self.height_m / _USUAL_M)))


def footing(depth_m: Depth, kept: Mask, camera: Camera) -> Footing | None:
    """The ground in a depth map (H, W), of its pixels (H, W) that are kept; None where a picture
    shows none."""
    rows, columns = (
        np.unique(np.linspace(0, side - 1, min(side, _SAMPLES_PER_AXIS)).astype(np.intp))
        for side in depth_m.shape
    )
    sampled = np.ix_(rows, columns)
    used = kept[sampled] & np.isfinite(depth_m[sampled])
    if np.count_nonzero(used) < _FEWEST_PX:
        return None
    u_px, v_px = np.meshgrid(columns + 0.5, rows + 0.5)
    seen_m = depth_m[sampled][used].astype(np.float64)
    xyz = camera.unproject(np.stack((u_px[used], v_px[used]), axis=-1), seen_m)
    planes = [(*_lowest(xyz @ down, used.size), down) for down in _downs()]
    for share, height_m, down in sorted(planes, key=lambda plane: -plane[0]):
        if share >= _LEAST_SHARE and (found := _ground(xyz, height_m, down)) is not None:
            return found
    return None


def _downs() -> Array:
    """(N, 3) directions in the camera that may be down."""
    pitch, roll = (
        np.deg2rad(each).ravel() for each in np.meshgrid(_PITCHES_DEG, _ROLLS_DEG, indexing="ij")
    )
    return np.stack(
        (np.sin(roll), np.cos(roll) * np.cos(pitch), np.cos(roll) * np.sin(pitch)), axis=-1
    )


def _lowest(height_m: Array, pixels: int) -> tuple[float, float]:
    """Share of the picture's pixels at the height under the camera at which most are, and that
    height; (0, 0) where others are lower still."""
    ordered = np.sort(height_m[height_m > 0])
    if not len(ordered):
        return 0.0, 0.0
    logarithm = np.log(ordered)
    counts = np.searchsorted(logarithm, logarithm + 2 * _FLAT_REL, side="right")
    counts -= np.arange(len(ordered))
    first = int(counts.argmax())
    middle_m = float(np.exp(logarithm[first] + _FLAT_REL))
    lower = len(ordered) - np.searchsorted(ordered, _LOWER * middle_m)
    if lower > _MOST_LOWER * pixels:
        return 0.0, 0.0
    return float(counts[first]) / pixels, middle_m


def _ground(xyz: Array, height_m: float, down: Array) -> Footing | None:
    """The plane through the points at a height, if they spread away from the camera and along the
    level."""
    members = xyz[np.abs(np.log(np.maximum(xyz @ down, 1e-9) / height_m)) <= _FLAT_REL]
    nearest, farthest = np.percentile(members[:, 2], (5, 95))
    if farthest < _LEAST_REACH * nearest:
        return None
    spread, axes = np.linalg.eigh(np.cov(members.T))
    if abs(axes[:, 0] @ down) < _FLAT_COS or spread[0] > _THIN**2 * spread[1]:
        return None
    height_m = float(axes[:, 0] @ members.mean(axis=0))
    x, y, z = (float(each) for each in axes[:, 0] * np.sign(height_m))
    return Footing(height_m=abs(height_m), down_cam=(x, y, z))
