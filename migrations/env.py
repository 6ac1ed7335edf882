"""How Alembic reaches a catalog.

worldmap hands over a connection whose transaction it has begun. By hand, a map is named with -x:
`alembic -x map=DIR check`, or `-x url=postgresql://...`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Connection

from worldmap.catalog import geopackage
from worldmap.catalog.connection import WRITES, postgresql_engine, schema_of, sqlite_engine
from worldmap.catalog.models import Base
from worldmap.errors import CatalogError

# Tables of the GeoPackage standard, of SQLite and of PostGIS are nobody's model.
_NOT_OURS = ("gpkg_", "rtree_", "sqlite_", "layer_styles", "spatial_ref_sys", "alembic_")


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and name is not None and name.startswith(_NOT_OURS))


def _is_compared(item: Any, _name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    # Where the R-tree is SQLite's own, the models' spatial indexes are PostgreSQL's alone.
    dialect = context.get_context().dialect.name
    spatial = kind == "index" and "gist" in str(item.dialect_options["postgresql"]["using"])
    return not spatial or dialect == "postgresql"


def _migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=_is_ours,
        include_object=_is_compared,
        render_as_batch=sqlite,
        transactional_ddl=True,
        compare_type=True,
        # Another program's version may be in public, which is searched, too.
        version_table_schema=schema_of(connection),
    )
    highest_ids: dict[str, int] = {}
    dangling: Counter[str] = Counter()
    if sqlite:
        highest_ids = _highest_ids(connection)
        dangling = _dangling(connection)
        geopackage.suspend(connection)
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        _restore_highest_ids(connection, highest_ids)
        if geopackage.is_geopackage(connection):
            geopackage.refresh(connection)
        broken = _dangling(connection) - dangling
        if broken:
            raise CatalogError(f"the upgrade would leave dangling rows in {', '.join(broken)}")


def _dangling(connection: Connection) -> Counter[str]:
    """How many rows of each table refer to nothing. Foreign keys are off while tables are rebuilt;
    what another program left dangling before is not the migration's doing."""
    return Counter(row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))


def _highest_ids(connection: Connection) -> dict[str, int]:
    """The highest id ever given in each table: a rebuilt table would forget deleted ones."""
    there = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
    ).first()
    if there is None:
        return {}
    rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
    return {row.name: row.seq for row in rows}


def _restore_highest_ids(connection: Connection, highest: dict[str, int]) -> None:
    now = _highest_ids(connection)
    for table, seq in highest.items():
        if table in now:
            connection.exec_driver_sql(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (seq, table)
            )
        elif connection.dialect.has_table(connection, table):
            connection.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, seq))


def _by_hand() -> None:
    named = context.get_x_argument(as_dictionary=True)
    if "url" in named:
        engine = postgresql_engine(named["url"])
    elif "map" in named:
        engine = sqlite_engine(Path(named["map"]) / "catalog.gpkg", foreign_keys=False)
    else:
        raise CatalogError("name a map: alembic -x map=DIR ..., or -x url=postgresql://...")
    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            _migrate(connection)
    finally:
        engine.dispose()


given = context.config.attributes.get("connection")
if given is None:
    _by_hand()
else:
    _migrate(given)
