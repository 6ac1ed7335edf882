"""What `--json` prints on stdout, a JSON object a line: events as they come, at the end a summary.

docs/json.md describes them, docs/schemas/events.json is their schema. Every line carries `schema`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

SCHEMA: Final = "worldmap-events/1"
"""Raised when a field changes its meaning or goes; new fields and events may come without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stage is, every few seconds. rate_per_s and left_s are null while too little is
    done to tell."""

    event: Literal["progress"]
    name: str
    unit: str
    done: int
    total: int
    rate_per_s: float | None
    left_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnd:
    """A stage is over; done is less than total where it was stopped."""

    event: Literal["stage"]
    name: str
    unit: str
    done: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoDone:
    """What became of a photo, as soon as it is known. status: accepted, skipped or failed."""

    event: Literal["photo"]
    path: Path
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A line that a person may want (note) or ought (warning) to read; the work goes on."""

    event: Literal["note", "warning"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why the command ended without a result: the line on stderr, and the exit code."""

    event: Literal["error"]
    message: str
    exit_code: int
