"""What makes a SQLite file a GeoPackage: metadata tables, spatial indexes, default styles.

After OGC 12-128r18 (GeoPackage 1.3.1). Everything here works inside the caller's transaction and
may run again on a file that has it.
"""

from __future__ import annotations

import re
from importlib.resources import files

from sqlalchemy import Connection, text

from worldmap.catalog import geometry
from worldmap.catalog.geometry import WGS84_SRID
from worldmap.catalog.names import OTHERS_TABLES, TABLES

APPLICATION_ID = int.from_bytes(b"GPKG", "big")
VERSION = 10301
_RTREE_DEFINITION = "http://www.geopackage.org/spec131/#extension_rtree"

_METADATA_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS gpkg_spatial_ref_sys (
      srs_name TEXT NOT NULL,
      srs_id INTEGER NOT NULL PRIMARY KEY,
      organization TEXT NOT NULL,
      organization_coordsys_id INTEGER NOT NULL,
      definition TEXT NOT NULL,
      description TEXT
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS gpkg_contents (
      table_name TEXT NOT NULL PRIMARY KEY,
      data_type TEXT NOT NULL,
      identifier TEXT UNIQUE,
      description TEXT DEFAULT '',
      last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
      min_x DOUBLE,
      min_y DOUBLE,
      max_x DOUBLE,
      max_y DOUBLE,
      srs_id INTEGER,
      CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS gpkg_geometry_columns (
      table_name TEXT NOT NULL,
      column_name TEXT NOT NULL,
      geometry_type_name TEXT NOT NULL,
      srs_id INTEGER NOT NULL,
      z TINYINT NOT NULL,
      m TINYINT NOT NULL,
      CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
      CONSTRAINT uk_gc_table_name UNIQUE (table_name),
      CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
      CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS gpkg_extensions (
      table_name TEXT,
      column_name TEXT,
      extension_name TEXT NOT NULL,
      definition TEXT NOT NULL,
      scope TEXT NOT NULL,
      CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS layer_styles (
      id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
      f_table_catalog TEXT(256),
      f_table_schema TEXT(256),
      f_table_name TEXT(256),
      f_geometry_column TEXT(256),
      styleName TEXT(30),
      styleQML TEXT,
      styleSLD TEXT,
      useAsDefault BOOLEAN,
      description TEXT,
      owner TEXT(30),
      ui TEXT(30),
      update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
    )
    """,
)

_WGS84_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
# The three rows that every GeoPackage has (requirement 11).
_REFERENCE_SYSTEMS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic"),
    ("WGS 84 geodetic", WGS84_SRID, "EPSG", WGS84_SRID, _WGS84_WKT, "longitude/latitude"),
)


def create_metadata(connection: Connection) -> None:
    """The application id, the version, and the tables that describe a GeoPackage to its readers."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
    for statement in _METADATA_TABLES:
        connection.exec_driver_sql(statement)
    for row in _REFERENCE_SYSTEMS:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", row
        )
    register_attributes(connection, "layer_styles", "Styles that a GIS applies by itself")


def register_attributes(connection: Connection, table: str, description: str) -> None:
    """List a table without geometry, so that a GIS offers it."""
    _register(connection, table, "attributes", description)


def register_features(
    connection: Connection, table: str, kind: str, description: str, *, column: str = "geom"
) -> None:
    """List a table with a geometry column of `kind` (POINT, ...); `refresh` then indexes it."""
    _register(connection, table, "features", description)
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
        (table, column, kind, WGS84_SRID),
    )
    connection.exec_driver_sql(
        "INSERT OR REPLACE INTO gpkg_extensions VALUES (?, ?, 'gpkg_rtree_index', ?, 'write-only')",
        (table, column, _RTREE_DEFINITION),
    )


def _register(connection: Connection, table: str, data_type: str, description: str) -> None:
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description,"
        " srs_id) VALUES (?, ?, ?, ?, ?)",
        (table, data_type, table, description, WGS84_SRID if data_type == "features" else None),
    )


def add_style(connection: Connection, table: str, *, column: str = "geom") -> None:
    """Make styles/<table>.qml the layer's default style, replacing what worldmap gave it before;
    where somebody made another the default, that stays."""
    qml = files("worldmap.catalog").joinpath("styles", f"{table}.qml").read_text(encoding="utf-8")
    connection.exec_driver_sql(
        "DELETE FROM layer_styles WHERE f_table_name = ? AND owner = 'worldmap'", (table,)
    )
    connection.exec_driver_sql(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)"
        " VALUES ('', '', ?, ?, ?, ?, '', NOT EXISTS (SELECT 1 FROM layer_styles"
        " WHERE f_table_name = ? AND useAsDefault), 'The default of worldmap', 'worldmap')",
        (table, column, table, qml, table),
    )


# --- spatial index ----------------------------------------------------------------------------


