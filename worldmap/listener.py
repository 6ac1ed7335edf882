"""What a pipeline tells while it works. `console.Console` is the one that people see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Stage(Protocol):
    """A stage under way."""

    def advance(self, count: int = 1) -> None:
        """`count` more of the stage's items are done."""


class Listener(Protocol):
    """Takes note of what happens; never decides anything."""

    def stage(self, name: str, total: int, unit: str = "photos") -> AbstractContextManager[Stage]:
        """A stage of `total` items begins; it ends, well or badly, with the context."""

    def event(self, kind: str, **fields: object) -> None:
        """Something a program may want to know: one JSON line with `--json`, else silent.

        Fields are JSON-able values (paths are turned into text).
        """

    def note(self, message: str) -> None:
        """One line that a person may want to know."""

    def warn(self, message: str) -> None:
        """One line that a person should read though the work goes on."""


class Silence:
    """A listener that does nothing."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "photos") -> Iterator[Stage]:
        """A stage that nobody watches."""
        yield self

    def advance(self, count: int = 1) -> None:
        """Nothing."""

    def event(self, kind: str, **fields: object) -> None:
        """Nothing."""

    def note(self, message: str) -> None:
        """Nothing."""

    def warn(self, message: str) -> None:
        """Nothing."""
