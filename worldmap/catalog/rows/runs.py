"""Runs, and what time it is."""

from __future__ import annotations

from datetime import UTC, datetime

from worldmap.catalog.models import (
    RunRow,
)
from worldmap.records import (
    Run,
)


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def run_of(row: RunRow) -> Run:
    """A command that wrote to the map."""
    return Run(
        run_id=row.id,
        command=row.command,
        settings_json=row.settings_json,
        version=row.version,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        solve_version=row.solve_version,
    )
