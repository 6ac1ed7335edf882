"""What an archive has to be able to do, and which there are."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final, Protocol

from worldmap.archive.boxes import Box
from worldmap.archive.client import Client
from worldmap.config import FetchSettings
from worldmap.errors import UsageError
from worldmap.records import ArchivePhoto, Period


class Archive(Protocol):
    """An archive. title: for people; pace and file_pace: requests and the seconds within which it
    bears so many, as its documentation says or, where that says nothing, one calm client's."""

    title: str
    pace: tuple[int, float]
    file_pace: tuple[int, float]

    def find(self, client: Client, bounds_deg: Box, period: Period) -> Iterator[ArchivePhoto]:
        """Its photos within west, south, east, north, of that time where it can be asked so; some
        may come twice. ArchiveError where it cannot be asked."""
        ...

    def again(self, client: Client, photo: ArchivePhoto) -> ArchivePhoto | None:
        """A photo with new addresses; None where it is gone."""
        ...


SOURCES: Final = {
    "panoramax": "worldmap.archive.panoramax:Panoramax",
    "mapillary": "worldmap.archive.mapillary:Mapillary",
    "kartaview": "worldmap.archive.kartaview:KartaView",
    "commons": "worldmap.archive.commons:Commons",
}
"""Name to class, which is made with FetchSettings."""


def open_source(name: str, settings: FetchSettings) -> Archive:
    """The archive of that name. UsageError for an unknown one, and where it needs something of the
    user's that is missing."""
    if name not in SOURCES:
        raise UsageError(f"unknown source {name!r}", hint=f"there is: {', '.join(SOURCES)}")
    module, attribute = SOURCES[name].split(":")
    found: Archive = getattr(import_module(module), attribute)(settings)
    return found
