"""A map that grows and shrinks: exactly those tiles are written that come out different."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.helpers.catalog_records import with_sigmas
from tests.helpers.street_makers import EYE_M, HEIGHT, SITE, WIDTH, Street, name_of, pose_at
from worldmap.catalog import Catalog, geometry
from worldmap.config import FuseSettings, Settings, TileSettings
from worldmap.errors import CatalogError, InputError, StorageError
from worldmap.fuse import classify_ground
from worldmap.geodesy import enu_from_projected, geoid_undulation_m
from worldmap.las import read_tile
from worldmap.mapfolder.locks import adding_files
from worldmap.pipeline.gc import collect_orphans
from worldmap.pipeline.remove import remove
from worldmap.pipeline.verify import verify
from worldmap.registration.unmoved import keep_unmoved
from worldmap.stages import cross_check, tile_makers
from worldmap.stages import tile_job as module

PLACES = [float(x) for x in np.arange(-150.0, 151.0, 6.0)]
NEW = 3.0


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """300 m of street: four tiles or five."""
    return Street(tmp_path_factory.mktemp("street") / "map").build(PLACES)


@pytest.fixture
def street(built: Street, tmp_path: Path) -> Street:
    """The same, to be changed."""
    shutil.copytree(built.map_dir, tmp_path / "map")
    return Street(tmp_path / "map")


def rows(street: Street, table: str, without: tuple[str, ...] = ()) -> list[dict[str, object]]:
    with closing(sqlite3.connect(street.map_dir / "catalog.gpkg")) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    return [{k: row[k] for k in row.keys() if k not in without} for row in found]  # noqa: SIM118


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def middles_m(street: Street) -> dict[str, float]:
    """Of each tile file how far east of the site its points lie."""
    with Catalog.open(street.map_dir, create=False) as catalog:
        tiles = catalog.tiles()
    found: dict[str, Any] = {}
    for tile in tiles:
        xyz = read_tile(street.map_dir / tile.path).cloud.xyz
        east_m = float(enu_from_projected(xyz, SITE, tile.key.epsg)[:, 0].mean())
        found |= {file.path.name: east_m for file in tile.files}
    return found


# --- edges --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_tiles_together_are_what_one_fusion_gives(built: Street) -> None:
    """No point is doubled, lost or moved at an edge, and none has another class there."""
    expected = built.fused_at_once()
    tiles = built.tiles()
    assert len(tiles) >= 4
    found = np.concatenate([enu_from_projected(t.cloud.xyz, SITE, t.epsg) for t in tiles])
    assert len(found) == len(expected) > 20_000
    off_m, of_expected = cKDTree(expected).query(found)
    assert off_m.max() < 1e-3
    assert cKDTree(found).query(expected)[0].max() < 1e-3
    classes = np.concatenate([t.classification for t in tiles])
    whole = classify_ground(expected, FuseSettings().ground)
    assert {1, 2} == set(whole)
    assert (classes == whole[of_expected]).all()


@pytest.mark.nightly
def test_without_a_margin_edges_would_be_doubled(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the test above can fail."""
    coarse = Settings(fuse=FuseSettings(voxel_m=0.4))
    expected = len(street.fused_at_once(coarse))
    street.update(coarse)
    assert sum(len(t) for t in street.tiles()) == expected
    for each in (cross_check, tile_makers):
        monkeypatch.setattr(each, "margin_m", lambda _: 0.0)
    street.update(coarse)
    assert sum(len(t) for t in street.tiles()) > expected + 20


# --- again --------------------------------------------------------------------------------------


def test_a_second_update_changes_no_byte_and_no_row(street: Street) -> None:
    tables = ("tiles", "tile_files", "tile_photos", "photo_clouds")
    files, before = street.tile_bytes(), [rows(street, table) for table in tables]
    times = {p: p.stat().st_mtime_ns for p in (street.map_dir / "tiles").iterdir()}
    again = street.update(jobs=2)
    assert (again.written, again.dropped) == ((), ())
    assert len(again.tiles) == len(files) // 2
    assert street.tile_bytes() == files
    assert [rows(street, table) for table in tables] == before
    assert {p: p.stat().st_mtime_ns for p in (street.map_dir / "tiles").iterdir()} == times


