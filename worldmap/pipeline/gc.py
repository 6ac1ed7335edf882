"""Files of a map that no row names: what killed runs and removed photos leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldmap.mapfolder import MapFolder, removing_files


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanSummary:
    """Files without a row, relative to the map folder, and their size; removed says whether they
    are gone."""

    files: tuple[Path, ...]
    size_bytes: int
    removed: bool


def collect_orphans(map_dir: Path, *, dry_run: bool = False) -> OrphanSummary:
    """Remove every file of the map's folders that no row names, and half-written ones; with
    `dry_run` only list them. Other folders and files are left alone.

    Raises CatalogError where another command is at work on the map, StorageError where a file
    cannot be removed.
    """
    with MapFolder.open(map_dir) as folder, removing_files(map_dir):
        found = folder.orphans()
        size_bytes = 0
        for orphan in found:
            size_bytes += orphan.size_bytes
            if not dry_run:
                folder.layout.store.delete(orphan.name)
    return OrphanSummary(
        files=tuple(Path(orphan.name) for orphan in found),
        size_bytes=size_bytes,
        removed=not dry_run,
    )
