"""Photos into the map: file -> metadata -> depth -> prior -> features -> files and a catalog row.

A photo that nothing gives depth is kept without; the next ingest adds depth alone. No photo looks
at another one here, so the work runs in as many processes as asked for; only this process writes to
the catalog.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from worldmap.camera import Camera
from worldmap.catalog import Catalog
from worldmap.config import DepthSettings, Settings
from worldmap.depth import (
    AUTO,
    AutoDepth,
    DepthEstimator,
    choose_focal,
    clean,
    load_depth,
    open_estimator,
    photo_camera,
    save_depth,
    with_source,
    without_sky,
)
from worldmap.depth.estimator import picture_px
from worldmap.depth.measured import MeasuredDepth, find_depth_sidecar
from worldmap.depth.offers import NetworkOffer, network_offers
from worldmap.engine import (
    Bounded,
    Isolated,
    Outcome,
    Result,
    WorkerDiedError,
    default_jobs,
    run_each,
    run_overlapped,
)
from worldmap.errors import (
    InputError,
    NoDepthYetError,
    PhotoError,
    StorageError,
    WorldmapError,
)
from worldmap.input_file import real_path
from worldmap.listener import Listener, Silence, Stage
from worldmap.mapfolder import Layout, MapFolder, Subfolder, adding_files
from worldmap.photo import (
    Period,
    Rgb,
    Sidecars,
    content_hash,
    discover,
    read_metadata,
    read_photo,
)
from worldmap.prior import pose_prior
from worldmap.records import (
    Artifact,
    CleanedDepth,
    DepthMap,
    DepthMapInfo,
    DepthModel,
    Failure,
    Features,
    PhotoMetadata,
    PosePrior,
)
from worldmap.registration.features import (
    extract_features,
    features_hash,
    load_features,
    save_features,
    seen_px,
)

_log = logging.getLogger(__name__)

# Part of every photo's key: raise it when the same settings give other results than before.
_VERSION: Final = 3
_KEY_DIGITS: Final = 16
# What may come without a network, which only one process should hold.
_PARALLEL: Final = (AUTO, "measured")


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
    the networks would give."""

    photos: tuple[PhotoReport, ...]
    in_map: int
    without_depth: int
    networks: tuple[NetworkOffer, ...]
    seconds: float

    def count(self, status: IngestStatus) -> int:
        """How many photos ended that way."""
        return sum(photo.status == status for photo in self.photos)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A photo to work on; path as the user gave it. features: what the map has of its picture;
    has_depth: whether it has depth of it, by other settings."""

    path: Path
    content_hash: str
    features: Path | None = None
    has_depth: bool = False


class _NotNow(StrEnum):
    """Why a photo that was read is not worked on."""

    NEEDS_NETWORK = "needs a network, which one process alone should hold"
    OUTSIDE_PERIOD = "not taken between --since and --until"
    KEEPS_DEPTH = "in the map with depth that nothing here could give again: kept as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ingested:
    """What a worker found out about a photo; its files are written. depth and depth_map are None
    where it has none yet."""

    metadata: PhotoMetadata
    camera: Camera
    depth: Artifact | None
    depth_map: DepthMapInfo | None
    features: Artifact
    prior: PosePrior
    settings_hash: str


def ingest(
    map_dir: Path,
    paths: Sequence[Path],
    settings: Settings,
    *,
    depth: str | None = None,
    jobs: int | None = None,
    sidecars: Sidecars | None = None,
    period: Period | None = None,
    listener: Listener | None = None,
) -> IngestSummary:
    """Read the photos under `paths` into the map in `map_dir`, which is made where there is none.

    Photos that the map already has, unchanged and under the same settings, are skipped; one that
    cannot be used is recorded as a failure and the others go on. Each photo is stored whole or not
    at all, so a run that was stopped is finished by running it again. Where `auto` finds neither
    measured depth nor a network, a photo is stored without depth, and the next run adds that alone.

    depth names the estimator, else the settings do. Networks run in this process, everything else
    in `jobs` workers (by default one for each processor), which may die or be ended by
    settings.ingest.time_limit_s: that is their photo's failure. With jobs = 0 everything runs in
    this process, and what a hostile file does to it, too.
    sidecars: what the user told besides the photos; files beside them are found without it.
    period: photos taken at other times are skipped.
    Raises InputError where no photo is found at all, UsageError where the settings name something
    that is not here, ModelError where it or its weights cannot be used, StorageError or
    CatalogError where the map cannot be written.
    """
    started_s = time.monotonic()
    listener = listener or Silence()
    jobs = default_jobs() if jobs is None else jobs
    settings = with_source(settings, depth)
    found, reports = _discover(paths)
    worker = _Worker(
        layout=Layout(map_dir.absolute()),
        settings=settings,
        sidecars=sidecars or Sidecars(),
        period=period or Period(),
    )
    worker = replace(worker, has_network=worker.check())
    with (
        MapFolder.open(map_dir, create=True) as folder,
        adding_files(map_dir),
        folder.run("ingest", settings) as run,
    ):
        recorder = _Recorder(folder.catalog, listener, reports)
        sources = _hash_all(found, jobs, settings.depth.sidecar_suffix, recorder)
        waiting = [
            todo for s in sources if (todo := _to_do(s, folder, worker, recorder)) is not None
        ]
        if waiting:
            _work(worker, waiting, jobs, recorder)
        failed = sum(report.status == IngestStatus.FAILED for report in reports)
        run.outcome = f"{failed} failed" if failed else "ok"
    return IngestSummary(
        photos=tuple(sorted(reports, key=lambda report: report.path)),
        in_map=recorder.in_map,
        without_depth=recorder.without_depth,
        networks=network_offers(settings.depth) if recorder.without_depth else (),
        seconds=time.monotonic() - started_s,
    )


def _work(worker: _Worker, waiting: Sequence[_Source], jobs: int, recorder: _Recorder) -> None:
    """All that needs no network over `jobs` processes, then the rest in this one."""
    settings = worker.settings
    with recorder.listener.stage("ingest", len(waiting)) as stage:
        rest = tuple(waiting)
        if settings.depth.source in _PARALLEL:
            record = recorder.into_catalog(waiting, stage)
            run_each(
                worker if jobs == 0 else _bounded(worker, settings),
                waiting,
                jobs=max(jobs, 1),
                on_result=record,
                limit_s=settings.ingest.time_limit_s if jobs else None,
            )
            rest = tuple(recorder.for_network)
        here = replace(worker, may_run_network=True)
        with _reading_apart(here, settings, jobs) as here:
            run_overlapped(
                rest,
                read=here.read,
                together=here.measure,
                finish=here.finish,
                group_size=lambda: here.estimator().batch_size,
                on_result=recorder.into_catalog(rest, stage),
            )


# --- which photos -------------------------------------------------------------------------------


def _discover(paths: Sequence[Path]) -> tuple[list[Path], list[PhotoReport]]:
    """The photos, each once, and a report for each argument that leads to none."""
    found: dict[Path, Path] = {}
    missing: list[tuple[Path, InputError]] = []
    for path in paths:
        try:
            for photo in discover([path], on_unreadable=lambda *told: missing.append(told)):
                found.setdefault(real_path(photo), photo)
        except InputError as error:
            missing.append((path, error))
    if not found:
        if len(missing) == 1:
            raise missing[0][1]
        raise InputError("no photo found: " + "; ".join(str(error) for _, error in missing))
    reports = [
        PhotoReport(path=path, status=IngestStatus.FAILED, reason=_reason(path, error))
        for path, error in missing
    ]
    return sorted(found.values()), reports


def _hash_all(
    photos: Sequence[Path], jobs: int, sidecar_suffix: str, recorder: _Recorder
) -> list[_Source]:
    """The readable photos with their content hashes; a second copy is reported and left out."""
    hashes: dict[Path, str] = {}

    with recorder.listener.stage("check", len(photos)) as stage:

        def note(outcome: Outcome[Path, str]) -> None:
            stage.advance()
            if outcome.error is None and outcome.value is not None:
                hashes[outcome.item] = outcome.value
            else:
                recorder.fail(outcome.item, "", outcome.error)

        # Starting a process costs as much as hashing some hundred photos.
        processes = max(jobs, 1) if len(photos) >= 200 else 1
        run_each(content_hash, photos, jobs=processes, on_result=note)
    copies: dict[str, list[Path]] = {}
    for path in photos:
        if path in hashes:
            copies.setdefault(hashes[path], []).append(path)
    sources = []
    for content, paths in copies.items():
        # Of several copies the one that has its depth with it.
        paths.sort(key=lambda path: find_depth_sidecar(path, sidecar_suffix) is None)
        sources.append(_Source(path=paths[0], content_hash=content))
        for path in paths[1:]:
            recorder.skip(path, f"same content as {paths[0]}")
    return sources


def _to_do(
    source: _Source, folder: MapFolder, worker: _Worker, recorder: _Recorder
) -> _Source | None:
    """The photo with what the map has of its picture; None, and it is reported, where the map has
    it under these settings, files and all."""
    known = folder.catalog.find_photo(source.content_hash)
    if known is None:
        return source
    path, has_depth = source.path.absolute(), known.depth is not None
    key = worker.settings_hash(replace(known.metadata, path=path))
    elsewhere = known.metadata.path != path and known.metadata.path.is_file()
    # A copy that has depth with it helps a photo that has none.
    if elsewhere and (has_depth or known.settings_hash == key):
        recorder.skip_known(
            source.path, f"already in the map as {known.metadata.path}", has_depth=has_depth
        )
        return None
    features = folder.layout.features(known)
    files = [features, *([folder.layout.depth(known)] if has_depth else [])]
    if known.settings_hash != key or not all(file.is_file() for file in files):
        return replace(source, features=features, has_depth=has_depth)
    reason = "already in the map, unchanged" if has_depth else "in the map, still without depth"
    recorder.skip_known(source.path, reason, has_depth=has_depth)
    return None


def _bounded(function: Callable[[_Source], Result], settings: Settings) -> Bounded[_Source, Result]:
    """For a worker: as much memory as the largest photo that is not refused takes, with room."""
    pixels = 12 * settings.photo.max_megapixels + 110 * settings.depth.max_megapixels
    return Bounded(function=function, memory_bytes=int(1e6 * pixels) + (1 << 30))


@contextmanager
def _reading_apart(worker: _Worker, settings: Settings, jobs: int) -> Iterator[_Worker]:
    """The worker whose work is done in this process, but for the reading of files."""
    if jobs == 0:
        yield worker
        return
    read = _bounded(worker.tags_and_pixels, settings)
    with Isolated(read, limit_s=settings.ingest.time_limit_s) as read_apart:
        yield replace(worker, read_apart=read_apart)


# --- one photo, in a worker ---------------------------------------------------------------------


_TagsAndPixels = tuple[PhotoMetadata, Rgb]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Read:
    """A photo before its depth; depth_map is there where an earlier run left it, and so are
    features."""

    metadata: PhotoMetadata
    rgb: Rgb
    features: Path | None
    depth_key: str
    depth_map: DepthMap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    """The work on one photo: everything that needs no other photo and no catalog."""

    layout: Layout
    settings: Settings
    sidecars: Sidecars
    period: Period
    has_network: bool = False
    may_run_network: bool = False
    read_apart: Callable[[_Source], _TagsAndPixels | _NotNow] | None = None

    def estimator(self) -> DepthEstimator:
        """The depth estimator, opened once in each process."""
        return _open_once(self.settings.depth)

    def check(self) -> bool:
        """Whether there is a network for photos without measured depth. Missing weights and
        plug-ins that were asked for are told before anything is done."""
        features_hash(self.settings.registration.features)
        estimator = self.estimator()
        return not isinstance(estimator, AutoDepth) or estimator.network_name is not None

    def settings_hash(self, metadata: PhotoMetadata) -> str:
        """Key of everything besides the photo's content that its row and files depend on."""
        parts = (
            _VERSION,
            self.estimator().cache_key(metadata),
            self.sidecars.stage_hash(metadata.path),
            self.settings.photo.stage_hash(),
            self.settings.depth.clean.stage_hash(),
            self.settings.prior.stage_hash(),
            features_hash(self.settings.registration.features),
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_KEY_DIGITS]

    def __call__(self, source: _Source) -> _Ingested | _NotNow:
        """Read, measure and store one photo. PhotoError where it cannot be used, StorageError
        where its files cannot be written."""
        found = self.read(source)
        if isinstance(found, _NotNow):
            return found
        try:
            depth_map = found.depth_map or self.estimator().estimate(found.metadata, found.rgb)
        except NoDepthYetError:
            return _NotNow.KEEPS_DEPTH if source.has_depth else self.finish(found, None)
        return self.finish(found, depth_map)

    def read(self, source: _Source) -> _Read | _NotNow:
        """Everything before the depth: tags and pixels, and depth that an earlier run left."""
        found = (self.read_apart or self.tags_and_pixels)(source)
        if isinstance(found, _NotNow):
            return found
        metadata, rgb = found
        depth_key = f"{source.content_hash[:_KEY_DIGITS]}-{self.estimator().cache_key(metadata)}"
        return _Read(
            metadata=metadata,
            rgb=rgb,
            features=source.features,
            depth_key=depth_key,
            depth_map=self._stored_depth(depth_key),
        )

    def tags_and_pixels(self, source: _Source) -> _TagsAndPixels | _NotNow:
        """What is read from the photo's file and those beside it, depth apart."""
        photo, path = self.settings.photo, source.path.absolute()
        if not self.may_run_network and self._needs_network(path):
            return _NotNow.NEEDS_NETWORK
        if not self.period.is_open:
            told = read_metadata(path, photo, sidecars=self.sidecars)
            if not self.period.contains(told.captured_at):
                return _NotNow.OUTSIDE_PERIOD
        metadata, rgb = read_photo(
            path, photo, sidecars=self.sidecars, least_px=self._picture_px(path)
        )
        if metadata.content_hash != source.content_hash:
            raise PhotoError(
                "changed while it was being read", path=source.path, hint="ingest it again"
            )
        return metadata, rgb

    def _picture_px(self, path: Path) -> int | None:
        """How long the longer side of the picture has to be, for all that looks at it."""
        wanted = (
            seen_px(self.settings.registration.features),
            picture_px(self.estimator(), path),
        )
        return None if None in wanted else max(px for px in wanted if px is not None)

    def measure(self, photos: list[_Read | _NotNow]) -> list[DepthMap | _NotNow | Exception]:
        """Depth of several photos at once; a photo that has none is its error."""
        made: dict[int, DepthMap | _NotNow | Exception] = {}
        waiting: list[tuple[int, _Read]] = []
        for index, photo in enumerate(photos):
            if isinstance(photo, _NotNow):
                made[index] = photo
            elif photo.depth_map is not None:
                made[index] = photo.depth_map
            else:
                waiting.append((index, photo))
        if waiting:
            asked = [(photo.metadata, photo.rgb) for _, photo in waiting]
            found = self.estimator().estimate_batch(asked)
            made |= {index: one for (index, _), one in zip(waiting, found, strict=True)}
        return [made[index] for index in range(len(photos))]

    def finish(
        self, photo: _Read | _NotNow, depth_map: DepthMap | _NotNow | None
    ) -> _Ingested | _NotNow:
        """Everything after the depth, which may be none: clean, find features, write the files."""
        if isinstance(photo, _NotNow) or isinstance(depth_map, _NotNow):
            return _NotNow.OUTSIDE_PERIOD
        settings, metadata, rgb = self.settings, photo.metadata, photo.rgb
        key = self.settings_hash(metadata)
        cleaned = None if depth_map is None else self._cleaned(metadata, rgb, depth_map)
        prior = pose_prior(
            metadata,
            settings.prior,
            scale_sigma_rel=depth_map.scale_sigma_rel if depth_map else math.nan,
        )
        focal = depth_map.focal if depth_map else choose_focal(metadata, settings.depth)
        camera = photo_camera(metadata, focal)
        features = extract_features(
            rgb,
            camera,
            without_sky(cleaned) if cleaned else None,
            settings.registration.features,
            pitch_deg=prior.pitch_deg,
            roll_deg=prior.roll_deg,
            known=_stored_features(photo.features),
        )
        depth = None
        if cleaned is not None:
            name = f"{photo.depth_key}-{settings.depth.clean.stage_hash()[:8]}.npz"
            depth = self._store(Subfolder.DEPTH, name, lambda path: save_depth(path, cleaned))
        return _Ingested(
            metadata=metadata,
            camera=camera,
            depth=depth,
            depth_map=DepthMapInfo.of(cleaned.depth_map) if cleaned else None,
            features=self._store(
                Subfolder.FEATURES,
                f"{metadata.content_hash[:_KEY_DIGITS]}-{key}.npz",
                lambda path: save_features(path, features),
            ),
            prior=prior,
            settings_hash=key,
        )

    def _cleaned(self, metadata: PhotoMetadata, rgb: Rgb, depth_map: DepthMap) -> CleanedDepth:
        cleaned = clean(depth_map, rgb, self.settings.depth)
        if not cleaned.kept.any():
            taken = max(cleaned.removed_counts().items(), key=lambda item: item[1])[0]
            raise PhotoError(
                f"has no depth left after cleaning (mostly: {taken})", path=metadata.path
            )
        return cleaned

    def _needs_network(self, path: Path) -> bool:
        measured = MeasuredDepth(self.settings.depth)
        return (
            self.settings.depth.source == AUTO and self.has_network and not measured.has_depth(path)
        )

    def _stored_depth(self, depth_key: str) -> DepthMap | None:
        """The depth map as it was before cleaning, from an earlier run that kept it: a network's
        minutes are never spent twice, nor lost where a run was stopped before its row."""
        for path in sorted(self.layout.folder(Subfolder.DEPTH).glob(f"{depth_key}-*.npz")):
            with suppress(StorageError):  # damaged: made anew
                stored = load_depth(path)
                return replace(stored.depth_map, depth_m=stored.uncleaned_m)
        return None

    def _store(self, subfolder: Subfolder, name: str, write: Callable[[Path], str]) -> Artifact:
        path = Path(subfolder, name)
        return Artifact(path=path, content_hash=write(self.layout.file(subfolder, path)))


