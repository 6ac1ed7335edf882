"""Commands that change, publish or upgrade a map, killed at each kind of step and run again: they
end, byte for byte, as if nothing had happened. `make nightly` kills each more often."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.forked_runs import KILLS, ended
from tests.helpers.map_makers import SmallMap
from tests.helpers.street_makers import Street, name_of
from tests.pipeline.test_crash import assert_same_map
from worldmap.area import Everywhere
from worldmap.catalog import Catalog, upgrade
from worldmap.config import Settings
from worldmap.pipeline.export import export
from worldmap.pipeline.gc import collect_orphans
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.pipeline.remove import remove
from worldmap.view import PublishedMap, write_site

OLD = Path(__file__).parents[1] / "data" / "catalog-0001.sql"
PLACES = [0.0, 5.0, 12.0, 60.0]

QUICK = max(KILLS, 6)
"""Of commands that take no time."""

Record = Callable[[str, object], None]


def killed_often(
    command: Callable[[Path], object],
    before: Path,
    tmp_path: Path,
    same: Callable[[Path, Path], None],
    *,
    often: int = KILLS,
) -> int:
    """Kills the command at steps that are spread over its whole run, each time on a fresh copy;
    returns how often."""
    # The page is called after the folder above the map.
    whole, count = tmp_path / "whole" / "street", tmp_path / "steps"
    shutil.copytree(before, whole)
    assert ended(command, whole, 0, count) == 0
    steps = int(count.read_text())
    assert steps > 1
    kills = sorted({1 + (steps - 1) * i // max(often - 1, 1) for i in range(often)})
    for kill_at in kills:
        broken = tmp_path / f"broken{kill_at}" / "street"
        shutil.copytree(before, broken)
        assert ended(command, broken, kill_at, count) == -signal.SIGKILL, kill_at
        command(broken)
        same(broken, whole)
        shutil.rmtree(broken)
    return len(kills)


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, half-written files too."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def same_files(found: Path, expected: Path) -> None:
    assert files_of(found / "out").keys() == files_of(expected / "out").keys()
    for name, content in files_of(expected / "out").items():
        assert (found / "out" / name).read_bytes() == content, name


# --- the commands, on a folder that holds a map in `map` ----------------------------------------


def removing(folder: Path) -> None:
    remove(folder / "map", [name_of(0.0), name_of(12.0)], jobs=1)


def collecting(folder: Path) -> None:
    collect_orphans(folder / "map")


def exporting(folder: Path) -> None:
    for name in ("all.laz", "all.copc.laz", "all.ply", "poses.json"):
        export(folder / "map", Everywhere(), folder / "out" / name)
    export(folder / "map", Everywhere(), folder / "out" / "colmap", kind="colmap")


def publishing(folder: Path) -> None:
    write_site(PublishedMap(folder / "map"), folder / "out" / "site")


def upgrading(folder: Path) -> None:
    upgrade(folder / "map")


def merging(folder: Path) -> None:
    merge(folder / "map", Everywhere(), Settings(), jobs=1)


# --- series -------------------------------------------------------------------------------------


def same_map(found: Path, expected: Path) -> None:
    collect_orphans(expected / "map")
    assert_same_map(found / "map", expected / "map")


@pytest.mark.nightly  # a killed one is put back by day
def test_remove(tmp_path: Path, record_property: Record) -> None:
    Street(tmp_path / "before" / "map").build(PLACES)
    record_property("kills", killed_often(removing, tmp_path / "before", tmp_path, same_map))


def test_a_killed_remove_is_put_back_by_a_merge(tmp_path: Path) -> None:
    """Whoever thinks better of it."""
    Street(tmp_path / "before" / "map").build(PLACES)
    shutil.copytree(tmp_path / "before", tmp_path / "broken")
    count = tmp_path / "steps"
    for kill_at in (6, 12):
        assert ended(removing, tmp_path / "broken", kill_at, count) == -signal.SIGKILL
    Street(tmp_path / "broken" / "map").update()
    same_map(tmp_path / "broken", tmp_path / "before")


@pytest.mark.nightly
def test_gc(tmp_path: Path, record_property: Record) -> None:
    street = Street(tmp_path / "before" / "map").build(PLACES[:2])
    remove(street.map_dir, [name_of(0.0)])
    for number in range(KILLS):
        (street.map_dir / "depth" / f".x.npz.{number}.tmp").write_bytes(b"half")
    (street.map_dir / ".catalog.gpkg.abc.tmp").write_bytes(b"half")

    def same(found: Path, expected: Path) -> None:
        found_names = {n for n in files_of(found) if "catalog.gpkg" not in n or ".tmp" in n}
        expected_names = {n for n in files_of(expected) if "catalog.gpkg" not in n or ".tmp" in n}
        assert found_names == expected_names
        same_map(found, expected)

    record_property(
        "kills", killed_often(collecting, tmp_path / "before", tmp_path, same, often=QUICK)
    )


@pytest.fixture
def with_photos(small_map: SmallMap, tmp_path: Path) -> Path:
    small_map.copied(tmp_path / "before")
    return tmp_path / "before"


@pytest.mark.nightly
def test_export(with_photos: Path, tmp_path: Path, record_property: Record) -> None:
    record_property("kills", killed_often(exporting, with_photos, tmp_path, same_files))


@pytest.mark.nightly
@pytest.mark.parametrize("over_an_old_one", [pytest.param(False, marks=pytest.mark.nightly), True])
def test_view_static(
    with_photos: Path, tmp_path: Path, over_an_old_one: bool, record_property: Record
) -> None:
    if over_an_old_one:
        publishing(with_photos)
        (with_photos / "out" / "site" / "photos" / "old.jpg").write_bytes(b"of an earlier map")

    def same(found: Path, expected: Path) -> None:
        assert not (found / "out" / "site" / "photos" / "old.jpg").exists()
        same_files(found, expected)

    record_property("kills", killed_often(publishing, with_photos, tmp_path, same))


def test_a_killed_view_static_leaves_no_half_site(with_photos: Path, tmp_path: Path) -> None:
    for kill_at in (3, 20, 40):
        assert ended(publishing, with_photos, kill_at, tmp_path / "steps") == -signal.SIGKILL
        assert not (with_photos / "out" / "site").exists()


@pytest.mark.nightly
def test_db_upgrade(tmp_path: Path, record_property: Record) -> None:
    map_dir = tmp_path / "before" / "map"
    map_dir.mkdir(parents=True)
    with closing(sqlite3.connect(map_dir / "catalog.gpkg")) as connection:
        connection.executescript(OLD.read_text())

    def dump(map_dir: Path, name: str) -> list[str]:
        with closing(sqlite3.connect(map_dir / name)) as connection:
            lines = list(connection.iterdump())
        # When an extent or a style was written is of the run.
        return [re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "then", line) for line in lines]

    def same(found: Path, expected: Path) -> None:
        assert dump(found / "map", "catalog.gpkg") == dump(expected / "map", "catalog.gpkg")
        copies = sorted((found / "map").glob("catalog-0001-*.gpkg"))
        assert copies
        for copy in copies:
            assert dump(found / "map", copy.name) == dump(tmp_path / "before/map", "catalog.gpkg")
        assert not [name for name in files_of(found) if ".tmp" in name]

    record_property(
        "kills", killed_often(upgrading, tmp_path / "before", tmp_path, same, often=QUICK)
    )


@pytest.mark.nightly  # tests/pipeline/test_crash.py kills a merge in every run
def test_merge_of_a_grown_map(small_map: SmallMap, tmp_path: Path, record_property: Record) -> None:
    folder = tmp_path / "before"
    files = sorted(small_map.truth.photo_dir.glob("*.jpg"))[:3]
    for some in (files[:2], files[2:]):
        ingest(folder / "map", some, Settings(), depth="measured", jobs=0)
        if len(some) > 1:
            merging(folder)
    with Catalog.open(folder / "map", create=False) as catalog:
        assert catalog.status().waiting == 1
    record_property("kills", killed_often(merging, folder, tmp_path, same_map))
