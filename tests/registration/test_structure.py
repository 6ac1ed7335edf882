"""Photos without depth: how they stand to each other, and how large that is."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    Errors,
    Shot,
    descriptors,
    photograph,
    room_points,
    shot,
    view,
)
from worldmap.camera import Camera
from worldmap.config import PairSettings
from worldmap.registration.structure import Alone, Standing, Structure, structures
from worldmap.registration.view import UNTOLD_FOCAL_SIGMA_REL, PhotoView

POINTS = 900
ERRORS = Errors(pixel_px=0.5, tag_factor=1.0, gps_m=0.5, height_m=0.5, tilt_deg=2.0)
# Photos that look at the same wall, some steps apart.
WALK = [
    shot(i, x, y, heading_deg=h, pitch_deg=1.0, roll_deg=-2.0, height_m=1.63)
    for i, x, y, h in (
        (1, -4.53, 0.31, 12),
        (2, -2.0, -0.6, 4),
        (3, 0.4, 0.2, 0),
        (4, 3.1, -0.4, -9),
    )
]


def without_depth(of: PhotoView) -> PhotoView:
    nowhere = np.full_like(of.features.xyz_cam, np.nan)
    return replace(of, features=replace(of.features, xyz_cam=nowhere))


def seen(shots: list[Shot], *, errors: Errors = ERRORS) -> dict[int, PhotoView]:
    room, told = room_points(POINTS), descriptors(POINTS)
    return {
        each.photo_id: without_depth(view(each, photograph(each, room, told, errors), errors))
        for each in shots
    }


def look(views: dict[int, PhotoView], neighbours: int = 2) -> Standing:
    pairs = list(combinations(sorted(views), 2))
    return structures(views, pairs, PairSettings(ratio=0.8), neighbours=neighbours)


def stand(views: dict[int, PhotoView]) -> tuple[Structure, ...]:
    return look(views).groups


def apart_m(structure: Structure) -> NDArray[np.float64]:
    """Distances between all photos, by the structure over the true ones."""
    true = {each.photo_id: each.enu_from_cam.translation_m for each in WALK}
    return np.array(
        [
            np.linalg.norm(
                structure.enu_from_cam[a].translation_m - structure.enu_from_cam[b].translation_m
            )
            / np.linalg.norm(true[a] - true[b])
            for a, b in combinations(sorted(structure.enu_from_cam), 2)
        ]
    )


@pytest.fixture(scope="module")
def standing() -> Structure:
    (found,) = stand(seen(WALK))
    return found


def test_photos_stand_as_they_were_taken_and_as_large_as_their_tags_allow(
    standing: Structure,
) -> None:
    assert set(standing.enu_from_cam) == {1, 2, 3, 4}
    ratios = apart_m(standing)
    size = float(np.median(ratios))
    assert np.abs(ratios / size - 1).max() < 0.02
    assert abs(np.log(size)) < 2 * standing.scale_sigma_rel
    assert 0.02 < standing.scale_sigma_rel < 0.5
    true = WALK[1].enu_from_cam.inverse() @ WALK[0].enu_from_cam
    found = standing.enu_from_cam[2].inverse().rotation @ standing.enu_from_cam[1].rotation
    off_deg = np.rad2deg(np.arccos(np.clip((np.trace(found.T @ true.rotation) - 1) / 2, -1, 1)))
    assert off_deg < 0.3


def test_each_photo_has_points_at_their_depth_and_neighbours_from_aside(
    standing: Structure,
) -> None:
    size = float(np.median(apart_m(standing)))
    views = seen(WALK)
    room, told = room_points(POINTS), descriptors(POINTS)
    lifted = photograph(WALK[2], room, told, ERRORS)
    anchors = standing.anchors[3]
    assert len(anchors) > 50
    row = {tuple(uv): k for k, uv in enumerate(views[3].features.uv_px.astype(float).tolist())}
    true_m = np.array([lifted.xyz_cam[row[tuple(uv)], 2] for uv in anchors.uv_px.tolist()])
    assert np.median(np.abs(anchors.depth_m / size / true_m - 1)) < 0.01
    assert set(anchors.neighbours) <= {1, 2, 4}
    assert len(anchors.neighbours) == 2


def test_a_photo_of_which_little_is_seen_elsewhere_stands_by_that() -> None:
    """COLMAP's own bar is thirty points."""
    views = seen(WALK)
    features = views[4].features
    few = np.flatnonzero(np.isin(features.descriptor, views[2].features.descriptor).all(axis=1))
    few = few[:: len(few) // 24][:24]
    few_seen = replace(
        features,
        **{
            name: getattr(features, name)[few]
            for name in (
                "uv_px", "xyz_cam", "descriptor", "scale_px", "on_plane", "depth_sigma_rel"
            )
        },
    )  # fmt: skip
    (found,) = stand({**views, 4: replace(views[4], features=few_seen)})
    assert set(found.enu_from_cam) == {1, 2, 3, 4}
    assert 15 <= len(found.anchors[4]) < 30
    ratios = apart_m(found)
    assert np.abs(ratios / np.median(ratios) - 1).max() < 0.1


def test_a_focal_length_that_is_told_wrong_is_found() -> None:
    views = {
        i: replace(each, camera=Camera.centred(1000, 750, 830.0)) for i, each in seen(WALK).items()
    }
    (found,) = stand(views)
    assert {round(camera.fx_px) for camera in found.cameras.values()} <= set(range(790, 811))


def test_without_tags_the_size_is_told_as_unknown() -> None:
    (found,) = stand({i: replace(v, position_ecef=None) for i, v in seen(WALK).items()})
    assert found.scale_sigma_rel == 1.0


def test_one_photo_that_has_depth_says_how_large_all_is() -> None:
    views = {i: replace(v, position_ecef=None) for i, v in seen(WALK).items()}
    room, told = room_points(POINTS), descriptors(POINTS)
    views[2] = replace(
        view(WALK[1], photograph(WALK[1], room, told, ERRORS), ERRORS), position_ecef=None
    )
    (found,) = stand(views)
    assert np.median(apart_m(found)) == pytest.approx(1, abs=0.02)
    assert found.scale_sigma_rel == pytest.approx(ERRORS.scale_rel, rel=0.01)


def test_why_photos_stand_nowhere_is_told() -> None:
    room = room_points(POINTS)
    strangers = {
        each.photo_id: without_depth(
            view(each, photograph(each, room, descriptors(POINTS, each.photo_id)))
        )
        for each in WALK[:2]
    }
    assert look(strangers).alone == dict.fromkeys((1, 2), Alone.NO_OVERLAP)
    turned = [shot(1, 0.03, height_m=1.63), shot(2, 0.03, heading_deg=12, height_m=1.63)]
    assert look(seen(turned)).alone == dict.fromkeys((1, 2), Alone.ONE_SPOT)
    views = seen(WALK[:2])
    assert look({1: views[1]}).alone == {1: Alone.NO_OTHER}
    few = photograph(WALK[1], room_points(40), descriptors(40), ERRORS)
    plain = without_depth(view(WALK[1], few, ERRORS))
    assert look({1: views[1], 2: plain}).alone[2] == Alone.PLAIN
    tilted = {1: views[1], 2: replace(views[2], roll_deg=40.0)}
    found = look(tilted)
    assert found.groups == ()
    assert found.alone == dict.fromkeys((1, 2), Alone.TILTED)
    # A few things in common are too few for two photos by themselves.
    told, other = descriptors(POINTS), descriptors(POINTS, 7)
    other[:80] = told[:80]
    few_common = {
        each.photo_id: without_depth(view(each, photograph(each, room, own, ERRORS), ERRORS))
        for each, own in zip(WALK[:2], (told, other), strict=True)
    }
    assert look(few_common).alone == dict.fromkeys((1, 2), Alone.ONE_OTHER)
    (found_two,) = stand(views)
    assert set(found_two.enu_from_cam) == {1, 2}


def test_a_walk_straight_ahead_stands_at_its_tagged_focal_length() -> None:
    """Rays meet under a degree or two, and hardly tell a focal length."""
    ahead = [shot(i, 0.05 * i, -8.0 + 1.2 * i, heading_deg=1.0, height_m=1.63) for i in range(1, 6)]
    (found,) = stand(seen(ahead))
    assert len(found.enu_from_cam) == 5
    places = np.array([found.enu_from_cam[i].translation_m for i in range(1, 6)])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert np.abs(steps / steps.mean() - 1).max() < 0.25
    for i, camera in found.cameras.items():
        tag_px = seen(ahead)[i].camera.fx_px
        assert abs(camera.fx_px / tag_px - 1) < 0.1


def test_lenses_that_nothing_is_known_of_are_found() -> None:
    true_px = WALK[0].camera.fx_px
    views = {
        i: replace(
            each,
            camera=replace(each.camera, fx_px=0.75 * true_px, fy_px=0.75 * true_px),
            focal_sigma_rel=UNTOLD_FOCAL_SIGMA_REL,
            camera_key=f"photo {i}",
        )
        for i, each in seen(WALK).items()
    }
    (found,) = stand(views)
    assert set(found.enu_from_cam) == {1, 2, 3, 4}
    assert all(abs(camera.fx_px / true_px - 1) < 0.05 for camera in found.cameras.values())
    ratios = apart_m(found)
    assert np.abs(ratios / np.median(ratios) - 1).max() < 0.05
