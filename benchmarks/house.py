"""The house itself: ruff, mypy, import-linter, and the tests that hold its promises: how quickly
it opens, one name for one thing, one pose with the same numbers everywhere, schemas, and doors for
the models of others."""

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
PROMISES = ("test_house.py", "test_place.py", "test_json_schemas.py", "test_plugins.py")


def run() -> list[Metric]:
    """One figure a check: 0 where it passes. What fails prints on stderr."""
    tests = {
        str(path.relative_to(ROOT)): (sys.executable, "-m", "pytest", "-q", str(path))
        for name in PROMISES
        for path in (ROOT / "tests").rglob(name)
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
