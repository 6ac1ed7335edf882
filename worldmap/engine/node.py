"""An item at a node of a cluster: worked in a process of its own below the cluster's worker, so
that what a file does to it and how long it may take end the same way as on one machine.

Nothing here knows which cluster it is, and the cluster's worker imports nothing but this.
"""

from __future__ import annotations

import os
import pickle
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from importlib import metadata
from pathlib import Path
from typing import Any

from worldmap.engine.isolated import Isolated
from worldmap.engine.outcome import Needs, TimeLimitError, WorkerDiedError, call
from worldmap.engine.workers import pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An item for a node. job: what the items of one function have in common; home: where relative
    paths begin; threads: for its libraries; needs: of the node, as the cluster gave it; software:
    what the node has to have."""

    job: str
    item: bytes
    limit_s: float | None
    threads: int
    needs: Needs
    home: str
    software: str


class Fate(Enum):
    """How an item ended at a node: with an answer, the end of its process, too late, or not begun
    since the node is none for it."""

    DONE = auto()
    DIED = auto()
    LATE = auto()
    UNFIT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a node says of an item. packed: as `workers.pack`, where it is done; words: else why."""

    fate: Fate
    packed: bytes = b""
    words: str = ""


def work(function: bytes, task: Task) -> Answer:
    """Do one item, in the cluster's worker, which does one after the other. function: pickled."""
    if task.job not in _jobs:
        if unfit := _unfit(task):
            return Answer(fate=Fate.UNFIT, words=unfit)
        _turn_to(function, task)
    try:
        return Answer(fate=Fate.DONE, packed=_below[_kind(task)](task.item, task.limit_s))
    except _UnfitError as error:
        return Answer(fate=Fate.UNFIT, words=str(error))
    except TimeLimitError as error:
        return Answer(fate=Fate.LATE, words=str(error))
    except WorkerDiedError as error:
        return Answer(fate=Fate.DIED, words=str(error))


# What a process is begun with and keeps: its folder, its threads and what it sees of the machine.
_Kind = tuple[str, int, Needs]
_below: dict[_Kind, Isolated[bytes, bytes]] = {}
_jobs: set[str] = set()
"""Of the one process below, and the one function that it has now."""


def _kind(task: Task) -> _Kind:
    return task.home, task.threads, task.needs


def _turn_to(function: bytes, task: Task) -> None:
    """One function at a time, in the process of the last one where that is of the same kind."""
    _jobs.clear()
    if _kind(task) in _below:
        _below[_kind(task)].turn_to(_Packed(function=function))
    else:
        close()
        _below[_kind(task)] = Isolated(
            _Packed(function=function), limit_s=None, threads=task.threads, with_main=False
        )
    _jobs.add(task.job)


def close() -> None:
    """End the process below."""
    _jobs.clear()
    while _below:
        _below.popitem()[1].close()


class _UnfitError(Exception):
    """What this node cannot do at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """A pickled function; the process below loads it as it begins, before an item's time does."""

    function: bytes

    def __reduce__(self) -> tuple[Callable[[bytes], Callable[[bytes], bytes]], tuple[bytes]]:
        return _Loaded, (self.function,)

    def __call__(self, item: bytes) -> bytes:
        return _Loaded(self.function)(item)


class _Loaded:
    """The function itself: bytes in, bytes out."""

    def __init__(self, function: bytes) -> None:
        self._function: Callable[[Any], Any] | None = None
        try:
            self._function = pickle.loads(function)
        except Exception as error:  # a package that only the asking machine has
            self._problem = f"{type(error).__name__}: {error}"

    def __call__(self, item: bytes) -> bytes:
        if self._function is None:
            raise _UnfitError(f"{platform.node()} cannot do it ({self._problem})")
        return pack(call(self._function, pickle.loads(item)))


def _unfit(task: Task) -> str:
    if (here := software()) != task.software:
        return f"{platform.node()} has {here}, where this machine has {task.software}"
    try:
        os.chdir(task.home)
    except OSError as error:
        return f"{platform.node()} does not see {task.home} ({error.strerror})"
    return ""


def software() -> str:
    """What has to be the same everywhere for the same bytes."""
    return f"worldmap {metadata.version('worldmap')} on Python {platform.python_version()}"


def unseen(paths: Sequence[str]) -> str:
    """Which of these absolute paths is not there, in words; '' where all are."""
    missing = next((path for path in paths if not Path(path).exists()), None)
    return "" if missing is None else f"{platform.node()} does not see {missing}"
