"""What was read last, kept in memory up to so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, read when they are asked for; of those asked for last as many stay as take no
    more than most_bytes, and at least one. May be asked from several threads, which read beside
    each other and may both read what neither has."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._read: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, read: Callable[[], tuple[V, int]]) -> V:
        """The key's value. read: gives it with its size in bytes; what it raises is raised."""
        with self._lock:
            if found := self._read.get(key):
                self._read.move_to_end(key)
                return found[0]
        value, size = read()
        with self._lock:
            if key not in self._read:
                self._read[key] = value, size
                self._bytes += size
            while self._bytes > self._most_bytes and len(self._read) > 1:
                self._bytes -= self._read.popitem(last=False)[1][1]
        return value
