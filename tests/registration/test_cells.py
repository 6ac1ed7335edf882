"""Cells of a large area, each solved alone, joined by the photos that they share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.helpers.catalog_records import accepted_pair, placed_pose
from tests.helpers.registration_makers import Array
from tests.registration.test_blocks import LONG, WHOLE, pairs_of, views
from worldmap.frames import RigidTransform, Similarity
from worldmap.records import PlacedPose, SolvedPose
from worldmap.registration import cells as module
from worldmap.registration.cells import solve_in_cells
from worldmap.registration.solve import Solution, solve
from worldmap.registration.view import PhotoView

COUNT, SHARED = 20, 6


def turned(seed: int) -> Rotation:
    return Rotation.random(random_state=seed)


def true_poses() -> dict[int, PlacedPose]:
    """A row of photos, 5 m apart, each looking elsewhere."""
    found = {}
    for i in range(COUNT):
        pose = placed_pose(i, (5.0 * i, float(i % 3), 1.5))
        placed = pose.enu_from_cam
        found[i] = replace(
            pose,
            enu_from_cam=RigidTransform(
                to=placed.to,
                source=placed.source,
                rotation=turned(i).as_matrix(),
                translation_m=placed.translation_m,
            ),
        )
    return found


def moved(pose: PlacedPose, turn: Rotation, scale: float, shift_m: Array) -> PlacedPose:
    """As a cell has it that is turned, scaled and shifted as a whole."""
    placed = pose.enu_from_cam
    return replace(
        pose,
        depth_scale=scale * pose.depth_scale,
        enu_from_cam=RigidTransform(
            to=placed.to,
            source=placed.source,
            rotation=turn.as_matrix() @ placed.rotation,
            translation_m=scale * turn.as_matrix() @ placed.translation_m + shift_m,
        ),
    )


def two_cells() -> tuple[list[dict[int, SolvedPose]], list[frozenset[int]]]:
    """The first half with a border, as it is; the second one off by metres, degrees, a per cent."""
    true = true_poses()
    half = COUNT // 2
    one: dict[int, SolvedPose] = {i: true[i] for i in range(half + SHARED // 2)}
    turn = Rotation.from_euler("zyx", (4.0, 1.0, -0.5), degrees=True)
    other: dict[int, SolvedPose] = {
        i: moved(true[i], turn, 1.02, np.array((3.0, -5.0, 2.0)))
        for i in range(half - SHARED // 2, COUNT)
    }
    return [one, other], [frozenset(range(half)), frozenset(range(half, COUNT))]


def relative(a: PlacedPose, b: PlacedPose) -> Similarity:
    return a.enu_from_cam.scaled(a.depth_scale).inverse() @ b.enu_from_cam.scaled(b.depth_scale)


def test_cells_are_joined_by_the_photos_that_they_share() -> None:
    """Over 95 m to millimetres, against what each cell holds of its own level and size."""
    found, cells = two_cells()
    first, second = module._joined(found, cells, {})
    true = true_poses()
    for a, b in ((0, COUNT - 1), (COUNT // 2 - 1, COUNT // 2)):
        one, other = first[a], second[b]
        assert isinstance(one, PlacedPose)
        assert isinstance(other, PlacedPose)
        expected = relative(true[a], true[b])
        assert np.allclose(relative(one, other).matrix, expected.matrix, atol=5e-3)


def test_what_nothing_ties_in_a_cell_is_joined_by_itself() -> None:
    """The second cell's last photos, with one that the first has too, are a group of their own
    there, laid metres off by tags."""
    found, cells = two_cells()
    true, apart = true_poses(), {12, *range(15, COUNT)}
    for i in apart:
        pose = found[1][i]
        assert isinstance(pose, PlacedPose)
        off = moved(pose, Rotation.identity(), 1.0, np.array((2.0, -1.5, 0.5)))
        found[1][i] = replace(off, component=1)
    _, other = module._joined(found, cells, {})
    for i in apart:
        one, neighbour = other[i], other[10]
        assert isinstance(one, PlacedPose)
        assert isinstance(neighbour, PlacedPose)
        expected = relative(true[10], true[i])
        assert np.allclose(relative(neighbour, one).matrix, expected.matrix, atol=5e-3)


def test_a_shared_photo_that_one_cell_has_wrong_pulls_nothing_apart() -> None:
    found, cells = two_cells()
    wrong = COUNT // 2
    pose = found[0][wrong]
    assert isinstance(pose, PlacedPose)
    found[0][wrong] = moved(pose, Rotation.identity(), 1.0, np.array((0.0, 8.0, 0.0)))
    joined = module._joined(found, cells, {})
    home = {i: number for number, own in enumerate(cells) for i in own}
    seams = module._seams(joined, home, [accepted_pair(i, i + 1) for i in range(COUNT - 1)])
    # Of the pair across, 9 and 10, the first: the first cell has no more of the second than that.
    assert [(seam.photo_id, seam.cells) for seam in seams] == [(wrong, (1, 0))]
    assert seams[0].off_m == pytest.approx(8.0, abs=0.1)


def test_a_seam_is_what_the_map_shows_beside_the_cell_that_holds_it_better() -> None:
    """A border's outermost photo, which few pairs hold, is none: the map has it from elsewhere."""
    found, cells = two_cells()
    last = COUNT // 2
    pose = found[0][last]
    assert isinstance(pose, PlacedPose)
    found[0][last] = replace(
        moved(pose, Rotation.identity(), 1.0, np.array((0.0, 0.5, 0.0))), pairs=1
    )
    joined = module._joined(found, cells, {})
    home = {i: number for number, own in enumerate(cells) for i in own}
    across = [accepted_pair(i, j) for i in range(7, 10) for j in range(10, 13)]
    seams = module._seams(joined, home, across)
    assert last not in {seam.photo_id for seam in seams}
    assert max(seam.off_m for seam in seams) < 0.05


