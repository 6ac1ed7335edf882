"""A cloud that lies nowhere on Earth yet, as a LAS or LAZ file: one photo in its camera's frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.artifact import write_file
from worldmap.cloud import PointCloud
from worldmap.errors import FormatError, UsageError
from worldmap.las.layout import ONE_RETURN, POINT, SCALE_M, Vlr, extra_bytes_vlr, wkt_vlr
from worldmap.las.tile import pack_las, pack_laz

_WKT: Final = (
    'LOCAL_CS["{frame} (x right, y down, z forward)",LOCAL_DATUM["{frame}",0],'
    'UNIT["metre",1],AXIS["x",OTHER],AXIS["y",OTHER],AXIS["z",OTHER]]'
)
_SIGMA_LIMIT_MM: Final = 65535
_UNCLASSIFIED: Final = 1


def write_local_las(path: Path, cloud: PointCloud) -> str:
    """Write a cloud's own coordinates, to the millimetre, to a .las or .laz file with a local
    coordinate system in the place of a CRS.

    Returns the SHA-256 in hex. UsageError for another suffix or for points that are more than
    2000 km apart, StorageError where the file cannot be written.
    """
    packers: dict[str, Callable[[NDArray[np.void], NDArray[np.float64], list[Vlr]], bytes]]
    packers = {".las": pack_las, ".laz": pack_laz}
    packer = packers.get(path.suffix.lower())
    if packer is None:
        raise FormatError(
            "is no name for a photo's cloud", path=path, hint="it is written as .ply, .las or .laz"
        )
    offset_m = np.floor(cloud.xyz.min(axis=0)) if len(cloud) else np.zeros(3)
    records = np.zeros(len(cloud), dtype=POINT)
    for axis, name in enumerate("XYZ"):
        steps = np.rint((cloud.xyz[:, axis] - offset_m[axis]) / SCALE_M)
        if len(steps) and steps.max() > np.iinfo(np.int32).max:
            raise UsageError(
                "cannot hold these points: they lie too far apart for a LAS file", path=path
            )
        records[name] = steps
    for channel, name in enumerate(("red", "green", "blue")):
        records[name] = cloud.rgb[:, channel].astype(np.uint16) * 257
    records["returns"] = ONE_RETURN
    records["classification"] = _UNCLASSIFIED
    records["photo_id"] = cloud.photo_id
    records["support"] = cloud.support
    records["sigma_mm"] = np.clip(np.rint(cloud.sigma_m * 1000.0), 0, _SIGMA_LIMIT_MM)
    vlrs = [wkt_vlr(_WKT.format(frame=cloud.frame.kind)), extra_bytes_vlr(records)]
    return write_file(path, packer(records, offset_m, vlrs))
