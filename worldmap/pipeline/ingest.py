"""Photos into the map: each is read, measured and stored by itself, in as many processes as asked
for; only this process writes to the catalog.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from worldmap.config import Settings
from worldmap.depth import (
    AUTO,
    with_source,
)
from worldmap.engine import (
    Needs,
    default_jobs,
    is_spread,
    require_shared,
    run_each,
    run_overlapped,
)
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder, adding_files
from worldmap.photo import (
    Period,
    Sidecars,
    remarks,
)
from worldmap.records import STEREO
from worldmap.stages.intake import IngestSummary, Recorder
from worldmap.stages.panoramas import with_views
from worldmap.stages.photo import PhotoWorker, Source, bounded, working_apart
from worldmap.stages.sources import hash_all, in_map, photos_under, to_do

# What may come without a network, which only one process should hold.
_PARALLEL: Final = (AUTO, "measured", STEREO)


def ingest(
    map_dir: Path,
    paths: Sequence[Path],
    settings: Settings,
    *,
    depth: str | None = None,
    jobs: int | None = None,
    sidecars: Sidecars | None = None,
    period: Period | None = None,
    listener: Listener | None = None,
) -> IngestSummary:
    """Read the photos under `paths` into the map in `map_dir`, which is made where there is none.

    Photos that the map already has, unchanged and under the same settings, are skipped; one that
    cannot be used is recorded as a failure and the others go on. Each photo is stored whole or not
    at all, so a run that was stopped is finished by running it again. Where `auto` finds neither
    measured depth nor a network, and with `stereo`, a photo is stored without depth, which the next
    merge looks for (`stages.stereo`); a later ingest that has it from elsewhere adds that alone.

    depth names the estimator, else the settings do. Networks run in this process, or where the work
    goes to a cluster on its GPUs, everything else in `jobs` workers (by default one for each
    processor), which may die or be ended by settings.ingest.time_limit_s: that is their photo's
    failure. With jobs = 0 everything runs in this process, and what a hostile file does to it, too.
    sidecars: what the user told besides the photos; files beside them are found without it.
    period: photos taken at other times are skipped.
    Raises InputError where no photo is found at all, UsageError where the settings name something
    that is not here, ModelError where it or its weights cannot be used, StorageError or
    CatalogError where the map cannot be written.
    """
    started_s = time.monotonic()
    listener = listener or Silence()
    jobs = default_jobs() if jobs is None else jobs
    settings = with_source(settings, depth)
    sidecars, period = sidecars or Sidecars(), period or Period()
    found, reports = photos_under(paths)
    sidecars.meet(found, settings.photo)
    found, panoramas = with_views(found, map_dir, settings, sidecars)
    worker = PhotoWorker.ready(map_dir, settings, sidecars, period)
    with (
        MapFolder.open(map_dir, create=True) as folder,
        adding_files(map_dir),
        folder.run("ingest", settings) as run,
    ):
        recorder = Recorder(folder.catalog, listener, reports + panoramas)
        require_shared(folder.layout.seen_by_all, {path.parent for path in found})
        sources = hash_all(found, jobs, settings.depth.sidecar_suffix, recorder)
        waiting = [
            todo for s in sources if (todo := to_do(s, folder, worker, recorder)) is not None
        ]
        if waiting:
            _work(worker, waiting, jobs, recorder)
        read = in_map(sources, folder)
        for line in (*sidecars.unserved(read), *remarks(read)):
            listener.warn(line)
        summary = recorder.summed_up(settings, time.monotonic() - started_s)
        run.outcome = summary.outcome
    return summary


def _work(worker: PhotoWorker, waiting: Sequence[Source], jobs: int, recorder: Recorder) -> None:
    """All that needs no network over `jobs` processes, then the rest in this one or, on a cluster,
    photo by photo on its GPUs."""
    settings = worker.settings
    with recorder.listener.stage("ingest", len(waiting)) as stage:
        rest = tuple(waiting)
        if settings.depth.source in _PARALLEL:
            record = recorder.into_catalog(waiting, stage)
            run_each(
                worker if jobs == 0 else bounded(worker, settings),
                waiting,
                jobs=jobs,
                on_result=record,
                limit_s=settings.ingest.time_limit_s if jobs else None,
            )
            rest = tuple(recorder.for_network)
        here = replace(worker, may_run_network=True)
        if is_spread() and jobs:
            run_each(
                here.whole,
                rest,
                jobs=jobs,
                on_result=recorder.into_catalog(rest, stage),
                needs=Needs.NETWORK,
            )
            return
        readers, finishers = here.shares(jobs)
        with working_apart(here, settings, jobs) as here:
            run_overlapped(
                rest,
                read=here.read,
                together=here.measure,
                finish=here.finish,
                group_size=lambda: here.estimator().batch_size,
                on_result=recorder.into_catalog(rest, stage),
                readers=readers,
                finishers=finishers,
            )
