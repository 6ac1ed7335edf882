"""A map in numbers: what `worldmap status` tells, to be had without numpy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from worldmap.site import Site


class PhotoStatus(StrEnum):
    """Where a photo stands in the map."""

    INGESTED = "ingested"
    PLACED = "placed"
    DOUBTFUL = "doubtful"
    UNPLACED = "unplaced"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A photo that could not be used at some stage, and why; content_hash is '' if unreadable."""

    path: Path
    content_hash: str
    stage: str
    reason: str


# What is read of a run's settings later on, and as what.
_READ: dict[str, type] = {"registration": dict, "fuse": dict, "tiles": dict, "about": list}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command that wrote to the map. finished_at and outcome are None while it runs, and stay
    so where it was killed. solve_version: of the solution, where the command places photos.
    ValueError where settings_json is no object of sections."""

    run_id: int
    command: str
    settings_json: str
    version: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    solve_version: int | None

    def __post_init__(self) -> None:
        told = json.loads(self.settings_json)
        if not isinstance(told, dict) or not all(
            isinstance(told.get(name, kind()), kind) for name, kind in _READ.items()
        ):
            raise ValueError(f"run {self.run_id} was told no settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStatus:
    """What is in a map, in numbers. photos = waiting + placed + doubtful + unplaced;
    without_depth of those that wait can only be merged once they have depth. site: what most of
    them are placed about."""

    photos: int
    waiting: int
    placed: int
    doubtful: int
    unplaced: int
    without_depth: int
    without_position: int
    failures: int
    pairs_accepted: int
    pairs_rejected: int
    tiles: int
    stale_tiles: int
    points: int
    site: Site | None
    last_run: Run | None
