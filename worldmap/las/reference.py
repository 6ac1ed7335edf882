"""Point clouds of others: LAS, LAZ and COPC of any version, as far as a map reaches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import laspy
import numpy as np
from numpy.typing import NDArray

from worldmap.errors import CrsError, InputError
from worldmap.geodesy import Vertical, crs_of_survey
from worldmap.input_file import open_regular, refused_as
from worldmap.records import Survey, SurveyKind

Array = NDArray[np.float64]

_CHUNK: Final = 1_000_000
_MOST_POINTS: Final = 30_000_000
_LEAST_BYTES_PER_POINT: Final = 1e-3
# Low points, and high noise.
_NOISE: Final = (7, 18)


def read_survey(
    path: Path, box_of: Callable[[int], tuple[float, float, float, float]], *, epsg: int | None
) -> Survey:
    """The points of a file within a box, noise left out. box_of: low x, low y, high x, high y in
    the CRS of an EPSG code. epsg: the CRS, where the file does not say it.

    InputError where the file cannot be read or is none, CrsError where nobody says its CRS.
    """
    with refused_as(path, "is no point cloud that can be read"), open_regular(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        with laspy.open(file, closefd=False) as reader:
            head = reader.header
            if head.point_count * _LEAST_BYTES_PER_POINT > size:
                raise ValueError(f"it claims {head.point_count} points in {size} bytes")
            told, vertical = _crs_of(head)
            code = epsg or told
            if code is None:
                raise CrsError(
                    "does not say in which projected CRS it is", path=path, hint="give --crs"
                )
            parts = _inside(reader, box_of(code), path)
    xyz = np.concatenate(parts) if parts else np.zeros((0, 3))
    return Survey(kind=SurveyKind.POINTS, xyz=xyz, epsg=code, vertical=vertical)


def _crs_of(head: laspy.LasHeader) -> tuple[int | None, Vertical | None]:
    crs = head.parse_crs()
    return (None, None) if crs is None else crs_of_survey(crs.to_wkt())


def _inside(
    reader: laspy.LasReader, box: tuple[float, float, float, float], path: Path
) -> list[Array]:
    parts, kept = [], 0
    for points in reader.chunk_iterator(_CHUNK):
        x, y = np.asarray(points.x), np.asarray(points.y)
        keep = (x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3])
        keep &= ~np.isin(np.asarray(points.classification), _NOISE)
        if keep.any():
            z = np.asarray(points.z)
            parts.append(np.stack((x[keep], y[keep], z[keep]), axis=1).astype(np.float64))
            kept += len(parts[-1])
        if kept > _MOST_POINTS:
            raise InputError(
                f"has more than {_MOST_POINTS} points where the map is",
                path=path,
                hint="align a smaller area (--area)",
            )
    return parts
