"""The first ten minutes: README's commands typed into a terminal as a new user types them
(`tests.first_ten_minutes`), how much they print, and how long a first picture takes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import Metric, metric
from tests.first_ten_minutes.photos import many, small_street
from tests.first_ten_minutes.play import NotAsToldError, play
from tests.first_ten_minutes.terminal import Terminal
from tests.helpers.browser import chromium
from tests.helpers.page_server import served

PHOTOS = 1000
LINES = 60
# A terminal's window.
LINES_A_STEP = 45


def run() -> list[Metric]:
    """The story on a small street, its page, and the ingest of a thousand photos."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "user"
        small_street(folder / "photos")
        try:
            steps = play(folder)
        except NotAsToldError as wrong:
            print(wrong, file=sys.stderr)
            return [metric("steps that say what the pages promise", "share", 0.0, 1.0, "min")]
        longest = max(len(said.lines) for said in steps)
        own = {said.command: said for said in steps}
        story = ("worldmap ingest photos", "worldmap merge", "worldmap view")
        metrics = [
            metric("steps that say what the pages promise", "share", 1.0, 1.0, "min"),
            # `worldmap photos`, the last step.
            metric("commands from photos to a page", "commands", 1, 1),
            metric("most lines of one step", "lines", longest, LINES_A_STEP),
            *(metric(f"`{name}`", "s", own[name].took_s) for name in story),
            metric("first picture of the page", "s", _first_picture_s(folder / "map"), 20.0),
        ]
        many(folder / "many", PHOTOS)
        said = Terminal(folder=folder).typed("worldmap ingest many --map many-map")
        metrics += [
            metric(f"lines of an ingest of {PHOTOS} photos", "lines", len(said.lines), LINES),
            metric(f"ingest of {PHOTOS} small photos", "s", said.took_s),
        ]
    return metrics


def _first_picture_s(map_dir: Path) -> float:
    """From the page's address to its first points, in a browser."""
    with served(map_dir) as server, chromium() as new_page:
        watched = new_page()
        watched.page.goto(f"{server.url}#view=cloud", wait_until="commit")
        watched.wait("window.worldmap?.scene?.drawnPoints > 0")
        return float(watched.ask("performance.now()")) / 1000.0