def test_tags_say_where_all_cells_are() -> None:
    """To their sigmas, beside what each cell knows of its size."""
    found, cells = two_cells()
    shift_m = np.array((7.0, -2.0, 1.0))
    tags = {
        i: module._Tag(
            place_m=pose.enu_from_cam.translation_m + shift_m, sigma_m=np.array((3.0, 3.0, 5.0))
        )
        for i, pose in true_poses().items()
    }
    joined = module._joined(found, cells, tags)
    for number, own in enumerate(cells):
        for i in own:
            pose = joined[number][i]
            assert isinstance(pose, PlacedPose)
            assert np.allclose(pose.enu_from_cam.translation_m, tags[i].place_m, atol=0.6)


# --- a walk ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def walk_in_cells():  # type: ignore[no-untyped-def]
    seen = views(LONG)
    pairs = pairs_of(seen, LONG)
    places = {i: view.position_enu for i, view in seen.items() if view.position_enu is not None}
    asked: list[int] = []

    def counted(part: dict[int, PhotoView], *rest: object, **more: object) -> Solution:
        asked.append(len(part))
        return solve(part, *rest, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "solve", counted)
        found = solve_in_cells(seen, places, pairs, WHOLE, most_photos=12)
    return seen, pairs, found, asked


@pytest.mark.nightly
def test_a_walk_is_solved_in_cells_with_borders(walk_in_cells) -> None:  # type: ignore[no-untyped-def]
    """No cell has all photos; all are placed, and neighbours in two cells fit as well as others."""
    seen, pairs, found, asked = walk_in_cells
    assert [len(own) for own in found.cells] == [12, 12]
    assert all(12 < count < len(seen) for count in asked)
    assert [pose.photo_id for pose in found.poses] == sorted(seen)
    assert all(isinstance(pose, PlacedPose) for pose in found.poses)
    assert [pair.key for pair in found.pairs] == [pair.key for pair in pairs]
    home = {i: number for number, own in enumerate(found.cells) for i in own}
    assert found.seams
    assert {seam.cells for seam in found.seams} <= {(0, 1), (1, 0)}
    assert all(home[seam.photo_id] == seam.cells[0] for seam in found.seams)
    assert len({seam.photo_id for seam in found.seams}) <= sum(asked) - len(seen)
    assert np.median([seam.off_m for seam in found.seams]) < 0.05


def test_an_area_of_one_cell_is_solved_as_it_is() -> None:
    everybody = views(LONG)
    seen = {i: view for i, view in everybody.items() if i <= 6}
    pairs = [pair for pair in pairs_of(everybody, LONG) if pair.photo_b <= 6]
    places = {i: view.position_enu for i, view in seen.items() if view.position_enu is not None}
    found = solve_in_cells(seen, places, pairs, WHOLE, most_photos=10)
    whole = solve(seen, pairs, WHOLE)
    assert len(found.cells) == 1
    assert found.seams == []
    for one, other in zip(found.poses, whole.poses, strict=True):
        assert isinstance(one, PlacedPose)
        assert isinstance(other, PlacedPose)
        assert np.array_equal(one.enu_from_cam.matrix, other.enu_from_cam.matrix)


def test_a_photo_without_a_place_belongs_to_its_partners_cell() -> None:
    seen = views(LONG)
    pairs = pairs_of(seen, LONG)
    places = {i: view.position_enu for i, view in seen.items() if i not in (2, 23)}
    cells = module._cells(places, seen, pairs, 11)  # type: ignore[arg-type]
    of = {i: own for own in cells for i in own}
    assert of[2] == of[3]
    assert of[23] == of[22]
    assert sorted(of) == sorted(seen)
