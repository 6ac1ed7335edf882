"""A catalog from anybody: rows that a GIS may have edited, triggers that are not ours."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import catalog_records as records
from tests.helpers.ingest_makers import Ran
from tests.helpers.old_catalogs import without_later_parts
from worldmap.catalog import CATALOG_NAME, Catalog, upgrade
from worldmap.catalog.geometry import register_functions
from worldmap.catalog.models import Base
from worldmap.catalog.names import TABLES
from worldmap.cli.exits import ExitCode
from worldmap.errors import CatalogError
from worldmap.mapfolder import status_of

OLD = Path(__file__).parents[1] / "data" / "catalog-0001.sql"
COMMANDS = [
    ("status",), ("verify",), ("merge", "--area", "all"), ("remove", "a.jpg"), ("gc",),
    ("db", "upgrade"),
]  # fmt: skip
LATIN1 = b"Stra\xdfe"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with two photos and a pair."""
    map_dir = tmp_path_factory.mktemp("made")
    with Catalog.open(map_dir, create=True) as catalog:
        catalog.start_run("merge", "{}", "1")
        records.record_two_photos_and_a_pair(catalog)
    return map_dir


@pytest.fixture
def map_dir(made: Path, tmp_path: Path) -> Path:
    with (
        closing(sqlite3.connect(made / CATALOG_NAME)) as source,
        closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as target,
    ):
        source.backup(target)
    return tmp_path


def edit(map_dir: Path, statement: str, *values: object) -> None:
    """As any program may."""
    with closing(sqlite3.connect(map_dir / CATALOG_NAME)) as connection:
        register_functions(connection)
        with connection:
            connection.execute(statement, values)


def photos(catalog: Catalog) -> object:
    return catalog.photos()


def runs(catalog: Catalog) -> object:
    return catalog.runs()


def pairs(catalog: Catalog) -> object:
    return catalog.find_pairs("key")


@pytest.mark.parametrize(
    ("read", "table", "column", "value"),
    [
        (photos, "photos", "captured_at", "last summer"),
        (photos, "photos", "flags", "{"),
        (photos, "photos", "tag_height_datum", "moon"),
        (photos, "photos", "width_px", "wide"),
        (photos, "photos", "camera_fx_px", "f"),
        (photos, "photos", "camera_distortion", "[1]"),
        (photos, "photos", "make", LATIN1),
        (runs, "runs", "settings_json", "{"),
        (runs, "runs", "settings_json", "[1]"),
        (runs, "runs", "settings_json", '{"registration": 5}'),
        (pairs, "pair_registrations", "covariance", b"\0"),
        (pairs, "pair_registrations", "covariance", zlib.compress(bytes(100))),
        (pairs, "pair_registrations", "inlier_index", zlib.compress(bytes(200 << 20))),
        (pairs, "pair_registrations", "a_from_b_rotation", b""),
        (pairs, "pair_registrations", "matches", "many"),
        (pairs, "pair_registrations", "rmse_px", b"\1\2"),
    ],
)
def test_a_row_that_worldmap_did_not_write_is_one_line(
    map_dir: Path,
    read: Callable[[Catalog], object],
    table: str,
    column: str,
    value: object,
) -> None:
    edit(map_dir, f'UPDATE "{table}" SET "{column}" = ?', value)
    with (
        Catalog.open(map_dir, create=False) as catalog,
        pytest.raises(CatalogError, match="row that worldmap cannot read") as caught,
    ):
        read(catalog)
    assert str(map_dir) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_that_is_no_utf8_is_one_line(map_dir: Path) -> None:
    edit(map_dir, "UPDATE photos SET make = CAST(? AS TEXT)", LATIN1)
    with (
        Catalog.open(map_dir, create=False) as catalog,
        pytest.raises(CatalogError, match="no UTF-8"),
    ):
        catalog.photos()


def test_another_shape_is_refused(map_dir: Path) -> None:
    from worldmap.catalog.columns import PackedArray

    packed = PackedArray().process_bind_param(np.eye(3), None)  # type: ignore[arg-type]
    edit(map_dir, "UPDATE pair_registrations SET covariance = ?", packed)
    with (
        Catalog.open(map_dir, create=False) as catalog,
        pytest.raises(CatalogError, match=r"\(3, 3\) where \(7, 7\)"),
    ):
        catalog.find_pairs("key")


@pytest.mark.parametrize(
    ("at", "content"),
    [
        (0, bytes(100)),
        (16, b"\xff" * 84),
        (44, b"\0\0\0\x09"),  # a schema format of the future
        (100, b"\xff" * 200),  # the first page's own header
        (4096, b"\xff" * 100_000),
    ],
)
def test_a_damaged_database_is_one_line(map_dir: Path, at: int, content: bytes) -> None:
    path = map_dir / CATALOG_NAME
    whole = bytearray(path.read_bytes())
    whole[at : at + len(content)] = content
    path.write_bytes(whole)
    with pytest.raises(CatalogError) as caught, Catalog.open(map_dir, create=False) as catalog:
        catalog.photos()
    assert "\n" not in str(caught.value)


