"""What merges found out about an area before, its solution now, and both in the catalog."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import ValidationError

from worldmap.catalog import Catalog
from worldmap.config import PairSettings, RegistrationSettings, SolverSettings
from worldmap.geodesy import Site
from worldmap.records import (
    CameraCalibration,
    ControlPoint,
    IngestedPhoto,
    PairRegistration,
    PhotoReview,
    PlacedPose,
    Run,
    SolvedPose,
    main_site,
)
from worldmap.registration.blocks import paired_with
from worldmap.registration.calibrated import known_lenses, refused_for_their_lens
from worldmap.registration.cells import solve_in_cells
from worldmap.registration.controlled import Control, control_results
from worldmap.registration.previous import PreviousSolution
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.registration.solve import Solution, solve, solved_overlaps
from worldmap.registration.trials import WELL_HELD
from worldmap.registration.unmoved import keep_unmoved
from worldmap.registration.view import PhotoView
from worldmap.stages.cells import CellSolver
from worldmap.stages.control import control_for, has_changed_since, stored
from worldmap.stages.given import held_poses
from worldmap.stages.reach import Change
from worldmap.stages.register import pairs_key, register_again
from worldmap.stages.review import copies_of, left_out, pose_left_out, pose_of_copy
from worldmap.stages.selection import Part
from worldmap.stages.work import Work

# Of an area without any photo that has a place.
_NOWHERE = Site(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AreaSolution:
    """Every photo's pose, with the copies', those that hardly moved where they were; every pair
    with its verdicts; and where the catalog had these photos before. contradicted: believed pairs,
    by file name, of which one photo's surface stands in front of the other's. remarks: what is
    wrong with tags that photos share. control: surveyed points that these photos show, with how
    the solution agrees with them."""

    poses: Sequence[SolvedPose]
    pairs: Sequence[PairRegistration]
    before: Sequence[SolvedPose]
    contradicted: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    control: Sequence[ControlPoint] = ()

    @property
    def moved(self) -> set[int]:
        """The photos that are not where, or not as, they were."""
        before = {pose.photo_id: pose for pose in self.before}
        return {pose.photo_id for pose in self.poses if not stands_as(pose, before)}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SolvedPart:
    """What came of a part's photos, by id, up to their solution. asked: those of the area itself;
    remarks: what is wrong with tags that photos share, beside the solution's."""

    asked: Sequence[IngestedPhoto]
    part: Part
    views: Mapping[int, PhotoView]
    reviews: Mapping[int, PhotoReview]
    solution: AreaSolution
    remarks: tuple[str, ...]

    @property
    def photos(self) -> list[IngestedPhoto]:
        """All that were solved."""
        return self.part.photos

    def touched(self, moved: set[int]) -> set[int] | None:
        """The photos whose depth may come out different; None: any of them. moved: the solution's,
        which takes looking at all poses."""
        if not self.part.beyond:
            return None
        ties = [pair for pair in self.solution.pairs if pair.accepted]
        return (self._concerned(moved) | paired_with(moved, ties)) - self.part.beyond.keys()

    def change(self, moved: set[int], catalog: Catalog) -> Change:
        """Where the map may come out different: where what moved was and is, and the area."""
        ids = self._concerned(moved)
        both = [*self.solution.before, *self.solution.poses]
        return Change.of(catalog, [pose for pose in both if pose.photo_id in ids])

    def _concerned(self, moved: set[int]) -> set[int]:
        return moved | {photo.photo_id for photo in self.asked}


def previous_solution(
    catalog: Catalog,
    photos: Sequence[IngestedPhoto],
    settings: RegistrationSettings,
    views: Iterable[PhotoView] = (),
    *,
    part: Part | None = None,
) -> PreviousSolution | None:
    """What earlier merges found out about these photos, of which `views` are to be paired; None
    before the first, or where one had other settings for pairs or solving or solved by another
    version, or where surveyed points were told or taken back since. part: what these photos are of
    an area's groups; None: all."""
    ids = {photo.photo_id for photo in photos}
    runs = catalog.solving_runs(ids)
    if not runs or not all(_solved_alike(run, settings) for run in runs):
        return None
    if has_changed_since(catalog.control_points(), runs):
        return None
    poses = {pose.photo_id: pose for pose in catalog.poses(ids)}
    # A merge that was stopped may have left verdicts on photos that it did not come to place.
    pairs = catalog.find_pairs(pairs_key(settings, views), poses)
    if part is None or not part.beyond:
        return PreviousSolution(poses=poses, pairs=pairs)
    if part.beyond.keys() - poses.keys():
        return None  # a merge that was stopped did not come to place what is at the border
    return PreviousSolution(poses=poses, pairs=pairs, beyond=part.beyond, around=part.around)


