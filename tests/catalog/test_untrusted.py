"""A catalog from anybody: rows that a GIS may have edited, triggers that are not ours."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import catalog_records as records
from worldmap.catalog import CATALOG_NAME, Catalog
from worldmap.catalog.geometry import register_functions
from worldmap.errors import CatalogError

LATIN1 = b"Stra\xdfe"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with two photos and a pair."""
    map_dir = tmp_path_factory.mktemp("made")
    with Catalog.open(map_dir, create=True) as catalog:
        ids = [
            catalog.record_photo(
                records.full_metadata(name),
                camera=records.camera(),
                depth=records.artifact(f"depth/{name}.npz"),
                depth_map=records.depth_map_info(),
                features=records.artifact(f"features/{name}.npz"),
                prior=records.prior(),
                settings_hash="0" * 16,
            )
            for name in ("a", "b")
        ]
        catalog.record_pair(records.accepted_pair(*ids), "key")
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
