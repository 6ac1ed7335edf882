"""README and docs/tour.md from an empty folder, each answer checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.first_ten_minutes.terminal import Said, Terminal
from worldmap.cli.exits import ExitCode


class NotAsToldError(Exception):
    """What a command said is not what the pages promise."""


def play(folder: Path) -> list[Said]:
    """Every step, typed into a terminal in a folder that has `photos/` with depth and no map.
    Raises NotAsToldError at the first that does not say what it should."""
    at = Terminal(folder=folder)
    mistaken = [
        _told(at.typed("worldmap"), ["ingest", "merge", "view"], (ExitCode.USAGE,)),
        _told(at.typed("worldmap status"), ["worldmap ingest"], (ExitCode.CATALOG,)),
        _told(at.typed("worldmap ingets photos"), ["ingest"], (ExitCode.USAGE,)),
        _told(at.typed("worldmap ingest fotos"), ["fotos"], (ExitCode.INPUT,)),
    ]
    if (folder / "map").exists():
        raise NotAsToldError("a command that could do nothing left a map behind")
    steps = [
        _told(at.typed("worldmap ingest photos"), ["worldmap merge"]),
        _told(at.typed("worldmap merge all"), ["--area all"], (ExitCode.USAGE,)),
        _told(at.typed("worldmap merge"), ["placed", "worldmap view"]),
        _told(at.typed("worldmap status"), ["photos"]),
        _told(at.typed("worldmap export street.laz"), ["street.laz"]),
        _told(at.typed("worldmap export poses.json"), ["poses.json"]),
        _told(at.typed("worldmap render map.png"), ["map.png"]),
        _told(at.typed("worldmap view", stop_at=r"http://\S+"), ["http://"]),
        _told(at.typed("worldmap photos --map other", stop_at=r"http://\S+"), ["placed"]),
    ]
    for name in ("street.laz", "poses.json", "map.png", "map/report/index.html"):
        if not (folder / name).stat().st_size:
            raise NotAsToldError(f"{name} is empty")
    return [*mistaken, *steps]


def _told(said: Said, words: Sequence[str], codes: Sequence[int] = (ExitCode.OK,)) -> Said:
    if said.code not in codes:
        raise NotAsToldError(f"`{said.command}` ended with {said.code}:\n{said.text}")
    missing = [word for word in words if word not in said.text]
    if missing or "Traceback" in said.text:
        raise NotAsToldError(f"`{said.command}` does not say {', '.join(missing)}:\n{said.text}")
    return said
