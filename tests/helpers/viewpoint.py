"""From where, and through what lens, programs of others are to draw a cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ViewedCloud:
    """Points (N, 3) in metres, east north up, and their colours (N, 3)."""

    xyz_enu: NDArray[np.float64]
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Viewpoint:
    """enu_from_cam (4, 4): x right, y down, z ahead. lens: tangents of the picture's left, right,
    bottom and top sides, as the page of `worldmap view` has them."""

    enu_from_cam: NDArray[np.float64]
    lens: Mapping[str, float]

    @classmethod
    def of_photo(cls, photo: Mapping[str, Any]) -> Self:
        """A photo of map.json."""
        camera = photo["camera"]
        pose = np.vstack((np.reshape(photo["enu_from_cam"], (3, 4)), (0, 0, 0, 1)))
        fx, fy, cx, cy = (camera[name] for name in ("fx", "fy", "cx", "cy"))
        width, height = camera["width"], camera["height"]
        lens = {"l": -cx / fx, "r": (width - cx) / fx, "b": (cy - height) / fy, "t": cy / fy}
        return cls(pose, lens)

    @classmethod
    def looking(
        cls,
        position: NDArray[np.float64],
        target: NDArray[np.float64],
        lens: Mapping[str, float],
    ) -> Self:
        """From a place to another, upright."""
        ahead = (target - position) / np.linalg.norm(target - position)
        right = np.cross(ahead, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3] = np.column_stack((right, np.cross(ahead, right), ahead, position))
        return cls(pose, lens)

    def seen(self, cloud: ViewedCloud) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Of each point its place in the picture (x and y from -1 to 1, y up) and its depth in
        metres (N, 3), and which of them are in it."""
        turn, place = self.enu_from_cam[:3, :3], self.enu_from_cam[:3, 3]
        x, y, depth = ((cloud.xyz_enu - place) @ turn).T
        safe = np.maximum(depth, 1e-6)
        sides = self.lens
        across = (2 * x / safe - sides["l"] - sides["r"]) / (sides["r"] - sides["l"])
        up = (-2 * y / safe - sides["b"] - sides["t"]) / (sides["t"] - sides["b"])
        inside = (depth > 0.1) & (np.abs(across) <= 1) & (np.abs(up) <= 1)
        return np.column_stack((across, up, depth)), inside
