"""A PostgreSQL server that ends the connection in the middle of a command: one line, exit 6, and
the same command goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from tests.helpers.ingest_makers import Ran, write_photos
from tests.pipeline.test_crash import OF_THE_RUN, TABLES, contents
from worldmap.cli.exits import ExitCode
from worldmap.pipeline.verify import verify

KILLS = int(os.environ.get("WORLDMAP_KILLS", "4"))
"""Of each command."""


class Ending:
    """Ends the connection that is about to take the step `at`: a statement, or a commit."""

    def __init__(self, url: str, at: int) -> None:
        self.url, self.at = url, at
        self.steps = 0

    def step(self, connection: Connection) -> None:
        self.steps += 1
        if self.steps != self.at:
            return
        opened = connection.connection.driver_connection
        assert isinstance(opened, psycopg.Connection)
        with psycopg.connect(self.url, autocommit=True) as administrator:
            pid = opened.info.backend_pid
            administrator.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


@contextmanager
def ended(url: str, at: int) -> Iterator[Ending]:
    ending = Ending(url, at)

    def statement(connection: Connection, *_: Any) -> None:
        ending.step(connection)

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", ending.step)
    try:
        yield ending
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", ending.step)


def rows(url: str, table: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT * FROM {table}")
        names = [column.name for column in found.description or ()]
        return sorted(
            repr([(k, v) for k, v in zip(names, row, strict=True) if k not in OF_THE_RUN])
            for row in found
        )


@pytest.mark.nightly
def test_the_same_command_goes_on(
    postgresql_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """At moments that are spread over ingest, and merge; each ends the same map's command, that is
    run again until it comes to its end."""
    photos = tmp_path / "in"
    write_photos(photos, 2)
    names = ("whole", "broken")  # two schemas of one database
    maps = [tmp_path / name / "map" for name in names]
    urls = [f"{postgresql_url}&schema={name}" for name in names]
    for command in (
        ("ingest", photos, "--depth", "measured", "--jobs", 0),
        ("merge", "--area", "all", "--jobs", 1, "--no-report"),
    ):
        where = [("--map", m, "--catalog", url) for m, url in zip(maps, urls, strict=True)]
        with ended(postgresql_url, 0) as counted:
            assert Ran(*command, *where[0]).code == ExitCode.OK
        lost = 0
        for at in sorted({1 + (counted.steps - 1) * i // KILLS for i in range(KILLS)}):
            with ended(postgresql_url, at) as ending:
                ran = Ran(*command, *where[1])
            if ending.steps < at:  # less was left to do than in the whole run
                break
            assert ran.code == ExitCode.CATALOG, (at, ran.err)
            assert "lost its connection" in ran.error
            assert "run the command again" in ran.error
            lost += 1
        assert lost >= min(KILLS, 3)
        record_property("lost connections", lost)
        assert Ran(*command, *where[1]).code == ExitCode.OK
    for table in TABLES:
        one, other = (rows(postgresql_url, f"{name}.{table}") for name in names)
        assert one == other, table
    assert verify(maps[1]).findings == ()
    assert contents(maps[0]) == contents(maps[1])
