"""Photos as their calibrated cameras have them, for what was judged before these were known."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from worldmap.camera import Lens
from worldmap.config import PairSettings
from worldmap.records import CameraCalibration, PairRegistration, PlacedPose, SolvedPose
from worldmap.registration.bundle import lens_told
from worldmap.registration.features import relifted
from worldmap.registration.lens import lens_change
from worldmap.registration.level import pitch_roll_deg
from worldmap.registration.stored import StoredFeatures
from worldmap.registration.view import PhotoView


def calibrated(view: PhotoView, lens: Lens) -> PhotoView:
    """The photo with the lens that photos told, its features lifted along the rays of that."""
    camera = view.camera.with_lens(lens)
    found, told = view.features, view.camera
    view = _relevelled(view, lens)
    if isinstance(found, StoredFeatures):
        return replace(view, camera=camera, features=found.lifted(told, camera))
    return replace(view, camera=camera, features=relifted(found, told, camera))


def _relevelled(view: PhotoView, lens: Lens) -> PhotoView:
    """With the up direction that its pixels say through this lens."""
    if not view.up_by_lens:
        return view
    up = view.up_cam + np.array(view.up_by_lens) @ lens_change(view.camera, lens)
    pitch_deg, roll_deg = pitch_roll_deg(up / np.linalg.norm(up))
    return replace(view, pitch_deg=pitch_deg, roll_deg=roll_deg)


def lenses_so_far(
    views: Mapping[int, PhotoView],
    poses_of: Callable[[Collection[int]], Iterable[SolvedPose]],
    calibrations: Iterable[CameraCalibration],
    settings: PairSettings,
) -> dict[int, Lens]:
    """By photo id the lenses that earlier solutions found, of cameras whose pixels lie elsewhere
    than their tags say, by more than the pair stage allows for. calibrations: oldest first;
    poses_of is asked for their photos only where there are such cameras."""
    newest = {told.camera_key: told for told in calibrations}
    moved = [told for told in newest.values() if _moved(told, settings)]
    keys = {told.camera_key for told in moved}
    members = [i for i, view in views.items() if view.camera_key in keys]
    return known_lenses(members, views, poses_of(members), moved) if members else {}


def refused_for_their_lens(
    pairs: Iterable[PairRegistration],
    views: Mapping[int, PhotoView],
    calibrations: Iterable[CameraCalibration],
    settings: PairSettings,
) -> list[PairRegistration]:
    """Pairs that had matches enough and did not fit, of a camera of which the photos now say that
    its pixels lie elsewhere than the pair stage took them to, by more than it allows for."""
    moved = {told.camera_key for told in calibrations if _moved(told, settings)}
    return [
        pair
        for pair in pairs
        if pair.own_reason
        and pair.matches >= settings.min_inliers
        and {views[i].camera_key for i in pair.key} & moved
    ]


def known_lenses(
    photos: Collection[int],
    views: Mapping[int, PhotoView],
    poses: Iterable[SolvedPose],
    calibrations: Iterable[CameraCalibration],
) -> dict[int, Lens]:
    """By photo id what is known of their lenses: each one's own, or what others of its camera told;
    none where only its tags say."""
    by_camera = {told.camera_key: told for told in calibrations}
    own = {
        pose.photo_id: pose.lens for pose in poses if isinstance(pose, PlacedPose) and pose.pairs
    }
    found = {}
    for photo in photos:
        if photo in own:
            found[photo] = own[photo]
        elif views[photo].camera_key in by_camera:
            found[photo] = lens_told(views[photo], by_camera[views[photo].camera_key])
    return found


def _moved(told: CameraCalibration, settings: PairSettings) -> bool:
    """Whether a corner lies further from where the tags have it than a feature may, and than the
    photos leave open."""
    corner_px = math.hypot(told.width_px, told.height_px) / 2
    focal, right, down, bent, more = told.lens.tolist()
    centre_px = told.tag_focal_px * math.hypot(right, down)
    off_px = abs(focal + bent + more) * corner_px + centre_px
    open_px = math.hypot(told.sigma[0] * corner_px, *told.centre_sigma_px)
    side_px = max(told.width_px, told.height_px)
    return bool(off_px > max(settings.pixel_sigma * side_px / 1000.0, open_px))
