"""Solve: a pose with its sigma for every photo, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.catalog_records import with_sigmas
from tests.helpers.registration_makers import (
    EXACT,
    NOISY,
    SITE,
    Errors,
    Shot,
    angle_rad,
    moved_tag,
    pair,
    shared_index,
    shot,
    untagged,
    views_of,
    walk,
)
from worldmap.config import RegistrationSettings, SolverSettings
from worldmap.frames import cam
from worldmap.geodesy import enu
from worldmap.records import (
    PairRegistration,
    PairStatus,
    PhotoStatus,
    PlacedPose,
    SolvedPose,
    UnplacedPose,
    circular_error_90_m,
)
from worldmap.registration.graph import misfit_sigmas, solve_graph
from worldmap.registration.solve import Solution, group, groups, solve, solved_overlaps
from worldmap.registration.view import PhotoView

SETTINGS = RegistrationSettings(solver=SolverSettings(guided=False))


def unit_scale(shots: list[Shot]) -> list[Shot]:
    """The same with scales whose mean is one."""
    mean = float(np.exp(np.mean([np.log(s.depth_scale) for s in shots])))
    return [replace(s, depth_scale=s.depth_scale / mean) for s in shots]


SHOTS = unit_scale(walk(5, seed=4))
FAR = [
    replace(
        s,
        photo_id=s.photo_id + 10,
        enu_from_cam=replace(s.enu_from_cam, source=cam(str(s.photo_id + 10))),
    )
    for s in unit_scale(walk(3, seed=5))
]


def views(errors: Errors = EXACT, shots: Sequence[Shot] = SHOTS) -> dict[int, PhotoView]:
    return views_of(shots, errors, points=200)


def pairs_of(views: dict[int, PhotoView], shots: Sequence[Shot] = SHOTS) -> list[PairRegistration]:
    return [
        pair(a, b, index=shared_index(views[a.photo_id], views[b.photo_id]))
        for n, a in enumerate(shots)
        for b in shots[n + 1 :]
    ]


def by_id(solution: Solution) -> dict[int, SolvedPose]:
    return {p.photo_id: p for p in solution.poses}


def cropped(seen: PhotoView, off_px: float, times: float) -> PhotoView:
    """The same photo cut out beside its middle and made as large as before."""
    middle = np.array((seen.camera.cx_px, seen.camera.cy_px))
    uv_px = (seen.features.uv_px - middle - (off_px, 0.0)) * times + middle
    return replace(seen, features=replace(seen.features, uv_px=uv_px.astype(np.float32)))


def off(found: SolvedPose, true: Shot) -> tuple[float, float, float]:
    """Metres, degrees, log scale."""
    assert isinstance(found, PlacedPose), found.reason
    turn = true.enu_from_cam.rotation.T @ found.enu_from_cam.rotation
    return (
        float(np.linalg.norm(found.enu_from_cam.translation_m - true.enu_from_cam.translation_m)),
        float(np.rad2deg(angle_rad(turn))),
        float(np.log(found.depth_scale / true.depth_scale)),
    )


def assert_unplaced(found: SolvedPose, reason: str) -> None:
    assert found.status == PhotoStatus.UNPLACED
    assert reason in found.reason
    assert isinstance(found, UnplacedPose)


# --- photos that are not as told ----------------------------------------------------------------


def test_a_photo_cropped_beside_the_middle_is_named_and_placed() -> None:
    seen = views()
    pairs = pairs_of(seen)
    seen[3] = cropped(seen[3], 60.0, 1.2)
    solution = solve(seen, pairs, SETTINGS)
    (told,) = solution.remarks
    assert told.startswith(f"{seen[3].name} is cropped or of another lens")
    assert "1.20 times theirs, its middle 7 % of" in told
    for found, true in zip(solution.poses, SHOTS, strict=True):
        off_m, off_deg, _ = off(found, true)
        # Of its tags' 1.8 m the street as a whole takes some centimetres.
        assert off_m < 0.1
        assert off_deg < 0.05
    lens = by_id(solution)[3].lens
    assert lens.focal_px == pytest.approx(960.0, abs=0.5)
    assert lens.cx_px == pytest.approx(500.0 - 72.0, abs=0.5)


# --- a group with tags ------------------------------------------------------------------------


@pytest.mark.parametrize("bundle", [True, False])
def test_all_photos_are_placed_at_the_truth(bundle: bool) -> None:
    settings = SETTINGS.model_copy(update={"solver": SolverSettings(bundle=bundle)})
    seen = views()
    solution = solve(seen, pairs_of(seen), settings)
    assert [p.photo_id for p in solution.poses] == [1, 2, 3, 4, 5]
    for found, true in zip(solution.poses, SHOTS, strict=True):
        off_m, off_deg, off_scale = off(found, true)
        assert off_m < 0.02
        assert off_deg < 0.02
        assert abs(off_scale) < 0.002
        assert found.status == PhotoStatus.PLACED
        assert found.reason == ""
        assert found.enu_from_cam.to == enu(SITE)
        assert found.enu_from_cam.source == cam(str(found.photo_id))
        assert found.pairs == 4
        assert found.component == 0
        assert found.focal_px == pytest.approx(800.0, rel=1e-3)
        assert np.linalg.norm(found.gps_residual_m) < 0.02
        assert abs(found.heading_residual_deg) < 0.02
        # Five photos' GPS of 4 m, together.
        assert 1.0 < found.position_sigma_m[0] < 4.0
        assert 0 < max(found.rotation_sigma_deg) < 8.0
    assert all(p.status == PairStatus.ACCEPTED for p in solution.pairs)


def test_residuals_are_solved_minus_tagged() -> None:
    seen = views()
    seen[2] = moved_tag(seen[2], (3.0, 0.0, 0.0))
    seen[3] = replace(seen[3], heading_deg=((seen[3].heading_deg or 0.0) + 7.0) % 360)
    found = by_id(solve(seen, pairs_of(seen), SETTINGS))
    assert found[2].gps_residual_m[0] == pytest.approx(-3.0, abs=0.8)
    assert found[2].gps_residual_m[1] == pytest.approx(0.0, abs=0.3)
    assert found[3].heading_residual_deg == pytest.approx(-7.0, abs=2.0)


def test_photos_without_position_are_placed_by_the_others() -> None:
    seen = views()
    seen[2] = untagged(seen[2])
    seen[4] = untagged(seen[4], heading=False)
    found = by_id(solve(seen, pairs_of(seen), SETTINGS))
    for i in (2, 4):
        off_m, off_deg, _ = off(found[i], SHOTS[i - 1])
        assert off_m < 0.1
        assert off_deg < 0.1
        assert np.isnan(found[i].gps_residual_m).all()
    assert np.isnan(found[2].heading_residual_deg)
    assert np.isfinite(found[4].heading_residual_deg)


def test_a_wrong_heading_tag_does_not_cost_a_photo() -> None:
    seen = views()
    seen[3] = replace(seen[3], heading_deg=((seen[3].heading_deg or 0.0) + 140.0) % 360)
    solution = solve(seen, pairs_of(seen), SETTINGS)
    found = by_id(solution)
    assert all(not p.reason for p in solution.pairs)
    assert off(found[3], SHOTS[2])[1] < 1.5
    assert abs(found[3].heading_residual_deg) > 130


@pytest.mark.parametrize("inliers", [20, 900])
def test_a_false_pair_is_refused_and_the_rest_lands_on_the_truth(inliers: int) -> None:
    seen = views()
    pairs = pairs_of(seen)
    false = pair(SHOTS[1], SHOTS[3], off_deg=15.0, off_m=(3.0, 0.0, 2.0), inliers=inliers)
    pairs = [false if (p.photo_a, p.photo_b) == (2, 4) else p for p in pairs]
    solution = solve(seen, pairs, SETTINGS)
    verdict = {(p.photo_a, p.photo_b): p for p in solution.pairs}
    assert verdict[2, 4].status == PairStatus.CONTRADICTED
    assert "triangles" in verdict[2, 4].reason
    assert [k for k, p in verdict.items() if p.reason] == [(2, 4)]
    found = by_id(solution)
    assert [found[i].pairs for i in (1, 2, 3, 4, 5)] == [4, 3, 4, 3, 4]
    for true in SHOTS:
        off_m, off_deg, _ = off(found[true.photo_id], true)
        assert off_m < 0.05
        assert off_deg < 0.05


def test_a_false_pair_that_no_triangle_sees_is_refused() -> None:
    """Odd photos are tied to even ones only."""
    shots = unit_scale(walk(6, seed=4))
    seen = views_of(shots, EXACT, points=200)
    pairs = [p for p in pairs_of(seen, shots) if (p.photo_a + p.photo_b) % 2]
    row = next(r for r, p in enumerate(pairs) if (p.photo_a, p.photo_b) == (3, 4))
    pairs[row] = replace(
        pair(shots[2], shots[3], off_deg=12.0), inlier_index=pairs[row].inlier_index
    )
    solution = solve(seen, pairs, SETTINGS)
    verdict = {(p.photo_a, p.photo_b): p for p in solution.pairs}
    assert verdict[3, 4].status == PairStatus.CONTRADICTED
    assert verdict[3, 4].reason == "other pairs and the tags around it say otherwise"
    assert [k for k, p in verdict.items() if p.reason] == [(3, 4)]
    found = by_id(solution)
    for true in shots:
        assert off(found[true.photo_id], true)[0] < 0.1
    assert found[3].pairs == 2


def test_a_photo_that_no_believed_pair_holds_is_not_placed_by_one_that_is_not() -> None:
    """Its two pairs contradict each other: wherever it stands, one is far off or both are."""
    seen = views()
    seen[5] = untagged(seen[5])
    pairs = [p for p in pairs_of(seen) if 5 not in (p.photo_a, p.photo_b)]
    told = {"sigma_rad": 0.0005, "sigma_m": 0.01}
    pairs += [
        pair(SHOTS[0], SHOTS[4], off_deg=35.0, off_m=(0.0, 0.0, 5.0), **told),  # type: ignore[arg-type]
        pair(SHOTS[3], SHOTS[4], off_deg=-35.0, off_m=(4.0, 0.0, -5.0), **told),  # type: ignore[arg-type]
    ]
    solution = solve(seen, pairs, SETTINGS)
    found = by_id(solution)
    verdict = {(p.photo_a, p.photo_b): p.status for p in solution.pairs}
    believed = [k for k in ((1, 5), (4, 5)) if verdict[k] == PairStatus.ACCEPTED]
    assert len(believed) < 2
    if not believed:
        assert_unplaced(found[5], "no position tag, and no believable match among 2 candidates")
    assert found[5].pairs == len(believed)
    for i in (1, 2, 3, 4):
        assert off(found[i], SHOTS[i - 1])[0] < 0.1


def test_a_group_that_its_solution_tears_apart_is_solved_in_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One pair ties two groups together, and the solution finds that it cannot be."""
    shots = [*SHOTS, *FAR]
    seen = views_of(shots, EXACT, points=200)
    bridge = pair(SHOTS[0], FAR[0], off_m=(0.0, 0.0, 7.0), sigma_m=0.5)
    pairs = [*pairs_of(seen, SHOTS), *pairs_of(seen, FAR), bridge]
    whole: list[int] = []

    def counted(views, *rest):  # type: ignore[no-untyped-def]
        whole.append(len(views))
        return solve_graph(views, *rest)

    def strict(poses, pairs):  # type: ignore[no-untyped-def]
        found = misfit_sigmas(poses, pairs)
        return {key: 50.0 if key == (1, 11) else off for key, off in found.items()}

    monkeypatch.setattr(groups, "solve_graph", counted)
    monkeypatch.setattr(group, "misfit_sigmas", strict)
    solution = solve(seen, pairs, SETTINGS)
    assert sorted(whole) == [3, 5, 8]
    refused = {(p.photo_a, p.photo_b): p.reason for p in solution.pairs if p.reason}
    assert refused == {(1, 11): "the area's solution is 50 sigmas away"}
    found = by_id(solution)
    assert {found[i].component for i in (1, 2, 3, 4, 5)} == {0}
    assert {found[i].component for i in (11, 12, 13)} == {1}
    for true in shots:
        assert off(found[true.photo_id], true)[0] < 0.1


