"""What is printed where, in a terminal, a pipe, quietly and as JSON."""

from __future__ import annotations

import io
import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import worldmap.console
from worldmap.console import Console, bug_line
from worldmap.events import SCHEMA
from worldmap.jsonable import jsonable
from worldmap.records import PhotoStatus


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(*, terminal: bool = False, **options: bool) -> tuple[Console, io.StringIO, io.StringIO]:
    kind = Terminal if terminal else io.StringIO
    out, err = kind(), kind()
    return Console(out=out, err=err, **options), out, err


def work(told: Console) -> None:
    """A bit of everything that a command tells."""
    with told.stage("register", 2, "pairs") as stage:
        stage.advance()
        stage.advance()
    told.event("photo", path=Path("a.jpg"), status=PhotoStatus.PLACED)
    told.note("by the way")
    told.warn("mind the gap")
    told.say("all is well")
    told.table(("photo", "reason"), [("[a].jpg", "too\ndark")])
    told.summary("merge", {"points": 3})


def test_a_pipe_gets_plain_lines() -> None:
    told, out, err = console()
    work(told)
    assert out.getvalue() == "all is well\nphoto    reason\n[a].jpg  too dark\n"
    assert err.getvalue().splitlines() == [
        "register: 2 of 2 pairs in 0.0 s",
        "note: by the way",
        "warning: mind the gap",
    ]


def test_a_pipe_hears_now_and_then_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr(worldmap.console.time, "monotonic", lambda: now_s)  # type: ignore[attr-defined]
    told, _, err = console()
    with told.stage("ingest", 100) as stage:
        for _ in range(100):
            now_s += 1.0
            stage.advance()
    lines = err.getvalue().splitlines()
    assert lines[1] == "ingest: 10 of 100 photos, 1/s, 1:30 left"
    assert lines[9] == "ingest: 90 of 100 photos, 1/s, 10.0 s left"
    assert lines[10:] == ["ingest: 100 of 100 photos in 1:40"]


@pytest.mark.parametrize("terminal", [False, True])
def test_long_work_says_once_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    now_s = 0.0
    monkeypatch.setattr(worldmap.console.time, "monotonic", lambda: now_s)  # type: ignore[attr-defined]
    monkeypatch.setenv("COLUMNS", "400")
    told, _, err = console(terminal=terminal)
    for name, pace_s in (("ingest", 6.0), ("fuse", 0.1), ("register", 60.0)):
        with told.stage(name, 101) as stage:
            for _ in range(101):
                now_s += pace_s
                stage.advance()
    said = err.getvalue()
    assert said.count("ingest: about 10 min to go on this machine, by the first 2 of 101") == 1
    assert "it is reading tags, depth and features" in said
    assert said.count("register: about 1.6 h to go") == 1
    assert said.count("Ctrl-C is safe: what is stored is kept") == said.count("Ctrl-C is safe") == 1
    assert "fuse: about" not in said


def test_of_what_begins_anew_nothing_else_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr(worldmap.console.time, "monotonic", lambda: now_s)  # type: ignore[attr-defined]
    told, _, err = console()
    with told.stage("mesh", 20) as stage:
        for _ in range(20):
            now_s += 60.0
            stage.advance()
    assert "Ctrl-C is safe: nothing is left half written" in err.getvalue()
    assert "goes on from there" not in err.getvalue()
    assert worldmap.console._BUSY_WITH.keys() > worldmap.console._WHOLE


