"""Where neighbours see a photo's pixels, and their pictures as the photo would see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from worldmap.camera import Camera, GreyPicture, PlacedCamera, distorted

# Nearer to a neighbour than this share of the distance, nothing can be compared.
_LEAST_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """From a photo's grid (H, W) into a neighbour's picture.

    The neighbour sees a pixel whose inverse depth is w at across + through · w in its camera frame,
    up to scale: across (3, H, W), through (3,) in metres.
    """

    across: Tensor
    through: tuple[float, float, float]
    camera: Camera
    grey: Tensor

    @classmethod
    def of(cls, photo: PlacedCamera, other: GreyPicture, device: torch.device) -> Warp:
        """From that photo into another."""
        other_from_cam = other.enu_from_cam.inverse() @ photo.enu_from_cam
        rays = photo.camera.rays(photo.camera.pixel_centres())
        across = np.einsum("ij,hwj->ihw", other_from_cam.rotation, rays).astype(np.float32)
        x, y, z = other_from_cam.translation_m.tolist()
        grey = torch.from_numpy(np.ascontiguousarray(other.grey)).to(device)
        return cls(torch.from_numpy(across).to(device), (x, y, z), other.camera, grey[None, None])

    def at(self, inverse: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pixels u, v (..., H, W) in the neighbour at inverse depths (..., H, W) of the photo, and
        what share of the depth lies before the neighbour, at least a twentieth."""
        z = (inverse * self.through[2]).add_(self.across[2]).clamp_(min=_LEAST_SHARE)
        x: Any = (inverse * self.through[0]).add_(self.across[0]).div_(z)
        y: Any = (inverse * self.through[1]).add_(self.across[1]).div_(z)
        camera = self.camera
        if not camera.is_pinhole:
            x, y = distorted(x, y, camera.distortion)
        u, v = x.mul_(camera.fx_px).add_(camera.cx_px), y.mul_(camera.fy_px).add_(camera.cy_px)
        return u, v, z

    def drawn(self, inverse: Tensor, margin_px: float = 0.0) -> tuple[Tensor, Tensor]:
        """The neighbour's picture (B, H, W) as the photo would see it if its surface were at these
        inverse depths (B, H, W), and where they are not in it, or within margin_px of its border.
        """
        u, v, z = self.at(inverse)
        grid = torch.empty((*inverse.shape, 2), dtype=inverse.dtype, device=inverse.device)
        grid[..., 0] = u.mul_(2 / self.camera.width_px).sub_(1)
        grid[..., 1] = v.mul_(2 / self.camera.height_px).sub_(1)
        outside = u.abs_() >= 1 - 2 * margin_px / self.camera.width_px
        outside |= v.abs_() >= 1 - 2 * margin_px / self.camera.height_px
        outside |= z <= _LEAST_SHARE
        outside |= inverse < 0
        drawn = torch.nn.functional.grid_sample(
            self.grey.expand(len(grid), -1, -1, -1),
            grid,
            mode="bilinear",
            padding_mode="border",
            align_corners=False,
        )
        return drawn[:, 0], outside


def px_per_inverse(warps: Sequence[Warp], inverse: Tensor) -> Tensor:
    """(V, H, W) how far a pixel moves in each neighbour per unit of inverse depth, about inverse
    depths (H, W); 0 where a neighbour does not look. The lens's distortion, which hardly matters
    for this, is left out."""
    found = []
    for warp in warps:
        camera = warp.camera
        u, v, z = warp.at(inverse)
        inside = (u > 0) & (u < camera.width_px) & (v > 0) & (v < camera.height_px)
        x, y = (u - camera.cx_px) / camera.fx_px, (v - camera.cy_px) / camera.fy_px
        # ∂(x/z)/∂w = (t_x − x/z · t_z) / z of x = a_x + t_x w, z = a_z + t_z w.
        along = camera.fx_px * (warp.through[0] - x * warp.through[2]) / z
        down = camera.fy_px * (warp.through[1] - y * warp.through[2]) / z
        found.append(torch.hypot(along, down) * (inside & (z > _LEAST_SHARE)))
    return torch.stack(found)
