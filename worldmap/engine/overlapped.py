"""Work whose middle part one model does for several items at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from worldmap.engine.outcome import Item, Outcome, Result

Read = TypeVar("Read")


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