def stands_as(new: SolvedPose, before: Mapping[int, SolvedPose]) -> bool:
    """Whether a photo is where, and as, it was before."""
    old = before.get(new.photo_id)
    if not (isinstance(new, PlacedPose) and isinstance(old, PlacedPose)):
        return type(new) is type(old)
    return (
        new.site == old.site
        and (new.status, new.depth_scale, new.lens) == (old.status, old.depth_scale, old.lens)
        and np.array_equal(new.enu_from_cam.matrix, old.enu_from_cam.matrix)
    )


def _grouped_as_before(poses: Sequence[SolvedPose], previous: PreviousSolution) -> list[SolvedPose]:
    """The poses, each group by the number that its photos around the area had, others by numbers of
    their own: a part's groups are numbered by how much of them is here."""
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for pose in poses:
        if pose.photo_id in previous.around:
            votes[pose.component][previous.poses[pose.photo_id].component] += 1
    number = {own: told.most_common(1)[0][0] for own, told in votes.items()}
    fresh = 1 + max((pose.component for pose in previous.poses.values()), default=-1)
    for own in sorted({pose.component for pose in poses if pose.component >= 0} - number.keys()):
        number[own], fresh = fresh, fresh + 1
    return [replace(pose, component=number.get(pose.component, -1)) for pose in poses]


def _of_nobody_beyond(
    told: Iterable[CameraCalibration],
    known: Sequence[CameraCalibration],
    views: Collection[int],
) -> list[CameraCalibration]:
    """What a part told of its cameras, without those that photos told of which are not here."""
    wider = {each.camera_key for each in known if set(each.photo_ids) - set(views)}
    return [each for each in told if each.camera_key not in wider]


def _solved_alike(run: Run, settings: RegistrationSettings) -> bool:
    """Whether an earlier run's poses are what these settings would give. How features are found is
    none of a merge's settings, whatever it was told of them."""
    told = json.loads(run.settings_json).get("registration", {})
    try:
        pairs = PairSettings.model_validate(told.get("pairs", {}))
        solver = SolverSettings.model_validate(told.get("solver", {}))
    except ValidationError:
        return False
    alike = (pairs, solver) == (settings.pairs, settings.solver)
    return alike and run.solve_version == SOLVE_VERSION


def solve_area(
    work: Work,
    photos: Sequence[IngestedPhoto],
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    reviews: Mapping[int, PhotoReview],
    previous: PreviousSolution | None,
) -> AreaSolution:
    """The photos placed, each connected group about a site of its own, and stored with the verdicts
    and reviews.

    CatalogError, and nothing is stored, where a photo has left the map meanwhile.
    """
    settings, catalog = work.settings.registration, work.folder.catalog
    surveyed = stored(catalog)
    control = control_for(surveyed, photos)
    key = pairs_key(settings, views.values())
    is_newest = catalog.newest_pairs_key() == key
    held = held_poses(work.folder, photos, views)
    calibrations = catalog.calibrations()
    cells = CellSolver(work, photos, views, calibrations)
    solution = _solved(work, views, pairs, previous, control, held, calibrations, cells)
    fit_now = _fit_by_now(work, photos, views, pairs, solution, previous)
    if fit_now:
        pairs = [fit_now.get(pair.key, pair) for pair in pairs]
        solution = _solved(work, views, pairs, previous, control, held, calibrations, cells)
    overlaps = solved_overlaps(views, solution)
    by_id = {photo.photo_id: photo for photo in photos}
    about = {pose.photo_id: pose.site for pose in solution.poses}
    elsewhere = main_site(solution.poses) or next(iter(about.values()), _NOWHERE)
    copies = [
        pose_of_copy(by_id[i], by_id[kept], about.get(kept, elsewhere))
        for i, kept in copies_of(reviews).items()
    ]
    copies += [
        pose_left_out(by_id[i], reason, elsewhere)
        for i, reason in sorted(left_out(photos, work.settings.choose).items())
        if i not in copies_of(reviews)
    ]
    before = {pose.photo_id: pose for pose in catalog.poses(by_id)}
    poses = keep_unmoved([*solution.poses, *copies], before)
    told: Sequence[CameraCalibration] = solution.calibrations
    stay: set[int] = set()
    if previous is not None and previous.is_cut:
        poses = _grouped_as_before(poses, previous)
        told = _of_nobody_beyond(told, calibrations, views)
        # What is around the area and did not move keeps its rows, whatever else may wait there.
        around = [pose for pose in poses if pose.photo_id in previous.around]
        stay = {pose.photo_id for pose in around if stands_as(pose, before)}
    catalog.replace_solution(
        work.run_id,
        [pose for pose in poses if pose.photo_id not in stay],
        [review for i, review in reviews.items() if i not in stay],
        pairs=_judged_anew(solution.pairs, previous) if is_newest else solution.pairs,
        pairs_key=key,
        calibrations=told,
    )
    cells.done()
    results = control_results(views, poses, control, solution.remarks) if control else {}
    catalog.put_control_results(results)
    return AreaSolution(
        control=[replace(p, result=results[p.name]) for p in surveyed if p.name in results],
        poses=poses,
        pairs=solution.pairs,
        before=list(before.values()),
        remarks=solution.remarks,
        contradicted=tuple(
            (by_id[a].metadata.path.name, by_id[b].metadata.path.name)
            for (a, b), seen in sorted(overlaps.items())
            if seen.in_front > settings.pairs.max_in_front
        ),
    )


