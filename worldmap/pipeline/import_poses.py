"""Poses of another program for photos of the map: as strong priors, or as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worldmap.config import Settings
from worldmap.exchange.read_model import read_model
from worldmap.geodesy import Site
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.photo import Sidecars
from worldmap.pipeline.ingest import ingest
from worldmap.stages.intake import IngestSummary
from worldmap.stages.posed import (
    files_of,
    keep_given,
    require_some,
    stand,
    write_cameras,
    write_table,
)
from worldmap.stages.sources import photos_under
from worldmap.stages.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """as_they_are: every merge keeps the poses to the digit. origin: what the model's axes are
    east, north and up about, in metres; None: by its reference_lla.json, else by the positions of
    its photos. sigma_m: how well its place on the Earth is known where it or origin says it (None:
    1 m)."""

    as_they_are: bool = False
    origin: Site | None = None
    sigma_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What was imported: the kind of model, how many photos it has, of how many the map has the
    photo, and the names of the others; where its axes are on the Earth now, by how many positions
    of photos (0: it said so itself, or the user did), metres for each unit of its own, and how
    certain that is sideways and in height. ingested: the photos that were named."""

    model: Path
    kind: str
    photos: int
    posed: int
    missing: tuple[str, ...]
    as_they_are: bool
    origin: Site
    located: int
    metres_per_unit: float
    sigma_m: tuple[float, float]
    ingested: IngestSummary | None


def import_poses(
    map_dir: Path,
    model: Path,
    photos: Sequence[Path],
    settings: Settings,
    options: ImportOptions,
    *,
    depth: str | None = None,
    jobs: int | None = None,
    listener: Listener | None = None,
) -> ImportSummary:
    """Read a COLMAP model, OpenSfM's reconstruction.json or Nerfstudio's transforms.json, ingest
    its photos with its cameras, and keep where it has them for the next merge: as positions,
    headings and tilts that are certain to what is known of them, or as poses that every merge
    keeps. photos: where they lie, none where the map has them; of those only photos that the model
    names are read.

    Raises MissingPathError, InputError or UsageError, in one line, for a model that is none, is
    damaged or names other photos, and where nothing says where on the Earth it is; else as
    `ingest` does.
    """
    listener = listener or Silence()
    found = read_model(model)
    names = tuple(photos)
    if not names:
        with MapFolder.open(map_dir) as folder:
            names = files_of(found, folder.catalog.photos())
    require_some(found, photos_under(names)[0])
    lens = [write_cameras(map_dir, found)]

    def read(*tables: Path) -> IngestSummary:
        told = Sidecars(cameras=lens, tables=tables)
        return ingest(
            map_dir, names, settings, depth=depth, jobs=jobs, sidecars=told, listener=listener
        )

    ingested = read()
    with MapFolder.open(map_dir) as folder, folder.run("import", settings) as run:
        work = Work.begun(folder, run, settings, listener, jobs)
        standing = stand(work, found, options.origin, options.sigma_m)
        table = None
        if options.as_they_are:
            keep_given(work, standing)
        else:
            table = write_table(work, standing)
        run.outcome = f"{len(standing.enu_from_cam)} poses"
    if table is not None:
        read(table)
    return ImportSummary(
        model=found.path,
        kind=found.kind,
        photos=len(found.shots),
        posed=len(standing.enu_from_cam),
        missing=standing.missing,
        as_they_are=options.as_they_are,
        origin=standing.site,
        located=standing.located,
        metres_per_unit=standing.metres_per_unit,
        sigma_m=standing.sigma_m,
        ingested=ingested if photos else None,
    )