def test_a_photo_that_no_track_reaches_stays_where_its_pairs_put_it() -> None:
    """Its matches tell the pair, but none is left as a track: the bundle must not let it go."""
    seen = views()
    seen[4] = moved_tag(seen[4], (6.0, 2.0, 0.0))
    nothing = np.zeros((0, 2), dtype=np.int32)
    pairs = [
        replace(p, inlier_index=nothing) if 4 in (p.photo_a, p.photo_b) else p
        for p in pairs_of(seen)
    ]
    found = by_id(solve(seen, pairs, SETTINGS))
    assert off(found[4], SHOTS[3])[0] < 2.0
    apart = found[4].enu_from_cam.translation_m - found[3].enu_from_cam.translation_m
    true = SHOTS[3].enu_from_cam.translation_m - SHOTS[2].enu_from_cam.translation_m
    assert np.linalg.norm(apart - true) < 0.1


def test_rejected_pairs_are_passed_on_as_they_are() -> None:
    seen = views()
    pairs = pairs_of(seen)
    refused = replace(
        pairs[0], own_reason="5 matches, 12 needed", a_from_b=None,
        covariance=None,
    )  # fmt: skip
    solution = solve(seen, [refused, *pairs[1:]], SETTINGS)
    assert solution.pairs[0] is refused
    assert by_id(solution)[1].pairs == 3


