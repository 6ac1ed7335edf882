"""An area's photos to tiles: register, solve, fuse, write, index."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmap.area import Area, Everywhere, bounds_about_deg
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.engine import default_jobs, peak_memory_mb
from worldmap.errors import InputError
from worldmap.frames import wrapped_deg
from worldmap.geodesy import Site
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.records import (
    IngestedPhoto,
    PairRegistration,
    PairStatus,
    PhotoReview,
    PhotoStatus,
    SolvedPose,
)
from worldmap.registration.earlier import Earlier
from worldmap.registration.features import load_features
from worldmap.registration.hold import hold
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.registration.solve import Solution, solve, solved_overlaps
from worldmap.report import StageCost
from worldmap.stages.register import pairs_key, photo_view, register_all
from worldmap.stages.report import Merged, write_report
from worldmap.stages.review import pose_of_copy, review_area
from worldmap.stages.tiles import TileUpdate, update_tiles

# A site further from the photos than this would waste the millimetres of float64 for nothing.
_SITE_REACH_M = 10_000.0
# Photos are looked for this far around an area: so far a solution may move one off its tag.
_TAG_REACH_M = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPlacement:
    """What merge made of one photo. NaN where unplaced or untagged. flags: what looks suspicious
    about its tags, alone or beside the others."""

    path: Path
    status: PhotoStatus
    reason: str
    flags: tuple[str, ...]
    pairs: int
    depth_scale: float
    position_sigma_m: tuple[float, float, float]
    gps_residual_m: float
    heading_residual_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSummary:
    """What merge did: photos by path, pairs tried and believed, the area's tiles and how many of
    them were written or dropped (the others were right already), the page about it where one was
    asked for, and the time each stage took. overlap_contradicted: believed pairs, by file name, of
    which one photo's surface stands in front of the other's where the solution puts them."""

    photos: tuple[PhotoPlacement, ...]
    placed: int
    unplaced: int
    pairs_tried: int
    pairs_accepted: int
    icp_kept: int
    overlap_contradicted: tuple[tuple[str, str], ...]
    points: int
    tiles: tuple[Path, ...]
    tiles_written: int
    tiles_dropped: int
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
    """Register, solve, fuse and tile the photos of an area; photos without any position take part,
    and those elsewhere that these hang together with.

    Only what can change is done: pairs are judged once, photos away from what is new keep their
    poses (`Earlier`), as do those that hardly moved (`hold`), and tiles that would come out the
    same are left alone (`update_tiles`). report: write the page about it too. anew: solve all
    photos again, as if for the first time.

    Raises InputError where the area holds no photo, CatalogError or StorageError where the map
    cannot be read or written. Photos that cannot be placed are in the summary with their reason.
    """
    listener = listener or Silence()
    clock = _Clock()
    with MapFolder.open(map_dir) as folder:
        asked = _photos_in(folder.catalog, area)
        if not asked:
            raise InputError(f"no photo of the map {map_dir} lies in that area; ingest some first")
        with folder.run("merge", settings, solve_version=SOLVE_VERSION) as run:
            summary = _merge(
                folder,
                asked,
                settings,
                listener,
                clock,
                run.run_id,
                jobs or default_jobs(),
                whole=isinstance(area, Everywhere),
                report=report,
                anew=anew,
            )
            run.outcome = f"{summary.placed} placed, {summary.unplaced} unplaced"
    return summary


def _merge(
    folder: MapFolder,
    asked: Sequence[IngestedPhoto],
    settings: Settings,
    listener: Listener,
    clock: _Clock,
    run_id: int,
    jobs: int,
    *,
    whole: bool,
    report: bool,
    anew: bool,
) -> MergeSummary:
    catalog, layout = folder.catalog, folder.layout
    photos = asked if whole else _with_their_groups(catalog, asked)
    site = site_of(catalog, photos)
    reviews = review_area(layout, photos, settings)
    copy_of = {i: said.duplicate_of for i, said in reviews.items() if said.duplicate_of is not None}
    unique = [photo for photo in photos if photo.photo_id not in copy_of]
    views = {}
    with listener.stage("read", len(unique)) as stage:
        for photo in unique:
            said = reviews.get(photo.photo_id)
            views[photo.photo_id] = photo_view(
                replace(photo, prior=said.prior) if said else photo,
                load_features(layout.features(photo)),
                site,
            )
            stage.advance()
    clock.lap("read")
    earlier = None if anew else _earlier(catalog, site, photos, settings)
    key = pairs_key(settings.registration)
    is_newest = catalog.newest_pairs_key() == key
    pairs = register_all(
        folder,
        unique,
        views,
        site,
        settings.registration,
        jobs=jobs,
        listener=listener,
        also=earlier.believed(views) if earlier else (),
    )
    clock.lap("register")
    with listener.stage("solve", 1, unit="areas") as stage:
        solution = solve(views, pairs, settings.registration, earlier)
        overlaps = solved_overlaps(views, solution)
        stage.advance()
    by_id = {photo.photo_id: photo for photo in photos}
    limit = settings.registration.pairs.max_in_front
    contradicted = tuple(
        (by_id[a].metadata.path.name, by_id[b].metadata.path.name)
        for (a, b), seen in sorted(overlaps.items())
        if seen.in_front > limit
    )
    copies = [pose_of_copy(by_id[i], by_id[kept]) for i, kept in copy_of.items()]
    before = {pose.photo_id: pose for pose in catalog.poses(by_id, site=site)}
    solution = replace(solution, poses=hold([*solution.poses, *copies], before))
    catalog.replace_solution(
        run_id,
        solution.poses,
        site,
        reviews.values(),
        pairs=_judged_anew(solution.pairs, earlier) if is_newest else solution.pairs,
        pairs_key=key,
    )
    clock.lap("solve")
    update = update_tiles(
        folder,
        site,
        settings,
        near=None if whole else _places([*before.values(), *solution.poses]),
        run_id=run_id,
        jobs=jobs,
        listener=listener,
    )
    clock.lap("tiles")
    page = None
    if report:
        merged = Merged(
            photos=photos,
            views=views,
            pairs=solution.pairs,
            poses=solution.poses,
            reviews=reviews,
            tiles=update.tiles,
            site=site,
            stages=clock.costs,
        )
        page = write_report(folder, merged, settings, listener)
        clock.lap("report")
    return _summary(asked, solution, contradicted, reviews, update, clock, page)


def _earlier(
    catalog: Catalog, site: Site, photos: Sequence[IngestedPhoto], settings: Settings
) -> Earlier | None:
    """What earlier merges found out about these photos; None before the first, or where one had
    other registration settings or solved by another version."""
    ids = {photo.photo_id for photo in photos}
    runs = catalog.solving_runs(ids)
    wanted = settings.registration.model_dump(mode="json")
    if not runs or any(
        run.solve_version != SOLVE_VERSION
        or json.loads(run.settings_json).get("registration") != wanted
        for run in runs
    ):
        return None
    poses = {pose.photo_id: pose for pose in catalog.poses(ids, site=site)}
    # A merge that was stopped may have left verdicts on photos that it did not come to place.
    return Earlier(poses=poses, pairs=catalog.find_pairs(pairs_key(settings.registration), poses))


def _judged_anew(
    pairs: Iterable[PairRegistration], earlier: Earlier | None
) -> list[PairRegistration]:
    """The pairs of which the catalog does not have this verdict yet."""
    known = earlier.pairs if earlier else {}
    return [
        pair
        for pair in pairs
        if (before := known.get(pair.key)) is None
        or (before.own_reason, before.area_reason) != (pair.own_reason, pair.area_reason)
    ]


def _places(poses: Iterable[SolvedPose]) -> NDArray[np.float64]:
    """Camera centres (N, 3) in ENU of the placed ones."""
    placed = [p.enu_from_cam.translation_m for p in poses if p.enu_from_cam is not None]
    return np.array(placed, dtype=np.float64).reshape(-1, 3)


def _with_their_groups(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> list[IngestedPhoto]:
    """These and the photos that believed pairs tie to them, directly or over others: what an area
    cuts off from its neighbours would be placed worse than it is, and apart from them."""
    tied: dict[int, set[int]] = defaultdict(set)
    for a, b, status, _ in catalog.verdicts():
        if status == PairStatus.ACCEPTED:
            tied[a].add(b)
            tied[b].add(a)
    inside = {photo.photo_id for photo in photos}
    waiting = list(inside)
    while waiting:
        more = tied[waiting.pop()] - inside
        inside |= more
        waiting += more
    return [photo for photo in catalog.photos() if photo.photo_id in inside]


def _photos_in(catalog: Catalog, area: Area) -> list[IngestedPhoto]:
    """Photos of the area by their tags, and all that no tag places."""
    if isinstance(area, Everywhere):
        return catalog.photos()
    # The catalog knows where photos ended up; a second merge has to take the same ones by their
    # tags, wherever the first one put them.
    near = catalog.photos(bounds_about_deg(area, _TAG_REACH_M), include_unpositioned=True)
    return [
        photo
        for photo in near
        if photo.prior.lat_deg is None
        or photo.prior.lon_deg is None
        or bool(area.contains(photo.prior.lat_deg, photo.prior.lon_deg))
    ]


def site_of(catalog: Catalog, photos: Sequence[IngestedPhoto]) -> Site:
    """The map's own origin where the photos are near it, so that a second merge changes nothing;
    else the middle of their positions, to 0.001° and 10 m: so that it is the same, mostly, whether
    photos come all at once or one after the other."""
    known = catalog.site()
    located = np.array(
        [
            (p.prior.lat_deg, p.prior.lon_deg, p.prior.height_m)
            for p in photos
            if p.prior.has_position and p.prior.height_m is not None
        ],
        dtype=np.float64,
    ).reshape(-1, 3)
    if not len(located):
        return known or Site(lat_deg=0.0, lon_deg=0.0, height_m=0.0)
    # Longitudes are averaged about the first one, across the antimeridian if need be.
    first = located[0, 1]
    east = wrapped_deg(located[:, 1] - first)
    longitude = wrapped_deg(first + float(np.median(east)))
    middle = Site(
        lat_deg=round(float(np.median(located[:, 0])), 3),
        lon_deg=round(longitude, 3),
        height_m=round(float(np.median(located[:, 2])), -1),
    )
    if known is not None:
        away = known.enu_from_geodetic(middle.lat_deg, middle.lon_deg, middle.height_m)
        if float(np.linalg.norm(away)) < _SITE_REACH_M:
            return known
    return middle


# --- the summary --------------------------------------------------------------------------------


class _Clock:
    """Seconds of each stage, in order."""

    def __init__(self) -> None:
        self._start_s = self._last_s = time.monotonic()
        self.laps: dict[str, float] = {}
        self.costs: list[StageCost] = []

    def lap(self, name: str) -> None:
        """The stage that just ended."""
        now_s = time.monotonic()
        self.laps[name] = now_s - self._last_s
        self.costs.append(
            StageCost(name=name, seconds=self.laps[name], peak_memory_mb=peak_memory_mb())
        )
        self._last_s = now_s

    @property
    def total_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._start_s


def _summary(
    photos: Sequence[IngestedPhoto],
    solution: Solution,
    contradicted: tuple[tuple[str, str], ...],
    reviews: Mapping[int, PhotoReview],
    update: TileUpdate,
    clock: _Clock,
    page: Path | None,
) -> MergeSummary:
    poses = {pose.photo_id: pose for pose in solution.poses}
    placements = tuple(
        _placement(photo, poses[photo.photo_id], reviews.get(photo.photo_id))
        for photo in sorted(photos, key=lambda photo: photo.metadata.path)
    )
    placed = sum(p.status == PhotoStatus.PLACED for p in placements)
    believed = [p for p in solution.pairs if p.accepted]
    return MergeSummary(
        photos=placements,
        placed=placed,
        unplaced=len(placements) - placed,
        pairs_tried=len(solution.pairs),
        pairs_accepted=len(believed),
        icp_kept=sum(p.method == "matches+icp" for p in believed),
        overlap_contradicted=contradicted,
        points=sum(tile.points for tile in update.tiles),
        tiles=tuple(tile.path for tile in update.tiles),
        tiles_written=len(update.written),
        tiles_dropped=len(update.dropped),
        report=page,
        stage_seconds=dict(clock.laps),
        seconds=clock.total_s,
    )


def _placement(photo: IngestedPhoto, pose: SolvedPose, said: PhotoReview | None) -> PhotoPlacement:
    return PhotoPlacement(
        path=photo.metadata.path,
        status=pose.status,
        reason=pose.reason,
        flags=(*photo.metadata.flags, *(said.flags if said else ())),
        pairs=pose.pairs,
        depth_scale=pose.depth_scale,
        position_sigma_m=pose.position_sigma_m,
        gps_residual_m=float(np.linalg.norm(pose.gps_residual_m)),
        heading_residual_deg=pose.heading_residual_deg,
    )
