"""Sky, found in the picture: smooth, open to the top of the photo, of colours that end at a border.

A depth network gives the sky the depth of the roofs and lets it rise slowly from there, at whatever
scale it believes in; so neither metres nor a jump of depth tell it, and neither does a colour:
skies are blue, white, grey and orange. What is left is the picture. Smooth regions that hang from
the top border are the seed; a graph cut over colours (Rother, Kolmogorov & Blake, GrabCut, ACM
Transactions on Graphics 23, 2004) finds where their colours end. Depth has one say, without any
scale: what lies on a plane as built things do is a ceiling, a wall or the ground, however smooth
and bright.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.depth.footing import footing
from worldmap.depth.grid import Depth, Mask
from worldmap.depth.windows import closed, pieces, shrunk, widened, without_slivers

Array = NDArray[np.float64]

# Clouds, façades and crowns keep their texture on a grid whose longer side has so many pixels;
# finer ones only cost more.
_WORK_SIDE_PX = 320
# Texture (CIELAB units) up to which a region is smooth. About 2.3 is a just noticeable difference
# (Mahy et al., Color Research & Application 19, 1994): what is smooth for the eye, and one step to
# either side of that. Most of them decide, so that none of them has to be right on every photo.
_SMOOTH = (2.4, 3.2, 4.5)
# What may stay open between them: a twentieth of the percent that is taken for sky wrongly.
_TOLD_SHARE = 5e-4
_WINDOW_PX = 5
# What hangs together even at this share of the limit is beyond doubt; the rest is the cut's choice.
_CORE_SHARE = 0.4
# Between roofs the whole sky may be this little; of fewer pixels, less a rim, depth does not say
# whether they are a wall.
_SMALLEST_SEED_SHARE = 0.001
# Wires and twigs above a pixel do not close it to the top.
_WIRE_SHARE = 0.02
# A region at the top that is nearer than half of the farthest one there is no sky.
_SHARE_OF_SKY_DEPTH = 0.5
# How far the horizon may lie below the optical axis.
_MAX_BELOW_AXIS_DEG = 25.0
# How well the ground's plane in a network's depth tells it: streets slope by some degrees.
_HORIZON_DEG = 3.0
# So much of a smooth region may lie under it by chance.
_UNDER_SHARE = 0.02
# A wall's colours, as far as most of it strays from their middle, come again under it in so many of
# the columns that it is seen in; the rest may be windows, hedges and cars.
_MOST_PERCENT, _LIKE_BENEATH, _FEWEST_BENEATH_PX = 90, 0.25, 3
_CUTS = 3
# How far from a cut on the grid of half the width that on the whole one may lie: gaps in a crown,
# aerials and wires are narrower than this.
_NEAR_CUT_PX = 8
# A network's planes are flat to some per cent, and so it is held against them.
_FLAT_REL = 0.05
_SHARE_OF_SURFACE = 0.8
_LEVEL_DEG = 15
_LEVEL_STEP_DEG = 5
# A plane must hold so many times what one distance holds.
_SLANTED = 1.25
_NOT_BEHIND_SHARE, _IN_FRONT_SHARE = 0.25, 0.5
_FEWEST_PX = 30
# 8 bits hold the lightness by 255 instead of 100.
_CIELAB = np.array((100 / 255, 1.0, 1.0), dtype=np.float32)
_BORDER_PX = 6
_PLANE_ROUNDS = 10
# Of what is looked at again at the border, so that the rest costs nothing.
_TILE_PX = 128


def sky_mask(rgb: NDArray[np.uint8], depth_m: Depth, camera: Camera) -> Mask:
    """(H, W) sky.

    rgb (H, W, 3) and depth_m (H, W) share `camera`'s grid. Only ratios of depths matter; NaN counts
    as endlessly far.
    """
    photo = _Photo.reduced(rgb, depth_m, camera)
    least, middle, most = _SMOOTH
    sky, other = _found(photo, least), _found(photo, most)
    differs = sky != other
    # What two of them agree on, the third cannot change; for less it is not asked.
    if np.count_nonzero(differs) > _TOLD_SHARE * differs.size:
        sky = np.where(differs, _found(photo, middle), sky)
    if not sky.any():
        return np.zeros(depth_m.shape, dtype=bool)
    if sky.shape == depth_m.shape:
        return np.asarray(sky)
    return enlarged(sky, rgb)


def enlarged(sky: Mask, rgb: NDArray[np.uint8]) -> Mask:
    """(H, W) sky of a picture (H, W, 3), from that on a coarser grid (h, w) over it: its border is
    where colours have it."""
    height_px, width_px = rgb.shape[:2]
    share = cv2.resize(
        sky.astype(np.float32), (width_px, height_px), interpolation=cv2.INTER_LINEAR
    )
    cell_px = max(width_px / sky.shape[1], height_px / sky.shape[0])
    return _sharpened(rgb, share, cell_px)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Photo:
    """A photo on the working grid (h, w): 8-bit CIELAB colours, texture in CIELAB units, depth with
    +inf for none, the rays (h, w, 3) of its pixels (z = 1), what is under its horizon, and whether
    that is known from its ground."""

    lab: NDArray[np.uint8]
    texture: Depth
    depth_m: Depth
    ray_cam: Array
    below: Mask
    has_ground: bool

    @classmethod
    def reduced(cls, rgb: NDArray[np.uint8], depth_m: Depth, camera: Camera) -> _Photo:
        """Of a photo and its depth on `camera`'s grid."""
        height_px, width_px = depth_m.shape
        # In square pixels, also where a network's grid is a square over a photo that is none.
        wide, tall = width_px / camera.fx_px, height_px / camera.fy_px
        per_unit = _WORK_SIDE_PX / max(wide, tall)
        size = (
            max(1, min(width_px, round(per_unit * wide))),
            max(1, min(height_px, round(per_unit * tall))),
        )
        small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
        known_m = np.where(np.isfinite(depth_m), depth_m, np.float32(np.inf))
        u_px, v_px = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
        at = camera.rescaled(*size)
        ray = ((u_px - at.cx_px) / at.fx_px, (v_px - at.cy_px) / at.fy_px, np.ones(u_px.shape))
        depth = cv2.resize(known_m, size, interpolation=cv2.INTER_NEAREST)
        rays = np.stack(ray, axis=-1)
        below = rays[..., 1] > np.tan(np.deg2rad(_MAX_BELOW_AXIS_DEG))
        under = _under_horizon(depth, at, rays)
        below |= under
        below[-1] = True
        return cls(
            lab=cv2.cvtColor(small, cv2.COLOR_RGB2LAB),
            texture=_texture(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)),
            depth_m=depth,
            ray_cam=rays,
            below=below,
            has_ground=bool(under.any()),
        )