# --- groups and single photos -----------------------------------------------------------------


def test_two_groups_are_solved_apart() -> None:
    shots = [*SHOTS, *FAR]
    seen = views_of(shots, EXACT, points=200)
    pairs = [*pairs_of(seen, SHOTS), *pairs_of(seen, FAR)]
    found = by_id(solve(seen, pairs, SETTINGS))
    assert {found[i].component for i in (1, 2, 3, 4, 5)} == {0}
    assert {found[i].component for i in (11, 12, 13)} == {1}
    for true in shots:
        assert off(found[true.photo_id], true)[0] < 0.1


def test_a_group_without_any_position_is_unplaced() -> None:
    shots = [*SHOTS, *FAR]
    seen = views_of(shots, EXACT, points=200)
    for i in (11, 12, 13):
        seen[i] = untagged(seen[i], heading=False)
    pairs = [*pairs_of(seen, SHOTS), *pairs_of(seen, FAR)]
    found = by_id(solve(seen, pairs, SETTINGS))
    for i in (11, 12, 13):
        assert_unplaced(found[i], "none of its group of 3 photos has a position")
        assert found[i].pairs == 2
    assert {found[i].status for i in (1, 2, 3, 4, 5)} == {PhotoStatus.PLACED}


def test_a_group_whose_direction_is_open_is_unplaced() -> None:
    """Two photos a metre apart, 4 m of GPS noise, and no compass: they may look anywhere."""
    shots = [shot(1, 0.0), shot(2, 1.0)]
    seen = views_of(shots, EXACT, points=200)
    seen = {i: untagged(v, position=False) for i, v in seen.items()}
    for found in solve(seen, pairs_of(seen, shots), SETTINGS).poses:
        assert_unplaced(found, "no heading tag and too short a GPS base")
        assert "its heading is open (±" in found.reason


