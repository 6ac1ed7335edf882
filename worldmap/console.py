"""What people and programs see of a running command.

Results go to stdout, progress and trouble to stderr. `--json` turns stdout into JSON lines: events
as they come (of a long stage how far it is, too) and one summary at the end. `--quiet` leaves the
summary (with `--json`) and errors.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from worldmap.events import SCHEMA
from worldmap.jsonable import jsonable
from worldmap.printable import printable, printable_lines

if TYPE_CHECKING:
    from rich.progress import Progress

_PLAIN_EVERY_S = 10.0
_EVENT_EVERY_S = 2.0
# When a stage has had time enough to tell its pace by, and what is long enough to be foretold.
_FIRST_S = 5.0
_LONG_S = 60.0
# What the stages that may be long are busy with.
_BUSY_WITH: Final[Mapping[str, str]] = {
    "fetch": "fetching photos, at the archive's pace",
    "masks": "reading the tags of each photo",
    "check": "comparing photos with those of the map",
    "ingest": "reading tags, depth and features of each photo",
    "read": "reading what is stored",
    "look": "looking which pairs of photos are worth it",
    "register": "finding what pairs of photos have in common",
    "stand": "finding how photos without depth stand to each other",
    "stereo": "looking for surfaces that photos agree on",
    "agree": "holding these surfaces against each other",
    "refine": "holding each depth to the solution and to its neighbours",
    "fuse": "finding the points that photos agree on",
    "tiles": "writing tiles",
    "raster": "drawing each part of the map",
    "mesh": "finding the surface, and its colours in photos",
    "compare": "measuring from one surface to the other",
    "changes": "asking photos of each time about the other",
    "verify": "reading every file",
    "draw": "drawing each frame",
    "render": "drawing the photos of the demo",
}
_SAFE: Final = "Ctrl-C is safe: what is stored is kept, the same command goes on from there"
# These make one file, or none: the same command begins them anew.
_WHOLE: Final = frozenset({"masks", "raster", "mesh", "compare", "changes", "draw", "verify"})
_SAFE_WHOLE: Final = "Ctrl-C is safe: nothing is left half written"


class Console:
    """A `worldmap.listener.Listener` that talks to a terminal, a pipe or a program."""

    def __init__(
        self,
        *,
        json_lines: bool = False,
        quiet: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.json_lines = json_lines
        self.quiet = quiet
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._bars = _Bars(self._err)
        self._said_safe = False
        self._called: list[tuple[re.Pattern[str], str]] = []

    def call_it(self, folder: Path, name: str, *, but: Collection[str] = ()) -> None:
        """Say `name` wherever a path begins with that of `folder`; but: the folders inside that
        have no other name."""
        inside = "|".join(map(re.escape, but))
        apart = f"(?!/(?:{inside})/)" if inside else ""
        self._called.append((re.compile(f"{re.escape(str(folder))}{apart}"), name))

    @property
    def is_watched(self) -> bool:
        """Whether a person reads what is printed, as it is printed."""
        return not (self.json_lines or self.quiet) and self._out.isatty()

    # --- while it runs ------------------------------------------------------------------------

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "photos") -> Iterator[_Stage]:
        """A stage of `total` items: a bar in a terminal, plain lines in a pipe; with `--json`
        `progress` now and then and `stage` at its end."""
        watch: _Stage
        if self.quiet:
            watch = _Stage(name, total, unit)
        elif self.json_lines:
            watch = _EventStage(name, total, unit, self)
        elif self._err.isatty():
            watch = _BarStage(name, total, unit, self._bars, self._foretold)
        else:
            watch = _PlainStage(name, total, unit, self._err, self._foretold)
        completed = False
        try:
            yield watch
            completed = True
        finally:
            watch.end(completed)
            self.event(
                "stage",
                name=name,
                unit=unit,
                done=watch.done,
                total=total,
                seconds=round(watch.elapsed_s, 3),
            )

    def event(self, kind: str, **fields: object) -> None:
        """One JSON line with `--json`; nothing otherwise."""
        if self.json_lines and not self.quiet:
            self._json({"event": kind, **fields})

    def note(self, message: str) -> None:
        """One line on stderr (an event with `--json`) that a person may want to know."""
        self._remark("note", message)

    def warn(self, message: str) -> None:
        """One line on stderr (an event with `--json`) that a person should read."""
        self._remark("warning", message)

    def _remark(self, kind: str, message: str) -> None:
        if self.json_lines:
            self.event(kind, message=message)
        elif not self.quiet:
            self._line(self._err, printable(f"{kind}: {message}"))

    # --- results ------------------------------------------------------------------------------

    def say(self, text: str = "") -> None:
        """A line of the result, for people."""
        if not (self.json_lines or self.quiet):
            self._line(self._out, printable(text))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Rows for people: drawn in a terminal, aligned plain text in a pipe, one line each."""
        if self.json_lines or self.quiet or not rows:
            return
        if self._out.isatty():
            _draw_table(self._out, columns, rows)
            return
        texts = [tuple(columns), *(tuple(_one_line(cell) for cell in row) for row in rows)]
        widths = [max(len(row[i]) for row in texts) for i in range(len(columns))]
        for row in texts:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._line(self._out, line.rstrip())

    def summary(self, command: str, fields: Mapping[str, object]) -> None:
        """The last line of `--json`, also with `--quiet`."""
        if self.json_lines:
            self._json({"event": "summary", "command": command, **fields})

    def error(self, message: str, exit_code: int) -> None:
        """The one line that says why the command ends; never silenced."""
        if self.json_lines:
            self._json({"event": "error", "message": message, "exit_code": exit_code})
        self._line(self._err, f"worldmap: {_one_line(message)}")

    # --- ------------------------------------------------------------------------------------

    def _foretold(self, stage: _Stage, left_s: float) -> str:
        """How long a stage takes yet, and with what; the first time, that it may be stopped."""
        line = f"{stage.name}: about {_about(left_s)} to go on this machine, by the first "
        line += f"{stage.done} of {stage.total} {stage.unit}"
        if stage.name in _BUSY_WITH:
            line += f"; it is {_BUSY_WITH[stage.name]}"
        if not self._said_safe:
            self._said_safe = True
            line += f". {_SAFE_WHOLE if stage.name in _WHOLE else _SAFE}"
        return line

    def _json(self, value: Mapping[str, object]) -> None:
        self._line(self._out, json.dumps({"schema": SCHEMA, **jsonable(value)}, allow_nan=False))

    def _line(self, stream: TextIO, text: str) -> None:
        for path, name in self._called:
            text = path.sub(name.replace("\\", r"\\"), text)
        stream.write(text + "\n")
        stream.flush()


