"""README.md is true: its commands run, and no command, option or exit code is missing from it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import typer

from tests.helpers.cli_commands import leaves
from tests.helpers.map_makers import SmallMap
from worldmap.cli import app
from worldmap.cli.exits import ExitCode
from worldmap.depth import ESTIMATOR_NAMES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
BLOCK = re.compile(r"(?:<!-- test: (?P<why>[^>]*) -->\n)?```sh\n(?P<code>.*?)```", re.DOTALL)


def commands() -> dict[str, str]:
    """Every line of a shell block -> why it cannot be run by a test, '' where it can."""
    return {
        line: block["why"] or ""
        for block in BLOCK.finditer(README)
        for line in block["code"].splitlines()
    }


def test_the_commands_are_those_that_are_run_below() -> None:
    assert commands() == {
        "make demo": "",  # tests/pipeline/test_demo.py
        "make test": "",  # CI runs it, and this test with it
        "worldmap demo --no-depth --out no-depth": "takes minutes; nightly in "
        "tests/pipeline/test_demo.py",
        "worldmap models fetch depth-pro": "needs the network and 1.9 GB",
        "worldmap ingest photos": "",
        "worldmap merge --area all": "",
        "worldmap status": "",
        "worldmap export --area all street.laz": "",
        "worldmap export --area all poses.json": "",
    }
    assert len(re.findall(r"```\w+", README)) == len(list(BLOCK.finditer(README)))


def run(command: str, folder: Path) -> str:
    """What a command of the README prints, run in `folder`."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command.split(), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_tour(small_map: SmallMap, tmp_path: Path) -> None:
    """On some photos as one's own."""
    (tmp_path / "photos").mkdir()
    for photo in small_map.two_photos:
        for file in photo.parent.glob(f"{photo.stem}.*"):
            shutil.copy(file, tmp_path / "photos")
    for command in [line for line, why in commands().items() if not why and "make" not in line]:
        run(command, tmp_path)
    poses = json.loads((tmp_path / "poses.json").read_text())
    assert poses["origin"].keys() == {"lat_deg", "lon_deg", "height_m"}
    assert [photo["status"] for photo in poses["photos"]] == ["placed"] * 2
    keys = re.findall(r'"(\w+)"', README[README.index('`{"schema"') :].split("`")[1])
    assert set(keys) == {*poses, *poses["origin"], *poses["photos"][0]}
    assert (tmp_path / "street.laz").stat().st_size > 10_000
    layout = README[README.index("## A map's folder") : README.index("## Limits")]
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


def test_every_command_and_option_is_in_it() -> None:
    for name, command in leaves(typer.main.get_command(app)).items():
        assert f"`{name} " in README or f"`{name}`" in README, name
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in README, f"{name} {option}"


def test_every_depth_source_and_exit_code_is_in_it() -> None:
    for name in ESTIMATOR_NAMES:
        assert f"`{name}`" in README
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == {int(code) for code in ExitCode}


def test_its_files_exist() -> None:
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).is_file(), path
