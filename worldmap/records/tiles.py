"""The map's points, by tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmap.cloud import PointCloud
from worldmap.errors import FrameError
from worldmap.frames import PROJECTED
from worldmap.frozen import freeze


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TileKey:
    """A cell of the 100 m UTM/UPS grid: EPSG code and its south-west corner in whole metres."""

    epsg: int
    east_m: int
    north_m: int

    def __str__(self) -> str:
        return f"{self.epsg}_{self.east_m}_{self.north_m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TileArtifact:
    """A file of a tile: las, laz or copc; path relative to the map folder; SHA-256 in hex."""

    format: str
    path: Path
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A tile with its files, which all hold the same points.

    bounds are (min x, min y, min z, max x, max y, max z) in the tile's projected CRS. photo_ids:
    the photos that it rests on, those that only touch its margin too. inputs_hash: of everything
    that it was made of. stale: a photo in it was taken out or read again since, or it is being
    rewritten. One without points has no files; it is kept so that it is not worked out again.
    """

    key: TileKey
    files: tuple[TileArtifact, ...]
    points: int
    bounds_m: tuple[float, float, float, float, float, float]
    photo_ids: tuple[int, ...]
    inputs_hash: str = ""
    stale: bool = False

    @property
    def path(self) -> Path:
        """The first of its files, relative to the map folder. IndexError where it has none."""
        return self.files[0].path

    @property
    def content_hash(self) -> str:
        """SHA-256 of that file. IndexError where it has none."""
        return self.files[0].content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourRatio:
    """How much brighter photo a shows what photo b shows too: median log ratio of red, green and
    blue values, and from how many points."""

    photo_a: int
    photo_b: int
    log_ratio: tuple[float, float, float]
    points: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PhotoCloud:
    """What a photo gives to the tiles, kept so that nobody works it out again.

    inputs_hash: of everything that decides it: the photo, its pose, those of the photos that were
    asked, and settings. samples (N, 3) float32: u, v in the full-size photo and depth in metres of
    the photo's own scale, of a coarse grid over the depth map whose file has the hash depth_hash.
    parts: by tile the hash of the points that it has there, in the margin too. ratios: its colours
    beside those of others. gain: what its red, green and blue were multiplied by in the tiles; None
    before the first.
    """

    photo_id: int
    inputs_hash: str
    depth_hash: str
    samples: NDArray[np.float32]
    parts: Mapping[TileKey, str]
    ratios: tuple[ColourRatio, ...]
    gain: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TilePoints:
    """What a tile holds: points of one projected CRS with what a GIS wants to know of each.

    cloud is in the frame `projected`: easting, northing and ellipsoidal height of `epsg`.
    gps_time_s (N,) float64: adjusted standard GPS time (GPS seconds − 10⁹) of the photo's capture,
    NaN = unknown. classification (N,) uint8: LAS class, 1 = unclassified, 2 = ground. ValueError
    where lengths differ, FrameError where the cloud is in another frame.
    """

    cloud: PointCloud
    epsg: int
    gps_time_s: NDArray[np.float64]
    classification: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.cloud.frame != PROJECTED:
            raise FrameError(f"a tile holds projected points, not {self.cloud.frame}")
        shape = (len(self.cloud),)
        freeze(self, gps_time_s=(np.float64, shape), classification=(np.uint8, shape))

    def __len__(self) -> int:
        return len(self.cloud)
