"""The catalog is a GeoPackage that others can read and edit, and its index is always right."""

from __future__ import annotations

import itertools
import json
import math
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from tests.helpers.catalog_records import (
    accepted_pair,
    artifact,
    bare_metadata,
    camera,
    depth_map_info,
    full_metadata,
    placed_pose,
    prior,
    tile,
    unplaced_pose,
)
from tests.helpers.other_programs import (
    needs_gdal,
    needs_qgis,
    needs_validator,
    run_system_python,
    validator_says,
)
from worldmap.camera import Camera
from worldmap.catalog import Catalog, geometry, geopackage
from worldmap.catalog.connection import sqlite_engine
from worldmap.catalog.footprint import outline, tile_outline, view_outline
from worldmap.frames import enu_from_cam_rotation
from worldmap.geodesy import Site
from worldmap.records import TileKey

degrees = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with something in every table."""
    folder = tmp_path_factory.mktemp("template")
    small_ids = itertools.count(1)
    with Catalog.open(folder, create=True) as catalog, pytest.MonkeyPatch.context() as patch:
        patch.setattr("worldmap.catalog.store.photos._new_id", lambda *_: next(small_ids))
        ids = [
            catalog.record_photo(
                metadata,
                camera=camera(),
                depth=artifact("d"),
                depth_map=depth_map_info(),
                features=artifact("f"),
                prior=first_guess,
                settings_hash="s",
            )
            for metadata, first_guess in (
                (full_metadata("a"), prior()),
                (full_metadata("b"), prior(55.7062, 13.194)),
                (full_metadata("fiji"), prior(-17.0, 179.9999)),
                (bare_metadata(), prior(None, None)),
            )
        ]
        run = catalog.start_run("merge", "{}", "0.1.0")
        catalog.replace_solution(run, [placed_pose(ids[0]), unplaced_pose(ids[3])])
        catalog.record_pair(accepted_pair(ids[0], ids[1]), "s")
        catalog.replace_tiles(run, [tile(photo_ids=tuple(ids[:2])), tile(386600)])
        catalog.finish_run(run, "ok")
    return folder


@pytest.fixture
def filled(template: Path, tmp_path: Path) -> Path:
    """That map, to be changed."""
    shutil.copyfile(template / "catalog.gpkg", tmp_path / "catalog.gpkg")
    return tmp_path


@pytest.fixture
def connection(filled: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(filled / "catalog.gpkg")) as opened:
        geometry.register_functions(opened)
        opened.execute("PRAGMA foreign_keys = OFF")  # as a GIS has it
        yield opened


# --- geometry bytes ---------------------------------------------------------------------------


@given(st.lists(degrees, min_size=3, max_size=6))
def test_bounds_of_a_polygon_are_those_of_its_points(ring: list[tuple[float, float]]) -> None:
    wkb = geometry.multipolygon([ring])
    xs, ys = zip(*ring, strict=True)
    expected = (min(xs), min(ys), max(xs), max(ys))
    assert geometry.bounds(wkb) == expected
    blob = geometry.to_geopackage(wkb)
    assert geometry.from_geopackage(blob) == wkb
    # Header: magic, version, flags (little endian, XY envelope), SRS, envelope minx maxx miny maxy.
    west, south, east, north = expected
    assert blob[:8] == b"GP\x00\x03" + struct.pack("<i", 4326)
    assert struct.unpack("<4d", blob[8:40]) == (west, east, south, north)


@given(degrees)
def test_a_point_has_no_envelope(xy: tuple[float, float]) -> None:
    blob = geometry.to_geopackage(geometry.point(*xy))
    assert blob == b"GP\x00\x01" + struct.pack("<iBIdd", 4326, 1, 1, *xy)


def test_geometries_that_others_write_are_read() -> None:
    big_endian = struct.pack(">BIdd", 0, 1, 13.5, 55.5)
    with_z = struct.pack("<BIddd", 1, 1001, 13.5, 55.5, 80.0)
    with_ewkb_z_and_srid = struct.pack("<BIIddd", 1, 1 | 0x80000000 | 0x20000000, 4326, 1, 2, 3)
    line = struct.pack("<BII4d", 1, 2, 2, 1.0, 5.0, 3.0, 4.0)
    collection = struct.pack("<BII", 1, 7, 2) + big_endian + line
    assert geometry.bounds(big_endian) == (13.5, 55.5, 13.5, 55.5)
    assert geometry.bounds(with_z) == (13.5, 55.5, 13.5, 55.5)
    assert geometry.bounds(with_ewkb_z_and_srid) == (1, 2, 1, 2)
    assert geometry.bounds(collection) == (1.0, 4.0, 13.5, 55.5)
    assert geometry.bounds(struct.pack("<BIdd", 1, 1, math.nan, math.nan)) is None
    xyz_envelope = b"GP\x00\x05" + struct.pack("<i6d", 4326, 0, 0, 0, 0, 0, 0)
    assert geometry.from_geopackage(xyz_envelope + with_z) == with_z


@given(st.binary(max_size=80))
def test_no_bytes_make_a_trigger_fail(blob: bytes) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        geometry.register_functions(connection)
        for value in (blob, b"GP\x00\x01\x00\x00\x00\x00" + blob, "text", 1, None):
            names = ("IsEmpty", "MinX", "MaxX", "MinY", "MaxY")
            columns = ", ".join(f"ST_{name}(:g)" for name in names)
            (empty, *bounds) = connection.execute(f"SELECT {columns}", {"g": value}).fetchone()
            assert (empty == 0) == all(bound is not None for bound in bounds)


# --- outlines ---------------------------------------------------------------------------------


def test_a_view_reaches_ahead_as_far_as_it_sees() -> None:
    site, phone = Site(55.7, 13.2, 0.0), Camera.centred(4000, 3000, 4000.0)
    wkb = view_outline(site, enu_from_cam_rotation(90.0, 0.0, 0.0), phone, 20.0)
    box = geometry.bounds(wkb)
    assert box is not None
    (west, south, _), (east, north, _) = site.enu_from_geodetic(
        np.array(box[1::2]), np.array(box[::2]), 0.0
    )
    # 20 m east; half the image is 2000 px of 4000 px focal length: ± 10 m.
    np.testing.assert_allclose((west, east, south, north), (0.0, 20.0, -10.0, 10.0), atol=0.01)


def test_a_view_straight_down_is_a_rectangle_below() -> None:
    site, phone = Site(0.0, 0.0, 0.0), Camera.centred(4000, 3000, 4000.0)
    wkb = view_outline(site, enu_from_cam_rotation(0.0, -90.0, 0.0), phone, 40.0)
    box = geometry.bounds(wkb)
    assert box is not None
    (west, south, _), (east, north, _) = site.enu_from_geodetic(
        np.array(box[1::2]), np.array(box[::2]), 0.0
    )
    np.testing.assert_allclose((west, east, south, north), (-20, 20, -15, 15), atol=0.01)


def rings(wkb: bytes) -> list[list[tuple[float, float]]]:
    """Outer rings of a little-endian multipolygon, without the closing point."""
    (count,) = struct.unpack_from("<I", wkb, 5)
    found, at = [], 9
    for _ in range(count):
        assert struct.unpack_from("<BII", wkb, at) == (1, 3, 1)
        (length,) = struct.unpack_from("<I", wkb, at + 9)
        values = struct.unpack_from(f"<{2 * length}d", wkb, at + 13)
        ring = list(zip(values[::2], values[1::2], strict=True))
        assert ring[0] == ring[-1]
        found.append(ring[:-1])
        at += 13 + 16 * length
    assert at == len(wkb)
    return found


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("start", range(4))
def test_an_outline_across_the_antimeridian_is_cut_in_two(start: int, turn: int) -> None:
    lat_deg = np.roll((-17.0, -17.0, -16.0, -16.0), start)[::turn]
    lon_deg = np.roll((179.0, -179.5, -179.5, 179.0), start)[::turn]
    west, east = sorted(rings(outline(lat_deg, lon_deg)))
    assert set(west) == {(-180.0, -17.0), (-179.5, -17.0), (-179.5, -16.0), (-180.0, -16.0)}
    assert set(east) == {(179.0, -17.0), (180.0, -17.0), (180.0, -16.0), (179.0, -16.0)}
    for ring, area in ((west, 0.5), (east, 1.0)):
        x, y = np.array(ring).T
        # Outer rings run counter-clockwise.
        assert 0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() == pytest.approx(area)


def test_an_outline_that_only_touches_the_antimeridian_stays_one() -> None:
    found = outline(np.array((0.0, 0.0, 1.0)), np.array((179.0, 180.0, 180.0)))
    assert geometry.bounds(found) == (179.0, 0.0, 180.0, 1.0)
    assert struct.unpack_from("<I", found, 5) == (1,)


def test_a_tile_at_the_pole_is_a_cap() -> None:
    # UPS has the pole at 2 000 000, 2 000 000; this cell is around it.
    wkb = tile_outline(TileKey(epsg=32661, east_m=1_999_950, north_m=1_999_950))
    box = geometry.bounds(wkb)
    assert box is not None
    assert (box[0], box[2], box[3]) == (-180.0, 180.0, 90.0)
    assert 89.999 < box[1] < 90.0


@given(st.integers(0, 7), st.integers(0, 70))
def test_a_tile_outline_is_a_cell_wide(column: int, row: int) -> None:
    key = TileKey(epsg=32633, east_m=166_100 + 95_000 * column, north_m=100_000 * row)
    box = geometry.bounds(tile_outline(key))
    assert box is not None
    west, south, east, north = box
    mid_deg = math.radians((south + north) / 2)
    # Turned by the meridian's convergence, so a little more than 100 m by 100 m.
    assert 99.0 < (north - south) * 111_320 < 125.0
    assert 99.0 < (east - west) * 111_320 * math.cos(mid_deg) < 125.0


# --- the file ---------------------------------------------------------------------------------


def test_the_file_says_what_it_is(connection: sqlite3.Connection) -> None:
    def value(statement: str) -> object:
        return connection.execute(statement).fetchone()[0]

    assert value("PRAGMA application_id") == 0x47504B47
    assert value("PRAGMA user_version") == 10301
    assert value("PRAGMA integrity_check") == "ok"
    assert value("PRAGMA journal_mode") == "wal"
    layers = connection.execute(
        "SELECT table_name, geometry_type_name, srs_id FROM gpkg_geometry_columns ORDER BY 1"
    ).fetchall()
    assert layers == [
        ("footprints", "MULTIPOLYGON", 4326),
        ("photos", "POINT", 4326),
        ("tiles", "MULTIPOLYGON", 4326),
    ]
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    ours = {name for (name,) in tables if not name.startswith(("gpkg_", "rtree_", "sqlite_"))}
    listed = {name for (name,) in connection.execute("SELECT table_name FROM gpkg_contents")}
    # Tables whose key is no single integer cannot be listed.
    assert ours - listed == {"alembic_version", "tile_photos"}
    styles = connection.execute("SELECT f_table_name, useAsDefault FROM layer_styles ORDER BY 1")
    assert styles.fetchall() == [("footprints", 1), ("photos", 1), ("tiles", 1)]


def test_a_style_that_somebody_made_the_default_stays_it(filled: Path) -> None:
    engine = sqlite_engine(filled / "catalog.gpkg")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE layer_styles SET useAsDefault = 0")
        connection.exec_driver_sql(
            "INSERT INTO layer_styles (f_table_name, styleName, useAsDefault, owner)"
            " VALUES ('photos', 'mine', 1, 'me')"
        )
        geopackage.add_style(connection, "photos")
        geopackage.add_style(connection, "tiles")
        found = connection.exec_driver_sql(
            "SELECT f_table_name, owner FROM layer_styles WHERE useAsDefault ORDER BY 1"
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("photos", "me"), ("tiles", "worldmap")]


def test_columns_have_types_of_the_standard(connection: sqlite3.Connection) -> None:
    allowed = {"INTEGER", "TEXT", "DOUBLE", "BLOB", "BOOLEAN", "DATETIME", "POINT", "MULTIPOLYGON"}
    listed = [row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")]
    for name in set(listed) - {"layer_styles"}:
        found = connection.execute("SELECT type FROM pragma_table_info(?)", (name,)).fetchall()
        assert {kind for (kind,) in found} <= allowed, name


def test_the_extent_is_that_of_the_geometries(connection: sqlite3.Connection) -> None:
    for table in LAYERS:
        blobs = connection.execute(f"SELECT geom FROM {table} WHERE geom NOT NULL").fetchall()
        bounds = [geometry.bounds(geometry.from_geopackage(blob)) for (blob,) in blobs]
        west, south, east, north = np.array(bounds).T
        told = connection.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (table,)
        ).fetchone()
        assert told == (west.min(), south.min(), east.max(), north.max()), table


@settings(max_examples=30)
@given(st.lists(degrees, min_size=1, max_size=30), st.integers(0, 2))
def test_the_extent_is_exact_everywhere(points: list[tuple[float, float]], gone: int) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        geometry.register_functions(driver)
        geopackage.create_metadata(connection)
        connection.exec_driver_sql("CREATE TABLE footprints (id INTEGER PRIMARY KEY, geom POINT)")
        connection.exec_driver_sql("CREATE TABLE photos (id INTEGER PRIMARY KEY)")
        geopackage.register_features(connection, "footprints", "POINT", "Somewhere")
        geopackage.refresh(connection)
        connection.exec_driver_sql(
            "INSERT INTO footprints (geom) VALUES (?)",
            [(geometry.to_geopackage(geometry.point(*xy)),) for xy in points],
        )
        connection.exec_driver_sql("DELETE FROM footprints WHERE id <= ?", (gone,))
        geopackage.update_extent(connection, "footprints")
        told = connection.exec_driver_sql(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'footprints'"
        ).one()
    engine.dispose()
    left = np.array(points[gone:]).reshape(-1, 2)
    expected = (*left.min(axis=0), *left.max(axis=0)) if len(left) else (None,) * 4
    assert tuple(told) == expected


def index_of(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM rtree_{table}_geom ORDER BY id").fetchall()


def index_built_anew(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    """What the index has to hold, from the geometries alone (float32 as the R-tree rounds it)."""
    (fid,) = connection.execute(
        "SELECT name FROM pragma_table_info(?) WHERE pk", (table,)
    ).fetchone()
    connection.execute("CREATE VIRTUAL TABLE temp.anew USING rtree(id, minx, maxx, miny, maxy)")
    for row_id, blob in connection.execute(f"SELECT {fid}, geom FROM {table}").fetchall():
        box = None if blob is None else geometry.bounds(geometry.from_geopackage(blob))
        if box is not None:
            connection.execute(
                "INSERT INTO temp.anew VALUES (?, ?, ?, ?, ?)",
                (row_id, box[0], box[2], box[1], box[3]),
            )
    found = connection.execute("SELECT * FROM temp.anew ORDER BY id").fetchall()
    connection.execute("DROP TABLE temp.anew")
    return found


LAYERS = ("photos", "footprints", "tiles")
NOWHERE = "x'4750000100000000' || x'0101000000000000000000F87F000000000000F87F'"


@pytest.mark.parametrize("table", LAYERS)
@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE {t} SET geom = NULL WHERE {id} = 1",
        "UPDATE {t} SET geom = CAST({nowhere} AS BLOB) WHERE {id} = 1",
        "UPDATE {t} SET geom = (SELECT geom FROM {t} WHERE {id} = 2) WHERE {id} = 1",
        "UPDATE {t} SET {id} = 77 WHERE {id} = 1",
        "UPDATE {t} SET {id} = 77, geom = NULL WHERE {id} = 1",
        "UPDATE {t} SET {id} = 77, geom = (SELECT geom FROM {t} WHERE {id} = 2) WHERE {id} = 1",
        "DELETE FROM {t} WHERE {id} = 1",
        "DELETE FROM {t}",
        "UPDATE {t} SET geom = NULL; UPDATE {t} SET geom = CAST({other} AS BLOB)",
    ],
)
def test_the_index_follows_every_edit(
    connection: sqlite3.Connection, table: str, edit: str
) -> None:
    before = index_of(connection, table)
    assert len(before) >= 2
    assert before == index_built_anew(connection, table)
    other = f"x'{geometry.to_geopackage(geometry.point(5.0, 6.0)).hex()}'"
    fid = "photo_id" if table == "footprints" else "id"
    connection.executescript(edit.format(t=table, id=fid, nowhere=NOWHERE, other=other))
    after = index_of(connection, table)
    assert after == index_built_anew(connection, table)
    assert after != before


def test_deleting_without_foreign_keys_takes_along_what_belongs(
    connection: sqlite3.Connection, filled: Path
) -> None:
    connection.execute("DELETE FROM photos WHERE id = 1")
    connection.execute("DELETE FROM tiles WHERE id = 2")
    connection.commit()
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with Catalog.open(filled, create=False) as catalog:
        assert [photo.photo_id for photo in catalog.photos()] == [2, 3, 4]
        assert [pose.photo_id for pose in catalog.poses()] == [4]
        assert catalog.find_pairs("s") == {}
        assert [(t.photo_ids, t.stale) for t in catalog.tiles()] == [((2,), True)]


# --- other programs ---------------------------------------------------------------------------


@needs_gdal
@needs_validator
def test_gdals_validator_finds_nothing(filled: Path) -> None:
    assert validator_says(filled / "catalog.gpkg") == ""


@needs_gdal
def test_edits_through_gdal_leave_a_working_catalog(filled: Path) -> None:
    edit = """
