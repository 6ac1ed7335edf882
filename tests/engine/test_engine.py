"""The engine: every item answered once, whatever the items do to their process."""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from worldmap.engine import (
    Isolated,
    IsolatedPool,
    Outcome,
    TimeLimitError,
    WorkerDiedError,
    limit_memory,
    peak_memory_mb,
    run_each,
    run_overlapped,
)
from worldmap.engine.workers import _MEMORY_VARIABLES
from worldmap.errors import ModelError, PhotoError


@pytest.fixture(autouse=True)
def _workers_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldmap.engine.workers.get_context", multiprocessing.get_context)


def square_or_trouble(item: Any) -> Any:
    """What the tests send to workers: a number, or a way to go wrong."""
    if item == "raise":
        raise PhotoError("bad photo")
    if item == "unpicklable error":
        error = ValueError("odd")
        error.handle = lambda: None  # type: ignore[attr-defined]
        raise error
    if item == "unpicklable result":
        return lambda: None
    if item == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "exit":
        os._exit(7)
    if item == "system exit":
        raise SystemExit(3)
    return item * item


def environment_of_worker(_: int) -> tuple[int, dict[str, str]]:
    names = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "OPENCV_FOR_THREADS_NUM",
        "MALLOC_TRIM_THRESHOLD_",
        "MALLOC_MMAP_THRESHOLD_",
        "GLIBC_TUNABLES",
    )
    return os.getpid(), {name: os.environ.get(name, "") for name in names}


def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def collect(function: Any, items: list[Any], jobs: int) -> list[Outcome[Any, Any]]:
    outcomes: list[Outcome[Any, Any]] = []
    run_each(function, items, jobs=jobs, on_result=outcomes.append)
    return outcomes


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_item_is_answered_once(jobs: int) -> None:
    outcomes = collect(square_or_trouble, [3, "raise", 4, 5], jobs)
    assert sorted(o.value for o in outcomes if o.error is None) == [9, 16, 25]  # type: ignore[type-var]
    (failed,) = (o for o in outcomes if o.error is not None)
    assert failed.item == "raise"
    assert isinstance(failed.error, PhotoError)
    assert str(failed.error) == "bad photo"


def test_in_process_is_in_order() -> None:
    assert [o.value for o in collect(square_or_trouble, [1, 2, 3], 1)] == [1, 4, 9]


def for_ever(item: Any) -> Any:
    while item == "for ever":
        time.sleep(60.0)
    return item


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_item_that_takes_too_long_fails_alone(jobs: int) -> None:
    outcomes: list[Outcome[Any, Any]] = []
    items = [1, "for ever", 2, 3]
    run_each(for_ever, items, jobs=jobs, on_result=outcomes.append, limit_s=2.0)
    assert sorted(o.value for o in outcomes if o.error is None) == [1, 2, 3]  # type: ignore[type-var]
    (failed,) = (o for o in outcomes if o.error is not None)
    assert failed.item == "for ever"
    assert isinstance(failed.error, TimeLimitError)
    assert str(failed.error) == "it took longer than 2 s and was stopped"


def test_isolated_calls_survive_their_worker() -> None:
    with Isolated(square_or_trouble, limit_s=60.0) as isolated:
        assert isolated(3) == 9
        with pytest.raises(PhotoError, match="bad photo"):
            isolated("raise")
        with pytest.raises(WorkerDiedError, match="SIGKILL"):
            isolated("killed")
        assert isolated(4) == 16
    with Isolated(for_ever, limit_s=0.5) as isolated:
        with pytest.raises(TimeLimitError):
            isolated("for ever")
        assert isolated(5, limit_s=60.0) == 5


def reserve(mebibytes: int) -> int:
    limit_memory(256 << 20)
    return len(bytearray(mebibytes << 20))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux can be asked")
def test_a_worker_takes_no_more_memory_than_it_may() -> None:
    with Isolated(reserve, limit_s=60.0) as isolated:
        with pytest.raises(MemoryError):
            isolated(1024)
        assert isolated(16) == 16 << 20


