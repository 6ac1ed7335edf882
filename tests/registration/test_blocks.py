"""Large areas: block by block, and only what an added or removed photo touches."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import astuple, replace
from itertools import pairwise

import numpy as np
import pytest

from tests.helpers.catalog_records import lost
from tests.helpers.registration_makers import (
    NOISY,
    Shot,
    moved_tag,
    pair,
    pose_errors,
    shared_index,
    true_pair,
    views_of,
    walk,
)
from worldmap.config import RegistrationSettings, SolverSettings
from worldmap.frames import enu_from_cam_rotation
from worldmap.records import PairRegistration, PhotoStatus, PlacedPose, SolvedPose
from worldmap.registration.blocks import cut_into_blocks, paired_with
from worldmap.registration.graph import misfit_sigmas
from worldmap.registration.judge import contradicted, judge_pairs
from worldmap.registration.previous import CutOffError, PreviousSolution
from worldmap.registration.solve import Solution, solve
from worldmap.registration.view import PhotoView

SHOTS = walk(12, seed=6, step_m=2.0)
LONG = walk(24, seed=0, step_m=1.2)
# Guided matches, which have tests of their own, would solve each block twice.
WHOLE = RegistrationSettings(solver=SolverSettings(guided=False))
IN_BLOCKS = RegistrationSettings(solver=SolverSettings(guided=False, block_photos=12))


def pairs_of(views: dict[int, PhotoView], shots: list[Shot] = SHOTS) -> list[PairRegistration]:
    """Each photo with its four nearest, by the points they share."""
    found = []
    for n, a in enumerate(shots):
        for b in shots[n + 1 : n + 5]:
            index = shared_index(views[a.photo_id], views[b.photo_id])
            if len(index) >= 12:
                found.append(replace(pair(a, b, inliers=len(index)), inlier_index=index))
    return found


def views(shots: list[Shot] = SHOTS) -> dict[int, PhotoView]:
    return views_of(shots, NOISY, points=250, seed=1)


@functools.cache
def solved() -> Solution:
    """The walk, as it is."""
    return solve(seen := views(), pairs_of(seen), WHOLE)


def errors(solution: Solution, shots: list[Shot] = SHOTS) -> tuple[float, float]:
    """Worst error of neighbours' relative position in metres and turn in degrees."""
    poses = {p.photo_id: p for p in solution.poses}
    off_m, off_deg = [], []
    for a, b in pairwise(shots):
        one, two = poses[a.photo_id].enu_from_cam, poses[b.photo_id].enu_from_cam
        assert one is not None
        assert two is not None
        true = a.enu_from_cam.inverse() @ b.enu_from_cam
        found = one.inverse() @ two
        off_m.append(np.linalg.norm(found.translation_m - true.translation_m))
        cosine = (np.trace(found.rotation.T @ true.rotation) - 1) / 2
        off_deg.append(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))))
    return float(np.max(off_m)), float(np.max(off_deg))


# --- cutting ----------------------------------------------------------------------------------


def test_blocks_hold_every_photo_once_and_border_on_each_other() -> None:
    rng = np.random.default_rng(0)
    centre = {i: rng.uniform(0, 100, 3) for i in range(57)}
    blocks = cut_into_blocks(centre, [], 10)
    assert sorted(i for block in blocks for i in block) == list(range(57))
    assert max(len(b) for b in blocks) <= 10
    line = {s.photo_id: s.enu_from_cam.translation_m for s in SHOTS}
    pairs = [pair(a, b) for a, b in pairwise(SHOTS)]
    before: set[int] = set()
    for block in cut_into_blocks(line, pairs, 3):
        assert not before or paired_with(block, pairs) & before
        before |= block


def test_few_photos_are_one_block_and_none_are_none() -> None:
    assert cut_into_blocks({4: np.zeros(3), 2: np.ones(3)}, [], 5) == [{2, 4}]
    assert cut_into_blocks({}, [], 5) == []


