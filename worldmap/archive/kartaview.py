"""KartaView (once OpenStreetCam): `POST /1.0/list/nearby-photos/`, the interface that asks for no
account. Its status stands in the answer's `status.apiCode`, which is 600 where all is well; with
HTTP 400 it asks for smaller questions. All photos are under CC BY-SA 4.0."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any, Final

from worldmap.archive.boxes import Box, boxes_within, complete
from worldmap.archive.client import BusyError, Client
from worldmap.archive.fields import item, moment, number, text
from worldmap.config import FetchSettings
from worldmap.errors import ArchiveError
from worldmap.records import ArchivePhoto, Period

_PAGE: Final = 500
_LARGEST_DEG: Final = 0.01
_SMALLEST_DEG: Final = 5e-4
_WELL: Final = "600"
_STORED: Final = re.compile(r"(storage\d+)/(files/photo/[\w/.-]+)")


class KartaView:
    """Photos of drives, most of them from telephones behind windscreens."""

    title = "KartaView"
    # Its documentation allows 100 requests an hour without an account.
    pace = (100, 3600.0)
    file_pace = (2, 1.0)

    def __init__(self, settings: FetchSettings) -> None:
        self._root = settings.kartaview_url.rstrip("/")
        self._pictures = settings.kartaview_pictures_url.rstrip("/")

    def find(self, client: Client, bounds_deg: Box, period: Period) -> Iterator[ArchivePhoto]:
        """See `Archive`."""

        def ask(box: Box) -> tuple[list[ArchivePhoto], bool]:
            try:
                return list(self._pages(client, box)), True
            except BusyError:
                if box[2] - box[0] < _SMALLEST_DEG:
                    raise
                return [], False

        for box in boxes_within(bounds_deg, _LARGEST_DEG):
            yield from complete(box, ask)

    def again(self, client: Client, photo: ArchivePhoto) -> ArchivePhoto | None:
        """See `Archive`: its addresses do not change."""
        return None

    def _pages(self, client: Client, box: Box) -> Iterator[ArchivePhoto]:
        west, south, east, north = box
        page = 0
        while True:
            page += 1
            answer = client.post_json(
                f"{self._root}/1.0/list/nearby-photos/",
                {
                    "bbTopLeft": f"{north:.7f},{west:.7f}",
                    "bbBottomRight": f"{south:.7f},{east:.7f}",
                    "ipp": str(_PAGE),
                    "page": str(page),
                },
            )
            code = text(item(answer, "status", "apiCode"))
            if code != _WELL:
                said = text(item(answer, "status", "apiMessage")) or code or "no status"
                raise ArchiveError(f"refuses: {said[:120]}", path=self._root)
            items = answer.get("currentPageItems")
            items = items if isinstance(items, list) else []
            for each in items:
                photo = self._photo(each)
                if photo is not None:
                    yield photo
            if len(items) < _PAGE:
                return

    def _photo(self, entry: Any) -> ArchivePhoto | None:
        photo_id, sequence = text(item(entry, "id")), text(item(entry, "sequence_id"))
        stored = _STORED.fullmatch(text(item(entry, "name")) or text(item(entry, "lth_name")))
        if not photo_id.isalnum() or stored is None:
            return None
        kept = f"https://{stored[1]}.openstreetcam.org/{stored[2]}"
        named = base64.urlsafe_b64encode(kept.encode()).decode().rstrip("=")
        author = text(item(entry, "username"))
        index = text(item(entry, "sequence_index"))
        accuracy_m = number(item(entry, "gps_accuracy"), 1e-3, 1e6)
        return ArchivePhoto(
            source="kartaview",
            photo_id=photo_id,
            page=f"https://kartaview.org/details/{sequence}/{index}/track-info",
            addresses=(f"{self._pictures}/pr:sharp/{named}",),
            licence="CC-BY-SA-4.0",
            author=author,
            attribution=f"{author or 'KartaView contributors'}, KartaView, CC BY-SA 4.0",
            lat_deg=number(item(entry, "lat"), -90, 90),
            lon_deg=number(item(entry, "lng"), -180, 180),
            horizontal_sigma_m=accuracy_m,
            heading_deg=number(item(entry, "heading"), 0, 360),
            captured_at=moment(item(entry, "shot_date")) or moment(item(entry, "date_added")),
            projection=_projection(entry),
        )


def _projection(entry: Any) -> str:
    told = f"{text(item(entry, 'projection'))} {text(item(entry, 'field_of_view'))}".upper()
    return "equirectangular" if "SPHERE" in told or "360" in told else "perspective"
