"""The built page belongs to its sources, and carries its licences."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import worldmap.view

VIEW = Path(worldmap.view.__file__).parent
WEB, ASSETS = VIEW / "web", VIEW / "assets"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sources_hash() -> str:
    names = ["package.json", "package-lock.json", "build.js"]
    names += [f"src/{path.name}" for path in (WEB / "src").iterdir()]
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(f"{name}\n{sha256((WEB / name).read_bytes())}\n".encode())
    return digest.hexdigest()


def test_the_assets_were_built_from_these_sources() -> None:
    manifest = json.loads((ASSETS / "manifest.json").read_text())
    assert manifest["sources"] == sources_hash(), "run `npm ci && npm run build` in view/web"
    found = {p.name: sha256(p.read_bytes()) for p in ASSETS.iterdir() if p.name != "manifest.json"}
    assert manifest["files"] == found


def test_every_part_has_its_licence() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    text = (ASSETS / "licences.txt").read_text()
    for name in json.loads((WEB / "package.json").read_text())["dependencies"]:
        part = lock["packages"][f"node_modules/{name}"]
        assert f"{name} {part['version']} ({part['license']})" in text


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No address of another machine is in the page's own sources, and none in the lock file."""
    for path in [*WEB.glob("src/*"), WEB / "package-lock.json"]:
        for line in path.read_text().splitlines():
            assert "://" not in line.replace("file://", ""), (path.name, line)
