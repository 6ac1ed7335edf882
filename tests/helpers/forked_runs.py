"""Runs of a command in a process of its own: several at once, killed at a step or after a while."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import Engine, event

KILLS = int(os.environ.get("WORLDMAP_KILLS", "3"))
"""How often each command is killed; `make nightly` does it more often."""

# A process for each run, forked from one that has everything imported and no thread.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload([__name__, "worldmap.pipeline.merge", "worldmap.pipeline.ingest"])


class WorkersContext:
    """Instead of the engine's own way to start workers: each is forked as well, and finds the
    environment of the process that asks for it."""

    Pipe = staticmethod(FORKED.Pipe)

    @staticmethod
    def Process(  # noqa: N802
        *, target: Callable[..., object], args: tuple[object, ...], daemon: bool
    ) -> ForkServerProcess:
        environment = dict(os.environ)
        return FORKED.Process(
            target=_in_environment, args=(environment, target, args), daemon=daemon
        )


def _in_environment(
    environment: dict[str, str], target: Callable[..., object], args: tuple[object, ...]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    target(*args)


def _steps(kill_at: int, count: Path) -> Callable[[], None]:
    """Counts the calls; the one numbered `kill_at` ends the process."""
    numbers = itertools.count(1)

    def step() -> None:
        if (number := next(numbers)) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        count.write_text(str(number))

    return step


def _run(command: Callable[[Path], object], folder: Path, kill_at: int, count: Path) -> None:
    """The command, with a step before whatever changes a disk and in the middle of each file."""
    step = _steps(kill_at, count)
    whole_write = Path.write_bytes

    def before(function: Callable[..., object]) -> Callable[..., object]:
        def stepped(*arguments: object, **options: object) -> object:
            step()
            return function(*arguments, **options)

        return stepped

    def written(path: Path, content: bytes) -> int:
        whole_write(path, content[: len(content) // 2])
        step()
        return whole_write(path, content)

    for name in ("fsync", "replace", "rename", "link", "unlink", "rmdir"):
        setattr(os, name, before(getattr(os, name)))
    Path.write_bytes = written  # type: ignore[method-assign,assignment]
    event.listen(Engine, "commit", lambda _: step())
    command(folder)


def ended(command: Callable[[Path], object], folder: Path, kill_at: int, count: Path) -> int:
    process = FORKED.Process(target=_run, args=(command, folder, kill_at, count))
    process.start()
    process.join(300)
    assert process.exitcode is not None
    return process.exitcode


def started(command: Callable[[Path], object], folder: Path) -> ForkServerProcess:
    """The command at work in a process of its own."""
    process = FORKED.Process(target=command, args=(folder,))
    process.start()
    return process


def seconds_of(command: Callable[[Path], object], folder: Path) -> float:
    """How long the command takes when nobody disturbs it."""
    start_s = time.monotonic()
    process = started(command, folder)
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - start_s


def killed_after(command: Callable[[Path], object], folder: Path, seconds: float) -> bool:
    """Whether the command was still at work when SIGKILL ended it."""
    process = started(command, folder)
    process.join(seconds)
    process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0
