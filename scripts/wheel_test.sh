#!/bin/sh
# Builds the wheel and installs it, and nothing of this folder, in an environment of its own outside
# it; then the demo must run there, and the extras' pages and writers must be in it.
#
#   scripts/wheel_test.sh PYTHON     PYTHON: one that has setuptools, to build with
set -eu
cd "$(dirname "$0")/.."
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# From a copy: setuptools keeps a build/ folder, whose old files would get into the wheel.
git ls-files -z | tar --null -T - -c | (mkdir "$folder/source" && cd "$folder/source" && tar -x)
"$python" -m pip wheel -q --no-deps --no-build-isolation -w "$folder" "$folder/source"
wheel=$(ls "$folder"/worldmap-*.whl)
PACKAGE=$wheel scripts/setup.sh "$folder/venv" view
cd "$folder"
rm -r source
venv/bin/worldmap --version
venv/bin/worldmap demo --out demo --json >demo.json
venv/bin/python - <<'PYTHON'
import json
from importlib import metadata
from pathlib import Path

import worldmap

assert Path("venv").absolute() in Path(worldmap.__file__).parents, worldmap.__file__
readme = metadata.metadata("worldmap").get_payload() or metadata.metadata("worldmap")["Description"]
assert "# worldmap" in readme and "](docs/" not in readme
summary = json.loads(Path("demo.json").read_text().splitlines()[-1])
assert summary["placed"] == summary["photos"] > 0, summary
assert summary["position_aligned_m_median"] < 0.5, summary
print(f"the wheel's demo: {summary['placed']} photos placed, {summary['points']} points")
PYTHON
venv/bin/worldmap view --map demo/map --static site
venv/bin/worldmap verify --map demo/map
