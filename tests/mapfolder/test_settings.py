"""Settings belong to the map: kept in its folder, used by every command, told where they differ."""

from __future__ import annotations

import ast
import hashlib
import json
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
import yaml

import worldmap
from tests.helpers.ingest_makers import Ran, ingest, write_photos
from tests.helpers.map_makers import SmallMap
from worldmap.area import Everywhere
from worldmap.artifact import write_file
from worldmap.cli.exits import ExitCode
from worldmap.config import (
    DepthCleanSettings,
    PhotoSettings,
    Settings,
    all_values,
    load_settings,
    meanings,
    settings_of,
)
from worldmap.errors import ConfigError, StorageError
from worldmap.mapfolder import Layout, MapFolder, keep_settings, map_settings
from worldmap.photo import read_pixels
from worldmap.pipeline.export import export
from worldmap.pipeline.remove import remove
from worldmap.stages import folders
from worldmap.view import PublishedMap

ROOM = Path(worldmap.__file__).parent
MERGE = ("merge", "--area", "all", "--no-report")


def config(folder: Path, text: str) -> Path:
    path = folder / "told.yaml"
    path.write_text(text)
    return path


def kept(map_dir: Path) -> object:
    return yaml.safe_load((map_dir / "settings.yaml").read_text())


# --- from the first command on ----------------------------------------------------------------


def test_the_first_command_that_is_told_settings_keeps_them(tmp_path: Path) -> None:
    map_dir, photos = tmp_path / "map", write_photos(tmp_path / "in", 2)
    assert ingest(map_dir, photos[0]).code == ExitCode.OK
    assert not (map_dir / "settings.yaml").exists()
    told = config(tmp_path, "registration: {features: {max_features: 300}}\nphoto: {burst_s: 600}")
    ran = ingest(map_dir, photos[0], config=told)
    assert ran.summary["accepted"] == 1  # other features
    assert any("kept in" in each.get("message", "") for each in ran.events)
    # What is the default anyway is nothing to keep.
    assert kept(map_dir) == {"registration": {"features": {"max_features": 300}}}
    assert ingest(map_dir, photos[0]).summary["skipped"] == 1
    assert ingest(map_dir, photos[1]).summary["accepted"] == 1
    # Another word on it is for once, and said.
    other = config(tmp_path, "registration: {features: {max_features: 400}}")
    ran = ingest(map_dir, photos[1], config=other)
    assert ran.summary["accepted"] == 1
    (warning,) = [each["message"] for each in ran.events if each["event"] == "warning"]
    assert "max_features is 300 in the map's settings and 400 in this command's" in warning
    assert kept(map_dir) == {"registration": {"features": {"max_features": 300}}}
    ran = Ran("config", "--map", map_dir, "--config", other, "--keep", "--json")
    assert ran.code == ExitCode.OK
    assert kept(map_dir) == {"registration": {"features": {"max_features": 400}}}


