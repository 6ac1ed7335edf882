"""What each command costs in a large town beside a small one: processor time and memory of a
process of its own, on the same small real area in the middle of both; and what a merge of that area
does to the rest."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import Metric, metric
from benchmarks.city.maker import Town, make_town
from benchmarks.living import STEP_M, write_photo
from worldmap.area import Everywhere
from worldmap.catalog import CATALOG_NAME
from worldmap.config import Settings
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge

STREET = 24
"""Photos of the small real map."""
WALL = 1
GROWTH_BAR = 1.5
MEMORY_BAR_MB = 1024.0
_TRIES = 3
_TERMINATED = 128 + 15
_AREA_M = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one command: processor seconds, and the most memory of its process."""

    cpu_s: float
    peak_mb: float


def command_metrics(folder: Path, few_photos: int, many: int) -> list[Metric]:
    """Each command in both towns, and how much more it costs in the large one."""
    added = write_photo(folder / "added", WALL, (STREET // 2 + 0.4) * STEP_M)
    small = _street(folder)
    costs: list[dict[str, Cost]] = []
    metrics: list[Metric] = []
    for photos in (few_photos, many):
        start_s = time.process_time()
        town = make_town(small, folder / f"town{photos}", photos)
        if photos == many:
            metrics += [
                metric("city: photos", "photos", town.photos),
                metric("city: tiles", "tiles", town.tiles),
                metric("city: pairs", "pairs", town.pairs),
                metric("city: made in", "s", time.process_time() - start_s),
                metric("city: catalog", "MB", (town.map_dir / CATALOG_NAME).stat().st_size / 1e6),
            ]
        before = _rows_elsewhere(town)
        costs.append(_costs(town, added))
        changed = sum(row != before.get(key) for key, row in _rows_elsewhere(town).items())
        metrics.append(metric(f"city: rows changed elsewhere, of {photos}", "rows", changed, 0))
    few, large = costs
    for name in large:
        metrics.append(metric(f"city: {name}, of {few_photos}", "CPU s", few[name].cpu_s))
        metrics.append(metric(f"city: {name}, of {many}", "CPU s", large[name].cpu_s))
    metrics += [
        metric(f"city: {name}, growth", "ratio", cost.cpu_s / few[name].cpu_s, GROWTH_BAR)
        for name, cost in large.items()
    ]
    peak_mb = max(cost.peak_mb for cost in large.values())
    return [*metrics, metric("city: most memory of a command", "MB", peak_mb, MEMORY_BAR_MB)]


_TABLES = {
    "solved_poses": "photo_id", "footprints": "photo_id", "reviews": "photo_id",
    "refined_depths": "photo_id", "photo_clouds": "photo_id", "photos": "id",
}  # fmt: skip


def _rows_elsewhere(town: Town) -> dict[tuple[str, int], str]:
    """A hash of every row about a photo that is a copy."""
    found: dict[tuple[str, int], str] = {}
    with closing(sqlite3.connect(town.map_dir / CATALOG_NAME)) as catalog:
        for table, key in _TABLES.items():
            rows = catalog.execute(
                f"SELECT * FROM {table} WHERE {key} IN"
                " (SELECT id FROM photos WHERE path LIKE '/photos/%')"
            )
            at = [column[0] for column in rows.description].index(key)
            found |= {
                (table, row[at]): hashlib.sha256(repr(row).encode()).hexdigest() for row in rows
            }
    return found


def _street(folder: Path) -> Path:
    """The small map."""
    for number in range(STREET):
        write_photo(folder / "photos", WALL, number * STEP_M)
    map_dir = folder / "street"
    ingest(map_dir, [folder / "photos"], Settings(), depth="measured", jobs=2)
    merge(map_dir, Everywhere(), Settings(), jobs=2)
    return map_dir


def _costs(town: Town, added: Path) -> dict[str, Cost]:
    map_dir = town.map_dir
    with closing(sqlite3.connect(map_dir / CATALOG_NAME)) as catalog:
        photo, lat_deg, lon_deg = catalog.execute(
            "SELECT path, p.lat_deg, p.lon_deg FROM photos JOIN priors p ON p.photo_id = id"
            " WHERE id > 999 AND path LIKE ? ORDER BY path LIMIT 1 OFFSET ?",
            (f"%/wall{WALL}_%", STREET // 2),
        ).fetchone()
        (key,) = catalog.execute("SELECT key FROM tiles WHERE points > 0 ORDER BY id").fetchone()
    area = f"{lat_deg:.6f},{lon_deg:.6f},{_AREA_M}"
    name, out = Path(photo).name, str(map_dir.parent / "tile.laz")
    costs = {
        "status": _best(map_dir, "status"),
        "explain": _best(map_dir, "explain", name),
        "locate": _best(map_dir, "locate", name, "240", "200"),
        "export of a tile": _best(map_dir, "export", "--area", key, out),
        "verify of an area": _best(map_dir, "verify", "--area", area),
        "view to the first picture": _viewed(map_dir),
        "gc": _best(map_dir, "gc", "--dry-run"),
    }
    _command(map_dir, "ingest", str(added), "--depth", "measured", "--jobs", "1")
    costs["merge of an area, one new"] = _command(
        map_dir, "merge", "--area", area, "--no-report", "--jobs", "1"
    )
    costs["remove"] = _command(map_dir, "remove", added.name, "--jobs", "1")
    return costs


def _best(map_dir: Path, *words: str, tries: int = _TRIES) -> Cost:
    """The least of several runs: what else the machine does only adds."""
    found = [_command(map_dir, *words) for _ in range(tries)]
    return Cost(
        cpu_s=min(cost.cpu_s for cost in found), peak_mb=max(cost.peak_mb for cost in found)
    )


def _command(map_dir: Path, *words: str) -> Cost:
    return _cost(_started(map_dir, words), map_dir)


def _started(map_dir: Path, words: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "worldmap", *words, "--map", str(map_dir), "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks._weighed", str(_told(map_dir)), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _told(map_dir: Path) -> Path:
    return map_dir.with_name(f"{map_dir.name}-cost.json")


def _cost(process: subprocess.Popen[bytes], map_dir: Path) -> Cost:
    _, said = process.communicate()
    if process.returncode not in (0, _TERMINATED):
        words = said.decode(errors="replace")[-500:]
        raise RuntimeError(f"{process.args!r}: {words}")
    return Cost(**json.loads(_told(map_dir).read_text(encoding="ascii")))


_PORT = 18765


def _viewed(map_dir: Path) -> Cost:
    """A server from its start until its page has what it shows first: the document, the photos and
    tiles of the first view, a tile's first bytes and a small picture."""
    words = ("view", "--no-browser", "--port", str(_PORT))
    process = _started(map_dir, words)
    url = f"http://127.0.0.1:{_PORT}/"
    try:
        _patient(lambda: _read(url), process)
        told = json.loads(_read(f"{url}map.json"))
        tile = next(tile for tile in told["tiles"] if tile["url"])
        _read(url + tile["url"], 65_536)
        _read(f"{url}photos/{told['photos'][0]['id']}/thumb.jpg")
    finally:
        process.terminate()
    return _cost(process, map_dir)


def _read(url: str, first_bytes: int | None = None) -> bytes:
    asked = urllib.request.Request(url)
    if first_bytes is not None:
        asked.add_header("Range", f"bytes=0-{first_bytes - 1}")
    with urllib.request.urlopen(asked, timeout=600) as answer:
        content: bytes = answer.read()
    return content


def _patient(read: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            read()
        except OSError:
            if process.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
