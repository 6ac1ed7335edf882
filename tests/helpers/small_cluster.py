"""Instead of the module `ray`: what is sent is answered when it is waited for, by what the test
says becomes of it. For what a real cluster does by chance."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from worldmap.engine.node import Answer, Fate, Task
from worldmap.engine.outcome import call
from worldmap.engine.spread import Spread
from worldmap.engine.workers import pack


class RayError(Exception):
    """Of the cluster's own: a node that was lost."""


class RayTaskError(RayError):
    """Of the function that was sent."""


@dataclass(eq=False)
class SmallCluster:
    """So many processors on one node. becomes: what happens to an item's nth try: None, an answer;
    a Fate; an error; or "hangs", and nothing comes."""

    processors: int
    becomes: Callable[[Any, int], object] = lambda item, tried: None
    at_once: int = 0
    """The most that were sent and not answered."""
    asked: dict[str, object] = field(default_factory=dict)
    """What the last one that was sent takes of a node."""
    others: list[dict[str, float]] = field(default_factory=list)
    """What other nodes have."""
    cancelled: list[Any] = field(default_factory=list)
    tried: Counter[Any] = field(default_factory=Counter)
    _running: dict[int, Task] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)
    _held: dict[str, Any] = field(default_factory=dict)

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def nodes(self) -> list[dict[str, Any]]:
        has = {"CPU": float(self.processors), "memory": 8e9}
        lost = {"CPU": 64.0, "memory": 1e12}
        others = [{"Alive": True, "Resources": each} for each in self.others]
        return [{"Alive": True, "Resources": has}, *others, {"Alive": False, "Resources": lost}]

    def put(self, value: bytes) -> bytes:
        return value

    def remote(self, _: Callable[..., Answer]) -> SimpleNamespace:
        def options(**asked: object) -> SimpleNamespace:
            self.asked = asked
            return SimpleNamespace(remote=self._send)

        return SimpleNamespace(options=options)

    def _send(self, function: bytes, task: Task) -> int:
        number: int = next(self._numbers)
        self._running[number] = task
        self._held[task.job] = pickle.loads(function)
        self.at_once = max(self.at_once, len(self._running))
        return number

    def wait(
        self, sent: Sequence[int], *, num_returns: int, timeout: float
    ) -> tuple[list[int], list[int]]:
        ready = [number for number in sent if not self._hangs(number)][:num_returns]
        return ready, [number for number in sent if number not in ready]

    def _hangs(self, number: int) -> bool:
        item = pickle.loads(self._running[number].item)
        tried = self.tried[_told_by(item)] + 1
        return self.becomes(item, tried) == "hangs" and number not in self.cancelled

    def get(self, sent: int) -> Answer:
        task = self._running.pop(sent)
        item = pickle.loads(task.item)
        self.tried[_told_by(item)] += 1
        fate = self.becomes(item, self.tried[_told_by(item)])
        if isinstance(fate, Exception):
            raise fate
        if isinstance(fate, Fate):
            return Answer(fate=fate, words=f"{fate.name.lower()} at a node")
        return Answer(fate=Fate.DONE, packed=pack(call(self._held[task.job], item)))

    def cancel(self, sent: int) -> None:
        self.cancelled.append(sent)

    def run_each(
        self,
        function: Callable[[Any], Any],
        items: Sequence[Any],
        *,
        on_result: Callable[[Any], None],
        **_: object,
    ) -> None:
        """In place of `worldmap.engine.run_each`."""
        for outcome in Spread(self, "ray", function, items, None).outcomes():
            on_result(outcome)


def _told_by(item: Any) -> Any:
    """What tells an item from others, each of its copies from none."""
    by_itself: Any = type(item).__hash__
    return pickle.dumps(item) if by_itself is None or by_itself is object.__hash__ else item