import sys
from osgeo import ogr
ogr.UseExceptions()
source = ogr.Open(sys.argv[1], 1)
photos = source.GetLayerByName("photos")
moved = photos.GetFeature(2)
moved.SetGeometry(ogr.CreateGeometryFromWkt("POINT (10 50)"))
photos.SetFeature(moved)
photos.DeleteFeature(3)
names = [photos.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(8)]
assert "content_hash" in names, names
placed = photos.GetFeature(1)
assert placed["status"] == "placed" and abs(placed["heading_deg"] - 90.0) < 1e-3, placed
source.GetLayerByName("tiles").DeleteFeature(2)
"""
    run_system_python("-c", edit, filled / "catalog.gpkg", home=filled)
    with Catalog.open(filled, create=False) as catalog:
        assert [photo.photo_id for photo in catalog.photos()] == [1, 2, 4]
        assert [photo.photo_id for photo in catalog.photos((9.9, 49.9, 10.1, 50.1))] == [2]
        assert len(catalog.tiles()) == 1
        run = catalog.start_run("merge", "{}", "0.1.0")
        catalog.replace_solution(run, [placed_pose(2)])
        catalog.replace_tiles(run, [tile(386600)])
    with closing(sqlite3.connect(filled / "catalog.gpkg")) as connection:
        for table in LAYERS:
            assert index_of(connection, table) == index_built_anew(connection, table)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@needs_qgis
def test_qgis_shows_and_edits_it(filled: Path) -> None:
    code = """
