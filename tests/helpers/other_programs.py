"""Other people's programs that read what worldmap writes; a test is skipped where they are not.

`scripts/setup.sh VENV dev` installs them: npm's readers and axe beside read_copc.cjs, GDAL and QGIS
from Debian, whose Python is the system's own.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

INTEROP = Path(__file__).parents[1] / "interop"
SYSTEM_PYTHON = "/usr/bin/python3"
VALIDATOR = "osgeo_utils.samples.validate_gpkg"


@functools.cache
def system_python_has(module: str) -> bool:
    """Whether the system's own Python has a module; PyPI has neither GDAL nor QGIS ready to use."""
    if not shutil.which(SYSTEM_PYTHON):
        return False
    code = f"import importlib.util as i, sys; sys.exit(i.find_spec({module!r}) is None)"
    done = subprocess.run([SYSTEM_PYTHON, "-c", code], check=False, capture_output=True)
    return done.returncode == 0


needs_gdal = pytest.mark.skipif(
    not system_python_has("osgeo"), reason="GDAL is not here (Debian: gdal-bin python3-gdal)"
)
needs_validator = pytest.mark.skipif(
    not system_python_has("osgeo_utils"), reason="GDAL's GeoPackage validator is not here"
)
needs_qgis = pytest.mark.skipif(
    not system_python_has("qgis"), reason="QGIS is not here (Debian: python3-qgis)"
)
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (INTEROP / "node_modules" / "copc").is_dir(),
    reason="npm's readers are not here (npm ci in tests/interop)",
)

needs_gltf_validator = pytest.mark.skipif(
    shutil.which("node") is None or not (INTEROP / "node_modules" / "gltf-validator").is_dir(),
    reason="Khronos' glTF validator is not here (npm ci in tests/interop)",
)
AXE = INTEROP / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe is not here (npm ci in tests/interop)"
)


def here() -> dict[str, bool]:
    """Which optional programs this machine has; tests of the others are skipped."""
    debian = Path("/usr/share/postgresql")
    server = shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return {
        "Chromium": bool(shutil.which("chromium") or shutil.which("chromium-browser")),
        "GDAL": system_python_has("osgeo"),
        "GDAL's validator": system_python_has("osgeo_utils"),
        "npm's readers": not needs_node.args[0],
        "PostGIS": bool(server) and any(debian.glob("*/extension/postgis.control")),
        "QGIS": system_python_has("qgis"),
    }


def read_by_node(script: str, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What a script of tests/interop finds in each of the files."""
    done = subprocess.run(
        ["node", INTEROP / script, *paths], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(paths)
    return lines


def run_system_python(*arguments: str | Path, home: Path) -> str:
    """Standard output of the system's Python, where GDAL and QGIS are; `home` keeps what QGIS
    remembers. Fails on an error, with what was said."""
    done = subprocess.run(
        [SYSTEM_PYTHON, *arguments],
        capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "PYTHONPATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def validator_says(path: Path) -> str:
    """What GDAL's GeoPackage validator has to say about a file, warnings too; nothing is good."""
    done = subprocess.run(
        [SYSTEM_PYTHON, "-m", VALIDATOR, "--extra", "--warning-as-error", "-k", path],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (said == ""), said
    return said