def _under_horizon(depth_m: Depth, camera: Camera, rays: Array) -> Mask:
    """(h, w) what lies under the horizon, by the ground that a photo shows: its plane, at whatever
    scale, ends there. Nothing where the horizon would lie beyond the picture's upper border: then
    it is the ground that is wrong, a city put on a slope, or there is no sky to be seen."""
    ground = footing(depth_m, np.isfinite(depth_m), camera)
    if ground is None:
        return np.zeros(depth_m.shape, dtype=bool)
    sine = rays @ ground.down_cam / np.linalg.norm(rays, axis=-1)
    under: Mask = sine > np.sin(np.deg2rad(_HORIZON_DEG))
    return np.zeros_like(under) if under[0].any() else under


def _texture(lab: NDArray[np.float32]) -> Depth:
    """How far (h, w) colours stray from a plane over their surroundings, root mean square in CIELAB
    units: a sunset's gradient has none, a brick wall has much."""
    reach = _WINDOW_PX // 2
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    ones = np.ones(_WINDOW_PX, dtype=np.float32)
    pixels = _WINDOW_PX**2
    spread = float((steps**2).sum()) * _WINDOW_PX
    total = np.zeros(lab.shape[:2], dtype=np.float32)
    for channel in range(3):
        values = np.ascontiguousarray(lab[..., channel])
        mean = cv2.sepFilter2D(values, -1, ones, ones) / pixels
        square = cv2.sepFilter2D(values * values, -1, ones, ones) / pixels
        across = cv2.sepFilter2D(values, -1, steps, ones)
        down = cv2.sepFilter2D(values, -1, ones, steps)
        of_plane = (across**2 + down**2) / (spread * pixels)
        total += np.maximum(square - mean * mean - of_plane, 0)
    return np.asarray(np.sqrt(total))