def _solved(
    work: Work,
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    previous: PreviousSolution | None,
    control: Control | None,
    held: Mapping[int, PlacedPose],
    calibrations: Sequence[CameraCalibration],
    cells: CellSolver,
) -> Solution:
    settings = work.settings.registration
    if not (previous or control or held) and _is_large(views, settings.solver):
        return _in_cells(work, views, pairs, cells)
    with work.listener.stage("solve", 1, unit="areas") as stage:
        solution = solve(
            views,
            pairs,
            settings,
            previous,
            calibrations=calibrations,
            control=control,
            as_given=held,
        )
        stage.advance()
    return solution


def _is_large(views: Mapping[int, PhotoView], settings: SolverSettings) -> bool:
    """Whether photos are solved in cells, which have their place in one site's axes."""
    return len(views) > settings.cell_photos and len({view.site for view in views.values()}) == 1


def _in_cells(
    work: Work,
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    cells: CellSolver,
) -> Solution:
    settings = work.settings.registration
    most_photos = min(settings.solver.photos_per_cell, settings.solver.cell_photos)
    places = {i: place for i, v in views.items() if (place := v.position_enu) is not None}
    with work.listener.stage("solve", len(views)) as stage:
        found = solve_in_cells(
            views,
            places,
            pairs,
            settings,
            most_photos=most_photos,
            on_cell=stage.advance,
            solve_parts=cells,
        )
    seams_m = [seam.off_m for seam in found.seams]
    off_m = float(np.median(seams_m)) if seams_m else 0.0
    remark = (
        f"solved in {len(found.cells)} cells, {100 * off_m:.1f} cm apart where they meet (median)"
    )
    return Solution(
        poses=found.poses,
        pairs=found.pairs,
        calibrations=found.calibrations,
        remarks=(remark,),
    )


def _fit_by_now(
    work: Work,
    photos: Sequence[IngestedPhoto],
    views: Mapping[int, PhotoView],
    pairs: Sequence[PairRegistration],
    solution: Solution,
    previous: PreviousSolution | None,
) -> dict[tuple[int, int], PairRegistration]:
    """Pairs that did not fit and do with the lenses that the solution found, of photos that more
    pairs would hold better; each is asked once, in the merge that has it first."""
    before = previous.pairs if previous else {}
    held = Counter(i for pair in solution.pairs if pair.accepted for i in pair.key)
    refused = refused_for_their_lens(
        [
            pair
            for pair in pairs
            if pair.key not in before and min(held[i] for i in pair.key) < WELL_HELD
        ],
        views,
        solution.calibrations,
        work.settings.registration.pairs,
    )
    if not refused:
        return {}
    members = {i for pair in refused for i in pair.key}
    lenses = known_lenses(members, views, solution.poses, solution.calibrations)
    (again,) = register_again(work, photos, refused, lenses)
    return {key: pair for key, pair in again.items() if pair.fits}


def _judged_anew(
    pairs: Iterable[PairRegistration], previous: PreviousSolution | None
) -> list[PairRegistration]:
    """The pairs of which the catalog does not have this verdict yet."""
    known = previous.pairs if previous else {}
    return [
        pair
        for pair in pairs
        if (before := known.get(pair.key)) is None
        or (before.own_reason, before.area_reason) != (pair.own_reason, pair.area_reason)
    ]
