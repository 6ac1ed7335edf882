"""An opened map: where its files lie, and that nothing leads out of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path

import pytest

from tests.helpers.map_makers import PHOTOS, SmallMap
from worldmap.area import Box, Everywhere
from worldmap.catalog.geometry import register_functions
from worldmap.config import Settings, TileSettings
from worldmap.errors import CatalogError, InputError, StorageError, UsageError, WorldmapError
from worldmap.mapfolder import ARTIFACTS, Layout, MapFolder, Subfolder
from worldmap.pipeline.export import export
from worldmap.pipeline.gc import collect_orphans
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.locate import locate
from worldmap.pipeline.merge import merge
from worldmap.pipeline.remove import remove
from worldmap.pipeline.verify import verify
from worldmap.view import PublishedMap, write_single, write_site

SECRET = b"what is none of the map's business"
# What each room's rows call their files, with the tables that name them.
NAMED = {
    Subfolder.TILES: ("tiles", "tile_files"),
    Subfolder.DEPTH: ("depth_maps",),
    Subfolder.FEATURES: ("features",),
}


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, links by where they lead."""
    return {
        str(path.relative_to(folder)): (
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the person who was given the map, with files in it."""
    folder = tmp_path / "outside"
    for name in ("victim", *(f"{kind}/kept.bin" for kind in ARTIFACTS)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(SECRET)
    return folder


@contextmanager
def opened(map_dir: Path) -> Iterator[sqlite3.Connection]:
    """The catalog as any program may change it."""
    with closing(sqlite3.connect(map_dir / "catalog.gpkg")) as connection:
        register_functions(connection)
        yield connection
        connection.commit()


def point_rows_at(map_dir: Path, subfolder: Subfolder, path: str) -> None:
    with opened(map_dir) as connection:
        for table in NAMED[subfolder]:
            connection.execute(f"UPDATE {table} SET path = ?", (path,))
            if "stale" in {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}:
                connection.execute(f"UPDATE {table} SET stale = 1")


def lead_away(map_dir: Path, subfolder: Subfolder, outside: Path) -> None:
    """The subfolder becomes a link; what it held lies behind it, with the victim's own files."""
    for file in (map_dir / subfolder).iterdir():
        file.rename(outside / subfolder / file.name)
    (map_dir / subfolder).rmdir()
    (map_dir / subfolder).symlink_to(outside / subfolder)


def photo_of(map_: SmallMap) -> str:
    return str(map_.photos[0].metadata.path)


COMMANDS: dict[str, Callable[[SmallMap, Path], object]] = {
    "merge": lambda m, out: merge(
        m.map_dir, Everywhere(), Settings(tiles=TileSettings(formats=("las",)))
    ),
    "remove": lambda m, out: remove(m.map_dir, [photo_of(m)]),
    "gc": lambda m, out: collect_orphans(m.map_dir),
    "verify": lambda m, out: verify(m.map_dir),
    "view --static": lambda m, out: write_site(PublishedMap(m.map_dir), out / "site"),
    "view --single": lambda m, out: write_single(PublishedMap(m.map_dir), out / "page.html"),
    "export": lambda m, out: export(m.map_dir, Everywhere(), out / "all.laz"),
    "export --format stac": lambda m, out: export(
        m.map_dir, Everywhere(), out / "stac", kind="stac"
    ),
    "locate": lambda m, out: locate(m.map_dir, photo_of(m), 256.0, 250.0),
    "ingest": lambda m, out: ingest(
        m.map_dir, [m.truth.photo_dir], Settings(), depth="measured", jobs=0
    ),
}
READS_TILES = (
    "merge", "remove", "view --static", "view --single", "export", "export --format stac",
)  # fmt: skip
LEADS = [
    *((command, Subfolder.TILES) for command in (*READS_TILES, "gc", "verify")),
    *((command, Subfolder.DEPTH) for command in ("locate", "ingest", "view --static", "verify")),
    *((command, Subfolder.FEATURES) for command in ("merge", "ingest", "verify")),
]


def lines_of(command: str, map_: SmallMap, out: Path) -> str:
    """What a command says: its error, the lines about what it left out, or its findings."""
    try:
        said = COMMANDS[command](map_, out)
    except WorldmapError as error:
        return str(error)
    left = getattr(said, "left_out", ()) or [f.problem for f in getattr(said, "findings", ())]
    return "; ".join(left)


@pytest.mark.parametrize("path", ["../outside/victim", "absolute"])
@pytest.mark.parametrize(("command", "subfolder"), LEADS)
def test_a_row_that_names_a_file_elsewhere(
    small_map: SmallMap,
    tmp_path: Path,
    outside: Path,
    command: str,
    subfolder: Subfolder,
    path: str,
) -> None:
    """Nothing outside is read into what a command writes, changed, or deleted."""
    again, before, out = small_map.copied(tmp_path), contents(outside), tmp_path / "out"
    named = str(outside / "victim") if path == "absolute" else path
    point_rows_at(again.map_dir, subfolder, named)
    said = lines_of(command, again, out)
    assert contents(outside) == before
    assert not any(SECRET in content for content in contents(out).values())
    assert "\n" not in said
    if command != "gc":
        assert "does not lie in its folder" in said
        assert repr(named) in said


@pytest.mark.parametrize(
    ("command", "subfolder"), [*LEADS, ("gc", Subfolder.DEPTH), ("gc", Subfolder.FEATURES)]
)
def test_a_folder_that_is_a_link_to_elsewhere(
    small_map: SmallMap, tmp_path: Path, outside: Path, command: str, subfolder: Subfolder
) -> None:
    again, out = small_map.copied(tmp_path), tmp_path / "out"
    lead_away(again.map_dir, subfolder, outside)
    before = contents(outside)
    said = lines_of(command, again, out)
    assert contents(outside) == before
    assert "leads out of the map" in said or "does not lie in its folder" in said


@pytest.mark.parametrize("command", READS_TILES)
def test_a_file_that_is_a_link_to_elsewhere(
    small_map: SmallMap, tmp_path: Path, outside: Path, command: str
) -> None:
    again, before, out = small_map.copied(tmp_path), contents(outside), tmp_path / "out"
    for file in (again.map_dir / "tiles").iterdir():
        file.unlink()
        file.symlink_to(outside / "victim")
    said = lines_of(command, again, out)
    assert contents(outside) == before
    assert not any(SECRET in content for content in contents(out).values())
    assert "does not lie in its folder" in said


def test_gc_takes_a_link_away_and_not_what_it_leads_to(
    small_map: SmallMap, tmp_path: Path, outside: Path
) -> None:
    again, before = small_map.copied(tmp_path), contents(outside)
    (again.map_dir / "depth" / "file.npz").symlink_to(outside / "victim")
    (again.map_dir / "depth" / "folder").symlink_to(outside / "depth")
    (again.map_dir / "depth" / "nowhere").symlink_to(outside / "none")
    # What a merge that was killed had its workers hand on.
    (again.map_dir / Subfolder.WORK).mkdir(exist_ok=True)
    (again.map_dir / Subfolder.WORK / "cell-0.npz").write_bytes(b"half a solution")
    gone = collect_orphans(again.map_dir)
    assert {path.name for path in gone.files} == {"file.npz", "folder", "nowhere", "cell-0.npz"}
    assert contents(outside) == before
    assert verify(again.map_dir).findings == ()


WRITTEN = (
    "{}/{}", "{}//{}", "./{}/{}", "{}/./{}", "{}/{}/", "{}/{}/.", "file:{}/{}", "{}/more/{}",
    "{}/two\nlines{}",
)  # fmt: skip


def test_gc_leaves_what_a_row_names_however_it_writes_it(
    small_map: SmallMap, tmp_path: Path
) -> None:
    again = small_map.copied(tmp_path)
    with closing(sqlite3.connect(again.map_dir / "catalog.gpkg")) as catalog, catalog:
        kept = []
        for table, folder in (("depth_maps", "depth"), ("features", "features")):
            rows = catalog.execute(f"SELECT photo_id, path FROM {table} ORDER BY photo_id")
            for (photo_id, path), written in zip(rows.fetchall(), cycle(WRITTEN), strict=False):
                row = written.format(folder, Path(path).name)
                kept.append(again.map_dir / row.removeprefix("file:"))
                kept[-1].parent.mkdir(exist_ok=True)
                (again.map_dir / path).rename(kept[-1])
                asked = f"UPDATE {table} SET path = ? WHERE photo_id = ?"
                catalog.execute(asked, (row, photo_id))
    assert len(kept) >= len(WRITTEN)
    (again.map_dir / "depth" / "dead.npz").write_bytes(b"of a killed run")
    assert collect_orphans(again.map_dir).files == (Path("depth/dead.npz"),)
    assert all(path.exists() for path in kept)


@pytest.mark.parametrize(
    "name", [pytest.param("report", marks=pytest.mark.nightly), "catalog.gpkg-files.lock"]
)
def test_what_a_merge_writes_besides(
    small_map: SmallMap, tmp_path: Path, outside: Path, name: str
) -> None:
    again, before = small_map.copied(tmp_path), contents(outside)
    (again.map_dir / name).unlink(missing_ok=True)
    (again.map_dir / name).symlink_to(outside / ("tiles" if name == "report" else "new"))
    with pytest.raises((CatalogError, StorageError)) as raised:
        merge(
            again.map_dir,
            Everywhere(),
            Settings(tiles=TileSettings(formats=("las",))),
            report=True,
        )
    assert "\n" not in str(raised.value)
    assert contents(outside) == before


def test_a_catalog_that_is_a_link_to_another_maps(small_map: SmallMap, tmp_path: Path) -> None:
    mine, theirs = small_map.copied(tmp_path / "mine"), tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "catalog.gpkg").symlink_to(mine.map_dir / "catalog.gpkg")
    with pytest.raises(CatalogError, match="leads out of the map"):
        MapFolder.open(theirs)


def test_links_within_the_map_and_to_the_map(small_map: SmallMap, tmp_path: Path) -> None:
    """A map may be reached by a link, and its own files by links among them."""
    again = small_map.copied(tmp_path / "there")
    (tmp_path / "here").symlink_to(again.map_dir)
    file = next(iter((again.map_dir / "tiles").glob("*.copc.laz")))
    file.rename(file.with_name("kept"))
    file.symlink_to("kept")
    assert verify(tmp_path / "here").findings == ()
    done = export(tmp_path / "here", Everywhere(), tmp_path / "all.laz")
    assert done.points == small_map.merged.points


@pytest.mark.parametrize(
    "path",
    ["", ".", "tiles", "tiles/", "/tiles/a", "depth/a", "tiles/..", "tiles/../a", "tiles/a\0b"],
)
def test_paths_that_name_no_file_of_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(CatalogError) as raised:
        Layout(tmp_path).file(Subfolder.TILES, Path(path))
    assert "\n" not in str(raised.value)
    assert "\0" not in str(raised.value)


def test_a_named_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for subfolder in Subfolder:
        (tmp_path / subfolder).mkdir()
        path = Path(subfolder, "a")
        os.mkfifo(tmp_path / path)
        with pytest.raises(StorageError, match="it is a named pipe, not a file"):
            layout.file(subfolder, path)
    for name, door in (("catalog.gpkg", layout.catalog), ("settings.yaml", layout.settings)):
        os.mkfifo(tmp_path / name)
        with pytest.raises(StorageError, match=rf"{name} cannot be used: it is a named pipe"):
            door()


def test_links_in_a_circle(tmp_path: Path) -> None:
    """Whoever reads the file finds out; it leads nowhere else."""
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "a").symlink_to("b")
    (tmp_path / "tiles" / "b").symlink_to("a")
    found = Layout(tmp_path).file(Subfolder.TILES, Path("tiles/a"))
    assert not found.is_file()


