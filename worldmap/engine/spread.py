"""The items of one function over a Ray cluster: sent, waited for, begun again where lost."""

from __future__ import annotations

import contextlib
import pickle
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic
from uuid import uuid4

from worldmap.engine import node
from worldmap.engine.machine import WORKER_MEMORY_BYTES
from worldmap.engine.node import Answer, Fate, Task
from worldmap.engine.outcome import Item, Needs, Outcome, Result, TimeLimitError, WorkerDiedError
from worldmap.engine.workers import unpacked_outcome
from worldmap.errors import ClusterError

TRIES: Final = 3
"""How often an item is begun before nothing coming back is its own fault. That three nodes are
lost, by chance, each while it has the same one of many items, is not to be expected."""
_LOOK_S: Final = 1.0
# A second try takes processors that are idle, so it may come early; not before it is likelier that
# the first hangs than that it is a large item. Half as many are then told from the others.
_STRAGGLES: Final = 4.0
_TOLD_FROM: Final = 8
_STOP_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """How many items the nodes have room for, and what each takes."""

    slots: int = 1
    processors: int = 1
    gpus: int = 0
    memory_bytes: int = 0

    @classmethod
    def of(cls, nodes: Sequence[Mapping[str, float]], needs: Needs) -> _Room:
        """nodes: what each has. A node takes no more items than its memory bears; the largest takes
        at least one."""

        def largest(what: str) -> float:
            return max((node.get(what, 0.0) for node in nodes), default=0.0)

        memory = int(min(WORKER_MEMORY_BYTES, largest("memory")))
        gpus = int(sum(node.get("GPU", 0.0) for node in nodes))
        if needs is Needs.NETWORK and gpus:
            return cls(slots=gpus, gpus=1, memory_bytes=memory)
        processors = 1 if needs is Needs.PROCESSOR else max(1, int(largest("CPU")))
        slots = sum(int(node.get("CPU", 0.0)) // processors for node in nodes)
        return cls(slots=max(1, slots), processors=processors, memory_bytes=memory)


class Spread(Generic[Item, Result]):
    """One call of run_each over the cluster that the module `ray` is connected to; name: what the
    user calls it."""

    def __init__(
        self,
        ray: Any,
        name: str,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        limit_s: float | None,
        needs: Needs = Needs.PROCESSOR,
    ) -> None:
        self._needs = needs
        self._ray, self._name, self._items, self._limit_s = ray, name, items, limit_s
        self._job, self._home, self._software = uuid4().hex, str(Path.cwd()), node.software()
        self._function = ray.put(pickle.dumps(function))
        self._remote = ray.remote(node.work)
        self._waiting = deque(range(len(items)))
        self._running: dict[Any, tuple[int, float]] = {}  # item, when it was sent
        self._lost: Counter[int] = Counter()
        self._left = set(range(len(items)))
        self._took_s: deque[float] = deque(maxlen=1000)
        self._room, self._looked_s = _Room(), float("-inf")

    def outcomes(self) -> Iterator[Outcome[Item, Result]]:
        """Each item's, as they come. ClusterError where a node is none for them."""
        while self._left:
            self._look()
            # As many again wait at the nodes, so that none of these waits for us.
            while self._waiting and len(self._running) < 2 * self._room.slots:
                self._send(self._waiting.popleft())
            self._send_stragglers()
            ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=_LOOK_S)
            for sent in ready:
                index, since_s = self._running.pop(sent)
                if index not in self._left:
                    continue  # a straggler's other try
                outcome = self._outcome(index, self._heard(sent))
                if outcome is not None:
                    self._left.discard(index)
                    self._took_s.append(time.monotonic() - since_s)
                    yield outcome

    def cancel(self) -> None:
        """Stop what still runs."""
        for sent in self._running:
            with contextlib.suppress(Exception):
                self._ray.cancel(sent)
        if self._running:
            with contextlib.suppress(Exception):
                self._ray.wait(list(self._running), num_returns=len(self._running), timeout=_STOP_S)

    def _look(self) -> None:
        """Which nodes are there now."""
        if time.monotonic() - self._looked_s < _LOOK_S:
            return
        there = [each["Resources"] for each in self._ray.nodes() if each["Alive"]]
        self._room = _Room.of(there, self._needs)
        self._looked_s = time.monotonic()

    def _send(self, index: int) -> None:
        task = Task(
            job=self._job,
            item=pickle.dumps(self._items[index]),
            limit_s=self._limit_s,
            threads=self._room.processors,
            needs=self._needs,
            home=self._home,
            software=self._software,
        )
        # Lost items are counted here. Spread: a node that loses all it gets is not given all.
        remote = self._remote.options(
            num_cpus=self._room.processors,
            num_gpus=self._room.gpus,
            memory=self._room.memory_bytes,
            max_retries=0,
            scheduling_strategy="SPREAD",
        )
        self._running[remote.remote(self._function, task)] = (index, time.monotonic())

    def _send_stragglers(self) -> None:
        if (
            self._waiting
            or len(self._running) >= self._room.slots
            or len(self._took_s) < _TOLD_FROM
        ):
            return
        late_s = max(_LOOK_S, _STRAGGLES * statistics.median(self._took_s))
        tries = Counter(index for index, _ in self._running.values())
        for index, since_s in list(self._running.values()):
            is_late = time.monotonic() - since_s > late_s
            if is_late and tries[index] == 1 and len(self._running) < self._room.slots:
                self._send(index)

    def _heard(self, sent: Any) -> Answer:
        problems = self._ray.exceptions
        try:
            answer: Answer = self._ray.get(sent)
        except problems.RayTaskError as error:
            raise ClusterError(f"{self._name}: {_last_line(error)}") from error
        except problems.RayError as error:
            kind = type(error).__name__.removesuffix("Error")
            return Answer(fate=Fate.DIED, words=f"its node was lost ({kind})")
        return answer

    def _outcome(self, index: int, answer: Answer) -> Outcome[Item, Result] | None:
        """None where the item is begun again."""
        item = self._items[index]
        if answer.fate is Fate.UNFIT:
            raise ClusterError(f"{self._name}: {answer.words}")
        if answer.fate is Fate.DONE:
            return unpacked_outcome(item, answer.packed)
        if answer.fate is Fate.LATE:
            return Outcome(item=item, value=None, error=TimeLimitError(answer.words))
        self._lost[index] += 1
        if self._lost[index] < TRIES:
            self._waiting.appendleft(index)
            return None
        words = f"{answer.words}, {TRIES} times"
        return Outcome(item=item, value=None, error=WorkerDiedError(words))


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
