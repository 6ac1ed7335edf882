"""From what the points cover to a picture that is good to look at: gaps, shade, background."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.errors import UsageError
from worldmap.frames import RigidTransform
from worldmap.render.splat import Drawing

Array = NDArray[np.float32]

BACKGROUNDS: Final[dict[str, tuple[str, str]]] = {
    "light": ("#f7f8fa", "#d9dfe6"),
    "dark": ("#2b3038", "#12151a"),
    "sky": ("#5b8fc9", "#eef2f4"),
}
"""Names of backgrounds: their colours at the top and at the bottom (sky: zenith and horizon)."""

# The four lines through a pixel, and both ways along each.
_LINES: Final = ((0, 1), (1, 0), (1, 1), (1, -1))
_LINES_NEEDED = 3
# A pixel whose surroundings lie this much nearer is seen through a gap between their points.
_NEARER = np.float32(0.93)
_SHADE_RINGS_PX: Final = (1, 3)
_SHADE_STRENGTH = np.float32(7.0)
_DARKEST = np.float32(0.35)


def fill_gaps(drawing: Drawing, reach_px: int) -> Drawing:
    """Pixels between points get what is on both sides of them, up to reach_px away: those that
    nothing covers, and those through which something behind looks (half as far)."""
    filled = _filled(drawing, ~drawing.covered, reach_px)
    return _filled(filled, filled.covered, max(1, reach_px // 2))


def _filled(drawing: Drawing, wanted: NDArray[np.bool_], reach_px: int) -> Drawing:
    """`wanted` pixels that lie between nearer ones along most lines, as a mean of those."""
    width = drawing.depth_m.shape[1]
    pad = reach_px
    depth = np.pad(drawing.depth_m, pad, constant_values=np.inf)
    stride = width + 2 * pad
    flat = depth.ravel()
    candidates = _beside_something(depth, pad) if not wanted.all() else wanted
    rows, columns = np.nonzero(wanted & candidates)
    at = (rows + pad) * stride + columns + pad
    limit = flat[at] * _NEARER
    if np.isfinite(limit).any():
        at, limit = _worth_a_look(flat, stride, at, limit, pad)
    lines = np.zeros(len(at), dtype=np.uint8)
    weight_sum = np.zeros(len(at), dtype=np.float32)
    depth_sum = np.zeros(len(at), dtype=np.float32)
    rgb_sum = np.zeros((len(at), 3), dtype=np.float32)
    rgb = np.pad(drawing.rgb, ((pad, pad), (pad, pad), (0, 0))).reshape(-1, 3)
    for down, right in _LINES:
        one, one_steps = _first(flat, at, limit, down * stride + right, reach_px)
        other, other_steps = _first(flat, at, limit, -down * stride - right, reach_px)
        both = np.flatnonzero((one_steps > 0) & (other_steps > 0))
        lines[both] += 1
        for source, steps in ((one, one_steps), (other, other_steps)):
            weight = 1.0 / steps[both].astype(np.float32)
            weight_sum[both] += weight
            depth_sum[both] += weight * flat[source[both]]
            rgb_sum[both] += weight[:, None] * rgb[source[both]]
    chosen = np.flatnonzero(lines >= _LINES_NEEDED)
    if not len(chosen):
        return drawing
    new_depth, new_rgb = drawing.depth_m.copy(), drawing.rgb.copy()
    target = at[chosen]
    row, column = target // stride - pad, target % stride - pad
    new_depth[row, column] = depth_sum[chosen] / weight_sum[chosen]
    new_rgb[row, column] = rgb_sum[chosen] / weight_sum[chosen, None]
    return replace(drawing, depth_m=new_depth, rgb=new_rgb)


def _beside_something(depth: Array, pad: int) -> NDArray[np.bool_]:
    """(H, W) whether a pixel has anything within `pad`, along rows and columns of a padded grid."""
    covered = np.isfinite(depth)
    for axis in (0, 1):
        count = np.cumsum(covered, axis=axis, dtype=np.int32)
        before = np.zeros_like(count)
        window = 2 * pad + 1
        if axis == 0:
            before[window:] = count[:-window]
            total = np.roll(count - before, -pad, axis=0)
        else:
            before[:, window:] = count[:, :-window]
            total = np.roll(count - before, -pad, axis=1)
        covered = total > 0
    return covered[pad:-pad, pad:-pad]


def _worth_a_look(
    flat: Array, stride: int, at: NDArray[np.int64], limit: Array, reach_px: int
) -> tuple[NDArray[np.int64], Array]:
    """Covered pixels with something nearer beside them, left or right: all others stay."""
    near = np.zeros(len(at), dtype=np.bool_)
    for step in range(1, reach_px + 1):
        near |= (flat[at + step] < limit) | (flat[at + step * stride] < limit)
    return at[near], limit[near]


def _first(
    flat: Array, at: NDArray[np.int64], limit: Array, step: int, reach_px: int
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The first pixel along a way that is nearer than `limit`, and how many steps away; 0: none."""
    found = at.copy()
    steps = np.zeros(len(at), dtype=np.uint8)
    waiting = np.arange(len(at))
    for count in range(1, reach_px + 1):
        place = at[waiting] + count * step
        hit = flat[place] < limit[waiting]
        found[waiting[hit]] = place[hit]
        steps[waiting[hit]] = count
        waiting = waiting[~hit]
    return found, steps