# --- blocks -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_blocks_come_out_like_the_whole() -> None:
    seen = views(LONG)
    pairs = pairs_of(seen, LONG)
    whole, blocks = solve(seen, pairs, WHOLE), solve(seen, pairs, IN_BLOCKS)
    assert errors(whole, LONG)[0] < 0.15
    assert errors(blocks, LONG)[0] < 1.7 * errors(whole, LONG)[0] + 0.02
    assert errors(blocks, LONG)[1] < 1.7 * errors(whole, LONG)[1] + 0.02
    for a, b in zip(whole.poses, blocks.poses, strict=True):
        assert b.status == a.status
        assert np.allclose(b.position_sigma_m, a.position_sigma_m, rtol=0.5)


# --- a map that grows -------------------------------------------------------------------------


def previous_of(solution: Solution) -> PreviousSolution:
    return PreviousSolution(
        poses={p.photo_id: p for p in solution.poses},
        pairs={(p.photo_a, p.photo_b): p for p in solution.pairs},
    )


def same(a: SolvedPose, b: SolvedPose) -> bool:
    assert a.enu_from_cam is not None
    assert b.enu_from_cam is not None
    return bool(
        (a.enu_from_cam.matrix == b.enu_from_cam.matrix).all()
        and (a.depth_scale, a.focal_px, a.position_sigma_m, a.rotation_sigma_deg)
        == (b.depth_scale, b.focal_px, b.position_sigma_m, b.rotation_sigma_deg)
    )


def without(photo_id: int, seen: dict[int, PhotoView]) -> dict[int, PhotoView]:
    return {i: v for i, v in seen.items() if i != photo_id}


def among(seen: dict[int, PhotoView], pairs: list[PairRegistration]) -> list[PairRegistration]:
    return [p for p in pairs if p.photo_a in seen and p.photo_b in seen]


def test_nothing_new_moves_nothing() -> None:
    seen = views()
    pairs = pairs_of(seen)
    first = solved()
    again = solve(seen, pairs, WHOLE, previous_of(first))
    assert all(same(a, b) for a, b in zip(first.poses, again.poses, strict=True))
    assert [p.reason for p in again.pairs] == [p.reason for p in first.pairs]
    assert [p.pairs for p in again.poses] == [p.pairs for p in first.poses]


@pytest.mark.parametrize("added", [1, 12])
def test_a_new_photo_moves_its_neighbours_only(added: int) -> None:
    """At either end of the walk: four photos see what it sees."""
    seen = views()
    pairs = pairs_of(seen)
    old = without(added, seen)
    first = solve(old, among(old, pairs), WHOLE)
    grown = solve(seen, pairs, WHOLE, previous_of(first))
    before = {p.photo_id: p for p in first.poses}
    after = {p.photo_id: p for p in grown.poses}
    moved = {i for i in before if not same(before[i], after[i])}
    assert moved == paired_with({added}, [p for p in pairs if not p.reason])
    assert len(moved) <= 4
    assert errors(grown)[0] < 1.7 * errors(solved())[0] + 0.02
    assert all(s > 0.3 for s in after[added].position_sigma_m)


