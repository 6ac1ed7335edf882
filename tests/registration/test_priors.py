"""What tags say of poses: graph and bundle take it from one place, with the right derivatives."""

from __future__ import annotations

from dataclasses import replace

import gtsam
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    NOISY,
    SITE,
    descriptors,
    photograph,
    room_points,
    view,
    walk,
)
from worldmap.config import SolverSettings
from worldmap.frames import Similarity, cam
from worldmap.geodesy import enu
from worldmap.registration import graph as graph_module
from worldmap.registration.pair import exp_rotation
from worldmap.registration.priors import OFFSET, Priors, Told
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

SHARE = SolverSettings().shared_offset_share
STEP = 1e-6


def tagged(photos: int = 5) -> dict[int, PhotoView]:
    few, told = room_points(5), descriptors(5)
    views = {
        s.photo_id: view(s, photograph(s, few, told), NOISY, seed=3)
        for s in walk(photos, seed=3, step_m=6.0)
    }
    return {i: replace(v, shared_key="phone|day") for i, v in views.items()}


def poses_near(views: dict[int, PhotoView], seed: int) -> list[Similarity]:
    """Any rotation at all, positions some metres off the tags."""
    rng = np.random.default_rng(seed)
    return [
        Similarity(
            to=enu(SITE),
            source=cam(str(i)),
            rotation=exp_rotation(rng.normal(size=3)),
            translation_m=(np.zeros(3) if v.position_enu is None else v.position_enu)
            + rng.normal(size=3) * 3.0,
            scale=float(np.exp(rng.normal() * 0.2)),
        )
        for i, v in views.items()
    ]


def told(priors: Priors, poses: list[Similarity], offset: Array) -> list[Told]:
    return priors.told(
        np.array([p.rotation for p in poses]),
        np.array([p.translation_m for p in poses]),
        np.log([p.scale for p in poses]),
        offset,
    )


def moved(pose: Similarity, step: Array) -> Similarity:
    return replace(
        pose,
        rotation=pose.rotation @ exp_rotation(step[:3]),
        translation_m=pose.translation_m + step[3:6],
        scale=pose.scale * float(np.exp(step[6])),
    )


@pytest.mark.parametrize("seed", range(6))
def test_derivatives_are_those_of_the_residuals(seed: int) -> None:
    views = tagged()
    priors = Priors.of(list(views.values()), SHARE)
    assert priors.offsets == 1
    poses, offset = poses_near(views, seed), np.random.default_rng(seed).normal(size=(1, 3))
    here = told(priors, poses, offset)
    for column in range(OFFSET.stop):
        step = STEP * np.eye(OFFSET.stop)[column]
        ahead, behind = (
            told(priors, [moved(p, side * step) for p in poses], offset + side * step[OFFSET])
            for side in (1, -1)
        )
        for said, one, other in zip(here, ahead, behind, strict=True):
            slope = (one.residual - other.residual) / (2 * STEP)
            size = 1.0 + np.abs(said.by_pose).max()
            assert said.by_pose[:, :, column] == pytest.approx(slope, abs=1e-6 * size)


def test_what_is_untold_has_no_say() -> None:
    views = tagged()
    first = next(iter(views))
    views[first] = replace(views[first], position_ecef=None, heading_deg=None)
    poses, offset = poses_near(views, 1), np.zeros((1, 3))
    position, heading, level, scale = told(Priors.of(list(views.values()), SHARE), poses, offset)
    for said in (position, heading):
        assert said.weight()[0] == 0.0
        assert (said.weight()[1:] > 0).all()
        others = replace(said, residual=said.residual[1:], by_pose=said.by_pose[1:])
        assert said.cost() == pytest.approx(others.cost())
    assert (level.weight() > 0).all()
    assert (scale.weight() == 1.0).all()


def test_few_photos_share_no_offset() -> None:
    assert Priors.of(list(tagged(3).values()), SHARE).offsets == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_graph_says_of_tags_what_the_bundle_says(seed: int) -> None:
    """The cost of its factors, and its slope in GTSAM's own perturbation."""
    views = tagged()
    priors = Priors.of(list(views.values()), SHARE)
    poses, offset = poses_near(views, seed), np.full((1, 3), 0.7)
    values, graph = gtsam.Values(), gtsam.NonlinearFactorGraph()
    values.insert(graph_module._offset_key(0), offset[0])
    for (photo_id, own), pose in zip(priors.each(views).items(), poses, strict=True):
        values.insert(photo_id, graph_module._to_gtsam(pose))
        graph_module._add_tags(graph, photo_id, own)
    cost = sum(said.cost() for said in told(priors, poses, offset))
    assert graph.error(values) == pytest.approx(cost / 2, rel=1e-9)

    first = next(iter(views))
    start = gtsam.Values(values)
    start.update(first, values.atSimilarity3(first).retract(np.linspace(-0.4, 0.5, 7)))
    graph.add(graph_module._anchor(first, start))
    slope = graph.linearize(values).gradientAtZero()
    for key in values.keys():  # noqa: SIM118 (no mapping)
        is_photo = key in views
        for row, axis in enumerate(np.eye(7 if is_photo else 3) * STEP):
            costs = []
            for side in (1, -1):
                near = gtsam.Values(values)
                if is_photo:
                    near.update(key, values.atSimilarity3(key).retract(side * axis))
                else:
                    near.update(key, values.atVector(key) + side * axis)
                costs.append(graph.error(near))
            numeric = (costs[0] - costs[1]) / (2 * STEP)
            assert slope.at(key)[row] == pytest.approx(numeric, rel=1e-5, abs=1e-5), (key, row)


@pytest.mark.parametrize("told_deg", [0.1, 0.3, 1.5])
def test_levels_are_as_sure_as_they_agree(told_deg: float) -> None:
    shots = walk(40, seed=3)
    few, told = room_points(5), descriptors(5)
    views = [
        replace(view(s, photograph(s, few, told), NOISY, seed=3), tilt_sigma_deg=told_deg)
        for s in shots
    ]
    priors = Priors.of(views, SHARE)
    rotation = np.array([s.enu_from_cam.rotation for s in shots])
    for _ in range(3):
        priors = priors.levelled(rotation)
    # Drawn by 0.3 degrees; 78 numbers know that to a twelfth.
    assert np.rad2deg(priors.level_sigma_rad) == pytest.approx(0.3, rel=0.25)


def test_one_level_says_nothing_of_how_sure_it_is() -> None:
    (only,) = tagged(1).values()
    priors = Priors.of([only], SHARE)
    level_from_cam = np.array([only.level_from_cam])
    tilted = exp_rotation(np.array((0.02, 0.0, 0.0))) @ level_from_cam
    assert priors.levelled(tilted).level_sigma_rad == pytest.approx(priors.level_sigma_rad)


def test_photos_whose_level_is_only_assumed_make_those_that_are_told_no_surer() -> None:
    """All are drawn by 0.3 degrees; half say so, half are given six."""
    shots = walk(40, seed=3)
    few, told = room_points(5), descriptors(5)
    views = [
        replace(
            view(s, photograph(s, few, told), NOISY, seed=3), tilt_sigma_deg=0.3 if n % 2 else 6
        )
        for n, s in enumerate(shots)
    ]
    priors = Priors.of(views, SHARE).levelled(np.array([s.enu_from_cam.rotation for s in shots]))
    sigma_deg = np.rad2deg(priors.level_sigma_rad)
    assert sigma_deg[1::2] == pytest.approx(0.3, rel=0.25)
    # Of 40 numbers one is what was assumed.
    assert (sigma_deg[::2] > 6 / np.sqrt(42)).all()
