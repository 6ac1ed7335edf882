"""Photos of a plain room without pictures: points with descriptors of their own, seen exactly or
with stated errors, so that every step of registration runs on known truth in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.helpers.view_makers import Box, room_range_m
from worldmap.camera import Camera
from worldmap.frames import (
    RigidTransform,
    Similarity,
    cam,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
)
from worldmap.geodesy import Site, enu
from worldmap.records import (
    Features,
    PairRegistration,
    PlacedBy,
    PlacedPose,
    pose_covariance,
)
from worldmap.registration.view import PhotoView

SITE = Site(52.52, 13.405, 40.0)

Array = NDArray[np.float64]

BOXES: tuple[Box, ...] = (
    (-6.0, 8.0, 0.0, -4.5, 9.0, 2.2),
    (-1.0, 6.5, 0.0, 0.5, 7.5, 1.4),
    (3.0, 9.0, 0.0, 5.0, 10.5, 3.0),
    (8.0, 5.0, 0.0, 9.0, 6.0, 1.8),
    (-12.0, 6.0, 0.0, -10.0, 7.0, 2.5),
)
CAMERA = Camera.centred(1000, 750, 800.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shot:
    """The truth of one photo; true depth = depth_scale · given depth."""

    photo_id: int
    enu_from_cam: RigidTransform
    depth_scale: float = 1.0
    camera: Camera = CAMERA

    @property
    def similarity(self) -> Similarity:
        """enu_from_cam with the depth scale inside."""
        return self.enu_from_cam.scaled(self.depth_scale)

    @property
    def heading_pitch_roll_deg(self) -> tuple[float, float, float]:
        """Where the camera looks."""
        return heading_pitch_roll_deg(self.enu_from_cam.rotation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """What separates observations and tags from the truth, and the sigmas that are told of them.

    pixel_px at 1000 pixels of width; depth_rel of each feature's depth and each grid cell; wrong:
    share of the points that another photo takes for some other point. The told sigmas are those of
    the tags, whatever errors `tag_factor` draws.
    """

    pixel_px: float = 0.0
    depth_rel: float = 0.0
    told_depth_rel: float = 0.01
    wrong: float = 0.0
    tag_factor: float = 0.0
    gps_m: float = 4.0
    height_m: float = 6.0
    heading_deg: float = 8.0
    tilt_deg: float = 0.3
    scale_rel: float = 0.1


EXACT = Errors()
NOISY = Errors(pixel_px=1.5, depth_rel=0.02, told_depth_rel=0.02, tag_factor=1.0)


def shot(
    photo_id: int,
    x_m: float,
    y_m: float = 0.0,
    *,
    heading_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    depth_scale: float = 1.0,
    height_m: float = 1.6,
) -> Shot:
    """A photo from (x, y) at eye level; heading 0 looks at the wall."""
    return Shot(
        photo_id=photo_id,
        enu_from_cam=RigidTransform(
            to=enu(SITE),
            source=cam(str(photo_id)),
            rotation=enu_from_cam_rotation(heading_deg, pitch_deg, roll_deg),
            translation_m=(x_m, y_m, height_m),  # type: ignore[arg-type]
        ),
        depth_scale=depth_scale,
    )


def walk(count: int, *, step_m: float = 2.5, seed: int = 0, first_id: int = 1) -> list[Shot]:
    """Photos along the wall, about the middle of the room, each looking a little elsewhere."""
    rng = np.random.default_rng((seed, 77))
    return [
        shot(
            first_id + index,
            step_m * (index - (count - 1) / 2) + rng.normal(0, 0.2),
            rng.normal(0, 1.0),
            heading_deg=float(rng.uniform(-15, 15)),
            pitch_deg=float(rng.normal(0, 3)),
            roll_deg=float(rng.normal(0, 3)),
            depth_scale=float(np.exp(rng.normal(0, 0.1))),
            height_m=float(rng.uniform(1.5, 1.7)),
        )
        for index in range(count)
    ]


def room_points(count: int, seed: int = 0) -> Array:
    """Points (count, 3) on wall, ground and boxes."""
    rng = np.random.default_rng((seed, 1))
    found: list[Array] = []
    while sum(map(len, found)) < count:
        origin = np.array((rng.uniform(-9, 9), rng.uniform(-3, 1), 1.6))
        heading, pitch = np.deg2rad((rng.uniform(-50, 50, 40), rng.uniform(-25, 15, 40)))
        rays = np.stack(
            (np.sin(heading) * np.cos(pitch), np.cos(heading) * np.cos(pitch), np.sin(pitch)),
            axis=1,
        )
        reach = room_range_m(origin, rays, BOXES)
        near = reach < 35
        found.append(origin + reach[near, None] * rays[near])
    return np.concatenate(found)[:count]


def descriptors(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Descriptors (count, 128) that no two points share."""
    return np.random.default_rng((seed, 2)).integers(0, 256, (count, 128), dtype=np.uint8)