TRIGGERS = {
    "on our table": "CREATE TRIGGER evil AFTER INSERT ON failures BEGIN DELETE FROM photos; END",
    "under our name": (
        'CREATE TRIGGER "stale_tiles_of_photos" BEFORE DELETE ON "photos"'
        " BEGIN DELETE FROM priors; END"
    ),
    "on the contents": (
        "CREATE TRIGGER evil AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM photos; END"
    ),
}


@pytest.mark.parametrize("kind", TRIGGERS)
def test_a_strangers_trigger_stops_writing_and_is_named(map_dir: Path, kind: str) -> None:
    edit(map_dir, 'DROP TRIGGER "stale_tiles_of_photos"')
    edit(map_dir, TRIGGERS[kind])
    name = "stale_tiles_of_photos" if kind == "under our name" else "evil"
    with Catalog.open(map_dir, create=False) as catalog:
        assert len(catalog.photos()) == 2
        with pytest.raises(CatalogError, match=f"triggers that worldmap did not make.*{name}"):
            catalog.start_run("ingest", "{}", "1")
        assert len(catalog.photos()) == 2
        assert any(name in line for line in catalog.check())


FOREIGN = {
    "a view": "CREATE VIEW failures AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n)"
    " SELECT i AS id, '' AS path, '' AS content_hash, '' AS stage, '' AS reason FROM n",
    "a view in other letters": "CREATE VIEW Failures AS SELECT 1 AS id",
    "a virtual table": "CREATE VIRTUAL TABLE failures USING rtree(id, a, b)",
    "a generated column": "CREATE TABLE failures (id INTEGER, path TEXT AS (hex(zeroblob(1))))",
    "a check": "CREATE TABLE failures (id INTEGER CHECK (length(zeroblob(9)) = 9), path TEXT)",
    "a check behind comments": (
        "CREATE TABLE failures (id INTEGER /* ' */ CHECK (id > 0) /* ' */, path TEXT)"
    ),
    "a default": "CREATE TABLE failures (id INTEGER DEFAULT (length(zeroblob(9))), path TEXT)",
    "an index on an expression": "CREATE INDEX evil ON photos (hex(path))",
    "a partial index": "CREATE INDEX evil ON photos (path) WHERE hex(path) > ''",
    "a unique index": "CREATE UNIQUE INDEX evil ON photos (path, id)",
    "a key": "CREATE TABLE failures (id INTEGER, path TEXT REFERENCES photos ON DELETE CASCADE)",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_nothing_is_asked_of_what_computes_in_place_of_a_table(map_dir: Path, kind: str) -> None:
    """Some of these would never come to an end."""
    if "index" not in kind:
        edit(map_dir, "DROP TABLE failures")
    edit(map_dir, FOREIGN[kind])
    openings: list[Callable[[], object]] = [
        lambda: Catalog.open(map_dir, create=False),
        lambda: Catalog.open(map_dir, create=True),
    ]
    if kind != "a key":  # reading follows none
        openings.append(lambda: status_of(map_dir))
    for opening in openings:
        with pytest.raises(CatalogError, match="that worldmap did not make") as caught:
            opening()
        assert "\n" not in str(caught.value)
    ran = Ran("db", "upgrade", "--map", map_dir)
    assert ran.code == (ExitCode.OK if kind == "a key" else ExitCode.CATALOG)


def test_what_a_gis_adds_is_welcome(map_dir: Path) -> None:
    edit(map_dir, "CREATE VIEW mine AS SELECT * FROM photos")
    edit(map_dir, "ALTER TABLE photos ADD COLUMN remark TEXT")
    edit(map_dir, 'CREATE INDEX "my ""index" ON photos (remark COLLATE NOCASE DESC)')
    edit(map_dir, "CREATE TABLE notes (id INTEGER PRIMARY KEY, photo REFERENCES photos)")
    with Catalog.open(map_dir, create=False) as catalog:
        catalog.start_run("ingest", "{}", "1")
        assert catalog.check() == []
    assert status_of(map_dir)[0].photos == 2


ENDLESS = (
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT i AS id, NULL AS geom FROM n"
)
INJECTED = 'x" WHERE 0; DELETE FROM photos; --'


@pytest.mark.parametrize("upgraded", [False, True])
def test_a_strangers_layers_and_tables_are_left_alone(map_dir: Path, upgraded: bool) -> None:
    """One of them would be looked through for ever, another's name is a statement."""
    edit(map_dir, ENDLESS)
    edit(
        map_dir, "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('endless', 'features')"
    )
    edit(
        map_dir, "INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POINT', 4326, 0, 0)"
    )
    name = INJECTED.replace('"', '""')
    edit(
        map_dir,
        f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY, of REFERENCES photos ON DELETE CASCADE)',
    )
    if upgraded:
        with closing(sqlite3.connect(map_dir / CATALOG_NAME)) as connection, connection:
            without_later_parts(connection, "refined_depths", "control_points")
        edit(map_dir, "UPDATE alembic_version SET version_num = '0011'")
        upgrade(map_dir)
    with Catalog.open(map_dir, create=False) as catalog:
        assert catalog.check() == []
        catalog.delete_photo(catalog.photos()[0].photo_id)
        assert len(catalog.photos()) == 1


