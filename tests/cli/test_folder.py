"""`worldmap FOLDER`, and first arguments that lead nowhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.helpers.ingest_makers import Ran, write_depth, write_photo, write_photos
from worldmap.catalog import Catalog
from worldmap.cli import app
from worldmap.cli import folder as folder_module
from worldmap.cli.exits import ExitCode
from worldmap.console import Console
from worldmap.depth.weights import InstalledModel, model_source
from worldmap.errors import ModelError


@pytest.fixture(autouse=True)
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nobody has fetched a network yet."""
    monkeypatch.setenv("WORLDMAP_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("worldmap.depth.weights._in_hub_cache", lambda hub_id: None)
    monkeypatch.chdir(tmp_path)


def test_a_first_user_has_a_map_and_is_told_what_gives_more(tmp_path: Path) -> None:
    write_photo(tmp_path / "my photos" / "plain.jpg", seed=50, with_depth=False)
    ran = Ran("my photos/", "--jobs", 1)
    assert ran.code == ExitCode.OK
    assert "no points: map has 1 photos" in ran.err
    assert "`worldmap models fetch depth-anything` and `worldmap 'my photos'` again" in ran.err
    assert "place them together" not in ran.out
    with Catalog.open(tmp_path / "map", create=False) as catalog:
        assert len(catalog.photos()) == 1


def watched(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Somebody sits there; the pages that are opened for them."""
    opened: list[object] = []
    monkeypatch.setattr(Console, "is_watched", property(lambda _: True))
    monkeypatch.setattr(folder_module, "serve_page", lambda call, page: opened.append(page))
    # CliRunner puts its own stream there for the time of a call.
    monkeypatch.setattr(folder_module, "sys", type("Sys", (), {"stdin": _Typist}))
    return opened


class _Typist:
    @staticmethod
    def isatty() -> bool:
        return True


def test_somebody_is_asked_for_a_network_and_sees_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    opened = watched(monkeypatch)

    def fetch(name: str, settings: object) -> InstalledModel:
        write_depth(photo)  # as good as a network
        return InstalledModel(
            source=model_source(name), folder=tmp_path, weights_hash="", size_bytes=0
        )

    monkeypatch.setattr(folder_module, "fetch_after_asking", fetch)
    ran = CliRunner().invoke(app, ["in/", "--jobs", "1"], input="no idea\ndepth-anything\n")
    assert ran.exit_code == ExitCode.OK, ran.stderr
    assert ran.stderr.count("Fetch a network") == 2
    assert "depth-anything is installed" in ran.stdout
    assert "no points" not in ran.stderr
    assert (tmp_path / "map" / "report" / "index.html").is_file()
    assert len(opened) == 1


@pytest.mark.parametrize("typed", ["\n", "moge\n"])
def test_who_wants_none_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """By the empty answer, or by not taking the licence."""
    write_photo(tmp_path / "in" / "plain.jpg", seed=50, with_depth=False)
    opened = watched(monkeypatch)

    def refuse(name: str, settings: object) -> InstalledModel:
        raise ModelError("the licence was not accepted")

    monkeypatch.setattr(folder_module, "fetch_after_asking", refuse)
    monkeypatch.setattr(folder_module, "_merge", lambda *_: None)
    ran = CliRunner().invoke(app, ["in/", "--jobs", "1"], input=typed)
    assert ran.exit_code == ExitCode.OK, ran.stderr
    assert ("going on without" in ran.stderr) == (typed == "moge\n")
    assert len(opened) == 1


def test_a_map_is_no_folder_of_photos(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 1)
    assert Ran("ingest", "in", "--jobs", 0).code == ExitCode.OK
    ran = Ran("map")
    assert ran.code == ExitCode.USAGE
    assert "worldmap view --map map" in ran.error


@pytest.mark.parametrize("words", [("text.txt",), ("ingest", "text.txt"), ("none/",), ("empty",)])
def test_a_first_argument_that_leads_nowhere_leaves_no_map(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    ran = Ran(*words)
    assert ran.code == ExitCode.INPUT
    assert words[-1].rstrip("/") in ran.error
    assert not (tmp_path / "map").exists()


def test_a_mistyped_folder_is_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = Ran("phtos")
    assert ran.code == ExitCode.USAGE
    assert "Did you mean 'photos'?" in ran.err
    # A command is likelier.
    (tmp_path / "merges").mkdir()
    assert "Did you mean 'merge'?" in Ran("mergee").err


def test_a_photo_without_a_suffix_is_still_one(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg", seed=1).rename(tmp_path / "photo")
    ran = Ran("ingest", "photo", "--depth", "stereo", "--jobs", 0, "--json")
    assert (ran.code, ran.summary["accepted"]) == (ExitCode.OK, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("ingest", "none"),
        ("ingest", "in", "--table", "none"),
        ("ingest", "in", "--gpx", "none"),
        ("ingest", "in", "--camera", "none"),
        ("ingest", "in", "--config", "none"),
        ("merge", "--area", "none.geojson"),
        ("gcp", "none", "--map", "there"),
        ("depth", "none"),
        ("models", "import", "moge", "none"),
    ],
)
def test_a_file_that_is_not_there_is_the_same_everywhere(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    write_photos(tmp_path / "in", 1)
    if "there" in words:
        Catalog.open(tmp_path / "there", create=True).close()
    ran = Ran(*words)
    assert ran.code == ExitCode.INPUT
    assert "none" in ran.error
    assert not (tmp_path / "map").exists()


def test_nobody_is_asked_where_nobody_reads() -> None:
    assert not Console(out=sys.__stdout__, quiet=True).is_watched
    assert not Console(out=sys.__stdout__, json_lines=True).is_watched
