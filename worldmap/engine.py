"""Where per-item work runs: in this process, or over worker processes that may die alone.

A cluster engine would offer the same `run_each`.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import connection, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import Any, Generic, Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Read = TypeVar("Read")

# What the numerical libraries read when they are imported, so the engine needs none of them.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
_STOP_S = 5.0
_TAKEN_UP = b""  # what a worker says when it begins with an item
_WORKER_MEMORY_BYTES = 2 * 1024**3  # a photo of 12 megapixels at its peak, with room


class WorkerDiedError(Exception):
    """A worker process ended without an answer: a crash in native code, or out of memory."""


class TimeLimitError(WorkerDiedError):
    """A worker process was ended because its item took longer than an item may."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: `value` where `error` is None."""

    item: Item
    value: Result | None
    error: Exception | None


def cpu_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_jobs() -> int:
    """As many workers as there are processors, and no more than memory bears."""
    jobs = cpu_count()
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        jobs = min(jobs, memory_bytes // _WORKER_MEMORY_BYTES)
    return max(1, jobs)


def peak_memory_mb() -> float:
    """The highest memory so far of this process or of a worker that ended; NaN where the system
    does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    own = _own_peak_kib()
    if own is None:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit / 1e6


def _own_peak_kib() -> int | None:
    """What Linux says of this program alone; its ru_maxrss is also that of the process that
    started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
    return int(line.split()[1]) if line else None


def run_each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int,
    on_result: Callable[[Outcome[Item, Result]], None],
    limit_s: float | None = None,
) -> None:
    """Call `function` on every item; `on_result` gets each outcome, as they come, in this process.

    jobs = 1 without limit_s runs here, in order. Else that many worker processes run, each with its
    share of the processors for its threads; function, items and results must pickle. What
    `function` raises (Exception) fails its item only, and so does a worker that dies, or is ended
    because an item took longer than limit_s: it is replaced. Anything that `on_result` raises, and
    KeyboardInterrupt, stops the work: workers are ended, then it goes on. ValueError for jobs < 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    if (jobs == 1 and limit_s is None) or not items:
        for item in items:
            on_result(_call(function, item))
        return
    _run_in_workers(function, items, min(jobs, len(items)), on_result, limit_s)


def _call(function: Callable[[Item], Result], item: Item) -> Outcome[Item, Result]:
    try:
        return Outcome(item=item, value=function(item), error=None)
    except Exception as error:
        return Outcome(item=item, value=None, error=error)


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    connection: Connection
    index: int | None = None  # of the item it works on
    started_s: float | None = None  # when it took the item up, having come to life before


def _run_in_workers(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int,
    on_result: Callable[[Outcome[Item, Result]], None],
    limit_s: float | None,
) -> None:
    context = get_context("spawn")
    packed = pickle.dumps(function)
    threads = max(1, cpu_count() // jobs)
    waiting = iter(range(len(items)))
    workers: list[_Worker] = []

    def next_for(worker: _Worker) -> None:
        worker.index = next(waiting, None)
        if worker.index is None:
            worker.connection.close()
        else:
            _send(worker, items[worker.index])

    try:
        for _ in range(jobs):
            worker = _start(context, packed, threads)
            workers.append(worker)
            next_for(worker)
        while busy := {w.connection: w for w in workers if w.index is not None}:
            ready = connection.wait(list(busy), _patience_s(busy.values(), limit_s))
            for worker in busy.values():
                assert worker.index is not None
                outcome = _answer(worker, items[worker.index], limit_s, worker.connection in ready)
                if outcome is None:
                    continue
                if isinstance(outcome.error, WorkerDiedError):
                    workers.remove(worker)
                    worker.connection.close()
                    worker = _start(context, packed, threads)
                    workers.append(worker)
                next_for(worker)
                on_result(outcome)
    finally:
        _stop(workers)


def _send(worker: _Worker, item: Any) -> None:
    worker.started_s = None
    # A worker that has just died shows when it is listened to.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        worker.connection.send_bytes(pickle.dumps(item))


def _patience_s(busy: Iterable[_Worker], limit_s: float | None) -> float | None:
    """How long to wait until the first of these workers has had its time; None: for ever."""
    if limit_s is None:
        return None
    now_s = time.monotonic()
    left = [w.started_s + limit_s - now_s for w in busy if w.started_s is not None]
    return max(0.0, min(left)) if left else None


def _answer(
    worker: _Worker, item: Any, limit_s: float | None, has_spoken: bool
) -> Outcome[Any, Any] | None:
    """What became of the item; None where it takes its time yet. A worker whose time is up is
    ended."""
    if not has_spoken:
        late = (
            limit_s is not None
            and worker.started_s is not None
            and time.monotonic() - worker.started_s >= limit_s
        )
        if not late:
            return None
        worker.process.kill()  # in native code it would not hear a gentler word
        worker.process.join(_STOP_S)
        stopped = TimeLimitError(f"it took longer than {limit_s:g} s and was stopped")
        return Outcome(item=item, value=None, error=stopped)
    try:
        answer = worker.connection.recv_bytes()
    except (EOFError, OSError):
        worker.process.join(_STOP_S)
        return Outcome(item=item, value=None, error=WorkerDiedError(_last_words(worker.process)))
    if answer == _TAKEN_UP:
        worker.started_s = time.monotonic()
        return None
    try:
        value, error = pickle.loads(answer)
    except Exception as problem:
        value, error = None, RuntimeError(f"the worker's answer cannot be read: {problem}")
    return Outcome(item=item, value=value, error=error)


def _last_words(process: SpawnProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the worker process was ended by {name}{hint}"
    return f"the worker process ended by itself with exit code {code}"


def _stop(workers: list[_Worker]) -> None:
    for worker in workers:
        if worker.index is not None and worker.process.is_alive():
            worker.process.terminate()
        worker.connection.close()
    for worker in workers:
        worker.process.join(_STOP_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.process.close()


def _start(context: SpawnContext, packed: bytes, threads: int) -> _Worker:
    # Else the start below would run it, and it unblocks the signals that are blocked there.
    resource_tracker.ensure_running()
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, packed), daemon=True)
    variables = {name: str(threads) for name in _THREAD_VARIABLES}
    # A function of the script itself is found by running the script; none of ours is.
    main = contextlib.nullcontext() if b"__main__" in packed else _main_unseen()
    with _interrupts_held(), _environment(variables), main:
        process.start()
    theirs.close()
    return _Worker(process=process, connection=ours)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C is for the parent: a child started meanwhile inherits the blocked signal."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set what the user has not set, for a child that starts meanwhile."""
    added = [name for name in variables if name not in os.environ]
    os.environ.update({name: variables[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextlib.contextmanager
def _main_unseen() -> Iterator[None]:
    """A worker needs nothing of the script that was started; it would run it once more, and a
    script that calls us without asking for `__main__` would start workers without end."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _work(conn: Connection, packed: bytes) -> None:
    """A worker's life: items in, answers out, until the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As an exception, so that a half-written temporary file is removed on the way out.
    signal.signal(signal.SIGTERM, _exit_on_signal)
    function = pickle.loads(packed)
    while True:
        try:
            item = pickle.loads(conn.recv_bytes())
        except EOFError:
            return
        try:
            conn.send_bytes(_TAKEN_UP)
            conn.send_bytes(_pack(_call(function, item)))
        except (BrokenPipeError, ConnectionResetError):
            return


class Isolated(Generic[Item, Result]):
    """`function`, called in a worker process that may die, or take longer than limit_s, without
    harm to this one: for what strangers' files do to native code.

    The worker is started with the first call, and anew after it died. May be called from several
    threads, one after the other. function, items and results must pickle.
    """

    def __init__(
        self, function: Callable[[Item], Result], *, limit_s: float, threads: int | None = None
    ) -> None:
        self._packed = pickle.dumps(function)
        self._threads = threads or cpu_count()
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

    def __call__(self, item: Item, limit_s: float | None = None) -> Result:
        """What function returns or raises; WorkerDiedError, TimeLimitError. limit_s: for this item
        instead of the usual one."""
        limit_s = self._limit_s if limit_s is None else limit_s
        with self._lock:
            if self._worker is None:
                self._worker = _start(get_context("spawn"), self._packed, self._threads)
            worker = self._worker
            worker.index = 0
            outcome: Outcome[Any, Any] | None = None
            try:
                _send(worker, item)
                while outcome is None:
                    patience_s = _patience_s([worker], limit_s)
                    spoken = worker.connection.poll(patience_s)
                    outcome = _answer(worker, item, limit_s, spoken)
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

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._worker is not None:
            _stop([self._worker])
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
        limit_memory(self.memory_bytes)
        return self.function(item)


def limit_memory(more_bytes: int) -> None:
    """Let this process take no more than so much memory besides what it has: what asks for more
    gets a MemoryError, or ends a worker whose libraries know no other way. Only on Linux."""
    try:
        import resource

        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except (ImportError, OSError):
        return
    line = next((line for line in status.splitlines() if line.startswith("VmData:")), None)
    if line is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = int(line.split()[1]) * 1024 + more_bytes
        resource.setrlimit(
            resource.RLIMIT_DATA,
            (limit if most == resource.RLIM_INFINITY else min(limit, most), most),
        )


def _exit_on_signal(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _pack(outcome: Outcome[Any, Any]) -> bytes:
    """The answer as bytes. The traceback of an error, which does not pickle, goes along as a note;
    an error that does not come back whole is replaced by one that says the same."""
    error = outcome.error
    if error is not None:
        error.add_note("".join(traceback.format_exception(error)))
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            replacement = RuntimeError(f"{type(error).__name__}: {error}")
            for note in error.__notes__:
                replacement.add_note(note)
            error = replacement
    try:
        return pickle.dumps((outcome.value, error))
    except Exception as problem:
        return pickle.dumps((None, RuntimeError(f"the result does not pickle: {problem}")))


def run_overlapped(
    items: Sequence[Item],
    *,
    read: Callable[[Item], Read],
    together: Callable[[list[Read]], Sequence[object]],
    finish: Callable[[Read, Any], Result],
    group_size: Callable[[], int],
    on_result: Callable[[Outcome[Item, Result]], None],
    readers: int = 1,
    finishers: int = 1,
) -> None:
    """Work whose middle part one model in this process does for several items at once.

    While `together` works here, the next items are read and the last ones finished, in so many
    threads. What `read` or `finish` raises (Exception), or `together` gives as an
    error, fails its item only; what `together` or `on_result` raises stops the work. on_result is
    called here, as results come.
    """
    with ThreadPoolExecutor(readers) as reader, ThreadPoolExecutor(finishers) as finisher:
        waiting = deque(items)
        reading: deque[tuple[Item, Future[Read]]] = deque()
        finishing: deque[tuple[Item, Future[Result] | Exception]] = deque()

        def report(limit: int) -> None:
            # Finished items hold their results: what is done is told at once, what is not waits.
            while finishing:
                item, made = finishing[0]
                if isinstance(made, Future) and not made.done() and len(finishing) <= limit:
                    return
                finishing.popleft()
                error = made if isinstance(made, Exception) else made.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error  # KeyboardInterrupt and its like
                value = made.result() if isinstance(made, Future) and error is None else None
                on_result(Outcome(item=item, value=value, error=error))

        try:
            while waiting or reading:
                size = max(1, group_size())
                while waiting and len(reading) < 2 * size + readers - 1:
                    item = waiting.popleft()
                    reading.append((item, reader.submit(read, item)))
                group: list[tuple[Item, Read]] = []
                for item, future in [reading.popleft() for _ in range(min(size, len(reading)))]:
                    try:
                        group.append((item, future.result()))
                    except Exception as error:
                        finishing.append((item, error))
                made = together([content for _, content in group]) if group else []
                for (item, content), one in zip(group, made, strict=True):
                    finishing.append(
                        (item, one)
                        if isinstance(one, Exception)
                        else (item, finisher.submit(finish, content, one))
                    )
                report(2 * size + finishers - 1)
            report(0)
        finally:
            for _, future in reading:
                future.cancel()