def test_a_new_map_keeps_what_it_was_made_with(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    told = config(tmp_path, "prior: {level_sigma_deg: 3}\ningest: {time_limit_s: 99}")
    assert ingest(tmp_path / "map", tmp_path / "in", config=told).code == ExitCode.OK
    # How long a machine may take is none of the map's.
    assert kept(tmp_path / "map") == {"prior": {"level_sigma_deg": 3.0}}
    # Where no map comes about nothing is kept.
    (tmp_path / "empty").mkdir()
    assert ingest(tmp_path / "other", tmp_path / "empty", config=told).code == ExitCode.INPUT
    assert not (tmp_path / "other" / "settings.yaml").exists()


def test_settings_of_another_stage_are_told(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    told = config(
        tmp_path,
        "registration: {features: {max_features: 300}}\ndepth: {clean: {max_depth_m: 50}}\n"
        "tiles: {vertical: msl}",
    )
    ran = Ran(*MERGE, "--map", again.map_dir, "--config", told, "--json")
    assert ran.code == ExitCode.OK
    warnings = [each["message"] for each in ran.events if each["event"] == "warning"]
    assert warnings == [
        "depth.clean.max_depth_m only takes effect at ingest: ingest the photos again with it",
        "registration.features.max_features only takes effect at ingest: ingest the photos again "
        "with it",
    ]
    assert ran.summary["placed"] == small_map.merged.placed
    with MapFolder.open(again.map_dir) as folder:
        record = json.loads(folder.catalog.runs()[-1].settings_json)
        assert folder.settings.tiles.vertical == "msl"
    # The run's row says nothing of what it did not use.
    assert "features" not in record["registration"]
    assert "depth" not in record
    # The next merge goes on as the map says: nothing to write.
    ran = Ran(*MERGE, "--map", again.map_dir, "--json")
    assert ran.summary["tiles_written"] == 0


# --- used by all ------------------------------------------------------------------------------


def test_pages_and_exports_take_the_maps_word(
    small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = small_map.copied(tmp_path)
    keep_settings(Layout(again.map_dir), {"photo.max_megapixels": 321.0})
    assert PublishedMap(again.map_dir)._settings == PhotoSettings(max_megapixels=321)
    used: list[PhotoSettings] = []

    def watched(path: Path, settings: PhotoSettings) -> object:
        used.append(settings)
        return read_pixels(path, settings)

    monkeypatch.setattr(folders, "read_pixels", watched)
    monkeypatch.setattr(folders, "_AS_THEY_ARE", ())
    export(again.map_dir, Everywhere(), tmp_path / "out", kind="nerfstudio")
    assert {each.max_megapixels for each in used} == {321.0}


def test_remove_refuses_settings_that_it_does_not_understand(
    small_map: SmallMap, tmp_path: Path
) -> None:
    """Tiles of a map in heights above the sea must not become ellipsoidal."""
    again = small_map.copied(tmp_path)
    with closing(sqlite3.connect(again.map_dir / "catalog.gpkg")) as connection, connection:
        connection.execute(
            "UPDATE runs SET settings_json = ? WHERE command = 'merge'",
            (json.dumps({"tiles": {"vertical": "msl", "of_tomorrow": 1}}),),
        )
    before = again.tile_bytes()
    name = again.photos[0].metadata.path.name
    with pytest.raises(ConfigError, match=r"tiles\.of_tomorrow.*run `worldmap merge`") as caught:
        remove(again.map_dir, [name], jobs=1)
    assert "\n" not in str(caught.value)
    assert again.tile_bytes() == before
    assert len(again.photos) == len(small_map.photos)
    assert remove(again.map_dir, [name], Settings(), jobs=1).photos


def test_settings_that_once_were_are_left_out() -> None:
    """As maps and files of worldmap 0.1.0 have them: one that nothing read, whose keys hold, and
    one without which depth is cleaned otherwise, and so anew."""
    old = {
        "photo": {"unknown_height_sigma_m": 400.0, "burst_s": 60.0},
        "depth": {"clean": {"sky_min_depth_m": 45.0, "remove_edges": False}},
    }
    read = Settings.model_validate(old)
    assert read.photo == PhotoSettings(burst_s=60.0)
    assert read.depth.clean == DepthCleanSettings(remove_edges=False)
    assert PhotoSettings().stage_hash() == "f19f201c8378c0ea"
    same = DepthCleanSettings(remove_edges=False).model_dump(mode="json")
    hashed = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
    assert read.depth.clean.stage_hash() == hashed[:16]


# --- a file that anybody may have written -----------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"fuse: {voxel: 1}", "fuse.voxel"),
        (b"fuse: {voxel_m: -1}", "fuse.voxel_m"),
        (b"fuse: {voxel_m: 1.0e-300}", "fuse.voxel_m"),
        (b"registration: {features: {max_features: 1000000000000}}", "max_features"),
        (b"fuse: [", "not valid YAML"),
        (b"\xff\xfe", "cannot be read"),
        (b"!!python/object/apply:os.system ['true']", "not valid YAML"),
        (b"depth: {models_dir: /tmp}", "depth.models_dir: no map may set it"),
        (b"depth: {depth_pro_apple_checkpoint: a.pt}", "no map may set it"),
        (b"ingest: {time_limit_s: 1.0e9}", "no map may set it"),
        (b"photo: {max_megapixels: 1.0e9}", "photo.max_megapixels: no map may set it"),
    ],
)
def test_a_maps_settings_are_not_trusted(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        map_settings(Layout(tmp_path))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_maps_settings_are_a_small_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "map").mkdir()
    path = tmp_path / "map" / "settings.yaml"
    path.write_bytes(b"#" * (1 << 20))
    with pytest.raises(StorageError, match="larger than"):
        map_settings(Layout(tmp_path / "map"))
    path.unlink()
    config(tmp_path, "fuse: {voxel_m: 1}").rename(tmp_path / "elsewhere.yaml")
    path.symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(Exception, match="leads out of the map"):
        map_settings(Layout(tmp_path / "map"))


def test_keeping_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    keep_settings(layout, {"fuse.voxel_m": 0.1, "tiles.formats": ["las"]})
    before = layout.settings().read_bytes()

    def full(path: Path, content: bytes) -> str:
        monkeypatch.undo()
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
            return write_file(path, content)

    monkeypatch.setattr("worldmap.mapfolder.settings.write_file", full)
    with pytest.raises(StorageError, match="disk is full"):
        keep_settings(layout, {"fuse.voxel_m": 0.2})
    assert layout.settings().read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["settings.yaml"]
    assert map_settings(layout) == {"fuse.voxel_m": 0.1, "tiles.formats": ["las"]}
    with pytest.raises(ConfigError, match=r"fuse\.voxel_m"):
        keep_settings(layout, {"fuse.voxel_m": -1})


# --- shown ------------------------------------------------------------------------------------


def test_config_shows_values_origins_and_meanings(small_map: SmallMap, tmp_path: Path) -> None:
    again = small_map.copied(tmp_path)
    keep_settings(Layout(again.map_dir), {"fuse.voxel_m": 0.1})
    told = config(tmp_path, "fuse: {max_voxel_m: 0.9}")
    ran = Ran("config", "fuse", "--map", again.map_dir, "--config", told, "--json")
    shown = {each["name"]: each for each in ran.summary["settings"]}
    assert shown.keys() == {name for name in all_values(Settings()) if name.startswith("fuse.")}
    assert (shown["fuse.voxel_m"]["value"], shown["fuse.voxel_m"]["origin"]) == (0.1, "the map")
    assert shown["fuse.max_voxel_m"]["origin"] == "--config"
    assert shown["fuse.neighbours"]["origin"] == "default"
    assert shown["fuse.voxel_m"]["meaning"].startswith("Edge of the cubes")
    ran = Ran("config", "--map", again.map_dir)
    assert len(ran.out.splitlines()) == len(all_values(Settings())) + 1
    assert Ran("config", "fuze", "--map", again.map_dir).code == ExitCode.USAGE
    assert Ran("config", "--keep", "--map", again.map_dir).code == ExitCode.USAGE


def test_settings_by_name_are_the_settings(tmp_path: Path) -> None:
    settings = load_settings(
        config(tmp_path, "fuse: {ground: {cell_m: 0.7}}\ndepth: {batch_size: 2}")
    )
    assert settings_of(all_values(settings)) == settings
    assert meanings().keys() == {*all_values(settings)} | {
        "depth.options",
        "registration.features.options",
        "registration.pairs.options",
    }


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, told in meanings().items() if not told.endswith(".")] == []


