"""What becomes of an item, and what an engine is: whatever calls a function on every item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


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

    def result(self) -> Result:
        """The value, of a function that always gives one; raises the error where there is none."""
        if self.value is None:
            raise self.error or RuntimeError("a worker gave neither result nor error")
        return self.value


class Needs(Enum):
    """What an item takes of a machine: a processor; or a GPU, and where no machine has one all of a
    machine's processors."""

    PROCESSOR = auto()
    NETWORK = auto()


class Engine(Protocol):
    """Where per-item work runs.

    A function and its items are small: they name files, they do not carry them. A function gives
    the same for an item wherever and however often it is called, so that an engine may call it
    again where an answer was lost.
    """

    def run_each(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        on_result: Callable[[Outcome[Item, Result]], None],
        limit_s: float | None = None,
        needs: Needs = Needs.PROCESSOR,
    ) -> None:
        """As `engine.run_each`."""


def call(function: Callable[[Item], Result], item: Item) -> Outcome[Item, Result]:
    """What becomes of the item here and now."""
    try:
        return Outcome(item=item, value=function(item), error=None)
    except Exception as error:
        return Outcome(item=item, value=None, error=error)


@dataclass(frozen=True, slots=True)
class InProcess:
    """One item after the other, in this process; nothing ends one that takes too long."""

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
        for item in items:
            on_result(call(function, item))
