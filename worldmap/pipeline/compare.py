"""Two maps, or point clouds of others, of one place: what is different."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from worldmap.area import Area
from worldmap.artifact import remove_half_written
from worldmap.errors import FormatError
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.stages.compare import (
    CompareOptions,
    Figures,
    Layer,
    compared,
    detection_path,
    of_file,
    of_map,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Of which two, what was found, and the map of changes with the file that says from what on
    they count, None where none was asked for."""

    first: Path
    second: Path
    found: Figures
    path: Path | None
    detection_path: Path | None


def compare(
    first: Path,
    second: Path,
    area: Area,
    options: CompareOptions,
    out: Path | None = None,
    listener: Listener | None = None,
    *,
    epsg: int | None = None,
) -> Comparison:
    """How far the second is from the first, each a map's folder, a LAS, LAZ or COPC file, or a
    GeoTIFF of heights: nearest points, and changes along the surface's normals with what is more
    than noise (M3C2). out: the map of changes, .tif, with OUT.detection.tif beside.

    epsg: the CRS of files that say none. Raises InputError where one cannot be read or they have
    nothing in common, UsageError where a package or a CRS is missing, CatalogError or StorageError
    where a map cannot be read or a file not be written.
    """
    if out is not None and out.suffix.lower() not in (".tif", ".tiff"):
        raise FormatError("is no name for a map of changes", path=out, hint="it is written as .tif")
    with ExitStack() as stack:

        def layer(path: Path) -> Layer:
            if path.is_dir():
                return of_map(stack.enter_context(MapFolder.open(path)), area)
            return of_file(path, epsg=epsg)

        layers = layer(first), layer(second)
        beside = None if out is None else detection_path(out)
        for path in filter(None, (out, beside)):
            remove_half_written(path)
        found = compared(layers, area, options, out, listener or Silence())
    return Comparison(first=first, second=second, found=found, path=out, detection_path=beside)
