"""Which engine a command's work goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from worldmap.engine.outcome import Engine, InProcess, Item, Needs, Outcome, Result
from worldmap.engine.workers import Workers
from worldmap.errors import UsageError

if TYPE_CHECKING:
    from worldmap.engine.cluster import Cluster

_LOCAL = "local"
_cluster: ContextVar[Cluster | None] = ContextVar("_cluster", default=None)


@contextmanager
def working_on(name: str | None) -> Iterator[None]:
    """Inside, `run_each` goes to that engine: `local` (and None), this machine; `ray`, the cluster
    that this machine belongs to; `ray://HOST[:PORT]`, one that is reached there. UsageError for
    another name, ExtraError without Ray, ClusterError where no cluster answers."""
    if name in (None, "", _LOCAL):
        yield
        return
    from worldmap.engine.cluster import CLIENT, RAY, Cluster

    if name != RAY and not (name.startswith(CLIENT) and len(name) > len(CLIENT)):
        raise UsageError(f"--engine must be local, ray or ray://HOST, got {name}")
    with Cluster(name) as cluster:
        before = _cluster.set(cluster)
        try:
            yield
        finally:
            _cluster.reset(before)


@contextmanager
def working_here() -> Iterator[None]:
    """Inside, `run_each` goes to this machine, whatever the command's work goes to: for what others
    do not see."""
    before = _cluster.set(None)
    try:
        yield
    finally:
        _cluster.reset(before)


def require_shared(folder: Path | None, paths: Iterable[Path] = ()) -> None:
    """ClusterError where work goes to machines that do not see what is written into this folder,
    where there is one, and these paths."""
    if (cluster := _cluster.get()) is not None:
        cluster.require_shared(folder, paths)


def is_spread() -> bool:
    """Whether work goes to a cluster."""
    return _cluster.get() is not None


def run_each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    jobs: int,
    on_result: Callable[[Outcome[Item, Result]], None],
    limit_s: float | None = None,
    least: int = 1,
    needs: Needs = Needs.PROCESSOR,
) -> None:
    """Call `function` on every item; `on_result` gets each outcome, as they come, in this process.

    Where `working_on` a cluster, there, over all that it has. Else jobs = 1 without limit_s runs
    here, in order, and otherwise that many worker processes run (`Workers`). Fewer items than
    `least` are not worth it and are worked here, as jobs = 0 asks. needs: of a cluster's machines.
    What `function` raises (Exception) fails its item only. Anything that `on_result` raises, and
    KeyboardInterrupt, stops the work, then it goes on. ValueError for jobs < 0.
    """
    if jobs < 0:
        raise ValueError(f"jobs must be at least 0, got {jobs}")
    if items:
        chosen = _engine(jobs, len(items) < least, limited=limit_s is not None)
        chosen.run_each(function, items, on_result=on_result, limit_s=limit_s, needs=needs)


def _engine(jobs: int, few: bool, *, limited: bool) -> Engine:
    if jobs == 0 or few:
        return InProcess()
    cluster = _cluster.get()
    if cluster is not None:
        return cluster
    return Workers(jobs=jobs) if jobs > 1 or limited else InProcess()