# --- what is in it ------------------------------------------------------------------------------


def test_the_state_of_an_area_is_part_of_that_of_the_map(small_map: SmallMap) -> None:
    with MapFolder.open(small_map.map_dir) as folder:
        whole = folder.state()
        lons = sorted(at[1] for i in whole.photos if (at := whole.position_deg(i)))
        between = (lons[1] + lons[2]) / 2
        west = folder.state(
            Box(west_deg=lons[0] - 1, east_deg=between, south_deg=-89.0, north_deg=89.0)
        )
    assert len(whole.photos) == len(whole.placed) == PHOTOS
    assert len(west.photos) == 2
    for i, photo in west.photos.items():
        assert photo.metadata == whole.photos[i].metadata
        assert west.position_deg(i) == whole.position_deg(i)
        assert west.position_deg(i)[1] < between  # type: ignore[index]
    assert west.poses.keys() == west.photos.keys()
    assert west.site == whole.site == whole.origin


@pytest.mark.nightly
def test_a_map_that_was_never_merged_has_an_origin_near_its_photos(
    small_map: SmallMap, tmp_path: Path
) -> None:
    photos = sorted(small_map.truth.photo_dir.glob("*.jpg"))[:2]
    ingest(tmp_path / "map", photos, Settings(), depth="measured", jobs=0)
    with MapFolder.open(tmp_path / "map") as folder:
        state = folder.state()
        assert folder.settings == Settings()
        with pytest.raises(InputError, match="no points"):
            folder.points()
    assert state.site is None
    assert not state.placed
    tagged = {(p.prior.lat_deg, p.prior.lon_deg) for p in state.photos.values()}
    assert (state.origin.lat_deg, state.origin.lon_deg) in tagged


