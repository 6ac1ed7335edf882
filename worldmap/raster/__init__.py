"""Points as pictures that lie on a map: surface, terrain, relief, contours.

`geotiff` is the door to rasterio, `vector_file` beside `area` the one to GeoPackages.
"""

from worldmap.raster.fill import gaps_closed, hillshade
from worldmap.raster.grid import Grid, Window
from worldmap.raster.overhang import OVERHANG_M, overhung
from worldmap.raster.surface import (
    SETTLED_CELLS,
    SHED_CELLS,
    CellPoints,
    CellSurface,
    cell_mean,
    settled,
    top_surface,
)

__all__ = [
    "OVERHANG_M",
    "SETTLED_CELLS",
    "SHED_CELLS",
    "CellPoints",
    "CellSurface",
    "Grid",
    "Window",
    "cell_mean",
    "gaps_closed",
    "hillshade",
    "overhung",
    "settled",
    "top_surface",
]
