"""The S3 server and PostgreSQL go away in the middle of a command, and come back: nothing is to be
seen of it; and where they stay away it is one line, and the same command goes on."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.helpers import postgresql_server
from tests.helpers.forked_runs import KILLS
from tests.helpers.ingest_makers import Ran, write_aimed_photos, write_photos
from tests.helpers.s3_server import S3Server
from worldmap.catalog import Catalog, connection
from worldmap.catalog.store import base
from worldmap.cli.exits import ExitCode
from worldmap.errors import CatalogError
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.bucket import map_folder
from worldmap.pipeline.verify import verify
from worldmap.store import BucketStore

_PHOTOS = 2


@pytest.fixture
def own_postgresql() -> Iterator[Path]:
    """The folder of a server that the test may stop."""
    try:
        with postgresql_server.server() as folder:
            yield Path(folder)
    except postgresql_server.NoServerError as reason:
        pytest.skip(str(reason))


def url_of(folder: Path) -> str:
    return f"postgresql://worldmap@/postgres?host={folder}"


@pytest.fixture
def own_catalog(own_postgresql: Path) -> str:
    import psycopg

    with psycopg.connect(url_of(own_postgresql)) as opened:
        found = opened.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
        if found.fetchone() is None:
            pytest.skip("PostGIS is not installed here")
    return url_of(own_postgresql)


def stop(folder: Path) -> None:
    postgresql_server.told(folder, "-m", "fast", "stop")


def start(folder: Path) -> None:
    postgresql_server.told(folder, "-o", postgresql_server.options_of(folder), "start")


def test_a_database_that_is_restarted_between_two_questions(
    own_postgresql: Path, own_catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is down when it is asked first, and comes back when somebody has waited for it."""
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            start(own_postgresql)

    monkeypatch.setattr(connection, "_pause", pause)
    with Catalog.open(Path(), create=True, url=own_catalog) as catalog:
        run_id = catalog.start_run("merge", "{}", "1")
        stop(own_postgresql)
        catalog.finish_run(run_id, "ok")
        assert len(waited) >= 3
        assert waited == sorted(waited)
        assert [run.outcome for run in catalog.runs("merge")] == ["ok"]


