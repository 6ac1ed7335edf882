"""An area as a raster: surface, terrain, orthophoto, and what is known of them."""

from __future__ import annotations

from pathlib import Path

from worldmap.area import Area
from worldmap.artifact import remove_half_written
from worldmap.errors import FormatError
from worldmap.geodesy import projected_wkt1, require_metres
from worldmap.listener import Listener, Silence
from worldmap.mapfolder import MapFolder
from worldmap.stages.raster import RasterMade, RasterOptions, write_raster

_SUFFIXES = {True: (".gpkg",), False: (".tif", ".tiff")}


def raster(
    map_dir: Path,
    area: Area,
    out: Path,
    options: RasterOptions,
    listener: Listener | None = None,
) -> RasterMade:
    """Write the area's `options.kind` to `out`: .tif, a Cloud Optimized GeoTIFF, or .gpkg for
    contours.

    Raises UsageError for another suffix, a CRS that is unknown, in feet or cannot be reached and
    where the package that writes is not installed, InputError where the area has no points,
    CatalogError or StorageError where the map cannot be read or the file not be written.
    """
    wanted = _SUFFIXES[options.kind == "contours"]
    if out.suffix.lower() not in wanted:
        raise FormatError(
            f"is no name for {options.kind}", path=out, hint=f"it is written as {wanted[0]}"
        )
    if options.epsg is not None:
        projected_wkt1(options.epsg)  # refuses what is no projected CRS
        require_metres(options.epsg)  # cells, gaps and sigmas are in metres
    with MapFolder.open(map_dir) as folder:
        remove_half_written(out)
        return write_raster(folder, area, out, options, listener or Silence())
