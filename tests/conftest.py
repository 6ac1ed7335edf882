"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import contextlib
import os
import signal
import uuid
from collections.abc import Iterator

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before numpy, OpenCV and PyTorch are imported: workers share the processors.
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(_name, "1")

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.helpers.postgresql_server import NoServerError, server
from tests.helpers.s3_server import NoServerError as NoS3Error
from tests.helpers.s3_server import S3Server, s3_server

if TYPE_CHECKING:
    from tests.helpers.map_makers import SmallMap

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts jobs in the background with Ctrl-C ignored, and every child would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is, and nothing about what is tested.
settings.register_profile("worldmap", deadline=None)
settings.load_profile("worldmap")

SHARED_DATA = Path(
    os.environ.get("WORLDMAP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


def pytest_report_header() -> list[str]:
    """Which tests will be skipped, before they are."""
    from tests.helpers.other_programs import here

    found = here()
    lines = [f"optional readers here: {', '.join(n for n in found if found[n]) or 'none'}"]
    if missing := [name for name in found if not found[name]]:
        lines.append(f"not here, their tests are skipped: {', '.join(missing)}")
    real = "here" if (SHARED_DATA / "lund" / "truth.json").is_file() else "not here"
    return [*lines, f"real photos ({SHARED_DATA}): {real}"]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets must not steer a test."""
    for name in ("WORLDMAP_MAP", "WORLDMAP_DEBUG", "WORLDMAP_ENGINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def lund() -> Path:
    """The real street; skips where it is not there."""
    folder = SHARED_DATA / "lund"
    if not (folder / "truth.json").is_file():
        pytest.skip(f"no real photos at {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a command remembers for its user stays among the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _workers_are_forked() -> Iterator[None]:
    """A command's workers, which would take seconds to import what they need, many times over.
    tests/engine/ tries them, and the installed commands start them as the engine does."""
    from tests.helpers.forked_runs import WorkersContext

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("worldmap.engine.workers.get_context", lambda _: WorkersContext)
        yield


@pytest.fixture(scope="session", autouse=True)
def _new_catalogs_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of one that every revision has made, which takes longer than many a test.
    tests/catalog/test_migrations.py makes its own, and so do the installed commands."""
    from tests.helpers.once import once_a_run
    from worldmap.catalog import migrate

    def made(folder: Path) -> Path:
        migrate.create(folder / "catalog.gpkg")
        return folder / "catalog.gpkg"

    template = once_a_run(tmp_path_factory, "catalog", made).read_bytes()

    def copy(path: Path, _: str) -> None:
        path.write_bytes(template)
        path.chmod(0o644)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "_make", copy)
        yield


@pytest.fixture(scope="session")
def small_map(tmp_path_factory: pytest.TempPathFactory) -> SmallMap:
    """A small demo street, ingested and merged; tests that change it take a copy."""
    from tests.helpers.map_makers import make_small_map
    from tests.helpers.once import once_a_run

    made = once_a_run(tmp_path_factory, "small", make_small_map)
    # A catalog of this worker's own: two of them may be written at a time.
    return made.copied(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def s3_server_of_run() -> Iterator[S3Server]:
    """An S3 server for this test run; skips, with the reason, where none can run."""
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(s3_server())
        except NoS3Error as reason:
            pytest.skip(str(reason))


@pytest.fixture
def s3(
    s3_server_of_run: S3Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> S3Server:
    """An S3 server that the environment names, with a cache of the test's own; skips, with the
    reason, where none can run."""
    for name, value in s3_server_of_run.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WORLDMAP_CACHE", str(tmp_path_factory.mktemp("cache")))
    return s3_server_of_run


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server with PostGIS for this test run; skips, with the reason, without one."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed here")
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(server())
        except NoServerError as reason:
            pytest.skip(str(reason))
        with psycopg.connect(host=folder, user="worldmap", dbname="postgres") as connection:
            extensions = connection.execute(
                "SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'"
            )
            if extensions.fetchone() is None:
                pytest.skip("PostGIS is not installed here")
        yield folder


@contextlib.contextmanager
def _database(folder: str, options: str = "") -> Iterator[str]:
    """A database's name, while it is there."""
    import psycopg

    name = f"map_{uuid.uuid4().hex}"
    administrator = {"host": folder, "user": "worldmap", "dbname": "postgres", "autocommit": True}
    with psycopg.connect(**administrator) as connection:  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {name} {options}")
    yield name
    with psycopg.connect(**administrator) as connection:  # type: ignore[arg-type]
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(folder: str, database: str) -> str:
    return f"postgresql://worldmap@/{database}?host={folder}"


@pytest.fixture(scope="module")
def postgresql_module_url(postgresql_server: str) -> Iterator[str]:
    """The same of a module's own."""
    with _database(postgresql_server) as name:
        yield _url(postgresql_server, name)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    with _database(postgresql_server) as name:
        yield _url(postgresql_server, name)


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: str) -> Iterator[str]:
    from worldmap.catalog import Catalog

    with _database(postgresql_server) as name:
        Catalog.open(Path(), create=True, url=_url(postgresql_server, name)).close()
        yield name


@pytest.fixture
def postgresql_catalog_url(postgresql_server: str, _postgresql_template: str) -> Iterator[str]:
    """The URL of a new, empty catalog of the test's own: a copy, which is quicker."""
    with _database(postgresql_server, f"TEMPLATE {_postgresql_template}") as name:
        yield _url(postgresql_server, name)