def test_a_group_whose_place_is_open_is_unplaced() -> None:
    shots = [shot(1, 0.0), shot(2, 2.9)]
    seen = views_of(shots, replace(EXACT, gps_m=200.0), points=200)
    for found in solve(seen, pairs_of(seen, shots), SETTINGS).poses:
        assert_unplaced(found, "its place is open (±")


def test_the_limits_can_be_set() -> None:
    shots = [shot(1, 0.0), shot(2, 2.9)]
    seen = views_of(shots, replace(EXACT, gps_m=200.0), points=200)
    settings = SETTINGS.model_copy(update={"solver": SolverSettings(max_position_sigma_m=1e4)})
    for found in solve(seen, pairs_of(seen, shots), settings).poses:
        assert found.status == PhotoStatus.PLACED


def test_a_lone_photo_with_tags_is_placed_by_them() -> None:
    seen = views(NOISY)
    found = by_id(solve({1: seen[1]}, [], SETTINGS))[1]
    assert found.status == PhotoStatus.PLACED
    assert found.reason == "by its tags alone: no photo near it"
    assert np.array_equal(found.enu_from_cam.translation_m, seen[1].position_enu)  # type: ignore[arg-type]
    assert off(found, SHOTS[0])[1] < 30
    assert found.depth_scale == 1.0
    assert found.scale_sigma_rel == seen[1].scale_sigma_rel
    assert found.position_sigma_m == (4.0, 4.0, 6.0)
    # About the vertical 8°, across it 0.3°, whichever way the photo is held.
    up = seen[1].up_cam
    turn = found.covariance[:3, :3]
    assert turn @ up == pytest.approx(np.deg2rad(8.0) ** 2 * up)
    assert np.trace(turn) == pytest.approx(np.deg2rad(8.0) ** 2 + 2 * np.deg2rad(0.3) ** 2)
    assert (found.pairs, found.gps_residual_m) == (0, (0.0, 0.0, 0.0))


