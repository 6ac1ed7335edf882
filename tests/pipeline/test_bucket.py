"""A map whose files are in a bucket and whose catalog is in PostgreSQL: the same map, from every
command, on every machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.helpers.ingest_makers import Ran, write_aimed_photos, write_photos
from tests.helpers.s3_server import S3Server
from worldmap.api import open_map
from worldmap.catalog import Catalog
from worldmap.cli.exits import ExitCode
from worldmap.las import read_tile
from worldmap.mapfolder import MapFolder
from worldmap.mapfolder.bucket import map_folder
from worldmap.records import Tile
from worldmap.store import BucketAddress, BucketStore
from worldmap.view import MapWindows, PublishedMap
from worldmap.view.server import create_app

PHOTOS = 3
_DAY = timedelta(days=1)


class BucketMap:
    """Some photos' map in a bucket, and the same in a folder."""

    def __init__(self, folder: Path, s3: S3Server, catalog_url: str) -> None:
        self.photos = folder / "photos"
        write_aimed_photos(self.photos, PHOTOS)
        self.map_dir, self.catalog_url, self.name = folder / "map", catalog_url, s3.new_map()
        address = BucketAddress.named(Path(self.name))
        assert address is not None
        self.store = BucketStore(address)

    @property
    def named(self) -> tuple[object, ...]:
        return ("--map", self.name, "--catalog", self.catalog_url)

    def made(self) -> BucketMap:
        for where in (("--map", self.map_dir), self.named):
            for command in self.commands:
                ran = Ran(*command, *where)
                assert ran.code == ExitCode.OK, ran.err
        return self

    @property
    def commands(self) -> tuple[tuple[object, ...], ...]:
        return (
            ("ingest", self.photos, "--depth", "measured", "--jobs", 0),
            ("merge", "--area", "all", "--jobs", 1, "--with-unconfirmed"),
        )

    def tiles(self) -> list[Tile]:
        with MapFolder.open(map_folder(Path(self.name))) as folder:
            return folder.tiles()


@pytest.fixture(scope="module")
def _made(
    s3_server_of_run: S3Server,
    postgresql_module_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BucketMap]:
    folder = tmp_path_factory.mktemp("bucket")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_server_of_run.environment.items():
            patch.setenv(name, value)
        patch.setenv("WORLDMAP_CACHE", str(folder / "cache"))
        yield BucketMap(folder, s3_server_of_run, postgresql_module_url).made()


@pytest.fixture
def bucket_map(_made: BucketMap) -> Iterator[BucketMap]:
    """The files in the bucket are as they were when the test has ended."""
    kept = {name: _made.store.get(name) for name in files_of(_made)}
    yield _made
    for name in files_of(_made).keys() - kept.keys():
        _made.store.delete(name)
    for name, content in kept.items():
        _made.store.put(name, content)


