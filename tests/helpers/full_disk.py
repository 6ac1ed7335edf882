"""Commands on a disk of their own that is full after so many bytes; run inside a mount namespace.

`python -m tests.helpers.full_disk MAPS DISK COMMAND...`: MAPS holds a folder `small` (a merged demo
with its photos) and gets what else is needed; DISK is where the disk is mounted. Prints a JSON list
of what came of each command at each share of the room that it takes.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.helpers.street_makers import Street, name_of
from tests.pipeline.test_crash import contents
from worldmap.area import Everywhere
from worldmap.catalog import Catalog, upgrade
from worldmap.config import Settings
from worldmap.errors import WorldmapError
from worldmap.pipeline.export import export
from worldmap.pipeline.ingest import ingest
from worldmap.pipeline.merge import merge
from worldmap.pipeline.remove import remove
from worldmap.pipeline.verify import verify
from worldmap.view import PublishedMap, write_single, write_site

OLD = Path(__file__).parents[1] / "data" / "catalog-0001.sql"
PLACES = [0.0, 5.0, 60.0]
PAGE = 4096
REPORT_BYTES = 450_000


@dataclass(frozen=True)
class Tried:
    """A command that had so many bytes. told: its error, '' where it had none; kind: the error's
    type; unsound: what is off with the map then; left: half-written files; same: whether the same
    command, with room again, ended as it does undisturbed."""

    command: str
    free_bytes: int
    kind: str
    told: str
    unsound: list[str]
    left: list[str]
    same: bool


def ingesting(folder: Path) -> None:
    ingest(folder / "map", [folder / "in"], Settings(), depth="measured", jobs=0)


def tiling(folder: Path) -> None:
    Street(folder / "map").update()


def reporting(folder: Path) -> None:
    merge(folder / "map", Everywhere(), Settings(), jobs=1, report=True)


def removing(folder: Path) -> None:
    remove(folder / "map", [name_of(0.0)], jobs=1)


def exporting(name: str, kind: str | None = None) -> Callable[[Path], None]:
    def exports(folder: Path) -> None:
        export(folder / "map", Everywhere(), folder / "out" / name, kind=kind)

    return exports


def publishing(folder: Path) -> None:
    write_site(PublishedMap(folder / "map"), folder / "out" / "site")


def bundling(folder: Path) -> None:
    write_single(PublishedMap(folder / "map"), folder / "out" / "page.html")


def upgrading(folder: Path) -> None:
    upgrade(folder / "map")


# What it begins with, the command, and the shares of its room that it is given.
COMMANDS: dict[str, tuple[str, Callable[[Path], None], tuple[float, ...]]] = {
    "ingest": ("photo", ingesting, (0.02, 0.5, 0.75)),
    "tiles": ("street", tiling, (0.0, 0.9, 4.6)),  # points on the spool take most
    "remove": ("tiled", removing, (0.0,)),
    "report": ("small", reporting, (0.6,)),
    "laz": ("small", exporting("a.laz"), (0.5,)),
    "ply": ("small", exporting("a.ply"), (0.5,)),
    "e57": ("small", exporting("a.e57"), (0.5,)),
    "colmap": ("small", exporting("colmap", "colmap"), (0.5,)),
    "view --static": ("small", publishing, (0.1, 0.8)),
    "view --single": ("small", bundling, (0.5,)),
    "db upgrade": ("old", upgrading, (0.0, 0.5)),
}


def make_beginnings(maps: Path) -> None:
    (maps / "photo" / "in").mkdir(parents=True)
    for file in (maps / "small" / "photos").glob("demo_00.*"):
        shutil.copy(file, maps / "photo" / "in")
    street = Street(maps / "street" / "map")
    street.add(PLACES)
    street.place(PLACES)
    shutil.copytree(maps / "street", maps / "tiled")
    Street(maps / "tiled" / "map").update()
    (maps / "old" / "map").mkdir(parents=True)
    with closing(sqlite3.connect(maps / "old" / "map" / "catalog.gpkg")) as connection:
        connection.executescript(OLD.read_text())


def fill(disk: Path, leave: int) -> None:
    """A file of zeros that leaves so many bytes free."""
    with (disk / "ballast").open("ab") as file:
        while (left := shutil.disk_usage(disk).free - leave) >= PAGE:
            file.write(bytes(left // PAGE * PAGE))
            file.flush()


def outcome(folder: Path) -> dict[str, object]:
    """What is compared: the files that rows name, the exports, and what the catalog counts."""
    made = folder / "out"
    files = sorted(path for path in made.rglob("*") if path.is_file()) if made.exists() else []
    with Catalog.open(folder / "map", create=False) as catalog:
        status = catalog.status()
        counts = (status.photos, status.placed, status.tiles, status.stale_tiles, status.points)
    found: dict[str, object] = {"counts": counts, **contents(folder / "map")}
    return found | {str(path.relative_to(folder)): path.read_bytes() for path in files}


def half_written(folder: Path) -> list[str]:
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if ".tmp" in p.name]


def tried(name: str, share: float, maps: Path, disk: Path, expected: dict[str, object]) -> Tried:
    begin, command, _ = COMMANDS[name]
    shutil.copytree(maps / begin, disk / "work")
    room = expected["room"]
    assert isinstance(room, int)
    fill(disk, int(share * room))
    free = shutil.disk_usage(disk).free
    kind = told = ""
    try:
        command(disk / "work")
    except WorldmapError as error:
        kind, told = type(error).__name__, str(error)
    (disk / "ballast").unlink()
    unsound: list[str] = []
    if name != "db upgrade" and (disk / "work" / "map" / "catalog.gpkg").exists():
        unsound = [
            f"{finding.path}: {finding.problem}"
            for finding in verify(disk / "work" / "map").findings
            if finding.path.parts[0] != "tiles"  # marked as out of date, and mended by the next run
        ]
    left = half_written(disk / "work")
    command(disk / "work")
    same = outcome(disk / "work") == expected["outcome"]
    return Tried(name, free, kind, told, unsound, left, same)


def whole(name: str, maps: Path, disk: Path) -> dict[str, object]:
    """The room that an undisturbed run takes in the end, and what comes of it."""
    begin, command, _ = COMMANDS[name]
    shutil.copytree(maps / begin, disk / "work")
    if name == "report":  # what it writes besides is there already
        return {"room": REPORT_BYTES, "outcome": outcome(disk / "work")}
    before = shutil.disk_usage(disk).free
    command(disk / "work")
    room = max(before - shutil.disk_usage(disk).free, 0)
    return {"room": room, "outcome": outcome(disk / "work")}


def main(maps: Path, disk: Path, names: Sequence[str]) -> None:
    make_beginnings(maps)
    found = []
    for name in names:
        shares = COMMANDS[name][2]
        try:
            expected = whole(name, maps, disk)
        except WorldmapError as error:
            if "needs another package" in str(error):
                continue
            raise
        finally:
            shutil.rmtree(disk / "work")
        for share in shares:
            found.append(tried(name, share, maps, disk, expected))
            shutil.rmtree(disk / "work")
    print(json.dumps([asdict(each) for each in found]))


if __name__ == "__main__":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", sys.argv[2]], check=True)
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