def test_tiles_are_the_same_whatever_the_order_and_the_jobs(built: Street, tmp_path: Path) -> None:
    other = Street(tmp_path / "map")
    shuffled = [PLACES[i] for i in np.random.default_rng(1).permutation(len(PLACES))]
    other.add(shuffled[:20])
    other.add(shuffled[20:])
    other.place(shuffled)
    other.update(jobs=3)
    assert other.tile_bytes() == built.tile_bytes()
    own = ("id", "run_id", "written_at")
    by_key = [
        sorted(rows(s, "tiles", own), key=lambda row: str(row["key"])) for s in (built, other)
    ]
    assert by_key[0] == by_key[1]
    assert rows(other, "photo_clouds") == rows(built, "photo_clouds")


def test_a_new_photo_writes_only_tiles_that_it_changes(built: Street, street: Street) -> None:
    before = street.tile_bytes()
    old_rows = {row["key"]: row for row in rows(street, "tiles")}
    street.add([NEW])
    street.place([NEW])
    update = street.update()
    files = changed(before, street.tile_bytes())
    middles = middles_m(street)
    assert files
    assert {f"{key}{end}" for key in update.written for end in (".laz", ".copc.laz")} == files
    # The photo itself, those that it shares with, and a bit further where gains even out.
    assert all(abs(middles[name] - NEW) < 120 for name in files)
    assert len(files) <= len(before) - 4
    written = {str(key) for key in update.written}
    for row in rows(street, "tiles"):
        assert (row == old_rows[row["key"]]) == (row["key"] not in written)
    # And it is what it would be had all come at once.
    fresh = Street(street.map_dir.parent / "fresh").build([*PLACES, NEW])
    assert street.tile_bytes() == fresh.tile_bytes()


def test_an_update_nearby_does_what_one_of_everything_does(built: Street, street: Street) -> None:
    street.add([NEW])
    street.place([NEW])
    street.update(near_m=[NEW])
    near = street.tile_bytes()
    assert near != built.tile_bytes()
    assert street.update().written == ()
    assert street.tile_bytes() == near


def test_a_photo_that_moves_rewrites_what_it_leaves_and_what_it_enters(street: Street) -> None:
    far = 2000.0
    street.add([far])
    street.place([far])
    there = street.update().written
    assert there
    before = street.tile_bytes()
    with Catalog.open(street.map_dir, create=False) as catalog:
        (moved,) = [p for p in catalog.photos() if p.metadata.path.name == name_of(far)]
        run = catalog.start_run("merge", "{}", "0")
        catalog.replace_solution(run, [pose_at(moved.photo_id, 4000.0)])
    update = street.update()
    assert set(update.dropped) == set(there)
    assert update.written
    assert not set(update.written) & set(there)
    gone = {f"{key}{end}" for key in there for end in (".laz", ".copc.laz")}
    assert gone <= changed(before, street.tile_bytes())
    assert not gone & street.tile_bytes().keys()


# --- fewer --------------------------------------------------------------------------------------


def test_a_removed_photo_leaves_the_map_as_if_it_had_never_come(
    built: Street, street: Street
) -> None:
    before = street.tile_bytes()
    summary = remove(street.map_dir, [name_of(0.0), f"/photos/{name_of(6.0)}"])
    assert [path.name for path in summary.photos] == [name_of(0.0), name_of(6.0)]
    rest = [place for place in PLACES if place not in (0.0, 6.0)]
    fresh = Street(street.map_dir.parent / "fresh").build(rest)
    assert street.tile_bytes() == fresh.tile_bytes()
    files = changed(before, street.tile_bytes())
    assert 0 < len(files) // 2 <= summary.tiles_written < len(before) // 2
    with Catalog.open(street.map_dir, create=False) as catalog:
        assert len(catalog.photos()) == len(rest)
        last = catalog.runs()[-1]
    assert (last.command, last.outcome) == ("remove", "2 removed")


@pytest.mark.nightly
def test_removing_goes_by_the_settings_of_the_last_merge(street: Street) -> None:
    coarse = Settings(fuse=FuseSettings(voxel_m=0.2), tiles=TileSettings(formats=("las",)))
    street.update(coarse)
    before = street.tile_bytes()
    assert {name.split(".", 1)[1] for name in before} == {"las"}
    remove(street.map_dir, [name_of(0.0)])
    after = street.tile_bytes()
    assert before.keys() == after.keys()
    assert 0 < len(changed(before, after)) < len(before)