def test_the_stages_that_are_foretold_are_those_of_the_pipelines() -> None:
    package = Path(worldmap.console.__file__).parent
    named = {
        name
        for path in package.rglob("*.py")
        for name in re.findall(r"\.stage\(\s*\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert set(worldmap.console._BUSY_WITH) == named - {"solve", "report"}  # one item; parts


def test_the_time_that_workers_take_to_start_is_not_taken_for_their_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 0.0
    monkeypatch.setattr(worldmap.console.time, "monotonic", lambda: now_s)  # type: ignore[attr-defined]
    told, _, err = console()
    with told.stage("register", 100, "pairs") as stage:
        now_s += 300.0
        stage.advance()
        for _ in range(10):
            now_s += 4.0
            stage.advance(2)
    lines = err.getvalue().splitlines()
    assert lines[0] == "register: 1 of 100 pairs"
    assert lines[1].startswith("register: about 3 min to go on this machine, by the first 3 of 100")
    assert lines[-2] == "register: 19 of 100 pairs, 2 s each, 2:42 left"


def test_json_tells_how_far_a_long_stage_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr(worldmap.console.time, "monotonic", lambda: now_s)  # type: ignore[attr-defined]
    told, out, _ = console(json_lines=True)
    with told.stage("ingest", 8) as stage:
        for _ in range(8):
            now_s += 1.0
            stage.advance()
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["progress"] * 3 + ["stage"]
    assert events[0] == {
        "schema": SCHEMA, "event": "progress",
        "name": "ingest", "unit": "photos", "done": 2, "total": 8, "rate_per_s": 1.0, "left_s": 6.0,
    }  # fmt: skip
    assert [event["done"] for event in events] == [2, 4, 6, 8]


def test_a_terminal_shows_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr(worldmap.console.time, "monotonic", lambda: now_s)  # type: ignore[attr-defined]
    told, _, err = console(terminal=True)
    with told.stage("fuse", 10) as stage:
        for _ in range(2):
            now_s += 20.0
            stage.advance(4)
    assert "5 s each" in err.getvalue()
    assert "10.0 s left" in err.getvalue()


def test_a_terminal_gets_bars_and_a_drawn_table() -> None:
    told, out, err = console(terminal=True)
    work(told)
    assert "[a].jpg" in out.getvalue()
    assert "━" in err.getvalue()
    assert "2/2" in err.getvalue()


def test_open_stages_share_the_display() -> None:
    told, _, err = console(terminal=True)
    with told.stage("outer", 1) as outer, told.stage("inner", 3) as inner:
        inner.advance(3)
        outer.advance()
    with told.stage("next", 1):
        pass
    for name in ("outer", "inner", "next"):
        assert name in err.getvalue()


def test_quiet_keeps_errors_only() -> None:
    told, out, err = console(quiet=True)
    work(told)
    assert (out.getvalue(), err.getvalue()) == ("", "")
    told.error("it broke", 5)
    assert err.getvalue() == "worldmap: it broke\n"


def test_json_is_lines_of_events_and_a_summary() -> None:
    told, out, err = console(json_lines=True)
    work(told)
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["stage", "photo", "note", "warning", "summary"]
    assert events[0]["done"] == events[0]["total"] == 2
    assert events[1] == {"schema": SCHEMA, "event": "photo", "path": "a.jpg", "status": "placed"}
    assert events[-1] == {"schema": SCHEMA, "event": "summary", "command": "merge", "points": 3}
    assert err.getvalue() == ""


def test_quiet_json_is_the_summary() -> None:
    told, out, _ = console(json_lines=True, quiet=True)
    work(told)
    assert json.loads(out.getvalue())["event"] == "summary"


def test_an_error_is_one_line_and_an_event() -> None:
    told, out, err = console(json_lines=True)
    told.error("first\nsecond", 5)
    assert json.loads(out.getvalue()) == {
        "schema": SCHEMA,
        "event": "error",
        "message": "first\nsecond",
        "exit_code": 5,
    }
    assert err.getvalue() == "worldmap: first second\n"


def test_a_stage_that_fails_says_so() -> None:
    told, _, err = console()

    def fail() -> None:
        with told.stage("solve", 3, "steps") as stage:
            stage.advance()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert err.getvalue() == "solve: 1 of 3 steps in 0.0 s (stopped)\n"


def test_jsonable() -> None:
    value = {
        1: (math.nan, math.inf, -0.5),
        "path": Path("x"),
        "when": datetime(2026, 1, 2, tzinfo=UTC),
        "array": np.array([[1.0, np.nan]]),
        "scalar": np.float32(0.5),
        "kind": PhotoStatus.FAILED,
        "flag": True,
        "none": None,
    }
    assert json.loads(json.dumps(jsonable(value), allow_nan=False)) == {
        "1": [None, None, -0.5],
        "path": "x",
        "when": "2026-01-02T00:00:00+00:00",
        "array": [[1.0, None]],
        "scalar": 0.5,
        "kind": "failed",
        "flag": True,
        "none": None,
    }
    with pytest.raises(TypeError, match="no JSON for a object"):
        jsonable(object())


def test_a_bug_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        jsonable(object())
    except TypeError as error:
        line = bug_line(error)
    assert line.startswith("unexpected TypeError: no JSON for a object (in jsonable.py, line ")
    assert "report" in line