def photograph(
    of: Shot,
    points: Array,
    told: NDArray[np.uint8],
    errors: Errors = EXACT,
    *,
    seed: int = 0,
    boxes: Sequence[Box] = BOXES,
) -> Features:
    """What a photo has of the points: those in view and not hidden, in an order of its own."""
    rng = np.random.default_rng((seed, 3, of.photo_id))
    camera = of.camera
    xyz = of.enu_from_cam.inverse().apply(points)
    uv = camera.project(xyz)
    origin = of.enu_from_cam.translation_m
    clear = room_range_m(origin, points - origin, boxes) > 1 - 1e-6
    inside = (uv > 1).all(axis=1) & (uv < (camera.width_px - 1, camera.height_px - 1)).all(axis=1)
    seen = rng.permutation(np.flatnonzero(inside & clear & (xyz[:, 2] > 0.5)))
    count = len(seen)
    uv = uv[seen] + errors.pixel_px * camera.width_px / 1000 * rng.normal(size=(count, 2))
    depth = xyz[seen, 2] / of.depth_scale * np.exp(errors.depth_rel * rng.normal(size=count))
    descriptor = told[seen].copy()
    swapped = rng.permutation(count)[: round(errors.wrong * count)]
    descriptor[swapped] = descriptor[np.roll(swapped, 1)]
    descriptor = np.clip(
        descriptor.astype(np.int16) + rng.integers(-4, 5, descriptor.shape), 0, 255
    ).astype(np.uint8)
    grid_camera = camera.rescaled(80, 60)
    rays = of.enu_from_cam.rotate(grid_camera.rays(grid_camera.pixel_centres()))
    reach = room_range_m(origin, rays, boxes) / of.depth_scale
    grid = np.where(reach < 60, reach, np.nan)
    grid = grid * np.exp(errors.depth_rel * rng.normal(size=grid.shape))
    return Features(
        uv_px=uv.astype(np.float32),
        descriptor=descriptor,
        xyz_cam=camera.unproject(uv, depth).astype(np.float32),
        depth_sigma_rel=np.full(count, errors.told_depth_rel, dtype=np.float32),
        scale_px=rng.uniform(2, 12, count).astype(np.float32),
        on_plane=np.zeros(count, dtype=bool),
        grid_depth_m=grid.astype(np.float32),
        grid_sigma_m=(errors.told_depth_rel * grid).astype(np.float32),
        grid_camera=grid_camera,
        tilt=None,
    )


def rooms_alike(
    count: int, photos: int, points: int, share: float, errors: Errors, *, seed: int
) -> Iterator[tuple[int, Shot, Features]]:
    """Photos of rooms of one shape that have so much of their points in common, from one side: the
    room's number, the photo and what it has of its room; ids from 1 on."""
    room, common = room_points(points, seed), descriptors(points, seed)
    # What is alike is in one piece: a front, not its surroundings.
    front = np.argsort(room[:, 0])[: round(share * points)]
    for number in range(count):
        told = descriptors(points, 1000 * (seed + 1) + number)
        told[front] = common[front]
        for shot in walk(photos, seed=97 * seed + number, first_id=1 + photos * number):
            yield number, shot, photograph(shot, room, told, errors, seed=seed)


def view(of: Shot, features: Features, errors: Errors = EXACT, *, seed: int = 0) -> PhotoView:
    """The photo with its tags, off by `tag_factor` of their sigmas."""
    rng = np.random.default_rng((seed, 4, of.photo_id))
    off = errors.tag_factor * rng.normal(size=6)
    heading, pitch, roll = of.heading_pitch_roll_deg
    return PhotoView(
        photo_id=of.photo_id,
        name=f"{of.photo_id}.jpg",
        camera=of.camera,
        features=features,
        site=SITE,
        position_ecef=SITE.ecef_from_enu.apply(
            of.enu_from_cam.translation_m + off[:3] * (errors.gps_m, errors.gps_m, errors.height_m)
        ),
        horizontal_sigma_m=errors.gps_m,
        vertical_sigma_m=errors.height_m,
        heading_deg=(heading + off[3] * errors.heading_deg) % 360,
        heading_sigma_deg=errors.heading_deg,
        pitch_deg=pitch + off[4] * errors.tilt_deg,
        roll_deg=roll + off[5] * errors.tilt_deg,
        tilt_sigma_deg=errors.tilt_deg,
        scale_sigma_rel=errors.scale_rel,
        focal_sigma_rel=0.03,
        camera_key="one camera",
    )


def views_of(
    shots: Sequence[Shot], errors: Errors = EXACT, *, points: int = 400, seed: int = 0
) -> dict[int, PhotoView]:
    """Every shot's view of the same room."""
    room, told = room_points(points, seed), descriptors(points, seed)
    return {
        of.photo_id: view(of, photograph(of, room, told, errors, seed=seed), errors, seed=seed)
        for of in shots
    }


