"""What lies beside photos, and what a run was told: looked up once per folder, asked per photo."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from worldmap.config import PhotoSettings
from worldmap.errors import PhotoError, UsageError
from worldmap.fisheye import FisheyeLens
from worldmap.input_file import hash_at_most
from worldmap.known_camera import KnownFisheye
from worldmap.photo import mapillary, takeout
from worldmap.photo.archived import archive_evidence, archive_sidecar, read_archive_sidecar
from worldmap.photo.camera_file import (
    Known,
    camera_evidence,
    fisheye_of,
    read_cameras,
    whose_camera,
)
from worldmap.photo.discover import is_photo_name
from worldmap.photo.evidence import (
    Evidence,
    FocalEvidence,
    HeadingEvidence,
    HeightEvidence,
    Origin,
    PositionEvidence,
    TiltEvidence,
    refused,
    unread,
)
from worldmap.photo.gpx import Track, read_gpx, track_evidence, track_problem
from worldmap.photo.mask import NamedMask, has_shape, mask_beside, read_mask
from worldmap.photo.overrides import Overrides, override_evidence
from worldmap.photo.own_place import own_place
from worldmap.photo.table import (
    Table,
    is_table_name,
    read_table,
    row_evidence,
    says_positions,
    table_problem,
)
from worldmap.photo.xmp import read_xmp_file, sidecar_evidence
from worldmap.records import PhotoMetadata, PictureMask

# With --no-gps these stay: someone made them for these photos, or for this run.
_GIVEN_ON_PURPOSE = frozenset({Origin.USER, Origin.CSV, Origin.GEO_TXT, Origin.GPX})


_OF_A_WHOLE = (HeadingEvidence, TiltEvidence, FocalEvidence)
_TABLES = (Origin.CSV, Origin.GEO_TXT)
_HASH_LIMIT_BYTES = 64 << 20  # more than any reader of sidecars reads
_TABLES_LIMIT_BYTES = 64 << 20  # of all tables of a folder


@dataclass(slots=True)
class _Folder:
    """A folder's sidecars, read when first asked for."""

    names: dict[str, str]
    tables: list[Table] = field(default_factory=list)
    descriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[tuple[Origin, str, str]] = field(default_factory=list)
    meant: list[Table] | None = None