@pytest.mark.nightly
def test_pairs_are_judged_again_around_a_new_photo_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its own pairs is wrong; the verdicts are those of judging all of them."""
    seen = views(LONG)
    new = LONG[-1].photo_id
    pairs = pairs_of(seen, LONG)
    row = next(k for k, p in enumerate(pairs) if p.photo_b == new)
    pairs[row] = bent(pairs[row])
    old = without(new, seen)
    first = solve(old, among(old, pairs), WHOLE)
    considered: set[int] = set()

    def counted(part, own, settings):  # type: ignore[no-untyped-def]
        considered.update(part)
        return judge_pairs(part, own, settings)

    with monkeypatch.context() as patch:
        patch.setattr("worldmap.registration.previous.judge_pairs", counted)
        patch.setattr("worldmap.registration.solve.area.judge_pairs", counted)
        grown = solve(seen, pairs, WHOLE, previous_of(first))
    ring = {new} | paired_with({new}, pairs)
    assert considered == ring | paired_with(ring, pairs)
    assert len(considered) < len(seen) / 2
    assert grown.pairs[row].reason
    anew = judge_pairs(seen, pairs, WHOLE.pairs)
    assert [p.status for p in grown.pairs] == [p.status for p in anew]


def part_around(
    own: set[int], seen: dict[int, PhotoView], pairs: list[PairRegistration], rings: int
) -> tuple[set[int], dict[int, int]]:
    """The photos so many rings of pairs around some, and of how many pairs each lacks the other."""
    inside = set(own)
    for _ in range(rings):
        inside |= paired_with(inside, pairs)
    keys = [(p.photo_a, p.photo_b) for p in pairs]
    ties = [(i, j) for a, b in keys for i, j in ((a, b), (b, a)) if i in inside]
    return inside, dict(Counter(i for i, j in ties if j not in inside))


@pytest.fixture(scope="module")
def grown_walk() -> tuple[dict[int, PhotoView], list[PairRegistration], PreviousSolution, Solution]:
    """A long walk into whose middle a photo came, and how the whole is solved."""
    seen = views(LONG)
    pairs = pairs_of(seen, LONG)
    old = without(12, seen)
    previous = previous_of(solve(old, among(old, pairs), WHOLE))
    return seen, pairs, previous, solve(seen, pairs, WHOLE, previous)


def cut(
    previous: PreviousSolution, inside: set[int], beyond: dict[int, int], own: set[int]
) -> PreviousSolution:
    """What a catalog gives of a part."""
    return PreviousSolution(
        poses={i: p for i, p in previous.poses.items() if i in inside},
        pairs={k: p for k, p in previous.pairs.items() if inside.issuperset(k)},
        beyond=beyond,
        around=frozenset(inside - own),
    )


def test_a_part_with_a_border_is_solved_as_the_whole_is(grown_walk) -> None:  # type: ignore[no-untyped-def]
    """To the last bit, with poses, lenses, sigmas, verdicts; whatever else changed around the area
    waits for its own merge."""
    seen, pairs, previous, whole = grown_walk
    own = {11, 12, 13}
    inside, beyond = part_around(own, seen, pairs, 2)
    assert 12 < len(inside) < len(LONG) - 2
    assert set(beyond) == {3, 4, 5, 6, 18, 19, 20, 21}
    part = {i: seen[i] for i in inside}
    part[7] = replace(part[7], horizontal_sigma_m=300.0)
    found = solve(part, among(part, pairs), WHOLE, cut(previous, inside, beyond, own))
    of_whole = {p.photo_id: p for p in whole.poses}
    moved = {12} | paired_with({12}, pairs)
    for pose in found.poses:
        assert same(pose, of_whole[pose.photo_id])
        assert same(pose, previous.poses.get(pose.photo_id, pose)) or pose.photo_id in moved
        assert (pose.status, pose.pairs) == (
            of_whole[pose.photo_id].status, of_whole[pose.photo_id].pairs,
        )  # fmt: skip
    verdicts = {p.key: p.reason for p in whole.pairs}
    assert {p.key: p.reason for p in found.pairs} == {
        key: reason for key, reason in verdicts.items() if inside.issuperset(key)
    }


def test_a_part_that_is_too_narrow_is_not_solved(grown_walk) -> None:  # type: ignore[no-untyped-def]
    """What moves would be at its border."""
    seen, pairs, previous, _ = grown_walk
    inside, beyond = part_around({12}, seen, pairs, 1)
    part = {i: seen[i] for i in inside}
    with pytest.raises(CutOffError):
        solve(part, among(part, pairs), WHOLE, cut(previous, inside, beyond, {12}))


def test_a_part_of_a_group_that_has_to_be_solved_anew_is_not_solved(grown_walk) -> None:  # type: ignore[no-untyped-def]
    seen, pairs, previous, _ = grown_walk
    own = {11, 12, 13}
    inside, beyond = part_around(own, seen, pairs, 2)
    part = {i: seen[i] for i in inside}
    asked = [p for p in among(part, pairs) if not {p.photo_a, p.photo_b} & {9, 10, 14}]
    with pytest.raises(CutOffError):
        solve(part, [p for p in asked if 12 not in p.key or p.key == (11, 12)][:3], WHOLE,
              cut(previous, inside, beyond, own))  # fmt: skip


def bent(of: PairRegistration) -> PairRegistration:
    """The pair with a turn of 20° in it."""
    assert of.a_from_b is not None
    turn = enu_from_cam_rotation(20.0, 0.0, 0.0) @ enu_from_cam_rotation(0.0, 0.0, 0.0).T
    return replace(of, a_from_b=replace(of.a_from_b, rotation=turn @ of.a_from_b.rotation))


@pytest.mark.parametrize("is_remembered", [True, False])
def test_a_removed_photo_moves_its_neighbours_only(is_remembered: bool) -> None:
    """The catalog forgets its pairs with it."""
    seen = views()
    pairs = pairs_of(seen)
    first = solved()
    left = without(12, seen)
    previous = previous_of(first)
    if not is_remembered:
        rest = {k: p for k, p in previous.pairs.items() if 12 not in k}
        previous = PreviousSolution(poses=previous.poses, pairs=rest)
    after = {p.photo_id: p for p in solve(left, among(left, pairs), WHOLE, previous).poses}
    before = {p.photo_id: p for p in first.poses if p.photo_id != 12}
    moved = {i for i in before if not same(before[i], after[i])}
    assert moved == paired_with({12}, pairs)


def test_a_photo_with_another_tag_is_solved_again() -> None:
    seen = views()
    pairs = pairs_of(seen)
    first = solved()
    seen[12] = moved_tag(seen[12], (0.5, 0.5, 0.5))
    again = solve(seen, pairs, WHOLE, previous_of(first))
    moved = [a.photo_id for a, b in zip(first.poses, again.poses, strict=True) if not same(a, b)]
    assert set(moved) == {12} | paired_with({12}, pairs)
    assert np.isfinite(again.poses[-1].gps_residual_m).all()


def test_a_new_photo_whose_only_pair_is_wrong_stays_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It looks like a place where it cannot be; the others stay where they were."""
    seen = views()
    pairs = [p for p in pairs_of(seen) if p.photo_b != 12 or p.photo_a == 11]
    old = without(12, seen)
    first = solve(old, among(old, pairs), WHOLE)

    def strict(poses, asked):  # type: ignore[no-untyped-def]
        found = misfit_sigmas(poses, asked)
        return {key: 50.0 if key == (11, 12) else off for key, off in found.items()}

    monkeypatch.setattr("worldmap.registration.solve.group.misfit_sigmas", strict)
    grown = solve(seen, pairs, WHOLE, previous_of(first))
    reasons = {(p.photo_a, p.photo_b): p.reason for p in grown.pairs if p.reason}
    assert reasons == {(11, 12): "the area's solution is 50 sigmas away"}
    after = {p.photo_id: p for p in grown.poses}
    assert after[12].pairs == 0
    assert after[12].component != after[11].component
    for pose in first.poses:
        if pose.photo_id != 11:  # which was looked at again
            assert same(pose, after[pose.photo_id])