def _stored_features(path: Path | None) -> Features | None:
    """What an earlier run found in the picture; damaged, it is found anew."""
    if path is not None:
        with suppress(StorageError):
            return load_features(path)
    return None


@lru_cache(maxsize=1)
def _open_once(settings: DepthSettings) -> DepthEstimator:
    return open_estimator(settings.source, settings)


# --- the books, in the parent -------------------------------------------------------------------


class _Recorder:
    """Keeps the catalog, the reports and the listener in step."""

    def __init__(self, catalog: Catalog, listener: Listener, reports: list[PhotoReport]) -> None:
        self.listener = listener
        self.for_network: list[_Source] = []
        self.in_map = 0
        self.without_depth = 0
        self._catalog = catalog
        self._reports = reports
        self._licences: set[str] = set()
        for report in reports:
            self._tell(report)

    def into_catalog(
        self, batch: Sequence[_Source], stage: Stage
    ) -> Callable[[Outcome[_Source, _Ingested | _NotNow]], None]:
        """Takes what the workers found into the catalog, one transaction for each photo.

        In the order of the batch, whichever worker is first: so photos get the same ids whatever
        the number of jobs, and also when a run is stopped and taken up again.
        """
        done: dict[_Source, Outcome[_Source, _Ingested | _NotNow]] = {}
        waiting = iter(batch)
        next_source = next(waiting, None)

        def record(outcome: Outcome[_Source, _Ingested | _NotNow]) -> None:
            nonlocal next_source
            _raise_what_stops(outcome.error)
            done[outcome.item] = outcome
            if outcome.value is not _NotNow.NEEDS_NETWORK:
                stage.advance()
            while next_source is not None and next_source in done:
                self._record(done.pop(next_source))
                next_source = next(waiting, None)

        return record

    def _record(self, outcome: Outcome[_Source, _Ingested | _NotNow]) -> None:
        source, found = outcome.item, outcome.value
        if outcome.error is not None or found is None:
            self.fail(source.path, source.content_hash, outcome.error)
            return
        if found is _NotNow.NEEDS_NETWORK:
            self.for_network.append(source)
            return
        if found is _NotNow.KEEPS_DEPTH:
            self.skip_known(source.path, found.value, has_depth=True)
            return
        if isinstance(found, _NotNow):
            self.skip(source.path, found.value)
            return
        # Before the new row: a run killed in between is finished by the next one.
        remark = self._drop_earlier(found.metadata)
        try:
            self._catalog.record_photo(
                found.metadata,
                camera=found.camera,
                depth=found.depth,
                depth_map=found.depth_map,
                features=found.features,
                prior=found.prior,
                settings_hash=found.settings_hash,
            )
        except Exception as error:  # what a photo's numbers do here is its own failure, too
            self.fail(source.path, source.content_hash, error)
            return
        self._count(has_depth=found.depth_map is not None)
        if found.depth_map is None:
            remark = "; ".join(part for part in (remark, "no depth yet") if part)
        else:
            self._mention(found.depth_map.model)
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
        reason = _reason(path, error)
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


def _reason(path: Path, error: Exception) -> str:
    """The error in one line, without the name of the file where it stands beside that."""
    if not isinstance(error, WorldmapError):
        return " ".join(str(error).split())
    about_it = isinstance(error.path, Path) and error.path.absolute() == path.absolute()
    return error.complaint if about_it else str(error)
