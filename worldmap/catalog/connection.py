"""Connections to the catalog's database, and its errors in one line.

SQLite: WAL, so that readers never wait; writers take their lock at BEGIN and wait for each other,
because a lock that is taken halfway through a transaction cannot be waited for. PostgreSQL: an
advisory lock does the same job. Connections must not cross a fork: a child opens its own.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from worldmap.artifact import disk_full, free_bytes_of
from worldmap.catalog.beside import require_sound_journals
from worldmap.catalog.geometry import register_functions
from worldmap.errors import CatalogError, CatalogLockedError, StorageError, WorldmapError

WRITES = "worldmap_writes"
"""Execution option of a connection whose transactions take the writers' lock when they begin."""

_SCHEMA = "worldmap_schema"  # what a connection keeps in its `info`
_DEFAULT_SCHEMA = "worldmap"

BUSY_TIMEOUT_S = 60.0
LOG_BYTES = 2 * 1000 * 4096
"""What writes take until there is room again: the log of writes grows to some 1,000 pages before
these go into the file, which may grow by as much."""
_INDEX_OF_LOG_BYTES = 1 << 15  # https://sqlite.org/walformat.html#the_wal_index_file_format
# SQLite's own waiting cannot be interrupted: Ctrl-C takes effect between two rounds of it.
_BUSY_ROUND_S = 2.0
_RESTART_S = 120.0
_FIRST_PAUSE_S, _MOST_PAUSE_S = 0.1, 5.0
# Any number will do, as long as no other program locks on it: "worldmap" in ASCII.
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ADVISORY_LOCK = int.from_bytes(b"worldmap", "big")


