"""An area's photos to tiles: depth where it is missing, register, solve, refine, fuse, write,
index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from worldmap.area import Area, Everywhere
from worldmap.config import Settings
from worldmap.errors import DepthlessAreaError, EmptyAreaError
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder, changing
from worldmap.records import (
    IngestedPhoto,
)
from worldmap.registration.previous import CutOffError
from worldmap.registration.solve import VERSION as SOLVE_VERSION
from worldmap.stages.attribution import update_attribution
from worldmap.stages.local import update_local_maps
from worldmap.stages.merged import MergeSummary, summed_up
from worldmap.stages.refine import refine_depths, refining_network
from worldmap.stages.register import read_views, register_all
from worldmap.stages.report import Merged, write_report
from worldmap.stages.review import review_area, shown
from worldmap.stages.selection import (
    FEW_AROUND,
    Part,
    around_deg,
    photos_by_tags,
    sites_of,
    with_their_groups,
)
from worldmap.stages.solution import SolvedPart, previous_solution, solve_area
from worldmap.stages.stereo import depth_from_photos
from worldmap.stages.tiles import update_tiles
from worldmap.stages.work import Clock, Work
from worldmap.stages.zoom import with_true_zoom

_WIDER = 8
"""Of a part that was too narrow so many times as many photos around the area are looked at."""


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

    Raises ModelError where the weights of `refine.network` are not here, InputError where the area
    holds no photo, CatalogError or StorageError where the map cannot be read or written. Photos
    that cannot be placed are in the summary with their reason.
    """
    clock, listener = Clock(), listener or Silence()
    whole, most_around = isinstance(area, Everywhere), None if anew else FEW_AROUND
    refining_network(settings)  # told before the work, not after it
    with MapFolder.open(map_dir) as folder:
        while True:
            with _held(folder, area, most_around, listener) as asked:
                _require_photos(folder, asked, settings)
                with folder.run("merge", settings, solve_version=SOLVE_VERSION) as run:
                    work = Work.begun(folder, run, settings, listener, jobs)
                    asked = _with_depth(work, asked, clock, anew=anew)
                    try:
                        part = _part(work, asked, None if whole else most_around, whole=whole)
                        solved = _solved(work, asked, part, clock, anew=anew)
                    except CutOffError:
                        # What was judged on the way is in the catalog.
                        run.outcome = "goes on with more photos around the area"
                        most_around = (most_around or FEW_AROUND) * _WIDER
                        continue
                    summary = _finished(work, solved, clock, whole=whole, report=report)
                    run.outcome = summary.outcome
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
    inside = [photo for photo in asked if photo.can_be_placed]
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


def _solved(
    work: Work, asked: Sequence[IngestedPhoto], part: Part, clock: Clock, *, anew: bool
) -> SolvedPart:
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
    solution = solve_area(work, photos, views, pairs, reviews, previous)
    clock.lap("solve")
    return SolvedPart(
        asked=asked, part=part, views=views, reviews=reviews, solution=solution, remarks=remarks
    )


def _finished(
    work: Work, solved: SolvedPart, clock: Clock, *, whole: bool, report: bool
) -> MergeSummary:
    """What follows from the solution: depth, tiles, local maps, the report."""
    moved = solved.solution.moved
    refine_depths(work, solved.photos, solved.views, solved.solution, only=solved.touched(moved))
    clock.lap("refine")
    update = update_tiles(work, near=None if whole else solved.change(moved, work.folder.catalog))
    clock.lap("tiles")
    local = update_local_maps(work, solved.photos, solved.solution)
    if local:
        clock.lap("local")
    update_attribution(work.folder, update, whole=whole)
    page = None
    if report:
        page = write_report(work, Merged.of(solved, update.tiles, clock.costs))
        clock.lap("report")
    return summed_up(solved, update, local, page, clock)