def eye_dome(drawing: Drawing, strength: float = float(_SHADE_STRENGTH)) -> Array:
    """(H, W) float32 brightness in 0-1 by eye-dome lighting: darker the more of its surroundings
    stands nearer (Boucheny, thesis, Grenoble 2009), by the logarithm of depth at two distances."""
    with np.errstate(divide="ignore"):
        log_depth = np.log(drawing.depth_m)
    nearer = np.zeros_like(log_depth)
    covered = drawing.covered
    log_depth[~covered] = np.float32(50.0)  # behind everything: it shades nothing
    size = drawing.depth_m.shape
    for ring in _SHADE_RINGS_PX:
        padded = np.pad(log_depth, ring, mode="edge")
        total = np.zeros_like(nearer)
        for down in (-ring, 0, ring):
            for right in (-ring, 0, ring):
                if not (down or right):
                    continue
                beside = padded[ring + down :, ring + right :][: size[0], : size[1]]
                step = log_depth - beside
                # A far wall behind an edge is not a pit: what it may add is bounded.
                total += np.clip(step, 0, np.float32(0.15), out=step)
        nearer += total / np.float32(8 * ring)
    shade = np.exp(-np.float32(strength) * nearer)
    return np.asarray(np.maximum(shade, _DARKEST), dtype=np.float32)


def background(name: str, camera: Camera, enu_from_cam: RigidTransform) -> Array:
    """(H, W, 3) float32 in 0-255: a name of BACKGROUNDS, or one colour as #rrggbb.

    `sky` turns with the camera. UsageError for anything else.
    """
    height, width = camera.height_px, camera.width_px
    if name not in BACKGROUNDS:
        return np.broadcast_to(_colour(name), (height, width, 3)).astype(np.float32)
    first, second = (_colour(text) for text in BACKGROUNDS[name])
    if name == "sky":
        # One value per row would do for a level camera; a roll tilts the horizon.
        rays = camera.rays(camera.pixel_centres()).astype(np.float32)
        up = rays @ enu_from_cam.rotation[2].astype(np.float32)
        up /= np.linalg.norm(rays, axis=-1)
        share = np.clip(up, 0.0, 1.0) ** np.float32(0.6)
        return np.asarray(second + share[..., None] * (first - second), dtype=np.float32)
    share = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    return np.broadcast_to(first + share * (second - first), (height, width, 3)).copy()


def check_background(name: str) -> None:
    """UsageError, in one line, for what `background` does not know."""
    if name not in BACKGROUNDS:
        _colour(name)


def _colour(text: str) -> Array:
    digits = text.removeprefix("#")
    try:
        if len(digits) != 6 or not text.startswith("#"):
            raise ValueError
        return np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)], dtype=np.float32)
    except ValueError:
        names = ", ".join(BACKGROUNDS)
        raise UsageError(
            f"unknown background {text!r}", hint=f"use {names} or a colour as #rrggbb"
        ) from None