def test_no_height_is_no_place() -> None:
    lone = replace(views(NOISY)[1], vertical_sigma_m=500.0)
    (found,) = solve({1: lone}, [], SETTINGS).poses
    assert_unplaced(found, "no altitude to be sure of, nor a photo near that tells one")
    seen = {i: replace(v, vertical_sigma_m=500.0) for i, v in views().items()}
    for found in solve(seen, pairs_of(seen), SETTINGS).poses:
        assert_unplaced(found, "tells an altitude")
    # One of the group is enough.
    seen[1] = views()[1]
    for found in solve(seen, pairs_of(seen), SETTINGS).poses:
        assert found.status == PhotoStatus.PLACED


def test_a_lone_photo_is_told_apart_from_one_whose_matches_fail() -> None:
    seen = views()
    refused = replace(pairs_of(seen)[0], own_reason="12 needed")
    for found in solve({i: seen[i] for i in (1, 2)}, [refused], SETTINGS).poses:
        assert found.reason == "by its tags alone: no believable match among 1 candidates"


@pytest.mark.parametrize(
    ("position", "heading", "reason"),
    [
        (True, False, "no position tag, and no photo near it"),
        (True, True, "no position tag, and no photo near it"),
        (False, True, "no heading tag, and no photo near it"),
    ],
)
def test_a_lone_photo_without_a_tag_is_unplaced(position: bool, heading: bool, reason: str) -> None:
    """position and heading: which of them is taken away."""
    lone = untagged(views()[1], position=position, heading=heading)
    (found,) = solve({1: lone}, [], SETTINGS).poses
    assert_unplaced(found, reason)


def test_a_lone_photo_with_a_vague_position_is_unplaced() -> None:
    lone = replace(views()[1], horizontal_sigma_m=200.0)
    (found,) = solve({1: lone}, [], SETTINGS).poses
    assert_unplaced(found, "its position tag is too vague")


def test_a_lone_photo_with_a_vague_heading_is_unplaced() -> None:
    lone = replace(views()[1], heading_sigma_deg=60.0)
    (found,) = solve({1: lone}, [], SETTINGS).poses
    assert_unplaced(found, "its heading tag is too vague")


