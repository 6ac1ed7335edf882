"""An area as somebody named it, held against the map that it is of."""

from __future__ import annotations

from pathlib import Path

from worldmap.area import Area, parse_area
from worldmap.area.parse import exchanged
from worldmap.errors import AreaError, MapNotFoundError, UnknownPhotoError
from worldmap.mapfolder.folder import MapFolder


def area_of(root: Path, text: str) -> Area:
    """What `parse_area` makes of `text`, photos' names being those of the map in `root`.

    AreaError, too, where no photo lies in it and some do with latitude and longitude, west and
    east or a sign exchanged; it says so. Raises CatalogError or StorageError where the map is
    asked and cannot be read.
    """

    def find_photo(name: str) -> tuple[float, float] | None:
        try:
            with MapFolder.open(root) as folder:
                return _place_of(folder, name)
        except MapNotFoundError:  # which its command says
            return None

    area = parse_area(text, find_photo)
    if any(exchanged(area)):
        try:
            with MapFolder.open(root) as folder:
                _require_order(folder, area, text)
        except MapNotFoundError:  # a point cloud's file, or what its command says
            return area
    return area


def area_in(folder: MapFolder, text: str) -> Area:
    """The same of an open map."""
    area = parse_area(text, lambda name: _place_of(folder, name))
    _require_order(folder, area, text)
    return area


def _place_of(folder: MapFolder, name: str) -> tuple[float, float] | None:
    try:
        photo = folder.ingested(name)
    except UnknownPhotoError:
        return None
    at = folder.state().position_deg(photo.photo_id)
    if at is None:
        raise AreaError(f"nobody knows where {name} is", hint="`worldmap explain` says why")
    return at


def _require_order(folder: MapFolder, area: Area, text: str) -> None:
    others = list(exchanged(area))
    if not others or _holds_photos(folder, area):
        return
    for other, meant in others:
        if _holds_photos(folder, other):
            raise AreaError(f"no photo lies in the area {text}", hint=meant)


def _holds_photos(folder: MapFolder, area: Area) -> bool:
    return bool(folder.catalog.photos(area.bounds_deg))
