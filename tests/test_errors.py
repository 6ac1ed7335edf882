"""Errors for programs: what each carries, what it is besides, and how it ends a command."""

from __future__ import annotations

import inspect
import pickle
import re
from pathlib import Path

import pytest

from tests.helpers.ingest_makers import by_name, ingest, write_photo, write_photos
from worldmap import errors
from worldmap.cli.exits import ExitCode, exit_code_of
from worldmap.errors import (
    AreaError,
    ConfigError,
    CrsError,
    DepthError,
    EmptyAreaError,
    MapNotFoundError,
    MissingPathError,
    PhotoError,
    StorageError,
    TableError,
    WorldmapError,
)

ALL = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, WorldmapError)
]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "is empty"),
        ({"hint": "copy it again"}, "is empty; copy it again"),
        ({"path": Path("a/b.jpg")}, "a/b.jpg is empty"),
        ({"path": Path("a/b.jpg"), "hint": "copy it again"}, "a/b.jpg is empty; copy it again"),
        ({"path": "the catalog at postgresql://x"}, "the catalog at postgresql://x is empty"),
    ],
)
def test_the_line_is_made_of_the_fields(fields: dict[str, str], line: str) -> None:
    error = PhotoError("is empty", **fields)
    assert str(error) == line
    assert error.complaint == line.removeprefix(f"{error.path} ")
    assert error.reason == "is empty"


@pytest.mark.parametrize("kind", ALL)
def test_it_keeps_its_fields_on_the_way_from_a_worker(kind: type[WorldmapError]) -> None:
    sent = kind("cannot be\n read", path=Path("a/b"), hint="do this")
    got = pickle.loads(pickle.dumps(sent))
    assert type(got) is kind
    assert (got.path, got.reason, got.hint) == (sent.path, sent.reason, sent.hint)
    assert str(got) == str(sent) == "a/b cannot be read; do this"


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (AreaError, ValueError),
        (CrsError, ValueError),
        (TableError, ValueError),
        (ConfigError, ValueError),
        (DepthError, ValueError),
        (EmptyAreaError, LookupError),
        (MissingPathError, FileNotFoundError),
        (MapNotFoundError, FileNotFoundError),
        (StorageError, OSError),
    ],
)
def test_it_is_what_python_would_raise(kind: type[WorldmapError], base: type[Exception]) -> None:
    with pytest.raises(base) as caught:
        raise kind("is not there", path=Path("x"))
    assert str(caught.value) == "x is not there"


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not WorldmapError])
def test_each_has_an_exit_code_that_is_no_bug_and_no_success(kind: type[WorldmapError]) -> None:
    assert exit_code_of(kind("x")) not in (ExitCode.OK, ExitCode.BUG, ExitCode.PARTIAL)


def test_an_error_knows_no_exit_code() -> None:
    """Which is the command line's own business."""
    assert not re.search("exit_?code", inspect.getsource(errors), re.IGNORECASE)


def test_a_reason_beside_its_photo_leaves_the_photo_out(tmp_path: Path) -> None:
    """And only that: a sentence keeps the other files that it is about."""
    (empty,) = write_photos(tmp_path, 1)
    empty.write_bytes(b"")
    odd = write_photo(tmp_path / "odd.jpg", seed=1)
    sidecar = odd.with_name("odd.depth.png")
    sidecar.write_bytes(odd.read_bytes())
    told = by_name(ingest(tmp_path / "map", empty, odd))
    assert told[empty.name] == ("failed", "is empty (0 bytes); copy it again from its source")
    status, reason = told[odd.name]
    assert status == "failed"
    assert reason.startswith(f"{sidecar} ")
