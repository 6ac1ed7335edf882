"""Over worker processes of this machine that may die alone."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import ModuleType
from typing import Any

from worldmap.engine.machine import WORKER_MEMORY_BYTES, cpu_count
from worldmap.engine.outcome import (
    Item,
    Needs,
    Outcome,
    Result,
    TimeLimitError,
    WorkerDiedError,
    call,
)

# What the numerical libraries read when they are imported, so the engine needs none of them.
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
# What glibc's allocator reads when a process starts. By itself it gives arrays back to the system
# after each step and gets them again page by page for the next one, which took an eighth of the
# processor time of a photo of 12 megapixels. A worker keeps so much that is free; a single array of
# a quarter of that goes back at once.
_KEPT_BYTES = WORKER_MEMORY_BYTES // 4
_MEMORY_VARIABLES = {
    "MALLOC_TRIM_THRESHOLD_": str(_KEPT_BYTES),
    "MALLOC_MMAP_THRESHOLD_": str(_KEPT_BYTES // 4),
    # Pages of two megabytes where the system has them to give: what walks through arrays looks
    # up fewer, three per cent of the processor time of such a photo.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_STOP_S = 5.0
_TAKEN_UP = b""  # what a worker says when it begins with an item


@dataclass(slots=True, eq=False)
class Worker:
    """A worker process and what it is at."""

    process: SpawnProcess
    connection: Connection
    index: int | None = None  # of the item it works on
    started_s: float | None = None  # when it took the item up, having come to life before


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a worker may get in place of an item: the pickled function for all that follow."""

    function: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """So many worker processes, each with its share of the processors for its threads; function,
    items and results must pickle. A worker that dies, or is ended because an item took longer than
    limit_s, fails its item only: it is replaced. Whatever stops the work ends the workers."""

    jobs: int

    def run_each(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        on_result: Callable[[Outcome[Item, Result]], None],
        limit_s: float | None = None,
        needs: Needs = Needs.PROCESSOR,
    ) -> None:
        """See `Engine`."""
        jobs = min(self.jobs, len(items))
        packed = pickle.dumps(function)
        threads = max(1, cpu_count() // max(jobs, 1))
        with_main = b"__main__" in packed
        waiting = iter(range(len(items)))
        workers: list[Worker] = []

        def next_for(worker: Worker) -> None:
            worker.index = next(waiting, None)
            if worker.index is None:
                worker.connection.close()
            else:
                send(worker, items[worker.index])

        try:
            for _ in range(jobs):
                worker = start(packed, threads, with_main=with_main)
                workers.append(worker)
                next_for(worker)
            while busy := {w.connection: w for w in workers if w.index is not None}:
                ready = connection.wait(list(busy), time_left_s(busy.values(), limit_s))
                for worker in busy.values():
                    assert worker.index is not None
                    outcome = answer(
                        worker, items[worker.index], limit_s, worker.connection in ready
                    )
                    if outcome is None:
                        continue
                    if isinstance(outcome.error, WorkerDiedError):
                        workers.remove(worker)
                        worker.connection.close()
                        worker = start(packed, threads, with_main=with_main)
                        workers.append(worker)
                    next_for(worker)
                    on_result(outcome)
        finally:
            stop(workers)


def send(worker: Worker, item: Any) -> None:
    """Give the worker its next item."""
    worker.started_s = None
    # A worker that has just died shows when it is listened to.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        worker.connection.send_bytes(pickle.dumps(item))


def time_left_s(busy: Iterable[Worker], limit_s: float | None) -> float | None:
    """How long to wait until the first of these workers has had its time; None: for ever."""
    if limit_s is None:
        return None
    now_s = time.monotonic()
    left = [w.started_s + limit_s - now_s for w in busy if w.started_s is not None]
    return max(0.0, min(left)) if left else None


def answer(
    worker: Worker, item: Any, limit_s: float | None, has_spoken: bool
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
        spoken = worker.connection.recv_bytes()
    except (EOFError, OSError):
        worker.process.join(_STOP_S)
        return Outcome(item=item, value=None, error=WorkerDiedError(_last_words(worker.process)))
    if spoken == _TAKEN_UP:
        worker.started_s = time.monotonic()
        return None
    return unpacked_outcome(item, spoken)


def _last_words(process: SpawnProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"the worker process was ended by {name}{hint}"
    return f"the worker process ended by itself with exit code {code}"


def stop(workers: list[Worker]) -> None:
    """End them, whatever they are at."""
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


def start(packed: bytes, threads: int, *, with_main: bool) -> Worker:
    """A worker process for a pickled function, with so many threads for its libraries. with_main: a
    function of the script itself is found by running the script; none of ours is."""
    context = get_context("spawn")
    # Else the start below would run it, and it unblocks the signals that are blocked there.
    resource_tracker.ensure_running()
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, packed), daemon=True)
    variables = {name: str(threads) for name in _THREAD_VARIABLES} | _MEMORY_VARIABLES
    main = contextlib.nullcontext() if with_main else _main_unseen()
    with _interrupts_held(), _environment(variables), main:
        process.start()
    theirs.close()
    return Worker(process=process, connection=ours)


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
        if isinstance(item, Turn):
            function = pickle.loads(item.function)
            continue
        try:
            conn.send_bytes(_TAKEN_UP)
            conn.send_bytes(pack(call(function, item)))
        except (BrokenPipeError, ConnectionResetError):
            return


def _exit_on_signal(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def pack(outcome: Outcome[Any, Any]) -> bytes:
    """An answer as bytes. The traceback of an error, which does not pickle, goes along as a note;
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


def unpacked_outcome(item: Item, packed: bytes) -> Outcome[Item, Any]:
    """What `pack` made bytes of."""
    try:
        value, error = pickle.loads(packed)
    except Exception as problem:
        value, error = None, RuntimeError(f"the worker's answer cannot be read: {problem}")
    return Outcome(item=item, value=value, error=error)