def test_a_vaguer_tag_is_another_tag() -> None:
    """A review of all photos' tags widens sigmas of those that cannot be right."""
    seen = views()
    pairs = pairs_of(seen)
    first = solved()
    seen[12] = replace(seen[12], horizontal_sigma_m=300.0)
    again = solve(seen, pairs, WHOLE, previous_of(first))
    moved = [a.photo_id for a, b in zip(first.poses, again.poses, strict=True) if not same(a, b)]
    assert set(moved) == {12} | paired_with({12}, pairs)


def test_a_refused_pair_is_believed_again_where_it_is_judged_again() -> None:
    seen = views()
    pairs = pairs_of(seen)
    first = solved()
    key = (10, 11)
    previous = previous_of(first)
    wrongly = contradicted(previous.pairs[key], "triangles contradicted it")
    poses = {i: replace(p, pairs=p.pairs - (i in key)) for i, p in previous.poses.items()}
    previous = PreviousSolution(poses=poses, pairs={**previous.pairs, key: wrongly})
    assert solve(seen, pairs, WHOLE, previous).pairs[row_of(key, pairs)].reason
    seen[12] = replace(seen[12], heading_sigma_deg=9.0)  # beside it, so that it is judged
    again = solve(seen, pairs, WHOLE, previous)
    assert not again.pairs[row_of(key, pairs)].reason
    assert errors(again)[0] < 1.7 * errors(first)[0] + 0.02


def row_of(key: tuple[int, int], pairs: list[PairRegistration]) -> int:
    return [(p.photo_a, p.photo_b) for p in pairs].index(key)


