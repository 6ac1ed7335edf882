"""The start and the graph: pairs and tags to poses, false pairs and wrong tags notwithstanding."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.registration_makers import (
    EXACT,
    NOISY,
    SITE,
    Errors,
    Shot,
    all_pairs,
    descriptors,
    moved_tag,
    pair,
    photograph,
    pose_errors,
    room_points,
    shot,
    untagged,
    view,
    walk,
)
from worldmap.config import PairSettings, SolverSettings
from worldmap.errors import ExtraError
from worldmap.frames import Similarity
from worldmap.geodesy import enu
from worldmap.records import PairRegistration
from worldmap.registration.graph import GraphPose, misfit_sigmas, solve_graph
from worldmap.registration.start import components, starting_poses
from worldmap.registration.view import PhotoView

SETTINGS = SolverSettings()
# Scales whose mean is one, as the tags say of them: else the whole area would be off by it.
_WALK = walk(6, seed=3, step_m=6.0)
_MEAN = float(np.exp(np.mean([np.log(s.depth_scale) for s in _WALK])))
SHOTS = [replace(s, depth_scale=s.depth_scale / _MEAN) for s in _WALK]


def tagged(
    shots: list[Shot] = SHOTS, errors: Errors = EXACT, seed: int = 0
) -> dict[int, PhotoView]:
    few, told = room_points(5), descriptors(5)
    return {s.photo_id: view(s, photograph(s, few, told), errors, seed=seed) for s in shots}


def solve(
    views: dict[int, PhotoView],
    pairs: list[PairRegistration],
    settings: SolverSettings = SETTINGS,
) -> dict[int, GraphPose]:
    return solve_graph(views, pairs, starting_poses(views, pairs, PairSettings()), settings)


def poses(solution: dict[int, GraphPose]) -> dict[int, Similarity]:
    return {i: p.enu_from_cam for i, p in solution.items()}


def noisy_pairs(shots: list[Shot], seed: int) -> list[PairRegistration]:
    """Neighbours and next neighbours, each off by its sigmas."""
    rng = np.random.default_rng((seed, 9))
    return [
        pair(
            a,
            b,
            off_deg=float(np.rad2deg(0.002 * rng.normal())),
            off_m=tuple(0.03 * rng.normal(size=3)),
            off_log_scale=float(0.005 * rng.normal()),
        )
        for number, a in enumerate(shots)
        for b in shots[number + 1 : number + 3]
    ]


# --- components -------------------------------------------------------------------------------


def test_components_are_sorted_largest_first() -> None:
    pairs = [pair(SHOTS[4], SHOTS[2]), pair(SHOTS[2], SHOTS[5]), pair(SHOTS[0], SHOTS[3])]
    ids = [s.photo_id for s in SHOTS]
    assert components(ids, pairs) == [[3, 5, 6], [1, 4], [2]]
    assert components(ids[::-1], pairs[::-1]) == [[3, 5, 6], [1, 4], [2]]
    assert components(ids, []) == [[1], [2], [3], [4], [5], [6]]
    assert components([], []) == []


# --- the start --------------------------------------------------------------------------------


def test_the_start_is_right_where_all_is_exact() -> None:
    shots = [replace(s, depth_scale=1.0) for s in SHOTS]
    off_m, off_deg, off_scale = pose_errors(
        starting_poses(tagged(shots), all_pairs(shots), PairSettings()), shots
    )
    assert off_deg.max() < 1.0 + 1e-6  # a turn is tried every 2°
    assert off_m.max() < 1.0
    assert np.abs(off_scale).max() < 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_the_start_lies_near_the_truth(seed: int) -> None:
    views = tagged(errors=NOISY, seed=seed)
    start = starting_poses(views, noisy_pairs(SHOTS, seed), PairSettings())
    off_m, off_deg, off_scale = pose_errors(start, SHOTS)
    assert off_deg.max() < 15
    assert np.median(off_m) < 8
    assert np.abs(off_scale).max() < 0.25
    for pose in start.values():
        assert pose.to == enu(SITE)


def test_the_start_outvotes_a_wrong_heading_and_a_stray_position() -> None:
    views = tagged()
    views[2] = replace(views[2], heading_deg=((views[2].heading_deg or 0) + 170) % 360)
    views[5] = moved_tag(views[5], (60, -40, 0))
    off_m, off_deg, _ = pose_errors(starting_poses(views, all_pairs(SHOTS), PairSettings()), SHOTS)
    assert off_deg.max() < 2.5
    assert off_m.max() < 4


def test_positions_alone_give_the_direction() -> None:
    views = {i: untagged(v, position=False) for i, v in tagged().items()}
    off_m, off_deg, _ = pose_errors(starting_poses(views, all_pairs(SHOTS), PairSettings()), SHOTS)
    assert off_deg.max() < 2.5
    assert off_m.max() < 3


def test_the_tree_takes_the_strongest_pairs() -> None:
    """A false pair with few inliers is not in the spanning tree."""
    pairs = all_pairs(SHOTS, inliers=80)
    weak = pair(SHOTS[0], SHOTS[5], inliers=15, off_deg=50.0)
    pairs = [weak if (p.photo_a, p.photo_b) == (1, 6) else p for p in pairs]
    off_m, off_deg, _ = pose_errors(starting_poses(tagged(), pairs, PairSettings()), SHOTS)
    assert off_deg.max() < 3
    assert off_m.max() < 3


def test_the_size_is_that_of_most_depth_maps() -> None:
    """The photo that the tree grows from has depths of half the true size."""
    shots = [replace(s, depth_scale=2.0 if s.photo_id == 3 else 1.0) for s in SHOTS]
    pairs = [
        pair(a, b, inliers=300 if 3 in (a.photo_id, b.photo_id) else 50)
        for n, a in enumerate(shots)
        for b in shots[n + 1 :]
    ]
    off_m, _, off_scale = pose_errors(starting_poses(tagged(shots), pairs, PairSettings()), shots)
    assert off_m.max() < 1.0
    assert np.abs(off_scale).max() < 1e-6


def test_upside_down_photos_start_upright() -> None:
    """Levelling from any direction, the exact opposite among them."""
    shots = [shot(i, 3.0 * i, roll_deg=180.0) for i in (1, 2, 3)]
    off_m, off_deg, _ = pose_errors(
        starting_poses(tagged(shots), all_pairs(shots), PairSettings()), shots
    )
    assert off_deg.max() < 2.5
    assert off_m.max() < 2


# --- the graph --------------------------------------------------------------------------------


def test_exact_pairs_and_tags_give_the_truth() -> None:
    solution = solve(tagged(), all_pairs(SHOTS))
    off_m, off_deg, off_scale = pose_errors(poses(solution), SHOTS)
    assert off_m.max() < 0.02
    assert off_deg.max() < 0.02
    assert np.abs(off_scale).max() < 0.002
    misfits = misfit_sigmas(poses(solution), all_pairs(SHOTS))
    assert max(misfits.values()) < 0.2
    assert set(misfits) == {(p.photo_a, p.photo_b) for p in all_pairs(SHOTS)}


@pytest.mark.parametrize(
    ("a", "b", "off_deg", "off_m", "inliers"),
    [
        (1, 4, 25.0, (3.0, 0.0, 4.0), 20),
        (1, 4, 25.0, (3.0, 0.0, 4.0), 500),
        (0, 5, 60.0, (3.0, 0.0, -4.0), 500),
        (4, 5, 170.0, (1.0, 0.0, 9.0), 500),
    ],
)
def test_one_false_pair_does_not_move_the_solution(
    a: int, b: int, off_deg: float, off_m: tuple[float, float, float], inliers: int
) -> None:
    """Repeated façades: more inliers than any true pair, so that the start was built on it."""
    clean = solve(tagged(), all_pairs(SHOTS))
    false = pair(SHOTS[a], SHOTS[b], off_deg=off_deg, off_m=off_m, inliers=inliers)
    key = (false.photo_a, false.photo_b)
    pairs = [false if (p.photo_a, p.photo_b) == key else p for p in all_pairs(SHOTS)]
    solution = solve(tagged(), pairs)
    found, before = pose_errors(poses(solution), SHOTS), pose_errors(poses(clean), SHOTS)
    assert found[0].max() < before[0].max() + 0.02
    assert found[1].max() < before[1].max() + 0.02
    misfits = misfit_sigmas(poses(solution), pairs)
    assert misfits.pop(key) > SETTINGS.pair_outlier_sigmas
    assert max(misfits.values()) < 1


def test_many_false_pairs_without_triangles_to_tell() -> None:
    """A fifth of the pairs, wrong each in its own way."""
    rng = np.random.default_rng(4)
    pairs = noisy_pairs(SHOTS, 4)
    for row in (2, 6):
        a, b = (next(s for s in SHOTS if s.photo_id == i) for i in key_of(pairs[row]))
        pairs[row] = pair(
            a, b, off_deg=float(rng.uniform(30, 90)), off_m=(4.0, 0.0, -4.0), inliers=300
        )
    solution = solve(tagged(), pairs)
    off_m, off_deg, _ = pose_errors(poses(solution), SHOTS)
    assert off_m.max() < 0.3
    assert off_deg.max() < 0.5
    misfits = misfit_sigmas(poses(solution), pairs)
    wrong = {k for k, off in misfits.items() if off > SETTINGS.pair_outlier_sigmas}
    assert wrong == {(2, 3), (4, 5)}


def key_of(of: PairRegistration) -> tuple[int, int]:
    return of.photo_a, of.photo_b


def test_wrong_tags_of_one_photo_do_not_move_the_solution() -> None:
    views = tagged()
    views[2] = replace(
        views[2],
        heading_deg=((views[2].heading_deg or 0) + 150) % 360,
    )
    views[2] = moved_tag(views[2], (80, 30, -50))
    off_m, off_deg, _ = pose_errors(poses(solve(views, all_pairs(SHOTS))), SHOTS)
    assert off_m.max() < 1.0
    assert off_deg.max() < 1.5


def test_photos_without_position_or_heading_are_placed_by_the_others() -> None:
    views = tagged()
    views[3] = untagged(views[3])
    views[6] = untagged(views[6], heading=False)
    off_m, off_deg, _ = pose_errors(poses(solve(views, all_pairs(SHOTS))), SHOTS)
    assert off_m.max() < 0.3
    assert off_deg.max() < 0.1


def test_a_shared_gps_offset_is_found() -> None:
    """Four photos of one phone, all 2 m too far east, among photos of other devices."""
    views = tagged(errors=replace(EXACT, gps_m=1.0, height_m=1.0))
    for i in (1, 2, 3, 4):
        views[i] = replace(moved_tag(views[i], (2.0, 0, 0)), shared_key="a phone|a day")
    sharing = SolverSettings(shared_offset_share=1.5)
    told = pose_errors(poses(solve(views, all_pairs(SHOTS), sharing)), SHOTS)[0]
    for i in (1, 2, 3, 4):
        views[i] = replace(views[i], shared_key="")
    untold = pose_errors(poses(solve(views, all_pairs(SHOTS))), SHOTS)[0]
    assert np.median(told) < 0.75 * np.median(untold)


def test_sigmas_of_the_graph_are_honest() -> None:
    """Errors of position, turn and scale over noise draws have the told size, within two."""
    normalised: dict[str, list[float]] = {"east": [], "north": [], "heading": [], "scale": []}
    for seed in range(16):
        # The photos' own scales are drawn too: on the whole they are one.
        shots = walk(5, seed=seed, step_m=6.0)
        solution = solve(tagged(shots, NOISY, seed), noisy_pairs(shots, seed))
        for s in shots:
            found = solution[s.photo_id]
            sigma = np.sqrt(np.diag(found.covariance))
            off = found.enu_from_cam.translation_m - s.enu_from_cam.translation_m
            turn = found.enu_from_cam.rotation @ s.enu_from_cam.rotation.T
            normalised["east"].append(off[0] / sigma[3])
            normalised["north"].append(off[1] / sigma[4])
            normalised["heading"].append(np.arctan2(turn[0, 1], turn[1, 1]) / sigma[1])
            normalised["scale"].append(np.log(found.enu_from_cam.scale / s.depth_scale) / sigma[6])
    size = {name: float(np.sqrt(np.mean(np.square(v)))) for name, v in normalised.items()}
    assert all(0.5 < s < 2.0 for s in size.values()), size


def test_the_same_input_gives_the_same_output() -> None:
    views, pairs = tagged(errors=NOISY), noisy_pairs(SHOTS, 0)
    one, two = (solve(views, pairs) for _ in range(2))
    for i in views:
        assert np.array_equal(one[i].enu_from_cam.matrix, two[i].enu_from_cam.matrix)
        assert np.array_equal(one[i].covariance, two[i].covariance)


def test_without_gtsam_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where there is none."""
    monkeypatch.setitem(sys.modules, "gtsam", None)
    monkeypatch.delitem(sys.modules, "worldmap.registration.graph")
    with pytest.raises(ExtraError, match=r"needs GTSAM.*platforms"):
        importlib.import_module("worldmap.registration.graph")
