"""Items over a cluster: each answered once, whatever becomes of its nodes. What a real cluster does
is tried in test_ray.py, where Ray is installed."""

from __future__ import annotations

import math
import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.small_cluster import RayError, RayTaskError, SmallCluster
from worldmap.engine import (
    Bounded,
    Needs,
    Outcome,
    TimeLimitError,
    WorkerDiedError,
    node,
    run_each,
    working_on,
)
from worldmap.engine.node import Fate, Task
from worldmap.engine.spread import TRIES, Spread
from worldmap.engine.workers import unpacked_outcome
from worldmap.errors import ClusterError, ExtraError, PhotoError, UsageError


def square(item: int) -> int:
    if item < 0:
        raise PhotoError("bad photo")
    return item * item


def spread(
    cluster: SmallCluster, items: list[int], function: Callable[[int], int] = square
) -> list[Outcome[int, int]]:
    return list(Spread(cluster, "ray", function, items, None).outcomes())


def test_each_item_is_answered_once_and_few_wait_at_the_nodes() -> None:
    cluster = SmallCluster(processors=3)
    outcomes = spread(cluster, [*range(50), -1])
    assert sorted(o.value for o in outcomes if o.value is not None) == [i * i for i in range(50)]
    (failed,) = (o for o in outcomes if o.error is not None)
    assert failed.item == -1
    assert isinstance(failed.error, PhotoError)
    assert cluster.at_once == 6


@given(st.lists(st.integers(0, 2 * TRIES), min_size=1, max_size=12), st.integers(1, 4))
def test_what_is_lost_is_begun_again_three_times_in_all(losses: list[int], processors: int) -> None:
    """Whatever else is lost: only an item's own losses count."""
    cluster = SmallCluster(
        processors=processors,
        becomes=lambda item, tried: (
            (Fate.DIED if item % 2 else RayError("gone")) if tried <= losses[item] else None
        ),
    )
    outcomes = {o.item: o for o in spread(cluster, list(range(len(losses))))}
    assert set(outcomes) == set(range(len(losses)))
    for item, lost in enumerate(losses):
        assert cluster.tried[item] == min(lost + 1, TRIES)
        if lost < TRIES:
            assert outcomes[item].value == item * item
        else:
            assert isinstance(outcomes[item].error, WorkerDiedError)
            assert str(outcomes[item].error).endswith(f"{TRIES} times")


def test_an_item_takes_a_processor_and_the_memory_of_a_photo() -> None:
    small = SmallCluster(processors=2)
    spread(small, [1])
    taken = {"num_cpus": 1, "num_gpus": 0, "memory": 2 * 1024**3}
    assert taken.items() <= small.asked.items()
    assert small.asked["max_retries"] == 0


def test_a_network_takes_a_gpu_or_else_a_whole_machine() -> None:
    """No two networks share a machine's processors, nor a GPU."""

    def asked(others: list[dict[str, float]]) -> tuple[SmallCluster, dict[str, object]]:
        cluster = SmallCluster(processors=4, others=others)
        run = Spread(cluster, "ray", square, list(range(40)), None, Needs.NETWORK)
        assert len(list(run.outcomes())) == 40
        return cluster, cluster.asked

    cluster, taken = asked([{"CPU": 8.0, "GPU": 2.0, "memory": 1e10}])
    assert (taken["num_cpus"], taken["num_gpus"]) == (1, 1)
    assert cluster.at_once == 4
    cluster, taken = asked([{"CPU": 8.0, "memory": 1e10}, {"CPU": 8.0, "memory": 1e10}])
    assert (taken["num_cpus"], taken["num_gpus"]) == (8, 0)
    assert cluster.at_once == 4


def test_what_takes_too_long_is_not_begun_again() -> None:
    cluster = SmallCluster(
        processors=2, becomes=lambda item, tried: Fate.LATE if item == 1 else None
    )
    outcomes = {o.item: o for o in spread(cluster, [0, 1, 2])}
    assert isinstance(outcomes[1].error, TimeLimitError)
    assert cluster.tried[1] == 1
    assert outcomes[2].value == 4


@pytest.mark.parametrize("fate", [Fate.UNFIT, RayTaskError("No module named 'worldmap'")])
def test_a_node_that_is_none_for_it_stops_the_work(fate: object) -> None:
    """A photo is not to blame for it, and all the others would fail there too."""
    cluster = SmallCluster(processors=2, becomes=lambda item, tried: fate if item == 3 else None)
    with pytest.raises(ClusterError, match=r"unfit at a node|No module named"):
        spread(cluster, list(range(10)))