import json, sys
from qgis.core import QgsApplication, QgsGeometry, QgsPointXY, QgsSymbolLayer, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
layers = {n: QgsVectorLayer(sys.argv[1] + "|layername=" + n, n, "ogr")
          for n in ("photos", "footprints", "tiles")}
found = {n: [layer.isValid(), layer.featureCount(), layer.crs().authid(), layer.renderer().type()]
         for n, layer in layers.items()}
photos = layers["photos"]
categories = photos.renderer().categories()
symbol = categories[0].symbol()
found["categories"] = [category.value() for category in categories]
turned_by = symbol.symbolLayer(0).dataDefinedProperties().property(QgsSymbolLayer.PropertyAngle)
found["turned_by"] = turned_by.field()
photos.startEditing()
moved = QgsGeometry.fromPointXY(QgsPointXY(10.0, 50.0))
assert photos.changeGeometry(next(photos.getFeatures('"id" = 2')).id(), moved)
assert photos.deleteFeature(next(photos.getFeatures('"id" = 3')).id())
assert photos.commitChanges(), photos.commitErrors()
print(json.dumps(found))
del layers, photos
application.exitQgis()
"""
    said = run_system_python("-c", code, filled / "catalog.gpkg", home=filled)
    assert json.loads(said) == {
        "photos": [True, 4, "EPSG:4326", "categorizedSymbol"],
        "footprints": [True, 3, "EPSG:4326", "categorizedSymbol"],
        "tiles": [True, 2, "EPSG:4326", "categorizedSymbol"],
        "categories": ["placed", "doubtful", "unplaced", "ingested"],
        "turned_by": "heading_deg",
    }
    with Catalog.open(filled, create=False) as catalog:
        assert [photo.photo_id for photo in catalog.photos()] == [1, 2, 4]
        assert [photo.photo_id for photo in catalog.photos((9.9, 49.9, 10.1, 50.1))] == [2]
    with closing(sqlite3.connect(filled / "catalog.gpkg")) as connection:
        # QGIS may switch it off when it leaves; opening the catalog switches it on again.
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
