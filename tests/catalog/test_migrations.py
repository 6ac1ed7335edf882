"""Old catalogs are upgraded whole or not at all; strangers are told apart; the models match."""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from tests.helpers.catalog_records import (
    LUND,
    accepted_pair,
    assert_same,
    bare_metadata,
    camera,
    depth_map_info,
    full_metadata,
    placed_pose,
    prior,
    rejected_pair,
    tile,
    unplaced_pose,
)
from tests.helpers.old_catalogs import COUNTED, without_later_parts
from worldmap.catalog import CATALOG_NAME, Catalog, footprint, migrate, upgrade
from worldmap.catalog.connection import sqlite_engine
from worldmap.config import RegistrationSettings
from worldmap.errors import CatalogError, StorageError
from worldmap.records import (
    ControlMark,
    ControlPoint,
    ControlRole,
    PlacedBy,
    PlacedPose,
    UnplacedPose,
)
from worldmap.stages import register
from worldmap.stages.register import pairs_key

ROOT = Path(__file__).resolve().parents[2]
OLD = Path(__file__).parents[1] / "data" / "catalog-0001.sql"

_MAKE = migrate._make


@pytest.fixture(autouse=True)
def _made_by_its_revisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a new catalog is no copy, as it is for other tests."""
    monkeypatch.setattr(migrate, "_make", _MAKE)


@pytest.fixture
def old_map(tmp_path: Path) -> Path:
    """A map that the first version of the catalog left behind."""
    folder = tmp_path / "map"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "catalog.gpkg")) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    return folder


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "catalog.gpkg")) as connection:
        return connection.execute(statement).fetchall()


def alembic_config(folder: Path) -> Config:
    return Config(ROOT / "alembic.ini", cmd_opts=argparse.Namespace(x=[f"map={folder}"]))


# --- upgrading --------------------------------------------------------------------------------


def test_an_old_catalog_is_refused_with_what_to_do(old_map: Path) -> None:
    with pytest.raises(CatalogError, match=r"older worldmap; run `worldmap db upgrade`"):
        Catalog.open(old_map, create=True)


def test_an_upgrade_keeps_everything(old_map: Path) -> None:
    done = upgrade(old_map)
    assert (done.from_revision, done.to_revision) == ("0001", migrate.HEAD)
    with Catalog.open(old_map, create=False) as catalog:
        a, b, c = catalog.photos()
        assert (a.photo_id, b.photo_id, c.photo_id) == (1, 2, 3)
        assert a.metadata.path == full_metadata("a").path
        assert_same(a.camera, camera())
        assert_same(a.prior, prior())
        assert_same(c.metadata, bare_metadata("nowhere"))
        assert_same(c.prior, prior(None, None))
        assert_same(catalog.depth_map(1), depth_map_info())
        pairs = catalog.find_pairs("s")
        assert_same(pairs[1, 2], accepted_pair(1, 2))
        assert_same(pairs[2, 3], rejected_pair(2, 3))
        placed, unplaced = catalog.poses()
        # By how many photos they were placed, and which tags, nobody wrote down then.
        # All of the lens but its focal length was the tags'.
        lens = replace(camera().lens, focal_px=placed_pose(1).lens.focal_px)
        assert_same(placed, replace(placed_pose(1), solved_among=0, tags_hash="", lens=lens))
        assert_same(unplaced, replace(unplaced_pose(3), tags_hash=""))
        assert catalog.site() == LUND
        assert catalog.tiles() == [tile(photo_ids=(1, 2))]
        assert [failure.reason for failure in catalog.failures()] == ["cut short"]
        (run,) = catalog.runs()
        assert (run.command, run.solve_version) == ("merge --area all", 1)
        # Found by place: the latitude and longitude of the old columns, now in the R-tree.
        assert [p.photo_id for p in catalog.photos((13.193, 55.705, 13.1935, 55.706))] == [1]
        assert catalog.tiles((13.19, 55.69, 13.22, 55.71)) == [tile(photo_ids=(1, 2))]
    assert rows(old_map, "SELECT photo_id, status FROM footprints") == [(1, "placed")]


def test_an_upgrade_says_what_holds_a_photo(old_map: Path) -> None:
    with closing(sqlite3.connect(old_map / "catalog.gpkg")) as connection, connection:
        connection.execute("UPDATE solved_poses SET pairs = 0")
    upgrade(old_map)
    with Catalog.open(old_map, create=False) as catalog:
        placed, unplaced = catalog.poses()
    assert isinstance(placed, PlacedPose)
    assert placed.by == PlacedBy.TAGS
    assert isinstance(unplaced, UnplacedPose)


def test_an_upgrade_parts_the_two_verdicts_of_a_pair(old_map: Path) -> None:
    with closing(sqlite3.connect(old_map / "catalog.gpkg")) as connection, connection:
        connection.execute(
            "UPDATE pair_registrations SET status = 'contradicted', reason = 'by triangles'"
            " WHERE status = 'accepted'"
        )
    upgrade(old_map)
    with Catalog.open(old_map, create=False) as catalog:
        pairs = catalog.find_pairs("s")
        assert_same(pairs[1, 2], replace(accepted_pair(1, 2), area_reason="by triangles"))
        assert_same(pairs[2, 3], rejected_pair(2, 3))
        assert [status for _, _, status, _ in catalog.verdicts()] == ["contradicted", "rejected"]
        assert catalog.status().pairs_accepted == 0
        assert catalog.status().pairs_rejected == 1


def test_an_upgrade_keeps_verdicts_whatever_features_were_asked_for(
    old_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pair's key had the settings of features in it, those that merge was told. How pairs are
    judged has changed since: a merge looks for newer verdicts, these are as they were."""
    monkeypatch.setattr(register, "_VERSION", 2)
    old = {
        "features": {
            "work_width_px": 1200, "max_features": 5000, "contrast": 0.02, "planes": True,
        },
        "pairs": {
            "ratio": 0.85, "min_inliers": 12, "pixel_sigma": 1.5, "gate_sigmas": 3.5,
            "max_range_m": 60.0, "max_neighbours": 30, "max_in_front": 0.15, "icp": True,
            "icp_below_inliers": 60,
        },
    }  # fmt: skip
    fewer = {**old, "features": {**old["features"], "max_features": 1000}}
    with closing(sqlite3.connect(old_map / "catalog.gpkg")) as connection, connection:
        for settings in (old, fewer):
            connection.execute(
                "INSERT INTO runs (command, settings_json, version, started_at) VALUES"
                " ('merge', ?, '0.1.0', '2026-11-20T12:00:00.000000Z')",
                (json.dumps({"registration": settings}),),
            )
        # As worldmap 0.1.0 worked them out for these two.
        columns = ", ".join(
            name
            for (name,) in connection.execute(
                "SELECT name FROM pragma_table_info('pair_registrations')"
            )
            if name not in ("id", "settings_hash", "inliers")
        )
        for key, inliers in (("9f3c336198b6982d", 41), ("d778aad9b7a82b73", 42)):
            connection.execute(
                f"INSERT INTO pair_registrations ({columns}, settings_hash, inliers) SELECT"
                f" {columns}, ?, ? FROM pair_registrations WHERE settings_hash = 's'"
                " AND photo_a = 1",
                (key, inliers),
            )
    upgrade(old_map)
    with Catalog.open(old_map, create=False) as catalog:
        (found,) = catalog.find_pairs(pairs_key(RegistrationSettings())).values()
        assert found.key == (1, 2)
        # Of two the last.
        assert found.inliers == 42
        assert len(catalog.find_pairs("s")) == 2


