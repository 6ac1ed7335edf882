"""The catalog's version: making a new one, telling an old or foreign one, upgrading it.

The steps are Alembic's, in `migrations/` at the top of the repository and beside this file once
installed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from worldmap.artifact import (
    TEMPORARY_SUFFIX,
    disk_full,
    read_error,
    sync_folder,
    temporary_file,
    write_error,
)
from worldmap.catalog.connection import (
    WRITES,
    one_line_errors,
    postgresql_engine,
    schema_of,
    sound_rows,
    sqlite_engine,
    use_write_ahead_log,
)
from worldmap.catalog.models import Base
from worldmap.catalog.names import BACKUP_NAMES, TABLES
from worldmap.catalog.names import CATALOG_NAME as CATALOG_NAME
from worldmap.catalog.names import HEAD as HEAD
from worldmap.catalog.pointer import remember_url, require_same_url, trusted_url
from worldmap.catalog.schema import foreign_parts
from worldmap.errors import (
    CatalogError,
    CatalogVersionError,
    DiskFullError,
    MapNotFoundError,
    WorldmapError,
)
from worldmap.records import Upgrade

_OUR_TABLES = {"photos", "priors", "solved_poses", "tiles"}


_TABLES_OF_NO_EXTENSION = """
    SELECT 1 FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (
      SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
      AND deptype = 'e'
    )
"""


def scripts_folder() -> Path:
    """Where the migration scripts are: beside this file when installed, else at the top."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "migrations", here.parents[2] / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise CatalogError(
        "this installation of worldmap lacks its migrations", hint="install it again"
    )


def exists(path: Path) -> bool:
    """Whether there is a catalog at `path`; StorageError where that cannot be told."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise read_error(path, error) from error
    return True


def create(path: Path) -> None:
    """Make a new, empty catalog at `path` unless there is one.

    It is made beside and appears whole, so that a second process, or a kill, never meets half of
    it. Raises StorageError where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(path) as temporary:
            try:
                _make(temporary, str(path))
                _appear(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except WorldmapError:
        raise
    except OSError as error:
        raise write_error(path, error) from error


def _make(path: Path, where: str) -> None:
    """Turn an empty file into a new catalog."""
    with one_line_errors(where):
        engine = sqlite_engine(path, foreign_keys=False)
        try:
            with engine.execution_options(**{WRITES: True}).begin() as connection:
                _run(connection, HEAD)
        finally:
            engine.dispose()
        use_write_ahead_log(path)
    path.chmod(0o644)
    _sync(path)


def _appear(temporary: Path, path: Path) -> None:
    """Give `temporary` its name without ever replacing a catalog that another process made."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links.
        if not path.exists():
            temporary.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def create_tables(engine: Engine, where: str) -> None:
    """Make the tables of a new catalog in an empty PostgreSQL database, or an empty schema of one,
    unless they are there. What extensions such as PostGIS brought along is nobody's."""
    with (
        one_line_errors(where),
        engine.execution_options(**{WRITES: True}).begin() as connection,
    ):
        schema = schema_of(connection)
        there = f"SELECT to_regnamespace('{schema}')"
        if schema is not None and connection.exec_driver_sql(there).scalar() is None:
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
        if not connection.exec_driver_sql(_TABLES_OF_NO_EXTENSION).first():
            _run(connection, HEAD)


def require_current(connection: Connection, where: str) -> None:
    """Raises CatalogError, in one line, unless the catalog is of this version."""
    found = _revision(connection, where)
    if found == HEAD:
        if connection.dialect.name == "sqlite":
            _require_references(connection, where)
        return
    if found in _known_revisions():
        raise CatalogVersionError(
            "was written by an older worldmap",
            path=where,
            hint="run `worldmap db upgrade` (it keeps a copy)"
            if connection.dialect.name == "sqlite"
            else "`pg_dump` keeps a copy; then run `worldmap db upgrade`",
        )
    raise CatalogVersionError(
        f"was written by a newer worldmap (catalog version {found})",
        path=where,
        hint="upgrade worldmap",
    )


def _revision(connection: Connection, where: str) -> str:
    schema = schema_of(connection)
    tables = set(inspect(connection).get_table_names(schema=schema))
    if not tables >= {*_OUR_TABLES, "alembic_version"}:
        raise CatalogError("is not a worldmap catalog", path=where)
    if connection.dialect.name == "sqlite":
        _require_tables(connection, where)
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found)


