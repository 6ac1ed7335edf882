"""Whose photos a map is made of: told beside all that leaves it, and who may not be in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.helpers.map_makers import SmallMap
from worldmap.area import Everywhere
from worldmap.catalog import Catalog
from worldmap.catalog.models import LedgerRow, PhotoRow
from worldmap.config import ChooseSettings, Settings
from worldmap.errors import LicenceError
from worldmap.mapfolder import MapFolder
from worldmap.pipeline.export import export
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.remove import remove
from worldmap.rights import NAME
from worldmap.stages.intake import IngestStatus
from worldmap.view import PublishedMap, write_single, write_site

FREE = ("Ada", "CC BY-SA 4.0")
PAGE = "https://photos.example/1"


def told(map_: SmallMap, rights: Sequence[tuple[str, str]]) -> SmallMap:
    """The map as if its photos' sidecars had said so, one after the other."""
    with Catalog.open(map_.map_dir, create=False) as catalog, catalog._write() as session:
        rows = session.scalars(select(PhotoRow).order_by(PhotoRow.id)).all()
        for row, (author, licence) in zip(rows, rights, strict=False):
            row.artist, row.licence = author, licence
            for quantity, value in (("page", PAGE), ("archived as", f"panoramax:{row.id}")):
                entry = LedgerRow(
                    photo_id=row.id,
                    ordinal=99,
                    quantity=quantity,
                    value=value,
                    sigma="",
                    source="archive: x",
                    raw="",
                    used=True,
                    note="",
                )
                session.add(entry)
    return map_


def test_who_made_it_goes_along(small_map: SmallMap, tmp_path: Path) -> None:
    copied = told(small_map.copied(tmp_path), [FREE, ("Grace", "CC BY 4.0")])
    export(copied.map_dir, Everywhere(), tmp_path / "street.ply")
    text = (tmp_path / f"street.ply.{NAME}").read_text()
    assert text.startswith("street.ply is made of 5 photos")
    assert f": Ada, CC BY-SA 4.0 <{PAGE}>" in text
    assert ": Grace, CC BY 4.0 <" in text
    assert text.count("author not told, no licence told") == 3
    assert text.endswith("may be passed on under CC BY-SA 4.0.\n")
    for kind in ("nerfstudio", "stac"):
        export(copied.map_dir, Everywhere(), tmp_path / kind, kind=kind)
    assert "Ada" in (tmp_path / "nerfstudio" / NAME).read_text()
    by_tile = sorted((tmp_path / "stac").glob(f"*.{NAME}"))
    assert by_tile
    assert all("The tile" in path.read_text() for path in by_tile)
    write_site(PublishedMap(copied.map_dir), tmp_path / "page")
    assert "Ada" in (tmp_path / "page" / NAME).read_text()


def test_a_map_that_nobody_claims_has_no_such_file(small_map: SmallMap, tmp_path: Path) -> None:
    export(small_map.map_dir, Everywhere(), tmp_path / "street.xyz")
    assert [path.name for path in tmp_path.iterdir()] == ["street.xyz"]


def test_what_may_not_be_mixed_does_not_leave_the_map(small_map: SmallMap, tmp_path: Path) -> None:
    copied = told(small_map.copied(tmp_path), [FREE, ("Grace", "CC BY-NC 4.0")])
    published = PublishedMap(copied.map_dir)
    for leave in (
        lambda: export(copied.map_dir, Everywhere(), tmp_path / "street.laz"),
        lambda: export(copied.map_dir, Everywhere(), tmp_path / "colmap", kind="colmap"),
        lambda: export(copied.map_dir, Everywhere(), tmp_path / "stac", kind="stac"),
        lambda: write_site(published, tmp_path / "page"),
        lambda: write_single(published, tmp_path / "page.html"),
    ):
        with pytest.raises(LicenceError, match=r"mixes photos under CC BY-SA 4\.0 and CC BY-NC"):
            leave()
    assert [path.name for path in tmp_path.iterdir()] == ["map"]
    # Where cameras stood is nobody's work.
    export(copied.map_dir, Everywhere(), tmp_path / "poses.json")


def test_an_author_leaves_for_good(small_map: SmallMap, tmp_path: Path) -> None:
    copied = told(small_map.copied(tmp_path), [FREE, FREE])
    gone = {p.photo_id for p in copied.photos if p.metadata.artist == "Ada"}
    paths = [p.metadata.path for p in copied.photos if p.metadata.artist == "Ada"]
    done = remove(copied.map_dir, (), author=" ada ")
    assert len(done.photos) == 2
    assert not gone & {p.photo_id for p in copied.photos}
    listed = (copied.map_dir / "opted-out.txt").read_text()
    assert "author ada\n" in listed
    assert all(f"panoramax:{photo_id}\n" in listed for photo_id in gone)
    with MapFolder.open(copied.map_dir) as folder:
        assert not gone & {i for tile in folder.tiles() for i in tile.photo_ids}
    # Their photos lie where they lay, and name them.
    own = tmp_path / "again" / paths[0].name
    own.parent.mkdir()
    own.write_bytes(paths[0].read_bytes())
    told_by = {"worldmap_source": 1, "source": "panoramax", "photo_id": "9", "author": "Ada"}
    own.with_name(f"{own.name}.source.json").write_text(json.dumps(told_by))
    again = ingest(copied.map_dir, [own], Settings(), depth="stereo", jobs=0)
    (report,) = again.photos
    assert report.status == IngestStatus.SKIPPED
    assert "opted out" in report.reason


@pytest.mark.nightly
def test_a_map_shows_a_chosen_time(small_map: SmallMap, tmp_path: Path) -> None:
    copied = told(small_map.copied(tmp_path), [FREE, FREE, FREE])
    times = sorted(p.metadata.captured_at for p in copied.photos if p.metadata.captured_at)
    until = times[3].isoformat()
    choice = Settings(choose=ChooseSettings(until=until, licences="cc-by-sa"))
    merged = copied.merge_again(settings=choice)
    apart = {p.path.name: p.reason for p in merged.photos if "is shown" in p.reason}
    expected = {
        p.metadata.path.name
        for p in copied.photos
        if p.metadata.licence is None
        or p.metadata.captured_at is None
        or p.metadata.captured_at >= times[3]
    }
    assert set(apart) == expected
    assert 2 <= len(apart) < 5
    with MapFolder.open(copied.map_dir) as folder:
        shown = {i for tile in folder.tiles() for i in tile.photo_ids}
    assert {copied.names[i] for i in shown}.isdisjoint(expected)
    assert "The map's photos: 3 under CC BY-SA 4.0" in (copied.map_dir / NAME).read_text()
    assert copied.merge_again().placed == small_map.merged.placed
