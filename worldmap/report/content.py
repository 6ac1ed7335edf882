"""What the report of a merge says: a tree of records, written as `report.json`.

`docs/report.md` describes every field; NaN is written as null, paths and dates as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from worldmap.jsonable import jsonable
from worldmap.place import Place
from worldmap.printable import printable_lines
from worldmap.records import CameraFindings, ControlAccuracy, ControlRole, PairStatus, PhotoStatus
from worldmap.registration.accuracy import Accuracy

SCHEMA: Final = "worldmap-report/2"
"""Raised when a field changes its meaning or goes; new fields may come without."""
_DIGITS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedPlace:
    """Where a photo's tags have it. height_m is ellipsoidal; sigmas are along east, north, up, on
    the globe; NaN where unknown. source: where the position came from."""

    lat_deg: float
    lon_deg: float
    height_m: float
    position_sigma_m: tuple[float, float, float]
    heading_deg: float | None
    heading_sigma_deg: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoEntry:
    """One photo. group: which photos it hangs together with; pairs and matches: believed pairs and
    the matches that fit in them. ground_sample_m: what a pixel covers in the middle of what it
    shows, NaN where it has no depth or no place. Residuals are solved minus tagged (east, north,
    up). prior_scale_sigma_rel: how far the depth map's scale was thought to be off before
    solving."""

    photo_id: int
    name: str
    path: Path
    status: PhotoStatus
    reason: str
    flags: tuple[str, ...]
    captured_at: datetime | None
    device: str
    tagged: TaggedPlace | None
    solved: Place | None
    group: int
    pairs: int
    matches: int
    depth_scale: float
    scale_sigma_rel: float
    ground_sample_m: float
    prior_scale_sigma_rel: float
    gps_residual_m: tuple[float, float, float]
    heading_residual_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEntry:
    """One candidate pair and its verdict. overlap: share of either cloud that agrees."""

    photo_a: int
    photo_b: int
    status: PairStatus
    reason: str
    method: str
    matches: int
    inliers: int
    rmse_px: float
    overlap: float

    @property
    def accepted(self) -> bool:
        """Whether it is believed."""
        return self.status == PairStatus.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Where another photo would help. kind: one-photo (a surface that a single photo saw), gap
    (photos far apart), apart (groups of photos that nothing ties). heading_deg: where to look,
    None: along the way. east_m and north_m are about the site."""

    kind: str
    lat_deg: float
    lon_deg: float
    east_m: float
    north_m: float
    heading_deg: float | None
    area_m2: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the points cover, on a grid of cell_m seen from above. single_m2: cells that mostly a
    single photo saw; by_support: points by the number of photos that agree on them."""

    cell_m: float
    area_m2: float
    single_m2: float
    by_support: Mapping[int, int]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEntry:
    """A surveyed point and how the solution agrees with it: map minus survey, east, north and up;
    NaN where fewer than two placed photos show it."""

    name: str
    role: ControlRole
    lat_deg: float
    lon_deg: float
    height_m: float
    photos: int
    off_m: tuple[float, float, float]
    rms_px: float
    used: bool
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEntries:
    """Surveyed points, and the root mean squares of either role."""

    points: tuple[ControlEntry, ...]
    control: ControlAccuracy
    check: ControlAccuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSource:
    """A depth model or sensor, its licence, and how many photos it served."""

    name: str
    licence: str
    weights_hash: str
    photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Who made photos and under which terms; empty where tags do not tell."""

    artist: str
    copyright: str
    licence: str
    photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCost:
    """What a stage took. peak_memory_mb: the highest memory of the process, or of one of its
    workers, up to the stage's end."""

    name: str
    seconds: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TileEntry:
    """A tile of the area: its name on the grid, its files, its points."""

    key: str
    files: tuple[Path, ...]
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report. site: latitude, longitude and height of the origin of east and north;
    versions: of worldmap and what it stands on."""

    schema: str
    title: str
    made_at: datetime
    site: tuple[float, float, float]
    placed: int
    unplaced: int
    photos: tuple[PhotoEntry, ...]
    pairs: tuple[PairEntry, ...]
    accuracy: Accuracy
    surveyed: ControlEntries
    coverage: Coverage
    tiles: tuple[TileEntry, ...]
    points: int
    cameras: tuple[CameraFindings, ...]
    depth_sources: tuple[DepthSource, ...]
    rights: tuple[Rights, ...]
    stages: tuple[StageCost, ...]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]


def as_json(report: Report) -> str:
    """The report as JSON text; the same report gives the same text."""
    plain = jsonable(report, digits=_DIGITS, text=printable_lines)
    return json.dumps(plain, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
