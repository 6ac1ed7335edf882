"""Flying pixels: depth that hangs between a near and a far surface.

Three ways to find them. `ramp_mask` is the one in use; the other two are the field's usual ones,
kept for comparison and for depth of other kinds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.depth.grid import Depth, Mask, Neighbours, NoiseByDepth, rank, strips, without_small

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
# How much of the measured noise a step must exceed: much where the photo shows nothing, little
# where it shows an edge too.
_NOISE_FACTOR_PLAIN, _NOISE_FACTOR_EDGE = 2.0, 0.5
_RIDGE_JUMP_FACTOR, _RIDGE_NOISE_FACTOR = 1.7, 2.0
_WEAK_SHARE = 0.5
_SMALLEST_SHARE_OF_WIDTH = 0.04
_SURFACES_TO_STAY = 2


def ramp_mask(
    depth_m: Depth, rgb: NDArray[np.uint8], *, jump_rel: float, bleed_px: int = 3
) -> Mask:
    """(H, W) pixels on a ramp from one surface to another, and slivers between two of them.

    Works on inverse depth, which is linear over a plane however steep: across a pixel both steps to
    its neighbours must exceed what the surfaces beyond the ramp slope by, by half of `jump_rel`
    (the relative change over a 3×3 window) and by the depth map's own noise at that range. So a
    grazing wall or street is no edge, and noisy far range is not eaten away. rgb (H, W, 3) on the
    same grid: its edges lower the demand on the noise. bleed_px: width of the ramps.
    """
    from scipy import ndimage

    valid = np.isfinite(depth_m)
    inverse = np.where(valid, 1 / np.where(valid, depth_m, 1), 0).astype(np.float32)
    scale = np.where(valid, depth_m, 0).astype(np.float32)
    grid, noises = Neighbours(inverse, 2 * bleed_px), NoiseByDepth(depth_m)
    demand = _NOISE_FACTOR_PLAIN - (_NOISE_FACTOR_PLAIN - _NOISE_FACTOR_EDGE) * rank(
        colour_gradient(rgb)
    )
    tables = _noise_tables(grid.part(*noises.samples), scale[noises.samples], noises, bleed_px)
    evidence = np.zeros_like(inverse)
    for rows in strips(len(inverse)):
        sigmas = [[noises.at(rows, table) for table in of_step] for of_step in tables]
        evidence[rows] = _evidence(
            grid.part(rows), scale[rows], demand[rows], sigmas, jump_rel, bleed_px
        )

    # Edges are long, what noise gives is short; edges have no gaps.
    found = without_small(evidence > 1, round(_SMALLEST_SHARE_OF_WIDTH * depth_m.shape[1]))
    beside = ndimage.convolve(found.astype(np.uint8), np.ones((3, 3), np.uint8), mode="constant")
    found |= (evidence > _WEAK_SHARE) & (beside >= 2)
    closed = ndimage.binary_closing(np.pad(found, 2), np.ones((3, 3), dtype=bool))
    found = (found | closed[2:-2, 2:-2]) & valid
    return found & (
        _surfaces_through(grid, scale, noises, valid & ~found, jump_rel) < _SURFACES_TO_STAY
    )


def _noise_tables(
    grid: Neighbours[np.float32], scale: Depth, noises: NoiseByDepth, bleed_px: int
) -> list[list[Depth]]:
    """By direction the noise of a step to a neighbour, and of one over a ramp."""
    inverse, reach = grid.at(0, 0), max(1, bleed_px - 1)
    found = []
    for dy, dx in _DIRECTIONS:
        slope = _slope(grid, -dy, -dx, bleed_px)
        step = (inverse - grid.at(-dy, -dx) + slope) * scale
        over = (inverse - grid.at(-reach * dy, -reach * dx) + reach * slope) * scale
        found.append([noises.table(step), noises.table(over)])
    return found


def _evidence(
    grid: Neighbours[np.float32],
    scale: Depth,
    demand: Depth,
    sigmas: Sequence[Sequence[Depth]],
    jump_rel: float,
    bleed_px: int,
) -> Depth:
    """(H, W) by how much a pixel's steps exceed what they must to be a ramp's, from 1 on one is.
    sigmas: noise (H, W) as `_noise_tables` has it."""
    inverse, reach = grid.at(0, 0), max(1, bleed_px - 1)
    evidence = np.zeros_like(inverse)
    for (dy, dx), (noise, noise_over) in zip(_DIRECTIONS, sigmas, strict=True):
        ahead, behind = grid.at(dy, dx) - inverse, inverse - grid.at(-dy, -dx)
        slopes = (_slope(grid, -dy, -dx, bleed_px), _slope(grid, dy, dx, bleed_px))
        step = np.minimum(_least(behind, slopes), _least(ahead, slopes)) * scale
        np.maximum(evidence, step / np.maximum(jump_rel / 2, demand * noise), out=evidence)
        # Something narrower than the ramp stands out to both sides.
        before = inverse - grid.at(-reach * dy, -reach * dx)
        after = grid.at(reach * dy, reach * dx) - inverse
        ridge = np.where(
            before * after < 0, np.minimum(np.abs(before), np.abs(after)), np.float32(0)
        )
        limit = np.maximum(_RIDGE_JUMP_FACTOR * jump_rel, _RIDGE_NOISE_FACTOR * noise_over)
        np.maximum(evidence, ridge * scale / limit, out=evidence)
    return evidence


def _surfaces_through(
    grid: Neighbours[np.float32],
    scale: Depth,
    noises: NoiseByDepth,
    trusted: Mask,
    jump_rel: float,
) -> NDArray[np.uint8]:
    """In how many of eight directions (H, W) a pixel continues the line of two trusted ones."""
    free = Neighbours(trusted, 2)
    limits = _bend_limits(grid.part(*noises.samples), scale[noises.samples], noises)
    count = np.zeros(scale.shape, dtype=np.uint8)
    for rows in strips(len(scale)):
        near, open_ = grid.part(rows), free.part(rows)
        for (dy, dx), table in zip(_DIRECTIONS, limits, strict=True):
            limit = np.maximum(jump_rel / 2, noises.at(rows, table))
            for y, x in ((dy, dx), (-dy, -dx)):
                straight = np.abs(_bend(near, y, x) * scale[rows]) < limit
                count[rows] += open_.at(y, x) & open_.at(2 * y, 2 * x) & straight
    return count


def _bend_limits(grid: Neighbours[np.float32], scale: Depth, noises: NoiseByDepth) -> list[Depth]:
    """By direction the noise of a line's bend."""
    return [noises.table(_bend(grid, dy, dx) * scale) for dy, dx in _DIRECTIONS]