def test_a_photo_by_its_names(small_map: SmallMap, tmp_path: Path) -> None:
    with MapFolder.open(small_map.map_dir) as folder:
        (photo, other) = folder.catalog.photos()[:2]
        same = tmp_path / "renamed.jpg"
        same.write_bytes(photo.metadata.path.read_bytes())
        for name in (photo.metadata.path, photo.metadata.path.name, same):
            assert folder.ingested(str(name)).photo_id == photo.photo_id
        with pytest.raises(InputError, match="has no photo"):
            folder.photo("none.jpg")
        assert folder.ingested(other.metadata.path.name).photo_id == other.photo_id


def test_two_photos_of_one_name(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    with opened(again.map_dir) as connection:
        paths = connection.execute("SELECT id, path FROM photos").fetchall()
        for k, (photo_id, _) in enumerate(paths[:2]):
            connection.execute(
                "UPDATE photos SET path = ? WHERE id = ?", (f"/photos/{k}/same.jpg", photo_id)
            )
    with MapFolder.open(again.map_dir) as folder:
        with pytest.raises(UsageError, match="2 photos are called"):
            folder.photo("same.jpg")
        assert folder.ingested("/photos/1/same.jpg").photo_id == paths[1][0]


def test_tiles_stay_as_the_last_merge_made_them(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    told = Settings(tiles=TileSettings(formats=("las",)))
    again.merge_again(settings=told)
    with MapFolder.open(again.map_dir) as folder:
        assert folder.tile_settings == told
        assert folder.settings == Settings()


def test_a_run_notes_how_it_ended(tmp_path: Path) -> None:
    with MapFolder.open(tmp_path, create=True) as folder:
        with folder.run("merge", Settings()) as run:
            run.outcome = "done"
        with pytest.raises(InputError), folder.run("merge", Settings()):
            raise InputError("nothing there")
        with pytest.raises(KeyboardInterrupt), folder.run("merge", Settings()):
            raise KeyboardInterrupt
        outcomes = [run.outcome for run in folder.catalog.runs()]
    assert outcomes == ["done", "nothing there", "stopped"]


def test_no_other_part_of_the_program_opens_a_catalog_or_joins_a_rows_path() -> None:
    """The rule of this room; an exception is a reason to change it, not to add to this list."""
    package = Path(__file__).resolve().parents[2] / "worldmap"
    joins, opens = [], []
    for source in sorted(package.rglob("*.py")):
        name, text = source.relative_to(package).as_posix(), source.read_text(encoding="utf-8")
        if name.startswith(("catalog/", "mapfolder/")):
            continue
        opens += [name] if "Catalog.open(" in text else []
        joins += [
            f"{name}: {line.strip()}"
            for line in text.splitlines()
            if any(f"/ {row}.path" in line for row in ("depth", "features", "tile", "file"))
            or "depth.path" in line.partition("/ ")[2]
            or "features.path" in line.partition("/ ")[2]
        ]
    assert opens == []
    assert joins == []