# --- read somewhere ---------------------------------------------------------------------------

READ_IN = {
    "fetch": ("archive",),
    "choose": ("stages",),
    "ingest": ("pipeline",),
    "photo": ("photo", "pipeline", "stages", "view"),
    "depth": ("depth", "pipeline"),
    "prior": ("prior.py",),
    "registration": ("registration", "stages"),
    "stereo": ("stages", "pipeline"),
    "refine": ("stages",),
    "fuse": ("fuse", "stages"),
    "tiles": ("stages",),
    "report": ("stages", "cli"),
}
"""Where a section's settings are looked for."""


def reads(rooms: tuple[str, ...]) -> set[str]:
    """Every attribute that code in these rooms reads."""
    files = [
        file
        for room in rooms
        for file in ([ROOM / room] if room.endswith(".py") else (ROOM / room).rglob("*.py"))
    ]
    return set().union(*(attributes(file) for file in files))


@cache
def attributes(file: Path) -> frozenset[str]:
    """Every attribute that a module reads."""
    return frozenset(
        node.attr
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


def test_every_setting_is_read_somewhere() -> None:
    assert READ_IN.keys() == Settings.model_fields.keys()
    found = {section: reads(rooms) for section, rooms in READ_IN.items()}
    dead = [
        name
        for name in all_values(Settings())
        if name.split(".")[-1] not in found[name.split(".")[0]]
    ]
    assert dead == []


def test_a_dead_setting_would_be_found() -> None:
    assert "unknown_height_sigma_m" not in reads(READ_IN["photo"])
    assert "unknown_height_sigma_m" in reads(READ_IN["prior"])
