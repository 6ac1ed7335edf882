"""Wikimedia Commons: `list=geosearch` as a generator over files, with `prop=imageinfo` (address,
size, SHA-1 and `extmetadata`: licence, author, time) and the page's own text, for the heading in
its {{Location}} template (https://commons.wikimedia.org/wiki/Commons:Geocoding). A geosearch has no
next page, so a full one is asked again in quarters. https://www.mediawiki.org/wiki/API:Etiquette:
one request at a time, `maxlag`, and a User-Agent with a way to reach who asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from worldmap.archive.boxes import Box, boxes_within, complete
from worldmap.archive.client import Client, ExpiredAddressError
from worldmap.archive.fields import item, moment, number, text, whole
from worldmap.config import FetchSettings
from worldmap.errors import ArchiveError, UsageError
from worldmap.records import ArchivePhoto, Period

_LIMIT: Final = 50  # of pages whose text may be asked for at once
_LARGEST_DEG: Final = 0.05
_MOST_PAGES: Final = 1000
_KINDS: Final = frozenset({"image/jpeg", "image/png", "image/tiff", "image/webp"})
# {{Location|48.85|2.29|heading:45}}, {{Location dec|...}}, {{Camera location ...}}, and not
# {{Object location}}, which says where the thing stands that is shown.
_LOCATION: Final = re.compile(r"\{\{\s*(?:camera )?location(?: dec)?\s*\|([^{}]*)\}\}", re.I)
_HEADING: Final = re.compile(r"heading:\s*([0-9.]+|[NESW]{1,3})", re.I)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
_WINDS: Final = (
    *("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE"),
    *("S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"),
)


class Commons:
    """Free files of Wikimedia's projects. Any free licence, told per photo. UsageError where
    `fetch.contact` is not set, which Wikimedia asks for."""

    title = "Wikimedia Commons"
    pace = (1, 1.0)
    file_pace = (1, 1.0)

    def __init__(self, settings: FetchSettings) -> None:
        self._address = settings.commons_url
        if not settings.contact:
            raise UsageError(
                "Wikimedia wants to know who asks, and no contact is set",
                hint="--contact you@example.org, or `fetch.contact` in the settings",
            )

    def find(self, client: Client, bounds_deg: Box, period: Period) -> Iterator[ArchivePhoto]:
        """See `Archive`."""

        def ask(box: Box) -> tuple[list[ArchivePhoto], bool]:
            west, south, east, north = box
            asked = {
                "generator": "geosearch",
                "ggsbbox": f"{north:.7f}|{west:.7f}|{south:.7f}|{east:.7f}",
                "ggsnamespace": "6",
                "ggslimit": str(_LIMIT),
                "ggsprimary": "all",
            }
            pages = self._pages(client, asked)
            photos = (_photo(page) for page in pages)
            return [photo for photo in photos if photo is not None], len(pages) < _LIMIT

        for box in boxes_within(bounds_deg, _LARGEST_DEG):
            yield from complete(box, ask)

    def again(self, client: Client, photo: ArchivePhoto) -> ArchivePhoto | None:
        """See `Archive`."""
        try:
            pages = self._pages(client, {"pageids": photo.photo_id})
        except ExpiredAddressError:
            return None
        return next((found for page in pages if (found := _photo(page)) is not None), None)

    def _pages(self, client: Client, asked: dict[str, str]) -> list[dict[str, Any]]:
        wanted = {
            **asked,
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "maxlag": "5",
            "prop": "imageinfo|coordinates|revisions",
            "iiprop": "url|size|mime|sha1|extmetadata|user",
            "colimit": "max",
            "coprop": "type",
            "rvprop": "content",
            "rvslots": "main",
        }
        found: dict[str, dict[str, Any]] = {}
        more: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            answer = client.get_json(self._address, {**wanted, **more})
            if "error" in answer:
                said = text(item(answer, "error", "info")) or text(item(answer, "error", "code"))
                raise ArchiveError(f"refuses: {said[:120]}", path=self._address)
            pages = item(answer, "query", "pages")
            for page in pages if isinstance(pages, list) else ():
                if isinstance(page, dict) and (page_id := text(page.get("pageid"))):
                    # One page's properties may come in several answers.
                    found.setdefault(page_id, {}).update(page)
            goes_on = answer.get("continue")
            if not isinstance(goes_on, dict):
                return list(found.values())
            more = {str(name): str(value) for name, value in goes_on.items()}
        raise ArchiveError("leads from page to page without end", path=self._address)


def _photo(page: dict[str, Any]) -> ArchivePhoto | None:
    infos = page.get("imageinfo")
    info: Any = infos[0] if isinstance(infos, list) and infos else None
    address = item(info, "url")
    if not isinstance(address, str) or item(info, "mime") not in _KINDS:
        return None
    told = item(info, "extmetadata")
    author = text(item(told, "Artist", "value")) or text(item(info, "user"))
    licence = text(item(told, "License", "value")) or text(item(told, "LicenseShortName", "value"))
    short = text(item(told, "LicenseShortName", "value")) or licence
    title = text(page.get("title")).removeprefix("File:")
    lat_deg, lon_deg, heading_deg = _camera_place(page)
    return ArchivePhoto(
        source="commons",
        photo_id=text(page.get("pageid")),
        page=text(item(info, "descriptionurl")),
        addresses=(address,),
        licence=licence,
        author=author,
        attribution=f"{author or 'unknown author'}, {title}, Wikimedia Commons, {short}",
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        heading_deg=heading_deg,
        captured_at=_taken_at(text(item(told, "DateTimeOriginal", "value"))),
        width_px=whole(item(info, "width")),
        height_px=whole(item(info, "height")),
        size_bytes=whole(item(info, "size")),
        sha1=text(item(info, "sha1")).lower(),
    )


def _camera_place(page: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Where the camera stood and looked, by the page's template. Coordinates without one may be of
    what is shown."""
    revisions = page.get("revisions")
    first = revisions[0] if isinstance(revisions, list) and revisions else None
    content = item(first, "slots", "main", "content")
    found = _LOCATION.search(content) if isinstance(content, str) else None
    if found is None:
        return None, None, None
    places = page.get("coordinates")
    for place in places if isinstance(places, list) else ():
        lat, lon = number(item(place, "lat"), -90, 90), number(item(place, "lon"), -180, 180)
        if lat is not None and lon is not None and item(place, "type") in (None, "camera"):
            return lat, lon, _heading_deg(found[1])
    return None, None, None


def _heading_deg(parameters: str) -> float | None:
    found = _HEADING.search(parameters)
    if found is None:
        return None
    if found[1].upper() in _WINDS:
        return _WINDS.index(found[1].upper()) * 22.5
    return number(found[1], 0, 360)


def _taken_at(told: str) -> datetime | None:
    found = _DATE.search(told)
    return moment(found[0]) if found else None
