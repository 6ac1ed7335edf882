"""Pictures of tiles that a map's folder keeps: found as they were, never a wrong one, no more than
may be, none outside."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.street_makers import Street
from worldmap.mapfolder import KeptPictures, Layout, MapFolder, PictureOf
from worldmap.pipeline.gc import collect_orphans
from worldmap.records import Tile, TileArtifact, TileKey

KEY = TileKey(epsg=32633, east_m=700_000, north_m=6_600_000)
FILE = TileArtifact(format="copc", path=Path("tiles/a.copc.laz"), content_hash="1" * 64)
TILE = Tile(key=KEY, files=(FILE,), points=3, bounds_m=(0, 0, 0, 1, 1, 1), photo_ids=(1, 2))
BESIDE = replace(TILE, key=replace(KEY, east_m=KEY.east_m + 100))


def files(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "cache").iterdir())


def test_a_picture_is_found_as_long_as_its_tiles_are_as_they_were(tmp_path: Path) -> None:
    kept = KeptPictures(Layout(tmp_path))
    picture = PictureOf.of(KEY, [TILE, BESIDE], "0.1")
    assert kept.find(picture) is None
    kept.keep(picture, b"a picture")
    assert KeptPictures(Layout(tmp_path)).find(picture) == b"a picture"
    changed = replace(BESIDE, files=(replace(FILE, content_hash="2" * 64),))
    others = (
        PictureOf.of(KEY, [TILE, changed], "0.1"),
        PictureOf.of(KEY, [replace(TILE, photo_ids=(1,)), BESIDE], "0.1"),
        PictureOf.of(KEY, [TILE], "0.1"),
        PictureOf.of(KEY, [TILE, BESIDE], "0.2"),
        PictureOf.of(BESIDE.key, [TILE, BESIDE], "0.1"),
    )
    assert [kept.find(other) for other in others] == [None] * len(others)
    kept.keep(others[0], b"")  # nothing to see there: known, too
    assert kept.find(others[0]) == b""
    assert len(files(tmp_path)) == 1, "one of a tile"


def test_those_not_looked_at_for_longest_go_first(tmp_path: Path) -> None:
    kept = KeptPictures(Layout(tmp_path), most_bytes=250)
    pictures = [PictureOf.of(replace(KEY, north_m=100 * number), [TILE], "") for number in range(3)]
    for number, picture in enumerate(pictures[:2]):
        kept.keep(picture, bytes([number]) * 100)
    for second, path in enumerate(sorted((tmp_path / "cache").iterdir())):
        os.utime(path, (second, second))
    assert kept.find(pictures[0]) is not None  # looked at
    kept.keep(pictures[2], bytes(100))
    assert [kept.find(picture) is not None for picture in pictures] == [True, False, True]
    kept.keep(pictures[1], bytes(251))  # more than there may be of all
    assert kept.find(pictures[1]) is None
    assert len(files(tmp_path)) == 2


def test_what_was_changed_is_made_again(tmp_path: Path) -> None:
    kept = KeptPictures(Layout(tmp_path))
    picture = PictureOf.of(KEY, [TILE], "")
    kept.keep(picture, b"a picture")
    (path,) = (tmp_path / "cache").iterdir()
    path.write_bytes(b"a victim")
    assert kept.find(picture) is None
    path.unlink()
    os.mkfifo(path)
    assert kept.find(picture) is None


@pytest.mark.parametrize("where", ["folder", "file"])
def test_no_link_leads_out_of_the_map(tmp_path: Path, where: str) -> None:
    root, outside = tmp_path / "map", tmp_path / "outside"
    outside.mkdir()
    picture = PictureOf.of(KEY, [TILE], "")
    KeptPictures(Layout(root)).keep(picture, b"mine")
    (own,) = (root / "cache").iterdir()
    (outside / own.name).write_bytes(b"mine")
    own.unlink()
    if where == "file":
        own.symlink_to(outside / own.name)
    else:
        (root / "cache").rmdir()
        (root / "cache").symlink_to(outside)
    kept = KeptPictures(Layout(root))
    assert kept.find(picture) is None
    kept.keep(picture, b"other")
    assert [path.read_bytes() for path in outside.iterdir()] == [b"mine"]


def test_where_nothing_can_be_written_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    kept = KeptPictures(Layout(tmp_path))
    picture = PictureOf.of(KEY, [TILE], "")
    kept.keep(picture, b"a picture")
    assert kept.find(picture) is None
    assert (tmp_path / "cache").read_text() == "in the way"


def test_gc_takes_those_of_tiles_that_are_no_more_as_they_were(tmp_path: Path) -> None:
    street = Street(tmp_path).build([0.0, 1.0])
    with MapFolder.open(street.map_dir) as folder:
        tiles = folder.catalog.tiles()
        kept = KeptPictures(folder.layout)
        now = PictureOf.of(tiles[0].key, tiles, "")
        kept.keep(now, b"as it is")
        gone = [PictureOf.of(replace(KEY, north_m=0), [TILE], "")]
        gone += [PictureOf.of(tile.key, [TILE], "") for tile in tiles[1:2]]
        for picture in gone:
            kept.keep(picture, b"as it was")
        (folder.root / "cache" / ".x.tmp").touch()
    found = collect_orphans(street.map_dir)
    assert len(found.files) == len(gone) + 1
    assert {path.parts[0] for path in found.files} == {"cache"}
    assert kept.find(now) == b"as it is"
    assert len(files(street.map_dir)) == 1
