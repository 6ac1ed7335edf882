"""Surveyed points in the catalog."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, select, update

from worldmap.catalog import rows
from worldmap.catalog.models import ControlPointRow
from worldmap.catalog.store.base import Opened
from worldmap.records import ControlPoint, ControlResult, ControlRole


class ControlStore(Opened):
    """Surveyed points."""

    def put_control(self, points: Iterable[ControlPoint]) -> None:
        """Keep these points, in place of earlier ones of the same name; what merges said of those
        is forgotten."""
        with self._write() as session:
            for point in points:
                session.execute(delete(ControlPointRow).where(ControlPointRow.name == point.name))
                session.add(rows.control_row(point))

    def remove_control(self, names: Collection[str]) -> int:
        """Take points back; returns how many there were. Their rows stay, so that merges know that
        what held the map has changed."""
        kept = 0
        with self._write() as session:
            for name in names:
                found = session.execute(
                    update(ControlPointRow)
                    .where(ControlPointRow.name == name)
                    .where(ControlPointRow.role != ControlRole.REMOVED)
                    .values(role=ControlRole.REMOVED, changed_at=rows.now())
                )
                kept += found.rowcount  # type: ignore[attr-defined]
        return kept

    def put_control_results(self, results: Mapping[str, ControlResult]) -> None:
        """Keep how the last merge agrees with points, by name."""
        with self._write() as session:
            for row in session.scalars(select(ControlPointRow)):
                if row.name in results:
                    rows.set_control_result(row, results[row.name])

    def control_points(self) -> list[ControlPoint]:
        """All points by name, those that were taken back too."""
        with self._read() as session:
            wanted = select(ControlPointRow).order_by(ControlPointRow.name)
            return [rows.control_of(row) for row in session.scalars(wanted)]
