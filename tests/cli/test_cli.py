"""The command line: arguments in, one line and the right exit code out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

import worldmap
from tests.helpers.cli_commands import leaves
from tests.helpers.ingest_makers import Ran, ingest, write_photo, write_photos
from worldmap.catalog import Catalog
from worldmap.cli import app
from worldmap.cli.exits import ExitCode
from worldmap.errors import CatalogError
from worldmap.stages import sources

WORLDMAP = Path(sys.executable).with_name("worldmap")


def test_version_and_help_are_quick() -> None:
    """None of the heavy libraries may be imported for them: that costs seconds."""
    script = (
        "import runpy, sys\n"
        "sys.argv = ['worldmap', sys.argv[1]]\n"
        "try:\n"
        "    runpy.run_module('worldmap', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "heavy = {'numpy', 'torch', 'transformers', 'cv2', 'open3d', 'gtsam', 'scipy', 'laspy',\n"
        "         'sqlalchemy', 'pydantic', 'PIL', 'pyproj', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for option, words in (("--version", worldmap.__version__), ("--help", "ingest")):
        done = subprocess.run(
            [sys.executable, "-c", script, option], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert words in done.stdout


def app_names() -> list[str]:
    return list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_command_has_the_shared_options() -> None:
    """Those of a map wherever there is one, and flags shown as flags."""
    for name, command in leaves(typer.main.get_command(app)).items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--json", "--quiet", "--debug"} <= options, name
        alone = name.removeprefix("worldmap ").split()[0] in (
            "compare", "demo", "depth", "masks", "models", "plugins",
        )  # fmt: skip
        assert ("--map" in options, "--catalog" in options) == (not alone, not alone), name
        help_text = Ran(*name.split()[1:], "--help").out
        assert "--json" in help_text
        assert "bool" not in help_text.lower(), name
    told = Ran("--help").out
    assert "bool" not in told.lower()
    for name in app_names():
        assert re.search(rf"^\W* {name} ", told, re.MULTILINE), name


def test_the_installed_command_is_the_module() -> None:
    for command in ([str(WORLDMAP)], [sys.executable, "-m", "worldmap"]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert done.stdout == f"worldmap {worldmap.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("sing",),
        ("ingest",),
        ("merge", "all"),
        ("export",),
        ("ingest", "x", "--jobs", "many"),
        ("ingest", "x", "--jobs", "-1"),
        ("merge", "--area", "all", "--jobs", "0"),
        ("ingest", "x", "--focal", "-3"),
        ("ingest", "x", "--loud"),
        ("db", "downgrade"),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...]) -> None:
    ran = Ran(*arguments)
    assert ran.code == ExitCode.USAGE
    assert ran.err


def test_a_word_too_many_is_told_what_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for words, told in (
        (("merge", "13.1,55.7,40"), "did you mean --area 13.1,55.7,40?"),
        (("merge", tmp_path / "photos"), "`worldmap ingest"),
        (("status", "two"), "Got unexpected extra argument two"),
    ):
        ran = Ran(*words)
        assert ran.code == ExitCode.USAGE
        assert told in " ".join(ran.err.replace("│", " ").split())


def test_all_is_the_area_where_none_is_said(tmp_path: Path) -> None:
    """Both fail alike where there is no map, and not for a missing area."""
    said = [
        Ran(*words, "--map", tmp_path / "none").error
        for words in (("merge",), ("merge", "--area", "all"))
    ]
    assert said[0] == said[1]
    assert "none" in said[0]


def test_an_unknown_depth_source(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    ran = ingest(tmp_path / "map", tmp_path / "in", depth="guesswork")
    assert ran.code == ExitCode.USAGE
    assert "guesswork" in ran.error
    assert not (tmp_path / "map").exists()


def test_depth_pro_without_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDMAP_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("worldmap.depth.weights._in_hub_cache", lambda hub_id: None)
    write_photos(tmp_path / "in", 1)
    ran = ingest(tmp_path / "map", tmp_path / "in", depth="depth-pro")
    assert ran.code == ExitCode.MODEL
    assert "worldmap models fetch depth-pro" in ran.error
    assert not (tmp_path / "map").exists()


def test_a_bad_settings_file(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    config = tmp_path / "c.yaml"
    config.write_text("colour: blue\n")
    ran = ingest(tmp_path / "map", tmp_path / "in", config=config)
    assert ran.code == ExitCode.CONFIG
    assert "colour" in ran.error


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("merge", "--area", "all"), ("db", "upgrade")],
)
def test_a_map_that_is_not_there(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = Ran(*arguments, "--map", tmp_path / "nowhere")
    assert ran.code == ExitCode.CATALOG
    assert "nowhere" in ran.error
    assert not (tmp_path / "nowhere").exists()


def test_a_bad_area_comes_before_anything_else(tmp_path: Path) -> None:
    for command in (("merge",), ("export", tmp_path / "out.las")):
        ran = Ran(*command, "--area", "around the corner", "--map", tmp_path / "map")
        assert ran.code == ExitCode.USAGE
        assert "GeoJSON" in ran.error


def test_the_map_can_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLDMAP_MAP", str(tmp_path / "env"))
    write_photos(tmp_path / "in", 1)
    assert Ran("ingest", tmp_path / "in", "--depth", "measured", "--jobs", 1).code == 0
    assert (tmp_path / "env" / "catalog.gpkg").is_file()


def test_the_default_map_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path / "in", 1)
    assert Ran("ingest", "in", "--depth", "measured", "--jobs", 1).code == 0
    assert (tmp_path / "map" / "catalog.gpkg").is_file()
    assert "already in the map" in Ran("ingest", "in", "--depth", "measured", "--jobs", 1).out


def test_ingest_ends_with_a_table(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    (tmp_path / "in" / "zero.jpg").touch()
    ran = Ran("ingest", tmp_path / "in", "--depth", "measured", "-j", 1, "--map", tmp_path / "m")
    assert ran.code == ExitCode.PARTIAL
    lines = ran.out.splitlines()
    assert lines[0].split() == ["photo", "status", "reason"]
    assert lines[1].endswith("photo00.jpg  accepted")
    assert "zero.jpg" in lines[2]
    assert "failed" in lines[2]
    assert "0 bytes" in lines[2]
    assert lines[3].startswith("1 accepted, 0 skipped, 1 failed")
    assert lines[4] == f"place them together: `worldmap merge --map {tmp_path / 'm'}`"


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    ran = Ran("ingest", tmp_path / "in", "--depth", "measured", "-j", 1, "-q", "--map", tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_json_events_of_ingest(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 2)
    ran = ingest(tmp_path / "map", tmp_path / "in")
    # How far work is comes between where it takes long.
    told = [event["event"] for event in ran.events if event["event"] != "progress"]
    assert told == ["stage", "photo", "photo", "stage", "summary"]
    assert ran.summary["command"] == "ingest"
    assert ran.summary["photos"][0].keys() == {"path", "status", "reason"}


def test_status(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 2)
    (tmp_path / "in" / "zero.jpg").touch()
    ingest(tmp_path / "map", tmp_path / "in")
    ran = Ran("status", "--map", tmp_path / "map")
    assert ran.code == 0
    assert "photos   2: 0 placed, 0 unplaced, 2 waiting for a merge" in ran.out
    assert "last run ingest" in ran.out
    assert "zero.jpg" in ran.out
    summary = Ran("status", "--map", tmp_path / "map", "--json").summary
    assert (summary["photos"], summary["failures"]) == (2, 1)
    assert summary["last_run"]["outcome"] == "1 failed"
    assert summary["failed"][0]["path"].endswith("zero.jpg")


def test_db_upgrade_of_a_current_map(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    ingest(tmp_path / "map", tmp_path / "in")
    ran = Ran("db", "upgrade", "--map", tmp_path / "map")
    assert ran.code == 0
    assert "already" in ran.out


def test_an_ingest_of_which_every_photo_fails_is_no_partial_success(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    for name in ("zero.jpg", "copy.jpg"):
        (tmp_path / "in" / name).touch()
    alone = ingest(tmp_path / "map", tmp_path / "in" / "zero.jpg", tmp_path / "in" / "copy.jpg")
    assert alone.code == ExitCode.INPUT
    assert (alone.summary["failed"], alone.summary["skipped"]) == (1, 1)
    assert ingest(tmp_path / "map", tmp_path / "in").code == ExitCode.PARTIAL
    again = ingest(tmp_path / "map", tmp_path / "in")
    assert (again.summary["failed"], again.summary["skipped"]) == (1, 2)
    assert again.code == ExitCode.PARTIAL, "the others are in the map"


# --- when things go wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CatalogError("the catalog is odd"), ExitCode.CATALOG, "the catalog is odd"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "interrupted"),
        (ZeroDivisionError("by zero"), ExitCode.BUG, "--debug"),
        (MemoryError(), ExitCode.BUG, "--jobs"),
        (PermissionError(13, "Permission denied", "/x/y"), ExitCode.STORAGE, "/x/y cannot be read"),
        (OSError(28, "No space left on device"), ExitCode.STORAGE, "written: the disk is full"),
        (OSError(5, "Input/output error", "/x/z"), ExitCode.STORAGE, "/x/z"),
        (ConnectionError("gone"), ExitCode.BUG, "unexpected ConnectionError"),
    ],
)
def test_every_error_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: ExitCode,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(sources, "discover", fail)
    ran = ingest(tmp_path / "map", tmp_path)
    assert ran.code == code
    assert words in ran.error
    assert ran.events == [
        {
            "schema": "worldmap-events/1",
            "event": "error",
            "message": ran.events[0]["message"],
            "exit_code": int(code),
        }
    ]
    assert "Traceback" not in ran.err
    debug = Ran("ingest", tmp_path, "--map", tmp_path / "map", "--depth", "measured", "--debug")
    assert debug.code == code
    assert "Traceback" in debug.err


def test_debug_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDMAP_DEBUG", "1")
    assert "Traceback" in Ran("status", "--map", tmp_path / "nowhere").err


def test_nobody_reads_on(tmp_path: Path) -> None:
    """`worldmap ... | head -1` ends without a complaint."""
    write_photos(tmp_path / "in", 1)
    ingest(tmp_path / "map", tmp_path / "in")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [WORLDMAP, "status", "--map", tmp_path / "map"],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.nightly), 2])
def test_ctrl_c_keeps_what_is_stored(tmp_path: Path, jobs: int) -> None:
    """A real SIGINT to the whole process group, as a terminal sends it, and the run taken up."""
    map_dir = tmp_path / "map"
    write_photos(tmp_path / "in", 60)
    arguments = ("ingest", tmp_path / "in", "--map", map_dir, "--depth", "measured")
    process = subprocess.Popen(
        [WORLDMAP, *arguments, "--jobs", str(jobs), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(json.loads(line))
        if sum(event["event"] == "photo" for event in told) == 3:
            break
    os.killpg(process.pid, signal.SIGINT)
    rest, err = process.communicate(timeout=600)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert err == (
        "worldmap: interrupted; what was stored is kept, the same command again goes on from "
        "there\n"
    )
    told += [json.loads(line) for line in rest.splitlines()]
    accepted = sum(event.get("status") == "accepted" for event in told)
    assert 3 <= accepted < 60, "stopped in the middle"
    assert not list(map_dir.rglob("*.tmp"))
    with Catalog.open(map_dir, create=False) as catalog:
        stored = len(catalog.photos())
        assert catalog.runs()[-1].outcome == "stopped"
    # The last one may have been stored and not yet told.
    assert accepted <= stored <= accepted + 1
    first = sorted((tmp_path / "in").glob("*.jpg"))[: stored + 3]
    again = ingest(map_dir, *first)
    assert again.code == ExitCode.OK
    assert again.summary["skipped"] == stored
    assert again.summary["accepted"] == 3


@pytest.mark.nightly  # in an ingest it is stopped by day
def test_ctrl_c_in_a_merge(tmp_path: Path) -> None:
    """What was registered is kept, and the next merge ends as one that nobody stopped."""
    photos = write_photos(tmp_path / "in", 6)
    map_dir = tmp_path / "map"
    assert ingest(map_dir, *photos).code == ExitCode.OK
    process = subprocess.Popen(
        [WORLDMAP, "merge", "--area", "all", "--map", map_dir, "--jobs", "2", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    ended = [json.loads(process.stdout.readline())["name"] for _ in range(3)]
    assert ended == ["read", "look", "register"]
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=600)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert "Traceback" not in err
    again = Ran("merge", "--area", "all", "--map", map_dir, "--jobs", 1, "--json")
    assert again.code == ExitCode.OK
    assert again.summary["placed"] + again.summary["unplaced"] == 6
    assert [photo["path"] for photo in again.summary["photos"]] == [str(path) for path in photos]
    status = Ran("status", "--map", map_dir, "--json").summary
    assert status["waiting"] == 0
    assert status["tiles"] == len(again.summary["tiles"])


def test_depth_draws_one_photo_and_writes_its_cloud(tmp_path: Path) -> None:
    (photo,) = write_photos(tmp_path, 1)
    picture, cloud = tmp_path / "out.png", tmp_path / "out.ply"
    done = Ran("depth", photo, "-o", picture, "--cloud", cloud, "--depth", "measured", "--json")
    assert done.code == ExitCode.OK, done.err
    assert done.summary["points"] > 1000
    assert picture.read_bytes().startswith(b"\x89PNG")
    head = cloud.read_bytes().split(b"end_header\n")[0].decode("ascii")
    assert f"element vertex {done.summary['points']}" in head


@pytest.mark.nightly
def test_depth_shows_a_photos_own_points(tmp_path: Path) -> None:
    """From its own place they are the photo again; the sky behind them is not its own."""
    (photo,) = write_photos(tmp_path, 1)
    seen = tmp_path / "seen.png"
    done = Ran("depth", photo, "-o", tmp_path / "out.png", "--film", seen, "--depth", "measured",
               "--json")  # fmt: skip
    assert done.code == ExitCode.OK, done.err
    assert done.summary["film"] == str(seen)
    own, drawn = Image.open(photo), Image.open(seen).convert("RGB")
    # 4:3 in the middle of 16:9; away from the border, where discs end.
    middle = drawn.crop((160, 0, 1120, 720)).resize(own.size, Image.Resampling.BOX)
    off = np.abs(np.asarray(middle, float) - np.asarray(own, float))[10:-10, 10:-10].mean()
    mirrored = np.asarray(middle, float)[:, ::-1]
    other = np.abs(mirrored - np.asarray(own, float))[10:-10, 10:-10].mean()
    assert off < 0.5 * other
    wrong = Ran("depth", photo, "-o", tmp_path / "out.png", "--film", tmp_path / "film.avi",
                "--depth", "measured")  # fmt: skip
    assert wrong.code == ExitCode.USAGE


def test_depth_makes_a_page_of_one_photo(tmp_path: Path) -> None:
    """Without any map, and of a photo that nobody knows the place of."""
    photo = write_photo(tmp_path / "here.jpg", 1, gps={})
    page = tmp_path / "here.html"
    asked = ("depth", photo, "-o", tmp_path / "out.png", "--depth", "measured")
    done = Ran(*asked, "--view", page, "--json")
    assert done.code == ExitCode.OK, done.err
    assert done.summary["page"] == str(page)
    text = page.read_text(encoding="utf-8")
    assert "here.jpg, not on the globe yet" in text
    assert text.count(".copc.laz") >= 1
    told = Ran(*asked, "--view", tmp_path / "page.pdf")
    assert told.code == ExitCode.USAGE
    assert "written as .html" in told.error
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "here.depth.png", "here.html", "here.jpg", "out.png",
    ]  # fmt: skip


def test_depth_of_a_photo_without_depth_is_one_line(tmp_path: Path) -> None:
    (photo,) = write_photos(tmp_path, 1)
    photo.with_suffix(".depth.png").unlink()
    done = Ran("depth", photo, "-o", tmp_path / "out.png", "--depth", "measured")
    assert done.code == ExitCode.INPUT, "nothing succeeded"
    assert done.err.count("\n") == 1
    assert photo.name in done.err
    assert not (tmp_path / "out.png").exists()
