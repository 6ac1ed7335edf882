"""Mapillary's Graph API v4 (https://www.mapillary.com/developer/api-documentation): `/images` with
a small box answers with at most 2,000 photos and no next page, so a full answer is asked again in
quarters. Addresses of pictures expire; the entity has new ones. All photos are under CC BY-SA 4.0.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from worldmap.archive.boxes import Box, boxes_within, complete
from worldmap.archive.client import BusyError, Client, ExpiredAddressError
from worldmap.archive.fields import geojson_point, item, number, text, whole
from worldmap.config import FetchSettings
from worldmap.errors import UsageError
from worldmap.records import ArchivePhoto, Period

TOKEN_VARIABLE: Final = "MAPILLARY_TOKEN"
_LIMIT: Final = 2000
_LARGEST_DEG: Final = 0.0099
_SMALLEST_DEG: Final = 5e-4
# What a reader of photos knows (`photo.mapillary`); nothing of it is a key to anything.
_DESCRIBED: Final = (
    *("id", "altitude", "camera_parameters", "camera_type", "captured_at", "compass_angle"),
    *("computed_altitude", "computed_compass_angle", "computed_geometry", "computed_rotation"),
    *("geometry", "make", "model", "sequence", "exif_orientation"),
)
_FIELDS: Final = ",".join((*_DESCRIBED, "creator", "height", "width", "thumb_original_url"))
_PROJECTIONS: Final = {
    "spherical": "equirectangular",
    "equirectangular": "equirectangular",
    "fisheye": "fisheye",
}


class Mapillary:
    """Photos of people everywhere, with the results of Mapillary's own structure from motion.
    UsageError where the environment has no token."""

    title = "Mapillary"
    # Its documentation allows 10,000 searches and 60,000 entities a minute.
    pace = (10, 1.0)
    file_pace = (5, 1.0)

    def __init__(self, settings: FetchSettings) -> None:
        self._root = settings.mapillary_url.rstrip("/")
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
        if not token:
            raise UsageError(
                f"Mapillary wants a token of yours, and {TOKEN_VARIABLE} is not set",
                hint="https://www.mapillary.com/dashboard/developers gives one",
            )
        if not token.isascii() or not token.isprintable() or " " in token:
            raise UsageError(f"{TOKEN_VARIABLE} holds what cannot be a token")
        # In a header, for addresses end up in logs; and to this host alone.
        self._headers = {"Authorization": f"OAuth {token}"}

    def find(self, client: Client, bounds_deg: Box, period: Period) -> Iterator[ArchivePhoto]:
        """See `Archive`."""

        def ask(box: Box) -> tuple[list[ArchivePhoto], bool]:
            asked = {
                "fields": _FIELDS,
                "bbox": ",".join(f"{value:.7f}" for value in box),
                "limit": str(_LIMIT),
            }
            if period.since is not None:
                asked["start_captured_at"] = _zulu(period.since)
            if period.until is not None:
                asked["end_captured_at"] = _zulu(period.until)
            try:
                answer = client.get_json(f"{self._root}/images", asked, self._headers)
            except BusyError:
                if box[2] - box[0] < _SMALLEST_DEG:
                    raise
                return [], False
            data = answer.get("data")
            data = data if isinstance(data, list) else []
            found = [photo for each in data if (photo := _photo(each)) is not None]
            return found, len(data) < _LIMIT

        for box in boxes_within(bounds_deg, _LARGEST_DEG):
            yield from complete(box, ask)

    def again(self, client: Client, photo: ArchivePhoto) -> ArchivePhoto | None:
        """See `Archive`."""
        address = f"{self._root}/{photo.photo_id}"
        try:
            return _photo(client.get_json(address, {"fields": _FIELDS}, self._headers))
        except ExpiredAddressError:
            return None


def _photo(entry: object) -> ArchivePhoto | None:
    photo_id, address = text(item(entry, "id")), item(entry, "thumb_original_url")
    if not photo_id.isalnum() or not isinstance(address, str) or not isinstance(entry, dict):
        return None
    lat_deg, lon_deg = geojson_point(entry.get("geometry"))
    stamp_ms = number(entry.get("captured_at"), 1, 4e12)
    author = text(item(entry, "creator", "username"))
    kind = text(entry.get("camera_type"))
    described: dict[str, Any] = {name: entry[name] for name in _DESCRIBED if name in entry}
    return ArchivePhoto(
        source="mapillary",
        photo_id=photo_id,
        page=f"https://www.mapillary.com/app/?pKey={photo_id}&focus=photo",
        addresses=(address,),
        licence="CC-BY-SA-4.0",
        author=author,
        attribution=f"{author or 'Mapillary contributors'}, Mapillary, CC BY-SA 4.0",
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        captured_at=None if stamp_ms is None else datetime.fromtimestamp(stamp_ms / 1000, UTC),
        projection=_PROJECTIONS.get(kind, "perspective"),
        make=text(entry.get("make")),
        model=text(entry.get("model")),
        width_px=whole(entry.get("width")),
        height_px=whole(entry.get("height")),
        described=described,
    )


def _zulu(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
