"""Files of a map that no row names: what killed runs and removed photos leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldmap.catalog import Catalog
from worldmap.errors import StorageError
from worldmap.pipeline.lock import removing_files

FOLDERS = ("depth", "features", "tiles")
"""Where a map keeps the files that rows name."""
_TEMPORARY = ".tmp"


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
    with Catalog.open(map_dir, create=False) as catalog, removing_files(map_dir):
        found = orphans(catalog, map_dir)
        size_bytes = 0
        for path in found:
            try:
                size_bytes += (map_dir / path).stat().st_size
                if not dry_run:
                    (map_dir / path).unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StorageError(f"cannot remove {map_dir / path}: {error.strerror}") from error
    return OrphanSummary(files=tuple(found), size_bytes=size_bytes, removed=not dry_run)


def orphans(catalog: Catalog, map_dir: Path) -> list[Path]:
    """The files without a row, relative to the map folder, sorted."""
    named = {path for photo in catalog.photos() for path in (photo.depth.path, photo.features.path)}
    named |= {file.path for tile in catalog.tiles(empty=True) for file in tile.files}
    found = [
        path.relative_to(map_dir)
        for folder in FOLDERS
        for path in sorted((map_dir / folder).rglob("*"))
        if path.is_file()
    ]
    half_made = [
        path.relative_to(map_dir) for path in sorted(map_dir.glob(f".catalog.gpkg.*{_TEMPORARY}"))
    ]
    return [path for path in found if path not in named] + half_made