def test_a_worker_that_dies_fails_its_item_only() -> None:
    items = [1, "killed", 2, "exit", 3, "system exit", 4, 5]
    outcomes = {o.item: o for o in collect(square_or_trouble, items, 2)}
    assert set(outcomes) == set(items)
    assert {i: outcomes[i].value for i in (1, 2, 3, 4, 5)} == {1: 1, 2: 4, 3: 9, 4: 16, 5: 25}
    for item, words in (("killed", "SIGKILL"), ("exit", "exit code 7"), ("system exit", "code 3")):
        error = outcomes[item].error
        assert isinstance(error, WorkerDiedError)
        assert words in str(error)


def test_what_does_not_pickle_is_said_in_words() -> None:
    outcomes = {
        o.item: o
        for o in collect(square_or_trouble, ["unpicklable error", "unpicklable result", 2], 2)
    }
    assert str(outcomes["unpicklable error"].error) == "ValueError: odd"
    assert "does not pickle" in str(outcomes["unpicklable result"].error)
    assert outcomes[2].value == 4


def test_a_worker_error_carries_its_traceback() -> None:
    (outcome, _) = sorted(
        collect(square_or_trouble, ["raise", 1], 2), key=lambda o: o.error is None
    )
    assert outcome.error is not None
    assert "in square_or_trouble" in "".join(outcome.error.__notes__)