def test_one_that_hangs_while_others_idle_is_begun_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first answer counts, and what still hangs is stopped."""
    now_s = [0.0]

    def later() -> float:
        now_s[0] += 0.5
        return now_s[0]

    monkeypatch.setattr("worldmap.engine.spread.time.monotonic", later)
    cluster = SmallCluster(processors=4)
    hung: list[int] = []

    def becomes(item: int, tried: int) -> object:
        copies = [n for n, task in cluster._running.items() if pickle.loads(task.item) == item]
        hung[:] = copies
        return "hangs" if item == 11 and len(copies) < 2 else None

    cluster.becomes = becomes
    run = Spread(cluster, "ray", square, list(range(12)), None)
    outcomes = list(run.outcomes())
    assert sorted(o.item for o in outcomes) == list(range(12))
    assert cluster.tried[11] == 1
    run.cancel()
    assert len(cluster.cancelled) == 1


def test_what_stops_the_work_stops_what_runs() -> None:
    cluster = SmallCluster(processors=2)
    run = Spread(cluster, "ray", square, list(range(9)), None)
    for _ in zip(range(3), run.outcomes(), strict=False):
        pass
    run.cancel()
    assert len(cluster.cancelled) == 3  # as many as two processors hold, without the one told


def ways_to_end(item: str) -> Any:
    if item == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "for ever":
        time.sleep(86_400.0)
    if item == "where":
        return str(Path.cwd())
    if item == "raise":
        raise PhotoError("bad photo")
    return os.getpid()


def at_node(
    item: str, home: Path, function: Callable[[str], Any] = ways_to_end, **other: Any
) -> node.Answer:
    told: dict[str, Any] = {
        "job": "one",
        "limit_s": None,
        "threads": 1,
        "needs": Needs.PROCESSOR,
        "software": node.software(),
    } | other
    return node.work(pickle.dumps(function), Task(item=pickle.dumps(item), home=str(home), **told))


@pytest.fixture
def _at_a_node(monkeypatch: pytest.MonkeyPatch) -> Any:
    """This process keeps its folder, and the process below it ends with the test."""
    monkeypatch.chdir(Path.cwd())
    yield
    node.close()


@pytest.mark.usefixtures("_at_a_node")
def test_a_node_says_how_an_item_ended(tmp_path: Path) -> None:
    first = at_node("pid", tmp_path)
    assert (
        unpacked_outcome("pid", first.packed).value
        == unpacked_outcome("pid", at_node("pid", tmp_path).packed).value
    )
    assert unpacked_outcome("pid", first.packed).value != os.getpid()
    assert unpacked_outcome("where", at_node("where", tmp_path).packed).value == str(tmp_path)
    assert str(unpacked_outcome("raise", at_node("raise", tmp_path).packed).error) == "bad photo"
    died = at_node("killed", tmp_path)
    assert died.fate is Fate.DIED
    assert "SIGKILL" in died.words
    late = at_node("for ever", tmp_path, job="another", limit_s=0.5)
    assert late.fate is Fate.LATE


def another_way(item: str) -> Any:
    return os.getpid(), memory_limit()


def memory_limit() -> tuple[int, int]:
    import resource

    return resource.getrlimit(resource.RLIMIT_DATA)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory only there")
@pytest.mark.usefixtures("_at_a_node")
def test_a_node_goes_from_one_function_to_the_next_in_one_process(tmp_path: Path) -> None:
    def told(answer: node.Answer) -> Any:
        return unpacked_outcome("", answer.packed).value

    narrow = Bounded(function=ways_to_end, memory_bytes=1 << 30)
    first = told(at_node("pid", tmp_path, narrow))
    # What the first one bounded is its own.
    again, free = told(at_node("", tmp_path, another_way, job="another"))
    assert (again, free) == (first, memory_limit())
    # What died has the function of its time.
    assert at_node("killed", tmp_path, job="third").fate is Fate.DIED
    third = told(at_node("pid", tmp_path, job="third"))
    assert third != first
    others: list[dict[str, Any]] = [
        {"threads": 2}, {"needs": Needs.NETWORK}, {"home": tmp_path.parent}
    ]  # fmt: skip
    for number, other in enumerate(others):
        asked: dict[str, Any] = {"home": tmp_path, "job": f"of its own {number}"} | other
        assert told(at_node("pid", asked.pop("home"), **asked)) != third
        assert len(node._below) == 1


@pytest.mark.usefixtures("_at_a_node")
def test_a_node_with_other_software_or_files_begins_nothing(tmp_path: Path) -> None:
    other = at_node("pid", tmp_path, software="worldmap 0.0.1 on Python 3.8.0")
    assert other.fate is Fate.UNFIT
    assert "worldmap 0.0.1" in other.words
    packed = pickle.dumps(ways_to_end, 0).replace(b"ways_to_end", b"no_such_way")
    task = Task(
        job="two", item=pickle.dumps(1), limit_s=None, threads=1, home=str(tmp_path),
        needs=Needs.PROCESSOR, software=node.software(),
    )  # fmt: skip
    missing = node.work(packed, task)
    assert missing.fate is Fate.UNFIT
    assert "no_such_way" in missing.words
    unseen = at_node("pid", tmp_path / "not here")
    assert unseen.fate is Fate.UNFIT
    assert "does not see" in unseen.words
    assert str(tmp_path / "gone") in node.unseen([str(tmp_path), str(tmp_path / "gone")])


def test_where_nobody_listens_ray_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**_: object) -> None:
        raise AssertionError("Ray would try for minutes")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    for name in ("ray", f"ray://127.0.0.1:{port}"):
        with pytest.raises(ClusterError, match=f"{name}: no Ray cluster answers"), working_on(name):
            pass


def test_engines_are_named_and_need_their_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("ray", "ray://head:10001"):
        with pytest.raises(ExtraError, match=r"worldmap\[cluster\]"), working_on(name):
            pass
    for name in ("spark", "ray://", "ray:/host"):
        with pytest.raises(UsageError, match="local, ray or ray://HOST"), working_on(name):
            pass
    told: list[Any] = []
    for here in (None, "", "local"):
        with working_on(here):
            run_each(math.sqrt, [4.0], jobs=1, on_result=lambda o: told.append(o.value))
    assert told == [2.0, 2.0, 2.0]
