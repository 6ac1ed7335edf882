"""Which photos are worked on: those found, each content once, and what the map has of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from worldmap.depth.measured import find_depth_sidecar
from worldmap.engine import (
    Outcome,
    run_each,
)
from worldmap.errors import (
    InputError,
)
from worldmap.input_file import real_path
from worldmap.mapfolder import MapFolder, Subfolder
from worldmap.photo import (
    content_hash,
    discover,
    may_be_photo,
)
from worldmap.records import PhotoMetadata
from worldmap.stages.intake import IngestStatus, PhotoReport, Recorder, reason_of
from worldmap.stages.photo import PhotoWorker, Source


def photos_under(paths: Sequence[Path]) -> tuple[list[Path], list[PhotoReport]]:
    """The photos, each once, and a report for each argument that leads to none. InputError where
    nothing there can be one."""
    found: dict[Path, Path] = {}
    missing: list[tuple[Path, InputError]] = []
    twins: list[tuple[Path, Path]] = []
    for path in paths:
        try:
            for photo in discover(
                [path],
                on_unreadable=lambda *told: missing.append(told),
                on_raw_twin=lambda *told: twins.append(told),
            ):
                found.setdefault(real_path(photo), photo)
        except InputError as error:
            missing.append((path, error))
    if not found:
        if len(missing) == 1:
            raise missing[0][1]
        raise InputError("no photo found: " + "; ".join(str(error) for _, error in missing))
    if not any(may_be_photo(photo) for photo in found.values()):
        first = next(iter(found.values()))
        raise InputError("is no photo (JPEG, PNG, TIFF, WebP, HEIC, RAW)", path=first)
    reports = [
        PhotoReport(path=path, status=IngestStatus.FAILED, reason=reason_of(path, error))
        for path, error in missing
    ] + [
        PhotoReport(
            path=raw,
            status=IngestStatus.SKIPPED,
            reason=f"the RAW file of {picture.name}, which is taken",
        )
        for raw, picture in twins
    ]
    return sorted(found.values()), reports


def hash_all(
    photos: Sequence[Path], jobs: int, sidecar_suffix: str, recorder: Recorder
) -> list[Source]:
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
        run_each(content_hash, photos, jobs=jobs, least=200, on_result=note)
    copies: dict[str, list[Path]] = {}
    for path in photos:
        if path in hashes:
            copies.setdefault(hashes[path], []).append(path)
    sources = []
    for content, paths in copies.items():
        # Of several copies the one that has its depth with it.
        paths.sort(key=lambda path: find_depth_sidecar(path, sidecar_suffix) is None)
        sources.append(Source(path=paths[0], content_hash=content))
        for path in paths[1:]:
            recorder.skip(path, f"same content as {paths[0]}")
    return sources


def in_map(sources: Sequence[Source], folder: MapFolder) -> list[PhotoMetadata]:
    """What the map has of those photos by now."""
    found = (folder.catalog.find_photo(source.content_hash) for source in sources)
    return [photo.metadata for photo in found if photo is not None]


def to_do(
    source: Source, folder: MapFolder, worker: PhotoWorker, recorder: Recorder
) -> Source | None:
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
    kept = [(Subfolder.FEATURES, known.features)]
    kept += [] if known.depth is None else [(Subfolder.DEPTH, known.depth)]
    are_there = all(folder.layout.is_there(where, file.path) for where, file in kept)
    if known.settings_hash != key or not are_there:
        return replace(source, features=folder.layout.features(known), has_depth=has_depth)
    reason = "already in the map, unchanged" if has_depth else "in the map, still without depth"
    recorder.skip_known(source.path, reason, has_depth=has_depth)
    return None
