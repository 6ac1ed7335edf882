"""An area's photos to tiles: depth where it is missing, register, solve, refine, fuse, write,
index."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worldmap.area import Area, Everywhere
from worldmap.config import Settings
from worldmap.errors import DepthlessAreaError, EmptyAreaError
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder, changing
from worldmap.records import (
    ControlPoint,
    GroupWhole,
    IngestedPhoto,
    PhotoReview,
    PhotoStatus,
    PlacedBy,
    PlacedPose,
    SolvedPose,
    main_site,
    wholes,
)
from worldmap.registration.blocks import paired_with
from worldmap.registration.previous import CutOffError
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.registration.view import PhotoView
from worldmap.stages.attribution import update_attribution
from worldmap.stages.local import LocalMap, update_local_maps
from worldmap.stages.reach import Change
from worldmap.stages.refine import refine_depths
from worldmap.stages.register import read_views, register_all
from worldmap.stages.report import Merged, write_report
from worldmap.stages.review import review_area, shown
from worldmap.stages.scales import doubted_scales
from worldmap.stages.selection import (
    FEW_AROUND,
    Part,
    around_deg,
    photos_by_tags,
    sites_of,
    with_their_groups,
)
from worldmap.stages.solution import AreaSolution, previous_solution, solve_area
from worldmap.stages.stereo import depth_from_photos
from worldmap.stages.tiles import TileUpdate, update_tiles
from worldmap.stages.work import Clock, Work
from worldmap.stages.zoom import with_true_zoom

_WIDER = 8
"""Of a part that was too narrow so many times as many photos around the area are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPlacement:
    """What merge made of one photo; one without depth stays `ingested`. NaN where unplaced or
    untagged. heading_tag_sigma_deg: of the tag that heading_residual_deg is against; by_tags: not
    held by what others see; flags: what looks suspicious about its tags, alone or beside the
    others."""

    path: Path
    status: PhotoStatus
    reason: str
    flags: tuple[str, ...]
    pairs: int
    depth_scale: float
    position_sigma_m: tuple[float, float, float]
    gps_residual_m: float
    gps_plan_off_m: float
    gps_height_off_m: float
    heading_residual_deg: float
    heading_tag_sigma_deg: float
    by_tags: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSummary:
    """What merge did: photos by path, pairs tried and believed, the area's tiles and how many of
    them were written or dropped (the others were right already), the page about it where one was
    asked for, and the time each stage took. placed: by_matches and by_tags; doubtful ones are not
    in the tiles. groups: how many photos hang together in each, largest first; wholes: how sure
    the place, turn and size of those are that pictures hold; remarks: what is wrong with tags that
    photos share; control: surveyed points of the area, and how it agrees
    with them. overlap_contradicted: believed pairs, by file name, of
    which one photo's surface stands in front of the other's where the solution puts them. local:
    maps of groups without any position, which are not on the globe yet."""

    photos: tuple[PhotoPlacement, ...]
    placed: int
    by_matches: int
    by_tags: int
    doubtful: int
    unplaced: int
    groups: tuple[int, ...]
    wholes: tuple[GroupWhole, ...]
    remarks: tuple[str, ...]
    control: tuple[ControlPoint, ...]
    pairs_tried: int
    pairs_accepted: int
    icp_kept: int
    overlap_contradicted: tuple[tuple[str, str], ...]
    points: int
    tiles: tuple[Path, ...]
    tiles_written: int
    tiles_dropped: int
    local: tuple[LocalMap, ...]
    report: Path | None
    stage_seconds: dict[str, float]
    seconds: float


def merge(
    map_dir: Path,
    area: Area,
    settings: Settings,
    listener: Listener | None = None,
    *,
    jobs: int | None = None,
    report: bool = False,
    anew: bool = False,
) -> MergeSummary:
    """Register, solve, refine, fuse and tile the photos of an area; photos without any position
    take part, and those elsewhere that these hang together with.

    Only what can change is done: pairs are judged once, photos away from what is new keep their
    poses (`PreviousSolution`), as do those that hardly moved (`keep_unmoved`), and tiles that would
    come out the same are left alone (`update_tiles`). report: write the page about it too. anew:
    solve all photos again, as if for the first time, and look again for depth that came from the
    photos themselves.

    Raises InputError where the area holds no photo, CatalogError or StorageError where the map
    cannot be read or written. Photos that cannot be placed are in the summary with their reason.
    """
    clock, listener = Clock(), listener or Silence()
    whole, most_around = isinstance(area, Everywhere), None if anew else FEW_AROUND
    with MapFolder.open(map_dir) as folder:
        while True:
            with _held(folder, area, most_around, listener) as asked:
                _require_photos(folder, asked, settings)
                with folder.run("merge", settings, solve_version=SOLVE_VERSION) as run:
                    work = Work.begun(folder, run, settings, listener, jobs)
                    asked = _with_depth(work, asked, clock, anew=anew)
                    try:
                        part = _part(work, asked, None if whole else most_around, whole=whole)
                        done = _solved(work, part, clock, anew=anew)
                    except CutOffError:
                        # What was judged on the way is in the catalog.
                        run.outcome = "goes on with more photos around the area"
                        most_around = (most_around or FEW_AROUND) * _WIDER
                        continue
                    summary = _finished(work, asked, part, done, clock, whole=whole, report=report)
                    doubtful = f", {summary.doubtful} doubtful" if summary.doubtful else ""
                    run.outcome = f"{summary.placed} placed{doubtful}, {summary.unplaced} unplaced"
                    return summary