def suspend(connection: Connection) -> None:
    """Take all triggers of our tables away until `refresh`: SQLite cannot rename a table into place
    that a trigger of another table already names, and one that worldmap did not make would run on
    what the steps write. GDAL's counts of features stay."""
    for name, on, sql in connection.exec_driver_sql(_TRIGGERS).all():
        if on.lower() in TABLES | OTHERS_TABLES and not _FEATURE_COUNT.fullmatch(sql):
            quoted = name.replace('"', '""')
            connection.exec_driver_sql(f'DROP TRIGGER "{quoted}"')


_TRIGGERS = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
_STALE_TRIGGER = "stale_tiles_of_photos"


def refresh(connection: Connection) -> None:
    """Build all spatial indexes, extents and triggers anew.

    Has to run after every migration: a table that was rebuilt has lost its triggers, and its index
    still holds what was there before.
    """
    for table, column in _layers(connection):
        _index(connection, table, column)
        update_extent(connection, table, column=column)
    for name, statement in _triggers(connection).items():
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')
        connection.exec_driver_sql(statement)


def foreign_triggers(connection: Connection) -> list[str]:
    """Triggers on tables of ours that are not as `refresh` makes them, by name: somebody else's,
    which would run on what we write. GDAL's counts of features are known."""
    expected = _triggers(connection)
    return [
        name
        for name, on, sql in connection.exec_driver_sql(_TRIGGERS)
        if on.lower() in TABLES | OTHERS_TABLES
        and sql != expected.get(name)
        and not _FEATURE_COUNT.fullmatch(sql)
    ]


_FEATURE_COUNT = re.compile(
    r'CREATE TRIGGER "trigger_\w+_feature_count_(\w+)" AFTER (?:INSERT|DELETE) ON "\1" BEGIN '
    r"UPDATE gpkg_ogr_contents SET feature_count = feature_count [+-] 1 "
    r"WHERE lower\(table_name\) = lower\('\1'\); END"
)


def _triggers(connection: Connection) -> dict[str, str]:
    """All our triggers: name and text."""
    # Foreign keys do this too, but not for a GIS: GDAL leaves them off.
    found = {
        name: f'CREATE TRIGGER "{name}" AFTER DELETE ON "{parent}"'
        f' BEGIN DELETE FROM "{child}" WHERE "{column}" = OLD.id; END'
        for name, parent, child, column in _cascades(connection)
    }
    # A photo that is deleted, by a GIS too, leaves its tiles out of date. Before, because its links
    # to them go with it.
    found[_STALE_TRIGGER] = (
        f'CREATE TRIGGER {_STALE_TRIGGER} BEFORE DELETE ON "photos"'
        ' BEGIN UPDATE "tiles" SET stale = 1 WHERE id IN'
        " (SELECT tile_id FROM tile_photos WHERE photo_id = OLD.id); END"
    )
    for table, column in _layers(connection):
        found |= _index_triggers(connection, table, column)
    return found


def _layers(connection: Connection) -> list[tuple[str, str]]:
    """Our layers with their columns of geometries. Those of somebody else have indexes of their
    own, and names that would not stand in a statement as they are."""
    rows = connection.exec_driver_sql("SELECT table_name, column_name FROM gpkg_geometry_columns")
    return [(table, column) for table, column in rows.all() if table in TABLES and column == "geom"]


