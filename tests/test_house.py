"""What holds for the house as a whole: how quickly it opens, and that one word means one thing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.helpers.map_makers import SmallMap

PACKAGE = Path(__file__).resolve().parents[1] / "worldmap"
# Of processor times, which a busy machine stretches: in turns, so that it stretches both.
ROUNDS = 8
NUMPY = (sys.executable, "-c", "import numpy")


def processor_s(command: tuple[str, ...]) -> float:
    """What one run of a command takes of a processor."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return float(usage.ru_utime + usage.ru_stime)


def times_numpy(*command: str) -> float:
    """What a command takes over what `import numpy` does, the least of some runs of either."""
    runs = [(processor_s(command), processor_s(NUMPY)) for _ in range(ROUNDS)]
    own, numpy = zip(*runs, strict=True)
    ratio: float = min(own) / min(numpy)
    return ratio


def test_importing_worldmap_is_quick() -> None:
    assert times_numpy(sys.executable, "-c", "import worldmap") < 2


def test_status_is_quick(small_map: SmallMap) -> None:
    """What it loads is for the larger part the command line's own parser. A quarter of what it was
    when it loaded all of the catalog, 6.8 times as long as numpy."""
    command = (sys.executable, "-m", "worldmap", "status", "--map", str(small_map.map_dir))
    assert times_numpy(*command) < 1.7


def test_status_asks_a_database_without_what_is_slow_to_load(small_map: SmallMap) -> None:
    """The object mapper, numpy and pydantic."""
    command = (sys.executable, "-X", "importtime", "-m", "worldmap", "status", "--map")
    ran = subprocess.run((*command, small_map.map_dir), capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "worldmap.pipeline.status" in loaded
    assert not loaded & {"numpy", "pydantic", "sqlalchemy.orm", "torch", "cv2", "open3d"}


# --- names --------------------------------------------------------------------------------------

# A command of the command line is called as what it runs.
DOORS = {"cli"}


def defined(path: Path) -> set[str]:
    """Public classes and functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in tree.body if isinstance(node, kinds)}
    return {name for name in names if not name.startswith("_")}


def test_no_public_name_is_in_two_rooms() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE)
        if where.parts[0] not in DOORS:
            for name in defined(path):
                places[name].append(where.as_posix())
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert not twice


def statement_lines(path: Path, function: str) -> int:
    """From the first statement after the docstring to the last."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function
    )
    first = found.body[1 if ast.get_docstring(found) else 0]
    return (found.end_lineno or 0) - first.lineno + 1


@pytest.mark.parametrize(
    ("module", "functions"),
    [("merge.py", ["merge", "_solved", "_finished"]), ("ingest.py", ["ingest", "_work"])],
)
def test_the_two_commands_read_like_a_table_of_contents(module: str, functions: list[str]) -> None:
    lines = {f: statement_lines(PACKAGE / "pipeline" / module, f) for f in functions}
    assert max(lines.values()) <= 35, lines
