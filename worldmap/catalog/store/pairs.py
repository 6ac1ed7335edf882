"""Pairs in the catalog."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import (
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Session

from worldmap.catalog import rows
from worldmap.catalog.models import (
    PairRow,
)
from worldmap.catalog.store.base import Opened, parts_of
from worldmap.records import (
    PairRegistration,
    PairStatus,
)


class PairStore(Opened):
    """Pairs of photos and their verdicts."""

    def record_pair(self, pair: PairRegistration, settings_hash: str) -> None:
        """Keep the verdict on a pair under the settings of that hash, replacing an earlier one."""
        self.record_pairs((pair,), settings_hash)

    def record_pairs(self, pairs: Iterable[PairRegistration], settings_hash: str) -> None:
        """`record_pair` for many in one transaction.

        CatalogError, and none is kept, where a photo has left the map meanwhile.
        """
        with self._write() as session:
            self._put_pairs(session, pairs, settings_hash)

    def _put_pairs(
        self, session: Session, pairs: Iterable[PairRegistration], settings_hash: str
    ) -> None:
        latest = {pair.key: pair for pair in pairs}
        if not latest:
            return
        session.connection().execute(
            delete(PairRow).where(
                PairRow.photo_a == bindparam("a"),
                PairRow.photo_b == bindparam("b"),
                PairRow.settings_hash == settings_hash,
            ),
            [{"a": a, "b": b} for a, b in latest],
        )
        session.add_all(rows.pair_row(pair, settings_hash) for pair in latest.values())
        self._flush_of_photos(session)

    def find_pairs(
        self, settings_hash: str, photo_ids: Collection[int] | None = None
    ) -> dict[tuple[int, int], PairRegistration]:
        """Verdicts under the settings of that hash by (photo_a, photo_b), so that none is worked
        out twice; with photo_ids only pairs among these."""
        wanted = select(PairRow).where(PairRow.settings_hash == settings_hash)
        members = None if photo_ids is None else set(photo_ids)
        found = {}
        with self._read() as session:
            for part in parts_of(wanted, PairRow.photo_a, members):
                for row in session.scalars(part.order_by(PairRow.photo_a, PairRow.photo_b)):
                    if members is None or row.photo_b in members:
                        found[row.photo_a, row.photo_b] = rows.pair_of(row)
        return found

    def newest_pairs_key(self) -> str | None:
        """The settings' hash that the last verdict on any pair was given under."""
        wanted = select(PairRow.settings_hash).order_by(PairRow.id.desc()).limit(1)
        with self._read() as session:
            return session.scalar(wanted)

    def pairs_of(self, photo_id: int) -> list[PairRegistration]:
        """Verdicts on a photo with others, by the others' ids, under the settings used last."""
        # By the index of either end: what is asked in one goes by that of the settings.
        ends = (PairRow.photo_a, PairRow.photo_b)
        with self._read() as session:
            found = [
                row
                for end in ends
                for row in session.scalars(select(PairRow).where(end == photo_id))
            ]
            newest = max(found, key=lambda row: row.id).settings_hash if found else ""
            return sorted(
                (rows.pair_of(row) for row in found if row.settings_hash == newest),
                key=lambda pair: pair.key,
            )

    def verdicts(
        self, photo_ids: Collection[int] | None = None
    ) -> list[tuple[int, int, PairStatus, int]]:
        """photo_a, photo_b, verdict and inliers of every pair under the settings it was last judged
        by, in order: pairs at a glance, without their evidence. photo_ids: only pairs of these,
        with each other or with others."""
        if photo_ids is not None:
            return self._verdicts_of(set(photo_ids))
        newest = select(func.max(PairRow.id)).group_by(PairRow.photo_a, PairRow.photo_b)
        wanted = select(
            PairRow.photo_a,
            PairRow.photo_b,
            PairRow.own_reason,
            PairRow.area_reason,
            PairRow.inliers,
        ).where(PairRow.id.in_(newest))
        with self._read() as session:
            found = session.execute(wanted.order_by(PairRow.photo_a, PairRow.photo_b))
            return [(a, b, PairStatus.of(own, area), n) for a, b, own, area, n in found]

    def _verdicts_of(self, members: set[int]) -> list[tuple[int, int, PairStatus, int]]:
        wanted = select(
            PairRow.photo_a,
            PairRow.photo_b,
            PairRow.id,
            PairRow.own_reason,
            PairRow.area_reason,
            PairRow.inliers,
        )
        newest: dict[tuple[int, int], tuple[int, str, str, int]] = {}
        with self._read() as session:
            for end in (PairRow.photo_a, PairRow.photo_b):
                for part in parts_of(wanted, end, members):
                    for a, b, row_id, own, area, inliers in session.execute(part):
                        if (a, b) not in newest or newest[a, b][0] < row_id:
                            newest[a, b] = (row_id, own, area, inliers)
        return [
            (a, b, PairStatus.of(own, area), inliers)
            for (a, b), (_, own, area, inliers) in sorted(newest.items())
        ]
