"""Runs in the catalog."""

from __future__ import annotations

from sqlalchemy import (
    select,
    update,
)

from worldmap.catalog import glance, rows
from worldmap.catalog.models import (
    RunRow,
)
from worldmap.catalog.store.base import Opened, asking
from worldmap.records import (
    MapStatus,
    Run,
)


class RunStore(Opened):
    """Runs, and the map in numbers."""

    def start_run(
        self, command: str, settings_json: str, version: str, *, solve_version: int | None = None
    ) -> int:
        """Note that a command begins to write; returns the run's id."""
        with self._write() as session:
            row = RunRow(
                command=command,
                settings_json=settings_json,
                version=version,
                started_at=rows.now(),
                solve_version=solve_version,
            )
            session.add(row)
            session.flush()
            return row.id

    def finish_run(self, run_id: int, outcome: str) -> None:
        """Note how a run ended: "ok", or what stopped it in one line."""
        with self._write() as session:
            session.execute(
                update(RunRow)
                .where(RunRow.id == run_id)
                .values(finished_at=rows.now(), outcome=outcome)
            )

    def runs(self, command: str | None = None) -> list[Run]:
        """All runs, or those of one command, oldest first."""
        wanted = select(RunRow).order_by(RunRow.id)
        if command is not None:
            wanted = wanted.where(RunRow.command == command)
        with self._read() as session:
            return [rows.run_of(row) for row in session.scalars(wanted)]

    def last_run(self, command: str) -> Run | None:
        """The newest run of a command; None before the first."""
        wanted = select(RunRow).where(RunRow.command == command).order_by(RunRow.id.desc()).limit(1)
        with self._read() as session:
            row = session.scalar(wanted)
            return None if row is None else rows.run_of(row)

    def status(self) -> MapStatus:
        """The map in numbers."""
        with self._read() as session:
            return glance.map_status(asking(session))