def sqlite_engine(path: Path, *, foreign_keys: bool = True) -> Engine:
    """An engine on an existing SQLite file; it never makes one.

    foreign_keys is off while migrating, when tables are dropped and rebuilt.
    """

    def connect() -> sqlite3.Connection:
        connection = _sqlite_connection(path)
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        # Else a full disk may be another than the map's.
        connection.execute("PRAGMA temp_store = MEMORY")
        register_functions(connection)
        return connection

    engine = create_engine(
        URL.create("sqlite", database=str(path)), creator=connect, poolclass=QueuePool
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        opened = connection.connection.driver_connection
        assert isinstance(opened, sqlite3.Connection)
        if connection.get_execution_options().get(WRITES):
            _begin_immediate(opened)
        else:
            opened.execute("BEGIN")

    return engine


def _begin_immediate(connection: sqlite3.Connection) -> None:
    """Wait for the writers' lock."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > give_up_at:
                raise
        else:
            return


def _sqlite_connection(path: Path) -> sqlite3.Connection:
    require_sound_journals(path)
    address = f"file:{quote(str(path.absolute()), errors='surrogateescape')}"
    # A read-only folder has no room for the write-ahead log. Nobody can be writing there either,
    # so the file may be read as it stands unless a log was left behind.
    log = path.with_name(path.name + "-wal")
    if path.exists() and is_read_only(path) and not log.exists():
        address += "?mode=ro&immutable=1"
    else:
        address += "?mode=rw"
    # isolation_level=None: this module alone says when a transaction begins.
    return sqlite3.connect(
        address,
        uri=True,
        timeout=min(_BUSY_ROUND_S, BUSY_TIMEOUT_S),
        isolation_level=None,
        check_same_thread=False,
    )


def is_read_only(path: Path) -> bool:
    """Whether the file or its folder may not be written."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def use_write_ahead_log(path: Path) -> None:
    """Switch a SQLite file to WAL, where it still is to be and nobody is in the way.

    It stays in the file; GIS programs switch it off when they leave.
    """
    connection = _sqlite_connection(path)
    try:
        # Asking needs no lock; switching does, and does not wait for it by itself.
        give_up_at = time.monotonic() + 2.0
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError:
                # Without it writers wait for readers; nothing goes wrong.
                if time.monotonic() > give_up_at:
                    break
                time.sleep(0.05)
    finally:
        connection.close()


def postgresql_engine(url: str) -> Engine:
    """An engine on a PostgreSQL database with PostGIS. `?schema=NAME` in the URL: on that schema
    of it, so that one database may hold several maps, or a map beside something else. Without it
    the schema is `worldmap`, or `public` where the catalog is there, as it was with earlier
    versions; `schema_of` tells which.

    Raises CatalogError where the URL cannot be read or no driver is installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CatalogError(f"not a database URL: {url}") from error
    if parsed.get_backend_name() != "postgresql":
        raise CatalogError(
            f"{parsed.get_backend_name()} is no catalog",
            hint="a catalog URL must begin with postgresql://",
        )
    schema = parsed.query.get("schema")
    if schema is not None and not (isinstance(schema, str) and _SCHEMA_NAME.fullmatch(schema)):
        raise CatalogError(
            f"not the name of a schema: {schema!r}",
            hint="take small letters, digits and _, a letter first",
        )
    options = _one(parsed.query.get("options"))
    named = schema or (None if "search_path" in options else _DEFAULT_SCHEMA)
    if named is not None:
        # PostGIS's own types and functions are in public.
        options = f"{options} -c search_path={named},public".strip()
    told = parsed.difference_update_query(["schema", "options"])
    told = told.update_query_dict({"options": options} if options else {})
    try:
        engine = create_engine(told.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise CatalogError(
            "a PostgreSQL catalog needs psycopg", hint="pip install 'worldmap[postgresql]'"
        ) from error

    _wait_for_lost_server(engine)

    @event.listens_for(engine, "connect")
    def connect(opened: Any, record: Any) -> None:
        from psycopg import Error

        record.info[_SCHEMA] = named
        try:
            if schema is None and named is not None and _is_in_public(opened):
                opened.execute("SET search_path = public")
                record.info[_SCHEMA] = "public"
            opened.commit()  # else it would be undone
        except Error as error:  # the engine translates only what it asks itself
            raise _lost("the catalog", error) from error

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")

    return engine


def _wait_for_lost_server(engine: Engine) -> None:
    """Let it connect again to a server that it was connected to before, for as long as one takes
    that is restarted. What was in a transaction is lost; between two of them nobody notices."""
    was_there = False

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _: Any, args: Any, options: Any) -> Any:
        from psycopg import OperationalError

        nonlocal was_there
        give_up_at, pause_s = time.monotonic() + _RESTART_S, _FIRST_PAUSE_S
        while True:
            try:
                opened = dialect.connect(*args, **options)
            except OperationalError:
                if not was_there or time.monotonic() > give_up_at:
                    raise
                _pause(pause_s)
                pause_s = min(2 * pause_s, _MOST_PAUSE_S)
            else:
                was_there = True
                return opened


def _pause(seconds: float) -> None:
    time.sleep(seconds)


def _is_in_public(opened: Any) -> bool:
    """Whether a catalog is where earlier versions made it. CatalogError where there is one in the
    schema of this version besides."""
    (default, public) = opened.execute(
        f"SELECT to_regclass('{_DEFAULT_SCHEMA}.solved_poses'), to_regclass('public.solved_poses')"
    ).fetchone()
    if default is not None and public is not None:
        raise CatalogError(
            f"the database {opened.info.dbname} holds a catalog in each of the schemas "
            f"{_DEFAULT_SCHEMA} and public",
            hint="say which by ?schema=NAME at the end of its URL",
        )
    return public is not None


def schema_of(connection: Connection) -> str | None:
    """The schema that the catalog is in, or will be; None where the database has none (SQLite), or
    the URL has a search path of its own."""
    found: str | None = connection.info.get(_SCHEMA)
    return found


def _one(values: str | tuple[str, ...] | None) -> str:
    """What a URL says once or several times."""
    return " ".join(values) if isinstance(values, tuple) else values or ""


@contextmanager
def one_line_errors(where: str) -> Iterator[None]:
    """Turns what a database says into a CatalogError or StorageError about the catalog `where`.

    Errors that only a bug can cause pass through.
    """
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _lost(where, error.orig) from error
        raised = _explained(where, error.orig)
        if raised is None:
            raise
        raise raised from error
    except sqlite3.Error as error:
        raised = _explained(where, error)
        if raised is None:
            raise
        raise raised from error


_BAD_ROWS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)


@contextmanager
def sound_rows(where: str) -> Iterator[None]:
    """Turns what rows raise that worldmap did not write (an edit in a GIS, a damaged or made-up
    file) into a CatalogError about the catalog `where`."""
    try:
        yield
    except WorldmapError:
        raise
    except (DBAPIError, sqlite3.Error) as error:
        told = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(told, sqlite3.Error) or _explained_sqlite(where, told) is not None:
            raise
        line = " ".join(str(told).split())[:160]
        raise CatalogError(
            f"{where} is not as worldmap left it ({line}); restore a copy"
        ) from error
    except _BAD_ROWS as error:
        line = " ".join(str(error).split())[:160] or type(error).__name__
        raise CatalogError(
            f"{where} holds a row that worldmap cannot read ({line}): undo what was edited there, "
            "or restore a copy"
        ) from error


def _lost(where: str, error: BaseException | None) -> CatalogError:
    """The server, or the network on the way to it, went away in the middle."""
    return CatalogError(
        f"lost its connection ({' '.join(str(error).split())})",
        path=where,
        hint="run the command again: it goes on from what is stored",
    )


def _explained(where: str, error: BaseException | None) -> WorldmapError | None:
    if isinstance(error, sqlite3.Error):
        return _explained_sqlite(where, error)
    return _explained_postgresql(where, error)


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _code(error: sqlite3.Error) -> str:
    """SQLite's name of an error; '' where the module itself raised it."""
    name: str = getattr(error, "sqlite_errorname", "")
    return name


def _explained_sqlite(where: str, error: sqlite3.Error) -> WorldmapError | None:
    name = _code(error)
    if _is_busy(error):
        return CatalogLockedError(
            "is locked by another program (a GIS that is editing it?)",
            path=where,
            hint="close it and try again",
        )
    if "decode to UTF-8" in str(error):
        return CatalogError(
            f"{where} holds text that is no UTF-8 ({' '.join(str(error).split())[:160]}): undo "
            "what was edited there, or restore a copy"
        )
    no_room = name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and (
        free_bytes_of(Path(where)) < _INDEX_OF_LOG_BYTES
    )
    if name.startswith("SQLITE_FULL") or no_room:
        return disk_full(Path(where), LOG_BYTES, how_sure="up to")
    if name.startswith("SQLITE_READONLY"):
        return StorageError(
            "cannot be written: it is read-only", path=where, hint="choose another with --map"
        )
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StorageError(
            "cannot be opened: no permission, or the folder is read-only", path=where
        )
    if name.startswith("SQLITE_IOERR"):
        return StorageError(f"cannot be read or written: the disk reports {name}", path=where)
    if name.startswith("SQLITE_NOTADB"):
        return CatalogError("is not a worldmap catalog: it is no SQLite database", path=where)
    if name.startswith("SQLITE_CORRUPT"):
        return CatalogError(f"is damaged ({error})", path=where, hint="restore it from a backup")
    return None


def _explained_postgresql(where: str, error: BaseException | None) -> WorldmapError | None:
    state = getattr(error, "sqlstate", None)
    line = " ".join(str(error).split())
    # Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
    if state is None and type(error).__name__ == "OperationalError":
        return CatalogError(f"cannot be reached: {line}", path=where)
    if state is not None and state[:2] in ("08", "28", "3D", "42", "57") and state != "42601":
        if state.startswith("42") and state != "42501":
            return None
        hint = "another schema can be named by ?schema=NAME" if state == "42501" else ""
        return CatalogError(f"cannot be used: {line}", path=where, hint=hint)
    if state is not None and state.startswith("53"):
        return StorageError(f"is out of resources: {line}", path=where)
    return None