class Sidecars:
    """Everything besides the photo's own file. One for a run; safe to send to other processes.

    tables: CSV or geo.txt files named on the command line (those in a photo's own folder are found
    anyway); gpx: tracks; cameras: files of calibrated cameras; masks: what of photos is not to be
    looked at (`parse_mask`); time_offset_s: added to the camera's
    clock before it is looked up in the tracks; use_gps=False ignores the positions that photos and
    albums bring along.

    Raises InputError or UsageError, in one line, where a named file cannot be used.
    """

    def __init__(
        self,
        *,
        tables: Sequence[Path] = (),
        gpx: Sequence[Path] = (),
        cameras: Sequence[Path] = (),
        masks: Sequence[NamedMask] = (),
        time_offset_s: float = 0.0,
        overrides: Overrides | None = None,
        use_gps: bool = True,
    ) -> None:
        self.overrides = overrides or Overrides()
        self.use_gps = use_gps
        self.time_offset_s = time_offset_s
        self._tables = [read_table(path) for path in tables]
        self._tracks: list[Track] = [read_gpx(path) for path in gpx]
        self._unreadable_cameras: list[str] = []
        self._cameras: list[Known] = [
            camera
            for path in cameras
            for camera in read_cameras(
                path, on_refused=lambda error: self._unreadable_cameras.append(str(error))
            )
        ]
        self._masks = list(masks)
        self._named = [*tables, *gpx, *cameras]
        self._folders: dict[Path, _Folder] = {}

    def meet(self, photos: Sequence[Path], settings: PhotoSettings) -> None:
        """Take in which photos the run is about: which of them have one name, and what the tags of
        some say about how the tables that were named are meant."""
        self._tables = [
            table.beside(photos, lambda photo: own_place(photo, settings)) for table in self._tables
        ]

    def evidence(
        self, photo: Path, width_px: int, height_px: int, settings: PhotoSettings
    ) -> list[Evidence]:
        """What the user and the files beside the photo say, tracks apart."""
        folder = self._folder(photo.parent)
        found = override_evidence(self.overrides, settings)
        if self._is_cut(photo):
            # Where the photo that it was cut out of looks, and by which lens, is in its sidecar.
            found = [e for e in found if not isinstance(e, _OF_A_WHOLE)]
        for table in (*self._tables, *self._tables_beside(photo.parent, settings)):
            row = table.row_of(photo)
            if row is not None:
                found += row_evidence(row, settings)
        entry = mapillary.find_description(photo, folder.descriptions)
        if entry is not None:
            found += mapillary.mapillary_evidence(entry, width_px, height_px, settings)
        for path in self._xmp_files(photo, folder):
            found += sidecar_evidence(read_xmp_file(path), settings)
        name = archive_sidecar(photo.name, folder.names)
        if name is not None:
            found += archive_evidence(photo.parent / name, width_px, height_px, settings)
        name = takeout.takeout_sidecar(photo.name, folder.names)
        if name is not None:
            found += takeout.takeout_evidence(photo.parent / name, settings)
        found += [unread(*problem) for problem in folder.problems]
        return found

    def archived(self, photo: Path) -> dict[str, Any]:
        """What the archive that a photo was fetched from told of it; {} where it was not."""
        name = archive_sidecar(photo.name, self._folder(photo.parent).names)
        return {} if name is None else read_archive_sidecar(photo.parent / name)[0]

    def mask(self, photo: PhotoMetadata, settings: PhotoSettings) -> PictureMask | None:
        """What of the photo is not to be looked at: by the mask beside it, else the first that was
        named for its camera, else for all of its shape; None where there is none. PhotoError
        where the one beside it cannot be used."""
        path, size_px = photo.path, (photo.width_px, photo.height_px)
        name = mask_beside(path.name, self._folder(path.parent).names)
        if name is not None:
            try:
                found = read_mask(path.parent / name, settings)
            except PhotoError as error:
                raise PhotoError(f"its mask {name} {error.complaint}", path=path) from error
            if not has_shape(found, *size_px):
                raise PhotoError(f"its mask {name} is of another shape", path=path)
            return found
        if self._is_cut(path):
            return None  # what was named is of the photo that it was cut out of
        serving = [
            each
            for each in self._masks
            if each.serves(photo.make, photo.model) and has_shape(each.mask, *size_px)
        ]
        serving.sort(key=lambda each: not each.camera)
        return serving[0].mask if serving else None

    def has_mask(self, photo: Path) -> bool:
        """Whether `mask` may have an answer: cheap, for photos that have none."""
        return bool(self._masks) or (
            mask_beside(photo.name, self._folder(photo.parent).names) is not None
        )

    def camera_evidence(
        self,
        photo: Path,
        size_px: tuple[int, int],
        orientation: int,
        model: str,
        settings: PhotoSettings,
    ) -> list[Evidence]:
        """What the files of cameras say about the photo's; nothing of a view that was cut out of
        it, which has a camera of its own."""
        if self._is_cut(photo):
            return []
        return camera_evidence(self._cameras, photo, size_px, orientation, model, settings)

    def _is_cut(self, photo: Path) -> bool:
        """Whether it is a view that was cut out of another photo."""
        return "cut_from" in self.archived(photo)

    def may_know_fisheye(self, photo: Path) -> bool:
        """Whether `fisheye_lens` may have an answer: cheap, for photos that are none."""
        if any(isinstance(camera, KnownFisheye) for camera in self._cameras):
            return True
        return self.archived(photo).get("projection") == "fisheye"

    def fisheye_lens(
        self, photo: Path, size_px: tuple[int, int], orientation: int, model: str
    ) -> FisheyeLens | None:
        """The lens of a fisheye's photo, in pixels of its upright picture, by the files of cameras,
        else by the archive that it was fetched from; None where they tell none."""
        named = fisheye_of(self._cameras, photo, size_px, orientation, model)
        return named or mapillary.mapillary_fisheye(self.archived(photo).get("described"), size_px)

    def track_evidence(
        self, time: datetime | None, zone_is_certain: bool, settings: PhotoSettings
    ) -> list[Evidence]:
        """What the GPX tracks say about that time."""
        return track_evidence(self._tracks, time, zone_is_certain, self.time_offset_s, settings)

    def unserved(self, photos: Sequence[PhotoMetadata]) -> list[str]:
        """A line for each table and track, named or beside the photos, that gave none of them a
        position, with the likely reason, and one for the photos that have no camera in the files of
        cameras; photos as they were read with these."""
        if not photos:
            return []
        used = {e.source for p in photos for e in p.ledger if e.used and e.quantity == "position"}
        beside = {photo.path.parent: self._folder(photo.path.parent) for photo in photos}
        tables = [*self._tables, *(t for f in beside.values() for t in f.tables)]
        lines = [
            f"{table.name} gave no photo a position: {table_problem(table, photos)}"
            for table in tables
            if not used & {f"{o}: {table.name}" for o in (Origin.CSV, Origin.GEO_TXT)}
        ]
        lines += [
            f"{name} cannot be used: {note}"
            for f in beside.values()
            for _, name, note in f.problems
        ]
        lines += [
            f"{track.name} gave no photo a position: {track_problem(track, photos)}"
            for track in self._tracks
            if f"{Origin.GPX}: {track.name}" not in used
        ]
        return list(dict.fromkeys([*lines, *self._without_camera(photos)]))

    def _without_camera(self, photos: Sequence[PhotoMetadata]) -> list[str]:
        lines = [f"{told}: it is not used" for told in self._unreadable_cameras]
        of_files = f"{Origin.CAMERA_FILE}: "
        without = [
            photo
            for photo in photos
            if self._cameras
            and not self._is_cut(photo.path)
            and not any(entry.source.startswith(of_files) for entry in photo.ledger)
        ]
        if without:
            first = without[0]
            size_px = first.width_px, first.height_px
            _, why = whose_camera(self._cameras, first.path, size_px, first.model or "")
            files = ", ".join(dict.fromkeys(camera.file for camera in self._cameras))
            lines.append(
                f"{files}: {len(without)} of {len(photos)} photos have no camera there, first "
                f"{first.path.name}: {why}"
            )
        return lines

    def allowed(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The evidence, positions that `--no-gps` rules out refused (the ledger keeps them)."""
        if self.use_gps:
            return list(evidence)
        return [_without_gps(piece) for piece in evidence]

    def stage_hash(self, photo: Path) -> str:
        """First 16 hex digits of the SHA-256 of all that is not in the photo's own file: the part
        of a cache key that changes when a sidecar or an option does."""
        folder = self._folder(photo.parent)
        digest = hashlib.sha256()
        options = {k: str(v) for k, v in asdict(self.overrides).items() if v is not None}
        told: list[object] = [options, self.use_gps, self.time_offset_s]
        if self._masks:
            told.append([(each.camera, each.mask.key) for each in self._masks])
        digest.update(json.dumps(told, sort_keys=True).encode())
        files = [*self._named, *self._xmp_files(photo, folder)]
        beside = (archive_sidecar, takeout.takeout_sidecar, mask_beside)
        names = (look(photo.name, folder.names) for look in beside)
        files += [photo.parent / name for name in names if name is not None]
        for path in files:
            try:
                digest.update(hash_at_most(path, _HASH_LIMIT_BYTES))
            except OSError:
                digest.update(b"unreadable")
        for table in (*self._tables, *folder.tables):
            reading = table.reading.cause if table.reading else ""
            digest.update(f"{table.row_of(photo)!r} {reading}".encode())
        entry = mapillary.find_description(photo, folder.descriptions)
        digest.update(json.dumps(entry, sort_keys=True, default=str).encode())
        return digest.hexdigest()[:16]

    def _xmp_files(self, photo: Path, folder: _Folder) -> list[Path]:
        wanted = (f"{photo.name}.xmp", f"{photo.stem}.xmp")
        return [
            photo.parent / folder.names[name.casefold()]
            for name in wanted
            if name.casefold() in folder.names
        ]

    def _tables_beside(self, path: Path, settings: PhotoSettings) -> list[Table]:
        """The tables of a folder, as they are meant by the tags of its photos."""
        folder = self._folder(path)
        if folder.meant is None:
            photos = [path / name for name in folder.names.values() if is_photo_name(name)]
            folder.meant = [
                table.beside(photos, lambda photo: own_place(photo, settings))
                for table in folder.tables
            ]
        return folder.meant

    def _folder(self, path: Path) -> _Folder:
        if path not in self._folders:
            self._folders[path] = _read_folder(path)
        return self._folders[path]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_folders": {}}  # a worker looks for itself


def _read_folder(path: Path) -> _Folder:
    try:
        names = sorted(entry.name for entry in os.scandir(path) if entry.is_file())
    except OSError:
        return _Folder(names={})
    folder = _Folder(names={name.casefold(): name for name in names})
    budget_bytes = _TABLES_LIMIT_BYTES
    for name in names:
        if is_table_name(name):
            try:
                budget_bytes -= (path / name).stat().st_size
                if budget_bytes < 0:
                    raise UsageError("more tables lie beside the photos than are read")
                table = read_table(path / name, named=False)
                served = table.only(folder.names)
                folder.tables.append(served if served.rows else table)
            except OSError:
                continue
            except UsageError as error:
                if says_positions(name):
                    origin = Origin.CSV if name.lower().endswith(".csv") else Origin.GEO_TXT
                    folder.problems.append((origin, name, error.complaint))
    if mapillary.FILE_NAME in folder.names:
        found, problem = mapillary.read_descriptions(path / folder.names[mapillary.FILE_NAME])
        folder.descriptions = found
        if problem:
            folder.problems.append((Origin.MAPILLARY, mapillary.FILE_NAME, problem))
    return folder


def _without_gps(piece: Evidence) -> Evidence:
    if not isinstance(piece, (PositionEvidence, HeightEvidence)):
        return piece
    if piece.origin in _GIVEN_ON_PURPOSE:
        return piece
    return refused(piece, "ignored by --no-gps")
