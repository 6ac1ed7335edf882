"""Leases in the catalog: which part of the map a command is changing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from worldmap.catalog import rows
from worldmap.catalog.connection import one_line_errors
from worldmap.catalog.models import LeaseRow
from worldmap.catalog.store.base import Opened, boxes_of
from worldmap.records import LEASE_RENEWED_S, Lease

_LEASE_LOST_S = 6 * LEASE_RENEWED_S
"""Of a holder that was not heard of for so long, and of whom nothing else is known, it is taken
away."""


class LeaseStore(Opened):
    """Leases."""

    def take_lease(self, wanted: Lease, is_gone: Callable[[str], bool | None]) -> bool:
        """Take a lease unless another one is in its way; whether it was taken. is_gone: whether the
        holder of the lease with this token is known to have ended (None: nobody can tell); leases
        of such, and those not renewed for two minutes where nobody can tell, are taken away."""
        with self._write() as session:
            if not self._sqlite:
                session.execute(text("LOCK TABLE leases IN EXCLUSIVE MODE"))
            heard_since = rows.now() - timedelta(seconds=_LEASE_LOST_S)
            for row in session.scalars(select(LeaseRow)).all():
                gone = is_gone(row.token)
                if gone or (gone is None and row.renewed_at < heard_since):
                    session.delete(row)
                elif _in_the_way(wanted, _lease_of(row)):
                    return False
            west, south, east, north = wanted.bounds_deg or (None,) * 4
            session.add(
                LeaseRow(
                    token=wanted.token,
                    west_deg=west,
                    south_deg=south,
                    east_deg=east,
                    north_deg=north,
                    nowhere=wanted.nowhere,
                    renewed_at=rows.now(),
                )
            )
        return True

    def renew_lease(self, token: str) -> bool:
        """Say that its holder is at work; whether the lease is still there. May be called from
        another thread than everything else."""
        # Not `_write`: what the other thread writes `together` is its own.
        with one_line_errors(self._where), Session(self._writing) as session, session.begin():
            changed = session.execute(
                update(LeaseRow).where(LeaseRow.token == token).values(renewed_at=rows.now())
            )
            return bool(changed.rowcount)  # type: ignore[attr-defined]

    def end_lease(self, token: str) -> None:
        """Give a lease back."""
        with self._write() as session:
            session.execute(delete(LeaseRow).where(LeaseRow.token == token))

    def leases(self) -> list[Lease]:
        """All leases, oldest first, those of holders that have ended with them."""
        with self._read() as session:
            return [
                _lease_of(row) for row in session.scalars(select(LeaseRow).order_by(LeaseRow.id))
            ]


def _lease_of(row: LeaseRow) -> Lease:
    bounds = (row.west_deg, row.south_deg, row.east_deg, row.north_deg)
    return Lease(
        token=row.token,
        bounds_deg=None if None in bounds else bounds,  # type: ignore[arg-type]
        nowhere=row.nowhere,
    )


def _in_the_way(a: Lease, b: Lease) -> bool:
    if a.bounds_deg is None or b.bounds_deg is None or (a.nowhere and b.nowhere):
        return True
    return any(
        one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
        for one in boxes_of(a.bounds_deg)
        for other in boxes_of(b.bounds_deg)
    )
