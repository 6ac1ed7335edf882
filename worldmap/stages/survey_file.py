"""Reading a reference that may be anybody's, in a process that its file may end or stall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from worldmap.engine import Isolated, WorkerDiedError
from worldmap.errors import InputError
from worldmap.geodesy import Site, projected_from_enu
from worldmap.las.reference import read_survey
from worldmap.mapfolder.tilefile import confine, patience_s
from worldmap.records import Survey
from worldmap.survey.geotiff import read_heights
from worldmap.survey.outlines import read_outlines

# In either order of bytes, and as BigTIFF.
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoxAround:
    """Points (N, 3) in a site's ENU and so much around them: `box_of` of `read_survey`."""

    low_enu: NDArray[np.float64]
    high_enu: NDArray[np.float64]
    site: Site
    margin_m: float

    def __call__(self, epsg: int) -> tuple[float, float, float, float]:
        """Low x, low y, high x, high y in the CRS of an EPSG code."""
        low, high = self.low_enu - self.margin_m, self.high_enu + self.margin_m
        corners = np.array([(x, y, low[2]) for x in (low[0], high[0]) for y in (low[1], high[1])])
        at = projected_from_enu(corners, self.site, epsg)[:, :2]
        west, south = at.min(axis=0)
        east, north = at.max(axis=0)
        return float(west), float(south), float(east), float(north)


def survey_around(
    path: Path, box: Callable[[int], tuple[float, float, float, float]], *, epsg: int | None
) -> Survey:
    """What a file has about a map: points (LAS, LAZ, COPC), heights (GeoTIFF) or outlines (GeoJSON,
    GeoPackage), by what it begins with. Errors as `las.reference.read_survey`; InputError, too,
    where the file ends or stalls its reader."""
    if not path.is_file():
        return read_survey(path, box, epsg=epsg)
    with Isolated(_read, limit_s=patience_s(path)) as read:
        try:
            return read((path.absolute(), box, epsg))
        except (WorkerDiedError, MemoryError) as error:
            what = error if isinstance(error, WorkerDiedError) else "it asks for absurd memory"
            raise InputError(f"cannot be decoded: {what}", path=path) from error


def _read(
    asked: tuple[Path, Callable[[int], tuple[float, float, float, float]], int | None],
) -> Survey:
    path, box, epsg = asked
    confine(path)
    with path.open("rb") as file:
        begin = file.read(16)
    if begin[:4] in _TIFF:
        return read_heights(path, box, epsg=epsg)
    if begin.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or begin.startswith(b"SQLite"):
        return read_outlines(path, box, epsg=epsg)
    return read_survey(path, box, epsg=epsg)