class _Stage:
    """Counts and times a stage; shows nothing."""

    def __init__(self, name: str, total: int, unit: str) -> None:
        self.name, self.total, self.unit, self.done = name, total, unit, 0
        self._started_s = time.monotonic()
        self._first: tuple[float, int] | None = None  # when the first items were done, how many
        self._foreseen = False

    @property
    def elapsed_s(self) -> float:
        """Seconds since the stage began."""
        return time.monotonic() - self._started_s

    @property
    def rate_per_s(self) -> float | None:
        """Items a second so far; None while too few are done to tell. The first ones tell
        nothing: they pay for what starts, workers and networks."""
        if self._first is None:
            return None
        first_s, first_done = self._first
        since_s, since = time.monotonic() - first_s, self.done - first_done
        return since / since_s if since >= first_done and since_s > 0 else None

    @property
    def left_s(self) -> float | None:
        """Seconds left at the rate so far; None while that is not known."""
        rate = self.rate_per_s
        return None if rate is None else max(0, self.total - self.done) / rate

    def advance(self, count: int = 1) -> None:
        """`count` more items are done."""
        self.done += count
        if self._first is None:
            self._first = (time.monotonic(), self.done)
        left_s = self.left_s
        if not self._foreseen and self.elapsed_s >= _FIRST_S and left_s is not None:
            self._foreseen = True
            if left_s >= _LONG_S:
                self.foretell(left_s)
        self.show()

    def foretell(self, left_s: float) -> None:
        """Say, once, how long a long stage takes yet."""

    def show(self) -> None:
        """Show the count, in the way of this stage."""

    def end(self, completed: bool) -> None:
        """The stage is over; `completed` where nothing was raised."""


class _EventStage(_Stage):
    """How far it is as an event now and then."""

    def __init__(self, name: str, total: int, unit: str, console: Console) -> None:
        super().__init__(name, total, unit)
        self._console = console
        self._shown_s = time.monotonic()

    def show(self) -> None:
        """See `_Stage`."""
        if self.done >= self.total or time.monotonic() - self._shown_s < _EVENT_EVERY_S:
            return
        self._shown_s = time.monotonic()
        rate, left_s = self.rate_per_s, self.left_s
        self._console.event(
            "progress",
            name=self.name,
            unit=self.unit,
            done=self.done,
            total=self.total,
            rate_per_s=None if rate is None else round(rate, 3),
            left_s=None if left_s is None else round(left_s, 1),
        )


