"""One function in a process of its own that may die alone."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, Self

from worldmap.engine.machine import cpu_count, memory_limited
from worldmap.engine.outcome import Item, Outcome, Result, WorkerDiedError
from worldmap.engine.workers import Turn, Worker, answer, send, start, stop, time_left_s

_LISTEN_S = 1.0


class Isolated(Generic[Item, Result]):
    """`function`, called in a worker process that may die, or take longer than limit_s, without
    harm to this one: for what strangers' files do to native code. limit_s None: as long as it
    takes. with_main: a function of the script that was started is found by running that again.

    The worker is started with the first call, and anew after it died. May be called from several
    threads, one after the other. function, items and results must pickle.
    """

    def __init__(
        self,
        function: Callable[[Item], Result],
        *,
        limit_s: float | None,
        threads: int | None = None,
        with_main: bool = True,
    ) -> None:
        self._packed = pickle.dumps(function)
        self._with_main = with_main and b"__main__" in self._packed
        self._threads = threads or cpu_count()
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def __call__(self, item: Item, limit_s: float | None = None) -> Result:
        """What function returns or raises; WorkerDiedError, TimeLimitError. limit_s: for this item
        instead of the usual one."""
        limit_s = self._limit_s if limit_s is None else limit_s
        with self._lock:
            if self._worker is None:
                self._worker = start(self._packed, self._threads, with_main=self._with_main)
            worker = self._worker
            worker.index = 0
            outcome: Outcome[Any, Any] | None = None
            try:
                send(worker, item)
                while outcome is None:
                    left_s = time_left_s([worker], limit_s)
                    # Some interrupts only set a mark, which a sleeping process does not see.
                    listen_s = _LISTEN_S if left_s is None else min(left_s, _LISTEN_S)
                    spoken = worker.connection.poll(listen_s)
                    outcome = answer(worker, item, limit_s, spoken)
            finally:
                if outcome is None or isinstance(outcome.error, WorkerDiedError):
                    self._end()
                else:
                    worker.index = None
        if outcome.error is not None:
            raise outcome.error
        value: Any = outcome.value
        result: Result = value
        return result

    def turn_to(self, function: Callable[[Item], Result]) -> None:
        """Call this function from now on, in the same worker where there is one: beginning another
        and what it imports would take seconds. Of no function of the script that was started."""
        with self._lock:
            self._packed, self._with_main = pickle.dumps(function), False
            if self._worker is not None:
                send(self._worker, Turn(function=self._packed))

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._worker is not None:
            stop([self._worker])
            self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class IsolatedPool(Generic[Item, Result]):
    """So many `Isolated` of one function, for as many threads at a time."""

    def __init__(self, function: Callable[[Item], Result], *, workers: int, limit_s: float) -> None:
        threads = max(1, cpu_count() // workers)
        self._all = [Isolated(function, limit_s=limit_s, threads=threads) for _ in range(workers)]
        self._free: SimpleQueue[Isolated[Item, Result]] = SimpleQueue()
        for one in self._all:
            self._free.put(one)

    def __call__(self, item: Item) -> Result:
        """As `Isolated`; waits until one is free."""
        one = self._free.get()
        try:
            return one(item)
        finally:
            self._free.put(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._all:
            one.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded(Generic[Item, Result]):
    """`function` for a worker process that gives it no more than so much memory for each item."""

    function: Callable[[Item], Result]
    memory_bytes: int

    def __call__(self, item: Item) -> Result:
        """What function returns or raises; MemoryError."""
        with memory_limited(self.memory_bytes):
            return self.function(item)
