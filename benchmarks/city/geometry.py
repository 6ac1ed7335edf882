"""A city of geometry alone: photos, points and noise, made without rendering.

Streets in a grid; points all over it, as thick as features in a photo of a street; a photographer
who walks every street and turns at every corner. A photo has the points in its view that are near,
with the noise of features and of depth; two photos are a pair where they see enough of the same.
Nothing hides anything, which costs nothing here: what is seen by whom is all that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from worldmap.camera import Camera
from worldmap.frames import RigidTransform, Similarity, cam, enu_from_cam_rotation
from worldmap.geodesy import Site, enu
from worldmap.records import Features, PairRegistration
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

SITE = Site(48.137, 11.575, 515.0)
BLOCK_M = 60.0
STEP_M = 5.0
_FAR_M = 40.0
_POINTS_PER_M2 = 0.15
_LEAST_SHARED = 20
_MOST_PARTNERS = 8
_CAMERA = Camera.centred(1600, 1200, 1280.0)
_PIXEL_PX, _DEPTH_REL = 0.6, 0.03
_GPS_M, _HEIGHT_M, _HEADING_DEG, _TILT_DEG, _SCALE_REL = 4.0, 6.0, 8.0, 0.5, 0.1
_PAIR_RAD, _PAIR_M, _PAIR_LOG = 0.003, 0.05, 0.01


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class City:
    """The photos as registration has them, with their pairs, and what is true of them."""

    views: Mapping[int, PhotoView]
    pairs: list[PairRegistration]
    true: Mapping[int, RigidTransform]
    depth_scale: Mapping[int, float]


def make_city(photos: int, seed: int = 0) -> City:
    """At least so many photos, by whole streets."""
    rng = np.random.default_rng((seed, photos))
    blocks = 1
    while len(walk := _walk(blocks)) < photos:
        blocks += 1
    side_m = blocks * BLOCK_M
    low = np.array((-_FAR_M, -_FAR_M, 0.0))
    high = np.array((side_m + _FAR_M, side_m + _FAR_M, 9.0))
    count = round(_POINTS_PER_M2 * float(np.prod(high[:2] - low[:2])))
    points = rng.uniform(low, high, (count, 3)) - (side_m / 2, side_m / 2, 0.0)
    middle = np.array((side_m / 2, side_m / 2))
    tree = cKDTree(points[:, :2])
    true, scales, views, seen = {}, {}, {}, {}
    for photo_id, (east_m, north_m, heading_deg) in enumerate(walk, 1):
        at = np.array((east_m - middle[0], north_m - middle[1], 1.6))
        at += rng.normal(0.0, (0.5, 0.5, 0.05))
        angles = (heading_deg + rng.normal(0, 5), rng.normal(0, 3), rng.normal(0, 2))
        true[photo_id] = RigidTransform(
            to=enu(SITE),
            source=cam(str(photo_id)),
            rotation=enu_from_cam_rotation(*angles),
            translation_m=at,
        )
        scales[photo_id] = float(np.exp(rng.normal(0.0, _SCALE_REL)))
        near = np.array(tree.query_ball_point(at[:2], _FAR_M))
        views[photo_id], seen[photo_id] = _photo(
            photo_id, true[photo_id], scales[photo_id], angles, points, near, rng
        )
    return City(views=views, pairs=_pairs(true, scales, seen, rng), true=true, depth_scale=scales)


def _walk(blocks: int) -> list[tuple[float, float, float]]:
    """East, north and heading of each photo."""
    found = []
    side_m = blocks * BLOCK_M
    for street in range(blocks + 1):
        for step in range(round(side_m / STEP_M) + 1):
            look = 15.0 if step % 2 else -15.0
            found.append((step * STEP_M, street * BLOCK_M, 90.0 + look))
            found.append((street * BLOCK_M, step * STEP_M, look))
    corners = [(i * BLOCK_M, j * BLOCK_M) for i in range(blocks + 1) for j in range(blocks + 1)]
    found += [(east, north, heading) for east, north in corners for heading in (0, 30, 60, 90)]
    return sorted(found)


def _photo(
    photo_id: int,
    true: RigidTransform,
    depth_scale: float,
    angles_deg: tuple[float, float, float],
    points: Array,
    near: NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[PhotoView, NDArray[np.intp]]:
    """The photo, and which point each of its features is."""
    camera = _CAMERA
    xyz = true.inverse().apply(points[near])
    front = xyz[:, 2] > 1.0
    uv = camera.project(xyz[front])
    inside = ((uv > 0) & (uv < (camera.width_px, camera.height_px))).all(axis=1)
    which, uv, depth = near[front][inside], uv[inside], xyz[front][inside][:, 2]
    uv = uv + _PIXEL_PX * camera.width_px / 1000 * rng.normal(size=uv.shape)
    depth = depth / depth_scale * np.exp(_DEPTH_REL * rng.normal(size=len(depth)))
    count = len(which)
    heading, pitch, roll = angles_deg
    off = rng.normal(size=6)
    place = true.translation_m + off[:3] * (_GPS_M, _GPS_M, _HEIGHT_M)
    view = PhotoView(
        photo_id=photo_id,
        name=f"{photo_id}.jpg",
        camera=camera,
        features=Features(
            uv_px=uv.astype(np.float32),
            descriptor=np.zeros((count, 0), dtype=np.uint8),
            xyz_cam=camera.unproject(uv, depth).astype(np.float32),
            depth_sigma_rel=np.full(count, _DEPTH_REL, dtype=np.float32),
            scale_px=np.full(count, 4.0, dtype=np.float32),
            on_plane=np.zeros(count, dtype=np.bool_),
            grid_depth_m=np.full((1, 1), np.nan, dtype=np.float32),
            grid_sigma_m=np.full((1, 1), np.nan, dtype=np.float32),
            grid_camera=camera.rescaled(1, 1),
            tilt=None,
        ),
        site=SITE,
        position_ecef=SITE.ecef_from_enu.apply(place),
        horizontal_sigma_m=_GPS_M,
        vertical_sigma_m=_HEIGHT_M,
        heading_deg=(heading + off[3] * _HEADING_DEG) % 360,
        heading_sigma_deg=_HEADING_DEG,
        pitch_deg=pitch + off[4] * _TILT_DEG,
        roll_deg=roll + off[5] * _TILT_DEG,
        tilt_sigma_deg=_TILT_DEG,
        scale_sigma_rel=_SCALE_REL,
        focal_sigma_rel=0.03,
        camera_key="one camera",
    )
    return view, which


def _pairs(
    true: Mapping[int, RigidTransform],
    scales: Mapping[int, float],
    seen: Mapping[int, NDArray[np.intp]],
    rng: np.random.Generator,
) -> list[PairRegistration]:
    """Each photo with those that share most with it."""
    ids = sorted(true)
    tree = cKDTree(np.array([true[i].translation_m[:2] for i in ids]))
    shared: dict[tuple[int, int], NDArray[np.int32]] = {}
    chosen: set[tuple[int, int]] = set()
    for row, others in enumerate(tree.query_ball_point(tree.data, _FAR_M)):
        a = ids[row]
        told = []
        for b in (ids[k] for k in others if k != row):
            key = (min(a, b), max(a, b))
            if key not in shared:
                _, one, other = np.intersect1d(
                    seen[key[0]], seen[key[1]], assume_unique=True, return_indices=True
                )
                shared[key] = np.column_stack((one, other)).astype(np.int32)
            told.append((len(shared[key]), key))
        told.sort(reverse=True)
        chosen |= {key for count, key in told[:_MOST_PARTNERS] if count >= _LEAST_SHARED}
    return [_pair(key, shared[key], true, scales, rng) for key in sorted(chosen)]


def _pair(
    key: tuple[int, int],
    index: NDArray[np.int32],
    true: Mapping[int, RigidTransform],
    scales: Mapping[int, float],
    rng: np.random.Generator,
) -> PairRegistration:
    a, b = (true[i].scaled(scales[i]) for i in key)
    between = a.inverse() @ b
    turn = Rotation.from_rotvec(rng.normal(0.0, _PAIR_RAD, 3)).as_matrix()
    return PairRegistration(
        photo_a=key[0],
        photo_b=key[1],
        own_reason="",
        method="matches",
        matches=2 * len(index),
        inliers=len(index),
        rmse_px=1.0,
        overlap=0.5,
        in_front=0.0,
        a_from_b=Similarity(
            to=between.to,
            source=between.source,
            rotation=turn @ between.rotation,
            translation_m=turn @ between.translation_m + rng.normal(0.0, _PAIR_M, 3),
            scale=between.scale * float(np.exp(rng.normal(0.0, _PAIR_LOG))),
        ),
        covariance=np.diag((_PAIR_RAD,) * 3 + (_PAIR_M,) * 3 + (_PAIR_LOG,)) ** 2,
        inlier_index=index,
        seconds=0.0,
    )
