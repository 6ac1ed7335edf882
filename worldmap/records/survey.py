"""What others know of a place: a reference that a map is laid onto."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from worldmap.geodesy import Vertical


class SurveyKind(StrEnum):
    """Points on surfaces, as of a lidar; a raster of heights, of the ground or of what stands on it
    too; or the plan of walls."""

    POINTS = "points"
    HEIGHTS = "heights"
    OUTLINES = "outlines"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Survey:
    """xyz (N, 3) in the CRS of `epsg` (longitude and latitude where that is in degrees), heights
    above `vertical` (None where nothing says above what). Of outlines they are the ends of pieces
    of wall, two after two, without heights. cell_m: of heights how far one is from the next."""

    kind: SurveyKind
    xyz: NDArray[np.float64]
    epsg: int
    vertical: Vertical | None
    cell_m: float = 0.0
