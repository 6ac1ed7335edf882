"""Adds the page's own libraries, which npm brought and the wheel ships built, to a CycloneDX bill
of the Python environment: `scripts/sbom.py build/sbom.json`."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "worldmap" / "view" / "web" / "package-lock.json"


def with_page(bill: dict[str, Any], lock: dict[str, Any]) -> dict[str, Any]:
    """The bill with a component for each npm package of the page that is not only a tool."""
    page = [
        _component(path.rpartition("node_modules/")[2], package)
        for path, package in sorted(lock["packages"].items())
        if path and not package.get("dev")
    ]
    return {**bill, "components": [*bill.get("components", []), *page]}


def _component(name: str, package: dict[str, Any]) -> dict[str, Any]:
    purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
    kind, _, digest = package["integrity"].partition("-")
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": package["version"],
        "purl": purl,
        "licenses": [{"license": {"id": package["license"]}}],
        "hashes": [{"alg": kind.upper().replace("SHA", "SHA-"),
                    "content": base64.b64decode(digest).hex()}],
    }  # fmt: skip


if __name__ == "__main__":
    path = Path(sys.argv[1])
    bill = with_page(json.loads(path.read_text("utf-8")), json.loads(LOCK.read_text("utf-8")))
    path.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    print(f"{path}: {len(bill['components'])} components")
