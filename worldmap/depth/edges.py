"""Flying pixels: depth that hangs between a near and a far surface.

Three ways to find them. `ramp_mask` is the one in use; the other two are the field's usual ones,
kept for comparison and for depth of other kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.depth.grid import Depth, Mask, Neighbours, NoiseByDepth, Rank, strips

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
    from worldmap.depth.windows import EIGHT, closed, colour_gradient, count_around, without_small

    valid = np.isfinite(depth_m)
    scale = np.where(valid, depth_m, np.float32(0))
    inverse = np.zeros_like(scale)
    np.divide(np.float32(1), scale, out=inverse, where=valid)
    grid, noises = Neighbours(inverse, 2 * bleed_px), NoiseByDepth(depth_m)
    tables = _noise_tables(grid.part(*noises.samples), scale[noises.samples], noises, bleed_px)
    evidence = np.zeros_like(inverse)
    steps = _Steps(grid, scale, Rank(colour_gradient(rgb)), noises, jump_rel, bleed_px)
    for rows in strips(len(inverse)):
        _add_evidence(evidence, rows, steps, tables)

    # Edges are long, what noise gives is short; edges have no gaps.
    smallest_px = round(_SMALLEST_SHARE_OF_WIDTH * depth_m.shape[1])
    found = without_small(evidence > 1, smallest_px, corners=True)
    found |= (evidence > _WEAK_SHARE) & (count_around(found) >= 2)
    found = (found | closed(found, EIGHT)) & valid
    asked = np.flatnonzero(found)
    through = _surfaces_through(grid, scale, noises, valid & ~found, asked, jump_rel)
    found.ravel()[asked[through >= _SURFACES_TO_STAY]] = False
    return found


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


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """What the steps of a depth map are held against: inverse depth, depth (H, W) by which they
    become relative, how strong the picture's edges are among each other, and the noise."""

    grid: Neighbours[np.float32]
    scale: Depth
    edges: Rank
    noises: NoiseByDepth
    jump_rel: float
    bleed_px: int


def _add_evidence(
    evidence: Depth, rows: slice, steps: _Steps, tables: Sequence[Sequence[Depth]]
) -> None:
    """Raise the evidence (H, W), in some rows, to by how much a pixel's steps exceed what they must
    to be a ramp's: from 1 on one is. What stays below `_WEAK_SHARE` is left out. tables: of noise,
    as `_noise_tables` has them."""
    part, scale = steps.grid.part(rows), steps.scale[rows]
    inverse, reach = part.at(0, 0), max(1, steps.bleed_px - 1)
    first = rows.start * evidence.shape[1]
    for (dy, dx), (noise, noise_over) in zip(_DIRECTIONS, tables, strict=True):
        # No slope makes a step larger than it is: few pixels are worth more than this.
        least = np.minimum(np.abs(part.at(dy, dx) - inverse), np.abs(inverse - part.at(-dy, -dx)))
        least *= scale
        pixels = first + np.flatnonzero(least > _WEAK_SHARE * steps.jump_rel / 2)
        _raise(evidence, pixels, _of_ramp(steps, pixels, (dy, dx), noise))
        # Something narrower than the ramp stands out to both sides.
        before = inverse - part.at(-reach * dy, -reach * dx)
        after = part.at(reach * dy, reach * dx) - inverse
        opposed = before * after < 0
        ridge = np.minimum(np.abs(before, out=before), np.abs(after, out=after), out=before)
        ridge *= scale
        opposed &= ridge > _WEAK_SHARE * _RIDGE_JUMP_FACTOR * steps.jump_rel
        within = np.flatnonzero(opposed)
        limit = np.maximum(
            np.float32(_RIDGE_JUMP_FACTOR * steps.jump_rel),
            _RIDGE_NOISE_FACTOR * steps.noises.of(first + within, noise_over),
        )
        _raise(evidence, first + within, ridge.ravel()[within] / limit)


def _raise(evidence: Depth, pixels: NDArray[np.intp], values: Depth) -> None:
    flat = evidence.ravel()
    flat[pixels] = np.maximum(flat[pixels], values)


def _of_ramp(
    steps: _Steps, pixels: NDArray[np.intp], direction: tuple[int, int], noise: Depth
) -> Depth:
    """The evidence at chosen pixels (N,) in one direction."""
    dy, dx = direction
    near = steps.grid.only(pixels)
    inverse = near.at(0, 0)
    ahead, behind = near.at(dy, dx) - inverse, inverse - near.at(-dy, -dx)
    slopes = (_slope(near, -dy, -dx, steps.bleed_px), _slope(near, dy, dx, steps.bleed_px))
    step = np.minimum(_least(behind, slopes), _least(ahead, slopes)) * steps.scale.ravel()[pixels]
    on_edge = steps.edges.of(pixels)
    demand = _NOISE_FACTOR_PLAIN - (_NOISE_FACTOR_PLAIN - _NOISE_FACTOR_EDGE) * on_edge
    limit = np.maximum(np.float32(steps.jump_rel / 2), demand * steps.noises.of(pixels, noise))
    return np.asarray(step / limit)


def _surfaces_through(
    grid: Neighbours[np.float32],
    scale: Depth,
    noises: NoiseByDepth,
    trusted: Mask,
    pixels: NDArray[np.intp],
    jump_rel: float,
) -> NDArray[np.uint8]:
    """In how many of eight directions each of the pixels (N,) continues the line of two trusted
    ones."""
    near, free = grid.only(pixels), Neighbours(trusted, 2).only(pixels)
    limits = _bend_limits(grid.part(*noises.samples), scale[noises.samples], noises)
    count, at_m = np.zeros(pixels.shape, dtype=np.uint8), scale.ravel()[pixels]
    for (dy, dx), table in zip(_DIRECTIONS, limits, strict=True):
        limit = np.maximum(np.float32(jump_rel / 2), noises.of(pixels, table))
        for y, x in ((dy, dx), (-dy, -dx)):
            straight = np.abs(_bend(near, y, x) * at_m) < limit
            count += free.at(y, x) & free.at(2 * y, 2 * x) & straight
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
