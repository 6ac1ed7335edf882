"""Killed at any moment and run again, a map ends as if nothing had happened; two commands at once
lose nothing."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.forked_runs import KILLS, ended, killed_after, seconds_of, started
from tests.helpers.map_makers import SmallMap
from tests.helpers.street_makers import SITE, Street, name_of
from worldmap.area import Everywhere
from worldmap.config import Settings
from worldmap.pipeline.gc import collect_orphans
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.pipeline.verify import verify

PHOTOS = 2
# What says when and by which run something was written, not what.
OF_THE_RUN = {
    "id", "run_id", "ingested_at", "written_at", "failed_at", "last_change", "tile_id", "site_id",
    "seconds",
}  # fmt: skip
TABLES = (
    "photos", "ledger_entries", "depth_maps", "features", "priors", "reviews",
    "pair_registrations", "solved_poses", "footprints", "refined_depths",
    "photo_clouds", "tiles", "tile_files", "failures",
)  # fmt: skip


def rows(map_dir: Path, table: str) -> list[list[tuple[str, Any]]]:
    with closing(sqlite3.connect(map_dir / "catalog.gpkg")) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute(f"SELECT * FROM {table}").fetchall()
    kept = [[(k, row[k]) for k in row.keys() if k not in OF_THE_RUN] for row in found]  # noqa: SIM118
    return sorted(kept, key=repr)


def contents(map_dir: Path) -> dict[str, bytes]:
    """All files that rows name."""
    return {
        str(path.relative_to(map_dir)): path.read_bytes()
        for folder in ("depth", "features", "tiles")
        for path in sorted((map_dir / folder).rglob("*"))
        if path.is_file()
    }


def assert_same_map(found: Path, expected: Path) -> None:
    for table in TABLES:
        assert rows(found, table) == rows(expected, table), table
    checked = verify(found)
    assert checked.findings == ()
    collect_orphans(found)
    assert contents(found) == contents(expected)


def ends_of(running: Sequence[ForkServerProcess]) -> list[int | None]:
    for process in running:
        process.join()
    return [process.exitcode for process in running]


def ingesting(map_dir: Path, photos: Sequence[Path]) -> None:
    ingest(map_dir, photos, Settings(), depth="measured", jobs=0)


def merging(map_dir: Path) -> None:
    merge(map_dir, Everywhere(), Settings(), jobs=1)


def updating(map_dir: Path) -> None:
    Street(map_dir).update()


@pytest.fixture(scope="module")
def photos(small_map: SmallMap, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few rendered photos with depth."""
    folder = tmp_path_factory.mktemp("crash")
    for path in small_map.two_photos:
        for file in path.parent.glob(f"{path.stem}.*"):
            shutil.copy2(file, folder)
    return folder


@dataclass(frozen=True)
class Whole:
    """An undisturbed map, before and after its merge, and how long both commands took."""

    ingested: Path
    merged: Path
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def whole(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    seconds = {"ingest": seconds_of(partial(ingesting, photos=[photos]), folder / "merged")}
    shutil.copytree(folder / "merged", folder / "ingested")
    seconds["merge"] = seconds_of(merging, folder / "merged")
    return Whole(ingested=folder / "ingested", merged=folder / "merged", seconds=seconds)


@pytest.mark.nightly  # what is killed at each step by day is in the tests below
def test_killed_at_random_moments(
    photos: Path, whole: Whole, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Ingest, then merge: each is killed again and again, at other moments, and run to its end; one
    that came to its end before it was killed begins anew."""
    broken = tmp_path / "broken"
    random_s = random.Random(7)
    for name, command, before in (
        ("ingest", partial(ingesting, photos=[photos]), None),
        ("merge", merging, whole.ingested),
    ):
        kills = 0
        while kills < KILLS:
            if killed_after(command, broken, random_s.uniform(0.1, 1.0) * whole.seconds[name]):
                kills += 1
                if (broken / "catalog.gpkg").exists():
                    # Never half a row; a tile that differs from its row is known to be out of date.
                    for finding in verify(broken).findings:
                        assert finding.path.parts[0] == "tiles"
            elif kills < KILLS:
                shutil.rmtree(broken)
                if before is not None:
                    shutil.copytree(before, broken)
        command(broken)
    assert_same_map(broken, whole.merged)
    record_property("kills", 2 * KILLS)


@pytest.mark.nightly
def test_tiles_killed_at_every_step(tmp_path: Path) -> None:
    """Merge writes its tiles step by step: it is killed before, within and after some of them."""
    places = [float(x) for x in np.arange(-60.0, 61.0, 10.0)]
    whole = Street(tmp_path / "whole").build(places)
    broken = Street(tmp_path / "broken")
    broken.add(places)
    broken.place(places)
    deaths = 0
    # Each run goes on where the last one was killed; later steps are then reached, too.
    for step in (1, 2, 3, 5, 8, 12, 20, 30):
        deaths += ended(updating, broken.map_dir, step, tmp_path / "steps") == -signal.SIGKILL
    assert deaths >= 4
    broken.update()
    assert_same_map(broken.map_dir, whole.map_dir)


def test_a_kill_between_two_maps_states_shows(tmp_path: Path) -> None:
    """That the comparison above can fail."""
    one = Street(tmp_path / "one").build([0.0, 5.0])
    other = Street(tmp_path / "other").build([0.0, 5.0])
    assert_same_map(one.map_dir, other.map_dir)
    other.place([5.0], off_m=0.01)
    other.update()
    with pytest.raises(AssertionError):
        assert_same_map(other.map_dir, one.map_dir)
    assert SITE.lat_deg > 0
    assert name_of(0.0) != name_of(5.0)


@pytest.mark.nightly
def test_two_ingests_at_once_lose_nothing(photos: Path, whole: Whole, tmp_path: Path) -> None:
    """Into a map that neither finds there; each has a photo of its own, and both have all."""
    files = sorted(photos.glob("*.jpg"))
    map_dir = tmp_path / "map"
    running = [started(partial(ingesting, photos=chosen), map_dir) for chosen in (files, files[1:])]
    assert ends_of(running) == [0, 0]
    assert_same_map(map_dir, whole.ingested)


@pytest.mark.nightly
def test_two_merges_at_once_end_like_one(whole: Whole, tmp_path: Path) -> None:
    shutil.copytree(whole.ingested, tmp_path / "map")
    running = [started(merging, tmp_path / "map") for _ in range(2)]
    assert ends_of(running) == [0, 0]
    assert_same_map(tmp_path / "map", whole.merged)


@pytest.mark.nightly  # tiles are compared so by day
def test_ingest_in_any_order_and_number_of_jobs_gives_the_same_map(
    photos: Path, whole: Whole, tmp_path: Path
) -> None:
    for file in sorted(photos.glob("*.jpg"), reverse=True):
        ingest(tmp_path / "map", [file], Settings(), depth="measured", jobs=0)
    merged = merge(tmp_path / "map", Everywhere(), Settings(), jobs=2)
    assert merged.placed == PHOTOS
    assert_same_map(tmp_path / "map", whole.merged)
