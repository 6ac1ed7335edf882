"""A fixed piece of work of one process, in whose time all other times are told.

So a bar on a time holds on a slower machine, and on one that does other things beside: what takes
so many yardsticks takes as many there. It does what worldmap's own time goes into: arithmetic on
arrays larger than the caches, sorting, compression, the interpreter.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import replace

import numpy as np

from benchmarks import Metric

NOMINAL_S = 0.12
"""What it takes on the machine for which bars are written in seconds: one idle core of a server
(Xeon, 2026), the least processor time of 60 rounds."""
_ROUNDS = 7


def yardstick_s() -> float:
    """Wall seconds of the work, the median of a few rounds."""
    rng = np.random.default_rng(0)
    numbers = rng.random(1_500_000, dtype=np.float32)
    text = rng.integers(0, 40, 1_500_000, dtype=np.uint8).tobytes()
    rounds = []
    for _ in range(_ROUNDS):
        start_s = time.perf_counter()
        _work(numbers, text)
        rounds.append(time.perf_counter() - start_s)
    return float(np.median(rounds))


def _work(numbers: np.ndarray, text: bytes) -> float:
    total = float(np.sort(numbers)[::7].sum())
    for _ in range(8):
        total += float(np.sqrt(numbers * numbers + 1.0).sum())
    total += len(zlib.compress(text, 1))
    for number in range(400_000):
        total += number & 3
    return total


def is_time(unit: str) -> bool:
    """Whether a figure in that unit grows with the machine's load: `s`, `ms`, `s/frame`."""
    return unit in ("s", "ms") or unit.startswith("s/")


def is_speed(unit: str) -> bool:
    """Whether it falls with it: `photos/s`."""
    return unit.endswith("/s")


def in_yardsticks(metric: Metric, took_s: float) -> float | None:
    """A time or speed by the yardstick's own `took_s`, in yardsticks or per yardstick; None for
    what is neither."""
    if is_time(metric.unit):
        return metric.value / (took_s * (1e3 if metric.unit == "ms" else 1.0))
    return metric.value * took_s if is_speed(metric.unit) else None


def with_fair_bar(metric: Metric, took_s: float) -> Metric:
    """The figure with its bar as it is where the yardstick takes `took_s`."""
    if metric.bar is None or not (is_time(metric.unit) or is_speed(metric.unit)):
        return metric
    slower = took_s / NOMINAL_S
    return replace(metric, bar=metric.bar * slower if is_time(metric.unit) else metric.bar / slower)