def _require_tables(connection: Connection, where: str) -> None:
    """Nothing is asked of what may compute its answers."""

    def ask(query: str) -> Sequence[Sequence[Any]]:
        return connection.exec_driver_sql(query).all()

    if found := foreign_parts(ask):
        raise CatalogError(
            f"has parts that worldmap did not make ({', '.join(found[:3])})",
            path=where,
            hint="nothing is asked of them; use no map that you do not trust",
        )


def _require_references(connection: Connection, where: str) -> None:
    """A key of somebody else's could let one row that is deleted take others with it."""
    expected = {
        (table.name, key.column.table.name, key.parent.name, key.ondelete or "NO ACTION")
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
    }
    found = connection.exec_driver_sql(_REFERENCES).all()
    foreign = [key for key in found if key[0] in TABLES and tuple(key[:4]) not in expected]
    if foreign or any(key.on_update != "NO ACTION" for key in found if key[0] in TABLES):
        raise CatalogError(
            "has foreign keys that worldmap did not make",
            path=where,
            hint="use no map that you do not trust",
        )


_REFERENCES = (
    'SELECT lower(m.name), lower(f."table"), f."from", f.on_delete, f.on_update'
    " FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"
)


def _known_revisions() -> list[str]:
    """Oldest first. Imports Alembic, which a run on a current catalog never needs."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in revisions][::-1]


def upgrade(map_dir: Path, *, url: str | None = None) -> Upgrade:
    """Bring a map's catalog to this version; does nothing where it is already.

    A copy named catalog-<revision>-<time>.gpkg is made first. All steps are one transaction: it
    ends upgraded or as it was. A PostgreSQL catalog (`url`, remembered in the map's folder) gets no
    copy: that is pg_dump's job.
    Raises CatalogError where there is no catalog, or it is foreign, newer or locked; StorageError
    where the folder cannot be written or the disk is full.
    """
    if url is not None:
        require_same_url(map_dir, url, CATALOG_NAME)
    at = url or trusted_url(map_dir)
    if at is not None:
        done = _upgraded(postgresql_engine(at), "the PostgreSQL catalog", None)
        remember_url(map_dir, at)
        return done
    path = map_dir / CATALOG_NAME
    if not exists(path):
        raise MapNotFoundError(f"holds no map (there is no {CATALOG_NAME})", path=map_dir)
    try:
        done = _upgraded(sqlite_engine(path, foreign_keys=False), str(path), path)
    except DiskFullError as error:
        # The copy, the log of everything that changes, and what the file may grow by.
        raise disk_full(path, 3 * path.stat().st_size) from error
    with one_line_errors(str(path)):
        use_write_ahead_log(path)
    return done


def _upgraded(engine: Engine, where: str, path: Path | None) -> Upgrade:
    try:
        with (
            one_line_errors(where),
            # The writers' lock comes first: nothing is written between the copy and the upgrade.
            engine.execution_options(**{WRITES: True}).begin() as connection,
        ):
            if path is not None:
                _remove_half_backups(path)
            with sound_rows(where):
                found = _revision(connection, where)
            backup = None
            if found != HEAD:
                if found not in _known_revisions():
                    require_current(connection, where)
                if path is not None:
                    backup = _backup(path, found)
                with sound_rows(where):
                    _run(connection, HEAD)
    finally:
        engine.dispose()
    return Upgrade(from_revision=found, to_revision=HEAD, backup=backup)


def _backup(path: Path, revision: str) -> Path:
    """A copy of the SQLite file as last committed, beside it."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    backup = path.with_name(f"{path.stem}-{revision}-{now}{path.suffix}")
    temporary = backup.with_name(f".{backup.name}{TEMPORARY_SUFFIX}")
    try:
        with (
            one_line_errors(str(backup)),
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(temporary)) as target,
        ):
            source.backup(target)
        _sync(temporary)
        temporary.replace(backup)
        sync_folder(backup.parent)
    except WorldmapError:
        raise
    except OSError as error:
        raise write_error(backup, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return backup


def _remove_half_backups(path: Path) -> None:
    """What upgrades that were killed left; only who holds the writers' lock makes one."""
    try:
        for left in path.parent.glob(f".{BACKUP_NAMES}{TEMPORARY_SUFFIX}*"):
            left.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def _run(connection: Connection, revision: str) -> None:
    """Run the steps up to `revision` inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
