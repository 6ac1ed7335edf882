"""Where a photo's pixels lie in a neighbour's picture, by their depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch import Tensor

from worldmap.camera import Camera, GreyPicture, PlacedCamera, distorted
from worldmap.stereo.windows import is_positive

# Nearer to a neighbour than this share of the distance, nothing moves by a number of pixels that
# says anything.
_LEAST_SHARE: Final = 0.05
# What lies behind a neighbour is nowhere in its picture: far outside, by this.
_BEHIND: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """From a photo's grid (H, W) into a neighbour's picture.

    The neighbour sees a pixel whose inverse depth is w at across + through · w, up to scale: across
    (3, H, W), through (3,) in metres. Of a pinhole these are its pixels, else its camera frame.
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
        seen = other.camera.matrix if other.camera.is_pinhole else np.eye(3)
        turn = seen @ other_from_cam.rotation
        across = np.ascontiguousarray(np.einsum("ij,hwj->ihw", turn, rays), dtype=np.float32)
        x, y, z = (seen @ other_from_cam.translation_m).tolist()
        grey = torch.from_numpy(np.ascontiguousarray(other.grey)).to(device)
        return cls(torch.from_numpy(across).to(device), (x, y, z), other.camera, grey)

    def at(self, inverse: Tensor, into: Sequence[Tensor]) -> None:
        """Writes `into` three tensors (..., H, W): the pixels u and v in the neighbour at inverse
        depths (..., H, W) of the photo, and what share of the depth lies before the neighbour."""
        u, v, z = into
        for axis, out in enumerate(into):
            torch.add(self.across[axis], inverse, alpha=self.through[axis], out=out)
        z.clamp_(min=_BEHIND)
        u.div_(z)
        v.div_(z)
        camera = self.camera
        if not camera.is_pinhole:
            x: Any = u  # the formula is the same for tensors
            y: Any = v
            x, y = distorted(x, y, camera.distortion)
            u.copy_(x).mul_(camera.fx_px).add_(camera.cx_px)
            v.copy_(y).mul_(camera.fy_px).add_(camera.cy_px)

    def drawn(
        self, inverse: Tensor, into: Sequence[Tensor], margin_px: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """The neighbour's picture (B, H, W) as the photo would see it if its surface were at these
        inverse depths (B, H, W), and whether they are in it: 1 or, within margin_px of its border
        too, 0. Both are of the five tensors of that size, which are used up."""
        u, v, drawn, inside, beside = into
        self.at(inverse, (u, v, drawn))
        # By arithmetic: comparisons take seven times as long.
        for at, off, length_px in (
            (u, inside, self.camera.width_px),
            (v, beside, self.camera.height_px),
        ):
            torch.sub(at, length_px / 2, out=off).abs_().neg_().add_(length_px / 2 - margin_px)
        is_seen = is_positive(torch.minimum(inside, beside, out=inside))
        (_drawn_here if u.device.type == "cpu" else _drawn_there)(self.grey, u, v, drawn)
        return drawn, is_seen

    def px_per_inverse(self, inverse: Tensor) -> Tensor:
        """(H, W) how far a pixel moves per unit of inverse depth, about inverse depths (H, W); 0
        where the neighbour does not look. The lens's distortion, which hardly matters for this, is
        left out."""
        camera = self.camera
        u, v, z = (torch.empty_like(inverse) for _ in range(3))
        self.at(inverse, (u, v, z))
        inside = (u > 0) & (u < camera.width_px) & (v > 0) & (v < camera.height_px)
        inside &= z > _LEAST_SHARE
        # ∂(x/z)/∂w = (t_x − x/z · t_z) / z of x = a_x + t_x w, z = a_z + t_z w.
        through = np.array(self.through)
        if not camera.is_pinhole:
            through = camera.matrix @ through
        x, y, ahead = through.tolist()
        return torch.hypot((x - u * ahead) / z, (y - v * ahead) / z) * inside


def _drawn_here(grey: Tensor, u: Tensor, v: Tensor, drawn: Tensor) -> None:
    """On the processor: OpenCV's takes half of the time."""
    width = u.shape[-1]
    # cv2 counts pixel centres as integers.
    columns, rows = (each.sub_(0.5).view(-1, width).numpy() for each in (u, v))
    cv2.remap(
        grey.numpy(),
        columns,
        rows,
        cv2.INTER_LINEAR,
        drawn.view(-1, width).numpy(),
        borderMode=cv2.BORDER_REPLICATE,
    )


def _drawn_there(grey: Tensor, u: Tensor, v: Tensor, drawn: Tensor) -> None:
    height, width = grey.shape
    grid = torch.stack((u.mul_(2 / width).sub_(1), v.mul_(2 / height).sub_(1)), dim=-1)
    found = torch.nn.functional.grid_sample(
        grey.expand(len(grid), 1, -1, -1),
        grid,
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    drawn.copy_(found[:, 0])


def px_per_inverse(warps: Sequence[Warp], inverse: Tensor) -> Tensor:
    """(V, H, W) of several neighbours."""
    return torch.stack([warp.px_per_inverse(inverse) for warp in warps])