def test_workers_share_the_processors_and_this_process_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "1000000")
    for name in (
        "OMP_NUM_THREADS",
        "OPENCV_FOR_THREADS_NUM",
        "MALLOC_TRIM_THRESHOLD_",
        "GLIBC_TUNABLES",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("worldmap.engine.workers.cpu_count", lambda: 4)
    outcomes = collect(environment_of_worker, [1, 2], 2)
    for outcome in outcomes:
        assert outcome.value is not None
        pid, environment = outcome.value
        assert pid != os.getpid()
        assert environment == {
            "OMP_NUM_THREADS": "2",
            "OPENBLAS_NUM_THREADS": "5",
            "OPENCV_FOR_THREADS_NUM": "2",
            "MALLOC_TRIM_THRESHOLD_": "536870912",
            "MALLOC_MMAP_THRESHOLD_": "1000000",
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        }
    assert "OMP_NUM_THREADS" not in os.environ


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_a_worker_keeps_the_memory_of_what_it_has_done() -> None:
    """Pages that 40 MB are given: all of them the first time, then hardly any."""
    script = (
        "import resource\n"
        "def pages():\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    b'.' * 40_000_000\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before\n"
        "first = pages(); print(first, pages())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **_MEMORY_VARIABLES},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    first, second = (int(pages) for pages in done.stdout.split())
    assert second < first / 20


def test_stops_when_the_listener_raises() -> None:
    """Workers are ended, not waited for: the last items would take a day."""

    def stop(_: Outcome[float, float]) -> None:
        raise KeyboardInterrupt

    # The process that decodes tiles stays from one test to the next.
    others = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        run_each(slow, [0.01, 86_400.0, 86_400.0], jobs=2, on_result=stop)
    assert set(multiprocessing.active_children()) <= others


def test_fewer_than_no_jobs_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        run_each(math.sqrt, [1.0], jobs=-1, on_result=lambda _: None)


def pid(_: int) -> int:
    return os.getpid()


def test_few_items_and_those_for_no_job_are_worked_here() -> None:
    pids: list[int | None] = []
    for jobs, least in ((0, 1), (2, 3), (2, 2)):
        run_each(pid, [1, 2], jobs=jobs, least=least, on_result=lambda o: pids.append(o.value))
    assert pids[:4] == [os.getpid()] * 4
    assert os.getpid() not in pids[4:]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_reaches_the_parent_only(tmp_path: Path) -> None:
    """SIGINT to the whole group, as a terminal sends it: one KeyboardInterrupt, no other noise."""
    script = tmp_path / "long_work.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, time
            from worldmap.engine import run_each

            def work(seconds):
                time.sleep(seconds)
                return seconds

            def tell(outcome):
                print("done", outcome.value, flush=True)

            if __name__ == "__main__":
                try:
                    run_each(work, [0.01, 86400, 86400, 86400], jobs=2, on_result=tell)
                except KeyboardInterrupt:
                    print("interrupted", flush=True)
                    sys.exit(130)
            """
        )
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "done 0.01\n"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=600)
    assert (process.returncode, out, err) == (130, "interrupted\n", "")


def test_overlapped_work_answers_each_item_once_and_reads_ahead() -> None:
    events: list[str] = []
    outcomes: list[Outcome[int, str]] = []

    def read(item: int) -> int:
        if item == 2:
            raise PhotoError("unreadable")
        events.append(f"read {item}")
        return item

    def together(items: list[int]) -> list[object]:
        # The reader is one group ahead: what comes next is read while this runs.
        deadline = time.monotonic() + 10
        while items[-1] < 6 and f"read {items[-1] + 1}" not in events:
            if items[-1] + 1 == 2 or time.monotonic() > deadline:
                break
            time.sleep(0.01)
        events.append(f"made {items}")
        return [PhotoError("no depth") if item == 4 else 10 * item for item in items]

    def finish(item: int, made: int) -> str:
        if item == 5:
            raise PhotoError("not stored")
        return f"{item} {made}"

    run_overlapped(
        [0, 1, 2, 3, 4, 5, 6],
        read=read,
        together=together,
        finish=finish,
        group_size=lambda: 1,
        on_result=outcomes.append,
    )
    assert {o.item: o.value for o in outcomes if o.error is None} == {
        0: "0 0",
        1: "1 10",
        3: "3 30",
        6: "6 60",
    }
    assert {o.item: str(o.error) for o in outcomes if o.error is not None} == {
        2: "unreadable",
        4: "no depth",
        5: "not stored",
    }
    assert len(outcomes) == 7
    assert events.index("read 1") < events.index("made [0]")
    assert events.index("read 4") < events.index("made [3]")


def test_overlapped_work_gives_groups_to_the_model() -> None:
    groups: list[list[int]] = []
    outcomes: list[Outcome[int, int]] = []

    def together(items: list[int]) -> list[int]:
        groups.append(items)
        return items

    run_overlapped(
        list(range(7)),
        read=lambda item: item,
        together=together,
        finish=lambda item, made: item + made,
        group_size=lambda: 3,
        on_result=outcomes.append,
    )
    assert groups == [[0, 1, 2], [3, 4, 5], [6]]
    assert sorted(o.value for o in outcomes if o.value is not None) == [0, 2, 4, 6, 8, 10, 12]


def test_overlapped_work_in_several_threads_keeps_its_order() -> None:
    started: list[int] = []
    both = threading.Barrier(2, timeout=30)

    def finish(item: int, made: int) -> int:
        started.append(item)
        if item in (0, 1):
            both.wait()  # neither ends before the other has begun
        return item + made

    outcomes: list[Outcome[int, int]] = []
    run_overlapped(
        list(range(9)),
        read=lambda item: item,
        together=lambda items: items,
        finish=finish,
        group_size=lambda: 2,
        on_result=outcomes.append,
        readers=2,
        finishers=2,
    )
    assert [o.item for o in outcomes] == list(range(9))
    assert [o.value for o in outcomes] == [2 * item for item in range(9)]
    assert sorted(started) == list(range(9))


def test_a_pool_of_processes_that_may_die() -> None:
    with (
        IsolatedPool(_dies_of_three, workers=2, limit_s=60.0) as pool,
        ThreadPoolExecutor(2) as threads,
    ):
        found = [threads.submit(pool, item) for item in range(6)]
        values = [None if f.exception() else f.result() for f in found]
        assert isinstance(found[3].exception(), WorkerDiedError)
    assert values == [0, 10, 20, None, 40, 50]


def _dies_of_three(item: int) -> int:
    if item == 3:
        os._exit(7)
    return 10 * item


def test_overlapped_work_stops_where_the_model_fails() -> None:
    def together(_: list[int]) -> list[object]:
        raise ModelError("no model")

    with pytest.raises(ModelError):
        run_overlapped(
            [1, 2, 3],
            read=lambda item: item,
            together=together,
            finish=lambda item, made: made,
            group_size=lambda: 1,
            on_result=lambda outcome: None,
        )


@pytest.mark.skipif(os.name == "nt", reason="the system does not tell")
def test_peak_memory_is_what_was_held_at_once() -> None:
    script = (
        "from worldmap.engine import peak_memory_mb\n"
        "before = peak_memory_mb()\n"
        "held = b'x' * 200_000_000\n"
        "del held\n"
        "print(before, peak_memory_mb())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    before, after = map(float, done.stdout.split())
    assert 5 < before < 200
    assert 150 < after - before < 260
    assert peak_memory_mb() > before