def test_a_photo_between_groups_stands_alone() -> None:
    """One photo's pairs are all refused: it does not fall out of the result."""
    seen = views()
    pairs = [
        replace(p, own_reason="no") if 3 in (p.photo_a, p.photo_b) else p for p in pairs_of(seen)
    ]
    found = by_id(solve(seen, pairs, SETTINGS))
    assert set(found) == {1, 2, 3, 4, 5}
    assert found[3].status == PhotoStatus.DOUBTFUL
    assert found[3].reason == (
        "doubtful: 3 photos ought to show what it shows, and none does; "
        "by its tags alone: no believable match among 4 candidates"
    )
    assert found[3].component == 1


def test_nothing_to_solve() -> None:
    solution = solve({}, [], SETTINGS)
    assert (solution.poses, solution.pairs) == ([], [])


@pytest.mark.parametrize(
    ("ratio", "rel"), [(0.0, 0.013), (0.15, 0.01), (0.55, 0.007), (1.0, 0.006)]
)
def test_the_circle_holds_nine_tenths_of_the_integral(ratio: float, rel: float) -> None:
    """In polar coordinates of the unit normal, all but exp(-r^2 / 2s) lies within r along each
    direction, whose squared length s depends on the two sigmas."""
    angle_rad = (np.arange(4000) + 0.5) * np.pi / 8000
    s = np.cos(angle_rad) ** 2 + (ratio * np.sin(angle_rad)) ** 2
    told = circular_error_90_m(ratio * 3.0, 3.0) / 3.0
    low, high = (np.mean(1 - np.exp(-((told * f) ** 2) / (2 * s))) for f in (1 - rel, 1 + rel))
    assert low < 0.9 < high


@pytest.mark.parametrize(
    ("east_m", "north_m", "circle_m"), [(1.0, 1.0, 2.146), (2.0, 0.0, 3.290), (3.0, 4.0, 7.64)]
)
def test_nine_of_ten_lie_inside_the_circle(east_m: float, north_m: float, circle_m: float) -> None:
    """Rayleigh's and the normal distribution's 90 %, and one between them by drawing."""
    alone = by_id(solve(views(), [], SETTINGS))[1]
    assert isinstance(alone, PlacedPose)
    told = with_sigmas(alone, position_sigma_m=(east_m, north_m, 50.0)).ce90_m
    assert told == pytest.approx(circle_m, rel=0.02)
    draw = np.random.default_rng(0).standard_normal((200_000, 2)) * (east_m, north_m)
    assert np.mean(np.linalg.norm(draw, axis=1) < told) == pytest.approx(0.9, abs=0.01)
    unknown = with_sigmas(alone, position_sigma_m=(float("nan"),) * 3)
    assert np.isnan(unknown.ce90_m)


def test_the_solution_is_checked_by_the_surfaces_between_the_features() -> None:
    seen = views()
    solution = solve(seen, pairs_of(seen), SETTINGS)
    believed = {(p.photo_a, p.photo_b) for p in solution.pairs if not p.reason}
    overlaps = solved_overlaps(seen, solution)
    assert set(overlaps) == believed
    assert max(o.in_front for o in overlaps.values()) < 0.1
    nearer = replace(
        seen[3].features, grid_depth_m=(0.6 * seen[3].features.grid_depth_m).astype(np.float32)
    )
    seen[3] = replace(seen[3], features=nearer)
    again = solve(seen, pairs_of(seen), SETTINGS)
    assert all(
        (o.in_front > 0.3) == (3 in pair) for pair, o in solved_overlaps(seen, again).items()
    )


def test_what_one_group_tells_of_a_camera_is_news_to_others_only() -> None:
    """Photos that told something of their camera must not hear it again as somebody else's word."""
    seen = views()
    pairs = pairs_of(seen)
    first = solve(seen, pairs, SETTINGS)
    (told,) = first.calibrations
    assert told.photo_ids == (1, 2, 3, 4, 5)
    again = solve(seen, pairs, SETTINGS, calibrations=first.calibrations)
    assert np.array_equal(again.calibrations[0].lens, told.lens)
    others = replace(told, photo_ids=(11, 12, 13), lens=told.lens + 0.01)
    helped = solve(seen, pairs, SETTINGS, calibrations=[others])
    assert not np.array_equal(helped.calibrations[0].lens, told.lens)
