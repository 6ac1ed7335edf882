"""The house itself: ruff, mypy, import-linter, and the tests that hold its promises: how quickly
it opens, one name for one thing, one pose with the same numbers everywhere, streets that are level
wherever they lie, doors for the models of others, schemas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks import Metric, metric

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
CHECKS: dict[str, tuple[str, ...]] = {
    "ruff": (str(BIN / "ruff"), "check", "."),
    "ruff format": (str(BIN / "ruff"), "format", "--check", "."),
    "mypy": (str(BIN / "mypy"),),
    "import-linter": (str(BIN / "lint-imports"),),
}
# What is promised, and the tests that hold it.
PROMISES: dict[str, tuple[str, ...]] = {
    "opens quickly, one name for one thing": ("tests/test_house.py",),
    "one pose has the same numbers everywhere": ("tests/test_place.py",),
    "each of two streets is as level as alone": (
        "tests/pipeline/test_two_streets.py",
        "tests/registration/test_sites.py",
    ),
    "a plug-in is used by its name": ("tests/test_plugins.py",),
    "what is written is as its schema says": ("tests/test_json_schemas.py",),
}


def run() -> list[Metric]:
    """One figure a check: 0 where it passes. What fails prints on stderr."""
    tests = {
        promise: (sys.executable, "-m", "pytest", "-q", "-m", "", *files)
        for promise, files in PROMISES.items()
    }
    return [
        metric(name, "exit code", _exit_code(command), 0.0)
        for name, command in {**CHECKS, **tests}.items()
    ]


def _exit_code(command: tuple[str, ...]) -> int:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-4000:] + done.stderr[-2000:], file=sys.stderr)
    return done.returncode
