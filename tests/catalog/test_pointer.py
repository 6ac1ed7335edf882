"""A map's folder that names a database: connected to only where this user named it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.ingest_makers import Ran
from worldmap.catalog import Catalog, pointer, upgrade
from worldmap.cli.exits import ExitCode
from worldmap.errors import CatalogError, StorageError
from worldmap.mapfolder import MapFolder, status_of

COMMANDS = [
    ("status",), ("merge", "--area", "all"), ("ingest", "IN"), ("verify",), ("gc",),
    ("remove", "a.jpg"), ("explain", "a.jpg"), ("db", "upgrade"),
    ("export", "IN/a.laz", "--area", "all"),
]  # fmt: skip


class Host:
    """A port of this machine that counts who comes, and sends them away."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.callers = 0
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                caller, _ = self.listening.accept()
            except OSError:
                return
            self.callers += 1
            caller.close()

    @property
    def url(self) -> str:
        return f"postgresql://me:secret@127.0.0.1:{self.listening.getsockname()[1]}/x"


@pytest.fixture
def host() -> Iterator[Host]:
    pytest.importorskip("psycopg")
    found = Host()
    with closing(found.listening):
        yield found


@pytest.fixture
def map_dir(host: Host, tmp_path: Path) -> Path:
    """A map from somebody."""
    (tmp_path / "IN").mkdir()
    folder = tmp_path / "map"
    folder.mkdir()
    (folder / "catalog.url").write_text(f"{host.url}\n")
    return folder


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda given: given[0])
def test_no_command_connects_to_what_only_the_map_names(
    host: Host, map_dir: Path, arguments: tuple[str, ...]
) -> None:
    given = [str(map_dir.parent / each) if each[:2] == "IN" else each for each in arguments]
    (map_dir.parent / "IN" / "a.jpg").write_bytes(b"x")
    done = Ran(*given, "--map", map_dir)
    assert done.code == ExitCode.CATALOG, done.err
    (line,) = done.err.splitlines()
    assert "catalog.url" in line
    assert "--catalog" in line
    assert "secret" not in line
    assert host.callers == 0


@pytest.mark.parametrize(
    "opening",
    [
        lambda folder: MapFolder.open(folder),
        lambda folder: status_of(folder),
        lambda folder: Catalog.open(folder, create=True),
        lambda folder: upgrade(folder),
    ],
)
def test_nor_does_a_program(host: Host, map_dir: Path, opening: Callable[[Path], object]) -> None:
    with pytest.raises(CatalogError, match="you never did"):
        opening(map_dir)
    assert host.callers == 0


def test_what_the_user_names_is_connected_to(host: Host, map_dir: Path) -> None:
    done = Ran("status", "--map", map_dir, "--catalog", host.url)
    assert done.code == ExitCode.CATALOG
    assert "cannot be reached" in done.err
    assert host.callers > 0


def test_a_named_pipe_or_a_large_file_names_no_database(tmp_path: Path) -> None:
    (tmp_path / "catalog.url").write_bytes(b"postgresql://" + bytes(1 << 20))
    with pytest.raises(StorageError, match="is larger than"):
        pointer.trusted_url(tmp_path)
    (tmp_path / "catalog.url").unlink()
    os.mkfifo(tmp_path / "catalog.url")
    with pytest.raises(StorageError, match="is a named pipe"):
        pointer.trusted_url(tmp_path)


def test_it_is_remembered_for_this_map_and_this_database_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(pointer, "_NAMED", set())
    mine, other = tmp_path / "mine", tmp_path / "other"
    url = "postgresql://me:secret@127.0.0.1:1/x"
    pointer.remember_url(mine, url)
    monkeypatch.setattr(pointer, "_NAMED", set())  # another process
    assert pointer.trusted_url(mine) == url
    assert "secret" not in (tmp_path / "config" / "worldmap" / "catalogs").read_text()
    other.mkdir()
    (other / "catalog.url").write_text(url)
    (mine / "catalog.url").write_text(url.replace("127.0.0.1", "elsewhere"))
    for folder in (mine, other):
        with pytest.raises(CatalogError, match="you never did"):
            pointer.trusted_url(folder)


def test_without_a_place_to_remember_it_is_named_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("a file")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(pointer, "_NAMED", set())
    url = "postgresql://me@127.0.0.1:1/x"
    pointer.remember_url(tmp_path / "map", url)
    assert pointer.trusted_url(tmp_path / "map") == url
    monkeypatch.setattr(pointer, "_NAMED", set())
    with pytest.raises(CatalogError, match="you never did"):
        pointer.trusted_url(tmp_path / "map")
