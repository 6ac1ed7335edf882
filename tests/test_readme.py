"""README.md and docs/ are true: their commands run; no command, option, depth source or exit code
is missing from docs/commands.md; messages in docs/troubleshooting.md are those of the program."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.helpers.cli_commands import leaves
from tests.helpers.ingest_makers import Ran
from tests.helpers.map_makers import SmallMap
from worldmap.cli import app
from worldmap.cli.exits import ExitCode
from worldmap.depth import ESTIMATOR_NAMES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
TROUBLE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
RAY = "needs Ray; nightly in tests/engine/test_ray.py"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BIN = Path(sys.executable).parent
BLOCK = re.compile(r"(?:<!-- test: (?P<why>[^>]*) -->\n)?```sh\n(?P<code>.*?)```", re.DOTALL)


def commands(page: str) -> dict[str, str]:
    """Every line of a page's shell blocks -> why it cannot be run by a test, '' where it can."""
    return {
        line: block["why"] or ""
        for block in BLOCK.finditer(page)
        for line in block["code"].splitlines()
    }


def test_the_commands_are_those_that_are_run_below() -> None:
    told: dict[str, dict[str, str]] = {}
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        assert len(re.findall(r"```sh", page)) == len(list(BLOCK.finditer(page))), path
        told[path.name] = commands(page)
    assert {name: found for name, found in told.items() if found} == {
        "README.md": {
            "make demo": "",  # tests/pipeline/test_demo.py
            "worldmap demo --no-depth --out no-depth": "takes minutes; nightly in "
            "tests/pipeline/test_demo.py",
            "worldmap ingest photos": "",
            "worldmap merge": "",
            "worldmap view": "",
            "ray start --head --disable-usage-stats": RAY,
            "worldmap ingest photos --engine ray": RAY,
            "worldmap merge --engine ray": RAY,
        },
        "CONTRIBUTING.md": {"make test": ""},  # CI runs it, and this test with it
        "depth.md": {"worldmap models fetch depth-pro": "needs the network and 1.9 GB"},
        "tour.md": {
            "worldmap ingest photos": "",
            "worldmap merge": "",
            "worldmap status": "",
            "worldmap photos": "",
            "worldmap export street.laz": "",
            "worldmap export poses.json": "",
        },
    }


def run(command: str) -> None:
    """A command, in this folder and process, which has loaded what it needs."""
    ran = Ran(*command.split()[1:])
    assert ran.code == 0, f"{command}\n{ran.out}\n{ran.err}"


def look(command: str, folder: Path) -> str:
    """What a command says that serves a page until Ctrl-C, where there is no desktop."""
    here = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    here = {k: v for k, v in here.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    with subprocess.Popen(
        command.split(), cwd=folder, env=here, stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        serving.send_signal(signal.SIGINT)
    assert serving.returncode == 0, said
    return said


def section(page: str, title: str) -> str:
    """A page from a title on, up to the next one."""
    return re.split(r"^## ", page[page.index(title) + 3 :], flags=re.MULTILINE)[0]


def test_the_tour(small_map: SmallMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On some photos as one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORLDMAP_MAP", raising=False)
    (tmp_path / "photos").mkdir()
    for photo in small_map.two_photos:
        for file in photo.parent.glob(f"{photo.stem}.*"):
            shutil.copy(file, tmp_path / "photos")
    story = [line for line, why in commands(README).items() if not why and "make" not in line]
    assert len(story) == 3
    for command in story[:-1]:
        run(command)
    assert "http://" in look(story[-1], tmp_path)
    for command in [line for line in commands(TOUR) if line not in story]:
        run(command)
    poses = json.loads((tmp_path / "poses.json").read_text())
    assert poses["origin"].keys() == {"lat_deg", "lon_deg", "height_m"}
    assert [photo["status"] for photo in poses["photos"]] == ["placed"] * 2
    keys = re.findall(r'"(\w+)"', COMMANDS[COMMANDS.index('`{"schema"') :].split("`")[1])
    assert set(keys) == {*poses, *poses["origin"], *poses["photos"][0]}
    assert (tmp_path / "street.laz").stat().st_size > 10_000
    layout = section(TOUR, "## A map's folder")
    told = {name.rstrip("/") for name in re.findall(r"^\| `([^`]+)` \|", layout, re.MULTILINE)}
    found = {path.name for path in (tmp_path / "map").iterdir()}
    assert told == {name for name in found if not name.startswith("catalog.gpkg-")}


def test_make_test_is_the_whole_check() -> None:
    done = subprocess.run(
        ["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert tool in done.stdout
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_every_command_and_option_is_told() -> None:
    assert "`worldmap FOLDER`" in COMMANDS
    for name, command in leaves(typer.main.get_command(app)).items():
        assert f"`{name} " in COMMANDS or f"`{name}`" in COMMANDS, name
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in COMMANDS, f"{name} {option}"


def test_every_depth_source_and_exit_code_is_told() -> None:
    for name in ESTIMATOR_NAMES:
        assert f"`{name}`" in COMMANDS
    codes = {int(code) for code in ExitCode}
    told = re.findall(r"^\| (\d+) \|", section(COMMANDS, "## Exit codes"), re.MULTILINE)
    assert {int(code) for code in told} == codes
    titles = re.findall(r"^## (.*)$", TROUBLE, re.MULTILINE)
    cures = {int(code) for title in titles for code in re.findall(r"\b\d+\b", title)}
    assert cures >= codes - {ExitCode.OK}


def test_messages_with_a_cure_are_the_programs() -> None:
    said = "\n".join(
        node.value
        for path in (ROOT / "worldmap").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    rows = re.findall(r"^\| (`.*?) \|", section_up_to_codes(TROUBLE), re.MULTILINE)
    messages = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
    assert len(messages) > 40
    for message in messages:
        for part in message.split("…"):
            assert part.strip(" :;,()") in said, message


def section_up_to_codes(page: str) -> str:
    """The part of the page whose first columns are messages of worldmap."""
    return page[: page.index("## 9, 130")]


def test_readme_is_one_page() -> None:
    assert len(README.splitlines()) <= 120
    first = re.search(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert first is not None
    assert first[1] == "docs/photo.jpg"  # of a real place, before any that was rendered
    for path in (ROOT / "docs").glob("*.md"):
        assert f"](docs/{path.name})" in README, f"no way from README.md to {path.name}"


def test_its_files_exist() -> None:
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).is_file(), path
