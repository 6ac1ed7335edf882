"""Reading a survey that may be anybody's, in a process that its file may end or stall."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmap.engine import Isolated, WorkerDiedError
from worldmap.errors import InputError
from worldmap.geodesy import Site, projected_from_enu
from worldmap.las.reference import Survey, read_survey
from worldmap.mapfolder.tilefile import confine, patience_s


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoxAround:
    """Points (N, 3) in a site's ENU and so much around them: `box_of` of `read_survey`."""

    low_enu: NDArray[np.float64]
    high_enu: NDArray[np.float64]
    site: Site
    margin_m: float

    def __call__(self, epsg: int) -> tuple[float, float, float, float]:
        """Low x, low y, high x, high y in the CRS of an EPSG code."""
        low, high = self.low_enu, self.high_enu
        corners = np.array([(x, y, low[2]) for x in (low[0], high[0]) for y in (low[1], high[1])])
        at = projected_from_enu(corners, self.site, epsg)[:, :2]
        west, south = at.min(axis=0) - self.margin_m
        east, north = at.max(axis=0) + self.margin_m
        return float(west), float(south), float(east), float(north)


def survey_around(path: Path, box: BoxAround, *, epsg: int | None) -> Survey:
    """As `las.reference.read_survey`; InputError, too, where the file ends or stalls its reader."""
    if not path.is_file():
        return read_survey(path, box, epsg=epsg)
    with Isolated(_read, limit_s=patience_s(path)) as read:
        try:
            return read((path.absolute(), box, epsg))
        except (WorkerDiedError, MemoryError) as error:
            what = error or "out of memory"
            raise InputError(
                f"is no point cloud that can be read: it cannot be decoded ({what})", path=path
            ) from error


def _read(asked: tuple[Path, BoxAround, int | None]) -> Survey:
    path, box, epsg = asked
    confine(path)
    return read_survey(path, box, epsg=epsg)