def test_a_map_in_a_bucket(
    bucket_map: BucketMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the machine that made it, and on another."""
    name = bucket_map.name
    is_the_same_as_in_a_folder(bucket_map)
    kept = files_of(bucket_map)
    assert {"report/index.html", "report/report.json"} <= kept.keys()
    assert b"unconfirmed" in bucket_map.store.get("settings.yaml")
    monkeypatch.setenv("WORLDMAP_CACHE", str(tmp_path / "another"))
    ran = Ran("status", "--json", *bucket_map.named)
    assert (ran.code, ran.summary["photos"], ran.summary["placed"]) == (ExitCode.OK, PHOTOS, PHOTOS)
    assert not list((tmp_path / "another").rglob("*.npz"))  # nothing was fetched for it
    assert ran.summary["map"] == name  # which people and programs know, not the folder here
    assert f"map {name}\n" in Ran("status", *bucket_map.named).out
    # From here on the other machine knows where the catalog is.
    photo = bucket_map.photos / "photo01.jpg"
    assert Ran("explain", photo, "--map", name).code == ExitCode.OK
    assert Ran("locate", photo, 80, 60, "--map", name).code == ExitCode.OK
    ran = Ran("verify", "--map", name)
    assert ran.code == ExitCode.OK, ran.out
    assert Ran("gc", "--map", name, "--json").summary["files"] == []
    out = tmp_path / "out"
    for file in ("points.las", "poses.json"):
        ran = Ran("export", "--area", "all", out / file, "--map", name)
        assert ran.code == ExitCode.OK, ran.err
    assert len(read_tile(out / "points.las")) == sum(tile.points for tile in bucket_map.tiles())
    ran = Ran("export", "--area", "all", "--format", "stac", out / "stac", "--map", name)
    assert ran.code == ExitCode.OK, ran.err
    item = json.loads(next((out / "stac" / "items").glob("*.json")).read_text())
    assert item["assets"]["copc"]["href"].startswith(f"{name}/tiles/")
    ran = Ran("view", "--single", out / "page.html", "--no-blur", "--map", name)
    assert ran.code == ExitCode.OK, ran.err
    with open_map(name) as opened:
        assert len(opened.points())
        assert len(opened.photos) == PHOTOS
    ran = Ran("compare", bucket_map.map_dir, name, "--json")
    assert ran.code == ExitCode.OK, ran.err
    assert ran.summary["second"] == name
    # A second merge has nothing to do, and puts nothing.
    ran = Ran("merge", "--area", "all", "--jobs", 1, "--no-report", "--map", name)
    assert ran.code == ExitCode.OK, ran.err
    assert {n: at for n, at in files_of(bucket_map).items() if not n.startswith("report")} == {
        n: at for n, at in kept.items() if not n.startswith("report")
    }


def is_the_same_as_in_a_folder(bucket_map: BucketMap) -> None:
    with Catalog.open(bucket_map.map_dir, create=False) as catalog:
        tiles = {tile.key: tile for tile in catalog.tiles()}
        photos = {photo.metadata.path: photo for photo in catalog.photos()}
    with MapFolder.open(map_folder(Path(bucket_map.name))) as folder:
        for tile in folder.tiles():
            assert [f.content_hash for f in tile.files] == [
                f.content_hash for f in tiles.pop(tile.key).files
            ]
        for photo in folder.catalog.photos():
            other = photos.pop(photo.metadata.path)
            assert photo.depth == other.depth
            assert photo.features == other.features
    assert not tiles
    assert not photos


def files_of(bucket_map: BucketMap) -> dict[str, object]:
    folders = ("depth", "features", "refined", "tiles", "report", "imported")
    return {each.name: each.put_at for folder in folders for each in bucket_map.store.names(folder)}


def test_the_page_has_tiles_in_parts(bucket_map: BucketMap) -> None:
    root = map_folder(Path(bucket_map.name))
    copies = sorted(root.rglob("copies/tiles/*"))
    for each in copies:
        each.unlink()
    app = create_app(MapWindows(PublishedMap(root)))
    with TestClient(app, base_url="http://127.0.0.1") as browser:
        page = browser.get("/map.json").json()
        url = page["tiles"][0]["url"]
        (tile, *_) = bucket_map.tiles()
        copc = next(file for file in tile.files if file.format == "copc")
        content = bucket_map.store.get(copc.path.as_posix())
        for wanted, start, end in (
            ("bytes=0-588", 0, 589),
            ("bytes=1000-1999", 1000, 2000),
            (f"bytes={len(content) - 10}-", len(content) - 10, len(content)),
            ("bytes=-60", len(content) - 60, len(content)),
            (f"bytes=100-{len(content) + 5}", 100, len(content)),
        ):
            answer = browser.get(f"/{url}", headers={"Range": wanted})
            assert answer.status_code == 206, wanted
            assert answer.content == content[start:end]
            assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"
        assert browser.get(f"/{url}").content == content
        beyond = browser.get(f"/{url}", headers={"Range": f"bytes={len(content)}-"})
        assert beyond.status_code == 416
        bucket_map.store.delete(copc.path.as_posix())
        assert browser.get(f"/{url}").status_code == 404
    assert not sorted(root.rglob("copies/tiles/*"))  # nothing of it was kept here


def test_what_is_changed_in_the_bucket_is_found(bucket_map: BucketMap) -> None:
    (tile, *_) = bucket_map.tiles()
    with MapFolder.open(map_folder(Path(bucket_map.name))) as folder:
        photo, other, *_ = folder.catalog.photos()
    bucket_map.store.put(tile.files[0].path.as_posix(), b"something else")
    assert photo.depth is not None
    bucket_map.store.put(photo.depth.path.as_posix(), b"something else")
    bucket_map.store.delete(other.features.path.as_posix())
    ran = Ran("verify", "--map", bucket_map.name, "--json")
    assert ran.code == ExitCode.OFF
    found = {each["path"]: each["problem"] for each in ran.summary["findings"]}
    assert "other hash" in found[tile.files[0].path.as_posix()]
    assert "other hash" in found[photo.depth.path.as_posix()]
    assert found[other.features.path.as_posix()] == "missing"


def test_what_no_row_names_goes_after_a_day(
    bucket_map: BucketMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket_map.store.put("depth/left-over.npz", b"left")
    assert Ran("gc", "--map", bucket_map.name, "--json").summary["files"] == []
    monkeypatch.setattr("worldmap.mapfolder.folder._UNNAMED_FOR", -1 * _DAY)
    before = set(files_of(bucket_map))
    ran = Ran("gc", "--map", bucket_map.name, "--json")
    assert ran.summary["files"] == ["depth/left-over.npz"]
    assert before - set(files_of(bucket_map)) == {"depth/left-over.npz"}


def test_a_bucket_of_another_catalog_is_left_alone(
    bucket_map: BucketMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldmap.mapfolder.folder._UNNAMED_FOR", -1 * _DAY)
    for each in files_of(bucket_map):
        content = bucket_map.store.get(each)
        bucket_map.store.delete(each)
        folder, _, name = each.partition("/")
        bucket_map.store.put(f"{folder}/of-another-map-{name}", content)
    ran = Ran("gc", "--map", bucket_map.name)
    assert ran.code == ExitCode.CATALOG
    assert "may be another map's" in ran.error


def test_its_catalog_is_no_file(s3: S3Server, tmp_path: Path) -> None:
    write_photos(tmp_path, 1)
    for command in (["status"], ["ingest", tmp_path, "--jobs", 0]):
        ran = Ran(*command, "--map", s3.new_map())
        assert ran.code == ExitCode.CATALOG
        assert "has to be in PostgreSQL" in ran.error
        assert "--catalog postgresql://" in ran.error


def test_names_of_no_map(s3: S3Server) -> None:
    for name in ("s3://", "s3://a-bucket", "s3://A_BUCKET/map", "s3://a-bucket/../map"):
        ran = Ran("status", "--map", name)
        assert ran.code == ExitCode.USAGE
        assert "s3://BUCKET/MAP" in ran.error


def test_a_bucket_that_cannot_be_reached_is_one_line(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worldmap.mapfolder.bucket._KNOCK_S", 0.1)
    s3.stop()
    try:
        ran = Ran("status", "--map", s3.new_map())
    finally:
        s3.start()
    assert ran.code == ExitCode.STORAGE
    assert "cannot be reached" in ran.error


def test_a_photo_leaves_it(bucket_map: BucketMap) -> None:
    """Last, as the catalog is not as it was."""
    photo = bucket_map.photos / "photo01.jpg"
    assert Ran("remove", photo, "--map", bucket_map.name).code == ExitCode.OK
    ran = Ran("verify", "--map", bucket_map.name)
    assert ran.code == ExitCode.OK, ran.out
    assert Ran("status", "--map", bucket_map.name, "--json").summary["photos"] == PHOTOS - 1


@pytest.mark.nightly
def test_what_else_commands_do_is_the_same_as_in_a_folder(
    s3: S3Server, postgresql_url: str, tmp_path: Path
) -> None:
    """Points taken and given back, rasters, poses from elsewhere, an older catalog."""
    import psycopg

    bucket_map = BucketMap(tmp_path, s3, postgresql_url).made()
    worlds = {"folder": str(bucket_map.map_dir), "bucket": bucket_map.name}
    marks = tmp_path / "gcp.csv"
    marks.write_text(
        "name,lon,lat,height,image,px,py\n"
        "P1,13.1934,55.7058,60,photo00.jpg,80,60\nP1,13.1934,55.7058,60,photo01.jpg,70,60\n"
    )
    for world, name in worlds.items():
        out = tmp_path / world
        out.mkdir()
        commands: list[tuple[object, ...]] = [
            ("raster", out / "dsm.tif", "--gsd", 5),
            ("raster", out / "ortho.tif", "--gsd", 5, "--kind", "ortho"),
            ("export", "--area", "all", "--format", "colmap", "--no-blur", out / "colmap"),
            ("gcp", marks, "--crs", "EPSG:4326"),
            ("gcp",),
            ("gcp", "--remove", "all"),
            ("import", out / "colmap", "--as-they-are", "--jobs", 1),
            ("merge", "--area", "all", "--jobs", 1, "--with-unconfirmed", "--no-report"),
            ("export", "--area", "all", out / "poses.json"),
            ("db", "upgrade"),
            ("gc", "--dry-run"),
            ("verify",),
        ]
        for words in commands:
            ran = Ran(*words, "--map", name)
            assert ran.code == ExitCode.OK, (words, ran.err)
    for name in ("dsm.tif", "ortho.tif", "poses.json"):
        one, other = ((tmp_path / world / name).read_bytes() for world in worlds)
        assert one == other, name
    with psycopg.connect(bucket_map.catalog_url) as opened:
        opened.execute("SET search_path = worldmap, public")
        opened.execute("DROP TABLE leases")
        opened.execute("UPDATE alembic_version SET version_num = '0027'")
    ran = Ran("status", "--map", bucket_map.name)
    assert ran.code == ExitCode.CATALOG
    assert "pg_dump" in ran.error
    assert Ran("db", "upgrade", "--map", bucket_map.name).code == ExitCode.OK
    assert Ran("status", "--map", bucket_map.name).code == ExitCode.OK
