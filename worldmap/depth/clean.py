"""Takes out depth that must not become points: sky, flying pixels, far range, islands, and all of a
photo whose scale is nonsense."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldmap.config import DepthCleanSettings, DepthSettings
from worldmap.depth.edges import grazing_mask, ramp_mask, window_mask
from worldmap.depth.footing import footing
from worldmap.depth.grid import Mask
from worldmap.depth.horizon import HORIZON_TOO_NEAR, near_horizon
from worldmap.depth.raster import resized_rgb
from worldmap.depth.sky_finder import PICTURE
from worldmap.records import REMOVED_CODE, STEREO, CleanedDepth, DepthMap, Removed


def clean(
    depth_map: DepthMap,
    rgb: NDArray[np.uint8],
    settings: DepthSettings,
    sky: Mask | None = None,
    *,
    elsewhere: Mask | None = None,
    masked: Mask | None = None,
    is_held: bool = True,
) -> CleanedDepth:
    """Mark every pixel that is not to be trusted with the first reason that holds, and blank it.

    rgb: the upright photo at any size. sky (H, W): a mask on the depth grid from a person, used
    instead of the depth map's own, which a network found, or else of one by the picture; what
    either takes for sky is so, whether it has depth or not. elsewhere (H, W): what another photo
    gives the points of; masked (H, W): what is not to be looked at. Where the photo's horizon is
    put too near (`near_horizon`), no pixel is trusted, scale_sigma_rel is as wide as that says, and
    the flags have HORIZON_TOO_NEAR; a network's that puts the ground where nobody stands
    (`footing`) keeps its points and has its scale open, and a flag, where the photo `is_held` by a
    person.
    """
    rules = settings.clean
    depth_m = depth_map.depth_m
    height_px, width_px = depth_m.shape
    colours = resized_rgb(rgb, width_px, height_px)
    removed = np.zeros(depth_m.shape, dtype=np.uint8)

    def take(reason: Removed, mask: Mask) -> None:
        removed[mask & (removed == 0)] = REMOVED_CODE[reason]

    if sky is None and settings.sky != PICTURE:
        sky = depth_map.sky
    if rules.remove_sky and sky is not None:
        take(Removed.SKY, sky)
    take(Removed.NO_DEPTH, ~np.isfinite(depth_m))
    nothing = np.zeros(depth_m.shape, dtype=bool)
    take(Removed.MOVING, nothing if depth_map.moving is None else depth_map.moving)
    take(Removed.MASKED, nothing if masked is None else masked)
    take(Removed.ELSEWHERE, nothing if elsewhere is None else elsewhere)
    if rules.remove_sky:
        if sky is None:
            from worldmap.depth.sky import sky_mask

            sky = sky_mask(colours, depth_m, depth_map.camera)
        take(Removed.SKY, sky)
        if rules.check_horizon:
            depth_map = _held_to_horizon(depth_map, colours, sky)
            if HORIZON_TOO_NEAR in depth_map.flags:
                take(Removed.SCALE, np.ones(depth_m.shape, dtype=bool))
    if rules.remove_far:
        take(Removed.FAR, far_mask(depth_map, rules.max_depth_m, rules.max_sigma_m))
    if rules.remove_edges:
        take(Removed.EDGE, edge_mask(depth_map, colours, rules))
    if rules.remove_islands:
        smallest_px = int(np.ceil(rules.min_island_share * depth_m.size))
        take(Removed.ISLAND, island_mask(removed == 0, smallest_px))
    if is_held:
        depth_map = _held_to_ground(depth_map, removed == 0)
    return CleanedDepth(
        depth_map=replace(depth_map, depth_m=np.where(removed == 0, depth_m, np.float32(np.nan))),
        removed=removed,
        uncleaned_m=depth_m,
        rgb=colours,
    )


def _held_to_horizon(depth_map: DepthMap, rgb: NDArray[np.uint8], sky: Mask) -> DepthMap:
    found = near_horizon(rgb, depth_map.depth_m, sky, depth_map.camera)
    if found is None:
        return depth_map
    return _opened(depth_map, HORIZON_TOO_NEAR, found.scale_sigma_rel)


def _held_to_ground(depth_map: DepthMap, kept: Mask) -> DepthMap:
    # A sensor's metres are metres, and stereo knows what it does not know of its own.
    if not depth_map.model.weights_hash or depth_map.model.name == STEREO:
        return depth_map
    found = footing(depth_map.depth_m, kept, depth_map.camera)
    if found is None or not found.flag:
        return depth_map
    return _opened(depth_map, found.flag, found.scale_sigma_rel)


def _opened(depth_map: DepthMap, flag: str, scale_sigma_rel: float) -> DepthMap:
    """With a scale no surer than that, and a flag that says why."""
    return replace(
        depth_map,
        scale_sigma_rel=max(depth_map.scale_sigma_rel, scale_sigma_rel),
        flags=tuple(dict.fromkeys((*depth_map.flags, flag))),
    )


def edge_mask(depth_map: DepthMap, rgb: NDArray[np.uint8], rules: DepthCleanSettings) -> Mask:
    """(H, W) flying pixels by the method that the settings name; rgb (H, W, 3) on that grid."""
    depth_m = depth_map.depth_m
    if rules.edge_method == "window":
        return window_mask(depth_m, jump_rel=rules.edge_jump_rel)
    if rules.edge_method == "angle":
        return grazing_mask(depth_m, depth_map.camera, min_angle_deg=rules.edge_min_angle_deg)
    return ramp_mask(depth_m, rgb, jump_rel=rules.edge_jump_rel, bleed_px=rules.edge_bleed_px)


def far_mask(depth_map: DepthMap, max_depth_m: float, max_sigma_m: float) -> Mask:
    """(H, W) pixels beyond `max_depth_m` or whose own sigma is above `max_sigma_m`."""
    with np.errstate(invalid="ignore"):
        return np.asarray((depth_map.depth_m > max_depth_m) | (depth_map.sigma_m > max_sigma_m))


def island_mask(kept: Mask, smallest_px: int) -> Mask:
    """(H, W) connected patches of `kept` (four neighbours) of fewer than `smallest_px` pixels."""
    from worldmap.depth.windows import without_small

    return np.asarray(kept & ~without_small(kept, smallest_px, corners=False))


def without_sky(cleaned: CleanedDepth) -> DepthMap:
    """The depth that features are lifted by: all but the sky, what moves and what is masked. What
    makes a poor point of a cloud, an edge or a far wall, is where features are; they carry their
    sigma."""
    reasons = (Removed.NO_DEPTH, Removed.SKY, Removed.MOVING, Removed.MASKED)
    lifts = np.full(256, np.float32(1))
    lifts[[REMOVED_CODE[reason] for reason in reasons]] = np.nan
    depth_m = cleaned.uncleaned_m * lifts[cleaned.removed]
    return replace(cleaned.depth_map, depth_m=depth_m)