def test_removing_everything_leaves_no_tile(street: Street) -> None:
    few = Street(street.map_dir.parent / "few").build([0.0, 5.0])
    assert few.tile_bytes()
    remove(few.map_dir, [name_of(0.0), name_of(5.0)])
    assert few.tile_bytes() == {}
    assert rows(few, "tiles") == []


def test_removing_what_is_not_there_removes_nothing(street: Street) -> None:
    with pytest.raises(InputError, match="no photo"):
        remove(street.map_dir, [name_of(0.0), "nowhere.jpg"])
    with Catalog.open(street.map_dir, create=False) as catalog:
        assert len(catalog.photos()) == len(PLACES)


def test_the_same_removal_again_has_nothing_left_to_do(tmp_path: Path) -> None:
    """Where it was killed after its last step, too; other names are as unknown as ever."""
    few = Street(tmp_path / "few").build([0.0, 5.0])
    remove(few.map_dir, [name_of(0.0)])
    again = remove(few.map_dir, [name_of(0.0)])
    assert (again.photos, again.gone_before) == ((), (name_of(0.0),))
    both = remove(few.map_dir, [name_of(0.0), name_of(5.0)])
    assert [path.name for path in both.photos] == [name_of(5.0)]
    assert both.gone_before == (name_of(0.0),)
    with pytest.raises(InputError, match="no photo"):
        remove(few.map_dir, [name_of(0.0), "nowhere.jpg"])
    with closing(sqlite3.connect(few.map_dir / "catalog.gpkg")) as connection:
        told = connection.execute("SELECT settings_json FROM runs").fetchall()
    assert not [text for (text,) in told if name_of(0.0) in text]  # perhaps why it was removed


@pytest.mark.nightly
def test_a_photo_deleted_by_a_gis_leaves_its_tiles_out_of_date(street: Street) -> None:
    """With foreign keys off, as GDAL has it."""
    with closing(sqlite3.connect(street.map_dir / "catalog.gpkg")) as connection, connection:
        geometry.register_functions(connection)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM photos WHERE path = ?", (f"/photos/{name_of(0.0)}",))
    with Catalog.open(street.map_dir, create=False) as catalog:
        stale = catalog.tiles(only_stale=True)
        assert 0 < len(stale) < len(catalog.tiles())
    found = verify(street.map_dir)
    assert {f.run for f in found.findings} == {"worldmap merge --area all"}
    street.update()
    rest = [place for place in PLACES if place != 0.0]
    fresh = Street(street.map_dir.parent / "fresh").build(rest)
    assert street.tile_bytes() == fresh.tile_bytes()
    assert verify(street.map_dir).findings == ()


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_other_formats_replace_the_files(built: Street, street: Street) -> None:
    settings = Settings(tiles=TileSettings(formats=("las", "copc")))
    street.update(settings)
    ends = {name.split(".", 1)[1] for name in street.tile_bytes()}
    assert ends == {"las", "copc.laz"}
    for las, laz in zip(street.tiles(), built.tiles(), strict=True):
        assert np.array_equal(las.cloud.xyz, laz.cloud.xyz)
    assert verify(street.map_dir).findings == ()
    street.update()
    assert street.tile_bytes() == built.tile_bytes()


def test_heights_above_the_sea(built: Street, street: Street) -> None:
    street.update(Settings(tiles=TileSettings(vertical="msl")))
    undulation_m = geoid_undulation_m(SITE.lat_deg, SITE.lon_deg)
    with Catalog.open(built.map_dir, create=False) as catalog:
        ellipsoid = catalog.tiles()
    with Catalog.open(street.map_dir, create=False) as catalog:
        sea = catalog.tiles()
    for one, other in zip(ellipsoid, sea, strict=True):
        assert one.bounds_m[2] - other.bounds_m[2] == pytest.approx(undulation_m, abs=0.02)
        with laspy.open(street.map_dir / other.path) as reader:
            wkt = reader.header.vlrs.get("WktCoordinateSystemVlr")[0].string
        assert "EGM96" in wkt


