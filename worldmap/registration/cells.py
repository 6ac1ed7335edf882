"""Areas too large to be solved at once: cells with a border, each solved alone, joined by the
photos that they share.

A cell is a block of photos by where tags have them, its border all that pairs tie to it. What a
cell's solution leaves open is where it is as a whole: seven numbers, which the tags tell to metres
and the photos that two cells share to centimetres. These are found for all cells at once, by least
squares over a graph whose nodes are cells (submaps joined by what they have in common: Ni, Steedly
and Dellaert, Tectonic SAM, ICRA 2007). A photo is where the cell has it that it belongs to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve
from scipy.spatial.transform import Rotation

from worldmap.config import RegistrationSettings
from worldmap.frames import RigidTransform, rotation_angle_rad
from worldmap.records import (
    CameraCalibration,
    PairRegistration,
    PlacedBy,
    PlacedPose,
    SolvedPose,
)
from worldmap.registration.blocks import cut_into_blocks
from worldmap.registration.solve import Solution, solve
from worldmap.registration.start import components
from worldmap.registration.view import PhotoView

Array = NDArray[np.float64]

_ROUNDS = 20
_STEP = 1e-9
# Cells begin metres apart, where right and wrong look alike: what counts as far off shrinks from so
# many sigmas, by halves (graduated non-convexity: Yang et al., RA-L 2020).
_FARTHEST = 256.0
# What a photo at a cell's edge is off by beside the same one inside another: centimetres and
# hundredths of a degree (benchmarks, city). Only the ratio to the tags' metres counts.
_SHARED_SIGMA_M = 0.03
_SHARED_SIGMA_RAD = 1e-3
_SHARED_SIGMA_LOG = 3e-3
# How well a cell knows by itself how it lies and how large it is: its level by that of its photos,
# the same for all where a camera tips them (0.4°), north by compasses, size by tags and depth.
# Places of photos along a straight street say nothing of its level.
_LIES_SIGMA = np.array((0.007, 0.007, 0.05, np.inf, np.inf, np.inf, 0.02))
# Student's weights with four degrees of freedom (Lange, Little & Taylor, JASA 1989): a photo that
# one of its cells has wrong does not pull them apart.
_FREEDOM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A photo that the map has from one cell beside a photo from another one, which has it too:
    these two cells, and how far apart in metres and radians they have it, after they are joined."""

    photo_id: int
    cells: tuple[int, int]
    off_m: float
    off_rad: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CellPart:
    """What one cell is solved of: its photos by id, those of its border too, and the pairs among
    them; own: how many photos are the cell's."""

    photo_ids: tuple[int, ...]
    pairs: Sequence[PairRegistration]
    own: int


