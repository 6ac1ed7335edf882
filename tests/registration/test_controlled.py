"""Surveyed points hold a solved group, check it, place photos without positions, and are named
where they are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    NOISY,
    SITE,
    Shot,
    pair,
    shared_index,
    untagged,
    views_of,
    walk,
)
from worldmap.config import RegistrationSettings
from worldmap.geodesy import geodetic_from_ecef
from worldmap.records import ControlAccuracy, ControlRole, PairRegistration, PlacedPose
from worldmap.registration.controlled import Control, SurveyedPoint, control_results, located
from worldmap.registration.solve import Solution, solve
from worldmap.registration.view import PhotoView

SETTINGS = RegistrationSettings()
SHOTS = walk(6, seed=4)
# On the wall, the ground and boxes, all about the room.
PLACES = np.array(
    (
        *((-7.0, 12.0, 0.3), (6.5, 11.0, 0.1), (0.5, 7.5, 1.0), (-3.0, 10.0, 2.6), (4.0, 9.0, 2.0)),
        *((-1.0, 9.5, 0.5), (2.5, 12.0, 1.7)),
    )
)
CHECKS = {5, 6}
Array = NDArray[np.float64]


def surveyed(places: Array = PLACES, sigma_m: float = 0.01, seed: int = 0) -> list[SurveyedPoint]:
    rng = np.random.default_rng((seed, 11))
    found = []
    for index, place in enumerate(places):
        xyz = SITE.ecef_from_enu.apply(place + sigma_m * rng.normal(size=3))
        lat, lon, _ = geodetic_from_ecef(xyz)
        found.append(
            SurveyedPoint(
                name=f"P{index}",
                xyz_ecef=xyz,
                lat_deg=float(lat),
                lon_deg=float(lon),
                horizontal_sigma_m=sigma_m,
                vertical_sigma_m=sigma_m,
                role=ControlRole.CHECK if index in CHECKS else ControlRole.CONTROL,
            )
        )
    return found


def marked(
    shots: Sequence[Shot], points: Sequence[SurveyedPoint], *, sigma_px: float = 0.7, seed: int = 0
) -> Control:
    """Every point marked in every photo whose frame it falls into."""
    rng = np.random.default_rng((seed, 12))
    marks: dict[int, list[tuple[int, float, float, float]]] = {}
    for shot in shots:
        uv = shot.camera.project(shot.enu_from_cam.inverse().apply(PLACES))
        for index, (u, v) in enumerate(uv):
            if 0 < u < shot.camera.width_px and 0 < v < shot.camera.height_px:
                du, dv = sigma_px * rng.normal(size=2)
                marks.setdefault(shot.photo_id, []).append((index, u + du, v + dv, sigma_px))
    return Control(points=points, marks=marks)


def scene(seed: int) -> tuple[dict[int, PhotoView], list[PairRegistration]]:
    views = views_of(SHOTS, NOISY, points=250, seed=seed)
    pairs = [
        pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id]))
        for n, a in enumerate(SHOTS)
        for b in SHOTS[n + 1 :]
    ]
    return views, pairs


@pytest.fixture(scope="module")
def walked() -> tuple[dict[int, PhotoView], list[PairRegistration]]:
    return scene(1)


def off_m(solution: Solution) -> list[float]:
    """How far each photo is from the truth, on Earth."""
    truth = {s.photo_id: s.enu_from_cam.translation_m for s in SHOTS}
    return [
        float(np.linalg.norm(p.about(SITE).enu_from_cam.translation_m - truth[p.photo_id]))
        for p in solution.poses
        if isinstance(p, PlacedPose)
    ]


def rms_sigmas(solution: Solution) -> float:
    truth = {s.photo_id: s.enu_from_cam.translation_m for s in SHOTS}
    poses = [p.about(SITE) for p in solution.poses if isinstance(p, PlacedPose)]
    off = [p.enu_from_cam.translation_m - truth[p.photo_id] for p in poses]
    return float(np.sqrt(np.mean(np.square(np.array(off) / [p.position_sigma_m for p in poses]))))


def test_five_points_hold_the_group(
    walked: tuple[dict[int, PhotoView], list[PairRegistration]],
) -> None:
    views, pairs = walked
    control = marked(SHOTS, surveyed())
    free, held = solve(views, pairs, SETTINGS), solve(views, pairs, SETTINGS, control=control)
    assert min(off_m(free)) > 0.5
    # Features of 1.5 px, 60 of them a photo: the street bends by some centimetres, and says so.
    assert max(off_m(held)) < 0.12
    assert rms_sigmas(held) < 2.0
    results = control_results(views, held.poses, control, held.remarks)
    checks = ControlAccuracy.of(results[p.name] for p in control.points if p.role == "check")
    assert checks.points == 2
    assert checks.total_m < 0.1  # features of 1.5 px, 60 of them a photo
    assert all(r.used for n, r in results.items() if n not in ("P5", "P6"))
    for pose in held.poses:
        assert isinstance(pose, PlacedPose)
        assert max(pose.position_sigma_m) < 0.1
        assert max(pose.rotation_sigma_deg) < 0.5
    # Points that are held out hold nothing.
    without = replace(control, points=[p for p in control.points if p.role != "check"])
    marks = {i: [m for m in own if m[0] not in CHECKS] for i, own in control.marks.items()}
    same = solve(views, pairs, SETTINGS, control=replace(without, marks=marks))
    assert off_m(same) == off_m(held)


@pytest.mark.nightly
def test_the_stated_sigmas_hold(
    walked: tuple[dict[int, PhotoView], list[PairRegistration]],
) -> None:
    views, pairs = walked
    off = []
    for seed in range(4):
        control = marked(SHOTS, surveyed(seed=seed), seed=seed)
        for pose in solve(views, pairs, SETTINGS, control=control).poses:
            assert isinstance(pose, PlacedPose)
            truth = next(s for s in SHOTS if s.photo_id == pose.photo_id)
            miss = pose.about(SITE).enu_from_cam.translation_m - truth.enu_from_cam.translation_m
            off.append(miss / pose.position_sigma_m)
    assert 0.3 < float(np.sqrt(np.mean(np.square(off)))) < 1.6


@pytest.mark.parametrize("blunder", [(0.0, 0.0, 0.8), (12.0, -3.0, 0.0)])
def test_a_point_that_is_elsewhere_is_named_and_not_used(
    blunder: tuple[float, float, float],
    walked: tuple[dict[int, PhotoView], list[PairRegistration]],
) -> None:
    views, pairs = walked
    places = PLACES.copy()
    places[1] += blunder
    control = marked(SHOTS, surveyed(places))
    held = solve(views, pairs, SETTINGS, control=control)
    # Of a point that is 0.8 m off or more.
    assert max(off_m(held)) < 0.1
    assert any("ground control point P1 is" in r and "not used" in r for r in held.remarks)
    results = control_results(views, held.poses, control, held.remarks)
    assert [n for n, r in results.items() if r.remark] == ["P1"]
    found = results["P1"]
    assert (found.east_m, found.north_m, found.up_m) == pytest.approx(
        tuple(-b for b in blunder), abs=0.1
    )


def test_points_that_contradict_each_other_hold_nothing(
    walked: tuple[dict[int, PhotoView], list[PairRegistration]],
) -> None:
    views, pairs = walked
    places = PLACES[:3].copy()
    places[1] += (0.0, 0.0, 9.0)
    places[2] += (0.0, 0.0, -14.0)
    control = marked(SHOTS, surveyed(places))
    control = replace(
        control, marks={i: [m for m in own if m[0] < 3] for i, own in control.marks.items()}
    )
    held = solve(views, pairs, SETTINGS, control=control)
    assert any("no two of the ground control points agree" in r for r in held.remarks)
    assert off_m(held) == off_m(solve(views, pairs, SETTINGS))


def test_one_point_moves_the_group_and_turns_nothing(
    walked: tuple[dict[int, PhotoView], list[PairRegistration]],
) -> None:
    views, pairs = walked
    control = marked(SHOTS, surveyed())
    one = replace(
        control, marks={i: [m for m in own if m[0] == 0] for i, own in control.marks.items()}
    )
    free, held = solve(views, pairs, SETTINGS), solve(views, pairs, SETTINGS, control=one)
    found = control_results(views, held.poses, one)["P0"]
    assert found.off_m < 0.05
    turned = [
        np.linalg.norm(a.enu_from_cam.rotation - b.enu_from_cam.rotation)
        for a, b in zip(free.poses, held.poses, strict=True)
        if isinstance(a, PlacedPose) and isinstance(b, PlacedPose)
    ]
    assert max(turned) < np.deg2rad(9.0)


def test_photos_without_any_position_get_one(
    walked: tuple[dict[int, PhotoView], list[PairRegistration]],
) -> None:
    views, pairs = walked
    bare = {i: untagged(v) for i, v in views.items()}
    assert not off_m(solve(bare, pairs, SETTINGS))
    control = marked(SHOTS, surveyed())
    placed = located(bare, control)
    for shot in SHOTS:
        view = placed[shot.photo_id]
        if view.position_enu is not None:
            away = np.linalg.norm(view.position_enu - shot.enu_from_cam.translation_m)
            assert away < 3.0 * view.horizontal_sigma_m
    held = solve(bare, pairs, SETTINGS, control=control)
    assert len(off_m(held)) == len(SHOTS)
    assert max(off_m(held)) < 0.12
    assert rms_sigmas(held) < 2.0
