"""A photo of the street and its exact depth: a ray for every pixel, against every board."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks._town.scene import Board
from worldmap.camera import Camera

Array = NDArray[np.float64]

_NEAR_M = 0.05
_SHARPEST = 0.7
"""Pixels of a picture per pixel of the photo at which the next smaller copy is taken."""


class Painter:
    """Knows the boards with their pictures in falling sizes."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._boards = boards
        self._copies: dict[int, list[NDArray[np.uint8]]] = {}

    def picture(
        self, camera: Camera, enu_from_cam: Array
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """RGB (H, W, 3) and depth along the optical axis (H, W), inf in the sky, of a camera at
        enu_from_cam (4, 4)."""
        rotation, centre = enu_from_cam[:3, :3], enu_from_cam[:3, 3]
        # One metre long along the axis, so that what they meet is told by its depth.
        rays = camera.rays(camera.pixel_centres()) @ rotation.T
        depth = np.full(rays.shape[:2], np.inf)
        rgb = _sky(rays)
        for board in self._boards:
            window = _window(board, camera, rotation, centre)
            if window is None:
                continue
            top, left = window[0].start, window[1].start
            normal = np.cross(board.along, board.down)
            toward = float(normal @ (board.corner - centre))
            with np.errstate(divide="ignore", invalid="ignore"):
                t = toward / (rays[window] @ normal)
                rows, columns = np.nonzero((t > _NEAR_M) & (t < depth[window]))
            reach = t[rows, columns]
            rows, columns = rows + top, columns + left
            at = centre + reach[:, None] * rays[rows, columns] - board.corner
            u = at @ board.along / (board.along @ board.along)
            v = at @ board.down / (board.down @ board.down)
            inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
            if not inside.any():
                continue
            rows, columns, u, v, reach = (x[inside] for x in (rows, columns, u, v, reach))
            colour, solid = self._colour(board, u, v, reach, camera.fx_px)
            if board.glass:
                ray = rays[rows, columns]
                unit = normal / np.linalg.norm(normal)
                mirrored = ray - 2 * (ray @ unit)[:, None] * unit
                colour = (1 - board.glass) * colour + board.glass * _opposite(mirrored)
            rows, columns = rows[solid], columns[solid]
            depth[rows, columns] = reach[solid]
            shade = 0.72 + 0.28 * abs(float(normal @ (0.5, 0.3, 0.8))) / np.linalg.norm(normal)
            rgb[rows, columns] = colour[solid] * shade
        return np.clip(rgb, 0, 255).astype(np.uint8), depth.astype(np.float32)

    def _sizes(self, board: Board) -> list[NDArray[np.uint8]]:
        if id(board) not in self._copies:
            self._copies[id(board)] = _smaller(board.picture)
        return self._copies[id(board)]

    def _colour(
        self, board: Board, u: Array, v: Array, reach: Array, focal_px: float
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Colours (n, 3) and whether there is no hole (n,)."""
        copies = self._sizes(board)
        fineness = board.picture.shape[1] / float(np.linalg.norm(board.along))
        per_pixel = _SHARPEST * fineness * reach / focal_px
        level = np.clip(np.log2(np.maximum(per_pixel, 1e-6)), 0, len(copies) - 1)
        whole = level.astype(np.intp)
        colour = np.empty((len(u), 4))
        for number, copy in enumerate(copies):
            rows = np.flatnonzero(whole == number)
            if len(rows):
                # remap takes tables of less than 32,768 rows.
                for part in np.array_split(rows, len(rows) // 30_000 + 1):
                    x = (u[part] * copy.shape[1] - 0.5).astype(np.float32)[:, None]
                    y = (v[part] * copy.shape[0] - 0.5).astype(np.float32)[:, None]
                    found = cv2.remap(copy, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                    colour[part] = found[:, 0]
        return colour[:, :3], colour[:, 3] > 127


def _window(
    board: Board, camera: Camera, rotation: Array, centre: Array
) -> tuple[slice, slice] | None:
    """Rows and columns that a board can be in; None where it is out of sight."""
    corners = board.corner + np.array(
        (0 * board.along, board.along, board.along + board.down, board.down)
    )
    points = (corners - centre) @ rotation
    kept = []
    for one, other in zip(points, np.roll(points, -1, axis=0), strict=True):
        if one[2] >= _NEAR_M:
            kept.append(one)
        if (one[2] >= _NEAR_M) != (other[2] >= _NEAR_M):
            share = (_NEAR_M - one[2]) / (other[2] - one[2])
            kept.append(one + share * (other - one))
    if not kept:
        return None
    seen = np.array(kept)
    # Without the lens's bending, which a margin of a tenth of the image is enough for.
    u = camera.fx_px * seen[:, 0] / seen[:, 2] + camera.cx_px
    v = camera.fy_px * seen[:, 1] / seen[:, 2] + camera.cy_px
    margin = 0.0 if camera.is_pinhole else 0.1 * camera.width_px
    left, right = np.clip((u.min() - margin, u.max() + margin + 1), 0, camera.width_px)
    top, bottom = np.clip((v.min() - margin, v.max() + margin + 1), 0, camera.height_px)
    if right <= left or bottom <= top:
        return None
    return slice(int(top), int(np.ceil(bottom))), slice(int(left), int(np.ceil(right)))


def _smaller(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    copies = [picture]
    while min(copies[-1].shape[:2]) >= 4:
        height, width = copies[-1].shape[:2]
        smaller = cv2.resize(copies[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        copies.append(np.asarray(smaller, dtype=np.uint8))
    return copies


def _sky(rays: Array) -> Array:
    up = rays[..., 2] / np.linalg.norm(rays, axis=-1)
    fade = np.clip(up, 0, 1)[..., None] ** 0.5
    return np.asarray((1 - fade) * (226, 230, 233) + fade * (128, 164, 214))


def _opposite(rays: Array) -> Array:
    """What a mirror shows: bands of houses and sky that move with the eye."""
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    band = np.sin(37.0 * np.arctan2(unit[:, 0], unit[:, 1])) + np.sin(23.0 * unit[:, 2] + 1.0)
    grey = 120 + 45 * band
    grey = np.where(unit[:, 2] > 0.35, 215.0, grey)
    return np.asarray(np.repeat(grey[:, None], 3, axis=1) * (0.95, 1.0, 1.04))
