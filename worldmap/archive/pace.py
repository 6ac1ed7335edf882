"""No more requests than an archive bears."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Pace:
    """At most so many requests within any `within_s` seconds. now and sleep: a clock of seconds."""

    requests: int
    within_s: float
    now: Callable[[], float]
    sleep: Callable[[float], None]
    _times_s: deque[float] = field(default_factory=deque)

    def wait(self) -> None:
        """Until one more is allowed; it counts as made."""
        while len(self._times_s) >= self.requests:
            left_s = self._times_s[0] + self.within_s - self.now()
            if left_s <= 0:
                self._times_s.popleft()
            else:
                self.sleep(left_s)
        self._times_s.append(self.now())
