"""What the catalog keeps of photos, failures and runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worldmap.camera import Camera
from worldmap.geodesy import Site
from worldmap.records.photo import LedgerEntry, PhotoMetadata, PosePrior


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file of the map, written before its row: path relative to the map folder, SHA-256 hex."""

    path: Path
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestedPhoto:
    """A photo as the catalog has it: what merge needs to know without opening the photo."""

    photo_id: int
    metadata: PhotoMetadata
    camera: Camera
    depth: Artifact
    features: Artifact
    prior: PosePrior
    settings_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReview:
    """What a photo's neighbours in an area said about its tags; the ingested ones stay as they are.

    flags and ledger are only what ingest did not know yet. duplicate_of is the photo that this one
    is a copy of. prior is the first guess that merge went on with.
    """

    photo_id: int
    flags: tuple[str, ...]
    ledger: tuple[LedgerEntry, ...]
    duplicate_of: int | None
    prior: PosePrior


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A photo that could not be used at some stage, and why; content_hash is '' if unreadable."""

    path: Path
    content_hash: str
    stage: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command that wrote to the map. finished_at and outcome are None while it runs, and stay
    so where it was killed. solve_version: of the solution, where the command places photos."""

    run_id: int
    command: str
    settings_json: str
    version: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    solve_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStatus:
    """What is in a map, in numbers. photos = waiting + placed + unplaced. site: what most of them
    are placed about."""

    photos: int
    waiting: int
    placed: int
    unplaced: int
    without_position: int
    failures: int
    pairs_accepted: int
    pairs_rejected: int
    tiles: int
    stale_tiles: int
    points: int
    site: Site | None
    last_run: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What `worldmap db upgrade` did: nothing where both revisions are the same. backup is the copy
    of the old catalog, None where none was needed or the database makes its own."""

    from_revision: str
    to_revision: str
    backup: Path | None
