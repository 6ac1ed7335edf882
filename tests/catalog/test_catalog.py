"""The catalog keeps every field of every record, finds by place, and replaces what it should."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.catalog_records import (
    LUND,
    accepted_pair,
    artifact,
    assert_fills_every_field,
    assert_same,
    bare_metadata,
    calibration,
    camera,
    depth_map_info,
    full_metadata,
    photo_review,
    placed_pose,
    prior,
    rejected_pair,
    tile,
    unplaced_pose,
)
from worldmap.catalog import Catalog
from worldmap.errors import CatalogError, UsageError
from worldmap.geodesy import Site
from worldmap.records import (
    ColourRatio,
    DepthMap,
    DepthMapInfo,
    DepthWait,
    Failure,
    MapStatus,
    PhotoCloud,
    PhotoMetadata,
    PosePrior,
    RefinedArtifact,
    TileArtifact,
    TileKey,
)


@pytest.fixture(scope="module")
def new_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new")
    Catalog.open(folder, create=True).close()
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, new_map: Path, tmp_path: Path) -> Iterator[Catalog]:
    """A new catalog in either database (a copy of one, which is quicker)."""
    postgresql = request.param == "postgresql"
    url = request.getfixturevalue("postgresql_catalog_url") if postgresql else None
    shutil.copyfile(new_map / "catalog.gpkg", tmp_path / "catalog.gpkg")
    with Catalog.open(tmp_path, create=False, url=url) as opened:
        yield opened


def record(
    catalog: Catalog,
    metadata: PhotoMetadata,
    first_guess: PosePrior | None = None,
    **changes: Any,
) -> int:
    given: dict[str, Any] = {
        "camera": camera(),
        "depth": artifact("d"),
        "depth_map": depth_map_info(),
        "features": artifact("f"),
        "prior": first_guess or prior(),
        "settings_hash": "settings-1",
    }
    return catalog.record_photo(metadata, **(given | changes))


# --- photos -----------------------------------------------------------------------------------


def test_a_photo_comes_back_as_it_went_in(catalog: Catalog) -> None:
    metadata = full_metadata()
    assert_fills_every_field(metadata)
    photo_id = record(catalog, metadata)
    found = catalog.find_photo(metadata.content_hash)
    assert found is not None
    assert found.photo_id == photo_id
    # A NUL is the one thing in these tags that a database cannot hold.
    raw = dataclasses.replace(metadata.ledger[1], raw="\ufffd")
    expected = dataclasses.replace(metadata, ledger=(metadata.ledger[0], raw))
    assert_same(found.metadata, expected)
    assert_same(found.camera, camera())
    assert_same(found.prior, prior())
    assert_same(found.depth, artifact("d"))
    assert_same(found.features, artifact("f"))
    assert found.settings_hash == "settings-1"
    assert_same(catalog.depth_map(photo_id), depth_map_info())


def test_a_photo_without_any_tag_comes_back_as_it_went_in(catalog: Catalog) -> None:
    metadata = bare_metadata()
    info = depth_map_info(focal_predicted=None, far_depth_m=math.nan)
    photo_id = record(catalog, metadata, prior(None, None), depth_map=info)
    found = catalog.find_photo(metadata.content_hash)
    assert found is not None
    assert_same(found.metadata, metadata)
    assert_same(found.prior, prior(None, None))
    assert_same(catalog.depth_map(photo_id), info)


def test_photos_are_found_by_name(catalog: Catalog) -> None:
    paths = ("/photos/a/IMG_1.jpg", "/photos/b/IMG_1.jpg", "/photos/b/xIMG_1.jpg", "/IMG%1.jpg")
    ids = [record(catalog, full_metadata(str(i), path=Path(p))) for i, p in enumerate(paths)]

    def found(path: str) -> list[int]:
        return [photo.photo_id for photo in catalog.find_photos(Path(path))]

    assert found("IMG_1.jpg") == sorted(ids[:2])
    assert found("b/IMG_1.jpg") == [ids[1]]
    assert found("/photos/a/IMG_1.jpg") == [ids[0]]
    assert found("IMG%1.jpg") == [ids[3]]
    for unknown in ("G_1.jpg", "%", "c/IMG_1.jpg", "/b/IMG_1.jpg", "IMG_1.JPG", "."):
        assert found(unknown) == []
    assert catalog.paths(ids[:2]) == {i: Path(p) for i, p in zip(ids, paths[:2], strict=False)}


@pytest.mark.parametrize(
    "captured_at",
    [
        datetime(2024, 5, 1, 12, 30),
        datetime(2024, 5, 1, 12, 30, tzinfo=UTC),
        datetime(1, 1, 1, 0, 0, 0, 1),
    ],
)
def test_a_time_keeps_its_offset_or_the_lack_of_one(
    catalog: Catalog, captured_at: datetime
) -> None:
    record(catalog, full_metadata(captured_at=captured_at))
    found = catalog.find_photo("hash-a")
    assert found is not None
    assert found.metadata.captured_at == captured_at
    assert found.metadata.captured_at.tzinfo == captured_at.tzinfo


def test_numpy_scalars_are_stored_as_numbers(tmp_path: Path) -> None:
    metadata = full_metadata(width_px=np.int64(3024), orientation=np.uint8(6))
    with Catalog.open(tmp_path / "map", create=True) as catalog:
        record(catalog, metadata, depth_map=depth_map_info(far_depth_m=np.float32(12.5)))
    with closing(sqlite3.connect(tmp_path / "map" / "catalog.gpkg")) as connection:
        stored = connection.execute(
            "SELECT typeof(photos.width_px), typeof(orientation), typeof(far_depth_m), far_depth_m"
            " FROM photos JOIN depth_maps ON photo_id = photos.id"
        ).fetchone()
    assert stored == ("integer", "integer", "real", 12.5)


def test_why_a_photo_waits_for_depth_is_kept(catalog: Catalog) -> None:
    photo_id = record(catalog, full_metadata(), depth=None, depth_map=None)
    wait = DepthWait(asked_hash="0a", reason="no other photo")
    catalog.record_depth_waits({photo_id: wait})
    (found,) = catalog.photos()
    assert (found.depth_wait, found.waits_for) == (wait, "no depth yet: no other photo")
    with pytest.raises(CatalogError, match="no photo"):
        catalog.record_depth_waits({photo_id: replace(wait, reason="b"), photo_id + 1: wait})
    assert catalog.photos()[0].depth_wait == wait


def test_what_is_written_together_is_kept_together(catalog: Catalog) -> None:
    def write(then: type[Exception] | None) -> None:
        with catalog.together():
            for name in ("a", "b"):
                record(catalog, full_metadata(name))
            if then:
                raise then

    with pytest.raises(ZeroDivisionError):
        write(ZeroDivisionError)
    assert catalog.photos() == []
    write(None)
    assert len(catalog.photos()) == 2
    record(catalog, full_metadata("c"))
    assert len(catalog.photos()) == 3


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_a_file_name_that_is_no_utf8_is_kept(catalog: Catalog) -> None:
    path = Path(os.fsdecode(b"/photos/caf\xe9 100%.jpg"))
    record(catalog, full_metadata(path=path))
    catalog.record_failure(Failure(path=path, content_hash="", stage="photo", reason="bad \udce9"))
    found = catalog.find_photo("hash-a")
    assert found is not None
    assert found.metadata.path == path
    assert [(f.path, f.reason) for f in catalog.failures()] == [(path, "bad \ufffd")]


def test_reading_a_photo_again_keeps_its_id_and_drops_what_rested_on_it(catalog: Catalog) -> None:
    first = record(catalog, full_metadata("a"))
    other = record(catalog, full_metadata("b"))
    third = record(catalog, full_metadata("c"))
    for pair in ((first, other), (other, first), (other, third)):
        catalog.record_pair(accepted_pair(*pair), "s")
    run = catalog.start_run("merge", "{}", "0.1.0")
    catalog.replace_solution(run, [placed_pose(first), placed_pose(other)])
    catalog.replace_tiles(run, [tile(photo_ids=(first,)), tile(386600, photo_ids=(other,))])

    moved = full_metadata("a", path=Path("/elsewhere/a.jpg"), make="Other", ledger=())
    again = record(
        catalog, moved, prior(55.8, 13.3), settings_hash="settings-2", depth=artifact("e")
    )

    assert again == first
    found = catalog.find_photo("hash-a")
    assert found is not None
    assert_same(found.metadata, moved)
    assert (found.settings_hash, found.depth) == ("settings-2", artifact("e"))
    assert_same(found.prior, prior(55.8, 13.3))
    assert list(catalog.find_pairs("s")) == [(other, third)]
    assert [pose.photo_id for pose in catalog.poses()] == [other]
    assert [(t.key.east_m, t.stale) for t in catalog.tiles()] == [(386500, True), (386600, False)]
    status = catalog.status()
    assert (status.photos, status.waiting, status.placed) == (3, 2, 1)


def test_a_deleted_photo_leaves_nothing_and_its_id_is_given_to_no_other(catalog: Catalog) -> None:
    first, last = record(catalog, full_metadata("a")), record(catalog, full_metadata("b"))
    catalog.record_pair(accepted_pair(first, last), "s")
    run = catalog.start_run("merge", "{}", "0.1.0")
    catalog.replace_solution(run, [placed_pose(first), placed_pose(last)])
    catalog.replace_tiles(run, [tile(photo_ids=(first, last)), tile(386600, photo_ids=(first,))])

    assert catalog.delete_photo(last) == [tile().key]

    assert catalog.find_photo("hash-b") is None
    assert [photo.photo_id for photo in catalog.photos()] == [first]
    assert catalog.find_pairs("s") == {}
    assert [pose.photo_id for pose in catalog.poses()] == [first]
    assert [t.photo_ids for t in catalog.tiles(only_stale=True)] == [(first,)]
    with pytest.raises(CatalogError, match=f"has no photo {last}"):
        catalog.delete_photo(last)
    assert record(catalog, full_metadata("c")) not in (first, last)
    assert record(catalog, full_metadata("b")) == last
    assert catalog.poses([last]) == []
    assert catalog.photo_clouds() == {}


def test_ids_are_the_same_whatever_the_order(catalog: Catalog, tmp_path: Path) -> None:
    names = [f"{i}" for i in range(12)]
    ids = {name: record(catalog, full_metadata(name)) for name in names}
    assert len(set(ids.values())) == len(names)
    assert all(0 < photo_id < 2**31 for photo_id in ids.values())
    with Catalog.open(tmp_path / "other", create=True) as other:
        assert {name: record(other, full_metadata(name)) for name in reversed(names)} == ids


def test_two_contents_never_share_an_id(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    class Meeting:
        def digest(self) -> bytes:
            return b"\xff" * 32

    monkeypatch.setattr("worldmap.catalog.store.photos.hashlib.sha256", lambda _: Meeting())
    found = [record(catalog, full_metadata(name)) for name in "abc"]
    assert found == [2**31 - 1, 1, 2]


def test_what_photos_give_to_the_tiles_comes_back_and_goes_with_them(catalog: Catalog) -> None:
    ids = [record(catalog, full_metadata(name)) for name in "ab"]
    clouds = {
        i: PhotoCloud(
            photo_id=i,
            inputs_hash=f"i{i}",
            depth_hash="d",
            samples=np.array([[1.5, 2.5, 7.25]], dtype=np.float32),
            parts={tile().key: "p", TileKey(epsg=32733, east_m=-100, north_m=0): "q"},
            ratios=(ColourRatio(photo_a=i, photo_b=9, log_ratio=(0.1, -1 / 3, 0.0), points=70),),
        )
        for i in ids
    }
    catalog.record_photo_clouds(clouds.values())
    catalog.record_photo_clouds([dataclasses.replace(clouds[ids[0]], inputs_hash="new")])
    found = catalog.photo_clouds()
    assert found[ids[0]].inputs_hash == "new"
    assert_same(found[ids[1]], clouds[ids[1]])
    record(catalog, full_metadata("a"))  # read again: another depth map, perhaps
    assert list(catalog.photo_clouds()) == [ids[1]]
    catalog.delete_photo(ids[1])
    assert catalog.photo_clouds() == {}
    with pytest.raises(CatalogError, match="run the command again"):
        catalog.record_photo_clouds(clouds.values())


def test_where_refined_depth_lies_comes_back_and_goes_with_its_photo(catalog: Catalog) -> None:
    ids = [record(catalog, full_metadata(name)) for name in "abc"]
    found = {
        i: RefinedArtifact(
            photo_id=i,
            path=Path(f"refined/{i}.npz"),
            content_hash=f"c{i}",
            inputs_hash=f"i{i}",
            standing_hash="s",
        )
        for i in ids
    }
    catalog.replace_refined(found.values())
    moved = dataclasses.replace(found[ids[0]], inputs_hash="new")
    catalog.replace_refined([moved], dropped=[ids[1]])
    assert catalog.refined() == {ids[0]: moved, ids[2]: found[ids[2]]}
    record(catalog, full_metadata("a"))  # read again: another depth map, perhaps
    assert list(catalog.refined()) == [ids[2]]
    catalog.delete_photo(ids[2])
    assert catalog.refined() == {}
    with pytest.raises(CatalogError, match="run the command again"):
        catalog.replace_refined(found.values())


def test_a_tile_without_points_is_known_and_not_shown(catalog: Catalog) -> None:
    run = catalog.start_run("merge", "{}", "0.1.0")
    empty = dataclasses.replace(tile(), files=(), points=0, bounds_m=(0.0,) * 6)
    catalog.replace_tiles(run, [empty, tile(386600)])
    assert catalog.tiles() == [tile(386600)]
    assert catalog.tiles(empty=True) == [empty, tile(386600)]
    assert catalog.status().tiles == 1
    catalog.mark_stale([empty.key, tile(386600).key])
    assert [t.stale for t in catalog.tiles(empty=True)] == [True, True]
    assert catalog.status().stale_tiles == 1


# --- space ------------------------------------------------------------------------------------


def test_photos_are_found_by_place(catalog: Catalog) -> None:
    for name, lat_deg, lon_deg in (
        ("lund", 55.7, 13.2),
        ("malmö", 55.6, 13.0),
        ("fiji west", -17.0, 179.9),
        ("fiji east", -17.0, -179.9),
    ):
        record(catalog, full_metadata(name), prior(lat_deg, lon_deg))
    record(catalog, bare_metadata("nowhere"), prior(None, None))

    everything = ["lund", "malmö", "fiji west", "fiji east", "nowhere"]

    def names(bbox: tuple[float, float, float, float] | None, **options: bool) -> list[str]:
        return sorted(
            (p.metadata.path.stem for p in catalog.photos(bbox, **options)), key=everything.index
        )

    assert names(None) == everything
    assert names((13.1, 55.0, 14.0, 56.0)) == ["lund"]
    assert names((13.0, 55.6, 13.2, 55.7)) == ["lund", "malmö"]
    assert names((179.0, -20.0, -179.0, -10.0)) == ["fiji west", "fiji east"]
    assert names((179.0, -20.0, 181.0, -10.0)) == ["fiji west", "fiji east"]
    assert names((-179.0, -20.0, 179.0, 60.0)) == ["lund", "malmö"]
    assert names((-180.0, -90.0, 180.0, 90.0)) == everything[:4]
    assert names((-190.0, -90.0, 190.0, 90.0), include_unpositioned=True) == everything
    assert names((0.0, 0.0, 1.0, 1.0), include_unpositioned=True) == ["nowhere"]


@settings(max_examples=40)
@given(
    lon_deg=st.floats(-180, 180),
    lat_deg=st.floats(-90, 90),
    margin_deg=st.sampled_from((0.0, 1e-12, 1e-7, 0.1)),
)
def test_a_box_around_a_point_finds_it_however_tight(
    point_catalog: Catalog, lon_deg: float, lat_deg: float, margin_deg: float
) -> None:
    # The R-tree has float32 only; the answer must not.
    record(point_catalog, full_metadata(), prior(lat_deg, lon_deg))
    south, north = max(lat_deg - margin_deg, -90.0), min(lat_deg + margin_deg, 90.0)
    around = (max(lon_deg - margin_deg, -180.0), south, min(lon_deg + margin_deg, 180.0), north)
    assert len(point_catalog.photos(around)) == 1
    assert len(point_catalog.photos((-180.0, -90.0, 180.0, 90.0))) == 1
    if abs(lon_deg) < 179.9:
        beside = (math.nextafter(lon_deg, 180.0), -90.0, 180.0, 90.0)
        assert point_catalog.photos(beside) == []


@pytest.fixture(scope="module")
def point_catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    with Catalog.open(tmp_path_factory.mktemp("points"), create=True) as opened:
        yield opened


@pytest.mark.parametrize(
    "bbox",
    [(0, 10, 1, 9), (0, -91, 1, 0), (0, 0, 1, 90.5), (math.nan, 0, 1, 1), (0, math.nan, 1, 1)],
)
def test_a_box_that_means_nothing_is_refused(
    catalog: Catalog, bbox: tuple[float, float, float, float]
) -> None:
    with pytest.raises(UsageError, match="not an area"):
        catalog.photos(bbox)


def test_a_solved_photo_is_where_it_was_solved(catalog: Catalog) -> None:
    photo_id = record(catalog, full_metadata(), prior(55.0, 13.0))
    run = catalog.start_run("merge", "{}", "0.1.0")
    pose = placed_pose(photo_id, (300.0, -200.0, 12.0))
    catalog.replace_solution(run, [pose])
    lat_deg, lon_deg, _ = (
        float(v) for v in LUND.geodetic_from_enu(np.array((300.0, -200.0, 12.0)))
    )
    box = (lon_deg - 1e-9, lat_deg - 1e-9, lon_deg + 1e-9, lat_deg + 1e-9)
    assert len(catalog.photos(box)) == 1
    assert catalog.photos((12.9, 54.9, 13.1, 55.1)) == []
    # Without a pose it goes back to where its tags have it.
    catalog.replace_solution(run, [unplaced_pose(photo_id)])
    assert len(catalog.photos((12.9, 54.9, 13.1, 55.1))) == 1


def test_tiles_are_found_by_place(catalog: Catalog) -> None:
    run = catalog.start_run("merge", "{}", "0.1.0")
    tiles = [tile(), tile(386600)]
    catalog.replace_tiles(run, tiles)
    # 386500, 6174900 in UTM 33 is the south-west corner of the first (pyproj).
    assert catalog.tiles((13.19, 55.69, 13.22, 55.71)) == tiles
    assert catalog.tiles((13.0, 55.69, 13.1, 55.71)) == []


# --- pairs ------------------------------------------------------------------------------------


def test_pairs_come_back_as_they_went_in(catalog: Catalog) -> None:
    a, b, c = (record(catalog, full_metadata(name)) for name in "abc")
    pairs = [accepted_pair(a, b), rejected_pair(b, c)]
    catalog.record_pairs(pairs, "s")
    catalog.record_pair(accepted_pair(a, c), "other settings")
    found = catalog.find_pairs("s")
    assert list(found) == [(a, b), (b, c)]
    assert_same(found[a, b], pairs[0])
    assert_same(found[b, c], pairs[1])
    assert list(catalog.find_pairs("s", [a, b])) == [(a, b)]
    assert catalog.find_pairs("s", []) == {}
    with pytest.raises(ValueError, match="read-only"):
        found[a, b].inlier_index[0, 0] = 1


def test_a_second_verdict_replaces_the_first(catalog: Catalog) -> None:
    a, b = (record(catalog, full_metadata(name)) for name in "ab")
    catalog.record_pair(accepted_pair(a, b), "s")
    catalog.record_pair(rejected_pair(a, b), "s")
    (found,) = catalog.find_pairs("s").values()
    assert_same(found, rejected_pair(a, b))


def test_a_pair_of_a_photo_that_has_left_is_refused_with_all_others(catalog: Catalog) -> None:
    a, b, c = (record(catalog, full_metadata(name)) for name in "abc")
    catalog.delete_photo(c)
    with pytest.raises(CatalogError, match="lost a photo"):
        catalog.record_pairs([accepted_pair(a, b), accepted_pair(b, c)], "s")
    assert catalog.find_pairs("s") == {}


def test_a_photo_s_pairs_are_those_of_the_settings_used_last(catalog: Catalog) -> None:
    a, b, c = (record(catalog, full_metadata(name)) for name in "abc")
    catalog.record_pairs([accepted_pair(a, b), accepted_pair(b, c)], "old")
    catalog.record_pairs([rejected_pair(a, b), accepted_pair(a, c)], "new")
    assert [(p.photo_a, p.photo_b, p.reason) for p in catalog.pairs_of(a)] == [
        (a, b, "too few inliers"),
        (a, c, ""),
    ]
    assert_same(tuple(catalog.pairs_of(c)), (accepted_pair(a, c),))
    catalog.record_pair(accepted_pair(a, b), "old")
    assert_same(tuple(catalog.pairs_of(b)), (accepted_pair(a, b), accepted_pair(b, c)))
    assert catalog.pairs_of(c + 1) == []


# --- poses ------------------------------------------------------------------------------------


def test_poses_come_back_as_they_went_in(catalog: Catalog) -> None:
    a, b = (record(catalog, full_metadata(name)) for name in "ab")
    assert catalog.site() is None
    assert catalog.poses() == []
    run = catalog.start_run("merge", "{}", "0.1.0")
    catalog.replace_solution(run, [placed_pose(a), unplaced_pose(b)])
    assert catalog.site() == LUND
    found = catalog.poses()
    assert_same(found[0], placed_pose(a))
    assert_same(found[1], unplaced_pose(b))
    assert [pose.photo_id for pose in catalog.poses([b])] == [b]
    status = catalog.status()
    assert (status.placed, status.unplaced, status.site) == (1, 1, LUND)


def test_poses_about_two_sites_meet_in_one(catalog: Catalog) -> None:
    a, b = (record(catalog, full_metadata(name)) for name in "ab")
    first = catalog.start_run("merge", "{}", "0.1.0")
    catalog.replace_solution(first, [placed_pose(a)])
    second = catalog.start_run("merge", "{}", "0.1.0")
    malmo = Site(55.6, 13.0, 20.0)
    catalog.replace_solution(second, [placed_pose(b, site=malmo)])
    assert catalog.site() == malmo
    for pose, kept in zip(
        catalog.poses(), (placed_pose(a), placed_pose(b, site=malmo)), strict=True
    ):
        assert_same(pose, kept)
    moved, unmoved = catalog.poses(site=malmo)
    assert_same(unmoved, placed_pose(b, site=malmo))
    assert_same(moved, placed_pose(a).about(malmo))
    # Of sites that equally many photos are about, the newest; else the one of most.
    more = record(catalog, full_metadata("c"))
    catalog.replace_solution(first, [placed_pose(a), placed_pose(more)])
    assert catalog.site() == LUND


def test_reviews_come_back_as_they_went_in(catalog: Catalog) -> None:
    a, b, c = (record(catalog, full_metadata(name)) for name in "abc")
    run = catalog.start_run("merge", "{}", "0.1.0")
    assert catalog.reviews() == {}
    said = [photo_review(a), photo_review(c, duplicate_of=b)]
    catalog.replace_solution(run, [placed_pose(i) for i in (a, b, c)], said)
    assert catalog.reviews() == {a: said[0], c: said[1]}
    # The photo itself stays as its file tells.
    found = catalog.find_photo("hash-a")
    assert found is not None
    assert found.metadata.flags == full_metadata().flags
    assert_same(found.prior, prior())


def test_reviews_are_forgotten_with_what_they_rest_on(catalog: Catalog) -> None:
    a, b, c = (record(catalog, full_metadata(name)) for name in "abc")
    run = catalog.start_run("merge", "{}", "0.1.0")
    said = [photo_review(a), photo_review(c, duplicate_of=b)]

    def say() -> None:
        catalog.replace_solution(run, [placed_pose(i) for i in (a, b, c)], said)

    say()
    catalog.replace_solution(run, [placed_pose(a)])
    assert list(catalog.reviews()) == [c]
    say()
    record(catalog, full_metadata("a"), settings_hash="settings-2")
    assert list(catalog.reviews()) == [c]
    catalog.delete_photo(b)
    assert catalog.reviews() == {}
    with pytest.raises(CatalogError, match="lost a photo"):
        catalog.replace_solution(run, [placed_pose(a)], [photo_review(b)])
    assert [pose.photo_id for pose in catalog.poses()] == [c]


# --- tiles, failures, runs --------------------------------------------------------------------


def test_tiles_come_back_replace_and_drop(catalog: Catalog) -> None:
    a, b = (record(catalog, full_metadata(name)) for name in "ab")
    run = catalog.start_run("merge", "{}", "0.1.0")
    one, two = tile(photo_ids=(a, b)), tile(386600, photo_ids=(b,))
    catalog.replace_tiles(run, [two, one])
    assert catalog.tiles() == [one, two]
    assert catalog.status().points == 6_000_000_000
    new = TileArtifact(format="copc", path=Path("tiles/new.copc.laz"), content_hash="new")
    smaller = dataclasses.replace(
        one, points=5, photo_ids=(a,), inputs_hash="i", files=(new, *one.files)
    )
    catalog.replace_tiles(run, [smaller], dropped=[two.key])
    assert catalog.tiles() == [smaller]


def test_a_failure_is_kept_once_and_cleared_by_success(catalog: Catalog) -> None:
    path = Path("/photos/a.jpg")
    first = Failure(path=path, content_hash="", stage="photo", reason="cut short")
    second = Failure(path=path, content_hash="hash-a", stage="photo", reason="still cut short")
    other = Failure(path=Path("/x/copy.jpg"), content_hash="hash-a", stage="depth", reason="full")
    unrelated = Failure(path=Path("/x/b.jpg"), content_hash="hash-b", stage="depth", reason="bad")
    for failure in (first, second, other, unrelated):
        catalog.record_failure(failure)
    assert catalog.failures() == [second, unrelated, other]
    record(catalog, full_metadata("a"))
    assert catalog.failures() == [unrelated]


def test_runs_are_kept_with_their_outcome(catalog: Catalog) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    done = catalog.start_run("ingest photos", '{"a": 1}', "0.1.0")
    catalog.finish_run(done, "ok")
    killed = catalog.start_run("merge --area all", "{}", "0.1.0", solve_version=7)
    first, last = catalog.runs()
    assert (first.run_id, first.command, first.settings_json) == (done, "ingest photos", '{"a": 1}')
    assert first.outcome == "ok"
    assert first.finished_at is not None
    assert before <= first.finished_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert (last.run_id, last.finished_at, last.outcome) == (killed, None, None)
    assert (first.solve_version, last.solve_version) == (None, 7)
    assert catalog.status().last_run == last


def test_the_status_counts_everything(catalog: Catalog) -> None:
    a, b, c, d = (record(catalog, full_metadata(name)) for name in "abcd")
    nowhere = record(catalog, bare_metadata(), prior(None, None))
    catalog.record_pairs([accepted_pair(a, b), accepted_pair(a, c), rejected_pair(a, d)], "s")
    catalog.record_failure(Failure(path=Path("/x"), content_hash="", stage="photo", reason="bad"))
    run = catalog.start_run("merge", "{}", "0.1.0")
    placed = [placed_pose(a), placed_pose(b), placed_pose(c)]
    catalog.replace_solution(run, [*placed, unplaced_pose(nowhere)])
    catalog.replace_tiles(run, [tile(photo_ids=(a, b)), tile(386600, photo_ids=(c,))])
    catalog.delete_photo(c)
    assert catalog.status() == MapStatus(
        photos=4,
        waiting=1,
        placed=2,
        doubtful=0,
        unplaced=1,
        without_depth=0,
        without_position=1,
        failures=1,
        pairs_accepted=1,
        pairs_rejected=1,
        tiles=2,
        stale_tiles=1,
        points=6_000_000_000,
        site=LUND,
        last_run=catalog.runs()[-1],
    )


def test_a_depth_map_is_summed_up() -> None:
    depth_m = np.full((2, 50), np.nan, dtype=np.float32)
    info = depth_map_info(width_px=50, height_px=2)
    whole = DepthMap(
        depth_m=depth_m,
        sigma_m=depth_m,
        camera=camera().rescaled(50, 2),
        focal=info.focal,
        focal_predicted=info.focal_predicted,
        scale_sigma_rel=info.scale_sigma_rel,
        model=info.model,
        flags=info.flags,
    )
    assert_same(DepthMapInfo.of(whole), dataclasses.replace(info, far_depth_m=math.nan))
    depth_m = np.append(np.arange(1.0, 100.0), np.nan).reshape(2, 50)
    seen = DepthMapInfo.of(dataclasses.replace(whole, depth_m=depth_m))
    assert seen.far_depth_m == pytest.approx(94.1)


def test_the_catalog_can_be_opened_without_alembic(tmp_path: Path) -> None:
    """Each command opens the catalog; only making or upgrading one needs the migrations."""
    Catalog.open(tmp_path, create=True).close()
    code = (
        "import sys; from pathlib import Path; from worldmap.catalog import Catalog\n"
        "Catalog.open(Path(sys.argv[1]), create=True).close(); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_what_photos_told_of_cameras_is_kept_until_they_tell_it_again(catalog: Catalog) -> None:
    run = catalog.start_run("merge", "{}", "0.1.0")
    for camera_key, photo_ids in (("a|0.75", (1, 2)), ("a|0.75", (7, 8)), ("b|0.80", (3,))):
        catalog.replace_solution(run, [], calibrations=[calibration(camera_key, photo_ids)])
    found = [(c.camera_key, c.photo_ids) for c in catalog.calibrations()]
    assert found == [("a|0.75", (1, 2)), ("a|0.75", (7, 8)), ("b|0.80", (3,))]
    catalog.replace_solution(run, [], calibrations=[calibration("a|0.75", (2, 4, 5))])
    told = catalog.calibrations()
    assert [c.photo_ids for c in told] == [(7, 8), (2, 4, 5), (3,)]
    assert told[0].solved_at == catalog.runs()[0].started_at
    assert_same(dataclasses.replace(told[1], solved_at=None), calibration("a|0.75", (2, 4, 5)))
