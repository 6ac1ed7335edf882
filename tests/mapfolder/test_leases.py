"""Who changes which part of a map: parts that are apart at once, the same one by turns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from worldmap.catalog import CATALOG_NAME, Catalog
from worldmap.mapfolder import changing
from worldmap.mapfolder.locks import _lease_file
from worldmap.records import Lease

HERE, BESIDE, AWAY = (13.0, 55.0, 13.1, 55.1), (13.05, 55.05, 13.2, 55.2), (14.0, 56.0, 14.1, 56.1)
ACROSS = (179.9, 0.0, -179.9, 0.1)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path, create=True) as opened:
        yield opened


def lease(token: str, bounds: tuple[float, ...] | None, *, nowhere: bool = False) -> Lease:
    return Lease(token=token, bounds_deg=bounds, nowhere=nowhere)  # type: ignore[arg-type]


def at_work(token: str) -> bool:
    return False


def nobody_knows(token: str) -> None:
    return None


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ((HERE, False), (AWAY, False), True),
        ((HERE, False), (BESIDE, False), False),
        ((HERE, True), (AWAY, True), False),
        ((HERE, True), (AWAY, False), True),
        ((None, False), (AWAY, False), False),
        ((ACROSS, False), ((-179.95, 0.0, -179.8, 0.1), False), False),
        ((ACROSS, False), (HERE, False), True),
    ],
)
def test_parts_that_are_apart_are_changed_at_once(
    catalog: Catalog,
    first: tuple[tuple[float, ...] | None, bool],
    second: tuple[tuple[float, ...] | None, bool],
    together: bool,
) -> None:
    assert catalog.take_lease(lease("a", first[0], nowhere=first[1]), at_work)
    taken = catalog.take_lease(lease("b", second[0], nowhere=second[1]), at_work)
    assert taken is together
    assert [each.token for each in catalog.leases()] == (["a", "b"] if together else ["a"])
    catalog.end_lease("a")
    assert taken or catalog.take_lease(lease("b", second[0]), at_work)


def test_who_has_ended_loses_it(catalog: Catalog) -> None:
    assert catalog.take_lease(lease("dead", HERE), at_work)
    assert not catalog.take_lease(lease("b", HERE), nobody_knows)  # heard of just now
    assert catalog.take_lease(lease("b", HERE), lambda token: token == "dead")
    assert [each.token for each in catalog.leases()] == ["b"]


def test_who_is_not_heard_of_loses_it(tmp_path: Path, catalog: Catalog) -> None:
    assert catalog.take_lease(lease("far away", HERE), at_work)
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection, connection:
        connection.execute("UPDATE leases SET renewed_at = '2026-01-01T00:00:00.000Z'")
    assert not catalog.take_lease(lease("b", HERE), at_work)  # its lock says that it lives
    # As `changing` does it: by a thread of its own.
    with ThreadPoolExecutor(1) as other:
        assert other.submit(catalog.renew_lease, "far away").result()
    assert not catalog.take_lease(lease("b", HERE), nobody_knows)
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection, connection:
        connection.execute("UPDATE leases SET renewed_at = '2026-01-01T00:00:00.000Z'")
    assert catalog.take_lease(lease("b", HERE), nobody_knows)
    assert not catalog.renew_lease("far away")


def test_the_same_part_takes_turns(tmp_path: Path, catalog: Catalog) -> None:
    said: list[str] = []
    with ExitStack() as first:
        first.enter_context(changing(catalog, tmp_path, HERE, said.append, nowhere=False))

        def done(line: str) -> None:
            said.append(line)
            first.close()

        with changing(catalog, tmp_path, AWAY, said.append, nowhere=False):
            assert not said
        with changing(catalog, tmp_path, BESIDE, done, nowhere=False):
            assert len(catalog.leases()) == 1
    assert len(said) == 1
    assert "waiting for another command" in said[0]
    assert catalog.leases() == []
    assert not list(tmp_path.glob("*lease*"))


def test_a_dead_process_is_not_waited_for(tmp_path: Path, catalog: Catalog) -> None:
    """What is left of one: its row, and its file, which nothing has locked any more."""
    assert catalog.take_lease(lease("dead", HERE), at_work)
    _lease_file(tmp_path, "dead").touch()
    said: list[str] = []
    with changing(catalog, tmp_path, HERE, said.append, nowhere=False):
        (held,) = catalog.leases()
        assert held.token != "dead"
    assert not said
    assert not list(tmp_path.glob("*lease*"))
