"""Photos of a public archive, from an area into a folder, each with what the archive knows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from worldmap.archive import Archive, Client, FetchFolder, new_client, open_source
from worldmap.area import Area, Everywhere
from worldmap.config import FetchSettings
from worldmap.errors import ArchiveError, EmptyAreaError, UsageError
from worldmap.licence import LicenceFilter, parse_licence
from worldmap.listener import Listener, Silence
from worldmap.mapfolder.optout import OptedOut
from worldmap.records import ArchivePhoto, Period

_NO_LICENCE = "none told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which photos: of an area, a time and under some licences, nobody opted out; no more than
    `limit`, the first that the archive names."""

    area: Area
    period: Period = field(default_factory=Period)
    licences: LicenceFilter = field(default_factory=LicenceFilter)
    opted_out: OptedOut = field(default_factory=OptedOut)
    limit: int | None = None


class FetchStatus(StrEnum):
    """What became of a photo."""

    FETCHED = "fetched"
    THERE = "there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """One photo of the archive: its file, or why it has none."""

    key: str
    page: str
    status: FetchStatus
    path: Path | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSummary:
    """What an archive has in an area, and what was fetched of it.

    found: photos of the area and time; wanted: those of them with a wanted licence, nobody opted
    out, up to the limit. licences and projections: how many of the wanted ones. since and until:
    of the wanted ones. size_bytes: as far as the archive tells, unsized: of how many it does not.
    fetched_bytes: what came over the network into files.
    """

    source: str
    folder: Path
    found: int
    wanted: int
    opted_out: int
    other_licence: int
    licences: dict[str, int]
    projections: dict[str, int]
    authors: int
    since: datetime | None
    until: datetime | None
    size_bytes: int
    unsized: int
    dry_run: bool
    photos: tuple[FetchReport, ...]
    fetched_bytes: int
    seconds: float

    def count(self, status: FetchStatus) -> int:
        """How many photos ended that way."""
        return sum(photo.status == status for photo in self.photos)


def fetch(
    name: str,
    wish: Wish,
    folder: Path,
    settings: FetchSettings,
    *,
    dry_run: bool = False,
    listener: Listener | None = None,
    client_of: Callable[[Archive, FetchSettings], Client] | None = None,
) -> FetchSummary:
    """List the wanted photos that the archive called `name` has, and fetch those into `folder` that
    are not there yet; with dry_run only list them.

    A photo is in the folder whole, with its sidecar, or not at all, so that a run that was stopped
    is finished by running it again. One that cannot be had is reported, the others go on.
    client_of: what asks the archive, where it is not the network.

    Raises UsageError for an unknown archive, for the whole world as area and where something of
    the user's is missing, ExtraError where a package is, EmptyAreaError where nothing is wanted,
    ArchiveError where the archive cannot be asked, StorageError where the folder cannot be written.
    """
    started_s = time.monotonic()
    listener = listener or Silence()
    if isinstance(wish.area, Everywhere):
        raise UsageError(
            "fetch wants an area", hint="--area west,south,east,north or lat,lon,radius_m"
        )
    source = open_source(name, settings)
    client = (client_of or _client)(source, settings)
    try:
        seen = _Listing(wish)
        wanted: list[ArchivePhoto] = []
        for photo in _within(source.find(client, wish.area.bounds_deg, wish.period), wish.area):
            if seen.wants(photo):
                wanted.append(photo)
                if wish.limit is not None and len(wanted) >= wish.limit:
                    break
        if not wanted:
            raise EmptyAreaError(
                f"has no photo there that is wanted ({seen.found} found, {seen.opted_out} opted "
                f"out, {seen.other_licence} under other licences)",
                path=source.title,
            )
        listener.note(f"{source.title}: {len(wanted)} photos")
        store = FetchFolder(folder)
        reports: list[FetchReport] = []
        fetched_bytes = 0
        if not dry_run:
            reports, fetched_bytes = _fetched(client, source, store, wanted, listener)
    finally:
        client.close()
    times = sorted(photo.captured_at for photo in wanted if photo.captured_at is not None)
    return FetchSummary(
        source=name,
        folder=folder,
        found=seen.found,
        wanted=len(wanted),
        opted_out=seen.opted_out,
        other_licence=seen.other_licence,
        licences=dict(Counter(_titled(photo) for photo in wanted).most_common()),
        projections=dict(Counter(photo.projection or "unknown" for photo in wanted).most_common()),
        authors=len({photo.author for photo in wanted}),
        since=times[0] if times else None,
        until=times[-1] if times else None,
        size_bytes=sum(photo.size_bytes or 0 for photo in wanted),
        unsized=sum(photo.size_bytes is None for photo in wanted),
        dry_run=dry_run,
        photos=tuple(reports),
        fetched_bytes=fetched_bytes,
        seconds=time.monotonic() - started_s,
    )


class _Listing:
    """What is wanted of that which is found, and how much is not."""

    def __init__(self, wish: Wish) -> None:
        self.found = self.opted_out = self.other_licence = 0
        self._wish = wish

    def wants(self, photo: ArchivePhoto) -> bool:
        """Whether this one is; it counts as found where it is of the time."""
        if not self._wish.period.contains(photo.captured_at):
            return False
        self.found += 1
        if self._wish.opted_out.contains(photo.key, photo.author):
            self.opted_out += 1
            return False
        if not self._wish.licences.allows(photo.licence):
            self.other_licence += 1
            return False
        return True


def _within(photos: Iterator[ArchivePhoto], area: Area) -> Iterator[ArchivePhoto]:
    """Each photo once; those whose place is told and outside are left out."""
    seen = set()
    for photo in photos:
        if photo.key in seen:
            continue
        seen.add(photo.key)
        if (
            photo.lat_deg is None
            or photo.lon_deg is None
            or bool(area.contains(photo.lat_deg, photo.lon_deg))
        ):
            yield photo


def _fetched(
    client: Client,
    source: Archive,
    store: FetchFolder,
    wanted: list[ArchivePhoto],
    listener: Listener,
) -> tuple[list[FetchReport], int]:
    reports, fetched_bytes = [], 0
    with listener.stage("fetch", len(wanted)) as stage:
        for photo in wanted:
            path, status, reason = store.find(photo), FetchStatus.THERE, ""
            if path is None:
                try:
                    file = store.fetch(client, source, photo)
                except ArchiveError as error:
                    status, reason = FetchStatus.FAILED, str(error)
                    listener.warn(f"{photo.key}: {reason}")
                else:
                    path, status = file.path, FetchStatus.FETCHED
                    fetched_bytes += file.size_bytes
            report = FetchReport(
                key=photo.key, page=photo.page, status=status, path=path, reason=reason
            )
            listener.event("photo", key=photo.key, status=status, path=path, reason=reason)
            reports.append(report)
            stage.advance()
    return reports, fetched_bytes


def _titled(photo: ArchivePhoto) -> str:
    licence = parse_licence(photo.licence)
    return licence.title if licence else photo.licence or _NO_LICENCE


def _client(source: Archive, settings: FetchSettings) -> Client:
    return new_client(settings, pace=source.pace, file_pace=source.file_pace)
