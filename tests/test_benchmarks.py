"""The benchmark harness: bars, exit codes, baselines."""

from __future__ import annotations

import json
import math
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import benchmarks.__main__ as harness
from benchmarks import Metric
from benchmarks._yardstick import NOMINAL_S, yardstick_s


def metric(
    value: float, bar: float | None, direction: str, name: str = "m", unit: str = "m"
) -> Metric:
    return Metric(name=name, unit=unit, value=value, bar=bar, direction=direction)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "bar", "direction", "passed"),
    [
        (1.0, 1.0, "max", True),
        (1.1, 1.0, "max", False),
        (1.0, 1.0, "min", True),
        (0.9, 1.0, "min", False),
        (9.9, None, "info", True),
        (math.nan, 1.0, "max", False),
        (math.nan, 1.0, "min", False),
    ],
)
def test_bar(value: float, bar: float | None, direction: str, passed: bool) -> None:
    assert metric(value, bar, direction).passed is passed


@pytest.mark.parametrize(("bar", "direction"), [(None, "max"), (1.0, "info"), (1.0, "sideways")])
def test_a_bar_needs_a_direction(bar: float | None, direction: str) -> None:
    with pytest.raises(ValueError, match="m: "):
        metric(1.0, bar, direction)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A benchmark called `figures` whose result the test chooses; baselines in a fresh folder."""
    module = types.ModuleType("benchmarks.figures")
    module.result = []  # type: ignore[attr-defined]
    module.run = lambda: module.result  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.figures", module)
    monkeypatch.setattr(harness, "names", lambda: ["figures"])
    monkeypatch.setattr(harness, "BASELINE_DIR", tmp_path)
    monkeypatch.setattr(harness, "yardstick_s", lambda: NOMINAL_S)
    return module


def test_check_fails_only_when_a_bar_is_missed(
    figures: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    figures.result = [metric(1.0, 2.0, "max"), metric(5.0, None, "info", "n")]
    assert harness.main(["figures", "--check"]) == 0
    figures.result = [metric(3.0, 2.0, "max")]
    assert harness.main(["figures"]) == 0
    assert harness.main(["figures", "--check"]) == 1
    assert "MISSED" in capsys.readouterr().out


def test_unknown_name_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert harness.main(["no-such-benchmark"]) == 2
    assert "no-such-benchmark" in capsys.readouterr().err


def test_json_and_baseline(figures: Any, capsys: pytest.CaptureFixture[str]) -> None:
    figures.result = [metric(1.0, 2.0, "max"), metric(math.nan, 2.0, "max", "broken")]
    assert harness.main(["figures", "--json", "--write-baseline"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["missed"] == ["broken"]
    assert [row["baseline"] for row in first["metrics"]] == [None, None]
    figures.result = [metric(1.9, 2.0, "max")]
    harness.main(["figures", "--json"])
    (row,) = json.loads(capsys.readouterr().out)["metrics"]
    assert (row["baseline"], row["drift"], row["passed"]) == (1.0, "worse", True)
    harness.main(["figures"])
    assert "1 ± 25 %" in capsys.readouterr().out


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, figures: Any) -> None:
    """A machine on which the yardstick takes three times as long as where bars were written."""
    monkeypatch.setattr(harness, "yardstick_s", lambda: 3 * NOMINAL_S)


@pytest.mark.usefixtures("slow")
def test_a_busy_machine_misses_no_bar_on_time(
    figures: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    figures.result = [
        metric(29.0, 10.0, "max", "time", "s"),
        metric(0.4, 1.0, "min", "speed", "M points/s"),
        metric(29.0, 10.0, "max", "frame", "s/frame"),
    ]
    assert harness.main(["figures", "--check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["yardstick_s"] == pytest.approx(3 * NOMINAL_S)
    assert told["metrics"][0]["yardsticks"] == pytest.approx(29.0 / (3 * NOMINAL_S))
    assert told["metrics"][1]["yardsticks"] == pytest.approx(0.4 * 3 * NOMINAL_S)
    figures.result = [metric(31.0, 10.0, "max", "time", "s")]
    assert harness.main(["figures", "--check"]) == 1


@pytest.mark.usefixtures("slow")
def test_what_is_no_time_keeps_its_bar(figures: Any) -> None:
    figures.result = [metric(1.1, 1.0, "max", "place", "m"), metric(1.0, 1.0, "min", "n", "photos")]
    assert harness.main(["figures", "--check"]) == 1
    figures.result = figures.result[1:]
    assert harness.main(["figures", "--check"]) == 0


def test_full_is_asked_for_where_there_is_more(figures: Any) -> None:
    asked: list[bool] = []
    figures.run = lambda full=False: asked.append(full) or []  # type: ignore[func-returns-value]
    harness.main(["figures"])
    harness.main(["figures", "--full"])
    assert asked == [False, True]


def test_the_yardstick_is_work() -> None:
    assert 0.01 * NOMINAL_S < yardstick_s() < math.inf


def test_times_and_speeds_are_not_a_baseline(figures: Any) -> None:
    figures.result = [
        metric(1.0, 2.0, "max", "time", "s"),
        metric(1.0, 2.0, "max", "speed", "M points/s"),
        metric(1.0, 2.0, "max", "place"),
    ]
    harness.main(["figures", "--write-baseline"])
    assert list(harness.load_baseline("figures")) == ["place"]


def test_every_benchmark_has_run() -> None:
    """The real modules of the folder keep the contract (imported without running them)."""
    import importlib

    for name in harness.names():
        assert callable(importlib.import_module(f"benchmarks.{name}").run), name
