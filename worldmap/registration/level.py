"""Which way is up in a photo, from its own pixels and depth.

Vertical edges of buildings all lie in planes through the optical centre that contain the up
direction, so each gives n · up = 0. Walls of the depth map give the same equation with their
normals, weaker; the ground gives its normal, weaker still since streets slope.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera
from worldmap.records import PixelTilt
from worldmap.registration.planes import Plane

Array = NDArray[np.float64]

LEVEL_WIDTH_PX = 1024
"""The longer side of the picture that edges are looked for in; larger photos are reduced to it."""
_MIN_SEGMENT_REL = 0.03
_REACH_DEG = 20.0
_LINE_INLIER_DEG = 0.75
_WALL_SIGMA_DEG = 2.0
_GROUND_SIGMA_DEG = 3.0
_GROUND_REACH_DEG = 12.0
# People hold cameras level to about this much; it keeps weak evidence from running away.
_GUESS_SIGMA_DEG = 6.0
_FLOOR_DEG = 0.05
_MIN_LINES = 6
# A detected edge's ends are good to about half a pixel, but neighbouring edges of one façade share
# their errors (lens, texture), so the count of independent ones is taken as a fraction.
_LINE_INDEPENDENCE = 0.15
# Steps of a lens by which its slopes are taken: a tenth of a pixel.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Evidence:
    """Edges: normals (K, 3) of their planes through the optical centre, sigma (K,) of these, and
    both ends (2, K, 2) in pixels of the `camera` that saw them."""

    normals_cam: Array
    sigma_rad: Array
    ends_px: Array
    camera: Camera

    def select(self, keep: NDArray[np.bool_]) -> _Evidence:
        """Those to keep."""
        return replace(
            self,
            normals_cam=self.normals_cam[keep],
            sigma_rad=self.sigma_rad[keep],
            ends_px=self.ends_px[:, keep],
        )

    def normals_by_lens(self) -> Array:
        """(5, K, 3) how the normals follow the lens."""
        lens, camera = self.camera.lens, self.camera
        stepped = [
            replace(lens, focal_px=lens.focal_px * (1 + _STEP)),
            replace(lens, cx_px=lens.cx_px + camera.fx_px * _STEP),
            replace(lens, cy_px=lens.cy_px + camera.fy_px * _STEP),
            replace(lens, k1=lens.k1 + _STEP),
            replace(lens, k2=lens.k2 + _STEP),
        ]
        return np.stack(
            [
                (_normals(self.ends_px, camera.with_lens(each)) - self.normals_cam) / _STEP
                for each in stepped
            ]
        )


def estimate_tilt(
    rgb: NDArray[np.uint8],
    camera: Camera,
    planes: list[Plane],
    *,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
) -> PixelTilt | None:
    """Pitch and roll with sigma from vertical edges, walls and ground; None without evidence.

    rgb (H, W, 3) uint8 upright, at any size; `camera`: intrinsics of the full size; pitch_deg and
    roll_deg where to look (evidence more than 20° from there is not taken for vertical).
    """
    guess = up_cam(pitch_deg, roll_deg)
    lines = _vertical_edges(rgb, camera, guess)
    up = _consensus(lines, guess)
    if up is None:
        up = guess
        lines = lines.select(np.zeros(len(lines.sigma_rad), dtype=np.bool_))
    else:
        off = np.abs(np.arcsin(np.clip(lines.normals_cam @ up, -1, 1)))
        lines = lines.select(off < np.deg2rad(_LINE_INLIER_DEG))
    line_normals = lines.normals_cam
    walls, grounds = _plane_normals(planes, up)
    if len(line_normals) < _MIN_LINES and len(walls) < 2 and not len(grounds):
        return None
    information = np.zeros((2, 2))
    across = np.linalg.svd(up[None])[2][1:]
    on_lines = np.zeros((len(line_normals), 2))
    for _ in range(10):
        basis = np.linalg.svd(up[None])[2][1:]
        rows = [line_normals @ basis.T, walls @ basis.T]
        values = [-(line_normals @ up), -(walls @ up)]
        sigmas = [
            lines.sigma_rad / np.sqrt(_LINE_INDEPENDENCE),
            np.full(len(walls), np.deg2rad(_WALL_SIGMA_DEG)),
        ]
        rows.append(np.eye(2))
        values.append(basis @ guess)
        sigmas.append(np.full(2, np.deg2rad(_GUESS_SIGMA_DEG)))
        for ground in grounds:
            rows.append(np.eye(2))
            values.append(basis @ ground)
            sigmas.append(np.full(2, np.deg2rad(_GROUND_SIGMA_DEG)))
        jacobian, value, sigma = (np.concatenate(part) for part in (rows, values, sigmas))
        weight = 1.0 / (sigma**2 * (1 + (value / (2.0 * sigma)) ** 2))
        information = jacobian.T @ (weight[:, None] * jacobian)
        pull = np.linalg.solve(information, jacobian.T @ (weight * value))
        across, on_lines = basis, (weight[:, None] * jacobian)[: len(line_normals)]
        up = up + pull @ basis
        up /= np.linalg.norm(up)
        if np.linalg.norm(pull) < 1e-7:
            break
    sigma_deg = float(np.rad2deg(np.sqrt(1.0 / np.linalg.eigvalsh(information)[0])))
    pitch, roll = pitch_roll_deg(up)
    # Another lens turns the edges' planes, and what is across all of them follows.
    turned = np.stack([on_lines.T @ -(by @ up) for by in lines.normals_by_lens()], axis=1)
    up_by_lens = across.T @ np.linalg.solve(information, turned)
    return PixelTilt(
        pitch_deg=pitch,
        roll_deg=roll,
        sigma_deg=max(sigma_deg, _FLOOR_DEG),
        source="pixels" if len(line_normals) >= _MIN_LINES else "depth",
        up_by_lens=tuple(tuple(row) for row in up_by_lens.tolist()),
    )


def up_cam(pitch_deg: float, roll_deg: float) -> Array:
    """The up direction (3,) in camera axes of a camera with this pitch and roll."""
    pitch, roll = np.deg2rad((pitch_deg, roll_deg))
    return np.array((-np.sin(roll) * np.cos(pitch), -np.cos(roll) * np.cos(pitch), np.sin(pitch)))


def pitch_roll_deg(up: Array) -> tuple[float, float]:
    """Inverse of `up_cam`."""
    pitch = np.rad2deg(np.arcsin(np.clip(up[2], -1.0, 1.0)))
    return float(pitch), float(np.rad2deg(np.arctan2(-up[0], -up[1])))


def _vertical_edges(rgb: NDArray[np.uint8], camera: Camera, guess: Array) -> _Evidence:
    """Normals of the planes through the optical centre and each edge that may be vertical."""
    scale = min(1.0, LEVEL_WIDTH_PX / max(camera.width_px, camera.height_px))
    width, height = round(camera.width_px * scale), round(camera.height_px * scale)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    if grey.shape != (height, width):
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    if found is None:
        return _Evidence(
            normals_cam=np.zeros((0, 3)),
            sigma_rad=np.zeros(0),
            ends_px=np.zeros((2, 0, 2)),
            camera=camera,
        )
    # The detector's integer coordinates are pixel centres; ours are half-integers.
    ends = np.asarray(found, dtype=np.float64).reshape(-1, 2, 2) + 0.5
    length_px = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    ends, length_px = (a[length_px > _MIN_SEGMENT_REL * height] for a in (ends, length_px))
    grid = camera.rescaled(width, height)
    normal = _normals(ends.transpose(1, 0, 2), grid)
    near = np.abs(np.arcsin(np.clip(normal @ guess, -1, 1))) < np.deg2rad(_REACH_DEG)
    # An edge through the vanishing point of the guess alone says little; an edge that is short is
    # uncertain: half a pixel at each end over its length.
    sigma = np.arctan2(0.7, length_px)
    # Edges that point sideways in the image satisfy n·up≈0 by chance only where up is in view.
    image_direction = ends[:, 1] - ends[:, 0]
    upright = np.abs(image_direction[:, 1]) > np.abs(image_direction[:, 0]) * 1.5
    keep = near & upright
    return _Evidence(
        normals_cam=normal, sigma_rad=sigma, ends_px=ends.transpose(1, 0, 2), camera=grid
    ).select(keep)


def _normals(ends_px: Array, camera: Camera) -> Array:
    """(K, 3) of the planes through the optical centre and edges with these ends (2, K, 2)."""
    normal = np.cross(camera.rays(ends_px[0]), camera.rays(ends_px[1]))
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))


def _consensus(lines: _Evidence, guess: Array) -> Array | None:
    """The up direction that most edge length agrees on, or None."""
    count = len(lines.normals_cam)
    if count < _MIN_LINES:
        return None
    generator = np.random.default_rng(0)
    weight = 1.0 / lines.sigma_rad
    draw = generator.choice(count, size=(400, 2), p=weight / weight.sum())
    up = np.cross(lines.normals_cam[draw[:, 0]], lines.normals_cam[draw[:, 1]])
    length = np.linalg.norm(up, axis=1)
    up = up[length > 0.02] / length[length > 0.02][:, None]
    up *= np.sign(up @ guess)[:, None]
    up = np.vstack((up[up @ guess > np.cos(np.deg2rad(_REACH_DEG))], guess))
    off = np.abs(np.arcsin(np.clip(up @ lines.normals_cam.T, -1, 1)))
    score = (np.clip(1 - off / np.deg2rad(_LINE_INLIER_DEG), 0, None) * weight).sum(axis=1)
    best = int(np.argmax(score))
    agreeing = np.count_nonzero(off[best] < np.deg2rad(_LINE_INLIER_DEG))
    return up[best] if agreeing >= _MIN_LINES else None


def _plane_normals(planes: list[Plane], up: Array) -> tuple[Array, list[Array]]:
    walls, grounds = [], []
    for plane in planes:
        tilt_deg = float(np.rad2deg(np.arccos(np.clip(plane.normal_cam @ up, -1, 1))))
        if abs(tilt_deg - 90.0) < _GROUND_REACH_DEG:
            walls.append(plane.normal_cam)
        elif tilt_deg < _GROUND_REACH_DEG:
            grounds.append(plane.normal_cam)
    return np.array(walls).reshape(-1, 3), grounds