def test_the_names_of_tables_are_those_of_the_models() -> None:
    assert frozenset(Base.metadata.tables) == TABLES


def test_an_upgrade_runs_no_trigger_of_a_stranger(tmp_path: Path) -> None:
    """Of any revision: triggers are made anew by it, and the copy keeps the old ones."""
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection:
        connection.executescript(OLD.read_text())
        for table in ("photos", "priors", "solved_poses", "alembic_version"):
            for event in ("INSERT", "UPDATE", "DELETE"):
                connection.execute(
                    f'CREATE TRIGGER "evil ""{table} {event}" AFTER {event} ON {table}'
                    " BEGIN UPDATE photos SET path = 'evil'; END"
                )
    upgrade(tmp_path)
    with Catalog.open(tmp_path, create=False) as catalog:
        assert all(photo.metadata.path.name != "evil" for photo in catalog.photos())
        assert catalog.check() == []


# --- journals -------------------------------------------------------------------------------------


def journal_that_names(path: Path, catalog: Path) -> bytes:
    """A journal of the catalog's first page, of a transaction over several databases."""
    page_bytes = 4096
    page = catalog.read_bytes()[:page_bytes]
    pages = catalog.stat().st_size // page_bytes
    magic = bytes.fromhex("d9d505f920a163d7")
    header = magic + struct.pack(">5I", 1, 0, pages, 512, page_bytes)
    checksum = sum(page[i] for i in range(page_bytes - 200, 0, -200))
    record = struct.pack(">I", 1) + page + struct.pack(">I", checksum)
    name = str(path).encode()
    end = struct.pack(">I", (1 << 30) // page_bytes + 1) + name
    end += struct.pack(">II", len(name), sum(name)) + magic
    return header.ljust(512, b"\0") + record + end


def test_sqlite_deletes_what_such_a_journal_names(map_dir: Path, tmp_path: Path) -> None:
    """That the tests below can fail."""
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    catalog = map_dir / CATALOG_NAME
    (map_dir / f"{CATALOG_NAME}-journal").write_bytes(journal_that_names(victim, catalog))
    with closing(sqlite3.connect(catalog)) as connection:
        connection.execute("SELECT count(*) FROM photos").fetchone()
    assert not victim.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda given: given[0])
def test_a_journal_deletes_no_other_file(map_dir: Path, command: tuple[str, ...]) -> None:
    victim = map_dir.parent / "victim.txt"
    victim.write_text("mine")
    journal = map_dir / f"{CATALOG_NAME}-journal"
    journal.write_bytes(journal_that_names(victim, map_dir / CATALOG_NAME))
    ran = Ran(*command, "--map", map_dir)
    assert ran.code == ExitCode.CATALOG, ran.err
    assert str(journal) in ran.error
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda given: given[0])
def test_a_link_beside_the_catalog_leads_nowhere(
    map_dir: Path, suffix: str, command: tuple[str, ...]
) -> None:
    victim = map_dir.parent / "victim.txt"
    victim.write_text("mine")
    (map_dir / f"{CATALOG_NAME}{suffix}").symlink_to(victim)
    ran = Ran(*command, "--map", map_dir)
    assert ran.code == ExitCode.CATALOG, ran.err
    assert "is a link" in ran.error
    assert victim.read_text() == "mine"


def test_a_journal_of_a_gis_that_ended_is_rolled_back(map_dir: Path) -> None:
    catalog = map_dir / CATALOG_NAME
    whole = journal_that_names(Path("x"), catalog)
    (map_dir / f"{CATALOG_NAME}-journal").write_bytes(whole[: 512 + 4 + 4096 + 4])
    with Catalog.open(map_dir, create=False) as opened:
        assert len(opened.photos()) == 2
    assert not (map_dir / f"{CATALOG_NAME}-journal").exists()


def test_triggers_of_other_layers_and_gdals_counts_are_none_of_our_business(map_dir: Path) -> None:
    edit(map_dir, "CREATE TABLE mine (id INTEGER PRIMARY KEY)")
    edit(map_dir, "CREATE TRIGGER own AFTER INSERT ON mine BEGIN DELETE FROM mine; END")
    edit(map_dir, "CREATE TABLE gpkg_ogr_contents (table_name TEXT, feature_count INTEGER)")
    edit(
        map_dir,
        'CREATE TRIGGER "trigger_insert_feature_count_photos" AFTER INSERT ON "photos" BEGIN '
        "UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1 "
        "WHERE lower(table_name) = lower('photos'); END",
    )
    with Catalog.open(map_dir, create=False) as catalog:
        catalog.start_run("ingest", "{}", "1")
        assert catalog.check() == []