def test_an_unplaced_photo_of_a_group_stays_unplaced_and_moves_nothing() -> None:
    seen = views()
    pairs = pairs_of(seen)
    first = solved()
    open_place = lost(next(p for p in first.poses if p.photo_id == 12), "its place is open")
    poses = [open_place if p.photo_id == 12 else p for p in first.poses]
    previous = previous_of(replace(first, poses=poses))
    again = {p.photo_id: p for p in solve(seen, pairs, WHOLE, previous).poses}
    assert again[12].reason == "its place is open"
    assert all(same(p, again[p.photo_id]) for p in poses if p.photo_id != 12)
    seen[11] = replace(seen[11], heading_sigma_deg=9.0)
    again = {p.photo_id: p for p in solve(seen, pairs, WHOLE, previous).poses}
    assert again[12].status == PhotoStatus.PLACED


def test_solved_focal_lengths_are_kept() -> None:
    """Of photos, too, that may move but that no track holds."""
    seen = views()
    pairs = [replace(p, inlier_index=p.inlier_index[:0]) for p in pairs_of(seen)]
    first = solve(seen, pairs, WHOLE)
    poses = {
        p.photo_id: replace(
            p, lens=replace(p.lens, focal_px=1.01 * p.focal_px, cx_px=503.0, k1=0.01)
        )
        for p in first.poses
        if isinstance(p, PlacedPose)
    }
    previous = PreviousSolution(poses=poses, pairs=previous_of(first).pairs)
    seen[12] = replace(seen[12], heading_sigma_deg=9.0)
    for pose in solve(seen, pairs, WHOLE, previous).poses:
        assert astuple(pose.lens) == pytest.approx(astuple(poses[pose.photo_id].lens))


@pytest.mark.nightly
def test_a_group_of_which_most_is_new_is_solved_anew() -> None:
    seen = views()
    pairs = pairs_of(seen)
    few = {i: v for i, v in seen.items() if i <= 5}
    first = solve(few, among(few, pairs), WHOLE)
    grown = solve(seen, pairs, WHOLE, previous_of(first))
    whole = solve(seen, pairs, WHOLE)
    assert all(same(a, b) for a, b in zip(grown.poses, whole.poses, strict=True))


@pytest.mark.nightly
def test_an_area_that_has_grown_is_placed_as_a_whole_again() -> None:
    """By all its positions: what three photos' tags said at first is not what hundreds say."""
    seen = views(LONG)
    pairs = pairs_of(seen, LONG)
    ids = sorted(seen)
    solution, anew = solve(*part_of(seen, pairs, ids[:8]), WHOLE), []
    assert {p.solved_among for p in solution.poses} == {8}
    for count in (9, 10, 11):
        solution = solve(*part_of(seen, pairs, ids[:count]), WHOLE, previous_of(solution))
        (among,) = {p.solved_among for p in solution.poses}
        if among == count:
            anew.append(count)
    # Three tenths more than eight.
    assert anew == [11]
    whole = solve(*part_of(seen, pairs, ids[:11]), WHOLE)
    centre = {p.photo_id: p.position_sigma_m for p in whole.poses}
    for pose in solution.poses:
        if pose.photo_id in centre:
            assert np.allclose(pose.position_sigma_m, centre[pose.photo_id], rtol=0.3)


def part_of(
    seen: dict[int, PhotoView], pairs: list[PairRegistration], ids: list[int]
) -> tuple[dict[int, PhotoView], list[PairRegistration]]:
    part = {i: seen[i] for i in ids}
    return part, among(part, pairs)


def test_the_makers_tell_the_truth() -> None:
    """What the tests above lean on."""
    seen = views()
    assert len(pairs_of(seen)) > 30
    assert true_pair(SHOTS[0], SHOTS[1]).scale == pytest.approx(
        SHOTS[1].depth_scale / SHOTS[0].depth_scale
    )
    found = {p.photo_id: p for p in solve(seen, pairs_of(seen), WHOLE).poses}
    poses = {i: p.enu_from_cam.scaled(p.depth_scale) for i, p in found.items() if p.enu_from_cam}
    assert np.median(pose_errors(poses, SHOTS)[0]) < 6.0
