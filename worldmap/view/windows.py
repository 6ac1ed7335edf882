"""A large map as the page sees it: the photos and tiles around one place at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

import numpy as np

from worldmap.area import Box, Circle
from worldmap.frames import wrapped_deg
from worldmap.mapfolder import MapFolder
from worldmap.view.document import PageWindow
from worldmap.view.published import PublishedMap, Resource

MOST_PHOTOS: Final = 1_000
"""Of a map with more the page has the part around a place with no more than these: what a browser
draws and lists at once, and what the catalog gives in a second."""
_NARROWEST_M, _WIDEST_M = 1.0, 1_000_000.0
# So that the photo at its edge is in it.
_JUST_WIDER = 1 + 1e-9
_KEPT = 8


class MapWindows:
    """A map to look at, whole where it is small, else window by window: the part around the place
    that is asked for, or around the middle of the map. May be used from several threads.

    Any method raises CatalogError or StorageError where the map cannot be read.
    """

    def __init__(self, whole: PublishedMap, *, most_photos: int = MOST_PHOTOS) -> None:
        self._whole, self._most = whole, most_photos
        self._lock = threading.Lock()
        self._windows: OrderedDict[tuple[float, float] | None, PublishedMap] = OrderedDict()

    @property
    def name(self) -> str:
        """See `PublishedMap`."""
        return self._whole.name

    def document(self, near: str | None = None) -> bytes:
        """Everything that the page is told, as JSON; near: around which place, `lat,lon` in
        degrees, what is none being the middle of the map."""
        return self._window(_place_of(near or "")).document()

    def open(self, name: str) -> Resource | None:
        """The resource of that relative URL; None for whatever no document of the last windows
        names."""
        with self._lock:
            latest = list(reversed(self._windows.values()))
        found = (window.open(name) for window in latest or [self._window(None)])
        return next((resource for resource in found if resource is not None), None)

    def _window(self, near_deg: tuple[float, float] | None) -> PublishedMap:
        with self._lock:
            if near_deg in self._windows:
                self._windows.move_to_end(near_deg)
                return self._windows[near_deg]
        made = self._made(near_deg)
        with self._lock:
            self._windows[near_deg] = made
            while len(self._windows) > _KEPT:
                self._windows.popitem(last=False)
        return made

    def _made(self, near_deg: tuple[float, float] | None) -> PublishedMap:
        if self._whole.area is not None:
            return self._whole
        with MapFolder.open(self._whole.map_dir) as folder:
            catalog = folder.catalog
            photos = catalog.status().photos
            site = catalog.site()
            if photos <= self._most or (near_deg is None and site is None):
                return self._whole
            place = near_deg or (site.lat_deg, site.lon_deg)  # type: ignore[union-attr]
            box = _box_with(folder, place, self._most)
        return self._whole.part(box, PageWindow(bounds=box.bounds_deg, photos=photos))


def _place_of(text: str) -> tuple[float, float] | None:
    """Latitude and longitude, written `lat,lon`; None where that is no place."""
    try:
        lat_deg, lon_deg = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (lat_deg, lon_deg) if abs(lat_deg) <= 90 and abs(lon_deg) <= 180 else None


def _box_with(folder: MapFolder, place_deg: tuple[float, float], most: int) -> Box:
    """The box about a place with so many photos, those nearest to it by its sides."""
    catalog, half_m = folder.catalog, _NARROWEST_M

    def count() -> int:
        return catalog.count_photos(_about(place_deg, half_m).bounds_deg, most + 1)

    while half_m < _WIDEST_M and count() <= most:
        half_m *= 2
    box = _about(place_deg, half_m)
    rows = catalog.stations(box.bounds_deg)
    if not rows:
        return box
    lat_deg, lon_deg = np.array([row[1:3] for row in rows]).T
    high_deg = 0.5 * (box.north_deg - box.south_deg)
    wide_deg = 0.5 * float((box.east_deg - box.west_deg) % 360)
    off_lat = np.abs(lat_deg - place_deg[0]) / high_deg
    off_lon = np.abs(wrapped_deg(lon_deg - place_deg[1])) / wide_deg
    off = np.sort(np.maximum(off_lat, off_lon))[:most]
    return _about(place_deg, half_m * float(off[-1]) * _JUST_WIDER)


def _about(place_deg: tuple[float, float], half_m: float) -> Box:
    about = Circle(lat_deg=place_deg[0], lon_deg=place_deg[1], radius_m=half_m)
    west_deg, south_deg, east_deg, north_deg = about.bounds_deg
    return Box(west_deg=west_deg, south_deg=south_deg, east_deg=east_deg, north_deg=north_deg)