def test_an_upgrade_escapes_the_map_tips_of_old_maps(tmp_path: Path) -> None:
    Catalog.open(tmp_path, create=True).close()
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection, connection:
        new = connection.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
        connection.execute("UPDATE layer_styles SET styleQML = '<mapTip>[% \"path\" %]</mapTip>'")
        without_later_parts(connection, "refined_depths", "control_points")
        connection.execute("UPDATE alembic_version SET version_num = '0011'")
    upgrade(tmp_path)
    with Catalog.open(tmp_path, create=False) as catalog:
        assert catalog.refined() == {}
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection:
        found = connection.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    assert dict(found) == dict(new)
    assert "replace(" in dict(found)["photos"].partition("<mapTip>")[2]


def test_an_upgrade_draws_doubtful_photos(tmp_path: Path) -> None:
    Catalog.open(tmp_path, create=True).close()
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection, connection:
        new = connection.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
        connection.execute("UPDATE layer_styles SET styleQML = 'of before'")
        without_later_parts(connection, "control_points")
        connection.execute("UPDATE alembic_version SET version_num = '0013'")
    upgrade(tmp_path)
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection:
        found = dict(connection.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    for table in ("photos", "footprints"):
        assert found[table] == dict(new)[table]
        for status in ("placed", "doubtful", "unplaced", "ingested"):
            assert f'value="{status}"' in found[table]


def test_an_upgraded_map_is_counted_in_indexes(old_map: Path) -> None:
    photos = rows(old_map, "SELECT count(*) FROM photos")[0][0]
    upgrade(old_map)
    names = {name for (name,) in rows(old_map, "SELECT name FROM sqlite_master")}
    assert names >= set(COUNTED)
    plan = rows(old_map, "EXPLAIN QUERY PLAN SELECT status, count(*) FROM photos GROUP BY status")
    assert "COVERING INDEX ix_photos_status" in str(plan[0][-1])
    with Catalog.open(old_map, create=False) as catalog:
        assert catalog.status().photos == photos == len(catalog.photos())
        assert all(cloud.gain is None for cloud in catalog.photo_clouds().values())


def test_an_upgrade_makes_room_for_surveyed_points(old_map: Path) -> None:
    upgrade(old_map)
    point = ControlPoint(
        name="P1",
        lat_deg=55.7,
        lon_deg=13.2,
        height_m=60.5,
        horizontal_sigma_m=0.02,
        vertical_sigma_m=0.03,
        role=ControlRole.CONTROL,
        source="gcp_list.txt",
        raw="13.2 55.7 60.5 1 2 a.jpg P1",
        marks=(ControlMark(image="a.jpg", u_px=1.0, v_px=2.0, sigma_px=1.0),),
    )
    with Catalog.open(old_map, create=False) as catalog:
        assert catalog.control_points() == []
        catalog.put_control([point])
        (kept,) = catalog.control_points()
        assert replace(kept, changed_at=None) == point
        assert catalog.remove_control({"P1", "P2"}) == 1
        assert [p.role for p in catalog.control_points()] == [ControlRole.REMOVED]


def test_poses_of_before_keep_their_sigmas(old_map: Path) -> None:
    sigmas = (
        *("rotation_sigma_x_deg", "rotation_sigma_y_deg", "rotation_sigma_z_deg"),
        *("sigma_east_m", "sigma_north_m", "sigma_up_m", "scale_sigma_rel"),
    )
    told = {
        photo_id: values
        for photo_id, *values in rows(
            old_map, f"SELECT photo_id, {', '.join(sigmas)} FROM solved_poses"
        )
    }
    upgrade(old_map)
    with Catalog.open(old_map, create=False) as catalog:
        placed = [p for p in catalog.poses() if isinstance(p, PlacedPose)]
    assert placed
    for pose in placed:
        found = (*pose.rotation_sigma_deg, *pose.position_sigma_m, pose.scale_sigma_rel)
        assert found == pytest.approx(told[pose.photo_id])


def test_an_upgrade_never_lets_an_id_come_back(
    old_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Photo 9 was the last and was removed before the upgrade, which rebuilds the table. Today ids
    # come from what the photo holds; a GIS that adds one still gets the next.
    upgrade(old_map)
    monkeypatch.setattr("worldmap.catalog.store.photos._new_id", lambda *_: None)
    with Catalog.open(old_map, create=False) as catalog:
        photo_id = catalog.record_photo(
            full_metadata("new"),
            camera=camera(),
            depth=catalog.photos()[0].depth,
            depth_map=depth_map_info(),
            features=catalog.photos()[0].features,
            prior=prior(),
            settings_hash="s",
        )
    assert photo_id == 10


def test_an_upgrade_keeps_a_copy_that_still_works(old_map: Path) -> None:
    before = rows(old_map, "SELECT name, sql FROM sqlite_master ORDER BY name")
    done = upgrade(old_map)
    assert done.backup is not None
    assert done.backup.parent == old_map
    assert done.backup.name.startswith("catalog-0001-")
    done.backup.replace(old_map / "catalog.gpkg")
    assert rows(old_map, "SELECT name, sql FROM sqlite_master ORDER BY name") == before
    assert upgrade(old_map).from_revision == "0001"


def test_a_second_upgrade_does_nothing(old_map: Path) -> None:
    upgrade(old_map)
    files = sorted(old_map.iterdir())
    done = upgrade(old_map)
    assert (done.from_revision, done.to_revision, done.backup) == (migrate.HEAD, migrate.HEAD, None)
    assert sorted(old_map.iterdir()) == files


def test_an_upgrade_that_fails_changes_nothing(
    old_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("halfway")

    before = rows(old_map, "SELECT name, sql FROM sqlite_master ORDER BY name")
    photos = rows(old_map, "SELECT * FROM photos")
    with monkeypatch.context() as patch:
        patch.setattr(footprint, "tile_outline", fail)
        with pytest.raises(RuntimeError, match="halfway"):
            upgrade(old_map)
    assert rows(old_map, "SELECT name, sql FROM sqlite_master ORDER BY name") == before
    assert rows(old_map, "SELECT * FROM photos") == photos
    assert upgrade(old_map).from_revision == "0001"


def test_an_upgrade_without_room_for_the_copy_changes_nothing(
    old_map: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(migrate, "_sync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        upgrade(old_map)
    assert [path.name for path in old_map.iterdir()] == ["catalog.gpkg"]
    assert rows(old_map, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_an_upgrade_of_no_map_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="holds no map"):
        upgrade(tmp_path)


# --- strangers --------------------------------------------------------------------------------


def text_file(path: Path) -> None:
    path.write_text("this is no database, and long enough to be none " * 20)


def empty_file(path: Path) -> None:
    path.touch()


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE photos (id INTEGER PRIMARY KEY)")


def other_alembic_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE photos (id INTEGER);"
            "INSERT INTO alembic_version VALUES ('0001')"
        )


@pytest.mark.parametrize(
    "stranger", [text_file, empty_file, other_database, other_alembic_database]
)
def test_a_stranger_is_refused_and_left_alone(stranger: object, tmp_path: Path) -> None:
    path = tmp_path / "catalog.gpkg"
    assert callable(stranger)
    stranger(path)
    before = path.read_bytes()
    for attempt in (
        lambda: Catalog.open(tmp_path, create=True),
        lambda: Catalog.open(tmp_path, create=False),
        lambda: upgrade(tmp_path),
    ):
        with pytest.raises(CatalogError, match="is not a worldmap catalog") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.gpkg"]


def test_a_newer_catalog_is_refused(tmp_path: Path) -> None:
    Catalog.open(tmp_path, create=True).close()
    with closing(sqlite3.connect(tmp_path / "catalog.gpkg")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (lambda: Catalog.open(tmp_path, create=True), lambda: upgrade(tmp_path)):
        with pytest.raises(CatalogError, match=r"newer worldmap \(catalog version 9999\)"):
            attempt()


def test_no_map_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="worldmap ingest"):
        Catalog.open(tmp_path / "nowhere", create=False)
    assert list(tmp_path.iterdir()) == []


# --- models and migrations --------------------------------------------------------------------


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    assert migrate._known_revisions()[-1] == migrate.HEAD


def test_alembic_check_is_clean_on_a_new_and_on_an_upgraded_map(
    old_map: Path, tmp_path: Path
) -> None:
    new_map = tmp_path / "new"
    Catalog.open(new_map, create=True).close()
    upgrade(old_map)
    for folder in (new_map, old_map):
        command.check(alembic_config(folder))


def test_alembic_check_sees_what_is_missing(tmp_path: Path) -> None:
    """That the check above can fail: a column, an index and a type."""
    Catalog.open(tmp_path, create=True).close()
    for damage in (
        "ALTER TABLE runs DROP COLUMN outcome",
        "DROP INDEX ix_tile_photos_photo_id",
        "ALTER TABLE sites RENAME COLUMN height_m TO old; ALTER TABLE sites ADD height_m TEXT",
    ):
        shutil.copyfile(tmp_path / "catalog.gpkg", tmp_path / "kept")
        with closing(sqlite3.connect(tmp_path / "catalog.gpkg")) as connection:
            connection.executescript(damage)
        with pytest.raises(command.util.AutogenerateDiffsDetected):  # type: ignore[attr-defined]
            command.check(alembic_config(tmp_path))
        (tmp_path / "kept").replace(tmp_path / "catalog.gpkg")


def test_an_upgraded_catalog_is_built_like_a_new_one(old_map: Path, tmp_path: Path) -> None:
    Catalog.open(tmp_path / "new", create=True).close()
    upgrade(old_map)
    statement = (
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 2"
    )
    assert rows(old_map, statement) == rows(tmp_path / "new", statement)
    for table in ("gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions", "layer_styles"):
        count = f"SELECT count(*) FROM {table}"
        assert rows(old_map, count) == rows(tmp_path / "new", count)


@pytest.fixture
def next_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A version after HEAD that rebuilds all tables with geometry, as batch migrations do."""
    scripts = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9000_rebuild.py").write_text(
        textwrap.dedent(
            f"""
            import sqlalchemy as sa
            from alembic import op
            revision, down_revision = "9000", "{migrate.HEAD}"
            branch_labels = depends_on = None

            def upgrade():
                for table in ("photos", "footprints", "tiles"):
                    with op.batch_alter_table(table, recreate="always") as batch:
                        batch.add_column(sa.Column("extra", sa.Text(), nullable=True))
                op.execute("UPDATE photos SET geom = NULL WHERE id = 1")
            """
        )
    )
    monkeypatch.setattr(migrate, "scripts_folder", lambda: scripts)
    monkeypatch.setattr(migrate, "HEAD", "9000")
    return None  # type: ignore[return-value]


def test_a_batch_migration_keeps_the_r_tree_right(old_map: Path, next_migration: None) -> None:
    upgrade(old_map)
    triggers = rows(
        old_map, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree_%'"
    )
    assert len(triggers) == 3 * 6
    types = {  # type: ignore[var-annotated]
        table: dict(rows(old_map, f"SELECT name, type FROM pragma_table_info('{table}')"))["geom"]  # type: ignore[arg-type, index]
        for table in ("photos", "footprints", "tiles")
    }
    assert types == {"photos": "POINT", "footprints": "MULTIPOLYGON", "tiles": "MULTIPOLYGON"}
    # Rebuilding drops tables: nothing that refers to them may go with them.
    assert rows(old_map, "SELECT count(*) FROM priors") == [(3,)]
    assert rows(old_map, "SELECT count(*) FROM tile_photos") == [(2,)]
    assert rows(old_map, "SELECT seq FROM sqlite_sequence WHERE name = 'photos'") == [(9,)]
    # What the migration itself changed is in the index too.
    assert rows(old_map, "SELECT id FROM rtree_photos_geom") == [(2,)]
    # And triggers work on the rebuilt table.
    engine = sqlite_engine(old_map / "catalog.gpkg")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE photos SET geom = (SELECT geom FROM photos WHERE id = 2) WHERE id = 3"
        )
    engine.dispose()
    assert rows(old_map, "SELECT id FROM rtree_photos_geom ORDER BY id") == [(2,), (3,)]
    told = rows(old_map, "SELECT min_x FROM gpkg_contents WHERE table_name = 'photos'")
    assert told == [(13.194,)]


# --- installed --------------------------------------------------------------------------------


def test_an_installed_worldmap_has_its_migrations(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "LICENSE", "README.md"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, source)
    (source / "README.md").touch()
    for name in ("worldmap", "migrations"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.npz")
        )
    build = (
        "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    )
    built = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=source,
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    installed = tmp_path / "installed"
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
        names = archive.namelist()
    assert "worldmap/catalog/migrations/env.py" in names
    assert {Path(name).parts[0] for name in names} == {"worldmap", "worldmap-0.1.0.dist-info"}
    code = textwrap.dedent(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        from pathlib import Path
        from worldmap.catalog import Catalog, migrate
        assert Path(sys.argv[1]) in migrate.scripts_folder().parents, migrate.scripts_folder()
        with Catalog.open(Path(sys.argv[2]), create=True) as catalog:
            assert catalog.status().photos == 0
        """
    )
    made = tmp_path / "made"
    subprocess.run(
        [sys.executable, "-c", code, str(installed), str(made)], cwd=tmp_path, check=True
    )
    assert rows(made, "SELECT version_num FROM alembic_version") == [(migrate.HEAD,)]


def test_what_a_killed_upgrade_left_goes_with_the_next(old_map: Path) -> None:
    left = [old_map / f".catalog-0001-20260101T000000Z.gpkg.tmp{mark}" for mark in ("", "-journal")]
    kept = old_map / "catalog-0001-20260101T000000Z.gpkg"
    for path in (*left, kept):
        path.write_bytes(b"half of it")
    upgrade(old_map)
    assert not any(path.exists() for path in left)
    assert kept.exists()
