"""Whether a map is what its catalog says it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worldmap.area import Area, Everywhere
from worldmap.artifact import file_hash
from worldmap.errors import CatalogError, MissingFileError, StorageError
from worldmap.las import read_extent
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import Layout, MapFolder, Subfolder
from worldmap.printable import shell_word
from worldmap.records import Artifact, IngestedPhoto, RefinedArtifact, Tile, TileArtifact
from worldmap.store import StoredFile

_EVERYWHERE = Everywhere()
_BOUNDS_M = 5e-4
"""Half of a LAS file's step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is off: the file (relative to the map folder) or the catalog, what is wrong,
    and which command mends it."""

    path: Path
    problem: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was looked at and what is off. orphans: files that no row names, which harm nobody; None
    where only an area was looked at."""

    files: int
    findings: tuple[Finding, ...]
    orphans: int | None


def verify(
    map_dir: Path, listener: Listener | None = None, area: Area = _EVERYWHERE
) -> Verification:
    """Look at every file that a row names: whether it is there, its hash, and of tiles the number
    of points and the bounds in the file's own header; at the database itself; and at what is out
    of date. A tile whose file is off is marked, so that the next merge writes it anew (not in a map
    that can only be read: there no merge can). Of an area: the photos that stand in it, those whose
    place nobody knows, and the tiles that reach into its box; the database is not read whole.

    Raises CatalogError or StorageError where the catalog cannot be read at all.
    """
    listener = listener or Silence()
    with MapFolder.open(map_dir) as folder:
        catalog = folder.catalog
        whole = isinstance(area, Everywhere)
        photos = list(folder.state(area).photos.values())
        tiles = catalog.tiles(None if whole else area.bounds_deg, empty=True)
        ids = None if whole else [photo.photo_id for photo in photos]
        refined = [found for found in catalog.refined(ids).values() if found.content_hash]
        files = len(refined) + sum(2 if photo.depth else 1 for photo in photos)
        files += sum(len(tile.files) for tile in tiles)
        findings = [
            Finding(path=Path(catalog.name), problem=problem, run="restore it from a backup")
            for problem in (catalog.check() if whole else ())
        ]
        spoilt = set()
        with listener.stage("verify", files, unit="files") as stage:
            for photo in photos:
                findings += _of_photo(folder.layout, photo)
                stage.advance(2 if photo.depth else 1)
            for each in refined:
                findings += _of_refined(folder.layout, each)
                stage.advance()
            for tile in tiles:
                found = list(_of_tile(folder.layout, tile))
                if found:
                    spoilt.add(tile.key)
                findings += found
                stage.advance(len(tile.files))
        if not catalog.is_read_only:
            catalog.mark_stale(spoilt)
        left = len(folder.orphans()) if whole else None
    return Verification(files=files, findings=tuple(findings), orphans=left)


def _of_photo(layout: Layout, photo: IngestedPhoto) -> Iterator[Finding]:
    again = f"worldmap ingest {shell_word(photo.metadata.path)}"
    for where, artifact in ((Subfolder.DEPTH, photo.depth), (Subfolder.FEATURES, photo.features)):
        if artifact is not None:
            yield from _of_file(layout, where, artifact, again)


def _of_refined(layout: Layout, refined: RefinedArtifact) -> Iterator[Finding]:
    yield from _of_file(layout, Subfolder.REFINED, refined, "worldmap merge --area all")


def _of_file(
    layout: Layout, subfolder: Subfolder, artifact: Artifact | RefinedArtifact, again: str
) -> Iterator[Finding]:
    try:
        source = layout.in_parts(subfolder, artifact.path)
    except CatalogError as error:
        yield Finding(path=artifact.path, problem=str(error), run=again)
        return
    problem = _problem(source, artifact)
    if problem:
        first = ""
        if isinstance(source, Path) and source.is_file():
            first = f"rm {shell_word(source)} && "
        yield Finding(path=artifact.path, problem=problem, run=f"{first}{again}")


def _of_tile(layout: Layout, tile: Tile) -> Iterator[Finding]:
    run = "worldmap merge --area all"
    for file in tile.files:
        try:
            source = layout.tile_in_parts(file)
        except CatalogError as error:
            yield Finding(path=file.path, problem=str(error), run=run)
            continue
        problem = _problem(source, file) or _other_points(source, tile)
        if problem:
            yield Finding(path=file.path, problem=problem, run=run)
    if tile.stale:
        path = tile.path if tile.files else Path(Subfolder.TILES, str(tile.key))
        yield Finding(path=path, problem="out of date: a photo of it has changed or gone", run=run)


def _problem(source: Path | StoredFile, artifact: Artifact | RefinedArtifact | TileArtifact) -> str:
    try:
        found = file_hash(source) if isinstance(source, Path) else source.content_hash()
    except MissingFileError:
        return "missing"
    except StorageError:  # the bucket's, which says of no file that it is off
        raise
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return "" if found == artifact.content_hash else "changed since it was written (other hash)"


def _other_points(source: Path | StoredFile, tile: Tile) -> str:
    try:
        points, bounds_m = read_extent(source)
    except StorageError:
        return "not a point cloud file that can be read"
    if points != tile.points:
        return f"holds {points} points, its row says {tile.points}"
    off_m = max(abs(a - b) for a, b in zip(bounds_m, tile.bounds_m, strict=True))
    return "" if off_m <= _BOUNDS_M else f"its bounds are {off_m:.3g} m off those of its row"