# --- trouble ------------------------------------------------------------------------------------


def test_a_missing_file_is_written_again_as_it_was(built: Street, street: Street) -> None:
    victim = sorted((street.map_dir / "tiles").iterdir())[2]
    victim.unlink()
    (finding,) = verify(street.map_dir).findings[:1]
    assert (finding.path.name, finding.problem) == (victim.name, "missing")
    assert finding.run == "worldmap merge --area all"
    assert len(street.update().written) == 1
    assert street.tile_bytes() == built.tile_bytes()


@pytest.mark.parametrize("damage", ["flip", "cut", "empty"])
def test_a_damaged_tile_is_found_and_written_again(
    built: Street, street: Street, damage: str
) -> None:
    victim = sorted((street.map_dir / "tiles").iterdir())[1]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 0xFF
    cut = {"flip": bytes(content), "cut": bytes(content[:200]), "empty": b""}
    victim.write_bytes(cut[damage])
    found = verify(street.map_dir)
    assert [(f.path.name, f.problem) for f in found.findings] == [
        (victim.name, "changed since it was written (other hash)")
    ]
    street.update()
    assert street.tile_bytes() == built.tile_bytes()
    assert verify(street.map_dir).findings == ()


def test_damage_to_other_files_is_told_with_what_to_run(street: Street) -> None:
    depth = street.map_dir / "depth" / f"{name_of(0.0)}.npz"
    features = street.map_dir / "features" / f"{name_of(6.0)}.npz"
    depth.write_bytes(b"spoilt")
    features.unlink()
    found = {f.path.name: f for f in verify(street.map_dir).findings}
    assert found.keys() == {depth.name, features.name}
    assert found[depth.name].problem.startswith("changed")
    assert found[depth.name].run == f"rm {depth} && worldmap ingest /photos/{name_of(0.0)}"
    assert found[features.name].problem == "missing"
    assert found[features.name].run == f"worldmap ingest /photos/{name_of(6.0)}"


def test_rows_that_say_something_else_are_found(street: Street) -> None:
    with closing(sqlite3.connect(street.map_dir / "catalog.gpkg")) as connection, connection:
        geometry.register_functions(connection)
        connection.execute("UPDATE tiles SET points = points + 1 WHERE id = 1")
        connection.execute("UPDATE tiles SET max_z_m = max_z_m + 0.01 WHERE id = 2")
        connection.execute("DELETE FROM rtree_photos_geom WHERE id % 2 = 0")
    problems = [f.problem for f in verify(street.map_dir).findings]
    assert sum("points, its row says" in p for p in problems) == 2
    assert sum("m off those of its row" in p for p in problems) == 2
    assert sum("spatial index of photos" in p for p in problems) == 1


