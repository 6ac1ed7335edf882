"""What no tag and no pair tells comes out open, however many photos there are, and what is told
comes out as sure as the dense inverse of all equations has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.registration_makers import (
    NOISY,
    Shot,
    all_pairs,
    shared_index,
    shot,
    untagged,
    views_of,
)
from worldmap.config import PairSettings, SolverSettings
from worldmap.records import PairRegistration
from worldmap.registration.bundle.adjust import bundle_adjust
from worldmap.registration.bundle.problem import Problem
from worldmap.registration.bundle.residuals import PHOTO
from worldmap.registration.bundle.rigs import Rigs
from worldmap.registration.bundle.sensors import sensors_of
from worldmap.registration.bundle.state import POSE, State, observe
from worldmap.registration.graph import GraphPose, solve_graph
from worldmap.registration.priors import Priors
from worldmap.registration.tracks import build_tracks
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]
SOLVER, PAIRS = SolverSettings(), PairSettings()


def straight(count: int) -> list[Shot]:
    """Photos on one straight line before the wall, level but for a degree or two."""
    rng = np.random.default_rng(5)
    return [
        shot(
            index + 1,
            12.1 * index / (count - 1) - 6.07,
            heading_deg=float(rng.uniform(-12, 12)),
            pitch_deg=float(rng.normal(0, 2)),
            roll_deg=float(rng.normal(0, 2)),
        )
        for index in range(count)
    ]


def film(count: int, **told: float) -> tuple[list[Shot], dict[int, PhotoView]]:
    """Frames of a film: a position in the first only, a heading in none; with other sigmas."""
    shots = straight(count)
    views = views_of(shots, NOISY, points=160)
    return shots, {
        i: replace(untagged(v, position=i != 1), **told)  # type: ignore[arg-type]
        for i, v in views.items()
    }


def near(shots: list[Shot], views: dict[int, PhotoView]) -> list[PairRegistration]:
    """True pairs of each photo with the next two."""
    place = {s.photo_id: n for n, s in enumerate(shots)}
    return [
        replace(p, inlier_index=shared_index(views[p.photo_a], views[p.photo_b]))
        for p in all_pairs(shots)
        if place[p.photo_b] - place[p.photo_a] <= 2
    ]


def sigmas(count: int, solver: str, **told: float) -> Array:
    """(7,) of the last photo: turn about the vertical and across it (rad), place (m), log scale."""
    shots, views = film(count, **told)
    pairs, start = near(shots, views), {s.photo_id: s.similarity for s in shots}
    poses: Mapping[int, GraphPose]
    if solver == "graph":
        poses = solve_graph(views, pairs, start, SOLVER)
    else:
        tracks = build_tracks(views, pairs, per_photo=60)
        poses = bundle_adjust(views, tracks, start, PAIRS, SOLVER).poses
    covariance = poses[count].covariance
    enu_from_cam = np.eye(7)
    enu_from_cam[:3, :3] = shots[-1].enu_from_cam.rotation
    return np.asarray(np.sqrt(np.diag(enu_from_cam @ covariance @ enu_from_cam.T)))


@pytest.mark.parametrize(
    ("count", "solver"),
    [(4, "graph"), (9, "graph"), (12, "graph"), (40, "graph"), (4, "bundle"), (12, "bundle")],
)
def test_a_heading_that_nothing_tells_is_open(count: int, solver: str) -> None:
    """A uniform turn has 104°; what holds the equations together may say half a turn."""
    found = sigmas(count, solver)
    assert np.rad2deg(found[2]) > 104.0
    assert np.rad2deg(found[:2]).max() < 1.0


@pytest.mark.parametrize("solver", ["graph", "bundle"])
@pytest.mark.parametrize("count", [4, 12])
def test_height_scale_and_roll_are_open_each_by_itself(count: int, solver: str) -> None:
    """Where every tag of one kind is as good as none, that alone is open."""
    height = sigmas(count, solver, vertical_sigma_m=1e4)
    assert height[5] > 5e3
    scale = sigmas(count, solver, scale_sigma_rel=100.0)
    assert scale[6] > 100.0 / np.sqrt(count) / 2
    shots, _ = film(count)
    roll = sigmas(count, solver, tilt_sigma_deg=1e5)
    along = shots[-1].enu_from_cam.translation_m - shots[0].enu_from_cam.translation_m
    assert along[0] == pytest.approx(12.1)
    assert np.rad2deg(roll[0]) > 1e4 / count


def test_sigmas_are_those_of_the_dense_inverse() -> None:
    """Points and all: what eliminating them leaves is the block of the whole inverse, in the open
    direction too."""
    shots, views = film(6)
    tracks = build_tracks(views, near(shots, views), per_photo=40)
    sensors, priors = sensors_of(views, {}), Priors.of(list(views.values()), 0.1)
    poses = [s.similarity for s in shots]
    state = State(
        rotation=np.array([p.rotation for p in poses]),
        centre=np.array([p.translation_m for p in poses]),
        log_scale=np.log([p.scale for p in poses]),
        far_bias=np.zeros(6),
        sway=np.zeros((6, 3)),
        deviation=np.zeros(6),
        lens=sensors.mean.copy(),
        offset=np.zeros((priors.offsets, 3)),
        point=np.zeros((tracks.count, 3)),
    )
    problem = Problem(
        observed=observe(views, tracks, PAIRS),
        sensors=sensors,
        priors=priors,
        spread=np.full(1, 0.003),
        sway=np.full(1, 0.002),
        free=np.ones(6 * POSE + 5, dtype=np.bool_),
        rigs=Rigs.of(list(views.values())),
    )
    state = state.with_points(problem.observed, sensors)
    normal = problem.normal(state)
    photo = problem.observed.photo
    size, points = problem.size, len(state.point)
    whole = np.zeros((size + 3 * points,) * 2)
    whole[:size, :size] = normal.matrix
    for index, block in enumerate(normal.linear.point):
        at = size + 3 * index + np.arange(3)
        whole[np.ix_(at, at)] = block
    tied = np.zeros((PHOTO * 6, 3 * points))
    for row, track in enumerate(problem.observed.track):
        tied[PHOTO * photo[row] :, 3 * track : 3 * track + 3][:PHOTO] += (
            normal.linear.by_photo[row].T @ normal.linear.by_point[row]
        )
    across = problem.into_photos.T @ tied
    whole[: len(across), size:] = across
    whole[size:, : len(across)] = across.T
    unit = 1.0 / np.sqrt(np.diag(whole))
    dense = unit[:, None] * np.linalg.pinv(unit[:, None] * whole * unit, rcond=1e-14) * unit
    found = np.diag(problem.posterior(state).covariance)
    assert found == pytest.approx(np.diag(dense)[:size], rel=1e-3)