def placed(
    of: Shot,
    *,
    heading_sigma_deg: float = 0.2,
    position_sigma_m: float = 0.05,
    height_sigma_m: float = 0.05,
) -> PlacedPose:
    """The photo where it is, as matches placed it."""
    return PlacedPose(
        photo_id=of.photo_id,
        by=PlacedBy.MATCHES,
        reason="",
        site=SITE,
        enu_from_cam=of.enu_from_cam,
        depth_scale=of.depth_scale,
        lens=of.camera.lens,
        covariance=pose_covariance(
            rotation_sigma_deg=(0.1, heading_sigma_deg, 0.1),
            position_sigma_m=(position_sigma_m, position_sigma_m, height_sigma_m),
            scale_sigma_rel=0.01,
        ),
        component=0,
        pairs=3,
        solved_among=5,
        tags_hash="",
        gps_residual_m=(math.nan,) * 3,
        heading_residual_deg=math.nan,
    )


def untagged(of: PhotoView, *, position: bool = True, heading: bool = True) -> PhotoView:
    """The same photo without its position and/or heading tag."""
    if position:
        of = replace(of, position_ecef=None, horizontal_sigma_m=np.inf, vertical_sigma_m=np.inf)
    if heading:
        of = replace(of, heading_deg=None, heading_sigma_deg=180.0)
    return of


def moved_tag(of: PhotoView, off_m: Sequence[float]) -> PhotoView:
    """The same photo, its position tag so far (east, north, up) off where it was."""
    assert of.position_enu is not None
    there = of.site.ecef_from_enu.apply(of.position_enu + np.array(off_m))
    return replace(of, position_ecef=there)


def true_pair(a: Shot, b: Shot) -> Similarity:
    """b's given depths into a's."""
    return a.similarity.inverse() @ b.similarity


def pair(
    a: Shot,
    b: Shot,
    *,
    off_deg: float = 0.0,
    off_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
    off_log_scale: float = 0.0,
    inliers: int = 100,
    sigma_rad: float = 0.002,
    sigma_m: float = 0.03,
    index: NDArray[np.int32] | None = None,
) -> PairRegistration:
    """An accepted pair: the truth, turned about a's vertical axis, moved and scaled."""
    true = true_pair(a, b)
    turn = enu_from_cam_rotation(off_deg, 0, 0) @ enu_from_cam_rotation(0, 0, 0).T
    level = enu_from_cam_rotation(0, 0, 0)
    return PairRegistration(
        photo_a=a.photo_id,
        photo_b=b.photo_id,
        own_reason="",
        method="matches",
        matches=2 * inliers,
        inliers=inliers,
        rmse_px=1.0,
        overlap=0.5,
        in_front=0.0,
        a_from_b=Similarity(
            to=true.to,
            source=true.source,
            rotation=level.T @ turn @ level @ true.rotation,
            translation_m=level.T @ turn @ level @ true.translation_m + off_m,
            scale=true.scale * float(np.exp(off_log_scale)),
        ),
        covariance=np.diag((sigma_rad,) * 3 + (sigma_m,) * 3 + (0.005,)) ** 2,
        inlier_index=np.zeros((0, 2), dtype=np.int32) if index is None else index,
        seconds=0.0,
    )


def all_pairs(shots: Sequence[Shot], **told: object) -> list[PairRegistration]:
    """Every pair of the shots, right."""
    return [
        pair(a, b, **told)  # type: ignore[arg-type]
        for number, a in enumerate(shots)
        for b in shots[number + 1 :]
    ]


def shared_index(a: PhotoView, b: PhotoView) -> NDArray[np.int32]:
    """Rows (M, 2) of features of the same point, by descriptor; photos without wrong matches."""
    of_a, of_b = (v.features.descriptor.astype(np.int16) for v in (a, b))
    # One row of a at a time: all against all would take a lot of memory.
    near = np.array([np.abs(of_b - one).max(axis=1) <= 8 for one in of_a])
    return np.argwhere(near).astype(np.int32)


def pose_errors(
    found: Mapping[int, Similarity], shots: Sequence[Shot]
) -> tuple[Array, Array, Array]:
    """Metres, degrees and log scale that poses are off, each (N,), nothing aligned."""
    off_m, off_deg, off_scale = [], [], []
    for of in shots:
        pose = found[of.photo_id]
        off_m.append(np.linalg.norm(pose.translation_m - of.enu_from_cam.translation_m))
        between = of.enu_from_cam.rotation.T @ pose.rotation
        off_deg.append(np.rad2deg(angle_rad(between)))
        off_scale.append(np.log(pose.scale / of.depth_scale))
    return np.array(off_m), np.array(off_deg), np.array(off_scale)


def angle_rad(rotation: Array) -> float:
    """By how much a rotation turns, exact for small angles too."""
    axis = (rotation - rotation.T)[(2, 0, 1), (1, 2, 0)]
    return float(np.arctan2(np.linalg.norm(axis), np.trace(rotation) - 1))


def rotation_vector_rad(rotation: Array) -> Array:
    """Rotation vector (3,) of a small turn."""
    return 0.5 * (rotation - rotation.T)[(2, 0, 1), (1, 2, 0)]


def relative_errors(found: Similarity, true: Similarity) -> tuple[float, float, float]:
    """Degrees, metres (of a's given depths) and log scale that a pair is off."""
    return (
        float(np.rad2deg(angle_rad(true.rotation.T @ found.rotation))),
        float(np.linalg.norm(found.translation_m - true.translation_m)),
        float(np.log(found.scale / true.scale)),
    )