def _cascades(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Trigger name, parent, child and the child's column of each foreign key of our tables that
    cascades."""
    return [
        (f"cascade_{row.child}_{row.column}", row.parent, row.child, row.column)
        for row in connection.exec_driver_sql(
            'SELECT m.name AS child, f."from" AS column, f."table" AS parent FROM sqlite_master m,'
            " pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.on_delete = 'CASCADE'"
            " ORDER BY 1, 2"
        )
        if row.child in TABLES and row.parent in TABLES and row.column.isidentifier()
    ]


def is_geopackage(connection: Connection) -> bool:
    """Whether the file says that it is one."""
    return bool(connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID)


def _index(connection: Connection, table: str, column: str) -> None:
    """R-tree of annex F.3."""
    fid = _fid(connection, table)
    index = f"rtree_{table}_{column}"
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{index}"')
    connection.exec_driver_sql(
        f'CREATE VIRTUAL TABLE "{index}" USING rtree(id, minx, maxx, miny, maxy)'
    )
    connection.exec_driver_sql(
        f'INSERT INTO "{index}" SELECT "{fid}", {_box("", column)} FROM "{table}"'
        f' WHERE "{column}" NOTNULL AND NOT ST_IsEmpty("{column}")'
    )


def _box(row: str, column: str) -> str:
    return ", ".join(f'ST_{bound}({row}"{column}")' for bound in ("MinX", "MaxX", "MinY", "MaxY"))


def _index_triggers(connection: Connection, table: str, column: str) -> dict[str, str]:
    """The triggers of annex F.3, which keep the R-tree."""
    fid = _fid(connection, table)
    index = f"rtree_{table}_{column}"
    there = f'(NEW."{column}" NOTNULL AND NOT ST_IsEmpty(NEW."{column}"))'
    gone = f'(NEW."{column}" ISNULL OR ST_IsEmpty(NEW."{column}"))'
    same, moved = f'OLD."{fid}" = NEW."{fid}"', f'OLD."{fid}" != NEW."{fid}"'
    put = f'INSERT OR REPLACE INTO "{index}" VALUES (NEW."{fid}", {_box("NEW.", column)});'
    drop_old = f'DELETE FROM "{index}" WHERE id = OLD."{fid}";'
    drop_both = f'DELETE FROM "{index}" WHERE id IN (OLD."{fid}", NEW."{fid}");'
    on_geometry = f'UPDATE OF "{column}" ON "{table}"'
    triggers = {
        "insert": (f'INSERT ON "{table}"', there, put),
        "update1": (on_geometry, f"{same} AND {there}", put),
        "update2": (on_geometry, f"{same} AND {gone}", drop_old),
        "update3": (f'UPDATE ON "{table}"', f"{moved} AND {there}", f"{drop_old} {put}"),
        "update4": (f'UPDATE ON "{table}"', f"{moved} AND {gone}", drop_both),
        "delete": (f'DELETE ON "{table}"', f'OLD."{column}" NOT NULL', drop_old),
    }
    return {
        f"{index}_{name}": f'CREATE TRIGGER "{index}_{name}" AFTER {when} WHEN {condition}'
        f" BEGIN {action} END"
        for name, (when, condition, action) in triggers.items()
    }


def outdated_indexes(connection: Connection) -> list[str]:
    """Layers whose index lacks a geometry or has one too many: a program switched triggers off."""
    found = []
    for table, column in _layers(connection):
        fid = _fid(connection, table)
        there = (
            f'SELECT "{fid}" FROM "{table}" WHERE "{column}" NOTNULL AND NOT ST_IsEmpty("{column}")'
        )
        indexed = f'SELECT id FROM "rtree_{table}_{column}"'
        off = connection.exec_driver_sql(
            f"SELECT count(*) FROM (SELECT * FROM ({there} EXCEPT {indexed})"
            f" UNION ALL SELECT * FROM ({indexed} EXCEPT {there}))"
        )
        if off.scalar_one():
            found.append(str(table))
    return found


_INDEX_MARGIN_DEG = 1e-4
"""More than an R-tree's single precision rounds outwards, anywhere on earth."""


def update_extent(connection: Connection, table: str, *, column: str = "geom") -> None:
    """Tell readers where a layer lies and that it has changed: of the geometries themselves, and
    the index, which is a metre off, only says which of them to look at."""
    index, fid = f'"rtree_{table}_{column}"', _fid(connection, table)

    def outermost(best: str, bound: str, side: str, inwards: str, reach: str) -> str:
        return (
            f'(SELECT {best}(ST_{bound}("{column}")) FROM "{table}" WHERE "{fid}" IN'
            f" (SELECT id FROM {index} WHERE {side} {inwards}"
            f" (SELECT {best}({side}) FROM {index}) {reach} {_INDEX_MARGIN_DEG}))"
        )

    connection.execute(
        text(
            "UPDATE gpkg_contents SET"
            f" min_x = {outermost('min', 'MinX', 'minx', '<=', '+')},"
            f" min_y = {outermost('min', 'MinY', 'miny', '<=', '+')},"
            f" max_x = {outermost('max', 'MaxX', 'maxx', '>=', '-')},"
            f" max_y = {outermost('max', 'MaxY', 'maxy', '>=', '-')},"
            " last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = :table"
        ),
        {"table": table},
    )


def _fid(connection: Connection, table: str) -> str:
    """The column that annex F.3 calls <i>, the rowid's alias."""
    columns = connection.exec_driver_sql(f'PRAGMA table_info("{table}")').all()
    (found,) = [row[1] for row in columns if row[5]]
    return str(found)


def extend_extent(connection: Connection, table: str, wkb: bytes | None) -> None:
    """`update_extent` after one geometry was added, without looking at the others."""
    box = None if wkb is None else geometry.bounds(wkb)
    west, south, east, north = box or (None, None, None, None)
    connection.execute(
        text(
            "UPDATE gpkg_contents SET"
            " min_x = min(coalesce(min_x, :west), coalesce(:west, min_x)),"
            " min_y = min(coalesce(min_y, :south), coalesce(:south, min_y)),"
            " max_x = max(coalesce(max_x, :east), coalesce(:east, max_x)),"
            " max_y = max(coalesce(max_y, :north), coalesce(:north, max_y)),"
            " last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = :table"
        ),
        {"west": west, "south": south, "east": east, "north": north, "table": table},
    )