def _require_photos(folder: MapFolder, asked: Sequence[IngestedPhoto], settings: Settings) -> None:
    if not asked:
        raise EmptyAreaError(
            "has no photo in that area", path=folder.root, hint="ingest some first"
        )
    if not settings.stereo.enabled and not any(photo.depth for photo in asked):
        raise DepthlessAreaError(
            f"has {len(asked)} photos in that area and none has depth yet",
            path=folder.root,
            hint="ingest them again with depth beside them or a network's weights here "
            "(`worldmap models list`), or merge with --stereo: `stereo.enabled` is off",
        )


def _with_depth(
    work: Work, asked: list[IngestedPhoto], clock: Clock, *, anew: bool
) -> list[IngestedPhoto]:
    """The photos, with depth from each other where they had none and that is wanted."""
    if not work.settings.stereo.enabled:
        return asked
    waiting = any(photo.depth is None for photo in asked)
    asked = depth_from_photos(work, asked, anew=anew)
    if not any(photo.depth for photo in asked):
        raise DepthlessAreaError(
            f"has {len(asked)} photos in that area and found depth for none of them",
            path=work.folder.root,
            hint="photos need places in common, seen from some steps apart",
        )
    if waiting:
        clock.lap("stereo")
    return asked


def _part(
    work: Work, asked: Sequence[IngestedPhoto], most_around: int | None, *, whole: bool
) -> Part:
    """The photos to be solved. CutOffError where no earlier solution holds what is around them."""
    catalog, settings = work.folder.catalog, work.settings.registration
    inside = [photo for photo in asked if photo.depth is not None]
    if whole:
        return Part(photos=inside)
    part = with_their_groups(catalog, inside, most_around)
    if part.beyond and previous_solution(catalog, part.photos, settings, part=part) is None:
        raise CutOffError
    return part


@contextmanager
def _held(
    folder: MapFolder, area: Area, most_around: int | None, listener: Listener
) -> Iterator[list[IngestedPhoto]]:
    """The photos of the area, while nobody else changes them or what is around them."""

    def around(photos: Sequence[IngestedPhoto]) -> tuple[float, float, float, float] | None:
        if isinstance(area, Everywhere):
            return None
        return around_deg(folder.catalog, area, photos, most_around)

    while True:
        asked = photos_by_tags(folder.catalog, area)
        part = around(asked)
        nowhere = any(not photo.prior.has_position for photo in asked)
        with changing(folder.catalog, folder.root, part, listener.note, nowhere=nowhere):
            # Meanwhile another command may have changed which they are.
            now = photos_by_tags(folder.catalog, area)
            if around(now) != part or any(not photo.prior.has_position for photo in now) != nowhere:
                continue
            yield now
            return


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Done:
    """What came of a part's photos up to their solution."""

    views: Mapping[int, PhotoView]
    reviews: Mapping[int, PhotoReview]
    solved: AreaSolution
    remarks: tuple[str, ...]


def _solved(work: Work, part: Part, clock: Clock, *, anew: bool) -> _Done:
    """CutOffError where the part has to be solved with more of its groups."""
    catalog, photos, settings = work.folder.catalog, part.photos, work.settings.registration
    reviews = review_area(work, shown(photos, work.settings.choose))
    if part.beyond:
        # Of photos around the area others said more than its own can.
        reviews = {i: said for i, said in reviews.items() if i not in part.around}
        reviews |= catalog.reviews(part.around)
    views = read_views(work, sites_of(catalog, photos), photos, reviews)
    clock.lap("read")
    previous = None
    if not anew:
        previous = previous_solution(catalog, photos, settings, views.values(), part=part)
    pairs = register_all(work, photos, views, previous=previous)
    views, pairs, remarks = with_true_zoom(work, photos, views, pairs)
    clock.lap("register")
    solved = solve_area(work, photos, views, pairs, reviews, previous)
    clock.lap("solve")
    return _Done(views=views, reviews=reviews, solved=solved, remarks=remarks)