def _found(photo: _Photo, smooth: float) -> Mask:
    """(h, w) sky where texture below `smooth` counts as smooth."""
    hanging = _hanging(photo, smooth)
    smoothest = _smoother(photo, _CORE_SHARE * smooth)
    built = _reaching_under(photo, smoothest)
    hanging &= ~built & ~photo.below
    core = _pieces_at_top(smoothest & hanging)
    seed = shrunk(core & _open_to_top(hanging))
    return _cut(photo, seed, hanging, built)


def _reaching_under(photo: _Photo, smoothest: Mask) -> Mask:
    """(h, w) pieces of a mask at the top that go on under the horizon of a photo that shows its
    ground: walls do, and no sky."""
    if not photo.has_ground:
        return np.zeros(smoothest.shape, dtype=bool)
    labels, sizes = pieces(smoothest)
    under = np.bincount(labels[photo.below], minlength=len(sizes))
    built = under > _UNDER_SHARE * sizes
    at_top = np.zeros(len(sizes), dtype=bool)
    at_top[np.unique(labels[:2])] = True
    built &= at_top
    built[0] = False
    return np.asarray(built[labels])


def _smoother(photo: _Photo, limit: float) -> Mask:
    return without_slivers(photo.texture < limit)


def _pieces_at_top(mask: Mask) -> Mask:
    """The connected pieces of a mask that reach the two topmost rows."""
    labels, sizes = pieces(mask)
    at_top = np.zeros(len(sizes), dtype=bool)
    at_top[np.unique(labels[:2])] = True
    at_top[0] = False
    return np.asarray(at_top[labels])


def _hanging(photo: _Photo, smooth: float) -> Mask:
    """(h, w) smooth regions of some size that hang from the top, but near ones and surfaces."""
    labels, sizes = pieces(_smoother(photo, smooth))
    top = np.unique(labels[:2])
    top = top[(top > 0) & (sizes[top] > _SMALLEST_SEED_SHARE * labels.size)]
    kept = np.zeros(len(sizes), dtype=bool)
    if len(top):
        median_m = np.array([np.median(photo.depth_m[labels == label]) for label in top])
        far = top[median_m >= _SHARE_OF_SKY_DEPTH * median_m.max()]
        smoothest = _smoother(photo, _CORE_SHARE * smooth)
        kept[[i for i in far if not _is_surface(photo, labels == i, smoothest)]] = True
    return np.asarray(kept[labels])


def _open_to_top(mask: Mask) -> Mask:
    """(h, w) pixels above which there is nothing but the mask, wires aside."""
    gap = max(1, round(_WIRE_SHARE * len(mask)))
    padded = np.pad(mask, ((gap + 1, gap + 1), (0, 0)), mode="edge")
    whole = closed(padded, np.ones((gap + 1, 1), dtype=np.uint8))
    return np.asarray(np.logical_and.accumulate(whole[gap + 1 : -gap - 1], axis=0))


def _cut(photo: _Photo, seed: Mask, hanging: Mask, built: Mask) -> Mask:
    """(h, w) what has the colours of the seed's pieces rather than those of the rest, up to the
    edges between them, and hangs together with the seed."""
    labels = np.full(seed.shape, cv2.GC_PR_BGD, dtype=np.uint8)
    labels[hanging] = cv2.GC_PR_FGD
    labels[seed] = cv2.GC_FGD
    labels[photo.below | built] = cv2.GC_BGD
    if not (labels == cv2.GC_FGD).any():
        return np.zeros(seed.shape, dtype=bool)
    found = _with_colours(photo.lab, labels)
    piece, sizes = pieces(found, corners=True)
    kept = np.zeros(len(sizes), dtype=bool)
    kept[np.unique(piece[seed & found])] = True
    kept[_patches(photo, piece, sizes, seed)] = True
    kept[0] = False
    return np.asarray(kept[piece])


