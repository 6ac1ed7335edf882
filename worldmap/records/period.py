"""A stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` up to, not including, `until`; None = without end on that side."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether every photo is meant."""
        return self.since is None and self.until is None

    def contains(self, captured_at: datetime | None) -> bool:
        """Whether a photo of that time is meant. One without a time is, only if no end is set."""
        if self.is_open:
            return True
        if captured_at is None:
            return False
        moment = captured_at if captured_at.tzinfo else captured_at.replace(tzinfo=UTC)
        return (self.since is None or moment >= self.since) and (
            self.until is None or moment < self.until
        )