def _bend(grid: Neighbours[np.float32], y: int, x: int) -> Depth:
    return np.asarray(grid.at(0, 0) - 2 * grid.at(y, x) + grid.at(2 * y, 2 * x))


def _slope(grid: Neighbours[np.float32], dy: int, dx: int, bleed_px: int) -> Depth:
    """Change per pixel, outwards, of the surface that begins `bleed_px` away."""
    near, far = grid.at(bleed_px * dy, bleed_px * dx), grid.at(2 * bleed_px * dy, 2 * bleed_px * dx)
    return np.asarray((far - near) / np.float32(bleed_px))


def _least(step: Depth, slopes: tuple[Depth, Depth]) -> Depth:
    """How much a step differs from no slope and from those of both surfaces, at least. The first
    slope points backwards."""
    backward, forward = slopes
    return np.asarray(
        np.minimum(np.abs(step), np.minimum(np.abs(step + backward), np.abs(step - forward)))
    )


def colour_gradient(rgb: NDArray[np.uint8]) -> Depth:
    """Largest gradient (H, W) of the three colours, central differences."""
    square = np.zeros(rgb.shape[:2], dtype=np.float32)
    for channel in range(3):
        whole = Neighbours(rgb[..., channel].astype(np.float32), 1)
        for rows in strips(len(square)):
            side = whole.part(rows)
            across, along = side.at(0, 1) - side.at(0, -1), side.at(1, 0) - side.at(-1, 0)
            np.maximum(square[rows], across * across + along * along, out=square[rows])
    return np.sqrt(square)


def window_mask(depth_m: Depth, *, jump_rel: float) -> Mask:
    """(H, W) pixels whose 3×3 window spans more than `jump_rel` of their depth."""
    nearest, farthest = _window(depth_m, np.fmin), _window(depth_m, np.fmax)
    with np.errstate(invalid="ignore"):
        return np.asarray((farthest - nearest) > jump_rel * depth_m)


def grazing_mask(depth_m: Depth, camera: Camera, *, min_angle_deg: float) -> Mask:
    """(H, W) pixels where the surface through two neighbours meets the viewing ray at less than
    `min_angle_deg`, as laser scanners' "veiling points" do: tan β = δφ · z / |δz|, δφ the angle
    between the rays."""
    with np.errstate(invalid="ignore"):
        steep = np.zeros(depth_m.shape, dtype=bool)
        limit = np.tan(np.deg2rad(min_angle_deg))
        grid = Neighbours(depth_m, 1)
        for (dy, dx), focal_px in (((0, 1), camera.fx_px), ((1, 0), camera.fy_px)):
            for sign in (1, -1):
                change = np.abs(grid.at(sign * dy, sign * dx) - depth_m)
                steep |= depth_m / focal_px < limit * change
    return steep


def _window(depth_m: Depth, best: np.ufunc) -> Depth:
    """Running 3×3 `fmin` or `fmax`, which ignore NaN, one axis after the other."""
    rows = depth_m.copy()
    best(rows[1:], depth_m[:-1], out=rows[1:])
    best(rows[:-1], depth_m[1:], out=rows[:-1])
    both = rows.copy()
    best(both[:, 1:], rows[:, :-1], out=both[:, 1:])
    best(both[:, :-1], rows[:, 1:], out=both[:, :-1])
    return both
