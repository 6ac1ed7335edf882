"""A map in numbers, quicker than to open it."""

from __future__ import annotations

from pathlib import Path

from worldmap.catalog.glance import glance
from worldmap.mapfolder.layout import Layout
from worldmap.records import Failure, MapStatus


def status_of(root: Path) -> tuple[MapStatus, list[Failure]]:
    """The map in `root` in numbers, and the photos that could not be used.

    Raises CatalogError or StorageError where it cannot be read.
    """
    Layout(root).catalog()
    found = glance(root)
    if found is not None:
        return found
    from worldmap.mapfolder.folder import MapFolder

    with MapFolder.open(root) as folder:
        return folder.catalog.status(), folder.catalog.failures()
