"""Where the camera of a picture or film stands: around the cloud, along the photos, in a photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldmap.camera import Camera, PlacedCamera
from worldmap.frames import (
    CAM,
    Frame,
    RigidTransform,
    enu_from_cam_rotation,
    heading_pitch_roll_deg,
    require_frame,
)
from worldmap.geodesy import Site, enu
from worldmap.render.splat import Splats

Array = NDArray[np.float64]

# Turntable: seen from so far above the horizon, by a lens of so wide a view.
_TABLE_PITCH_DEG = -38.0
_TABLE_VIEW_DEG = 50.0
# A street is best seen neither end-on nor from the side.
_TABLE_TURN_DEG = 35.0
# Photos that mostly look one way, across what they show, show a front: that is best seen from
# nearer to where they stood, and a little from the side.
_ONE_WAY, _ACROSS = 0.7, 0.7
_FRONT_PITCH_DEG, _FRONT_TURN_DEG = -16.0, 20.0
# This share of the points is to be in the picture; what strays further may be cut off.
_IN_PICTURE = 99.5
_ROUNDS = 3
_CORE = 1.0
_ROOM = 1.12
# Flight: wider, and a little behind and above the photos, so that the ground they stand on shows.
_FLIGHT_VIEW_DEG = 75.0
_BEHIND_M, _ABOVE_M = 2.0, 0.5
_STEEPEST_DEG = 12.0
# A turn on the spot takes as long as this way.
_METRES_PER_RADIAN = 5.0
# Sway about a photo: this share of the distance to what it looks at, to the sides and up.
_SWAY_RIGHT, _SWAY_UP = 0.10, 0.03


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Viewpoint(PlacedCamera):
    """A placed photo: its camera, solved, and where it stands. taken_s: its time, None: unknown."""

    taken_s: float | None = None


def level_viewpoint(camera: Camera) -> Viewpoint:
    """Of a photo that nobody has placed: level, to the north, in a frame of its own."""
    return Viewpoint(
        camera=camera,
        enu_from_cam=RigidTransform(
            to=enu(Site(0.0, 0.0, 0.0)),
            source=CAM,
            rotation=enu_from_cam_rotation(0.0, 0.0, 0.0),
            translation_m=np.zeros(3),
        ),
    )


def turntable(
    splats: Splats,
    viewpoints: Sequence[Viewpoint],
    size_px: tuple[int, int],
    frames: int,
) -> list[PlacedCamera]:
    """Once around the cloud, looking down on it; the first frame looks the way that the photos
    look, a good third of a right angle off the longer side of the cloud, or, where they show a
    front, nearly as they do. FrameError where a viewpoint is in another frame."""
    require_frame(splats.frame, (view.enu_from_cam.to for view in viewpoints))
    points = np.asarray(splats.xyz_enu[:: max(1, len(splats) // 20_000)], dtype=np.float64)
    low, high = np.percentile(points, (_CORE, 100.0 - _CORE), axis=0)
    core = points[((points >= low) & (points <= high)).all(axis=1)]
    core = core if len(core) else points
    middle = (core.min(axis=0) + core.max(axis=0)) / 2
    camera = _camera(size_px, _TABLE_VIEW_DEG)
    first_deg, pitch_deg = _first_look_deg(core, viewpoints)
    headings_deg = first_deg + 360.0 * np.arange(frames) / frames
    fitted = np.array(
        [_fitted(core - middle, camera, heading, pitch_deg) for heading in headings_deg]
    )
    shift_m, away_m = fitted[:, :3], fitted[:, 3]
    # Nearer where the cloud is narrow, and without a jerk: a mean over an eighth of the way, of the
    # most that is needed within it.
    shifts = range(-(frames // 16), frames // 16 + 1)
    away_m = np.max([np.roll(away_m, shift) for shift in shifts], axis=0)
    away_m = np.mean([np.roll(away_m, shift) for shift in shifts], axis=0)
    shift_m = np.mean([np.roll(shift_m, shift, axis=0) for shift in shifts], axis=0)
    return [
        _shot(splats.frame, camera, middle + aside, heading, pitch_deg, back_m=float(back))
        for heading, aside, back in zip(headings_deg, shift_m, away_m, strict=True)
    ]


def flight(
    viewpoints: Sequence[Viewpoint], size_px: tuple[int, int], frames: int
) -> list[PlacedCamera]:
    """Along the photos, looking where they look, level, at an even pace.

    ValueError without viewpoints, FrameError where they are in several frames.
    """
    if not viewpoints:
        raise ValueError("a flight needs at least one photo")
    frame = viewpoints[0].enu_from_cam.to
    require_frame(frame, (view.enu_from_cam.to for view in viewpoints))
    stops = [viewpoints[i] for i in _order(viewpoints)]
    eyes = np.array([stop.enu_from_cam.translation_m for stop in stops])
    ahead = np.array([stop.enu_from_cam.rotation[:, 2] for stop in stops])
    turns = np.arccos(np.clip(np.sum(ahead[1:] * ahead[:-1], axis=1), -1.0, 1.0))
    steps_m = np.linalg.norm(np.diff(eyes, axis=0), axis=1) + _METRES_PER_RADIAN * turns
    at_m = np.concatenate(([0.0], np.cumsum(steps_m)))
    camera = _camera(size_px, _FLIGHT_VIEW_DEG)
    width_m = max(1.2 * at_m[-1] / max(1, len(stops) - 1), 0.5)
    shots = []
    for now_m in np.linspace(0.0, at_m[-1], frames):
        weight = np.exp(-0.5 * ((at_m - now_m) / width_m) ** 2)
        weight /= weight.sum()
        eye, way = weight @ eyes, weight @ ahead
        if np.linalg.norm(way) < 1e-3:  # photos that look back to back: one of them decides
            way = ahead[int(np.argmax(weight))]
        heading_deg = float(np.rad2deg(np.arctan2(way[0], way[1])))
        pitch_deg = float(np.rad2deg(np.arcsin(way[2] / np.linalg.norm(way))))
        pitch_deg = float(np.clip(pitch_deg, -_STEEPEST_DEG, _STEEPEST_DEG))
        above = eye + np.array((0.0, 0.0, _ABOVE_M))
        shots.append(_shot(frame, camera, above, heading_deg, pitch_deg, back_m=_BEHIND_M))
    return shots


def photo_sway(
    viewpoint: Viewpoint, depth_m: float, size_px: tuple[int, int], frames: int
) -> list[PlacedCamera]:
    """The photo's own viewpoint, all of its picture in view; with more than one frame the camera
    sways about it, kept on what is depth_m ahead."""
    width, height = size_px
    photo = viewpoint.camera
    focal = min(photo.fx_px * width / photo.width_px, photo.fy_px * height / photo.height_px)
    # The principal point keeps its place relative to the middle of the picture.
    camera = Camera(
        width_px=width,
        height_px=height,
        fx_px=focal,
        fy_px=focal,
        cx_px=width / 2 + (photo.cx_px - photo.width_px / 2) * focal / photo.fx_px,
        cy_px=height / 2 + (photo.cy_px - photo.height_px / 2) * focal / photo.fy_px,
    )
    own = viewpoint.enu_from_cam
    heading, pitch, roll = heading_pitch_roll_deg(own.rotation)
    shots = []
    for phase in 2 * np.pi * np.arange(frames) / frames:
        right = _SWAY_RIGHT * np.sin(phase)
        up = _SWAY_UP * (1 - np.cos(phase)) / 2
        eye = own.apply(depth_m * np.array((right, -up, 0.0)))
        turned = enu_from_cam_rotation(
            heading - float(np.rad2deg(np.arctan(right))),
            pitch - float(np.rad2deg(np.arctan(up))),
            roll,
        )
        rotation = own.rotation if not (right or up) else turned
        shots.append(
            PlacedCamera(
                camera=camera,
                enu_from_cam=RigidTransform(
                    to=own.to, source=CAM, rotation=rotation, translation_m=eye
                ),
            )
        )
    return shots


def _camera(size_px: tuple[int, int], view_deg: float) -> Camera:
    width, height = size_px
    wide = max(width, height)
    return Camera.centred(width, height, 0.5 * wide / float(np.tan(np.deg2rad(view_deg) / 2)))


def _shot(
    frame: Frame,
    camera: Camera,
    target_enu: Array,
    heading_deg: float,
    pitch_deg: float,
    *,
    back_m: float,
) -> PlacedCamera:
    rotation = enu_from_cam_rotation(heading_deg, pitch_deg, 0.0)
    return PlacedCamera(
        camera=camera,
        enu_from_cam=RigidTransform(
            to=frame,
            source=CAM,
            rotation=rotation,
            translation_m=target_enu - back_m * rotation[:, 2],
        ),
    )


def _fitted(about_middle: Array, camera: Camera, heading_deg: float, pitch_deg: float) -> Array:
    """(4,): by how much a camera has to look beside the points' middle, and how far back it has to
    be, to have them in the middle of its picture: near ones look larger."""
    rotation = enu_from_cam_rotation(heading_deg, pitch_deg, 0.0)
    wide = np.array((camera.width_px, camera.height_px)) / (2 * camera.fx_px)
    across, ahead = np.split(about_middle @ rotation, (2,), axis=1)
    aside, away = np.zeros(2), 1.0
    for number in range(_ROUNDS):
        needed = (np.abs(across - aside) / wide).max(axis=1) - ahead[:, 0]
        away = max(1.0, _ROOM * float(np.percentile(needed, _IN_PICTURE)))
        if number < _ROUNDS - 1:
            places = (across - aside) / np.maximum(away + ahead, 0.2 * away)
            ends = np.percentile(places, (100.0 - _IN_PICTURE, _IN_PICTURE), axis=0)
            aside = aside + away * ends.mean(axis=0)
    return np.append(rotation[:, :2] @ aside, away)


def _first_look_deg(points: Array, viewpoints: Sequence[Viewpoint]) -> tuple[float, float]:
    """Heading and pitch."""
    flat = points[:, :2] - points[:, :2].mean(axis=0)
    axis = np.linalg.eigh(flat.T @ flat)[1][:, -1]
    looks = np.array([view.enu_from_cam.rotation[:2, 2] for view in viewpoints]).reshape(-1, 2)
    look = looks.sum(axis=0)
    one_way = float(np.linalg.norm(look)) / max(len(looks), 1)
    if one_way > _ONE_WAY and abs(axis @ look) < _ACROSS * np.linalg.norm(look):
        return float(np.rad2deg(np.arctan2(look[0], look[1]))) + _FRONT_TURN_DEG, _FRONT_PITCH_DEG
    if axis @ look < 0 or (not viewpoints and axis[1] < 0):
        axis = -axis
    return float(np.rad2deg(np.arctan2(axis[0], axis[1]))) + _TABLE_TURN_DEG, _TABLE_PITCH_DEG


def _order(viewpoints: Sequence[Viewpoint]) -> list[int]:
    """A short way through all: by time where that is no detour, else always to the nearest next."""
    eyes = np.array([viewpoint.enu_from_cam.translation_m for viewpoint in viewpoints])

    def length_m(order: Sequence[int]) -> float:
        return float(np.linalg.norm(np.diff(eyes[list(order)], axis=0), axis=1).sum())

    flat = eyes[:, :2] - eyes[:, :2].mean(axis=0)
    along = flat @ np.linalg.eigh(flat.T @ flat)[1][:, -1]
    chain = [int(np.argmin(along))]
    left = set(range(len(eyes))) - set(chain)
    while left:
        last = eyes[chain[-1]]
        chain.append(min(left, key=lambda i: (float(np.linalg.norm(eyes[i] - last)), i)))
        left.discard(chain[-1])
    times = [viewpoint.taken_s for viewpoint in viewpoints]
    known = [t for t in times if t is not None]
    if len(set(known)) < len(times):
        return chain
    by_time = sorted(range(len(eyes)), key=lambda i: times[i] or 0.0)
    return by_time if length_m(by_time) <= 1.5 * length_m(chain) else chain
