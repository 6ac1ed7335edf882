"""Photos that no structure holds, placed by one photo's depth."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from tests.helpers.registration_makers import (
    Shot,
    descriptors,
    photograph,
    room_points,
    view,
)
from tests.registration.test_structure import ERRORS, POINTS, WALK, seen, stand
from worldmap.config import PairSettings
from worldmap.frames import rotation_angle_rad
from worldmap.registration.resection import resected
from worldmap.registration.structure import Structure
from worldmap.registration.view import PhotoView

SETTINGS = PairSettings(ratio=0.8)
ALONE = WALK[3]


def with_depth(shots: list[Shot], *, times: float = 1.0) -> dict[int, PhotoView]:
    """Photos with their true depth, so many times as large."""
    room, told = room_points(POINTS), descriptors(POINTS)
    found = {}
    for each in shots:
        of = view(each, photograph(each, room, told, ERRORS), ERRORS)
        lifted = of.features.xyz_cam * np.float32(times)
        found[each.photo_id] = replace(of, features=replace(of.features, xyz_cam=lifted))
    return found


def place(
    structures: tuple[Structure, ...],
    lifted: dict[int, PhotoView],
    views: dict[int, PhotoView],
) -> list[Structure]:
    pairs = list(combinations(sorted({**views, **lifted}), 2))
    pairs = [(a, b) for a, b in pairs if (a in views) != (b in views)]
    return resected(structures, lifted, views, pairs, SETTINGS, neighbours=2)


def off_m(structure: Structure, beside: Shot, size: float) -> float:
    """How far the lone photo stands from where it should, seen from another's axes."""
    found = (
        structure.enu_from_cam[beside.photo_id].inverse() @ (structure.enu_from_cam[ALONE.photo_id])
    )
    true = beside.enu_from_cam.inverse() @ ALONE.enu_from_cam
    assert np.rad2deg(rotation_angle_rad(found.rotation.T @ true.rotation)) < 0.3
    return float(np.linalg.norm(found.translation_m / size - true.translation_m))


def test_of_one_photo_with_depth_another_knows_its_place_and_depth_in_its_metres() -> None:
    beside = WALK[2]
    lifted = with_depth([beside], times=1.2)
    (found,) = place((), lifted, seen([ALONE]))
    assert off_m(found, beside, 1.2) < 0.05
    anchors = found.anchors[ALONE.photo_id]
    assert anchors.neighbours == (beside.photo_id,)
    assert found.anchors[beside.photo_id].neighbours == (ALONE.photo_id,)
    true = with_depth([ALONE])[ALONE.photo_id].features
    row = {tuple(uv): k for k, uv in enumerate(true.uv_px.astype(float).tolist())}
    true_m = true.xyz_cam[[row[tuple(uv)] for uv in anchors.uv_px.tolist()], 2]
    assert len(anchors) > 50
    assert np.median(np.abs(anchors.depth_m / 1.2 / true_m - 1)) < 0.01


def test_it_stands_in_the_metres_of_the_structure_whatever_those_of_the_depth() -> None:
    (structure,) = stand(seen(WALK[:3]))
    lifted = with_depth(WALK[:3], times=1.5)
    (found,) = place((structure,), lifted, seen([ALONE]))
    assert set(found.enu_from_cam) == {1, 2, 3, 4}
    assert {i: found.anchors[i] for i in (1, 2, 3)} == structure.anchors
    apart = structure.enu_from_cam[3].translation_m - structure.enu_from_cam[1].translation_m
    true = WALK[2].enu_from_cam.translation_m - WALK[0].enu_from_cam.translation_m
    size = float(np.linalg.norm(apart) / np.linalg.norm(true))
    # As well as three photos know each other's places, half a pixel off.
    assert off_m(found, WALK[2], size) < 0.15
    assert set(found.anchors[ALONE.photo_id].neighbours) <= {1, 2, 3}


def test_a_photo_of_other_things_stands_nowhere() -> None:
    strange = seen([ALONE])
    features = strange[ALONE.photo_id].features
    rng = np.random.default_rng(5)
    other = replace(features, descriptor=rng.permuted(features.descriptor, axis=1))
    views = {ALONE.photo_id: replace(strange[ALONE.photo_id], features=other)}
    assert place((), with_depth([WALK[2]]), views) == []


def test_what_would_tilt_the_world_is_not_believed() -> None:
    views = seen([ALONE])
    tilted = {i: replace(each, roll_deg=each.roll_deg + 40.0) for i, each in views.items()}
    assert place((), with_depth([WALK[2]]), tilted) == []
