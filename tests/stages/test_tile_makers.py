"""Tiles over a cluster: the bytes and rows that one machine writes, whatever it loses meanwhile."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.small_cluster import SmallCluster
from tests.helpers.street_makers import Street
from tests.pipeline.test_living_map import rows
from worldmap.engine.node import Fate
from worldmap.errors import StorageError
from worldmap.mapfolder import Layout, Subfolder
from worldmap.stages import tile_makers, tiles

PLACES = (-36.0, -12.0, 12.0, 36.0, 60.0, 84.0)
NEW = 24.0


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """Some photos with their tiles, and two more that wait."""
    street = Street(tmp_path_factory.mktemp("street") / "map")
    street.build(PLACES)
    street.add([NEW, 108.0])
    street.place([NEW, 108.0])
    return street


@pytest.fixture(scope="module")
def built(before: Street, tmp_path_factory: pytest.TempPathFactory) -> Street:
    """With these in the tiles, as this process makes them."""
    street = copied(before, tmp_path_factory.mktemp("built"))
    street.update()
    return street


def copied(street: Street, folder: Path) -> Street:
    return Street(shutil.copytree(street.map_dir, folder / "map"))


def over(cluster: SmallCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "is_spread", lambda: True)
    monkeypatch.setattr(tile_makers, "run_each", cluster.run_each)


def all_rows(street: Street) -> list[Any]:
    own = ("run_id", "written_at")
    return [rows(street, name, own) for name in ("tiles", "tile_files", "tile_photos")] + [
        sorted(map(repr, rows(street, "photo_clouds", own)))
    ]


def left(street: Street) -> list[Path]:
    return list((street.map_dir / Subfolder.WORK).glob("*"))


@pytest.mark.parametrize("fate", [None, Fate.DIED])
def test_they_are_the_same_over_a_cluster(
    before: Street,
    built: Street,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fate: Fate | None,
) -> None:
    """Each item's first try is lost, or none; and items are small."""
    street = copied(before, tmp_path)
    largest = 0

    def becomes(item: Any, tried: int) -> Fate | None:
        nonlocal largest
        largest = max(largest, len(pickle.dumps(item)))
        return fate if tried == 1 else None

    cluster = SmallCluster(processors=3, becomes=becomes)
    over(cluster, monkeypatch)
    update = street.update()
    assert update.written
    assert street.tile_bytes() == built.tile_bytes()
    assert all_rows(street) == all_rows(built)
    assert left(street) == []
    # Two photos' depth, one batch of new ones, the others that lie in their tiles, and these.
    assert len(cluster.tried) > len(update.written) + 2
    assert set(cluster.tried.values()) == {1 if fate is None else 2}
    assert largest < 60_000


def test_all_at_once_and_part_by_part(
    built: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over(SmallCluster(processors=2), monkeypatch)
    whole = Street(tmp_path / "whole")
    whole.build((*PLACES, NEW, 108.0))
    assert whole.tile_bytes() == built.tile_bytes()
    street = Street(tmp_path / "parts")
    street.build(PLACES[:4])
    street.add([*PLACES[4:], NEW, 108.0])
    street.place([*PLACES[4:], NEW, 108.0])
    street.update(near_m=[*PLACES[4:], NEW, 108.0])
    assert street.tile_bytes() == built.tile_bytes()
    # And nothing is written that is there already.
    assert street.update().written == ()


def test_a_tile_that_cannot_be_made_ends_the_update_and_the_next_goes_on(
    before: Street, built: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = copied(before, tmp_path)
    files = street.tile_bytes()
    with monkeypatch.context() as patch:
        killed = SmallCluster(
            processors=2,
            becomes=lambda item, _: Fate.DIED if isinstance(item, tile_makers._Fused) else None,
        )
        over(killed, patch)
        with pytest.raises(Exception, match="3 times"):
            street.update()
    assert left(street) == []
    # No file is another before its row says so.
    assert street.tile_bytes() == files
    over(SmallCluster(processors=2), monkeypatch)
    street.update()
    assert street.tile_bytes() == built.tile_bytes()


def test_points_that_are_not_those_that_were_written(
    before: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = copied(before, tmp_path)
    over(SmallCluster(processors=2), monkeypatch)
    read = type(Layout(street.map_dir).store).get_range

    def damaged(self: Any, name: str, start: int, length: int) -> bytes:
        content = read(self, name, start, length)
        return bytes([content[0] ^ 1]) + content[1:]

    monkeypatch.setattr(type(Layout(street.map_dir).store), "get_range", damaged)
    with pytest.raises(StorageError, match="is not what was written"):
        street.update()