OnPart = Callable[[int, Solution], None]
"""Told of the solution of the part with that number, in whatever order they come."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JoinedCells:
    """A pose for every photo; every pair with the verdict of a cell that has both its photos (that
    of its first photo where several do); what cells told of cameras; and the seams."""

    poses: list[SolvedPose]
    pairs: list[PairRegistration]
    calibrations: tuple[CameraCalibration, ...]
    cells: Sequence[frozenset[int]]
    seams: Sequence[Seam]


def solve_in_cells(
    views: Mapping[int, PhotoView],
    places_enu: Mapping[int, Array],
    pairs: Sequence[PairRegistration],
    settings: RegistrationSettings,
    *,
    most_photos: int,
    calibrations: Iterable[CameraCalibration] = (),
    on_cell: Callable[[int], None] = lambda _: None,
    solve_parts: Callable[[Sequence[CellPart], OnPart], None] | None = None,
) -> JoinedCells:
    """`solve` in cells of at most `most_photos`, without their borders.

    views: by photo id, asked cell by cell, so that it may read them when they are asked for; all
    about one site. places_enu: where tags have the photos (3,), about that site; photos without
    any place belong to the cell that most of their pairs are with. on_cell: told of each cell that
    is solved, with its number of photos. solve_parts: solves each part as `solve` does, wherever;
    by default here, one after the other. Parts know nothing of each other, so what comes out does
    not depend on who is solved first.
    """
    cells = _cells(places_enu, list(views), pairs, most_photos)
    home = {i: number for number, own in enumerate(cells) for i in own}
    parts = _parts(cells, home, pairs)
    known = list(calibrations)

    def here(parts: Sequence[CellPart], on_part: OnPart) -> None:
        for number, part in enumerate(parts):
            seen = {i: views[i] for i in part.photo_ids}
            on_part(number, solve(seen, part.pairs, settings, calibrations=known))

    solved: dict[int, Solution] = {}
    tags: dict[int, _Tag] = {}

    def keep(number: int, solution: Solution) -> None:
        solved[number] = solution
        tags.update((i, _Tag.of(views[i])) for i in cells[number] & places_enu.keys())
        on_cell(len(cells[number]))

    (solve_parts or here)(parts, keep)
    found: list[dict[int, SolvedPose]] = []
    verdicts: dict[tuple[int, int], PairRegistration] = {}
    told: list[CameraCalibration] = []
    for number, solution in sorted(solved.items()):
        found.append({pose.photo_id: pose for pose in solution.poses})
        told += solution.calibrations
        for pair in solution.pairs:
            if home[pair.photo_a] == number or pair.key not in verdicts:
                verdicts[pair.key] = pair
    moved = _joined(found, cells, tags) if len(cells) > 1 else found
    judged = [verdicts[pair.key] for pair in pairs]
    groups = components(list(home), [pair for pair in judged if pair.accepted])
    group = {i: number for number, members in enumerate(groups) for i in members}
    return JoinedCells(
        poses=[
            replace(pose, component=group[i]) if pose.component >= 0 else pose
            for i, number in sorted(home.items())
            for pose in [moved[number][i]]
        ],
        pairs=judged,
        calibrations=tuple(told),
        cells=cells,
        seams=_seams(moved, home, (pair for pair in judged if pair.accepted)),
    )


def _parts(
    cells: Sequence[Collection[int]],
    home: Mapping[int, int],
    pairs: Sequence[PairRegistration],
) -> list[CellPart]:
    """What each cell is solved of."""
    borders = [set(own) for own in cells]
    for pair in pairs:
        a, b = (home[i] for i in pair.key)
        borders[a].add(pair.photo_b)
        borders[b].add(pair.photo_a)
    cells_of: dict[int, set[int]] = defaultdict(set)
    for number, inside in enumerate(borders):
        for i in inside:
            cells_of[i].add(number)
    by_cell: dict[int, list[PairRegistration]] = defaultdict(list)
    for pair in pairs:
        for number in cells_of[pair.photo_a] & cells_of[pair.photo_b]:
            by_cell[number].append(pair)
    return [
        CellPart(photo_ids=tuple(sorted(inside)), pairs=by_cell[number], own=len(cells[number]))
        for number, inside in enumerate(borders)
    ]


def _cells(
    places_enu: Mapping[int, Array],
    photo_ids: Collection[int],
    pairs: Sequence[PairRegistration],
    most_photos: int,
) -> list[frozenset[int]]:
    cells = [set(block) for block in cut_into_blocks(places_enu, pairs, most_photos)] or [set()]
    home = {i: number for number, own in enumerate(cells) for i in own}
    waiting = set(photo_ids) - home.keys()
    while waiting:
        # Those that pairs tie to photos that have a cell, ring by ring; the rest to the first.
        votes: dict[int, list[int]] = defaultdict(list)
        for a, b in (pair.key for pair in pairs):
            for one, other in ((a, b), (b, a)):
                if one in waiting and other in home:
                    votes[one].append(home[other])
        chosen = {i: max(sorted(set(told)), key=told.count) for i, told in votes.items()}
        home |= chosen or dict.fromkeys(waiting, 0)
        waiting -= home.keys()
    for i, number in home.items():
        cells[number].add(i)
    return [frozenset(own) for own in cells if own]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Tag:
    """Where a photo's tags have it, and its sigmas (3,)."""

    place_m: Array
    sigma_m: Array

    @classmethod
    def of(cls, view: PhotoView) -> _Tag:
        side_m, height_m = view.horizontal_sigma_m, view.vertical_sigma_m
        place_m = view.position_enu
        assert place_m is not None
        return cls(place_m=place_m, sigma_m=np.array((side_m, side_m, height_m)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Move:
    """A similarity of a cell's ENU about its middle m: x becomes m + scale R (x − m) + t."""

    middle: Array
    rotation: Array
    translation_m: Array
    scale: float

    def apply(self, xyz: Array) -> Array:
        turned: Array = self.scale * (xyz - self.middle) @ self.rotation.T
        return turned + self.middle + self.translation_m

    def of(self, pose: PlacedPose) -> PlacedPose:
        placed = pose.enu_from_cam
        by = np.eye(7)
        by[3:6, 3:6] = self.rotation
        return replace(
            pose,
            enu_from_cam=RigidTransform(
                to=placed.to,
                source=placed.source,
                rotation=self.rotation @ placed.rotation,
                translation_m=self.apply(placed.translation_m),
            ),
            depth_scale=self.scale * pose.depth_scale,
            covariance=by @ pose.covariance @ by.T,
        )


def _joined(
    found: Sequence[Mapping[int, SolvedPose]],
    cells: Sequence[Collection[int]],
    tags: Mapping[int, _Tag],
) -> list[dict[int, SolvedPose]]:
    """Each cell's poses, the photos of each of its groups that matches hold moved as one: what
    nothing ties in a cell, tags alone have laid beside each other there, metres off."""
    by_group: dict[tuple[int, int], dict[int, PlacedPose]] = defaultdict(dict)
    for number, poses in enumerate(found):
        for i, p in poses.items():
            if isinstance(p, PlacedPose) and p.by == PlacedBy.MATCHES:
                by_group[number, p.component][i] = p
    groups = sorted(by_group)
    held = [by_group[group] for group in groups]
    of_cells = [cells[number] for number, _ in groups]
    moves = [
        _Move(
            middle=np.mean([p.enu_from_cam.translation_m for p in own.values()], axis=0),
            rotation=np.eye(3),
            translation_m=np.zeros(3),
            scale=1.0,
        )
        for own in held
    ]
    shared: dict[int, list[int]] = defaultdict(list)
    for row, own in enumerate(held):
        for i in own:
            shared[i].append(row)
    links = [(i, told[0], other) for i, told in sorted(shared.items()) for other in told[1:]]
    for number in range(_ROUNDS if groups else 0):
        far = max(_FARTHEST / 2**number, 1.0)
        step = _step(held, of_cells, links, moves, tags, far)
        moves = [
            _Move(
                middle=move.middle,
                rotation=Rotation.from_rotvec(by[:3]).as_matrix() @ move.rotation,
                translation_m=move.translation_m + by[3:6],
                scale=move.scale * float(np.exp(by[6])),
            )
            for move, by in zip(moves, step, strict=True)
        ]
        if far == 1.0 and float(np.abs(step).max(initial=0.0)) < _STEP:
            break
    joined = [dict(poses) for poses in found]
    for (number, _), own, move in zip(groups, held, moves, strict=True):
        joined[number] |= {i: move.of(p) for i, p in own.items()}
    return joined


def _step(
    held: Sequence[Mapping[int, PlacedPose]],
    cells: Sequence[Collection[int]],
    links: Sequence[tuple[int, int, int]],
    moves: Sequence[_Move],
    tags: Mapping[int, _Tag],
    far: float,
) -> Array:
    """Turn, shift and log of the scale (N, 7) that each cell still has to move by: a Gauss-Newton
    step of the weighted least squares."""
    rows: list[Array] = []
    blocks: list[list[tuple[int, Array]]] = []
    for number, own in enumerate(cells):
        by_itself = np.zeros(7)
        by_itself[:3] = Rotation.from_matrix(moves[number].rotation).as_rotvec()
        by_itself[6] = np.log(moves[number].scale)
        rows.append(by_itself / _LIES_SIGMA)
        blocks.append([(number, np.diag(1.0 / _LIES_SIGMA))])
        for i in sorted(set(own) & held[number].keys() & tags.keys()):
            at, tag = moves[number].apply(held[number][i].enu_from_cam.translation_m), tags[i]
            rows.append((at - tag.place_m) / tag.sigma_m)
            blocks.append([(number, _moved_by(at, moves[number]) / tag.sigma_m[:, None])])
    for i, a, b in links:
        one, other = (moves[k].of(held[k][i]) for k in (a, b))
        at_a, at_b = one.enu_from_cam.translation_m, other.enu_from_cam.translation_m
        turn = Rotation.from_matrix(one.enu_from_cam.rotation @ other.enu_from_cam.rotation.T)
        # In the units of the first cell: in metres of the map, smaller cells would fit better.
        unit_m = _SHARED_SIGMA_M * moves[a].scale
        rows.append(
            np.concatenate(
                [
                    (at_a - at_b) / unit_m,
                    turn.as_rotvec() / _SHARED_SIGMA_RAD,
                    [np.log(one.depth_scale / other.depth_scale) / _SHARED_SIGMA_LOG],
                ]
            )
        )
        blocks.append(
            [
                (a, _all_moved_by(at_b, moves[a], unit_m)),
                (b, -_all_moved_by(at_b, moves[b], unit_m)),
            ]
        )
    return _least_squares(rows, blocks, len(moves), far)


def _moved_by(at: Array, move: _Move) -> Array:
    """d place / d (turn, shift, log scale): (3, 7)."""
    arm = at - move.middle - move.translation_m
    x, y, z = arm
    turned = np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
    return np.hstack([turned, np.eye(3), arm[:, None]])


def _all_moved_by(at: Array, move: _Move, unit_m: float) -> Array:
    """The same of place, turn and log of the depth scale, over their sigmas: (7, 7)."""
    found = np.zeros((7, 7))
    found[:3] = _moved_by(at, move) / unit_m
    found[3:6, :3] = np.eye(3) / _SHARED_SIGMA_RAD
    found[6, 6] = 1.0 / _SHARED_SIGMA_LOG
    return found


def _least_squares(
    residuals: Sequence[Array],
    blocks: Sequence[Sequence[tuple[int, Array]]],
    count: int,
    far: float,
) -> Array:
    normal: dict[tuple[int, int], Array] = defaultdict(lambda: np.zeros((7, 7)))
    right = np.zeros((count, 7))
    for residual, parts in zip(residuals, blocks, strict=True):
        weight = (_FREEDOM + len(residual)) / (_FREEDOM + float(residual @ residual) / far**2)
        for one, by in parts:
            right[one] -= weight * by.T @ residual
            for other, by_other in parts:
                normal[one, other] += weight * by.T @ by_other
    for k in range(count):
        normal[k, k] += 1e-9 * np.eye(7)  # a cell that nothing holds stays
    at = [(7 * a, 7 * b, block) for (a, b), block in sorted(normal.items())]
    row, column = np.mgrid[:7, :7]
    matrix = sparse.csc_matrix(
        (
            np.concatenate([block.ravel() for _, _, block in at]),
            (
                np.concatenate([(a + row).ravel() for a, _, _ in at]),
                np.concatenate([(b + column).ravel() for _, b, _ in at]),
            ),
        ),
        shape=(7 * count, 7 * count),
    )
    found: Array = np.asarray(spsolve(matrix, right.ravel())).reshape(count, 7)
    return found


def _seams(
    moved: Sequence[Mapping[int, SolvedPose]],
    home: Mapping[int, int],
    pairs: Iterable[PairRegistration],
) -> list[Seam]:
    """Of all pairs whose photos the map has from two cells. Both cells have both photos: what the
    map shows is looked at beside the one that holds the other's photo better. At the outermost of a
    border few pairs hold a photo, and no map has it from there."""
    looked_at: set[tuple[int, int]] = set()
    for pair in pairs:
        a, b = pair.key
        if home[a] != home[b]:
            both = (b, home[a]), (a, home[b])
            looked_at.add(max(both, key=lambda each: moved[each[1]][each[0]].pairs))
    seams = []
    for i, number in sorted(looked_at):
        one, other = moved[home[i]][i], moved[number][i]
        if not (isinstance(one, PlacedPose) and isinstance(other, PlacedPose)):
            continue
        other = other.about(one.site)
        off = one.enu_from_cam.translation_m - other.enu_from_cam.translation_m
        turn = one.enu_from_cam.rotation.T @ other.enu_from_cam.rotation
        seams.append(
            Seam(
                photo_id=i,
                cells=(home[i], number),
                off_m=float(np.linalg.norm(off)),
                off_rad=rotation_angle_rad(turn),
            )
        )
    return seams
