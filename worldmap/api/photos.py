"""The photos of a map: where they stand, and what they saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from worldmap.errors import ExtraError
from worldmap.place import Place
from worldmap.records import PhotoStatus

if TYPE_CHECKING:
    from worldmap.mapfolder import Layout, MapState
    from worldmap.records import IngestedPhoto


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Depth:
    """What a photo saw: depth_m (H, W) float32 in metres along the optical axis, NaN where nothing
    is trusted; sigma_m (H, W) float32, one standard deviation; rgb (H, W, 3) uint8, sRGB. By the
    scale that was solved where the photo is placed, else by its own."""

    depth_m: NDArray[np.float32]
    sigma_m: NDArray[np.float32]
    rgb: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Photo:
    """A photo of a map as it was when `Map.photos` was asked. place is None where it is not placed,
    and reason says why; captured_at is None where no tag tells."""

    photo_id: int
    path: Path
    status: PhotoStatus
    reason: str
    captured_at: datetime | None
    width_px: int
    height_px: int
    place: Place | None
    _ingested: IngestedPhoto = field(repr=False)
    _layout: Layout = field(repr=False)

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name

    def depth(self) -> Depth:
        """Its depth map, from the map's folder. StorageError where that cannot be read."""
        from worldmap.depth import load_depth

        stored = load_depth(self._layout.depth(self._ingested))
        scale = np.float32(self.place.depth_scale if self.place else 1.0)
        found = stored.depth_map
        return Depth(depth_m=found.depth_m * scale, sigma_m=found.sigma_m * scale, rgb=stored.rgb)


class Photos(Sequence[Photo]):
    """Photos in the order of their paths."""

    def __init__(self, photos: Sequence[Photo]) -> None:
        self._photos = tuple(photos)

    @classmethod
    def of(cls, state: MapState, layout: Layout) -> Photos:
        """All photos of a map."""
        found = sorted(state.photos.values(), key=lambda photo: photo.metadata.path)
        return cls([_photo(photo, state, layout) for photo in found])

    @overload
    def __getitem__(self, index: int) -> Photo: ...

    @overload
    def __getitem__(self, index: slice) -> Photos: ...

    def __getitem__(self, index: int | slice) -> Photo | Photos:
        found = self._photos[index]
        return Photos(found) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._photos)

    def __iter__(self) -> Iterator[Photo]:
        return iter(self._photos)

    def __repr__(self) -> str:
        placed = sum(photo.place is not None for photo in self)
        return f"<{len(self)} photos, {placed} placed>"

    def to_geodataframe(self) -> Any:
        """A `geopandas.GeoDataFrame` of them in longitude and latitude (EPSG:4326), a row a photo;
        geometry is None, and figures are NaN, where one is not placed.

        Raises ExtraError where geopandas is not installed.
        """
        try:
            import geopandas
        except ImportError as error:
            raise ExtraError(
                "a GeoDataFrame needs geopandas", hint="pip install 'worldmap[geo]'"
            ) from error
        places = [photo.place for photo in self]

        def figures(name: str) -> list[float]:
            return [getattr(place, name) if place else float("nan") for place in places]

        lon_deg, lat_deg = figures("lon_deg"), figures("lat_deg")
        points = geopandas.points_from_xy(lon_deg, lat_deg, crs="EPSG:4326")
        return geopandas.GeoDataFrame(
            {
                "photo_id": [photo.photo_id for photo in self],
                "name": [photo.name for photo in self],
                "path": [str(photo.path) for photo in self],
                "status": [str(photo.status) for photo in self],
                "reason": [photo.reason for photo in self],
                "captured_at": [photo.captured_at for photo in self],
                "height_m": figures("height_m"),
                "heading_deg": figures("heading_deg"),
                "pitch_deg": figures("pitch_deg"),
                "roll_deg": figures("roll_deg"),
                "radius90_m": figures("radius90_m"),
            },
            geometry=[
                point if place else None for point, place in zip(points, places, strict=True)
            ],
            crs="EPSG:4326",
        )


def _photo(photo: IngestedPhoto, state: MapState, layout: Layout) -> Photo:
    pose, metadata = state.poses.get(photo.photo_id), photo.metadata
    return Photo(
        photo_id=photo.photo_id,
        path=metadata.path,
        status=pose.status if pose else PhotoStatus.INGESTED,
        reason=pose.reason if pose else photo.waits_for,
        captured_at=metadata.captured_at,
        width_px=photo.camera.width_px,
        height_px=photo.camera.height_px,
        place=state.place(photo.photo_id),
        _ingested=photo,
        _layout=layout,
    )