def test_a_run_that_stops_halfway_is_finished_by_the_next(
    built: Street, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    street.add([NEW])
    street.place([NEW])
    written = 0

    def fail(*arguments: object, **options: object) -> object:
        nonlocal written
        written += 1
        if written > 1:
            raise StorageError("the disk is full")
        return module_write(*arguments, **options)  # type: ignore[arg-type]

    module_write = module.write_tile  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_tile", fail)
        with pytest.raises(StorageError, match="disk is full"):
            street.update()
    # A new file beside an old row: known to be out of date.
    assert verify(street.map_dir).findings
    # Even if the photo leaves again before anybody goes on.
    remove(street.map_dir, [name_of(NEW)])
    assert street.tile_bytes() == built.tile_bytes()
    assert verify(street.map_dir).findings == ()


# --- what is left over --------------------------------------------------------------------------


def test_files_without_a_row_are_collected(built: Street, street: Street) -> None:
    kept = {p for p in street.map_dir.rglob("*") if p.is_file()}
    litter = [
        street.map_dir / "depth" / "old.npz",
        street.map_dir / "features" / ".x.npz.abc.tmp",
        street.map_dir / "tiles" / "32633_0_0.las",
        street.map_dir / "tiles" / ".spool-1-2-3",
        street.map_dir / ".catalog.gpkg.abc.tmp",
        street.map_dir / ".catalog-0001-20260101T000000Z.gpkg.tmp",
    ]
    for path in litter:
        path.write_bytes(b"12345")
    note = street.map_dir / "notes.txt"
    note.write_text("mine")
    assert verify(street.map_dir).orphans == len(litter)
    listed = collect_orphans(street.map_dir, dry_run=True)
    assert {street.map_dir / path for path in listed.files} == set(litter)
    assert (listed.size_bytes, listed.removed) == (5 * len(litter), False)
    assert all(path.exists() for path in litter)
    assert collect_orphans(street.map_dir).removed
    left = {p for p in street.map_dir.rglob("*") if p.is_file()}
    assert {p for p in left if not p.name.startswith("catalog.gpkg-")} == {
        p for p in kept | {note} if not p.name.startswith("catalog.gpkg-")
    }
    assert collect_orphans(street.map_dir).files == ()
    assert street.update().written == ()


def test_a_removed_photos_files_are_collected(street: Street) -> None:
    remove(street.map_dir, [name_of(0.0)])
    gone = collect_orphans(street.map_dir)
    assert {path.parent.name for path in gone.files} == {"depth", "features"}
    assert {path.name for path in gone.files} == {f"{name_of(0.0)}.npz"}


def test_nothing_is_collected_while_files_are_added(street: Street) -> None:
    with adding_files(street.map_dir), pytest.raises(CatalogError, match="another command"):
        collect_orphans(street.map_dir)
    collect_orphans(street.map_dir)


# --- small tiles --------------------------------------------------------------------------------


@pytest.mark.parametrize("pixels", [0, 1, 2])
def test_photos_that_give_next_to_nothing(tmp_path: Path, pixels: int) -> None:
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[HEIGHT // 2 - 5, 10 : 10 + pixels] = True
    street = Street(tmp_path / "map")
    street.add([0.0], mask=mask)
    street.place([0.0])
    update = street.update()
    assert sum(tile.points for tile in update.tiles) == pixels
    assert len(update.tiles) == len(update.written) == (1 if pixels else 0)
    assert verify(street.map_dir).findings == ()
    assert street.update().written == ()


# --- holding poses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step_m", "held"), [(0.0, True), (1e-6, True), (9e-4, True), (1.1e-3, False), (0.5, False)]
)
def test_a_photo_that_hardly_moved_stays(step_m: float, held: bool) -> None:
    old, new = pose_at(7, 0.0), pose_at(7, step_m)
    (found,) = keep_unmoved([new], {7: old})
    assert found.enu_from_cam is (old if held else new).enu_from_cam


def test_a_pose_with_a_small_sigma_is_held_by_that(street: Street) -> None:

    sure = with_sigmas(pose_at(7, 0.0), position_sigma_m=(1e-3, 0.0, 0.0))
    new = with_sigmas(pose_at(7, 5e-4), position_sigma_m=(1e-3, 0.0, 0.0))
    assert keep_unmoved([new], {7: sure}) == [new]


def test_what_else_counts_as_moved() -> None:
    from dataclasses import replace

    from worldmap.frames import enu_from_cam_rotation

    old = pose_at(7, 0.0)
    assert old.enu_from_cam is not None
    turned = replace(old.enu_from_cam, rotation=enu_from_cam_rotation(0.002, 0.0, 0.0))
    barely = replace(old.enu_from_cam, rotation=enu_from_cam_rotation(0.0005, 0.0, 0.0))
    for other, is_held in (
        (replace(old, enu_from_cam=turned), False),
        (replace(old, enu_from_cam=barely), True),
        (replace(old, depth_scale=1.00003), False),
        (replace(old, depth_scale=1.00001), True),
        (replace(old, lens=replace(old.lens, focal_px=old.lens.focal_px * 1.00003)), False),
        (with_sigmas(old, scale_sigma_rel=old.scale_sigma_rel * 1.2), False),
        (replace(old, pairs=9, component=4), True),
        (pose_at(7, 0.0, pairs=0), False),
    ):
        (found,) = keep_unmoved([other], {7: old})
        assert (found.depth_scale, found.enu_from_cam, found.lens, found.scale_sigma_rel) == (
            (old if is_held else other).depth_scale,
            (old if is_held else other).enu_from_cam,
            (old if is_held else other).lens,
            (old if is_held else other).scale_sigma_rel,
        )
        assert (found.pairs, found.component) == (other.pairs, other.component)
    assert EYE_M == 1.6