def _finished(
    work: Work,
    asked: Sequence[IngestedPhoto],
    part: Part,
    done: _Done,
    clock: Clock,
    *,
    whole: bool,
    report: bool,
) -> MergeSummary:
    """What follows from the solution: depth, tiles, local maps, the report."""
    catalog = work.folder.catalog
    photos, views, reviews, solved, remarks = (
        part.photos, done.views, done.reviews, done.solved, done.remarks,
    )  # fmt: skip
    moved = solved.moved
    touched = None
    if part.beyond:
        ties = [pair for pair in solved.pairs if pair.accepted]
        touched = moved | paired_with(moved, ties) | {photo.photo_id for photo in asked}
        touched -= part.beyond.keys()
    refine_depths(work, photos, views, solved.pairs, solved.poses, only=touched)
    clock.lap("refine")
    near = None
    if not whole:
        ids = moved | {photo.photo_id for photo in asked}
        both = [*solved.before, *solved.poses]
        near = Change.of(catalog, [pose for pose in both if pose.photo_id in ids])
    update = update_tiles(work, near=near)
    clock.lap("tiles")
    local = update_local_maps(work, photos, solved)
    if local:
        clock.lap("local")
    update_attribution(work.folder, update, whole=whole)
    page = None
    if report:
        merged = Merged(
            photos=photos,
            views=views,
            pairs=solved.pairs,
            poses=solved.poses,
            reviews=reviews,
            tiles=update.tiles,
            site=main_site(solved.poses) or solved.poses[0].site,
            stages=clock.costs,
        )
        page = write_report(work, merged)
        clock.lap("report")
    remarks = (*remarks, *doubted_scales(photos, solved.poses))
    return _summary(asked, solved, reviews, update, clock, page, remarks, local)


# --- the summary --------------------------------------------------------------------------------


def _summary(
    photos: Sequence[IngestedPhoto],
    solution: AreaSolution,
    reviews: Mapping[int, PhotoReview],
    update: TileUpdate,
    clock: Clock,
    page: Path | None,
    remarks: tuple[str, ...],
    local: tuple[LocalMap, ...],
) -> MergeSummary:
    poses = {pose.photo_id: pose for pose in solution.poses}
    placements = tuple(
        _placement(photo, poses.get(photo.photo_id), reviews.get(photo.photo_id))
        for photo in sorted(photos, key=lambda photo: photo.metadata.path)
    )
    asked_ids = {photo.photo_id for photo in photos}
    placed = sum(p.status == PhotoStatus.PLACED for p in placements)
    believed = [p for p in solution.pairs if p.accepted]
    count = Counter(
        p.by for p in poses.values() if isinstance(p, PlacedPose) and p.photo_id in asked_ids
    )
    groups = Counter(p.component for i, p in poses.items() if p.component >= 0 and i in asked_ids)
    return MergeSummary(
        photos=placements,
        placed=placed,
        by_matches=count[PlacedBy.MATCHES],
        by_tags=count[PlacedBy.TAGS],
        doubtful=count[PlacedBy.DOUBT],
        unplaced=sum(p.status == PhotoStatus.UNPLACED for p in placements),
        groups=tuple(sorted(groups.values(), reverse=True)),
        wholes=wholes(p for i, p in poses.items() if i in asked_ids),
        remarks=(*remarks, *solution.remarks),
        control=tuple(solution.control),
        pairs_tried=len(solution.pairs),
        pairs_accepted=len(believed),
        icp_kept=sum(p.method == "matches+icp" for p in believed),
        overlap_contradicted=solution.contradicted,
        points=sum(tile.points for tile in update.tiles),
        tiles=tuple(tile.path for tile in update.tiles),
        tiles_written=len(update.written),
        tiles_dropped=len(update.dropped),
        local=local,
        report=page,
        stage_seconds=dict(clock.laps),
        seconds=clock.total_s,
    )


def _placement(
    photo: IngestedPhoto, pose: SolvedPose | None, said: PhotoReview | None
) -> PhotoPlacement:
    placed = pose if isinstance(pose, PlacedPose) else None
    prior = said.prior if said else photo.prior
    tagged = placed is not None and prior.heading_deg is not None
    return PhotoPlacement(
        path=photo.metadata.path,
        status=pose.status if pose else PhotoStatus.INGESTED,
        reason=pose.reason if pose else photo.waits_for,
        flags=(*photo.metadata.flags, *(said.flags if said else ())),
        pairs=pose.pairs if pose else 0,
        depth_scale=placed.depth_scale if placed else math.nan,
        position_sigma_m=placed.position_sigma_m if placed else (math.nan,) * 3,
        gps_residual_m=math.hypot(*placed.gps_residual_m) if placed else math.nan,
        gps_plan_off_m=math.hypot(*placed.gps_residual_m[:2]) if placed else math.nan,
        gps_height_off_m=abs(placed.gps_residual_m[2]) if placed else math.nan,
        heading_residual_deg=placed.heading_residual_deg if placed else math.nan,
        heading_tag_sigma_deg=prior.heading_sigma_deg if tagged else math.nan,
        by_tags=placed is not None and placed.by is PlacedBy.TAGS,
    )