def _with_colours(lab: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Mask:
    """(h, w) the foreground of labels (h, w) as `cv2.grabCut` has them. The colours of both sides
    are learned on a grid of half the width, which takes a quarter of the time; on the given one the
    cut is made once more, where it passes by."""
    height, width = labels.shape
    size = (max(1, width // 2), max(1, height // 2))
    few = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    few[-1] = labels[-1].min()
    small = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
    if not (few == cv2.GC_FGD).any():
        few, small = labels.copy(), lab
    # Its colour clusters start at random.
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, few, None, *models, _CUTS, cv2.GC_INIT_WITH_MASK)
    inside = cv2.resize(few & 1, (width, height), interpolation=cv2.INTER_NEAREST)
    near = np.ones((2 * _NEAR_CUT_PX + 1,) * 2, np.uint8)
    open_ = cv2.dilate(inside, near) != cv2.erode(inside, near)
    open_ &= (labels != cv2.GC_FGD) & (labels != cv2.GC_BGD)
    final = np.where(open_, inside + np.uint8(2), np.where(labels < 2, labels, inside))
    cv2.grabCut(lab, final, None, *models, 1, cv2.GC_EVAL_FREEZE_MODEL)
    return np.asarray(final & 1 == 1)


def _patches(
    photo: _Photo, piece: NDArray[np.int32], sizes: NDArray[np.int64], seed: Mask
) -> list[int]:
    """Pieces of the sky's colours that are too small for a seed: those between roofs that reach the
    top, are as far as sky is, and nothing that is built."""
    sky_m = float(np.median(photo.depth_m[seed]))
    found = []
    for label in np.unique(piece[:2]):
        if not label or not _FEWEST_PX <= sizes[label] <= _SMALLEST_SEED_SHARE * piece.size:
            continue
        patch = piece == label
        far = np.median(photo.depth_m[patch]) >= _SHARE_OF_SKY_DEPTH * sky_m
        if far and not _is_surface(photo, patch, patch):
            found.append(int(label))
    return found


def _is_surface(photo: _Photo, region: Mask, smoothest: Mask) -> bool:
    """Whether the depth of a smooth region, of what is smoothest in it, is that of something built.

    That is a level plane above the camera or another slanted one, which no network makes of a sky:
    a plane says more than one distance does. A slanted one may still be chance where it stands
    behind all that it touches; and what stands in front of that, however it lies, is no sky.
    """
    core = _pieces_at_top(region & smoothest)
    inside = shrunk(core)
    if np.count_nonzero(inside) < _FEWEST_PX:
        inside = region
    known = inside & np.isfinite(photo.depth_m)
    if np.count_nonzero(known) < max(_FEWEST_PX, np.count_nonzero(inside) / 2):
        return False
    rays, depth_m = photo.ray_cam[known], photo.depth_m[known].astype(np.float64)
    needed = max(_SHARE_OF_SURFACE, _SLANTED * _largest_share_alike(np.log(depth_m)))
    if _share_on_level_plane(rays, depth_m) > needed:
        return True
    behind, in_front = _shares_of_border(photo.depth_m, region)
    if in_front > _IN_FRONT_SHARE:
        return True
    # Over one wall alone a sky has been given that wall's plane.
    if photo.has_ground and not _goes_on_under(photo, region):
        return False
    return behind < 1 - _NOT_BEHIND_SHARE and _share_on_plane(rays, 1 / depth_m) > needed


def _goes_on_under(photo: _Photo, region: Mask) -> bool:
    """Whether a region's colours are met again straight beneath it, under the horizon: those of a
    wall are, whatever windows lie between."""
    columns = np.flatnonzero(region.any(axis=0))
    lab, own = photo.lab[:, columns] * _CIELAB, region[:, columns]
    off = np.linalg.norm(lab - np.median(lab[own], axis=0), axis=-1)
    like = photo.below[:, columns] & (off < np.percentile(off[own], _MOST_PERCENT))
    return bool((like.sum(axis=0) >= _FEWEST_BENEATH_PX).mean() > _LIKE_BENEATH)


def _share_on_level_plane(rays: Array, depth_m: Array) -> float:
    """Largest share of the points that lie at one height over the camera, whose pitch is open."""
    best = 0.0
    for pitch_deg in range(-_LEVEL_DEG, _LEVEL_DEG + 1, _LEVEL_STEP_DEG):
        pitch = np.deg2rad(pitch_deg)
        up = np.sin(pitch) - rays[:, 1] * np.cos(pitch)
        above = up > 0
        alike = _largest_share_alike(np.log(up[above] * depth_m[above]))
        best = max(best, alike * float(above.mean()))
    return best


def _largest_share_alike(logarithms: Array) -> float:
    """Largest share of the values that lie within ± `_FLAT_REL` of one value."""
    order = np.sort(logarithms)
    ends = np.searchsorted(order, order + 2 * _FLAT_REL, side="right")
    return float((ends - np.arange(len(order))).max(initial=0)) / max(1, len(order))


def _share_on_plane(rays: Array, inverse_depth: Array) -> float:
    """Share of the points near the plane through most of them: inverse depth is linear in the ray
    over a plane. Reweighted least squares with Cauchy's weights."""
    weight = np.ones(len(rays))
    off = weight
    for _ in range(_PLANE_ROUNDS):
        plane = np.linalg.lstsq(rays * weight[:, None], inverse_depth * weight, rcond=None)[0]
        off = np.abs(rays @ plane - inverse_depth) / inverse_depth
        scale = 1.4826 * float(np.median(off)) + 1e-6
        weight = 1 / np.sqrt(1 + (off / (2 * scale)) ** 2)
    return float((off < _FLAT_REL).mean())


def _shares_of_border(depth_m: Depth, region: Mask) -> tuple[float, float]:
    """At how much of its border a region is farther, and at how much nearer, than what it touches.
    The border itself, where texture ends it early and depth is smeared, is stepped over."""
    inside = np.where(region & np.isfinite(depth_m), depth_m, 0)
    nearby = cv2.dilate(inside, np.ones((2 * _BORDER_PX + 1,) * 2, np.uint8))
    inner = widened(region, times=_BORDER_PX - 1)
    ring = widened(inner) & ~inner
    ring &= np.isfinite(depth_m) & (nearby > 0)
    if not ring.any():
        return 0.0, 0.0
    ratio = nearby[ring] / depth_m[ring]
    return float((ratio > 1 + 2 * _FLAT_REL).mean()), float((ratio < 1 - 2 * _FLAT_REL).mean())


def _sharpened(rgb: NDArray[np.uint8], share: Depth, cell_px: float) -> Mask:
    """(H, W) a mask from its share (H, W) of each pixel: one at the border of the two sides goes to
    that whose colours around it are nearer. cell_px: how wide the cells were that it comes from."""
    reach = 2 * max(1, round(cell_px)) + 1
    square = np.ones((reach, reach), np.uint8)
    border = cv2.dilate(share, square) > cv2.erode(share, square)
    sky = share > 0.5
    found = sky.copy()
    for part, inner in _tiles(border, margin_px=2 * reach):
        found[part][inner] = _tile_sharpened(rgb[part], sky[part], border[part], 4 * reach + 1)[
            inner
        ]
    return found


def _tiles(
    wanted: Mask, margin_px: int
) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Tiles of a grid (H, W) that between them have all that is wanted, a margin around each, and
    where in it the tile itself is."""
    height, width = wanted.shape
    for top in range(0, height, _TILE_PX):
        for left in range(0, width, _TILE_PX):
            if not wanted[top : top + _TILE_PX, left : left + _TILE_PX].any():
                continue
            first = max(0, top - margin_px), max(0, left - margin_px)
            part = (
                slice(first[0], min(height, top + _TILE_PX + margin_px)),
                slice(first[1], min(width, left + _TILE_PX + margin_px)),
            )
            inner = (
                slice(top - first[0], min(height, top + _TILE_PX) - first[0]),
                slice(left - first[1], min(width, left + _TILE_PX) - first[1]),
            )
            yield part, inner


def _tile_sharpened(rgb: NDArray[np.uint8], sky: Mask, border: Mask, window_px: int) -> Mask:
    """`_sharpened` of a tile."""
    grid = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2LAB).astype(np.float32)
    window, off = (window_px, window_px), []
    for side in (sky, ~sky):
        sure = (side & ~border).astype(np.float32)
        weight = cv2.boxFilter(sure, -1, window, normalize=False)[border]
        total = cv2.boxFilter(grid * sure[..., None], -1, window, normalize=False)[border]
        mean = total / np.maximum(weight, 1e-6)[:, None]
        distance = np.linalg.norm(grid[border] - mean, axis=1)
        off.append(np.where(weight > 1, distance, np.inf))
    decided = np.isfinite(off[0]) & np.isfinite(off[1])
    found = sky.copy()
    found[border] = np.where(decided, off[0] < off[1], sky[border])
    return found
