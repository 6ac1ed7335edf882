"""What becomes of photos that are asked for: catalog, reports and listener in step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.depth.footing import GROUND_FAR, GROUND_NEAR
from worldmap.depth.horizon import HORIZON_TOO_NEAR
from worldmap.depth.offers import NetworkOffer, network_offers
from worldmap.engine import (
    Outcome,
    WorkerDiedError,
)
from worldmap.errors import (
    PhotoError,
    WorldmapError,
)
from worldmap.listener import Listener, Stage
from worldmap.records import (
    STEREO,
    DepthModel,
    Failure,
    PhotoMetadata,
)
from worldmap.stages.photo import Ingested, NotNow, Source

_log = logging.getLogger(__name__)

# By a flag of its depth, what a person should know of a photo that is taken all the same.
_SAID: Final = {
    HORIZON_TOO_NEAR: "the skyline is put too near: its depth is not to be trusted, no points",
    GROUND_NEAR: "its depth puts the ground right under the camera: its scale is open",
    GROUND_FAR: "its depth puts the ground far under the camera: its scale is open",
}


class IngestStatus(StrEnum):
    """What became of a photo that was asked for."""

    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReport:
    """What became of one photo, and why where it was not accepted."""

    path: Path
    status: IngestStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSummary:
    """What became of all photos, sorted by path. in_map: how many of them are in the map now,
    whichever run brought them there; without_depth: how many of these wait for depth, which any of
    the networks would give; stereo: whether the next merge looks for it in the photos."""

    photos: tuple[PhotoReport, ...]
    in_map: int
    without_depth: int
    networks: tuple[NetworkOffer, ...]
    stereo: bool
    seconds: float

    def count(self, status: IngestStatus) -> int:
        """How many photos ended that way."""
        return sum(photo.status == status for photo in self.photos)

    @property
    def outcome(self) -> str:
        """In a few words."""
        failed = self.count(IngestStatus.FAILED)
        return f"{failed} failed" if failed else "ok"


class Recorder:
    """Keeps the catalog, the reports and the listener in step."""

    def __init__(self, catalog: Catalog, listener: Listener, reports: list[PhotoReport]) -> None:
        self.listener = listener
        self.for_network: list[Source] = []
        self.in_map = 0
        self.without_depth = 0
        self._catalog = catalog
        self._reports = reports
        self._licences: set[str] = set()
        for report in reports:
            self._tell(report)

    def summed_up(self, settings: Settings, seconds: float) -> IngestSummary:
        """What became of all of them in so many seconds."""
        offers = self.without_depth and settings.depth.source != STEREO
        return IngestSummary(
            photos=tuple(sorted(self._reports, key=lambda report: report.path)),
            in_map=self.in_map,
            without_depth=self.without_depth,
            networks=network_offers(settings.depth) if offers else (),
            stereo=settings.stereo.enabled,
            seconds=seconds,
        )

    def into_catalog(
        self, batch: Sequence[Source], stage: Stage
    ) -> Callable[[Outcome[Source, Ingested | NotNow]], None]:
        """Takes what the workers found into the catalog, one transaction for each photo.

        In the order of the batch, whichever worker is first: so photos get the same ids whatever
        the number of jobs, and also when a run is stopped and taken up again.
        """
        done: dict[Source, Outcome[Source, Ingested | NotNow]] = {}
        waiting = iter(batch)
        next_source = next(waiting, None)

        def record(outcome: Outcome[Source, Ingested | NotNow]) -> None:
            nonlocal next_source
            _raise_what_stops(outcome.error)
            done[outcome.item] = outcome
            if outcome.value is not NotNow.NEEDS_NETWORK:
                stage.advance()
            while next_source is not None and next_source in done:
                self._record(done.pop(next_source))
                next_source = next(waiting, None)

        return record

    def _record(self, outcome: Outcome[Source, Ingested | NotNow]) -> None:
        source, found = outcome.item, outcome.value
        if outcome.error is not None or found is None:
            self.fail(source.path, source.content_hash, outcome.error)
            return
        if found is NotNow.NEEDS_NETWORK:
            self.for_network.append(source)
            return
        if found is NotNow.KEEPS_DEPTH:
            self.skip_known(source.path, found.value, has_depth=True)
            return
        if isinstance(found, NotNow):
            self.skip(source.path, found.value)
            return
        # Before the new row: a run killed in between is finished by the next one.
        remark = self._drop_earlier(found.metadata)
        try:
            found.record_in(self._catalog)
        except Exception as error:  # what a photo's numbers do here is its own failure, too
            self.fail(source.path, source.content_hash, error)
            return
        self._count(has_depth=found.depth_map is not None)
        said = ""
        if found.depth_map is None:
            said = "no depth yet"
        else:
            self._mention(found.depth_map.model)
            said = next((_SAID[flag] for flag in found.depth_map.flags if flag in _SAID), "")
        remark = "; ".join(part for part in (remark, said) if part)
        self._add(source.path, IngestStatus.ACCEPTED, remark)

    def _drop_earlier(self, metadata: PhotoMetadata) -> str:
        """A file that was edited in place: what it held before leaves the map."""
        earlier = [
            photo
            for photo in self._catalog.find_photos(metadata.path)
            if photo.metadata.path == metadata.path
            and photo.metadata.content_hash != metadata.content_hash
        ]
        for photo in earlier:
            self._catalog.delete_photo(photo.photo_id)
        return "replaces what this file held before" if earlier else ""

    def skip(self, path: Path, reason: str) -> None:
        """Report a photo that is left out."""
        self._add(path, IngestStatus.SKIPPED, reason)

    def skip_known(self, path: Path, reason: str, *, has_depth: bool) -> None:
        """Report a photo that is in the map already."""
        self._count(has_depth=has_depth)
        self.skip(path, reason)

    def _count(self, *, has_depth: bool) -> None:
        self.in_map += 1
        self.without_depth += not has_depth

    def fail(self, path: Path, hash_: str, error: Exception | None) -> None:
        """Record a photo's failure; anything that is not the photo's own is raised again."""
        _raise_what_stops(error)
        if isinstance(error, MemoryError):
            error = PhotoError("it takes more memory than a photo may")
        if not isinstance(error, PhotoError | WorkerDiedError):
            _log.debug("%s failed", path, exc_info=error)
            error = PhotoError(f"unexpected {type(error).__name__}: {error} (a bug: report it)")
        reason = reason_of(path, error)
        failure = Failure(path=path.absolute(), content_hash=hash_, stage="ingest", reason=reason)
        self._catalog.record_failure(failure)
        self._add(path, IngestStatus.FAILED, reason)

    def _add(self, path: Path, status: IngestStatus, reason: str = "") -> None:
        report = PhotoReport(path=path, status=status, reason=reason)
        self._reports.append(report)
        self._tell(report)

    def _mention(self, model: DepthModel) -> None:
        """Say once under which licence the depth was made."""
        if model.licence and model.licence not in self._licences:
            self._licences.add(model.licence)
            self.listener.note(f"depth by {model.name}, licence of its weights: {model.licence}")

    def _tell(self, report: PhotoReport) -> None:
        self.listener.event("photo", path=report.path, status=report.status, reason=report.reason)


def _raise_what_stops(error: Exception | None) -> None:
    """Raise what is not one photo's own trouble: a full disk, missing weights."""
    if isinstance(error, WorldmapError) and not isinstance(error, PhotoError):
        raise error


def reason_of(path: Path, error: Exception) -> str:
    """The error in one line, without the name of the file where it stands beside that."""
    if not isinstance(error, WorldmapError):
        return " ".join(str(error).split())
    about_it = isinstance(error.path, Path) and error.path.absolute() == path.absolute()
    return error.complaint if about_it else str(error)
