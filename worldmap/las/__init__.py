"""LAS, LAZ and COPC: the files that others open. The door to laspy and lazrs."""

from worldmap.las.gps_time import gps_time_s, gps_times_s, utc_from_gps_time
from worldmap.las.tile import (
    TileFile,
    read_extent,
    read_provenance,
    read_tile,
    read_vertical,
    write_tile,
)

__all__ = [
    "TileFile",
    "gps_time_s",
    "gps_times_s",
    "read_extent",
    "read_provenance",
    "read_tile",
    "read_vertical",
    "utc_from_gps_time",
    "write_tile",
]
