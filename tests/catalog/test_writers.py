"""Several writers at once, killed writers, full disks: nothing stored is lost, one line is said."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.catalog_records import (
    accepted_pair,
    artifact,
    camera,
    depth_map_info,
    full_metadata,
    placed_pose,
    prior,
    tile,
)
from tests.helpers.forked_runs import FORKED
from worldmap.catalog import Catalog, connection, migrate, upgrade
from worldmap.errors import CatalogError, StorageError
from worldmap.records import Failure

WRITERS, PHOTOS = 3, 12


def record(catalog: Catalog, name: str, settings_hash: str = "s") -> int:
    return catalog.record_photo(
        full_metadata(name),
        camera=camera(),
        depth=artifact("d"),
        depth_map=depth_map_info(),
        features=artifact("f"),
        prior=prior(),
        settings_hash=settings_hash,
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "map", create=True) as opened:
        yield opened


# --- at once ----------------------------------------------------------------------------------


def ingest(map_dir: Path, writer: int, go: object) -> None:
    """What two `worldmap ingest` do to one map: own photos, shared photos, pairs, failures."""
    assert isinstance(go, multiprocessing.synchronize.Barrier)
    go.wait(60)
    with Catalog.open(map_dir, create=True) as catalog:
        run = catalog.start_run(f"ingest {writer}", "{}", "0.1.0")
        previous = record(catalog, "shared")
        for number in range(PHOTOS):
            photo_id = record(catalog, f"{writer}-{number}")
            catalog.record_pair(accepted_pair(previous, photo_id), f"s{writer}")
            record(catalog, f"shared-{number}")
            assert catalog.find_photo(f"hash-{writer}-{number}") is not None
            previous = photo_id
        path = Path(f"/photos/broken-{writer}.jpg")
        catalog.record_failure(Failure(path=path, content_hash="", stage="photo", reason="bad"))
        catalog.finish_run(run, "ok")


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    map_dir = tmp_path / "map"
    go = FORKED.Barrier(WRITERS)
    writers = [FORKED.Process(target=ingest, args=(map_dir, n, go)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    with Catalog.open(map_dir, create=False) as catalog:
        names = sorted(photo.metadata.path.stem for photo in catalog.photos())
        own = [f"{writer}-{number}" for writer in range(WRITERS) for number in range(PHOTOS)]
        shared = [f"shared-{number}" for number in range(PHOTOS)]
        assert names == sorted([*own, *shared, "shared"])
        for number in range(WRITERS):
            # The first pair hangs on the shared photo, which the others read again.
            assert len(catalog.find_pairs(f"s{number}")) >= PHOTOS - 1
        assert len(catalog.failures()) == WRITERS
        assert [run.outcome for run in catalog.runs()] == ["ok"] * WRITERS
    assert [path.name for path in map_dir.iterdir()] == ["catalog.gpkg"]
    with closing(sqlite3.connect(map_dir / "catalog.gpkg")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
        (indexed,) = opened.execute("SELECT count(*) FROM rtree_photos_geom").fetchone()
        assert indexed == len(names)


def test_a_reader_does_not_wait_for_a_writer(catalog: Catalog) -> None:
    record(catalog, "a")
    with catalog._write() as session:
        session.connection().exec_driver_sql("DELETE FROM photos")
        # One that waited would be told in the end that the catalog is locked.
        assert len(catalog.photos()) == 1
        session.rollback()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_writer_loses_nothing_that_it_said_was_stored(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from tests.catalog.test_writers import record
        from worldmap.catalog import Catalog
        with Catalog.open(Path(sys.argv[1]), create=True) as catalog:
            for number in range(100_000):
                record(catalog, f"p{number}", sys.argv[3])
                print(number, flush=True)
        """
    )
    here = str(Path(__file__).parents[2])
    for attempt, after in enumerate((1, 7, 23)):
        command = [sys.executable, "-c", code, str(tmp_path), here, f"attempt-{attempt}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(after):
                last = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            # What it still said before it died counts as well.
            last = max([last, *map(int, writer.stdout.read().split())])
        with Catalog.open(tmp_path, create=False) as catalog:
            stored = {
                photo.metadata.content_hash
                for photo in catalog.photos()
                if photo.settings_hash == f"attempt-{attempt}"
            }
        assert {f"hash-p{number}" for number in range(last + 1)} <= stored
        assert len(stored) <= last + 2
    with closing(sqlite3.connect(tmp_path / "catalog.gpkg")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_catalog_that_was_half_made_is_never_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_appear", killed)
        with pytest.raises(KeyboardInterrupt):
            Catalog.open(tmp_path, create=True)
    assert list(tmp_path.iterdir()) == []
    Catalog.open(tmp_path, create=True).close()


def test_a_catalog_that_another_made_first_is_kept(tmp_path: Path) -> None:
    with Catalog.open(tmp_path, create=True) as first:
        record(first, "a")
        migrate.create(tmp_path / "catalog.gpkg")
        assert first.status().photos == 1
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.gpkg"]


# --- trouble ----------------------------------------------------------------------------------


def test_a_locked_catalog_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.1)
    with (
        Catalog.open(tmp_path, create=True) as catalog,
        closing(sqlite3.connect(tmp_path / "catalog.gpkg", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogError, match="is locked by another program") as caught:
            record(catalog, "a")
        assert "\n" not in str(caught.value)
        other.execute("ROLLBACK")
        record(catalog, "a")


def limit_size(catalog: Catalog, pages: int) -> None:
    """SQLite says the same when this limit is reached as when the disk is full."""
    with catalog._reading.connect() as opened:
        opened.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_is_said_in_one_line_and_loses_nothing(catalog: Catalog) -> None:
    record(catalog, "a")
    with catalog._reading.connect() as opened:
        pages = opened.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit_size(catalog, pages)

    def fill() -> None:
        for number in range(1000):
            record(catalog, f"more-{number}")

    with pytest.raises(StorageError, match="cannot be written: the disk is full") as caught:
        fill()
    assert "\n" not in str(caught.value)
    kept = {photo.metadata.path.stem for photo in catalog.photos()}
    assert kept == {"a", *(f"more-{number}" for number in range(len(kept) - 1))}
    limit_size(catalog, pages * 100)
    again = f"more-{len(kept) - 1}"
    record(catalog, again)
    assert {photo.metadata.path.stem for photo in catalog.photos()} == {*kept, again}


def test_a_read_only_map_is_read_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_dir = tmp_path / "map"
    with Catalog.open(map_dir, create=True) as catalog:
        record(catalog, "a")
    # Permissions do not stop root, who may run the tests.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with Catalog.open(map_dir, create=False) as catalog:
        assert catalog.status().photos == 1
        with pytest.raises(StorageError, match="is read-only") as caught:
            record(catalog, "b")
        assert "\n" not in str(caught.value)
    assert [path.name for path in map_dir.iterdir()] == ["catalog.gpkg"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not stop root")
def test_a_folder_without_permission_is_said_in_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="read-only"):
        Catalog.open(tmp_path, create=True)


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written") as caught:
        Catalog.open(tmp_path / "file" / "map", create=True)
    assert "\n" not in str(caught.value)


def test_a_folder_that_may_not_be_looked_into_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", forbidden)
    for attempt in (lambda: Catalog.open(tmp_path, create=True), lambda: upgrade(tmp_path)):
        with pytest.raises(StorageError, match=r"cannot be read: Permission denied"):
            attempt()


def test_a_damaged_catalog_is_said_in_one_line(tmp_path: Path) -> None:
    with Catalog.open(tmp_path, create=True) as catalog:
        for number in range(20):
            record(catalog, f"{number}")
    path = tmp_path / "catalog.gpkg"
    content = bytearray(path.read_bytes())
    # Whole pages behind the first, which holds the schema.
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with (
        pytest.raises(CatalogError, match="damaged") as caught,
        Catalog.open(tmp_path, create=False) as catalog,
    ):
        catalog.photos()
    assert "\n" not in str(caught.value)


def test_a_write_that_fails_halfway_leaves_nothing(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = record(catalog, "a"), record(catalog, "b")
    run = catalog.start_run("merge", "{}", "0.1.0")
    catalog.replace_solution(run, [placed_pose(a)])
    catalog.replace_tiles(run, [tile(photo_ids=(a,))])
    before = (catalog.status(), catalog.tiles(), len(catalog.photos()))

    def broken() -> Iterator[object]:
        yield tile(386600, photo_ids=(b,))
        raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        catalog.replace_tiles(run, broken(), dropped=[tile().key])  # type: ignore[arg-type]
    with pytest.raises(CatalogError, match="lost a photo"):
        catalog.replace_solution(run, [placed_pose(a, (0.0, 0.0, 0.0)), placed_pose(99)])
    assert (catalog.status(), catalog.tiles(), len(catalog.photos())) == before
    (pose,) = catalog.poses()
    assert pose.enu_from_cam is not None
    assert pose.enu_from_cam.translation_m[0] == 3.0


def test_a_log_left_by_a_killed_writer_is_not_overlooked(tmp_path: Path) -> None:
    """What is committed may still be in the log alone; a copy of both files has to show it."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    copy.mkdir()
    with Catalog.open(original, create=True) as catalog:
        record(catalog, "a")
        for name in ("catalog.gpkg", "catalog.gpkg-wal"):
            shutil.copyfile(original / name, copy / name)
    with Catalog.open(copy, create=False) as catalog:
        assert catalog.status().photos == 1
