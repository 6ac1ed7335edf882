"""The catalog of one map."""

from __future__ import annotations

from pathlib import Path

from worldmap.catalog import migrate
from worldmap.catalog.pointer import remember_url, require_same_url
from worldmap.catalog.store.control import ControlStore
from worldmap.catalog.store.leases import LeaseStore
from worldmap.catalog.store.photos import PhotoStore
from worldmap.catalog.store.poses import PoseStore
from worldmap.catalog.store.runs import RunStore
from worldmap.catalog.store.tiles import TileStore


class Catalog(PhotoStore, PoseStore, TileStore, ControlStore, LeaseStore, RunStore):
    """The catalog of one map, open. Use as a context manager.

    Any method raises CatalogError where the database is locked for longer than a minute or damaged,
    and StorageError where it cannot be written or the disk is full.
    """


def use_database(map_dir: Path, url: str, *, create: bool) -> None:
    """Keep the map's catalog in the PostgreSQL database at `url` from now on: made there where
    `create` says so and it is empty, and named in the map's folder, so that every later command
    finds it by the folder.

    Raises CatalogError where the map has another catalog already, or the database cannot be used;
    then nothing is written down. StorageError where the folder cannot be written.
    """
    require_same_url(map_dir, url, migrate.CATALOG_NAME)
    Catalog.open(map_dir, create=create, url=url).close()
    remember_url(map_dir, url)
