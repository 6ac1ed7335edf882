"""Files of a map that no row names: what killed runs and removed photos leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worldmap.errors import StorageError
from worldmap.mapfolder import ARTIFACTS, MapFolder, removing_files

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
    with MapFolder.open(map_dir) as folder, removing_files(map_dir):
        found = orphans(folder)
        size_bytes = 0
        for path in found:
            try:
                size_bytes += (map_dir / path).lstat().st_size
                if not dry_run:
                    (map_dir / path).unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StorageError(f"cannot remove {map_dir / path}: {error.strerror}") from error
    return OrphanSummary(files=tuple(found), size_bytes=size_bytes, removed=not dry_run)


def orphans(folder: MapFolder) -> list[Path]:
    """The files without a row, relative to the map folder, sorted. CatalogError where one of its
    folders is a link to elsewhere."""
    root, photos = folder.root, folder.catalog.photos()
    named = {path for photo in photos for path in (photo.depth.path, photo.features.path)}
    named |= {file.path for tile in folder.catalog.tiles(empty=True) for file in tile.files}
    found = [
        path.relative_to(root)
        for name in ARTIFACTS
        for path in sorted(folder.layout.folder(name).rglob("*"))
        if path.is_symlink() or path.is_file()
    ]
    half_made = [
        path.relative_to(root) for path in sorted(root.glob(f".catalog.gpkg.*{_TEMPORARY}"))
    ]
    return [path for path in found if path not in named] + half_made
