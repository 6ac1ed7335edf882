"""Photos out of the map again, and their tiles without them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

import worldmap
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.engine import default_jobs
from worldmap.errors import InputError, WorldmapError
from worldmap.pipeline.explain import find_photo
from worldmap.pipeline.listener import Listener, Silence
from worldmap.pipeline.tiles import update_tiles
from worldmap.records import Failure, IngestedPhoto


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSummary:
    """The photos that left the map, by path, and how many tiles were written or dropped."""

    photos: tuple[Path, ...]
    tiles_written: int
    tiles_dropped: int


def remove(
    map_dir: Path,
    names: Sequence[str],
    settings: Settings | None = None,
    listener: Listener | None = None,
    *,
    jobs: int | None = None,
) -> RemoveSummary:
    """Take photos out of the map, each named by its path or the end of it, and bring the tiles that
    they were in up to date. The others stay where they are until the next merge; the photos' own
    files are left alone, those in the map's folder to `collect_orphans`.

    settings: those of the last merge where they are not given. Raises InputError where one of the
    photos is not in the map, UsageError where several are called so, and nothing is removed;
    CatalogError or StorageError where the map cannot be read or written.
    """
    listener = listener or Silence()
    with Catalog.open(map_dir, create=False) as catalog:
        chosen = _chosen(catalog, names, map_dir)
        settings = settings or last_settings(catalog)
        site = catalog.site()
        poses = catalog.poses(list(chosen), site=site) if site else []
        places = [p.enu_from_cam.translation_m for p in poses if p.enu_from_cam is not None]
        run_id = catalog.start_run("remove", settings.model_dump_json(), worldmap.__version__)
        outcome = "stopped"
        try:
            for photo_id in chosen:
                catalog.delete_photo(photo_id)
            written = dropped = 0
            if site is not None and places:
                update = update_tiles(
                    catalog,
                    map_dir,
                    site,
                    settings,
                    near=np.array(places, dtype=np.float64),
                    run_id=run_id,
                    jobs=jobs or default_jobs(),
                    listener=listener,
                )
                written, dropped = len(update.written), len(update.dropped)
            outcome = f"{len(chosen)} removed"
        except WorldmapError as error:
            outcome = str(error)
            raise
        finally:
            with suppress(WorldmapError):
                catalog.finish_run(run_id, outcome)
    return RemoveSummary(
        photos=tuple(sorted(photo.metadata.path for photo in chosen.values())),
        tiles_written=written,
        tiles_dropped=dropped,
    )


def _chosen(catalog: Catalog, names: Sequence[str], map_dir: Path) -> dict[int, IngestedPhoto]:
    found = {}
    for name in names:
        photo = find_photo(catalog, name, map_dir)
        if isinstance(photo, Failure):
            raise InputError(f"{photo.path} is not in the map {map_dir}: {photo.reason}")
        found[photo.photo_id] = photo
    return found


def last_settings(catalog: Catalog) -> Settings:
    """What the last merge was told, so that the tiles stay as they are but for what is gone; the
    defaults where there was none, or an older version had other settings."""
    for run in reversed(catalog.runs()):
        if run.command == "merge":
            try:
                return Settings.model_validate_json(run.settings_json)
            except ValidationError:
                break
    return Settings()
