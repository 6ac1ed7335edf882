"""What machines hand to each other while a command runs, where the map is in a bucket."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.s3_server import S3Server
from tests.helpers.small_cluster import SmallCluster
from tests.helpers.street_makers import Street
from tests.stages.test_cells import Walk, bits
from tests.stages.test_tile_makers import PLACES, over
from worldmap.catalog import Catalog
from worldmap.config import Settings
from worldmap.listener import Silence
from worldmap.mapfolder import Layout, Subfolder
from worldmap.stages import cells
from worldmap.stages.tiles import update_tiles
from worldmap.store import BucketAddress


@pytest.fixture
def bucket(s3: S3Server) -> Layout:
    address = BucketAddress.named(Path(s3.new_map()))
    assert address is not None
    address.folder.mkdir(parents=True)
    return Layout(address.folder)


def put_all(bucket: Layout, root: Path, subfolder: Subfolder) -> None:
    for path in (root / subfolder).iterdir():
        bucket.store.put(f"{subfolder}/{path.name}", path.read_bytes())


def test_cells(bucket: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever solves them has other folders, and gets all from the bucket."""
    walk = Walk(tmp_path / "here")
    expected = bits(walk.solved(None))
    put_all(bucket, tmp_path / "here", Subfolder.FEATURES)
    walk.work.folder = SimpleNamespace(root=bucket.root, layout=bucket)
    monkeypatch.setenv("WORLDMAP_CACHE", str(tmp_path / "another"))
    monkeypatch.setattr(cells, "run_each", SmallCluster(processors=2).run_each)
    solver = walk.solver()
    assert bits(walk.solved(solver)) == expected
    assert len(list(bucket.kept(Subfolder.WORK))) == 4
    solver.done()
    assert list(bucket.kept(Subfolder.WORK)) == []


def test_tiles(bucket: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built, street = Street(tmp_path / "built"), Street(tmp_path / "map")
    built.build(PLACES)
    street.add(PLACES)
    street.place(PLACES)
    put_all(bucket, street.map_dir, Subfolder.DEPTH)
    monkeypatch.setenv("WORLDMAP_CACHE", str(tmp_path / "another"))
    over(SmallCluster(processors=2), monkeypatch)
    with Catalog.open(street.map_dir, create=False) as catalog:
        run_id = catalog.start_run("merge", Settings().model_dump_json(), "0")
        folder = SimpleNamespace(root=bucket.root, catalog=catalog, layout=bucket)
        work: Any = SimpleNamespace(
            folder=folder, settings=Settings(), listener=Silence(), jobs=1, run_id=run_id
        )
        update = update_tiles(work, near=None)
    assert update.written
    found = {
        f"{tile.key}.{file.path.name.partition('.')[2]}": bucket.store.get(file.path.as_posix())
        for tile in update.tiles
        for file in tile.files
    }
    assert found == built.tile_bytes()
    assert list(bucket.kept(Subfolder.WORK)) == []