def test_a_database_that_stays_away_is_one_line(
    own_postgresql: Path, own_catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_RESTART_S", 0.0)
    monkeypatch.setattr(connection, "_FIRST_PAUSE_S", 0.0)
    with Catalog.open(Path(), create=True, url=own_catalog) as catalog:
        stop(own_postgresql)
        try:
            with pytest.raises(
                CatalogError, match=r"cannot be reached|lost its connection"
            ) as told:
                catalog.status()
            assert "\n" not in str(told.value)
        finally:
            start(own_postgresql)
        assert catalog.status().photos == 0


def test_a_database_that_was_never_there_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed here")
    monkeypatch.setattr(connection, "_pause", lambda _: pytest.fail("it waited"))
    with pytest.raises(CatalogError, match="cannot be reached"):
        Catalog.open(tmp_path, create=True, url=url_of(tmp_path))


class Faults:
    """Counts files that are put and sessions that are begun; at given counts a server goes away,
    and comes back when it was asked for in vain (the bucket's) or at once (the catalog's)."""

    def __init__(self, s3: S3Server, postgresql: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.puts = self.sessions = 0
        self.puts_at: set[int] = set()
        self.sessions_at: set[int] = set()
        self.backs: list[threading.Thread] = []
        self.restarts = 0
        real, real_new = BucketStore.put, BucketStore.put_new

        def put(store: BucketStore, name: str, content: bytes) -> None:
            self._counted()
            real(store, name, content)

        def put_new(store: BucketStore, name: str, content: bytes) -> bool:
            self._counted()
            return real_new(store, name, content)

        def session(engine: Engine) -> Session:
            # Nothing is asked yet: this is between two transactions.
            if engine.dialect.name == "postgresql":
                self.sessions += 1
                if self.sessions in self.sessions_at:
                    self.restarts += 1
                    stop(postgresql)
                    start(postgresql)
            return Session(engine)

        monkeypatch.setattr(BucketStore, "put", put)
        monkeypatch.setattr(BucketStore, "put_new", put_new)
        monkeypatch.setattr(base, "Session", session)
        self._s3 = s3

    def _counted(self) -> None:
        self.puts += 1
        if self.puts in self.puts_at:
            self.backs.append(self._s3.away(attempts=2))


@pytest.mark.nightly
def test_servers_that_go_and_come_are_not_noticed(
    s3: S3Server,
    own_postgresql: Path,
    own_catalog: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At random, again and again: the map is that of an undisturbed run in a folder."""
    write_aimed_photos(tmp_path / "in", _PHOTOS)
    commands: tuple[tuple[Any, ...], ...] = (
        ("ingest", tmp_path / "in", "--depth", "measured", "--jobs", 0),
        ("merge", "--area", "all", "--jobs", 1, "--no-report"),
    )
    for command in commands:
        assert Ran(*command, "--map", tmp_path / "map").code == ExitCode.OK
    faults = Faults(s3, own_postgresql, monkeypatch)
    rng, puts, sessions = random.Random(0), 0, 0
    for number in range(1 + KILLS):  # at first undisturbed, to count what may be
        if number:
            faults.puts_at = set(rng.sample(range(1, puts + 1), 2))
            faults.sessions_at = set(rng.sample(range(1, sessions + 1), 3))
        faults.puts = faults.sessions = faults.restarts = 0
        faults.backs.clear()
        name = s3.new_map()
        where = ("--map", name, "--catalog", f"{own_catalog}&schema=faults{number}")
        for command in commands:
            ran = Ran(*command, *where)
            assert ran.code == ExitCode.OK, ran.err
        if not number:
            puts, sessions = faults.puts, faults.sessions
        for back in faults.backs:
            back.join()
        assert len(faults.backs) == len(faults.puts_at)
        assert faults.restarts == len(faults.sessions_at)
        assert_as_in_a_folder(map_folder(Path(name)), tmp_path / "map")


def assert_as_in_a_folder(root: Path, expected_root: Path) -> None:
    assert verify(root).findings == ()
    with MapFolder.open(root) as found, MapFolder.open(expected_root) as expected:
        photos = expected.catalog.photos()
        assert len(photos) == _PHOTOS
        for mine, theirs in zip(found.catalog.photos(), photos, strict=True):
            assert (mine.depth, mine.features) == (theirs.depth, theirs.features)
        assert expected.tiles()
        for tile, other in zip(found.tiles(), expected.tiles(), strict=True):
            assert tile.key == other.key
            assert [file.content_hash for file in tile.files] == [
                file.content_hash for file in other.files
            ]


@pytest.mark.nightly
def test_a_bucket_that_stays_away_is_one_line_and_the_command_goes_on(
    s3: S3Server,
    postgresql_catalog_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_photos(tmp_path / "in", _PHOTOS)
    name = s3.new_map()
    monkeypatch.setenv("WORLDMAP_S3_PATIENCE_S", "0.2")
    command = ("ingest", tmp_path / "in", "--depth", "measured", "--jobs", 0, "--map", name)
    real, puts = BucketStore.put, 0

    def put(store: BucketStore, name: str, content: bytes) -> None:
        nonlocal puts
        puts += 1
        if puts == 3:  # of the second photo
            s3.stop()
        real(store, name, content)

    monkeypatch.setattr(BucketStore, "put", put)
    ran = Ran(*command, "--catalog", postgresql_catalog_url)
    s3.start()
    assert ran.code == ExitCode.STORAGE, ran.err
    assert "cannot be reached" in ran.error
    assert "run the command again" in ran.error
    again = Ran(*command, "--json")
    assert again.code == ExitCode.OK, again.err
    assert sorted(each["status"] for each in again.summary["photos"]) == ["accepted", "skipped"]
    assert verify(map_folder(Path(name))).findings == ()
