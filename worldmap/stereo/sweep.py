"""The first look for a surface: planes through all of space, of several directions.

Plane sweep in several directions (Collins, CVPR 1996; Gallup, Frahm, Mordohai, Yang & Pollefeys,
CVPR 2007): streets are made of ground and of walls, which a window sees without distortion only
where it is laid along them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from worldmap.stereo.planes import Planes
from worldmap.stereo.smooth import label_between, smoothed
from worldmap.stereo.views import Views
from worldmap.stereo.warp import px_per_inverse
from worldmap.stereo.windows import UNSEEN, mean_of_best_two

# Walls turned from the photo's own plane by 27°, 50° and 72° to either side: a window in between
# is off by no more than half a pixel at its corners' distance, but for the most oblique.
_SLANTS: Final = (0.5, -0.5, 1.2, -1.2, 3.0, -3.0)
_FEWEST, _MOST = 16, 96
# Of a pixel's movement over the picture: few lie further out.
_MOST_PIXELS: Final = 0.8
# Worse than this is no match, and says no more than that.
_LEAST_SCORE: Final = -0.2
_STEPS_OF_SCORE: Final = 1024.0


def swept(views: Views, nearest_m: float, up_cam: NDArray[np.float64]) -> Planes:
    """The surface in front of a photo, from nearest_m to infinity; up_cam (3,) in its camera."""
    camera, device = views.photo.camera, views.device
    rays = camera.rays(camera.pixel_centres()).astype(np.float32)
    height, width = rays.shape[:2]
    ray = torch.from_numpy(rays).to(device)
    step, count = _steps(views, nearest_m, height, width)
    # Of each pixel and step of inverse depth the best score, and of which direction, in one number
    # that orders by score. What lies beyond the steps has a place of its own before and behind.
    packed = torch.full(((count + 2) * height * width,), UNSEEN * 16 * _STEPS_OF_SCORE)
    packed = packed.to(device)
    at = torch.arange(height * width, device=device)
    slopes = []
    for direction, normal in enumerate(_normals(up_cam)):
        toward = ray @ torch.from_numpy(normal.astype(np.float32)).to(device)
        # Of a plane of inverse distance q, w = q n·r.
        safe = torch.where(toward.abs() > 1e-6, toward, 1e-6)
        slopes.append(
            (float(normal[0]) / camera.fx_px / safe, float(normal[1]) / camera.fy_px / safe)
        )
        farthest = float(toward.max())
        for plane in range(count):
            inverse = toward * (plane * step / farthest)
            score = mean_of_best_two(views.each_score(inverse[None]))
            value = score.mul_(_STEPS_OF_SCORE).round_().mul_(16).add_(direction).flatten()
            cell = inverse.div_(step).round_().clamp_(-1, count).add_(1).long().flatten()
            cell.mul_(height * width).add_(at)
            packed.scatter_(0, cell, torch.maximum(value, packed.gather(0, cell)))
    packed = packed.view(count + 2, height, width)[1:-1]
    direction_of = packed.remainder(16)
    score = (packed - direction_of) / (16 * _STEPS_OF_SCORE)
    total = smoothed(1 - score.clamp_(min=_LEAST_SCORE))
    best = total.argmin(dim=0)
    inverse = ((best + label_between(total, best)) * step).clamp_(min=0)
    chosen = direction_of.gather(0, best[None])[0].long()
    along, down = (
        torch.stack([slope[axis] for slope in slopes]).gather(0, chosen[None])[0] * inverse
        for axis in (0, 1)
    )
    return Planes(inverse, along, down)


def _steps(views: Views, nearest_m: float, height: int, width: int) -> tuple[float, int]:
    """Of inverse depth: a pixel's movement in the neighbour that is second in that, and how many
    there are to the nearest surface."""
    far = torch.zeros((height, width), device=views.device)
    moves = px_per_inverse(views.warps, far).flatten(1).quantile(_MOST_PIXELS, dim=1)
    fastest = float(moves.topk(min(2, len(moves))).values[-1])
    count = int(np.clip(fastest / nearest_m, _FEWEST, _MOST)) + 1
    return 1 / nearest_m / (count - 1), count


def _normals(up_cam: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Of the photo's own plane, of walls, and of the ground, away from the camera."""
    down = -up_cam / np.linalg.norm(up_cam)
    axis = np.array((0.0, 0.0, 1.0))
    ahead = axis - (axis @ down) * down
    if np.linalg.norm(ahead) < 0.1:  # straight up or down: no wall is told from another
        ahead = np.array((0.0, 1.0, 0.0))
    ahead /= np.linalg.norm(ahead)
    aside = np.cross(down, ahead)
    found = [axis, *(ahead + slant * aside for slant in _SLANTS), down]
    return [each / np.linalg.norm(each) for each in found]
