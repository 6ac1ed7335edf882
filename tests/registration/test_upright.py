"""Pictures on their side are found by their pairs, and focal lengths by the sizes of features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    CAMERA,
    EXACT,
    NOISY,
    Shot,
    all_pairs,
    descriptors,
    photograph,
    room_points,
    shared_index,
    shot,
    view,
)
from worldmap.camera import Camera
from worldmap.config import RegistrationSettings
from worldmap.records import PlacedPose, UnplacedPose
from worldmap.registration.matching import matcher_for
from worldmap.registration.pair import register_pair
from worldmap.registration.solve import solve
from worldmap.registration.upright import turned_pictures, upright
from worldmap.registration.view import PhotoView
from worldmap.registration.zoom import corrected, focal_factors

ROLLS = {0: 0.0, 1: -90.0, 2: 180.0, 3: 90.0}


def seen(shots: list[Shot], points: int = 500) -> dict[int, PhotoView]:
    room, told = room_points(points), descriptors(points)
    return {s.photo_id: view(s, photograph(s, room, told, NOISY), EXACT) for s in shots}


def walked(turns: list[int]) -> tuple[list[Shot], dict[int, PhotoView]]:
    """Photos along the wall, turned by so many quarters, whose tags say that they are level."""
    shots = [
        shot(n + 1, 2.0 * n - 4.03, roll_deg=ROLLS[quarters], heading_deg=4.0 * n - 8.0)
        for n, quarters in enumerate(turns)
    ]
    level = {i: replace(v, pitch_deg=0.0, roll_deg=0.0) for i, v in seen(shots).items()}
    return shots, level


@pytest.mark.parametrize("turns", [[0, 1, 0, 0, 0], [0, 2, 0, 3, 0], [1, 2, 3, 0, 1]])
def test_the_pairs_and_the_ground_say_which_pictures_are_turned(turns: list[int]) -> None:
    shots, views = walked(turns)
    found = turned_pictures(views, all_pairs(shots))
    assert found == {n + 1: quarters for n, quarters in enumerate(turns) if quarters}
    for s in shots:
        up = s.enu_from_cam.rotation @ upright(views, found)[s.photo_id].up_cam
        assert up[2] > np.cos(np.deg2rad(5.0))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_picture_on_its_side_is_placed_by_its_pairs(quarters: int) -> None:
    """From matching to poses: turned upright by what it shares with others."""
    shots, views = walked([0, quarters, 0])
    settings = RegistrationSettings()
    matcher = matcher_for(views[1].features.kind, settings.pairs)
    pairs = [
        register_pair(views[a], views[b], matcher, settings.pairs)
        for a, b in ((1, 2), (2, 3), (1, 3))
    ]
    assert all(p.fits for p in pairs), [p.reason for p in pairs]
    solved = solve(views, pairs, settings)
    assert any("on their side or head" in remark for remark in solved.remarks)
    for pose, s in zip(solved.poses, shots, strict=True):
        assert isinstance(pose, PlacedPose)
        between = pose.enu_from_cam.rotation.T @ s.enu_from_cam.rotation
        assert np.trace(between) > 1.0 + 2.0 * np.cos(np.deg2rad(4.0))


def zoomed(zooms: dict[int, float]) -> dict[int, PhotoView]:
    """Photos through longer lenses that their tags know nothing of."""
    views = {}
    room, told = room_points(700), descriptors(700)
    for n in range(6):
        long = Camera.centred(
            CAMERA.width_px, CAMERA.height_px, CAMERA.fx_px * zooms.get(n + 1, 1.0)
        )
        s = replace(shot(n + 1, 1.2 * n - 3.03, depth_scale=1.0 + 0.05 * (-1) ** n), camera=long)
        features = photograph(s, room, told, EXACT)
        depth = features.xyz_cam[:, 2].astype(np.float64)
        features = replace(
            features,
            scale_px=(0.1 * long.fx_px / (depth * s.depth_scale)).astype(np.float32),
            xyz_cam=CAMERA.unproject(features.uv_px.astype(np.float64), depth).astype(np.float32),
        )
        views[n + 1] = replace(view(s, features), camera=CAMERA)
    return views


@pytest.mark.parametrize(
    ("quarters", "words"), [(0, ""), (1, "its side"), (2, "upside down"), (3, "its side")]
)
def test_a_picture_that_no_other_holds_is_not_placed_on_its_side(quarters: int, words: str) -> None:
    _, views = walked([quarters])
    vague = {1: replace(views[1], tilt_sigma_deg=6.0)}
    (alone,) = solve(vague, [], RegistrationSettings()).poses
    if words:
        assert isinstance(alone, UnplacedPose)
        assert alone.reason.startswith(f"its picture seems to lie {'on ' * (quarters != 2)}{words}")
    else:
        assert isinstance(alone, PlacedPose)
    # Where edges or walls tell which way is up, what is nearest may be a wall.
    told = {1: replace(views[1], tilt_sigma_deg=1.0)}
    assert isinstance(solve(told, [], RegistrationSettings()).poses[0], PlacedPose)


@pytest.mark.parametrize("zooms", [{}, {2: 1.5}, {2: 1.5, 4: 1.5}, {3: 2.0}])
def test_sizes_of_features_tell_focal_lengths(zooms: dict[int, float]) -> None:
    views = zoomed(zooms)
    pairs = [
        replace(p, inlier_index=shared_index(views[p.photo_a], views[p.photo_b]))
        for p in all_pairs([shot(i, 0.0) for i in views])
    ]
    # As long as all fit, nobody needs another focal length.
    assert focal_factors(views, pairs) == {}
    odd = zooms.keys()
    pairs = [replace(p, own_reason="contradicts") if len({*p.key} & odd) == 1 else p for p in pairs]
    found = focal_factors(views, pairs)
    assert found.keys() == zooms.keys()
    for i, factor in found.items():
        assert factor == pytest.approx(zooms[i], rel=0.15)
        right = corrected(views[i], factor)
        assert right.camera.fx_px == pytest.approx(CAMERA.fx_px * factor)
        uv = right.camera.project(right.features.xyz_cam.astype(np.float64))
        assert uv == pytest.approx(right.features.uv_px.astype(np.float64), abs=0.05)
