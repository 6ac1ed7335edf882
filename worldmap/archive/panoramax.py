"""Panoramax: a federation of open street-level photos behind one STAC API.

https://docs.panoramax.fr/api: `/search` takes bbox, datetime and limit; an item's properties have
`view:azimuth`, `pers:*` (the perspective imagery extension), `license`, `geovisio:producer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from worldmap.archive.boxes import Box, boxes_within, complete
from worldmap.archive.client import Client, ExpiredAddressError
from worldmap.archive.fields import geojson_point, item, moment, number, text, whole
from worldmap.config import FetchSettings
from worldmap.errors import ArchiveError
from worldmap.records import ArchivePhoto, Period

_LIMIT: Final = 1000
_LARGEST_DEG: Final = 0.5
_MOST_PAGES: Final = 10_000


class Panoramax:
    """The federation's catalogue, or one instance of it. Any licence, told per photo."""

    title = "Panoramax"
    pace = (4, 1.0)
    file_pace = (4, 1.0)

    def __init__(self, settings: FetchSettings) -> None:
        self._root = settings.panoramax_url.rstrip("/")

    def find(self, client: Client, bounds_deg: Box, period: Period) -> Iterator[ArchivePhoto]:
        """See `Archive`."""

        def ask(box: Box) -> tuple[list[ArchivePhoto], bool]:
            return self._asked(client, box, period)

        for box in boxes_within(bounds_deg, _LARGEST_DEG):
            yield from complete(box, ask)

    def again(self, client: Client, photo: ArchivePhoto) -> ArchivePhoto | None:
        """See `Archive`."""
        try:
            found = client.get_json(f"{self._root}/search", {"ids": photo.photo_id, "limit": "1"})
        except ExpiredAddressError:
            return None
        photos = [self._photo(each) for each in found.get("features") or ()]
        return next((each for each in photos if each and each.photo_id == photo.photo_id), None)

    def _asked(self, client: Client, box: Box, period: Period) -> tuple[list[ArchivePhoto], bool]:
        asked = {"bbox": ",".join(f"{value:.7f}" for value in box), "limit": str(_LIMIT)}
        if not period.is_open:
            since, until = (
                ".." if each is None else each.isoformat() for each in (period.since, period.until)
            )
            asked["datetime"] = f"{since}/{until}"
        answer = client.get_json(f"{self._root}/search", asked)
        found: list[ArchivePhoto] = []
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            features = answer.get("features")
            features = features if isinstance(features, list) else []
            found += [photo for each in features if (photo := self._photo(each)) is not None]
            address = _next_page(answer)
            if address is None:
                # Without a way on, a full answer may have been cut.
                return found, bool(seen) or len(features) < _LIMIT
            if address in seen or not address.startswith(self._root.split("/api", 1)[0]):
                raise ArchiveError("leads from page to page without end", path=self._root)
            seen.add(address)
            answer = client.get_json(address)
        raise ArchiveError("leads from page to page without end", path=self._root)

    def _photo(self, feature: object) -> ArchivePhoto | None:
        photo_id = text(item(feature, "id"))
        told: Any = item(feature, "properties")
        addresses = tuple(
            address
            for asset in ("hd", "sd")
            if (address := text(item(feature, "assets", asset, "href"))).startswith("http")
        )
        if not photo_id or not addresses or not isinstance(told, dict):
            return None
        lat_deg, lon_deg = geojson_point(item(feature, "geometry"))
        lens: Any = told.get("pers:interior_orientation")
        field_deg = number(item(lens, "field_of_view"), 0, 360)
        sizes = item(lens, "sensor_array_dimensions")
        wide, high = sizes if isinstance(sizes, list) and len(sizes) == 2 else (None, None)
        author = text(told.get("geovisio:producer")) or _producer(feature)
        licence = text(told.get("license"))
        return ArchivePhoto(
            source="panoramax",
            photo_id=photo_id,
            page=f"{self._root.split('/api', 1)[0]}/#focus=pic&pic={photo_id}",
            addresses=addresses,
            licence=licence,
            author=author,
            attribution=f"{author or 'Panoramax contributors'}, Panoramax, {licence}",
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            horizontal_sigma_m=number(told.get("quality:horizontal_accuracy"), 1e-3, 1e6),
            heading_deg=number(told.get("view:azimuth"), 0, 360),
            pitch_deg=number(told.get("pers:pitch"), -90, 90),
            roll_deg=number(told.get("pers:roll"), -180, 180),
            captured_at=moment(told.get("datetimetz") or told.get("datetime")),
            projection="equirectangular" if field_deg == 360 else "perspective",
            field_of_view_deg=field_deg,
            make=text(item(lens, "camera_manufacturer")),
            model=text(item(lens, "camera_model")),
            width_px=whole(wide),
            height_px=whole(high),
            size_bytes=whole(told.get("original_file:size")),
        )


def _producer(feature: object) -> str:
    providers = item(feature, "providers")
    for each in providers if isinstance(providers, list) else ():
        if name := text(item(each, "name")):
            return name
    return ""


def _next_page(answer: dict[str, Any]) -> str | None:
    links = answer.get("links")
    for link in links if isinstance(links, list) else ():
        if item(link, "rel") == "next" and isinstance(address := item(link, "href"), str):
            return address
    return None