class _PlainStage(_Stage):
    """A line now and then, and one at the end."""

    def __init__(
        self, name: str, total: int, unit: str, stream: TextIO, foretold: _Foretold
    ) -> None:
        super().__init__(name, total, unit)
        self._stream, self._foretold = stream, foretold
        self._shown_s = time.monotonic()

    def foretell(self, left_s: float) -> None:
        """See `_Stage`."""
        self._write(self._foretold(self, left_s))

    def show(self) -> None:
        """See `_Stage`."""
        if self.done >= self.total or time.monotonic() - self._shown_s < _PLAIN_EVERY_S:
            return
        self._shown_s = time.monotonic()
        rate, left_s = self.rate_per_s, self.left_s
        how = f", {_rate(rate)}" if rate is not None else ""
        left = f", {_duration(left_s)} left" if left_s is not None else ""
        self._write(f"{self.name}: {self.done} of {self.total} {self.unit}{how}{left}")

    def end(self, completed: bool) -> None:
        """See `_Stage`."""
        word = "" if completed else " (stopped)"
        self._write(
            f"{self.name}: {self.done} of {self.total} {self.unit} "
            f"in {_duration(self.elapsed_s)}{word}"
        )

    def _write(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


class _BarStage(_Stage):
    """A bar with count, rate and time left."""

    def __init__(self, name: str, total: int, unit: str, bars: _Bars, foretold: _Foretold) -> None:
        super().__init__(name, total, unit)
        self._bars, self._foretold = bars, foretold
        self._task = bars.begin(name, total, unit)

    def foretell(self, left_s: float) -> None:
        """See `_Stage`."""
        self._bars.say(self._foretold(self, left_s))

    def show(self) -> None:
        """See `_Stage`."""
        self._bars.update(self._task, self.done, self.rate_per_s, self.left_s)

    def end(self, completed: bool) -> None:
        """See `_Stage`."""
        self._bars.end()


_Foretold = Callable[[_Stage, float], str]


class _Bars:
    """Rich allows one live display, so all stages that are open share it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._progress: Progress | None = None
        self._open = 0

    def begin(self, name: str, total: int, unit: str) -> int:
        """Show one more bar."""
        if self._progress is None:
            from rich.console import Console as RichConsole
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
            )

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[unit]}"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[pace]}"),
                console=RichConsole(file=self._stream),
            )
            self._progress.start()
        self._open += 1
        return self._progress.add_task(name, total=total, unit=unit, pace="")

    def update(self, task: int, done: int, rate: float | None, left_s: float | None) -> None:
        """Move a bar, and say how fast it goes and how long it takes yet."""
        if self._progress is not None:
            from rich.progress import TaskID

            pace = ", ".join(
                ([] if rate is None else [_rate(rate)])
                + ([] if left_s is None else [f"{_duration(left_s)} left"])
            )
            self._progress.update(TaskID(task), completed=done, pace=pace)

    def say(self, text: str) -> None:
        """A line above the bars."""
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False)

    def end(self) -> None:
        """One bar is over; the display goes when the last one is."""
        self._open -= 1
        if self._open == 0 and self._progress is not None:
            self._progress.stop()
            self._progress = None


def _draw_table(out: TextIO, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console as RichConsole
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, because square brackets in a file name are no markup.
        table.add_row(*(Text(_one_line(cell)) for cell in row))
    RichConsole(file=out).print(table)


def _one_line(value: object) -> str:
    return " ".join(printable(value).split())


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _about(seconds: float) -> str:
    """A duration that is only guessed."""
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _rate(per_s: float) -> str:
    """How fast, in the unit that reads best."""
    return f"{per_s:.3g}/s" if per_s >= 1 else f"{1 / per_s:.3g} s each"


def set_up_streams() -> None:
    """Print whatever a file may be called, in any locale, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class _Plain(logging.Formatter):
    """Log lines hold names and texts of files, libraries' own lines too."""

    def format(self, record: logging.LogRecord) -> str:
        return printable_lines(super().format(record))


def set_up_logging(*, debug: bool) -> None:
    """Log lines and library warnings on stderr with `debug`; else only what we say ourselves."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if debug else logging.CRITICAL, handlers=[handler])
    if debug:
        for noisy in ("PIL", "exifread", "urllib3", "httpx", "filelock", "matplotlib"):
            logging.getLogger(noisy).setLevel(logging.INFO)
    else:
        warnings.simplefilter("ignore")


def bug_line(error: BaseException) -> str:
    """What to say when worldmap itself is at fault."""
    at = _last_place(error.__traceback__)
    return (
        f"unexpected {type(error).__name__}: {_one_line(error) or 'no message'}{at}. "
        "This is a bug in worldmap: run again with --debug and report what it prints"
    )


def _last_place(traceback: TracebackType | None) -> str:
    place, package = "", Path(__file__).parent
    while traceback is not None:
        file = Path(traceback.tb_frame.f_code.co_filename)
        if file.is_relative_to(package):
            place = f" (in {file.relative_to(package)}, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place
